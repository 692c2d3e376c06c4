"""Asking for an account, and deciding on requests."""

from __future__ import annotations

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain.errors import NotFound
from app.domain.people import parse_phone
from app.domain.thai import search_key
from app.extensions import transaction
from app.formatting import localized
from app.forms.accounts import ConfirmForm, RefusalForm, RegistrationForm
from app.models import Area
from app.queries import account as account_queries
from app.queries import area as areas
from app.scope import current_actor
from app.services import links, registration
from app.services.registration import Application
from app.views.base import Screen, expose, may, notice, see_other


def office_named(typed: str, offices: list[Area]) -> Area | None:
    """The office that was chosen: by its code, or by a name that fits exactly one."""
    wanted = search_key(typed)
    for area in offices:
        if typed == area.code or wanted in (
            search_key(area.short_th),
            search_key(area.name_th),
            search_key(area.name_en),
        ):
            return area
    return None


class RegistrationView(Screen):
    """Public: the form and the link in the mail."""

    class_permission_name = "registering"

    @expose("/register/", methods=["GET", "POST"])
    def register(self) -> ResponseReturnValue:
        if current_app.config["EMES_REGISTRATION"] == "closed":
            return render_template("accounts/registration_closed.html"), 403
        offices, form = areas.all_active(), RegistrationForm()
        form.personnel_type.choices = [(row.id, localized(row, "name")) for row in account_queries.personnel_types()]
        office = office_named(form.area.data or "", offices) if request.method == "POST" else None
        form.area_code = office.code if office else None
        if not form.validate_on_submit() or office is None:
            status = 422 if request.method == "POST" else 200
            page = render_template(
                "accounts/register.html",
                form=form,
                offices=offices,
                office=office,
                positions=account_queries.positions(),
            )
            return page, status
        application = Application(
            email=form.email.data,
            full_name=form.full_name.data,
            area_code=office.code,
            personnel_type_id=form.personnel_type.data,
            position=form.position.data,
            phone=parse_phone(form.phone.data),
            password=form.password.data,
            registered_address=form.registered_address.data or "",
            current_address=form.current_address.data or "",
        )
        with transaction():
            registration.register(application, now=now())
        return render_template("accounts/registered.html", email=form.email.data)

    @expose("/register/verify/<token>", methods=["GET", "POST"])
    def verify(self, token: str) -> ResponseReturnValue:
        """The mailbox is confirmed by a button, not by opening the link: mail scanners open links too."""
        form, secret_key = ConfirmForm(), current_app.config["SECRET_KEY"]
        try:
            if not form.validate_on_submit():
                links.find(token, "verify", secret_key=secret_key, now=now())
                return render_template("accounts/verify.html", form=form)
            open_to_all = current_app.config["EMES_REGISTRATION"] == "open"
            with transaction():
                registration.verify(token, secret_key=secret_key, now=now(), open_to_all=open_to_all)
        except NotFound:
            return render_template("accounts/dead_link.html"), 410
        return render_template("accounts/verified.html", open_to_all=open_to_all)


class RegistrationDeskView(Screen):
    """Requests that wait for the office's coordinator or the centre."""

    class_permission_name = "registrations"

    @expose("/registrations/")
    @may("decide")
    def pending(self) -> ResponseReturnValue:
        return render_template(
            "accounts/registrations.html", requests=account_queries.pending_registrations(), form=RefusalForm()
        )

    @expose("/registrations/<row:registration_id>/approve", methods=["POST"])
    @may("decide")
    def approve(self, registration_id: int) -> ResponseReturnValue:
        with transaction():
            name = registration.approve(registration_id, actor=current_actor(), now=now()).full_name
        notice(gettext("%(name)s may now report for the office", name=name))
        return see_other(url_for("RegistrationDeskView.pending"))

    @expose("/registrations/<row:registration_id>/refuse", methods=["POST"])
    @may("decide")
    def refuse(self, registration_id: int) -> ResponseReturnValue:
        form = RefusalForm()
        if not form.validate_on_submit():
            page = render_template(
                "accounts/registrations.html",
                requests=account_queries.pending_registrations(),
                form=form,
                refusing=registration_id,
            )
            return page, 422
        with transaction():
            name = registration.refuse(registration_id, form.reason.data, actor=current_actor(), now=now()).full_name
        notice(gettext("The request of %(name)s was refused; the reason was sent by e-mail", name=name))
        return see_other(url_for("RegistrationDeskView.pending"))
