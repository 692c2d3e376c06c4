"""ClamAV for the tests: the real daemon with signatures made here, and one that misbehaves."""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from app import clamd

PROGRAM = shutil.which("clamd") or "/usr/sbin/clamd"
VIRUS = "Emes.Test-Virus"
SAID = f"{VIRUS}.UNOFFICIAL"  # what ClamAV adds to the name of a signature that it did not sign


class Clamav:
    """A daemon on a socket in a folder. `infected` are contents that it finds a virus in; nothing is downloaded."""

    def __init__(self, folder: Path, *infected: bytes, most_mb: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "db").mkdir(exist_ok=True)
        signatures = [f"{hashlib.md5(one).hexdigest()}:{len(one)}:{VIRUS}" for one in infected]  # noqa: S324 - as .hdb wants it
        signatures.append(f"{'0' * 32}:1:{VIRUS}")  # it does not start without any
        (folder / "db" / "test.hdb").write_text("\n".join(signatures) + "\n")
        self._conf = folder / "clamd.conf"
        self._conf.write_text(
            f"DatabaseDirectory {folder / 'db'}\nLocalSocket {folder / 'ctl'}\nForeground yes\nTemporaryDirectory {folder}\n"
            f"StreamMaxLength {most_mb}M\nAlertExceedsMax yes\nLogFile {folder / 'log'}\n"
        )
        self.url = f"unix:{folder / 'ctl'}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Clamav:
        self._process = subprocess.Popen([PROGRAM, "-c", str(self._conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                clamd.Clamd(self.url).version()
            except clamd.Away:
                time.sleep(0.02)
            else:
                return self
        raise RuntimeError("clamd does not start: is Debian's package clamav-daemon installed?")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


Behave = Callable[[socket.socket, BinaryIO], None]


class Misbehaving:
    """Answers VERSION as the daemon does, and does to a file what it is told: twenty lines of INSTREAM."""

    def __init__(self, behave: Behave) -> None:
        self.behave = behave
        self.asked = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            with line, line.makefile("rb") as words:
                command = b""
                while not command.endswith(b"\0") and (sign := words.read(1)):
                    command += sign
                if command == b"zVERSION\0":
                    line.sendall(b"ClamAV 1.4.6\0")
                    continue
                self.asked += 1
                self.behave(line, words)

    def stop(self) -> None:
        self._listening.close()


def crash(line: socket.socket, words: BinaryIO) -> None:
    """It dies in the middle of the file."""
    words.read(4)


def say(answer: bytes) -> Behave:
    """It takes the whole file and says this."""

    def behave(line: socket.socket, words: BinaryIO) -> None:
        while size := int.from_bytes(words.read(4), "big"):
            words.read(size)
        line.sendall(answer)

    return behave


def hang(line: socket.socket, words: BinaryIO) -> None:
    """It says nothing, as long as somebody waits."""
    with suppress(OSError):
        while words.read(65536):
            pass
