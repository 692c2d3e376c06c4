"""An office's report on an inspection: begun, written on each issue, checked, proposed, endorsed or returned, sent with its letter."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User

from app.domain import access, inspections
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, NotAllowed, NotFound, Refused
from app.domain.inspections import (
    ENTRY_MOVES,
    GATHERS_IN,
    REPORT_MOVES,
    EntryMove,
    EntryState,
    ReportMove,
    ReportState,
)
from app.domain.sheets import SheetKind
from app.extensions import db
from app.models import InspectionEntry, InspectionIssue, InspectionReport, Sheet, SheetField
from app.queries import account as accounts
from app.queries import deadline, endorsement
from app.queries import inspection as queries
from app.queries import sheet as sheet_queries
from app.queries.inspection import Inspected
from app.services import notices, sheets, superiors
from app.services.sheets import Subject

WRITTEN_IN = frozenset({str(EntryState.DRAFT), str(EntryState.RETURNED)})
SHORT = 80
RESTS = N_("The report as a whole is with the director or was sent: nothing is moved in it now")


def report_subject(sheet: Sheet, row: InspectionReport | None = None) -> Subject:
    """The whole of a report with what it asks in its state."""
    row = row or queries.report_of_sheet(sheet.id)
    path = f"/inspections/{row.inspection.code}/{sheet.area.code}/"
    return Subject(
        sheet, inspections.asked_of_report(sheet.state), path, row.inspection.name_th, inspections.REPORT_STATE_NAMES
    )


def entry_subject(sheet: Sheet, row: InspectionEntry | None = None) -> Subject:
    """What is said on an issue. It is written while the report as a whole is gathered, and rests until it is returned once handed over."""
    row = row or queries.entry_of_sheet(sheet.id)
    issue, report = row.issue, row.report
    editable = WRITTEN_IN if report.sheet.state in GATHERS_IN else frozenset()
    return Subject(
        sheet,
        inspections.asked_of_issue(asks_counts=issue.asks_counts, unit=issue.unit, editable=editable),
        f"/inspections/{report.inspection.code}/{sheet.area.code}/{issue.code}",
        f"{report.inspection.code} · {issue.code} {issue.text_th[:SHORT]}",
        inspections.ENTRY_STATE_NAMES,
    )


def begin(code: str, area_code: str, *, actor: Actor, now: datetime) -> int:
    """Begin the report of an office with a sheet for each issue that is asked of it; repeating it adds issues that came since, and
    nothing else. Returns how many were added. Raises Conflict while the report rests."""
    inspected = queries.find_office(code, area_code, actor=actor)
    area = inspected.area
    access.require(actor, Action.EDIT_SHEET, Sheet(area_id=area.id))
    db.session.refresh(inspected.inspection, ["due_at"], with_for_update=True)
    report = queries.report(inspected)
    if report is None:
        sheet = sheets.begin(SheetKind.INSPECTION, ReportState.GATHERING, area_id=area.id, actor=actor, now=now)
        report = InspectionReport(area_id=area.id, inspection_id=inspected.inspection.id, sheet_id=sheet.id, entries=[])
        db.session.add(report)
        db.session.flush()
        _prefill(sheet, {"sent_to": inspected.inspection.collecting_agency}, now=now)
        sheet.missing_count = len(inspections.asked_of_report(sheet.state).missing(sheet.entered))
    elif report.sheet.state not in GATHERS_IN:
        raise Conflict(RESTS)
    there = {entry.issue_id for entry in report.entries}
    lacking = [issue for issue in inspected.issues if issue.id not in there]
    reporter = _reporter(actor)
    for issue in lacking:
        _begin_entry(report, issue, reporter, actor=actor, now=now)
    db.session.flush()
    return len(lacking)


def _begin_entry(
    report: InspectionReport, issue: InspectionIssue, reporter: dict[str, str], *, actor: Actor, now: datetime
) -> None:
    sheet = sheets.begin(SheetKind.ISSUE, EntryState.DRAFT, area_id=report.area_id, actor=actor, now=now)
    db.session.add(InspectionEntry(area_id=report.area_id, report_id=report.id, issue_id=issue.id, sheet_id=sheet.id))
    _prefill(sheet, reporter, now=now)
    asked = inspections.asked_of_issue(asks_counts=issue.asks_counts)
    sheet.missing_count = len(asked.missing(sheet.entered))


def _reporter(actor: Actor) -> dict[str, str]:
    """The details of the person who begins, as far as the account knows them."""
    user = accounts.user_by_id(actor.user_id) if actor.user_id is not None else None
    profile = user.profile if user else None
    if profile is None:
        return {}
    return {
        "reporter_name": profile.full_name,
        "reporter_position": profile.position,
        "reporter_phone": profile.phone,
    }


def _prefill(sheet: Sheet, values: dict[str, str], *, now: datetime) -> None:
    """What is known before anybody typed: nobody's entry, so without a name and a line on record."""
    for key, value in values.items():
        if value:
            sheet.fields.append(SheetField(area_id=sheet.area_id, field_key=key, value=value, changed_at=now))
    db.session.flush()


# --- the report as a whole --------------------------------------------------------------------------------------------------------


def _held_report(inspected: Inspected) -> InspectionReport:
    """The report, held for this transaction with its issues. Raises NotFound before it is begun."""
    sheet_id = queries.hold_report(inspected.inspection.id, inspected.area.id)
    if sheet_id is None:
        raise NotFound
    sheet_queries.held(sheet_id)
    report = queries.report(inspected)
    if report is None:
        raise NotFound
    return report


def unchecked(inspected: Inspected, report: InspectionReport) -> list[InspectionIssue]:
    """The issues that keep a report from being proposed: not begun, or not checked by the plan group."""
    checked = {entry.issue_id for entry in report.entries if entry.sheet.state == EntryState.CHECKED}
    return [issue for issue in inspected.issues if issue.id not in checked]


class NotAllChecked(Refused):
    """The report is proposed too early. `items` are the issues still to be checked."""

    def __init__(self, items: list[InspectionIssue]) -> None:
        super().__init__(N_("Not proposed yet: %(count)d issues are still to be checked"), count=len(items))
        self.items = items


def move(code: str, area_code: str, which: ReportMove, *, actor: Actor, now: datetime, said: str = "") -> InspectionReport:
    """Move the report of an office as a whole. Raises NotAllowed for who may not, NotAllChecked and IncompleteSheet for what is missing,
    Refused for a move that needs a reason and has none, Conflict where somebody was faster."""
    inspected = queries.find_office(code, area_code, actor=actor)
    report = _held_report(inspected)
    sheet = report.sheet
    _require_known(sheet.state, which)
    order = _require_may(actor, which, inspected, now=now)
    said = sheets.reason(said) if which in inspections.REASONED_REPORT_MOVES else ""
    _require_ready(inspected, report, which)
    sheets.move(sheet, REPORT_MOVES, which, actor=actor, now=now, said=said)
    if which == ReportMove.ENDORSE:
        report.endorsed_at, report.endorsed_by_name, report.acting_order = now, actor.name, order or ""
    elif sheet.state == ReportState.RETURNED:
        report.endorsed_at, report.endorsed_by_name, report.acting_order = None, "", ""
    if which == ReportMove.SEND:
        sheet.sent_at, sheet.sent_by_name = now, actor.name
        # What was in time stays so when inspectors ask for corrections and it is sent again.
        sheet.timing = sheet.timing or inspections.timing(now, inspected.inspection.due_at).value
    elif which == ReportMove.REOPEN:
        sheet.sent_at, sheet.sent_by_name = None, ""
    sheet.missing_count = len(report_subject(sheet, report).missing)
    _tell_of(which, inspected, report, said, actor=actor, now=now)
    return report


def _require_known(state: str, which: ReportMove) -> None:
    """Raise Conflict before anything else is said where the table does not know the move."""
    if (state, which) not in REPORT_MOVES:
        raise Conflict(N_("This was changed meanwhile. Look at the page again."))


def _require_may(actor: Actor, which: ReportMove, inspected: Inspected, *, now: datetime) -> str | None:
    """Raise NotAllowed for who may not make this move. Answers the order by which the director's place is taken."""
    if which in (ReportMove.ENDORSE, ReportMove.RETURN):
        seat = superiors.seat_of(actor, inspected.area.id, now=now)
        if seat is None:
            raise NotAllowed(N_("Only the director, or who acts for the director by an order, may do this."))
        return seat.order_number
    access.require(actor, Action.LEAD_SHEETS, Sheet(area_id=inspected.area.id))
    return None


def _require_ready(inspected: Inspected, report: InspectionReport, which: ReportMove) -> None:
    if which in (ReportMove.PROPOSE, ReportMove.SEND):
        if which == ReportMove.PROPOSE and (lacking := unchecked(inspected, report)):
            raise NotAllChecked(lacking)
        sheets.require_complete(report_subject(report.sheet, report))


def _tell_of(
    which: ReportMove, inspected: Inspected, report: InspectionReport, said: str, *, actor: Actor, now: datetime
) -> None:
    """Who has to know of a move: the director that a report waits, the plan group what became of it."""
    area_id = inspected.area.id
    kinds: dict[ReportMove, str] = {
        ReportMove.PROPOSE: "inspection_proposed",
        ReportMove.ENDORSE: "inspection_endorsed",
        ReportMove.RETURN: "inspection_returned",
        ReportMove.SEND: "inspection_sent",
    }
    if which not in kinds:
        return
    to_director = which in (ReportMove.PROPOSE, ReportMove.SEND)
    people = endorsement.endorsers(area_id, now) if to_director else deadline.coordinators_of([area_id])
    _tell(
        people,
        kinds[which],
        report.sheet,
        inspected.path,
        actor=actor,
        now=now,
        title=inspected.inspection.name_th,
        reason=said,
    )


def _tell(people: list[User], kind: str, sheet: Sheet, path: str, *, actor: Actor, now: datetime, **words: str) -> None:
    notices.tell(
        [user for user in people if user.id != actor.user_id],
        kind,
        now=now,
        dedupe_key=f"{kind}:{sheet.id}:{now.isoformat()}",
        path=path,
        mail="notice",
        by=actor.name,
        **words,
    )


# --- one issue --------------------------------------------------------------------------------------------------------------------


def move_entry(
    code: str, area_code: str, issue_code: str, which: EntryMove, *, actor: Actor, now: datetime, said: str = ""
) -> InspectionEntry:
    """Hand an issue over to the plan group, take it back, check it, or return it with a reason. Raises as `move` does."""
    inspected = queries.find_office(code, area_code, actor=actor)
    issue = inspected.issue(issue_code)
    leads = which in (EntryMove.CHECK, EntryMove.RETURN)
    access.require(actor, Action.LEAD_SHEETS if leads else Action.EDIT_SHEET, Sheet(area_id=inspected.area.id))
    said = sheets.reason(said) if which == EntryMove.RETURN else ""
    # The report first, then the issue: whoever proposes the report holds both in the same order.
    queries.hold_report(inspected.inspection.id, inspected.area.id)
    row = queries.entry(inspected, issue)
    if row is None:
        raise NotFound
    sheet = sheet_queries.held(row.sheet_id)
    if sheet is None:
        raise NotFound
    row = queries.entry_of_sheet(sheet.id)
    if row.report.sheet.state not in GATHERS_IN:
        raise Conflict(RESTS)
    subject = entry_subject(sheet, row)
    if which == EntryMove.SEND:
        sheets.require_complete(subject)
    sheets.move(sheet, ENTRY_MOVES, which, actor=actor, now=now, said=said)
    if which == EntryMove.SEND:
        sheet.sent_at, sheet.sent_by_name = now, actor.name
    people = [owner.user for owner in sheet.owners]
    if which == EntryMove.RETURN:
        _tell(people, "issue_returned", sheet, subject.path, actor=actor, now=now, title=subject.title, reason=said)
    elif which == EntryMove.SEND:
        leaders = deadline.coordinators_of([inspected.area.id])
        _tell(leaders, "issue_sent", sheet, subject.path, actor=actor, now=now, title=subject.title)
    return row
