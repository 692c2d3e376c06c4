"""What the charts of a round tell: levels and their shares, how offices rated themselves against the review, quantities added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from app.domain.dataset import Cell, Figures, Row, cells_of, figures_by
from app.domain.errors import N_
from app.domain.figures import mean, percent
from app.domain.quantities import QuantityKind

Key = TypeVar("Key")


class Side(StrEnum):
    """Which level of a report is looked at: the office's own, the reviewed one, or how far the second lies above the first."""

    SELF = "self"
    REVIEWED = "reviewed"
    GAP = "gap"


SIDE_NAMES = {Side.SELF: N_("Self-level"), Side.REVIEWED: N_("Reviewed level"), Side.GAP: N_("Reviewed minus self")}


class Tint(StrEnum):
    """What a province is coloured by."""

    SENT = "sent"
    SELF = "self"
    REVIEWED = "reviewed"


TINT_NAMES = {
    Tint.SENT: N_("Percent submitted"),
    Tint.SELF: N_("Mean of self-levels"),
    Tint.REVIEWED: N_("Mean of results"),
}


def level_of(row: Row, side: Side) -> int | None:
    """The level of a report, or its gap (-4 to 4); None where there is none."""
    if side is Side.SELF:
        return row.self_level
    if side is Side.REVIEWED:
        return row.level
    return None if row.level is None or row.self_level is None else row.level - row.self_level


def figures_per(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, Figures]:
    """Figures of each group of reports; whoever has no key ('' or None) is left out."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        if (found := key(row)) not in ("", None):
            groups.setdefault(found, []).append(row)
    return {name: total_of(these) for name, these in groups.items()}


def total_of(rows: Iterable[Row]) -> Figures:
    """Figures of all these reports."""
    cells: Mapping[Cell, int] = cells_of(rows)
    return figures_by(cells).get((), Figures())


# --- self against reviewed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pairs:
    """Reports that have both levels: how many, and the sum of each. Only these may be compared."""

    count: int = 0
    self_total: int = 0
    level_total: int = 0

    @property
    def mean_self(self) -> Decimal | None:
        return mean(self.self_total, self.count)

    @property
    def mean_level(self) -> Decimal | None:
        return mean(self.level_total, self.count)

    @property
    def gap(self) -> Decimal | None:
        """Mean of reviewed minus self-levels, two decimals."""
        if not self.count:
            return None
        difference = self.level_total - self.self_total
        size = mean(abs(difference), self.count) or Decimal(0)
        return -size if difference < 0 else size


def pairs_of(rows: Iterable[Row]) -> Pairs:
    """The reports among these that have both levels."""
    both = [(row.self_level, row.level) for row in rows if row.self_level is not None and row.level is not None]
    return Pairs(len(both), sum(own for own, _ in both), sum(level for _, level in both))


def lower_and_higher(pairs: Iterable[Pairs]) -> tuple[int, int, int]:
    """In how many groups the review lies below and above the self-levels, and how many groups could be compared."""
    gaps = [one.level_total - one.self_total for one in pairs if one.count]
    return sum(gap < 0 for gap in gaps), sum(gap > 0 for gap in gaps), len(gaps)


def most_frequent(levels: Counter[int]) -> int | None:
    """The level that was given most often, the higher of two; None of nothing."""
    return max(levels, key=lambda level: (levels[level], level)) if levels.total() else None


# --- quantities ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """A quantity to add up: its field in a report, its kind, and the field that it is a part of."""

    field: str
    kind: QuantityKind
    whole_field: str = ""


@dataclass(frozen=True)
class Added:
    """A quantity over some reports: how many gave it, its sum; and over those that gave the whole too, the sums of both."""

    count: int = 0
    total: Decimal = Decimal(0)
    part: Decimal = Decimal(0)
    whole: Decimal = Decimal(0)
    is_mean: bool = False

    @property
    def value(self) -> Decimal | None:
        """The sum; of percentages, which can't be added, the mean. None where nobody gave it."""
        if not self.count:
            return None
        return mean(self.total, self.count) if self.is_mean else self.total

    @property
    def percent(self) -> Decimal | None:
        """Sum over sum, never a mean of percentages; None where it is part of nothing."""
        return percent(self.part, self.whole)


def add_up(reports: Iterable[Mapping[str, str | None]], wanted: Wanted) -> Added:
    """A quantity over the fields of these reports. An empty field is not a zero: it is left out."""
    count, total, part, whole = 0, Decimal(0), Decimal(0), Decimal(0)
    for fields in reports:
        number = _number(fields.get(wanted.field))
        if number is None:
            continue
        count, total = count + 1, total + number
        of = _number(fields.get(wanted.whole_field)) if wanted.whole_field else None
        if of is not None:
            part, whole = part + number, whole + of
    return Added(count, total, part, whole, wanted.kind is QuantityKind.PERCENT)


def _number(text: str | None) -> Decimal | None:
    """A figure as it was kept in a report."""
    try:
        number = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
