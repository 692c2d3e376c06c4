"""What the signed-in person was told inside the system."""

from __future__ import annotations

from functools import partial

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import now
from app.extensions import transaction
from app.queries import notice as notice_queries
from app.requests import local_path
from app.scope import current_actor
from app.services import notices
from app.views.base import Screen, expose, may, notice, page_number, see_other


class InboxView(Screen):
    route_base = "/inbox"
    class_permission_name = "own account"

    @expose("/")
    @may("use")
    def inbox(self) -> ResponseReturnValue:
        found = notice_queries.inbox(current_user.id, page_number())
        return render_template("inbox/inbox.html", inbox=found, address=partial(url_for, request.endpoint or ""))

    @expose("/<row:notice_id>/open", methods=["POST"])
    @may("use")
    def open(self, notice_id: int) -> ResponseReturnValue:
        """To the page that a notice is about; from now on it counts as read."""
        with transaction():
            path = notices.read_one(notice_id, actor=current_actor(), now=now()).path
        return see_other(local_path(path) or url_for("InboxView.inbox"))

    @expose("/read-all", methods=["POST"])
    @may("use")
    def read_all(self) -> ResponseReturnValue:
        with transaction():
            notices.read_all(actor=current_actor(), now=now())
        notice(gettext("Everything is marked as read"))
        return see_other(url_for("InboxView.inbox"))
