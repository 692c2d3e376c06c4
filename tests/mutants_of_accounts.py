"""Mutants of who somebody is: passwords, sessions, second factors, single sign-on, access tokens, and what is kept of a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.replacing import nothing, replace, yes

NEVER = timedelta(days=10_000)

# --- mailboxes and passwords (T4, T5) --------------------------------------------------------------------------------------------


def unknown_mailboxes_are_told_so() -> None:
    """Whoever forgot the password of an account that there is not reads that there is none."""
    from app.domain.errors import Refused
    from app.queries import account
    from app.services import accounts

    request_reset = accounts.request_reset

    def request_known(email: str, **given: Any) -> None:
        if account.user_by_email(email) is None:
            raise Refused("There is no such account")
        request_reset(email, **given)

    replace(accounts, "request_reset", request_known)


def unknown_mailboxes_are_answered_sooner() -> None:
    """The password is compared only where there is an account, which takes longer."""
    from app.queries import account
    from app.services import sign_in

    right_password = sign_in.right_password

    def right_of_known(email: str, password: str) -> Any:
        return right_password(email, password) if account.user_by_email(email) else None

    replace(sign_in, "right_password", right_of_known)


def guesses_are_not_counted() -> None:
    """A wrong password or code is refused and forgotten."""
    from app.services import sign_in

    replace(sign_in, "note_failure", nothing)


def easy_passwords_are_taken() -> None:
    """Twelve characters are enough, whatever they are."""
    from app.domain import passwords

    replace(passwords, "_is_tried_first", lambda word: False)


def leaked_passwords_are_taken() -> None:
    """The list of leaked passwords is empty."""
    from app.domain import passwords

    replace(passwords, "is_leaked", lambda word: False)


# --- sessions (T6) ---------------------------------------------------------------------------------------------------------------


def signing_in_keeps_what_was_there() -> None:
    """What a cookie held before signing in, it holds afterwards."""
    from flask import session

    from app import identity
    from app.clock import now
    from app.services import sign_in

    def open_beside(user_id: int, *, remember: bool, factor: str = "") -> None:
        token = sign_in.begin_session(user_id, browser=identity.browser(), remember=remember, now=now(), factor=factor)
        session[identity.SESSION_KEY], session["_user_id"] = token, str(user_id)
        session.permanent = remember

    replace(identity, "open_session", open_beside)


def signing_out_forgets_the_cookie_alone() -> None:
    """Signing out ends nothing on the server: a copied cookie goes on."""
    from app.services import sign_in

    replace(sign_in, "end_session", nothing)


def changes_of_an_account_end_no_session() -> None:
    """Another role, office or password, or none any more, leaves the sessions that there are."""
    from app.services import sign_in

    replace(sign_in, "end_sessions", nothing)


def idle_sessions_go_on() -> None:
    """A session that nobody used for an hour goes on."""
    from app.services import sign_in

    replace(sign_in, "IDLE_LIMIT", NEVER)


def sessions_have_no_age() -> None:
    """A session that is in use goes on for ever."""
    from app.services import sign_in

    replace(sign_in, "SESSION_LIFETIME", NEVER)


def _set(**settings: Any) -> None:
    """Whatever an installation says, these settings are so."""
    import config

    found = config.settings
    replace(config, "settings", lambda *given: found(*given) | settings)


def scripts_read_the_cookie() -> None:
    """The cookie of a session is open to scripts."""
    _set(SESSION_COOKIE_HTTPONLY=False)


def other_sites_send_the_cookie() -> None:
    """A browser sends the cookie of a session along with what another site asks."""
    _set(SESSION_COOKIE_SAMESITE="None")


def cookies_go_in_the_clear() -> None:
    """A browser sends the cookie of a session over lines without TLS."""
    _set(SESSION_COOKIE_SECURE=False)


# --- the second factor -----------------------------------------------------------------------------------------------------------


def codes_work_again() -> None:
    """A code of the app that was used works as long as its time lasts."""
    from app.services import second_factor

    step_of = second_factor._step_of
    replace(second_factor, "_step_of", lambda secret, typed, *, after, now: step_of(secret, typed, after=-1, now=now))


def any_code_will_do() -> None:
    """Six digits are a code, whichever they are."""
    from app.services import second_factor

    class Hmac:
        compare_digest = staticmethod(yes)

    replace(second_factor, "hmac", Hmac)


def recovery_codes_work_again() -> None:
    """A recovery code that was used is as good as new."""
    from sqlalchemy import update

    from app.extensions import db
    from app.models import RecoveryCode
    from app.services import second_factor

    give = second_factor.give

    def give_and_keep(user: Any, typed: str, **given: Any) -> Any:
        factor = give(user, typed, **given)
        db.session.execute(update(RecoveryCode).where(RecoveryCode.user_id == user.id).values(used_at=None))
        return factor

    replace(second_factor, "give", give_and_keep)


def an_old_proof_will_do() -> None:
    """Whoever proved to be there once, however long ago, changes how one signs in."""
    from app.views import second_factor

    replace(second_factor, "has_fresh_proof", yes)


def nobody_must_have_a_second_factor() -> None:
    """Roles that must have a second factor work without one."""
    from app import identity

    replace(identity, "must_set_up", lambda: False)


# --- single sign-on --------------------------------------------------------------------------------------------------------------


def the_state_is_not_compared() -> None:
    """An answer of the provider is believed in whatever browser it arrives."""
    from app import oidc

    class Hmac:
        compare_digest = staticmethod(yes)

    replace(oidc, "hmac", Hmac)


def _believe(*claims: str) -> None:
    """An ID token is believed whatever these claims say."""
    from app import oidc

    strict = oidc.CodeIDToken

    def careless(found: Any, header: Any, options: dict[str, Any], expected: dict[str, Any]) -> Any:
        token = strict(found, header, {name: wanted for name, wanted in options.items() if name not in claims}, expected)
        for name in claims:
            setattr(token, f"validate_{name}", nothing)
        return token

    replace(oidc, "CodeIDToken", careless)


def the_nonce_is_not_compared() -> None:
    """An ID token of another sign-in is believed."""
    _believe("nonce")


def the_audience_is_not_compared() -> None:
    """An ID token that was made for another program is believed; both claims that name the program are."""
    _believe("aud", "azp")


def codes_of_other_browsers_are_believed() -> None:
    """A code that was given to another browser signs in this one: the verifier is everybody's, and the nonce, which would be enough, is
    not compared."""
    from app import oidc

    generate = oidc.generate_token
    replace(oidc, "generate_token", lambda length: "a" * length if length == 64 else generate(length))
    _believe("nonce")


def unsigned_tokens_are_believed() -> None:
    """Nobody looks who signed an ID token: neither by which method nor with which key, either of which would be enough."""
    import base64
    import json

    from app import oidc

    def part(text: str) -> Any:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))

    class Jwt:
        """Reads a token as it lies."""

        def __init__(self, header: Any, claims: Any) -> None:
            self.header, self.claims = header, claims

        @classmethod
        def decode(cls, token: str, *_: Any, **__: Any) -> Any:
            header, claims, _ = token.split(".")
            return cls(part(header), part(claims))

    replace(oidc, "jwt", Jwt)


def unverified_addresses_open_accounts() -> None:
    """Whatever address somebody gave there opens the account here that has it."""
    from app.oidc import Provider

    claims = Provider._claims
    replace(Provider, "_claims", lambda *given: claims(*given) | {"email_verified": True})


# --- access tokens ---------------------------------------------------------------------------------------------------------------


def tokens_never_end() -> None:
    """An access token opens the API after its last day."""
    from datetime import UTC, datetime

    from app.queries import api_token

    living = api_token.living
    replace(api_token, "living", lambda token_hash, now: living(token_hash, datetime(2000, 1, 1, tzinfo=UTC)))


def cookies_open_the_api() -> None:
    """Whoever is signed in reads the API without a token: the cookie is read there, and counts."""
    from flask import abort
    from flask.sessions import SecureCookieSessionInterface
    from flask_login import current_user

    from app import identity
    from app.api import access

    def admit() -> None:
        if not current_user.is_authenticated:
            abort(401)

    replace(identity.Cookies, "open_session", SecureCookieSessionInterface.open_session)
    replace(access, "admit", admit)


# --- what is kept of a person ----------------------------------------------------------------------------------------------------


def copies_keep_the_person() -> None:
    """Of a closed account only its own row is emptied, and not what stands beside it."""
    from app.services import privacy

    replace(privacy, "_empty_copies", nothing)


def nothing_is_ever_over() -> None:
    """What was to be kept for a time is kept for ever."""
    from app.services import retention

    replace(retention, "_rows", lambda statement: 0)


def own_data_are_everybodys() -> None:
    """Whoever takes along the own data gets those of everybody."""
    from app.queries import own_data

    rows = own_data._rows

    def rows_of_all(statement: Any) -> Any:
        wide = statement._generate()
        if "user_profile" not in str(statement):
            wide._where_criteria = ()
        return rows(wide)

    replace(own_data, "_rows", rows_of_all)
