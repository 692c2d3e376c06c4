"""What is done to a project: added, its rows added and taken out, sent for approval, decided, carried over to the next year."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from flask_appbuilder.security.sqla.models import User

from app.domain import access, calendar
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.project_fields import MOST_ROWS, QUARTERS, RowKind
from app.domain.projects import MOVES, NEEDS_REASON, ProjectMove, ProjectState
from app.domain.sheets import SheetKind, next_state
from app.domain.thai import is_blank, single_line
from app.extensions import db
from app.models import Area, Project, ProjectRow, Sheet
from app.queries import deadline, endorsement
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.services import notices, project_subjects, record, sheets, superiors
from app.services.field_saving import Typing
from app.services.sheets import Saved, Subject

YEARS_BE = range(2540, 2701)
MOST_PROJECTS = 300
# Fields that a project of several years says anew every year.
OF_ONE_YEAR = frozenset({"budget", "code", *(f"plan_q{quarter}" for quarter in QUARTERS)})


def find(fiscal_year_be: int, area_code: str, number: int) -> Project:
    """The project of an address. Raises NotFound where it is another office's."""
    return project_queries.find(fiscal_year_be, area_code, number)


def held(fiscal_year_be: int, area_code: str, number: int) -> tuple[Project, Subject]:
    """A project with its sheet, held for this transaction."""
    sheet = project_subjects.held_sheet(find(fiscal_year_be, area_code, number).sheet_id)
    project = project_queries.of_sheet(sheet.id)
    return project, project_subjects.of_project(project, sheet, plan_queries.plans())


def add(area: Area, fiscal_year_be: int, values: Mapping[str, str | None], *, actor: Actor, now: datetime) -> Project:
    """A new project of an office, begun with these fields: a name at least. Raises Refused without one."""
    if is_blank(values.get("name")):
        raise Refused(N_("Enter the name of the project"))
    if fiscal_year_be not in YEARS_BE:
        raise NotFound
    project = _begin(area, fiscal_year_be, actor=actor, now=now)
    for kind in RowKind:
        db.session.add(ProjectRow(area_id=area.id, project_id=project.id, kind=kind.value, ordinal=1))
    db.session.flush()
    _fill(project, values, actor=actor, now=now)
    return project


def _begin(area: Area, fiscal_year_be: int, *, actor: Actor, now: datetime, **more: int) -> Project:
    number = project_queries.next_number(area.id, fiscal_year_be)
    if number > MOST_PROJECTS:
        raise Conflict(N_("An office can have at most %(count)d projects a year"), count=MOST_PROJECTS)
    sheet = sheets.begin(SheetKind.PROJECT, ProjectState.DRAFT.value, area_id=area.id, actor=actor, now=now)
    project = Project(area_id=area.id, sheet_id=sheet.id, fiscal_year_be=fiscal_year_be, number=number, **more)
    db.session.add(project)
    db.session.flush()
    return project


def _fill(project: Project, values: Mapping[str, str | None], *, actor: Actor, now: datetime) -> Saved:
    sheet = project_subjects.held_sheet(project.sheet_id)
    found = project_queries.of_sheet(sheet.id)
    subject = project_subjects.of_project(found, sheet, plan_queries.plans())
    saved = sheets.save(subject, {key: Typing(value, None) for key, value in values.items()}, actor=actor, now=now)
    if "name" in saved.errors:
        raise Refused(saved.errors["name"].text, **saved.errors["name"].values)
    return saved


def add_row(project: Project, subject: Subject, kind: RowKind, *, actor: Actor, now: datetime) -> int:
    """One more person, indicator or activity. Returns its ordinal. Raises Conflict where there are enough."""
    sheets.require_editable(subject, actor=actor)
    if len(project_queries.living(project)[kind]) >= MOST_ROWS[kind]:
        raise Conflict(N_("There is room for %(count)d of these"), count=MOST_ROWS[kind])
    ordinal = project_queries.next_ordinal(project, kind)
    project.rows.append(ProjectRow(area_id=project.area_id, kind=kind.value, ordinal=ordinal))
    _touch_anew(project, subject.sheet, actor=actor, now=now)
    record.change(
        actor, sheets.subject_of_record(subject.sheet.id), f"row added:{kind}.{ordinal}", now=now, area_id=project.area_id
    )
    return ordinal


def remove_row(project: Project, subject: Subject, kind: RowKind, ordinal: int, *, actor: Actor, now: datetime) -> str:
    """Take a row out; what was entered in it stays on record. Returns its name. Twice is NotFound."""
    sheets.require_editable(subject, actor=actor)
    row = project_queries.row_of(project, kind, ordinal)
    row.removed_at = now
    name = subject.sheet.entered.value(f"{kind}.{ordinal}.name") or ""
    _touch_anew(project, subject.sheet, actor=actor, now=now)
    what = f"row removed:{kind}.{ordinal}"
    record.change(actor, sheets.subject_of_record(subject.sheet.id), what, now=now, area_id=project.area_id, old=name)
    return name


def restore_row(project: Project, subject: Subject, kind: RowKind, ordinal: int, *, actor: Actor, now: datetime) -> None:
    """Take back that a row was taken out, with all that was entered in it. Raises Conflict where there are enough by now."""
    sheets.require_editable(subject, actor=actor)
    row = next((one for one in project.rows if one.kind == kind and one.ordinal == ordinal), None)
    if row is None:
        raise NotFound
    if row.removed_at is None:
        return
    if len(project_queries.living(project)[kind]) >= MOST_ROWS[kind]:
        raise Conflict(N_("There is room for %(count)d of these"), count=MOST_ROWS[kind])
    row.removed_at = None
    _touch_anew(project, subject.sheet, actor=actor, now=now)
    what, name = f"row restored:{kind}.{ordinal}", subject.sheet.entered.value(f"{kind}.{ordinal}.name") or ""
    record.change(actor, sheets.subject_of_record(subject.sheet.id), what, now=now, area_id=project.area_id, new=name)


def _touch_anew(project: Project, sheet: Sheet, *, actor: Actor, now: datetime) -> None:
    """Rows decide what is asked: count what is missing by the new ones."""
    sheets.touch(project_subjects.of_project(project, sheet, plan_queries.plans()), actor=actor, now=now)


def move(
    project: Project, subject: Subject, which: ProjectMove, *, actor: Actor, now: datetime, typed_reason: str = ""
) -> None:
    """Move a held project. Raises NotAllowed, IncompleteSheet for one that is sent too early, Conflict where somebody was faster."""
    sheet = subject.sheet
    next_state(MOVES, sheet.state, which)
    if which in (ProjectMove.APPROVE, ProjectMove.RETURN):
        superiors.require_seat(actor, sheet.area_id, now=now)
    else:
        access.require(actor, Action.LEAD_SHEETS, sheet)
    said = sheets.reason(typed_reason) if which in NEEDS_REASON else ""
    if which is ProjectMove.SEND:
        sheets.require_complete(subject)
    sheets.move(sheet, MOVES, which, actor=actor, now=now, said=said)
    if which is ProjectMove.SEND:
        period = plan_queries.periods(project.fiscal_year_be)[0]
        sheet.sent_at, sheet.sent_by_name = now, actor.name
        # What was in time stays so when it is mended and sent again.
        sheet.timing = sheet.timing or period.timing(now).value
    elif which is ProjectMove.WITHDRAW:
        sheet.timing = ""
    _tell(project, subject, which, actor=actor, now=now, reason=said)


def _tell(project: Project, subject: Subject, which: ProjectMove, *, actor: Actor, now: datetime, reason: str) -> None:
    kinds = {
        ProjectMove.SEND: "project_sent",
        ProjectMove.APPROVE: "project_approved",
        ProjectMove.RETURN: "project_returned",
        ProjectMove.REOPEN: "project_returned",
        ProjectMove.CANCEL: "project_cancelled",
    }
    if which not in kinds:
        return
    told: Collection[User] = (
        endorsement.endorsers(project.area_id, now) if which is ProjectMove.SEND else people_of(project, subject.sheet)
    )
    notices.tell(
        [user for user in told if user.id != actor.user_id],
        kinds[which],
        now=now,
        dedupe_key=f"project:{project.id}:{which}:{now.isoformat()}",
        path=subject.path,
        mail="notice" if which is not ProjectMove.APPROVE else "",
        by=actor.name,
        title=project.name,
        reason=reason,
    )


def people_of(project: Project, sheet: Sheet) -> list[User]:
    """Who is told of a project: those who are responsible, and the coordinators."""
    return [*(row.user for row in sheet.owners), *deadline.coordinators_of([project.area_id])]


def note_national(project: Project, code: str, day: str, *, actor: Actor, now: datetime) -> None:
    """Note that a project was typed into the national system, under which code and on which day; empty takes it back."""
    access.require(actor, Action.EDIT_SHEET, project)
    entered_on = calendar.parse_date(day) if not is_blank(day) else None
    found = single_line(code)
    if len(found) > 60:
        raise Refused(N_("Use at most %(limit)d characters"), limit=60)
    old = f"{project.national_code} {project.entered_on or ''}".strip()
    project.national_code, project.entered_on = found, entered_on
    new = f"{found} {entered_on or ''}".strip()
    record.change(
        actor, sheets.subject_of_record(project.sheet_id), "national", now=now, area_id=project.area_id, old=old, new=new
    )


def choose_order(project: Project, order_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Say which order of the office appoints the committee of a project; None takes it back."""
    access.require(actor, Action.LEAD_SHEETS, project)
    known = {row.id: row for row in project_queries.appointing_orders(project.area_id)}
    if order_id is not None and order_id not in known:
        raise NotFound
    old = project.order.number if project.order else None
    project.order = known[order_id] if order_id is not None else None
    new = project.order.number if project.order else None
    record.change(
        actor, sheets.subject_of_record(project.sheet_id), "order", now=now, area_id=project.area_id, old=old, new=new
    )


def can_carry_over(project: Project) -> bool:
    """Whether a project runs on in the next fiscal year."""
    return (
        project.last_year_be is not None
        and project.last_year_be > project.fiscal_year_be
        and project.sheet.state != ProjectState.CANCELLED
    )


def carry_over(project: Project, subject: Subject, *, actor: Actor, now: datetime) -> Project:
    """The same project in the next fiscal year: all but what belongs to one year. Raises Conflict where it was carried over already."""
    if not can_carry_over(project):
        raise Conflict(N_("Only a project whose last fiscal year is a later one can be carried over"))
    if project_queries.carried_on([project.id]):
        raise Conflict(N_("This project was carried over already"))
    fresh = _begin(subject.sheet.area, project.fiscal_year_be + 1, actor=actor, now=now, carried_from_id=project.id)
    fresh.order_id = project.order_id
    rows = project_queries.living(project)
    for kind, ordinals in rows.items():
        for ordinal in ordinals:
            db.session.add(ProjectRow(area_id=project.area_id, project_id=fresh.id, kind=kind.value, ordinal=ordinal))
    db.session.flush()
    asked = {one.key for one in subject.asked.fields} - OF_ONE_YEAR
    entered = subject.sheet.entered.values
    values = {key: value for key, value in entered.items() if key in asked and value is not None}
    values.setdefault("first_year", str(project.fiscal_year_be))
    _fill(fresh, values, actor=actor, now=now)
    return fresh
