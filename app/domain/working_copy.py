"""An office's round as a workbook to be filled in offline: one row for each field, marked with what the field said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from app.domain import spreadsheet
from app.domain.errors import N_, Message
from app.domain.rubric import LEVEL_NAMES
from app.domain.spreadsheet import YES_NO_NAMES, Column, Problem

TEMPLATE = "working copy"
SHEET = N_("Report")
ROW = Column("row", N_("Row (do not change)"), locked=True, width=30)
ANSWER = Column("answer", N_("Answer"), width=60)
COLUMNS = (
    Column("indicator", N_("Indicator"), locked=True, width=12),
    Column("wording", N_("Wording"), locked=True, width=44),
    Column("field", N_("Item"), locked=True, width=52),
    Column("hint", N_("How to fill in"), locked=True, width=26),
    ANSWER,
    ROW,
)
_MARK = re.compile(r"(\S{1,40}) ([a-z][A-Za-z0-9_.]{0,60}) ([0-9a-f]{10})")


class Fill(StrEnum):
    """How a field is filled in."""

    DONE = "done"
    TICK = "tick"
    LEVEL = "level"
    FIGURE = "figure"
    TEXT = "text"
    LINE = "line"


CHOICES: dict[Fill, dict[str, str]] = {
    Fill.DONE: {"true": N_("Complete"), "false": N_("Not complete yet")},
    Fill.TICK: {"true": YES_NO_NAMES[True], "false": YES_NO_NAMES[False]},
    Fill.LEVEL: {str(level): name for level, name in LEVEL_NAMES.items()},
}
FIELDS = {
    "is_challenge": (Fill.TICK, N_("This indicator is the office's challenge issue (PA)")),
    "problems": (Fill.TEXT, N_("Problems, obstacles and suggestions")),
    "no_problems": (Fill.TICK, N_("There are no problems")),
    "self_level": (Fill.LEVEL, N_("Self-assessment: level 1–5")),
    "reporter_name": (Fill.LINE, N_("Reporter: full name")),
    "reporter_position": (Fill.LINE, N_("Reporter: position")),
    "reporter_phone": (Fill.LINE, N_("Reporter: telephone")),
}


def fill_of(key: str) -> Fill:
    """How the field of this key is filled in."""
    if key.startswith("quantity."):
        return Fill.FIGURE
    return Fill.DONE if key.endswith(".complete") else FIELDS[key][0]


def mark(indicator: str, key: str, value: str | None) -> str:
    """What stands in the last column: which field, and a digest of what it said."""
    return f"{indicator} {key} {spreadsheet.digest([value or ''])}"


@dataclass(frozen=True)
class Marked:
    """A mark that came back."""

    indicator: str
    key: str
    digest: str

    def says(self, value: str | None) -> bool:
        """Whether the field said this when the workbook was made."""
        return self.digest == spreadsheet.digest([value or ""])


def read_mark(text: str) -> Marked | None:
    match = _MARK.fullmatch(text.strip())
    return Marked(match[1], match[2], match[3]) if match else None


class Becomes(StrEnum):
    """What becomes of a field."""

    NEW = "new"
    CHANGED = "changed"
    CLEARED = "cleared"


BECOMES_NAMES = {
    Becomes.NEW: N_("Filled in"),
    Becomes.CHANGED: N_("Changed"),
    Becomes.CLEARED: N_("Cleared"),
}


@dataclass(frozen=True)
class Change:
    """One field that the workbook changes: `version` is the one it replaces, `cell` where it stands."""

    indicator: str
    key: str
    label: Message
    cell: str
    version: int
    old: str | None
    new: str | None

    @property
    def becomes(self) -> Becomes:
        if self.new is None:
            return Becomes.CLEARED
        return Becomes.NEW if self.old is None else Becomes.CHANGED

    @property
    def name(self) -> str:
        """As the form that applies it says it."""
        return f"{self.indicator} {self.key} {self.version}"


@dataclass(frozen=True)
class Plan:
    """What a workbook would change, what is wrong in it, and the fields that colleagues changed meanwhile and that stay."""

    changes: tuple[Change, ...]
    problems: tuple[Problem, ...]
    stay: tuple[str, ...] = ()

    def count(self, becomes: str) -> int:
        return sum(change.becomes == becomes for change in self.changes)
