"""Exploring the figures of a round: which measures there are, by what they are grouped, and which kind of chart fits them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from app.domain import charts
from app.domain.charts import Wanted
from app.domain.dataset import Row
from app.domain.errors import N_
from app.domain.figures import percent

MOST_SLICES = 20


class Measure(StrEnum):
    """What is measured."""

    SENT = "sent"
    ON_TIME = "on_time"
    SELF = "self"
    REVIEWED = "reviewed"
    GAP = "gap"
    QUANTITY = "quantity"


class By(StrEnum):
    """By what it is grouped."""

    INDICATOR = "indicator"
    REGION = "region"
    PROVINCE = "province"
    KIND = "kind"
    CLUSTER = "cluster"
    OFFICE = "office"


class Look(StrEnum):
    """How it is drawn."""

    BAR = "bar"
    LINE = "line"
    DOUGHNUT = "doughnut"


class Order(StrEnum):
    """In which order the groups stand."""

    USUAL = "usual"
    MOST = "most"
    LEAST = "least"


MEASURE_NAMES = {
    Measure.SENT: N_("Percent submitted"),
    Measure.ON_TIME: N_("Percent submitted on time"),
    Measure.SELF: N_("Mean of self-levels"),
    Measure.REVIEWED: N_("Mean of results"),
    Measure.GAP: N_("Reviewed minus self"),
    Measure.QUANTITY: N_("Sum of a quantity"),
}
BY_NAMES = {
    By.INDICATOR: N_("Indicator"),
    By.REGION: N_("Region"),
    By.PROVINCE: N_("Province"),
    By.KIND: N_("Kind"),
    By.CLUSTER: N_("Inspection cluster"),
    By.OFFICE: N_("Office"),
}
LOOK_NAMES = {Look.BAR: N_("Bars"), Look.LINE: N_("Line"), Look.DOUGHNUT: N_("Doughnut")}
ORDER_NAMES = {Order.USUAL: N_("Usual order"), Order.MOST: N_("Highest first"), Order.LEAST: N_("Lowest first")}


@dataclass(frozen=True)
class Shape:
    """The columns of a measure beside the group's name: their headings, which one is the measure, and which one adds up to a whole."""

    headings: tuple[str, ...]
    value: int
    part: int | None = None


SHAPES = {
    Measure.SENT: Shape((N_("Asked for"), N_("Submitted"), N_("Percent submitted")), 2, 1),
    Measure.ON_TIME: Shape((N_("Submitted"), N_("Submitted on time"), N_("Percent submitted on time")), 2, 1),
    Measure.SELF: Shape((N_("Reports with a self-level"), N_("Mean of self-levels")), 1),
    Measure.REVIEWED: Shape((N_("Reports with a result"), N_("Mean of results")), 1),
    Measure.GAP: Shape(
        (N_("Reports with both levels"), N_("Mean of self-levels"), N_("Mean of results"), N_("Reviewed minus self")), 3
    ),
    Measure.QUANTITY: Shape(
        (N_("Reports with this figure"), N_("Sum (of percentages: mean)"), N_("Out of"), N_("Percent")), 1, 1
    ),
}

Number = int | Decimal | None


@dataclass(frozen=True)
class Beside:
    """What some measures need besides the rows: which reports came on time, and the quantity with the fields of the reports."""

    on_time: Collection[tuple[int, int]] = ()
    fields: Mapping[tuple[int, int], Mapping[str, str | None]] = field(default_factory=dict)
    quantity: Wanted | None = None


def fits(look: Look, measure: Measure, *, groups: int, adds_up: bool = True) -> bool:
    """Whether a measure may be drawn like this: slices need parts that make up a whole, and not too many of them."""
    return look is not Look.DOUGHNUT or (adds_up and SHAPES[measure].part is not None and groups <= MOST_SLICES)


def measured(rows: Iterable[Row], measure: Measure, beside: Beside) -> tuple[Number, ...]:
    """The columns of a measure over a group of reports, as `SHAPES` names them."""
    rows = list(rows)
    if measure is Measure.QUANTITY:
        if beside.quantity is None:
            return 0, None, None, None
        sent = (beside.fields[row.key] for row in rows if row.is_reported and row.key in beside.fields)
        added = charts.add_up(sent, beside.quantity)
        return added.count, added.value, added.whole or None, added.percent
    if measure is Measure.GAP:
        pairs = charts.pairs_of(rows)
        return pairs.count, pairs.mean_self, pairs.mean_level, pairs.gap
    total = charts.total_of(rows)
    if measure is Measure.SENT:
        return total.asked, total.reported, percent(total.reported, total.asked)
    if measure is Measure.ON_TIME:
        in_time = sum(row.is_reported and row.key in beside.on_time for row in rows)
        return total.reported, in_time, percent(in_time, total.reported)
    if measure is Measure.SELF:
        return total.with_self_level, total.mean_self
    return total.with_level, total.mean_level
