"""What is done to a quarter of a project: begun, sent, checked, returned."""

from __future__ import annotations

from datetime import datetime

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict
from app.domain.progress import MOVES, ProgressMove, ProgressState
from app.domain.projects import REPORTED_IN
from app.domain.sheets import SheetKind, next_state
from app.extensions import db
from app.models import Project, ProjectProgress
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.services import notices, project_subjects, projects, sheets
from app.services.sheets import Subject


def begin(fiscal_year_be: int, area_code: str, number: int, quarter: int, *, actor: Actor, now: datetime) -> ProjectProgress:
    """The report of a quarter, begun now or before. Raises Conflict for a project that was not sent yet, or was cancelled."""
    project, subject = projects.held(fiscal_year_be, area_code, number)
    found = next((row for row in project.quarters if row.quarter == quarter), None)
    if found is not None:
        return found
    if subject.sheet.state not in REPORTED_IN:
        raise Conflict(N_("Send the project for approval first; then its quarters can be reported"))
    sheet = sheets.begin(SheetKind.PROGRESS, ProgressState.DRAFT.value, area_id=project.area_id, actor=actor, now=now)
    row = ProjectProgress(area_id=project.area_id, project_id=project.id, sheet_id=sheet.id, quarter=quarter)
    db.session.add(row)
    db.session.flush()
    _, quarter_subject = held(sheet.id)
    sheets.touch(quarter_subject, actor=actor, now=now)
    return row


def held(sheet_id: int) -> tuple[ProjectProgress, Subject]:
    """A quarter with its sheet, held for this transaction."""
    sheet = project_subjects.held_sheet(sheet_id)
    row = project_queries.progress_of_sheet(sheet.id)
    values = project_subjects.values_around(row.project, row.project.quarters)
    return row, project_subjects.of_progress(row, sheet, values)


def move(
    row: ProjectProgress, subject: Subject, which: ProgressMove, *, actor: Actor, now: datetime, typed_reason: str = ""
) -> None:
    """Move a held quarter. Whoever reports sends it, the plan group checks or returns it. What is late is marked, never refused.

    Raises Conflict before the quarter opens, IncompleteSheet for one that lacks something."""
    sheet, project = subject.sheet, row.project
    next_state(MOVES, sheet.state, which)
    access.require(actor, Action.EDIT_SHEET if which is ProgressMove.SEND else Action.LEAD_SHEETS, sheet)
    said = sheets.reason(typed_reason) if which is ProgressMove.RETURN else ""
    if which is ProgressMove.SEND:
        period = plan_queries.periods(project.fiscal_year_be)[row.quarter]
        if not period.is_open(now):
            raise Conflict(N_("Reporting of this quarter opens on %(moment)s"), moment=period.opens_at)
        sheets.require_complete(subject)
    sheets.move(sheet, MOVES, which, actor=actor, now=now, said=said)
    if which is ProgressMove.SEND:
        sheet.sent_at, sheet.sent_by_name = now, actor.name
        # What was in time stays so when it is mended and sent again.
        sheet.timing = sheet.timing or period.timing(now).value
    if which is ProgressMove.RETURN:
        _tell_returned(row, project, subject, actor=actor, now=now, reason=said)


def _tell_returned(
    row: ProjectProgress, project: Project, subject: Subject, *, actor: Actor, now: datetime, reason: str
) -> None:
    of_project = project_subjects.held_sheet(project.sheet_id)
    notices.tell(
        [user for user in projects.people_of(project, of_project) if user.id != actor.user_id],
        "progress_returned",
        now=now,
        dedupe_key=f"progress:{row.id}:return:{now.isoformat()}",
        path=subject.path,
        mail="notice",
        by=actor.name,
        title=project.name,
        quarter=str(row.quarter),
        reason=reason,
    )
