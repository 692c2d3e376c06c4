"""Questions and appeals of offices about their results. The guard on the session narrows them to the actor's offices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.domain import paging
from app.domain.access import Duty
from app.domain.publishing import AppealState
from app.domain.reviewing import ReviewState
from app.domain.thai import single_line
from app.extensions import db
from app.models import Appeal, Area, Indicator, Letter, Outcome, Profile, Review, Submission
from app.queries.question import OVERDUE

APPEALS_A_PAGE = 20


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in a round: words, an indicator, a kind, a state (or `overdue`)."""

    words: str = ""
    indicator_code: str = ""
    kind: str = ""
    state: str = ""


@dataclass(frozen=True)
class Queue:
    """One page of what offices filed: what waits comes first, what is due first before the rest."""

    appeals: list[Appeal]
    count: int
    page: int

    @property
    def pages(self) -> int:
        return paging.pages(self.count, APPEALS_A_PAGE)


_WITH_NAMES = (joinedload(Appeal.area), joinedload(Appeal.indicator), joinedload(Appeal.round))


def _narrowed(round_id: int, wanted: Wanted, today: date) -> Select[tuple[Appeal]]:
    statement = select(Appeal).join(Appeal.area).join(Appeal.indicator).where(Appeal.round_id == round_id)
    for word in single_line(wanted.words).split()[:8]:
        named = Area.short_th.icontains(word, autoescape=True) | Area.name_en.icontains(word, autoescape=True)
        said = Appeal.text.icontains(word, autoescape=True) | Appeal.answer.icontains(word, autoescape=True)
        statement = statement.where(or_(named, said, Area.code == word))
    if wanted.indicator_code:
        statement = statement.where(Indicator.full_code == wanted.indicator_code)
    if wanted.kind:
        statement = statement.where(Appeal.kind == wanted.kind)
    if wanted.state == OVERDUE:
        return statement.where(Appeal.state == AppealState.OPEN, Appeal.due_on < today)
    return statement.where(Appeal.state == wanted.state) if wanted.state else statement


def queue(round_id: int, wanted: Wanted, page: int, today: date) -> Queue:
    """A page of a round's queue, in two statements. A page beyond the last is the last."""
    statement = _narrowed(round_id, wanted, today)
    count = db.session.scalar(select(func.count()).select_from(statement.with_only_columns(Appeal.id).subquery())) or 0
    page = paging.within(page, count, APPEALS_A_PAGE)
    shown = (
        statement.options(*_WITH_NAMES)
        .order_by(Appeal.state != AppealState.OPEN, Appeal.due_on, Appeal.id)
        .offset((page - 1) * APPEALS_A_PAGE)
        .limit(APPEALS_A_PAGE)
    )
    return Queue(list(db.session.scalars(shown)), count, page)


def indicator_codes(round_id: int) -> list[str]:
    """Codes of the indicators about which something was filed in a round."""
    statement = select(Indicator.full_code).join(Appeal, Appeal.indicator_id == Indicator.id).where(Appeal.round_id == round_id)
    return sorted(db.session.scalars(statement.distinct()))


def of_office(round_id: int, area_id: int) -> list[Appeal]:
    """What an office filed in a round, the latest first."""
    statement = (
        select(Appeal)
        .where(Appeal.round_id == round_id, Appeal.area_id == area_id)
        .options(joinedload(Appeal.indicator))
        .order_by(Appeal.id.desc())
    )
    return list(db.session.scalars(statement))


def open_at(round_id: int, area_id: int, indicator_id: int) -> Appeal | None:
    """What of an office waits for the answer about an indicator; at most one does."""
    here = (Appeal.round_id == round_id, Appeal.area_id == area_id, Appeal.indicator_id == indicator_id)
    return db.session.scalar(select(Appeal).where(*here, Appeal.state == AppealState.OPEN))


def by_id(appeal_id: int) -> Appeal | None:
    """What was filed, with its names, read afresh; None where it is another office's."""
    statement = select(Appeal).where(Appeal.id == appeal_id).options(*_WITH_NAMES).execution_options(populate_existing=True)
    return db.session.scalar(statement)


def hold(appeal_id: int) -> None:
    """Hold what was filed for this transaction."""
    db.session.execute(select(Appeal.id).where(Appeal.id == appeal_id).with_for_update())


def submission_of(appeal: Appeal) -> int | None:
    """The report that an appeal is about."""
    return db.session.scalar(
        select(Submission.id).where(
            Submission.round_id == appeal.round_id,
            Submission.area_id == appeal.area_id,
            Submission.indicator_id == appeal.indicator_id,
        )
    )


def letter_of(appeal: Appeal) -> Letter | None:
    """The letter that an appeal is about, with its publication; for the centre."""
    return db.session.scalar(select(Letter).where(Letter.id == appeal.letter_id).options(joinedload(Letter.publication)))


def gave_a_level(submission_id: int, user_id: int | None) -> bool:
    """Whether somebody gave a report a level, as one of its evaluators or deciding on it."""
    if user_id is None:
        return False
    reviewed = exists().where(
        Review.submission_id == submission_id, Review.evaluator_id == user_id, Review.state == ReviewState.LOCKED
    )
    decided = exists().where(Outcome.submission_id == submission_id, Outcome.decided_by_id == user_id)
    return bool(db.session.scalar(select(reviewed | decided)))


def people_to_tell(area_ids: Iterable[int], *others: int | None) -> list[User]:
    """Active coordinators and directors of offices, and who else of them is named."""
    leads = User.roles.any(Role.name.in_((Duty.COORDINATOR, Duty.DIRECTOR)))
    named = User.id.in_([user_id for user_id in others if user_id is not None])
    statement = (
        select(User)
        .join(Profile, Profile.user_id == User.id)
        .where(User.active, Profile.area_id.in_(list(area_ids)), leads | named)
        .order_by(User.id)
    )
    return list(db.session.scalars(statement).unique())


def overdue(today: date) -> list[Appeal]:
    """What waits longer than it may, of the whole country."""
    statement = (
        select(Appeal).where(Appeal.state == AppealState.OPEN, Appeal.due_on < today).options(*_WITH_NAMES).order_by(Appeal.id)
    )
    return list(db.session.scalars(statement))
