"""From the columns of a model to the fields of its generated form, the officers' way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from flask_appbuilder.fields import QuerySelectField
from flask_appbuilder.forms import GeneralModelConverter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy import Boolean, Date, Integer, Numeric, String, Text, inspect
from wtforms import (
    BooleanField,
    Field,
    Form,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget, Select, TextInput

from app.domain.thai import is_blank
from app.extensions import UtcDateTime, db
from app.forms.fields import (
    FigureField,
    ThaiDateField,
    ThaiMomentField,
    WholeNumberField,
    lines,
    one_line,
)
from app.views.admin.data import choice_name, rows_to_choose

STABLE_KEYS = {"code", "key"}


class TickedField(SelectMultipleField):
    """Several of a few as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class UniqueValue:
    """Validator: no other row has this value."""

    def __init__(self, model: type[Any], column: str) -> None:
        self.model, self.column = model, column

    def __call__(self, form: Form, field: Field) -> None:
        found = db.session.query(self.model).filter(getattr(self.model, self.column) == field.data).first()
        if found is not None and str(inspect(found).identity[0]) != str(getattr(form, "_id", "")):
            raise ValidationError(gettext("This value is taken already"))


class NotBlank:
    """Validator: something that a person can read, not only spaces or invisible characters."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        if is_blank(str(field.data or "")):
            field.errors = []
            raise StopValidation(field.gettext("This field is required."))


# Figures that may be left empty: the rule of the row puts the usual one.
FILLED_BY_RULE = {"grace_minutes"}


class StableKey:
    """Validator: letters, digits, dot, hyphen and underscore; a code becomes part of addresses."""

    def __call__(self, form: Form, field: Field) -> None:
        if field.data and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._\-]*", field.data):
            raise ValidationError(gettext("Use only letters A–Z, digits, dot, hyphen and underscore"))


class Converter(GeneralModelConverter):
    """Model columns to form fields, the officers' way."""

    def __init__(self, datamodel: SQLAInterface, choices: Mapping[str, Mapping[Any, str]]) -> None:
        super().__init__(datamodel)
        self.choices = choices

    def _convert_many_to_one(
        self,
        col_name: str,
        label: Any,
        description: Any,
        lst_validators: list[Any],
        filter_rel_fields: Any,
        form_props: dict[str, Any],
    ) -> dict[str, Any]:
        """A plain select, nothing chosen beforehand."""
        related = self.datamodel.get_related_model(col_name)
        rule = Optional() if self.datamodel.is_nullable(col_name) else DataRequired()
        form_props[col_name] = QuerySelectField(
            label,
            [*lst_validators, rule],
            description=description,
            query_func=lambda: rows_to_choose(related),
            get_pk_func=lambda row: row.id,
            get_label=choice_name,
            allow_blank=True,
            blank_text="–",
            widget=Select(),
        )
        return form_props

    def _convert_simple(
        self, col_name: str, label: Any, description: Any, lst_validators: list[Any], form_props: dict[str, Any]
    ) -> dict[str, Any]:
        column = self.datamodel.list_columns[col_name]
        default = self.datamodel.get_col_default(col_name)
        given: dict[str, Any] = {"description": description, "default": default}
        emptied = [nothing] if column.nullable else []
        may_be_empty = column.nullable or default == "" or col_name in FILLED_BY_RULE
        is_text = isinstance(column.type, String | Text) and col_name not in self.choices
        must = NotBlank() if is_text else InputRequired()
        rules = [*lst_validators, Optional() if may_be_empty else must]
        if col_name in STABLE_KEYS:
            rules.append(StableKey())
        if column.unique:
            rules.append(UniqueValue(self.datamodel.obj, col_name))
        if isinstance(column.type, Boolean):
            form_props[col_name] = BooleanField(label, **given)
        elif col_name in self.choices:
            names = self.choices[col_name]
            empty = [("", "–")] if may_be_empty else []
            coerce = int if isinstance(column.type, Integer) else str
            given |= {"coerce": coerce, "filters": emptied}
            form_props[col_name] = SelectField(
                label,
                rules,
                choices=lambda: empty + [(str(key), gettext(name)) for key, name in names.items()],
                **given,
            )
        elif isinstance(column.type, UtcDateTime):
            form_props[col_name] = ThaiMomentField(label, rules, **given)
        elif isinstance(column.type, Date):
            form_props[col_name] = ThaiDateField(label, rules, **given)
        elif isinstance(column.type, Integer):
            form_props[col_name] = WholeNumberField(
                label, rules, widget=TextInput(), render_kw={"inputmode": "numeric"}, **given
            )
        elif isinstance(column.type, Numeric):
            form_props[col_name] = FigureField(label, rules, **given)
        elif isinstance(column.type, Text):
            form_props[col_name] = TextAreaField(label, [*rules, Length(max=4000)], filters=[lines, *emptied], **given)
        elif isinstance(column.type, String):
            form_props[col_name] = StringField(
                label, [*rules, Length(max=column.type.length or 250)], filters=[one_line, *emptied], **given
            )
        return form_props


def nothing(value: Any) -> Any:
    """Filter: an empty box of a column that may be null is nothing, not an empty text."""
    return value or None
