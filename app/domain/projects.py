"""Projects (โครงการ) of an office in the national monitoring system: their states, and what must be true before they are sent for approval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.domain.completeness import Answers
from app.domain.errors import N_, Message
from app.domain.plans import PlanKind, Plans
from app.domain.project_fields import (
    FIXED_CHOICES,
    QUARTERS,
    SLOTS,
    YEARS,
    RowKind,
    Section,
    fields_of,
    years_around,
)
from app.domain.quantities import plain
from app.domain.s_curve import Work, quarter_ends, quarter_starts
from app.domain.sheets import Asked, Missing, row_key

WHOLE = Decimal(100)


class ProjectState(StrEnum):
    """How far the entry of a project has come; `sent` is step M7."""

    DRAFT = "draft"
    SENT = "sent"
    RETURNED = "returned"
    APPROVED = "approved"
    CANCELLED = "cancelled"


STATE_NAMES: Mapping[str, str] = {
    ProjectState.DRAFT: N_("Being entered"),
    ProjectState.SENT: N_("Sent for approval"),
    ProjectState.RETURNED: N_("Returned to be mended"),
    ProjectState.APPROVED: N_("Approved"),
    ProjectState.CANCELLED: N_("Cancelled"),
}
EDITABLE = frozenset({ProjectState.DRAFT.value, ProjectState.RETURNED.value})
# Whose quarters are to be reported: what was sent, whether the director has come to it or not.
REPORTED_IN = (ProjectState.SENT, ProjectState.RETURNED, ProjectState.APPROVED)


class ProjectMove(StrEnum):
    SEND = "send"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    RETURN = "return"
    CANCEL = "cancel"
    REOPEN = "reopen"


_STATES = ProjectState
MOVES: Mapping[tuple[str, str], str] = {
    (_STATES.DRAFT, ProjectMove.SEND): _STATES.SENT,
    (_STATES.RETURNED, ProjectMove.SEND): _STATES.SENT,
    (_STATES.SENT, ProjectMove.WITHDRAW): _STATES.DRAFT,
    (_STATES.SENT, ProjectMove.APPROVE): _STATES.APPROVED,
    (_STATES.SENT, ProjectMove.RETURN): _STATES.RETURNED,
    (_STATES.APPROVED, ProjectMove.REOPEN): _STATES.RETURNED,
    (_STATES.CANCELLED, ProjectMove.REOPEN): _STATES.DRAFT,
    **{
        (state, ProjectMove.CANCEL): _STATES.CANCELLED
        for state in (_STATES.DRAFT, _STATES.RETURNED, _STATES.SENT, _STATES.APPROVED)
    },
}
# What must be said with a move, for whoever reads of it.
NEEDS_REASON = frozenset({ProjectMove.RETURN, ProjectMove.CANCEL, ProjectMove.REOPEN})

Rows = Mapping[RowKind, Sequence[int]]


def asked(fiscal_year_be: int, rows: Rows, plans: Plans) -> Asked:
    """What a project with these living rows asks, chosen from these plans."""
    choices: dict[str, Iterable[str]] = {kind.value: plans.codes(kind) for kind in PlanKind}
    choices[YEARS] = years_around(fiscal_year_be)
    return Asked(
        fields=fields_of(rows),
        choices={name: tuple(codes) for name, codes in choices.items()} | dict(FIXED_CHOICES),
        slots=SLOTS,
        rule=rule(fiscal_year_be, rows, plans),
        editable=EDITABLE,
    )


def rule(fiscal_year_be: int, rows: Rows, plans: Plans) -> Callable[[Answers], Iterable[Missing]]:
    """What must be true of the answers together."""

    def check(answers: Answers) -> Iterable[Missing]:
        yield from _dates(answers, fiscal_year_be)
        yield from _plans_fit(answers, plans)
        yield from _rows_there(answers, rows)
        yield from _activities(answers, rows)
        yield from _money(answers, rows)

    return check


def day_of(answers: Answers, key: str) -> date | None:
    """A day that was entered."""
    text = answers.value(key)
    return date.fromisoformat(text) if text else None


def number_of(answers: Answers, key: str) -> Decimal | None:
    """A figure that was entered; None is not zero."""
    text = answers.value(key)
    return Decimal(text) if text else None


def works_of(answers: Answers, ordinals: Iterable[int]) -> list[Work]:
    """The activities that have a weight and both days."""
    found = []
    for ordinal in ordinals:
        begins, ends = (day_of(answers, row_key(RowKind.ACTIVITY, ordinal, name)) for name in ("starts_on", "ends_on"))
        weight = number_of(answers, row_key(RowKind.ACTIVITY, ordinal, "weight"))
        if begins and ends and weight is not None:
            found.append(Work(ordinal, weight, begins, ends))
    return found


def years_of(answers: Answers, fiscal_year_be: int) -> tuple[int, int]:
    """The first and the last fiscal year of a project; that of the register alone where it says nothing."""
    first, last = (number_of(answers, key) for key in ("first_year", "last_year"))
    return int(first or fiscal_year_be), int(last or fiscal_year_be)


def _dates(answers: Answers, fiscal_year_be: int) -> Iterable[Missing]:
    section = Section.GENERAL.value
    first, last = years_of(answers, fiscal_year_be)
    if not first <= fiscal_year_be <= last:
        message = Message(N_("First and last fiscal year must enclose %(year)s"), {"year": str(fiscal_year_be)})
        yield Missing("first_year", section, message)
        return
    begins, ends = day_of(answers, "starts_on"), day_of(answers, "ends_on")
    if begins and ends and begins > ends:
        yield Missing("ends_on", section, Message(N_("The project ends before it starts")))
    for key, day in (("starts_on", begins), ("ends_on", ends)):
        if day and not quarter_starts(first)[1] <= day <= quarter_ends(last)[4]:
            message = Message(
                N_("This day lies outside the fiscal years of the project; enter first and last year if it runs longer")
            )
            yield Missing(key, section, message)


def _plans_fit(answers: Answers, plans: Plans) -> Iterable[Missing]:
    """Each level belongs to what was chosen above it."""
    section = Section.ALIGNMENT.value
    for key, above, kind, sentence in (
        ("sub_plan", "master_issue", PlanKind.SUB_PLAN, N_("This sub-plan belongs to another master plan issue")),
        ("sub_plan_target", "sub_plan", PlanKind.SUB_PLAN_TARGET, N_("This target belongs to another sub-plan")),
        ("fvct", "sub_plan_target", PlanKind.FVCT, N_("This component belongs to another target")),
    ):
        chosen, parent = answers.value(key), answers.value(above)
        if chosen and parent and plans.parent_code(kind, chosen) != parent:
            yield Missing(key, section, Message(sentence))
    if answers.value("strategy") and answers.value("strategy") == answers.value("strategy_second"):
        yield Missing("strategy_second", section, Message(N_("The second strategy must be another than the first")))


def _rows_there(answers: Answers, rows: Rows) -> Iterable[Missing]:
    for kind, section, sentence in (
        (RowKind.PERSON, Section.PEOPLE, N_("Add at least one responsible person")),
        (RowKind.INDICATOR, Section.INDICATORS, N_("Add at least one indicator")),
        (RowKind.ACTIVITY, Section.ACTIVITIES, N_("Add at least one activity")),
    ):
        if not rows.get(kind):
            yield Missing(f"add.{kind}", section.value, Message(sentence))


def _activities(answers: Answers, rows: Rows) -> Iterable[Missing]:
    section = Section.ACTIVITIES.value
    begins, ends = day_of(answers, "starts_on"), day_of(answers, "ends_on")
    ordinals = list(rows.get(RowKind.ACTIVITY, ()))
    for place, ordinal in enumerate(ordinals, start=1):
        first, last = (row_key(RowKind.ACTIVITY, ordinal, name) for name in ("starts_on", "ends_on"))
        from_day, to_day = day_of(answers, first), day_of(answers, last)
        if from_day and to_day and from_day > to_day:
            yield Missing(last, section, Message(N_("Activity %(number)d ends before it starts"), {"number": place}))
        elif (from_day and begins and from_day < begins) or (to_day and ends and to_day > ends):
            message = Message(N_("Activity %(number)d lies outside the dates of the project"), {"number": place})
            yield Missing(first if from_day and begins and from_day < begins else last, section, message)
    weights = [number_of(answers, row_key(RowKind.ACTIVITY, ordinal, "weight")) for ordinal in ordinals]
    known = [weight for weight in weights if weight is not None]
    if known and len(known) == len(weights) and sum(known) != WHOLE:
        message = Message(
            N_("The weights of the activities must add up to 100; they make %(sum)s"), {"sum": plain(sum(known, Decimal(0)))}
        )
        yield Missing(row_key(RowKind.ACTIVITY, ordinals[-1], "weight"), section, message)


def _money(answers: Answers, rows: Rows) -> Iterable[Missing]:
    budget = number_of(answers, "budget")
    planned = [number_of(answers, f"plan_q{quarter}") for quarter in QUARTERS]
    known = [amount for amount in planned if amount is not None]
    if budget is not None and len(known) == len(planned) and sum(known) != budget:
        values = {"sum": grouped(sum(known, Decimal(0))), "budget": grouped(budget)}
        message = Message(N_("The plans of the quarters make %(sum)s baht; the budget is %(budget)s baht"), values)
        yield Missing("plan_q4", Section.BUDGET.value, message)
    amounts = [number_of(answers, row_key(RowKind.ACTIVITY, ordinal, "budget")) for ordinal in rows.get(RowKind.ACTIVITY, ())]
    total = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if budget is not None and total > budget:
        values = {"sum": grouped(total), "budget": grouped(budget)}
        message = Message(N_("The activities cost %(sum)s baht together; the budget is %(budget)s baht"), values)
        yield Missing("budget", Section.GENERAL.value, message)


def grouped(amount: Decimal) -> str:
    """An amount as people read it: 1,234,567.50."""
    text = plain(amount)
    whole, _, fraction = text.partition(".")
    return f"{int(whole):,}" + (f".{fraction:0<2}" if fraction else "")


def missing_by_section(items: Iterable[Missing]) -> dict[str, int]:
    """How much each part of the form lacks."""
    found: dict[str, int] = {}
    for item in items:
        found[item.section] = found.get(item.section, 0) + 1
    return found
