"""Reviewing a report: verdicts, what a review must say before it is locked, and which level comes of several reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from app.domain.errors import N_, Correctable, Message
from app.domain.rubric import LEVELS
from app.domain.thai import is_blank, storable

MOST_TEXT = 2000
DEFAULT_GAP = 2
LEVEL, REASON, COMMENT = "level", "reason", "comment"


class Verdict(StrEnum):
    """What an evaluator found of one consideration issue."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    NOT_FOUND = "not_found"


VERDICT_NAMES = {
    Verdict.COMPLETE: N_("All there"),
    Verdict.PARTIAL: N_("Partly there"),
    Verdict.NOT_FOUND: N_("Not found"),
}


class ReviewState(StrEnum):
    """Of one evaluator's review. A released one was taken from its evaluator; what was written in it stays on record."""

    OPEN = "open"
    LOCKED = "locked"
    RELEASED = "released"


class Basis(StrEnum):
    """On what a settled level rests."""

    SINGLE = "single"
    AGREED = "agreed"
    MEAN = "mean"
    MODERATED = "moderated"
    APPEAL = "appeal"


BASIS_NAMES = {
    Basis.SINGLE: N_("One evaluator"),
    Basis.AGREED: N_("Evaluators agree"),
    Basis.MEAN: N_("Mean of the evaluators"),
    Basis.MODERATED: N_("Decided in moderation"),
    Basis.APPEAL: N_("Corrected after an appeal"),
}


class Cause(StrEnum):
    """Why a report goes to moderation."""

    SELF_GAP = "self_gap"
    EVALUATORS_APART = "evaluators_apart"
    ASKED = "asked"


CAUSE_NAMES = {
    Cause.SELF_GAP: N_("Far from the self-assessment"),
    Cause.EVALUATORS_APART: N_("Evaluators far apart"),
    Cause.ASKED: N_("An evaluator asked for it"),
}


def verdict_key(number: int) -> str:
    """The field of the verdict on a consideration issue: `verdict.<no>`."""
    return f"verdict.{number}"


def note_key(number: int) -> str:
    """The field of the evaluator's note on a consideration issue, which the office reads once it is published: `note.<no>`."""
    return f"note.{number}"


def field_keys(numbers: Sequence[int]) -> list[str]:
    """Every field of a review of an indicator with these consideration issues."""
    return [LEVEL, REASON, COMMENT, *(key(number) for number in numbers for key in (verdict_key, note_key))]


def read(key: str, typed: str | None) -> str | None:
    """A field as it is kept. Raises ValueError for what is no verdict or level, or too long a text."""
    value = storable(typed or "").strip() or None
    if value is None:
        return None
    if key == LEVEL:
        if value not in {str(level) for level in LEVELS}:
            raise ValueError(key)
        return value
    if key.startswith("verdict."):
        return Verdict(value).value
    if len(value) > MOST_TEXT:
        raise ValueError(key)
    return value


class IncompleteReview(Correctable):
    """Locking with something missing. `items` says what, by field."""

    def __init__(self, items: Mapping[str, Message]) -> None:
        super().__init__(N_("Not locked yet: %(count)d items to fix"), count=len(items))
        self.items = items


def missing(values: Mapping[str, str | None], numbers: Sequence[int]) -> dict[str, Message]:
    """What a review lacks before it can be locked, by field: a verdict on each issue, a level, and the reason for it."""
    lacking = {
        verdict_key(number): Message(N_("Issue %(number)d has no verdict"), {"number": number})
        for number in numbers
        if not values.get(verdict_key(number))
    }
    if not values.get(LEVEL):
        lacking[LEVEL] = Message(N_("Choose a level"))
    if is_blank(values.get(REASON) or ""):
        lacking[REASON] = Message(N_("Write the reason for the level"))
    return lacking


@dataclass(frozen=True)
class Settled:
    """What comes of the locked reviews of a report: a level with its basis, or the causes for moderation."""

    level: int | None = None
    basis: Basis | None = None
    causes: tuple[Cause, ...] = ()


def settle(self_level: int | None, levels: Sequence[int], *, gap: int) -> Settled:
    """Which level comes of all reviews of a report, or why it needs moderation.

    `gap` levels or more between evaluators, or between any of them and the self-assessment, ask for a moderator. Below it the level is
    the evaluators' mean, halves rounded up, which is in the office's favour. `levels` must not be empty."""
    causes = []
    if self_level is not None and any(abs(level - self_level) >= gap for level in levels):
        causes.append(Cause.SELF_GAP)
    if max(levels) - min(levels) >= gap:
        causes.append(Cause.EVALUATORS_APART)
    if causes:
        return Settled(causes=tuple(causes))
    if len(levels) == 1:
        return Settled(levels[0], Basis.SINGLE)
    mean = (Decimal(sum(levels)) / len(levels)).quantize(Decimal(1), ROUND_HALF_UP)
    return Settled(int(mean), Basis.AGREED if min(levels) == max(levels) else Basis.MEAN)
