"""What waits for a moderator, what was decided, and how evaluators differ from each other and from the offices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload

from app.domain.drift import Locked
from app.domain.reviewing import Basis, ReviewState
from app.extensions import db
from app.models import Answer, Area, Indicator, Moderation, Outcome, Review

ROWS = 300


@dataclass(frozen=True)
class Waiting:
    """A report in the moderator's queue: why, since when, the levels that were given and the office's own. A reader who has still to lock
    a review of it learns neither."""

    moderation: Moderation
    levels: tuple[int, ...]
    self_level: int | None


def _unlocked_by(reader_id: int | None) -> Select[tuple[int]]:
    """The reports of which a reader has still to lock a review."""
    return select(Review.submission_id).where(Review.evaluator_id == reader_id, Review.state == ReviewState.OPEN)


def waiting(round_id: int, *, reader_id: int | None) -> list[Waiting]:
    """The queue of a round, the oldest first, in two statements."""
    blind = Moderation.submission_id.in_(_unlocked_by(reader_id))
    statement = (
        select(Moderation, Answer.value, blind)
        .join(Moderation.area)
        .join(Moderation.indicator)
        .outerjoin(Answer, (Answer.submission_id == Moderation.submission_id) & (Answer.field_key == "self_level"))
        .where(Moderation.round_id == round_id, Moderation.ended_at.is_(None))
        .options(contains_eager(Moderation.area), contains_eager(Moderation.indicator))
        .order_by(Moderation.opened_at, Area.sort_order, Indicator.sort_order)
        .limit(ROWS)
    )
    rows: Sequence[Any] = db.session.execute(statement).all()
    levels: dict[int, list[int]] = {}
    given = select(Review.submission_id, Review.level).where(
        Review.submission_id.in_([row[0].submission_id for row in rows if not row[2]]), Review.state == ReviewState.LOCKED
    )
    for submission_id, level in db.session.execute(given.order_by(Review.id)):
        levels.setdefault(submission_id, []).append(level)
    return [
        Waiting(moderation, tuple(levels.get(moderation.submission_id, ())), int(own) if own and not is_blind else None)
        for moderation, own, is_blind in rows
    ]


def decided(round_id: int, most: int = 50, *, reader_id: int | None) -> list[Outcome]:
    """What moderators decided, the latest first, but for reports of which the reader has still to lock a review."""
    statement = (
        select(Outcome)
        .where(Outcome.round_id == round_id, Outcome.basis == Basis.MODERATED)
        .where(Outcome.submission_id.not_in(_unlocked_by(reader_id)))
        .options(joinedload(Outcome.area), joinedload(Outcome.indicator))
        .order_by(Outcome.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(statement).unique())


def locked(round_id: int) -> list[Locked]:
    """Every locked review of a round with the level that its colleagues gave the same report and the office its own, in the order of
    locking, in one statement."""
    statement = (
        select(
            Review.evaluator_id,
            Review.evaluator_name,
            Review.submission_id,
            Review.level,
            Review.locked_at,
            Answer.value,
        )
        .outerjoin(Answer, (Answer.submission_id == Review.submission_id) & (Answer.field_key == "self_level"))
        .where(Review.round_id == round_id, Review.state == ReviewState.LOCKED)
        .order_by(Review.locked_at, Review.id)
    )
    return [
        Locked(evaluator_id, name, submission_id, level, int(own) if own else None)
        for evaluator_id, name, submission_id, level, _, own in db.session.execute(statement)
    ]
