"""Questions about an indicator: the office asks, the centre answers, every office finds what was published."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain.access import Action, allows
from app.domain.calendar import local, parse_date
from app.domain.errors import Correctable, NotFound
from app.domain.questions import MAX_CHARACTERS, PUBLICATION_NAMES, STATE_NAMES, Publication
from app.domain.thai import single_line, whole_number
from app.errors import sentence
from app.extensions import transaction
from app.models import Question
from app.queries import question as question_queries
from app.queries import submission as submissions
from app.queries.question import Wanted
from app.scope import current_actor
from app.services import questions
from app.services.questions import Published
from app.services.reporting import Address
from app.views.base import Screen, expose, may, notice, own_rounds, page_number, see_other


def _wanted() -> Wanted:
    return Wanted(*(single_line(request.args.get(name, ""))[:100] for name in ("q", "round", "indicator", "state")))


def _number(name: str) -> int | None:
    return whole_number(request.form.get(name, ""))


def _to(question_id: int) -> ResponseReturnValue:
    return see_other(url_for("QuestionView.one", question_id=question_id))


class QuestionView(Screen):
    class_permission_name = "questions"

    @expose("/questions/")
    @may("read")
    def desk(self) -> ResponseReturnValue:
        """Published answers, and the questions of one's own office; all offices' for the centre."""
        wanted = _wanted()
        kept: dict[str, Any] = {
            "q": wanted.words,
            "round": wanted.round_code,
            "indicator": wanted.indicator_code,
            "state": wanted.state,
        }
        return render_template(
            "questions/desk.html",
            wanted=wanted,
            desk=question_queries.desk(wanted, page_number(), local(now()).date()),
            known=question_queries.known(wanted),
            rounds=[found.round for found in own_rounds() if not found.round.is_rehearsal],
            indicator_codes=question_queries.indicator_codes(),
            state_names=STATE_NAMES,
            today=local(now()).date(),
            address=partial(url_for, "QuestionView.desk", **{name: value for name, value in kept.items() if value}),
        )

    @expose("/reports/<round_code>/<area_code>/<indicator_code>/questions")
    @may("read")
    def at(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """What is known about an indicator, what the own office asked, and a box to ask."""
        return _at(Address(round_code, area_code, indicator_code))

    @expose("/reports/<round_code>/<area_code>/<indicator_code>/questions", methods=["POST"])
    @may("ask")
    def ask(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        address = Address(round_code, area_code, indicator_code)
        try:
            with transaction():
                question_id = questions.ask(address, request.form.get("text", ""), actor=current_actor(), now=now()).id
        except Correctable as refusal:
            return _at(address, sentence(refusal.message)), refusal.status
        notice(gettext("Your question is sent to the centre. You are told when it is answered."))
        return _to(question_id)

    @expose("/questions/<row:question_id>")
    @may("read")
    def one(self, question_id: int) -> ResponseReturnValue:
        return _one(question_id)

    @expose("/questions/<row:question_id>/follow-up", methods=["POST"])
    @may("ask")
    def follow_up(self, question_id: int) -> ResponseReturnValue:
        try:
            with transaction():
                questions.follow_up(question_id, request.form.get("text", ""), actor=current_actor(), now=now())
        except Correctable as refusal:
            return _one(question_id, text=sentence(refusal.message)), refusal.status
        notice(gettext("Your question is sent to the centre. You are told when it is answered."))
        return _to(question_id)

    @expose("/questions/<row:question_id>/solved", methods=["POST"])
    @may("ask")
    def solve(self, question_id: int) -> ResponseReturnValue:
        with transaction():
            questions.solve(question_id, actor=current_actor(), now=now())
        notice(gettext("The question is marked as solved"))
        return _to(question_id)

    @expose("/questions/<row:question_id>/answer", methods=["POST"])
    @may("answer")
    def answer(self, question_id: int) -> ResponseReturnValue:
        """The answer to the office; `publish` says whether others find it, in which wording."""
        how = request.form.get("publish", "")
        published = Published(
            Publication(how) if how in set(Publication) else Publication.PRIVATE,
            request.form.get("public_question", ""),
            request.form.get("public_answer", "").strip() or request.form.get("text", ""),
            _number("known"),
        )
        try:
            with transaction():
                questions.answer(
                    question_id,
                    request.form.get("text", ""),
                    published,
                    seen=_number("seen") or 0,
                    actor=current_actor(),
                    now=now(),
                )
        except Correctable as refusal:
            return _one(question_id, text=sentence(refusal.message)), refusal.status
        notice(gettext("The answer is sent"))
        return _to(question_id)

    @expose("/questions/<row:question_id>/hand-over", methods=["POST"])
    @may("answer")
    def hand_over(self, question_id: int) -> ResponseReturnValue:
        try:
            until = parse_date(request.form.get("due_on", ""))
            with transaction():
                questions.hand_over(question_id, _number("owner"), until, actor=current_actor(), now=now())
        except Correctable as refusal:
            return _one(question_id, due_on=sentence(refusal.message)), refusal.status
        notice(gettext("Saved"))
        return _to(question_id)

    @expose("/questions/known/<row:known_id>", methods=["GET"])
    @may("answer")
    def known(self, known_id: int) -> ResponseReturnValue:
        return _known(known_id)

    @expose("/questions/known/<row:known_id>", methods=["POST"])
    @may("answer")
    def amend(self, known_id: int) -> ResponseReturnValue:
        """Mend the wording that all offices read, or take it back."""
        texts = (request.form.get("question", ""), request.form.get("answer", ""))
        try:
            with transaction():
                questions.amend(known_id, *texts, active=request.form.get("active") == "y", actor=current_actor(), now=now())
        except Correctable as refusal:
            return _known(known_id, sentence(refusal.message)), refusal.status
        notice(gettext("Saved"))
        return see_other(url_for("QuestionView.desk"))


def _at(address: Address, problem: str = "") -> str:
    actor = current_actor()
    target = submissions.find_target(address.round_code, address.area_code, address.indicator_code, actor=actor)
    return render_template(
        "questions/at.html",
        target=target,
        known=question_queries.known(Wanted(indicator_code=target.indicator.full_code)),
        asked=question_queries.at(target.round.id, target.indicator.id, target.area.id),
        may_ask=allows(actor, Action.ASK_QUESTION, Question(area_id=target.area.id)),
        state_names=STATE_NAMES,
        most_characters=MAX_CHARACTERS,
        typed=request.form.get("text", ""),
        problem=problem,
        today=local(now()).date(),
    )


def _one(question_id: int, **problems: str) -> str:
    actor, found = current_actor(), question_queries.by_id(question_id)
    if found is None:
        raise NotFound
    answers: dict[str, Any] = {}
    may_answer = allows(actor, Action.ANSWER_QUESTION, found)
    if may_answer:
        same = Wanted(indicator_code=found.indicator.full_code)
        answers = {"staff": question_queries.central_staff(), "known": question_queries.known(same)}
    return render_template(
        "questions/one.html",
        question=found,
        may_ask=allows(actor, Action.ASK_QUESTION, found),
        may_answer=may_answer,
        state_names=STATE_NAMES,
        publication_names=PUBLICATION_NAMES,
        most_characters=MAX_CHARACTERS,
        typed=request.form,
        problems=problems,
        today=local(now()).date(),
        **answers,
    )


def _known(known_id: int, problem: str = "") -> str:
    found = question_queries.known_by_id(known_id)
    if found is None:
        raise NotFound
    return render_template(
        "questions/known.html", known=found, typed=request.form, problem=problem, most_characters=MAX_CHARACTERS
    )
