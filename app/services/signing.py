"""Signing, with the public key kept for whoever checks it later."""

from __future__ import annotations

import base64
from datetime import datetime

from app.extensions import db, insert_if_missing
from app.models import SigningKey
from app.signing import Signer


def remember(signer: Signer, *, now: datetime) -> None:
    """Keep the public key of a signer, once; two processes that do it at the same moment keep it once too."""
    if db.session.get(SigningKey, signer.key_id) is None:
        public = base64.b64encode(signer.public_key).decode("ascii")
        insert_if_missing(SigningKey, {"key_id": signer.key_id, "public_key": public, "first_used_at": now})


def sign(signer: Signer, data: bytes, *, now: datetime) -> tuple[str, str]:
    """(key id, signature) of these bytes. The key is on record before its signature is."""
    remember(signer, now=now)
    return signer.key_id, signer.sign(data)
