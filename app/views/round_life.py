"""The centre's desk for the life of a round: where it stands, the next step with what it will do, and the round made after it."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import round_copy
from app.domain.errors import Correctable
from app.domain.round_copy import MONTHS
from app.domain.round_life import (
    COUNT_NAMES,
    FORWARD,
    SAYS,
    SHOWS,
    STANDING_NAMES,
    STEP_NAMES,
    WITH_REASON,
    Stage,
    Standing,
    Step,
    steps_from,
)
from app.errors import sentence
from app.extensions import transaction
from app.forms.rounds import CloneForm, StepForm
from app.models import Part, Round
from app.queries import round as rounds
from app.queries import round_life
from app.scope import current_actor
from app.services import round_life as life
from app.services import rounds as rounds_service
from app.services.round_life import Terms
from app.services.rounds import Plan
from app.views.base import Screen, expose, may, notice, request, see_other


class RoundLifeView(Screen):
    route_base = "/rounds"
    class_permission_name = "round desk"

    @expose("/")
    @may("run")
    def all(self) -> ResponseReturnValue:
        """Every round with where it stands."""
        return render_template("rounds/list.html", rounds=round_life.every_round(), standing_names=STANDING_NAMES)

    @expose("/<round_code>/")
    @may("run")
    def desk(self, round_code: str) -> ResponseReturnValue:
        found = rounds.find(round_code)
        standing = found.standing(now())
        return render_template(
            "rounds/desk.html",
            round=found,
            standing=standing,
            standing_names=STANDING_NAMES,
            steps=steps_from(standing, is_rehearsal=found.is_rehearsal),
            step_names=STEP_NAMES,
            forward=FORWARD,
            counts=round_life.counts(found, now()),
            count_names=COUNT_NAMES,
            lacking=round_life.lacking(found, now()) if standing in (Standing.PREPARING, Standing.UPCOMING) else [],
            parts=rounds.parts_with_indicators(found.id),
            taken=round_life.steps_taken(found.id),
        )

    @expose("/<round_code>/steps/<step>")
    @may("run")
    def ask(self, round_code: str, step: str) -> ResponseReturnValue:
        """What the step will do, before it is taken."""
        found = rounds.find(round_code)
        if step not in steps_from(found.standing(now()), is_rehearsal=found.is_rehearsal):
            return see_other(url_for("RoundLifeView.desk", round_code=round_code))
        return self._ask(found, Step(step), StepForm())

    def _ask(self, found: Round, step: Step, form: StepForm, problem: str = "") -> str:
        counts = round_life.counts(found, now())
        return render_template(
            "rounds/step.html",
            round=found,
            step=step,
            standing=found.standing(now()),
            name=STEP_NAMES[step],
            says=SAYS[step],
            shows=[(COUNT_NAMES[key], getattr(counts, key)) for key in SHOWS[step]],
            form=form,
            asks_reason=step in WITH_REASON,
            asks_until=step is Step.REOPEN,
            tells=step in life.TELLS and not found.is_rehearsal,
            lacking=round_life.lacking(found, now()) if step is Step.ANNOUNCE else [],
            problem=problem,
        )

    @expose("/<round_code>/steps/<step>", methods=["POST"])
    @may("run")
    def take(self, round_code: str, step: str) -> ResponseReturnValue:
        found, form = rounds.find(round_code), StepForm()
        if step not in set(Step):
            abort(404)
        if not form.validate_on_submit():
            return self._ask(found, Step(step), form), 422
        terms = Terms(form.until.data, form.reason.data or "", form.by_mail.data)
        try:
            with transaction():
                life.take(round_code, Step(step), terms, seen=request.form.get("seen", ""), actor=current_actor(), now=now())
        except Correctable as refusal:
            return self._ask(rounds.find(round_code), Step(step), form, sentence(refusal.message)), refusal.status
        notice(gettext("Done: %(step)s", step=gettext(STEP_NAMES[Step(step)])))
        return see_other(url_for("RoundLifeView.desk", round_code=round_code))

    @expose("/<round_code>/clone")
    @may("run")
    def ask_clone(self, round_code: str) -> ResponseReturnValue:
        """The next round, filled in as it usually is."""
        found = rounds.find_real(round_code)
        usual = round_copy.following(found.fiscal_year_be, found.months)
        return self._ask_clone(found, CloneForm(obj=usual, parts=_usual_parts(found, usual.months)))

    def _ask_clone(self, found: Round, form: CloneForm, problem: str = "") -> str:
        form.months.choices = [(months, gettext(name)) for months, name in MONTHS.items()]
        by_round: dict[Round, list[Part]] = {}
        for part in rounds.parts_of_any_round():
            by_round.setdefault(part.round, []).append(part)
        chosen = set(form.parts.data or [])
        return render_template("rounds/clone.html", round=found, form=form, offered=by_round, chosen=chosen, problem=problem)

    @expose("/<round_code>/clone", methods=["POST"])
    @may("run")
    def clone(self, round_code: str) -> ResponseReturnValue:
        found, form = rounds.find_real(round_code), CloneForm()
        form.parts.choices = [(part.id, part.code) for part in rounds.parts_of_any_round()]
        if not form.validate_on_submit():
            return self._ask_clone(found, form), 422
        given = {name: value for name, value in form.data.items() if name not in ("csrf_token", "parts")}
        try:
            with transaction():
                made = rounds_service.clone(
                    round_code, Plan(**given, part_ids=tuple(form.parts.data)), actor=current_actor(), now=now()
                )
                code = made.code
        except Correctable as refusal:
            return self._ask_clone(rounds.find(round_code), form, sentence(refusal.message)), refusal.status
        notice(gettext("Round %(code)s is made. Offices see it when you announce it.", code=code))
        return see_other(url_for("RoundLifeView.desk", round_code=code))


def _usual_parts(found: Round, months: int) -> list[int]:
    """The parts that the next round usually asks: what the latest round of its length asked, each taken from this round where it is there;
    twelve months ask all of this round besides, as does a length that never was."""
    offered = [part for part in rounds.parts_of_any_round() if part.round.stage != Stage.PREPARING]
    own = {part.code: part for part in offered if part.round_id == found.id}
    alike = [part for part in offered if part.round.months == months]
    latest = {part.code: part for part in alike if part.round_id == alike[0].round_id}
    chosen = {code: own.get(code, part) for code, part in latest.items()}
    if months == 12 or not latest:
        chosen |= own
    return [part.id for part in chosen.values()]
