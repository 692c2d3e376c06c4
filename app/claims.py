"""Claims: who works on what, over all processes and hosts of an installation. A claim dies with the process that holds it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.extensions import db

# A host that vanishes without a word keeps its claims until the database server notices: not hours, but a minute.
_KEEPALIVE = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
# The sessions that hold this process's claims on PostgreSQL.
_sessions: set[int] = set()


@contextmanager
def claim(name: str) -> Iterator[bool]:
    """Whether this process alone works on what is named so, for as long as the block lasts.

    On PostgreSQL an advisory lock of a session of its own, on SQLite a lock on a file. Where that session is lost the work goes on, and
    another may begin the same: whoever claims decides once more, in the transaction that records what came of it."""
    by = _on_postgresql if db.engine.dialect.name == "postgresql" else _by_file
    with by(name) as is_mine:
        yield is_mine


def own_sessions() -> list[int]:
    """The sessions on PostgreSQL by which this process holds claims, by their backend's process id there."""
    return list(_sessions)


def _key_of(name: str) -> int:
    """A key for `pg_try_advisory_lock`, a signed number of 64 bits."""
    return int.from_bytes(hashlib.sha256(f"e-mes claim {name}".encode()).digest()[:8], "big", signed=True)


@contextmanager
def _on_postgresql(name: str) -> Iterator[bool]:
    with db.engine.connect() as connection:
        connection.detach()  # of the pool no more: closing it ends the session, and with it the lock, whatever happened
        asked = text("SELECT pg_try_advisory_lock(:key), pg_backend_pid()")
        is_mine, session = connection.execute(asked, {"key": _key_of(name)}).one()
        for setting, seconds in _KEEPALIVE.items():
            connection.execute(text("SELECT set_config(:name, :value, false)"), {"name": setting, "value": seconds})
        connection.commit()  # an open transaction would hold back VACUUM for as long as the work takes
        _sessions.add(session)
        try:
            yield is_mine
        finally:
            _sessions.discard(session)
            # The server takes a moment to notice that a session ended, in which whoever claims next would be refused.
            with suppress(DBAPIError):  # a session that was lost has let go already
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key_of(name)})
                connection.commit()


@contextmanager
def _by_file(name: str) -> Iterator[bool]:
    path = Path(current_app.config["EMES_DATA_DIR"]) / "claims" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = _lock(path)
    if descriptor is None:
        yield False
        return
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _lock(path: Path) -> int | None:
    """The descriptor of the file that lies there, locked; None while another holds it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it before took the file away: a lock on that says nothing to whoever comes next.
            if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:
            pass
        os.close(descriptor)
