"""Passkeys: adding one, and proving oneself with it. What browsers and keys answer is judged by the library."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import webauthn
from flask_appbuilder.security.sqla.models import User
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.domain.access import Actor
from app.domain.errors import N_, NotFound, Refused
from app.domain.second_factor import MOST_PASSKEYS, Factor
from app.extensions import db
from app.models import Passkey, SignInStep
from app.queries import account as accounts
from app.queries import second_factor as factors
from app.services import second_factor, sign_in_steps


class NoPasskey(Refused):
    """What the browser brought proves nothing."""


@dataclass(frozen=True)
class Site:
    """For whom a passkey is good: this host, and pages of this address."""

    host: str
    origin: str

    @classmethod
    def at(cls, base_url: str) -> Site:
        address = urlsplit(base_url)
        return cls(address.hostname or "", f"{address.scheme}://{address.netloc}")

    @property
    def takes_passkeys(self) -> bool:
        """Browsers know passkeys of names, not of numbers, and only where nobody can listen."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https://") or self.host == "localhost"
        return False


Options = dict[str, Any]


def offer_new(*, site: Site, actor: Actor, now: datetime) -> tuple[Options, str]:
    """What the browser needs to make a passkey, and the token of what was begun. Raises Refused beyond ten."""
    user = accounts.user_by_id(actor.user_id) if actor.user_id else None
    if user is None:
        raise NotFound
    known = factors.passkeys_of(user.id)
    if len(known) >= MOST_PASSKEYS:
        raise Refused(N_("You have %(count)d passkeys already. Take one away that is not used any more."), count=MOST_PASSKEYS)
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=second_factor.ISSUER,
        user_name=user.email,
        user_display_name=user.profile.full_name if user.profile else user.email,
        user_id=f"emes:{user.id}".encode(),
        exclude_credentials=_described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    token = sign_in_steps.begin("register", now=now, user_id=user.id, challenge=bytes_to_base64url(options.challenge))
    return json.loads(options_to_json(options)), token


def add(name: str, answer: str, *, token: object, session_id: int, site: Site, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Keep a passkey that the browser made. Returns recovery codes where it is the first factor.

    Raises NotFound for what was begun in another browser or too long ago, NoPasskey for what proves nothing."""
    step = sign_in_steps.hold(token, "register", now=now)
    user = step.user
    if user is None or user.id != actor.user_id:
        raise NotFound
    sign_in_steps.end(step)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(step.content["challenge"]),
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise NoPasskey(N_("The passkey could not be read. Try again, or take another device.")) from None
    credential_id = bytes_to_base64url(made.credential_id)
    if len(credential_id) > 1400 or factors.passkey_by_credential(credential_id) is not None:
        raise NoPasskey(N_("This passkey is registered already"))
    is_first = not factors.has_any(user.id)
    db.session.add(
        Passkey(
            user_id=user.id,
            name=name,
            credential_id=credential_id,
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            added_at=now,
        )
    )
    db.session.flush()
    return second_factor.added(user, name, Factor.PASSKEY, is_first=is_first, session_id=session_id, actor=actor, now=now)


def remove(passkey_id: int, password: str, *, required: bool, actor: Actor, now: datetime) -> None:
    """Take one of one's own passkeys away, knowing the password. Raises NotFound for anyone else's."""
    row = db.session.get(Passkey, passkey_id, with_for_update=True)
    if row is None or row.user_id != actor.user_id:
        raise NotFound
    second_factor.require_removable(row.user, password, required=required)
    user, name = row.user, row.name
    db.session.delete(row)
    second_factor.removed(user, name, actor=actor, now=now)


def ask(step: SignInStep, *, site: Site) -> Options:
    """What the browser needs to prove a passkey; the challenge before, if there was one, is good no more."""
    known = factors.passkeys_of(step.user_id) if step.user_id else []
    alone = step.user_id is None
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_described(known),
        user_verification=UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED,
    )
    step.content = {**step.content, "challenge": bytes_to_base64url(options.challenge)}
    found: Options = json.loads(options_to_json(options))
    return found


def prove(step: SignInStep, answer: str, *, site: Site, now: datetime) -> User:
    """Whose passkey answered the challenge, which is used up by it. Raises NoPasskey.

    Without a password before, the key must have asked for a finger, a face or its number; and a count of signatures that went back means that
    there are two of a key of which there is one."""
    challenge = step.content.get("challenge")
    step.content = {name: value for name, value in step.content.items() if name != "challenge"}
    refusal = NoPasskey(N_("The passkey was not accepted. Try again, or choose another way."))
    try:
        credential_id = bytes_to_base64url(base64url_to_bytes(str(json.loads(answer)["rawId"])))
    except (ValueError, TypeError, KeyError):
        raise refusal from None
    row = factors.passkey_by_credential(credential_id)
    if row is None or challenge is None or not row.user.active or step.user_id not in (None, row.user_id):
        raise refusal
    try:
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=step.user_id is None,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise refusal from None
    row.sign_count, row.last_used_at = proved.new_sign_count, now
    return row.user


def _described(known: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id)) for key in known]
