"""The second factor: an app with codes, recovery codes, taking either away, and resetting what somebody lost. Passkeys stand in `passkeys`."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, select, update

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, NotAllowed, NotFound, Refused
from app.domain.second_factor import (
    MOST_WRONG_CODES,
    RECOVERY_ALPHABET,
    RECOVERY_CHARACTERS,
    RECOVERY_CODES,
    SET_UP_LIFETIME,
    STEP_SECONDS,
    STEPS_OFF,
    Factor,
    as_code,
    as_recovery_code,
    recovery_code_for_people,
)
from app.extensions import db
from app.models import AuthenticatorApp, Passkey, RecoveryCode, SignInStep, SsoIdentity, UserSession
from app.queries import account as accounts
from app.queries import second_factor as factors
from app.sealing import Sealer, Unreadable
from app.services import api_tokens, notices, record, sign_in

PAGE = "/profile/second-factor/"
ISSUER = "e-MES"


class WrongCode(Refused):
    """The code is another, was used already, or its time is over."""


# --- an app with codes ------------------------------------------------------------------------------------------------------------


def new_secret(user_id: int, sealer: Sealer) -> tuple[str, str]:
    """A secret for an app, and the same sealed: the page carries it until the first code is right, and nothing is kept before."""
    secret = pyotp.random_base32()
    return secret, sealer.seal(secret, f"begun:{user_id}")


def begun_secret(sealed: str, user_id: int, sealer: Sealer) -> str:
    """The secret of a page that was opened a while ago. Raises NotFound for a foreign or an old one."""
    try:
        return sealer.open(sealed, f"begun:{user_id}", within=SET_UP_LIFETIME)
    except Unreadable:
        raise NotFound from None


def address_of(secret: str, email: str) -> str:
    """What the picture says that an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def add_app(secret: str, typed: str, *, session_id: int, sealer: Sealer, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Set an app up, once it shows the right code; it takes the place of one before. Returns recovery codes where these are the first.

    Raises WrongCode."""
    user = _own(actor)
    step = _step_of(secret, typed, after=-1, now=now)
    if step is None:
        raise WrongCode(N_("This code does not fit. Check the clock of the phone and type the code that it shows now."))
    is_first = not factors.has_any(user.id)
    row = db.session.get(AuthenticatorApp, user.id, with_for_update=True) or AuthenticatorApp(user_id=user.id)
    row.sealed_secret, row.last_step = sealer.seal(secret, str(user.id)), step
    row.added_at, row.last_used_at = now, None
    db.session.add(row)
    return added(user, "app", Factor.CODE, is_first=is_first, session_id=session_id, actor=actor, now=now)


def added(
    user: User, name: str, factor: Factor, *, is_first: bool, session_id: int, actor: Actor, now: datetime
) -> tuple[str, ...]:
    """What follows a new factor: on record, a mail, other browsers signed out, and recovery codes with the first."""
    mine = db.session.get_one(UserSession, session_id)
    mine.factor = mine.factor or factor
    sign_in.end_sessions(user.id, now=now, but=mine.token_hash)
    record.change(actor, f"user:{user.id}", "second factor", now=now, new=name)
    _tell(user, "passkey_added" if factor is Factor.PASSKEY else "app_added", now=now, name=name)
    return _new_codes(user.id, now=now) if is_first else ()


def remove_app(password: str, *, required: bool, actor: Actor, now: datetime) -> None:
    """Take the app away, knowing the password. Raises Refused for the last factor of somebody who must have one."""
    user = _own(actor)
    row = db.session.get(AuthenticatorApp, user.id, with_for_update=True)
    if row is None:
        raise NotFound
    require_removable(user, password, required=required)
    db.session.delete(row)
    removed(user, "app", actor=actor, now=now)


def wrong_password() -> Refused:
    """What is said of a password that is another."""
    return Refused(N_("The current password is not right"))


def require_removable(user: User, password: str, *, required: bool) -> None:
    """Raise where the password is wrong, or where the last factor of somebody who must have one would go."""
    if not sign_in.is_password_of(user, password):
        raise wrong_password()
    if required and factors.factors_of(user.id).count <= 1:
        raise Refused(N_("Your role needs a second factor. Set another one up before you take this one away."))


def removed(user: User, name: str, *, actor: Actor, now: datetime) -> None:
    """What follows when a factor is gone: on record, a mail; without the last one recovery codes have no use."""
    db.session.flush()
    if not factors.has_any(user.id):
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    record.change(actor, f"user:{user.id}", "second factor", now=now, old=name)
    _tell(user, "app_removed" if name == "app" else "passkey_removed", now=now, name=name)


def _step_of(secret: str, typed: str, *, after: int, now: datetime) -> int | None:
    """The time-step whose code was typed, if it is about now and later than the one used last."""
    code = as_code(typed)
    if code is None:
        return None
    app, here = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for step in range(here - STEPS_OFF, here + STEPS_OFF + 1):
        if hmac.compare_digest(app.generate_otp(step), code) and step > after:
            return step
    return None


# --- recovery codes ---------------------------------------------------------------------------------------------------------------


def renew_codes(*, actor: Actor, now: datetime) -> tuple[str, ...]:
    """Ten new recovery codes; those before work no more. Raises Refused for somebody without a second factor."""
    user = _own(actor)
    if not factors.has_any(user.id):
        raise Refused(N_("Set up a second factor first"))
    codes = _new_codes(user.id, now=now)
    record.change(actor, f"user:{user.id}", "recovery codes", now=now)
    _tell(user, "recovery_codes_made", now=now)
    return codes


def _new_codes(user_id: int, *, now: datetime) -> tuple[str, ...]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    salt = secrets.token_hex(16)
    codes = ["".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_CHARACTERS)) for _ in range(RECOVERY_CODES)]
    db.session.add_all(
        RecoveryCode(user_id=user_id, salt=salt, code_hash=_code_hash(code, salt), made_at=now) for code in codes
    )
    return tuple(recovery_code_for_people(code) for code in codes)


def _code_hash(code: str, salt: str) -> str:
    return hashlib.scrypt(code.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()


def recovery_hash(user_id: int, typed: str) -> str | None:
    """What the table would hold of a recovery code that was typed; None for what is none. Slow on purpose: reckoned before the
    transaction, which others wait for."""
    code = as_recovery_code(typed)
    salt = factors.salt_of_codes(user_id) if code else None
    return _code_hash(code, salt) if code and salt else None


# --- giving it at the sign-in -----------------------------------------------------------------------------------------------------


def give(user: User, typed: str, *, recovery: str | None, sealer: Sealer, now: datetime) -> Factor | None:
    """Take a code of the app, or a recovery code by its hash. Each works once. None for a wrong one."""
    if recovery is not None:
        unused = (RecoveryCode.user_id == user.id, RecoveryCode.code_hash == recovery, RecoveryCode.used_at.is_(None))
        used = db.session.execute(update(RecoveryCode).where(*unused).values(used_at=now)).rowcount  # type: ignore[attr-defined]
        if not used:
            return None
        record.change(_as(user), f"user:{user.id}", "recovery code used", now=now)
        _tell(user, "recovery_code_used", now=now, count=str(factors.codes_left(user.id)))
        return Factor.RECOVERY
    row = db.session.get(AuthenticatorApp, user.id, with_for_update=True, populate_existing=True)
    if row is None:
        return None
    try:
        secret = sealer.open(row.sealed_secret, str(user.id))
    except Unreadable:
        return None
    step = _step_of(secret, typed, after=row.last_step, now=now)
    if step is None:
        return None
    row.last_step, row.last_used_at = step, now
    row.sealed_secret = sealer.seal(secret, str(user.id))  # with today's key
    return Factor.CODE


def note_wrong_code(step: SignInStep, *, browser: sign_in.Browser, now: datetime) -> bool:
    """Count a wrong second factor. After five, the password is asked anew and the person is told, once a day: somebody knows it.

    Returns whether that is so."""
    user = step.user
    if user is None:
        return True
    sign_in.note_failure(user.email, browser, now=now, is_second=True)
    step.failures += 1
    if step.failures < MOST_WRONG_CODES:
        return False
    db.session.delete(step)
    record.change(_as(user), f"user:{user.id}", "wrong second factors", now=now, new=str(MOST_WRONG_CODES))
    key = f"second_factor_guessed:{user.id}:{now:%Y-%m-%d}"
    notices.tell([user], "second_factor_guessed", now=now, dedupe_key=key, path="/profile/", mail="notice")
    return True


# --- lost -------------------------------------------------------------------------------------------------------------------------


def reset(user: User, reason: str, *, actor: Actor, now: datetime) -> None:
    """Take everything away that a person lost: factors, recovery codes, sessions, access tokens, the tie to single sign-on. The person is told,
    and sets up anew after the next sign-in.

    Raises NotAllowed for one's own account and without being an administrator."""
    if user.id == actor.user_id:
        raise NotAllowed(N_("You can't reset your own second factor. Ask another administrator."))
    access.require(actor, Action.RESET_FACTOR, access.COUNTRY)
    _take_all(user, reason, by=actor.name, actor=actor, now=now)


def reset_by_operator(user: User, *, actor: Actor, now: datetime) -> None:
    """The same from the machine itself, for when the only administrator lost theirs."""
    _take_all(user, "", by="", actor=actor, now=now)


def _take_all(user: User, reason: str, *, by: str, actor: Actor, now: datetime) -> None:
    for table in (AuthenticatorApp, Passkey, RecoveryCode, SsoIdentity):
        db.session.execute(delete(table).where(table.user_id == user.id))
    sign_in.end_sessions(user.id, now=now)
    sign_in.forget_failures(user.email)
    api_tokens.revoke_all(user, actor=actor, now=now)
    record.change(actor, f"user:{user.id}", "second factor reset", now=now, new=reason or None)
    if by:
        _tell(user, "factor_reset", now=now, by=by, reason=reason)
    else:
        _tell(user, "factor_reset_by_operator", now=now)


def _own(actor: Actor) -> User:
    """The acting person, held, so that two forms sent at once come one after the other."""
    db.session.execute(select(User.id).where(User.id == actor.user_id).with_for_update())
    user = accounts.user_by_id(actor.user_id) if actor.user_id else None
    if user is None:
        raise NotAllowed
    return user


def _as(user: User) -> Actor:
    return Actor(user.id, name=user.profile.full_name if user.profile else "")


def _tell(user: User, kind: str, *, now: datetime, **context: str) -> None:
    key = f"{kind}:{user.id}:{now.isoformat()}"
    notices.tell([user], kind, now=now, dedupe_key=key, path=PAGE, mail="notice", **context)
