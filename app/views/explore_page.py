"""The exploring page: what the address asks for, the table that answers it, and what its script needs to draw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask_babel import gettext

from app.domain import exploring
from app.domain.dataset import Row
from app.domain.deadlines import Timing
from app.domain.exploring import Beside, By, Look, Measure, Order
from app.domain.quantities import QuantityKind
from app.domain.thai import sort_key
from app.formatting import in_language, localized
from app.models import Indicator, Quantity
from app.models.area import KIND_NAMES, REGION_NAMES
from app.queries import charts
from app.views.drawing import shortened
from app.views.figure_charts import text_of
from app.views.figure_groups import wanted_of
from app.views.figures_ground import Ground, Table, Value

LONGEST_LABEL = 60
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True)
class Wish:
    """What is asked for. `quantity` is 'QP-1.school_total'; it matters to one measure only."""

    measure: Measure
    by: By
    look: Look
    order: Order
    quantity: str

    def args(self) -> dict[str, str]:
        """As the address says it."""
        found = {"measure": self.measure, "by": self.by, "look": self.look, "order": self.order}
        said = {name: value.value for name, value in found.items()}
        return said | ({"quantity": self.quantity} if self.measure is Measure.QUANTITY else {})


@dataclass(frozen=True)
class Explored:
    """The answer: its title, its table with the whole in the last row, the columns that are drawn, and how."""

    title: str
    table: Table
    total: list[Value]
    look: Look
    drawn: int
    value: int
    has_slices: bool
    unit: str


def quantities_of(ground: Ground) -> dict[str, tuple[Indicator, Quantity]]:
    """Every quantity that can be chosen, by its name in the address."""
    return {f"{one.full_code}.{quantity.key}": (one, quantity) for one in ground.asked for quantity in one.active_quantities}


def _offered(names: Mapping[Choice, str]) -> list[tuple[str, str]]:
    return [(key.value, gettext(name)) for key, name in names.items()]


def choices(ground: Ground) -> dict[str, list[tuple[str, str]]]:
    """What each select offers."""
    known = quantities_of(ground)
    offered = {
        "measure": [one for one in _offered(exploring.MEASURE_NAMES) if known or one[0] != Measure.QUANTITY],
        "by": _offered(exploring.BY_NAMES),
        "look": _offered(exploring.LOOK_NAMES),
        "order": _offered(exploring.ORDER_NAMES),
    }
    labels = [(key, f"{one.full_code} {localized(quantity, 'label')}") for key, (one, quantity) in known.items()]
    return offered | {"quantity": [(key, shortened(label, LONGEST_LABEL)) for key, label in labels]}


def wish(args: Mapping[str, str], ground: Ground) -> Wish:
    """What an address asks for; the usual where it says nothing or no choice."""

    def one_of(kinds: type[Choice], name: str, otherwise: Choice) -> Choice:
        return kinds(args[name]) if args.get(name) in set(kinds) else otherwise

    known = quantities_of(ground)
    measure = one_of(Measure, "measure", Measure.SENT)
    quantity = args.get("quantity", "")
    return Wish(
        measure if known or measure is not Measure.QUANTITY else Measure.SENT,
        one_of(By, "by", By.REGION),
        one_of(Look, "look", Look.BAR),
        one_of(Order, "order", Order.USUAL),
        quantity if quantity in known else next(iter(known), ""),
    )


def _grouping(ground: Ground, by: By) -> tuple[Callable[[Row], str], dict[str, str]]:
    """How a report finds its group, and the groups' names in their usual order."""
    offices = list(ground.offices.values())
    if by is By.INDICATOR:
        return lambda row: str(row.indicator_id), {
            str(one.id): f"{one.full_code} {shortened(text_of(one), LONGEST_LABEL)}" for one in ground.asked
        }
    if by is By.REGION:
        return lambda row: row.region, {region.value: gettext(name) for region, name in REGION_NAMES.items()}
    if by is By.KIND:
        return lambda row: row.kind, {kind.value: gettext(name) for kind, name in KIND_NAMES.items()}
    if by is By.PROVINCE:
        seats = {office.seat_th: localized(office, "seat") for office in offices}
        return lambda row: ground.office_of(row).seat_th, {seat: seats[seat] for seat in sorted(seats, key=sort_key)}
    if by is By.CLUSTER:
        numbers = sorted({office.cluster or 0 for office in offices})
        names = {str(one): gettext("Cluster %(number)d", number=one) if one else gettext("In no cluster") for one in numbers}
        return lambda row: str(ground.office_of(row).cluster or 0), names
    return lambda row: str(row.area_id), {str(office.id): in_language(office.short_name) for office in offices}


def _beside(ground: Ground, asked: Wish) -> Beside:
    """What the measure needs besides the rows, in at most one statement."""
    if asked.measure is Measure.ON_TIME:
        timings = charts.timings(ground.round.id, ground.moment)
        return Beside(on_time={key for key, timing in timings.items() if timing == Timing.ON_TIME})
    if asked.measure is Measure.QUANTITY:
        indicator, quantity = quantities_of(ground)[asked.quantity]
        fields = charts.fields_handed_in(ground.round.id, ground.moment, [indicator.id])
        return Beside(fields=fields, quantity=wanted_of(quantity))
    return Beside()


def explored(ground: Ground, asked: Wish) -> Explored:
    """The table for a wish: a row for each group of which there are reports."""
    key_of, names = _grouping(ground, asked.by)
    rows = ground.rows
    title, unit, adds_up = gettext(exploring.MEASURE_NAMES[asked.measure]), "", True
    shape = exploring.SHAPES[asked.measure]
    if asked.measure is Measure.QUANTITY:
        indicator, quantity = quantities_of(ground)[asked.quantity]
        rows = ground.by_indicator[indicator.id]
        title, unit = f"{indicator.full_code} {localized(quantity, 'label')}", localized(quantity, "unit")
        adds_up = quantity.kind != QuantityKind.PERCENT
    elif asked.measure in (Measure.SENT, Measure.ON_TIME):
        unit = "%"
    beside = _beside(ground, asked)
    groups: dict[str, list[Row]] = {name: [] for name in names}
    for row in rows:
        groups[key_of(row)].append(row)
    lines: list[list[Value]] = [
        [names[key], *exploring.measured(these, asked.measure, beside)] for key, these in groups.items() if these
    ]
    lines = _in_order(lines, shape.value + 1, asked.order)
    has_slices = exploring.fits(Look.DOUGHNUT, asked.measure, groups=len(lines), adds_up=adds_up)
    look = asked.look if has_slices or asked.look is not Look.DOUGHNUT else Look.BAR
    if look is Look.DOUGHNUT and shape.part is not None and shape.part != shape.value:
        title, unit = gettext(shape.headings[shape.part]), ""
    by = gettext(exploring.BY_NAMES[asked.by])
    return Explored(
        gettext("%(what)s, by %(group)s", what=title, group=by.lower()),
        Table([by, *(gettext(heading) for heading in shape.headings)], lines),
        [gettext("All"), *exploring.measured(rows, asked.measure, beside)],
        look,
        1 + (shape.part if look is Look.DOUGHNUT and shape.part is not None else shape.value),
        1 + shape.value,
        has_slices,
        unit,
    )


def _in_order(lines: list[list[Value]], column: int, order: Order) -> list[list[Value]]:
    """The lines by their figure; those without one stay behind."""
    if order is Order.USUAL:
        return lines
    known = [line for line in lines if line[column] is not None]
    known.sort(key=lambda line: line[column], reverse=order is Order.MOST)  # type: ignore[arg-type,return-value]
    return known + [line for line in lines if line[column] is None]
