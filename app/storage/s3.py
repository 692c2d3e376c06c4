"""Evidence in a bucket of an S3 server, shared by any number of hosts.

What comes in passes through a file of this host, for checks want to seek, and goes to the server in parts as it arrives. Nothing is
acknowledged before the object has appeared there. A crash leaves at worst parts, pieces or objects that no row names; the sweeper
removes them."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO

from app.storage.evidence_store import (
    BLOCK_BYTES,
    FREE_SPACE_FLOOR_BYTES,
    Alone,
    EvidenceStore,
    Gathered,
    IncomingFile,
    StoredFile,
    StoredReader,
    StoreFull,
    StoreUnreachable,
    WrongStart,
    is_key,
    new_key,
    require_key,
    require_name,
)
from app.storage.ranged import RangedReader
from app.storage.s3_objects import PART_BYTES, Address, Bucket, Listed, Transfer

AT_A_TIME = 8
CHECKED_AGAIN_SECONDS = 10
# Beside the keys, which begin with a digit or a letter up to f, everything else comes later in a listing.
_INCOMING, _ASIDE, _PROBE = "incoming", "set-aside", "probe"


class Arriving(IncomingFile):
    """A file on its way through this host: whatever makes a part has gone on to the server already."""

    def __init__(self, path: Path, bucket: Bucket, name: str) -> None:
        super().__init__(path)
        self.name = name
        self._transfer, self._sent = Transfer(bucket, name), 0

    def write(self, data: bytes) -> int:
        written = super().write(data)
        while self.size - self._sent > PART_BYTES:
            self._transfer.add(self._unsent())
            self._sent += PART_BYTES
        return written

    def _unsent(self) -> bytes:
        self._file.flush()
        return os.pread(self._file.fileno(), PART_BYTES, self._sent)

    def finish(self) -> None:
        """Send what is left; when this returns, the object is there."""
        self._transfer.finish(self._unsent())

    def discard(self) -> None:
        super().discard()
        with suppress(StoreUnreachable):  # the sweeper comes by later
            self._transfer.abort()


class S3Store(EvidenceStore):
    """Evidence in a bucket, below a prefix: `ab/…` files, `incoming/…` pieces of resumable uploads. `spool` is a folder of this host."""

    def __init__(self, address: Address, spool: Path) -> None:
        self._bucket, self._spool = Bucket(address), spool
        self._well_at = float("-inf")
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def place(self) -> str:
        return self._bucket.place

    def check(self) -> None:
        """Asked again only after a while: probes of many servers must not become a load."""
        if time.monotonic() - self._well_at < CHECKED_AGAIN_SECONDS:
            return
        try:
            self._bucket.probe(_PROBE, secrets.token_bytes(16))
        except (FileNotFoundError, StoreFull) as fault:
            raise StoreUnreachable(f"{self.place} cannot be written: {type(fault).__name__}") from None
        self._well_at = time.monotonic()

    def free_bytes(self) -> int | None:
        return None

    def require_space(self, wanted_bytes: int) -> None:
        """The bucket has no end; what arrives passes through a disk that has one."""
        if shutil.disk_usage(self._spool).free < wanted_bytes + FREE_SPACE_FLOOR_BYTES:
            raise StoreFull

    # --- receiving ---

    def receive(self) -> IncomingFile:
        return self._arriving(new_key())

    def _arriving(self, name: str) -> Arriving:
        return Arriving(self._spooled(), self._bucket, name)

    def _spooled(self) -> Path:
        return self._spool / secrets.token_hex(16)

    def keep(self, incoming: IncomingFile) -> StoredFile:
        if not isinstance(incoming, Arriving):
            raise TypeError("a file of another store")
        incoming.finish()
        return StoredFile(incoming.name, incoming.size, incoming.sha256)

    @contextmanager
    def making(self) -> Iterator[Path]:
        path = self._spooled()
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def keep_made(self, path: Path) -> StoredFile:
        key = new_key()
        with path.open("rb") as source:
            size, sha256 = self._send(key, source, lambda size, sha256: True)
        return StoredFile(key, size, sha256)

    def put(self, key: str, source: IO[bytes], *, size: int, sha256: str) -> None:
        self._send(require_key(key), source, lambda *came: came == (size, sha256))

    def _send(self, key: str, source: IO[bytes], is_right: Callable[[int, str], bool]) -> tuple[int, str]:
        """Send all that a source has; it appears only where its size and hash are right. Raises ValueError otherwise."""
        transfer, digest, size = Transfer(self._bucket, key), hashlib.sha256(), 0
        try:
            part = source.read(PART_BYTES)
            while part:
                digest.update(part)
                size += len(part)
                following = source.read(PART_BYTES)
                if not following:
                    break
                transfer.add(part)
                part = following
            if not is_right(size, digest.hexdigest()):
                raise ValueError(f"{key}: other bytes came than were announced")
            transfer.finish(part)
        finally:
            with suppress(StoreUnreachable):
                transfer.abort()
        return size, digest.hexdigest()

    # --- resumable uploads: each acknowledged part is an object, so that the next may go to another host ---

    def _pieces(self, name: str) -> list[Listed]:
        """The pieces that follow each other without a gap, in their order."""
        found, at = [], 0
        for piece in self._bucket.listed(f"{_INCOMING}/{require_name(name)}/"):
            if int(piece.name.rpartition("/")[2]) != at:
                break
            found.append(piece)
            at += piece.size
        return found

    def arrived(self, name: str) -> int:
        return sum(piece.size for piece in self._pieces(name))

    def append(self, name: str, at: int, stream: IO[bytes], most: int, *, alone: Alone) -> int:
        """The piece waits out of sight until it is complete; then the transaction decides whether it still goes on where the last ended."""
        if at != self.arrived(name):
            raise WrongStart
        piece = self._arriving(f"{_INCOMING}/{name}/{at:020d}")
        try:
            while piece.size < most and (block := _block(stream, most - piece.size)):
                piece.write(block)
            if piece.size:
                with alone():
                    if at != self.arrived(name):
                        raise WrongStart
                    piece.finish()
            return at + piece.size
        finally:
            piece.discard()

    @contextmanager
    def gathered(self, name: str, size: int) -> Iterator[Gathered]:
        pieces = self._pieces(name)
        if sum(piece.size for piece in pieces) < size:
            raise FileNotFoundError(name)
        incoming = self.receive()
        try:
            for piece in pieces:
                with self._reader(piece) as source:
                    shutil.copyfileobj(source, incoming, PART_BYTES)
            incoming.flush()
            yield Gathered(incoming.path, partial(self.keep, incoming))
        finally:
            incoming.discard()

    def forget_gathered(self, name: str) -> None:
        """The last piece first: what is left when it is cut off still begins at the beginning."""
        for piece in reversed(self._pieces(name)):
            self._bucket.delete(piece.name)

    # --- reading ---

    def _reader(self, found: Listed) -> StoredReader:
        raw = RangedReader(partial(self._bucket.fetch, found.name), found.size)
        return StoredReader(raw, size=found.size, modified_at=found.modified_at)

    def open(self, key: str) -> StoredReader:
        return self._reader(self._bucket.facts(require_key(key)))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        with self.making() as path:
            with self.open(key) as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy, BLOCK_BYTES)
            yield path

    # --- the whole ---

    def _files(self) -> Iterator[Listed]:
        for found in self._bucket.listed():
            if found.name >= _INCOMING:
                return
            if is_key(found.name):
                yield found

    def keys(self) -> Iterator[str]:
        return (found.name for found in self._files())

    def delete(self, key: str) -> None:
        self._bucket.delete(require_key(key))

    def sweep(self, living: set[str]) -> int:
        oldest = datetime.now(UTC) - timedelta(seconds=self.orphan_grace_seconds)
        orphans = [found for found in self._files() if found.name not in living and found.modified_at < oldest]
        for found in [*orphans, *(abandoned := self._abandoned(oldest))]:
            self._bucket.delete(found.name)
        return len(orphans) + len(abandoned) + self._bucket.abort_uploads(oldest) + self._sweep_spool(oldest)

    def _abandoned(self, oldest: datetime) -> list[Listed]:
        """Pieces of uploads to which nothing was added since."""
        pieces = list(self._bucket.listed(f"{_INCOMING}/"))
        alive = {_upload_of(piece) for piece in pieces if piece.modified_at >= oldest}
        return [piece for piece in pieces if _upload_of(piece) not in alive]

    def _sweep_spool(self, oldest: datetime) -> int:
        """What a process of this host left when it was killed."""
        removed = 0
        for path in self._spool.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest.timestamp():
                    path.unlink()
                    removed += 1
        return removed

    def has_aside(self, name: str) -> bool:
        return next(self._bucket.listed(f"{_ASIDE}/{name}/"), None) is not None

    def set_aside(self, keys: set[str], name: str) -> str:
        """The server copies by itself, several at a time."""
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for _ in pool.map(lambda key: self._bucket.copy(key, f"{_ASIDE}/{name}/{key}"), sorted(keys)):
                pass
        return f"{self.place}/{_ASIDE}/{name}"


def _upload_of(piece: Listed) -> str:
    return piece.name.rpartition("/")[0]


def _block(stream: IO[bytes], most: int) -> bytes:
    """What comes next; nothing where the line broke, so that what came through is kept."""
    try:
        return stream.read(min(BLOCK_BYTES, most))
    except OSError:
        return b""
