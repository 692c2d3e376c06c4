"""How fast reports come in, and where that leads by the deadline.

The rule of the forecast: in past rounds, what was sent in the end stood in some proportion to what had been sent when the same share of
the time had passed. The mean of these proportions, times what is sent now, is what is expected; the smallest and the largest give the
span. Past rounds in which less than 5 % had been sent by then say nothing. In a first round the daily number of the last 7 days simply
goes on. Where neither can be had there is no forecast, and it is said why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import N_

MOST_PAST_ROUNDS = 3
LEAST_PAST_SHARE = 0.05
LEAST_ELAPSED = 0.25
RECENT_DAYS = 7


@dataclass(frozen=True)
class Curve:
    """Reports sent for the first time on each day of a round. `sent_by_day` begins with the day of opening; `days` is how many
    calendar days lie from there to the deadline, both counted; `asked` is how many reports there should be."""

    sent_by_day: tuple[int, ...]
    days: int
    asked: int

    @property
    def share_sent(self) -> float:
        """The share sent (0–1) as it stands: what came today counts whole."""
        return min(1.0, sum(self.sent_by_day) / self.asked) if self.asked else 0.0

    def share_after(self, days: float) -> float:
        """The share sent (0–1) when so many days had passed, a begun day in proportion."""
        if not self.asked:
            return 0.0
        whole = min(int(days), len(self.sent_by_day))
        begun = self.sent_by_day[whole] * (days - whole) if whole < len(self.sent_by_day) else 0
        return min(1.0, (sum(self.sent_by_day[:whole]) + begun) / self.asked)

    def share_at(self, elapsed: float) -> float:
        """The share sent (0–1) when this part (0–1) of the time had passed."""
        return self.share_after(elapsed * self.days)


class Basis(StrEnum):
    """What a forecast is made from, or why there is none."""

    PAST_ROUNDS = "past_rounds"
    OWN_PACE = "own_pace"
    NOT_OPEN = "not_open"
    OVER = "over"
    NOTHING_SENT = "nothing_sent"
    TOO_EARLY = "too_early"


WHY_NOT = {
    Basis.NOT_OPEN: N_("No forecast: the round is not open yet."),
    Basis.OVER: N_("No forecast: the deadline has passed."),
    Basis.NOTHING_SENT: N_("No forecast: no report has been sent yet."),
    Basis.TOO_EARLY: N_("No forecast: it is too early in the round to say."),
}


@dataclass(frozen=True)
class Forecast:
    """Percent of the reports expected by the deadline (0–100), with the lowest and highest that the past rounds give."""

    basis: Basis
    percent: int | None = None
    lowest: int | None = None
    highest: int | None = None
    rounds: int = 0


def forecast(own: Curve, past: Sequence[Curve], *, sent: int, elapsed: float) -> Forecast:
    """What is expected by the deadline. `sent` reports stand as sent now; `elapsed` is the part of the time that has passed: below 0
    before the opening, 1 and more from the deadline on."""
    if elapsed < 0:
        return Forecast(Basis.NOT_OPEN)
    if elapsed >= 1:
        return Forecast(Basis.OVER)
    if not sent or not own.asked:
        return Forecast(Basis.NOTHING_SENT)
    if past:
        return _from_past(sent / own.asked, past, elapsed)
    if elapsed < LEAST_ELAPSED:
        return Forecast(Basis.TOO_EARLY)
    return Forecast(Basis.OWN_PACE, _percent((sent + _recent_per_day(own, elapsed) * own.days * (1 - elapsed)) / own.asked))


def _from_past(share: float, past: Sequence[Curve], elapsed: float) -> Forecast:
    factors = [curve.share_at(1) / then for curve in past if (then := curve.share_at(elapsed)) >= LEAST_PAST_SHARE]
    if not factors:
        return Forecast(Basis.TOO_EARLY)
    mean = sum(factors) / len(factors)
    return Forecast(
        Basis.PAST_ROUNDS,
        _percent(share * mean),
        _percent(share * min(factors)),
        _percent(share * max(factors)),
        len(factors),
    )


def _recent_per_day(own: Curve, elapsed: float) -> float:
    """Reports a day over the last week, or since the opening where that is less."""
    passed = max(1.0, elapsed * own.days)
    span = min(float(RECENT_DAYS), passed)
    return (own.share_sent - own.share_after(passed - span)) * own.asked / span


def _percent(share: float) -> int:
    return round(min(1.0, share) * 100)
