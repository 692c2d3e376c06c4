"""Evidence on the review desk: pages as pictures, Office files as text, clips in a sandbox, everything as a download.

Nothing that an office sent runs beside our pages: pictures and texts are drawn anew (`services.previews`)."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Response, abort, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.domain.evidence import MEDIA_KINDS
from app.models import Evidence
from app.previews import TooBusy, preview_store
from app.scope import current_actor
from app.services import previews
from app.storage import evidence_store
from app.views.base import Screen, expose, may
from app.views.downloads import require_opens, send_kept
from app.views.review_page import may_see_file

A_YEAR_SECONDS = 365 * 24 * 3600
BUSY_SECONDS = 2


def _source(evidence_id: UUID) -> Evidence:
    """A file of which something can be shown: one that was looked into and opens."""
    found = may_see_file(evidence_id, current_actor()).evidence
    require_opens(found)
    if found.inspected_at is None or any(remark.kind in ("unreadable", "locked") for remark in found.advice):
        abort(404)
    return found


def _busy() -> Response:
    response = current_app.make_response((render_template("review/busy.html"), 503))
    response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response


class ReviewEvidenceView(Screen):
    """Files that the office deleted since are there as they were handed in."""

    route_base = "/review/evidence"
    class_permission_name = "review desk"

    @expose("/<uuid:evidence_id>")
    @may("read")
    def download(self, evidence_id: UUID) -> ResponseReturnValue:
        """The file itself, as an attachment; a clip that browsers play is shown in its sandbox where `view` asks for it."""
        found = may_see_file(evidence_id, current_actor()).evidence
        kind = MEDIA_KINDS[found.extension]
        inline = bool(request.args.get("view")) and kind.is_clip and kind.shows_inline
        return send_kept(found, inline=inline)

    @expose("/<uuid:evidence_id>/pages/<row:page_number>")
    @may("read")
    def page(self, evidence_id: UUID, page_number: int) -> ResponseReturnValue:
        """A page of a PDF, or a picture, drawn anew. The bytes of a row never change, so browsers may keep it."""
        found = _source(evidence_id)
        pages = (found.page_count or 1) if found.extension == "pdf" else 1
        if found.extension not in previews.PAGED or page_number > pages:
            abort(404)
        source = partial(evidence_store().local, found.storage_key)
        try:
            made = previews.page(preview_store(), source, found.sha256, found.extension, page_number)
            response = send_file(made, mimetype="image/webp", etag=f"{found.sha256}-{page_number}", max_age=A_YEAR_SECONDS)
        except TooBusy:
            return _busy()
        except FileNotFoundError:  # swept away a moment ago, or not in the store
            abort(404)
        response.headers["Cache-Control"] = f"private, max-age={A_YEAR_SECONDS}, immutable"
        return response

    @expose("/<uuid:evidence_id>/text")
    @may("read")
    def text(self, evidence_id: UUID) -> ResponseReturnValue:
        """What an Office file says, escaped; the page's script asks for the text alone."""
        found = _source(evidence_id)
        if found.extension not in previews.TEXTS:
            abort(404)
        source = partial(evidence_store().local, found.storage_key)
        try:
            said = previews.text(preview_store(), source, found.sha256, found.extension)
        except TooBusy:
            return _busy()
        except FileNotFoundError:
            abort(404)
        template = "review/_text.html" if request.args.get("part") else "review/text.html"
        return render_template(template, file=found, blocks=said["blocks"], cut=said["cut"])
