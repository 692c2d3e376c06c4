"""Prescribed forms, handed out for one report: they carry round and office, and come back to no other."""

from __future__ import annotations

import io

from flask import Response, abort, send_file
from flask.typing import ResponseReturnValue

from app.domain.evidence import safe_name
from app.exports import templates
from app.formatting import localized
from app.identity import reader
from app.queries import submission as submissions
from app.scope import current_actor
from app.storage import evidence_store
from app.views.base import Screen, expose, may


class TemplateView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/<round_code>/<area_code>/<indicator_code>/forms/<row:document_id>")
    @may("read")
    def template(self, round_code: str, area_code: str, indicator_code: str, document_id: int) -> ResponseReturnValue:
        target = submissions.find_target(round_code, area_code, indicator_code, actor=current_actor(), shown=True)
        forms = {row.form_document.id: row.form_document for row in target.indicator.active_criteria if row.form_document}
        found = forms.get(document_id)
        if found is None or not found.active or not reader().may_read(found):
            abort(404)
        try:
            with evidence_store().local(found.storage_key) as path:
                made = templates.marked_copy(path, target.belonging)
        except FileNotFoundError:
            abort(404)
        name = safe_name(templates.name_for(localized(found, "title"), found.extension, target.belonging))
        response: Response = send_file(io.BytesIO(made), mimetype=found.media_type, as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "private, no-store"
        return response
