"""Who waits for another's write decides on what was written, not on what stood there before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app import scope, worker
from app.domain.access import Actor, Duty
from app.domain.errors import IncompleteReport, Refused
from app.extensions import db, transaction
from app.models import Answer, Area, Evidence, HandIn, Outage, OutboxMessage, Question, Round, Submission
from app.queries.deadline import Ended
from app.queries.reminder import Selection
from app.services import closing, evidence, outages, questions, reminders, reporting
from app.services.field_saving import Typing
from app.services.reporting import Address, Reporter
from app.signing import signer
from tests.conftest import NOW
from tests.person import REPORT, Person
from tests.services.doing import looking

on_both_databases = True
HERE = Address("2566-6", "P-CPM-3", "QP-1")
WHO = Reporter("นาย ก", "ศึกษานิเทศก์", "022885867")


def all_of(app, model) -> list[Any]:
    with looking(app):
        return list(db.session.query(model).order_by(model.id))


@pytest.fixture
def reported(app) -> None:
    Person(app).signed_in("reporter.p-cpm-3@emes.test").report_everything()


@pytest.fixture
def officer(app) -> Actor:
    with looking(app):
        area = db.session.query(Area).filter_by(code="P-CPM-3").one()
    return Actor(None, frozenset(Duty), frozenset({area.id}), "ผู้ทดสอบ", sees_all_areas=True)


def one_after_the_other(app, first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """The first writes and keeps its lock until the second waits for it. Answers what the second came to, or its refusal."""
    wrote, release, found = threading.Event(), threading.Event(), []

    def begin() -> None:
        with app.app_context(), scope.whole_country("a test"), transaction():
            first()
            db.session.flush()
            wrote.set()
            release.wait(10)

    def follow() -> None:
        wrote.wait(10)
        try:
            with app.app_context(), scope.whole_country("a test"), transaction():
                found.append(second())
        except Exception as refusal:
            found.append(refusal)

    threads = [threading.Thread(target=begin), threading.Thread(target=follow)]
    for thread in threads:
        thread.start()
    wrote.wait(10)
    time.sleep(0.5)
    release.set()
    for thread in threads:
        thread.join()
    return found[0]


def saving(officer: Actor, key: str, value: str, version: int) -> Callable[[], Any]:
    return lambda: reporting.save(HERE, {key: Typing(value, version)}, actor=officer, reporter=WHO, now=NOW)


def version_of(app, key: str) -> int:
    return next(row.version for row in all_of(app, Answer) if row.field_key == key)


def counting(app) -> Callable[[], bool]:
    (found,) = (row for row in all_of(app, Round) if row.code == "2566-6")
    (report,) = all_of(app, Submission)
    late = found.closes_at + timedelta(hours=2)
    time_over = Ended(found, found.closes_at)
    return lambda: closing.count(report.id, time_over, actor=worker.COUNTING, now=late, signer=signer())


def test_the_second_of_two_savers_is_told_of_the_first(app, officer):
    Person(app).signed_in("reporter.p-cpm-3@emes.test").patch(REPORT, {"problems": ("ก่อน", 0)})
    second = one_after_the_other(app, saving(officer, "problems", "คนแรก", 1), saving(officer, "problems", "คนที่สอง", 1))
    assert second.conflicts["problems"].theirs == "คนแรก"
    assert [row.value for row in all_of(app, Answer) if row.field_key == "problems"] == ["คนแรก"]


def test_a_submit_that_waited_for_a_field_to_be_cleared_is_incomplete(app, officer, reported):
    clearing = saving(officer, "self_level", "", version_of(app, "self_level"))
    submitting = one_after_the_other(
        app, clearing, lambda: reporting.submit(HERE, actor=officer, reporter=WHO, now=NOW, signer=signer())
    )
    assert isinstance(submitting, IncompleteReport)
    assert all_of(app, HandIn) == []


def test_a_file_deleted_while_the_report_is_submitted_takes_the_report_back_to_draft(app, officer, reported):
    file = all_of(app, Evidence)[0]
    removed = one_after_the_other(
        app,
        lambda: reporting.submit(HERE, actor=officer, reporter=WHO, now=NOW, signer=signer()),
        lambda: evidence.remove(file.id, actor=officer, now=NOW),
    )
    assert removed.deleted_at == NOW
    (report,) = all_of(app, Submission)
    assert (report.state, report.missing_count) == ("draft", 1)


def test_a_reminder_that_waited_for_the_round_to_be_closed_reminds_nobody(app, officer):
    def close() -> None:
        found = db.session.query(Round).filter_by(code="2566-6").with_for_update().one()
        found.closes_at, found.due_at, found.reminds_at = NOW - timedelta(minutes=1), None, None

    found = one_after_the_other(
        app,
        close,
        lambda: reminders.send(
            "2566-6", reminders.Letter(), Selection(codes=("P-CPM-3",)), form_key="k", actor=officer, now=NOW
        ),
    )
    assert isinstance(found, Refused)
    assert all_of(app, OutboxMessage) == []


def test_a_question_asked_twice_at_once_is_one(app, officer):
    def ask() -> int:
        return questions.ask(HERE, "ต้องแนบคำสั่งหรือไม่", actor=officer, now=NOW).id

    second = one_after_the_other(app, ask, ask)
    assert [row.id for row in all_of(app, Question)] == [second]


def test_two_workers_count_a_report_once(app, reported):
    assert one_after_the_other(app, counting(app), counting(app)) is False
    assert len(all_of(app, HandIn)) == 1


def test_a_count_that_waited_for_an_edit_counts_what_was_edited(app, officer, reported):
    clearing = saving(officer, "self_level", "", version_of(app, "self_level"))
    assert one_after_the_other(app, clearing, counting(app)) is False
    assert all_of(app, HandIn) == []


def test_two_outages_given_back_at_once_are_both_given_back(app, officer):
    (found,) = (row for row in all_of(app, Round) if row.code == "2566-6")
    with app.app_context(), transaction():
        for number in (1, 2):
            began = NOW - timedelta(minutes=10 * number)
            row = Outage(id=number, round_id=found.id, began_at=began, ended_at=began + timedelta(minutes=5), minutes=5)
            db.session.add(row)
    giving = [lambda number=number: outages.give_back(number, actor=officer, now=NOW) for number in (1, 2)]
    one_after_the_other(app, *giving)
    (after,) = (row for row in all_of(app, Round) if row.code == "2566-6")
    assert after.closes_at - found.closes_at == timedelta(minutes=10)
