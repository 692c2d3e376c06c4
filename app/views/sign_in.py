"""Signing in and out, forgotten passwords."""

from __future__ import annotations

from flask import current_app, jsonify, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, logout_user
from flask_wtf.csrf import generate_csrf

from app.clock import now
from app.domain.errors import NotFound, Refused
from app.errors import sentence
from app.extensions import transaction
from app.forms.accounts import ForgotPasswordForm, NewPasswordForm, SignInForm
from app.identity import SESSION_KEY, browser, log_refused_sign_in
from app.requests import local_path
from app.services import accounts, links, sign_in
from app.views.base import Screen, expose, notice, see_other
from app.views.second_step import go_on, site


class SignInView(Screen):
    """Public: whoever is not signed in yet."""

    class_permission_name = "sign in"

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> ResponseReturnValue:
        wanted = local_path(request.values.get("next"))
        if current_user.is_authenticated and request.method == "GET":
            return see_other(wanted or url_for("ReportView.home"))
        form = SignInForm()
        if request.method == "GET":
            return self._page(form, wanted, None)
        if not form.validate():
            return self._refused(form, wanted, gettext("The e-mail or the password is wrong"), 422)
        try:
            with transaction():
                sign_in.require_not_paused(form.email.data, browser(), now=now())
        except sign_in.SignInPaused as paused:
            return self._refused(form, wanted, sentence(paused.message), paused.status)
        user = sign_in.right_password(form.email.data, form.password.data)
        if user is None:
            log_refused_sign_in(form.email.data)
            with transaction():
                sign_in.note_failure(form.email.data, browser(), now=now())
            return self._refused(form, wanted, gettext("The e-mail or the password is wrong"), 422)
        return go_on(user.id, form.email.data, remember=bool(form.remember.data), wanted=wanted)

    def _refused(self, form: SignInForm, wanted: str | None, problem: str, status: int) -> ResponseReturnValue:
        return self._page(form, wanted, problem), status

    def _page(self, form: SignInForm, wanted: str | None, problem: str | None) -> str:
        takes = site().takes_passkeys
        return render_template("accounts/sign_in.html", form=form, wanted=wanted, problem=problem, takes_passkeys=takes)

    @expose("/logout/", methods=["GET", "POST"])
    def logout(self) -> ResponseReturnValue:
        """Only a POST signs out; a GET, which a mere picture in a mail could send, asks first."""
        if request.method == "GET":
            return render_template("accounts/sign_out.html")
        token = session.get(SESSION_KEY)
        if isinstance(token, str):
            with transaction():
                sign_in.end_session(sign_in.token_hash(token), now=now())
        logout_user()
        session.clear()
        return see_other(url_for("PublicView.index"))

    @expose("/session")
    def state(self) -> ResponseReturnValue:
        """Who this browser is signed in as, and a fresh token: for a page that was open while the session ended."""
        user_id = current_user.id if current_user.is_authenticated else None
        response = jsonify(user=user_id, token=generate_csrf())
        response.headers["Cache-Control"] = "no-store"
        return response

    @expose("/forgot-password/", methods=["GET", "POST"])
    def forgot_password(self) -> ResponseReturnValue:
        form = ForgotPasswordForm()
        if not form.validate_on_submit():
            status = 422 if request.method == "POST" else 200
            return render_template("accounts/forgot_password.html", form=form, sent=False), status
        with transaction():
            accounts.request_reset(form.email.data, now=now())
        return render_template("accounts/forgot_password.html", form=form, sent=True)

    @expose("/reset-password/<token>", methods=["GET", "POST"])
    def reset_password(self, token: str) -> ResponseReturnValue:
        form, secret_key = NewPasswordForm(), current_app.config["SECRET_KEY"]
        try:
            links.find(token, "reset", secret_key=secret_key, now=now())
            if not form.validate_on_submit():
                status = 422 if request.method == "POST" else 200
                return render_template("accounts/reset_password.html", form=form), status
            with transaction():
                accounts.reset_password(token, form.password.data, secret_key=secret_key, now=now())
        except NotFound:
            return render_template("accounts/dead_link.html"), 410
        except Refused as refusal:
            form.password.errors = [*form.password.errors, sentence(refusal.message)]
            return render_template("accounts/reset_password.html", form=form), 422
        session.clear()
        notice(gettext("The new password is set. Sign in with it."))
        return see_other(url_for("SignInView.login"))
