"""Returning single points of a report to its office, and the list of what was returned."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import calendar, returning
from app.domain.access import Duty
from app.domain.errors import N_, Correctable, NotFound
from app.domain.round_life import Stage
from app.domain.thai import storable
from app.errors import sentence
from app.extensions import transaction
from app.forms.review import ReturnForm
from app.models import Round
from app.queries import returns as queries
from app.queries import round as rounds
from app.queries import settling
from app.queries import submission as submissions
from app.queries.returns import Wanted
from app.queries.submission import Target
from app.scope import current_actor
from app.services import returns
from app.views.base import Screen, expose, may, notice, request, see_other

STATE_NAMES = {
    "overdue": N_("Overdue"),
    "open": N_("With the office"),
    "answered": N_("Came back, to be looked at"),
}
CLOSING_TIME = time(16, 30)


def usual_due(moment: datetime) -> datetime:
    """A week from today, at the end of the office day."""
    day = calendar.local(moment).date() + timedelta(days=returning.USUAL_DAYS)
    return datetime.combine(day, CLOSING_TIME, tzinfo=calendar.zone())


def _target(round_code: str, area_code: str, indicator_code: str) -> Target:
    return submissions.find_target(round_code, area_code, indicator_code, actor=current_actor())


class ReturnView(Screen):
    route_base = "/review"
    class_permission_name = "review desk"

    @expose("/<round_code>/<area_code>/<indicator_code>/return")
    @may("review")
    def ask(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """Which points go back, what is to be mended, until when."""
        return self._ask(_target(round_code, area_code, indicator_code), ReturnForm(due_at=usual_due(now())), {})

    def _ask(self, target: Target, form: ReturnForm, typed: dict[str, str], problem: str = "") -> str:
        actor, submission = current_actor(), submissions.find(target)
        if submission is None:
            raise NotFound
        returns.require_reviewer(submission, actor=actor)
        mine = [row for row in settling.living_reviews(submission.id) if row.evaluator_id == actor.user_id]
        verdicts = mine[0].values if mine else {}
        return render_template(
            "returns/ask.html",
            target=target,
            submission=submission,
            points=returning.returnable(target.indicator.questions),
            criteria={f"criterion.{row.number}": row for row in target.indicator.active_criteria},
            notes={f"criterion.{row.number}": verdicts.get(f"note.{row.number}") for row in target.indicator.active_criteria},
            weak={
                f"criterion.{row.number}"
                for row in target.indicator.active_criteria
                if verdicts.get(f"verdict.{row.number}") in ("partial", "not_found")
            },
            typed=typed,
            form=form,
            problem=problem,
        )

    @expose("/<round_code>/<area_code>/<indicator_code>/return", methods=["POST"])
    @may("review")
    def give_back(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        target, form = _target(round_code, area_code, indicator_code), ReturnForm()
        what = {key: storable(request.form.get(f"what.{key}", "")) for key in request.form.getlist("point")}
        if not form.validate_on_submit():
            return self._ask(target, form, what), 422
        try:
            with transaction():
                found = returns.give_back(
                    _target(round_code, area_code, indicator_code), what, form.due_at.data, actor=current_actor(), now=now()
                )
                count = len(found.items)
        except Correctable as refusal:
            target = _target(round_code, area_code, indicator_code)
            return self._ask(target, form, what, sentence(refusal.message)), refusal.status
        notice(gettext("Returned: %(count)d points. The office was told.", count=count))
        return see_other(_after(round_code, area_code, indicator_code))

    @expose("/<round_code>/returns")
    @may("read")
    def listed(self, round_code: str) -> ResponseReturnValue:
        """What is with offices, what is overdue, and what came back; evaluators see their own."""
        found, actor = rounds.find(round_code), current_actor()
        state = request.args.get("state", "")
        is_of_all = actor.has(Duty.MODERATOR, Duty.CENTRAL, Duty.ADMIN)
        wanted = Wanted(None if is_of_all else actor.user_id, state if state in STATE_NAMES else "")
        return render_template(
            "returns/list.html",
            round=found,
            rows=queries.listed(found.id, wanted, now()),
            wanted=wanted,
            state_names=STATE_NAMES,
            form=ReturnForm(due_at=usual_due(now())),
            is_reviewed=_is_reviewed(found),
        )

    @expose("/returns/<int:return_id>/more-time", methods=["POST"])
    @may("review")
    def more_time(self, return_id: int) -> ResponseReturnValue:
        form = ReturnForm()
        if not form.validate_on_submit():
            notice(" ".join(form.due_at.errors), "bad")
            return see_other(_list_of(return_id))
        try:
            with transaction():
                returns.give_more_time(return_id, form.due_at.data, actor=current_actor(), now=now())
        except Correctable as refusal:
            notice(sentence(refusal.message), "bad")
        else:
            notice(gettext("The office has more time and was told."))
        return see_other(_list_of(return_id))

    @expose("/returns/<int:return_id>/take-back", methods=["POST"])
    @may("review")
    def take_back(self, return_id: int) -> ResponseReturnValue:
        try:
            with transaction():
                returns.take_back(return_id, request.form.get("reason", ""), actor=current_actor(), now=now())
        except Correctable as refusal:
            notice(sentence(refusal.message), "bad")
        else:
            notice(gettext("Taken back: the report counts as it was handed in."))
        return see_other(_list_of(return_id))


def _is_reviewed(found: Round) -> bool:
    return found.stage == Stage.REVIEW


def _list_of(return_id: int) -> str:
    row = queries.by_id(return_id)
    if row is None:
        raise NotFound
    found, _, _ = queries.address_of(row)
    return url_for("ReturnView.listed", round_code=found.code)


def _after(round_code: str, area_code: str, indicator_code: str) -> str:
    """Back to the report on the desk."""
    return url_for("ReviewView.case", round_code=round_code, area_code=area_code, indicator_code=indicator_code)
