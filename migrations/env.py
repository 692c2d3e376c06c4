"""Runs migrations with the application's engine: one transaction for each, with timeouts, and nothing half applied."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

from app.extensions import UtcDateTime, db
from app.word_index import PREFIX

LOCK_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 300_000


def run() -> None:
    """Apply what `alembic` asks for. SQLite begins immediately, so that a change of tables is rolled back whole."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(writing=True) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
            connection.execute(text(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}"))
            connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
            include_object=_is_ours,
            render_item=_render,
        )
        with context.begin_transaction():
            context.run_migrations()


def _is_ours(thing: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    if kind == "index" and reflected:
        return not (name or "").startswith(PREFIX)
    return not (kind == "table" and name in {"alembic_version"})


def _render(kind: str, thing: object, _: object) -> str | bool:
    """A migration imports nothing of the application: our moment is a plain column there."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, UtcDateTime) else False


run()
