"""Returns of single points: those that wait, those that are overdue, what came back, whom to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app import scope
from app.domain.access import Duty
from app.domain.returning import ReturnState
from app.domain.reviewing import ReviewState
from app.extensions import db
from app.models import Area, Assignment, Indicator, Profile, ReportReturn, Review, Round, Submission

ROWS = 300


@dataclass(frozen=True)
class Wanted:
    """Which returns: all of a round, or those of an evaluator's own reviews; of one state, or those that are overdue."""

    evaluator_id: int | None = None
    state: str = ""


def listed(round_id: int, wanted: Wanted, now: datetime) -> list[ReportReturn]:
    """Returns of a round, what is due first on top, in one statement and one for their points."""
    statement = (
        select(ReportReturn)
        .join(ReportReturn.area)
        .where(ReportReturn.round_id == round_id)
        .options(
            contains_eager(ReportReturn.area),
            joinedload(ReportReturn.indicator),
            joinedload(ReportReturn.submission),
            selectinload(ReportReturn.items),
        )
        .order_by(ReportReturn.due_at, Area.sort_order, ReportReturn.id)
        .limit(ROWS)
    )
    if wanted.evaluator_id is not None:
        mine = select(Review.submission_id).where(
            Review.evaluator_id == wanted.evaluator_id, Review.state != ReviewState.RELEASED
        )
        statement = statement.where(ReportReturn.submission_id.in_(mine))
    if wanted.state == "overdue":
        statement = statement.where(ReportReturn.state == ReturnState.OPEN, ReportReturn.due_at <= now)
    elif wanted.state == ReturnState.OPEN:
        statement = statement.where(ReportReturn.state == ReturnState.OPEN, ReportReturn.due_at > now)
    elif wanted.state == ReturnState.ANSWERED:
        statement = statement.where(ReportReturn.state == ReturnState.ANSWERED, ReportReturn.seen_at.is_(None))
    return list(db.session.scalars(statement).unique())


def by_id(return_id: int) -> ReportReturn | None:
    """A return with its points, read afresh."""
    statement = (
        select(ReportReturn)
        .where(ReportReturn.id == return_id)
        .options(joinedload(ReportReturn.items))
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).unique().one_or_none()


def last_of(submission_id: int) -> ReportReturn | None:
    """The latest return of a report with its points, what was returned and what came back; one that was taken back is none."""
    statement = (
        select(ReportReturn)
        .where(ReportReturn.submission_id == submission_id, ReportReturn.state != ReturnState.TAKEN_BACK)
        .options(joinedload(ReportReturn.items), joinedload(ReportReturn.hand_in), joinedload(ReportReturn.answer))
        .order_by(ReportReturn.id.desc())
    )
    return db.session.scalars(statement).unique().first()


def due_to_count(now: datetime) -> list[int]:
    """Ids of open returns whose time is over and in which the office did something since."""
    statement = (
        select(ReportReturn.id)
        .join(ReportReturn.submission)
        .where(ReportReturn.state == ReturnState.OPEN, ReportReturn.due_at <= now)
        .where(Submission.changed_at > ReportReturn.returned_at)
        .order_by(ReportReturn.id)
    )
    return list(db.session.scalars(statement))


def address_of(found: ReportReturn) -> tuple[Round, Area, Indicator]:
    """What a return is about."""
    statement = (
        select(Round, Area, Indicator)
        .select_from(ReportReturn)
        .join(ReportReturn.round)
        .join(ReportReturn.area)
        .join(ReportReturn.indicator)
        .where(ReportReturn.id == found.id)
        .options(joinedload(Indicator.part))
    )
    row = db.session.execute(statement).unique().one()
    return row[0], row[1], row[2]


def people_to_tell(found: ReportReturn) -> list[User]:
    """Active coordinators and directors of the office, and who is responsible for the indicator there."""
    owners = select(Assignment.user_id).where(
        Assignment.round_id == found.round_id,
        Assignment.area_id == found.area_id,
        Assignment.indicator_id == found.indicator_id,
    )
    leading = select(User.id).join(User.roles).where(Role.name.in_((Duty.COORDINATOR, Duty.DIRECTOR)))
    statement = (
        select(User)
        .join(Profile, Profile.user_id == User.id)
        .where(Profile.area_id == found.area_id, User.active, or_(User.id.in_(owners), User.id.in_(leading)))
        .order_by(User.id)
    )
    with scope.whole_country("people of an office are told what was returned"):
        return list(db.session.scalars(statement).unique())


def evaluators_of(submission_id: int) -> list[User]:
    """Who reviews a report."""
    statement = (
        select(User)
        .join(Review, Review.evaluator_id == User.id)
        .where(Review.submission_id == submission_id, Review.state != ReviewState.RELEASED, User.active)
    )
    with scope.whole_country("the evaluators of a report are told"):
        return list(db.session.scalars(statement).unique())
