"""Dates of inspections and meetings: their part of the calendar, in one statement."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Integer, Select, String, cast, func, literal, null, select, union_all

from app.domain.audience import Reader
from app.domain.calendar import zone
from app.domain.errors import N_, Message
from app.domain.recommendations import OWED
from app.domain.work import Dated, Job
from app.extensions import UtcDateTime, db
from app.models import Area, Inspection, InspectionReport, Meeting, Recommendation, Sheet, SheetField
from app.queries.document import is_for
from app.queries.inspection_work import end_of

VISITS_BEGIN = time(9)
# PostgreSQL takes the nulls of two parts for text unless they say what they are.
_KINDS = {
    "begins_at": UtcDateTime,
    "ends_at": UtcDateTime,
    "cluster": Integer,
    "number": Integer,
    "count": Integer,
    "code": String,
    "name_th": String,
    "name_en": String,
    "day": String,
}
_OPENS = N_("Opens")
_DUE = N_("Send the report until")
_VISIT = N_("The inspectors' visit")
_ANSWER_DUE = N_("Answer to a recommendation due")
_MEETING = N_("Meeting")


def dates(area: Area | None, reader: Reader, first: datetime, last: datetime) -> list[Dated]:
    """When announced inspections open and are due, and the reader's meetings; for an office also its visits and the days that its answers are
    due."""
    parts = [_inspections(first, last), _meetings(reader, first, last)]
    if area is not None:
        parts += [_visits(area, first, last), _owed(area, first, last)]
    return [one for row in db.session.execute(union_all(*parts)) for one in _dated(row, area)]


def _columns(what: str, **given: Any) -> list[Any]:
    """The columns that all parts have, those that a part does not tell as null."""
    return [literal(what).label("what"), *(given.get(name, cast(null(), kind)).label(name) for name, kind in _KINDS.items())]


def _inspections(first: datetime, last: datetime) -> Select[Any]:
    named = {"code": Inspection.code, "name_th": Inspection.name_th, "name_en": Inspection.name_en}
    moments = {"begins_at": Inspection.opens_at, "ends_at": Inspection.due_at}
    statement = select(*_columns("inspection", cluster=Inspection.cluster, **named, **moments))
    return statement.where(
        Inspection.active, Inspection.announced_at.is_not(None), Inspection.opens_at < last, Inspection.due_at >= first
    )


def _meetings(reader: Reader, first: datetime, last: datetime) -> Select[Any]:
    named = {"name_th": Meeting.title_th, "name_en": Meeting.title_en}
    moments = {"begins_at": Meeting.starts_at, "ends_at": Meeting.ends_at}
    statement = select(*_columns("meeting", number=Meeting.id, **named, **moments))
    return statement.where(Meeting.active, Meeting.ends_at > first, Meeting.starts_at < last, is_for(Meeting, reader))


def _visits(area: Area, first: datetime, last: datetime) -> Select[Any]:
    """Visits of inspectors; days are compared as fields keep them."""
    named = {"code": Inspection.code, "name_th": Inspection.name_th, "name_en": Inspection.name_en}
    return (
        select(*_columns("visit", day=SheetField.value, **named))
        .select_from(InspectionReport)
        .join(Inspection, Inspection.id == InspectionReport.inspection_id)
        .join(SheetField, SheetField.sheet_id == InspectionReport.sheet_id)
        .where(InspectionReport.area_id == area.id, SheetField.area_id == area.id, SheetField.field_key == "visit_from")
        .where(SheetField.value >= first.date().isoformat(), SheetField.value <= last.date().isoformat())
    )


def _owed(area: Area, first: datetime, last: datetime) -> Select[Any]:
    """Days on which answers to recommendations are due, with how many."""
    day = cast(Recommendation.due_on, String)
    told = {"count": func.count(), "number": func.min(Recommendation.number)}
    return (
        select(*_columns("owed", day=day, code=Inspection.code, **told))
        .select_from(Recommendation)
        .join(Sheet, Sheet.id == Recommendation.sheet_id)
        .join(Inspection, Inspection.id == Recommendation.inspection_id)
        .where(Recommendation.area_id == area.id, Sheet.state.in_(OWED))
        .where(Recommendation.due_on >= first.date(), Recommendation.due_on <= last.date())
        .group_by(Inspection.code, Recommendation.due_on)
    )


def _dated(row: Any, area: Area | None) -> list[Dated]:
    title = {"th": row.name_th or "", "en": row.name_en or row.name_th or ""}
    if row.what == "meeting":
        uid = f"meeting-{row.number}"
        return [Dated(None, row.begins_at, Message(_MEETING), title, f"/meetings/{row.number}", row.ends_at, uid)]
    home = f"/inspections/{row.code}/{area.code}/" if area is not None else f"/inspections/{row.code}/"
    if row.what == "inspection":
        if area is not None and row.cluster not in (None, area.inspection_cluster):
            return []
        moments = ((row.begins_at, _OPENS, "opens"), (row.ends_at, _DUE, "due"))
        return [
            Dated(Job.INSPECTIONS, at, Message(said), title, home, uid=f"inspection-{row.code}-{what}")
            for at, said, what in moments
        ]
    if row.what == "visit":
        at = datetime.combine(date.fromisoformat(row.day), VISITS_BEGIN, zone())
        return [Dated(Job.INSPECTIONS, at, Message(_VISIT), title, home, uid=f"inspection-{row.code}-visit-{home}")]
    return [_answers_due(row, area, home)] if area is not None else []


def _answers_due(row: Any, area: Area, home: str) -> Dated:
    text, path = f"{row.code} ({row.count})", f"/recommendations/{area.code}/?inspection={row.code}"
    if row.count == 1:
        text, path = f"{row.code} · {row.number}", f"{home}recommendations/{row.number}"
    title, uid = dict.fromkeys(("th", "en"), text), f"recommendation-{row.code}-{area.code}-{row.day}"
    return Dated(Job.INSPECTIONS, end_of(date.fromisoformat(row.day)), Message(_ANSWER_DUE), title, path, uid=uid)
