"""The libraries the application stands on, and `transaction()`, the one door through which anything is written."""

from __future__ import annotations

import select
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
from flask import Flask
from flask_appbuilder.models.sqla import Model
from flask_babel import Babel
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from psycopg.pq import TransactionStatus
from sqlalchemy import DateTime, Dialect, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, Pool
from sqlalchemy.types import TypeDecorator

from app import hands, scope
from app.domain.calendar import as_utc

# Set before the framework's own tables are imported, so that theirs and ours are named alike.
Model.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class GuardedSession(Session):
    """The session of every request and job; `scope` watches over it."""


scope.guard(GuardedSession)

db = SQLAlchemy(model_class=Model, session_options={"class_": GuardedSession, "expire_on_commit": False})
migrate = Migrate()
csrf = CSRFProtect()
babel = Babel()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: written in UTC, read back with its zone on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else as_utc(value)


@event.listens_for(Engine, "connect")
def _durable_sqlite(connection: Any, _: object) -> None:
    """What was acknowledged survives a power cut: WAL with a full sync. Source: reliability §3."""
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """A writer takes the lock at once: upgrading a reader to a writer fails immediately under load."""
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get("writing", False)
        with hands.away():  # until another has written
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


_GIVEN_BACK = "when this connection was given back"
# A network between us and the server may forget a connection that rests longer.
_RESTED_SECONDS = 30.0


@event.listens_for(Pool, "checkin")
def _note_rest(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_GIVEN_BACK] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _require_life(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
    """A connection that broke while it rested is replaced before anybody uses it. A server that goes says so on every line: only where
    something was said, or where it is long ago that anything was, the server is asked, for each request takes a connection twice."""
    if not isinstance(connection, psycopg.Connection) or _GIVEN_BACK not in record.info:
        return
    try:
        if time.monotonic() - record.info[_GIVEN_BACK] > _RESTED_SECONDS or _was_told_something(connection):
            connection.autocommit = True  # to ask begins no transaction
            connection.execute(";")
            connection.autocommit = False
    except psycopg.Error as broken:
        raise InvalidatePoolError from broken


def _was_told_something(connection: psycopg.Connection[Any]) -> bool:
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


_WROTE = "something other than a SELECT ran in this transaction"


@event.listens_for(Engine, "before_cursor_execute")
def _note_write(connection: Connection, _: object, statement: str, *__: object) -> None:
    if not statement.startswith("SELECT"):
        connection.info[_WROTE] = True


@event.listens_for(Engine, "before_cursor_execute")
def _wait_for_a_row(_: Connection, __: object, statement: str, *___: object) -> None:
    if " FOR UPDATE" in statement:
        hands.leave()


@event.listens_for(Engine, "after_cursor_execute")
def _have_the_row(*_: object) -> None:
    hands.come_back()


@event.listens_for(Engine, "handle_error")
def _have_no_row(_: object) -> None:
    hands.come_back()


@event.listens_for(Engine, "rollback")
def _keep_plans(connection: Connection) -> None:
    """Psycopg forgets the statements that the server has planned when it rolls back, and planning a page's costs more than running them.
    A page ends by letting its transaction go; where that only read, nothing tells a COMMIT from it."""
    if connection.invalidated or connection.info.pop(_WROTE, False) or connection.dialect.driver != "psycopg":
        return
    raw = connection.connection.dbapi_connection
    if raw is not None and raw.info.transaction_status == TransactionStatus.INTRANS:
        with suppress(psycopg.Error):  # the line is broken: the rollback that follows says so in the library's own words
            raw.commit()


@event.listens_for(Engine, "commit")
def _forget_write(connection: Connection) -> None:
    connection.info.pop(_WROTE, None)


@contextmanager
def transaction() -> Iterator[None]:
    """Read, decide and write under one lock, and commit at the end; an error leaves nothing behind.

    What was read before is let go: a decision is made on rows read inside."""
    db.session.close()
    db.session.connection(execution_options={"writing": True})
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


@contextmanager
def reading_from(engine: Engine) -> Iterator[None]:
    """As long as the block lasts, this process reads another database of the same tables: a copy on the disk."""
    db.session.close()
    own, engines = db.engine, cast(dict[str | None, Engine], db.engines)
    engines[None] = engine
    try:
        yield
    finally:
        db.session.close()
        engines[None] = own
        engine.dispose()


def insert_if_missing(model: type[Model], *rows: dict[str, Any]) -> None:
    """Insert these rows but for those that stand already, also where another transaction writes them at the same moment."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(insert(model).on_conflict_do_nothing(), list(rows))


def _let_go(_: BaseException | None) -> None:
    """End what was read. When the connection broke meanwhile there is nothing left to end: the answer is made and stands."""
    try:
        db.session.remove()
    except DBAPIError:
        db.session.registry.clear()


def init_app(app: Flask) -> None:
    """Bind the libraries to the application."""
    db.init_app(app)
    app.teardown_appcontext(_let_go)  # runs before the library's own
    migrate.init_app(app, db, directory=app.config["MIGRATIONS_DIR"], render_as_batch=True, compare_type=True)
    csrf.init_app(app)
