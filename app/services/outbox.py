"""Sending what lies in the outbox: each message once, with growing pauses after a failure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from app.extensions import db, transaction
from app.models import OutboxMessage

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
BATCH = 50
# Longer than any mail server is waited for.
CLAIM = timedelta(minutes=5)


def due(now: datetime) -> list[int]:
    """Ids of messages whose time has come, the oldest first."""
    statement = (
        select(OutboxMessage.id)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.next_attempt_at <= now)
        .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
        .limit(BATCH)
    )
    return list(db.session.scalars(statement))


def send_one(message_id: int, send: Callable[[OutboxMessage], None], *, now: datetime) -> bool:
    """Send a message that still waits, and note what came of it. Opens its own transactions: nobody waits for a mail server.

    The message is claimed first, so that two workers never send the same one at the same time; one that dies meanwhile leaves it to be
    sent again when the claim is over."""
    with transaction():
        message = _waiting(message_id, now)
        if message is None:
            return False
        message.attempts += 1
        message.next_attempt_at = now + CLAIM
        attempts = message.attempts
        db.session.flush()
        db.session.expunge(message)
    fault = ""
    try:
        send(message)
    except Exception as error:  # whatever is wrong with one message must not hold up those behind it
        fault = f"{type(error).__name__}: {error}"[:200]
    with transaction():
        noted = db.session.get_one(OutboxMessage, message_id, with_for_update=True)
        if fault:
            noted.last_error = fault
            noted.next_attempt_at = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 10))
        else:
            noted.sent_at, noted.last_error = now, ""
    return not fault


def _waiting(message_id: int, now: datetime) -> OutboxMessage | None:
    statement = (
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.sent_at.is_(None), OutboxMessage.next_attempt_at <= now)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalar(statement)
