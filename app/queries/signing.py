"""Public keys of the server."""

from __future__ import annotations

from sqlalchemy import select

from app.extensions import db
from app.models import SigningKey


def public_key(key_id: str) -> str | None:
    """A public key that was used once, in base64."""
    return db.session.scalar(select(SigningKey.public_key).where(SigningKey.key_id == key_id))
