"""Copying a SQLite database into an empty PostgreSQL database, table by table, and comparing every row of both.

While rows are copied, foreign keys are put away and triggers rest; both come back at the end in one transaction, in which PostgreSQL
checks every key. A note in the target says what was put away, so that a move that was cut off is gone on with, and nobody serves from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Connection, Engine, Sequence, String, Table, create_engine, inspect, select, text, type_coerce
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.backup.making import database, only_this
from app.backup.manifest import BackupRefused
from app.extensions import db, reading_from

BATCH_ROWS = 2000
NOTE = "emes_move_under_way"
_FOREIGN_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""


@dataclass
class Moved:
    """Rows by table, how many tables stood there from a move that was cut off, and the tables that differ."""

    rows: dict[str, int] = field(default_factory=dict)
    again: int = 0
    differing: list[str] = field(default_factory=list)


def move(url: str, *, head: str, migrate: Callable[[], None], say: Callable[[str, int], None]) -> Moved:
    """Copy this installation's SQLite database to the PostgreSQL database at an address, which must be empty or hold a move that was cut
    off. `migrate` makes the tables in whatever database the session reads; `say` is told each table with its rows. Nobody may serve or
    work meanwhile. Raises BackupRefused."""
    target = _engine(url)
    try:
        with only_this(), _alone(head) as source:
            _prepare(target, migrate)
            moved = Moved()
            for table in db.metadata.sorted_tables:
                _move_table(table, source, target, moved, say)
            if not moved.differing:
                _finish(target)
            return moved
    except DBAPIError as fault:
        raise BackupRefused(f"a database does not answer, or not as it should: {fault.orig}") from None
    finally:
        target.dispose()


def _engine(url: str) -> Engine:
    if db.engine.dialect.name != "sqlite":
        raise BackupRefused("only a SQLite database is moved; EMES_DATABASE_URL names another")
    try:
        if make_url(url).drivername != "postgresql+psycopg":
            raise BackupRefused("the target must be postgresql+psycopg://…")
    except ArgumentError:
        raise BackupRefused("the target is no address of a database") from None
    return create_engine(url, json_serializer=json.dumps)


@contextmanager
def _alone(head: str) -> Iterator[Connection]:
    """A connection that reads one moment of the source. Nobody else had it open, and nobody writes as long as the block lasts."""
    with database().alone():
        pass
    with db.engine.connect().execution_options(writing=True) as source:
        at = MigrationContext.configure(source).get_current_revision()
        if at != head:
            raise BackupRefused(f"the database is at migration {at}, the program at {head}: run `flask --app run init` first")
        unknown = set(inspect(source).get_table_names()) - set(db.metadata.tables) - {"alembic_version"}
        if unknown:
            raise BackupRefused(f"tables that this program does not know: {', '.join(sorted(unknown))}")
        yield source


def _prepare(target: Engine, migrate: Callable[[], None]) -> None:
    """Tables without foreign keys and without waking triggers, and a note of what was put away."""
    with target.begin() as connection:
        tables = set(inspect(connection).get_table_names())
        if tables and NOTE not in tables:
            raise BackupRefused("the target holds tables already: name an empty database")
        connection.execute(text(f"CREATE TABLE IF NOT EXISTS {NOTE} (owner text, name text, definition text)"))
    with reading_from(create_engine(target.url)):
        migrate()
    with target.begin() as connection:
        keys = connection.execute(text(_FOREIGN_KEYS)).all()
        for owner, name, definition in keys:
            values = {"owner": owner, "name": name, "definition": definition}
            connection.execute(text(f"INSERT INTO {NOTE} VALUES (:owner, :name, :definition)"), values)  # noqa: S608
            connection.execute(text(f"ALTER TABLE {owner} DROP CONSTRAINT {name}"))
        for table in db.metadata.sorted_tables:
            connection.execute(text(f"ALTER TABLE {_quoted(table)} DISABLE TRIGGER USER"))


def _quoted(table: Table) -> str:
    return f'"{table.name}"'


def _move_table(table: Table, source: Connection, target: Engine, moved: Moved, say: Callable[[str, int], None]) -> None:
    wanted = _content(table, source)
    with target.begin() as connection:
        if _content(table, connection) == wanted:
            moved.again += bool(wanted[0])
        else:
            _copy(table, source, connection)
            _set_sequence(table, connection)
    with target.connect() as connection:
        if _content(table, connection) != wanted:
            moved.differing.append(table.name)
    moved.rows[table.name] = wanted[0]
    say(table.name, wanted[0])


def _copy(table: Table, source: Connection, target: Connection) -> None:
    """All rows in one transaction, in batches. JSON goes over as it is written: what was signed is these letters."""
    target.execute(text(f"TRUNCATE {_quoted(table)}"))
    columns = [column for column in table.columns if column.computed is None]
    read = [type_coerce(column, String).label(column.name) if _is_json(column) else column for column in columns]
    places = [
        f"CAST(:p{number} AS {column.type.compile(target.dialect)})" if _is_json(column) else f":p{number}"
        for number, column in enumerate(columns)
    ]
    names = ", ".join(f'"{column.name}"' for column in columns)
    insert = text(f"INSERT INTO {_quoted(table)} ({names}) VALUES ({', '.join(places)})")  # noqa: S608 - names of our own tables
    rows = source.execute(select(*read).execution_options(yield_per=BATCH_ROWS))
    for batch in rows.partitions(BATCH_ROWS):
        target.execute(insert, [{f"p{number}": value for number, value in enumerate(row)} for row in batch])


def _is_json(column: Any) -> bool:
    return isinstance(column.type, JSON)


def _set_sequence(table: Table, target: Connection) -> None:
    """What comes next is numbered after what came over."""
    for column in table.primary_key:
        if column.type.python_type is not int:
            continue
        owned = text("SELECT pg_get_serial_sequence(:owner, :name)")
        names = {target.scalar(owned, {"owner": _quoted(table), "name": column.name})}
        if isinstance(column.default, Sequence):
            names.add(target.scalar(text("SELECT CAST(to_regclass(:name) AS text)"), {"name": column.default.name}))
        highest = f'(SELECT max("{column.name}") FROM {_quoted(table)})'  # noqa: S608 - names of our own tables
        for name in names - {None}:
            target.execute(text(f"SELECT setval(:name, coalesce({highest}, 1), {highest} IS NOT NULL)"), {"name": name})


def _content(table: Table, connection: Connection) -> tuple[int, int]:
    """How many rows a table has, and a hash of all their values that does not depend on their order."""
    count = total = 0
    rows = connection.execute(select(*table.columns).execution_options(yield_per=BATCH_ROWS))
    for row in rows:
        count += 1
        told = json.dumps([_told(value) for value in row], sort_keys=True).encode()
        total += int.from_bytes(hashlib.sha256(told).digest(), "big")
    return count, total % 2**256


def _told(value: Any) -> Any:
    """A value as both databases tell it."""
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    if isinstance(value, Decimal):
        value = value.normalize()  # a column of one of them fills up with zeros
    return f"{type(value).__name__} {value.hex() if isinstance(value, bytes) else value}"


def _finish(target: Engine) -> None:
    """Foreign keys and triggers come back, and the note goes: from now on the target is a database like any other."""
    with target.begin() as connection:
        for owner, name, definition in connection.execute(text(f"SELECT owner, name, definition FROM {NOTE}")).all():  # noqa: S608
            connection.execute(text(f"ALTER TABLE {owner} ADD CONSTRAINT {name} {definition}"))
        for table in db.metadata.sorted_tables:
            connection.execute(text(f"ALTER TABLE {_quoted(table)} ENABLE TRIGGER USER"))
        connection.execute(text(f"DROP TABLE {NOTE}"))
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
