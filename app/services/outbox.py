"""Sending what lies in the outbox: each message once, with growing pauses after a failure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from app.extensions import db
from app.models import OutboxMessage

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
BATCH = 50


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
    """Send a message that still waits, and note what came of it. Two workers never send the same one at the same time."""
    statement = (
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.sent_at.is_(None), OutboxMessage.next_attempt_at <= now)
        .with_for_update(skip_locked=True)
    )
    message = db.session.scalar(statement)
    if message is None:
        return False
    message.attempts += 1
    try:
        send(message)
    except Exception as error:  # whatever is wrong with one message must not hold up those behind it
        message.last_error = f"{type(error).__name__}: {error}"[:200]
        message.next_attempt_at = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(message.attempts - 1, 10))
        return False
    message.sent_at, message.last_error = now, ""
    return True
