"""Questions of offices about an indicator: their states, how long the centre has, what a text may be."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from app.domain.errors import N_, Refused
from app.domain.thai import is_blank, storable

MAX_CHARACTERS = 4000
# How many working days the centre has for an answer, unless the centre sets another day.
DAYS_TO_ANSWER = 3
_SATURDAY = 5


class State(StrEnum):
    """A question waits for the centre, then for the office, until the office says that it is solved."""

    OPEN = "open"
    ANSWERED = "answered"
    SOLVED = "solved"


STATE_NAMES = {
    State.OPEN: N_("Waiting for an answer"),
    State.ANSWERED: N_("Answered"),
    State.SOLVED: N_("Solved"),
}


class Publication(StrEnum):
    """What becomes of an answer: between the centre and the office, or found by every office at the same indicator."""

    PRIVATE = "private"
    NEW = "new"
    MERGE = "merge"


PUBLICATION_NAMES = {
    Publication.PRIVATE: N_("Only this office reads it"),
    Publication.NEW: N_("Publish question and answer for every office"),
    Publication.MERGE: N_("The same as a published answer"),
}


def read_text(text: str) -> str:
    """A question or an answer as typed. Raises Refused for nothing and for too much."""
    cleaned = storable(text).strip()
    if is_blank(cleaned):
        raise Refused(N_("Write something first"))
    if len(cleaned) > MAX_CHARACTERS:
        raise Refused(N_("The text may have %(count)d characters at most"), count=MAX_CHARACTERS)
    return cleaned


def due_on(asked_on: date, working_days: int = DAYS_TO_ANSWER) -> date:
    """The day by which an answer is due. Saturdays and Sundays do not count; public holidays are not known here."""
    day = asked_on
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < _SATURDAY
    return day
