"""The folder in which backups stand side by side: their names, the newest, those that are too many."""

from __future__ import annotations

import fcntl
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.backup import manifest
from app.backup.disk import sync
from app.backup.manifest import BackupRefused

_NAME = re.compile(r"emes-(\d{8}T\d{6})Z(?:-\d+)?")
_UNFINISHED = ".unfinished-"


def name_for(folder: Path, moment: datetime) -> str:
    """What a backup of this moment is called; names sort by time."""
    base = f"emes-{moment.astimezone(UTC):%Y%m%dT%H%M%S}Z"
    taken = (f"{base}-{number}" for number in range(2, 1000))
    return base if not (folder / base).exists() else next(name for name in taken if not (folder / name).exists())


def backups(folder: Path) -> list[Path]:
    """Those that were finished, the newest first. Nothing is read of them."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and (path / manifest.SEAL).is_file()]
    return sorted(found, key=lambda path: (path.name[:21], len(path.name), path.name), reverse=True)


def the_backup(path: Path) -> Path:
    """The backup that is meant: the folder itself, or the newest of those that stand in it. Raises BackupRefused."""
    if (path / manifest.NAME).exists() or not (standing := backups(path)):
        return path
    return standing[0]


def age(folder: Path, now: datetime) -> timedelta | None:
    """How old the newest backup is, by its name; None where there is none."""
    for path in backups(folder):
        named = _NAME.fullmatch(path.name)
        if named:
            return now - datetime.strptime(named.group(1), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return None


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """One backup at a time is written into a folder, and what an interrupted one left is taken away. Raises BackupRefused."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRefused(f"another backup into {folder} is under way") from None
        for path in folder.iterdir():
            if path.name.startswith(_UNFINISHED):
                shutil.rmtree(path)
        yield


@contextmanager
def place_for(folder: Path, name: str) -> Iterator[Path]:
    """A folder to write into, which gets its name when the block ends well and is taken away when it does not."""
    beside = folder / f"{_UNFINISHED}{name}"
    beside.mkdir(mode=0o700)
    try:
        yield beside
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    beside.rename(folder / name)
    sync(folder)


def prune(folder: Path, keep: int) -> list[str]:
    """Take away all but the newest. A backup loses its name first, so that none looks whole that is not. Returns the names."""
    gone = []
    for path in backups(folder)[keep:]:
        doomed = folder / f"{_UNFINISHED}{path.name}"
        path.rename(doomed)
        shutil.rmtree(doomed)
        gone.append(path.name)
    return gone
