"""What a server asks of the kernel, by strace: the order in which it writes, and killing it at an exact point of that order."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.faults.office import BROKEN
from tests.server import Server

# The points at which something becomes durable or known; being killed on entering one is being killed just before it.
POINTS = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,sendto,pwrite64"
LOOKS_AT_REST = 5
_CALL = re.compile(r"^\d+\s+(?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)$")


class Strace:
    """strace on the web process for the time of a `with` block."""

    def __init__(self, server: Server, *options: str) -> None:
        self.output = server.folder.with_name("trace")
        self.output.unlink(missing_ok=True)
        words = ["strace", "-f", "-y", "-s", "64", "-o", str(self.output), *options, "-p", str(server.web_process())]
        self._process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)

    def __enter__(self) -> Strace:
        assert self._process.stderr is not None
        line = self._process.stderr.readline()
        if "attached" not in line:
            raise RuntimeError(f"strace cannot attach: {line}{self._process.stderr.read()}")
        time.sleep(0.05)  # the other threads of the process follow
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()  # it waits for a process that was killed under it
            self._process.wait(timeout=10)
        assert self._process.stderr is not None
        self._process.stderr.close()


@dataclass(frozen=True)
class Call:
    """One system call: its name, and its arguments with the path behind every descriptor."""

    name: str
    words: str


def calls(trace: Path) -> list[Call]:
    """The calls of a trace in the order in which they began."""
    found = []
    for line in trace.read_text(errors="replace").splitlines():
        if "resumed>" not in line and (match := _CALL.match(line)):
            found.append(Call(match.group(1), match.group(2)))
    return found


def points_of(trace: Path) -> list[tuple[str, int]]:
    """The points that a trace passed, in order: the name of the call, and the how many-th of this name it is. Of the writes to
    the database the first and the last: before the one nothing of the change is there, before the other all but its end."""
    passed: dict[str, int] = {}
    found: list[tuple[str, int]] = []
    writes: list[tuple[str, int]] = []
    for call in calls(trace):
        if call.name not in POINTS.split(","):
            continue
        passed[call.name] = passed.get(call.name, 0) + 1
        (writes if call.name == "pwrite64" else found).append((call.name, passed[call.name]))
        if call.name == "pwrite64" and "emes.sqlite3-wal" not in call.words:
            writes.pop()
    return [*found, *dict.fromkeys([*writes[:1], *writes[-1:]])]


def killed_at(server: Server, point: tuple[str, int], deed: Callable[[], bool]) -> tuple[bool, bool]:
    """Do a deed while the web process is killed on entering a point. Returns (acknowledged, killed)."""
    before, (name, number) = server.web_process(), point
    with Strace(server, "-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={number}"):
        try:
            acknowledged = deed()
            wait_for_rest(before)  # should anything happen after the answer, it is to happen under the trace
        except BROKEN:
            acknowledged = False
    time.sleep(0.05)
    server.wait_until_ready()
    return acknowledged, server.web_process() != before or _is_dead(before)


def wait_for_rest(pid: int, *, seconds: float = 10) -> None:
    """Wait until every thread of a process has nothing to do, however busy the machine is; or until it is gone."""
    until, quiet = time.monotonic() + seconds, 0
    while quiet < LOOKS_AT_REST and time.monotonic() < until:
        try:
            states = {found.read_text().rpartition(")")[2].split()[0] for found in Path(f"/proc/{pid}/task").glob("*/stat")}
        except OSError:  # a thread ended while it was looked at
            states = {"R"}
        if not states or states & {"Z", "X"}:
            return
        quiet = quiet + 1 if states == {"S"} else 0
        time.sleep(0.03)


def _is_dead(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    return True
