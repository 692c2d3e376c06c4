"""How rows of `seed/` come into the database: what is missing is added, what stands is left alone and named where it differs."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.extensions import db

SEED_DIR = Path(__file__).parents[2] / "seed"


@dataclass
class Report:
    """What a loading did: rows added and kept by kind, and the kept ones that differ from the file."""

    added: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        kinds = sorted({*self.added, *self.kept})
        counts = [f"{kind}: {self.added[kind]} added, {self.kept[kind]} kept" for kind in kinds]
        return counts + [f"kept although the file differs: {what}" for what in self.differing]


def rows(name: str) -> list[dict[str, str]]:
    """The lines of a file of the seed."""
    with (SEED_DIR / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def converge(report: Report, model: type[Any], found: Any | None, name: str, values: dict[str, Any]) -> Any:
    """Add a row that is missing; leave one that stands, naming the fields in which it differs."""
    kind = model.__tablename__
    if found is None:
        report.added[kind] += 1
        row = model(**values)
        db.session.add(row)
        return row
    report.kept[kind] += 1
    differing = [key for key, value in values.items() if getattr(found, key) != value]
    if differing:
        report.differing.append(f"{kind} {name} ({', '.join(differing)})")
    return found


def by_code(model: type[Any]) -> dict[str, Any]:
    """Every row of a model by its code."""
    return {row.code: row for row in db.session.scalars(select(model))}
