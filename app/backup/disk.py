"""Copying, hashing and syncing of a backup's files."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

BLOCK_BYTES = 1024 * 1024


def sync(path: Path) -> None:
    """Make a file's bytes, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders(root: Path) -> None:
    """The same for a folder and all folders in it."""
    for folder, _, _ in os.walk(root, topdown=False):
        sync(Path(folder))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def copy(source: Path, target: Path) -> tuple[int, str]:
    """Copy durably, hashing what passes. Returns size and sha256. Nothing stands in the target's place yet."""
    with source.open("rb") as reader:
        return copy_stream(reader, target)


def copy_stream(reader: BufferedReader, target: Path) -> tuple[int, str]:
    """The same for what is read from anywhere."""
    digest, size = hashlib.sha256(), 0
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writer:
        while block := reader.read(BLOCK_BYTES):
            digest.update(block)
            size += writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
        with suppress(OSError):  # a whole round read once must not push out what the database keeps in memory
            os.posix_fadvise(writer.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            os.posix_fadvise(reader.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return size, digest.hexdigest()


def link(source: Path, target: Path) -> bool:
    """Give a file a second name; False where this file system cannot."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        return False
    return True
