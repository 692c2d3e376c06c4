"""The small drawings of a round's figures: shares of levels, self against reviewed, the pace, quantities by region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext

from app.domain.charts import Pairs
from app.domain.rubric import LEVELS
from app.views.drawing import (
    HIGHER,
    INK_2,
    KRAAM,
    LEVEL_FILLS,
    LINE,
    LINE_2,
    LOWER,
    SHEET,
    SUNK,
    WARN,
    WIDTH,
    Drawing,
    Shape,
    dot,
    level_chip,
    rect,
    shortened,
    stroke,
    words,
)

Shares = Mapping[int, tuple[int, Decimal | None]]


def share_said(count: int, percent: Decimal | None) -> str:
    return f"{count:,} · {percent}%" if percent is not None else f"{count:,}"


def distribution(panels: Sequence[tuple[str, Shares]]) -> Drawing:
    """Side by side, how many reports have each level; the best level is the uppermost. All bars have one measure."""
    drawing = Drawing(WIDTH, 34 + 38 * len(LEVELS))
    widest = max((percent or Decimal(0) for _, shares in panels for _, percent in shares.values()), default=Decimal(0))
    for place, level in enumerate(LEVELS):
        y = 34 + 38 * place
        drawing.add(*level_chip(0, y, level, size=26))
        for number, (_, shares) in enumerate(panels):
            x, (count, percent) = 40 + 182 * number, shares[level]
            width = float((percent or 0) / widest * 72) if widest else 0.0
            drawing.add(rect(x, y + 2, width, 22, LEVEL_FILLS[level], edge=LINE_2))
            drawing.add(words(x + width + 6, y + 19, share_said(count, percent)))
    for number, (name, _) in enumerate(panels):
        drawing.add(words(40 + 182 * number, 18, name, bold=True))
    return drawing


def dumbbells(lines: Sequence[tuple[str, Pairs, Decimal | None]]) -> Drawing:
    """A line for each indicator (code, reports with both levels, mean of self-levels where there are none): from the offices' own mean to
    the reviewed one."""
    left, step, row, top = 78, 52, 28, 60
    drawing = Drawing(WIDTH, top + row * len(lines) + 4)
    drawing.add(dot(left, 13, 6, SHEET, edge=KRAAM), words(left + 12, 18, gettext("Self-level")))
    drawing.add(dot(left + 122, 13, 7, KRAAM), words(left + 135, 18, gettext("Reviewed level")))
    for level in sorted(LEVELS):
        x = left + step * (level - 1)
        drawing.add(words(x, top - 16, level, anchor="middle", fill=INK_2))
        drawing.add(stroke(f"M{x} {top - 8}V{drawing.height - 4:g}", LINE))
    for place, (code, pairs, own) in enumerate(lines):
        y = top + row * place + row / 2 - 4
        drawing.add(words(0, y + 5, code, bold=True), *_dumbbell(pairs, own, left=left, step=step, y=y))
    return drawing


def _dumbbell(pairs: Pairs, own: Decimal | None, *, left: float, step: float, y: float) -> list[Shape]:
    def at(level: Decimal) -> float:
        return left + float(level - 1) * step

    mean_self, mean_level, gap = pairs.mean_self, pairs.mean_level, pairs.gap
    if mean_self is None or mean_level is None or gap is None:
        if own is None:
            return [words(WIDTH, y + 5, "–", anchor="end", fill=INK_2)]
        return [dot(at(own), y, 6, SHEET, edge=KRAAM), words(WIDTH, y + 5, own, anchor="end")]
    colour = LOWER if gap < 0 else HIGHER if gap > 0 else LINE_2
    return [
        stroke(f"M{at(mean_self):.1f} {y:g}H{at(mean_level):.1f}", colour, width=4),
        dot(at(mean_level), y, 7, KRAAM),
        dot(at(mean_self), y, 6 if gap else 3, SHEET, edge=KRAAM),
        words(WIDTH, y + 5, f"{mean_self} → {mean_level}", anchor="end", size=14),
    ]


@dataclass(frozen=True)
class Mark:
    """A day that matters, by its number from the opening, and how it is called."""

    day: int
    name: str


def pace(shares: Sequence[Decimal], days: int, marks: Sequence[Mark], *, first: str, last: str) -> Drawing:
    """Percent sent by the end of each day; `days` is how many the picture has room for, `first` and `last` name them."""
    left, top, bottom, height = 36, 40, 30, 250
    drawing = Drawing(WIDTH, height)

    def x(day: float) -> float:
        return left + (WIDTH - left - 8) * day / max(1, days)

    def y(percent: float) -> float:
        return height - bottom - (height - top - bottom) * percent / 100

    for percent in (0, 25, 50, 75, 100):
        drawing.add(stroke(f"M{left} {y(percent):g}H{WIDTH - 8}", LINE))
        drawing.add(words(left - 5, y(percent) + 5, percent, size=14, anchor="end", fill=INK_2))
    for place, mark in enumerate(marks):
        at = x(mark.day)
        # The later one is named higher, so that no line runs through a name.
        name_at = 13 + 18 * (len(marks) - 1 - place)
        drawing.add(stroke(f"M{at:.1f} {name_at + 5}V{height - bottom}", WARN, width=1.5, dashes="4 3"))
        drawing.add(words(min(at, WIDTH - 2), name_at, mark.name, size=14, anchor="end", fill=WARN))
    drawing.add(words(left, height - 8, first, size=14, fill=INK_2))
    drawing.add(words(WIDTH - 2, height - 8, last, size=14, anchor="end", fill=INK_2))
    points = [(x(0), y(0))] + [(x(day), y(float(share))) for day, share in enumerate(shares, start=1)]
    drawing.add(stroke("M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points), KRAAM, width=3))
    if shares:
        end_x, end_y = points[-1]
        beside = "end" if end_x > WIDTH / 2 else "start"
        drawing.add(dot(end_x, end_y, 5, KRAAM))
        above = end_y - 10 if end_y > top + 24 else end_y + 24
        drawing.add(words(end_x + (-4 if beside == "end" else 8), above, f"{shares[-1]}%", anchor=beside, bold=True))
    return drawing


@dataclass(frozen=True)
class Bar:
    """One bar of a quantity: of which group, how long (0–1), and its figure in words; on a track where it is part of a whole."""

    name: str
    length: float
    figure: str
    has_track: bool


def quantities(blocks: Sequence[tuple[str, str, Sequence[Bar]]]) -> Drawing:
    """One block for each quantity: its name, the whole in words, and a bar for each region."""
    label, room, row = 174, 106, 24
    drawing = Drawing(WIDTH, 0)
    y = 0
    for name, whole, bars in blocks:
        drawing.add(
            words(0, y + 17, shortened(name, 46), bold=True), words(0, y + 38, shortened(whole, 52), size=14, fill=INK_2)
        )
        y += 46
        for bar in bars:
            drawing.add(words(0, y + 16, bar.name, size=14))
            if bar.has_track:
                drawing.add(rect(label, y + 3, room, 16, SUNK))
            drawing.add(rect(label, y + 3, bar.length * room, 16, KRAAM))
            x = label + (room if bar.has_track else bar.length * room) + 6
            drawing.add(words(x, y + 16, bar.figure, size=14))
            y += row
        y += 12
    drawing.height = max(1, y - 8)
    return drawing
