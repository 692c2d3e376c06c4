"""Pages for everyone: home, documents, contact, language."""

from __future__ import annotations

import io
from itertools import groupby
from urllib.parse import urlsplit

import segno
from flask import Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.clock import now
from app.domain.evidence import MEDIA_KINDS
from app.domain.invitation import Invitation, as_icalendar
from app.exports.figures import as_csv
from app.formatting import localized
from app.forms.accounts import SignInForm
from app.identity import reader
from app.locale import COOKIE_SECONDS, language_cookie
from app.models import Document, DocumentVersion, Meeting, Round
from app.models.document import DOCUMENT_KIND_NAMES, DocumentKind
from app.queries import area as areas
from app.queries import document as documents
from app.queries import published
from app.queries import round as rounds
from app.requests import local_path
from app.views.base import Screen, expose, own_rounds
from app.views.downloads import send_stored
from app.views.privacy import inventory, notice_page

ON_HOME = 3


def _by_kind(found: list[Document]) -> dict[DocumentKind, list[Document]]:
    grouped = {DocumentKind(kind): list(rows) for kind, rows in groupby(found, key=lambda row: row.kind)}
    return {kind: grouped.get(kind, []) for kind in DocumentKind}


def _own_results() -> Round | None:
    """The round whose results the signed-in person's office read last."""
    area = current_user.profile.area if current_user.is_authenticated and current_user.profile else None
    return published.latest_round(area.id, now()) if area else None


class PublicView(Screen):
    class_permission_name = "public"
    default_view = "index"

    @expose("/")
    def index(self) -> ResponseReturnValue:
        moment = now()
        signed_in = current_user.is_authenticated
        found = own_rounds()
        current = rounds.current(found, moment)
        return render_template(
            "public/home.html",
            rounds=found,
            current=current,
            parts=rounds.parts_with_indicators(current.round.id) if current else [],
            complete=rounds.offices_complete(current.round.id) if current else 0,
            offices=areas.count_active(),
            documents=_by_kind(documents.visible(reader())),
            news=documents.news(moment, reader()),
            contacts=documents.contacts(),
            on_home=ON_HOME,
            results=_own_results(),
            form=None if signed_in else SignInForm(formdata=None),
        )

    @expose("/documents/")
    def documents(self) -> ResponseReturnValue:
        found = documents.visible(reader(), with_earlier=current_user.is_authenticated)
        return render_template("public/documents.html", documents=_by_kind(found), kind_names=DOCUMENT_KIND_NAMES)

    @expose("/documents/<row:document_id>")
    def document(self, document_id: int) -> ResponseReturnValue:
        """The newest file of a document. One for another audience is not there."""
        return _send(documents.by_id(document_id, reader()))

    @expose("/documents/<row:document_id>/versions/<row:version>")
    def earlier_version(self, document_id: int, version: int) -> ResponseReturnValue:
        """A file that the document had before, for signed-in people whom it is for."""
        return _send(documents.earlier(document_id, version, reader()))

    @expose("/meetings/<row:meeting_id>")
    def meeting(self, meeting_id: int) -> ResponseReturnValue:
        found = _meeting(meeting_id)
        papers = [row for row in found.documents if row.active and reader().may_read(row)]
        return render_template("public/meeting.html", meeting=found, papers=papers)

    @expose("/meetings/<row:meeting_id>/calendar.ics")
    def calendar(self, meeting_id: int) -> ResponseReturnValue:
        """A meeting for one's own calendar."""
        found, base_url = _meeting(meeting_id), current_app.config["EMES_BASE_URL"]
        invitation = Invitation(
            uid=f"meeting-{found.id}@{urlsplit(base_url).hostname}",
            title=localized(found, "title"),
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            place=found.place,
            link=found.online_link,
            about=localized(found, "body"),
        )
        response = Response(as_icalendar(invitation, written_at=now()), mimetype="text/calendar")
        response.headers["Content-Disposition"] = f'attachment; filename="e-mes-meeting-{found.id}.ics"'
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @expose("/contact/")
    def contact(self) -> ResponseReturnValue:
        return render_template("public/contact.html", contacts=documents.contacts())

    @expose("/contact/qr/<code>.svg")
    def contact_qr(self, code: str) -> ResponseReturnValue:
        found = next((row for row in documents.contacts() if row.code == code and row.kind == "line" and row.value), None)
        if found is None:
            abort(404)
        return _qr(found.value)

    @expose("/qr.svg")
    def qr(self) -> ResponseReturnValue:
        """The system's own address as a QR code."""
        return _qr(current_app.config["EMES_BASE_URL"] + "/")

    @expose("/qr/")
    def qr_page(self) -> ResponseReturnValue:
        """The same on a page to print."""
        return render_template("public/qr.html", address=current_app.config["EMES_BASE_URL"])

    @expose("/privacy/")
    def privacy(self) -> ResponseReturnValue:
        return notice_page()

    @expose("/privacy/inventory.csv")
    def privacy_inventory(self) -> ResponseReturnValue:
        """The record of processing activities, for whoever has to keep one. Section 39."""
        response = Response(as_csv(*inventory()), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="e-mes-personal-data.csv"'
        return response

    @expose("/lang/<code>")
    def language(self, code: str) -> ResponseReturnValue:
        response = redirect(local_path(request.args.get("next")) or "/")
        if code in current_app.config["LANGUAGES"]:
            response.set_cookie(
                language_cookie(),
                code,
                max_age=COOKIE_SECONDS,
                samesite="Lax",
                secure=current_app.config["SESSION_COOKIE_SECURE"],
            )
        return response


def _send(found: Document | DocumentVersion | None) -> Response:
    if found is None:
        abort(404)
    kind = MEDIA_KINDS.get(found.extension)
    return send_stored(
        found.storage_key,
        name=found.original_name,
        media_type=found.media_type,
        inline=bool(kind and kind.shows_inline and request.args.get("view")),
        sha256=found.sha256,
    )


def _meeting(meeting_id: int) -> Meeting:
    """A meeting for this reader; for another audience it is not there."""
    found = documents.meeting(meeting_id, reader())
    if found is None:
        abort(404)
    return found


def _qr(content: str) -> Response:
    picture = io.BytesIO()
    segno.make(content, error="m").save(picture, kind="svg", scale=6, border=4, xmldecl=False)
    return Response(picture.getvalue(), mimetype="image/svg+xml")
