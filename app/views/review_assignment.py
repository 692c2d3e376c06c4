"""Sharing reports out to evaluators, handing over, and conflicts of interest."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain.access import Duty
from app.domain.distribution import TOGETHER_NAMES, Shares, Together
from app.domain.errors import Correctable
from app.domain.thai import whole_number
from app.errors import sentence
from app.extensions import transaction
from app.forms.review import HandOverForm, InterestForm, PlanForm, ShareForm
from app.models import Round
from app.queries import area as areas
from app.queries import board_cells, settling
from app.queries import review_assignment as queries
from app.queries import round as rounds
from app.queries.board import Filter
from app.scope import current_actor
from app.services import review_assignment as assignment
from app.services.review_assignment import Plan, Sharing
from app.views.base import Screen, expose, may, notice, request, see_other
from app.views.registration import office_named


def _name(standing: queries.Standing) -> str:
    found: str = standing.user.profile.full_name
    return found


class ReviewAssignmentView(Screen):
    route_base = "/review"
    class_permission_name = "review desk"

    @expose("/<round_code>/assign")
    @may("assign")
    def desk(self, round_code: str) -> ResponseReturnValue:
        """The plan of the review, who has how much, and sharing out."""
        return self._desk(rounds.find(round_code))

    def _desk(self, found: Round, problem: str = "", **forms: Any) -> str:
        standings = queries.evaluators(found.id)
        people = [(one.user.id, _name(one)) for one in standings if one.may_review]
        share = forms.get("share") or ShareForm(formdata=None, evaluators=[user_id for user_id, _ in people])
        hand_over = forms.get("hand_over") or HandOverForm(formdata=None)
        _offer(share, found, people)
        hand_over.giver.choices = [(one.user.id, _name(one)) for one in standings]
        hand_over.taker.choices = people
        return render_template(
            "assigning/desk.html",
            round=found,
            standings=standings,
            figures=queries.figures(found.id),
            plan=forms.get("plan") or PlanForm(formdata=None, obj=settling.plan(found.id)),
            share=share,
            hand_over=hand_over,
            wanted=forms.get("wanted") or Filter(),
            choices=board_cells.choices(found),
            shares=forms.get("shares"),
            names={one.user.id: _name(one) for one in standings},
            problem=problem,
        )

    @expose("/<round_code>/assign/plan", methods=["POST"])
    @may("assign")
    def set_plan(self, round_code: str) -> ResponseReturnValue:
        found, form = rounds.find(round_code), PlanForm()
        if not form.validate_on_submit():
            return self._desk(found, plan=form), 422
        plan = Plan(
            form.evaluators_per_report.data or 0,
            form.moderation_gap.data or 0,
            form.smallest_group.data or 0,
            form.due_on.data,
        )
        try:
            with transaction():
                assignment.set_plan(round_code, plan, actor=current_actor(), now=now())
        except Correctable as refusal:
            return self._desk(rounds.find(round_code), sentence(refusal.message), plan=form), refusal.status
        notice(gettext("Saved"))
        return see_other(url_for("ReviewAssignmentView.desk", round_code=round_code))

    @expose("/<round_code>/assign/shares", methods=["POST"])
    @may("assign")
    def share_out(self, round_code: str) -> ResponseReturnValue:
        """First shows the shares, then, pressed again, gives them."""
        found, form = rounds.find(round_code), ShareForm()
        people = [(one.user.id, _name(one)) for one in queries.evaluators(found.id) if one.may_review]
        _offer(form, found, people)
        wanted = Filter.from_args(request.form)
        if not form.validate_on_submit():
            return self._desk(found, share=form, wanted=wanted), 422
        sharing = Sharing(
            tuple(form.evaluators.data or ()), wanted, frozenset(form.codes.data or ()), Together(form.together.data)
        )
        seen = whole_number(request.form.get("seen", ""))
        try:
            if seen is None:
                shares: Shares = assignment.look(found, sharing)
                return self._desk(found, share=form, wanted=wanted, shares=shares)
            with transaction():
                shares = assignment.share_out(round_code, sharing, seen=seen, actor=current_actor(), now=now())
        except Correctable as refusal:
            found = rounds.find(round_code)
            return self._desk(found, sentence(refusal.message), share=form, wanted=wanted), refusal.status
        notice(gettext("Shared out: %(count)d reviews. The evaluators were told.", count=shares.count))
        return see_other(url_for("ReviewAssignmentView.desk", round_code=round_code))

    @expose("/<round_code>/assign/hand-over", methods=["POST"])
    @may("assign")
    def hand_over(self, round_code: str) -> ResponseReturnValue:
        found, form = rounds.find(round_code), HandOverForm()
        standings = queries.evaluators(found.id)
        form.giver.choices = [(one.user.id, _name(one)) for one in standings]
        form.taker.choices = [(one.user.id, _name(one)) for one in standings if one.may_review]
        if not form.validate_on_submit():
            return self._desk(found, hand_over=form), 422
        try:
            with transaction():
                moved, stayed = assignment.hand_over(
                    round_code, form.giver.data, form.taker.data, form.most.data, actor=current_actor(), now=now()
                )
        except Correctable as refusal:
            return self._desk(rounds.find(round_code), sentence(refusal.message), hand_over=form), refusal.status
        said = gettext("Handed over: %(count)d reviews.", count=moved)
        if stayed:
            said += " " + gettext("%(count)d stay: the other reviews them already or must not.", count=stayed)
        notice(said)
        return see_other(url_for("ReviewAssignmentView.desk", round_code=round_code))


def _offer(form: ShareForm, found: Round, people: list[tuple[int, str]]) -> None:
    form.evaluators.choices = people
    form.codes.choices = [(one.full_code, one.full_code) for one in board_cells.choices(found).indicators]
    form.together.choices = [(key.value, gettext(name)) for key, name in TOGETHER_NAMES.items()]


class InterestView(Screen):
    route_base = "/review/conflicts"
    class_permission_name = "review desk"

    @expose("/")
    @may("read")
    def mine(self) -> ResponseReturnValue:
        """Offices that one must not review: the own declarations, and for the centre those of everybody."""
        return self._page(InterestForm(formdata=None))

    def _page(self, form: InterestForm, problem: str = "") -> str:
        actor = current_actor()
        leads = actor.has(Duty.CENTRAL, Duty.ADMIN, Duty.MODERATOR)
        standings = queries.evaluators(0)
        shown = standings if leads else [one for one in standings if one.user.id == actor.user_id]
        form.person.choices = [(one.user.id, _name(one)) for one in shown]
        if form.person.data is None and any(one.user.id == actor.user_id for one in shown):
            form.person.data = actor.user_id
        return render_template(
            "assigning/conflicts.html",
            people=[(one.user, queries.conflicts_of(one.user.id)) for one in shown if one.conflicts],
            form=form,
            leads=leads,
            offices=areas.all_active(),
            problem=problem,
        )

    @expose("/", methods=["POST"])
    @may("read")
    def declare(self) -> ResponseReturnValue:
        form = InterestForm()
        if not form.validate_on_submit():
            return self._page(form), 422
        office = office_named(form.area.data or "", areas.all_active())
        try:
            with transaction():
                taken = assignment.declare(
                    office.code if office else "",
                    form.reason.data or "",
                    user_id=form.person.data,
                    actor=current_actor(),
                    now=now(),
                )
        except Correctable as refusal:
            return self._page(form, sentence(refusal.message)), refusal.status
        notice(gettext("Noted. Reviews taken away: %(count)d", count=taken))
        return see_other(url_for("InterestView.mine"))

    @expose("/<int:conflict_id>/end", methods=["POST"])
    @may("read")
    def end(self, conflict_id: int) -> ResponseReturnValue:
        with transaction():
            assignment.end_conflict(conflict_id, actor=current_actor(), now=now())
        notice(gettext("Taken back"))
        return see_other(url_for("InterestView.mine"))
