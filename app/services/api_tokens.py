"""Access tokens of the API: making one, ending it, counting what it is used for."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import uuid4

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import case, select, update

from app.domain.access import Actor
from app.domain.api_token import LIFETIMES_DAYS, MOST_LIVING, PREFIX, SECRET_BYTES, WINDOW, Allowance
from app.domain.errors import N_, Conflict, NotAllowed, NotFound, Refused
from app.extensions import db
from app.models import ApiToken, Profile
from app.queries import account as accounts
from app.queries import api_token as api_tokens
from app.services import notices, record, sign_in

PROFILE = "/profile/"


class MadeBefore(Conflict):
    """The form was sent already: its token was shown then and is kept nowhere."""


def issue(name: str, days: int, *, form_key: str, actor: Actor, now: datetime) -> str:
    """Make a token for oneself. Returns it; afterwards only its hash is known.

    Raises MadeBefore for a form that was sent before, Refused for a lifetime that is not offered and beyond ten living tokens."""
    # Held, so that the same form sent twice at once, or an eleventh token, finds the first.
    db.session.execute(select(Profile.user_id).where(Profile.user_id == actor.user_id).with_for_update())
    user = accounts.user_by_id(actor.user_id) if actor.user_id else None
    if user is None:
        raise NotAllowed
    if days not in LIFETIMES_DAYS:
        raise Refused(N_("Choose one of the answers offered"))
    if form_key and api_tokens.by_form_key(user.id, form_key) is not None:
        raise MadeBefore(N_("This access token was made already and can't be shown again. Revoke it and make another."))
    if api_tokens.count_living(user.id, now) >= MOST_LIVING:
        raise Refused(N_("You have %(count)d access tokens already. Revoke one that is not used any more."), count=MOST_LIVING)
    token = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    row = ApiToken(
        token_hash=sign_in.token_hash(token),
        user_id=user.id,
        name=name,
        form_key=form_key or uuid4().hex,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    db.session.add(row)
    db.session.flush()
    record.change(actor, f"user:{user.id}", "access token", now=now, new=name)
    _tell(user, "token_made", row, now=now, mail="notice")
    return token


def revoke(token_id: int, *, actor: Actor, now: datetime) -> None:
    """End one of one's own tokens. Raises NotFound for anyone else's."""
    row = db.session.get(ApiToken, token_id)
    if row is None or row.user_id != actor.user_id:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = now
        record.change(actor, f"user:{row.user_id}", "access token", now=now, old=row.name)
        _tell(row.user, "token_revoked", row, now=now)


def revoke_all(user: User, *, actor: Actor, now: datetime) -> None:
    """End every token of a person whose password, address, roles, office or account changed; the person is told if there were any."""
    living = (ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    ended = db.session.execute(update(ApiToken).where(*living).values(revoked_at=now)).rowcount  # type: ignore[attr-defined]
    if ended:
        record.change(actor, f"user:{user.id}", "access tokens", now=now, old=str(ended))
    if ended and user.active:
        key = f"tokens_ended:{user.id}:{now.isoformat()}"
        notices.tell([user], "tokens_ended", now=now, dedupe_key=key, path=PROFILE, mail="notice", count=str(ended))


def count_request(row: ApiToken, *, limit: int, now: datetime) -> Allowance:
    """Count a request against the token's minute, in one statement that every process waits for."""
    still_runs = ApiToken.window_began_at > now - WINDOW
    counted = (
        update(ApiToken)
        .where(ApiToken.id == row.id)
        .values(
            requests=case((still_runs, ApiToken.requests + 1), else_=1),
            window_began_at=case((still_runs, ApiToken.window_began_at), else_=now),
            last_used_at=now,
        )
        .returning(ApiToken.requests, ApiToken.window_began_at)
        .execution_options(synchronize_session=False)
    )
    used, began_at = db.session.execute(counted).one()
    return Allowance(limit, used, began_at + WINDOW)


def note_use(row: ApiToken, *, now: datetime) -> None:
    """Note when the token was used last; its requests are counted elsewhere."""
    used = update(ApiToken).where(ApiToken.id == row.id).values(last_used_at=now)
    db.session.execute(used.execution_options(synchronize_session=False))


def _tell(user: User, kind: str, row: ApiToken, *, now: datetime, mail: str = "") -> None:
    key = f"{kind}:{row.id}"
    notices.tell(
        [user], kind, now=now, dedupe_key=key, path=PROFILE, mail=mail, name=row.name, until_at=row.expires_at.isoformat()
    )
