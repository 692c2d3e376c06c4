"""Frozen figures: one row for each report that was asked for, its fixed spelling and digest, means, and the tables made of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.figures import mean
from app.domain.rubric import LEVELS

DIGEST_SHOWN = 8


@dataclass(frozen=True)
class Row:
    """One report that was asked for, as it stood at a moment. `level` is null where nothing was settled."""

    area_id: int
    indicator_id: int
    area_code: str
    kind: str
    region: str
    full_code: str
    is_reported: bool
    self_level: int | None
    level: int | None
    basis: str = ""
    comment: str = ""
    verdicts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, int]:
        """Which report it is of."""
        return self.area_id, self.indicator_id


COLUMNS = tuple(column.name for column in fields(Row))


def spelled(row: Row) -> str:
    """A row in its one fixed spelling: JSON with sorted keys and without spaces, Thai as it is, and no id of the database in it."""
    values = {name: value for name, value in vars(row).items() if name not in ("area_id", "indicator_id")}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows by code of the office, then code of the indicator."""
    return sorted(rows, key=lambda row: (row.area_code, row.full_code))


def digest(rows: Iterable[Row]) -> str:
    """The sha256 in hex of all rows: one line each in the fixed spelling, in the order of `in_order`, each ended by a newline, UTF-8."""
    made = hashlib.sha256()
    for row in in_order(rows):
        made.update(f"{spelled(row)}\n".encode())
    return made.hexdigest()


def statement(round_code: str, number: int, as_of: datetime, row_count: int, made: str) -> dict[str, Any]:
    """What the server signs when figures are frozen."""
    return {
        "dataset": f"{round_code}/{number}",
        "as_of": as_of.isoformat(timespec="microseconds"),
        "rows": row_count,
        "sha256": made,
    }


@dataclass(frozen=True)
class Difference:
    """A report that stands otherwise in two sets of rows; None where it is missing from one of them."""

    before: Row | None
    after: Row | None

    @property
    def row(self) -> Row:
        """Whichever there is, to name the report."""
        found = self.before or self.after
        assert found is not None  # noqa: S101 - one of the two is always there
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        """Which columns differ; none where the whole row came or went."""
        if self.before is None or self.after is None:
            return ()
        return tuple(name for name in COLUMNS if getattr(self.before, name) != getattr(self.after, name))


def differences(before: Iterable[Row], after: Iterable[Row]) -> list[Difference]:
    """Every report that differs, in the order of the fixed spelling."""
    old, new = ({row.key: row for row in rows} for rows in (before, after))
    found = (Difference(old.get(key), new.get(key)) for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    return sorted(found, key=lambda one: (one.row.area_code, one.row.full_code))


# --- tables --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """All reports that are alike in what tables count."""

    indicator_id: int
    kind: str
    region: str
    is_reported: bool
    self_level: int | None
    level: int | None


def cells_of(rows: Iterable[Row]) -> Counter[Cell]:
    """How many reports there are of each kind of cell."""
    return Counter(Cell(row.indicator_id, row.kind, row.region, row.is_reported, row.self_level, row.level) for row in rows)


@dataclass
class Figures:
    """What a table says of a group of reports: how many were asked and handed in, and their self-levels and reviewed levels."""

    asked: int = 0
    reported: int = 0
    self_levels: Counter[int] = field(default_factory=Counter)
    levels: Counter[int] = field(default_factory=Counter)

    def add(self, cell: Cell, count: int) -> None:
        self.asked += count
        self.reported += count if cell.is_reported else 0
        if cell.self_level is not None:
            self.self_levels[cell.self_level] += count
        if cell.level is not None:
            self.levels[cell.level] += count

    @property
    def with_self_level(self) -> int:
        return self.self_levels.total()

    @property
    def with_level(self) -> int:
        return self.levels.total()

    @property
    def mean_self(self) -> Decimal | None:
        return mean(sum(level * count for level, count in self.self_levels.items()), self.with_self_level)

    @property
    def mean_level(self) -> Decimal | None:
        return mean(sum(level * count for level, count in self.levels.items()), self.with_level)

    @property
    def distribution(self) -> list[tuple[int, int]]:
        """(level, how many reports were given it), the best level first."""
        return [(level, self.levels[level]) for level in LEVELS]


def figures_by(cells: Mapping[Cell, int], *names: str) -> dict[tuple[Any, ...], Figures]:
    """Figures of each group of cells that agree in these; without a name, of all under the empty key."""
    found: dict[tuple[Any, ...], Figures] = {}
    for cell, count in cells.items():
        found.setdefault(tuple(getattr(cell, name) for name in names), Figures()).add(cell, count)
    return found


@dataclass(frozen=True)
class Table:
    """The tables of a set of rows: of the country by indicator, by region, by kind of office, and of everything."""

    by_indicator: Mapping[int, Figures]
    by_region: Mapping[tuple[int, str], Figures]
    regions: Mapping[str, Figures]
    kinds: Mapping[str, Figures]
    total: Figures


def tabulate(cells: Mapping[Cell, int]) -> Table:
    """All tables, from how many reports there are of each kind of cell."""
    return Table(
        by_indicator={key[0]: found for key, found in figures_by(cells, "indicator_id").items()},
        by_region={(key[0], key[1]): found for key, found in figures_by(cells, "indicator_id", "region").items()},
        regions={key[0]: found for key, found in figures_by(cells, "region").items()},
        kinds={key[0]: found for key, found in figures_by(cells, "kind").items()},
        total=figures_by(cells).get((), Figures()),
    )


def changed_for_reader(before: Sequence[Row], after: Sequence[Row]) -> bool:
    """Whether an office would read something else in its results."""

    def read(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        return sorted((row.full_code, repr((row.self_level, row.level, row.comment, row.verdicts))) for row in rows)

    return read(before) != read(after)
