"""Whether somebody must not see yet what an office said of itself: while a review of theirs is open."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from app.domain.access import Actor
from app.domain.reviewing import ReviewState
from app.extensions import db
from app.models import Area, HandIn, Indicator, OfficeHandIn, Review, Round


def _found(actor: Actor, *conditions: ColumnElement[bool]) -> bool:
    """Whether the actor has an open review of which all this holds."""
    own = (Review.evaluator_id == actor.user_id, Review.state == ReviewState.OPEN)
    return db.session.scalar(select(Review.id).where(*own, *conditions).limit(1)) is not None


def blind_to_report(actor: Actor, round_code: str, area_code: str, indicator_code: str | None) -> bool:
    """For the report at an address; without an indicator for anything that tells of all reports of an office."""
    conditions: list[ColumnElement[bool]] = [
        Review.round_id == select(Round.id).where(Round.code == round_code).scalar_subquery(),
        Review.area_id == select(Area.id).where(Area.code == area_code).scalar_subquery(),
    ]
    if indicator_code is not None:
        conditions.append(Review.indicator_id.in_(select(Indicator.id).where(Indicator.full_code == indicator_code)))
    return _found(actor, *conditions)


def blind_in_round(actor: Actor, round_code: str) -> bool:
    """For anything that tells of single reports of a whole round."""
    return _found(actor, Review.round_id == select(Round.id).where(Round.code == round_code).scalar_subquery())


def blind_to_receipt(actor: Actor, number: str) -> bool:
    """For the receipt with this number, of a report or of a whole round."""
    reports = select(HandIn.submission_id).where(HandIn.receipt_number == number)
    wholes = select(OfficeHandIn.id).where(
        OfficeHandIn.receipt_number == number,
        OfficeHandIn.round_id == Review.round_id,
        OfficeHandIn.area_id == Review.area_id,
    )
    return _found(actor, Review.submission_id.in_(reports) | wholes.exists())


def withheld(actor: Actor, round_id: int) -> frozenset[tuple[int, int]]:
    """The reports of a round of which the actor must not see yet what the office says of itself, as (office, indicator) by their ids."""
    own = (Review.evaluator_id == actor.user_id, Review.state == ReviewState.OPEN, Review.round_id == round_id)
    return frozenset(
        (area, indicator) for area, indicator in db.session.execute(select(Review.area_id, Review.indicator_id).where(*own))
    )
