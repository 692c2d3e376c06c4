"""ClamAV's daemon: whether it answers, and what it finds in a stream of bytes (the INSTREAM command of clamd(8)). Only this module knows it."""

from __future__ import annotations

import select
import socket
from typing import BinaryIO
from urllib.parse import urlsplit

CHUNK_BYTES = 256 * 1024
CONNECT_SECONDS = 5
ANSWER_SECONDS = 120
MOST_ANSWER_BYTES = 4096
_TOO_LARGE = "size limit exceeded"


class Away(OSError):
    """The daemon does not answer at all: nothing is known of any file."""


class BrokeOff(OSError):
    """The daemon took a file and gave no answer to it."""


class TooLarge(ValueError):
    """The file is larger than the daemon takes (StreamMaxLength)."""


class Fault(ValueError):
    """The daemon reported a fault of its own."""


def address_of(url: str) -> tuple[str, int] | str:
    """Host and port, or the path of a socket: `tcp://127.0.0.1:3310`, `unix:/run/clamav/clamd.ctl`. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path.startswith("/") and not parts.netloc:
        return parts.path
    if parts.scheme == "tcp" and parts.hostname and parts.path in ("", "/"):
        return parts.hostname, parts.port or 3310
    raise ValueError(f"EMES_CLAMAV_URL must be tcp://host:port or unix:/path, not {url!r}")


class Clamd:
    """The daemon at an address. Every question has a line of its own, as the daemon wants it."""

    def __init__(self, url: str, *, connect_seconds: float = CONNECT_SECONDS, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._address = address_of(url)
        self._connect_seconds, self._answer_seconds = connect_seconds, answer_seconds

    def version(self) -> str:
        """Program and signatures, such as 'ClamAV 1.4.6/27800/Mon Nov 23 08:00:00 2026'. Raises Away."""
        try:
            with self._connected() as line:
                line.settimeout(self._connect_seconds)
                line.sendall(b"zVERSION\0")
                answer = self._answer(line)
        except OSError as fault:
            raise Away(str(fault)) from fault
        if not answer.startswith("ClamAV"):
            raise Away("something else answers there")
        return answer

    def scan(self, file: BinaryIO) -> str | None:
        """The name of what is found, None for nothing. Raises Away, BrokeOff, TooLarge, Fault; whatever reading the file raises."""
        with self._connected() as line:
            line.settimeout(self._answer_seconds)
            self._send(line, file)
            try:
                answer = self._answer(line)
            except OSError as fault:
                raise BrokeOff(str(fault)) from fault
        return _understood(answer)

    def _connected(self) -> socket.socket:
        family = socket.AF_UNIX if isinstance(self._address, str) else socket.AF_INET
        try:
            if family == socket.AF_INET:
                return socket.create_connection(self._address, self._connect_seconds)  # type: ignore[arg-type]
            line = socket.socket(family)
            line.settimeout(self._connect_seconds)
            try:
                line.connect(self._address)
            except OSError:
                line.close()
                raise
        except OSError as fault:
            raise Away(str(fault)) from fault
        return line

    def _send(self, line: socket.socket, file: BinaryIO) -> None:
        """The whole file in chunks; the daemon may answer, and close, before it has all of it."""
        line.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK_BYTES):
            if select.select([line], [], [], 0)[0] or not _sent(line, len(chunk).to_bytes(4, "big") + chunk):
                return
        _sent(line, bytes(4))

    def _answer(self, line: socket.socket) -> str:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < MOST_ANSWER_BYTES:
            block = line.recv(MOST_ANSWER_BYTES)
            if not block:
                break
            answer += block
        if not answer:
            raise ConnectionError("it closed the line without an answer")
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _sent(line: socket.socket, block: bytes) -> bool:
    try:
        line.sendall(block)
    except TimeoutError as fault:
        raise BrokeOff("it takes no more bytes") from fault
    except OSError:
        return False  # closed: what it said before that can still be read
    return True


def _understood(answer: str) -> str | None:
    """What an answer such as `stream: Eicar-Test-Signature FOUND` says."""
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return None
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")[:100]
    if _TOO_LARGE in said:
        raise TooLarge(said)
    raise Fault(said[:200])
