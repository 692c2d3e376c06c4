"""Letting go of personal data when its time is over, with proof of what went when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, update
from sqlalchemy.sql.dml import Delete, Update

from app.domain.privacy import Keeping
from app.extensions import db
from app.models import ApiToken, OutboxMessage, Registration, RetentionRun, SignInThrottle, SingleUseLink, UserSession
from app.queries import privacy as queries

ONCE_IN = timedelta(hours=20)


def _sessions(before: datetime) -> list[Delete | Update]:
    return [
        delete(UserSession).where(func.coalesce(UserSession.ended_at, UserSession.expires_at) < before),
        delete(SingleUseLink).where(SingleUseLink.expires_at < before),
        delete(ApiToken).where(func.coalesce(ApiToken.revoked_at, ApiToken.expires_at) < before),
        delete(SignInThrottle).where(SignInThrottle.last_failed_at < before),
    ]


def _registrations(before: datetime) -> list[Delete | Update]:
    undone = Registration.state.in_(("refused", "unverified"))
    return [delete(Registration).where(undone, Registration.requested_at < before)]


def _mails(before: datetime) -> list[Delete | Update]:
    """The row stays, so that the same cause mails nobody twice; whom it went to and what it said goes."""
    is_over = or_(OutboxMessage.sent_at < before, OutboxMessage.failed_at < before)
    emptied = {"recipient": "", "context": {}, "last_error": ""}
    return [update(OutboxMessage).where(is_over, OutboxMessage.recipient != "").values(emptied)]


_STATEMENTS: dict[Keeping, Callable[[datetime], list[Delete | Update]]] = {
    Keeping.SESSIONS: _sessions,
    Keeping.REGISTRATIONS: _registrations,
    Keeping.MAILS: _mails,
}


def _rows(statement: Delete | Update) -> int:
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]  # these always count their rows


def let_go(days: Mapping[str, int], *, now: datetime) -> int:
    """Let go of whatever is older than its days, each kind once a day, and put on record how many rows that were. Returns their number."""
    total = 0
    for keeping, statements in _STATEMENTS.items():
        last = queries.last_run(keeping)
        if last is not None and now - last < ONCE_IN:
            continue
        before = now - timedelta(days=days[keeping])
        removed = sum(_rows(statement) for statement in statements(before))
        db.session.add(RetentionRun(at=now, keeping=keeping, before_at=before, removed=removed))
        total += removed
    return total
