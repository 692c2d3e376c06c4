"""Single-use links for e-mails: a signature over a row's id. The token is made when its mail is written and kept nowhere."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import update

from app.domain.errors import NotFound
from app.extensions import db
from app.models import SingleUseLink

LINK_LIFETIMES = {"verify": timedelta(hours=24), "reset": timedelta(minutes=30)}


def _serializer(secret_key: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt=f"emes-link-{purpose}", signer_kwargs={"digest_method": hashlib.sha256})


def token_of(link_id: int, purpose: str, *, secret_key: str) -> str:
    """The token of a link, made when its mail is written and kept nowhere."""
    token = _serializer(secret_key, purpose).dumps(link_id)
    return token if isinstance(token, str) else token.decode()


def find(token: str, purpose: str, *, secret_key: str, now: datetime) -> SingleUseLink:
    """The living link behind a token. Raises NotFound for a forged, used, expired or foreign one, all alike."""
    try:
        link_id = _serializer(secret_key, purpose).loads(token)
    except BadData:
        raise NotFound from None
    link = db.session.get(SingleUseLink, link_id, with_for_update=True) if isinstance(link_id, int) else None
    if link is None or link.purpose != purpose or link.used_at is not None or link.expires_at <= now:
        raise NotFound
    return link


def end_all(*, now: datetime, user_id: int | None = None, registration_id: int | None = None) -> None:
    """Let no link work any more that was mailed to this person or for this request."""
    statement = update(SingleUseLink).where(SingleUseLink.used_at.is_(None))
    if user_id is not None:
        statement = statement.where(SingleUseLink.user_id == user_id)
    else:
        statement = statement.where(SingleUseLink.registration_id == registration_id)
    db.session.execute(statement.values(used_at=now))


def create(purpose: str, *, now: datetime, user_id: int | None = None, registration_id: int | None = None) -> SingleUseLink:
    link = SingleUseLink(
        purpose=purpose,
        user_id=user_id,
        registration_id=registration_id,
        created_at=now,
        expires_at=now + LINK_LIFETIMES[purpose],
    )
    db.session.add(link)
    db.session.flush()
    return link
