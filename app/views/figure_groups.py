"""The charts of a round by place: the provinces as squares, and quantities added up by region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from flask_babel import gettext, ngettext

from app.domain import charts as rules
from app.domain import province_tiles
from app.domain.charts import Added, Tint, Wanted
from app.domain.dataset import Figures
from app.domain.figures import percent
from app.domain.quantities import QuantityKind
from app.formatting import localized, number
from app.models import Indicator, Quantity
from app.models.area import REGION_NAMES, Region
from app.queries import charts
from app.views import figure_drawings, figure_maps
from app.views.figure_charts import text_of
from app.views.figure_drawings import Bar
from app.views.figures_ground import Figure, Ground, Table, Value

# --- provinces -----------------------------------------------------------------------------------------------------------------


def tinted(figures: Figures, tint: Tint, *, places: int = 2) -> Decimal | None:
    """The figure of a province that its colour tells."""
    if tint is Tint.SELF:
        return figures.mean_self
    return figures.mean_level if tint is Tint.REVIEWED else percent(figures.reported, figures.asked, places=places)


def provinces(ground: Ground, tint: Tint) -> Figure:
    """Every province as a square; an office counts where it has its seat."""
    found = rules.figures_per(ground.rows, lambda row: ground.office_of(row).seat_th)
    names = {office.seat_th: localized(office, "seat") for office in ground.offices.values()}
    offices: dict[str, set[int]] = {}
    for row in ground.rows:
        offices.setdefault(ground.office_of(row).seat_th, set()).add(row.area_id)
    rows: list[list[Value]] = [
        [
            names[seat],
            len(offices[seat]),
            found[seat].asked,
            found[seat].reported,
            percent(found[seat].reported, found[seat].asked),
            found[seat].mean_self,
            found[seat].mean_level,
        ]
        for seat in province_tiles.TILES
        if seat in found
    ]
    headings = [
        gettext("Province"),
        gettext("Offices"),
        gettext("Asked for"),
        gettext("Submitted"),
        gettext("Percent submitted"),
        gettext("Mean of self-levels"),
        gettext("Mean of results"),
    ]
    drawn = {seat: tinted(figures, tint, places=0) for seat, figures in found.items()}
    return Figure(
        "provinces",
        gettext("Map of the provinces: %(what)s", what=gettext(rules.TINT_NAMES[tint])),
        _provinces_read(found, names, tint),
        Table(headings, rows),
        figure_maps.provinces(drawn, tint) if found else None,
        gettext("Each province is one square, placed as on the map. An office counts in the province of its seat."),
    )


def _provinces_read(found: Mapping[str, Figures], names: Mapping[str, str], tint: Tint) -> str:
    if tint is Tint.SENT:
        complete = sum(figures.reported == figures.asked for figures in found.values())
        return ngettext(
            "%(complete)d of %(num)d province has submitted everything.",
            "%(complete)d of %(num)d provinces have submitted everything.",
            len(found),
            complete=complete,
        )
    known = [(figure, seat) for seat, figures in found.items() if (figure := tinted(figures, tint)) is not None]
    if not known:
        return gettext("No report has such a level yet.")
    (high, highest), (low, lowest) = max(known), min(known)
    return gettext(
        "Highest: %(highest)s (%(high)s); lowest: %(lowest)s (%(low)s).",
        highest=names[highest],
        high=high,
        lowest=names[lowest],
        low=low,
    )


# --- quantities ----------------------------------------------------------------------------------------------------------------


def wanted_of(quantity: Quantity) -> Wanted:
    """A quantity of an indicator in the terms of the rules."""
    whole = f"quantity.{quantity.not_above_key}" if quantity.not_above_key else ""
    return Wanted(f"quantity.{quantity.key}", QuantityKind(quantity.kind), whole)


def quantities(ground: Ground) -> list[Figure]:
    """A chart for each indicator of which there are quantities, from the latest hand-ins; one that says so where there are none."""
    asking = [one for one in ground.asked if one.active_quantities]
    fields = charts.fields_handed_in(ground.round.id, ground.moment, [one.id for one in asking])
    made = [_of_indicator(ground, one, fields) for one in asking]
    none = Figure("quantities", gettext("Quantities"), gettext("No figure has been submitted yet."), Table([], []))
    return [one for one in made if one.drawing] or [none]


def _of_indicator(ground: Ground, indicator: Indicator, fields: Mapping[tuple[int, int], Mapping[str, str | None]]) -> Figure:
    by_region: dict[Region, list[Mapping[str, str | None]]] = {region: [] for region in Region}
    for row in ground.by_indicator[indicator.id]:
        if row.is_reported and row.key in fields:
            by_region[Region(row.region)].append(fields[row.key])
    present = {row.region for row in ground.by_indicator[indicator.id]}
    labels = {quantity.key: localized(quantity, "label") for quantity in indicator.quantities}
    rows: list[list[Value]] = []
    blocks: list[tuple[str, str, Sequence[Bar]]] = []
    reading = ""
    for quantity in indicator.active_quantities:
        wanted = wanted_of(quantity)
        added = {region: rules.add_up(these, wanted) for region, these in by_region.items() if region in present}
        total = rules.add_up((one for these in by_region.values() for one in these), wanted)
        if total.count:
            blocks.append((labels[quantity.key], said_of(total, quantity, labels), _bars(added)))
            if not reading or (total.percent is not None and "%" not in reading):
                reading = f"{labels[quantity.key]}: {said_of(total, quantity, labels)}"
        unit, named = localized(quantity, "unit"), [*((gettext(REGION_NAMES[region]), one) for region, one in added.items())]
        for name, one in [*named, (gettext("All"), total)]:
            rows.append([labels[quantity.key], unit, name, one.count, one.value, one.whole or None, one.percent])
    headings = [
        gettext("Quantity"),
        gettext("Unit"),
        gettext("Region"),
        gettext("Reports with this figure"),
        gettext("Sum (of percentages: mean)"),
        gettext("Out of"),
        gettext("Percent"),
    ]
    return Figure(
        "quantities",
        gettext("Quantities of %(code)s: %(text)s", code=indicator.full_code, text=text_of(indicator)),
        reading,
        Table(headings, rows, words=3),
        figure_drawings.quantities(blocks) if blocks else None,
        of=indicator.full_code,
    )


def said_of(total: Added, quantity: Quantity, labels: Mapping[str, str]) -> str:
    """A quantity over the country in words."""
    unit = localized(quantity, "unit")
    if total.is_mean:
        return gettext("mean %(value)s %(unit)s", value=number(total.value), unit=unit)
    said = gettext("sum %(value)s %(unit)s", value=number(total.value), unit=unit)
    if total.percent is not None:
        said += " · " + gettext(
            "%(percent)s%% of %(whole)s", percent=total.percent, whole=labels.get(quantity.not_above_key or "", "")
        )
    return said


def _bars(added: Mapping[Region, Added]) -> list[Bar]:
    """A bar for each region: the percentage on its track, or the figure beside the greatest."""
    most = max((one.value or Decimal(0) for one in added.values()), default=Decimal(0))
    bars = []
    for region, one in added.items():
        name, figure = gettext(REGION_NAMES[region]), number(one.value) if one.count else "–"
        if one.percent is not None:
            share = percent(one.part, one.whole, places=0)
            bars.append(Bar(name, min(1.0, float(one.percent / 100)), f"{figure} · {share}%", True))
        else:
            bars.append(Bar(name, max(0.0, float((one.value or 0) / most)) if most > 0 else 0.0, figure, False))
    return bars
