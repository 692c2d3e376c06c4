"""Projects of an office with what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.domain import access, progress
from app.domain.access import Action, Actor
from app.domain.errors import NotFound
from app.domain.progress import Period, Standing
from app.domain.project_fields import QUARTERS, RowKind
from app.domain.projects import REPORTED_IN
from app.extensions import db
from app.models import (
    Area,
    OfficeOrder,
    Project,
    ProjectBrief,
    ProjectImport,
    ProjectProgress,
    ProjectRow,
    Sheet,
    SheetOwner,
)
from app.models.office_order import OrderKind
from app.queries import area as areas


def office(area_code: str, *, actor: Actor) -> Area:
    """The office of an address. Raises NotFound where the reader has no business there."""
    area = areas.by_code(area_code)
    if area is None or not access.allows(actor, Action.VIEW_REPORT, access.Here(area.id)):
        raise NotFound
    return area


_WHOLE = (
    joinedload(Project.area),
    joinedload(Project.rows),
    joinedload(Project.order),
    joinedload(Project.carried_from),
    joinedload(Project.quarters).joinedload(ProjectProgress.sheet),
)


def _one(statement: Select[tuple[Project]]) -> Project | None:
    return db.session.scalars(statement.options(*_WHOLE)).unique().one_or_none()


def find(fiscal_year_be: int, area_code: str, number: int) -> Project:
    """The project of an address with its rows, quarters and order: one statement; its sheet is read apart. Raises NotFound."""
    statement = select(Project).join(Project.area)
    found = _one(statement.where(Area.code == area_code, Project.fiscal_year_be == fiscal_year_be, Project.number == number))
    if found is None:
        raise NotFound
    return found


def of_sheet(sheet_id: int) -> Project:
    """The project that a sheet is of, with its rows, read afresh."""
    statement = select(Project).where(Project.sheet_id == sheet_id).execution_options(populate_existing=True)
    found = _one(statement)
    if found is None:
        raise NotFound
    return found


def living(project: Project) -> dict[RowKind, list[int]]:
    """The ordinals of the rows that were not taken out, by kind."""
    found: dict[RowKind, list[int]] = {kind: [] for kind in RowKind}
    for row in project.rows:
        if row.removed_at is None:
            found[RowKind(row.kind)].append(row.ordinal)
    return found


def progress_of_sheet(sheet_id: int) -> ProjectProgress:
    """The quarter that a sheet is of, with its project, read afresh."""
    statement = (
        select(ProjectProgress)
        .where(ProjectProgress.sheet_id == sheet_id)
        .options(
            joinedload(ProjectProgress.project).joinedload(Project.area),
            joinedload(ProjectProgress.project).joinedload(Project.rows),
            joinedload(ProjectProgress.project).joinedload(Project.quarters),
        )
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(statement).unique().one_or_none()
    if found is None:
        raise NotFound
    return found


def hold_office(area_id: int) -> None:
    """Hold an office for this transaction."""
    db.session.execute(select(Area.id).where(Area.id == area_id).with_for_update())


def next_number(area_id: int, fiscal_year_be: int) -> int:
    """The number of the next project of an office. The office is held, so that two who add at once get one each."""
    hold_office(area_id)
    statement = select(func.max(Project.number))
    return (db.session.scalar(statement.where(Project.area_id == area_id, Project.fiscal_year_be == fiscal_year_be)) or 0) + 1


def next_ordinal(project: Project, kind: RowKind) -> int:
    """The ordinal of the next row of a kind; those of rows taken out are never used again."""
    return max((row.ordinal for row in project.rows if row.kind == kind), default=0) + 1


def appointing_orders(area_id: int) -> list[OfficeOrder]:
    """Orders of an office that appoint a committee, the latest first."""
    statement = select(OfficeOrder).where(
        OfficeOrder.area_id == area_id, OfficeOrder.kind == OrderKind.APPOINTING, OfficeOrder.removed_at.is_(None)
    )
    return list(db.session.scalars(statement.order_by(OfficeOrder.dated_on.desc(), OfficeOrder.id.desc())))


@dataclass(frozen=True)
class Line:
    """A project in the register of its office, with where each of its quarters stands."""

    project: Project
    standings: Mapping[int, Standing]

    @property
    def sheet(self) -> Sheet:
        return self.project.sheet

    @property
    def latest(self) -> ProjectProgress | None:
        """The latest quarter that was sent."""
        sent = [row for row in self.project.quarters if row.sheet.state in progress.SENT_IN]
        return sent[-1] if sent else None

    @property
    def overdue(self) -> list[int]:
        return [quarter for quarter, standing in self.standings.items() if standing is Standing.OVERDUE]


def standings(project: Project, periods: Mapping[int, Period], now: datetime) -> dict[int, Standing]:
    """Where each quarter of a project stands."""
    begun = {row.quarter: row.sheet.state for row in project.quarters}
    is_asked = project.sheet.state in REPORTED_IN
    return {quarter: progress.standing(begun.get(quarter), periods[quarter], now, is_asked=is_asked) for quarter in QUARTERS}


def register(area_id: int, fiscal_year_be: int, periods: Mapping[int, Period], now: datetime) -> list[Line]:
    """All projects of an office in a year, with sheets, owners and quarters: three statements."""
    statement = (
        select(Project)
        .where(Project.area_id == area_id, Project.fiscal_year_be == fiscal_year_be)
        .options(
            joinedload(Project.sheet).selectinload(Sheet.owners).joinedload(SheetOwner.user).joinedload(User.profile),
            selectinload(Project.quarters).joinedload(ProjectProgress.sheet),
        )
        .order_by(Project.number)
    )
    found = db.session.scalars(statement).unique()
    return [Line(project, standings(project, periods, now)) for project in found]


def by_number(area_id: int, fiscal_year_be: int) -> dict[int, Project]:
    """Projects of an office by number, with their rows and without more."""
    statement = select(Project).where(Project.area_id == area_id, Project.fiscal_year_be == fiscal_year_be)
    found = db.session.scalars(statement.options(joinedload(Project.rows), joinedload(Project.sheet))).unique()
    return {project.number: project for project in found}


def with_quarters(area_id: int, fiscal_year_be: int) -> list[Project]:
    """All projects of an office in a year with their rows and quarters, in order: three statements."""
    statement = (
        select(Project)
        .where(Project.area_id == area_id, Project.fiscal_year_be == fiscal_year_be)
        .options(
            joinedload(Project.sheet),
            selectinload(Project.rows),
            selectinload(Project.quarters).joinedload(ProjectProgress.sheet),
        )
        .order_by(Project.number)
    )
    return list(db.session.scalars(statement).unique())


def carried_on(project_ids: Iterable[int]) -> dict[int, Project]:
    """Where these projects were carried over to, by the id of the earlier one."""
    statement = select(Project).where(Project.carried_from_id.in_(list(project_ids)))
    return {project.carried_from_id or 0: project for project in db.session.scalars(statement)}


def briefs(area_id: int, fiscal_year_be: int) -> list[ProjectBrief]:
    """Reports of an office to its director, the latest first."""
    statement = select(ProjectBrief).where(ProjectBrief.area_id == area_id, ProjectBrief.fiscal_year_be == fiscal_year_be)
    return list(db.session.scalars(statement.order_by(ProjectBrief.number.desc())))


def brief(area_id: int, fiscal_year_be: int, number: int, *, is_held: bool = False) -> ProjectBrief:
    """One of them, held for this transaction where that is asked. Raises NotFound."""
    statement = select(ProjectBrief).where(ProjectBrief.area_id == area_id, ProjectBrief.fiscal_year_be == fiscal_year_be)
    statement = statement.where(ProjectBrief.number == number)
    found = db.session.scalar(statement.with_for_update() if is_held else statement)
    if found is None:
        raise NotFound
    return found


def import_by_id(import_id: int, area_id: int, fiscal_year_be: int) -> ProjectImport:
    """A workbook that was sent in. Raises NotFound."""
    statement = select(ProjectImport).where(ProjectImport.id == import_id, ProjectImport.area_id == area_id)
    found = db.session.scalar(statement.where(ProjectImport.fiscal_year_be == fiscal_year_be))
    if found is None:
        raise NotFound
    return found


def row_of(project: Project, kind: RowKind, ordinal: int) -> ProjectRow:
    """A living row of a project. Raises NotFound."""
    for row in project.rows:
        if row.kind == kind and row.ordinal == ordinal and row.removed_at is None:
            return row
    raise NotFound
