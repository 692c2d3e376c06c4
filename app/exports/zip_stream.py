"""A ZIP written forward only: every entry is measured before it is written, so that its head tells size and checksum from the start.

zipfile would go back to fill them in, which a stream that hashes what passes does not bear, or put them behind the entry, where some
programs do not look. What is measured first can also be checked first: bytes that are not what they should be never get in."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from app.domain.calendar import local

CHUNK_BYTES = 1024 * 1024
_RAW_DEFLATE = -15
_READABLE = 0o100644 << 16

Tick = Callable[[], None]


class ArchiveBroken(RuntimeError):
    """What was written is not the archive that it should be: bytes changed meanwhile, or entries are lacking. It must not be kept."""


@dataclass(frozen=True)
class Measured:
    """What is known of bytes before they are written: their size, their size once packed, both in bytes, CRC-32, sha256 in hex."""

    size: int
    packed: int
    crc: int
    sha256: str
    deflated: bool


def measure(file: IO[bytes], tick: Tick, *, deflated: bool = False) -> Measured:
    """Read a file to its end. `tick` is called at every chunk and may raise to stop."""
    size, packed, crc, digest = 0, 0, 0, hashlib.sha256()
    packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, _RAW_DEFLATE)
    while chunk := file.read(CHUNK_BYTES):
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
        digest.update(chunk)
        packed += len(packer.compress(chunk)) if deflated else len(chunk)
        tick()
    packed += len(packer.flush()) if deflated else 0
    return Measured(size, packed, crc, digest.hexdigest(), deflated)


class _Entry(ZipInfo):
    """An entry whose head is right the first time it is written, and is the same the second time."""

    def __init__(self, name: str, at: datetime, measured: Measured) -> None:
        super().__init__(name, local(at).timetuple()[:6])
        self.compress_type = ZIP_DEFLATED if measured.deflated else ZIP_STORED
        self.external_attr = _READABLE
        self.file_size = measured.size
        self.measured = measured
        self.head = b""

    def FileHeader(self, zip64: bool | None = None) -> bytes:
        if not self.head:
            self.CRC, self.compress_size = self.measured.crc, self.measured.packed
            self.head = super().FileHeader(zip64)
        elif super().FileHeader(zip64) != self.head:
            raise ArchiveBroken(f"{self.measured.size} bytes were measured, others were written")
        return self.head


class _Forward:
    """A stream as zipfile sees it: it may go back to write the head of an entry again, which is passed over, for it is there already."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._at = self._end = 0
        self._abandoned = False

    def abandon(self) -> None:
        """Let nothing more reach the file."""
        self._abandoned = True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int) -> int:
        self._at = offset
        return offset

    def write(self, data: bytes) -> int:
        if self._at == self._end:
            if not self._abandoned:
                self._out.write(data)
            self._end += len(data)
        self._at += len(data)
        return len(data)

    def flush(self) -> None:
        self._out.flush()


class ZipStream:
    """Writes entries one after the other to a fresh file that is only ever written to. Left without an error, the archive is complete."""

    def __init__(self, out: IO[bytes]) -> None:
        self._stream = _Forward(out)
        self._zip = ZipFile(cast(IO[bytes], self._stream), "w")

    def __enter__(self) -> ZipStream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Write the table of contents. After an error nothing more is written: what lies there opens as no ZIP."""
        if error is not None:
            self._stream.abandon()
        self._zip.close()

    def add(self, name: str, file: IO[bytes], measured: Measured, at: datetime, tick: Tick) -> None:
        """Write a file that was measured, from its beginning, under a name; `at` is the time it carries. Raises ArchiveBroken."""
        file.seek(0)
        entry = self._zip.open(_Entry(name, at, measured), "w")
        try:
            while chunk := file.read(CHUNK_BYTES):
                entry.write(chunk)
                tick()
        except BaseException:
            self._stream.abandon()
            with suppress(ArchiveBroken):  # what is half written never fits its head
                entry.close()
            raise
        entry.close()


def check(file: IO[bytes], names: list[str], content_bytes: int) -> None:
    """Read the table of contents of a finished archive: exactly these entries in this order, of so many bytes together. Raises
    ArchiveBroken. The file stands at its end afterwards."""
    try:
        with ZipFile(file) as made:
            entries = made.infolist()
    except BadZipFile as fault:
        raise ArchiveBroken("the archive has no table of contents") from fault
    if [entry.filename for entry in entries] != names:
        raise ArchiveBroken(f"{len(entries)} entries are in the archive, {len(names)} were written")
    if sum(entry.file_size for entry in entries) != content_bytes:
        raise ArchiveBroken("the entries have other sizes than were written")
    file.seek(0, os.SEEK_END)
