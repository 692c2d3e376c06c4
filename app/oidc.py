"""The provider of single sign-on: OpenID Connect with authorization code and PKCE, by Authlib. Knows no accounts, only what the provider says.

What stands about the provider in its own document is kept for a while, so that a sign-in costs it one request, and its keys are asked for anew
when a token names one that is not known."""

from __future__ import annotations

import hmac
import re
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from flask import Flask, current_app
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from app import hands

# Seconds to reach the provider, and to wait for its answer.
TIMEOUT = (3, 8)
KEPT_SECONDS = 15 * 60
# After a failure nobody waits for the next one: a provider that hangs must not hold every thread.
LEFT_ALONE_SECONDS = 10
CLOCKS_OFF_SECONDS = 60
# Signatures of a key that the provider alone has; never `none`, never one made with a secret that we share.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


class ProviderAway(RuntimeError):
    """The provider does not answer, or not as one."""


class NotBelieved(RuntimeError):
    """What came back proves nothing: another state, key, audience, time, or a refusal of the provider's."""


@dataclass(frozen=True)
class Question:
    """What a sign-in was begun with, and must come back with."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Said:
    """Whom the provider vouches for. `email` is empty unless it was verified there; `methods` is how the person proved oneself."""

    subject: str
    email: str
    methods: frozenset[str]


class Provider:
    """One provider, and this installation as its client."""

    def __init__(self, issuer: str, client_id: str, secret: str, callback: str) -> None:
        self.issuer, self.client_id, self._secret, self._callback = issuer, client_id, secret, callback
        self._lock = threading.Lock()
        self._about: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_until = self._away_until = 0.0

    def ask(self) -> Question:
        """Where to send the browser. Raises ProviderAway."""
        state, nonce, verifier = generate_token(43), generate_token(43), generate_token(64)
        address, _ = self._session().create_authorization_url(
            self.about()["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
        return Question(address, state, nonce, verifier)

    def hear(self, question: Question, answer: dict[str, str], *, now: datetime) -> Said:
        """What the provider says of whoever came back. Raises NotBelieved or ProviderAway."""
        if not hmac.compare_digest(answer.get("state", "").encode(), question.state.encode()):
            raise NotBelieved("state")
        if answer.get("iss", self.issuer) != self.issuer:
            raise NotBelieved("iss")
        if "code" not in answer:
            raise NotBelieved(_error_code(answer.get("error")))
        about, session = self.about(), self._session()
        try:
            with hands.away():
                token = session.fetch_token(
                    about["token_endpoint"],
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=question.verifier,
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
            claims = self._claims(str(token.get("id_token", "")), question.nonce, str(token.get("access_token", "")), now)
            if "email" not in claims and "userinfo_endpoint" in about:
                with hands.away():
                    more = session.get(about["userinfo_endpoint"], timeout=TIMEOUT, allow_redirects=False).json()
                claims = {**claims, **more} if more.get("sub") == claims["sub"] else claims
        except OAuthError as refusal:
            raise NotBelieved(_error_code(refusal.error)) from None
        except (RequestException, ValueError, TypeError, AttributeError) as fault:
            raise ProviderAway(type(fault).__name__) from None
        verified = claims.get("email_verified") is True or claims.get("email_verified") == "true"
        methods = claims.get("amr") if isinstance(claims.get("amr"), list) else []
        return Said(
            subject=str(claims["sub"]),
            email=str(claims.get("email") or "") if verified else "",
            methods=frozenset(str(method) for method in [*(methods or []), claims.get("acr")] if method),
        )

    def about(self) -> dict[str, Any]:
        """The provider's own document. Raises ProviderAway."""
        with self._lock:
            if time.monotonic() >= self._read_until:
                found = self._read(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if found.get("issuer") != self.issuer or not all(isinstance(found.get(name), str) for name in needed):
                    raise ProviderAway("its document names another issuer, or lacks an address")
                self._about, self._keys, self._read_until = found, None, time.monotonic() + KEPT_SECONDS
            return self._about

    def _claims(self, id_token: str, nonce: str, access_token: str, now: datetime) -> dict[str, Any]:
        """The claims of a token whose signature, issuer, audience, time and nonce are right. Raises NotBelieved."""
        try:
            try:
                found = jwt.decode(id_token, self._known_keys(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                # Perhaps a key that the provider has taken into use since.
                found = jwt.decode(id_token, self._known_keys(anew=True), algorithms=ALGORITHMS)
            options = {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self.client_id}}
            expected = {"nonce": nonce, "client_id": self.client_id, "access_token": access_token}
            claims = CodeIDToken(found.claims, found.header, options, expected)
            claims.validate(now=int(now.timestamp()), leeway=CLOCKS_OFF_SECONDS)
        except (JoseError, ValueError) as fault:
            raise NotBelieved(type(fault).__name__) from None
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise NotBelieved("sub")
        return dict(claims)

    def _known_keys(self, *, anew: bool = False) -> KeySet:
        address = self.about()["jwks_uri"]
        with self._lock:
            if self._keys is None or anew:
                try:
                    self._keys = KeySet.import_key_set(self._read(address))  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError, TypeError) as fault:
                    raise ProviderAway(type(fault).__name__) from None
            return self._keys

    def _read(self, address: str) -> dict[str, Any]:
        if time.monotonic() < self._away_until:
            raise ProviderAway("was away a moment ago")
        try:
            with hands.away():
                answer = self._session().request("GET", address, withhold_token=True, timeout=TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (RequestException, ValueError) as fault:
            self._away_until = time.monotonic() + LEFT_ALONE_SECONDS
            raise ProviderAway(type(fault).__name__) from None
        if not isinstance(found, dict):
            raise ProviderAway("no object")
        return found

    def _session(self) -> OAuth2Session:
        offered = self._about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return OAuth2Session(
            self.client_id,
            self._secret or None,
            token_endpoint_auth_method=method if self._secret else "none",
            scope="openid email profile",
            redirect_uri=self._callback,
            code_challenge_method="S256",
        )


def _error_code(error: object) -> str:
    """A code such as 'access_denied'; nothing else that somebody put into an address reaches the log."""
    return error if isinstance(error, str) and re.fullmatch("[a-z_]{1,40}", error) else "refused"


def init_app(app: Flask) -> None:
    """Take the provider from the settings, if there is one. It is asked nothing yet."""
    settings = app.config
    app.extensions["emes_oidc"] = (
        Provider(
            settings["EMES_OIDC_ISSUER"],
            settings["EMES_OIDC_CLIENT_ID"],
            settings["EMES_OIDC_CLIENT_SECRET"],
            f"{settings['EMES_BASE_URL']}/sso/callback",
        )
        if settings["EMES_OIDC_ISSUER"]
        else None
    )


def provider() -> Provider | None:
    """The provider of the running application, None where there is none."""
    found: Provider | None = current_app.extensions["emes_oidc"]
    return found
