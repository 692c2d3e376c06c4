"""Who stops the server takes nothing away from people: what is under way comes to its end, and what was acknowledged stays."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import pytest

from tests.faults.office import Office, listed, pdf_of_its_own, sha256
from tests.faults.trickle import Trickle
from tests.server import Client, Server

FILE_BYTES, BYTES_PER_SECOND = 3_000_000, 1_000_000


class SlowUpload:
    """A file on its way over a slow line, in one request."""

    def __init__(self, server: Server, line: Trickle, report: str) -> None:
        self.client = Client(server.port).sign_in("reporter.p-cpm-3")
        self.report, self.content = report, pdf_of_its_own(FILE_BYTES)
        self.answer: dict[str, Any] = {}
        self.status = 0
        self.client.port = line.port
        self.thread = threading.Thread(target=self._send, daemon=True)
        self.thread.start()

    def _send(self) -> None:
        try:
            self.status, self.answer = self.client.upload(self.report, "criterion.1", "ช้า.pdf", self.content)
        except OSError:
            self.status = -1


def a_stop_waits_for_what_is_under_way(server: Server) -> None:
    """Stop the server, as systemd does, while a file arrives and others save; start it again and look."""
    server.start()
    line = Trickle(server.port, bytes_per_second=BYTES_PER_SECOND, cuts=[])
    offices = [Office(server.port, indicator) for indicator in ("QP-1", "QP-2")]
    threads = [threading.Thread(target=office.work, daemon=True) for office in offices]
    for thread in threads:
        thread.start()
    slow = SlowUpload(server, line, "/reports/2566-6/P-CPM-3/QP-4")
    while line.passed < FILE_BYTES // 4:
        time.sleep(0.02)
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    slow.thread.join(timeout=30)
    assert slow.status == 201, f"an upload that was under way was cut off: {slow.status}"
    server.process.wait(timeout=30)
    for office, thread in zip(offices, threads, strict=True):
        office.going = False
        thread.join(timeout=30)
    line.close()
    # Whoever was answered was answered rightly; whoever came too late met a closed door, which the page tries again.
    assert {status for office in offices for status in office.statuses} <= {200, 201, 204, 409}
    server.start()
    for office in offices:
        assert office.acknowledged > 0
        office.check()
    reader = Client(server.port).sign_in("reporter.p-cpm-3")
    evidence_id = slow.answer["evidence"][0]["id"]
    assert evidence_id in listed(reader, slow.report, "criterion.1")
    assert sha256(reader.request("GET", f"/evidence/{evidence_id}")[1]) == sha256(slow.content)


def test_a_stop_lets_an_upload_come_to_its_end_and_loses_nothing(installed):
    """F4 of the fault table."""
    a_stop_waits_for_what_is_under_way(installed())


def test_the_stop_shows_a_server_that_ends_at_once(installed):
    with pytest.raises(AssertionError, match="was cut off"):
        a_stop_waits_for_what_is_under_way(installed("ends_at_once"))
