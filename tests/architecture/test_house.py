"""placeholder"""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.storage import evidence_store


def everything_stored(app: Flask) -> dict[str, Any]:
    """Every row of every table, and every file of the store. When a session was last seen is not among it."""
    found: dict[str, Any] = {}
    with app.app_context():
        with db.engine.connect() as connection:
            for table in db.metadata.sorted_tables:
                columns = [column for column in table.columns if column.name != "last_seen_at"]
                found[table.name] = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
        root = evidence_store().root
        found["files of the store"] = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    return found
