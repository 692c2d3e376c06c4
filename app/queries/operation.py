"""Figures for whoever keeps the system running: counts and ages, never a name of a person or an office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, text, union

from app.domain.delivery import OWN_FAILURES
from app.domain.exporting import State
from app.domain.round_life import Stage
from app.extensions import db
from app.models import (
    Document,
    DocumentVersion,
    Evidence,
    Export,
    Letter,
    OfficeOrder,
    OutboxMessage,
    Pulse,
    Round,
    SheetFile,
    UserSession,
)

_WAITS = (OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None))
_LOOKED_AT = 50


@dataclass(frozen=True)
class Mail:
    """The outbox. `due_at` is since when the oldest that should have left waits; `line_is_down` says that our own server does not take it."""

    waiting: int
    given_up: int
    due_at: datetime | None
    line_is_down: bool


@dataclass(frozen=True)
class Figures:
    """Everything that `/metrics` tells of the database. `rounds` are those that are open, with the moment they close."""

    beat_at: datetime | None
    mail: Mail
    files_waiting: int
    exports: dict[str, int]
    rounds: dict[str, datetime]
    sessions: int


def migration() -> str | None:
    """At which migration the database is."""
    found: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def pulse() -> datetime | None:
    """When the worker last beat."""
    return db.session.scalar(select(Pulse.beat_at).where(Pulse.id == 1))


def mail() -> Mail:
    statement = select(
        func.count().filter(*_WAITS),
        func.count().filter(OutboxMessage.failed_at.is_not(None), OutboxMessage.sent_at.is_(None)),
        func.min(OutboxMessage.next_attempt_at).filter(*_WAITS),
    )
    waiting, given_up, due_at = db.session.execute(statement).one()
    tried = select(OutboxMessage).where(*_WAITS, OutboxMessage.last_error != "").order_by(OutboxMessage.next_attempt_at)
    down = waiting and any(row.failure in OWN_FAILURES for row in db.session.scalars(tried.limit(_LOOKED_AT)))
    return Mail(waiting, given_up, due_at, bool(down))


def figures(now: datetime) -> Figures:
    """All of them, in a fixed number of statements."""
    living = (State.WAITING.value, State.RUNNING.value)
    exports = select(Export.state, func.count()).where(Export.state.in_(living)).group_by(Export.state)
    open_now = (Round.active, ~Round.is_rehearsal, Round.stage == Stage.RUNNING, Round.opens_at <= now, Round.closes_at > now)
    rounds = db.session.execute(select(Round.code, Round.closes_at).where(*open_now).order_by(Round.code))
    return Figures(
        beat_at=pulse(),
        mail=mail(),
        files_waiting=_count(Evidence.inspected_at.is_(None), Evidence.deleted_at.is_(None)),
        exports=dict.fromkeys(living, 0) | dict(db.session.execute(exports).tuples().all()),
        rounds=dict(rounds.tuples().all()),
        sessions=_count(UserSession.ended_at.is_(None), UserSession.expires_at > now),
    )


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).where(*conditions)) or 0


def stored_bytes() -> int:
    """Bytes of the files that rows name, each once. It looks at every row."""
    models = (Evidence, SheetFile, Document, DocumentVersion, OfficeOrder, Letter, Export)
    each = union(*(select(model.storage_key, model.size_bytes).where(model.storage_key != "") for model in models)).subquery()
    return int(db.session.scalar(select(func.coalesce(func.sum(each.c.size_bytes), 0))) or 0)
