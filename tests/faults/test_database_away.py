"""The database is locked, or restarted under load: saves wait or are refused in plain words, and nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.office import AREA, BROKEN, REPORTER, THAI, Office, listed, pdf_of_its_own
from tests.faults.restarted import PostgreSQL
from tests.faults.tus import TusUpload
from tests.server import Client, Server

LOCKED_SECONDS = 8
RESTARTS = 3
MOST_RECOVERY_SECONDS = 5


class Load:
    """Offices that work without a pause while something happens to the database, and a reader of pages."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.offices = [Office(server.port, indicator) for indicator in ("QP-1", "QP-2", "QP-3")]
        self._reader = Client(server.port).sign_in(REPORTER)
        self._faults: list[BaseException] = []
        self.pages: dict[int, int] = {}

    def __enter__(self) -> Load:
        self._threads = [threading.Thread(target=self._run, args=[deed], daemon=True) for deed in self._deeds()]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for office in self.offices:
            office.going = False
        for thread in self._threads:
            thread.join(timeout=60)

    def _deeds(self) -> list[Callable[[], None]]:
        return [*(lambda office=office: office.work(until_broken=False) for office in self.offices), self._read]

    def _run(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except BaseException as fault:
            self._faults.append(fault)

    def _read(self) -> None:
        """Pages open meanwhile, or say in Thai that the system is busy."""
        while self.offices[0].going:
            with contextlib.suppress(*BROKEN):
                status, page, headers = self._reader.request("GET", f"{AREA}/QP-4")
                self.pages[status] = self.pages.get(status, 0) + 1
                if status == 503:
                    assert headers.get("Retry-After") and THAI.search(page.decode()), "503 without a sentence"
            time.sleep(0.05)

    def check(self) -> str:
        """Raise AssertionError where anything was not answered as it should be, or is not there afterwards."""
        statuses: dict[int, int] = {}
        for office in self.offices:
            for status, count in office.statuses.items():
                statuses[status] = statuses.get(status, 0) + count
        assert set(statuses) <= {200, 201, 204, 409, 503}, f"answers {statuses}"
        assert set(self.pages) <= {200, 503}, f"pages {self.pages}"
        assert not self._faults, f"a client met {self._faults[0]!r}"
        for office in self.offices:
            office.going = True
            office.check()
            office.go_on()
        assert " 0 faults" in self.server.command("verify")
        return f"answers {statuses}, pages {self.pages}, {sum(office.acknowledged for office in self.offices)} acknowledged, 0 lost"


# --- SQLite locked -------------------------------------------------------------------------------------------------------------


def bears_a_lock(server: Server, seconds: float) -> Load:
    """Somebody else holds the write lock for so long."""
    load, began = Load(server), time.monotonic()
    with load:
        time.sleep(0.5)
        with contextlib.closing(sqlite3.connect(server.folder / "emes.sqlite3", isolation_level=None, timeout=10)) as other:
            other.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            other.execute("ROLLBACK")
        time.sleep(1)
    summary = load.check()
    print(f"SQLite locked for {seconds} s: {summary}, {time.monotonic() - began:.0f} s")
    return load


@pytest.mark.only_small("SQLite's lock")
def test_saves_wait_while_sqlite_is_locked_for_eight_seconds_and_pages_open(server):
    """F7 of the fault table. Eight seconds are less than anybody is made to wait in vain."""
    load = bears_a_lock(server, LOCKED_SECONDS)
    assert load.pages.get(200, 0) > 20
    assert all(503 not in office.statuses for office in load.offices), "nobody had to be refused"


@pytest.mark.only_small("SQLite's lock")
def test_a_save_that_waited_in_vain_for_sqlite_is_refused_in_plain_words(installed):
    server = installed("never_waits_for_the_lock")
    server.start_web()
    load = bears_a_lock(server, 2)
    assert any(503 in office.statuses for office in load.offices)


@pytest.mark.only_small("SQLite's lock")
@pytest.mark.parametrize(
    ("mutant", "noticed"),
    [
        ("never_waits_and_breaks", "answers .*500"),
        ("never_waits_and_takes_it_for_saved", "lost|not listed|deleted file is back|a client met"),
    ],
)
def test_the_lock_shows_a_server_that_breaks_or_says_it_saved(installed, mutant, noticed):
    server = installed(mutant)
    server.start_web()
    with pytest.raises(AssertionError, match=noticed):
        bears_a_lock(server, 2)


# --- a commit of which nobody knows --------------------------------------------------------------------------------------------


def nothing_listed_is_without_its_bytes(server: Server, in_parts: bool) -> None:
    """The row is committed and the connection breaks before anybody is told."""
    client, report, content = Client(server.port).sign_in(REPORTER), f"{AREA}/QP-1", pdf_of_its_own()
    upload = TusUpload(client, report, "criterion.1", "ก.pdf", content)
    if in_parts:
        assert upload.create() == 201
    status = upload.send(0) if in_parts else client.upload(report, "criterion.1", "ก.pdf", content)[0]
    assert status == 503, f"answers {status}"
    found = listed(client, report, "criterion.1")
    assert len(found) == 1, "the row was committed"
    status, stored, _ = client.request("GET", f"/evidence/{found[0]}")
    assert (status, stored) == (200, content), "something listed does not download"
    if in_parts:
        assert upload.send_the_rest() == 204
        assert listed(client, report, "criterion.1") == [upload.evidence_id] == found, "one upload became two files"
    assert " 0 faults" in server.command("verify")


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in parts"])
def test_a_connection_that_breaks_right_after_the_commit_leaves_no_row_without_its_bytes(installed, in_parts):
    server = installed("breaks_after_the_commit")
    server.start_web()
    nothing_listed_is_without_its_bytes(server, in_parts)


def test_the_unknown_commit_shows_a_server_that_takes_it_for_refused(installed):
    server = installed("breaks_after_the_commit_and_takes_it_for_a_refusal")
    server.start_web()
    with pytest.raises(AssertionError, match="something listed does not download"):
        nothing_listed_is_without_its_bytes(server, in_parts=False)


# --- PostgreSQL restarted ------------------------------------------------------------------------------------------------------


def bears_restarts(server: Server, postgresql: PostgreSQL, restarts: int) -> None:
    """Restart the database under load, and wait for it to be used again each time."""
    load, process, waits, away, began = Load(server), server.web_process(), [], [], time.monotonic()
    prober = Client(server.port).sign_in(REPORTER)
    with load:
        for _ in range(restarts):
            time.sleep(1)
            away.append(postgresql.restart())
            waits.append(_seconds_until_saved(prober))
    summary = load.check()
    assert max(waits) <= MOST_RECOVERY_SECONDS, f"in use again only after {waits} s"
    assert server.web_process() == process, "the server was restarted"
    print(
        f"PostgreSQL restarted {restarts} times under load, away {max(away):.1f} s, in use again after at most {max(waits):.1f} s: "
        f"{summary}, {time.monotonic() - began:.0f} s"
    )


def _seconds_until_saved(prober: Client) -> float:
    began, answer = time.monotonic(), {}
    while time.monotonic() < began + 20:
        status, answer = _save(prober)
        if status == 200:
            return time.monotonic() - began
        assert status == 503, f"answers {status}"
        time.sleep(0.05)
    raise AssertionError(f"not in use again after 20 s: {answer}")


def _save(prober: Client) -> tuple[int, dict[str, Any]]:
    status, answer = prober.save(f"{AREA}/QP-5", problems=(os.urandom(8).hex(), getattr(prober, "version", 0)))
    if status == 409:
        prober.version = answer["conflicts"]["problems"]["version"]  # type: ignore[attr-defined]
        return _save(prober)
    if status == 200:
        prober.version = answer["fields"]["problems"]["version"]  # type: ignore[attr-defined]
    return status, answer


def test_nothing_is_lost_while_postgresql_is_restarted_three_times_under_load(on_postgresql, postgresql):
    """F7 of the fault table, `pg_ctl restart -m immediate`."""
    bears_restarts(on_postgresql(), postgresql, RESTARTS)


@pytest.mark.parametrize(
    ("mutant", "noticed"),
    [("busy_is_a_fault", "answers .*500|pages .*500"), ("busy_is_taken_for_saved", "lost|not listed|a client met|503")],
)
def test_the_restarts_show_a_server_that_breaks_or_says_it_saved(on_postgresql, postgresql, mutant, noticed):
    with pytest.raises(AssertionError, match=noticed):
        bears_restarts(on_postgresql(mutant), postgresql, 1)
