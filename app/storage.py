"""Evidence bytes: received once, hashed on the way, put in place durably, opened, deleted. Only this module knows the disk.

Write order (reliability §3): stream to a temporary file on the same file system while hashing, fsync, rename into the store,
fsync the folder, and only then may a row point at it. A crash leaves at worst an orphan that nobody sees and the sweeper removes.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlparse

from flask import Flask, current_app

FREE_SPACE_FLOOR_BYTES = 256 * 1024 * 1024
ORPHAN_GRACE_SECONDS = 24 * 3600
_INCOMING = re.compile(r"[0-9a-f]{32}")
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def says_full(fault: OSError) -> bool:
    """Whether a write failed because the disk filled up under it, or the share of it that we may use."""
    return fault.errno in _NO_ROOM


class StoreFull(RuntimeError):
    """No room for more evidence; answers and texts can still be saved."""


@dataclass(frozen=True)
class StoredFile:
    """What the store says of a file it holds durably: key, size in bytes, sha256 in hex."""

    key: str
    size: int
    sha256: str


class IncomingFile:
    """A file on its way in: a writable stream that hashes what passes. Used as the multipart parser's stream, so the bytes
    touch the disk once. Nothing refers to it until `FolderStorage.keep`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] = open(path, "w+b")
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._file.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def flush_to_disk(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def discard(self) -> None:
        """Forget it; safe to call after it was kept."""
        self.path.unlink(missing_ok=True)
        with suppress(OSError):  # what a full disk did not take is given up as well
            self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FolderStorage:
    """Evidence in a local folder. Keys are made by the server alone; a person's file name is never part of a path."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"
        for folder in (root, self.incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def require_space(self, wanted_bytes: int) -> None:
        """Raise StoreFull before a body is read, keeping a floor free so that texts can always be saved."""
        if shutil.disk_usage(self.root).free < wanted_bytes + FREE_SPACE_FLOOR_BYTES:
            raise StoreFull

    def receive(self) -> IncomingFile:
        """A fresh temporary file on the store's own file system."""
        return IncomingFile(self.incoming / secrets.token_hex(16))

    def incoming_path(self, name: str) -> Path:
        """Where a resumable upload gathers its bytes. Raises FileNotFoundError for a name this store could not have made."""
        if not _INCOMING.fullmatch(name):
            raise FileNotFoundError(name)
        return self.incoming / name

    def keep(self, incoming: IncomingFile) -> StoredFile:
        """Put a received file in place durably. After this returns, the bytes survive a crash and a power cut."""
        incoming.flush_to_disk()
        return self._put_in_place(incoming.path, incoming.size, incoming.sha256, put=os.rename)

    def keep_gathered(self, name: str) -> StoredFile:
        """The same for a resumable upload whose last bytes have arrived; each part was flushed when it was acknowledged.

        The bytes keep their incoming name too, until a row points at them: a crash in between loses no acknowledged part."""
        path = self.incoming_path(name)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        return self._put_in_place(path, path.stat().st_size, sha256, put=os.link)

    def forget_gathered(self, name: str) -> None:
        """Take the incoming name away; bytes that were kept stay."""
        self.incoming_path(name).unlink(missing_ok=True)

    def _put_in_place(self, path: Path, size: int, sha256: str, *, put: Callable[[Path, Path], None]) -> StoredFile:
        name = secrets.token_hex(32)
        key = f"{name[:2]}/{name[2:]}"
        target = self.root / key
        if not target.parent.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self.root)
        put(path, target)
        _sync_folder(target.parent)
        return StoredFile(key, size, sha256)

    @contextmanager
    def claim(self, name: str) -> Iterator[bool]:
        """Whether this process alone works on what is named so, for as long as the block lasts; the claim dies with the process.

        Held by a lock on a file, which every process on this store sees."""
        folder = self.root / "claims"
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
                (folder / name).unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def path(self, key: str) -> Path:
        """Where the bytes of a key lie. Raises FileNotFoundError for a key that this store could not have made."""
        if not _KEY.fullmatch(key):
            raise FileNotFoundError(key)
        return self.root / key

    def open(self, key: str) -> BufferedReader:
        return self.path(key).open("rb")

    def sha256_of(self, key: str) -> str:
        """The hash of the bytes as they lie there now, in hex. Raises FileNotFoundError."""
        with self.open(key) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        """Every key in the store, for `verify` and the sweeper."""
        for folder in sorted(self.root.iterdir()):
            if len(folder.name) == 2 and folder.is_dir():
                yield from (f"{folder.name}/{file.name}" for file in sorted(folder.iterdir()))

    def sweep(self, living: set[str]) -> int:
        """Remove abandoned incoming files and files no row refers to, after a day's grace. Returns how many."""
        oldest = time.time() - ORPHAN_GRACE_SECONDS
        candidates = [*self.incoming.iterdir(), *(self.root / key for key in self.keys() if key not in living)]
        removed = 0
        for path in candidates:
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue
        return removed


def init_app(app: Flask) -> None:
    """Open the store that EMES_STORAGE_URL names."""
    url = urlparse(app.config["EMES_STORAGE_URL"])
    if url.scheme != "file":
        raise ValueError("EMES_STORAGE_URL must be a file:// folder")
    app.extensions["emes_storage"] = FolderStorage(Path(url.path))


def evidence_store() -> FolderStorage:
    """The store of the running application."""
    store: FolderStorage = current_app.extensions["emes_storage"]
    return store
