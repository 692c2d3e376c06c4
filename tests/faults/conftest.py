"""An installation for every test: a copy of one that was initialised once, served by processes of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.storage import FolderStore
from tests.deployment import copy_files
from tests.faults import mutants
from tests.faults.restarted import PostgreSQL
from tests.server import Server


@pytest.fixture
def installed(initialised: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes an installation, not yet started: `installed(mutant="no_fsync", EMES_WEB_THREADS="2")`. Everything that it
    started is killed when the test ends."""
    made: list[Server] = []

    def make(mutant: str | None = None, folder: Path | None = None, **settings: str) -> Server:
        folder = folder or tmp_path / f"data-{len(made)}"
        server = Server(folder, **mutants.environment(tmp_path, mutant), **settings)
        server.begin_as(initialised)
        made.append(server)
        return server

    yield make
    for server in made:
        server.kill()


@pytest.fixture
def server(installed: Callable[..., Server]) -> Server:
    """A healthy installation that serves; the worker beside it is not needed."""
    found = installed()
    found.start_web()
    return found


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with tempfile.TemporaryDirectory(prefix="emes-restarted-", ignore_cleanup_errors=True) as folder:
        found = PostgreSQL(Path(folder))
        first = Path(folder) / "first"
        Server(first, EMES_DATABASE_URL=found.create("initialised")).command("init")
        found.evidence = first / "evidence"
        yield found
        found.stop()


@pytest.fixture
def on_postgresql(installed: Callable[..., Server], postgresql: PostgreSQL) -> Callable[..., Server]:
    """Makes a server on a database of its own on the PostgreSQL that is restarted."""

    def make(mutant: str | None = None, *, threads: int = 16, **settings: str) -> Server:
        url = postgresql.copy(f"restarted_{os.urandom(4).hex()}")
        server = installed(mutant, EMES_DATABASE_URL=url, **settings)
        store = server.store()
        for key in list(store.keys()):
            store.delete(key)
        copy_files(FolderStore(postgresql.evidence), store)
        server.start_web(threads=threads)
        return server

    return make
