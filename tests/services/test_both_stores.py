"""What every store does, in a folder and on a real S3 server: whole or not at all, by its own keys alone, in parts, put, swept."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from app.storage import BeingWritten, EvidenceStore, FolderStore, StoreUnreachable, WrongStart
from app.storage.ranged import FIRST_WINDOW_BYTES, MOST_WINDOW_BYTES, RangedReader
from app.storage.s3 import S3Store
from app.storage.s3_objects import PART_BYTES, Address
from tests.deployment import s3_store

NAME = "0" * 32
SIZES = [0, 1, 300_000, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 77]


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "evidence")
    return s3_store(request.getfixturevalue("swift"), request.getfixturevalue("bucket"), tmp_path / "spool")


@pytest.fixture
def s3(swift, bucket, tmp_path: Path) -> S3Store:
    return s3_store(swift, bucket, tmp_path / "spool")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read(store: EvidenceStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def send(store: EvidenceStore, at: int, content: bytes, most: int = 10**9) -> int:
    return store.append(NAME, at, io.BytesIO(content), most, alone=nullcontext)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_kept_is_read_back_whole(store, size):
    content, incoming = os.urandom(size), store.receive()
    for start in range(0, size, 64 * 1024):
        incoming.write(content[start : start + 64 * 1024])
    stored = store.keep(incoming)
    incoming.discard()
    assert (stored.size, stored.sha256) == (size, sha256(content))
    assert read(store, stored.key) == content
    assert store.sha256_of(stored.key) == stored.sha256
    assert list(store.keys()) == [stored.key]
    with store.local(stored.key) as path:
        assert path.read_bytes() == content
    with store.open(stored.key) as file:
        assert file.size == size


def test_what_was_made_at_a_path_is_kept_like_what_arrived(store):
    content = os.urandom(PART_BYTES + 5)
    with store.making() as path:
        path.write_bytes(content)
        stored = store.keep_made(path)
    assert (stored.size, stored.sha256, read(store, stored.key)) == (len(content), sha256(content), content)
    assert not path.exists()


@pytest.mark.parametrize("size", [10, PART_BYTES + 10])
def test_a_refused_file_leaves_nothing(store, size):
    incoming = store.receive()
    incoming.write(os.urandom(size))
    path = incoming.path
    incoming.discard()
    store.orphan_grace_seconds = -60
    assert (list(store.keys()), path.exists(), store.sweep(set())) == ([], False, 0)


@pytest.mark.parametrize("size", [5, PART_BYTES + 10])
def test_bytes_are_put_under_their_key_only_as_they_were_announced(store, size):
    key, content = f"ab/{'1' * 62}", os.urandom(size)
    for wrong in ({"size": size + 1, "sha256": sha256(content)}, {"size": size, "sha256": "0" * 64}):
        with pytest.raises(ValueError, match=key):
            store.put(key, io.BytesIO(content), **wrong)
    assert list(store.keys()) == []
    for _ in range(2):
        store.put(key, io.BytesIO(content), size=size, sha256=sha256(content))
    assert read(store, key) == content
    with pytest.raises(FileNotFoundError):
        store.put("incoming/x", io.BytesIO(b""), size=0, sha256=sha256(b""))


def test_a_file_that_is_not_there_is_missing_and_deleting_it_is_harmless(store):
    key = store.keep_bytes(b"x").key
    store.delete(key)
    store.delete(key)
    with pytest.raises(FileNotFoundError):
        store.open(key)
    with pytest.raises(FileNotFoundError):
        store.sha256_of(key)
    with pytest.raises(FileNotFoundError), store.local(key):
        pass


@pytest.mark.parametrize("key", ["", "..", "incoming/x", "ab/../" + "0" * 59, "AB/" + "0" * 62, "ab/" + "0" * 62 + "\n"])
def test_a_key_that_no_store_made_is_no_file(store, key):
    for verb in (store.open, store.sha256_of, store.delete, lambda key: store.local(key).__enter__()):
        with pytest.raises(FileNotFoundError):
            verb(key)


@pytest.mark.parametrize("key", ["incoming/x", "../secret"])
def test_what_lies_beside_the_files_of_the_store_is_opened_by_no_key(tmp_path, key):
    """That nothing is found where nothing lies shows little: here something does."""
    store = FolderStore(tmp_path / "evidence")
    beside = store.root / key
    beside.write_bytes(b"x")
    for verb in (store.open, store.sha256_of, store.delete, lambda key: store.local(key).__enter__()):
        with pytest.raises(FileNotFoundError):
            verb(key)
    assert beside.read_bytes() == b"x"


def test_an_upload_arrives_in_parts_and_is_kept_once_it_is_complete(store):
    parts = [os.urandom(size) for size in (100, PART_BYTES + 3, 7)]
    at = 0
    for part in parts:
        assert store.arrived(NAME) == at
        with pytest.raises(WrongStart):
            send(store, at + 1, part)
        at = send(store, at, part)
    whole = b"".join(parts)
    with pytest.raises(FileNotFoundError), store.gathered(NAME, len(whole) + 1):
        pass
    with store.gathered(NAME, len(whole)) as found:
        assert found.path.read_bytes() == whole
        assert list(store.keys()) == [], "nothing is kept before it is asked for"
        stored = found.keep()
    assert (stored.size, stored.sha256, read(store, stored.key)) == (len(whole), sha256(whole), whole)
    assert store.arrived(NAME) == len(whole), "until a row points at it, what was acknowledged stays"
    store.forget_gathered(NAME)
    assert (store.arrived(NAME), list(store.keys())) == (0, [stored.key])


def test_of_a_broken_line_what_came_through_is_kept_and_no_more_than_is_wanted_is_taken(store):
    class Breaks(io.RawIOBase):
        blocks = [b"abc", b"def"]

        def read(self, size: int = -1) -> bytes:
            if not self.blocks:
                raise OSError("the line broke")
            return self.blocks.pop(0)[:size]

    assert store.append(NAME, 0, Breaks(), 100, alone=nullcontext) == 6
    assert send(store, 6, b"ghijk", most=2) == 8
    with store.gathered(NAME, 8) as found:
        assert found.path.read_bytes() == b"abcdefgh"


def test_of_two_parts_at_once_one_counts(store):
    """The second begins where the first did, and ends while the first is written."""

    class Slow(io.RawIOBase):
        told = [b"slow part"]

        def read(self, size: int = -1) -> bytes:
            if self.told:
                other.append(outcome())
            return self.told.pop() if self.told else b""

    def outcome() -> object:
        try:
            return send(store, 0, b"fast part!")
        except (BeingWritten, WrongStart) as fault:
            return type(fault)

    other: list[object] = []
    try:
        first: object = store.append(NAME, 0, Slow(), 100, alone=nullcontext)
    except (BeingWritten, WrongStart) as fault:
        first = type(fault)
    assert (first, other) in ((9, [BeingWritten]), (WrongStart, [10]))
    assert store.arrived(NAME) == (9 if first == 9 else 10)


def test_the_transaction_of_a_part_decides_in_s3(s3):
    """What another host did meanwhile shows under the lock; the part that came too late is gone."""

    @contextmanager
    def late() -> Iterator[None]:
        send(s3, 0, b"first")
        yield

    with pytest.raises(WrongStart):
        s3.append(NAME, 0, io.BytesIO(b"second"), 100, alone=late)
    with s3.gathered(NAME, 5) as found:
        assert found.path.read_bytes() == b"first"


@pytest.mark.parametrize("name", ["", "..", "0" * 31, "0" * 32 + "\n", "A" * 32])
def test_an_upload_whose_name_no_store_made_is_no_file(store, name):
    for verb in (store.arrived, store.forget_gathered, lambda name: store.gathered(name, 0).__enter__()):
        with pytest.raises(FileNotFoundError):
            verb(name)


def test_the_sweeper_takes_what_no_row_refers_to_and_what_was_abandoned_after_the_grace(store):
    living, orphan = store.keep_bytes(b"living").key, store.keep_bytes(b"orphan").key
    send(store, 0, b"abandoned")
    half = store.receive()
    half.write(os.urandom(PART_BYTES + 1))
    assert store.sweep({living}) == 0, "everything may still be wanted"
    store.orphan_grace_seconds = -60
    assert store.sweep({living}) >= 3
    assert (list(store.keys()), store.arrived(NAME)) == ([living], 0)
    with pytest.raises(FileNotFoundError):
        store.open(orphan)
    half.discard()


def test_what_is_set_aside_is_no_file_of_the_store_and_stays(store):
    key = store.keep_bytes(b"old").key
    assert not store.has_aside("before-1")
    place = store.set_aside({key}, "before-1")
    store.delete(key)
    store.orphan_grace_seconds = -60
    store.sweep(set())
    assert (list(store.keys()), store.has_aside("before-1"), place.endswith("before-1")) == ([], True, True)


# --- S3 alone ------------------------------------------------------------------------------------------------------------------


def test_parts_go_to_the_server_as_they_arrive_and_nothing_is_seen_before_it_is_complete(s3, swift, bucket):
    incoming = s3.receive()
    incoming.write(os.urandom(2 * PART_BYTES + 1))
    uploads = swift.client().list_multipart_uploads(Bucket=bucket, Prefix=s3.place.rpartition("/")[2])["Uploads"]
    parts = swift.client().list_parts(Bucket=bucket, Key=uploads[0]["Key"], UploadId=uploads[0]["UploadId"])["Parts"]
    assert ([part["Size"] for part in parts], list(s3.keys())) == ([PART_BYTES, PART_BYTES], [])
    incoming.discard()


def test_whoever_asks_with_another_key_or_for_another_bucket_does_not_reach_the_store(swift, bucket, tmp_path):
    ways = [(bucket, swift.url, "wrong"), ("no-such-bucket", swift.url, "testing"), (bucket, "http://127.0.0.1:9", "testing")]
    for name, url, secret in ways:
        store = S3Store(
            Address(name, "x", endpoint=url, key_id="test:tester", secret=secret, region="us-east-1"), tmp_path / "s"
        )
        for verb in (store.check, lambda store=store: store.open("ab/" + "0" * 62), lambda store=store: list(store.keys())):
            with pytest.raises(StoreUnreachable):
                verb()


def test_a_reader_seeks_and_reads_ahead_more_and_more_but_holds_one_window():
    content, asked = os.urandom(20 * 1024 * 1024), []

    def fetch(at: int, length: int) -> bytes:
        asked.append((at, length))
        return content[at : at + length]

    file = io.BufferedReader(RangedReader(fetch, len(content)))  # type: ignore[type-var]
    assert file.read() == content
    assert [length for _, length in asked][:4] == [FIRST_WINDOW_BYTES * 2**n for n in range(4)]
    assert max(length for _, length in asked) == MOST_WINDOW_BYTES
    asked.clear()
    file.seek(12_345_678)
    assert (file.read(10), file.tell()) == (content[12_345_678:12_345_688], 12_345_688)
    file.seek(-5, io.SEEK_END)
    assert (file.read(), file.read()) == (content[-5:], b"")
    assert asked == [(12_345_678, FIRST_WINDOW_BYTES), (len(content) - 5, 5)], "a jump begins small again"
