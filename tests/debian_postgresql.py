"""PostgreSQL as Debian packs it, with its extensions: the server that comes as a wheel has none of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg


class DebianPostgreSQL:
    """A server of its own in a folder, without a network. It refuses to run as root, so root hands it to Debian's own user."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._user = folder, "postgres" if os.geteuid() == 0 else None
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        folder.mkdir(mode=0o755)
        if self._user:
            shutil.chown(folder, self._user)
        words = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        self._run("initdb", "-D", str(folder / "data"), *words)
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        self._run("pg_ctl", "-D", str(folder / "data"), "-l", str(folder / "log"), "-w", "-o", settings, "start")

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), *words]
        subprocess.run(command, user=self._user, cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=120)

    def say(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run statements as the server's owner; the rows of the last one."""
        with psycopg.connect(dbname=database, user="postgres", host=str(self._folder), autocommit=True) as connection:
            for statement in statements:
                done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def create(self, name: str, owner: str = "postgres") -> str:
        """The address of a new database for one of its users."""
        self.say(f"CREATE DATABASE {name} OWNER {owner}")
        return f"postgresql+psycopg://{owner}@/{name}?host={self._folder}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")
