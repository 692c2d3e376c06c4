"""Questions and published answers. The guard on the session narrows questions to the actor's offices; answers are everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.domain import paging
from app.domain.access import Duty
from app.domain.questions import State
from app.domain.thai import by_name, single_line
from app.extensions import db
from app.models import Indicator, KnownAnswer, Question, QuestionEntry, Round

QUESTIONS_A_PAGE = 20
MOST_ANSWERS_SHOWN = 100
OVERDUE = "overdue"


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for: words, a round, an indicator, a state (or `overdue`)."""

    words: str = ""
    round_code: str = ""
    indicator_code: str = ""
    state: str = ""


@dataclass(frozen=True)
class Desk:
    """One page of questions, those that wait first."""

    questions: list[Question]
    count: int
    page: int

    @property
    def pages(self) -> int:
        return paging.pages(self.count, QUESTIONS_A_PAGE)


def _words(wanted: Wanted) -> list[str]:
    return single_line(wanted.words).split()[:8]


def _narrowed(wanted: Wanted, today: date) -> Select[tuple[Question]]:
    statement = select(Question).join(Question.indicator).join(Question.round)
    for word in _words(wanted):
        statement = statement.where(Question.entries.any(QuestionEntry.text.icontains(word, autoescape=True)))
    if wanted.round_code:
        statement = statement.where(Round.code == wanted.round_code)
    if wanted.indicator_code:
        statement = statement.where(Indicator.full_code == wanted.indicator_code)
    if wanted.state == OVERDUE:
        return statement.where(Question.state == State.OPEN, Question.due_on < today)
    return statement.where(Question.state == wanted.state) if wanted.state else statement


def desk(wanted: Wanted, page: int, today: date) -> Desk:
    """A page of the questions that the actor may see, in three statements. A page beyond the last is the last."""
    statement = _narrowed(wanted, today)
    count = db.session.scalar(select(func.count()).select_from(statement.with_only_columns(Question.id).subquery())) or 0
    page = paging.within(page, count, QUESTIONS_A_PAGE)
    shown = (
        statement.options(selectinload(Question.entries))
        .order_by(Question.state != State.OPEN, Question.changed_at.desc(), Question.id.desc())
        .offset((page - 1) * QUESTIONS_A_PAGE)
        .limit(QUESTIONS_A_PAGE)
    )
    return Desk(list(db.session.scalars(shown).unique()), count, page)


def at(round_id: int, indicator_id: int, area_id: int) -> list[Question]:
    """What an office asked about an indicator of a round, the latest first."""
    statement = (
        select(Question)
        .where(Question.round_id == round_id, Question.indicator_id == indicator_id, Question.area_id == area_id)
        .options(selectinload(Question.entries))
        .order_by(Question.changed_at.desc(), Question.id.desc())
    )
    return list(db.session.scalars(statement).unique())


def by_id(question_id: int) -> Question | None:
    """A question with its texts, or None where it is another office's."""
    statement = select(Question).where(Question.id == question_id).options(selectinload(Question.entries))
    return db.session.scalars(statement).unique().one_or_none()


def hold(question_id: int) -> None:
    """Hold a question for this transaction."""
    db.session.execute(select(Question.id).where(Question.id == question_id).with_for_update())


def known(wanted: Wanted) -> list[KnownAnswer]:
    """Published answers that fit, the latest first."""
    statement = select(KnownAnswer).where(KnownAnswer.active).options(joinedload(KnownAnswer.round))
    for word in _words(wanted):
        found = KnownAnswer.question.icontains(word, autoescape=True) | KnownAnswer.answer.icontains(word, autoescape=True)
        statement = statement.where(found)
    if wanted.round_code:
        statement = statement.join(KnownAnswer.round).where(Round.code == wanted.round_code)
    if wanted.indicator_code:
        statement = statement.where(KnownAnswer.indicator_code == wanted.indicator_code)
    statement = statement.order_by(KnownAnswer.changed_at.desc(), KnownAnswer.id.desc()).limit(MOST_ANSWERS_SHOWN)
    return list(db.session.scalars(statement))


def known_by_id(known_id: int) -> KnownAnswer | None:
    return db.session.get(KnownAnswer, known_id)


def indicator_codes() -> list[str]:
    """Codes of indicators about which something was published or asked, as far as the actor may see."""
    published = select(KnownAnswer.indicator_code).where(KnownAnswer.active)
    asked = select(Indicator.full_code).join(Question, Question.indicator_id == Indicator.id)
    return sorted({*db.session.scalars(published), *db.session.scalars(asked.distinct())})


def overdue(today: date) -> list[Question]:
    """Questions of the whole country whose answer is late."""
    statement = select(Question).where(Question.state == State.OPEN, Question.due_on < today).order_by(Question.id)
    return list(db.session.scalars(statement).unique())


def central_staff() -> list[User]:
    """Active people of the centre who answer, in the order of their names."""
    statement = select(User).where(User.active, User.roles.any(Role.name == Duty.CENTRAL)).order_by(User.id)
    return by_name(db.session.scalars(statement).unique(), lambda user: f"{user.first_name} {user.last_name}")


def least_busy() -> User | None:
    """Who of the centre owns the fewest open questions."""
    open_ones = (
        select(func.count()).where(Question.owner_id == User.id, Question.state == State.OPEN).correlate(User).scalar_subquery()
    )
    statement = select(User).where(User.active, User.roles.any(Role.name == Duty.CENTRAL)).order_by(open_ones, User.id).limit(1)
    return db.session.scalars(statement).unique().first()
