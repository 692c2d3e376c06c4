"""One clock, and the moment at which a request reached it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import g

from app.clock import arrived, now


def test_a_request_that_waited_counts_from_its_arrival(app, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_NOW", None)
    with app.test_request_context():
        g.arrived = time.monotonic() - 30
        assert timedelta(seconds=29) < now() - arrived() < timedelta(seconds=31)


@pytest.mark.parametrize(
    ("proxies", "said", "seconds"),
    [
        (1, "42.500", 42.5),
        (0, "42.500", 0),
        (1, "999999999", 3600),
        (1, "-5", 0),
        (1, "nan", 0),
        (1, "inf", 3600),
        (1, "soon", 0),
    ],
    ids=["from our proxy", "from a stranger", "too long", "negative", "not a number", "without end", "a word"],
)
def test_a_file_over_a_slow_line_counts_from_its_first_byte_when_our_own_proxy_says_so(
    app, monkeypatch, proxies, said, seconds
):
    monkeypatch.setitem(app.config, "EMES_NOW", None)
    monkeypatch.setitem(app.config, "EMES_TRUSTED_PROXIES", proxies)
    with app.test_request_context(headers={"X-Request-Time": said}):
        app.preprocess_request()
        assert abs((now() - arrived()).total_seconds() - seconds) < 1


def test_on_postgresql_the_database_says_the_time_and_is_asked_once_a_minute(postgresql_app, monkeypatch):
    monkeypatch.setitem(postgresql_app.config, "EMES_NOW", None)
    with postgresql_app.app_context():
        clock = postgresql_app.extensions["emes_clock"]
        first = clock.now()
        assert abs(first - datetime.now(UTC)) < timedelta(seconds=5)
        monkeypatch.setattr(clock, "_ask", lambda known: (_ for _ in ()).throw(AssertionError("asked again")))
        assert clock.now() >= first
