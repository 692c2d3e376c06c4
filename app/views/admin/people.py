"""Generated screen of accounts: roles, office and activation. Passwords are nobody's but the person's own."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from wtforms import BooleanField, StringField
from wtforms.validators import Length, Optional

from app.clock import now
from app.domain.access import Duty
from app.domain.errors import N_
from app.domain.people import check_email, parse_phone
from app.formatting import phone
from app.forms.fields import obeys, one_line
from app.models import Profile
from app.scope import current_actor
from app.services import accounts
from app.views.admin.base import Generated
from app.views.admin.data import Interface, digest
from app.views.admin.fields import TickedField
from app.views.base import gettext

DUTY_NAMES = {
    Duty.REPORTER: N_("Reporter"),
    Duty.COORDINATOR: N_("Coordinator"),
    Duty.DIRECTOR: N_("Director"),
    Duty.CENTRAL: N_("Central staff"),
    Duty.EVALUATOR: N_("Evaluator"),
    Duty.MODERATOR: N_("Moderator"),
    Duty.ANALYST: N_("Analyst"),
    Duty.ADMIN: N_("Administrator"),
}


def _role_names(roles: list[Role]) -> str:
    return ", ".join(gettext(DUTY_NAMES[Duty(role.name)]) for role in roles if role.name in set(Duty))


class AccountAdmin(Generated):
    route_base = "/admin/accounts"
    class_permission_name = "accounts"
    include_route_methods: ClassVar = {"list", "show", "edit"}
    datamodel = Interface(Profile, eager=("user.roles", "area"))
    icon_name = "people"
    list_title, edit_title, show_title = _l("Accounts"), _l("Edit an account"), _l("Account")
    list_columns = ["full_name", "user.email", "area", "user.roles", "user.active"]
    show_columns = [
        "full_name",
        "user.email",
        "area",
        "user.roles",
        "personnel_type",
        "position",
        "phone",
        "mail_bounced_at",
        "user.active",
    ]
    add_columns = ["full_name"]
    edit_columns = ["full_name", "email", "area", "duties", "personnel_type", "position", "phone", "active"]
    edit_form_extra_fields: ClassVar = {
        "email": StringField(
            _l("E-mail"),
            [Optional(), Length(max=254), obeys(check_email)],
            filters=[one_line],
            description=_l("The name to sign in with. A change signs the person out everywhere; the old address is told."),
        ),
        "duties": TickedField(
            _l("Roles"),
            choices=lambda: [(str(duty), gettext(name)) for duty, name in DUTY_NAMES.items()],
            description=_l("Roles of an office or roles of the centre, not both"),
        ),
        "active": BooleanField(
            _l("Account active"), description=_l("Out of use the person can't sign in; what the person did stays on record")
        ),
    }
    description_columns = {"area": _l("Empty for the centre's staff")}
    label_columns = {"user.roles": _l("Roles")}
    formatters_columns = {"user.roles": _role_names, "phone": phone}
    order_columns = ["full_name"]
    base_order = ("full_name", "asc")
    quick_search = ("full_name", "position")
    offered_filters = ("area",)

    def subjects(self, item: Profile) -> list[str]:
        return [*super().subjects(item), f"user:{item.user_id}"]

    def seen(self, item: Profile) -> str:
        """Address, roles and activation stand on the same form and belong to the user."""
        user = item.user
        return digest(
            self._values(item)
            | {
                "email": user.email or "",
                "duties": " ".join(sorted(role.name for role in user.roles)),
                "user": str(user.active),
            }
        )

    def prefill_form(self, form: Any, pk: Any) -> None:
        profile = self._found(pk)
        form.duties.data = [role.name for role in profile.user.roles]
        form.active.data = bool(profile.user.active)
        form.email.data = profile.user.email

    validators_columns: ClassVar = {"phone": [Optional(), obeys(parse_phone)]}

    def check(self, item: Profile, form: Any, *, is_new: bool) -> None:
        item.phone = parse_phone(item.phone) if item.phone else ""
        before: Any = inspect(item).attrs.area.history.deleted
        was = before[0] if before else item.area
        accounts.change_account(
            item,
            duties=[Duty(name) for name in form.duties.data],
            active=form.active.data,
            area_id=item.area.id if item.area else None,
            was_area_id=was.id if was else None,
            actor=current_actor(),
            now=now(),
        )
        if form.email.data:
            accounts.change_email(item, form.email.data, actor=current_actor(), now=now())
