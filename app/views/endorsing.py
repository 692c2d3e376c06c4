"""The whole of an office's round: handed in, endorsed, returned, withdrawn; for the centre, offices that nobody can endorse for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import deadlines, endorsement
from app.domain.access import Action, allows
from app.domain.endorsement import Standing
from app.domain.round_life import Stage
from app.errors import sentence
from app.extensions import transaction
from app.forms.accounts import RefusalForm
from app.models import Indicator, OfficeHandIn
from app.queries import endorsement as hand_ins
from app.queries import round as rounds
from app.queries import submission as submissions
from app.queries.submission import Office
from app.scope import current_actor
from app.services import endorsing
from app.services.endorsing import NotAllSubmitted, Seat
from app.signing import signer
from app.views.base import Screen, expose, may, notice, see_other


@dataclass(frozen=True)
class WholePage:
    """How the whole of an office's round stands, and what this person may do about it."""

    office: Office
    owing: list[Indicator]
    seat: Seat | None
    earlier: list[OfficeHandIn]

    @property
    def hand_in(self) -> OfficeHandIn | None:
        """The living hand-in."""
        last = self.office.hand_in
        return last if last is not None and last.is_living else None

    @property
    def standing(self) -> Standing:
        return self.office.standing(now())

    @property
    def _coordinates(self) -> bool:
        return allows(current_actor(), Action.HAND_IN_ROUND, OfficeHandIn(area_id=self.office.area.id))

    @property
    def is_over(self) -> bool:
        return now() >= self.office.last_window.ends_at

    @property
    def is_open(self) -> bool:
        return deadlines.phase(self.office.last_window, now()) is not deadlines.Phase.UPCOMING and not self.is_over

    @property
    def may_hand_in(self) -> bool:
        return self._coordinates and self.hand_in is None and not self.owing and self.is_open

    @property
    def may_endorse(self) -> bool:
        return self.seat is not None and self.standing is Standing.WAITING

    @property
    def may_withdraw(self) -> bool:
        if self.hand_in is None or self.office.round.stage != Stage.RUNNING:
            return False
        return self.seat is not None or (self._coordinates and not self.hand_in.is_endorsed)


def _page(round_code: str, area_code: str) -> WholePage:
    actor = current_actor()
    office = endorsing.find(round_code, area_code, actor=actor)
    reports = submissions.states_of_office(office.round.id, office.area.id)
    return WholePage(
        office=office,
        owing=endorsing.owing(office, reports),
        seat=endorsing.seat_of(actor, office, now=now()),
        earlier=hand_ins.earlier(office.round.id, office.area.id),
    )


def _render(page: WholePage, *, form: RefusalForm | None = None, refused: str = "", problem: str = "") -> str:
    return render_template(
        "endorsing/whole.html",
        page=page,
        form=form or RefusalForm(formdata=None),
        refused=refused,
        problem=problem,
        standing_names=endorsement.STANDING_NAMES,
    )


class HandInView(Screen):
    route_base = "/reports"
    class_permission_name = "round hand-in"

    @expose("/<round_code>/<area_code>/hand-in")
    @may("read")
    def whole(self, round_code: str, area_code: str) -> ResponseReturnValue:
        return _render(_page(round_code, area_code))

    @expose("/<round_code>/<area_code>/hand-in", methods=["POST"])
    @may("hand_in")
    def hand_in(self, round_code: str, area_code: str) -> ResponseReturnValue:
        try:
            with transaction():
                row = endorsing.hand_in(round_code, area_code, actor=current_actor(), now=now(), signer=signer())
                number = row.receipt_number
        except NotAllSubmitted as refusal:
            return _render(_page(round_code, area_code), problem=sentence(refusal.message)), 422
        notice(gettext("The round is handed in. Receipt no. %(number)s", number=number))
        return self._back(round_code, area_code)

    @expose("/<round_code>/<area_code>/hand-in/endorse", methods=["POST"])
    @may("decide")
    def endorse(self, round_code: str, area_code: str) -> ResponseReturnValue:
        with transaction():
            endorsing.endorse(round_code, area_code, actor=current_actor(), now=now(), signer=signer())
        notice(gettext("You endorsed the round. The coordinator is told."))
        return self._back(round_code, area_code)

    @expose("/<round_code>/<area_code>/hand-in/return", methods=["POST"])
    @may("decide")
    def return_(self, round_code: str, area_code: str) -> ResponseReturnValue:
        said = gettext("The round was returned. The coordinator is told, and the reports can be edited again.")
        return self._end(round_code, area_code, endorsing.return_, "return", said)

    @expose("/<round_code>/<area_code>/hand-in/withdraw", methods=["POST"])
    @may("decide")
    def withdraw(self, round_code: str, area_code: str) -> ResponseReturnValue:
        said = gettext("The hand-in was withdrawn. The reports can be edited again.")
        return self._end(round_code, area_code, endorsing.withdraw, "withdraw", said)

    def _end(
        self, round_code: str, area_code: str, act: Callable[..., OfficeHandIn], which: str, said: str
    ) -> ResponseReturnValue:
        """Return or withdraw with a reason, which stands beside its field when it lacks."""
        form = RefusalForm()
        if not form.validate_on_submit():
            return _render(_page(round_code, area_code), form=form, refused=which), 422
        with transaction():
            act(round_code, area_code, form.reason.data, actor=current_actor(), now=now())
        notice(said)
        return self._back(round_code, area_code)

    def _back(self, round_code: str, area_code: str) -> ResponseReturnValue:
        return see_other(url_for("HandInView.whole", round_code=round_code, area_code=area_code))


class EndorserView(Screen):
    """For the centre: offices in which nobody can endorse, and whom to call there."""

    route_base = "/monitor"
    class_permission_name = "overview"

    @expose("/<round_code>/endorsers")
    @may("read")
    def without_endorser(self, round_code: str) -> ResponseReturnValue:
        found = rounds.find(round_code)
        if not found.asks_endorsement:
            abort(404)
        alone = hand_ins.whom_to_call(hand_ins.without_endorser(found))
        return render_template("endorsing/endorsers.html", round=found, offices=alone)
