"""Names of columns on the generated screens, the same word for the same thing everywhere."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.domain.errors import N_

LABELS = {
    "active": _l("In use"),
    "applies_to": _l("Applies to"),
    "area": _l("Office"),
    "asks_challenge": _l("Asks for the challenge issue (PA)"),
    "audience": _l("Visible to"),
    "body_en": _l("Text (English)"),
    "body_th": _l("Text (Thai)"),
    "changed_at": _l("Last change"),
    "changed_by_name": _l("Changed by"),
    "closes_at": _l("Closes at"),
    "code": _l("Code"),
    "common_prefix_en": _l("Words all indicators begin with (English)"),
    "common_prefix_th": _l("Words all indicators begin with (Thai)"),
    "confidence": _l("Certainty of the wording"),
    "dated_on": _l("Date"),
    "deleted_at": _l("Deleted at"),
    "duties": _l("Roles"),
    "email": _l("E-mail"),
    "evidence_en": _l("Evidence wanted (English)"),
    "evidence_th": _l("Evidence wanted (Thai)"),
    "expires_at": _l("Shown until"),
    "file": _l("File"),
    "fiscal_year_be": _l("Fiscal year (B.E.)"),
    "form_document": _l("Prescribed form"),
    "full_code": _l("Code"),
    "full_name": _l("Full name"),
    "highest": _l("Highest value"),
    "indicator": _l("Indicator"),
    "inspection_cluster": _l("Inspection cluster"),
    "instructions_en": _l("Instructions (English)"),
    "instructions_th": _l("Instructions (Thai)"),
    "is_illustrative": _l("Illustrative, to be checked"),
    "key": _l("Key"),
    "kind": _l("Kind"),
    "label_en": _l("Label (English)"),
    "label_th": _l("Label (Thai)"),
    "letter_number": _l("Letter number"),
    "level": _l("Level"),
    "lowest": _l("Lowest value"),
    "max_files": _l("Most files"),
    "min_files": _l("Least files"),
    "missing_count": _l("Items missing"),
    "months": _l("Months"),
    "name_en": _l("Name (English)"),
    "name_th": _l("Name (Thai)"),
    "not_above_key": _l("Must not exceed (key)"),
    "number": _l("No."),
    "obec_area_code": _l("OBEC area code"),
    "opens_at": _l("Opens at"),
    "original_name": _l("File name"),
    "page_count": _l("Pages"),
    "part": _l("Part"),
    "personnel_type": _l("Personnel type"),
    "phone": _l("Telephone"),
    "position": _l("Position"),
    "provinces_en": _l("Provinces (English)"),
    "provinces_th": _l("Provinces (Thai)"),
    "published_at": _l("Shown from"),
    "receipt_number": _l("Receipt no."),
    "region": _l("Region"),
    "required": _l("Required"),
    "roles": _l("Roles"),
    "round": _l("Round"),
    "sha256": _l("SHA-256"),
    "short_th": _l("Short name"),
    "size_bytes": _l("Size"),
    "slot": _l("Belongs to"),
    "sort_order": _l("Order"),
    "state": _l("State"),
    "submission": _l("Report"),
    "submitted_at": _l("Submitted at"),
    "text_en": _l("Text (English)"),
    "text_th": _l("Text (Thai)"),
    "title_en": _l("Title (English)"),
    "title_th": _l("Title (Thai)"),
    "unit_en": _l("Unit (English)"),
    "unit_th": _l("Unit (Thai)"),
    "uploaded_at": _l("Uploaded at"),
    "uploaded_by_name": _l("Uploaded by"),
    "user.active": _l("Account active"),
    "user.email": _l("E-mail"),
    "value": _l("Number or address"),
}

_GENERAL = N_("General")
_SECTIONS = {
    N_("Place"): "provinces_th provinces_en region inspection_cluster obec_area_code",
    N_("Opening and closing"): "opens_at closes_at",
    N_(
        "Wording"
    ): "text_th text_en body_th body_en common_prefix_th common_prefix_en instructions_th instructions_en confidence",
    N_("Evidence"): "evidence_th evidence_en min_files max_files form_document",
    N_("Checks"): "lowest highest not_above_key required",
    N_("Roles"): "duties user.roles",
    N_("File"): "file original_name size_bytes sha256",
    N_("Publishing"): "audience published_at expires_at",
    N_("State"): "state missing_count changed_at changed_by_name submitted_at receipt_number",
    N_("Order and use"): "sort_order is_illustrative active user.active",
}
_SECTION_OF = {column: title for title, columns in _SECTIONS.items() for column in columns.split()}


def section_of(column: str) -> str:
    """The heading under which a column stands in forms and on pages."""
    return _SECTION_OF.get(column, _GENERAL)
