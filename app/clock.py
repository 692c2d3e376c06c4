"""One clock for everybody: the database server's where there is one, so that hosts whose own clocks differ decide alike.

On SQLite all processes run on one machine and share its clock. On PostgreSQL a process asks the server once a minute and counts on from
there with its own monotonic clock, which nobody sets. In a demonstration the clock may stand at EMES_NOW."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.turns import WAITED

ASKED_AGAIN_SECONDS = 60
LONGEST_REQUEST_SECONDS = 3600.0


@dataclass
class _Anchor:
    """A moment the database told, and what the monotonic clock showed then."""

    told: datetime
    at: float


class Clock:
    """The clock of one application."""

    def __init__(self) -> None:
        self._anchor: _Anchor | None = None
        self._asking = threading.Lock()

    def now(self) -> datetime:
        """The moment, in UTC."""
        if db.engine.dialect.name != "postgresql":
            return datetime.now(UTC)
        anchor = self._anchor
        if anchor is None or time.monotonic() - anchor.at > ASKED_AGAIN_SECONDS:
            anchor = self._ask(anchor)
        return anchor.told + timedelta(seconds=time.monotonic() - anchor.at)

    def _ask(self, known: _Anchor | None) -> _Anchor:
        """Ask the database. One thread asks, the others go on with what they know; so does it where the database is away."""
        if not self._asking.acquire(blocking=known is None) and known is not None:
            return known
        try:
            with db.engine.connect() as connection:
                before = time.monotonic()
                told = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
                after = time.monotonic()
            self._anchor = _Anchor(told.astimezone(UTC), (before + after) / 2)
            return self._anchor
        except SQLAlchemyError:
            # Without its database nothing is decided; a page that says so still shows a time.
            return known or _Anchor(datetime.now(UTC), time.monotonic())
        finally:
            self._asking.release()


def now() -> datetime:
    """The one clock, in UTC; in a demonstration it may stand still at EMES_NOW."""
    fixed: datetime | None = current_app.config["EMES_NOW"]
    if fixed:
        return fixed.astimezone(UTC)
    clock: Clock = current_app.extensions["emes_clock"]
    return clock.now()


def arrived() -> datetime:
    """When this request reached the server: what was sent in time does not come late because a lock was waited for."""
    waited = time.monotonic() - g.arrived if has_request_context() and not current_app.config["EMES_NOW"] else 0
    return now() - timedelta(seconds=waited)


def _note_arrival() -> None:
    g.arrived = time.monotonic() - _came_in_for() - float(request.environ.get(WAITED, 0))


def _came_in_for() -> float:
    """For how many seconds the proxy in front had been taking this request in, when there is one that we trust to say so: a file
    over a slow line began to be sent long before it reached us."""
    if not current_app.config["EMES_TRUSTED_PROXIES"]:
        return 0.0
    try:
        seconds = float(request.headers.get("X-Request-Time", "0"))
    except ValueError:
        return 0.0
    return min(seconds, LONGEST_REQUEST_SECONDS) if seconds > 0 else 0.0  # NaN is not greater either


def init_app(app: Flask) -> None:
    app.extensions["emes_clock"] = Clock()
    app.before_request(_note_arrival)
