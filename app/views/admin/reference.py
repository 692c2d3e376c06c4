"""Generated screens of areas, rounds, parts, indicators, issues, levels, quantities and lists."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l

from app.clock import now
from app.domain.quantities import QUANTITY_KIND_NAMES
from app.domain.round_copy import MONTHS
from app.domain.round_life import Stage
from app.models import (
    Area,
    Criterion,
    Indicator,
    Part,
    PersonnelType,
    Position,
    QualityLevel,
    Quantity,
    Round,
    Submission,
)
from app.models.area import KIND_NAMES, REGION_NAMES
from app.models.indicator import APPLIES_TO_NAMES, CONFIDENCE_NAMES
from app.queries import round as rounds
from app.services import reference
from app.views.admin.asked import AskedScreen
from app.views.admin.base import Generated
from app.views.admin.data import Interface, value_before


class AreaAdmin(Generated):
    route_base = "/admin/areas"
    class_permission_name = "areas"
    datamodel = Interface(Area)
    icon_name = "building"
    list_title, add_title, edit_title, show_title = (
        _l("Offices"),
        _l("Add an office"),
        _l("Edit an office"),
        _l("Office"),
    )
    choices: ClassVar = {"kind": KIND_NAMES, "region": REGION_NAMES}
    chip_columns = ("code",)
    list_columns = ["code", "short_th", "kind", "region", "inspection_cluster", "active"]
    show_columns = [
        "code",
        "name_th",
        "short_th",
        "name_en",
        "kind",
        "provinces_th",
        "provinces_en",
        "region",
        "inspection_cluster",
        "obec_area_code",
        "sort_order",
        "active",
    ]
    add_columns = edit_columns = show_columns
    order_columns = ["code", "kind", "region", "inspection_cluster", "sort_order", "active"]
    base_order = ("sort_order", "asc")
    quick_search = ("code", "name_th", "short_th", "name_en", "provinces_th")
    offered_filters = ("kind", "region", "active")
    description_columns = {
        "code": _l("Such as P-CPM-3; part of every address of the office"),
        "kind": _l("Decides which indicators the office reports"),
    }
    fixed_once_reported = ("code",)

    def reports_on(self, item: Any) -> int:
        return reference.reports_where(Submission.area_id == item.id)

    def check(self, item: Area, form: Any, *, is_new: bool) -> None:
        reference.check_area(item)


class RoundAdmin(Generated):
    route_base = "/admin/rounds"
    class_permission_name = "rounds"
    datamodel = Interface(Round)
    icon_name = "calendar3"
    list_title, add_title, edit_title, show_title = (
        _l("Reporting rounds"),
        _l("Add a round"),
        _l("Edit a round"),
        _l("Round"),
    )
    choices: ClassVar = {"months": MONTHS}
    chip_columns = ("code",)
    round_path = ""
    children = ((_l("Parts"), "PartAdmin.list", "f_round"),)
    list_columns = ["code", "name_th", "opens_at", "due_at", "closes_at", "is_rehearsal", "active"]
    show_columns = [
        "code",
        "fiscal_year_be",
        "months",
        "name_th",
        "name_en",
        "opens_at",
        "reminds_at",
        "due_at",
        "closes_at",
        "grace_minutes",
        "reviews_at",
        "asks_endorsement",
        "instructions_th",
        "instructions_en",
        "active",
    ]
    add_columns = edit_columns = show_columns
    order_columns = ["code", "opens_at", "due_at", "closes_at", "is_rehearsal", "active"]
    base_order = ("opens_at", "desc")
    quick_search = ("code", "name_th", "name_en")
    offered_filters = ("is_rehearsal", "active")
    description_columns = {
        "code": _l("Fiscal year and months, such as 2566-6; part of every address of the round"),
        "opens_at": _l("Bangkok time, for example 01/03/2566 08.30"),
        "reminds_at": _l("When offices that still owe reports are reminded by e-mail; may stay empty"),
        "due_at": _l("What comes later counts as late; empty: the same as the closing"),
        "closes_at": _l("Bangkok time, for example 31/03/2566 16.30; nothing new is taken from then on"),
        "grace_minutes": _l("How long work and uploads begun before closing may be finished"),
        "reviews_at": _l("When the review begins by itself, after what lay there at closing was counted; may stay empty"),
        "asks_endorsement": _l("Each office hands the whole round in, and its director endorses it"),
    }
    fixed_once_reported = ("code", "fiscal_year_be", "months")

    def reports_on(self, item: Any) -> int:
        return reference.reports_where(Submission.round_id == item.id)

    def look_before(self, item: Round, form: Any, *, is_new: bool) -> None:
        """A step in the life of the round and a save of its dates wait for each other."""
        if not is_new:
            rounds.held_by_id(item.id)

    def check(self, item: Round, form: Any, *, is_new: bool) -> None:
        reference.check_times(item, now())
        if value_before(item, "reminds_at") != item.reminds_at:
            item.reminded_at = None
        if any(value_before(item, name) != getattr(item, name) for name in ("closes_at", "grace_minutes")):
            item.counted_for = None
        if is_new:
            item.stage = Stage.PREPARING.value
        if value_before(item, "asks_endorsement"):
            reference.check_endorsement(item)
        reference.check_round(item)


class PartAdmin(AskedScreen):
    route_base = "/admin/parts"
    class_permission_name = "parts"
    datamodel = Interface(Part, eager=("round",))
    icon_name = "layers"
    list_title, add_title, edit_title, show_title = _l("Parts"), _l("Add a part"), _l("Edit a part"), _l("Part")
    chip_columns = ("code",)
    round_path = "round"
    children = ((_l("Indicators"), "IndicatorAdmin.list", "f_part"),)
    list_columns = ["round", "code", "name_th", "asks_challenge", "sort_order", "active"]
    show_columns = [
        "round",
        "code",
        "name_th",
        "name_en",
        "common_prefix_th",
        "common_prefix_en",
        "asks_challenge",
        "sort_order",
        "active",
    ]
    add_columns = edit_columns = show_columns
    order_columns = ["code", "sort_order", "active"]
    base_order = ("id", "asc")
    quick_search = ("code", "name_th", "name_en")
    offered_filters = ("round", "active")
    description_columns = {
        "round": _l("Can't be changed once offices have reported on it"),
        "code": _l("Such as QP; the codes of its indicators begin with it"),
    }
    fixed_once_reported = ("code", "round")

    def reports_on(self, item: Any) -> int:
        return reference.reports_where(Indicator.part_id == item.id)

    def check_delete(self, item: Part) -> None:
        reference.check_part_delete(item)


class IndicatorAdmin(AskedScreen):
    route_base = "/admin/indicators"
    class_permission_name = "indicators"
    datamodel = Interface(Indicator, eager=("part",))
    list_title, add_title, edit_title, show_title = (
        _l("Indicators"),
        _l("Add an indicator"),
        _l("Edit an indicator"),
        _l("Indicator"),
    )
    choices: ClassVar = {"applies_to": APPLIES_TO_NAMES, "confidence": CONFIDENCE_NAMES}
    chip_columns = ("full_code",)
    round_path = "part.round"
    children = (
        (_l("Consideration issues"), "CriterionAdmin.list", "f_indicator"),
        (_l("Quality levels"), "QualityLevelAdmin.list", "f_indicator"),
        (_l("Quantities"), "QuantityAdmin.list", "f_indicator"),
    )
    list_columns = ["full_code", "text_th", "part", "applies_to", "confidence", "sort_order", "active"]
    show_columns = ["part", "code", "text_th", "text_en", "applies_to", "confidence", "sort_order", "active"]
    add_columns = edit_columns = show_columns
    order_columns = ["full_code", "applies_to", "confidence", "sort_order", "active"]
    base_order = ("id", "asc")
    quick_search = ("full_code", "text_th", "text_en")
    offered_filters = ("part", "applies_to", "confidence", "active")
    description_columns = {
        "code": _l("Such as 6a; the system puts the code of the part before it"),
        "confidence": _l("How sure the wording is: taken from the manual, or reconstructed and to be checked"),
    }

    def check(self, item: Indicator, form: Any, *, is_new: bool) -> None:
        reference.check_indicator(item, was_full_code=None if is_new else value_before(item, "full_code"))

    def check_delete(self, item: Indicator) -> None:
        reference.check_indicator_delete(item)


class CriterionAdmin(AskedScreen):
    route_base = "/admin/criteria"
    class_permission_name = "criteria"
    datamodel = Interface(Criterion, eager=("indicator.part",))
    round_path = "indicator.part.round"
    icon_name = "card-checklist"
    list_title, add_title, edit_title, show_title = (
        _l("Consideration issues"),
        _l("Add an issue"),
        _l("Edit an issue"),
        _l("Consideration issue"),
    )
    list_columns = ["indicator", "number", "text_th", "min_files", "max_files", "is_illustrative", "active"]
    show_columns = [
        "indicator",
        "number",
        "text_th",
        "text_en",
        "evidence_th",
        "evidence_en",
        "min_files",
        "max_files",
        "form_document",
        "is_illustrative",
        "active",
    ]
    add_columns = edit_columns = show_columns
    order_columns = ["number", "min_files", "max_files", "is_illustrative", "active"]
    base_order = ("id", "asc")
    quick_search = ("text_th", "text_en", "evidence_th")
    offered_filters = ("indicator", "is_illustrative", "active")
    fixed_once_reported = ("number", "indicator")

    def reports_on(self, item: Any) -> int:
        return reference.reports_where(Submission.indicator_id == item.indicator_id)

    def check(self, item: Criterion, form: Any, *, is_new: bool) -> None:
        reference.check_criterion(item)

    def check_delete(self, item: Criterion) -> None:
        reference.check_detail_delete(item)


class QualityLevelAdmin(AskedScreen):
    route_base = "/admin/levels"
    class_permission_name = "quality levels"
    datamodel = Interface(QualityLevel, eager=("indicator.part",))
    round_path = "indicator.part.round"
    icon_name = "bar-chart-steps"
    list_title, add_title, edit_title, show_title = (
        _l("Quality levels"),
        _l("Add a level"),
        _l("Edit a level"),
        _l("Quality level"),
    )
    list_columns = ["indicator", "level", "text_th", "is_illustrative"]
    show_columns = ["indicator", "level", "text_th", "text_en", "is_illustrative"]
    add_columns = edit_columns = show_columns
    order_columns = ["level", "is_illustrative"]
    base_order = ("id", "asc")
    quick_search = ("text_th", "text_en")
    offered_filters = ("indicator", "is_illustrative")
    description_columns = {"text_th": _l("What an office shows that has reached this level")}
    fixed_once_reported = ("level", "indicator")

    def reports_on(self, item: Any) -> int:
        return reference.reports_where(Submission.indicator_id == item.indicator_id)

    def check(self, item: QualityLevel, form: Any, *, is_new: bool) -> None:
        reference.check_level(item)

    def check_delete(self, item: QualityLevel) -> None:
        reference.check_detail_delete(item)


class QuantityAdmin(AskedScreen):
    route_base = "/admin/quantities"
    class_permission_name = "quantities"
    datamodel = Interface(Quantity, eager=("indicator.part",))
    round_path = "indicator.part.round"
    icon_name = "123"
    list_title, add_title, edit_title, show_title = (
        _l("Quantities"),
        _l("Add a figure"),
        _l("Edit a figure"),
        _l("Figure"),
    )
    choices: ClassVar = {"kind": QUANTITY_KIND_NAMES}
    list_columns = ["indicator", "key", "label_th", "unit_th", "kind", "required", "is_illustrative", "active"]
    show_columns = [
        "indicator",
        "key",
        "label_th",
        "label_en",
        "unit_th",
        "unit_en",
        "kind",
        "lowest",
        "highest",
        "not_above_key",
        "required",
        "sort_order",
        "is_illustrative",
        "active",
    ]
    add_columns = edit_columns = show_columns
    order_columns = ["key", "kind", "required", "sort_order", "is_illustrative", "active"]
    base_order = ("id", "asc")
    quick_search = ("key", "label_th", "label_en")
    offered_filters = ("indicator", "kind", "active")
    description_columns = {"kind": _l("Decides which figures are taken, such as whole numbers or money")}
    fixed_once_reported = ("key", "indicator", "kind")

    def reports_on(self, item: Any) -> int:
        return reference.reports_where(Submission.indicator_id == item.indicator_id)

    def check(self, item: Quantity, form: Any, *, is_new: bool) -> None:
        reference.check_quantity(item, was_key=None if is_new else value_before(item, "key"))

    def check_delete(self, item: Quantity) -> None:
        reference.check_detail_delete(item)


class _NamedList(Generated):
    """Lists of code and name."""

    chip_columns = ("code",)
    list_columns = ["code", "name_th", "name_en", "sort_order", "active"]
    show_columns = list_columns
    add_columns = edit_columns = list_columns
    order_columns = ["code", "sort_order", "active"]
    base_order = ("sort_order", "asc")
    quick_search = ("code", "name_th", "name_en")
    offered_filters = ("active",)


class PersonnelTypeAdmin(_NamedList):
    route_base = "/admin/personnel-types"
    class_permission_name = "personnel types"
    datamodel = Interface(PersonnelType)
    icon_name = "person-badge"
    list_title, add_title, edit_title, show_title = (
        _l("Personnel types"),
        _l("Add a personnel type"),
        _l("Edit a personnel type"),
        _l("Personnel type"),
    )


class PositionAdmin(_NamedList):
    route_base = "/admin/positions"
    class_permission_name = "positions"
    datamodel = Interface(Position)
    icon_name = "person-check"
    list_title, add_title, edit_title, show_title = (
        _l("Positions"),
        _l("Add a position"),
        _l("Edit a position"),
        _l("Position"),
    )
