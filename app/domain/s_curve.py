"""The S-curve of a project: how far it should be and how far it is, in percent of its weights and of its money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from app.domain.calendar import BUDDHIST_ERA_OFFSET
from app.domain.figures import percent

QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Work:
    """An activity on the time axis: its number, weight (0–100) and first and last day."""

    ordinal: int
    weight: Decimal
    starts_on: date
    ends_on: date

    def done_by(self, day: date) -> Decimal:
        """Share of the activity (0–1) that lies before the end of a day, spread evenly over its days."""
        days = (self.ends_on - self.starts_on).days + 1
        if days <= 0:
            return Decimal(int(day >= self.starts_on))
        return Decimal(max(0, min(days, (day - self.starts_on).days + 1))) / days


def quarter_ends(fiscal_year_be: int) -> dict[int, date]:
    """The last day of each quarter of a fiscal year."""
    year = fiscal_year_be - BUDDHIST_ERA_OFFSET
    return {1: date(year - 1, 12, 31), 2: date(year, 3, 31), 3: date(year, 6, 30), 4: date(year, 9, 30)}


def quarter_starts(fiscal_year_be: int) -> dict[int, date]:
    """The first day of each quarter of a fiscal year."""
    year = fiscal_year_be - BUDDHIST_ERA_OFFSET
    return {1: date(year - 1, 10, 1), 2: date(year, 1, 1), 3: date(year, 4, 1), 4: date(year, 7, 1)}


def month_ends(fiscal_year_be: int) -> list[date]:
    """The last day of each of the twelve months of a fiscal year."""
    year = fiscal_year_be - BUDDHIST_ERA_OFFSET
    firsts = [date(year - 1, month, 1) for month in (11, 12)] + [date(year, month, 1) for month in range(1, 11)]
    return [first - timedelta(days=1) for first in firsts]


def planned(works: Iterable[Work], days: Sequence[date]) -> list[Decimal]:
    """Percent that should be done by the end of each of these days, two decimals, of weights that make 100 together.

    A project whose weights make less shows what it has: the curve ends below 100 until the weights are mended."""
    works = list(works)
    return [_rounded(sum((work.weight * work.done_by(day) for work in works), Decimal(0))) for day in days]


def reached(works: Iterable[Work], percents: Mapping[int, Decimal | None]) -> Decimal:
    """Percent of the project that is done: the weights times what was reported of each activity (0–100); nothing reported is 0."""
    return _rounded(sum((work.weight * (percents.get(work.ordinal) or 0) / 100 for work in works), Decimal(0)))


def running_total(amounts: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Sums up to each place; None from the first place on of which nothing is known."""
    found: list[Decimal | None] = []
    total: Decimal | None = Decimal(0)
    for amount in amounts:
        total = None if total is None or amount is None else total + amount
        found.append(total)
    return found


def shares(amounts: Sequence[Decimal | None], whole: Decimal | None) -> list[Decimal | None]:
    """Each amount in percent of the whole; None where either is unknown or the whole is nothing."""
    return [percent(amount, whole) if amount is not None and whole else None for amount in amounts]


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Curve:
    """Plan against result of one project: by month for the drawing, by quarter for the table. Percent, None where nothing is known."""

    months: list[date]
    planned_by_month: list[Decimal]
    planned: list[Decimal]
    reached: list[Decimal | None]
    money_planned: list[Decimal | None]
    money_paid: list[Decimal | None]
    baht_planned: list[Decimal | None]
    baht_paid: list[Decimal | None]

    @property
    def behind(self) -> Decimal | None:
        """How many points the latest reported quarter lies behind its plan; negative where it is ahead."""
        known = [plan - now for plan, now in zip(self.planned, self.reached, strict=True) if now is not None]
        return known[-1] if known else None


def curve(
    fiscal_year_be: int,
    works: Sequence[Work],
    percents: Mapping[int, Mapping[int, Decimal | None]],
    money_planned: Sequence[Decimal | None],
    money_paid: Sequence[Decimal | None],
    budget: Decimal | None,
) -> Curve:
    """The curve of a project. `percents` holds of each reported quarter what was reported of each activity; money is by quarter."""
    months, ends = month_ends(fiscal_year_be), list(quarter_ends(fiscal_year_be).values())
    baht_planned, baht_paid = running_total(money_planned), running_total(money_paid)
    return Curve(
        months,
        planned(works, months),
        planned(works, ends),
        [reached(works, percents[quarter]) if quarter in percents else None for quarter in QUARTERS],
        shares(baht_planned, budget),
        shares(baht_paid, budget),
        baht_planned,
        baht_paid,
    )
