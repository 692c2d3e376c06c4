"""What the form of a project asks, as tables: the fields of the national form, section by section. Source: domain/emenscr.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from app.domain.errors import N_
from app.domain.people import NAME_HINT, PHONE_HINT, POSITION_HINT
from app.domain.plans import PlanKind
from app.domain.sheets import Field, FieldKind


class Section(StrEnum):
    """The parts of the form; which step of the national form each belongs to is reference data."""

    GENERAL = "general"
    PEOPLE = "people"
    ALIGNMENT = "alignment"
    DETAILS = "details"
    INDICATORS = "indicators"
    ACTIVITIES = "activities"
    BUDGET = "budget"
    FILES = "files"


SECTION_NAMES = {
    Section.GENERAL: N_("General information"),
    Section.PEOPLE: N_("Responsible persons"),
    Section.ALIGNMENT: N_("Alignment with the plans"),
    Section.DETAILS: N_("Project details"),
    Section.INDICATORS: N_("Project indicators"),
    Section.ACTIVITIES: N_("Activities"),
    Section.BUDGET: N_("Budget plan by quarter"),
    Section.FILES: N_("Attached documents"),
}


class RowKind(StrEnum):
    """What repeats in a project."""

    PERSON = "person"
    INDICATOR = "indicator"
    ACTIVITY = "activity"


ROW_KIND_NAMES = {
    RowKind.PERSON: N_("Responsible person"),
    RowKind.INDICATOR: N_("Indicator"),
    RowKind.ACTIVITY: N_("Activity"),
}
MOST_ROWS = {RowKind.PERSON: 10, RowKind.INDICATOR: 20, RowKind.ACTIVITY: 40}

PROJECT_TYPES = {
    "new": N_("New project"),
    "continuing": N_("Continuing project"),
    "routine": N_("Routine work"),
}
BUDGET_SOURCES = {
    "budget_act": N_("Annual Budget Act"),
    "own_income": N_("Own income"),
    "central_fund": N_("Central fund"),
    "other": N_("Other source"),
    "none": N_("No budget"),
}
BUDGET_CATEGORIES = {
    "personnel": N_("Personnel budget"),
    "operations": N_("Operations budget"),
    "investment": N_("Investment budget"),
    "subsidy": N_("Subsidy budget"),
    "other": N_("Other expenditure"),
}
INDICATOR_LEVELS = {"output": N_("Output"), "outcome": N_("Outcome"), "objective": N_("Objective")}
PERSON_PARTS = {
    "lead": N_("Project leader"),
    "team": N_("Project team"),
    "entry": N_("Data entry"),
    "check": N_("Checking"),
}

# The list of fiscal years that a project may begin and end in.
YEARS = "fiscal_year"
YEARS_AROUND = 10

# Lists that are the same for every project; the lists of plans come from reference data.
FIXED_CHOICES: Mapping[str, Mapping[str, str]] = {
    "project_type": PROJECT_TYPES,
    "budget_source": BUDGET_SOURCES,
    "budget_category": BUDGET_CATEGORIES,
    "indicator_level": INDICATOR_LEVELS,
    "person_part": PERSON_PARTS,
}

_CHOICE, _DAY, _LONG, _MONEY = FieldKind.CHOICE, FieldKind.DAY, FieldKind.TEXT, FieldKind.MONEY
_BAHT = N_("baht")
_NOTHING_PLANNED = N_("0 where nothing is to be paid in these months")


def _of(section: Section, *fields: Field) -> tuple[Field, ...]:
    return tuple(replace(one, section=section.value) for one in fields)


def _plan(key: str, label: str, kind: PlanKind, *, required: bool = False, hint: str = "") -> Field:
    return Field(key, label, _CHOICE, required=required, hint=hint, choices=kind.value)


GENERAL = _of(
    Section.GENERAL,
    Field(
        "name", N_("Project name"), required=True, hint=N_("In full, as in the approved project document"), most_characters=200
    ),
    Field("code", N_("Project code"), hint=N_("As in the office's action plan"), most_characters=40),
    Field(
        "group",
        N_("Responsible group"),
        required=True,
        hint=N_("Group of the office that owns the project"),
        most_characters=120,
    ),
    Field(
        "type",
        N_("Project type"),
        _CHOICE,
        hint=N_("Continuing: it goes on from an earlier fiscal year"),
        choices="project_type",
    ),
    Field("starts_on", N_("Starts on"), _DAY, required=True, hint=N_("First day of the work, such as 01/10/2565")),
    Field("ends_on", N_("Ends on"), _DAY, required=True, hint=N_("Last day of the work, such as 30/09/2566")),
    Field("first_year", N_("First fiscal year"), _CHOICE, hint=N_("Only for a project of several years"), choices=YEARS),
    Field("last_year", N_("Last fiscal year"), _CHOICE, hint=N_("Only for a project of several years"), choices=YEARS),
    Field(
        "budget_source",
        N_("Source of the budget"),
        _CHOICE,
        required=True,
        hint=N_("As in the approved project document"),
        choices="budget_source",
    ),
    Field(
        "budget_category",
        N_("Budget category"),
        _CHOICE,
        hint=N_("Kind of spending for which the money was allotted"),
        choices="budget_category",
    ),
    Field(
        "budget",
        N_("Budget of the fiscal year"),
        _MONEY,
        required=True,
        unit=_BAHT,
        hint=N_("Money approved for this year alone; 0 where none is spent"),
    ),
)
ALIGNMENT = _of(
    Section.ALIGNMENT,
    _plan(
        "strategy",
        N_("National Strategy, directly"),
        PlanKind.NATIONAL_STRATEGY,
        required=True,
        hint=N_("The one that the project serves most"),
    ),
    _plan(
        "strategy_second",
        N_("National Strategy, also"),
        PlanKind.NATIONAL_STRATEGY,
        hint=N_("Another one that the project serves too; may stay empty"),
    ),
    Field(
        "strategy_target",
        N_("Issue and target of the National Strategy"),
        hint=N_("As worded in the strategy of B.E. 2561–2580"),
    ),
    _plan(
        "master_issue",
        N_("Master plan issue"),
        PlanKind.MASTER_ISSUE,
        required=True,
        hint=N_("The one that the project drives most; sub-plan and target stand under it"),
    ),
    _plan("sub_plan", N_("Sub-plan"), PlanKind.SUB_PLAN, required=True, hint=N_("One of the issue chosen above")),
    _plan(
        "sub_plan_target",
        N_("Target of the sub-plan"),
        PlanKind.SUB_PLAN_TARGET,
        required=True,
        hint=N_("One of the sub-plan chosen above"),
    ),
    Field("guideline", N_("Development guideline"), hint=N_("As worded in the sub-plan chosen above")),
    _plan(
        "fvct",
        N_("Component and factor of the value chain (FVCT)"),
        PlanKind.FVCT,
        hint=N_("What the project moves, under the target chosen above"),
    ),
    _plan(
        "reform_plan",
        N_("Country reform plan"),
        PlanKind.REFORM_PLAN,
        hint=N_("Only where the project serves one of the reforms"),
    ),
    _plan(
        "milestone",
        N_("Milestone of the 13th development plan"),
        PlanKind.MILESTONE,
        hint=N_("The one that the project serves most; may stay empty"),
    ),
    _plan(
        "security_plan",
        N_("National security policy and plan"),
        PlanKind.SECURITY_PLAN,
        hint=N_("Only where the project is about security"),
    ),
    _plan(
        "level3_plan",
        N_("Level 3 action plan"),
        PlanKind.LEVEL3_PLAN,
        hint=N_("The plan of OBEC or of the office in which the project stands"),
    ),
    _plan("policy", N_("Policy"), PlanKind.POLICY, hint=N_("What OBEC or the Ministry wants that the project answers")),
    _plan(
        "sdg",
        N_("Sustainable Development Goal"),
        PlanKind.SDG,
        hint=N_("The one that the project serves most, such as 4, quality education"),
    ),
    Field("law", N_("Law or cabinet resolution"), hint=N_("Where the project follows from one")),
)
DETAILS = _of(
    Section.DETAILS,
    Field("rationale", N_("Rationale"), _LONG, hint=N_("Why it is needed: the problem, and figures that show it")),
    Field("objectives", N_("Objectives"), _LONG, required=True, hint=N_("What the project is to achieve, one a line")),
    Field("target_group", N_("Target group"), hint=N_("For whom, and how many")),
    Field("place", N_("Area of work"), hint=N_("Where it is done: schools, districts, the whole office")),
    Field("outputs", N_("Outputs"), _LONG, hint=N_("What the project makes, such as 40 trained teachers")),
    Field("outcomes", N_("Outcomes"), _LONG, hint=N_("What changes by it for learners, teachers or schools")),
    Field("benefits", N_("Expected benefits"), _LONG, hint=N_("What those concerned gain once the project has succeeded")),
)
QUARTERS = (1, 2, 3, 4)
BUDGET = _of(
    Section.BUDGET,
    Field(
        "plan_q1",
        N_("Plan of quarter 1 (October–December)"),
        _MONEY,
        required=True,
        unit=_BAHT,
        hint=N_("The four quarters together make the budget of the fiscal year"),
    ),
    Field("plan_q2", N_("Plan of quarter 2 (January–March)"), _MONEY, required=True, unit=_BAHT, hint=_NOTHING_PLANNED),
    Field("plan_q3", N_("Plan of quarter 3 (April–June)"), _MONEY, required=True, unit=_BAHT, hint=_NOTHING_PLANNED),
    Field("plan_q4", N_("Plan of quarter 4 (July–September)"), _MONEY, required=True, unit=_BAHT, hint=_NOTHING_PLANNED),
)

# Columns of the rows that repeat; the keys are those of the column alone.
COLUMNS: Mapping[RowKind, tuple[Field, ...]] = {
    RowKind.PERSON: _of(
        Section.PEOPLE,
        Field("name", N_("Full name"), required=True, hint=NAME_HINT, most_characters=160),
        Field("position", N_("Position"), hint=POSITION_HINT, most_characters=160),
        Field("part", N_("Duty in the project"), _CHOICE, choices="person_part"),
        Field("phone", N_("Telephone"), FieldKind.PHONE, hint=PHONE_HINT),
        Field("email", N_("E-mail"), FieldKind.EMAIL, hint=N_("Such as name@example.go.th")),
    ),
    RowKind.INDICATOR: _of(
        Section.INDICATORS,
        Field("name", N_("Indicator"), required=True, hint=N_("What is measured, such as the share of pupils who can read")),
        Field(
            "level",
            N_("Measures"),
            _CHOICE,
            hint=N_("What was made, what changed by it, or whether an objective was reached"),
            choices="indicator_level",
        ),
        Field("target", N_("Target"), FieldKind.DECIMAL, required=True, hint=N_("The number alone, such as 80")),
        Field("unit", N_("Unit"), required=True, hint=N_("Such as percent, persons or schools"), most_characters=60),
    ),
    RowKind.ACTIVITY: _of(
        Section.ACTIVITIES,
        Field("name", N_("Activity"), required=True, hint=N_("One step of the work, such as training of teachers")),
        Field(
            "starts_on", N_("Starts on"), _DAY, required=True, hint=N_("Within the dates of the project, such as 01/11/2565")
        ),
        Field("ends_on", N_("Ends on"), _DAY, required=True, hint=N_("Within the dates of the project, such as 31/12/2565")),
        Field(
            "weight",
            N_("Weight"),
            FieldKind.PERCENT,
            required=True,
            unit=N_("percent"),
            hint=N_("Share of the whole project; all activities together make 100"),
        ),
        Field(
            "budget", N_("Budget"), _MONEY, unit=_BAHT, hint=N_("All activities together at most the budget of the fiscal year")
        ),
        Field("target", N_("Target text"), hint=N_("How much is to be done, such as 40 teachers trained")),
    ),
}

APPROVED_DOCUMENT, OTHER_DOCUMENTS = "approved", "other"
SLOTS = {APPROVED_DOCUMENT: 3, OTHER_DOCUMENTS: 5}
SLOT_NAMES = {
    APPROVED_DOCUMENT: N_("Approved project document"),
    OTHER_DOCUMENTS: N_("Other documents"),
}


def years_around(fiscal_year_be: int) -> tuple[str, ...]:
    """The fiscal years that a project of this one may begin and end in."""
    return tuple(str(year) for year in range(fiscal_year_be - YEARS_AROUND, fiscal_year_be + YEARS_AROUND + 1))


def fields_of(rows: Mapping[RowKind, Iterable[int]]) -> tuple[Field, ...]:
    """All fields of a project with these rows, in the order of the page."""

    def repeated(kind: RowKind) -> list[Field]:
        return [column.of_row(kind, ordinal) for ordinal in rows.get(kind, ()) for column in COLUMNS[kind]]

    return (
        *GENERAL,
        *repeated(RowKind.PERSON),
        *ALIGNMENT,
        *DETAILS,
        *repeated(RowKind.INDICATOR),
        *repeated(RowKind.ACTIVITY),
        *BUDGET,
    )
