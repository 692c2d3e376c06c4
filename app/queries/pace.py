"""How many reports were first sent on which day of this round and of earlier ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, Integer, cast, extract, func, literal, null, or_, select, union_all

from app.domain import calendar, pace
from app.domain.pace import Curve
from app.extensions import db
from app.models import Area, HandIn, Indicator, Part, Round, Submission
from app.queries.board import Filter, of_the_office

_DAY = 86400
EVERYTHING = Filter()


@dataclass(frozen=True)
class Pace:
    """A round with its curve."""

    round: Round
    curve: Curve


def earlier(found: Round, rounds: Sequence[Round]) -> list[Round]:
    """The latest rounds whose deadline lies before this one's opening; rehearsals never count."""
    past = [row for row in rounds if not row.is_rehearsal and row.window.deadline <= found.opens_at and row.id != found.id]
    return sorted(past, key=lambda row: row.closes_at, reverse=True)[: pace.MOST_PAST_ROUNDS]


def paces(rounds: Sequence[Round], wanted: Filter = EVERYTHING, *, until: datetime | None = None) -> list[Pace]:
    """The curves of these rounds, in one statement. Earlier rounds in which nothing was sent are left out, the first never is.

    Where the board is narrowed, only its offices and its indicator count; with `until` only what was sent by that moment."""
    ids = [row.id for row in rounds]
    offset = int((calendar.local(rounds[0].opens_at).utcoffset() or timedelta()).total_seconds())
    # The number of the day on the wall clock, counted from 1 January 1970.
    day = (cast(extract("epoch", HandIn.handed_in_at), BigInteger) + offset) // literal(_DAY, Integer, literal_execute=True)
    applies = or_(Indicator.applies_to == "both", Indicator.applies_to == Area.kind)
    counted = [*of_the_office(wanted), Indicator.active, Part.active]
    if wanted.indicator:
        counted.append(Indicator.full_code == wanted.indicator)
    in_time = [HandIn.handed_in_at <= until] if until else []
    sent = (
        select(Submission.round_id, day.label("day"), func.count().label("number"))
        .join(Submission, Submission.id == HandIn.submission_id)
        .join(Area, Area.id == Submission.area_id)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .join(Part, Part.id == Indicator.part_id)
        .where(HandIn.sequence == 1, Submission.round_id.in_(ids), applies, *counted, *in_time)
        .group_by(Submission.round_id, day)
    )
    asked = (
        select(Indicator.round_id, cast(null(), Integer), func.count())
        .join(Part, Part.id == Indicator.part_id)
        .join(Area, applies)
        .where(Indicator.round_id.in_(ids), *counted)
        .group_by(Indicator.round_id)
    )
    by_day: dict[int, dict[int, int]] = {row.id: {} for row in rounds}
    totals: dict[int, int] = {}
    for round_id, number_of_day, number in db.session.execute(union_all(sent, asked)):
        if number_of_day is None:
            totals[round_id] = number
        else:
            by_day[round_id][number_of_day] = number
    made = [Pace(row, _curve(row, by_day[row.id], totals.get(row.id, 0))) for row in rounds]
    return made[:1] + [one for one in made[1:] if sum(one.curve.sent_by_day)]


def _curve(found: Round, by_day: dict[int, int], asked: int) -> Curve:
    first, last = _day_of(found.opens_at), _day_of(found.window.deadline)
    until = max([last, *by_day])
    early = sum(number for when, number in by_day.items() if when < first)
    daily = [by_day.get(when, 0) for when in range(first, until + 1)]
    daily[0] += early
    return Curve(tuple(daily), last - first + 1, asked)


def _day_of(moment: datetime) -> int:
    local = calendar.local(moment)
    return local.toordinal() - date(1970, 1, 1).toordinal()
