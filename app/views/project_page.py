"""What the page of a project and of its quarters shows beyond what every sheet's page has: steps, lists to choose from, moves, the curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from app.domain import s_curve
from app.domain.access import Action, Actor, allows
from app.domain.completeness import Answers
from app.domain.plans import PlanChoice, PlanKind, Plans
from app.domain.progress import SENT_IN, Period, Standing
from app.domain.project_fields import FIXED_CHOICES, QUARTERS, YEARS, RowKind, Section, years_around
from app.domain.projects import EDITABLE, ProjectMove, ProjectState, missing_by_section, number_of, works_of
from app.domain.s_curve import Curve
from app.domain.sheets import Field
from app.formatting import in_language
from app.models import Project, ProjectStep
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.services import project_subjects, projects, superiors
from app.services.superiors import Seat
from app.views.report_page import era_year
from app.views.sheet_page import SheetPage

LONG_CHOICE = 110
M6, M7 = "M6", "M7"
Options = Sequence[tuple[str, object]]


def _choice(item: PlanChoice) -> tuple[str, str]:
    name = in_language(item.name)
    return item.code, f"{item.code} {name if len(name) <= LONG_CHOICE else name[: LONG_CHOICE - 1].rstrip() + '…'}"


def options_of(plans: Plans, field: Field, chosen: str | None, years: Sequence[str]) -> Options:
    """What the select box of a field offers, in groups where the entries belong to something."""
    if field.choices in FIXED_CHOICES:
        return [(code, gettext(name)) for code, name in FIXED_CHOICES[field.choices].items()]
    if field.choices == YEARS:
        return [(year, str(era_year(int(year)))) for year in years]
    found: list[tuple[str, object]] = []
    for above, items in plans.groups(PlanKind(field.choices), chosen):
        choices = [_choice(item) for item in items]
        if above is None:
            found.extend(choices)
        else:
            found.append((_choice(above)[1], choices))
    return found


@dataclass(frozen=True)
class Step:
    """A step of the national form: how far it is. `missing` counts what its parts lack; `state` is said of the last two."""

    row: ProjectStep
    missing: int = 0
    is_done: bool = False
    is_begun: bool = True
    sent: int = 0
    asked: int = 0

    @property
    def sections(self) -> list[str]:
        return self.row.sections.split()


@dataclass
class ProjectPage:
    """The page of one project: the sheet's page with what is about projects."""

    page: SheetPage
    project: Project
    plans: Plans
    steps: list[Step]
    periods: Mapping[int, Period]
    standings: Mapping[int, Standing]
    seat: Seat | None
    # The same project in the next fiscal year, where it was carried over.
    carried_to: Project | None = None

    @property
    def state(self) -> str:
        return self.page.sheet.state

    def options(self, field: Field) -> Options:
        years = years_around(self.project.fiscal_year_be)
        return options_of(self.plans, field, self.page.value(field.key), years)

    def ordinals(self, kind: str) -> list[int]:
        return project_queries.living(self.project)[RowKind(kind)]

    @property
    def period(self) -> Period:
        """When projects are entered."""
        return self.periods[0]

    @property
    def is_overdue(self) -> bool:
        return self.state in EDITABLE and self.period.is_overdue(self.page.now)

    @property
    def moves(self) -> list[str]:
        """What this reader may do with the project as a whole, by its state."""
        leads = self.page.may_lead
        offered = {
            ProjectState.DRAFT: [ProjectMove.CANCEL] if leads else [],
            ProjectState.RETURNED: [ProjectMove.CANCEL] if leads else [],
            ProjectState.SENT: ([ProjectMove.APPROVE, ProjectMove.RETURN] if self.seat else [])
            + ([ProjectMove.WITHDRAW, ProjectMove.CANCEL] if leads else []),
            ProjectState.APPROVED: [ProjectMove.REOPEN, ProjectMove.CANCEL] if leads else [],
            ProjectState.CANCELLED: [ProjectMove.REOPEN] if leads else [],
        }
        return [move.value for move in offered[ProjectState(self.state)]]

    @property
    def may_send(self) -> bool:
        return self.page.may_lead and self.page.subject.is_editable

    @property
    def may_note(self) -> bool:
        """Whether the reader notes the entry into the national system."""
        return allows(self.page.actor, Action.EDIT_SHEET, self.project) and self.state != ProjectState.CANCELLED

    @property
    def may_carry_over(self) -> bool:
        runs_on = _may_run_on(self.project) and self.carried_to is None
        return runs_on and allows(self.page.actor, Action.EDIT_SHEET, self.project)


def _may_run_on(project: Project) -> bool:
    """Whether carrying over is offered: not while the project waits for the director."""
    return projects.can_carry_over(project) and project.sheet.state != ProjectState.SENT


def seat_in(actor: Actor, project: Project, state: str, now: datetime) -> Seat | None:
    """In which seat the reader decides on a project that waits for it."""
    return superiors.seat_of(actor, project.area_id, now=now) if state == ProjectState.SENT else None


def steps_of(rows: Sequence[ProjectStep], page: SheetPage, project: Project) -> list[Step]:
    """How far each step of the national form is."""
    lacking = missing_by_section(page.missing)
    found = []
    for row in rows:
        if row.code == M6:
            sent = sum(quarter.sheet.state in SENT_IN for quarter in project.quarters)
            found.append(Step(row, is_done=sent == len(QUARTERS), is_begun=sent > 0, sent=sent, asked=len(QUARTERS)))
        elif row.code == M7:
            state = page.sheet.state
            found.append(Step(row, is_done=state == ProjectState.APPROVED, is_begun=state == ProjectState.SENT))
        else:
            missing = sum(lacking.get(section, 0) for section in row.sections.split())
            found.append(Step(row, missing=missing, is_done=missing == 0))
    return found


def sections_of(steps: Sequence[Step]) -> list[tuple[Section, str]]:
    """The parts of the form in their order, each with the code of its step; '' where no step covers it."""
    step_of = {section: step.row.code for step in steps for section in step.sections}
    return [(section, step_of.get(section, "")) for section in Section]


def read(project: Project, page: SheetPage, plans: Plans) -> ProjectPage:
    """The page of a project, its reference data read."""
    steps, periods = plan_queries.steps_and_periods(project.fiscal_year_be)
    return ProjectPage(
        page=page,
        project=project,
        plans=plans,
        steps=steps_of(steps, page, project),
        periods=periods,
        standings=project_queries.standings(project, periods, page.now),
        seat=seat_in(page.actor, project, page.sheet.state, page.now),
        carried_to=project_queries.carried_on([project.id]).get(project.id) if _may_run_on(project) else None,
    )


@dataclass(frozen=True)
class Overview:
    """The quarters of a project with the curve of plan and result."""

    project: Project
    entered: Answers
    curve: Curve
    periods: Mapping[int, Period]
    standings: Mapping[int, Standing]
    values: Mapping[int, Mapping[str, str]]
    activities: list[int]
    indicators: list[int]

    def of(self, quarter: int, key: str) -> str | None:
        """What a quarter that was sent says under a key."""
        return self.values.get(quarter, {}).get(key)

    def name(self, kind: str, ordinal: int) -> str:
        return self.entered.value(f"{kind}.{ordinal}.name") or gettext("No. %(number)d", number=ordinal)


def overview(project: Project, now: datetime) -> Overview:
    """Plan against result of a project: two statements."""
    values = project_subjects.values_around(project, project.quarters)
    entered = Answers(dict(values.get(project.sheet_id, {})), {})
    rows = project_queries.living(project)
    sent = {row.quarter: values.get(row.sheet_id, {}) for row in project.quarters if row.sheet.state in SENT_IN}
    works = works_of(entered, rows[RowKind.ACTIVITY])
    paid = [number_of(Answers(dict(sent[quarter]), {}), "paid") if quarter in sent else None for quarter in QUARTERS]
    found = s_curve.curve(
        project.fiscal_year_be,
        works,
        {quarter: project_subjects.percents_in(project, told) for quarter, told in sent.items()},
        [number_of(entered, f"plan_q{quarter}") for quarter in QUARTERS],
        paid,
        number_of(entered, "budget"),
    )
    periods = plan_queries.periods(project.fiscal_year_be)
    return Overview(
        project,
        entered,
        found,
        periods,
        project_queries.standings(project, periods, now),
        sent,
        rows[RowKind.ACTIVITY],
        rows[RowKind.INDICATOR],
    )
