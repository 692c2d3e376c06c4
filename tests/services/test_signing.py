"""The server's signatures: good ones hold, altered ones do not, and those of an earlier key outlive it."""

from __future__ import annotations

import base64

import pytest

from app import signing
from app.extensions import db
from app.models import SigningKey
from app.services.signing import remember, sign
from app.signing import Signer
from tests.conftest import NOW
from tests.services.doing import doing, looking

on_both_databases = True

EARLIER = Signer.from_seed(b"\x07" * 32)


def test_what_the_server_signed_is_known_again_and_nothing_else_is(app):
    with app.app_context():
        signer = signing.signer()
        signature = signer.sign("เลขรับ".encode())
        assert signing.verify(signer.key_id, "เลขรับ".encode(), signature)
        assert not signing.verify(signer.key_id, "เลขรับ ".encode(), signature)
        assert not signing.verify(EARLIER.key_id, "เลขรับ".encode(), signature)


@pytest.mark.parametrize("signature", ["", "x", "####", "ก", "A" * 86, "A" * 1000])
def test_a_signature_that_is_none_is_refused_without_a_fault(app, signature):
    with app.app_context():
        assert not signing.verify(signing.signer().key_id, b"x", signature)


def test_a_signature_of_an_earlier_key_holds_after_the_key_was_changed(app):
    with doing(app):
        key_id, signature = sign(EARLIER, b"x", now=NOW)
    with app.app_context():
        assert key_id != signing.signer().key_id
        assert signing.verify(key_id, b"x", signature)
        assert not signing.verify(key_id, b"y", signature)


def test_a_key_that_was_put_under_the_name_of_another_vouches_for_nothing(app):
    """Whoever can write to the table could replace an earlier key by one of his own; its name gives that away."""
    forged = Signer.from_seed(b"\x08" * 32)
    with doing(app):
        public = base64.b64encode(forged.public_key).decode()
        db.session.add(SigningKey(key_id=EARLIER.key_id, public_key=public, first_used_at=NOW))
    with app.app_context():
        assert not signing.verify(EARLIER.key_id, b"x", forged.sign(b"x"))


def test_a_key_is_kept_once_however_often_it_signs(app):
    for _ in range(2):
        with doing(app):
            remember(EARLIER, now=NOW)
    with looking(app):
        assert db.session.query(SigningKey).filter_by(key_id=EARLIER.key_id).count() == 1
