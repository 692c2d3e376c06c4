"""What every store of evidence does, wherever its bytes lie."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, Any

FREE_SPACE_FLOOR_BYTES = 256 * 1024 * 1024
BLOCK_BYTES = 256 * 1024
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")
_INCOMING = re.compile(r"[0-9a-f]{32}")
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}

# Opens a transaction in which nobody else writes to the same upload; raises where it is over.
Alone = Callable[[], AbstractContextManager[None]]


def says_full(fault: OSError) -> bool:
    """Whether a write failed because the disk filled up under it, or the share of it that we may use."""
    return fault.errno in _NO_ROOM


class StoreFull(RuntimeError):
    """No room for more evidence; answers and texts can still be saved."""


class StoreUnreachable(RuntimeError):
    """The store does not answer, or not as it should. What it holds is untouched; trying again later is right."""


class WrongStart(RuntimeError):
    """A part of a resumable upload does not begin where the last one ended."""


class BeingWritten(RuntimeError):
    """Another request is writing to the same upload."""


@dataclass(frozen=True)
class StoredFile:
    """What the store says of a file it holds durably: key, size in bytes, sha256 in hex."""

    key: str
    size: int
    sha256: str


def new_key() -> str:
    """A fresh key. Keys are made by the server alone; a person's file name is never part of one."""
    name = secrets.token_hex(32)
    return f"{name[:2]}/{name[2:]}"


def is_key(text: str) -> bool:
    """Whether a store could have made this key."""
    return _KEY.fullmatch(text) is not None


def require_key(key: str) -> str:
    """Raises FileNotFoundError for a key that no store could have made."""
    if not is_key(key):
        raise FileNotFoundError(key)
    return key


def require_name(name: str) -> str:
    """The same for the name under which a resumable upload gathers its bytes."""
    if not _INCOMING.fullmatch(name):
        raise FileNotFoundError(name)
    return name


class IncomingFile:
    """A file on its way in: a writable stream that hashes what passes. Used as the multipart parser's stream, so the bytes
    touch the disk once. Nothing refers to it until the store's `keep`."""

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


@dataclass(frozen=True)
class Gathered:
    """An upload in one piece: where its bytes lie to be looked at, and the deed that puts them in place durably."""

    path: Path
    keep: Callable[[], StoredFile]


class StoredReader(BufferedReader):
    """The bytes of a stored file, from any place on; `size` in bytes, `modified_at` when it was put there."""

    def __init__(self, raw: RawIOBase, *, size: int, modified_at: datetime, buffer_bytes: int = BLOCK_BYTES) -> None:
        super().__init__(raw, buffer_bytes)
        self.size, self.modified_at = size, modified_at


class EvidenceStore(ABC):
    """Files under keys of its own making, written once and never changed. Every verb may raise StoreUnreachable, reading ones
    FileNotFoundError for what is not there."""

    # How long bytes stay that no row refers to: a request that is under way may be about to name them.
    orphan_grace_seconds = 24 * 3600

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the bytes lie, for an operator."""

    @abstractmethod
    def check(self) -> None:
        """Raise StoreUnreachable where the store can't be read and written now, saying why."""

    @abstractmethod
    def free_bytes(self) -> int | None:
        """How much room there is; None where nobody knows."""

    @abstractmethod
    def require_space(self, wanted_bytes: int) -> None:
        """Raise StoreFull before a body is read, keeping a floor free so that texts can always be saved."""

    # --- receiving ---

    @abstractmethod
    def receive(self) -> IncomingFile:
        """A fresh file to write what arrives into."""

    @abstractmethod
    def keep(self, incoming: IncomingFile) -> StoredFile:
        """Put a received file in place durably. After this returns, the bytes survive a crash and a power cut."""

    def keep_bytes(self, content: bytes) -> StoredFile:
        """The same for what fits into memory."""
        incoming = self.receive()
        try:
            incoming.write(content)
            return self.keep(incoming)
        finally:
            incoming.discard()

    @abstractmethod
    def making(self) -> AbstractContextManager[Path]:
        """A path at which a file may be made, for `keep_made`; what lies there when the block ends is taken away."""

    @abstractmethod
    def keep_made(self, path: Path) -> StoredFile:
        """Put a file that was made at such a path in place durably."""

    @abstractmethod
    def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        """Put bytes that another store, or a backup, keeps under a key in place under the same, over what is there, whole or not at all.
        Raises ValueError where they are not of this size and hash."""

    # --- resumable uploads ---

    @abstractmethod
    def arrived(self, name: str) -> int:
        """How many bytes of an upload have arrived durably."""

    @abstractmethod
    def append(self, name: str, at: int, stream: IO[bytes], most: int, *, alone: Alone) -> int:
        """Add what a stream brings, at most so many bytes, and make it durable; what came through before a broken line is kept. Returns
        how many bytes have arrived altogether.

        Raises WrongStart where the last part did not end at `at`, changing nothing, and BeingWritten."""

    @abstractmethod
    def gathered(self, name: str, size: int) -> AbstractContextManager[Gathered]:
        """An upload of so many bytes that is complete, in one piece, for as long as the block lasts. Raises FileNotFoundError where less
        has arrived, or another request has just kept it.

        The bytes keep their incoming name too, until a row points at them: a crash in between loses no acknowledged part."""

    @abstractmethod
    def forget_gathered(self, name: str) -> None:
        """Take the incoming name away; bytes that were kept stay."""

    # --- reading ---

    @abstractmethod
    def open(self, key: str) -> StoredReader:
        """The bytes of a file; they stay readable though they be deleted meanwhile, where the store can."""

    @abstractmethod
    def local(self, key: str) -> AbstractContextManager[Path]:
        """A path at which the bytes lie for as long as the block lasts, for programs that want one. Never to be written to."""

    def sha256_of(self, key: str) -> str:
        """The hash of the bytes as they lie there now, in hex."""
        with self.open(key) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    # --- the whole ---

    @abstractmethod
    def keys(self) -> Iterator[str]:
        """Every key in the store, in their order."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Take a file away; one that is not there is no fault."""

    @abstractmethod
    def sweep(self, living: set[str]) -> int:
        """Remove what was abandoned while it came in and files that are not among the living, after the grace. Returns how many."""

    @abstractmethod
    def has_aside(self, name: str) -> bool:
        """Whether something was set aside under this name already."""

    @abstractmethod
    def set_aside(self, keys: set[str], name: str) -> str:
        """Give every one of these files a second name, out of the sweeper's reach. Returns where they are, for an operator."""
