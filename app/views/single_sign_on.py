"""Signing in by a provider of single sign-on: off to it, and back."""

from __future__ import annotations

import logging

from flask import abort, current_app, flash, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app import oidc
from app.clock import now
from app.domain.errors import NotFound, Refused
from app.domain.second_factor import SSO_LIFETIME, Factor
from app.errors import sentence
from app.extensions import transaction
from app.identity import STEP_KEY
from app.oidc import NotBelieved, Provider, ProviderAway, Question, Said
from app.requests import local_path
from app.services import sign_in_steps, single_sign_on
from app.views.base import Screen, expose, see_other
from app.views.second_step import go_on

log = logging.getLogger(__name__)


def _provider() -> Provider:
    found = oidc.provider()
    if found is None:
        abort(404)
    return found


class SingleSignOnView(Screen):
    """Public: whoever is not signed in yet."""

    class_permission_name = "sign in"

    @expose("/sso/", methods=["POST"])
    def begin(self) -> ResponseReturnValue:
        """Off to the provider, by a page that leads on: the answer to a form may not leave this site."""
        provider = _provider()
        wanted = local_path(request.form.get("next"))
        if current_user.is_authenticated:
            return see_other(wanted or url_for("ReportView.home"))
        try:
            question = provider.ask()
        except ProviderAway as fault:
            return self._away(fault, wanted)
        with transaction():
            token = sign_in_steps.begin(
                "sso",
                now=now(),
                lifetime=SSO_LIFETIME,
                state=question.state,
                nonce=question.nonce,
                verifier=question.verifier,
                wanted=wanted,
            )
        session[STEP_KEY] = token
        return render_template("accounts/to_provider.html", address=question.address)

    @expose("/sso/callback")
    def callback(self) -> ResponseReturnValue:
        """Back from the provider. What was begun is used up by the first answer, whatever it is."""
        provider = _provider()
        try:
            with transaction():
                step = sign_in_steps.hold(session.pop(STEP_KEY, None), "sso", now=now())
                begun = step.content
                sign_in_steps.end(step)
        except NotFound:
            return self._refused(gettext("Signing in took too long, or failed too often. Please begin again."), None)
        wanted = local_path(begun["wanted"])
        question = Question("", begun["state"], begun["nonce"], begun["verifier"])
        try:
            said = provider.hear(question, request.args.to_dict(), now=now())
        except ProviderAway as fault:
            return self._away(fault, wanted)
        except NotBelieved as reason:
            log.warning("single sign-on not believed: %s", reason)
            name = current_app.config["EMES_OIDC_NAME"]
            return self._refused(gettext("%(name)s did not confirm who you are. Please try again.", name=name), wanted)
        return self._let_in(said, provider, wanted)

    def _let_in(self, said: Said, provider: Provider, wanted: str | None) -> ResponseReturnValue:
        name = current_app.config["EMES_OIDC_NAME"]
        try:
            with transaction():
                user = single_sign_on.whose(said, provider.issuer, name=name, now=now())
                user_id, email = user.id, user.email
        except Refused as refusal:
            log.info("single sign-on opens no account")
            return self._refused(sentence(refusal.message), wanted)
        proved_twice = not said.methods.isdisjoint(current_app.config["EMES_OIDC_SECOND_FACTOR"])
        return go_on(user_id, email, remember=False, wanted=wanted, factor=Factor.SSO if proved_twice else "")

    def _away(self, fault: ProviderAway, wanted: str | None) -> ResponseReturnValue:
        log.error("the provider of single sign-on is away: %s", fault)
        name = current_app.config["EMES_OIDC_NAME"]
        said = gettext(
            "%(name)s can't be reached at the moment. Try again in a minute, or sign in with your password.", name=name
        )
        return self._refused(said, wanted)

    def _refused(self, said: str, wanted: str | None) -> ResponseReturnValue:
        flash(said, "bad")
        return see_other(url_for("SignInView.login", next=wanted) if wanted else url_for("SignInView.login"))
