"""Previews of evidence on the disk, by the hash of what they were made from, and how many are made at the same time on this machine.

All of it may be lost at any time: a preview is made again when it is looked at."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from flask import Flask, current_app

from app import hands

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"(?:\d{1,6}|text)\.(?:webp|json|refused)")
WAIT_SECONDS = 3.0
LOOK_AGAIN_SECONDS = 0.05
# The sweep makes room for a while, not for the next file alone.
KEPT_SHARE = 0.8


class TooBusy(RuntimeError):
    """As many previews are being made as may be; in a moment there is room."""


class PreviewStore:
    """A folder of previews, at most so many bytes after a sweep, and slots in which children may run, over all processes."""

    def __init__(self, root: Path, *, most_bytes: int, most_children: int) -> None:
        self.root, self.most_bytes, self.most_children = root, most_bytes, most_children

    def _path(self, sha256: str, name: str) -> Path:
        """Raises ValueError for what no preview of ours is called."""
        if not _SHA256.fullmatch(sha256) or not _NAME.fullmatch(name):
            raise ValueError(name)
        return self.root / sha256[:2] / sha256 / name

    def find(self, sha256: str, name: str) -> Path | None:
        """A preview that lies there, noted as used now."""
        path = self._path(sha256, name)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def keep(self, sha256: str, name: str, content: bytes) -> Path:
        """Put a preview in its place, whole or not at all."""
        path = self._path(sha256, name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f"{secrets.token_hex(8)}.new")
        fresh.write_bytes(content)
        fresh.replace(path)
        return path

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the slots for a child. Raises TooBusy when none comes free soon. A process that dies lets its slot go."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        until = time.monotonic() + WAIT_SECONDS
        while (held := self._take()) is None:
            if time.monotonic() > until:
                raise TooBusy
            with hands.away():
                time.sleep(LOOK_AGAIN_SECONDS)
        with held:
            yield

    def _take(self) -> IO[bytes] | None:
        for number in range(self.most_children):
            file = (self.root / f"slot-{number}").open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            return file
        return None

    def sweep(self) -> int:
        """Where the previews have grown too many, take away those not looked at for longest. Returns how many went."""
        found = []
        for path in self.root.glob("??/*/*"):
            with suppress(FileNotFoundError):
                about = path.stat()
                found.append((about.st_mtime, about.st_size, path))
        total = sum(size for _, size, _ in found)
        if total <= self.most_bytes:
            return 0
        removed = 0
        for _, size, path in sorted(found):
            if total <= self.most_bytes * KEPT_SHARE:
                break
            path.unlink(missing_ok=True)
            with suppress(OSError):  # other pages of the file may lie there still
                path.parent.rmdir()
            total, removed = total - size, removed + 1
        return removed


def init_app(app: Flask) -> None:
    app.extensions["emes_previews"] = PreviewStore(
        Path(app.config["EMES_DATA_DIR"]) / "previews",
        most_bytes=app.config["EMES_PREVIEWS_MB"] * 1024 * 1024,
        most_children=app.config["EMES_PREVIEW_CHILDREN"],
    )


def preview_store() -> PreviewStore:
    """The previews of the running application."""
    store: PreviewStore = current_app.extensions["emes_previews"]
    return store
