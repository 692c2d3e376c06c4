"""The S3 server is killed, frozen, or cut off in the middle of an answer while offices work; parts of an upload go to different hosts."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.storage.s3 import S3Store
from app.storage.s3_objects import PART_BYTES, Address
from tests.faults.office import AREA, BROKEN, REPORTER, listed
from tests.faults.test_broken_line import clip
from tests.faults.test_database_away import Load
from tests.faults.trickle import Trickle
from tests.faults.tus import TusUpload
from tests.server import Client, Server
from tests.swift import KEY_ID, REGION, SECRET, Swift

REPORT, SLOT = f"{AREA}/QP-1", "criterion.1"
MOST_RECOVERY_SECONDS = 10
CLIP_BYTES = 2 * PART_BYTES + 4711
# Within the head of a request, within a part, between parts, within the last: counted over all connections.
CUTS = [200, 2_000_000, 9_000_000, 16_000_000, 24_000_000]


@pytest.fixture(scope="module")
def s3_server() -> Iterator[Swift]:
    """A server of this module's own, which may be taken away at any time."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="emes-swift-away-", dir=place, ignore_cleanup_errors=True) as folder:
        server = Swift(Path(folder)).start()
        try:
            yield server
        finally:
            server.thaw()
            server.kill()


@pytest.fixture
def in_s3(installed: Callable[..., Server], s3_server: Swift) -> Callable[..., Server]:
    """Makes a server whose files lie in a bucket of its own; `through` is the address of what stands before the S3 server."""

    def make(through: str | None = None, mutant: str | None = None, **more: str) -> Server:
        settings = s3_server.settings(s3_server.new_bucket(), endpoint=through)
        server = installed(mutant, **settings, **more)
        straight = {"EMES_S3_ENDPOINT": s3_server.url, "EMES_STORAGE_URL": f"file://{server.folder / 'evidence'}"}
        at_first = Server(server.folder, **({"EMES_DATABASE_URL": server.database_url} | settings | straight))
        at_first.command("move-files", "--to", settings["EMES_STORAGE_URL"])
        server.start_web()
        return server

    return make


def store_of(server: Server, s3_server: Swift, tmp_path: Path) -> S3Store:
    bucket, _, prefix = server.environment["EMES_STORAGE_URL"].removeprefix("s3://").partition("/")
    return S3Store(Address(bucket, prefix, s3_server.url, KEY_ID, SECRET, REGION), tmp_path / "spool-of-the-test")


def seconds_until_taken(server: Server) -> float:
    """How long nobody can send a file, asked again and again."""
    client, began = Client(server.port).sign_in(REPORTER), time.monotonic()
    while time.monotonic() < began + 60:
        status, _ = client.upload(f"{AREA}/QP-5", "criterion.1", "ก.mp4", clip(1000))
        if status in (201, 409):  # 409: the slot is full, which is told after the store was asked
            return time.monotonic() - began
        assert status == 503, f"answers {status}"
        time.sleep(0.1)
    raise AssertionError("files are not taken again")


def test_nothing_is_lost_while_the_s3_server_is_killed_and_frozen_under_load(in_s3, s3_server):
    """F10 of the fault table."""
    server = in_s3()
    load, process, began = Load(server), server.web_process(), time.monotonic()
    with load:
        time.sleep(2)
        s3_server.kill()
        time.sleep(3)
        s3_server.start()
        waited = seconds_until_taken(server)
        time.sleep(2)
        s3_server.freeze()
        time.sleep(4)
        s3_server.thaw()
        time.sleep(2)
    assert any(503 in office.statuses for office in load.offices), "nobody noticed"
    summary = load.check()
    assert waited <= MOST_RECOVERY_SECONDS
    assert server.web_process() == process, "the server was restarted"
    print(f"S3 killed and frozen: files taken again after {waited:.1f} s, {summary}, {time.monotonic() - began:.0f} s")


def arrives_whole_or_not_at_all(
    in_s3: Callable[..., Server], s3_server: Swift, in_parts: bool, mutant: str | None = None
) -> None:
    """A clip over a line to the S3 server that is cut again and again."""
    line = Trickle(s3_server.port, bytes_per_second=100_000_000, cuts=list(CUTS))
    server = in_s3(through=f"http://127.0.0.1:{line.port}", mutant=mutant)
    client, content = Client(server.port).sign_in(REPORTER), clip(CLIP_BYTES)
    upload, refused, taken = TusUpload(client, REPORT, SLOT, "ก.mp4", content), 0, ""
    if in_parts:
        assert upload.create() == 201
    for _ in range(12):
        status = upload.send_the_rest() if in_parts else client.upload(REPORT, SLOT, "ก.mp4", content)[0]
        if status in (201, 204):
            taken = "yes"
            break
        assert status == 503, f"answers {status}"
        assert listed(client, REPORT, SLOT) == [], "something half is listed"
        refused += 1
    assert taken, "it never arrives"
    assert mutant or line.broken >= 2
    (found,) = listed(client, REPORT, SLOT)
    status, stored, _ = client.request("GET", f"/evidence/{found}")
    is_whole = (status, hashlib.sha256(stored).digest()) == (200, hashlib.sha256(content).digest())
    assert is_whole, "an acknowledged file is not there, or not whole"
    assert " 0 faults" in server.command("verify")
    print(f"the line broke {line.broken} times, {refused} were refused in words")
    line.close()


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in parts"])
def test_a_line_to_the_s3_server_that_is_cut_again_and_again_leaves_nothing_half(in_s3, s3_server, in_parts):
    arrives_whole_or_not_at_all(in_s3, s3_server, in_parts)


def nothing_is_written_while_the_server_is_away(server: Server, s3_server: Swift) -> None:
    client = Client(server.port).sign_in(REPORTER)
    s3_server.kill()
    try:
        status, _ = client.upload(REPORT, SLOT, "ก.mp4", clip(1000))
    finally:
        s3_server.start()
    assert status == 503, f"answers {status}"
    assert listed(client, REPORT, SLOT) == []


def test_the_cut_line_shows_a_store_that_says_written_before_the_last_part(in_s3, s3_server):
    with pytest.raises(AssertionError, match=r"not there, or not whole|listed"):
        arrives_whole_or_not_at_all(in_s3, s3_server, in_parts=False, mutant="acknowledges_before_the_last_part")


def test_a_store_that_takes_a_503_for_success_is_noticed(in_s3, s3_server):
    with pytest.raises(AssertionError, match="answers 201"):
        nothing_is_written_while_the_server_is_away(in_s3(mutant="takes_a_503_for_success"), s3_server)


def nothing_alive_is_swept(server: Server) -> None:
    """The sweeper comes by between two parts of an upload, beside a file that is there."""
    client, content = Client(server.port).sign_in(REPORTER), clip(CLIP_BYTES)
    assert client.upload(REPORT, "criterion.2", "ก.mp4", clip(1000))[0] == 201
    upload = TusUpload(client, REPORT, SLOT, "ก.mp4", content)
    assert (upload.create(), upload.send(0, PART_BYTES)) == (201, 204)
    server.command("run-due")
    (known,) = listed(client, REPORT, "criterion.2")
    assert client.request("GET", f"/evidence/{known}")[0] == 200, "a file that is listed was swept"
    assert upload.offset() == PART_BYTES, "parts of an upload were swept"
    assert upload.send_the_rest() == 204
    assert client.request("GET", f"/evidence/{upload.evidence_id}")[1] == content


def test_a_sweep_takes_nothing_that_is_alive(in_s3):
    nothing_alive_is_swept(in_s3())


def test_the_sweep_shows_a_store_that_asks_nobody_what_is_alive(in_s3):
    with pytest.raises(AssertionError, match="swept"):
        nothing_alive_is_swept(in_s3(mutant="sweeps_what_is_alive"))


def test_a_web_process_that_is_killed_between_two_parts_leaves_only_what_is_swept(in_s3, s3_server, tmp_path):
    server = in_s3()
    store, client = store_of(server, s3_server, tmp_path), Client(server.port).sign_in(REPORTER)
    before = set(store.keys())
    slow = Trickle(server.port, bytes_per_second=8_000_000, cuts=[])
    bad = Client(slow.port)
    bad.cookies, bad.token = client.cookies, client.token

    def send() -> None:
        try:
            bad.upload(REPORT, SLOT, "ก.mp4", clip(6 * PART_BYTES))
        except BROKEN:
            return

    thread = threading.Thread(target=send)
    thread.start()
    bucket, s3, until = store.place.split("/")[2], s3_server.client(), time.monotonic() + 20
    while not s3.list_multipart_uploads(Bucket=bucket).get("Uploads") and time.monotonic() < until:
        time.sleep(0.05)
    server.kill_web_process()
    thread.join(30)
    server.wait_until_ready()
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads"), "it was killed too early or too late"
    assert (listed(client, REPORT, SLOT), set(store.keys())) == ([], before)
    assert store.sweep(before) == 0, "it may still be wanted"
    store.orphan_grace_seconds = -60
    assert store.sweep(before) == 1
    assert not s3.list_multipart_uploads(Bucket=bucket).get("Uploads")
    assert set(store.keys()) == before
    slow.close()


def test_every_part_of_an_upload_may_go_to_another_host(in_s3, installed, s3_server):
    secrets = {"EMES_SECRET_KEY": "k" * 40, "EMES_SIGNING_KEY": base64.b64encode(os.urandom(32)).decode()}
    here = in_s3(**secrets)
    shared = {name: here.environment[name] for name in here.environment if name.startswith(("EMES_S3", "AWS_", "EMES_STORAGE"))}
    there = installed(EMES_DATABASE_URL=here.database_url, **secrets, **shared)
    there.start_web()
    content = clip(3 * PART_BYTES)
    upload = TusUpload(Client(here.port).sign_in(REPORTER), REPORT, SLOT, "ก.mp4", content)
    assert upload.create() == 201
    hosts = [upload, upload.by(Client(there.port).sign_in(REPORTER))]
    step = len(content) // 5 + 1
    for number, at in enumerate(range(0, len(content), step)):
        assert hosts[number % 2].offset() == at
        assert hosts[number % 2].send(at, at + step) == 204
    last = hosts[number % 2]
    assert listed(hosts[0].client, REPORT, SLOT) == [last.evidence_id]
    assert hosts[1].client.request("GET", f"/evidence/{last.evidence_id}")[1] == content
    assert " 0 faults" in there.command("verify")
