"""An office's projects as a workbook in the order of the national form: which sheets, which columns, what a sent workbook would change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import N_
from app.domain.project_fields import ALIGNMENT, BUDGET, COLUMNS, DETAILS, FIXED_CHOICES, GENERAL, RowKind
from app.domain.sheets import Field, FieldKind
from app.domain.spreadsheet import Problem, normal
from app.domain.thai import is_blank

TEMPLATE = "projects"
NUMBER, ROW = "number", "row"
NUMBER_HEADING, ROW_HEADING = N_("Project no."), N_("Row no.")
PROJECTS = "projects"
SHEET_TITLES = {
    PROJECTS: N_("Projects"),
    RowKind.PERSON.value: N_("Responsible persons"),
    RowKind.INDICATOR.value: N_("Project indicators"),
    RowKind.ACTIVITY.value: N_("Activities"),
}
PROJECT_FIELDS = (*GENERAL, *ALIGNMENT, *DETAILS, *BUDGET)
SHEET_FIELDS: Mapping[str, tuple[Field, ...]] = {PROJECTS: PROJECT_FIELDS} | {kind.value: COLUMNS[kind] for kind in RowKind}
WIDTHS = {FieldKind.TEXT: 40, FieldKind.CHOICE: 30, FieldKind.LINE: 30, FieldKind.MONEY: 16, FieldKind.DAY: 14}


def code_of(field: Field, typed: str, words: Mapping[str, Mapping[str, str]]) -> str:
    """The code that a cell of a choice means: a word of the list, or what stands before the name."""
    if field.choices in FIXED_CHOICES:
        return words.get(field.choices, {}).get(normal(typed), typed.strip())
    return typed.split(maxsplit=1)[0] if not is_blank(typed) else ""


def day_typed(typed: str) -> str:
    """A day as Excel gives it, without its time."""
    return typed.removesuffix("T00:00:00")


@dataclass(frozen=True)
class Change:
    """One field that a workbook changes: of which project (the number in the workbook) and where it stands."""

    number: int
    key: str
    label: str
    cell: str
    old: str | None
    new: str | None
    row: int = 0

    @property
    def text(self) -> str:
        return "\x1f".join([str(self.number), self.key, self.old or "", self.new or ""])


@dataclass(frozen=True)
class ProjectPlan:
    """What becomes of one project of the workbook: `is_new` where the office has none with this number; rows that it adds, by kind."""

    number: int
    name: str
    is_new: bool
    changes: tuple[Change, ...]
    rows: Mapping[RowKind, tuple[int, ...]]


@dataclass(frozen=True)
class Plan:
    """What a workbook would change, and what is wrong in it."""

    projects: tuple[ProjectPlan, ...]
    problems: tuple[Problem, ...]

    @property
    def count(self) -> int:
        """How many fields it would change."""
        return sum(len(one.changes) for one in self.projects)

    @property
    def fresh(self) -> int:
        return sum(one.is_new for one in self.projects)

    @property
    def digest(self) -> str:
        """What was shown, in a few signs: what changed since shows."""
        told = "\x1e".join(change.text for one in self.projects for change in one.changes)
        return hashlib.sha256(told.encode()).hexdigest()[:16]
