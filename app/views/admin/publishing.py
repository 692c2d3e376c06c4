"""Generated screens of documents, announcements and contacts."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from flask import current_app, request
from flask_babel import lazy_gettext as _l
from wtforms import FileField

from app.domain.errors import N_, Refused
from app.models import Announcement, ContactChannel, Document
from app.models.area import REGION_NAMES
from app.models.document import AUDIENCE_NAMES, DOCUMENT_KIND_NAMES
from app.services import publications
from app.storage import IncomingFile, evidence_store
from app.views.admin.base import Generated
from app.views.admin.data import Interface

CHANNEL_NAMES = {"phone": N_("Telephone"), "line": N_("LINE group"), "email": N_("E-mail"), "web": N_("Web site")}


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
    choices: ClassVar = {"kind": DOCUMENT_KIND_NAMES, "audience": AUDIENCE_NAMES}
    list_columns = ["kind", "title_th", "letter_number", "dated_on", "audience", "sort_order", "active"]
    show_columns = [
        "kind",
        "title_th",
        "title_en",
        "letter_number",
        "dated_on",
        "round",
        "audience",
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
        "audience",
        "file",
        "sort_order",
        "active",
    ]
    add_form_extra_fields: ClassVar = {"file": FileField(_l("File"))}
    order_columns = ["kind", "dated_on", "audience", "sort_order", "active"]
    base_order = ("dated_on", "desc")
    quick_search = ("title_th", "title_en", "letter_number", "original_name")
    offered_filters = ("kind", "audience", "active")
    description_columns = {
        "dated_on": _l("Day/month/Buddhist year, for example 23/01/2566"),
        "round": _l("The round it is about; evaluation reports are found by their round"),
        "file": _l("Files published here may be sent by several offices without remark"),
    }

    def check(self, item: Document, form: Any, *, is_new: bool) -> None:
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
        publications.describe(item, name, stored)


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
    choices: ClassVar = {"audience": AUDIENCE_NAMES}
    list_columns = ["title_th", "audience", "published_at", "expires_at", "active"]
    show_columns = ["title_th", "title_en", "body_th", "body_en", "audience", "published_at", "expires_at", "active"]
    add_columns = edit_columns = show_columns
    order_columns = ["audience", "published_at", "expires_at", "active"]
    base_order = ("published_at", "desc")
    quick_search = ("title_th", "title_en", "body_th")
    offered_filters = ("audience", "active")
    description_columns = {"published_at": _l("Bangkok time, for example 01/03/2566 08.30")}

    def check(self, item: Announcement, form: Any, *, is_new: bool) -> None:
        if item.expires_at is not None and item.expires_at <= item.published_at:
            raise Refused(N_("“Shown until” must be later than “Shown from”, or empty"))


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
    description_columns = {"value": _l("The address behind the QR code of a LINE group starts with https://")}

    def check(self, item: ContactChannel, form: Any, *, is_new: bool) -> None:
        if item.kind in ("line", "web") and item.value and not item.value.startswith("https://"):
            raise Refused(N_("The address must start with https://"))
