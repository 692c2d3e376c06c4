"""The two pictures that show every office or province at once: offices × indicators by level, and the provinces as squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from flask_babel import gettext, ngettext

from app.domain import province_tiles
from app.domain.charts import Side, Tint
from app.domain.rubric import LEVELS
from app.views.drawing import (
    INK,
    INK_2,
    LEVEL_FILLS,
    LEVEL_INKS,
    LINE_2,
    SHEET,
    Drawing,
    Shape,
    add_strokes,
    level_chip,
    rect,
    stroke,
    words,
)

# --- offices × indicators --------------------------------------------------------------------------------------------------------

WIDE, LABEL, RIGHT, TOP, ROW, BETWEEN = 1600, 290, 70, 46, 23, 14
WIDEST_CELL = 26.0
AWAITED, ABSENT = "awaited", "absent"
AWAITED_COLOUR = "#9DBCE6"

# A level, a gap brought to the five colours of the levels, or why there is none; None where it is not asked.
Look = int | str | None


@dataclass(frozen=True)
class Band:
    """The offices of a region: their name, and for each line how each office looks."""

    name: str
    looks: Sequence[Sequence[Look]]


@dataclass(frozen=True)
class Line:
    """An indicator: code, what it is about, and its mean."""

    code: str
    label: str
    mean: str


def gap_look(gap: int) -> int:
    """A gap of -4 to 4 as one of five colours: the middle one is none."""
    return max(1, min(5, gap + 3))


GAP_WORDS = {1: "≤ −2", 2: "−1", 3: "0", 4: "+1", 5: "≥ +2"}


def levels(bands: Sequence[Band], lines: Sequence[Line], side: Side) -> Drawing:
    """Every report as a small cell by region; cells of one look side by side become one stroke, and all of a look one path."""
    drawing = Drawing(WIDE, TOP + ROW * len(lines) + 46)
    offices = sum(len(band.looks[0]) for band in bands)
    room = WIDE - LABEL - RIGHT - BETWEEN * len(bands)
    step = round(min(WIDEST_CELL, room / max(1, offices)), 2)
    paths: dict[Look, str] = {}
    x = float(LABEL)
    for band in bands:
        number = len(band.looks[0])
        drawing.add(words(x, 17, band.name, size=16, bold=True))
        if number * step > 90:
            said = ngettext("%(num)d office", "%(num)d offices", number)
            drawing.add(words(x, 36, said, fill=INK_2))
        for place, looks in enumerate(band.looks):
            add_strokes(paths, looks, x=x, y=TOP + ROW * place + (ROW - 2) / 2, step=step)
        x += number * step + BETWEEN
    for place, line in enumerate(lines):
        y = TOP + ROW * place + 16
        drawing.add(words(0, y, line.code, size=16, bold=True), words(70, y, line.label, size=16))
        drawing.add(words(WIDE, y, line.mean, size=16, anchor="end", bold=True))
    drawing.add(words(WIDE, 36, gettext("Mean"), anchor="end", fill=INK_2))
    drawing.add(*(_drawn(look, path) for look, path in paths.items() if look is not None))
    _legend(drawing, side)
    return drawing


def _drawn(look: Look, path: str) -> Shape:
    if isinstance(look, int):
        return stroke(path, LEVEL_FILLS[look], width=ROW - 2)
    return stroke(path, AWAITED_COLOUR, width=9) if look == AWAITED else stroke(path, LINE_2, width=2)


def _legend(drawing: Drawing, side: Side) -> None:
    y, x = drawing.height - 32, float(LABEL)
    for level in LEVELS:
        if side is Side.GAP:
            drawing.add(rect(x, y, 24, 24, LEVEL_FILLS[level], edge=LINE_2))
            drawing.add(words(x + 31, y + 17, GAP_WORDS[level], size=16))
        else:
            drawing.add(*level_chip(x, y, level))
        x += 88 if side is Side.GAP else 34
    for look, said in ((AWAITED, gettext("Submitted, no level yet")), (ABSENT, gettext("Not submitted"))):
        drawing.add(_drawn(look, f"M{x + 14:g} {y + 12:g}h24"), words(x + 46, y + 17, said, size=16))
        x += 230
    drawing.add(words(x + 14, y + 17, gettext("Blank: not required"), size=16))


# --- provinces -------------------------------------------------------------------------------------------------------------------

TILE, APART = 50, 3
# Percent from which a province has this colour, and the ink on it.
SENT_STEPS = ((100, "#172D57", SHEET), (75, "#2C58A8", SHEET), (50, "#9DBCE6", INK), (25, "#CFDCF0", INK), (0, "#F1F5FB", INK))


def province_colours(figure: Decimal | None, tint: Tint) -> tuple[str, str]:
    """Fill and ink of a square for its figure."""
    if figure is None:
        return SHEET, INK_2
    if tint is Tint.SENT:
        return next((fill, ink) for least, fill, ink in SENT_STEPS if figure >= least)
    level = int(figure.quantize(Decimal(1), ROUND_HALF_UP))
    return LEVEL_FILLS[level], LEVEL_INKS[level]


def provinces(figures: Mapping[str, Decimal | None], tint: Tint) -> Drawing:
    """A square for each province, coloured by its figure, which stands in it; provinces in Thai, as the map names them."""
    drawing = Drawing(province_tiles.COLUMNS * TILE, province_tiles.ROWS * TILE)
    for name, tile in province_tiles.TILES.items():
        figure = figures.get(name)
        fill, ink = province_colours(figure, tint)
        x, y = tile.column * TILE, tile.row * TILE
        drawing.add(rect(x, y, TILE - APART, TILE - APART, fill, edge=LINE_2))
        drawing.add(words(x + 23.5, y + 18, tile.letters, size=14, anchor="middle", fill=ink))
        said = "–" if figure is None else f"{figure}" + ("%" if tint is Tint.SENT and figure < 100 else "")
        drawing.add(words(x + 23.5, y + 37, said, size=15, anchor="middle", bold=True, fill=ink))
    _province_legend(drawing, tint)
    return drawing


def _province_legend(drawing: Drawing, tint: Tint) -> None:
    x, y = 5 * TILE - 16.0, 10 * TILE + 20.0
    if tint is Tint.SENT:
        steps = [(f"{least}–{above - 1}%" if least < 100 else "100%", fill) for (least, fill, _), above in _with_next()]
        for said, fill in steps:
            drawing.add(rect(x, y, 24, 24, fill, edge=LINE_2), words(x + 32, y + 18, said))
            y += 30
    else:
        for level in LEVELS:
            drawing.add(*level_chip(x, y, level))
            said = gettext("from %(least)s", least=Decimal(level) - Decimal("0.5")) if level > 1 else gettext("below 1.5")
            drawing.add(words(x + 32, y + 18, said))
            y += 30
    drawing.add(rect(x, y, 24, 24, SHEET, edge=LINE_2), words(x + 32, y + 18, gettext("– no figure")))


def _with_next() -> list[tuple[tuple[int, str, str], int]]:
    """Each step with the percent at which the next higher one begins."""
    return list(zip(SENT_STEPS, (101, *(least for least, _, _ in SENT_STEPS)), strict=False))
