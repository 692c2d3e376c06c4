"""A file that is being made survives `kill -9` of its worker: the next one makes it whole, and nobody ever takes half of it."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from typing import Any

from tests.faults.test_letters import start_worker
from tests.server import ROOT, Server

OFFICES = 2500
PATIENCE = 120
ASK = """
from app import create_app, scope
from app.clock import now
from app.domain.exporting import Format, Product
from app.extensions import transaction
from app.queries import account, export, round as rounds
from app.domain.access import Actor, Duty
from app.services import exporting
with create_app().app_context():
    user = account.user_by_email("analyst@emes.test")
    actor = Actor(user.id, frozenset({Duty.ANALYST}), name="x", sees_all_areas=True)
    with scope.acting_as(actor), transaction():
        exporting.ask(rounds.find_real("2590-6"), Product.REPORTS, Format.XLSX, export.Wanted.from_args({}),
                      dataset_number=None, language="th", actor=actor, now=now())
"""


COLUMNS = ("state", "done", "storage_key", "sha256", "attempts")
Row = dict[str, Any]


def row_of(server: Server) -> Row:
    (found,) = server.rows(f"SELECT {', '.join(COLUMNS)} FROM export")
    return dict(zip(COLUMNS, found, strict=True))


def until(server: Server, holds, worker: subprocess.Popen[bytes]) -> Row:
    began = time.monotonic()
    while not holds(row := row_of(server)):
        assert time.monotonic() - began < PATIENCE, f"{row}: {server.log.read_text()[-3000:]}"
        assert worker.poll() is None, server.log.read_text()[-3000:]
        time.sleep(0.05)
    return row


def writers() -> list[int]:
    """The processes that write rows."""
    listed = subprocess.run(["pgrep", "-f", "app/rows_child"], capture_output=True, text=True).stdout
    return [int(number) for number in listed.split()]


def test_the_next_worker_makes_a_file_whole_that_one_was_killed_at(installed):
    server = installed()
    server.command("seed", "scale", "--areas", str(OFFICES), "--indicators", "13")
    subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=server.environment, check=True, timeout=60)
    known = set(writers())
    worker = start_worker(server)
    until(server, lambda row: row["state"] == "running" and row["done"] > 0, worker)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(timeout=10)
    row = row_of(server)
    assert (row["state"], row["storage_key"]) == ("running", ""), "killed in the middle"
    began = time.monotonic()
    while set(writers()) - known and time.monotonic() - began < 30:
        time.sleep(0.1)
    assert set(writers()) - known == set(), "who writes ends with who asked"

    worker = start_worker(server)
    row = until(server, lambda row: row["state"] not in ("waiting", "running"), worker)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(timeout=10)
    assert (row["state"], row["attempts"]) == ("done", 2)
    content = server.stored(row["storage_key"])
    assert hashlib.sha256(content).hexdigest() == row["sha256"]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        sheet = book.read("xl/worksheets/sheet2.xml").decode()
    assert sheet.count("<row r=") - 3 == row["done"], "title, what it tells, headings, and every row"
