"""Telling the audience of what was published, in one press."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app.clock import now
from app.extensions import transaction
from app.scope import current_actor
from app.services import publications
from app.views.base import Screen, expose, may, notice, see_other

SCREENS = {"announcement": "AnnouncementAdmin", "document": "DocumentAdmin", "meeting": "MeetingAdmin"}


class TellingView(Screen):
    route_base = "/admin/tell"
    class_permission_name = "telling"

    @expose("/<any(announcement,document,meeting):what>/<row:row_id>", methods=["POST"])
    @may("send")
    def tell(self, what: str, row_id: int) -> ResponseReturnValue:
        with transaction():
            told = publications.tell(what, row_id, mail=request.form.get("mail") == "y", actor=current_actor(), now=now())
        notice(ngettext("%(num)d person finds it in the inbox", "%(num)d people find it in their inbox", told))
        return see_other(url_for(f"{SCREENS[what]}.show", pk=row_id))
