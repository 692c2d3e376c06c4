"""Connections to PostgreSQL: one that was cut while nobody used it is replaced before anybody notices."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text

from app import extensions
from app.extensions import db

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def _session_in_use() -> int:
    number = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    db.session.remove()
    return int(number)


def test_a_line_that_was_cut_while_it_rested_is_replaced(app):
    before = _session_in_use()
    assert _session_in_use() == before, "the latest one given back is taken first"
    address = app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    assert _session_in_use() != before


def test_a_line_that_rested_long_is_asked_and_serves_on(app, monkeypatch):
    before = _session_in_use()
    monkeypatch.setattr(extensions, "_RESTED_SECONDS", -1.0)
    assert _session_in_use() == before
    with extensions.transaction():
        assert db.session.execute(text("SELECT pg_backend_pid()")).scalar_one() == before
