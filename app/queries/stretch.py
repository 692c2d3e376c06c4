"""Lists that are read stretch by stretch in the order of their ids, so that rows added meanwhile move none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import db


@dataclass(frozen=True)
class Asked:
    """Which stretch: `size` rows after the one with the id `after`, or those of a page counted from 1."""

    size: int
    after: int | None = None
    page: int = 1


@dataclass(frozen=True)
class Stretch:
    """Rows in the order of their ids, how many there are in all, and after which id the next ones come: None at the end."""

    rows: list[Any]
    total: int
    next_after: int | None


def read(statement: Select[Any], key: InstrumentedAttribute[int], asked: Asked) -> Stretch:
    """The rows that a statement finds, in two statements and those that its options add. `key` is the id in the first column's entity, or
    the first column itself; joins must not multiply it."""
    total = db.session.scalar(statement.with_only_columns(func.count(key), maintain_column_froms=True)) or 0
    ordered = statement.order_by(key).limit(asked.size + 1)
    ordered = ordered.where(key > asked.after) if asked.after is not None else ordered.offset((asked.page - 1) * asked.size)
    found = list(db.session.execute(ordered))
    rows = found[: asked.size]
    first: Any = rows[-1][0] if rows else None
    last = first if isinstance(first, int | None) else first.id
    return Stretch(rows, total, last if len(found) > asked.size else None)
