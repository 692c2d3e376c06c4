"""Personal data as people meet it: the notice, everything that is kept of oneself, wishes about it, and the centre's desk for them."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from flask import Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import now
from app.domain.calendar import local
from app.domain.errors import DomainError
from app.domain.privacy import (
    DAYS_AFTER,
    GROUND_NAMES,
    HOLDINGS,
    NOTICE_DATED_ON,
    NOTICE_VERSION,
    WISH_NAMES,
    WISH_STATE_NAMES,
    Holding,
)
from app.errors import sentence
from app.extensions import transaction
from app.forms.privacy import AnswerForm, WishForm
from app.queries import own_data
from app.queries import privacy as queries
from app.requests import local_path
from app.scope import current_actor
from app.services import privacy
from app.views.base import Screen, expose, may, notice, see_other

KEEPING_NAMES = {holding.keeping: holding.name for holding in HOLDINGS if holding.keeping}


def how_long(holding: Holding) -> str:
    """For how long something is kept, in words, as this installation is set."""
    if holding.keeping is None:
        return gettext(holding.kept)
    return gettext(DAYS_AFTER[holding.keeping], days=current_app.config["EMES_KEEP_DAYS"][holding.keeping])


def inventory() -> tuple[list[str], list[list[str]]]:
    """The record of processing activities (section 39) as headings and rows; the last column names the columns of the database."""
    headings = [
        gettext("Data"),
        gettext("What it is"),
        gettext("Purpose"),
        gettext("Ground"),
        gettext("Who sees it"),
        gettext("How long"),
        gettext("Columns of the database"),
    ]
    rows = [
        [
            gettext(holding.name),
            gettext(holding.what),
            gettext(holding.purpose),
            gettext(GROUND_NAMES[holding.ground]),
            gettext(holding.seen_by),
            how_long(holding),
            " ".join(f"{table}.{column}" for table, columns in holding.columns.items() for column in columns),
        ]
        for holding in HOLDINGS
    ]
    return headings, rows


def notice_page() -> str:
    """The privacy notice with the inventory."""
    return render_template(
        "privacy/notice.html",
        holdings=HOLDINGS,
        ground_names=GROUND_NAMES,
        how_long=how_long,
        dated_on=NOTICE_DATED_ON,
        version=NOTICE_VERSION,
    )


def must_note() -> bool:
    """Whether the signed-in person has not taken note of the notice that holds now."""
    profile = getattr(current_user, "profile", None)
    return profile is not None and not profile.is_demonstration and profile.notice_version != NOTICE_VERSION


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return local(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


class OwnDataView(Screen):
    class_permission_name = "own account"

    @expose("/profile/data")
    @may("use")
    def page(self) -> ResponseReturnValue:
        return self._page(WishForm(formdata=None, form_key=uuid4().hex))

    def _page(self, form: WishForm, status: int = 200) -> ResponseReturnValue:
        account, counts = own_data.counted(current_user.id)
        page = render_template(
            "privacy/own_data.html",
            account=account,
            counts=counts,
            holdings=HOLDINGS,
            how_long=how_long,
            form=form,
            wishes=queries.wishes_of(current_user.id),
            wish_names=WISH_NAMES,
            state_names=WISH_STATE_NAMES,
        )
        return page, status

    @expose("/profile/data.json")
    @may("use")
    def file(self) -> ResponseReturnValue:
        """Everything as a file that programs read. Section 31."""
        told = {"system": "e-MES", "made_at": now(), **own_data.of(current_user.id)}
        response = Response(json.dumps(told, ensure_ascii=False, indent=1, default=_as_text), mimetype="application/json")
        response.headers["Content-Disposition"] = 'attachment; filename="e-mes-my-data.json"'
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @expose("/profile/data/wishes", methods=["POST"])
    @may("use")
    def ask(self) -> ResponseReturnValue:
        form = WishForm()
        if not form.validate():
            return self._page(form, 422)
        try:
            with transaction():
                privacy.ask(form.wish, form.text.data or "", form_key=form.form_key.data, actor=current_actor(), now=now())
        except privacy.AskedBefore as refusal:
            notice(sentence(refusal.message), "warn")
            return see_other(url_for("OwnDataView.page"))
        except DomainError as refusal:
            form.text.errors = [sentence(refusal.message)]
            return self._page(form, refusal.status)
        notice(gettext("Your request was sent to the centre. You will be told here and by mail."))
        return see_other(url_for("OwnDataView.page"))

    @expose("/profile/privacy-notice", methods=["POST"])
    @may("use")
    def note(self) -> ResponseReturnValue:
        """Put on record that the notice was taken note of, and go on where one was."""
        with transaction():
            privacy.note_notice(actor=current_actor(), now=now())
        return see_other(local_path(request.form.get("next")) or url_for("PublicView.privacy"))


class PrivacyDeskView(Screen):
    class_permission_name = "privacy desk"

    @expose("/privacy/desk/")
    @may("answer")
    def desk(self) -> ResponseReturnValue:
        return self._page()

    def _page(self, problem: tuple[int, str] | None = None, typed: str = "", status: int = 200) -> ResponseReturnValue:
        page = render_template(
            "privacy/desk.html",
            wishes=queries.desk(),
            runs=queries.runs(),
            keeping_names=KEEPING_NAMES,
            wish_names=WISH_NAMES,
            state_names=WISH_STATE_NAMES,
            problem=problem,
            typed=typed,
        )
        return page, status

    @expose("/privacy/desk/<row:wish_id>", methods=["POST"])
    @may("answer")
    def answer(self, wish_id: int) -> ResponseReturnValue:
        form = AnswerForm()
        typed = form.text.data or ""
        try:
            with transaction():
                privacy.answer(
                    wish_id,
                    grants=request.form.get("grants") == "y",
                    text=typed if form.validate() else "",
                    actor=current_actor(),
                    now=now(),
                )
        except DomainError as refusal:
            if refusal.status not in (409, 422):
                raise
            return self._page((wish_id, sentence(refusal.message)), typed, refusal.status)
        notice(gettext("The answer is given"))
        return see_other(url_for("PrivacyDeskView.desk"))
