"""Putting a backup in the installation's place: everything is checked first, and one step switches.

Files are added to the store before the database is switched, and nothing is taken away before that: whenever it ends, the database that
stands, the old or the new, finds every file it names."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.backup import manifest
from app.backup.making import database, only_this
from app.backup.manifest import BackupRefused, Manifest
from app.storage import EvidenceStore, StoreFull, StoreUnreachable

FAULTS_SHOWN = 10


@dataclass(frozen=True)
class Restored:
    """What came of it: where the old database and the old files lie, if there were any."""

    manifest: Manifest
    old_database: str
    old_files: str | None


def check(source: Path, revisions: Collection[str]) -> Manifest:
    """Read every byte of a copy. Raises BackupRefused where it is not as it was written, or is newer than this program, whose migrations are
    `revisions`."""
    found = manifest.read(source)
    if found.revision not in revisions:
        raise BackupRefused(
            f"the copy is of a newer e-MES, or of another: this program does not know migration {found.revision}"
        )
    faults = list(manifest.faults_of(found, source))
    if faults:
        more = [f"and {len(faults) - FAULTS_SHOWN} more"] if len(faults) > FAULTS_SHOWN else []
        raise BackupRefused("\n".join([f"{source} is not as it was written:", *faults[:FAULTS_SHOWN], *more]))
    return found


def restore(source: Path, store: EvidenceStore, *, revisions: Collection[str], replace: bool, aside: str) -> Restored:
    """Check a copy and put it in place. What stands there is kept under the name `aside`. Raises BackupRefused with nothing changed."""
    found = check(source, revisions)
    with only_this():
        return _restore(source, found, store, replace=replace, aside=aside)


def _restore(source: Path, found: Manifest, store: EvidenceStore, *, replace: bool, aside: str) -> Restored:
    target = database()
    if target.kind != found.kind:
        raise BackupRefused(
            f"the copy is of {found.server}, EMES_DATABASE_URL names {target.server}: they cannot take each other's place"
        )
    target.check(source / found.database.path, found)
    old = set(store.keys())
    if (old or target.holds_data()) and not replace:
        raise BackupRefused("this installation holds data; with --replace it is set aside, not deleted")
    try:
        store.require_space(found.size + found.database.size)
    except StoreFull:
        raise BackupRefused(f"there is no room for {found.size} bytes in {store.place}") from None
    names = (aside, *(f"{aside}-{number}" for number in range(2, 1000)))
    aside = next(name for name in names if not target.has(name) and not store.has_aside(name))
    new = {kept.key for kept in found.files} - old
    with target.alone(), TemporaryDirectory(prefix="emes-restore-") as staging:
        try:
            target.stage(source / found.database.path, Path(staging))
            old_files = store.set_aside(old, aside) if old else None
            try:
                _put_in_place(source, found, store)
            except BaseException:
                _take_back(new, store)
                raise
            old_database = target.switch(aside, found)
        finally:
            target.tidy()
    for key in old - {kept.key for kept in found.files}:
        store.delete(key)
    return Restored(found, old_database, old_files)


def _put_in_place(source: Path, found: Manifest, store: EvidenceStore) -> None:
    for kept in found.files:
        try:
            with (source / kept.path).open("rb") as file:
                store.put(kept.key, file, size=kept.size, sha256=kept.sha256)
        except ValueError:
            raise BackupRefused(f"{kept.path} changed while it was copied") from None


def _take_back(keys: set[str], store: EvidenceStore) -> None:
    """What came for a database that is not put in place; what can't be taken away now is the sweeper's."""
    for key in keys:
        with suppress(OSError, StoreUnreachable):
            store.delete(key)
