"""One's own account: details, password, the browsers one is signed in with, access tokens for programs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import current_app, g, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from wtforms import PasswordField

from app.clock import now
from app.domain.errors import Refused
from app.domain.people import parse_phone, phone_for_people
from app.errors import sentence
from app.extensions import transaction
from app.formatting import localized
from app.forms.accounts import ChangePasswordForm, ConfirmForm, ProfileForm, TokenForm
from app.identity import SESSION_KEY
from app.queries import account as account_queries
from app.queries import api_token as token_queries
from app.queries import second_factor as factors
from app.requests import API_PREFIX
from app.scope import current_actor
from app.services import accounts, api_tokens, sign_in
from app.views.base import Screen, expose, may, notice, see_other
from app.views.second_factor import has_fresh_proof, prove_password


def _details_form(**options: Any) -> ProfileForm:
    """The form of one's own details, filled from the account."""
    profile = current_user.profile
    kept = {name: getattr(profile, name) for name in ("full_name", "position", "registered_address", "current_address")}
    form = ProfileForm(
        data=kept | {"phone": phone_for_people(profile.phone), "personnel_type": profile.personnel_type_id}, **options
    )
    form.personnel_type.choices = [(row.id, localized(row, "name")) for row in account_queries.personnel_types()]
    return form


def _api_address() -> str:
    base: str = current_app.config["EMES_BASE_URL"]
    return f"{base}{API_PREFIX}/"


class ProfileView(Screen):
    class_permission_name = "own account"

    @expose("/profile/", methods=["GET", "POST"])
    @may("use")
    def profile(self) -> ResponseReturnValue:
        form = _details_form()
        if request.method == "GET":
            return self._page(form=form)
        if not form.validate():
            return self._page(form=form, status=422)
        names = ("full_name", "position", "registered_address", "current_address")
        details = {name: form[name].data or "" for name in names} | {"phone": parse_phone(form.phone.data)}
        if details["phone"] != current_user.profile.phone and not self._is_still_there(form.phone_password):
            return self._page(form=form, status=422)
        with transaction():
            accounts.update_profile(details, form.personnel_type.data, actor=current_actor(), now=now())
        notice(gettext("Your details are saved"))
        return see_other(url_for("ProfileView.profile"))

    def _page(
        self,
        *,
        form: ProfileForm,
        password_form: ChangePasswordForm | None = None,
        token_form: TokenForm | None = None,
        status: int = 200,
    ) -> tuple[str, int]:
        context: dict[str, Any] = {
            "form": form,
            "password_form": password_form or ChangePasswordForm(formdata=None),
            "token_form": token_form or TokenForm(formdata=None, form_key=uuid4().hex),
            "tokens": token_queries.listed(current_user.id, now()),
            "api_address": _api_address(),
            "confirm": ConfirmForm(formdata=None),
            "sessions": account_queries.sessions_of(current_user.id, now()),
            "this_session": g.session_id,
            "factors": factors.counts_of(current_user.id),
            "is_fresh": has_fresh_proof(),
            "positions": account_queries.positions(),
        }
        return render_template("accounts/profile.html", **context), status

    @expose("/profile/password", methods=["POST"])
    @may("use")
    def change_password(self) -> ResponseReturnValue:
        form, user_id = ChangePasswordForm(), current_user.id
        if form.validate() and self._knows_password(form):
            try:
                with transaction():
                    accounts.change_password(
                        user_id,
                        form.current_password.data,
                        form.password.data,
                        actor=current_actor(),
                        keep=sign_in.token_hash(session[SESSION_KEY]),
                        now=now(),
                    )
                notice(gettext("The password is changed. Other browsers were signed out."))
                return see_other(url_for("ProfileView.profile"))
            except accounts.WrongPassword as refusal:
                form.current_password.errors = [sentence(refusal.message)]
            except Refused as refusal:
                form.password.errors = [sentence(refusal.message)]
        return self._page(form=_details_form(formdata=None), password_form=form, status=422)

    def _knows_password(self, form: ChangePasswordForm) -> bool:
        """Whether the current password is right; guessing at it at an open browser pauses as at the sign-in."""
        refusal = prove_password(form.current_password.data)
        if refusal is not None:
            form.current_password.errors = [sentence(refusal)]
        return refusal is None

    @expose("/profile/mail-works", methods=["POST"])
    @may("use")
    def mail_works(self) -> ResponseReturnValue:
        with transaction():
            accounts.mail_works_again(actor=current_actor(), now=now())
        notice(gettext("Thank you. Mail will be sent to your address again."))
        return see_other(url_for("ProfileView.profile"))

    @expose("/profile/tokens", methods=["POST"])
    @may("use")
    def make_token(self) -> ResponseReturnValue:
        """The answer shows the token, once: it stands in no address and in no cookie, and a reload makes no second one."""
        form = TokenForm()
        if form.validate() and self._is_still_there(form.token_password):
            try:
                with transaction():
                    token = api_tokens.issue(
                        form.name.data, form.days.data, form_key=form.form_key.data or "", actor=current_actor(), now=now()
                    )
                return render_template("accounts/token.html", token=token, form=form, api_address=_api_address())
            except api_tokens.MadeBefore as refusal:
                notice(sentence(refusal.message), "warn")
                return see_other(url_for("ProfileView.profile", _anchor="tokens"))
            except Refused as refusal:
                form.name.errors = [sentence(refusal.message)]
        return self._page(form=_details_form(formdata=None), token_form=form, status=422)

    def _is_still_there(self, field: PasswordField) -> bool:
        """Whether the person proved to be there lately, or does so with this field."""
        refusal = None if has_fresh_proof() else prove_password(field.data or "")
        if refusal is not None:
            field.errors = [sentence(refusal)]
        return refusal is None

    @expose("/profile/tokens/<row:token_id>/revoke", methods=["POST"])
    @may("use")
    def revoke_token(self, token_id: int) -> ResponseReturnValue:
        with transaction():
            api_tokens.revoke(token_id, actor=current_actor(), now=now())
        notice(gettext("The access token is revoked. Programs that used it are refused."))
        return see_other(url_for("ProfileView.profile", _anchor="tokens"))

    @expose("/profile/sessions/<row:session_id>/end", methods=["POST"])
    @may("use")
    def end_session(self, session_id: int) -> ResponseReturnValue:
        with transaction():
            sign_in.end_own_session(session_id, actor=current_actor(), now=now())
        notice(gettext("That browser is signed out"))
        return see_other(url_for("ProfileView.profile"))

    @expose("/profile/sessions/end-all", methods=["POST"])
    @may("use")
    def end_all_sessions(self) -> ResponseReturnValue:
        """Programs go on only where the person wants them to."""
        user, moment, actor = current_user._get_current_object(), now(), current_actor()
        with transaction():
            sign_in.end_sessions(user.id, now=moment)
            if not request.form.get("keep_tokens"):
                api_tokens.revoke_all(user, actor=actor, now=moment)
        session.clear()
        notice(gettext("You are signed out everywhere"))
        return see_other(url_for("SignInView.login"))
