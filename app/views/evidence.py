"""One file of evidence: open it, delete it, take the deletion back."""

from __future__ import annotations

from uuid import UUID

from flask import abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import arrived, now
from app.domain.errors import N_, Message
from app.domain.evidence import MEDIA_KINDS
from app.errors import sentence
from app.extensions import transaction
from app.queries import submission as submissions
from app.requests import wants_json
from app.scope import current_actor
from app.services import evidence
from app.services.reporting import Address
from app.views.base import Screen, expose, may, notice, see_other
from app.views.downloads import send_kept
from app.views.report_answers import fragments, report_url
from app.views.report_page import anchor


class EvidenceView(Screen):
    route_base = "/evidence"
    class_permission_name = "evidence"

    @expose("/<uuid:evidence_id>")
    @may("read")
    def download(self, evidence_id: UUID) -> ResponseReturnValue:
        found = submissions.evidence_by_id(evidence_id)
        if found is None or found.deleted_at is not None:
            abort(404)
        inline = bool(request.args.get("view")) and MEDIA_KINDS[found.extension].shows_inline
        return send_kept(found, inline=inline)

    @expose("/<uuid:evidence_id>", methods=["DELETE"])
    @may("write")
    def remove(self, evidence_id: UUID) -> ResponseReturnValue:
        return self._change(evidence_id, restore=False)

    @expose("/<uuid:evidence_id>/delete", methods=["POST"])
    @may("write")
    def remove_by_form(self, evidence_id: UUID) -> ResponseReturnValue:
        return self._change(evidence_id, restore=False)

    @expose("/<uuid:evidence_id>/restore", methods=["POST"])
    @may("write")
    def restore(self, evidence_id: UUID) -> ResponseReturnValue:
        return self._change(evidence_id, restore=True)

    def _change(self, evidence_id: UUID, *, restore: bool) -> ResponseReturnValue:
        with transaction():
            change = evidence.restore if restore else evidence.remove
            row = change(evidence_id, actor=current_actor(), now=now(), begun_at=arrived())
            submission = row.submission
            address = Address(submission.round.code, submission.area.code, submission.indicator.full_code)
            name, slot = row.original_name, row.slot
        said = Message(N_("“%(name)s” is back") if restore else N_("“%(name)s” was deleted"), {"name": name})
        if wants_json():
            undo = None if restore else url_for("EvidenceView.restore", evidence_id=evidence_id)
            return jsonify(message=sentence(said), undo=undo, **fragments(address, slot))
        notice(sentence(said), "ok" if restore else f"undo:{url_for('EvidenceView.restore', evidence_id=evidence_id)}")
        return see_other(report_url("report", address) + f"#{anchor(slot)}")
