"""Sending what lies in the outbox: each message once, with growing pauses after a failure, and an end to trying."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.delivery import ADDRESS_FAILURES, MOST_ATTEMPTS, OWN_FAILURES
from app.domain.errors import NotFound
from app.extensions import db, transaction
from app.mail import AddressRefused
from app.models import OutboxMessage
from app.services import accounts, record

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
BATCH = 50
# After these nothing is kept of whom they went to.
LAST_WORDS = ("account_closed",)
# Longer than any mail server is waited for.
CLAIM = timedelta(minutes=5)
_WAITS = (OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None))


def due(now: datetime) -> list[int]:
    """Ids of messages whose time has come, the oldest first."""
    statement = (
        select(OutboxMessage.id)
        .where(*_WAITS, OutboxMessage.next_attempt_at <= now)
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
    fault: Exception | None = None
    try:
        send(message)
    except Exception as error:  # whatever is wrong with one message must not hold up those behind it
        fault = error
    with transaction():
        noted = db.session.get_one(OutboxMessage, message_id, with_for_update=True)
        if fault is None:
            noted.sent_at, noted.last_error = now, ""
            accounts.mail_arrives(noted.recipient)
            if noted.template in LAST_WORDS:
                noted.recipient, noted.context = "", {}
        else:
            _note_fault(noted, fault, attempts, now)
    return fault is None


def _note_fault(message: OutboxMessage, fault: Exception, attempts: int, now: datetime) -> None:
    """Try again later; not after a refusal that lasts, nor for ever. Only what is about the address is held against it."""
    message.last_error = f"{type(fault).__name__}: {fault}"[:200]
    message.next_attempt_at = now + min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 10))
    lasts = isinstance(fault, AddressRefused) and fault.lasts
    if lasts or (attempts >= MOST_ATTEMPTS and message.failure not in OWN_FAILURES):
        message.failed_at = now
        if message.failure in ADDRESS_FAILURES:
            accounts.mail_bounces(message.recipient, now=now)


def send_again(message_id: int, *, actor: Actor, now: datetime) -> OutboxMessage:
    """Give a message that failed another chance, as if it had just been written. Raises NotFound for one that did not fail."""
    access.require(actor, Action.REMIND, access.COUNTRY)
    message = db.session.get(OutboxMessage, message_id, with_for_update=True)
    if message is None or message.failed_at is None:
        raise NotFound
    message.failed_at, message.attempts, message.next_attempt_at = None, 0, now
    record.change(actor, f"mail:{message.id}", "sent again", now=now, new=message.recipient)
    return message


def _waiting(message_id: int, now: datetime) -> OutboxMessage | None:
    statement = (
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id, *_WAITS, OutboxMessage.next_attempt_at <= now)
        .with_for_update(skip_locked=True)
    )
    return db.session.scalar(statement)
