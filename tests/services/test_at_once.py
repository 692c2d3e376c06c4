"""Two processes meet at the same row. SQLite lets one writer in at a time; here PostgreSQL does not."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from app import scope
from app.extensions import db
from app.models import OutboxMessage, Outcome, Review, SignInThrottle
from app.services import outbox, record, registration, review_assignment, reviewing, sign_in
from app.services.field_saving import Typing
from app.services.registration import Application
from app.services.reporting import Address
from app.services.sign_in import Browser
from tests.conftest import NOW
from tests.reviews import assign, begin_review, put_handed_in
from tests.services.doing import actor_for, doing, looking, mails

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)

HERE = Browser("203.0.113.7", "test")
LOCKED_OUT = text("SELECT count(*) FROM pg_stat_activity WHERE datname = 'emes' AND wait_event_type = 'Lock'")


class OtherProcess:
    """Does a deed in a transaction of its own. It has come as far as it can once this is made: to its end, or to a lock."""

    def __init__(self, app: Flask, deed: Callable[[], object]) -> None:
        self._app, self._deed, self._done = app, deed, threading.Event()
        self._faults: list[Exception] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        admin = create_engine(app.config["ADMIN_URL"])
        with admin.connect() as connection:
            while not self._done.wait(0.02) and not connection.scalar(LOCKED_OUT):
                connection.rollback()
        admin.dispose()

    def _run(self) -> None:
        try:
            with doing(self._app):
                self._deed()
                self._done.set()
        except Exception as error:
            self._faults.append(error)
        finally:
            self._done.set()

    def faults(self) -> list[Exception]:
        """What went wrong in it, once it has ended."""
        self._thread.join(timeout=30)
        return self._faults


def test_a_worker_passes_by_the_message_that_another_one_is_sending(app):
    with doing(app):
        record.mail("a@x.th", "receipt", now=NOW, dedupe_key="one")
    with looking(app):
        message_id = db.session.query(OutboxMessage.id).scalar()
    sent: list[str] = []

    def sending(_: OutboxMessage) -> None:
        other = OtherProcess(app, lambda: outbox.send_one(message_id, lambda _: sent.append("twice"), now=NOW))
        assert other.faults() == []
        sent.append("once")

    with app.app_context():
        assert outbox.send_one(message_id, sending, now=NOW)
    assert sent == ["once"]


@pytest.mark.parametrize(
    ("first", "second"), [("a@x.th", "b@x.th"), ("a@x.th", "a@x.th")], ids=["of one address", "of one account"]
)
def test_two_first_failures_at_the_same_moment_are_both_counted(app, first, second):
    with doing(app):
        sign_in.note_failure(first, HERE, now=NOW)
        other = OtherProcess(app, lambda: sign_in.note_failure(second, HERE, now=NOW))
    assert other.faults() == []
    with looking(app):
        assert max(row.failures for row in db.session.query(SignInThrottle)) == 2


def test_two_requests_with_a_known_mailbox_at_the_same_moment_mail_once(app):
    application = Application(
        email="reporter.p-cpm-3@emes.test",
        full_name="นางสุภาพร วงศ์ชัย",
        area_code="P-CPM-3",
        personnel_type_id=1,
        position="ศึกษานิเทศก์",
        phone="0812345678",
        password="ฝนตกที่ภูเขียวทุกวัน",
    )
    with doing(app):
        registration.register(application, now=NOW)
        other = OtherProcess(app, lambda: registration.register(application, now=NOW))
    assert other.faults() == []
    assert mails(app) == [("reporter.p-cpm-3@emes.test", "already_registered")]


def test_a_review_that_is_locked_while_a_conflict_takes_it_away_leaves_no_level(app):
    put_handed_in(app, "P-CPM-3", "QP-1")
    begin_review(app)
    assign(app, "P-CPM-3", "QP-1")
    address, central, evaluator = Address("2566-6", "P-CPM-3", "QP-1"), actor_for(app, "central"), actor_for(app, "evaluator1")

    def take_away() -> None:
        with scope.acting_as(central):
            review_assignment.declare("P-CPM-3", "ญาติ", user_id=evaluator.user_id, actor=central, now=NOW)

    keys = [f"verdict.{number}" for number in (1, 2, 3)]
    typed = dict.fromkeys(keys, Typing("complete", None)) | {"level": Typing("4", None), "reason": Typing("ครบ", None)}
    with doing(app, evaluator):
        assert not reviewing.save(address, typed, actor=evaluator, now=NOW).missing
        reviewing.lock(address, actor=evaluator, now=NOW)
        other = OtherProcess(app, take_away)
    assert other.faults() == []
    with looking(app):
        (review,) = db.session.query(Review)
        standing = db.session.query(Outcome).filter(Outcome.superseded_at.is_(None)).count()
    assert (review.state, standing) == ("released", 0)


def test_a_review_that_is_begun_while_it_is_handed_over_stays_with_who_began_it(app):
    put_handed_in(app, "P-CPM-3", "QP-1")
    begin_review(app)
    assign(app, "P-CPM-3", "QP-1")
    address, central, evaluator = Address("2566-6", "P-CPM-3", "QP-1"), actor_for(app, "central"), actor_for(app, "evaluator1")
    taker = actor_for(app, "evaluator2").user_id

    def hand_over() -> None:
        with scope.acting_as(central):
            review_assignment.hand_over("2566-6", evaluator.user_id, taker, None, actor=central, now=NOW)

    with doing(app, evaluator):
        reviewing.save(address, {"reason": Typing("ไม่พบแผน", None)}, actor=evaluator, now=NOW)
        other = OtherProcess(app, hand_over)
    assert other.faults() == []
    with looking(app):
        assert [(row.evaluator_id, row.state) for row in db.session.query(Review)] == [(evaluator.user_id, "open")]
