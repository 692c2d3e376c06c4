"""Bytes first, then the row, then the answer: read from a trace of system calls, and tried by killing the server between them."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import time
from collections.abc import Callable

import pytest

from tests.faults.office import AREA, REPORTER, listed, pdf_of_its_own, sha256, stored_version
from tests.faults.tracing import POINTS, Call, Strace, calls, killed_at, points_of, wait_for_rest
from tests.faults.tus import TusUpload
from tests.server import Client, Server

pytestmark = pytest.mark.only_small("the order in which SQLite and the folder are written")

REPORT, SLOT = f"{AREA}/QP-1", "criterion.1"
FIRST_POINTS = 20
TRACED = "write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,sendto"


class Bench:
    """A reporter with a text and a file that must outlive everything, and the deeds during which the server is killed."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = Client(server.port).sign_in(REPORTER)
        self.kept = self._attached("criterion.2", content := pdf_of_its_own())
        self.kept_sha256 = sha256(content)
        assert self.client.save(REPORT, problems=("ข้อความที่ต้องอยู่", 0))[0] == 200
        self.version = stored_version(self.client, REPORT)
        self.content = b""
        self.upload: TusUpload | None = None
        self.old = ""

    def _attached(self, slot: str, content: bytes) -> str:
        status, answer = self.client.upload(REPORT, slot, "ก.pdf", content)
        assert status == 201, f"an upload is refused: {status}"
        evidence_id: str = answer["evidence"][0]["id"]
        return evidence_id

    # --- what comes before a deed, outside of the trace

    def prepare(self, deed: str) -> None:
        self.content, self.old, self.upload = pdf_of_its_own(), "", None
        if deed == "end of parts":
            self.upload = TusUpload(self.client, REPORT, SLOT, "ข.pdf", self.content)
            assert (self.upload.create(), self.upload.send(0, 100_000)) == (201, 204)
        elif deed in ("replace", "delete"):
            self.old_content = pdf_of_its_own()
            self.old = self._attached(SLOT, self.old_content)

    # --- the deeds; each answers whether it was acknowledged

    def add(self) -> bool:
        return self.client.upload(REPORT, SLOT, "ข.pdf", self.content)[0] == 201

    def end_of_parts(self) -> bool:
        assert self.upload is not None
        return self.upload.send(100_000) == 204

    def delete(self) -> bool:
        return self.client.post(f"/evidence/{self.old}/delete")[0] == 200

    def replace(self) -> bool:
        return self.delete() and self.add()

    def save(self) -> bool:
        status, _ = self.client.save(REPORT, self_level=("3", 0))
        return status == 200

    # --- afterwards

    def check(self, deed: str, acknowledged: bool) -> None:
        """Raise AssertionError where something acknowledged is missing or something shown is not whole."""
        self._check_what_was_there_before()
        shown = {evidence_id: self._downloaded(evidence_id) for evidence_id in listed(self.client, REPORT, SLOT)}
        assert None not in shown.values(), "something listed does not download"
        known = {sha256(self.content), sha256(getattr(self, "old_content", b""))}
        assert set(shown.values()) <= known, "something listed is not what was sent"
        new = list(shown.values()).count(sha256(self.content))
        assert new <= 1, "one file is listed twice"
        if acknowledged and deed != "delete":
            assert new == 1, "an acknowledged file is not listed"
        if acknowledged and deed in ("delete", "replace"):
            assert self.old not in shown, "a deleted file is still listed"
        if deed == "replace" and not acknowledged:
            assert self.old in shown or self.client.request("GET", f"/evidence/{self.old}")[0] == 404
        if deed == "end of parts":
            self._bring_to_its_end()

    def _check_what_was_there_before(self) -> None:
        assert self._downloaded(self.kept) == self.kept_sha256, "a file from before is lost"
        _, page, _ = self.client.request("GET", REPORT)
        assert "ข้อความที่ต้องอยู่".encode() in page, "a text from before is lost"
        with contextlib.closing(sqlite3.connect(self.server.folder / "emes.sqlite3")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []

    def _bring_to_its_end(self) -> None:
        """An interrupted upload loses no acknowledged part and is complete after it went on, once."""
        assert self.upload is not None
        assert self.upload.offset() >= self.upload.acknowledged, "acknowledged parts of an upload are lost"
        assert self.upload.send_the_rest() == 204, "an interrupted upload cannot go on"
        assert [self._downloaded(found) for found in listed(self.client, REPORT, SLOT)] == [sha256(self.content)]

    def clear(self) -> None:
        for evidence_id in listed(self.client, REPORT, SLOT):
            assert self.client.post(f"/evidence/{evidence_id}/delete")[0] == 200

    def _downloaded(self, evidence_id: str) -> str | None:
        status, content, _ = self.client.request("GET", f"/evidence/{evidence_id}")
        return sha256(content) if status == 200 else None


DEEDS: dict[str, Callable[[Bench], bool]] = {
    "add": Bench.add,
    "end of parts": Bench.end_of_parts,
    "replace": Bench.replace,
    "delete": Bench.delete,
}


def nothing_is_lost_at_any_point(server: Server, deed: str) -> int:
    """Kill the server just before each point that an undisturbed deed passes. Returns at how many it was killed."""
    began, bench, deaths = time.monotonic(), Bench(server), 0
    bench.prepare(deed)
    with Strace(server, "-e", f"trace={POINTS}") as strace:
        assert DEEDS[deed](bench), "the deed does not succeed where nothing disturbs it"
        wait_for_rest(server.web_process())
    for point in points_of(strace.output)[:FIRST_POINTS]:
        bench.clear()
        bench.prepare(deed)
        acknowledged, killed = killed_at(server, point, lambda: DEEDS[deed](bench))
        bench.check(deed, acknowledged)
        deaths += killed
    assert " 0 faults" in server.command("verify")
    print(f"{deed}: killed at {deaths} points, 0 lost, {time.monotonic() - began:.0f} s")
    return deaths


# How many points each deed must at least have: fewer would mean that the trace saw nothing.
@pytest.mark.parametrize(("deed", "points"), [("add", 7), ("end of parts", 7), ("replace", 9), ("delete", 4)])
def test_nothing_is_lost_when_the_server_dies_just_before_any_sync_rename_or_answer(installed, deed, points):
    """F2 of the fault table. One thread serves, so that the points are counted in one."""
    server = installed()
    server.start_web(threads=1)
    assert nothing_is_lost_at_any_point(server, deed) >= points


@pytest.mark.parametrize(
    ("deed", "mutant", "noticed"),
    [
        ("add", "row_before_bytes", "something listed does not download"),
        ("replace", "row_before_bytes", "something listed does not download"),
        ("end of parts", "row_before_bytes", "something listed does not download"),
        ("end of parts", "forgets_what_was_gathered", "acknowledged parts of an upload are lost"),
        ("delete", "answer_before_commit", "a deleted file is still listed"),
    ],
)
def test_the_points_show_a_server_that_writes_in_another_order(installed, deed, mutant, noticed):
    server = installed(mutant)
    server.start_web(threads=1)
    with pytest.raises(AssertionError, match=noticed):
        nothing_is_lost_at_any_point(server, deed)


# --- the order itself ----------------------------------------------------------------------------------------------------------


def order_of(server: Server, deed: str) -> list[str]:
    """What a deed did, in the words of the order that is asked for; repetitions are left out."""
    bench = Bench(server)
    deeds = DEEDS | {"save": Bench.save}
    bench.prepare(deed)
    with Strace(server, "-e", f"trace={TRACED}") as strace:
        assert deeds[deed](bench)
    words = [word for call in calls(strace.output) if (word := _word(call))]
    return [word for word, _ in itertools.groupby(words)]


def _word(call: Call) -> str | None:
    name, words = call.name, call.words
    if "/evidence/incoming/" in words and "write" in name:
        return "bytes"
    if name.startswith(("rename", "link")):
        return "in place"
    if name in ("fsync", "fdatasync"):
        if "emes.sqlite3" in words:
            return "commit"
        return "sync of bytes" if "/incoming/" in words else "sync of folder"
    if name == "sendto" and '"HTTP/1.1 2' in words:
        return "answer"
    return None


def is_in_order(server: Server, deed: str) -> None:
    found = order_of(server, deed)
    print(f"{deed}: {' → '.join(found)}")
    assert found.count("answer") == 1, f"no answer seen: {found}"
    before_the_answer = found[: found.index("answer")]
    assert "commit" in before_the_answer, f"answered before the commit is on the disk: {found}"
    if deed in ("save", "delete"):
        return
    assert "in place" in found, f"not put in place: {found}"
    place = found.index("in place")
    commit = len(before_the_answer) - 1 - before_the_answer[::-1].index("commit")
    last_bytes = len(found) - 1 - found[::-1].index("bytes")
    assert "sync of bytes" in found[last_bytes:place], f"the bytes are not synced before they are put in place: {found}"
    assert "commit" not in found[:place] and place < commit, f"the row is committed before its bytes: {found}"
    assert "sync of folder" in found[place:commit], f"the folder is not synced before the commit: {found}"


@pytest.mark.parametrize("deed", ["add", "end of parts", "delete", "save"])
def test_bytes_are_synced_and_put_in_place_before_the_row_and_the_row_before_the_answer(installed, deed):
    server = installed()
    server.start_web(threads=1)
    is_in_order(server, deed)


@pytest.mark.parametrize(
    ("deed", "mutant", "noticed"),
    [
        ("add", "no_fsync", "the bytes are not synced"),
        ("end of parts", "no_fsync", "the bytes are not synced"),
        ("add", "no_folder_fsync", "the folder is not synced"),
        ("end of parts", "no_folder_fsync", "the folder is not synced"),
        ("add", "row_before_bytes", "the row is committed before"),
        ("end of parts", "row_before_bytes", "the row is committed before|not put in place"),
        ("add", "answer_before_commit", "answered before the commit"),
        ("save", "answer_before_commit", "answered before the commit"),
        ("delete", "database_not_synced", "answered before the commit"),
        ("save", "database_not_synced", "answered before the commit"),
    ],
)
def test_the_trace_shows_a_missing_sync_and_a_wrong_order(installed, deed, mutant, noticed):
    server = installed(mutant)
    server.start_web(threads=1)
    with pytest.raises(AssertionError, match=noticed):
        is_in_order(server, deed)
