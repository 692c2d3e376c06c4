"""What the clock asks for: times that are over, reports left in them, offices that still owe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain import workflow
from app.domain.access import Duty
from app.domain.deadlines import SETTLE, Timing
from app.extensions import db
from app.models import Area, Extension, Indicator, Part, Profile, Round, Submission
from app.queries.round import ANNOUNCED


@dataclass(frozen=True)
class Ended:
    """A time that is over and not counted yet: everybody's in a round, or that of one extension."""

    round: Round
    closes_at: datetime
    extension: Extension | None = None


def extensions_of(round_id: int) -> list[Extension]:
    """Every extension in use of a round, whosever."""
    statement = (
        select(Extension)
        .where(Extension.round_id == round_id, Extension.active)
        .options(joinedload(Extension.indicator), joinedload(Extension.round))
    )
    return list(db.session.scalars(statement))


def ended(now: datetime) -> list[Ended]:
    """Times that are over, with a little patience for what was in flight."""
    found = []
    for row in db.session.scalars(select(Round).where(Round.active, ANNOUNCED).order_by(Round.closes_at)):
        if row.counted_for != row.closes_at and row.window.ends_at + SETTLE <= now:
            found.append(Ended(row, row.closes_at))
        for extension in extensions_of(row.id):
            window = row.window_with(extension, indicator_id=extension.indicator_id)
            if window.extended and extension.counted_at is None and window.ends_at + SETTLE <= now:
                found.append(Ended(row, window.closes_at, extension))
    return found


def left_in(time: Ended, now: datetime) -> list[int]:
    """Ids of reports that were begun and not sent and whose own time is over, in a fixed order. One of which points were returned has
    the time of its return."""
    extensions = extensions_of(time.round.id)
    statement = (
        select(Submission.id, Submission.area_id, Submission.indicator_id)
        .where(Submission.round_id == time.round.id, Submission.state == workflow.State.DRAFT)
        .order_by(Submission.area_id, Submission.id)
    )
    if time.extension is not None:
        statement = statement.where(Submission.area_id == time.extension.area_id)
    found = []
    for submission_id, area_id, indicator_id in db.session.execute(statement):
        own = (row for row in extensions if row.area_id == area_id)
        if time.round.window_with(*own, indicator_id=indicator_id).ends_at + SETTLE <= now:
            found.append(submission_id)
    return found


def rounds_to_remind(now: datetime) -> list[Round]:
    """Rounds whose reminder is due and has not gone out. Nobody is reminded of a rehearsal."""
    statement = select(Round).where(
        Round.active,
        ANNOUNCED,
        Round.is_rehearsal.is_(False),
        Round.reminds_at <= now,
        Round.closes_at > now,
        Round.reminded_at.is_(None),
    )
    return list(db.session.scalars(statement))


def owing(round_id: int) -> dict[int, list[str]]:
    """Full codes of the indicators that each office still has to submit, by area id; offices that owe nothing are left out."""
    asked = list(
        db.session.execute(
            select(Indicator.id, Indicator.full_code, Indicator.applies_to)
            .join(Part, Part.id == Indicator.part_id)
            .where(Indicator.round_id == round_id, Indicator.active, Part.active)
            .order_by(Part.sort_order, Indicator.sort_order)
        )
    )
    sent = set(
        db.session.execute(
            select(Submission.area_id, Submission.indicator_id).where(
                Submission.round_id == round_id, Submission.state == workflow.State.SUBMITTED
            )
        ).tuples()
    )
    found: dict[int, list[str]] = {}
    for area_id, kind in db.session.execute(select(Area.id, Area.kind).where(Area.active)):
        codes = [
            code for indicator_id, code, applies in asked if applies in ("both", kind) and (area_id, indicator_id) not in sent
        ]
        if codes:
            found[area_id] = codes
    return found


def counted_at_closing(round_id: int) -> dict[int, list[str]]:
    """Full codes of the indicators that count as submitted because they were complete at closing, by area id."""
    statement = (
        select(Submission.area_id, Indicator.full_code)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .where(Submission.round_id == round_id, Submission.timing == Timing.CLOSING)
        .order_by(Submission.area_id, Indicator.sort_order)
    )
    found: dict[int, list[str]] = {}
    for area_id, code in db.session.execute(statement):
        found.setdefault(area_id, []).append(code)
    return found


def coordinators_of(area_ids: Iterable[int]) -> list[User]:
    """Active coordinators of these offices."""
    statement = (
        select(User)
        .join(User.roles)
        .join(Profile, Profile.user_id == User.id)
        .where(Role.name == Duty.COORDINATOR, User.active, Profile.area_id.in_(list(area_ids)))
        .order_by(User.id)
    )
    return list(db.session.scalars(statement).unique())


def rounds_open_between(began_at: datetime, ended_at: datetime) -> list[Round]:
    """Rounds in which offices could have worked at some moment of a span."""
    statement = select(Round).where(
        Round.active, ANNOUNCED, Round.is_rehearsal.is_(False), Round.opens_at < ended_at, Round.closes_at > began_at
    )
    return list(db.session.scalars(statement))
