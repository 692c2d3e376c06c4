"""The quarterly progress of a project (M6): what it asks, its states, and when it is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

from app.domain.calendar import as_utc, zone
from app.domain.completeness import Answers
from app.domain.deadlines import Timing
from app.domain.errors import N_, Message, Parameter
from app.domain.project_fields import QUARTERS, RowKind
from app.domain.projects import WHOLE, grouped, number_of
from app.domain.quantities import plain
from app.domain.s_curve import quarter_ends
from app.domain.sheets import Asked, Field, FieldKind, Missing, row_key
from app.domain.thai import is_blank


class ProgressState(StrEnum):
    """How far the report of a quarter has come."""

    DRAFT = "draft"
    SENT = "sent"
    RETURNED = "returned"
    CHECKED = "checked"


STATE_NAMES: Mapping[str, str] = {
    ProgressState.DRAFT: N_("Being entered"),
    ProgressState.SENT: N_("Sent"),
    ProgressState.RETURNED: N_("Returned to be mended"),
    ProgressState.CHECKED: N_("Checked"),
}
EDITABLE = frozenset({ProgressState.DRAFT.value, ProgressState.RETURNED.value})
SENT_IN = (ProgressState.SENT, ProgressState.CHECKED)


class ProgressMove(StrEnum):
    SEND = "send"
    CHECK = "check"
    RETURN = "return"


MOVES: Mapping[tuple[str, str], str] = {
    (ProgressState.DRAFT, ProgressMove.SEND): ProgressState.SENT,
    (ProgressState.RETURNED, ProgressMove.SEND): ProgressState.SENT,
    (ProgressState.SENT, ProgressMove.CHECK): ProgressState.CHECKED,
    (ProgressState.SENT, ProgressMove.RETURN): ProgressState.RETURNED,
    (ProgressState.CHECKED, ProgressMove.RETURN): ProgressState.RETURNED,
}

OVERALL = {
    "not_started": N_("Not started"),
    "under_way": N_("Under way"),
    "done": N_("Completed"),
    "late": N_("Behind the plan"),
    "cancelled": N_("Called off"),
}
EVIDENCE = "evidence"
SLOTS = {EVIDENCE: 5}

ACTIVITIES, INDICATORS, MONEY, WHOLE_PROJECT = "activities", "indicators", "money", "whole"
SECTION_NAMES = {
    ACTIVITIES: N_("Progress of the activities"),
    INDICATORS: N_("Result of the indicators"),
    MONEY: N_("Money paid"),
    WHOLE_PROJECT: N_("Problems and overall state"),
}

_BAHT = N_("baht")
ACTIVITY_COLUMNS = (
    Field(
        "percent",
        N_("Done so far"),
        FieldKind.PERCENT,
        ACTIVITIES,
        required=True,
        unit=N_("percent"),
        hint=N_("From its beginning to the end of this quarter, not in this quarter alone"),
    ),
    Field(
        "paid",
        N_("Paid in this quarter"),
        FieldKind.MONEY,
        ACTIVITIES,
        unit=_BAHT,
        hint=N_("For this activity alone, without the quarters before"),
    ),
    Field(
        "result",
        N_("Result of the activity"),
        FieldKind.LINE,
        ACTIVITIES,
        hint=N_("What was done, and what came of it, such as 40 teachers trained"),
    ),
    Field(
        "why_less",
        N_("Why less than before"),
        FieldKind.LINE,
        ACTIVITIES,
        hint=N_("Only where it is less than in the quarter before"),
    ),
)
INDICATOR_COLUMNS = (
    Field(
        "result",
        N_("Result to date"),
        FieldKind.DECIMAL,
        INDICATORS,
        required=True,
        hint=N_("The figure reached by the end of this quarter, not how much it grew"),
    ),
)
OVERALL_FIELDS = (
    Field(
        "paid",
        N_("Paid in this quarter"),
        FieldKind.MONEY,
        MONEY,
        required=True,
        unit=_BAHT,
        hint=N_("All activities together; 0 where nothing was paid"),
    ),
    Field(
        "committed",
        N_("Bound by contract, not yet paid"),
        FieldKind.MONEY,
        MONEY,
        unit=_BAHT,
        hint=N_("As it stands at the end of the quarter; empty where there is none"),
    ),
    Field(
        "overall",
        N_("Overall state"),
        FieldKind.CHOICE,
        WHOLE_PROJECT,
        required=True,
        hint=N_("“Completed” only once every activity stands at 100 percent"),
        choices="overall",
    ),
    Field(
        "problems",
        N_("Problems and obstacles"),
        FieldKind.TEXT,
        WHOLE_PROJECT,
        hint=N_("Needed where the project is behind the plan or called off"),
    ),
    Field(
        "remedy", N_("Remedy, or what is needed"), FieldKind.TEXT, WHOLE_PROJECT, hint=N_("Who is to do what, and until when")
    ),
)


@dataclass(frozen=True)
class Earlier:
    """What the quarter before said of each activity, in percent."""

    quarter: int
    percents: Mapping[int, Decimal]


def fields_of(activities: Iterable[int], indicators: Iterable[int]) -> tuple[Field, ...]:
    """All fields of a quarter, in the order of the page."""
    return (
        *(column.of_row(RowKind.ACTIVITY, number) for number in activities for column in ACTIVITY_COLUMNS),
        *(column.of_row(RowKind.INDICATOR, number) for number in indicators for column in INDICATOR_COLUMNS),
        *OVERALL_FIELDS,
    )


def asked(activities: Sequence[int], indicators: Sequence[int], earlier: Earlier | None) -> Asked:
    """What the report of a quarter asks about these activities and indicators."""
    return Asked(
        fields=fields_of(activities, indicators),
        choices={"overall": OVERALL},
        slots=SLOTS,
        rule=rule(activities, earlier),
        editable=EDITABLE,
    )


def rule(activities: Sequence[int], earlier: Earlier | None) -> Callable[[Answers], Iterable[Missing]]:
    """What must be true of a quarter's answers together."""

    def check(answers: Answers) -> Iterable[Missing]:
        yield from _never_less(answers, activities, earlier)
        yield from _money(answers, activities)
        percents = [number_of(answers, row_key(RowKind.ACTIVITY, number, "percent")) for number in activities]
        if answers.value("overall") == "done" and any(found is not None and found < WHOLE for found in percents):
            sentence = N_("The project can't be completed while an activity is below 100 percent")
            yield Missing("overall", WHOLE_PROJECT, Message(sentence))
        if answers.value("overall") in ("late", "cancelled") and is_blank(answers.value("problems")):
            yield Missing("problems", WHOLE_PROJECT, Message(N_("Say what holds the project up")))

    return check


def _never_less(answers: Answers, activities: Sequence[int], earlier: Earlier | None) -> Iterable[Missing]:
    for place, number in enumerate(activities, start=1):
        before = earlier.percents.get(number) if earlier else None
        now = number_of(answers, row_key(RowKind.ACTIVITY, number, "percent"))
        why = row_key(RowKind.ACTIVITY, number, "why_less")
        if earlier and before is not None and now is not None and now < before and is_blank(answers.value(why)):
            values: dict[str, Parameter] = {"number": place, "quarter": earlier.quarter, "before": plain(before)}
            sentence = N_("Activity %(number)d stood at %(before)s percent in quarter %(quarter)d: say why it is less now")
            yield Missing(why, ACTIVITIES, Message(sentence, values))


def _money(answers: Answers, activities: Sequence[int]) -> Iterable[Missing]:
    """What the activities were paid adds up to the total, where it is said of every activity."""
    amounts = [number_of(answers, row_key(RowKind.ACTIVITY, number, "paid")) for number in activities]
    known, total = [amount for amount in amounts if amount is not None], number_of(answers, "paid")
    if activities and total is not None and len(known) == len(amounts) and sum(known) != total:
        values = {"sum": grouped(sum(known, Decimal(0))), "total": grouped(total)}
        yield Missing(
            "paid", MONEY, Message(N_("The activities were paid %(sum)s baht together; the total says %(total)s baht"), values)
        )


# --- when --------------------------------------------------------------------------------------------------------------------

REGISTER = 0
PERIODS = (REGISTER, *QUARTERS)
DAYS_AFTER_QUARTER = 30


@dataclass(frozen=True)
class Period:
    """When something of a fiscal year is entered: the register (quarter 0) or the progress of a quarter."""

    quarter: int
    opens_at: datetime
    due_at: datetime
    reminds_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return as_utc(self.opens_at) <= as_utc(now)

    def is_overdue(self, now: datetime) -> bool:
        return as_utc(now) >= as_utc(self.due_at)

    def timing(self, now: datetime) -> Timing:
        """How what is sent now is marked. Nothing is locked: a late report is better than none."""
        return Timing.LATE if self.is_overdue(now) else Timing.ON_TIME


def usual_period(fiscal_year_be: int, quarter: int) -> Period:
    """The times of a year that the centre has set none for: 30 days after the end of the quarter; the register until 31 March."""
    ends = quarter_ends(fiscal_year_be)
    if quarter == REGISTER:
        opens, due = ends[1] + timedelta(days=19), ends[2]
    else:
        opens, due = ends[quarter] + timedelta(days=1), ends[quarter] + timedelta(days=DAYS_AFTER_QUARTER)
    return Period(
        quarter,
        datetime.combine(opens, time(8, 30), zone()),
        datetime.combine(due, time(16, 30), zone()),
        datetime.combine(due - timedelta(days=7), time(8, 30), zone()),
    )


def periods_of(fiscal_year_be: int, known: Iterable[Period]) -> dict[int, Period]:
    """The times of a fiscal year, by quarter: what the centre set, else the usual ones."""
    found = {quarter: usual_period(fiscal_year_be, quarter) for quarter in PERIODS}
    return found | {period.quarter: period for period in known}


def next_due(periods: Mapping[int, Period], now: datetime) -> Period | None:
    """What has to be entered next; None once everything of the year was due."""
    ahead = [period for period in periods.values() if not period.is_overdue(now)]
    return min(ahead, key=lambda period: as_utc(period.due_at)) if ahead else None


class Standing(StrEnum):
    """Where a quarter of a project stands, for lists."""

    NOT_OPEN = "not_open"
    OWED = "owed"
    OVERDUE = "overdue"
    DRAFT = "draft"
    RETURNED = "returned"
    SENT = "sent"
    CHECKED = "checked"
    NOT_ASKED = "not_asked"


STANDING_NAMES = {
    Standing.NOT_OPEN: N_("Before its time"),
    Standing.OWED: N_("To be reported"),
    Standing.OVERDUE: N_("Past due"),
    Standing.DRAFT: N_("Being entered"),
    Standing.RETURNED: N_("Returned to be mended"),
    Standing.SENT: N_("Sent"),
    Standing.CHECKED: N_("Checked"),
    Standing.NOT_ASKED: N_("Not asked"),
}


def standing(state: str | None, period: Period, now: datetime, *, is_asked: bool) -> Standing:
    """Where a quarter stands whose sheet has this state; None where it was not begun."""
    if state in SENT_IN:
        return Standing(str(state))
    if not is_asked:
        return Standing.NOT_ASKED
    if period.is_overdue(now):
        return Standing.OVERDUE
    if state is not None:
        return Standing(state)
    return Standing.OWED if period.is_open(now) else Standing.NOT_OPEN
