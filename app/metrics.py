"""How often each endpoint answered, with which status and how fast: counted by every process of this machine, told by any of them.

A process counts in a file of its own, mapped into its memory, so counting costs no write; whoever is asked adds up all files. A file is
held by a lock that ends with its process, and the next process goes on in it: nothing is lost when processes are replaced."""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import threading
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path

from flask import Flask, Response, current_app, g, request

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SUCCESSES, _REDIRECTS = (200, 201, 204, 206), (301, 302, 303, 304, 308)
_REFUSALS = (400, 401, 403, 404, 405, 409, 410, 411, 412, 413, 414, 415, 416, 422, 423, 429, 460)
STATUSES = (*_SUCCESSES, *_REDIRECTS, *_REFUSALS, 500, 503, 507, 0)
OTHER, NOWHERE = 0, "none"
HEADER_BYTES = 32
# Counts of statuses, then of durations (the last is "longer"), then the sum of seconds.
CELLS = len(STATUSES) + len(BUCKETS) + 2
_STATUS_CELL = {status: cell for cell, status in enumerate(STATUSES)}


class RequestCounts:
    """The counts of one machine. `endpoints` is every endpoint that there is."""

    def __init__(self, folder: Path, endpoints: list[str]) -> None:
        self._folder = folder
        self._endpoints = sorted({*endpoints, NOWHERE})
        self._row = {name: number * CELLS for number, name in enumerate(self._endpoints)}
        self._layout = hashlib.sha256(repr((self._endpoints, STATUSES, BUCKETS)).encode()).digest()
        self._bytes = HEADER_BYTES + 8 * CELLS * len(self._endpoints)
        self._lock = threading.Lock()
        self._owner = 0
        self._is_shared = False
        self._cells: memoryview[float] = memoryview(array("d"))

    def add(self, endpoint: str | None, status: int, seconds: float) -> None:
        """Count one answer."""
        row = self._row.get(endpoint or NOWHERE, self._row[NOWHERE])
        with self._lock:
            cells = self._own()
            cells[row + _STATUS_CELL.get(status, _STATUS_CELL[OTHER])] += 1
            cells[row + len(STATUSES) + bisect_left(BUCKETS, seconds)] += 1
            cells[row + CELLS - 1] += seconds

    def _own(self) -> memoryview[float]:
        """This process's cells; a process that was forked takes others than its parent."""
        if self._owner != os.getpid():
            self._owner = os.getpid()
            try:
                self._cells, self._is_shared = self._open(), True
            except OSError:  # no room, or not ours to write: counted for this process alone
                self._cells, self._is_shared = memoryview(array("d", bytes(self._bytes - HEADER_BYTES))), False
        return self._cells

    def _open(self) -> memoryview[float]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = 0
        while True:
            number += 1
            descriptor = os.open(self._folder / f"requests-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            if os.pread(descriptor, HEADER_BYTES, 0) != self._layout or os.fstat(descriptor).st_size != self._bytes:
                os.ftruncate(descriptor, 0)  # of another release
                os.posix_fallocate(descriptor, 0, self._bytes)  # a hole that finds no room later would end the process
                os.pwrite(descriptor, self._layout, 0)
            mapped = mmap.mmap(descriptor, self._bytes)  # the descriptor stays open: it holds the lock
            return memoryview(mapped)[HEADER_BYTES:].cast("d")

    def _total(self) -> array[float]:
        total = array("d", bytes(self._bytes - HEADER_BYTES))
        with self._lock:
            own = self._own()
        counted = [] if self._is_shared else [bytes(own)]
        for path in sorted(self._folder.glob("requests-*")):
            content = path.read_bytes()
            if len(content) == self._bytes and content.startswith(self._layout):
                counted.append(content[HEADER_BYTES:])
        for content in counted:
            for cell, value in enumerate(array("d", content)):
                total[cell] += value
        return total

    def lines(self) -> Iterator[str]:
        """In the text format of Prometheus."""
        total = self._total()
        asked = [name for name in self._endpoints if any(total[self._row[name] : self._row[name] + len(STATUSES)])]
        yield from _head("emes_requests_total", "counter", "Answers by endpoint and status; status 0 is any other.")
        for name in asked:
            for cell, status in enumerate(STATUSES):
                if count := total[self._row[name] + cell]:
                    yield f'emes_requests_total{{endpoint="{name}",status="{status}"}} {count:.0f}'
        yield from _head("emes_request_seconds", "histogram", "How long answers took to begin, by endpoint.")
        for name in asked:
            first, count = self._row[name] + len(STATUSES), 0.0
            for cell, most in enumerate((*BUCKETS, "+Inf")):
                count += total[first + cell]
                yield f'emes_request_seconds_bucket{{endpoint="{name}",le="{most}"}} {count:.0f}'
            yield f'emes_request_seconds_sum{{endpoint="{name}"}} {total[self._row[name] + CELLS - 1]:.6f}'
            yield f'emes_request_seconds_count{{endpoint="{name}"}} {count:.0f}'


def _head(name: str, kind: str, help_text: str) -> Iterator[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {kind}"


def gauge(name: str, help_text: str, value: float | None) -> Iterator[str]:
    """One figure; nothing where it is not known."""
    if value is not None:
        yield from _head(name, "gauge", help_text)
        yield f"{name} {value:.15g}"


def gauges(name: str, help_text: str, label: str, values: Mapping[str, float]) -> Iterator[str]:
    """One figure for each value of a label."""
    if values:
        yield from _head(name, "gauge", help_text)
    for text, value in values.items():
        yield f'{name}{{{label}="{text}"}} {value:.15g}'


def request_counts() -> RequestCounts:
    """The counts of the running application."""
    counts: RequestCounts = current_app.extensions["emes_metrics"]
    return counts


def _begin() -> None:
    g.request_began = time.perf_counter()


def _count(response: Response) -> Response:
    began = g.get("request_began")
    request_counts().add(request.endpoint, response.status_code, 0.0 if began is None else time.perf_counter() - began)
    return response


def init_app(app: Flask) -> None:
    """Registered first, so that it sees every answer last. Endpoints are known when everything else is registered."""
    app.before_request(_begin)
    app.after_request(_count)


def count_endpoints(app: Flask) -> None:
    """Make room for every endpoint."""
    endpoints = [rule.endpoint for rule in app.url_map.iter_rules()]
    app.extensions["emes_metrics"] = RequestCounts(Path(app.config["EMES_DATA_DIR"]) / "metrics", endpoints)
