"""Recommendations of inspectors to an office: entered by the plan group, answered by whom they concern, closed after review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flask_appbuilder.security.sqla.models import User

from app.domain import access, recommendations
from app.domain.access import Action, Actor, Duty
from app.domain.calendar import local
from app.domain.errors import Conflict, NotFound
from app.domain.recommendations import LEADING, MOVES, REASONED, Move, State
from app.domain.sheets import SheetKind
from app.domain.thai import single_line
from app.extensions import db
from app.models import Inspection, Recommendation, Sheet
from app.queries import deadline, reminder
from app.queries import inspection as inspections
from app.queries import recommendation as queries
from app.queries import sheet as sheet_queries
from app.queries.inspection import Inspected
from app.services import notices, record, sheets
from app.services.sheets import IncompleteSheet, Subject

SHORT = 80
MOST_CONCERNED = 250


@dataclass(frozen=True)
class Wording:
    """What the plan group enters of a recommendation."""

    text: str
    concerned: str
    received_on: date
    due_on: date | None
    issue_code: str = ""


def path_of(inspection: Inspection, area_code: str, number: int) -> str:
    return f"/inspections/{inspection.code}/{area_code}/recommendations/{number}"


def subject_of(sheet: Sheet, row: Recommendation | None = None) -> Subject:
    """A recommendation with what it asks."""
    row = row or queries.of_sheet(sheet.id)
    return Subject(
        sheet,
        recommendations.ASKED,
        path_of(row.inspection, sheet.area.code, row.number),
        f"{row.inspection.code} · {row.number}. {row.text[:SHORT]}",
        recommendations.STATE_NAMES,
        column_names=recommendations.COLUMN_NAMES,
    )


def _apply(row: Recommendation, inspected: Inspected, wording: Wording) -> None:
    recommendations.check_days(wording.received_on, wording.due_on)
    row.text = recommendations.wording(wording.text)
    row.concerned = single_line(wording.concerned)[:MOST_CONCERNED]
    row.received_on, row.due_on = wording.received_on, wording.due_on
    row.issue = inspected.issue(wording.issue_code) if wording.issue_code else None


def _entered(row: Recommendation) -> dict[str, str | None]:
    """What the plan group entered, as the record of changes keeps it."""
    return {
        "text": row.text,
        "concerned": row.concerned or None,
        "received_on": row.received_on.isoformat(),
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "issue": row.issue.code if row.issue else None,
    }


def add(
    code: str, area_code: str, wording: Wording, owner_ids: Iterable[int] = (), *, actor: Actor, now: datetime
) -> Recommendation:
    """Enter a recommendation and give it to people of the office, who are told. Raises Refused for what can't be kept."""
    inspected = inspections.find_office(code, area_code, actor=actor)
    access.require(actor, Action.LEAD_SHEETS, Sheet(area_id=inspected.area.id))
    # Numbers follow each other: whoever enters another for any office of this inspection waits.
    db.session.refresh(inspected.inspection, ["due_at"], with_for_update=True)
    number = queries.next_number(inspected)
    sheet = sheets.begin(SheetKind.RECOMMENDATION, State.ACKNOWLEDGED, area_id=inspected.area.id, actor=actor, now=now)
    row = Recommendation(area_id=inspected.area.id, inspection_id=inspected.inspection.id, sheet_id=sheet.id, number=number)
    _apply(row, inspected, wording)
    row.inspection, row.sheet = inspected.inspection, sheet
    sheet.missing_count = 1
    db.session.add(row)
    db.session.flush()
    record.change(actor, sheets.subject_of_record(sheet.id), "text", now=now, area_id=sheet.area_id, new=row.text)
    _tell_directors(row, sheet, actor=actor, now=now)
    sheets.give(subject_of(sheet, row), list(owner_ids), actor=actor, now=now)
    return row


def _tell_directors(row: Recommendation, sheet: Sheet, *, actor: Actor, now: datetime) -> None:
    """The director reads what inspectors recommend (procedures 4.8)."""
    subject = subject_of(sheet, row)
    notices.tell(
        reminder.people_of([sheet.area_id], [Duty.DIRECTOR]),
        "recommendation_entered",
        now=now,
        dedupe_key=f"recommendation-entered:{sheet.id}",
        path=subject.path,
        by=actor.name,
        title=subject.title,
    )


def _held(code: str, area_code: str, number: int, *, actor: Actor) -> tuple[Inspected, Recommendation, Sheet]:
    inspected = inspections.find_office(code, area_code, actor=actor)
    found = queries.find(inspected, number)
    sheet = sheet_queries.held(found.sheet_id)
    if sheet is None:
        raise NotFound
    db.session.refresh(found)
    return inspected, found, sheet


def amend(code: str, area_code: str, number: int, wording: Wording, *, actor: Actor, now: datetime) -> Recommendation:
    """Mend what was entered of a recommendation; every change is on record. Raises Conflict once it is closed."""
    inspected, row, sheet = _held(code, area_code, number, actor=actor)
    access.require(actor, Action.LEAD_SHEETS, sheet)
    if sheet.state == State.CLOSED:
        raise Conflict(recommendations.IS_CLOSED)
    before = _entered(row)
    _apply(row, inspected, wording)
    after = _entered(row)
    for name, new in after.items():
        if before[name] != new:
            subject = sheets.subject_of_record(sheet.id)
            record.change(actor, subject, name, now=now, area_id=sheet.area_id, old=before[name], new=new)
    db.session.flush()
    return row


def move(code: str, area_code: str, number: int, which: Move, *, actor: Actor, now: datetime, said: str = "") -> Recommendation:
    """Move a recommendation on. Raises NotAllowed for who may not, IncompleteSheet where the answer is missing, Refused for a move that
    needs a reason and has none, Conflict where somebody was faster."""
    _, row, sheet = _held(code, area_code, number, actor=actor)
    access.require(actor, Action.LEAD_SHEETS if which in LEADING else Action.EDIT_SHEET, sheet)
    said = sheets.reason(said) if which in REASONED else ""
    values = {field.field_key: field.value for field in sheet.fields}
    if lacking := list(recommendations.lacking(which, values)):
        raise IncompleteSheet(lacking)
    sheets.move(sheet, MOVES, which, actor=actor, now=now, said=said)
    if which in (Move.FINISH, Move.REFUSE):
        row.answered_at, sheet.sent_at, sheet.sent_by_name = now, now, actor.name
        if row.due_on is not None:
            sheet.timing = "late" if local(now).date() > row.due_on else "on_time"
    elif which == Move.CLOSE:
        row.closed_at, row.closed_by_name = now, actor.name
    elif which in (Move.RETURN, Move.REOPEN):
        row.answered_at, row.closed_at, row.closed_by_name = None, None, ""
        sheet.sent_at, sheet.sent_by_name, sheet.timing = None, "", ""
    _tell_of(which, row, sheet, said, actor=actor, now=now)
    return row


def _tell_of(which: Move, row: Recommendation, sheet: Sheet, said: str, *, actor: Actor, now: datetime) -> None:
    """Who has to know: the plan group of an answer, the owners of what became of it, the director that it is closed."""
    owners = [owner.user for owner in sheet.owners]
    kind, people = {
        Move.FINISH: ("recommendation_answered", deadline.coordinators_of([sheet.area_id])),
        Move.REFUSE: ("recommendation_answered", deadline.coordinators_of([sheet.area_id])),
        Move.RETURN: ("recommendation_returned", owners),
        Move.REOPEN: ("recommendation_returned", owners),
        Move.CLOSE: ("recommendation_closed", [*owners, *reminder.people_of([sheet.area_id], [Duty.DIRECTOR])]),
        Move.START: ("", []),
    }[which]
    if not kind:
        return
    subject = subject_of(sheet, row)
    notices.tell(
        [user for user in people if user.id != actor.user_id],
        kind,
        now=now,
        dedupe_key=f"{kind}:{sheet.id}:{now.isoformat()}",
        path=subject.path,
        mail="notice",
        by=actor.name,
        title=subject.title,
        reason=said,
    )


def remind(recommendation_id: int, *, now: datetime) -> int:
    """Remind whom a recommendation concerns, and the plan group, that its answer is due soon or overdue, once each. Returns how many
    people are told."""
    row = db.session.get_one(Recommendation, recommendation_id, with_for_update=True)
    sheet = sheet_queries.find(row.sheet_id)
    today = local(now).date()
    if sheet is None or row.due_on is None:
        return 0
    if recommendations.is_overdue(sheet.state, row.due_on, today) and row.late_for != row.due_on:
        kind, row.late_for = "recommendation_overdue", row.due_on
    elif recommendations.is_due_soon(sheet.state, row.due_on, today) and row.soon_for != row.due_on:
        kind, row.soon_for = "recommendation_soon", row.due_on
    else:
        return 0
    people: list[User] = [owner.user for owner in sheet.owners] + deadline.coordinators_of([sheet.area_id])
    subject = subject_of(sheet)
    return notices.tell(
        people,
        kind,
        now=now,
        dedupe_key=f"{kind}:{row.id}:{row.due_on.isoformat()}",
        path=subject.path,
        mail="notice",
        title=subject.title,
        due_on=row.due_on.isoformat(),
    )
