"""Answering what an evaluator would remark on: why a report is sent as it is."""

from __future__ import annotations

from uuid import uuid4

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.clock import arrived, now
from app.domain.belonging import require_page
from app.domain.errors import N_, Message, Refused
from app.errors import sentence
from app.extensions import transaction
from app.identity import reporter
from app.requests import wants_json
from app.scope import current_actor
from app.services import advice
from app.services.reporting import Address
from app.views.base import Screen, expose, may, notice, see_other
from app.views.report_answers import fragments, full_page, here, render_page, report_url
from app.views.report_page import Cell, anchor

REASON_KEPT = Message(N_("The reason is kept"))


class AdviceView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/<round_code>/<area_code>/<indicator_code>/advice", methods=["POST"])
    @may("write")
    def answer(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """`advice` says which remark; its reason stands in `reason`, or in a box of its own where a page shows several."""
        address = Address(round_code, area_code, indicator_code)
        require_page(request.form.get("for", ""), here(address))
        key = request.form.get("advice", "")
        typed = request.form.get(f"reason.{key}", request.form.get("reason", ""))
        try:
            with transaction():
                slot = advice.answer(
                    address, key, typed, actor=current_actor(), reporter=reporter(), now=now(), begun_at=arrived()
                )
        except Refused as refusal:
            if wants_json() or not key:
                raise
            return self._shown_again(address, key, Cell(None, 0, typed=typed, error=sentence(refusal.message))), 422
        if wants_json():
            return jsonify(message=sentence(REASON_KEPT), **fragments(address, slot))
        notice(sentence(REASON_KEPT))
        if request.form.get("then") == "check":
            return see_other(report_url("check", address))
        return see_other(report_url("report", address) + f"#{anchor(slot or 'self_level')}")

    def _shown_again(self, address: Address, key: str, refused: Cell) -> str:
        """The page that the reason was typed on, with the text and what is wrong with it."""
        page = full_page(address, refused_reasons={key: refused})
        if request.form.get("then") == "check":
            return render_template("reports/check.html", page=page, idempotency_key=uuid4().hex)
        return render_page(page)
