"""Signing somebody else out everywhere: the centre's act when a machine was lost or left open."""

from __future__ import annotations

import logging

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import now
from app.extensions import transaction
from app.queries import account as account_queries
from app.scope import current_actor
from app.services import accounts
from app.views.base import Screen, expose, may, notice, see_other

log = logging.getLogger(__name__)


class ForeignSessionsView(Screen):
    class_permission_name = "sessions of others"

    @expose("/admin/accounts/<row:user_id>/sign-out", methods=["POST"])
    @may("end")
    def end(self, user_id: int) -> ResponseReturnValue:
        with_tokens = bool(request.form.get("with_tokens"))
        with transaction():
            user = account_queries.user_by_id(user_id)
            if user is None:
                abort(404)
            accounts.end_sessions_of(user, with_tokens=with_tokens, actor=current_actor(), now=now())
        log.warning("user %s signed out everywhere by user %s", user_id, current_user.id)
        notice(gettext("The person is signed out everywhere and was told."))
        return see_other(url_for("AccountAdmin.show", pk=user_id))
