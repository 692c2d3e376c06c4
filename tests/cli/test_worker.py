"""What runs beside the requests: `run-due`, and the worker's loop."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from app import scope, worker
from app.extensions import db
from app.models import ClosingCopy
from app.services import record
from app.storage import evidence_store
from tests.cli.running import run, well, written_mails
from tests.conftest import NOW
from tests.person import Person, one_page_pdf
from tests.services.doing import doing, looking
from tests.stores import make_old


def test_everything_that_is_due_is_done_once(app, reporter):
    with doing(app):
        record.mail("a@x.th", "already_registered", now=NOW, dedupe_key="one")
    uploaded = [reporter.upload("criterion.1", (f"{n}.pdf", one_page_pdf())).json["evidence"][-1]["id"] for n in range(2)]
    assert reporter.delete(f"/evidence/{uploaded[0]}").status_code == 200
    with app.app_context():
        store = evidence_store()
        orphan = store.keep_bytes(b"orphan").key
        keys = set(store.keys())
        make_old(store)
        assert {"mail: 1", "swept: 1"} <= set(well(app, "run-due"))
        assert set(store.keys()) == keys - {orphan}, "what a row refers to stays, also what was deleted and may be taken back"
        assert {"mail: 0", "swept: 0"} <= set(well(app, "run-due"))
    assert len(written_mails(app)) == 1


def test_the_worker_goes_on_after_a_fault_and_stops_when_told(app, monkeypatch, caplog):
    stop, passes = threading.Event(), []

    def send_mail() -> int:
        passes.append(scope.current_actor())
        if len(passes) == 1:
            raise RuntimeError("the database is away")
        if len(passes) == 3:
            stop.set()
        return 0

    later: list[int] = []
    monkeypatch.setattr(worker, "POLL_SECONDS", 0)
    monkeypatch.setattr(worker, "JOBS", ((send_mail, 0), (lambda: later.append(1) or 0, 0)))
    worker.run(app, stop)
    assert passes == [worker.JOB] * 3
    assert "send_mail met a fault; the worker goes on" in caplog.text
    assert len(later) == 3, "what comes after the faulty job is done all the same"


def test_the_pulse_goes_on_while_a_job_takes_long(app, monkeypatch):
    """A mail server that hangs is no outage."""
    stop, beats = threading.Event(), []

    def slow() -> int:
        time.sleep(0.5)
        stop.set()
        return 0

    monkeypatch.setattr(worker, "beat", lambda: beats.append(1) or 0)
    monkeypatch.setattr(worker.outages, "BEAT_EVERY", timedelta(seconds=0.05))
    monkeypatch.setattr(worker, "JOBS", ((slow, 0),))
    worker.run(app, stop)
    assert len(beats) > 3


def test_a_report_that_cannot_be_counted_holds_up_no_other(app, monkeypatch, caplog):
    reporter = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    for indicator in ("QP-1", "QP-2"):
        reporter.patch(f"/reports/2566-6/P-CPM-3/{indicator}", {"problems": ("ยังไม่ครบ", 0)})
    count, asked = worker.closing.count, []

    def sometimes(submission_id: int, *more, **named) -> bool:
        asked.append(submission_id)
        if len(asked) == 1:
            raise RuntimeError("this one does not fit")
        return count(submission_id, *more, **named)

    monkeypatch.setattr(worker.closing, "count", sometimes)
    monkeypatch.setitem(app.config, "EMES_NOW", NOW + timedelta(days=12))
    with app.app_context():
        worker.run_due()
    assert len(asked) == 2
    assert "met a fault" in caplog.text
    with looking(app):
        assert db.session.query(ClosingCopy).count() == 1


def test_the_worker_sweeps_the_store_now_and_then_and_not_in_every_pass(app, monkeypatch):
    stop, swept, passes = threading.Event(), [], []

    def send_mail() -> int:
        passes.append(1)
        if len(passes) == 4:
            stop.set()
        return 0

    monkeypatch.setattr(worker, "POLL_SECONDS", 0)
    jobs = ((lambda: swept.append(1) or 0, worker.SWEEP_EVERY_SECONDS), (send_mail, 0))
    monkeypatch.setattr(worker, "JOBS", jobs)
    monkeypatch.setattr(worker, "_keep_beating", lambda *_: None)
    monkeypatch.setattr(worker.time, "monotonic", lambda: 10_000.0 + worker.SWEEP_EVERY_SECONDS / 2 * len(passes))
    worker.run(app, stop)
    assert len(swept) == 2


@pytest.mark.parametrize("command", ["run-due", "send-mail", "verify", "doctor"])
def test_a_command_that_may_be_run_every_minute_is_harmless_when_there_is_nothing_to_do(app, command):
    assert run(app, command).output == run(app, command).output
    assert written_mails(app) == []
