"""Generated screen of extensions: more time for one office or one of its reports."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import request
from flask_babel import lazy_gettext as _l

from app.clock import now
from app.domain.thai import whole_number
from app.extensions import db
from app.models import Area, Extension, Round
from app.scope import current_actor
from app.services import reference
from app.views.admin.base import Generated
from app.views.admin.data import Interface

CHOSEN_BEFOREHAND = {"round": Round, "area": Area}


class ExtensionAdmin(Generated):
    route_base = "/admin/extensions"
    class_permission_name = "extensions"
    include_route_methods: ClassVar = {"list", "show", "add", "edit"}
    datamodel = Interface(Extension, eager=("round", "area", "indicator.part"))
    icon_name = "clock-history"
    list_title, add_title, edit_title, show_title = (
        _l("More time for offices"),
        _l("Give more time"),
        _l("Change the time given"),
        _l("More time"),
    )
    link_column = "area"
    list_columns = ["round", "area", "indicator", "until_at", "reason", "granted_by_name", "active"]
    show_columns = ["round", "area", "indicator", "until_at", "reason", "granted_by_name", "granted_at", "active"]
    add_columns: ClassVar = ["round", "area", "indicator", "until_at", "reason"]
    edit_columns: ClassVar = ["until_at", "reason", "active"]
    order_columns = ["until_at", "granted_by_name", "active"]
    base_order = ("until_at", "desc")
    quick_search = ("reason", "granted_by_name")
    offered_filters = ("round", "area", "active")
    description_columns = {
        "indicator": _l("Leave empty to give more time for the whole round"),
        "until_at": _l("Bangkok time, for example 03/04/2566 12.00; every page of the office shows it"),
        "reason": _l("The office reads this sentence on every page"),
        "active": _l("Take it out of use to withdraw it"),
    }

    def _form_widgets(self, form: Any, *, is_new: bool, item: Any = None) -> dict[str, Any]:
        """The office's page leads here with round and office chosen."""
        if is_new and request.method == "GET":
            for name, model in CHOSEN_BEFOREHAND.items():
                wanted = whole_number(request.args.get(name, ""))
                if wanted is not None:
                    form[name].data = db.session.get(model, wanted)
        return super()._form_widgets(form, is_new=is_new, item=item)

    def check(self, item: Extension, form: Any, *, is_new: bool) -> None:
        reference.check_extension(item, actor=current_actor(), now=now(), is_new=is_new)
