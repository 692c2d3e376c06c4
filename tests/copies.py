"""Copies of a seeded installation: each test begins on a fresh one, and what many tests begin with is done once and copied too."""

from __future__ import annotations

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from flask import Flask, has_app_context
from sqlalchemy import event

from app.extensions import db
from app.storage import EvidenceStore, FolderStore
from tests.deployment import FilesInS3, copy_files

T = TypeVar("T")

SEEDED = "seeded"
FOLDERS = ("evidence", "mail")
# Words a statement begins with that changes nothing, unless it draws from a sequence.
READING = ("SELECT", "PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SHOW")
MOMENTS_AND_LIMITS = ("EMES_NOW", "EMES_REGISTRATION", "EMES_MAX_FILE_MB", "EMES_SMTP_URL", "EMES_STORAGE_URL")


class Copies(ABC):
    """The database and the files of one application as they were at named moments; `SEEDED` is as `flask init` left them."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.folder: Path = app.config["EMES_DATA_DIR"]
        self.is_untouched = False
        self.in_s3: FilesInS3 | None = None  # where the files of every copy lie, unless in the folder
        self._made: dict[Any, tuple[str, Any]] = {}
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", self._note)
        self.keep(SEEDED)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(READING) or "nextval" in statement or "setval" in statement:
            self.is_untouched = False

    def keep(self, name: str) -> None:
        """Remember how everything is now."""
        with self.app.app_context():
            self._keep_database(name)
        for folder in FOLDERS:
            if (self.folder / folder).exists():
                shutil.copytree(self.folder / folder, self.folder / f"{folder}-{name}")
        if not isinstance(self._store, FolderStore):
            copy_files(self._store, FolderStore(self.folder / f"evidence-{name}"))

    @property
    def _store(self) -> EvidenceStore:
        found: EvidenceStore = self.app.extensions["emes_storage"]
        return found

    def restore(self, name: str = SEEDED) -> None:
        """Everything is as it was when that was kept."""
        with self.app.app_context():
            db.engine.dispose()
        self._restore_database(name)
        for folder in FOLDERS:
            shutil.rmtree(self.folder / folder, ignore_errors=True)
            if (self.folder / f"{folder}-{name}").exists() and not (self.in_s3 and folder == "evidence"):
                shutil.copytree(self.folder / f"{folder}-{name}", self.folder / folder)
        kept = self.folder / f"evidence-{name}"
        self.app.extensions["emes_storage"] = self.in_s3.copy_of(kept) if self.in_s3 else FolderStore(self.folder / "evidence")
        self.is_untouched = name == SEEDED

    def _has_its_files(self) -> bool:
        """No file came or went since the start: some helpers put files into the store without a row."""

        def names(folder: str) -> set[Path]:
            return {found.relative_to(self.folder / folder) for found in (self.folder / folder).rglob("*") if found.is_file()}

        seeded = FolderStore(self.folder / f"evidence-{SEEDED}")
        return names("mail") == names(f"mail-{SEEDED}") and set(self._store.keys()) == set(seeded.keys())

    def begin_with(self, words: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What `make` makes on an untouched copy is made once for its `words`, at a clock and with settings; the next time its result
        is copied. On a copy where something happened already it is made anew. Its answer must be a plain value."""
        if not self.is_untouched or has_app_context() or not self._has_its_files():
            return make()
        key = (*words, *(str(self.app.config.get(name)) for name in MOMENTS_AND_LIMITS))
        if key not in self._made:
            answer = make()
            name = f"beginning{len(self._made)}"
            self.keep(name)
            self._made[key] = (name, answer)
            return answer
        name, answer = self._made[key]
        self.restore(name)
        return answer

    @abstractmethod
    def _keep_database(self, name: str) -> None: ...

    @abstractmethod
    def _restore_database(self, name: str) -> None: ...


class SqliteCopies(Copies):
    """A file for each moment."""

    def _keep_database(self, name: str) -> None:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql(f"VACUUM INTO '{self.folder / name}.sqlite3'")
        db.engine.dispose()

    def _restore_database(self, name: str) -> None:
        path = self.folder / "emes.sqlite3"
        for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            leftover.unlink(missing_ok=True)
        shutil.copyfile(self.folder / f"{name}.sqlite3", path)


class PostgresqlCopies(Copies):
    """A database for each moment. Its files are copied rather than written through the log: nothing here outlives the run."""

    def __init__(self, app: Flask, admin: psycopg.Connection[Any]) -> None:
        self._admin = admin
        super().__init__(app)

    def _keep_database(self, name: str) -> None:
        db.engine.dispose()
        self._admin.execute(f"CREATE DATABASE emes_{name} TEMPLATE emes STRATEGY FILE_COPY".encode())

    def _restore_database(self, name: str) -> None:
        self._admin.execute(b"DROP DATABASE emes WITH (FORCE)")
        self._admin.execute(f"CREATE DATABASE emes TEMPLATE emes_{name} STRATEGY FILE_COPY".encode())


def begin_with(app: Flask, words: tuple[Any, ...], make: Callable[[], T]) -> T:
    """`Copies.begin_with` where the application is one of the suite's; elsewhere it is made."""
    copies: Copies | None = app.extensions.get("test_copies")
    return copies.begin_with(words, make) if copies else make()
