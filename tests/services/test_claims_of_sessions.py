"""Claims on PostgreSQL: each is held by a session of its own, which may be lost."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text

from app import claims
from app.claims import claim
from app.extensions import db

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def test_a_session_that_is_lost_meanwhile_ends_the_claim_and_harms_nothing(app):
    with claim("work") as is_mine:
        assert is_mine
        (session,) = claims.own_sessions()
        db.session.execute(text("SELECT pg_terminate_backend(:session)"), {"session": session})
        db.session.commit()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            with claim("work") as again:
                if again:
                    break
        else:
            raise AssertionError("the claim of a lost session stands")
    assert claims.own_sessions() == []
    db.session.execute(text("SELECT 1"))
    with claim("work") as afterwards:
        assert afterwards


def test_a_claim_leaves_no_open_transaction_and_no_connection_behind(app):
    states = text("SELECT pid, state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    with claim("work"):
        (session,) = claims.own_sessions()
        assert dict(db.session.execute(states).all())[session] == "idle"  # type: ignore[arg-type]
    until = time.monotonic() + 5
    while time.monotonic() < until and session in dict(db.session.execute(states).all()):  # type: ignore[arg-type]
        db.session.rollback()
        time.sleep(0.05)
    assert session not in dict(db.session.execute(states).all())  # type: ignore[arg-type]
