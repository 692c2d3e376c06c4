"""What a report's level rests on: its reviews, its moderation, the outcome that stands."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.domain.reviewing import ReviewState
from app.extensions import db
from app.models import HandIn, Moderation, Outcome, Review, ReviewPlan


def plan(round_id: int) -> ReviewPlan:
    """How a round is reviewed; the usual way where nothing was set, which is not in the session then."""
    found = db.session.get(ReviewPlan, round_id)
    if found is not None:
        return found
    defaults = {column.key: column.default.arg for column in ReviewPlan.__table__.columns if column.default is not None}
    return ReviewPlan(round_id=round_id, **defaults)


def living_reviews(submission_id: int) -> list[Review]:
    """The reviews of a report that were not taken from their evaluators, with what was written and what was locked, in the order of
    assignment."""
    statement = (
        select(Review)
        .where(Review.submission_id == submission_id, Review.state != ReviewState.RELEASED)
        .options(selectinload(Review.entries), joinedload(Review.hand_in))
        .order_by(Review.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement).unique())


def standing_outcome(submission_id: int) -> Outcome | None:
    """The outcome that counts now."""
    return db.session.scalar(select(Outcome).where(Outcome.submission_id == submission_id, Outcome.superseded_at.is_(None)))


def open_moderation(submission_id: int) -> Moderation | None:
    """The moderation that a report waits for."""
    return db.session.scalar(select(Moderation).where(Moderation.submission_id == submission_id, Moderation.ended_at.is_(None)))


def latest_hand_in(submission_id: int) -> HandIn | None:
    """What is reviewed: the latest hand-in of a report."""
    return db.session.scalar(
        select(HandIn).where(HandIn.submission_id == submission_id).order_by(HandIn.sequence.desc()).limit(1)
    )


def self_level(hand_in: HandIn | None) -> int | None:
    """The office's own level in a hand-in."""
    chosen = (hand_in.content.get("fields") or {}).get("self_level") if hand_in else None
    return int(chosen) if chosen else None
