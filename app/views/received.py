"""Files that offices sent: what the search for viruses found, what it could not look into, and how much room each office uses."""

from __future__ import annotations

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import clamd
from app.clock import now
from app.domain.errors import NotFound, Refused
from app.domain.scanning import MOST_REASON_CHARACTERS, STATE_NAMES, WHY_NAMES, ScanState
from app.errors import sentence
from app.extensions import transaction
from app.queries import room
from app.queries import round as rounds
from app.queries import scanning as queries
from app.scope import current_actor
from app.services import scanning
from app.views.base import Screen, expose, may, notice, see_other
from app.views.downloads import has_scanner

LOOK_SECONDS = 2.0


def _standing() -> str:
    """'none' without a scanner, its version where it answers, '' where it does not."""
    if not has_scanner():
        return "none"
    try:
        return clamd.Clamd(current_app.config["EMES_CLAMAV_URL"], connect_seconds=LOOK_SECONDS).version()
    except clamd.Away:
        return ""


class ReceivedView(Screen):
    route_base = "/received-files"
    class_permission_name = "received files"

    @expose("/")
    @may("read")
    def desk(self) -> ResponseReturnValue:
        return self._page()

    @expose("/<kind>/<file_id>/release", methods=["POST"])
    @may("decide")
    def release(self, kind: str, file_id: str) -> ResponseReturnValue:
        """Open a file that could not be scanned, with a reason that stays on record."""
        reason = request.form.get("reason", "")
        try:
            with transaction():
                row = scanning.release(kind, file_id, reason, actor=current_actor(), now=now())
                name = row.original_name
        except Refused as refusal:
            return self._page(refused=file_id, problem=sentence(refusal.message)), refusal.status
        notice(gettext("“%(name)s” opens now; your reason is on record", name=name))
        return see_other(url_for("ReceivedView.desk"))

    @expose("/<kind>/<file_id>/again", methods=["POST"])
    @may("decide")
    def again(self, kind: str, file_id: str) -> ResponseReturnValue:
        """Let a file that could not be scanned wait for the scanner once more."""
        with transaction():
            name = scanning.scan_again(kind, file_id, actor=current_actor(), now=now()).original_name
        notice(gettext("“%(name)s” waits to be scanned again", name=name))
        return see_other(url_for("ReceivedView.desk"))

    def _page(self, *, refused: str = "", problem: str = "") -> str:
        code = request.args.get("round", "")
        known = sorted((found for found in rounds.all_active() if not found.is_rehearsal), key=lambda found: found.opens_at)[
            ::-1
        ]
        begun = [found for found in known if found.opens_at <= now()] or known
        chosen = next((found for found in known if found.code == code), None) if code else next(iter(begun), None)
        if code and chosen is None:
            raise NotFound
        return render_template(
            "received/desk.html",
            standing=_standing(),
            counts=queries.counts(),
            since=queries.waiting_since(),
            infected=queries.in_state(ScanState.INFECTED),
            failed=queries.in_state(ScanState.FAILED),
            state_names=STATE_NAMES,
            why_names=WHY_NAMES,
            path_of=scanning.path_of,
            rounds=known,
            round=chosen,
            usage=room.used_by_office(chosen) if chosen is not None else [],
            refused=refused,
            problem=problem,
            most_characters=MOST_REASON_CHARACTERS,
        )
