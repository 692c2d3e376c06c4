"""A log that nobody can write any more holds up nobody."""

from __future__ import annotations

from pathlib import Path

from tests.faults.office import AREA
from tests.server import Client, Server


class Speechless(Server):
    """Prints onto a disk that is full."""

    @property
    def log(self) -> Path:
        return Path("/dev/full")


def test_requests_go_on_while_the_disk_of_the_log_is_full(installed):
    """F18 of the fault table: warnings and faults are to be written, and none of them can be."""
    kept = installed()
    server = Speechless(kept.folder)
    server.environment = kept.environment | {"EMES_PORT": str(server.port)}
    server.start_web()
    try:
        client = Client(server.port).sign_in("reporter.p-cpm-3")
        for number in range(20):
            assert client.request("GET", "/admin/accounts/list/")[0] == 403  # a refusal is logged
            status, answer = client.save(f"{AREA}/QP-1", problems=(f"ข้อความ {number}", number))
            assert status == 200, answer
    finally:
        server.kill()
