"""The centre's board of projects: how far every office is with its register and its quarters, counted by the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from app.domain.deadlines import Timing
from app.domain.errors import N_
from app.domain.figures import percent
from app.domain.progress import SENT_IN, Period
from app.domain.project_fields import QUARTERS
from app.domain.projects import REPORTED_IN, ProjectState
from app.domain.thai import search_key, single_line
from app.extensions import db
from app.models import Area, Project, ProjectProgress, Sheet
from app.models.area import AreaKind, Region
from app.queries import area as areas


class Show(StrEnum):
    """Which offices."""

    NONE = "none"
    ENTERING = "entering"
    WAITING = "waiting"
    OVERDUE = "overdue"
    DONE = "done"


SHOW_NAMES = {
    Show.NONE: N_("No project entered"),
    Show.ENTERING: N_("Still entering projects"),
    Show.WAITING: N_("Waiting for approval"),
    Show.OVERDUE: N_("Progress overdue"),
    Show.DONE: N_("All approved, nothing overdue"),
}


@dataclass(frozen=True)
class Filter:
    """What the board is narrowed to, by the names of its parameters; empty is everything."""

    q: str = ""
    region: str = ""
    kind: str = ""
    show: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Filter:
        """From the parameters of an address; what is no choice is left out."""

        def one_of(choices: type[StrEnum], name: str) -> str:
            return args.get(name, "") if args.get(name, "") in set(choices) else ""

        return cls(
            q=single_line(args.get("q", ""))[:100],
            region=one_of(Region, "region"),
            kind=one_of(AreaKind, "kind"),
            show=one_of(Show, "show"),
        )

    def args(self) -> dict[str, str]:
        return {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name)}


@dataclass
class Figures:
    """Projects of one office or of many: by state, quarters that were sent, sent late, money."""

    states: dict[str, int] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)
    late: int = 0
    entered: int = 0
    budget: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    overdue: dict[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Projects that were not called off."""
        return sum(count for state, count in self.states.items() if state != ProjectState.CANCELLED)

    @property
    def asked(self) -> int:
        """Projects whose quarters are to be reported."""
        return sum(self.states.get(state, 0) for state in REPORTED_IN)

    @property
    def approved(self) -> int:
        return self.states.get(ProjectState.APPROVED, 0)

    @property
    def entering(self) -> int:
        return self.states.get(ProjectState.DRAFT, 0) + self.states.get(ProjectState.RETURNED, 0)

    @property
    def waiting(self) -> int:
        return self.states.get(ProjectState.SENT, 0)

    @property
    def overdue_count(self) -> int:
        return sum(self.overdue.values())

    @property
    def paid_percent(self) -> Decimal | None:
        return percent(self.paid, self.budget)

    def add(self, other: Figures) -> None:
        for state, count in other.states.items():
            self.states[state] = self.states.get(state, 0) + count
        for quarter in QUARTERS:
            self.sent[quarter] = self.sent.get(quarter, 0) + other.sent.get(quarter, 0)
            self.overdue[quarter] = self.overdue.get(quarter, 0) + other.overdue.get(quarter, 0)
        self.late += other.late
        self.entered += other.entered
        self.budget += other.budget
        self.paid += other.paid

    def is_shown(self, show: str) -> bool:
        """Whether an office with these figures belongs to a choice of the filter."""
        return {
            "": True,
            Show.NONE: self.count == 0,
            Show.ENTERING: self.entering > 0,
            Show.WAITING: self.waiting > 0,
            Show.OVERDUE: self.overdue_count > 0,
            Show.DONE: self.count > 0 and self.approved == self.count and not self.overdue_count,
        }[show]


@dataclass(frozen=True)
class OfficeRow:
    """An office with its figures."""

    area: Area
    figures: Figures


@dataclass(frozen=True)
class Board:
    """The offices that were asked for, in Thai order, and their sum."""

    rows: list[OfficeRow]
    total: Figures


def board(fiscal_year_be: int, wanted: Filter, periods: Mapping[int, Period], now: datetime) -> Board:
    """Every office that the filter leaves: four statements whatever their number."""
    figures = _figures(fiscal_year_be)
    rows, total, words = [], Figures(), search_key(wanted.q)
    for area in areas.all_active():
        found = figures.get(area.id, Figures())
        found.overdue = {
            quarter: max(0, found.asked - found.sent.get(quarter, 0))
            for quarter in QUARTERS
            if periods[quarter].is_overdue(now)
        }
        fits = (not wanted.region or area.region == wanted.region) and (not wanted.kind or area.kind == wanted.kind)
        fits = fits and (
            not words or words in search_key(f"{area.code} {area.name_th} {area.short_th} {area.name_en} {area.provinces_th}")
        )
        if fits and found.is_shown(wanted.show):
            rows.append(OfficeRow(area, found))
            total.add(found)
    return Board(rows, total)


def _figures(fiscal_year_be: int) -> dict[int, Figures]:
    """Figures of every office that has projects, by its id."""
    found: dict[int, Figures] = {}
    lives = Sheet.state != ProjectState.CANCELLED
    of_projects = (
        select(
            Project.area_id,
            Sheet.state,
            func.count(),
            func.sum(case((lives, func.coalesce(Project.budget, 0)), else_=0)),
            func.sum(case((Project.entered_on.is_not(None), 1), else_=0)),
        )
        .join(Sheet, Sheet.id == Project.sheet_id)
        .where(Project.fiscal_year_be == fiscal_year_be)
        .group_by(Project.area_id, Sheet.state)
    )
    for area_id, state, count, budget, entered in db.session.execute(of_projects):
        row = found.setdefault(area_id, Figures())
        row.states[state] = count
        row.budget += Decimal(str(budget or 0))
        row.entered += entered or 0
    of_project = aliased(Sheet)
    of_quarters = (
        select(
            Project.area_id,
            ProjectProgress.quarter,
            func.count(),
            func.sum(case((Sheet.timing == Timing.LATE, 1), else_=0)),
            func.sum(func.coalesce(ProjectProgress.paid, 0)),
        )
        .join(Project, Project.id == ProjectProgress.project_id)
        .join(Sheet, Sheet.id == ProjectProgress.sheet_id)
        .join(of_project, of_project.id == Project.sheet_id)
        .where(Project.fiscal_year_be == fiscal_year_be, Sheet.state.in_(SENT_IN), of_project.state.in_(REPORTED_IN))
        .group_by(Project.area_id, ProjectProgress.quarter)
    )
    for area_id, quarter, count, late, paid in db.session.execute(of_quarters):
        row = found.setdefault(area_id, Figures())
        row.sent[quarter] = count
        row.late += late or 0
        row.paid += Decimal(str(paid or 0))
    return found
