"""Making a backup while the system serves: the database first, then every file that it names, then the manifest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select, table

from app.backup import disk, manifest, shelf
from app.backup.manifest import FILES, BackupRefused, Kept, Manifest
from app.backup.postgresql import PostgresqlDatabase
from app.backup.sqlite import SqliteDatabase
from app.claims import claim
from app.extensions import db
from app.queries import stored
from app.storage import EvidenceStore

WAIT_SECONDS = 20


def database() -> SqliteDatabase | PostgresqlDatabase:
    """The database of this installation."""
    return PostgresqlDatabase() if db.engine.dialect.name == "postgresql" else SqliteDatabase()


@dataclass
class Made:
    """What came of it. `again` counts files that were taken from the backup before, `removed` names backups that were too many."""

    path: Path
    manifest: Manifest
    again: int = 0
    removed: list[str] = field(default_factory=list)


def make(folder: Path, store: EvidenceStore, *, head: str | None, keep: int | None, now: datetime) -> Made:
    """Put a backup into a folder of backups and leave at most `keep` of them there. Opens its own transactions. Raises BackupRefused, also where
    the database is not at `head`, the newest migration: this program would not know all its files.

    The claim keeps the sweeper away: bytes of a row that goes meanwhile stay until they are copied."""
    with shelf.held(folder), only_this():
        name = shelf.name_for(folder, now)
        with shelf.place_for(folder, name) as place:
            made = _fill(place, _Before(folder), store, head, now)
            disk.sync_folders(place)
        made.path = folder / name
        made.removed = shelf.prune(folder, keep) if keep is not None else []
    return made


@contextmanager
def only_this() -> Iterator[None]:
    """No other backup, no restoring and no sweeping as long as the block lasts; a sweep that is under way is waited for. Raises BackupRefused."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        with claim("backup") as alone:
            if alone:
                yield
                return
        if time.monotonic() > until:
            raise BackupRefused("another backup of this installation is under way, or it is being restored")
        time.sleep(0.2)


class _Before:
    """The newest backup that stands: a file that did not change gets a second name there instead of being copied."""

    def __init__(self, folder: Path) -> None:
        self.folder: Path | None = None
        self._known: dict[str, Kept] = {}
        for path in shelf.backups(folder)[:1]:
            try:
                self._known = {kept.key: kept for kept in manifest.read(path).files}
                self.folder = path
            except BackupRefused:
                continue

    def link(self, key: str, sha256: str | None, target: Path) -> Kept | None:
        """The file out of the backup before, when every byte of it still is what the database asks for."""
        kept = self._known.get(key)
        if kept is None or self.folder is None or sha256 not in (kept.sha256, None):
            return None
        path = self.folder / kept.path
        if not path.is_file() or path.stat().st_size != kept.size or disk.sha256_of(path) != kept.sha256:
            return None
        return kept if disk.link(path, target) else None


def _fill(place: Path, before: _Before, store: EvidenceStore, head: str | None, now: datetime) -> Made:
    source = database()
    with source.snapshot(place) as dump:
        connection = db.session.connection()
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None:
            raise BackupRefused("the database is empty: there is nothing to copy")
        if revision != head:
            raise BackupRefused(
                f"the database is at migration {revision}, the program at {head}: make the backup with the release that serves"
            )
        tables = sorted(inspect(connection).get_table_names())
        rows = {name: db.session.scalar(select(func.count()).select_from(table(name))) or 0 for name in tables}
        known = {key: sha256 for _, key, sha256 in stored.files()}
        wanted: dict[str, str | None] = dict.fromkeys(stored.keys()) | known
    made = Made(place, Manifest(now, source.kind, source.server, revision, rows, _kept(dump, dump.name)))
    for key in sorted(wanted):
        _take(made, key, wanted[key], before, store)
    manifest.write(made.manifest, place)
    return made


def _kept(path: Path, name: str) -> Kept:
    return Kept(name, path.stat().st_size, disk.sha256_of(path))


def _take(made: Made, key: str, sha256: str | None, before: _Before, store: EvidenceStore) -> None:
    """Copy one file. One that the store lost, or has otherwise than it was received, is a fault that the manifest names; a backup of
    everything else is worth having. Of a deleted row (`sha256` is None) nothing is expected."""
    name = f"{FILES}/{key}"
    target = made.path / name
    if again := before.link(key, sha256, target):
        made.again += 1
        made.manifest.files.append(again)
        return
    try:
        with store.open(key) as source:
            size, digest = disk.copy_stream(source, target)
    except FileNotFoundError:
        if sha256 is not None:
            made.manifest.faults.append(f"missing: {key}")
        return
    made.manifest.files.append(Kept(name, size, digest))
    if sha256 not in (digest, None):
        made.manifest.faults.append(f"differs: {key}")
