"""Projects and their quarters as subjects: what each asks at this moment, and what lists repeat of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from app.domain import progress, projects, s_curve
from app.domain.completeness import Answers
from app.domain.errors import NotFound
from app.domain.plans import Plans
from app.domain.progress import Earlier
from app.domain.project_fields import RowKind
from app.domain.sheets import row_key
from app.extensions import db
from app.models import Area, Project, ProjectProgress, Sheet
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.queries import sheet as sheet_queries
from app.services.sheets import Subject


def path_of(area: Area, project: Project) -> str:
    """Where the page of a project is."""
    return f"/projects/{project.fiscal_year_be}/{area.code}/{project.number}"


def of_project(project: Project, sheet: Sheet, plans: Plans) -> Subject:
    """A project with what it asks."""
    return Subject(
        sheet=sheet,
        asked=projects.asked(project.fiscal_year_be, project_queries.living(project), plans),
        path=path_of(sheet.area, project),
        title=project.name,
        state_names=projects.STATE_NAMES,
        mirror=lambda _: mirror(project, sheet),
    )


def project_of_sheet(sheet: Sheet) -> Subject:
    """The project that a sheet is of."""
    return of_project(project_queries.of_sheet(sheet.id), sheet, plan_queries.plans())


def mirror(project: Project, sheet: Sheet) -> None:
    """What lists show of a project."""
    entered = sheet.entered
    project.name = entered.value("name") or ""
    project.group_name = entered.value("group") or ""
    project.budget = projects.number_of(entered, "budget")
    project.starts_on, project.ends_on = (projects.day_of(entered, key) for key in ("starts_on", "ends_on"))
    last = projects.number_of(entered, "last_year")
    project.last_year_be = int(last) if last is not None else None
    db.session.flush()


def earlier_of(row: ProjectProgress, values: Mapping[int, Mapping[str, str]]) -> Earlier | None:
    """What the latest quarter before this one said of each activity; None where there is none."""
    before = [other for other in row.project.quarters if other.quarter < row.quarter and values.get(other.sheet_id)]
    if not before:
        return None
    last = max(before, key=lambda other: other.quarter)
    return Earlier(last.quarter, percents_in(row.project, values[last.sheet_id]))


def percents_in(project: Project, values: Mapping[str, str]) -> dict[int, Decimal]:
    """What a quarter said of each living activity, in percent."""
    found = {}
    for ordinal in project_queries.living(project)[RowKind.ACTIVITY]:
        text = values.get(row_key(RowKind.ACTIVITY, ordinal, "percent"))
        if text:
            found[ordinal] = Decimal(text)
    return found


def of_progress(row: ProjectProgress, sheet: Sheet, values: Mapping[int, Mapping[str, str]]) -> Subject:
    """A quarter of a project with what it asks. `values` are those of the project and of its quarters, by sheet."""
    project, rows = row.project, project_queries.living(row.project)
    entered = Answers(dict(values.get(project.sheet_id, {})), {})
    works = projects.works_of(entered, rows[RowKind.ACTIVITY])

    def mirror_quarter(_: Sheet) -> None:
        now = {one.field_key: one.value for one in sheet.fields if one.value is not None}
        row.percent = s_curve.reached(works, percents_in(project, now))
        row.paid = Decimal(now["paid"]) if now.get("paid") else None
        row.overall = now.get("overall", "")
        db.session.flush()

    return Subject(
        sheet=sheet,
        asked=progress.asked(rows[RowKind.ACTIVITY], rows[RowKind.INDICATOR], earlier_of(row, values)),
        path=f"{path_of(sheet.area, project)}/q{row.quarter}",
        title=f"{project.name} Q{row.quarter}",
        state_names=progress.STATE_NAMES,
        mirror=mirror_quarter,
    )


def values_around(project: Project, quarters: list[ProjectProgress]) -> dict[int, dict[str, str]]:
    """What was entered in a project and in its quarters, by sheet: one statement."""
    return sheet_queries.values_of([project.sheet_id, *(row.sheet_id for row in quarters)])


def progress_of_sheet(sheet: Sheet) -> Subject:
    """The quarter that a sheet is of."""
    row = project_queries.progress_of_sheet(sheet.id)
    return of_progress(row, sheet, values_around(row.project, row.project.quarters))


def held_sheet(sheet_id: int) -> Sheet:
    """A sheet, held for this transaction and read afresh. Raises NotFound."""
    sheet = sheet_queries.held(sheet_id)
    if sheet is None:
        raise NotFound
    return sheet
