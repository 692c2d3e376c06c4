"""Generated screens of documents, announcements, meetings and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from flask import current_app, request
from flask_babel import lazy_gettext as _l
from wtforms import FileField

from app.clock import now
from app.domain.audience import AUDIENCE_NAMES
from app.domain.errors import N_, Refused
from app.models import Announcement, ContactChannel, Document, Meeting
from app.models.area import KIND_NAMES, REGION_NAMES
from app.models.document import DOCUMENT_KIND_NAMES
from app.scope import current_actor
from app.services import publications
from app.storage import IncomingFile, evidence_store
from app.views.admin.base import Generated
from app.views.admin.data import Interface, rows_to_choose
from app.views.admin.fields import TickedField

CHANNEL_NAMES = {"phone": N_("Telephone"), "line": N_("LINE group"), "email": N_("E-mail"), "web": N_("Web site")}


# Whom something published is for, on every form.
ADDRESSED = ("audience", "for_kind", "for_region", "for_centre")
ADDRESSED_NAMES: Mapping[str, Mapping[Any, str]] = {
    "audience": AUDIENCE_NAMES,
    "for_kind": KIND_NAMES,
    "for_region": REGION_NAMES,
}
ADDRESSED_HINTS = {
    "for_kind": _l("Empty: offices of both kinds"),
    "for_region": _l("Empty: offices of every region"),
    "for_centre": _l("Offices neither see nor can download it"),
}


class DocumentAdmin(Generated):
    route_base = "/admin/documents"
    class_permission_name = "documents"
    datamodel = Interface(Document, eager=("round",))
    icon_name = "file-earmark-arrow-down"
    list_title, add_title, edit_title, show_title = (
        _l("Letters, documents and forms"),
        _l("Add a document"),
        _l("Edit a document"),
        _l("Document"),
    )
    choices: ClassVar = {"kind": DOCUMENT_KIND_NAMES, **ADDRESSED_NAMES}
    tells = "document"
    list_columns = ["kind", "title_th", "letter_number", "dated_on", "version", "audience", "sort_order", "active"]
    show_columns = [
        "kind",
        "title_th",
        "title_en",
        "letter_number",
        "dated_on",
        "round",
        *ADDRESSED,
        "version",
        "uploaded_at",
        "uploaded_by_name",
        "original_name",
        "size_bytes",
        "sha256",
        "sort_order",
        "active",
    ]
    add_columns = edit_columns = [
        "kind",
        "title_th",
        "title_en",
        "letter_number",
        "dated_on",
        "round",
        *ADDRESSED,
        "file",
        "sort_order",
        "active",
    ]
    add_form_extra_fields: ClassVar = {
        "file": FileField(
            _l("File"), description=_l("Earlier files are kept; several offices may send it as evidence without a remark")
        )
    }
    order_columns = ["kind", "dated_on", "audience", "sort_order", "active"]
    base_order = ("dated_on", "desc")
    quick_search = ("title_th", "title_en", "letter_number", "original_name")
    offered_filters = ("kind", "audience", "active")
    description_columns = {
        "kind": _l("Decides under which heading people find it"),
        "dated_on": _l("Day/month/Buddhist year, for example 23/01/2566"),
        "round": _l("The round it is about; evaluation reports are found by their round"),
        **ADDRESSED_HINTS,
    }

    def check(self, item: Document, form: Any, *, is_new: bool) -> None:
        publications.require_addressed(item)
        publications.require_usable(item)
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            if is_new:
                raise Refused(N_("Choose a file first"))
            return
        name, stored = publications.receive(
            evidence_store(),
            cast(IncomingFile, upload.stream),
            upload.filename,
            max_file_mb=current_app.config["EMES_MAX_FILE_MB"],
            max_clip_mb=current_app.config["EMES_MAX_CLIP_MB"],
        )
        publications.describe(item, name, stored, actor=current_actor(), now=now())


class AnnouncementAdmin(Generated):
    route_base = "/admin/announcements"
    class_permission_name = "announcements"
    datamodel = Interface(Announcement)
    icon_name = "megaphone"
    list_title, add_title, edit_title, show_title = (
        _l("Announcements"),
        _l("Add an announcement"),
        _l("Edit an announcement"),
        _l("Announcement"),
    )
    choices: ClassVar = ADDRESSED_NAMES
    tells = "announcement"
    list_columns = ["title_th", "audience", "published_at", "expires_at", "active"]
    show_columns = ["title_th", "title_en", "body_th", "body_en", *ADDRESSED, "published_at", "expires_at", "active"]
    add_columns = edit_columns = show_columns
    order_columns = ["audience", "published_at", "expires_at", "active"]
    base_order = ("published_at", "desc")
    quick_search = ("title_th", "title_en", "body_th")
    offered_filters = ("audience", "active")
    description_columns = {"published_at": _l("Bangkok time, for example 01/03/2566 08.30"), **ADDRESSED_HINTS}

    def check(self, item: Announcement, form: Any, *, is_new: bool) -> None:
        publications.require_addressed(item)
        if item.expires_at is not None and item.expires_at <= item.published_at:
            raise Refused(N_("“Shown until” must be later than “Shown from”, or empty"))


class MeetingAdmin(Generated):
    route_base = "/admin/meetings"
    class_permission_name = "meetings"
    datamodel = Interface(Meeting)
    icon_name = "calendar3"
    list_title, add_title, edit_title, show_title = (
        _l("Meetings and trainings"),
        _l("Add a meeting"),
        _l("Edit a meeting"),
        _l("Meeting or training"),
    )
    choices: ClassVar = ADDRESSED_NAMES
    tells = "meeting"
    list_columns = ["title_th", "starts_at", "ends_at", "place", "audience", "active"]
    show_columns = [
        "title_th",
        "title_en",
        "body_th",
        "body_en",
        "starts_at",
        "ends_at",
        "place",
        "online_link",
        "documents",
        *ADDRESSED,
        "active",
    ]
    add_columns = edit_columns = [column if column != "documents" else "papers" for column in show_columns]
    add_form_extra_fields: ClassVar = {
        "papers": TickedField(
            _l("Documents"),
            choices=lambda: [(str(row.id), str(row)) for row in rows_to_choose(Document)],
            description=_l("What people are to read before or after it, from the published documents"),
        )
    }
    formatters_columns = {"documents": lambda rows: ", ".join(map(str, rows))}
    order_columns = ["starts_at", "ends_at", "audience", "active"]
    base_order = ("starts_at", "desc")
    quick_search = ("title_th", "title_en", "place")
    offered_filters = ("audience", "active")
    description_columns = {
        "starts_at": _l("Bangkok time, for example 01/03/2566 08.30"),
        "online_link": _l("Starts with https://"),
        **ADDRESSED_HINTS,
    }

    def prefill_form(self, form: Any, pk: Any) -> None:
        form.papers.data = [str(row.id) for row in self._found(pk).documents]

    def check(self, item: Meeting, form: Any, *, is_new: bool) -> None:
        publications.require_addressed(item)
        if item.ends_at <= item.starts_at:
            raise Refused(N_("The meeting must begin before it ends"))
        if item.online_link and not item.online_link.startswith("https://"):
            raise Refused(N_("The address must start with https://"))
        chosen = set(form.papers.data or [])
        item.documents = [row for row in rows_to_choose(Document) if str(row.id) in chosen]


class ContactAdmin(Generated):
    route_base = "/admin/contacts"
    class_permission_name = "contacts"
    datamodel = Interface(ContactChannel)
    icon_name = "telephone"
    list_title, add_title, edit_title, show_title = (
        _l("Contacts"),
        _l("Add a contact"),
        _l("Edit a contact"),
        _l("Contact"),
    )
    choices: ClassVar = {"kind": CHANNEL_NAMES, "region": REGION_NAMES}
    chip_columns = ("code",)
    list_columns = ["code", "kind", "name_th", "region", "value", "sort_order", "active"]
    show_columns = ["code", "kind", "name_th", "name_en", "region", "value", "sort_order", "active"]
    add_columns = edit_columns = show_columns
    order_columns = ["code", "kind", "region", "sort_order", "active"]
    base_order = ("sort_order", "asc")
    quick_search = ("code", "name_th", "name_en", "value")
    offered_filters = ("kind", "active")
    description_columns = {
        "region": _l("Of a LINE group; empty for anything else"),
        "value": _l("The address behind the QR code of a LINE group starts with https://"),
    }

    def check(self, item: ContactChannel, form: Any, *, is_new: bool) -> None:
        if item.kind in ("line", "web") and item.value and not item.value.startswith("https://"):
            raise Refused(N_("The address must start with https://"))
