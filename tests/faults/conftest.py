"""An installation for every test: a copy of one that was initialised once, served by processes of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import mutants
from tests.server import Server


@pytest.fixture(scope="session")
def initialised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `flask init` leaves it, on SQLite."""
    folder = tmp_path_factory.mktemp("initialised") / "data"
    Server(folder).command("init")
    return folder


@pytest.fixture
def installed(initialised: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes an installation, not yet started: `installed(mutant="no_fsync", EMES_WEB_THREADS="2")`. Everything that it
    started is killed when the test ends."""
    made: list[Server] = []

    def make(mutant: str | None = None, folder: Path | None = None, **settings: str) -> Server:
        folder = folder or tmp_path / f"data-{len(made)}"
        shutil.copytree(initialised, folder, dirs_exist_ok=True)
        server = Server(folder, **mutants.environment(tmp_path, mutant), **settings)
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
