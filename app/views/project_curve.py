"""The S-curve of a project as a drawing: what was planned, what was reached, what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import gettext

from app.domain.s_curve import QUARTERS, Curve
from app.views.drawing import INK_2, KRAAM, LINE, SHEET, WARN, Drawing, dot, stroke, tidy, words

WIDTH, HEIGHT = 400.0, 270.0
LEFT, TOP, RIGHT, BOTTOM = 36.0, 34.0, 392.0, 238.0
MONTHS = 12


def _x(month: float) -> float:
    """Where the end of the n-th month of the fiscal year stands; 0 is its first day."""
    return LEFT + (RIGHT - LEFT) * month / MONTHS


def _y(percent: Decimal) -> float:
    """Where so many percent stand; more than 100 stays at the top."""
    return BOTTOM - (BOTTOM - TOP) * float(min(max(percent, Decimal(0)), Decimal(100))) / 100


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{tidy(x)} {tidy(y)}" for x, y in points)


def _by_quarter(values: Sequence[Decimal | None]) -> list[tuple[float, float]]:
    return [(_x(3 * quarter), _y(value)) for quarter, value in zip(QUARTERS, values, strict=True) if value is not None]


def draw(curve: Curve) -> Drawing:
    """Plan as a broken line by month, result as dots by quarter, money paid as small squares' line below them."""
    made = Drawing(WIDTH, HEIGHT)
    for level in (0, 25, 50, 75, 100):
        y = _y(Decimal(level))
        made.add(
            stroke(f"M{LEFT:g} {tidy(y)}H{RIGHT:g}", LINE), words(LEFT - 6, y + 5, level, size=13, anchor="end", fill=INK_2)
        )
    for quarter in QUARTERS:
        x = _x(3 * quarter)
        made.add(stroke(f"M{tidy(x)} {TOP:g}V{BOTTOM:g}", LINE))
        made.add(words(_x(3 * quarter - 1.5), BOTTOM + 20, gettext("Q%(number)d", number=quarter), size=14, anchor="middle"))
    plan = [(_x(0), _y(Decimal(0)))]
    plan += [(_x(place), _y(value)) for place, value in enumerate(curve.planned_by_month, start=1)]
    made.add(stroke(_path(plan), INK_2, width=2, dashes="6 4"))
    paid, reached = _by_quarter(curve.money_paid), _by_quarter(curve.reached)
    start = (_x(0), _y(Decimal(0)))
    if paid:
        made.add(stroke(_path([start, *paid]), WARN, width=2, dashes="2 3"), *(dot(x, y, 4, WARN, edge=SHEET) for x, y in paid))
    if reached:
        made.add(stroke(_path([start, *reached]), KRAAM, width=3), *(dot(x, y, 6, KRAAM, edge=SHEET) for x, y in reached))
    _legend(made)
    return made


def _legend(made: Drawing) -> None:
    x = LEFT
    for name, colour, width, dashes in (
        (gettext("Plan"), INK_2, 2, "6 4"),
        (gettext("Actual result"), KRAAM, 3, ""),
        (gettext("Money paid"), WARN, 2, "2 3"),
    ):
        made.add(stroke(f"M{x:g} 14h26", colour, width=width, dashes=dashes), words(x + 32, 19, name, size=14))
        x += 100
