"""Whether this installation can serve, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from app.domain import health
from app.domain.health import Part
from app.queries import operation
from app.storage import EvidenceStore, StoreFull, StoreUnreachable


def not_ready(store: EvidenceStore, *, head: str | None) -> Iterator[Part]:
    """What a web server lacks in order to serve. `head` is the newest migration that the program knows."""
    try:
        if operation.migration() != head:
            yield Part.MIGRATIONS
    except SQLAlchemyError:
        yield Part.DATABASE
    try:
        store.check()
        store.require_space(0)
    except StoreFull:
        yield Part.ROOM
    except (StoreUnreachable, OSError):
        yield Part.STORE


def ailing(*, now: datetime) -> Iterator[Part]:
    """What does not work behind the web server: pages are served all the same."""
    try:
        if not health.is_fresh(operation.pulse(), now):
            yield Part.WORKER
        mail = operation.mail()
        if mail.line_is_down or health.is_stuck(mail.due_at, now):
            yield Part.MAIL
    except SQLAlchemyError:
        return
