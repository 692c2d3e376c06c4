"""Two processes meet at the same row. SQLite lets one writer in at a time; here PostgreSQL does not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

from app.extensions import db
from app.models import OutboxMessage, SignInThrottle
from app.services import outbox, record, sign_in
from app.services.sign_in import Browser
from tests.conftest import NOW
from tests.services.doing import doing, looking

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)

HERE = Browser("203.0.113.7", "test")
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = 'emes' AND wait_event_type = 'Lock'")


@contextmanager
def meanwhile(app, deed: Callable[[], None]):
    """Another process does a deed and comes as far as it can; what stands inside follows, then the deed is finished."""
    done, faults = threading.Event(), []

    def other() -> None:
        try:
            with doing(app):
                deed()
                done.set()
        except Exception as error:
            faults.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=other)
    admin = create_engine(app.config["ADMIN_URL"])
    thread.start()
    with admin.connect() as connection:
        for _ in range(500):
            if done.wait(0.02) or connection.execute(WAITING).scalar():
                break
    admin.dispose()
    yield faults
    thread.join(timeout=30)


def test_a_worker_passes_by_the_message_that_another_one_is_sending(app):
    with doing(app):
        record.mail("a@x.th", "receipt", now=NOW, dedupe_key="one")
    with looking(app):
        message_id = db.session.query(OutboxMessage.id).scalar()
    sent, answers = [], []

    def second() -> None:
        answers.append(outbox.send_one(message_id, lambda _: sent.append("second"), now=NOW))

    def sending(_: OutboxMessage) -> None:
        sent.append("first")
        with meanwhile(app, second):
            assert answers == [False]

    with doing(app):
        answers.append(None) if outbox.send_one(message_id, sending, now=NOW) else None
    assert (sent, answers) == (["first"], [False, None])


@pytest.mark.parametrize(
    ("first", "second"), [("a@x.th", "b@x.th"), ("a@x.th", "a@x.th")], ids=["of one address", "of one account"]
)
def test_two_first_failures_at_the_same_moment_are_both_counted(app, first, second):
    with doing(app):
        sign_in.note_failure(first, HERE, now=NOW)
        other = meanwhile(app, lambda: sign_in.note_failure(second, HERE, now=NOW))
        faults = other.__enter__()
    other.__exit__(None, None, None)
    assert faults == []
    with looking(app):
        assert max(row.failures for row in db.session.query(SignInThrottle)) == 2
