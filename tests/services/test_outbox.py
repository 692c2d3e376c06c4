"""Mail leaves once, and what could not leave is tried again after growing pauses."""

from __future__ import annotations

import smtplib
import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import OutboxMessage
from app.services import outbox, record
from tests.conftest import NOW
from tests.services.doing import doing, looking

on_both_databases = True


def queue(app, key: str = "one", *, at: datetime = NOW) -> int:
    with doing(app):
        record.mail("a@x.th", "receipt", now=at, dedupe_key=key, office="สพป.ชัยภูมิ เขต 3")
    with looking(app):
        return db.session.query(OutboxMessage.id).filter_by(dedupe_key=key).scalar()


def found(app, message_id: int) -> OutboxMessage:
    with looking(app):
        message = db.session.get(OutboxMessage, message_id)
        assert message is not None
        return message


def due(app, now: datetime) -> list[int]:
    with looking(app):
        return outbox.due(now)


def send(app, message_id: int, sending, *, now: datetime = NOW) -> bool:
    with app.app_context():
        return outbox.send_one(message_id, sending, now=now)


def failing(_: OutboxMessage) -> None:
    raise smtplib.SMTPServerDisconnected("ไม่ตอบ")


def test_a_message_is_sent_once_with_what_was_queued(app):
    message_id, sent = queue(app), []
    assert send(app, message_id, lambda message: sent.append((message.recipient, message.template, message.context)))
    assert not send(app, message_id, lambda message: sent.append(message))
    assert sent == [("a@x.th", "receipt", {"office": "สพป.ชัยภูมิ เขต 3"})]
    assert due(app, NOW + timedelta(days=1)) == []
    assert (found(app, message_id).sent_at, found(app, message_id).attempts) == (NOW, 1)


def test_nobody_waits_for_the_mail_server(app):
    """While one message is on its way another writer commits; a hanging server must not stop the offices' saves."""
    message_id = queue(app)

    def slow(_: OutboxMessage) -> None:
        writer = threading.Thread(target=queue, args=[app, "meanwhile"])
        writer.start()
        writer.join(timeout=3)
        assert not writer.is_alive(), "a writer waits"

    assert send(app, message_id, slow), found(app, message_id).last_error


def test_what_waits_is_due_in_its_order_and_not_before_its_time(app):
    second, first = queue(app, "second", at=NOW), queue(app, "first", at=NOW - timedelta(minutes=1))
    later = queue(app, "later", at=NOW + timedelta(minutes=1))
    assert due(app, NOW) == [first, second]
    assert not send(app, later, failing)
    assert found(app, later).attempts == 0
    assert due(app, NOW + timedelta(minutes=1)) == [first, second, later]


def test_after_a_failure_the_pauses_grow_up_to_an_hour(app):
    message_id, now, pauses = queue(app), NOW, []
    for _ in range(9):
        assert not send(app, message_id, failing, now=now)
        following = found(app, message_id).next_attempt_at
        pauses.append(int((following - now).total_seconds() // 60))
        assert due(app, following - timedelta(seconds=1)) == []
        assert due(app, following) == [message_id]
        now = following
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert found(app, message_id).last_error == "SMTPServerDisconnected: ไม่ตอบ"
    assert send(app, message_id, lambda _: None, now=now)
    assert (found(app, message_id).last_error, found(app, message_id).attempts) == ("", 10)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("x" * 500),
        TimeoutError(),
        smtplib.SMTPRecipientsRefused({}),
        smtplib.SMTPAuthenticationError(535, b"no"),
    ],
)
def test_whatever_the_mail_server_answers_the_message_waits(app, error):
    def sending(_: OutboxMessage) -> None:
        raise error

    message_id = queue(app)
    assert not send(app, message_id, sending)
    message = found(app, message_id)
    assert (message.sent_at, message.attempts) == (None, 1)
    assert message.last_error.startswith(type(error).__name__)
    assert len(message.last_error) <= 200


def test_mail_whose_cause_was_undone_is_never_sent(app):
    with pytest.raises(ZeroDivisionError), doing(app):
        record.mail("a@x.th", "receipt", now=NOW, dedupe_key="undone")
        1 / 0  # noqa: B018
    assert due(app, NOW) == []


def test_the_same_cause_is_queued_once(app):
    queue(app, "same")
    with pytest.raises(IntegrityError):
        queue(app, "same")
    assert len(due(app, NOW)) == 1


def test_an_unknown_message_is_nobodys(app):
    assert not send(app, 999, failing)
