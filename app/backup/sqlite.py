"""Copying a SQLite database while it is written, and putting a copy in its place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import create_engine, text

from app.backup import disk
from app.backup.manifest import DATABASE_NAMES, BackupRefused, Manifest
from app.extensions import db, reading_from

_BESIDE = ("-wal", "-shm", "-journal")
WAIT_SECONDS = 3


class SqliteDatabase:
    """The database file of this installation."""

    kind = "sqlite"

    def __init__(self) -> None:
        self.path = Path(db.engine.url.database or "")
        self._holds = self._is_damaged = False

    @property
    def server(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    @contextmanager
    def snapshot(self, folder: Path) -> Iterator[Path]:
        """A copy of one moment; as long as the block lasts, the session reads that copy. Nobody who writes waits for it.

        VACUUM INTO rather than the online backup: what was deleted stays out of the copy, and a damaged page ends it."""
        target = folder / DATABASE_NAMES[self.kind]
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.execute(text("VACUUM INTO :target"), {"target": str(target)})
        target.chmod(0o600)
        copied = create_engine(f"sqlite:///{target}")
        with reading_from(copied):
            yield target
        disk.sync(target)

    def holds_data(self) -> bool:
        """Whether there is any table. A file that cannot be read is somebody's data too."""
        if not self.path.exists() or not self.path.stat().st_size:
            return False
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
                count: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
                return count > 0
        except sqlite3.DatabaseError:
            return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else has the database open, and nobody gets in. Raises BackupRefused."""
        db.session.close()
        db.engine.dispose()
        self._holds = self.holds_data()
        if not self._holds:
            yield
            return
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=WAIT_SECONDS)) as connection:
            try:
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                connection.execute("PRAGMA journal_mode=DELETE")  # refused as long as anybody else has it open
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.DatabaseError as fault:  # any other is of a damaged one, which is why a copy is wanted
                if fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise BackupRefused("the database is in use: stop the web server and the worker first") from None
                self._is_damaged = True
            yield

    def check(self, copy: Path, found: Manifest) -> None:
        """Whether the copy is a sound database, of the migration and with the rows that its manifest names. Raises BackupRefused."""
        try:
            with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as connection:
                said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
                count = {name: f'SELECT count(*) FROM "{name}"' for name in found.rows}  # noqa: S608 - letters, digits and _ alone
                rows = {name: connection.execute(statement).fetchone()[0] for name, statement in count.items()}
        except (sqlite3.DatabaseError, TypeError) as fault:
            raise BackupRefused(f"the database of the copy cannot be read: {fault}") from None
        if said != "ok" or revision != found.revision or rows != found.rows:
            raise BackupRefused(
                f"the database of the copy is damaged or another one: {said}, migration {revision}, {sum(rows.values())} rows"
            )

    def stage(self, copy: Path, _: Path) -> None:
        """Put the copy beside the database, on its file system."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._staged.unlink(missing_ok=True)
        disk.copy(copy, self._staged)

    def has(self, aside: str) -> bool:
        """Whether something was set aside under this name already."""
        return self._aside(aside).exists()

    def _aside(self, name: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{name}")

    def switch(self, aside: str, _: Manifest) -> str:
        """Put it in the database's place in one step; the old one keeps another name, which is returned."""
        kept = self._aside(aside)
        if self._holds and not disk.link(self.path, kept):
            disk.copy(self.path, kept)
        for ending in _BESIDE:  # under the new one they would be read as its own
            with suppress(FileNotFoundError):
                beside = Path(f"{self.path}{ending}")
                # Of a sound one everything is in the database by now; of a damaged one they may be what is left.
                beside.rename(f"{kept}{ending}") if self._is_damaged and ending != "-shm" else beside.unlink()
        self._staged.replace(self.path)
        disk.sync(self.path.parent)
        return str(kept) if self._holds else ""

    def tidy(self) -> None:
        self._staged.unlink(missing_ok=True)

    @property
    def _staged(self) -> Path:
        return self.path.with_name(f"{self.path.name}.restoring")
