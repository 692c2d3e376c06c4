"""What machines ask: /health/live, /health/ready, /metrics."""

from __future__ import annotations

import os
import re
import shutil
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.extensions import db
from app.metrics import RequestCounts
from app.models import OutboxMessage, Pulse
from app.services import record
from app.storage import FolderStore, StoreFull
from app.views import operation
from tests.conftest import NOW
from tests.person import one_page_pdf
from tests.services.doing import doing
from tests.stores import bytes_of
from tests.views.test_statements import cost

on_both_databases = "where marked"
FIGURE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$")


def told(response) -> dict[str, float]:
    """The figures of an answer: `emes_exports{state="waiting"}` → 0.0. Every line must be one that Prometheus reads."""
    assert response.status_code == 200
    found: dict[str, float] = {}
    for line in response.text.splitlines():
        if not line.startswith(("# HELP emes_", "# TYPE emes_")):
            read = FIGURE.fullmatch(line)
            assert read, line
            found[f"{read[1]}{{{read[2]}}}" if read[2] else read[1]] = float(read[3])
    return found


def away(*_: object, **__: object) -> None:
    raise OperationalError("SELECT 1", {}, Exception("password=secret host=db"))


# --- health --------------------------------------------------------------------------------------------------------------------


def test_health_is_told_to_machines_without_a_session(stranger):
    for address in ("/health/live", "/health/ready"):
        response = stranger.client.get(address)
        assert (response.status_code, response.json) == (200, {"status": "ok"})
        assert "Set-Cookie" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"


def test_a_process_without_a_database_lives_and_is_not_ready_and_says_no_more(stranger, reporter, monkeypatch):
    monkeypatch.setattr(db.session, "execute", away)
    monkeypatch.setattr(db.session, "scalar", away)
    monkeypatch.setattr(db.session, "scalars", away)
    for person in (stranger, reporter):
        assert person.client.get("/health/live").json == {"status": "ok"}, "a cookie must not ask the database"
        response = person.client.get("/health/ready?whole=1")
        assert (response.status_code, response.json) == (503, {"status": "not ready", "not_ready": ["database"]})


@pytest.mark.postgresql
def test_a_database_at_another_migration_is_not_ready(app, stranger):
    with doing(app):
        db.session.execute(text("UPDATE alembic_version SET version_num = '20200101_old'"))
    assert stranger.client.get("/health/ready").json["not_ready"] == ["migrations"]


@pytest.mark.only_small("takes the folder away; test_files_in_s3 takes S3 away")
def test_a_store_that_is_full_or_cannot_be_written_is_not_ready(app, stranger, monkeypatch):
    def full(*_: object) -> None:
        raise StoreFull

    store = app.extensions["emes_storage"]
    monkeypatch.setattr(store, "require_space", full)
    response = stranger.client.get("/health/ready")
    assert (response.status_code, response.json["not_ready"]) == (503, ["room"])
    monkeypatch.undo()
    shutil.rmtree(store.incoming)
    assert stranger.client.get("/health/ready").json["not_ready"] == ["store"]


def test_a_worker_that_rests_and_mail_that_lies_there_count_only_when_they_are_asked_for(app, stranger):
    assert stranger.client.get("/health/ready?whole=1").json["not_ready"] == ["worker"]
    with doing(app):
        db.session.add(Pulse(id=1, beat_at=NOW - timedelta(minutes=1)))
        record.mail("a@x.th", "already_registered", now=NOW, dedupe_key="one")
    assert stranger.client.get("/health/ready?whole=1").json == {"status": "ok"}
    app.config["EMES_NOW"] = NOW + timedelta(hours=1)
    response = stranger.client.get("/health/ready?whole=1")
    assert (response.status_code, response.json["not_ready"]) == (503, ["worker", "mail"])
    assert stranger.client.get("/health/ready").status_code == 200


@pytest.mark.postgresql
def test_a_mail_server_that_does_not_answer_counts_and_a_mailbox_that_is_full_does_not(app, stranger):
    with doing(app):
        db.session.add(Pulse(id=1, beat_at=NOW))
        record.mail("a@x.th", "already_registered", now=NOW, dedupe_key="one")
    for error, lacking in (("AddressRefused: 452 4.2.2 full", []), ("ConnectionRefusedError: [Errno 111]", ["mail"])):
        with doing(app):
            message = db.session.query(OutboxMessage).one()
            message.last_error, message.next_attempt_at = error, NOW + timedelta(hours=1)
        assert stranger.client.get("/health/ready?whole=1").json.get("not_ready", []) == lacking


# --- figures -------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_figures_are_told_and_name_nobody(app, reporter, stranger):
    assert reporter.upload("criterion.1", ("หลักฐาน.pdf", one_page_pdf())).status_code == 201
    with doing(app):
        db.session.add(Pulse(id=1, beat_at=NOW - timedelta(seconds=20)))
        record.mail("somebody@x.th", "already_registered", now=NOW - timedelta(minutes=5), dedupe_key="one")
    app.extensions.pop("emes_stored_bytes", None)
    response = stranger.client.get("/metrics")
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = told(response)
    assert found["emes_database_up"] == 1
    assert found["emes_worker_pulse_age_seconds"] == 20
    assert (found["emes_mail_waiting"], found["emes_mail_overdue_seconds"], found["emes_mail_given_up"]) == (1, 300, 0)
    assert (found["emes_files_waiting"], found['emes_exports{state="waiting"}']) == (1, 0)
    assert found["emes_rounds_open"] == 1
    assert 10 * 86400 < found['emes_round_closes_in_seconds{round="2566-6"}'] < 11 * 86400
    assert found["emes_sessions"] == 1
    store = app.extensions["emes_storage"]
    assert found["emes_store_bytes"] == sum(len(bytes_of(store, key)) for key in store.keys())
    if isinstance(store, FolderStore):  # a bucket has no end
        assert found["emes_store_free_bytes"] > found["emes_store_floor_bytes"] > 0
    for secret in ("somebody", "P-CPM-3", "reporter", "emes.test", "หลักฐาน", store.place):
        assert secret not in response.text


def test_answers_are_counted_by_endpoint_and_status_with_their_durations(stranger):
    before = told(stranger.client.get("/metrics"))
    stranger.get("/documents/")
    stranger.get("/documents/999")
    stranger.get("/nowhere/at/all")
    after = told(stranger.client.get("/metrics"))

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more('emes_requests_total{endpoint="PublicView.documents",status="200"}') == 1
    assert more('emes_requests_total{endpoint="PublicView.document",status="404"}') == 1
    assert more('emes_requests_total{endpoint="none",status="404"}') == 1
    assert more('emes_request_seconds_count{endpoint="PublicView.documents"}') == 1
    assert more('emes_request_seconds_bucket{endpoint="PublicView.documents",le="+Inf"}') == 1
    assert 0 < more('emes_request_seconds_sum{endpoint="PublicView.documents"}') < 10


def test_without_a_database_what_was_counted_is_told_all_the_same(stranger, monkeypatch):
    monkeypatch.setattr(db.session, "execute", away)
    monkeypatch.setattr(db.session, "scalar", away)
    found = told(stranger.client.get("/metrics"))
    assert found["emes_database_up"] == 0
    assert "emes_sessions" not in found and any(name.startswith("emes_requests_total") for name in found)


def test_the_age_of_the_newest_backup_is_told(app, stranger, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_BACKUP_DIR", tmp_path)
    assert "emes_backup_age_seconds" not in told(stranger.client.get("/metrics"))
    for name in ("emes-20261118T030000Z", "emes-20261119T030000Z"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json.sha256").touch()
    assert told(stranger.client.get("/metrics"))["emes_backup_age_seconds"] == 86400


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.9.9.9", {"Host": "127.0.0.1:8080"}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 403),
        ("nonsense", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer geheim-2566"}, 200),
        ("203.0.113.9", {"Authorization": "Bearer other"}, 403),
        ("203.0.113.9", {"Authorization": "geheim-2566"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer geheim-๒๕๖๖"}, 403),
    ],
)
def test_figures_are_for_this_machine_or_for_the_token(any_app, monkeypatch, address, headers, status):
    monkeypatch.setitem(any_app.config, "EMES_METRICS_TOKEN", "geheim-2566")
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    response = any_app.test_client().get("/metrics", headers=sent, environ_overrides={"REMOTE_ADDR": address})
    assert response.status_code == status


def test_without_a_token_in_the_settings_no_token_opens(any_app):
    for sent in ("Bearer ", "Bearer None", "Bearer"):
        response = any_app.test_client().get(
            "/metrics", headers={"Authorization": sent}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}
        )
        assert response.status_code == 403


@pytest.mark.postgresql
def test_a_page_of_figures_costs_the_same_few_statements(stranger):
    assert cost(stranger.client, "/metrics") <= 8


# --- processes -----------------------------------------------------------------------------------------------------------------


def in_another_process(folder: Path, *, kill: bool = False) -> None:
    child = os.fork()
    if child == 0:
        RequestCounts(folder, ["a", "b"]).add("a", 200, 0.02)
        if kill:
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    os.waitpid(child, 0)


def count(counts: RequestCounts) -> str:
    return next(line for line in counts.lines() if line.startswith("emes_requests_total{")).rpartition(" ")[2]


def test_what_other_processes_counted_is_told_by_any_of_them_and_outlives_kill_9(tmp_path):
    own = RequestCounts(tmp_path, ["a", "b"])
    own.add("a", 200, 0.02)
    for kill in (False, True, True):
        in_another_process(tmp_path, kill=kill)
    assert count(own) == "4"
    assert len(list(tmp_path.iterdir())) == 2, "a process goes on in the file of one that ended"
    other_release = RequestCounts(tmp_path, ["a", "b", "c"])
    other_release.add("a", 200, 0.02)
    assert count(other_release) == "1"
    assert count(own) == "1", "the file of the ended ones was taken over"


def test_a_folder_that_cannot_be_written_does_not_keep_anybody_from_counting(tmp_path):
    (tmp_path / "file").touch()
    counts = RequestCounts(tmp_path / "file", ["a"])
    counts.add("a", 200, 0.02)
    counts.add("unknown", 777, 99)
    assert count(counts) == "1"
    assert 'emes_requests_total{endpoint="none",status="0"} 1' in list(counts.lines())


def test_the_newest_migration_is_looked_up_once(app, stranger, monkeypatch):
    stranger.client.get("/health/ready")
    monkeypatch.setattr(operation.ScriptDirectory, "get_current_head", away)
    assert stranger.client.get("/health/ready").status_code == 200
