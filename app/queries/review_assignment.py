"""Who could review what: evaluators with what waits for them, offices that they must not review, reports without enough evaluators."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Select, and_, case, func, or_, select, union
from sqlalchemy.orm import joinedload

from app.domain.access import Duty
from app.domain.distribution import Report
from app.domain.reviewing import ReviewState
from app.domain.round_life import Stage
from app.domain.thai import by_name
from app.domain.workflow import State
from app.extensions import db
from app.models import (
    Area,
    HandIn,
    Indicator,
    InterestConflict,
    Moderation,
    Outcome,
    Part,
    Profile,
    Review,
    ReviewEntry,
    Round,
    Submission,
)
from app.queries.board import Filter, in_use, of_the_office

REVIEWERS = (Duty.EVALUATOR, Duty.MODERATOR)


@dataclass(frozen=True)
class Standing:
    """How an evaluator stands in a round: reports assigned and locked, living conflicts of interest."""

    user: User
    assigned: int
    locked: int
    conflicts: int

    @property
    def waiting(self) -> int:
        return self.assigned - self.locked

    @property
    def may_review(self) -> bool:
        """Whether this person can be given more: of the centre, with the role, and the account in use."""
        duties = {role.name for role in self.user.roles}
        return bool(self.user.active and self.user.profile.area_id is None and duties & set(REVIEWERS))


@dataclass(frozen=True)
class Figures:
    """A round's reports: handed in, with at least one evaluator, with an outcome, waiting for a moderator."""

    reports: int
    assigned: int
    settled: int
    moderated: int


def evaluators(round_id: int) -> list[Standing]:
    """Everybody of the centre who may review, and whoever has reviews in the round without being able to go on, in the order of their
    names, in one statement."""
    reviews = (
        select(
            Review.evaluator_id,
            func.count().label("assigned"),
            func.count(case((Review.state == ReviewState.LOCKED, 1))).label("locked"),
        )
        .where(Review.round_id == round_id, Review.state != ReviewState.RELEASED)
        .group_by(Review.evaluator_id)
        .subquery()
    )
    conflicts = (
        select(InterestConflict.user_id, func.count().label("conflicts"))
        .where(InterestConflict.ended_at.is_(None))
        .group_by(InterestConflict.user_id)
        .subquery()
    )
    may = select(Role.id).where(Role.name.in_(REVIEWERS))
    statement = (
        select(User, reviews.c.assigned, reviews.c.locked, conflicts.c.conflicts)
        .join(Profile, Profile.user_id == User.id)
        .outerjoin(reviews, reviews.c.evaluator_id == User.id)
        .outerjoin(conflicts, conflicts.c.user_id == User.id)
        .where(or_(reviews.c.assigned > 0, and_(User.active, Profile.area_id.is_(None), User.roles.any(Role.id.in_(may)))))
        .options(joinedload(User.profile), joinedload(User.roles))
        .order_by(User.id)
    )
    rows = by_name(db.session.execute(statement).unique().tuples(), lambda row: row[0].profile.full_name)
    return [Standing(user, assigned or 0, locked or 0, held or 0) for user, assigned, locked, held in rows]


def barred(user_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Offices that these people must not review, by user id: a conflict that was declared, their own, and those for which they once handed
    a report in."""
    found: dict[int, set[int]] = {user_id: set() for user_id in user_ids}
    declared = select(InterestConflict.user_id, InterestConflict.area_id).where(
        InterestConflict.user_id.in_(user_ids), InterestConflict.ended_at.is_(None)
    )
    own = select(Profile.user_id, Profile.area_id).where(Profile.user_id.in_(user_ids), Profile.area_id.is_not(None))
    reported = select(HandIn.handed_in_by_id, HandIn.area_id).where(HandIn.handed_in_by_id.in_(user_ids))
    for user_id, area_id in db.session.execute(union(declared, own, reported)):
        found[user_id].add(area_id)
    return {user_id: frozenset(areas) for user_id, areas in found.items()}


def unsettled_with_reviews(round_id: int) -> list[int]:
    """Ids of reports of which a review is locked, and that have neither an outcome nor a moderator to wait for."""
    outcome = select(Outcome.id).where(Outcome.submission_id == Review.submission_id, Outcome.superseded_at.is_(None))
    waiting = select(Moderation.id).where(Moderation.submission_id == Review.submission_id, Moderation.ended_at.is_(None))
    statement = (
        select(Review.submission_id.distinct())
        .where(Review.round_id == round_id, Review.state == ReviewState.LOCKED, ~outcome.exists(), ~waiting.exists())
        .order_by(Review.submission_id)
    )
    return list(db.session.scalars(statement))


def is_barred(user_id: int, area_id: int) -> bool:
    """Whether one person must not review one office."""
    return area_id in barred([user_id])[user_id]


def to_share_out(found: Round, wanted: Filter, codes: Collection[str]) -> list[Report]:
    """The reports of a round that are handed in, of the chosen offices and indicators (all where none is chosen), with who reviews them, in two
    statements. In the order of indicators, then of offices."""
    statement = (
        select(Submission.id, Submission.area_id, Submission.indicator_id)
        .join(Area, Area.id == Submission.area_id)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .join(Part, Part.id == Indicator.part_id)
        .where(Submission.round_id == found.id, Submission.state.in_((State.SUBMITTED, State.RETURNED)))
        .where(*in_use(found, Filter()), *of_the_office(wanted))
        .order_by(Part.sort_order, Indicator.sort_order, Area.sort_order, Area.id)
    )
    if codes:
        statement = statement.where(Indicator.full_code.in_(codes))
    taken: dict[int, set[int]] = {}
    of_round = select(Review.submission_id, Review.evaluator_id).where(
        Review.round_id == found.id, Review.state != ReviewState.RELEASED
    )
    for submission_id, evaluator_id in db.session.execute(of_round):
        taken.setdefault(submission_id, set()).add(evaluator_id)
    return [
        Report(submission_id, area_id, indicator_id, frozenset(taken.get(submission_id, ())))
        for submission_id, area_id, indicator_id in db.session.execute(statement)
    ]


def figures(round_id: int) -> Figures:
    """How far a round is with its review, in one statement."""
    living = (Submission.round_id == round_id) & Submission.state.in_((State.SUBMITTED, State.RETURNED))
    reports = select(func.count(Submission.id)).where(living)
    assigned = select(func.count(Review.submission_id.distinct())).where(
        Review.round_id == round_id, Review.state != ReviewState.RELEASED
    )
    settled = select(func.count(Outcome.id)).where(Outcome.round_id == round_id, Outcome.superseded_at.is_(None))
    moderated = select(func.count(Moderation.id)).where(Moderation.round_id == round_id, Moderation.ended_at.is_(None))
    counted = select(*(part.scalar_subquery() for part in (reports, assigned, settled, moderated)))
    return Figures(*db.session.execute(counted).one())


def _open_of(round_id: int, evaluator_id: int) -> Select[tuple[Review]]:
    is_open = (Review.round_id == round_id, Review.evaluator_id == evaluator_id, Review.state == ReviewState.OPEN)
    return select(Review).where(*is_open).order_by(Review.id)


def hold_open_of(round_id: int, evaluator_id: int) -> None:
    """Hold the open reviews of an evaluator for this transaction, each report before its review as whoever locks one does."""
    reports = _open_of(round_id, evaluator_id).with_only_columns(Review.submission_id).order_by(None)
    db.session.execute(select(Submission.id).where(Submission.id.in_(reports)).order_by(Submission.id).with_for_update())
    db.session.execute(_open_of(round_id, evaluator_id).with_only_columns(Review.id).with_for_update())


def open_of(round_id: int, evaluator_id: int) -> list[Review]:
    """The reviews of an evaluator that are not locked, in the order of assignment."""
    return list(db.session.scalars(_open_of(round_id, evaluator_id)))


def untouched(round_id: int, evaluator_id: int) -> list[Review]:
    """Those of them in which nothing was written yet."""
    written = select(ReviewEntry.id).where(ReviewEntry.review_id == Review.id)
    return list(db.session.scalars(_open_of(round_id, evaluator_id).where(~written.exists())))


def of_office(evaluator_id: int, area_id: int) -> list[Review]:
    """The reviews that somebody has of an office, in whatever round whose results are not published."""
    statement = (
        select(Review)
        .join(Review.round)
        .where(Review.evaluator_id == evaluator_id, Review.area_id == area_id, Review.state != ReviewState.RELEASED)
        .where(Round.stage.not_in((Stage.PUBLISHED, Stage.ARCHIVED)))
    )
    return list(db.session.scalars(statement.order_by(Review.id)))


def reviews_between(submission_ids: Collection[int], evaluator_ids: Collection[int]) -> dict[tuple[int, int], Review]:
    """Reviews that stand already, released ones too, by (report, evaluator)."""
    statement = select(Review).where(Review.evaluator_id.in_(evaluator_ids), Review.submission_id.in_(submission_ids))
    return {(row.submission_id, row.evaluator_id): row for row in db.session.scalars(statement)}


def conflicts_of(user_id: int) -> list[InterestConflict]:
    """The living conflicts of interest of a person, in the order of the offices."""
    statement = (
        select(InterestConflict)
        .join(InterestConflict.area)
        .where(InterestConflict.user_id == user_id, InterestConflict.ended_at.is_(None))
        .options(joinedload(InterestConflict.area))
        .order_by(Area.sort_order)
    )
    return list(db.session.scalars(statement))


def reviewer(user_id: int) -> User | None:
    """Somebody of the centre who may review."""
    statement = (
        select(User)
        .join(Profile, Profile.user_id == User.id)
        .where(User.id == user_id, User.active, Profile.area_id.is_(None))
        .where(User.roles.any(or_(*(Role.name == duty for duty in REVIEWERS))))
    )
    return db.session.scalar(statement)
