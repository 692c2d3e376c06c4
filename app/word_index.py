"""Looking for words where there are many rows: on PostgreSQL an index over the three-letter pieces of a text, which `ILIKE '%…%'` uses.

The extension comes with the server's own packages, but a server need not have it: without it a search reads every row and finds the same.
So the indexes belong to no migration. `flask init` makes them, and a restored database gets its own."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from app.extensions import db

EXTENSION = "pg_trgm"
# The extension's own schema: a restore gives `public` another name.
SCHEMA = "emes_words"
PREFIX = "words_of_"
# The columns that one search looks through stand together: one without an index would make all be read.
COLUMNS = {
    "area": ("code", "name_th", "short_th", "name_en", "provinces_th"),
    "evidence": ("original_name", "slot", "uploaded_by_name"),
    "question_entry": ("text",),
    "submission": ("receipt_number", "changed_by_name"),
    "user_profile": ("full_name", "position"),
}


def set_up() -> list[str]:
    """Make what is missing, while the system is used. Answers the names of the indexes that were made; none on another database, without
    the extension, or where the database's user may not bring it in."""
    if db.engine.dialect.name != "postgresql":
        return []
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        schema = _schema(connection)
        return [_make(connection, table, schema) for table in _lacking(connection)] if schema else []


def lacking() -> list[str]:
    """The tables that could have an index of their words and have none."""
    if db.engine.dialect.name != "postgresql":
        return []
    with db.engine.connect() as connection:
        return list(_lacking(connection)) if _is_available(connection) else []


def _is_available(connection: Connection) -> bool:
    found = connection.execute(text("SELECT 1 FROM pg_available_extensions WHERE name = :name"), {"name": EXTENSION})
    return found.first() is not None


def _schema(connection: Connection) -> str | None:
    """The schema in which the extension is, brought in where it is not."""
    if not _is_available(connection):
        return None
    where = text("SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = :name")
    if (found := connection.execute(where, {"name": EXTENSION}).scalar()) is not None:
        return str(found)
    try:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        connection.execute(text(f"CREATE EXTENSION {EXTENSION} WITH SCHEMA {SCHEMA}"))
    except ProgrammingError:  # not ours to bring in
        return None
    return SCHEMA


def _lacking(connection: Connection) -> Iterator[str]:
    whole = text(
        "SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid"
        " WHERE i.indexrelid = to_regclass('public.' || :name) AND i.indisvalid"
    )
    for table, columns in COLUMNS.items():
        if connection.execute(whole, {"name": PREFIX + table}).scalar() != list(columns):
            yield table


def _make(connection: Connection, table: str, schema: str) -> str:
    """An index whose making was cut off stands there and is used by nobody: it is made anew. No write waits meanwhile."""
    name = PREFIX + table
    pieces = ", ".join(f"{column} {schema}.gin_trgm_ops" for column in COLUMNS[table])
    connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS public.{name}"))
    connection.execute(text(f"CREATE INDEX CONCURRENTLY {name} ON public.{table} USING gin ({pieces})"))
    return name
