"""Generated screens of inspections and their issues."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l

from app.domain.inspections import INSPECTION_KIND_NAMES
from app.models import Inspection, InspectionIssue
from app.models.indicator import APPLIES_TO_NAMES
from app.queries import inspection as queries
from app.services import inspections
from app.views.admin.base import Generated
from app.views.admin.data import Interface


class InspectionAdmin(Generated):
    route_base = "/admin/inspections"
    class_permission_name = "inspections kept"
    datamodel = Interface(Inspection)
    icon_name = "card-checklist"
    list_title, add_title, edit_title, show_title = (
        _l("Inspections"),
        _l("Add an inspection"),
        _l("Edit an inspection"),
        _l("Inspection"),
    )
    choices: ClassVar = {"kind": INSPECTION_KIND_NAMES}
    chip_columns = ("code",)
    children = ((_l("Inspection issues"), "InspectionIssueAdmin.list", "f_inspection"),)
    list_columns = ["code", "name_th", "kind", "fiscal_year_be", "round_number", "due_at", "announced_at", "active"]
    show_columns = [
        "code",
        "name_th",
        "name_en",
        "kind",
        "fiscal_year_be",
        "round_number",
        "cluster",
        "collecting_agency",
        "opens_at",
        "reminds_at",
        "due_at",
        "instructions_th",
        "instructions_en",
        "announced_at",
        "announced_by_name",
        "active",
    ]
    add_columns = edit_columns = [column for column in show_columns if not column.startswith("announced")]
    order_columns = ["code", "kind", "fiscal_year_be", "round_number", "due_at", "announced_at", "active"]
    base_order = ("id", "desc")
    quick_search = ("code", "name_th", "name_en")
    offered_filters = ("kind", "active")
    description_columns = {
        "code": _l("Such as 2566-1; part of every address of the inspection"),
        "cluster": _l("Empty: every office is inspected"),
        "opens_at": _l("Bangkok time, for example 01/03/2566 08.30"),
        "reminds_at": _l("When offices that have not sent are reminded by e-mail; may stay empty"),
        "due_at": _l("What is sent later is marked late; nothing is locked"),
        "collecting_agency": _l("To whom the offices send their reports"),
    }
    fixed_once_reported = ("code", "fiscal_year_be", "cluster")

    def reports_on(self, item: Any) -> int:
        return queries.reports_of(item.id)

    def check(self, item: Inspection, form: Any, *, is_new: bool) -> None:
        inspections.check(item)


class InspectionIssueAdmin(Generated):
    route_base = "/admin/inspection-issues"
    class_permission_name = "inspection issues"
    datamodel = Interface(InspectionIssue, eager=("inspection",))
    icon_name = "list-ol"
    list_title, add_title, edit_title, show_title = (
        _l("Inspection issues"),
        _l("Add an inspection issue"),
        _l("Edit an inspection issue"),
        _l("Inspection issue"),
    )
    choices: ClassVar = {"applies_to": APPLIES_TO_NAMES}
    chip_columns = ("code",)
    list_columns = ["code", "text_th", "inspection", "applies_to", "is_open", "indicator_code", "is_illustrative", "active"]
    show_columns = [
        "inspection",
        "code",
        "policy_th",
        "policy_en",
        "text_th",
        "text_en",
        "indicator_th",
        "unit",
        "applies_to",
        "asks_counts",
        "is_open",
        "indicator_code",
        "sort_order",
        "is_illustrative",
        "active",
    ]
    add_columns = edit_columns = show_columns
    order_columns = ["code", "applies_to", "is_open", "sort_order", "is_illustrative", "active"]
    base_order = ("id", "asc")
    quick_search = ("code", "text_th", "text_en", "policy_th")
    offered_filters = ("inspection", "applies_to", "is_illustrative", "active")
    description_columns = {
        "code": _l("Such as 1.1; part of the address of the issue"),
        "text_th": _l("Word for word as in the inspection policy"),
        "is_open": _l("An issue that is not open is not asked in this round"),
        "indicator_code": _l(
            "The indicator of e-MES on the same topic, such as QP-4: what the office said there is offered beside its fields"
        ),
    }
    fixed_once_reported = ("code", "inspection")

    def reports_on(self, item: Any) -> int:
        return queries.entries_of(item.id)

    def check(self, item: InspectionIssue, form: Any, *, is_new: bool) -> None:
        inspections.check_issue(item)
