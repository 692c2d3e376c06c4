"""Mutants of what is done with the database: waiting, locking, looking again, telling what became of a commit."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from tests.faults.mutants import LATE_SECONDS

# --- the database --------------------------------------------------------------------------------------------------------------


def busy_is_a_fault() -> None:
    """A database that is locked or away answers 500."""
    from app import errors

    errors._busy = errors._fault


def busy_is_taken_for_saved() -> None:
    """An error of the database is swallowed, and the save is answered as done."""
    from flask import jsonify, request

    from app import errors

    def swallow(_: Exception) -> Any:
        changes = (request.get_json(silent=True) or {}).get("changes", {})
        return jsonify(fields={key: {"version": change["version"] + 1} for key, change in changes.items()}), 200

    errors._busy = swallow


def takes_every_fault_for_a_refusal() -> None:
    """Bytes are removed after any fault of the transaction, also when the row may be there."""
    from contextlib import contextmanager

    from app.services import evidence

    @contextmanager
    def kept_in_store(store: Any, incoming: Any) -> Any:
        stored = store.keep(incoming)
        try:
            yield stored
        except BaseException:
            store.delete(stored.key)
            raise

    evidence.kept_in_store = kept_in_store


def breaks_after_the_commit() -> None:
    """The first upload's row is committed, and the line to the database breaks before it says so. No fault of the product."""
    from flask import request
    from sqlalchemy.exc import OperationalError

    from app.extensions import GuardedSession

    commit, broken = GuardedSession.commit, []

    def commit_and_break(session: Any) -> None:
        adds_a_file = any(type(row).__name__ == "Evidence" for row in session.new) or "file" in session.info
        commit(session)
        if request and request.method in ("POST", "PATCH") and adds_a_file and not broken:
            broken.append(True)
            raise OperationalError("COMMIT", {}, Exception("the connection is lost"))

    GuardedSession.commit = commit_and_break  # type: ignore[method-assign]
    _tell_of_files()


def _tell_of_files() -> None:
    """Note in a session that it has written a file, for its rows are no longer new when it is committed."""
    from sqlalchemy import event

    from app.extensions import GuardedSession

    @event.listens_for(GuardedSession, "before_flush")
    def _note(session: Any, *_: Any) -> None:
        if any(type(row).__name__ == "Evidence" for row in session.new):
            session.info["file"] = True


def breaks_after_the_commit_and_takes_it_for_a_refusal() -> None:
    breaks_after_the_commit()
    takes_every_fault_for_a_refusal()


def never_waits_for_the_lock() -> None:
    """SQLite gives up at once when another writes. No fault of itself: it shows what a person reads who has waited in vain."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    import app.extensions  # noqa: F401 - its own listener comes first

    @event.listens_for(Engine, "connect")
    def _impatient(connection: Any, _: object) -> None:
        connection.execute("PRAGMA busy_timeout=0")


def never_waits_and_takes_it_for_saved() -> None:
    never_waits_for_the_lock()
    busy_is_taken_for_saved()


def never_waits_and_breaks() -> None:
    never_waits_for_the_lock()
    busy_is_a_fault()


def reads_before_it_locks() -> None:
    """A decision is made on what was read before the lock was taken."""
    from sqlalchemy import event, select
    from sqlalchemy.engine import Engine

    from app import extensions
    from app.models import Submission
    from app.queries import submission

    event.remove(Engine, "begin", extensions._begin)

    @event.listens_for(Engine, "begin")
    def _deferred(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    # PostgreSQL locks rows instead.
    submission._lock = lambda: select(Submission.id).where(*submission._HERE)

    @event.listens_for(extensions.GuardedSession, "before_flush")
    def _slowly(*_: Any) -> None:
        time.sleep(0.1)


def all_initialise_at_once() -> None:
    """`init` does not wait for another `init`."""
    from app import cli

    found = cli.seeding.has_people

    def has_people() -> bool:
        answer = found()
        time.sleep(2)
        return answer

    cli._one_at_a_time = contextlib.nullcontext  # type: ignore[assignment]
    cli.seeding.has_people = has_people


def finishes_without_looking_again() -> None:
    """Of two requests that end one upload each records a file."""
    from app.services import uploads
    from app.storage.evidence_store import Gathered

    keeping = threading.local()
    look, begin = uploads._already_finished, Gathered.__init__

    def kept_slowly(found: Any, path: Any, keep: Any) -> None:
        def keep_slowly() -> Any:
            stored = keep()
            keeping.done = True
            time.sleep(LATE_SECONDS)
            return stored

        begin(found, path, keep_slowly)

    def look_once(upload: Any) -> Any:
        if getattr(keeping, "done", False):
            keeping.done = False
            return None
        return look(upload)

    uploads._already_finished = look_once
    Gathered.__init__ = kept_slowly  # type: ignore[method-assign]


def submits_without_looking() -> None:
    """A submit hands in again whatever was handed in a moment ago."""
    from app.queries import submission

    submission.last_hand_in = lambda _: None


def dies_while_it_migrates() -> None:
    """A process is killed before the statement of that number, DIES_AT, that changes tables. No fault of the product."""
    import os
    import signal

    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    left = int(os.environ.get("DIES_AT", "0"))

    @event.listens_for(Engine, "before_cursor_execute")
    def _count(_: Any, __: Any, statement: str, *___: Any) -> None:
        nonlocal left
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP", "INSERT INTO alembic", "UPDATE alembic")):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def migrates_by_half() -> None:
    """Each statement of a migration is committed for itself."""
    import sqlite3

    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    dies_while_it_migrates()

    @event.listens_for(Engine, "after_cursor_execute")
    def _commit(connection: Any, _: Any, statement: str, *__: Any) -> None:
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP")):
            driver = connection.connection.dbapi_connection
            driver.execute("COMMIT")
            driver.execute("BEGIN IMMEDIATE" if isinstance(driver, sqlite3.Connection) else "BEGIN")
