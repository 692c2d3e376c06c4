"""The files that an office has sent before, and using one of them in another issue."""

from __future__ import annotations

from uuid import UUID

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import arrived, now
from app.domain.errors import Correctable, NotFound
from app.domain.thai import single_line
from app.errors import sentence
from app.extensions import transaction
from app.identity import reporter
from app.queries import library as shelves
from app.queries import submission as submissions
from app.queries.library import Wanted
from app.requests import wants_json
from app.scope import current_actor
from app.services import library, reporting
from app.services.library import Citation
from app.services.reporting import Address
from app.views.base import Screen, expose, may, notice, page_number, see_other
from app.views.receiving import file_as_json
from app.views.report_answers import fragments, report_url
from app.views.report_page import Cell, anchor, slot_limits


class LibraryView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/<round_code>/<area_code>/<indicator_code>/library")
    @may("write")
    def shelf(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        return _shelf(Address(round_code, area_code, indicator_code), request.args.get("slot"))


def _shelf(address: Address, slot: str | None, refused: dict[str, Cell] | None = None) -> str:
    """The page of files for a slot; the first one of the indicator where none is named."""
    target = submissions.find_target(address.round_code, address.area_code, address.indicator_code, actor=current_actor())
    submission = submissions.find(target)
    reporting.require_time(target, submission, now=now(), begun_at=arrived())
    limits = slot_limits(target)
    slot = slot or next(iter(limits))
    if slot not in limits:
        raise NotFound
    wanted = Wanted(*(single_line(request.args.get(name, ""))[:100] for name in ("q", "indicator", "round")))
    sent_for = shelves.sent_for(target.area.id)
    there = [row.sha256 for row in submission.evidence if row.slot == slot] if submission is not None else []
    return render_template(
        "reports/library.html",
        target=target,
        slot=slot,
        wanted=wanted,
        shelf=shelves.usable(target, there, slot, wanted, page_number()),
        rounds=list({found.id: found for found, _ in sent_for}.values()),
        indicator_codes=list(dict.fromkeys(code for _, code in sent_for)),
        refused=refused or {},
    )


def cite(address: Address, slot: str) -> ResponseReturnValue:
    """Use a file that was sent before, instead of sending it again: the fields `source`, `slot` and `place`."""
    source, place = request.form["source"], request.form.get("place", "")
    try:
        wanted = Citation(UUID(source), slot, place)
    except ValueError:
        raise NotFound from None
    try:
        with transaction():
            row = library.cite(address, wanted, actor=current_actor(), reporter=reporter(), now=now(), begun_at=arrived())
    except Correctable as refusal:
        if wants_json():
            raise
        return _shelf(address, slot, {source: Cell(None, 0, typed=place, error=sentence(refusal.message))}), refusal.status
    if wants_json():
        return jsonify({"evidence": [file_as_json(row)], "errors": []} | fragments(address, slot)), 201
    notice(gettext("“%(name)s” is used here too", name=row.original_name))
    return see_other(report_url("report", address) + f"#{anchor(slot)}")
