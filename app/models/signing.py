"""The public keys with which the server has signed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, UtcDateTime


class SigningKey(Model):
    """One public key, kept so that its signatures can be checked after the server's key was changed.

    `key_id` is the beginning of the sha256 of the key in hex, `public_key` the key itself in base64."""

    __tablename__ = "signing_key"

    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    public_key: Mapped[str] = mapped_column(String(44))
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)

    def __repr__(self) -> str:
        return self.key_id
