"""`verify` and `doctor`: what is wrong with the files, and with the installation."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import event

from app.extensions import db
from app.storage import EvidenceStore, StoreFull, evidence_store
from tests.cli.running import run, well
from tests.person import one_page_pdf
from tests.services.doing import looking
from tests.stores import bytes_of, names_in, overwrite

UNTOUCHED = "checked 5 files: 0 faults, 0 files that no row refers to"
RECORD = "checked {} changes in {} chains against 0 checkpoints: 0 faults, 0 changes without a signature for more than a day"


@pytest.fixture
def attached(app, reporter) -> str:
    """The key of a file of evidence."""
    store = _store(app)
    before = set(store.keys())
    response = reporter.upload("criterion.1", ("หลักฐาน.pdf", one_page_pdf()))
    assert response.status_code == 201
    (key,) = set(store.keys()) - before
    return key


def _store(app) -> EvidenceStore:
    with app.app_context():
        return evidence_store()


def orphan(app, content: bytes = b"orphan") -> None:
    _store(app).keep_bytes(content)


def test_a_whole_store_is_verified_in_silence(app):
    assert well(app, "verify") == [UNTOUCHED, RECORD.format(0, 0)]


def test_a_file_of_evidence_is_among_the_verified(app, attached):
    assert well(app, "verify")[0] == "checked 6 files: 0 faults, 0 files that no row refers to"


def test_one_flipped_bit_is_found_and_the_file_is_named(app, attached):
    content = bytearray(bytes_of(_store(app), attached))
    content[len(content) // 2] ^= 1
    overwrite(_store(app), attached, bytes(content))
    result = run(app, "verify")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "differs: หลักฐาน.pdf",
        "checked 6 files: 1 faults, 0 files that no row refers to",
        RECORD.format(5, 1),
    ]


def test_a_missing_and_a_cut_off_file_are_found(app, attached):
    store = _store(app)
    document = next(key for key in store.keys() if key != attached)
    overwrite(store, document, bytes_of(store, document)[:-1])
    store.delete(attached)
    result = run(app, "verify")
    assert result.exit_code == 1
    assert "missing: หลักฐาน.pdf" in result.output
    assert result.output.count("differs: ") == 1
    assert "checked 6 files: 2 faults" in result.output


def test_files_that_no_row_refers_to_are_counted_and_are_no_fault(app):
    for content in (b"one", b"two"):
        orphan(app, content)
    assert well(app, "verify")[0] == "checked 5 files: 0 faults, 2 files that no row refers to"


def test_a_deleted_file_that_can_still_be_taken_back_is_no_orphan(app, reporter):
    uploaded = reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).json["evidence"][0]
    assert reporter.delete(f"/evidence/{uploaded['id']}").status_code == 200
    assert "0 files that no row refers to" in well(app, "verify")[0]


def test_nothing_is_wrong_with_a_sound_installation(app):
    assert well(app, "doctor") == ["nothing found"]


def test_a_database_that_does_not_answer_is_named_without_its_address(app, monkeypatch):
    with app.app_context():
        monkeypatch.setattr(type(db), "engine", property(lambda _: 1 / 0))
        result = run(app, "doctor")
    assert result.exit_code == 1
    assert "the database does not answer: ZeroDivisionError" in result.output


@pytest.mark.only_small("SQLite's way to sync")
def test_a_database_that_could_lose_what_was_acknowledged_is_named(app):
    def careless(connection, _) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")

    with app.app_context():
        engine = db.engine
        engine.dispose()
    event.listen(engine, "connect", careless)
    try:
        result = run(app, "doctor")
    finally:
        event.remove(engine, "connect", careless)
        engine.dispose()
    assert result.exit_code == 1
    assert "SQLite does not sync fully" in result.output


@pytest.mark.only_small("the folder's rights; test_files_in_s3 takes S3 away")
def test_a_store_that_can_not_be_written_is_named(app, monkeypatch):
    root, access = _store(app).root, os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != root and access(path, mode))
    result = run(app, "doctor")
    assert (result.exit_code, result.output.splitlines()) == (
        1,
        [f"the evidence store is not usable: the folder {root} is not writable"],
    )


def test_a_full_store_is_named(app, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("usage", (), {"free": 1000}))
    result = run(app, "doctor")
    assert (result.exit_code, result.output.splitlines()) == (1, [f"the evidence store is not usable: {StoreFull.__name__}"])


def test_production_without_a_mail_server_is_named(app, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_ENV", "production")
    result = run(app, "doctor")
    assert result.exit_code == 1
    assert "EMES_SMTP_URL is not set" in result.output
    app.config["EMES_SMTP_URL"] = "smtp://127.0.0.1"
    assert well(app, "doctor") == ["nothing found"]


def test_looking_for_faults_writes_nothing(app):
    orphan(app)
    before = names_in(_store(app))
    for command in ("verify", "doctor"):
        run(app, command)
    assert names_in(_store(app)) == before
    with looking(app):
        assert not db.session.dirty
