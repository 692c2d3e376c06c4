"""Asking, answering, publishing: what an office asks about an indicator, and what all offices find there afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask_appbuilder.security.sqla.models import User

from app import scope
from app.domain import access
from app.domain.access import Action, Actor
from app.domain.calendar import local
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.questions import Publication, State, due_on, read_text
from app.extensions import db
from app.models import Area, KnownAnswer, Question, QuestionEntry
from app.queries import deadline as deadlines
from app.queries import question as questions
from app.queries import submission as submissions
from app.services import notices, record
from app.services.reporting import Address


@dataclass(frozen=True)
class Published:
    """What becomes of an answer: published in the centre's wording, merged with a published one, or nothing of it."""

    how: Publication
    question: str = ""
    answer: str = ""
    known_id: int | None = None


def _held(question_id: int) -> Question:
    """A question of the actor's office, held for this transaction."""
    questions.hold(question_id)
    found = questions.by_id(question_id)
    if found is None:
        raise NotFound
    return found


def _add(question: Question, text: str, *, is_answer: bool, actor: Actor, now: datetime) -> None:
    question.entries.append(
        QuestionEntry(area_id=question.area_id, text=text, is_answer=is_answer, at=now, by_id=actor.user_id, by_name=actor.name)
    )
    question.changed_at = now
    db.session.flush()


def _words(question: Question) -> dict[str, str]:
    return record.about(question.round, question.area) | {
        "question": str(question.id),
        "indicator_code": question.indicator.full_code,
    }


def _tell_centre(question: Question, kind: str, *, now: datetime, dedupe_key: str) -> None:
    """Its owner; everybody of the centre where it has none."""
    staff = questions.central_staff()
    people = [user for user in staff if user.id == question.owner_id] or staff
    notices.tell(people, kind, now=now, dedupe_key=dedupe_key, path=f"/questions/{question.id}", **_words(question))


def _new_owner() -> User | None:
    with scope.whole_country("who of the centre has the fewest open questions"):
        return questions.least_busy()


def ask(address: Address, text: str, *, actor: Actor, now: datetime) -> Question:
    """Ask the centre about an indicator. The same text asked again while it is open is the same question."""
    target = submissions.find_target(address.round_code, address.area_code, address.indicator_code, actor=actor)
    access.require(actor, Action.ASK_QUESTION, Question(area_id=target.area.id))
    text = read_text(text)
    db.session.get_one(Area, target.area.id, with_for_update={"key_share": True})
    for known in questions.at(target.round.id, target.indicator.id, target.area.id):
        if known.state == State.OPEN and known.text == text:
            return known
    owner = _new_owner()
    question = Question(
        round_id=target.round.id,
        indicator_id=target.indicator.id,
        area_id=target.area.id,
        asked_by_id=actor.user_id,
        asked_at=now,
        changed_at=now,
        owner_id=owner.id if owner else None,
        due_on=due_on(local(now).date()),
    )
    db.session.add(question)
    db.session.flush()
    db.session.refresh(question)
    _add(question, text, is_answer=False, actor=actor, now=now)
    record.change(actor, f"question:{question.id}", "asked", now=now, area_id=question.area_id, new=text)
    _tell_centre(question, "question_asked", now=now, dedupe_key=f"question:{question.id}")
    return question


def follow_up(question_id: int, text: str, *, actor: Actor, now: datetime) -> Question:
    """Ask on: the question waits for the centre again."""
    question = _held(question_id)
    access.require(actor, Action.ASK_QUESTION, question)
    text = read_text(text)
    if question.entries[-1].text == text and not question.entries[-1].is_answer:
        return question
    _add(question, text, is_answer=False, actor=actor, now=now)
    if question.state != State.OPEN:
        question.due_on = due_on(local(now).date())
    question.state = State.OPEN
    record.change(actor, f"question:{question.id}", "asked on", now=now, area_id=question.area_id, new=text)
    _tell_centre(question, "question_followed_up", now=now, dedupe_key=f"question:{question.id}:{question.entries[-1].id}")
    return question


def solve(question_id: int, *, actor: Actor, now: datetime) -> Question:
    """The office says that it knows enough. Raises Conflict while nobody has answered."""
    question = _held(question_id)
    access.require(actor, Action.ASK_QUESTION, question)
    if question.state == State.OPEN:
        raise Conflict(N_("This question waits for an answer. It can be marked as solved afterwards."))
    if question.state != State.SOLVED:
        question.state, question.changed_at = State.SOLVED, now
        record.change(actor, f"question:{question.id}", "solved", now=now, area_id=question.area_id)
    return question


def answer(question_id: int, text: str, published: Published, *, seen: int, actor: Actor, now: datetime) -> Question:
    """Answer, and decide who else reads it. Whoever asked is told, by mail too. The same answer sent twice is one.

    `seen` is the last text that the answer was written to. Raises Refused for an empty text, Conflict where another came meanwhile."""
    question = _held(question_id)
    access.require(actor, Action.ANSWER_QUESTION, question)
    text = read_text(text)
    last = question.entries[-1]
    if last.is_answer and last.text == text and (published.how is Publication.PRIVATE or question.known_answer is not None):
        return question
    if last.id != seen:
        raise Conflict(N_("Something was written here meanwhile. Read it above; what you typed is kept and not sent yet."))
    question.known_answer = _published(question, published, actor=actor, now=now) or question.known_answer
    _add(question, text, is_answer=True, actor=actor, now=now)
    question.state = State.ANSWERED
    record.change(actor, f"question:{question.id}", "answered", now=now, area_id=question.area_id, new=text)
    notices.tell(
        _askers(question),
        "question_answered",
        now=now,
        dedupe_key=f"answer:{question.entries[-1].id}",
        path=f"/questions/{question.id}",
        mail="question_answered",
        **_words(question),
    )
    return question


def _askers(question: Question) -> list[User]:
    """Whoever asked; the office's coordinators once that person is not of the office any more."""
    asker = question.asked_by
    if asker is not None and asker.active and asker.profile.area_id == question.area_id:
        return [asker]
    return deadlines.coordinators_of([question.area_id])


def _published(question: Question, published: Published, *, actor: Actor, now: datetime) -> KnownAnswer | None:
    if published.how is Publication.PRIVATE:
        return None
    if published.how is Publication.MERGE:
        known = questions.known_by_id(published.known_id) if published.known_id else None
        if known is None or not known.active or known.indicator_code != question.indicator.full_code:
            raise Refused(N_("Choose the published answer that this is the same as"))
        return known
    known = KnownAnswer(
        round_id=question.round_id,
        indicator_code=question.indicator.full_code,
        question=read_text(published.question),
        answer=read_text(published.answer),
        published_at=now,
        changed_at=now,
    )
    db.session.add(known)
    db.session.flush()
    record.change(actor, f"known answer:{known.id}", "published", now=now, new=known.question)
    return known


def amend(known_id: int, question: str, text: str, *, active: bool, actor: Actor, now: datetime) -> KnownAnswer:
    """Mend the wording of a published answer, or take it back: offices find it no more."""
    access.require(actor, Action.ANSWER_QUESTION, access.COUNTRY)
    known = questions.known_by_id(known_id)
    if known is None:
        raise NotFound
    for name, value in (("question", read_text(question)), ("answer", read_text(text)), ("active", active)):
        before = getattr(known, name)
        if before != value:
            setattr(known, name, value)
            record.change(actor, f"known answer:{known.id}", name, now=now, old=str(before), new=str(value))
            known.changed_at = now
    return known


def hand_over(question_id: int, owner_id: int | None, until: date, *, actor: Actor, now: datetime) -> Question:
    """Say who of the centre sees to a question, and until when. A new owner is told."""
    question = _held(question_id)
    access.require(actor, Action.ANSWER_QUESTION, question)
    staff = {user.id: user for user in questions.central_staff()}
    if owner_id is not None and owner_id not in staff:
        raise Refused(N_("Choose somebody of the centre"))
    if (question.owner_id, question.due_on) == (owner_id, until):
        return question
    old, new = (f"{owner} {day}" for owner, day in ((question.owner_id, question.due_on), (owner_id, until)))
    record.change(actor, f"question:{question.id}", "handed over", now=now, area_id=question.area_id, old=old, new=new)
    is_new = owner_id != question.owner_id
    question.owner, question.due_on = staff.get(owner_id) if owner_id else None, until
    if is_new and question.owner is not None and question.owner.id != actor.user_id:
        _tell_centre(question, "question_handed_over", now=now, dedupe_key=f"owner:{question.id}:{now.isoformat()}")
    return question


def alarm_overdue(*, now: datetime) -> int:
    """Tell the centre of every question whose answer is late, once for each due day. Returns how many are late."""
    late = questions.overdue(local(now).date())
    staff = questions.central_staff() if late else []
    for question in late:
        notices.tell(
            staff,
            "question_overdue",
            now=now,
            dedupe_key=f"overdue:{question.id}:{question.due_on}",
            path=f"/questions/{question.id}",
            **_words(question),
        )
    return len(late)
