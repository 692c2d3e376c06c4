"""Orders of an office: keeping them with their files, giving the files back to the office and the centre."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from app.clock import now
from app.domain.errors import Correctable
from app.domain.evidence import MEDIA_KINDS
from app.errors import sentence
from app.extensions import transaction
from app.forms.team import ActingForm, OrderForm
from app.queries import team
from app.scope import current_actor
from app.services import evidence, orders
from app.services.evidence import Examined
from app.services.orders import Acting, Paper
from app.storage import IncomingFile, StoredFile, evidence_store
from app.views.base import Screen, expose, may, notice, see_other
from app.views.downloads import send_kept
from app.views.team_page import choices, read_page, render_team
from app.views.uploads import limits


@contextmanager
def _kept(upload: FileStorage | None) -> Iterator[tuple[Examined, StoredFile] | None]:
    """The file that came with an order, looked at and kept for the time of a transaction; None where none was chosen."""
    if upload is None or not upload.filename:
        yield None
        return
    incoming = cast(IncomingFile, upload.stream)
    examined = evidence.examine(incoming, upload.filename, "order", limits=limits())
    orders.require_kind(examined)
    with evidence.kept_in_store(evidence_store(), incoming) as stored:
        yield examined, stored


def _enter(round_code: str, area_code: str, paper: Paper, acting: ActingForm | None) -> None:
    actor = current_actor()
    with transaction():
        if acting is None:
            orders.appoint(round_code, area_code, paper, actor=actor, now=now())
        else:
            span = Acting(acting.person.data, cast(date, acting.first_day.data), cast(date, acting.last_day.data))
            orders.let_act(round_code, area_code, paper, span, actor=actor, now=now())


class OrderView(Screen):
    """The guard on the session hides the orders of other offices."""

    class_permission_name = "team"

    @expose("/orders/<row:order_id>")
    @may("read")
    def file(self, order_id: int) -> ResponseReturnValue:
        found = team.order_by_id(order_id)
        if found is None or found.storage_key is None:
            abort(404)
        inline = bool(request.args.get("view")) and MEDIA_KINDS[found.extension].shows_inline
        return send_kept(found, inline=inline)

    @expose("/reports/<round_code>/<area_code>/team/orders", methods=["POST"])
    @may("lead")
    def appoint(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """Keep an appointing order with its file."""
        form = OrderForm()
        if not form.validate_on_submit():
            return render_team(read_page(round_code, area_code), order_form=form), 422
        return self._keep(round_code, area_code, form)

    @expose("/reports/<round_code>/<area_code>/team/acting", methods=["POST"])
    @may("lead")
    def act(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """Let somebody act for the director on certain days."""
        form = ActingForm(prefix="acting-")
        page = read_page(round_code, area_code)
        form.person.choices = choices(page)
        if not form.validate_on_submit():
            return render_team(page, acting_form=form), 422
        return self._keep(round_code, area_code, form)

    def _keep(self, round_code: str, area_code: str, form: OrderForm) -> ResponseReturnValue:
        """Store the file durably, then the row; a refusal stands beside its field and what was typed is kept."""
        acting = form if isinstance(form, ActingForm) else None
        refused: Any = form.file
        try:
            with _kept(request.files.get(form.file.name)) as file:
                refused = acting.last_day if acting else form.file
                paper = Paper(form.number.data or "", cast(date, form.dated_on.data), file)
                _enter(round_code, area_code, paper, acting)
        except Correctable as refusal:
            refused.errors = [*refused.errors, sentence(refusal.message)]
            page = read_page(round_code, area_code)
            return render_team(page, order_form=None if acting else form, acting_form=acting), refusal.status
        notice(gettext("The order %(number)s is kept", number=form.number.data))
        return see_other(url_for("TeamView.team", round_code=round_code, area_code=area_code))

    @expose("/reports/<round_code>/<area_code>/team/orders/<row:order_id>/remove", methods=["POST"])
    @may("lead")
    def remove(self, round_code: str, area_code: str, order_id: int) -> ResponseReturnValue:
        with transaction():
            number = orders.take_out(order_id, actor=current_actor(), now=now()).number
        notice(gettext("The order %(number)s was taken out", number=number))
        return see_other(url_for("TeamView.team", round_code=round_code, area_code=area_code))
