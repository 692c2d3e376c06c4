"""What a person has to do about inspections and recommendations: the part of inspections in one's own work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Row, and_, exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.domain.access import Actor, Duty
from app.domain.calendar import zone
from app.domain.errors import N_, Message
from app.domain.inspections import GATHERS_IN, EntryState, ReportState
from app.domain.recommendations import OWED, State
from app.domain.work import Job, Work
from app.extensions import db
from app.models import (
    Area,
    Inspection,
    InspectionEntry,
    InspectionIssue,
    InspectionReport,
    Recommendation,
    Sheet,
    SheetOwner,
)

_MISSING = N_("%(count)s items missing")
_TO_HAND_OVER = N_("Everything is filled in; it only has to be handed over")
_RETURNED = N_("Returned to be mended")
_BEGIN = N_("The report is not begun yet")
_CHECK = N_("%(count)s issues wait for your check")
_PROPOSE = N_("Every issue is checked; propose the report to the director")
_SEND = N_("Endorsed; note its letter and send it")
_CONSIDER = N_("The report waits for your endorsement")
_ANSWER = N_("A recommendation to act on")
_REVIEW = N_("The answer to a recommendation waits for your review")
END_OF_DAY = time(16, 30)
SHORT = 90

_Whole, _One = aliased(Sheet), aliased(Sheet)


def _name(found: Inspection) -> dict[str, str]:
    return {"th": found.name_th, "en": found.name_en or found.name_th}


def work(actor: Actor, area: Area, now: datetime) -> list[Work]:
    """What waits for this person in the office's reports that are not sent and its recommendations that are not closed, in two statements."""
    mine = exists().where(SheetOwner.sheet_id == _One.id, SheetOwner.user_id == actor.user_id)
    statement = (
        select(
            Inspection,
            _Whole.state.label("whole"),
            InspectionIssue,
            _One.state.label("state"),
            _One.missing_count,
            mine.label("mine"),
        )
        .outerjoin(InspectionReport, and_(InspectionReport.inspection_id == Inspection.id, InspectionReport.area_id == area.id))
        .outerjoin(_Whole, _Whole.id == InspectionReport.sheet_id)
        .outerjoin(InspectionEntry, InspectionEntry.report_id == InspectionReport.id)
        .outerjoin(_One, _One.id == InspectionEntry.sheet_id)
        .outerjoin(InspectionIssue, InspectionIssue.id == InspectionEntry.issue_id)
        .where(Inspection.active, Inspection.announced_at.is_not(None))
        .where(or_(_Whole.state.is_(None), _Whole.state != ReportState.SENT))
        .order_by(Inspection.due_at, InspectionIssue.sort_order)
    )
    rows: dict[Inspection, list[Row[Any]]] = {}
    for row in db.session.execute(statement):
        if row[0].concerns(area):
            rows.setdefault(row[0], []).append(row)
    found = [one for inspection, lines in rows.items() for one in _of_inspection(actor, area, inspection, lines)]
    return found + list(_recommendations(actor, area))


def _of_inspection(actor: Actor, area: Area, found: Inspection, rows: list[Row[Any]]) -> Iterator[Work]:
    path, whole = f"/inspections/{found.code}/{area.code}/", rows[0].whole

    def on_report(said: str, *, waits: bool = False, **values: int) -> Work:
        return Work(Job.INSPECTIONS, _name(found), path, Message(said, values), found.due_at, waits)

    asked = [row for row in rows if row[2] is not None and row[2].is_asked]
    if whole in GATHERS_IN:
        for row in asked:
            if row.mine and row.state in (EntryState.DRAFT, EntryState.RETURNED):
                yield Work(
                    Job.INSPECTIONS,
                    {"th": f"{row[2].code} {row[2].text_th}", "en": f"{row[2].code} {row[2].text_en or row[2].text_th}"},
                    f"{path}{row[2].code}",
                    _said(row.state, row.missing_count),
                    found.due_at,
                )
    if actor.has(Duty.COORDINATOR):
        to_check = sum(1 for row in asked if row.state == EntryState.SENT)
        if whole is None:
            yield on_report(_BEGIN)
        elif whole in GATHERS_IN and to_check:
            yield on_report(_CHECK, waits=True, count=to_check)
        elif whole in GATHERS_IN and asked and all(row.state == EntryState.CHECKED for row in asked):
            yield on_report(_PROPOSE, waits=True)
        elif whole == ReportState.ENDORSED:
            yield on_report(_SEND, waits=True)
    if actor.has(Duty.DIRECTOR) and whole == ReportState.PROPOSED:
        yield on_report(_CONSIDER, waits=True)


def _said(state: str, missing: int) -> Message:
    if state == EntryState.RETURNED:
        return Message(_RETURNED)
    return Message(_MISSING, {"count": missing}) if missing else Message(_TO_HAND_OVER)


def _recommendations(actor: Actor, area: Area) -> Iterator[Work]:
    """Answers that the person owes, and for the coordinator answers that wait for review."""
    mine = exists().where(SheetOwner.sheet_id == Sheet.id, SheetOwner.user_id == actor.user_id)
    wanted = and_(Sheet.state.in_(OWED), mine)
    if actor.has(Duty.COORDINATOR):
        wanted = or_(wanted, Sheet.state.in_((State.DONE, State.CANNOT)))
    statement = (
        select(Recommendation, Sheet.state)
        .join(Sheet, Sheet.id == Recommendation.sheet_id)
        .where(Recommendation.area_id == area.id, wanted)
        .options(joinedload(Recommendation.inspection))
        .order_by(Recommendation.due_on, Recommendation.id)
    )
    for row, state in db.session.execute(statement):
        text = f"{row.inspection.code} · {row.number}. {row.text[:SHORT]}"
        owed = state in OWED
        yield Work(
            Job.INSPECTIONS,
            {"th": text, "en": text},
            f"/inspections/{row.inspection.code}/{area.code}/recommendations/{row.number}",
            Message(_ANSWER if owed else _REVIEW),
            end_of(row.due_on) if row.due_on and owed else None,
            waits=not owed,
        )


def end_of(day: date) -> datetime:
    """Until when something is on time that is due on a day."""
    return datetime.combine(day, END_OF_DAY, zone())
