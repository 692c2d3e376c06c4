"""The review desk: which reports a list shows, how fast reviewing goes and must go, and what a level means beside the office's own."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.domain.errors import N_, Message
from app.domain.reviewing import ReviewState

# Longer than this between two reports, somebody was away from the desk.
LONGEST_PAUSE = timedelta(minutes=30)


class Standing(StrEnum):
    """How far one evaluator is with one report; also what a list may be narrowed to."""

    NOT_BEGUN = "not_begun"
    BEGUN = "begun"
    LOCKED = "locked"
    RETURNED = "returned"
    MODERATION = "moderation"


STANDING_NAMES = {
    Standing.NOT_BEGUN: N_("Not reviewed yet"),
    Standing.BEGUN: N_("Review begun"),
    Standing.LOCKED: N_("Reviewed"),
    Standing.RETURNED: N_("With the office"),
    Standing.MODERATION: N_("Waiting for moderation"),
}


def standing(state: str, *, begun: bool, submitted: bool, in_moderation: bool) -> Standing:
    """Where a review stands. A report that is not handed in at the moment is with its office; that others disagree is told of a locked
    review alone."""
    if not submitted:
        return Standing.RETURNED
    if state == ReviewState.LOCKED:
        return Standing.MODERATION if in_moderation else Standing.LOCKED
    return Standing.BEGUN if begun else Standing.NOT_BEGUN


def mean_minutes(locked_at: Iterable[datetime]) -> float | None:
    """Mean minutes for a report, from the times between one lock and the next; pauses are left out. None where nothing can be said."""
    moments = sorted(locked_at)
    between = [later - earlier for earlier, later in itertools.pairwise(moments) if later - earlier <= LONGEST_PAUSE]
    return sum(between, timedelta()).total_seconds() / 60 / len(between) if between else None


@dataclass(frozen=True)
class Progress:
    """How far one evaluator is with all that was assigned. `minutes` is the mean for a report, None while it can't be told."""

    assigned: int = 0
    locked: int = 0
    minutes: float | None = None
    due_on: date | None = None

    @property
    def left(self) -> int:
        return self.assigned - self.locked

    @property
    def percent(self) -> int:
        """Locked of assigned; 100 only when nothing is left."""
        return self.locked * 100 // self.assigned if self.assigned else 0

    def days_left(self, today: date) -> int | None:
        """Days until it must be done, today counted; None without a date, 0 once it has passed."""
        return max(0, (self.due_on - today).days + 1) if self.due_on else None

    def needed_a_day(self, today: date) -> int | None:
        """How many reports a day are needed to be done in time; None without a date or after it."""
        days = self.days_left(today)
        return -(-self.left // days) if days else None


def beside_own(level: int, own: int | None) -> Message:
    """A level beside the office's self-assessment, in words."""
    if own is None:
        return Message(N_("The office did not assess itself"))
    if level == own:
        return Message(N_("The same as the self-assessment"))
    text = N_("%(count)d levels below the self-assessment") if level < own else N_("%(count)d levels above the self-assessment")
    return Message(text, {"count": abs(level - own)})
