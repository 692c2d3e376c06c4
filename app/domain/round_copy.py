"""A round made from an earlier one: which comes next, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.calendar import BUDDHIST_ERA_OFFSET, zone
from app.domain.errors import N_

MONTHS = {6: N_("6 months"), 12: N_("12 months")}
# March and September, from the first morning until 16.30 of the last day. Source: procedures 1, 4.8 and 4.12.
_WINDOWS = {6: ((3, 1), (3, 31)), 12: ((9, 1), (9, 30))}


@dataclass(frozen=True)
class Next:
    """What the round after another is usually like."""

    fiscal_year_be: int
    months: int
    name_th: str
    name_en: str
    opens_at: datetime
    closes_at: datetime


def following(fiscal_year_be: int, months: int) -> Next:
    """The 12-month round after the 6-month one of a year, the 6-month one of the next year after that."""
    year, length = (fiscal_year_be, 12) if months == 6 else (fiscal_year_be + 1, 6)
    (opening_month, opening_day), (closing_month, closing_day) = _WINDOWS[length]
    common = year - BUDDHIST_ERA_OFFSET
    return Next(
        fiscal_year_be=year,
        months=length,
        name_th=f"รอบ {length} เดือน",
        name_en=f"{length}-month round",
        opens_at=datetime(common, opening_month, opening_day, 8, 30, tzinfo=zone()),
        closes_at=datetime(common, closing_month, closing_day, 16, 30, tzinfo=zone()),
    )
