"""One's own second factor: an authenticator app, passkeys, recovery codes; and proving that one still is there."""

from __future__ import annotations

import logging

import segno
from flask import current_app, g, jsonify, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app.clock import now
from app.domain.errors import Message, NotFound, Refused
from app.domain.second_factor import is_fresh, is_required
from app.errors import sentence
from app.extensions import transaction
from app.forms.accounts import AppForm, PasskeyForm, ProofForm
from app.identity import SESSION_KEY, STEP_KEY, browser, must_set_up
from app.queries import second_factor as factors
from app.requests import local_path
from app.scope import current_actor
from app.sealing import sealer
from app.services import passkeys, second_factor, sign_in
from app.services.passkeys import Site
from app.views.base import Screen, expose, may, notice, see_other
from app.views.second_step import site

log = logging.getLogger(__name__)


def has_fresh_proof() -> bool:
    """Whether the person gave password or passkey in the last minutes."""
    return is_fresh(g.session_proved_at, now())


def _prove_first() -> ResponseReturnValue | None:
    """Where a sensitive act needs a proof first: the page that asks for it, and leads back."""
    if has_fresh_proof():
        return None
    return see_other(url_for("FactorView.prove", next=_back()))


def _back() -> str:
    """The page of second factors, with where somebody wanted to be who was led there."""
    wanted = local_path(request.values.get("next"))
    return url_for("FactorView.factors", next=wanted) if wanted else url_for("FactorView.factors")


def _is_required() -> bool:
    return is_required((role.name for role in current_user.roles), current_app.config["EMES_SECOND_FACTOR"])


class FactorView(Screen):
    class_permission_name = "own account"

    @expose("/profile/second-factor/")
    @may("use")
    def factors(self) -> ResponseReturnValue:
        return self._page()

    def _page(self, *, key_form: PasskeyForm | None = None, problem: str = "", status: int = 200) -> ResponseReturnValue:
        return render_template(
            "accounts/second_factor.html",
            found=factors.factors_of(current_user.id),
            key_form=key_form or PasskeyForm(formdata=None),
            proof=ProofForm(formdata=None),
            problem=problem,
            required=_is_required(),
            must=must_set_up(),
            is_fresh=has_fresh_proof(),
            takes_passkeys=site().takes_passkeys,
            wanted=local_path(request.values.get("next")),
        ), status

    def _codes(self, codes: tuple[str, ...], *, first: bool) -> ResponseReturnValue:
        """The answer shows recovery codes, once: they stand in no address and in no cookie."""
        wanted = local_path(request.values.get("next"))
        return render_template("accounts/recovery_codes.html", codes=codes, first=first, wanted=wanted)

    # --- an app ---------------------------------------------------------------------------------------------------------------

    @expose("/profile/second-factor/app", methods=["GET", "POST"])
    @may("use")
    def app(self) -> ResponseReturnValue:
        if answer := _prove_first():
            return answer
        user_id, form = current_user.id, AppForm()
        if request.method == "GET":
            secret, form.sealed.data = second_factor.new_secret(user_id, sealer())
            return self._app_page(form, secret)
        if not form.sealed.data:
            return see_other(url_for("FactorView.app"))
        try:
            secret = second_factor.begun_secret(form.sealed.data, user_id, sealer())
        except NotFound:
            notice(gettext("The page was open for too long. Scan the new picture."), "warn")
            return see_other(url_for("FactorView.app"))
        if form.validate():
            try:
                with transaction():
                    codes = second_factor.add_app(
                        secret,
                        form.app_code.data,
                        session_id=g.session_id,
                        sealer=sealer(),
                        actor=current_actor(),
                        now=now(),
                    )
                log.info("authenticator app set up for user %s", user_id)
                return self._after_adding(codes, gettext("The authenticator app is set up. Other browsers were signed out."))
            except second_factor.WrongCode as refusal:
                form.app_code.errors = [sentence(refusal.message)]
        return self._app_page(form, secret), 422

    def _app_page(self, form: AppForm, secret: str) -> str:
        address = second_factor.address_of(secret, current_user.email)
        return render_template(
            "accounts/authenticator_app.html",
            form=form,
            secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
            picture=segno.make(address, error="m").svg_data_uri(border=2, scale=5),
            wanted=local_path(request.values.get("next")),
        )

    def _after_adding(self, codes: tuple[str, ...], said: str) -> ResponseReturnValue:
        if codes:
            return self._codes(codes, first=True)
        notice(said)
        return see_other(url_for("FactorView.factors"))

    @expose("/profile/second-factor/app/remove", methods=["POST"])
    @may("use")
    def remove_app(self) -> ResponseReturnValue:
        password = request.form.get("current_password", "")
        if refusal := prove_password(password):
            return self._page(problem=sentence(refusal), status=422)
        try:
            with transaction():
                second_factor.remove_app(password, required=_is_required(), actor=current_actor(), now=now())
        except Refused as refused:
            return self._page(problem=sentence(refused.message), status=refused.status)
        log.info("authenticator app of user %s taken away", current_user.id)
        notice(gettext("The authenticator app is taken away"))
        return see_other(url_for("FactorView.factors"))

    # --- passkeys -------------------------------------------------------------------------------------------------------------

    @expose("/profile/second-factor/passkey-options", methods=["POST"])
    @may("use")
    def passkey_options(self) -> ResponseReturnValue:
        """What the browser needs to make a passkey."""
        if not has_fresh_proof():
            return jsonify(prove=url_for("FactorView.prove", next=_back())), 403
        here: Site = site()
        if not here.takes_passkeys:
            raise NotFound
        with transaction():
            options, token = passkeys.offer_new(site=here, actor=current_actor(), now=now())
        session[STEP_KEY] = token
        return jsonify(options)

    @expose("/profile/second-factor/passkeys", methods=["POST"])
    @may("use")
    def add_passkey(self) -> ResponseReturnValue:
        form = PasskeyForm()
        if answer := _prove_first():
            return answer
        if not form.validate():
            return self._page(key_form=form, status=422)
        try:
            with transaction():
                codes = passkeys.add(
                    form.passkey_name.data,
                    form.credential.data,
                    token=session.pop(STEP_KEY, None),
                    session_id=g.session_id,
                    site=site(),
                    actor=current_actor(),
                    now=now(),
                )
        except NotFound:
            return self._page(key_form=form, problem=gettext("That took too long. Please try again."), status=422)
        except Refused as refusal:
            return self._page(key_form=form, problem=sentence(refusal.message), status=refusal.status)
        log.info("passkey added for user %s", current_user.id)
        return self._after_adding(codes, gettext("The passkey is added. Other browsers were signed out."))

    @expose("/profile/second-factor/passkeys/<row:passkey_id>/remove", methods=["POST"])
    @may("use")
    def remove_passkey(self, passkey_id: int) -> ResponseReturnValue:
        password = request.form.get("current_password", "")
        if refusal := prove_password(password):
            return self._page(problem=sentence(refusal), status=422)
        try:
            with transaction():
                passkeys.remove(passkey_id, password, required=_is_required(), actor=current_actor(), now=now())
        except Refused as refused:
            return self._page(problem=sentence(refused.message), status=refused.status)
        log.info("passkey of user %s taken away", current_user.id)
        notice(gettext("The passkey is taken away"))
        return see_other(url_for("FactorView.factors"))

    # --- recovery codes -------------------------------------------------------------------------------------------------------

    @expose("/profile/second-factor/recovery-codes", methods=["POST"])
    @may("use")
    def renew_codes(self) -> ResponseReturnValue:
        if answer := _prove_first():
            return answer
        try:
            with transaction():
                codes = second_factor.renew_codes(actor=current_actor(), now=now())
        except Refused as refusal:
            return self._page(problem=sentence(refusal.message), status=refusal.status)
        log.info("recovery codes of user %s made anew", current_user.id)
        return self._codes(codes, first=False)

    # --- still there? ---------------------------------------------------------------------------------------------------------

    @expose("/profile/prove", methods=["GET", "POST"])
    @may("use")
    def prove(self) -> ResponseReturnValue:
        """The password once more, before an act that a thief of an open browser would like."""
        form, wanted = ProofForm(), local_path(request.values.get("next")) or url_for("ProfileView.profile")
        if request.method == "GET":
            return render_template("accounts/prove.html", form=form, wanted=wanted)
        if form.validate():
            refusal = prove_password(form.current_password.data)
            if refusal is None:
                return see_other(wanted)
            form.current_password.errors = [sentence(refusal)]
        return render_template("accounts/prove.html", form=form, wanted=wanted), 422


def prove_password(password: str) -> Message | None:
    """Take the password as a proof of being there; what to say where it is none, which counts as a failed sign-in."""
    user, moment = current_user._get_current_object(), now()
    email, session_id = user.email, g.session_id
    try:
        sign_in.require_not_paused(email, browser(), now=moment)
    except sign_in.SignInPaused as paused:
        return paused.in_short
    right = sign_in.is_password_of(user, password)
    with transaction():
        if right:
            session[SESSION_KEY] = sign_in.note_proof(session_id, now=moment)
            g.session_proved_at = moment
            return None
        sign_in.note_failure(email, browser(), now=moment)
    log.info("wrong password of user %s for a sensitive act", user.id)
    return second_factor.wrong_password().message
