"""Secrets that must be read again, such as those of authenticator apps: encrypted with a key derived from the installation's own.

Whoever has the database alone, or a backup of it, can read none of them. After `EMES_SECRET_KEY` was changed, what was sealed before is
opened with `EMES_SECRET_KEY_FALLBACKS`."""

from __future__ import annotations

import base64
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app

_USE = b"e-MES: secrets of second factors"


class Unreadable(ValueError):
    """Sealed for another purpose or person, with a key that is known no more, too long ago, or not at all."""


class Sealer:
    """Seals with the first of the keys and opens with any."""

    def __init__(self, keys: list[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def seal(self, secret: str, owner: str) -> str:
        """Encrypt; only who names the same owner can open it, so that a sealed secret is worth nothing in another's row."""
        return self._fernet.encrypt(f"{owner}\x00{secret}".encode()).decode("ascii")

    def open(self, sealed: str, owner: str, *, within: timedelta | None = None) -> str:
        """Decrypt. Raises Unreadable."""
        try:
            ttl = None if within is None else int(within.total_seconds())
            found, _, secret = self._fernet.decrypt(sealed.encode(), ttl=ttl).decode().partition("\x00")
        except (InvalidToken, ValueError):
            raise Unreadable from None
        if found != owner:
            raise Unreadable
        return secret


def _derived(key: str) -> bytes:
    return base64.urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=_USE).derive(key.encode()))


def init_app(app: Flask) -> None:
    """Take the keys from the settings."""
    app.extensions["emes_sealer"] = Sealer([app.config["SECRET_KEY"], *app.config["SECRET_KEY_FALLBACKS"]])


def sealer() -> Sealer:
    """The sealer of the running application."""
    found: Sealer = current_app.extensions["emes_sealer"]
    return found
