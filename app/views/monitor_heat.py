"""The picture of the board: every report of up to some hundred offices as one small cell, drawn by the server.

Cells of one state that stand side by side become one broad stroke, and all of a state one path: 9,800 cells are some 100 kB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.workflow import Status
from app.formatting import in_language, localized
from app.models.area import Region
from app.queries import board_cells
from app.queries.board import OfficeRow
from app.queries.board_cells import Asked, Cell
from app.queries.board_figures import Figures, Tally
from app.views.drawing import add_strokes, shortened

WIDTH, LABEL, RIGHT, TOP, ROW, GAP = 1600, 262, 116, 46, 23, 14
WIDEST_CELL = 26.0
LONGEST_LABEL = 22


@dataclass(frozen=True)
class Band:
    """The offices of one region."""

    region: str
    tally: Tally
    x: float
    offices: list[OfficeRow]


@dataclass(frozen=True)
class Line:
    """One indicator."""

    indicator: Asked
    label: str
    tally: Tally
    y: int


@dataclass
class Heat:
    """The whole picture in its own measures; `paths` by state."""

    step: float
    bands: list[Band]
    lines: list[Line]
    paths: dict[Status, str] = field(default_factory=dict)

    @property
    def height(self) -> int:
        return TOP + len(self.lines) * ROW + 6

    @property
    def where(self) -> dict[str, object]:
        """What the page's script needs to tell which report lies under the pointer."""
        bands = [
            {
                "x": band.x,
                "codes": [row.code for row in band.offices],
                "names": [in_language(row.short_name) for row in band.offices],
            }
            for band in self.bands
        ]
        lines = [{"id": line.indicator.id, "code": line.indicator.full_code} for line in self.lines]
        return {"step": self.step, "top": TOP, "row": ROW, "bands": bands, "lines": lines}


def label_of(indicator: Asked) -> str:
    """What an indicator is about, in the few words that the picture has room for."""
    return shortened(localized(indicator, "text").removeprefix(localized(indicator, "prefix")).strip(), LONGEST_LABEL)


def draw(
    offices: Sequence[OfficeRow],
    indicators: Sequence[Asked],
    cells: Mapping[tuple[int, int], Cell],
    figures: Figures,
) -> Heat:
    """The picture of these offices, by region, whoever sent most first."""
    by_region = {region: [row for row in offices if row.region == region] for region in Region}
    filled = {region: sorted(rows, key=_most_sent_first) for region, rows in by_region.items() if rows}
    room = WIDTH - LABEL - RIGHT - GAP * len(filled)
    step = round(min(WIDEST_CELL, room / max(1, len(offices))), 2)
    bands, x = [], float(LABEL)
    for region, rows in filled.items():
        bands.append(Band(region, figures.by_region[region], round(x, 1), rows))
        x += len(rows) * step + GAP
    lines = [
        Line(one, label_of(one), figures.of_indicator(one.id, one.applies_to), TOP + place * ROW)
        for place, one in enumerate(indicators)
    ]
    heat = Heat(step, bands, lines)
    for line in lines:
        for band in bands:
            states = [board_cells.status_of(office, line.indicator, cells) for office in band.offices]
            add_strokes(heat.paths, states, x=band.x, y=line.y + (ROW - 2) / 2, step=heat.step)
    return heat


def _most_sent_first(office: OfficeRow) -> tuple[float, int]:
    return (-office.progress.sent / office.progress.asked, -office.progress.begun)
