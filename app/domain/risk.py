"""Which offices will not make it, by a stated rule.

The work that an office has left is counted in reports: one that was not begun is 1, one that is begun or returned ½, one that is ready 0,
for it only needs to be sent. What it has done is the rest of what it must report; divided by the days since the opening that is its own
pace. Going on like that, it is behind where at least half a report would be left at its deadline. Before half of the time has passed
nothing is said, for most offices begin late; from then on an office that has begun nothing at all is named first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.calendar import as_utc
from app.domain.deadlines import Window
from app.domain.errors import N_

BEGUN_COUNTS = 0.5
LEAST_SHORTFALL = 0.5
SAYS_FROM = 0.5
_DAY = 86400.0


class Verdict(StrEnum):
    """How an office will fare by its deadline, the worst last."""

    DONE = "done"
    TOO_EARLY = "too_early"
    IN_TIME = "in_time"
    BEHIND = "behind"
    SILENT = "silent"
    OVERDUE = "overdue"


VERDICT_NAMES = {
    Verdict.DONE: N_("Everything sent"),
    Verdict.TOO_EARLY: N_("Too early to say"),
    Verdict.IN_TIME: N_("In time at this pace"),
    Verdict.BEHIND: N_("Too slow to make it"),
    Verdict.SILENT: N_("Nothing begun"),
    Verdict.OVERDUE: N_("Past the deadline"),
}
WILL_NOT_MAKE_IT = (Verdict.OVERDUE, Verdict.SILENT, Verdict.BEHIND)


@dataclass(frozen=True)
class Progress:
    """How many reports an office must send, and how far they are."""

    asked: int
    sent: int = 0
    ready: int = 0
    in_progress: int = 0
    returned: int = 0

    @property
    def owing(self) -> int:
        return max(0, self.asked - self.sent)

    @property
    def begun(self) -> int:
        return self.sent + self.ready + self.in_progress + self.returned

    @property
    def not_started(self) -> int:
        return max(0, self.asked - self.begun)

    @property
    def work_left(self) -> float:
        """In reports."""
        return self.not_started + BEGUN_COUNTS * (self.in_progress + self.returned)


@dataclass(frozen=True)
class Judgement:
    """The verdict on an office, and how many reports' worth of work would be left at its deadline."""

    verdict: Verdict
    shortfall: float = 0.0

    @property
    def will_not_make_it(self) -> bool:
        return self.verdict in WILL_NOT_MAKE_IT


def judge(progress: Progress, window: Window, now: datetime) -> Judgement:
    """Whether an office will have sent everything by its own deadline."""
    opened, deadline, at = as_utc(window.opens_at), window.deadline, as_utc(now)
    if not progress.owing:
        return Judgement(Verdict.DONE)
    if at >= deadline:
        return Judgement(Verdict.OVERDUE, float(progress.owing))
    if (at - opened) / (deadline - opened) < SAYS_FROM:
        return Judgement(Verdict.TOO_EARLY)
    if not progress.begun:
        return Judgement(Verdict.SILENT, float(progress.owing))
    passed, left = (at - opened).total_seconds() / _DAY, (deadline - at).total_seconds() / _DAY
    pace = (progress.asked - progress.work_left) / passed
    shortfall = progress.work_left - pace * left
    if shortfall >= LEAST_SHORTFALL:
        return Judgement(Verdict.BEHIND, shortfall)
    return Judgement(Verdict.IN_TIME)
