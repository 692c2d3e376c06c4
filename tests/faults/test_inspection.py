"""Looking into files over `kill -9`: whatever was waiting is looked into after the restart, and remarked on once."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.person import pdf
from tests.server import Client, Server

AREA = "/reports/2566-6/P-CPM-3"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.command("init")
    found.start()
    yield found
    found.stop()


def rows(server: Server, question: str) -> list[tuple]:
    with sqlite3.connect(server.folder / "emes.sqlite3", timeout=10) as connection:
        return connection.execute(question).fetchall()


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
    while rows(server, "SELECT 1 FROM evidence WHERE inspected_at IS NULL") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert rows(server, "SELECT count(*), count(inspected_at) FROM evidence") == [(9, 9)]
    assert rows(server, "SELECT kind, count(*) FROM advice GROUP BY kind") == [("blank", 9)]
