"""When an office may write to a round. Times are moments with a zone; the decision is made inside the writing transaction.

A round has three dates: the day of the reminder, the deadline by which offices are asked to send, and the moment at which the system
closes. What was begun before closing may be finished during the grace; an extension moves deadline and closing for one office or for
one of its reports."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.calendar import as_utc
from app.domain.errors import N_, RoundClosed

DEFAULT_GRACE_MINUTES = 60
LONGEST_GRACE_MINUTES = 24 * 60
# A request that was in time may still wait for its lock when the window ends; what is counted at the end is counted after that.
SETTLE = timedelta(minutes=2)


class Phase(StrEnum):
    """Where the clock stands in a window."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


class Timing(StrEnum):
    """How a report was handed in, kept apart from its state."""

    ON_TIME = "on_time"
    LATE = "late"
    GRACE = "grace"
    CLOSING = "closing"


# Sent by the office after its deadline; what the closing counted was not sent at all.
SENT_LATE = (Timing.LATE, Timing.GRACE)

TIMING_NAMES = {
    Timing.ON_TIME: N_("On time"),
    Timing.LATE: N_("After the deadline"),
    Timing.GRACE: N_("In the time of grace"),
    Timing.CLOSING: N_("Counted as submitted at closing"),
}


@dataclass(frozen=True)
class Extended:
    """Why an office has longer than the others: until when, for what reason, by whom; `indicator` where it is for one report."""

    until: datetime
    reason: str
    by: str
    indicator: str = ""


@dataclass(frozen=True)
class Window:
    """The moments that matter to one office, in order: `opens_at ≤ reminds_at ≤ due_at ≤ closes_at ≤ ends_at`.

    `single` are extensions of other reports of the office than the one this window is for."""

    opens_at: datetime
    closes_at: datetime
    due_at: datetime | None = None
    reminds_at: datetime | None = None
    grace: timedelta = timedelta(minutes=DEFAULT_GRACE_MINUTES)
    extended: Extended | None = None
    single: tuple[Extended, ...] = ()

    @property
    def deadline(self) -> datetime:
        """Until when a report counts as on time; the closing itself where no earlier day was set."""
        return as_utc(self.due_at or self.closes_at)

    @property
    def has_own_deadline(self) -> bool:
        return self.deadline < as_utc(self.closes_at)

    @property
    def ends_at(self) -> datetime:
        """From here on nothing changes any more, whenever it was begun."""
        return as_utc(self.closes_at) + self.grace

    def with_extension(self, extended: Extended | None) -> Window:
        """The window of an office that was given longer. A shorter one than everybody's changes nothing."""
        if extended is None or as_utc(extended.until) <= as_utc(self.closes_at):
            return self
        return replace(self, closes_at=extended.until, due_at=extended.until, extended=extended)


def phase(window: Window, now: datetime) -> Phase:
    """The closing moment itself is already closed: `opens_at ≤ now < closes_at` is open."""
    if as_utc(now) < as_utc(window.opens_at):
        return Phase.UPCOMING
    return Phase.OPEN if as_utc(now) < as_utc(window.closes_at) else Phase.CLOSED


def in_grace(window: Window, now: datetime) -> bool:
    """Whether the system has closed but what was begun before may still be finished."""
    return as_utc(window.closes_at) <= as_utc(now) < window.ends_at


def allows(window: Window, now: datetime, *, begun_at: datetime) -> bool:
    """Whether something begun at `begun_at` may be written now."""
    opened = as_utc(window.opens_at) <= as_utc(now)
    return opened and as_utc(begun_at) < as_utc(window.closes_at) and as_utc(now) < window.ends_at


def require_open(window: Window, now: datetime, *, begun_at: datetime | None = None) -> None:
    """Raise RoundClosed, with the moment that matters, unless the window takes this now.

    `begun_at` is when the request reached the server, the upload was begun or the report was started, whichever the rule of the
    caller is: a piece of work must not fail because a line is slow or a lock was waited for."""
    if allows(window, now, begun_at=begun_at or now):
        return
    if phase(window, now) is Phase.UPCOMING:
        raise RoundClosed(N_("Reporting opens on %(moment)s"), moment=as_utc(window.opens_at))
    if in_grace(window, now):
        raise RoundClosed(
            N_(
                "The system closed on %(moment)s. Reports begun before can be finished until %(end)s, but nothing new can be added. "
                "Call 0 2288 5867 if you need more time."
            ),
            moment=as_utc(window.closes_at),
            end=window.ends_at,
        )
    raise RoundClosed(
        N_("Reporting closed on %(moment)s. What was saved before is kept and can still be read."),
        moment=as_utc(window.closes_at),
    )


def timing(window: Window, now: datetime) -> Timing:
    """How a report that is handed in now is marked."""
    if as_utc(now) < window.deadline:
        return Timing.ON_TIME
    return Timing.LATE if as_utc(now) < as_utc(window.closes_at) else Timing.GRACE


def elapsed_percent(window: Window, now: datetime) -> int:
    """How much of the window has passed, 0–100, for the rail."""
    opened, closes = as_utc(window.opens_at), as_utc(window.closes_at)
    share = (as_utc(now) - opened) / (closes - opened)
    return max(0, min(100, round(share * 100)))


def lost_minutes(window: Window, began_at: datetime, ended_at: datetime) -> int:
    """Minutes of an outage that fell into the window, a begun minute whole."""
    lost = min(as_utc(ended_at), as_utc(window.closes_at)) - max(as_utc(began_at), as_utc(window.opens_at))
    return max(0, -int(-lost.total_seconds() // 60))


def made_good(closes_at: datetime, now: datetime, minutes: int) -> datetime:
    """The closing moment that gives lost minutes back: from the old one, or from now where it has passed already."""
    start = max(as_utc(closes_at), as_utc(now))
    begun = timedelta(minutes=1) if start.second or start.microsecond else timedelta()
    return start.replace(second=0, microsecond=0) + begun + timedelta(minutes=minutes)
