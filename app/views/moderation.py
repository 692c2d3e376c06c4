"""The moderator's desk: what waits, one report with everything that was given, and how evaluators drift."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import drift
from app.domain.errors import Correctable, NotFound
from app.domain.reviewing import BASIS_NAMES, CAUSE_NAMES, VERDICT_NAMES, Verdict
from app.domain.rubric import LEVELS
from app.domain.thai import storable
from app.errors import sentence
from app.extensions import transaction
from app.forms.review import DecisionForm
from app.models import Round
from app.queries import moderation as queries
from app.queries import review_assignment as assignments
from app.queries import round as rounds
from app.queries import settling
from app.queries import submission as submissions
from app.queries.blindness import blind_to_report
from app.queries.moderation import Waiting
from app.queries.submission import Target
from app.scope import current_actor
from app.services import moderating
from app.services.settling import Decision, combined
from app.views.base import Screen, expose, may, notice, request, see_other


def _target(round_code: str, area_code: str, indicator_code: str) -> Target:
    return submissions.find_target(round_code, area_code, indicator_code, actor=current_actor())


def _verdicts(target: Target) -> dict[str, dict[str, str]]:
    """What the form says of each issue; an issue without a verdict is left out."""
    found = {}
    for row in target.indicator.active_criteria:
        verdict = request.form.get(f"verdict.{row.number}", "")
        if verdict in set(Verdict):
            note = storable(request.form.get(f"note.{row.number}", "")).strip()[:2000]
            found[str(row.number)] = {"verdict": verdict, "note": note}
    return found


def _waiting(found: Round) -> list[Waiting]:
    """The queue of a round without what the reader has still to review, or must not judge."""
    reader = current_actor().user_id
    barred = assignments.barred([reader])[reader] if reader is not None else frozenset()
    return [row for row in queries.waiting(found.id, reader_id=reader) if row.moderation.area_id not in barred]


def _own_first(target: Target) -> ResponseReturnValue | None:
    """Blind first: whoever has still to lock a review of the report does not see the others' here either, and is led to their own.
    Raises NotFound for an office that the reader must not judge, as the desk does."""
    reader = current_actor().user_id
    if reader is not None and assignments.is_barred(reader, target.area.id):
        raise NotFound
    codes = target.round.code, target.area.code, target.indicator.full_code
    if not blind_to_report(current_actor(), *codes):
        return None
    notice(gettext("Lock your own review of this report first."), "warn")
    return see_other(url_for("ReviewView.case", round_code=codes[0], area_code=codes[1], indicator_code=codes[2]))


class ModerationView(Screen):
    route_base = "/review"
    class_permission_name = "review desk"

    @expose("/<round_code>/moderation")
    @may("assign")
    def queue(self, round_code: str) -> ResponseReturnValue:
        """Reports that wait for a decision, and those that were decided."""
        found = rounds.find(round_code)
        return render_template(
            "moderation/queue.html",
            round=found,
            waiting=_waiting(found),
            decided=queries.decided(found.id, reader_id=current_actor().user_id),
            cause_names=CAUSE_NAMES,
        )

    @expose("/<round_code>/<area_code>/<indicator_code>/moderate")
    @may("moderate")
    def one(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        target = _target(round_code, area_code, indicator_code)
        return _own_first(target) or self._one(target)

    def _one(self, target: Target, form: DecisionForm | None = None, problem: str = "", **typed: Any) -> str:
        submission = submissions.find(target)
        if submission is None:
            raise NotFound
        reviews = settling.living_reviews(submission.id)
        waiting, outcome = settling.open_moderation(submission.id), settling.standing_outcome(submission.id)
        if waiting is None and outcome is None and not reviews:
            raise NotFound
        levels = sorted(row.level for row in reviews if row.level is not None)
        draft = combined([row for row in reviews if row.is_locked], levels[0] if levels else 0)
        form = form or DecisionForm(comment=draft.comment, formdata=None)
        form.level.choices = [(level, str(level)) for level in LEVELS]
        hand_in = settling.latest_hand_in(submission.id)
        return render_template(
            "moderation/one.html",
            target=target,
            submission=submission,
            reviews=reviews,
            waiting=waiting,
            outcome=outcome,
            hand_in=hand_in,
            own=settling.self_level(hand_in),
            verdicts=typed.get("verdicts", draft.verdicts),
            verdict_names=VERDICT_NAMES,
            cause_names=CAUSE_NAMES,
            basis_names=BASIS_NAMES,
            form=form,
            problem=problem,
        )

    @expose("/<round_code>/<area_code>/<indicator_code>/moderate", methods=["POST"])
    @may("moderate")
    def decide(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        target, form = _target(round_code, area_code, indicator_code), DecisionForm()
        if own := _own_first(target):
            return own
        form.level.choices = [(level, str(level)) for level in LEVELS]
        verdicts = _verdicts(target)
        if not form.validate_on_submit():
            return self._one(target, form, verdicts=verdicts), 422
        decision = Decision(form.level.data, form.reason.data or "", form.comment.data or "", verdicts)
        try:
            with transaction():
                moderating.decide(
                    _target(round_code, area_code, indicator_code),
                    decision,
                    seen=request.form.get("seen", ""),
                    actor=current_actor(),
                    now=now(),
                )
        except Correctable as refusal:
            target = _target(round_code, area_code, indicator_code)
            return self._one(target, form, sentence(refusal.message), verdicts=verdicts), refusal.status
        notice(gettext("Decided: level %(level)d", level=decision.level))
        following = next(iter(_waiting(target.round)), None)
        if following is None:
            return see_other(url_for("ModerationView.queue", round_code=round_code))
        row = following.moderation
        return see_other(
            url_for(
                "ModerationView.one",
                round_code=round_code,
                area_code=row.area.code,
                indicator_code=row.indicator.full_code,
            )
        )

    @expose("/<round_code>/<area_code>/<indicator_code>/moderate/<int:review_id>/give-back", methods=["POST"])
    @may("moderate")
    def give_back(self, round_code: str, area_code: str, indicator_code: str, review_id: int) -> ResponseReturnValue:
        """Open a locked review for its evaluator again."""
        codes = {"round_code": round_code, "area_code": area_code, "indicator_code": indicator_code}
        if own := _own_first(_target(**codes)):
            return own
        try:
            with transaction():
                moderating.give_back(
                    _target(**codes), review_id, request.form.get("reason", ""), actor=current_actor(), now=now()
                )
        except Correctable as refusal:
            return self._one(_target(**codes), problem=sentence(refusal.message)), refusal.status
        notice(gettext("The review is open again; its evaluator was told."))
        return see_other(url_for("ModerationView.queue", round_code=round_code))

    @expose("/<round_code>/drift")
    @may("assign")
    def drift(self, round_code: str) -> ResponseReturnValue:
        """How much stricter or milder each evaluator is, and whether that changes."""
        found = rounds.find(round_code)
        return render_template("moderation/drift.html", round=found, drifts=drift.drifts(queries.locked(found.id)))
