"""Signing in and out: checking a password, pausing guesses, sessions that can be ended."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from app.domain import people
from app.domain.access import Actor
from app.domain.errors import N_, Conflict, Message, NotFound
from app.extensions import db
from app.models import SignInStep, SignInThrottle, UserSession
from app.queries import account as accounts

log = logging.getLogger(__name__)
SESSION_LIFETIME = timedelta(hours=12)
REMEMBERED_LIFETIME = timedelta(days=7)
IDLE_LIMIT = timedelta(minutes=60)
SEEN_INTERVAL = timedelta(minutes=5)

# Failures in a row before a pause, by subject. An address is shared by a whole office behind one line: it pauses late and shortly.
# A second factor is guessed at by somebody who knows the password: that row is remembered for a day.
PAUSE_AFTER = {"account-here": 5, "account": 50, "address": 200, "second": 10}
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
FORGOTTEN_AFTER = {
    "account-here": timedelta(hours=1),
    "account": timedelta(hours=1),
    "address": timedelta(minutes=1),
    "second": timedelta(days=1),
}

# A hash to check against where there is no account, so that an unknown address costs the same time as a wrong password.
_NO_ONES_HASH = generate_password_hash(secrets.token_urlsafe(16))


class SignInPaused(Conflict):
    """Too many failures in a row; says for how many minutes. The reset link lifts it."""

    status = 429

    @property
    def in_short(self) -> Message:
        """The same where there is no link to a new password."""
        return Message(N_("Too many attempts. Wait %(minutes)d minutes."), self.message.values)


@dataclass(frozen=True)
class Browser:
    """Where a request comes from: for the list of one's sessions and for pausing guesses."""

    address: str
    user_agent: str


def token_hash(token: str) -> str:
    """What the table keeps of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _subjects(email: str, browser: Browser) -> dict[str, str]:
    def subject(*parts: str) -> str:
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()

    account = subject("account", email)
    return {
        # Begins with what names the account, so that a new password finds the rows of every address.
        "account-here": account[:32] + subject("here", email, browser.address)[:32],
        "account": account,
        "address": subject("address", browser.address),
        "second": account[:32] + subject("second", email)[:32],
    }


def require_not_paused(email: str, browser: Browser, *, now: datetime, is_second: bool = False) -> None:
    """Raise SignInPaused while one of the subjects pauses; codes of the second factor pause by themselves."""
    found = _subjects(people.normal_email(email), browser)
    subjects = [subject for kind, subject in found.items() if is_second or kind != "second"]
    blocked = db.session.scalars(
        select(SignInThrottle.blocked_until).where(SignInThrottle.subject.in_(subjects), SignInThrottle.blocked_until > now)
    )
    until = max((moment for moment in blocked if moment), default=None)
    if until is not None:
        log.info("an attempt to sign in came during a pause")
        minutes = -(-int((until - now).total_seconds()) // 60)
        raise SignInPaused(
            N_("Too many attempts. Wait %(minutes)d minutes, or set a new password with the link below."),
            minutes=minutes,
        )


def _throttle(subject: str, *, now: datetime) -> SignInThrottle:
    """The row of a subject, held for this transaction; made where there was none, also when another makes it at the same time."""
    row = db.session.get(SignInThrottle, subject, with_for_update=True)
    if row is not None:
        return row
    row = SignInThrottle(subject=subject, failures=0, first_failed_at=now, last_failed_at=now)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        found = db.session.get(SignInThrottle, subject, with_for_update=True, populate_existing=True)
        if found is None:
            raise
        return found
    return row


def note_failure(email: str, browser: Browser, *, now: datetime, is_second: bool = False) -> None:
    """Count a failed attempt; a row of them pauses the account here for a minute, doubling up to fifteen."""
    for kind, subject in _subjects(people.normal_email(email), browser).items():
        if kind == "second" and not is_second:
            continue
        row = _throttle(subject, now=now)
        # Guessing at one account is a row of failures however slow; an address or a whole account is judged by its rate.
        since = row.last_failed_at if kind in ("account-here", "second") else row.first_failed_at
        if now - since > FORGOTTEN_AFTER[kind]:
            row.failures, row.first_failed_at = 0, now
        row.failures, row.last_failed_at = row.failures + 1, now
        over = row.failures - PAUSE_AFTER[kind]
        if over >= 0:
            row.blocked_until = now + (
                FIRST_PAUSE if kind == "address" else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(over, 10))
            )


def forget_failures(email: str, browser: Browser | None = None) -> None:
    """A right password ends the row of failures of the account here; a new one (no browser) ends it at every address."""
    subjects = _subjects(people.normal_email(email), browser or Browser("", ""))
    account = subjects["account"]
    if browser is None:
        db.session.execute(delete(SignInThrottle).where(SignInThrottle.subject.startswith(account[:32])))
    else:
        own = (subjects["account-here"], account, subjects["second"])
        db.session.execute(delete(SignInThrottle).where(SignInThrottle.subject.in_(own)))


def right_password(email: str, password: str) -> User | None:
    """The active user with this e-mail and password. Costs the same time whoever asks; writes nothing."""
    user = accounts.user_by_email(people.normal_email(email))
    known = check_password_hash(user.password if user and user.password else _NO_ONES_HASH, password)
    return user if known and user and user.active else None


def is_password_of(user: User, password: str) -> bool:
    """Whether this is the person's password."""
    return check_password_hash(user.password or _NO_ONES_HASH, password)


def begin_session(user_id: int, *, browser: Browser, remember: bool, now: datetime, factor: str = "") -> str:
    """Sign a browser in; `factor` is what was given besides the password. Returns the token for its cookie."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        UserSession(
            token_hash=token_hash(token),
            user_id=user_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + (REMEMBERED_LIFETIME if remember else SESSION_LIFETIME),
            remembered=remember,
            user_agent=browser.user_agent[:200],
            remote_address=browser.address[:64],
            factor=factor,
            proved_at=now,
        )
    )
    return token


def note_proof(session_id: int, *, now: datetime) -> str:
    """The person behind a session has just proved to be there. Returns another token for its cookie: one that somebody copied before
    shares no proof."""
    token = secrets.token_urlsafe(32)
    renewed = update(UserSession).where(UserSession.id == session_id).values(proved_at=now, token_hash=token_hash(token))
    db.session.execute(renewed)
    return token


def end_session(session_token_hash: str, *, now: datetime) -> None:
    """Sign one browser out for good; a copied cookie is worth nothing afterwards."""
    db.session.execute(update(UserSession).where(UserSession.token_hash == session_token_hash).values(ended_at=now))


def end_sessions(user_id: int, *, now: datetime, but: str | None = None) -> None:
    """Sign a person out everywhere, but for one browser where its hash is given; what is half done is given up too."""
    db.session.execute(delete(SignInStep).where(SignInStep.user_id == user_id))
    statement = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if but:
        statement = statement.where(UserSession.token_hash != but)
    db.session.execute(statement.values(ended_at=now))


def end_all_sessions(*, now: datetime) -> None:
    """End every session of everybody: of a database that was put back, nobody knows which had been ended since."""
    db.session.execute(delete(SignInStep))
    db.session.execute(update(UserSession).where(UserSession.ended_at.is_(None)).values(ended_at=now))


def end_own_session(session_id: int, *, actor: Actor, now: datetime) -> None:
    """End one of one's own sessions from the list in the profile. Raises NotFound for anyone else's."""
    found = db.session.get(UserSession, session_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound
    found.ended_at = now
