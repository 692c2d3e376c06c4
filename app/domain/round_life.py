"""The life of a round: preparing → open → closed → in review → published → archived.

Opening and closing follow the clock; the steps that change what people see or may do are taken by hand, each saying beforehand what it
will do. What is stored is the `Stage`; what people read is the `Standing`, stage and clock in one word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.deadlines import Phase, Window, phase
from app.domain.errors import N_, Conflict


class Stage(StrEnum):
    """How far the centre has brought a round. Offices see it from RUNNING on."""

    PREPARING = "preparing"
    RUNNING = "running"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Standing(StrEnum):
    """Where a round stands, for people."""

    PREPARING = "preparing"
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"
    REVIEW = "review"
    PUBLISHED = "published"
    ARCHIVED = "archived"


STANDING_NAMES = {
    Standing.PREPARING: N_("Being prepared"),
    Standing.UPCOMING: N_("Not open yet"),
    Standing.OPEN: N_("Open"),
    Standing.CLOSED: N_("Closed"),
    Standing.REVIEW: N_("In review"),
    Standing.PUBLISHED: N_("Published"),
    Standing.ARCHIVED: N_("Archived"),
}


def standing(stage: str, window: Window, now: datetime) -> Standing:
    """Where a round stands at this moment."""
    if stage != Stage.RUNNING:
        return Standing(stage)
    return {Phase.UPCOMING: Standing.UPCOMING, Phase.OPEN: Standing.OPEN, Phase.CLOSED: Standing.CLOSED}[phase(window, now)]


class Step(StrEnum):
    """What the centre does to a round by hand."""

    ANNOUNCE = "announce"
    WITHDRAW = "withdraw"
    OPEN_NOW = "open-now"
    CLOSE_NOW = "close-now"
    REOPEN = "reopen"
    BEGIN_REVIEW = "begin-review"
    END_REVIEW = "end-review"
    PUBLISH = "publish"
    ARCHIVE = "archive"
    BRING_BACK = "bring-back"


# Where a step leads; opening and closing move the dates, the clock does the rest.
STEPS: dict[tuple[Standing, Step], Stage] = {
    (Standing.PREPARING, Step.ANNOUNCE): Stage.RUNNING,
    (Standing.UPCOMING, Step.OPEN_NOW): Stage.RUNNING,
    (Standing.UPCOMING, Step.WITHDRAW): Stage.PREPARING,
    (Standing.OPEN, Step.CLOSE_NOW): Stage.RUNNING,
    (Standing.CLOSED, Step.BEGIN_REVIEW): Stage.REVIEW,
    (Standing.CLOSED, Step.REOPEN): Stage.RUNNING,
    (Standing.REVIEW, Step.PUBLISH): Stage.PUBLISHED,
    (Standing.REVIEW, Step.END_REVIEW): Stage.RUNNING,
    (Standing.PUBLISHED, Step.ARCHIVE): Stage.ARCHIVED,
    (Standing.ARCHIVED, Step.BRING_BACK): Stage.PUBLISHED,
}
# A rehearsal is opened and closed; nothing of it is reviewed or published.
REHEARSAL_STEPS = frozenset({Step.CLOSE_NOW, Step.REOPEN})
# The usual way forward; the others are exceptions.
FORWARD = frozenset({Step.ANNOUNCE, Step.BEGIN_REVIEW, Step.PUBLISH, Step.ARCHIVE})
WITH_REASON = frozenset({Step.CLOSE_NOW, Step.REOPEN, Step.END_REVIEW, Step.WITHDRAW})

STEP_NAMES = {
    Step.ANNOUNCE: N_("Announce the round"),
    Step.WITHDRAW: N_("Take back the announcement"),
    Step.OPEN_NOW: N_("Open now"),
    Step.CLOSE_NOW: N_("Close now"),
    Step.REOPEN: N_("Open again"),
    Step.BEGIN_REVIEW: N_("Begin the review"),
    Step.END_REVIEW: N_("Take the review back"),
    Step.PUBLISH: N_("Publish the results"),
    Step.ARCHIVE: N_("Put into the archive"),
    Step.BRING_BACK: N_("Bring back from the archive"),
}
# What a step will do, in sentences; the figures beside them are `SHOWS`.
SAYS: dict[Step, tuple[str, ...]] = {
    Step.ANNOUNCE: (
        N_("Every office sees the round, its questions and its dates."),
        N_("It opens and closes by its dates, without another press."),
    ),
    Step.WITHDRAW: (N_("Offices do not see the round any more until it is announced again."),),
    Step.OPEN_NOW: (N_("Every office can report from this moment on, before the day that was announced."),),
    Step.CLOSE_NOW: (
        N_("Nothing new can be begun or attached from this moment on."),
        N_(
            "What was begun can be finished in the grace; then complete reports count as submitted and of the others a copy is kept."
        ),
        N_("Offices that were given more time keep it."),
    ),
    Step.REOPEN: (
        N_("Every office can report again until the new closing."),
        N_("Reports that were counted at closing stay submitted and can be edited."),
    ),
    Step.BEGIN_REVIEW: (
        N_("What offices handed in is now reviewed; an office can no longer withdraw its hand-in."),
        N_("Offices that were given more time can still report until it ends."),
    ),
    Step.END_REVIEW: (N_("The round is closed and not reviewed: offices may withdraw a hand-in again."),),
    Step.PUBLISH: (
        N_("The round counts as published, and every office with a letter finds its results and is told, once."),
        N_(
            "This happens by itself at the moment for which the letters are released; the step is for when the worker stood still."
        ),
    ),
    Step.ARCHIVE: (N_("The round leaves the lists of current work. Everything in it stays readable at its address."),),
    Step.BRING_BACK: (N_("The round stands in the lists again, as published."),),
}


@dataclass(frozen=True)
class Counts:
    """How a round stands, over all offices: what a step says before it is taken.

    `offices` must report something, `complete` of them sent everything; `sent`, `ready`, `begun` and `untouched` add up to all reports
    asked for. `longer` are offices whose more time still runs, `unreachable` those without a coordinator to tell."""

    offices: int = 0
    complete: int = 0
    sent: int = 0
    ready: int = 0
    begun: int = 0
    untouched: int = 0
    longer: int = 0
    people: int = 0
    unreachable: int = 0


COUNT_NAMES: dict[str, str] = {
    "offices": N_("Offices concerned"),
    "complete": N_("Offices that submitted everything"),
    "sent": N_("Reports submitted"),
    "ready": N_("Complete, not submitted"),
    "begun": N_("Begun, not complete"),
    "untouched": N_("Not begun"),
    "longer": N_("Offices with more time"),
    "people": N_("People told"),
    "unreachable": N_("Offices without a coordinator"),
}
_PROGRESS = ("offices", "complete", "sent", "ready", "begun", "untouched", "longer")
SHOWS: dict[Step, tuple[str, ...]] = {
    Step.ANNOUNCE: ("offices", "people", "unreachable"),
    Step.WITHDRAW: ("offices", "people"),
    Step.OPEN_NOW: ("offices", "people", "unreachable"),
    Step.CLOSE_NOW: (*_PROGRESS, "people"),
    Step.REOPEN: (*_PROGRESS, "people"),
    Step.BEGIN_REVIEW: _PROGRESS,
    Step.END_REVIEW: ("offices",),
    Step.PUBLISH: ("offices", "people", "unreachable"),
    Step.ARCHIVE: ("offices",),
    Step.BRING_BACK: ("offices",),
}


def steps_from(where: Standing, *, is_rehearsal: bool = False) -> list[Step]:
    """The steps that can be taken from here, the way forward first."""
    return [step for place, step in STEPS if place is where and (not is_rehearsal or step in REHEARSAL_STEPS)]


def stage_after(where: Standing, step: Step, *, is_rehearsal: bool = False) -> Stage:
    """Where a step leads. Raises Conflict for one that cannot be taken from here."""
    if step not in steps_from(where, is_rehearsal=is_rehearsal):
        raise Conflict(N_("This step can't be taken any more: the round stands elsewhere by now. Look at it again."))
    return STEPS[where, step]
