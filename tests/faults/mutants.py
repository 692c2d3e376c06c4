"""Faults put into the server on purpose, each of which a fault test must notice: a test that cannot fail shows nothing.

A mutant is loaded by a `sitecustomize.py` in a folder that only the processes of that one server have on their path; the product
knows nothing of it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LATE_SECONDS = 0.4
_LOADER = """import sys
if {{"gunicorn", "flask"}} & set(sys.orig_argv):
    from {module} import {name}
    {name}()
"""
_MODULES = tuple(
    f"tests.faults.mutants{of}"
    for of in ("", "_of_the_database", "_of_the_clock", "_of_backups", "_of_the_scan", "_of_the_store")
)


def environment(folder: Path, name: str | None) -> dict[str, str]:
    """The environment variables that put a mutant into a server; none for a healthy one."""
    if name is None:
        return {}
    module = next(module for module in _MODULES if hasattr(import_module(module), name))
    place = folder / f"mutant-{name}"
    place.mkdir(exist_ok=True)
    (place / "sitecustomize.py").write_text(_LOADER.format(module=module, name=name))
    return {"PYTHONPATH": f"{place}:{ROOT}"}


# --- order of writing ----------------------------------------------------------------------------------------------------------


def no_fsync() -> None:
    """Bytes and names of evidence are left in the kernel's memory."""
    os.fsync = lambda _: None


def no_folder_fsync() -> None:
    """The bytes are synced, the name under which they lie is not."""
    from app.storage import folder

    folder._sync_folder = lambda _: None


def database_not_synced() -> None:
    """What is committed is left in the kernel's memory."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    import app.extensions  # noqa: F401 - its own listener comes first

    @event.listens_for(Engine, "connect")
    def _careless(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")


def row_before_bytes() -> None:
    """The row of a file is committed first, and its bytes are put in place afterwards."""
    from sqlalchemy import event

    from app.extensions import GuardedSession
    from app.storage import folder

    waiting = threading.local()

    def later(deed: Callable[..., None]) -> Callable[..., None]:
        def wait(*names: Any) -> None:
            waiting.deeds = [*getattr(waiting, "deeds", []), lambda: deed(*names)]

        return wait

    class Os:
        def __getattr__(self, name: str) -> Any:
            found = getattr(os, name)
            return later(found) if name in ("rename", "link") else found

    folder.os = Os()  # type: ignore[assignment]
    folder._sync_folder = later(folder._sync_folder)

    @event.listens_for(GuardedSession, "after_commit")
    def _now(_: Any) -> None:
        deeds, waiting.deeds = getattr(waiting, "deeds", []), []
        for deed in deeds:
            deed()


def answer_before_commit() -> None:
    """A save is answered first and committed after its answer has gone out."""
    from flask import after_this_request

    def on_close(commit: Callable[[], None]) -> None:
        @after_this_request
        def _(response: Any) -> Any:
            response.call_on_close(commit)
            return response

    _commit_later(on_close)


def commits_a_moment_later() -> None:
    """A save is answered, and committed when there is time for it."""
    _commit_later(lambda commit: threading.Timer(LATE_SECONDS, commit).start())


def _commit_later(when: Callable[[Callable[[], None]], None]) -> None:
    """What an office saves is committed later; signing in is left alone."""
    from flask import current_app, request

    from app.extensions import GuardedSession, db

    commit = GuardedSession.commit

    def commit_later(session: Any) -> None:
        if not request or request.path.startswith("/login"):
            return commit(session)
        session.flush()
        db.session.registry.clear()
        app = current_app._get_current_object()  # type: ignore[attr-defined]

        def later() -> None:
            with app.app_context():
                db.session.registry.set(session)
                commit(session)

        return when(later)

    GuardedSession.commit = commit_later  # type: ignore[method-assign]


# --- uploads -------------------------------------------------------------------------------------------------------------------


def parts_in_memory() -> None:
    """A part of an upload is acknowledged before it is on the disk."""
    from app.storage import folder

    def write(descriptor: int, at: int, stream: Any, most: int) -> int:
        body, copy = stream.read(most), os.dup(descriptor)
        threading.Timer(LATE_SECONDS, os.pwrite, [copy, body, at]).start()
        return len(body)

    folder._write = write


def reads_the_body_whole() -> None:
    """A part is gathered in memory before it is written."""
    from app.storage import folder

    def write(descriptor: int, at: int, stream: Any, most: int) -> int:
        body = b""
        with contextlib.suppress(OSError):
            while len(body) < most and (block := stream.read(min(1 << 20, most - len(body)))):
                body += block
        return os.pwrite(descriptor, body, at)

    folder._write = write


def forgets_what_a_broken_line_brought() -> None:
    """A part counts only when it came whole."""
    from app.storage import folder

    write = folder._write

    def write_whole_parts(descriptor: int, at: int, stream: Any, most: int) -> int:
        try:
            written = write(descriptor, at, stream, most)
        except Exception:
            os.ftruncate(descriptor, at)
            raise
        if written < most:
            os.ftruncate(descriptor, at)
            return 0
        return written

    folder._write = write_whole_parts


def trusts_the_clients_offset() -> None:
    """A part is written where the client says, whatever has arrived."""
    from app.storage import FolderStore, folder

    def append(store: Any, name: str, at: int, stream: Any, most: int, *, alone: Any) -> int:
        descriptor = os.open(store.incoming_path(name), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            return at + folder._write(descriptor, at, stream, most)
        finally:
            os.close(descriptor)

    FolderStore.append = append  # type: ignore[method-assign]


def forgets_what_was_gathered() -> None:
    """The parts of an upload are moved away before the file is recorded: a fault in between loses them."""
    from app.storage import FolderStore

    keep = FolderStore.keep_gathered

    def keep_and_forget(store: Any, name: str) -> Any:
        stored = keep(store, name)
        store.incoming_path(name).unlink(missing_ok=True)
        return stored

    FolderStore.keep_gathered = keep_and_forget  # type: ignore[method-assign]


# --- the disk ------------------------------------------------------------------------------------------------------------------


def no_floor() -> None:
    """Files are taken until the disk is full to the last byte."""
    from app.storage import FolderStore

    FolderStore.require_space = lambda *_: None  # type: ignore[method-assign]


def ignores_short_writes() -> None:
    """What the disk did not take of a block counts as written."""
    write = os.pwrite

    def pwrite(descriptor: int, block: bytes, at: int) -> int:
        with contextlib.suppress(OSError):
            write(descriptor, block, at)
        return len(block)

    os.pwrite = pwrite


def hangs_up_while_it_is_spoken_to() -> None:
    """A refusal is sent while the body still comes in, and the line closed."""
    from app import errors

    errors.read_to_the_end = lambda: None


def no_room_is_a_fault() -> None:
    """Nobody thought of a disk that fills up while a file is written."""
    from app import errors

    errors._disk_fault = errors._fault


def sends_away_without_a_word() -> None:
    """Who comes beyond what can be served gets a status and nothing else."""
    from app.turns import IN_VAIN, Turns

    serve = Turns.__call__

    def call(turns: Any, environ: Any, start_response: Any) -> Any:
        def say(status: str, headers: Any, *more: Any) -> Any:
            kept = [] if environ.get(IN_VAIN) else headers
            return start_response(status, kept, *more)

        return serve(turns, environ, say)

    Turns.__call__ = call  # type: ignore[method-assign]


def ends_at_once() -> None:
    """Told to stop, a process drops what it is at."""
    from gunicorn.workers.gthread import ThreadWorker

    ThreadWorker.handle_exit = lambda worker, number, frame: os._exit(0)  # type: ignore[method-assign]


def sends_what_it_finds() -> None:
    """Files go out as they lie in the store."""
    from app.views import downloads

    downloads._checked = lambda file, key, sha256: file


def leaves_half_files() -> None:
    """What was received in vain stays where it is."""
    from app.storage import IncomingFile

    IncomingFile.discard = lambda incoming: incoming._file.close()  # type: ignore[method-assign]
