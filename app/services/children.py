"""A child process that reads one file under limits on memory, time, files and children, without a network: a hostile file hurts only its
reader."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

from app import hands
from app.services import no_network

MEMORY_BYTES = 768 * 1024 * 1024


def ask(child: Path, *arguments: str, seconds: int, grace_seconds: int, most_bytes: int) -> tuple[int, bytes]:
    """How the child ended, and what it said: at most so many bytes, in at most so many seconds of the processor, and with the grace on
    the wall. It sees neither our environment nor our modules."""

    def limit() -> None:
        # Outlives the worker: a reader whose parent was killed is not left behind.
        signal.alarm(seconds + grace_seconds)
        limits = {
            resource.RLIMIT_AS: MEMORY_BYTES,
            resource.RLIMIT_CPU: seconds,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NPROC: 0,
        }
        for which, most in limits.items():
            resource.setrlimit(which, (most, most))
        if no_network.lock is not None:
            no_network.lock()

    process = subprocess.Popen(
        [sys.executable, "-I", "-B", str(child), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=limit,
        env={"PATH": "/usr/bin:/bin"},
    )
    # A child that sleeps uses no time of the processor: the clock on the wall ends it too.
    alarm = threading.Timer(seconds + grace_seconds, process.kill)
    alarm.start()
    try:
        assert process.stdout is not None  # noqa: S101 - for the types: a pipe was asked for
        with hands.away(), process.stdout:
            answer = process.stdout.read(most_bytes)
            code = process.wait()
    finally:
        alarm.cancel()
        process.kill()
        process.wait()
    return code, answer
