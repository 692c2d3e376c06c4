"""What charts are drawn from besides the levels: the offices, what indicators ask, and what was said in the hand-ins that counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app.domain import province_tiles
from app.extensions import db
from app.models import Area, HandIn, Indicator, Part, Submission
from app.queries.board import Filter, of_any_office


@dataclass(frozen=True)
class Office:
    """An office as charts name and group it."""

    id: int
    code: str
    short_th: str
    name_en: str
    kind: str
    region: str
    provinces_th: str
    provinces_en: str
    cluster: int | None

    @property
    def short_name(self) -> dict[str, str]:
        return {"th": self.short_th, "en": self.name_en}

    @property
    def seat_th(self) -> str:
        """The province in which the office counts."""
        return province_tiles.seat(self.provinces_th)

    @property
    def seat_en(self) -> str:
        return province_tiles.seat(self.provinces_en)


def offices(wanted: Filter) -> list[Office]:
    """The offices that a filter leaves, in use or not, in Thai order, in one statement."""
    columns = (
        Area.id,
        Area.code,
        Area.short_th,
        Area.name_en,
        Area.kind,
        Area.region,
        Area.provinces_th,
        Area.provinces_en,
        Area.inspection_cluster,
    )
    statement = select(*columns).where(*of_any_office(wanted)).order_by(Area.sort_order)
    return [Office(*values) for values in db.session.execute(statement)]


def indicators(round_id: int) -> list[Indicator]:
    """Every indicator of a round in order, in use or not, with its quantities, in one statement."""
    statement = (
        select(Indicator)
        .join(Indicator.part)
        .where(Indicator.round_id == round_id)
        .options(joinedload(Indicator.part), joinedload(Indicator.quantities))
        .order_by(Part.sort_order, Indicator.sort_order, Indicator.full_code)
    )
    return list(db.session.scalars(statement).unique())


def _of_latest(column: ColumnElement[Any] | InstrumentedAttribute[Any], round_id: int, moment: datetime) -> Select[Any]:
    """Something of the latest hand-in of every report of a round at a moment."""
    latest = (
        select(func.max(HandIn.sequence))
        .where(HandIn.submission_id == Submission.id, HandIn.handed_in_at <= moment)
        .correlate(Submission)
        .scalar_subquery()
    )
    return (
        select(Submission.area_id, Submission.indicator_id, column)
        .join(HandIn, (HandIn.submission_id == Submission.id) & (HandIn.sequence == latest))
        .where(Submission.round_id == round_id)
    )


def fields_handed_in(
    round_id: int, moment: datetime, indicator_ids: Collection[int]
) -> dict[tuple[int, int], Mapping[str, str | None]]:
    """The fields of the latest hand-ins on these indicators at a moment, by office and indicator, in one statement."""
    statement = _of_latest(HandIn.content["fields"], round_id, moment).where(Submission.indicator_id.in_(indicator_ids))
    return {(area_id, indicator_id): fields or {} for area_id, indicator_id, fields in db.session.execute(statement)}


def timings(round_id: int, moment: datetime) -> dict[tuple[int, int], str]:
    """How the latest hand-ins came in, by office and indicator, in one statement."""
    statement = _of_latest(HandIn.timing, round_id, moment)
    return {(area_id, indicator_id): timing for area_id, indicator_id, timing in db.session.execute(statement)}
