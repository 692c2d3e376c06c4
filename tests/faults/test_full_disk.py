"""A full disk: files are refused in plain words, texts are still saved, nothing half is shown, and it heals by itself."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.disks import Disk, InjectedDisk, SmallDisk, mounting_is_allowed
from tests.faults.office import AREA, REPORTER, THAI, listed, pdf_of_its_own, sentence_of, sha256, stored_version
from tests.faults.tus import PART, TusUpload
from tests.server import Client, Server, multipart

pytestmark = pytest.mark.only_small("the disk under the folder or under SQLite")

REPORT, SLOT = f"{AREA}/QP-1", "criterion.1"
FILE_BYTES, LARGE_FILE_BYTES = 2_000_000, 20_000_000
# Sent before the disk fills up, and what is left then: the last block of the rest finds room for a part of itself alone.
FIRST_BYTES, LEFT_BYTES = 600_000, 1_400_000
DISK_MB = {False: 384, True: 16}  # for evidence, above the floor that is kept free; for a database


@contextlib.contextmanager
def a_disk(way: str, place: Path, size_mb: int) -> Iterator[Disk]:
    if way == "strace":
        yield InjectedDisk(place)
        return
    small = SmallDisk(place, size_mb)
    try:
        yield small
    finally:
        small.unmount()


@pytest.fixture(params=["tmpfs", "strace"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """Both ways to a full disk. Where mounting is refused the other one stands for it."""
    if request.param == "tmpfs" and not mounting_is_allowed():
        pytest.skip("mounting a tmpfs is refused here; the same test runs with strace")
    with a_disk(request.param, tmp_path / "disk", DISK_MB[request.function.__name__.count("database") > 0]) as found:
        yield found


@pytest.fixture
def any_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """One way to a full disk, whichever the machine allows."""
    way = "tmpfs" if mounting_is_allowed() else "strace"
    with a_disk(way, tmp_path / "disk", DISK_MB[request.function.__name__.count("database") > 0]) as found:
        yield found


class Bench:
    """A reporter, and an installation whose evidence lies on the disk that fills up."""

    def __init__(self, installed: Callable[..., Server], disk: Disk, mutant: str | None = None) -> None:
        self.disk = disk
        self.store = disk.folder / "evidence"
        self.server = installed(mutant, EMES_STORAGE_URL=f"file://{self.store}")
        shutil.move(self.server.folder / "evidence", self.store)
        self.server.start_web()
        self.process = self.server.web_process()
        self.client = Client(self.server.port).sign_in(REPORTER)
        self.version = 0
        self.before = self.files()

    def files(self) -> dict[str, int]:
        """Every file of the store with its size."""
        return {str(path.relative_to(self.store)): path.stat().st_size for path in self.store.rglob("*") if path.is_file()}

    def texts_are_saved_and_pages_open(self) -> None:
        status, answer = self.client.save(REPORT, problems=(f"ยังบันทึกได้ {self.version}", self.version))
        assert status == 200, f"a text is not saved while there is no room for files: {status}"
        self.version = answer["fields"]["problems"]["version"]
        assert stored_version(self.client, REPORT) == self.version
        assert self.client.request("GET", f"{AREA}/")[0] == 200
        assert listed(self.client, REPORT, SLOT) == [], "something half is listed"

    def nothing_is_left_behind(self) -> None:
        deadline = time.monotonic() + 5
        while self.files() != self.before and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.files() == self.before, f"left behind: {set(self.files().items()) - set(self.before.items())}"

    def works_again(self) -> None:
        """Without a restart a file is taken, listed and whole."""
        content = pdf_of_its_own(FILE_BYTES)
        status, answer = self.client.upload(REPORT, SLOT, "ก.pdf", content)
        assert status == 201, f"with room again an upload is refused: {status}"
        evidence_id = answer["evidence"][0]["id"]
        assert listed(self.client, REPORT, SLOT) == [evidence_id]
        assert sha256(self.client.request("GET", f"/evidence/{evidence_id}")[1]) == sha256(content)
        assert self.client.post(f"/evidence/{evidence_id}/delete")[0] == 200
        assert self.server.web_process() == self.process, "the server was restarted"
        assert " 0 faults" in self.server.command("verify")

    def refused(self, status: int, *, allowed: set[int]) -> None:
        """The answer just received: a refusal that a person understands."""
        sentence = self.client.content.decode()
        assert status in allowed, f"answered {status}: {sentence[:200]}"
        assert "Traceback" not in sentence and "OSError" not in sentence and str(self.store) not in sentence
        assert THAI.search(sentence_of(self.client)), f"no sentence: {sentence}"


# --- less is free than the store keeps free ------------------------------------------------------------------------------------


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """A client that is still sending hears the refusal, instead of a line that breaks."""
    try:
        yield
    except OSError as broken:
        raise AssertionError(f"the refusal is not heard: {broken}") from broken


def files_are_refused_beforehand(bench: Bench) -> None:
    """Both kinds of upload are refused before their body is read."""
    content = pdf_of_its_own(FILE_BYTES)
    upload = TusUpload(bench.client, REPORT, SLOT, "ข.pdf", content)
    assert upload.create() == 201
    with bench.disk.nearly_full(bench.server):
        bench.refused(bench.client.upload(REPORT, SLOT, "ก.pdf", content)[0], allowed={507})
        bench.refused(upload.send(0), allowed={507})
        with heard():
            bench.refused(bench.client.upload(REPORT, SLOT, "ก.pdf", pdf_of_its_own(LARGE_FILE_BYTES))[0], allowed={507})
        bench.texts_are_saved_and_pages_open()
    bench.nothing_is_left_behind()
    bench.works_again()
    print("nearly full: both uploads refused with 507, text saved, works again without a restart")


def test_below_the_floor_files_are_refused_before_their_body_and_texts_are_saved(installed, disk):
    files_are_refused_beforehand(Bench(installed, disk))


@pytest.mark.parametrize(
    ("mutant", "noticed"), [("no_floor", "answered 201"), ("hangs_up_while_it_is_spoken_to", "the refusal is not heard")]
)
def test_the_nearly_full_disk_shows_a_store_without_a_floor_and_a_refusal_unheard(installed, any_disk, mutant, noticed):
    with pytest.raises(AssertionError, match=noticed):
        files_are_refused_beforehand(Bench(installed, any_disk, mutant))


# --- the disk fills up in the middle of a body ---------------------------------------------------------------------------------


def halfway(bench: Bench, method: str, path: str, body: bytes, headers: dict[str, str]) -> Iterator[None]:
    """Send a body of which the last part is held back until the generator goes on; the answer is then the client's last."""
    connection = http.client.HTTPConnection("127.0.0.1", bench.server.port, timeout=30)
    connection.putrequest(method, path)
    cookies = "; ".join(f"{name}={value}" for name, value in bench.client.cookies.items())
    for name, value in {"Cookie": cookies, "X-CSRFToken": bench.client.token, "Accept": "application/json", **headers}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    connection.send(body[:FIRST_BYTES])
    deadline = time.monotonic() + 10
    while sum(size for name, size in bench.files().items() if name.startswith("incoming")) < FIRST_BYTES // 2:
        assert time.monotonic() < deadline, "the server does not begin to write what it receives"
        time.sleep(0.02)
    time.sleep(0.2)
    yield
    with contextlib.suppress(OSError):  # the server may have closed it by now; its answer is read all the same
        connection.send(body[FIRST_BYTES:])
    answer = connection.getresponse()
    bench.client.content, bench.client.headers = answer.read(), {"status": str(answer.status)} | dict(answer.headers)
    connection.close()


def fills_up_in_mid_body(bench: Bench, in_parts: bool) -> None:
    content = pdf_of_its_own(FILE_BYTES)
    upload = TusUpload(bench.client, REPORT, SLOT, "ข.pdf", content)
    if in_parts:
        assert upload.create() == 201
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": PART}
        sending = halfway(bench, "PATCH", upload.location, content, headers)
    else:
        kind, body = multipart(SLOT, "ก.pdf", content)
        sending = halfway(bench, "POST", f"{REPORT}/evidence", body, {"Content-Type": kind})
    next(sending)
    incoming = list((bench.store / "incoming").iterdir())
    with bench.disk.full(bench.server, *incoming, leaving=LEFT_BYTES):
        assert next(sending, None) is None
        bench.refused(int(bench.client.headers["status"]), allowed={507})
        bench.texts_are_saved_and_pages_open()
        if in_parts:
            assert FIRST_BYTES // 2 < upload.offset() < len(content), "the offset is not what has arrived"
    if in_parts:
        assert upload.send_the_rest() == 204, "an interrupted upload cannot go on"
        found = listed(bench.client, REPORT, SLOT)
        assert found == [upload.evidence_id]
        _, whole, _ = bench.client.request("GET", f"/evidence/{found[0]}")
        assert sha256(whole) == sha256(content), "what is listed is not what was sent"
        assert bench.client.post(f"/evidence/{found[0]}/delete")[0] == 200
    else:
        bench.nothing_is_left_behind()
    bench.works_again()
    print(f"full in mid-body, {'in parts' if in_parts else 'whole'}: 507, text saved, works again without a restart")


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in parts"])
def test_a_disk_that_fills_up_in_the_middle_of_a_file_refuses_it_and_nothing_half_is_shown(installed, disk, in_parts):
    """F5 of the fault table."""
    fills_up_in_mid_body(Bench(installed, disk), in_parts)


@pytest.mark.parametrize(
    ("in_parts", "mutant", "noticed"),
    [
        (False, "no_room_is_a_fault", "answered 500"),
        (True, "no_room_is_a_fault", "answered 500"),
        (True, "ignores_short_writes", "answered 204|answered 4"),
        (False, "leaves_half_files", "left behind"),
    ],
)
def test_the_full_disk_shows_a_server_that_breaks_or_takes_half_a_file(installed, any_disk, in_parts, mutant, noticed):
    with pytest.raises(AssertionError, match=noticed):
        fills_up_in_mid_body(Bench(installed, any_disk, mutant), in_parts)


# --- the database's own disk ---------------------------------------------------------------------------------------------------


def saves_are_refused_in_words(installed: Callable[..., Server], disk: Disk, mutant: str | None = None) -> None:
    database = disk.folder / "emes.sqlite3"
    server = installed(mutant, EMES_DATABASE_URL=f"sqlite:///{database}")
    database.write_bytes((server.folder / "emes.sqlite3").read_bytes())
    server.start_web()
    process, client = server.web_process(), Client(server.port).sign_in(REPORTER)
    text, version, refusals, saved = "", 0, 0, 0
    paths = [database, database.with_name("emes.sqlite3-wal")]
    with disk.full(server, *paths):
        # The log that is there already may be written over for a while; then there is no more room.
        while refusals < 3 and saved < 300:
            status, answer = client.save(REPORT, problems=(typed := f"{saved} {os.urandom(900).hex()}", version))
            if status == 200:
                text, version, saved = typed, answer["fields"]["problems"]["version"], saved + 1
                continue
            refusals += 1
            assert status in (503, 507), f"answered {status}: {answer}"
            assert THAI.search(answer["error"]) and client.headers.get("Retry-After"), f"no sentence: {answer}"
        assert refusals == 3, "a full disk refuses nothing"
        for page in (REPORT, f"{AREA}/"):
            assert client.request("GET", page)[0] in (200, 503)
    status, answer = client.save(REPORT, problems=(f"{text} เพิ่ม", version))
    assert status == 200, f"an acknowledged text is lost, or it does not heal: {status} {answer}"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = connection.execute("SELECT value FROM answer WHERE field_key = 'problems'").fetchall()
    assert (f"{text} เพิ่ม",) in stored
    assert server.web_process() == process, "the server was restarted"
    print(f"database full: {saved} saves before, {refusals} refused with 503, 0 lost, works again without a restart")


def test_a_full_disk_under_the_database_refuses_a_save_in_plain_words_and_heals(installed, disk):
    saves_are_refused_in_words(installed, disk)


@pytest.mark.parametrize(
    ("mutant", "noticed"), [("busy_is_a_fault", "answered 500"), ("busy_is_taken_for_saved", "lost|nothing")]
)
def test_the_full_database_shows_a_server_that_breaks_or_says_it_saved(installed, any_disk, mutant, noticed):
    with pytest.raises(AssertionError, match=noticed):
        saves_are_refused_in_words(installed, any_disk, mutant)
