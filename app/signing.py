"""The server's Ed25519 key: signing what nobody may alter later, and checking signatures of this key and of earlier ones."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Flask, current_app

from app.queries import signing as keys

KEY_ID_CHARACTERS = 16


def key_id_of(public_key: bytes) -> str:
    """The short name of a public key: the beginning of its sha256 in hex."""
    return hashlib.sha256(public_key).hexdigest()[:KEY_ID_CHARACTERS]


@dataclass(frozen=True)
class Signer:
    """Signs with the server's private key. `public_key` is its other half, 32 bytes, `key_id` the name of that."""

    _private: Ed25519PrivateKey = field(repr=False)
    public_key: bytes
    key_id: str

    @classmethod
    def from_seed(cls, seed: bytes) -> Signer:
        """The signer of a private key's 32 bytes."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        public = private.public_key().public_bytes_raw()
        return cls(private, public, key_id_of(public))

    def sign(self, data: bytes) -> str:
        """The signature of these bytes in base64url, without padding."""
        return base64.urlsafe_b64encode(self._private.sign(data)).decode("ascii").rstrip("=")


def verify(key_id: str, data: bytes, signature: str) -> bool:
    """Whether the server signed these bytes with the key of this name, be it today's or an earlier one.

    An earlier key is looked up among those that were used; a key that does not bear its name is nobody's."""
    own = signer()
    public = own.public_key if key_id == own.key_id else _earlier_key(key_id)
    return public is not None and _fits(public, data, signature)


def _earlier_key(key_id: str) -> bytes | None:
    kept = keys.public_key(key_id)
    try:
        public = base64.b64decode(kept or "", validate=True)
    except binascii.Error:
        return None
    return public if len(public) == 32 and key_id_of(public) == key_id else None


def _fits(public: bytes, data: bytes, signature: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        Ed25519PublicKey.from_public_bytes(public).verify(raw, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def init_app(app: Flask) -> None:
    """Take the key from the settings."""
    app.extensions["emes_signer"] = Signer.from_seed(base64.b64decode(app.config["EMES_SIGNING_KEY"]))


def signer() -> Signer:
    """The signer of the running application."""
    found: Signer = current_app.extensions["emes_signer"]
    return found
