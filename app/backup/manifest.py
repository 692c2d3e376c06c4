"""What a backup says of itself: `manifest.json`, and beside it the sha256 of that, in the form that `sha256sum --check` reads."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.backup.disk import sha256_of, write_durably

FORMAT, VERSION = "e-mes-backup", 1
NAME, SEAL = "manifest.json", "manifest.json.sha256"
FILES = "files"
DATABASE_NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")
_TABLE = re.compile(r"[a-z0-9_]{1,63}")
_HASH = re.compile(r"[0-9a-f]{64}")


class BackupRefused(RuntimeError):
    """A backup cannot be made, or a copy must not be used; the sentence is for the operator."""


@dataclass(frozen=True)
class Kept:
    """One file of a backup. `path` is where it lies in the folder, with `/` between the parts."""

    path: str
    size: int
    sha256: str

    @property
    def key(self) -> str:
        """Under which the store knows it."""
        return self.path.removeprefix(f"{FILES}/")


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `kind` is that of the database, `revision` its migration, `server` what served it; `rows` counts the rows of each
    table; `faults` names what was wrong with the store already when the copy was made."""

    made_at: datetime
    kind: str
    server: str
    revision: str
    rows: dict[str, int]
    database: Kept
    files: list[Kept] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes of everything but the manifest."""
        return self.database.size + sum(kept.size for kept in self.files)


def write(manifest: Manifest, folder: Path) -> None:
    """Write it durably, the seal last."""
    body = {"format": FORMAT, "version": VERSION} | asdict(manifest) | {"made_at": manifest.made_at.isoformat()}
    content = json.dumps(body, ensure_ascii=False, indent=1).encode()
    write_durably(folder / NAME, content)
    write_durably(folder / SEAL, f"{hashlib.sha256(content).hexdigest()}  {NAME}\n".encode())


def read(folder: Path) -> Manifest:
    """The manifest of a copy, when it is whole and one of ours. Raises BackupRefused, saying what it is instead."""
    try:
        content, seal = (folder / NAME).read_bytes(), (folder / SEAL).read_bytes()
    except OSError as fault:
        raise BackupRefused(
            f"{folder} is no whole backup of e-MES: {NAME} or {SEAL} cannot be read ({type(fault).__name__})"
        ) from None
    if seal.split()[:1] != [hashlib.sha256(content).hexdigest().encode()]:
        raise BackupRefused(f"the manifest of {folder} is not as it was written")
    try:
        body = json.loads(content)
        if body["format"] != FORMAT:
            raise BackupRefused(f"{folder} is no backup of e-MES")
        if body["version"] > VERSION:
            raise BackupRefused(
                f"{folder} was made by a newer e-MES: its format is {body['version']}, this program reads {VERSION}"
            )
        return _parse(body)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BackupRefused(f"{folder} is no backup of e-MES") from None


def _parse(body: dict[str, Any]) -> Manifest:
    database, files = Kept(**body["database"]), [Kept(**one) for one in body["files"]]
    if database.path != DATABASE_NAMES[body["kind"]]:
        raise ValueError(database.path)
    for kept in files:
        # A path of a copy is never trusted to stay in the folder.
        if not kept.path.startswith(f"{FILES}/") or not _KEY.fullmatch(kept.key):
            raise ValueError(kept.path)
    if not all(_TABLE.fullmatch(table) for table in body["rows"]):
        raise ValueError("no table of ours")
    if not all(_HASH.fullmatch(kept.sha256) and isinstance(kept.size, int) for kept in (database, *files)):
        raise ValueError("no sha256")
    return Manifest(
        made_at=datetime.fromisoformat(body["made_at"]),
        kind=body["kind"],
        server=str(body["server"]),
        revision=str(body["revision"]),
        rows={str(table): int(count) for table, count in body["rows"].items()},
        database=database,
        files=files,
        faults=[str(fault) for fault in body["faults"]],
    )


def faults_of(manifest: Manifest, folder: Path) -> Iterator[str]:
    """Everything that lies in the folder otherwise than the manifest says, one line each; every byte is read."""
    for kept in (manifest.database, *manifest.files):
        path = folder / kept.path
        if path.is_symlink() or not path.is_file():
            yield f"missing: {kept.path}"
        elif path.stat().st_size != kept.size:
            yield f"{path.stat().st_size} bytes instead of {kept.size}: {kept.path}"
        elif sha256_of(path) != kept.sha256:
            yield f"differs: {kept.path}"
