"""Sheets (แบบบันทึก): what the sister jobs of reporting fill in. A sheet asks fields and files, is saved field by field like a report,
and has states of its own. What a project or an inspection asks stands beside its rules; how any field is read stands here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf
from typing import TypeAlias

from app.domain import calendar, quantities
from app.domain.completeness import Answers
from app.domain.errors import N_, Conflict, Message, Refused
from app.domain.fields import Reader, Typed
from app.domain.people import check_email, parse_phone
from app.domain.quantities import Box, QuantityKind
from app.domain.thai import ascii_digits, is_blank, single_line, storable

LINE_MAX_CHARACTERS = 250
TEXT_MAX_CHARACTERS = 4000


class SheetKind(StrEnum):
    """What a sheet is of."""

    PROJECT = "project"
    PROGRESS = "progress"
    INSPECTION = "inspection"
    ISSUE = "issue"
    RECOMMENDATION = "recommendation"


SHEET_KIND_NAMES = {
    SheetKind.PROJECT: N_("Project"),
    SheetKind.PROGRESS: N_("Progress report"),
    SheetKind.INSPECTION: N_("Inspection report"),
    SheetKind.ISSUE: N_("Inspection issue"),
    SheetKind.RECOMMENDATION: N_("Recommendation"),
}


class FieldKind(StrEnum):
    """How a field is read and shown."""

    LINE = "line"
    TEXT = "text"
    MONEY = "money"
    COUNT = "count"
    DECIMAL = "decimal"
    PERCENT = "percent"
    DAY = "day"
    CHOICE = "choice"
    TICK = "tick"
    PHONE = "phone"
    EMAIL = "email"


_FIGURES = {
    FieldKind.MONEY: QuantityKind.MONEY,
    FieldKind.COUNT: QuantityKind.COUNT,
    FieldKind.DECIMAL: QuantityKind.DECIMAL,
    FieldKind.PERCENT: QuantityKind.PERCENT,
}


@dataclass(frozen=True)
class Field:
    """One field of a sheet. `section` is the key of the part of the page that it stands in, `choices` the list that it is chosen from.

    A field of a repeated row is written once with the key of its column; `of_row` makes the field of each `row` of it."""

    key: str
    label: str
    kind: FieldKind = FieldKind.LINE
    section: str = ""
    required: bool = False
    hint: str = ""
    unit: str = ""
    choices: str = ""
    most_characters: int = 0
    row: str = ""

    @property
    def limit(self) -> int:
        """Most characters of a text."""
        return self.most_characters or (TEXT_MAX_CHARACTERS if self.kind is FieldKind.TEXT else LINE_MAX_CHARACTERS)

    @property
    def is_figure(self) -> bool:
        return self.kind in _FIGURES

    def of_row(self, row: str, number: int) -> Field:
        """The field of one row: 'name' of row 12 of the activities is 'activity.12.name'."""
        return replace(self, key=row_key(row, number, self.key), row=f"{row}.{number}")


def row_key(row: str, number: int, column: str) -> str:
    """The key of a field of a repeated row."""
    return f"{row}.{number}.{column}"


@dataclass(frozen=True)
class Missing:
    """One thing to mend before a sheet is sent: where it is (field or slot), in which section, and the sentence."""

    key: str
    section: str
    message: Message


Rule: TypeAlias = Callable[[Answers], Iterable[Missing]]


def no_rule(_: Answers) -> Iterable[Missing]:
    return ()


@dataclass(frozen=True)
class Asked:
    """What a sheet asks at this moment: its fields in the order of the page, the lists they are chosen from (codes by name, with message
    ids where a list is the same for everybody), how many files each slot takes, and what must be true of the answers together. It can be edited in the states of `editable`."""

    fields: tuple[Field, ...]
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)
    slots: Mapping[str, int] = field(default_factory=dict)
    rule: Rule = no_rule
    editable: frozenset[str] = frozenset()

    def field_of(self, key: str) -> Field | None:
        return next((one for one in self.fields if one.key == key), None)

    def readers(self) -> dict[str, Reader]:
        """How each field is read, by key. A reader returns the text to keep, None for nothing, or raises Refused."""
        return {one.key: _reader(one, self.choices.get(one.choices, ())) for one in self.fields}

    def missing(self, entered: Answers) -> list[Missing]:
        """All that keeps the sheet from being sent, in the order of the page."""
        found = [
            Missing(one.key, one.section, Message(N_("Fill in “%(label)s”"), {"label": Message(one.label)}))
            for one in self.fields
            if one.required and is_blank(entered.value(one.key))
        ]
        found += self.rule(entered)
        places = {one.key: place for place, one in enumerate(self.fields)}
        return sorted(found, key=lambda item: places.get(item.key, len(places)))


def _text(typed: Typed) -> str:
    """The typed value as text. A client may send anything at all: lists, objects and infinities are refused here."""
    if isinstance(typed, bool) or not isinstance(typed, str | int | float | None) or typed in (inf, -inf):
        raise Refused(N_("Must be text"))
    return "" if typed is None else str(typed)


def _within(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Refused(
            N_("%(count)d characters; at most %(limit)d are kept. Shorten the text, nothing was lost."),
            count=len(text),
            limit=limit,
        )
    return text


def _line(asked: Field) -> Reader:
    return lambda typed: _within(single_line(_text(typed)), asked.limit) or None


def _long(asked: Field) -> Reader:
    def read(typed: Typed) -> str | None:
        text = storable(_text(typed))
        return None if is_blank(text) else _within(text, asked.limit)

    return read


def _figure(asked: Field) -> Reader:
    box = Box(asked.key, asked.label, _FIGURES[asked.kind])

    def read(typed: Typed) -> str | None:
        number = quantities.read(box, _text(typed))
        return None if number is None else quantities.plain(number)

    return read


def _day(typed: Typed) -> str | None:
    text = _text(typed)
    return None if is_blank(text) else calendar.parse_date(text).isoformat()


def _tick(typed: Typed) -> str | None:
    if typed is True or (isinstance(typed, str) and typed.lower() in {"true", "on", "yes", "1"}):
        return "true"
    if typed in (None, False, "") or (isinstance(typed, str) and typed.lower() in {"false", "off", "no", "0"}):
        return None
    raise Refused(N_("Choose one of the answers offered"))


def _choice(codes: Collection[str]) -> Reader:
    def read(typed: Typed) -> str | None:
        text = ascii_digits(_text(typed)).strip()
        if text and text not in codes:
            raise Refused(N_("Choose one of the answers offered"))
        return text or None

    return read


def _phone(typed: Typed) -> str | None:
    text = _text(typed)
    return None if is_blank(text) else parse_phone(text)


def _email(typed: Typed) -> str | None:
    text = single_line(_text(typed))
    if text:
        check_email(text)
    return text or None


def _reader(asked: Field, codes: Collection[str]) -> Reader:
    if asked.is_figure:
        return _figure(asked)
    if asked.kind is FieldKind.CHOICE:
        return _choice(codes)
    table: dict[FieldKind, Reader] = {
        FieldKind.TEXT: _long(asked),
        FieldKind.DAY: _day,
        FieldKind.TICK: _tick,
        FieldKind.PHONE: _phone,
        FieldKind.EMAIL: _email,
    }
    return table.get(asked.kind) or _line(asked)


def next_state(table: Mapping[tuple[str, str], str], state: str, move: str) -> str:
    """Where a move leads by the table of its kind of sheet. Raises Conflict for a move that the table does not know: somebody was faster."""
    try:
        return table[state, move]
    except KeyError:
        raise Conflict(N_("This was changed meanwhile. Look at the page again.")) from None
