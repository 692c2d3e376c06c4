"""Reading an object piece by piece: seekable, with a window that grows while somebody reads on."""

from __future__ import annotations

import io
from collections.abc import Callable

FIRST_WINDOW_BYTES = 1024 * 1024
MOST_WINDOW_BYTES = 8 * 1024 * 1024

# Brings so many bytes from a place on.
Fetch = Callable[[int, int], bytes]


class RangedReader(io.RawIOBase):
    """The bytes of an object of a known size; never more than one window of them is held."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch, self._size = fetch, size
        self._at = self._start = 0
        self._window, self._ahead = b"", FIRST_WINDOW_BYTES

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer, says the library
        if self._at >= self._size or not len(buffer):
            return 0
        if not self._start <= self._at < self._start + len(self._window):
            self._load()
        begin = self._at - self._start
        piece = memoryview(self._window)[begin : begin + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _load(self) -> None:
        reads_on = bool(self._window) and self._at == self._start + len(self._window)
        self._ahead = min(2 * self._ahead, MOST_WINDOW_BYTES) if reads_on else FIRST_WINDOW_BYTES
        self._window = b""  # let go of first: two are never held
        self._window = self._fetch(self._at, min(self._ahead, self._size - self._at))
        self._start = self._at

    def close(self) -> None:
        self._window = b""
        super().close()
