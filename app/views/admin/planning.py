"""Generated screens of the reference data of projects: plans, steps of the national form, times of a year."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l

from app.domain.errors import N_
from app.domain.plans import PLAN_KIND_NAMES
from app.models import PlanItem, ProjectPeriod, ProjectStep
from app.services import plan_reference
from app.views.admin.base import Generated
from app.views.admin.data import Interface, value_before

QUARTER_NAMES = {
    0: N_("Register of projects"),
    1: N_("Quarter 1"),
    2: N_("Quarter 2"),
    3: N_("Quarter 3"),
    4: N_("Quarter 4"),
}


class PlanItemAdmin(Generated):
    route_base = "/admin/plans"
    class_permission_name = "plans"
    datamodel = Interface(PlanItem, eager=("parent",))
    icon_name = "bar-chart-steps"
    list_title, add_title, edit_title, show_title = (
        _l("Plans and policies"),
        _l("Add an entry"),
        _l("Edit an entry"),
        _l("Plan or policy"),
    )
    choices: ClassVar = {"kind": PLAN_KIND_NAMES}
    chip_columns = ("code",)
    list_columns = ["code", "kind", "name_th", "parent", "is_illustrative", "active"]
    show_columns = ["kind", "code", "name_th", "name_en", "parent", "sort_order", "is_illustrative", "active"]
    add_columns = edit_columns = show_columns
    order_columns = ["code", "kind", "sort_order", "is_illustrative", "active"]
    base_order = ("sort_order", "asc")
    quick_search = ("code", "name_th", "name_en")
    offered_filters = ("kind", "is_illustrative", "active")
    description_columns = {
        "kind": _l("Decides in which list of the project form it is offered"),
        "code": _l("As the plan itself numbers it, such as 120101"),
        "parent": _l("A sub-plan belongs to an issue, a target to a sub-plan, a component to a target; the others to nothing"),
    }
    fixed_once_reported = ("kind", "code")

    def reports_on(self, item: Any) -> int:
        return plan_reference.uses_of(item, code=value_before(item, "code"))

    def check(self, item: PlanItem, form: Any, *, is_new: bool) -> None:
        plan_reference.check_plan(item)

    def check_delete(self, item: PlanItem) -> None:
        plan_reference.check_plan_delete(item)


class ProjectStepAdmin(Generated):
    route_base = "/admin/project-steps"
    class_permission_name = "project steps"
    datamodel = Interface(ProjectStep)
    icon_name = "list-ol"
    list_title, add_title, edit_title, show_title = (
        _l("Steps M1–M7"),
        _l("Add a step"),
        _l("Edit a step"),
        _l("Step"),
    )
    chip_columns = ("code",)
    list_columns = ["code", "name_th", "name_en", "sections", "sort_order", "active"]
    show_columns = list_columns
    add_columns = edit_columns = list_columns
    order_columns = ["code", "sort_order", "active"]
    base_order = ("sort_order", "asc")
    quick_search = ("code", "name_th", "name_en")
    offered_filters = ("active",)
    description_columns = {
        "code": _l("As the national form names it, such as M1"),
        "sections": _l(
            "Parts of the form, separated by spaces: general people alignment details indicators activities budget files"
        ),
    }

    def check(self, item: ProjectStep, form: Any, *, is_new: bool) -> None:
        plan_reference.check_step(item)


class ProjectPeriodAdmin(Generated):
    route_base = "/admin/project-periods"
    class_permission_name = "project periods"
    datamodel = Interface(ProjectPeriod)
    icon_name = "calendar3"
    list_title, add_title, edit_title, show_title = (
        _l("Times of projects"),
        _l("Add times"),
        _l("Edit times"),
        _l("Times of projects"),
    )
    choices: ClassVar = {"quarter": QUARTER_NAMES}
    link_column = "fiscal_year_be"
    list_columns = ["fiscal_year_be", "quarter", "opens_at", "reminds_at", "due_at"]
    show_columns = list_columns
    add_columns = edit_columns = list_columns
    order_columns = ["fiscal_year_be", "quarter", "opens_at", "due_at"]
    base_order = ("due_at", "desc")
    quick_search = ()
    offered_filters = ("quarter",)
    description_columns = {
        "opens_at": _l("From when it can be sent; it can be prepared before"),
        "reminds_at": _l("When owners and coordinators that still owe are reminded; may stay empty"),
        "due_at": _l("What comes later counts as late and is taken all the same"),
    }

    def check(self, item: ProjectPeriod, form: Any, *, is_new: bool) -> None:
        plan_reference.check_period(item)
        if value_before(item, "reminds_at") != item.reminds_at:
            item.reminded_at = None
        if value_before(item, "due_at") != item.due_at:
            item.overdue_told_at = None
