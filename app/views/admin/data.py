"""How generated screens read: relations in the same statement, search in words, sentences for what the database refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Load, Query

from app.domain.errors import N_, Refused
from app.extensions import db


def loads(model: type[Any], path: str) -> Any:
    """The option that loads a dotted path of relations, such as 'indicator.part', in the same statement."""
    option: Any = Load(model)
    for name in path.split("."):
        attribute = getattr(model, name)
        option = option.joinedload(attribute)
        model = attribute.property.mapper.class_
    return option


class Interface(SQLAInterface):
    """The framework's data access, loading the relations that a list shows in the same statement; paths may be dotted."""

    def __init__(self, model: type[Any], *, eager: tuple[str, ...] = ()) -> None:
        super().__init__(model)
        self.eager = eager

    def apply_all(self, query: Query, *args: Any, **kwargs: Any) -> Query:
        return super().apply_all(query, *args, **kwargs).options(*(loads(self.obj, path) for path in self.eager))


class Anywhere(BaseFilter):
    """Search: the words occur in one of the columns; % and _ are ordinary characters."""

    name = _l("Search")

    def apply(self, query: Query, value: tuple[str, tuple[str, ...]]) -> Query:
        words, columns = value
        return query.filter(or_(*(getattr(self.model, column).icontains(words, autoescape=True) for column in columns)))


def rows_to_choose(model: type[Any]) -> list[Any]:
    """The rows of a related table in the order in which people look for them."""
    order = [getattr(model, name) for name in ("round_id", "part_id", "sort_order", "code", "id") if hasattr(model, name)]
    paths = [
        path for name, path in (("part_id", "part"), ("round_id", "round")) if hasattr(model, name) and hasattr(model, path)
    ]
    options = [loads(model, path) for path in paths]
    return list(db.session.scalars(select(model).order_by(*order).options(*options)).unique())


def value_before(row: Any, attribute: str) -> Any:
    """The value an attribute had before this save; None for a new row."""
    history = inspect(row).attrs[attribute].history
    if not inspect(row).has_identity:
        return None
    return history.deleted[0] if history.deleted else getattr(row, attribute)


def digest(values: Mapping[str, str]) -> str:
    """A row as a form showed it, in a few characters: what was changed meanwhile shows when it comes back."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def choice_name(row: Any) -> str:
    """The name of a row among others to choose from; an indicator says its round, for its code returns every round."""
    part = getattr(row, "part", None)
    return f"{part.round.code} · {row}" if part is not None else str(row)


# What the database refuses, by the name of its constraint.
_REASONS = {
    "opens_before_it_closes": N_("The round must open before it closes"),
    "opens_before_it_is_due": N_("It must open before it is due"),
    "due_inside": N_("The deadline must lie between opening and closing"),
    "grace_within_a_day": N_("The grace is between 0 and 1,440 minutes"),
    "reason_given": N_("Write the reason: the office and everybody who looks later will read it"),
    "months_known": N_("A round has 6 or 12 months"),
    "fiscal_year_is_buddhist": N_("The fiscal year is a Buddhist year such as 2566"),
    "min_not_above_max": N_("The least number of files must not be above the most"),
    "at_most_three_files": N_("An issue takes 1 to 3 files"),
    "number_in_range": N_("The number of an issue is between 1 and 99"),
    "level_in_range": N_("A level is between 1 and 5"),
    "lowest_not_above_highest": N_("The lowest value must not be above the highest"),
}


def reason_of(clash: IntegrityError) -> Refused:
    """A sentence for a violated constraint; what exactly the database said stays in the log."""
    said = str(clash.orig)
    for name, reason in _REASONS.items():
        if name in said:
            return Refused(reason)
    if "unique" in said.lower():
        return Refused(N_("There is such a row already: code or number must be unique"))
    return Refused(N_("This can't be saved: a value is missing or does not fit the others"))
