"""A disk that fills up: a small file system of its own where mounting is allowed, and the kernel's answers replaced by strace."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.faults.tracing import Strace
from tests.server import Server

MEBIBYTE = 1 << 20


class Disk(Protocol):
    """What a test asks of a disk. `folder` is where the evidence, or the database, is to lie."""

    folder: Path

    def nearly_full(self, server: Server) -> contextlib.AbstractContextManager[object]: ...

    def full(self, server: Server, *paths: Path, leaving: int = 0) -> contextlib.AbstractContextManager[object]: ...


@functools.cache
def mounting_is_allowed() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        words = ["mount", "-t", "tmpfs", "-o", "size=1m", "emes-test", folder]
        if shutil.which("mount") is None or subprocess.run(words, capture_output=True).returncode:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


class SmallDisk:
    """A tmpfs of so many MiB."""

    def __init__(self, folder: Path, size_mb: int) -> None:
        self.folder = folder
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "emes-test", str(folder)], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    @contextmanager
    def nearly_full(self, server: Server) -> Iterator[None]:
        """Less is free than the store keeps free for texts, and more than a file needs."""
        with self.full(server, leaving=100 * MEBIBYTE):
            yield

    @contextmanager
    def full(self, server: Server, *paths: Path, leaving: int = 0) -> Iterator[None]:
        ballast = self.folder / "ballast"
        with ballast.open("wb") as file:
            if (most := shutil.disk_usage(self.folder).free - leaving) > 0:
                os.posix_fallocate(file.fileno(), 0, most)
        try:
            yield
        finally:
            ballast.unlink()


class InjectedDisk:
    """The machine's own disk; strace makes the kernel say to the web process that it is full."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @contextmanager
    def nearly_full(self, server: Server) -> Iterator[None]:
        blocks = [0x01021994, 4096, 100_000, 25_600, 25_600, 1000, 1000, 0, 255, 4096, 0, 0, 0, 0, 0]
        answer = struct.pack("<15q", *blocks).hex()  # struct statfs: 100 of 400 MB are free
        with Strace(server, "-e", "trace=statfs,fstatfs", "-e", f"inject=statfs,fstatfs:poke_exit=@arg2={answer}"):
            yield

    @contextmanager
    def full(self, server: Server, *paths: Path, leaving: int = 0) -> Iterator[None]:
        """Writing to any of these paths fails; `leaving` means nothing here."""
        only = [word for path in paths for word in ("-P", str(path))]
        with Strace(server, *only, "-e", "trace=write,pwrite64", "-e", "inject=write,pwrite64:error=ENOSPC"):
            yield
