"""Evidence in a local folder.

Write order (reliability §3): stream to a temporary file on the same file system while hashing, fsync, rename into the store,
fsync the folder, and only then may a row point at it. A crash leaves at worst an orphan that nobody sees and the sweeper removes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import IO

from app.storage.evidence_store import (
    BLOCK_BYTES,
    FREE_SPACE_FLOOR_BYTES,
    Alone,
    BeingWritten,
    EvidenceStore,
    Gathered,
    IncomingFile,
    StoredFile,
    StoredReader,
    StoreFull,
    StoreUnreachable,
    WrongStart,
    new_key,
    require_key,
    require_name,
)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, at: int, stream: IO[bytes], most: int) -> int:
    """Copy at most so many bytes in blocks; returns how many. A broken line ends it with what came through."""
    written = 0
    while written < most:
        try:
            block = stream.read(min(BLOCK_BYTES, most - written))
        except OSError:
            break
        if not block:
            break
        unwritten = memoryview(block)
        while unwritten:  # a disk that is filling up takes a piece of a block, and refuses only the next one
            taken = os.pwrite(descriptor, unwritten, at + written)
            unwritten, written = unwritten[taken:], written + taken
    return written


class FolderStore(EvidenceStore):
    """Evidence in a folder that every process of this host sees."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / "incoming"
        for folder in (root, self.incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def place(self) -> str:
        return str(self.root)

    def check(self) -> None:
        for folder in (self.root, self.incoming):
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise StoreUnreachable(f"the folder {folder} is not writable")

    def free_bytes(self) -> int | None:
        return shutil.disk_usage(self.root).free

    def require_space(self, wanted_bytes: int) -> None:
        if shutil.disk_usage(self.root).free < wanted_bytes + FREE_SPACE_FLOOR_BYTES:
            raise StoreFull

    # --- receiving ---

    def receive(self) -> IncomingFile:
        return IncomingFile(self.incoming / secrets.token_hex(16))

    def keep(self, incoming: IncomingFile) -> StoredFile:
        incoming.flush_to_disk()
        return self._put_in_place(incoming.path, incoming.size, incoming.sha256, put=os.rename)

    @contextmanager
    def making(self) -> Iterator[Path]:
        path = self.incoming / secrets.token_hex(16)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep_made(self, path: Path) -> StoredFile:
        return self._keep(path, put=os.rename)

    def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        incoming, target = self.receive(), self.path(key)
        try:
            shutil.copyfileobj(source, incoming, BLOCK_BYTES)
            if (incoming.size, incoming.sha256) != (size, sha256):
                raise ValueError(f"{key}: other bytes came than were announced")
            incoming.flush_to_disk()
            self._rename(incoming.path, target, put=os.rename)
        finally:
            incoming.discard()

    def _keep(self, path: Path, *, put: Callable[[Path, Path], None]) -> StoredFile:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        return self._put_in_place(path, path.stat().st_size, sha256, put=put)

    def _put_in_place(self, path: Path, size: int, sha256: str, *, put: Callable[[Path, Path], None]) -> StoredFile:
        key = new_key()
        self._rename(path, self.root / key, put=put)
        return StoredFile(key, size, sha256)

    def _rename(self, path: Path, target: Path, *, put: Callable[[Path, Path], None]) -> None:
        if not target.parent.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self.root)
        put(path, target)
        _sync_folder(target.parent)

    # --- resumable uploads: one growing file each ---

    def incoming_path(self, name: str) -> Path:
        """Where a resumable upload gathers its bytes."""
        return self.incoming / require_name(name)

    def arrived(self, name: str) -> int:
        path = self.incoming_path(name)
        return path.stat().st_size if path.exists() else 0

    def append(self, name: str, at: int, stream: IO[bytes], most: int, *, alone: Alone) -> int:
        """Who holds the file is alone: its lock decides, and the transaction is not needed."""
        descriptor = os.open(self.incoming_path(name), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BeingWritten from None
            arrived = os.fstat(descriptor).st_size
            if at != arrived:
                raise WrongStart
            try:
                arrived += _write(descriptor, arrived, stream, most)
            finally:
                os.fsync(descriptor)
            return arrived
        finally:
            os.close(descriptor)

    @contextmanager
    def gathered(self, name: str, size: int) -> Iterator[Gathered]:
        path = self.incoming_path(name)
        if path.stat().st_size < size:
            raise FileNotFoundError(name)
        yield Gathered(path, lambda: self.keep_gathered(name))

    def keep_gathered(self, name: str) -> StoredFile:
        """Each part was flushed when it was acknowledged."""
        return self._keep(self.incoming_path(name), put=os.link)

    def forget_gathered(self, name: str) -> None:
        self.incoming_path(name).unlink(missing_ok=True)

    # --- reading ---

    def path(self, key: str) -> Path:
        """Where the bytes of a key lie."""
        return self.root / require_key(key)

    def open(self, key: str) -> StoredReader:
        raw = FileIO(self.path(key), "rb")
        facts = os.fstat(raw.fileno())
        return StoredReader(raw, size=facts.st_size, modified_at=datetime.fromtimestamp(facts.st_mtime, UTC))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        path = self.path(key)
        if not path.exists():
            raise FileNotFoundError(key)
        yield path

    # --- the whole ---

    def keys(self) -> Iterator[str]:
        for folder in sorted(self.root.iterdir()):
            if len(folder.name) == 2 and folder.is_dir():
                yield from (f"{folder.name}/{file.name}" for file in sorted(folder.iterdir()))

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def sweep(self, living: set[str]) -> int:
        oldest = time.time() - self.orphan_grace_seconds
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

    def has_aside(self, name: str) -> bool:
        return (self.root / name).exists()

    def set_aside(self, keys: set[str], name: str) -> str:
        """A second name costs no room where the file system has such."""
        place = self.root / name
        for key in sorted(keys):
            target = place / key
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                os.link(self.path(key), target)
            except OSError:
                shutil.copyfile(self.path(key), target)
                _sync_file(target)
        for folder, _, _ in os.walk(place, topdown=False):
            _sync_folder(Path(folder))
        return str(place)


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
