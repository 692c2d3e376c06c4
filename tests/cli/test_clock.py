"""One clock, and the moment at which a request reached it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from flask import g

from app.clock import arrived, now


def test_a_request_that_waited_counts_from_its_arrival(app, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_NOW", None)
    with app.test_request_context():
        g.arrived = time.monotonic() - 30
        assert timedelta(seconds=29) < now() - arrived() < timedelta(seconds=31)


def test_on_postgresql_the_database_says_the_time_and_is_asked_once_a_minute(postgresql_app, monkeypatch):
    monkeypatch.setitem(postgresql_app.config, "EMES_NOW", None)
    with postgresql_app.app_context():
        clock = postgresql_app.extensions["emes_clock"]
        first = clock.now()
        assert abs(first - datetime.now(UTC)) < timedelta(seconds=5)
        monkeypatch.setattr(clock, "_ask", lambda known: (_ for _ in ()).throw(AssertionError("asked again")))
        assert clock.now() >= first
