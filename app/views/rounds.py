"""The centre's desk for a round: rehearsals, and minutes of outage to be given back."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain.errors import Correctable
from app.domain.thai import typed_number
from app.errors import sentence
from app.extensions import transaction
from app.formatting import weekday_moment
from app.queries import round as rounds
from app.scope import current_actor
from app.services import outages
from app.services import rounds as rounds_service
from app.views.base import Screen, expose, may, notice, see_other

MINUTES, GRACE = "30", "5"


def _whole(name: str) -> int:
    """A typed number of minutes; -1, which no rule takes, for anything else."""
    typed = typed_number(request.form.get(name, ""), most_digits=6)
    return -1 if typed is None else typed


class RoundDeskView(Screen):
    route_base = "/rounds"
    class_permission_name = "round desk"

    @expose("/<round_code>/rehearsal")
    @may("run")
    def rehearsal(self, round_code: str) -> ResponseReturnValue:
        """Ask how long the rehearsal should run."""
        return self._ask(round_code)

    def _ask(self, round_code: str, problem: str = "") -> str:
        found = rounds.find_real(round_code)
        typed = {"minutes": request.form.get("minutes", MINUTES), "grace": request.form.get("grace", GRACE)}
        return render_template("rounds/rehearsal.html", round=found, typed=typed, problem=problem)

    @expose("/<round_code>/rehearsal", methods=["POST"])
    @may("run")
    def rehearse(self, round_code: str) -> ResponseReturnValue:
        try:
            with transaction():
                made = rounds_service.rehearse(
                    round_code, minutes=_whole("minutes"), grace_minutes=_whole("grace"), actor=current_actor(), now=now()
                )
                code, closes_at = made.code, made.closes_at
        except Correctable as refusal:
            return self._ask(round_code, sentence(refusal.message)), 422
        notice(gettext("The rehearsal %(code)s is open until %(moment)s", code=code, moment=weekday_moment(closes_at)))
        return see_other(url_for("MonitorView.board", round_code=code))

    @expose("/outages/<row:outage_id>/give-back", methods=["POST"])
    @may("run")
    def give_back(self, outage_id: int) -> ResponseReturnValue:
        """One press: everybody gets the lost minutes."""
        with transaction():
            outage = outages.give_back(outage_id, actor=current_actor(), now=now())
            code, closes_at = outage.round.code, outage.round.closes_at
        notice(gettext("The round now closes on %(moment)s for everybody", moment=weekday_moment(closes_at)))
        return see_other(url_for("MonitorView.board", round_code=code))

    @expose("/outages/<row:outage_id>/leave", methods=["POST"])
    @may("run")
    def leave(self, outage_id: int) -> ResponseReturnValue:
        with transaction():
            code = outages.leave(outage_id, actor=current_actor(), now=now()).round.code
        notice(gettext("The closing stays as it is"))
        return see_other(url_for("MonitorView.board", round_code=code))
