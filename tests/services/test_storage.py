"""The store of evidence: durable before it is named, found by its own keys alone, swept with a day's grace."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections import namedtuple
from pathlib import Path

import pytest

from app import storage
from app.storage import FolderStore, StoreFull

DAY = 24 * 3600


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "evidence")


def keep(store: FolderStore, content: bytes = b"content") -> str:
    incoming = store.receive()
    incoming.write(content)
    key = store.keep(incoming).key
    incoming.discard()
    return key


def make_old(path: Path, seconds: int) -> None:
    moment = time.time() - seconds
    os.utime(path, (moment, moment))


def test_what_was_kept_is_read_back_with_its_size_and_hash(store):
    content = os.urandom(300_000)
    incoming = store.receive()
    for start in range(0, len(content), 4096):
        incoming.write(content[start : start + 4096])
    stored = store.keep(incoming)
    with store.open(stored.key) as file:
        assert file.read() == content
    expected = hashlib.sha256(content).hexdigest()
    assert (stored.size, stored.sha256, store.sha256_of(stored.key)) == (300_000, expected, expected)
    assert list(store.keys()) == [stored.key]


def test_the_same_bytes_twice_are_two_files(store):
    first, second = keep(store), keep(store)
    assert first != second
    store.delete(first)
    assert list(store.keys()) == [second]


@pytest.mark.parametrize(("in_parts", "put"), [(False, "rename"), (True, "link")], ids=["at once", "in parts"])
def test_a_file_is_synced_before_it_is_put_in_place_and_its_folder_after(store, monkeypatch, in_parts, put):
    deeds: list[tuple[str, str]] = []
    fsync, really_put = os.fsync, getattr(os, put)

    def noted_fsync(descriptor: int) -> None:
        places = {path.stat().st_ino: str(path.relative_to(store.root)) for path in (store.root, *store.root.rglob("*"))}
        deeds.append(("fsync", places[os.fstat(descriptor).st_ino]))
        fsync(descriptor)

    def noted_put(source: Path, target: Path) -> None:
        deeds.append((put, f"{Path(source).relative_to(store.root)} {Path(target).relative_to(store.root)}"))
        really_put(source, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, put, noted_put)
    incoming = store.receive()
    incoming.write(b"x" * 100)
    received = str(incoming.path.relative_to(store.root))
    if in_parts:
        incoming.flush()
    key = (store.keep_gathered(incoming.path.name) if in_parts else store.keep(incoming)).key
    folder = key.partition("/")[0]
    assert deeds == [("fsync", received), ("fsync", "."), (put, f"{received} {key}"), ("fsync", folder)]


def test_a_file_that_came_in_parts_is_put_in_place_like_any_other(store):
    path = store.incoming_path("0" * 32)
    path.write_bytes(b"first part, second part")
    before = path.stat().st_ino
    stored = store.keep_gathered("0" * 32)
    assert (stored.size, stored.sha256) == (23, hashlib.sha256(b"first part, second part").hexdigest())
    assert store.path(stored.key).stat().st_ino == before
    assert path.exists(), "until a row points at it, what was acknowledged is found under its incoming name too"
    store.forget_gathered("0" * 32)
    assert not path.exists()
    assert store.sha256_of(stored.key) == stored.sha256


@pytest.mark.parametrize(
    "name", ["", "..", "../" + "0" * 29, "0" * 31, "0" * 33, "0" * 31 + "/", "0" * 32 + "\n", "A" * 32, "๐" * 32]
)
def test_an_upload_whose_name_the_store_did_not_make_is_no_file(store, name):
    for verb in (store.incoming_path, store.keep_gathered):
        with pytest.raises(FileNotFoundError):
            verb(name)


def test_a_file_is_put_in_place_by_renaming_not_by_copying(store):
    incoming = store.receive()
    incoming.write(b"x" * 100)
    received = incoming.path.stat()
    path = store.path(store.keep(incoming).key)
    assert (path.stat().st_ino, path.stat().st_dev) == (received.st_ino, received.st_dev)
    assert not incoming.path.exists()


def test_all_that_was_written_is_on_disk_when_the_file_is_in_place(store):
    incoming = store.receive()
    incoming.write(b"y" * 10)
    stored = store.keep(incoming)
    assert store.path(stored.key).read_bytes() == b"y" * 10


def test_discarding_takes_a_received_file_away_and_leaves_a_kept_one(store):
    kept, dropped = store.receive(), store.receive()
    kept.write(b"kept")
    dropped.write(b"dropped")
    key = store.keep(kept).key
    for incoming in (kept, dropped, dropped):
        incoming.discard()
    assert list(store.incoming.iterdir()) == []
    assert store.path(key).read_bytes() == b"kept"


@pytest.mark.parametrize(
    "key",
    [
        *("", ".", "..", "../etc/passwd", "incoming/x", "ab", "ab/", "/etc/passwd", "ab/../../etc/passwd", "AB/" + "0" * 62),
        *(
            "ab/" + "0" * 61,
            "ab/" + "0" * 63,
            "ab/" + "0" * 61 + "g",
            "ab/" + "0" * 62 + "\n",
            "ab\\" + "0" * 62,
            "ab/" + "๐" * 62,
        ),
        "ab/" + "0" * 62 + "\x00",
    ],
)
def test_a_key_that_the_store_did_not_make_is_no_file(store, key):
    for verb in (store.path, store.open, store.sha256_of, store.delete):
        with pytest.raises(FileNotFoundError):
            verb(key)


def test_a_file_that_is_gone_is_missing_and_deleting_it_again_is_harmless(store):
    key = keep(store)
    store.delete(key)
    store.delete(key)
    with pytest.raises(FileNotFoundError):
        store.sha256_of(key)


def test_the_sweeper_takes_what_no_row_refers_to_after_a_day(store):
    living, orphan, fresh_orphan = keep(store), keep(store), keep(store)
    make_old(store.path(living), 2 * DAY)
    make_old(store.path(orphan), DAY + 60)
    make_old(store.path(fresh_orphan), DAY - 60)
    assert store.sweep({living}) == 1
    assert set(store.keys()) == {living, fresh_orphan}


def test_the_sweeper_takes_abandoned_uploads_after_a_day(store):
    abandoned, running = store.receive(), store.receive()
    make_old(abandoned.path, DAY + 60)
    assert store.sweep(set()) == 1
    assert list(store.incoming.iterdir()) == [running.path]
    running.discard()
    abandoned.discard()


def test_the_sweeper_goes_on_when_another_one_was_faster(store, monkeypatch):
    first, second = keep(store), keep(store)
    for key in (first, second):
        make_old(store.path(key), 2 * DAY)
    unlink = Path.unlink

    def too_late(path: Path, missing_ok: bool = False) -> None:
        unlink(path)
        if path == store.path(first):
            unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", too_late)
    assert store.sweep(set()) == 1
    assert list(store.keys()) == []


def test_room_is_kept_free_so_that_texts_can_still_be_saved(store, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(storage.FREE_SPACE_FLOOR_BYTES + 1000))
    store.require_space(1000)
    with pytest.raises(StoreFull):
        store.require_space(1001)


def test_nobody_else_on_the_machine_reads_the_folders_of_the_store(store):
    folder = store.path(keep(store)).parent
    assert [path.stat().st_mode & 0o077 for path in (store.root, store.incoming, folder)] == [0, 0, 0]
