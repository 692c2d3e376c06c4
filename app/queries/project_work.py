"""What a person has to do about projects, and when what of them is due: the part of projects in one's own work and in the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from app.domain.access import Actor, Duty
from app.domain.errors import N_, Message, Parameter
from app.domain.progress import PERIODS, REGISTER, Period, ProgressState, Standing
from app.domain.projects import EDITABLE, ProjectState
from app.domain.work import Dated, Job, Work
from app.extensions import db
from app.models import Area, Project, ProjectBrief, ProjectPeriod, ProjectProgress, SheetOwner
from app.queries import project as projects

# What was due longer ago is history: the register still shows it, one's own work does not.
REMEMBERED = timedelta(days=180)
_MISSING = N_("%(count)s items missing")
_TO_CHECK = N_("Complete: check it and send it for approval")
_READY = N_("Complete: the coordinator sends it for approval")
_REPORT = N_("Report quarter %(quarter)s")
_CHECK_QUARTER = N_("Quarter %(quarter)s was sent: check it")
_APPROVE = N_("Waits for your approval")
_BRIEF = N_("A report on the projects waits for you")
_RETURNED = N_("Returned to be mended")
_OPENS_REGISTER, _DUE_REGISTER = N_("Entry of projects opens"), N_("Entry of projects is due")
_OPENS, _DUE = N_("Report of quarter %(quarter)s opens"), N_("Report of quarter %(quarter)s is due")
_OWING = (Standing.OWED, Standing.OVERDUE, Standing.DRAFT, Standing.RETURNED)


def work(actor: Actor, area: Area, periods: Iterable[ProjectPeriod], now: datetime) -> list[Work]:
    """Projects that the person is responsible for, and those that wait for the coordinator or the director: one or two statements."""
    years = _years(periods, now)
    if not years:
        return []
    mine = exists().where(SheetOwner.sheet_id == Project.sheet_id, SheetOwner.user_id == actor.user_id)
    statement = (
        select(Project, mine)
        .where(Project.area_id == area.id, Project.fiscal_year_be.in_(years))
        .options(joinedload(Project.sheet), joinedload(Project.quarters).joinedload(ProjectProgress.sheet))
        .order_by(Project.fiscal_year_be, Project.number)
    )
    found: list[Work] = []
    for project, is_mine in db.session.execute(statement).unique():
        times = years[project.fiscal_year_be]
        path = f"/projects/{project.fiscal_year_be}/{area.code}/{project.number}"
        if is_mine and actor.has(Duty.REPORTER, Duty.COORDINATOR):
            found += _of_owner(project, times, path, now)
        if actor.has(Duty.COORDINATOR):
            found += _of_coordinator(project, times, path)
        if actor.has(Duty.DIRECTOR) and project.sheet.state == ProjectState.SENT:
            found.append(_work(project, path, _APPROVE, times[REGISTER], waits=True))
    return found + (_briefs(area) if actor.has(Duty.DIRECTOR) else [])


def _years(periods: Iterable[ProjectPeriod], now: datetime) -> dict[int, dict[int, Period]]:
    """The times of each year that is not long over."""
    found: dict[int, dict[int, Period]] = {}
    for row in periods:
        found.setdefault(row.fiscal_year_be, {})[row.quarter] = row.terms
    whole = {year: known for year, known in found.items() if set(known) == set(PERIODS)}
    return {year: known for year, known in whole.items() if any(one.due_at > now - REMEMBERED for one in known.values())}


def _work(project: Project, path: str, said: str, period: Period, *, waits: bool = False, **values: Parameter) -> Work:
    title = {"th": project.name, "en": project.name}
    return Work(Job.PROJECTS, title, path, Message(said, values), period.due_at, waits)


def _of_owner(project: Project, periods: Mapping[int, Period], path: str, now: datetime) -> list[Work]:
    sheet, found = project.sheet, []
    if sheet.state == ProjectState.RETURNED:
        found.append(_work(project, path, _RETURNED, periods[REGISTER]))
    elif sheet.state == ProjectState.DRAFT:
        said = _MISSING if sheet.missing_count else _READY
        found.append(_work(project, path, said, periods[REGISTER], count=sheet.missing_count))
    for quarter, standing in projects.standings(project, periods, now).items():
        if standing in _OWING and periods[quarter].is_open(now):
            found.append(_work(project, f"{path}/q{quarter}", _REPORT, periods[quarter], quarter=quarter))
    return found


def _of_coordinator(project: Project, periods: Mapping[int, Period], path: str) -> list[Work]:
    found = []
    if project.sheet.state in EDITABLE and not project.sheet.missing_count:
        found.append(_work(project, path, _TO_CHECK, periods[REGISTER], waits=True))
    for row in project.quarters:
        if row.sheet.state == ProgressState.SENT:
            said, period = _CHECK_QUARTER, periods[row.quarter]
            found.append(_work(project, f"{path}/q{row.quarter}", said, period, waits=True, quarter=row.quarter))
    return found


def _briefs(area: Area) -> list[Work]:
    statement = select(ProjectBrief).where(ProjectBrief.area_id == area.id, ProjectBrief.state == "proposed")
    return [
        Work(
            Job.PROJECTS,
            {"th": f"โครงการ (eMENSCR) {row.fiscal_year_be}", "en": f"Projects (eMENSCR) {row.fiscal_year_be}"},
            f"/projects/{row.fiscal_year_be}/{area.code}/report/{row.number}",
            Message(_BRIEF),
            waits=True,
        )
        for row in db.session.scalars(statement)
    ]


def dates(periods: Iterable[ProjectPeriod], area: Area | None) -> list[Dated]:
    """When the register and the quarters open and are due."""
    found = []
    for row in periods:
        title = dict.fromkeys(("th", "en"), f"eMENSCR {row.fiscal_year_be}")
        path = f"/projects/{row.fiscal_year_be}/" + (f"{area.code}/" if area else "")
        words = (_OPENS_REGISTER, _DUE_REGISTER) if row.quarter == REGISTER else (_OPENS, _DUE)
        for place, (at, said) in enumerate(zip((row.opens_at, row.due_at), words, strict=True)):
            uid = f"projects-{row.fiscal_year_be}-{row.quarter}-{place}"
            found.append(Dated(Job.PROJECTS, at, Message(said, {"quarter": row.quarter}), title, path, uid=uid))
    return found
