"""Whom a reminder is for, and when planned ones are sent."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum

from app.domain import calendar
from app.domain.deadlines import Window
from app.domain.errors import N_, Refused

MAX_PARAGRAPH_CHARACTERS = 1000
# Days before the deadline that the centre usually reminds at, in the morning when offices open.
USUAL_DAYS = (14, 7, 3, 1)
MORNING = time(8, 30)
# Two reminders to everybody closer together than this are one too many.
APART = timedelta(hours=1)


class Audience(StrEnum):
    """Who in an office is reminded: everybody who is responsible for it, up to whoever owns a single indicator."""

    COORDINATORS = "coordinators"
    DIRECTORS = "directors"
    OWNERS = "owners"


AUDIENCE_NAMES = {
    Audience.COORDINATORS: N_("Coordinators"),
    Audience.DIRECTORS: N_("Directors"),
    Audience.OWNERS: N_("Owners of the missing indicators"),
}


def read_audience(keys: list[str]) -> list[Audience]:
    """The audiences that were ticked, in their order. Raises Refused for none."""
    found = [audience for audience in Audience if audience in keys]
    if not found:
        raise Refused(N_("Choose at least one group of recipients"))
    return found


def read_paragraph(text: str) -> str:
    """What the centre adds. Raises Refused where it is too long."""
    cleaned = text.strip()
    if len(cleaned) > MAX_PARAGRAPH_CHARACTERS:
        raise Refused(N_("The text may have %(count)d characters at most"), count=MAX_PARAGRAPH_CHARACTERS)
    return cleaned


def usual_moment(window: Window, days: int) -> datetime:
    """The morning so many days before the deadline."""
    day = calendar.local(window.deadline).date() - timedelta(days=days)
    return datetime.combine(day, MORNING, calendar.zone())


def last_moment(window: Window, planned_at: datetime) -> datetime:
    """Until when a planned reminder makes sense: the deadline, or the closing for one that was planned after the deadline."""
    return window.deadline if planned_at < window.deadline else calendar.as_utc(window.closes_at)


def require_sensible(window: Window, planned_at: datetime, now: datetime, *, others: list[datetime]) -> None:
    """Raise Refused for a moment that is over, outside the round or too close to another planned one."""
    if planned_at <= now:
        raise Refused(N_("This moment is over. Choose a later one."))
    if not calendar.as_utc(window.opens_at) <= planned_at < calendar.as_utc(window.closes_at):
        raise Refused(N_("Choose a moment while the round is open"))
    if any(abs(planned_at - other) < APART for other in others):
        raise Refused(N_("A reminder is planned within an hour of this moment already"))
