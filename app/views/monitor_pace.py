"""The picture and the words of the pace: how much was sent by when, in this round and in earlier ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext, ngettext

from app.domain import pace
from app.domain.calendar import as_utc, local
from app.domain.pace import Basis, Curve, Forecast
from app.models import Round
from app.queries.pace import Pace

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 400, 210, 40, 24, 28


def elapsed(found: Round, now: datetime) -> float:
    """The part of the time to the deadline that has passed: below 0 before the opening, above 1 after the deadline."""
    opened, deadline = as_utc(found.opens_at), found.window.deadline
    return (as_utc(now) - opened) / (deadline - opened)


@dataclass(frozen=True)
class PaceLine:
    """One round: its line in the picture, percent sent by this moment of the round and by its deadline."""

    round: Round
    points: str
    end: tuple[float, float]
    by_now: int
    by_deadline: int | None


@dataclass(frozen=True)
class DayRow:
    """One day of this round, with percent sent by its end in each round; None for what is to come."""

    day: datetime
    shares: list[int | None]


@dataclass(frozen=True)
class PacePage:
    """This round and the earlier ones, with what is expected."""

    paces: list[Pace]
    forecast: Forecast
    elapsed: float

    @property
    def lines(self) -> list[PaceLine]:
        """This round first."""
        part = min(1.0, max(0.0, self.elapsed))
        made = []
        for place, one in enumerate(self.paces):
            own = place == 0
            points = _points(one.curve, part if own else 1.0)
            by_now = one.curve.share_at(part)
            if own and self.elapsed < 1:
                by_now = one.curve.share_sent
                points[-1] = _at(part, by_now)
            by_deadline = None if own and self.elapsed < 1 else _percent(one.curve.share_at(1))
            made.append(PaceLine(one.round, _path(points), points[-1], _percent(by_now), by_deadline))
        return made

    @property
    def days(self) -> list[DayRow]:
        own = self.paces[0]
        first = local(own.round.opens_at)
        last = self.elapsed * own.curve.days
        return [
            DayRow(
                first + timedelta(days=number),
                [_percent(own.curve.share_after(number + 1)) if number < last else None]
                + [_percent(one.curve.share_at((number + 1) / own.curve.days)) for one in self.paces[1:]],
            )
            for number in range(own.curve.days)
        ]

    @property
    def sentence(self) -> str:
        """The forecast in words."""
        found = self.forecast
        if found.basis is Basis.PAST_ROUNDS:
            said = ngettext(
                "As in %(num)d past round, about %(percent)d%% will have been sent by the deadline.",
                "As in %(num)d past rounds, about %(percent)d%% will have been sent by the deadline.",
                found.rounds,
                percent=found.percent,
            )
            if found.lowest != found.highest:
                said += " " + gettext("Span: %(lowest)d–%(highest)d%%.", lowest=found.lowest, highest=found.highest)
            return said
        if found.basis is Basis.OWN_PACE:
            return gettext(
                "At the pace of the last %(days)d days, about %(percent)d%% will have been sent by the deadline. There is no earlier"
                " round to compare with.",
                days=pace.RECENT_DAYS,
                percent=found.percent,
            )
        return gettext(pace.WHY_NOT[found.basis])


def page_of(paces: list[Pace], *, sent: int, now: datetime) -> PacePage:
    """The pace of a round, the first of these, of whose reports so many stand as sent now."""
    own = paces[0]
    part = elapsed(own.round, now)
    past = [one.curve for one in paces[1:]]
    return PacePage(paces, pace.forecast(own.curve, past, sent=sent, elapsed=part), part)


def _percent(share: float) -> int:
    return round(share * 100)


def _points(curve: Curve, until: float) -> list[tuple[float, float]]:
    """Where a line runs, a point a day, up to this part of its time."""
    parts = [number / curve.days for number in range(curve.days) if number / curve.days < until] + [until]
    return [_at(part, curve.share_at(part)) for part in parts]


def _at(part: float, share: float) -> tuple[float, float]:
    across, down = WIDTH - LEFT - 12, HEIGHT - TOP - BOTTOM
    return (round(LEFT + part * across, 1), round(TOP + (1 - share) * down, 1))


def _path(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
