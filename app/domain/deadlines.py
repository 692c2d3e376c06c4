"""When a round may be written to. Times are moments with a zone; the decision is made inside the writing transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.calendar import as_utc
from app.domain.errors import N_, RoundClosed


class Window(Protocol):
    """The part of a round that decides about time."""

    opens_at: datetime
    closes_at: datetime


class Phase(StrEnum):
    """Where the clock stands in a round."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


def phase(window: Window, now: datetime) -> Phase:
    """The closing moment itself is already closed: `opens_at ≤ now < closes_at` is open."""
    if as_utc(now) < as_utc(window.opens_at):
        return Phase.UPCOMING
    return Phase.OPEN if as_utc(now) < as_utc(window.closes_at) else Phase.CLOSED


UPLOAD_GRACE = timedelta(minutes=60)


def require_open(window: Window, now: datetime, *, begun_at: datetime | None = None) -> None:
    """Raise RoundClosed, with the moment that matters, unless the round takes reports now.

    What was begun (`begun_at`) before closing is still taken for the time of grace: a long upload must not fail by a minute."""
    if begun_at is not None and as_utc(begun_at) < as_utc(window.closes_at):
        now = min(as_utc(now), max(as_utc(begun_at), as_utc(now) - UPLOAD_GRACE))
    match phase(window, now):
        case Phase.UPCOMING:
            raise RoundClosed(N_("Reporting opens on %(moment)s"), moment=as_utc(window.opens_at))
        case Phase.CLOSED:
            raise RoundClosed(
                N_("Reporting closed on %(moment)s. What was saved before is kept and can still be read."),
                moment=as_utc(window.closes_at),
            )


def elapsed_percent(window: Window, now: datetime) -> int:
    """How much of the window has passed, 0–100, for the rail."""
    opened, closes = as_utc(window.opens_at), as_utc(window.closes_at)
    share = (as_utc(now) - opened) / (closes - opened)
    return max(0, min(100, round(share * 100)))
