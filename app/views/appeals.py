"""Questions and appeals about results: an office files and follows them, the centre works off its queue."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain.access import Action, allows
from app.domain.appeals import OwnLevel
from app.domain.calendar import local
from app.domain.errors import Correctable, NotFound
from app.domain.publishing import APPEAL_KIND_NAMES, APPEAL_STATE_NAMES, AppealKind, AppealState
from app.domain.questions import MAX_CHARACTERS
from app.domain.thai import single_line, typed_number
from app.errors import sentence
from app.extensions import transaction
from app.queries import appeal as appeal_queries
from app.queries import published
from app.queries import round as rounds
from app.queries import settling as outcomes
from app.queries.appeal import Wanted
from app.scope import current_actor
from app.services import appeals
from app.services.appeals import Filing, Ruling
from app.views.base import Screen, expose, may, notice, page_number, see_other
from app.views.results import page_of

NAMES: dict[str, Any] = {"kind_names": APPEAL_KIND_NAMES, "state_names": APPEAL_STATE_NAMES}


def _number(name: str) -> int | None:
    return typed_number(request.form.get(name, ""), most_digits=3)


def _to_office(round_code: str, area_code: str) -> ResponseReturnValue:
    return see_other(url_for("AppealView.own", round_code=round_code, area_code=area_code))


class AppealView(Screen):
    route_base = "/results"
    class_permission_name = "results"

    @expose("/<round_code>/<area_code>/appeals/")
    @may("read")
    def own(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """All that an office filed about its results of a round."""
        return _own(round_code, area_code)

    @expose("/<round_code>/<area_code>/appeals/<indicator_code>")
    @may("read")
    def at(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        return _at(round_code, area_code, indicator_code)

    @expose("/<round_code>/<area_code>/appeals/<indicator_code>", methods=["POST"])
    @may("answer")
    def file(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        kind = request.form.get("kind", "")
        filing = Filing(
            AppealKind(kind) if kind in set(AppealKind) else AppealKind.CLARIFICATION,
            request.form.get("text", ""),
            _number("issue"),
        )
        try:
            with transaction():
                appeals.file(round_code, area_code, indicator_code, filing, actor=current_actor(), now=now())
        except Correctable as refusal:
            return _at(round_code, area_code, indicator_code, sentence(refusal.message)), refusal.status
        notice(gettext("Your request is sent to the centre. You are told when it is answered."))
        return _to_office(round_code, area_code)

    @expose("/<round_code>/<area_code>/appeals/<row:appeal_id>/withdraw", methods=["POST"])
    @may("answer")
    def withdraw(self, round_code: str, area_code: str, appeal_id: int) -> ResponseReturnValue:
        try:
            with transaction():
                appeals.withdraw(appeal_id, actor=current_actor(), now=now())
        except Correctable as refusal:
            return _own(round_code, area_code, sentence(refusal.message)), refusal.status
        notice(gettext("Your request is withdrawn"))
        return _to_office(round_code, area_code)


class AppealDeskView(Screen):
    route_base = "/appeals"
    class_permission_name = "appeals"

    @expose("/<round_code>/")
    @may("read")
    def queue(self, round_code: str) -> ResponseReturnValue:
        found, today = rounds.find(round_code), local(now()).date()
        wanted = Wanted(*(single_line(request.args.get(name, ""))[:100] for name in ("q", "indicator", "kind", "state")))
        kept: dict[str, Any] = {
            "q": wanted.words,
            "indicator": wanted.indicator_code,
            "kind": wanted.kind,
            "state": wanted.state,
        }
        return render_template(
            "appeals/queue.html",
            round=found,
            wanted=wanted,
            queue=appeal_queries.queue(found.id, wanted, page_number(), today),
            indicator_codes=appeal_queries.indicator_codes(found.id),
            today=today,
            address=partial(
                url_for,
                "AppealDeskView.queue",
                round_code=round_code,
                **{name: value for name, value in kept.items() if value},
            ),
            **NAMES,
        )

    @expose("/<round_code>/<row:appeal_id>")
    @may("read")
    def one(self, round_code: str, appeal_id: int) -> ResponseReturnValue:
        return _one(round_code, appeal_id)

    @expose("/<round_code>/<row:appeal_id>", methods=["POST"])
    @may("decide")
    def decide(self, round_code: str, appeal_id: int) -> ResponseReturnValue:
        ended = request.form.get("state", "")
        ruling = Ruling(
            AppealState(ended) if ended in set(AppealState) else AppealState.OPEN,
            request.form.get("answer", ""),
            _number("level"),
            request.form.get("reason", ""),
            request.form.get("comment"),
        )
        try:
            with transaction():
                appeals.decide(appeal_id, ruling, actor=current_actor(), now=now())
        except (Correctable, OwnLevel) as refusal:
            return _one(round_code, appeal_id, sentence(refusal.message)), refusal.status
        notice(gettext("The answer is sent"))
        return see_other(url_for("AppealDeskView.queue", round_code=round_code))


def _own(round_code: str, area_code: str, problem: str = "") -> str:
    page = page_of(round_code, area_code)
    return render_template(
        "appeals/own.html",
        page=page,
        appeals=appeal_queries.of_office(page.round.id, page.area.id),
        problem=problem,
        today=page.today,
        **NAMES,
    )


def _at(round_code: str, area_code: str, indicator_code: str, problem: str = "") -> str:
    page = page_of(round_code, area_code)
    line = next((line for line in page.lines if line.row.full_code == indicator_code), None)
    if line is None:
        raise NotFound
    return render_template(
        "appeals/at.html",
        page=page,
        line=line,
        problem=problem,
        typed=request.form,
        most_characters=MAX_CHARACTERS,
        today=page.today,
        **NAMES,
    )


def _one(round_code: str, appeal_id: int, problem: str = "") -> str:
    actor, found = current_actor(), appeal_queries.by_id(appeal_id)
    if found is None or found.round.code != round_code:
        raise NotFound
    submission_id = appeal_queries.submission_of(found)
    standing = outcomes.standing_outcome(submission_id) if submission_id else None
    letter = appeal_queries.letter_of(found)
    rows = published.rows_of(letter) if letter else []
    is_own_level = submission_id is not None and appeal_queries.gave_a_level(submission_id, actor.user_id)
    return render_template(
        "appeals/one.html",
        appeal=found,
        standing=standing,
        row=next((row for row in rows if row.indicator_id == found.indicator_id), None),
        may_decide=allows(actor, Action.DECIDE_APPEAL, found) and found.state == AppealState.OPEN,
        is_own_level=is_own_level and found.kind == AppealKind.APPEAL,
        problem=problem,
        typed=request.form,
        most_characters=MAX_CHARACTERS,
        today=local(now()).date(),
        **NAMES,
    )
