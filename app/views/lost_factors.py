"""Resetting the second factor of somebody who lost phone, keys and recovery codes: an administrator's act, with a reason."""

from __future__ import annotations

import logging

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import now
from app.extensions import transaction
from app.forms.accounts import FactorResetForm
from app.queries import account as accounts
from app.queries import second_factor as factors
from app.scope import current_actor
from app.services import second_factor
from app.views.base import Screen, expose, may, notice, see_other

log = logging.getLogger(__name__)


class LostFactorView(Screen):
    class_permission_name = "lost factors"

    @expose("/admin/accounts/<row:user_id>/second-factor", methods=["GET", "POST"])
    @may("reset")
    def reset(self, user_id: int) -> ResponseReturnValue:
        form, user = FactorResetForm(), accounts.user_by_id(user_id)
        if user is None or user.profile is None:
            abort(404)
        if request.method == "POST" and form.validate():
            with transaction():
                held = accounts.user_by_id(user_id)
                if held is None:
                    abort(404)
                second_factor.reset(held, form.reason.data, actor=current_actor(), now=now())
            log.warning("second factor of user %s reset by user %s", user_id, current_user.id)
            notice(gettext("The second factor is reset. The person was told by mail and is signed out everywhere."))
            return see_other(url_for("AccountAdmin.show", pk=user_id))
        return render_template(
            "accounts/reset_factor.html",
            form=form,
            user=user,
            found=factors.factors_of(user_id),
            is_own=user_id == current_user.id,
        ), (422 if request.method == "POST" else 200)
