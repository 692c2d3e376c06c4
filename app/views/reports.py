"""An office's work: the dashboard of a round, the report on one indicator."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import arrived, now
from app.domain.access import Action, allows
from app.domain.belonging import require_page
from app.domain.endorsement import STANDING_NAMES
from app.domain.errors import IncompleteReport, NotFound
from app.domain.thai import single_line
from app.errors import sentence
from app.extensions import transaction
from app.identity import reader, reporter
from app.models import Evidence, Submission
from app.queries import document as documents
from app.queries import published, team
from app.queries import round as rounds
from app.queries import submission as submissions
from app.queries.board import Filter
from app.requests import wants_json
from app.scope import current_actor
from app.services import evidence, reporting
from app.services.evidence import Attached, Examined
from app.services.reporting import Address
from app.signing import signer
from app.storage import StoredFile
from app.views.base import Screen, expose, may, notice, own_rounds, see_other
from app.views.dashboard_page import SHOW_NAMES, Dashboard, Show, line_of
from app.views.library import cite
from app.views.receiving import receive
from app.views.report_answers import (
    cells_after,
    changes_from_form,
    changes_from_json,
    fragments,
    fragments_after,
    full_page,
    here,
    missing_as_json,
    render_page,
    report_url,
    saved_as_json,
)
from app.views.report_page import anchor, slot_limits
from app.views.room import writable_target


class ReportView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/")
    @may("read")
    def home(self) -> ResponseReturnValue:
        """Straight to the own office in the current round, or the one that was asked for; central staff to the monitoring board."""
        own, wanted = own_rounds(), request.args.get("round", "")
        current = next((found for found in own if found.round.code == wanted), None) or rounds.current(own, now())
        if current is None:
            return render_template("reports/no_round.html")
        area, code = current_user.profile.area if current_user.profile else None, current.round.code
        if area is None:
            return see_other(url_for("MonitorView.board", round_code=code))
        return see_other(url_for("ReportView.dashboard", round_code=code, area_code=area.code))

    @expose("/<round_code>/<area_code>/")
    @may("read")
    def dashboard(self, round_code: str, area_code: str) -> ResponseReturnValue:
        actor = current_actor()
        office = submissions.find_office(round_code, area_code, actor=actor)
        found, area = office.round, office.area
        reports = {row.indicator_id: row for row in submissions.of_office(found.id, area.id)}
        owned = team.indicators_with_owners(found.id, area.id)
        lines = [line_of(row, reports.get(row.indicator.id), area) for row in owned]
        asked = request.args.get("show", "")
        resting = office.hand_in is not None and office.hand_in.is_living
        return render_template(
            "reports/dashboard.html",
            board=Dashboard(office, lines, Show(asked) if asked in set(Show) else Show.ALL, actor.user_id),
            may_edit=allows(actor, Action.EDIT_REPORT, Submission(area_id=area.id)) and not resting,
            allows_endorsing=allows(actor, Action.ENDORSE_ROUND, Submission(area_id=area.id)),
            may_lead=allows(actor, Action.LEAD_TEAM, Submission(area_id=area.id)),
            standing_names=STANDING_NAMES,
            show_names=SHOW_NAMES,
            news=documents.news(now(), reader()),
            results=published.news_of_office(found, area.id, now()),
            anchor=anchor,
        )

    @expose("/<round_code>/<area_code>/<indicator_code>")
    @may("read")
    def report(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        page = full_page(Address(round_code, area_code, indicator_code), checked=request.args.get("check") == "1")
        return render_page(page)

    @expose("/<round_code>/<area_code>/<indicator_code>", methods=["PATCH"])
    @may("write")
    def save_fields(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """Autosave: some fields, each against its version."""
        address = Address(round_code, area_code, indicator_code)
        changes = changes_from_json(address)
        with transaction():
            saved = reporting.save(address, changes, actor=current_actor(), reporter=reporter(), now=now(), begun_at=arrived())
        return saved_as_json(saved)

    @expose("/<round_code>/<area_code>/<indicator_code>", methods=["POST"])
    @may("write")
    def save_form(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """The same without script: the whole form, saved field by field."""
        address = Address(round_code, area_code, indicator_code)
        changes = changes_from_form(address)
        with transaction():
            saved = reporting.save(address, changes, actor=current_actor(), reporter=reporter(), now=now(), begun_at=arrived())
        if saved.errors or saved.conflicts:
            page = full_page(address, cells=cells_after(saved, changes))
            return render_page(page), 409 if saved.conflicts else 422
        if request.form.get("then") == "check":
            return see_other(report_url("check", address))
        notice(gettext("Saved"))
        return see_other(report_url("report", address))

    @expose("/<round_code>/<area_code>/<indicator_code>/check")
    @may("write")
    def check(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """Everything on one page before it is sent; what is missing sends one back to the report."""
        address = Address(round_code, area_code, indicator_code)
        page = full_page(address)
        if page.missing or page.office_hand_in:
            return see_other(report_url("report", address, check="1" if page.missing else None))
        return render_template("reports/check.html", page=page, idempotency_key=uuid4().hex)

    @expose("/<round_code>/<area_code>/<indicator_code>/slots/<slot>")
    @may("read")
    def slot(self, round_code: str, area_code: str, indicator_code: str, slot: str) -> ResponseReturnValue:
        """The files of one slot and how far the report is, for the page's script after a resumable upload."""
        return jsonify(fragments(Address(round_code, area_code, indicator_code), slot))

    @expose("/<round_code>/<area_code>/<indicator_code>/submit", methods=["POST"])
    @may("write")
    def submit(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        address = Address(round_code, area_code, indicator_code)
        require_page(request.form.get("for", ""), here(address))
        key = single_line(request.headers.get("Idempotency-Key") or request.form.get("idempotency_key") or "")[:80] or None
        try:
            with transaction():
                hand_in = reporting.submit(
                    address,
                    actor=current_actor(),
                    reporter=reporter(),
                    now=now(),
                    signer=signer(),
                    begun_at=arrived(),
                    idempotency_key=key,
                    email=current_user.email,
                )
                number = hand_in.receipt_number
        except IncompleteReport as incomplete:
            if wants_json():
                return jsonify(error=sentence(incomplete.message), missing=missing_as_json(incomplete.items)), 422
            return render_page(full_page(address, checked=True)), 422
        if wants_json():
            return jsonify(receipt=number, report=report_url("report", address))
        notice(gettext("Submitted. Receipt no. %(number)s", number=number))
        return see_other(report_url("report", address))

    @expose("/<round_code>/<area_code>/<indicator_code>/evidence", methods=["POST"])
    @may("write")
    def add_evidence(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """One or more files for a slot, or one that was sent before (`source`). Each stands for itself: good ones are kept, the others are named with the reason."""
        address = Address(round_code, area_code, indicator_code)
        require_page(request.form.get("for", ""), here(address))
        slot = request.form.get("slot", "")
        if "source" in request.form:
            return cite(address, slot)
        target = writable_target(address)
        reporting.require_time_for_files(target, now=now(), begun_at=arrived())
        if slot not in slot_limits(target):
            raise NotFound

        last: list[Attached] = []

        def attach(examined: Examined, stored: StoredFile) -> Evidence:
            attached = evidence.attach(
                address, slot, examined, stored, actor=current_actor(), reporter=reporter(), now=now(), begun_at=arrived()
            )
            last[:] = [attached]
            return attached.file

        received = receive(slot, attach)
        if wants_json():
            # Where one was refused its transaction was taken back, and with it what was read: then the answer is read afresh.
            parts = fragments(address, slot) if received.refusals else fragments_after(*last, slot=slot)
            return jsonify({"evidence": received.added, "errors": received.said} | parts), received.status
        for said in received.said:
            notice(said, "bad")
        if received.refusals:
            page = full_page(address)
            return render_page(page), received.status
        return see_other(report_url("report", address) + f"#{anchor(slot)}")


class OverviewView(Screen):
    """Where the centre's list of offices was: the monitoring board took its place."""

    route_base = "/reports"
    class_permission_name = "overview"

    @expose("/<round_code>/")
    @may("read")
    def offices(self, round_code: str) -> ResponseReturnValue:
        asked: dict[str, Any] = dict(Filter.from_args(request.args).args())
        return see_other(url_for("MonitorView.board", round_code=round_code, **asked))
