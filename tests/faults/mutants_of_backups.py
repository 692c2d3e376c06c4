"""Mutants of backing up: what a careless copy would be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def copies_files_before_the_database() -> None:
    """Which files there are is asked before the database is copied."""
    from app.backup.postgresql import PostgresqlDatabase
    from app.backup.sqlite import SqliteDatabase
    from app.queries import stored

    def careless(later: Any) -> Any:
        @contextmanager
        def snapshot(database: Any, folder: Path) -> Iterator[Path]:
            known_files, known_keys = stored.files(), stored.keys()
            stored.files, stored.keys = lambda: known_files, lambda: known_keys
            time.sleep(3)  # files come meanwhile, also into a store that is slow
            with later(database, folder) as target:
                yield target

        return snapshot

    for kind in (SqliteDatabase, PostgresqlDatabase):
        kind.snapshot = careless(kind.snapshot)  # type: ignore[method-assign]
