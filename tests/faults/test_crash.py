"""What was acknowledged survives `kill -9`, and what happens at once happens once: real processes, driven over HTTP."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.person import one_page_pdf, png
from tests.server import Client, Server

AREA = "/reports/2566-6/P-CPM-3"
KILLS = 8


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.command("init")
    found.start()
    yield found
    found.stop()


def a_pdf_of_its_own(number: int) -> bytes:
    return one_page_pdf() + f"\n% {number} {os.urandom(200_000).hex()}\n".encode()


def stored_version(client: Client, report: str) -> int:
    _, page, _ = client.request("GET", report)
    return int(page.split(b'data-version-of="problems"')[0].rsplit(b'value="', 1)[1].split(b'"')[0])


class Worker(threading.Thread):
    """Saves and uploads without a pause, and notes what the server said it has."""

    def __init__(self, port: int, indicator: str) -> None:
        super().__init__(daemon=True)
        self.client = Client(port).sign_in("reporter.p-cpm-3")
        self.report = f"{AREA}/{indicator}"
        self.version = stored_version(self.client, self.report)
        self.saved: tuple[str, int] | None = None
        self.files: dict[str, str] = {}
        self.going = True

    def run(self) -> None:
        number = 0
        while self.going:
            number += 1
            try:
                self._save(f"ข้อความที่ {number} {os.urandom(4).hex()} " + "ก" * 1500)
                self._upload(number)
            except (OSError, http.client.HTTPException, ValueError):
                return

    def _save(self, text: str) -> None:
        status, answer = self.client.save(self.report, problems=(text, self.version))
        if status == 200:
            self.version = answer["fields"]["problems"]["version"]
            self.saved = (text, self.version)

    def _upload(self, number: int) -> None:
        content = a_pdf_of_its_own(number)
        status, answer = self.client.upload(self.report, f"criterion.{number % 3 + 1}", f"ไฟล์ {number}.pdf", content)
        if status == 201:
            self.files[answer["evidence"][0]["id"]] = hashlib.sha256(content).hexdigest()
        elif status == 409 and self.files:
            self._make_room()

    def _make_room(self) -> None:
        oldest = next(iter(self.files))
        del self.files[oldest]  # whatever becomes of the deletion, this file is not promised any more
        self.client.post(f"/evidence/{oldest}/delete")


def test_nothing_acknowledged_is_lost_over_repeated_kill_9(server):
    """F1–F3 of the fault table: mid-save and mid-upload, again and again on the same data."""
    acknowledged = 0
    for _ in range(KILLS):
        workers = [Worker(server.port, indicator) for indicator in ("QP-1", "QP-2", "QP-3")]
        for worker in workers:
            worker.start()
        time.sleep(random.uniform(0.4, 1.2))  # noqa: S311 - when the power goes is nobody's secret
        server.kill()
        for worker in workers:
            worker.going = False
            worker.join(timeout=30)
        server.start()
        reader = Client(server.port).sign_in("reporter.p-cpm-3")
        for worker in workers:
            acknowledged += len(worker.files) + (worker.saved is not None)
            _, page, _ = reader.request("GET", worker.report)
            if worker.saved:
                stored = stored_version(reader, worker.report)
                # The very last save may have been stored without its answer arriving; an acknowledged one is never missing.
                assert stored > worker.saved[1] or (stored == worker.saved[1] and worker.saved[0].encode() in page)
            for evidence_id, sha256 in worker.files.items():
                status, content, _ = reader.request("GET", f"/evidence/{evidence_id}")
                assert status == 200, "an acknowledged file is gone"
                assert hashlib.sha256(content).hexdigest() == sha256, "an acknowledged file is not what was sent"
        verified = server.command("verify").splitlines()
        assert [": 0 faults" in line for line in verified] == [True, True], (
            "a file listed does not download, or a chain is torn"
        )
    assert acknowledged > KILLS


def at_once(count: int, call) -> list:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def test_six_uploads_at_once_into_the_last_place_accept_exactly_one(server):
    clients = [Client(server.port).sign_in("reporter.p-cpm-3") for _ in range(6)]
    for number in range(2):
        assert clients[0].upload(f"{AREA}/QP-4", "criterion.1", f"{number}.pdf", one_page_pdf())[0] == 201
    answers = at_once(6, lambda number: clients[number].upload(f"{AREA}/QP-4", "criterion.1", f"x{number}.pdf", one_page_pdf()))
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409, 409, 409]


def test_six_people_begin_one_report_at_once_and_all_their_fields_are_kept(server):
    clients = [Client(server.port).sign_in("reporter.p-cpm-3") for _ in range(6)]
    keys = ["problems", "self_level", "reporter_name", "reporter_position", "quantity__school_total", "is_challenge"]
    values = ["ปัญหา", "4", "นาง ก", "ศึกษานิเทศก์", "12", True]
    answers = at_once(6, lambda number: clients[number].save(f"{AREA}/QP-5", **{keys[number]: (values[number], 0)}))
    assert [status for status, _ in answers] == [200] * 6
    _, page, _ = clients[0].request("GET", f"{AREA}/QP-5")
    for shown in ("ปัญหา", "นาง ก", "ศึกษานิเทศก์", 'value="12"'):
        assert shown.encode() in page


def test_eight_submits_at_once_are_one_submission_with_one_receipt_and_one_mail(server):
    reporter = Client(server.port).sign_in("reporter.p-cpm-3")
    report = f"{AREA}/QP-3"
    for slot in ("criterion.1", "criterion.2", "criterion.3", "pa.lesson", "pa.evidence"):
        assert (
            reporter.upload(
                report, slot, "ก.pdf" if slot != "pa.evidence" else "ก.png", png() if slot == "pa.evidence" else one_page_pdf()
            )[0]
            == 201
        )
    complete = {f"criterion__{number}__complete": (True, 0) for number in (1, 2, 3)}
    status, answer = reporter.save(report, problems=("x", 0), self_level=("4", 0), **complete)
    assert (status, answer["missing"]) == (200, [])
    clients = [Client(server.port).sign_in("reporter.p-cpm-3") for _ in range(8)]
    answers = at_once(8, lambda number: clients[number].post(f"{report}/submit"))
    assert {status for status, _ in answers} == {200}
    assert {answer["receipt"] for _, answer in answers} == {"QP66-6-3603-3"}
    server.command("send-mail")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not list(server.folder.glob("mail/*receipt.eml")):
        time.sleep(0.2)
    assert len(list(server.folder.glob("mail/*receipt.eml"))) == 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_four_processes_that_start_at_once_on_an_empty_database_make_one_clean_state(tmp_path, database, request):
    server = Server(tmp_path)
    if database == "postgresql":
        import psycopg

        url = request.getfixturevalue("postgresql_url")
        name = f"start_{os.getpid()}"
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        base, _, query = url.partition("?")
        server.environment["EMES_DATABASE_URL"] = f"{base.rpartition('/')[0]}/{name}?{query}"
    outputs = at_once(4, lambda _: server.command("init"))
    assert sum("area: 245 added" in output for output in outputs) == 1
    assert sum("demonstration accounts added" in output for output in outputs) == 1
    assert "nothing found" in server.command("doctor")
