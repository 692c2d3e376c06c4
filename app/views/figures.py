"""Charts of a round for analysts: those that are reported, as pages, drawings and tables, and those that are explored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import TypeVar

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from app.clock import now
from app.domain.calendar import local
from app.domain.charts import SIDE_NAMES, TINT_NAMES, Side, Tint
from app.domain.exploring import MOST_SLICES
from app.exports.figures import as_csv
from app.models.area import KIND_NAMES
from app.views import explore_page, figure_charts, figure_groups, figures_ground
from app.views.base import Screen, expose, may, request
from app.views.drawing import Sheet
from app.views.figures_ground import Figure, Ground, Table

Choice = TypeVar("Choice", bound=StrEnum)


def _chosen(choices: type[Choice], name: str, otherwise: Choice) -> Choice:
    """What a parameter of the address chooses; `otherwise` for what is no choice."""
    found = request.args.get(name, "")
    return choices(found) if found in set(choices) else otherwise


def _side(ground: Ground) -> Side:
    """The reviewed levels once there are some."""
    settled = any(row.level is not None for row in ground.rows)
    return _chosen(Side, "levels", Side.REVIEWED if settled else Side.SELF)


def _tint() -> Tint:
    return _chosen(Tint, "tiles", Tint.SENT)


@dataclass(frozen=True)
class Switch:
    """Ways to look at one chart: the parameter, its choices by name, and the one that is shown."""

    parameter: str
    names: Mapping[Side, str] | Mapping[Tint, str]
    chosen: StrEnum


# By the name in the address; each answers one chart or several.
CHARTS: dict[str, Callable[[Ground], list[Figure]]] = {
    "distribution": lambda ground: [figure_charts.distribution(ground)],
    "means": lambda ground: [figure_charts.means(ground)],
    "levels": lambda ground: [figure_charts.levels(ground, _side(ground))],
    "pace": lambda ground: [figure_charts.pace(ground)],
    "provinces": lambda ground: [figure_groups.provinces(ground, _tint())],
    "quantities": figure_groups.quantities,
}


# What stands side by side on the page, and the one picture that needs its whole width.
BANDS = (("distribution", "pace", "means"), ("levels",), ("provinces", "quantities"))
# Of a chart's height in the page, what its drawing does not take: heading, sentence, links.
AROUND = 200


def _bands(ground: Ground) -> list[list[list[Figure]]]:
    """The charts in bands of one or two columns, each read downwards."""
    if not ground.rows:
        return []
    made = [[one for name in names for one in CHARTS[name](ground)] for names in BANDS]
    return [_columns(figures) for figures in made]


def _columns(figures: list[Figure]) -> list[list[Figure]]:
    """Two columns of about the same height in the order of the charts; one where there is a single chart."""
    heights = list(accumulate(AROUND + (one.drawing.height if one.drawing else 0) for one in figures))
    places = range(1, len(figures))
    cut = min(places, key=lambda place: abs(heights[-1] - 2 * heights[place - 1]), default=0)
    return [figures[:cut], figures[cut:]] if cut else [figures]


def _read(round_code: str) -> Ground:
    return figures_ground.read(round_code, request.args, now=now())


def _asked_for(ground: Ground, chart: str) -> Figure:
    """The one chart of an address; of those on quantities the one that `of` names, else the first."""
    made = CHARTS[chart](ground) if chart in CHARTS else []
    of = request.args.get("of", "")
    found = next((one for one in made if of in ("", one.of)), None)
    if found is None:
        abort(404)
    return found


def _file(content: bytes | str, ground: Ground, what: str, extension: str, media_type: str) -> Response:
    """A file that says in its name which figures it holds."""
    basis = (
        f"dataset-{ground.dataset.number}-{ground.dataset.digest[:8]}"
        if ground.dataset
        else f"{local(ground.moment):%Y%m%d-%H%M}"
    )
    response = Response(content, mimetype=media_type)
    name = f"emes-{ground.round.code}-{what}-{basis}.{extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _table_file(table: Table, ground: Ground, what: str) -> Response:
    return _file(as_csv(table.headings, table.rows), ground, what, "csv", "text/csv")


class FigureView(Screen):
    route_base = "/exports"
    class_permission_name = "exports"

    @expose("/<round_code>/figures")
    @may("read")
    def figures(self, round_code: str) -> ResponseReturnValue:
        """Every reported chart: at most ten statements, whatever the round holds."""
        ground = _read(round_code)
        side, tint = _side(ground), _tint()
        return render_template(
            "exports/figures.html",
            round=ground.round,
            ground=ground,
            bands=_bands(ground),
            switches={"levels": Switch("levels", SIDE_NAMES, side), "provinces": Switch("tiles", TINT_NAMES, tint)},
            kept={name: value for name in ("levels", "tiles") if (value := request.args.get(name)) in {*Side, *Tint}},
            kind_names=KIND_NAMES,
        )

    @expose("/<round_code>/figures/<chart>.csv")
    @may("read")
    def table(self, round_code: str, chart: str) -> ResponseReturnValue:
        """The whole table of a chart."""
        ground = _read(round_code)
        found = _asked_for(ground, chart)
        return _table_file(found.whole or found.table, ground, f"{chart}-{found.of}" if found.of else chart)

    @expose("/<round_code>/figures/<chart>.svg")
    @may("read")
    def drawing(self, round_code: str, chart: str) -> ResponseReturnValue:
        """The drawing of a chart, with its title and where its figures come from."""
        ground = _read(round_code)
        found = _asked_for(ground, chart)
        if found.drawing is None:
            abort(404)
        sheet = Sheet(found.drawing, found.title, ground.source)
        made = render_template("exports/drawing.svg", sheet=sheet, figure=found)
        return _file(made, ground, f"{chart}-{found.of}" if found.of else chart, "svg", "image/svg+xml")

    @expose("/<round_code>/explore")
    @may("read")
    def explore(self, round_code: str) -> ResponseReturnValue:
        """One measure by one grouping, as the address chooses them."""
        ground = _read(round_code)
        wish = explore_page.wish(request.args, ground)
        return render_template(
            "exports/explore.html",
            round=ground.round,
            ground=ground,
            wish=wish,
            found=explore_page.explored(ground, wish),
            choices=explore_page.choices(ground),
            most_slices=MOST_SLICES,
            kind_names=KIND_NAMES,
        )

    @expose("/<round_code>/explore.csv")
    @may("read")
    def explored(self, round_code: str) -> ResponseReturnValue:
        ground = _read(round_code)
        wish = explore_page.wish(request.args, ground)
        return _table_file(explore_page.explored(ground, wish).table, ground, f"{wish.measure}-by-{wish.by}")
