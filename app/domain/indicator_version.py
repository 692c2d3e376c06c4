"""What an indicator asked at one time, and what an edit of it changes for those who report on it.

`Asked` is an indicator with its part, issues, levels and figures, each as the cells of the set's workbook (`indicator_set`), so that an
old version is told apart from a new one cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from app.domain.indicator_set import CRITERIA, INDICATORS, LEVELS, PARTS, QUANTITIES, Difference, Kind, Step, What

Cells: TypeAlias = Mapping[str, str]
Asked: TypeAlias = Mapping[str, Sequence[Cells]]

KINDS: tuple[Kind, ...] = (PARTS, INDICATORS, CRITERIA, LEVELS, QUANTITIES)
# Columns that no office sees: a change of them is no new version.
UNSEEN = frozenset({"sort_order", "is_illustrative", "confidence"})


def in_use(cells: Cells) -> bool:
    """Whether a row is asked at all: one out of use is kept and not shown."""
    return cells.get("active", "yes") == "yes"


def rows(asked: Asked, kind: Kind) -> list[Cells]:
    """The rows of a kind that are in use, in their order."""
    return [cells for cells in asked.get(kind.key, ()) if in_use(cells)]


def _named(asked: Asked, kind: Kind) -> dict[str, Cells]:
    return {cells[kind.identity[-1]]: cells for cells in rows(asked, kind)}


def changes(before: Asked, after: Asked) -> tuple[Step, ...]:
    """What becomes of each row that offices see. A row that goes out of use is taken away, one that comes into use is new."""
    return tuple(step for kind in KINDS for step in _changes_of(kind, _named(before, kind), _named(after, kind)))


def _changes_of(kind: Kind, before: Mapping[str, Cells], after: Mapping[str, Cells]) -> list[Step]:
    found = []
    seen = [column for column in kind.told if column.key not in UNSEEN and column.key not in (*kind.identity, "active")]
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        differences = tuple(
            Difference(column, (old or {}).get(column.key, ""), (new or {}).get(column.key, ""))
            for column in seen
            if (old or {}).get(column.key, "") != (new or {}).get(column.key, "")
        )
        if old is None:
            found.append(Step(kind, What.NEW, name, None, differences))
        elif new is None:
            found.append(Step(kind, What.RETIRED, name, None, differences))
        elif differences:
            found.append(Step(kind, What.CHANGED, name, None, differences))
    return found
