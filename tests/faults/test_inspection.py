"""Looking into files over `kill -9`: whatever was waiting is looked into after the restart, and remarked on once."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.person import pdf
from tests.server import Client, Server

AREA = "/reports/2566-6/P-CPM-3"


@pytest.fixture
def server(tmp_path: Path, initialised: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.begin_as(initialised)
    found.start()
    yield found
    found.stop()


def cut_the_power(server: Server) -> None:
    """Kill everything, and wait until nothing that was killed answers any more."""
    server.kill()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", server.port)):
                return
        time.sleep(0.05)


def test_a_power_cut_in_the_middle_loses_no_file_and_doubles_no_remark(server):
    reporter = Client(server.port).sign_in("reporter.p-cpm-3")
    for number in range(9):
        report = f"{AREA}/QP-{number // 3 + 1}"
        status, _ = reporter.upload(report, "criterion.1", f"{number}.pdf", pdf(1) + f"\n% {number}\n".encode())
        assert status == 201
        if number % 3 == 2:
            cut_the_power(server)
            server.start()
    deadline = time.monotonic() + 60
    while server.rows("SELECT 1 FROM evidence WHERE inspected_at IS NULL") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert server.rows("SELECT count(*), count(inspected_at) FROM evidence") == [(9, 9)]
    assert server.rows("SELECT kind, count(*) FROM advice GROUP BY kind") == [("blank", 9)]
