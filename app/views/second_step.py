"""The second step of signing in: a code of the app, a recovery code or a passkey; and signing in with a passkey alone."""

from __future__ import annotations

import logging

from flask import current_app, flash, jsonify, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import now
from app.domain.errors import N_, NotFound
from app.domain.second_factor import Factor
from app.errors import sentence
from app.extensions import transaction
from app.forms.accounts import CodeForm
from app.identity import STEP_KEY, browser, open_session
from app.models import SignInStep
from app.queries import second_factor as factors
from app.requests import local_path
from app.sealing import sealer
from app.services import passkeys, second_factor, sign_in, sign_in_steps
from app.services.passkeys import NoPasskey, Site
from app.views.base import Screen, expose, see_other

log = logging.getLogger(__name__)
WRONG = N_("This code is not right, or it was used already. Type the code that the app shows now.")


def site() -> Site:
    """This installation, as passkeys know it."""
    return Site.at(current_app.config["EMES_BASE_URL"])


def go_on(user_id: int, email: str, *, remember: bool, wanted: str | None, factor: str = "") -> ResponseReturnValue:
    """The password was right, or somebody else vouched: in, or on to the second factor of a person who has one.

    `factor` is what was given besides already. Failures are forgotten at the end only: who knows the password must not begin anew with each
    guess at the rest."""
    moment = now()
    with transaction():
        if not factor and factors.has_any(user_id):
            token = sign_in_steps.begin("second", now=moment, user_id=user_id, remember=remember)
        else:
            token = ""
            sign_in.forget_failures(email, browser())
            open_session(user_id, remember=remember, factor=factor)
    if token:
        session.clear()
        session[STEP_KEY] = token
        return see_other(url_for("SecondStepView.second", next=wanted) if wanted else url_for("SecondStepView.second"))
    return see_other(wanted or url_for("ReportView.home"))


def _begin_anew() -> ResponseReturnValue:
    """What was half done is over: back to the beginning, with the reason."""
    session.pop(STEP_KEY, None)
    flash(gettext("Signing in took too long, or failed too often. Please begin again."), "warn")
    wanted = local_path(request.values.get("next"))
    return see_other(url_for("SignInView.login", next=wanted) if wanted else url_for("SignInView.login"))


class SecondStepView(Screen):
    """Public: whoever gave the right password and is not signed in yet, or brings a passkey."""

    class_permission_name = "sign in"

    @expose("/login/second/", methods=["GET", "POST"])
    def second(self) -> ResponseReturnValue:
        if current_user.is_authenticated:
            return see_other(local_path(request.values.get("next")) or url_for("ReportView.home"))
        try:
            step = sign_in_steps.find(session.get(STEP_KEY), "second", now=now())
            form = CodeForm()
            if request.method == "GET":
                return self._page(step, form)
            if not form.validate():
                return self._page(step, form, problem=gettext(WRONG), status=422)
            return self._take_code(step, form)
        except NotFound:
            return _begin_anew()

    def _take_code(self, step: SignInStep, form: CodeForm) -> ResponseReturnValue:
        user_id, moment = step.user_id or 0, now()
        recovery = second_factor.recovery_hash(user_id, form.code.data)
        with transaction():
            step = sign_in_steps.hold(session.get(STEP_KEY), "second", now=moment)
            user = step.user
            if user is None:
                raise NotFound
            paused = self._pause(user.email)
            factor = (
                None if paused else second_factor.give(user, form.code.data, recovery=recovery, sealer=sealer(), now=moment)
            )
            if factor is not None:
                self._finish(step, factor)
            is_over = not paused and factor is None and second_factor.note_wrong_code(step, browser=browser(), now=moment)
        if factor is not None:
            return see_other(local_path(request.form.get("next")) or url_for("ReportView.home"))
        if is_over:
            log.warning("too many wrong second factors of user %s", user_id)
            return _begin_anew()
        if paused is not None:
            return self._page(step, form, problem=sentence(paused.in_short), status=paused.status)
        log.info("wrong second factor of user %s", user_id)
        return self._page(step, form, problem=gettext(WRONG), status=422)

    def _pause(self, email: str) -> sign_in.SignInPaused | None:
        try:
            sign_in.require_not_paused(email, browser(), now=now(), is_second=True)
        except sign_in.SignInPaused as paused:
            return paused
        return None

    def _finish(self, step: SignInStep, factor: Factor) -> None:
        """Signed in, with a token that is made now."""
        user, remember = step.user, bool(step.content.get("remember"))
        if user is None:
            raise NotFound
        sign_in_steps.end(step)
        sign_in.forget_failures(user.email, browser())
        open_session(user.id, remember=remember, factor=factor)

    def _page(self, step: SignInStep, form: CodeForm, *, problem: str | None = None, status: int = 200) -> ResponseReturnValue:
        return render_template(
            "accounts/second_step.html",
            form=form,
            problem=problem,
            wanted=local_path(request.values.get("next")),
            found=factors.factors_of(step.user_id or 0),
            takes_passkeys=site().takes_passkeys,
        ), status

    @expose("/login/second/passkey-options", methods=["POST"])
    def second_options(self) -> ResponseReturnValue:
        """What the browser needs to ask for a passkey after the password."""
        with transaction():
            options = passkeys.ask(sign_in_steps.hold(session.get(STEP_KEY), "second", now=now()), site=site())
        return jsonify(options)

    @expose("/login/second/passkey", methods=["POST"])
    def second_passkey(self) -> ResponseReturnValue:
        moment, refusal, is_over = now(), None, False
        try:
            with transaction():
                step = sign_in_steps.hold(session.get(STEP_KEY), "second", now=moment)
                user_id = step.user_id
                try:
                    passkeys.prove(step, request.form.get("credential", ""), site=site(), now=moment)
                    self._finish(step, Factor.PASSKEY)
                except NoPasskey as found:
                    refusal = found
                    is_over = second_factor.note_wrong_code(step, browser=browser(), now=moment)
        except NotFound:
            return _begin_anew()
        if refusal is None:
            return see_other(local_path(request.form.get("next")) or url_for("ReportView.home"))
        log.info("passkey of user %s refused", user_id)
        if is_over:
            return _begin_anew()
        return self._page(step, CodeForm(formdata=None), problem=sentence(refusal.message), status=refusal.status)

    @expose("/login/passkey-options", methods=["POST"])
    def options(self) -> ResponseReturnValue:
        """What the browser needs to ask for a passkey of whoever sits there."""
        if not site().takes_passkeys:
            raise NotFound
        with transaction():
            token = sign_in_steps.begin("passkey", now=now())
            options = passkeys.ask(sign_in_steps.hold(token, "passkey", now=now()), site=site())
        session[STEP_KEY] = token
        return jsonify(options)

    @expose("/login/passkey", methods=["POST"])
    def passkey(self) -> ResponseReturnValue:
        """Signing in with a passkey that asked for finger, face or number: both factors at once."""
        moment = now()
        try:
            with transaction():
                step = sign_in_steps.hold(session.get(STEP_KEY), "passkey", now=moment)
                sign_in_steps.end(step)
                user = passkeys.prove(step, request.form.get("credential", ""), site=site(), now=moment)
                open_session(user.id, remember=bool(request.form.get("remember")), factor=Factor.PASSKEY)
        except NotFound:
            return _begin_anew()
        except NoPasskey as refusal:
            log.info("a passkey was refused")
            with transaction():  # the challenge is used up all the same
                sign_in_steps.forget(session.get(STEP_KEY))
            flash(sentence(refusal.message), "bad")
            return see_other(url_for("SignInView.login"))
        return see_other(local_path(request.form.get("next")) or url_for("ReportView.home"))
