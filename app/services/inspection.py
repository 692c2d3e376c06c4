"""Looking into one file in a child process with limits on memory, time, files and children: a hostile file hurts only its reader."""

from __future__ import annotations

import json
import logging
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from app import inspection_child
from app.domain.advice import Seen

CHILD = Path(inspection_child.__file__)
CHILD_SECONDS = 20
GRACE_SECONDS = 5
CHILD_MEMORY_BYTES = 768 * 1024 * 1024
MAX_ANSWER_BYTES = 4096
DOES_NOT_OPEN = Seen(opens=False)
log = logging.getLogger(__name__)


def _limit_child() -> None:
    # Outlives the worker: a reader whose parent was killed is not left behind.
    signal.alarm(CHILD_SECONDS + GRACE_SECONDS)
    limits = {
        resource.RLIMIT_AS: CHILD_MEMORY_BYTES,
        resource.RLIMIT_CPU: CHILD_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for which, most in limits.items():
        resource.setrlimit(which, (most, most))


class NoReader(RuntimeError):
    """The libraries that read files are not there: a fault of the installation, not of the file."""


def look_into(path: Path, extension: str) -> Seen:
    """What a file shows. A reader that takes too long or too much memory, or that crashes twice, has shown that it does not open.

    Raises NoReader where nothing can be known of any file."""
    for _ in range(2):
        began = time.monotonic()
        code, answer = _ask_child(path, extension)
        if code == 0:
            return _understood(answer)
        if code == inspection_child.NO_READER:
            raise NoReader
        if code == inspection_child.DOES_NOT_OPEN:
            break
        log.warning("the reader of a %s ended with %s", extension, code)
        if time.monotonic() - began > CHILD_SECONDS:
            break
    return DOES_NOT_OPEN


def _ask_child(path: Path, extension: str) -> tuple[int, bytes]:
    """How the child ended, and what it said."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-B", str(CHILD), str(path), extension],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=_limit_child,
        env={"PATH": "/usr/bin:/bin"},
    )
    # A child that sleeps uses no time of the processor: the clock on the wall ends it too.
    alarm = threading.Timer(CHILD_SECONDS + GRACE_SECONDS, child.kill)
    alarm.start()
    try:
        assert child.stdout is not None  # noqa: S101 - for the types: a pipe was asked for
        with child.stdout:
            answer = child.stdout.read(MAX_ANSWER_BYTES)
        code = child.wait()
    finally:
        alarm.cancel()
        child.kill()
        child.wait()
    return code, answer


def _understood(answer: bytes) -> Seen:
    """The child's answer, taken apart as something that a hostile file may have written."""
    try:
        said = json.loads(answer)
        pages = said.get("pages")
        return Seen(
            opens=said.get("opens", True) is True,
            locked=said.get("locked") is True,
            blank=said.get("blank") is True,
            pages=pages if type(pages) is int and 0 < pages < 1_000_000 else None,
        )
    except (ValueError, AttributeError, RecursionError):
        log.warning("a reader of a file gave no answer that can be read")
        return DOES_NOT_OPEN
