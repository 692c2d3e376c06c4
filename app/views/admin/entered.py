"""Read-only lists of what offices entered."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _l

from app.domain.deadlines import TIMING_NAMES
from app.domain.errors import N_
from app.formatting import size
from app.models import Evidence, Submission
from app.views.admin.base import READ_ONLY, Generated
from app.views.admin.data import Interface

STATE_NAMES = {"draft": N_("In progress"), "submitted": N_("Submitted"), "returned": N_("Returned")}


class SubmissionAdmin(Generated):
    route_base = "/admin/submissions"
    class_permission_name = "submissions"
    include_route_methods: ClassVar = READ_ONLY
    datamodel = Interface(Submission, eager=("round", "area", "indicator.part"))
    icon_name = "inboxes"
    list_title, show_title = _l("Offices' reports"), _l("Report")
    link_column = "area"
    choices: ClassVar = {"state": STATE_NAMES, "timing": TIMING_NAMES}
    list_columns = [
        "round",
        "area",
        "indicator",
        "state",
        "timing",
        "missing_count",
        "changed_at",
        "submitted_at",
        "receipt_number",
    ]
    show_columns = [*list_columns, "changed_by_name"]
    add_columns = edit_columns = ["state"]
    order_columns = ["state", "missing_count", "changed_at", "submitted_at", "receipt_number"]
    base_order = ("changed_at", "desc")
    quick_search = ("receipt_number", "changed_by_name")
    offered_filters = ("round", "area", "indicator", "state", "timing")


class EvidenceAdmin(Generated):
    route_base = "/admin/evidence-files"
    class_permission_name = "evidence files"
    include_route_methods: ClassVar = {"list"}
    datamodel = Interface(Evidence, eager=("area",))
    icon_name = "paperclip"
    list_title = _l("Evidence files")
    list_columns = [
        "area",
        "original_name",
        "slot",
        "size_bytes",
        "page_count",
        "uploaded_at",
        "uploaded_by_name",
        "deleted_at",
    ]
    show_columns = add_columns = edit_columns = ["original_name"]
    formatters_columns = {"size_bytes": size}
    order_columns = ["original_name", "slot", "size_bytes", "uploaded_at"]
    base_order = ("uploaded_at", "desc")
    quick_search = ("original_name", "slot", "uploaded_by_name")
    offered_filters = ("area",)
