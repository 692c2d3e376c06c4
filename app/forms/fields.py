"""Form fields and validators that speak the officers' way: Buddhist-era dates, Thai digits, our own refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, StringField, ValidationError
from wtforms.widgets import TextInput

from app.domain import calendar, quantities
from app.domain.errors import Refused
from app.domain.thai import ascii_digits, single_line, storable
from app.formatting import day_input, local_input


def said(refusal: Refused) -> str:
    """A refusal of the rules in the reader's language."""
    message = refusal.message
    text = gettext(message.text)
    return text % message.values if message.values else text


def one_line(value: str | None) -> str | None:
    """Filter: a name or title as one clean line."""
    return single_line(value) if value else value


def lines(value: str | None) -> str | None:
    """Filter: text as typed, without what cannot be stored."""
    return storable(value) if value else value


class obeys:
    """Validator: the value must pass a rule of the domain, which raises Refused with the sentence to show."""

    def __init__(self, rule: Callable[[str], object]) -> None:
        self.rule = rule

    def __call__(self, form: FlaskForm, field: Field) -> None:
        try:
            self.rule(field.data or "")
        except Refused as refusal:
            raise ValidationError(said(refusal)) from None


class _Parsed(StringField):
    """A text box whose value is parsed by a rule; what was typed is shown again when it is refused."""

    widget = TextInput()

    parse: ClassVar[staticmethod[[str], Any]]
    show: ClassVar[staticmethod[[Any], str]]

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None or self.data == "" else self.show(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = self.parse(text)
        except Refused as refusal:
            raise ValueError(said(refusal)) from None


class ThaiDateField(_Parsed):
    """A day: 31/03/2566, 31 มี.ค. 2566, 2023-03-31. Data is a date."""

    parse = staticmethod(calendar.parse_date)
    show = staticmethod(day_input)


class ThaiMomentField(_Parsed):
    """A moment on the Bangkok clock: 31/03/2566 16.30. Data is in UTC."""

    parse = staticmethod(calendar.parse_moment)
    show = staticmethod(local_input)


class FigureField(_Parsed):
    """A figure with Thai or Arabic digits and separators. Data is a Decimal or None."""

    parse = staticmethod(partial(quantities.parse_number, kind=quantities.QuantityKind.DECIMAL))
    show = staticmethod(quantities.plain)


class WholeNumberField(IntegerField):
    """A whole number, Thai digits taken."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([ascii_digits(value).replace(",", "").strip() for value in valuelist])
        number: int | None = getattr(self, "data", None)
        if number is not None and abs(number) > 2_000_000_000:
            self.data = None
            raise ValueError(self.gettext("Not a valid integer value."))
