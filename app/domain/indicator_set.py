"""What the workbook of an indicator set holds: five sheets, one row for each part, indicator, issue, level and figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from app.domain.errors import N_
from app.domain.spreadsheet import YES_NO_NAMES, Column, Holds, Problem

ROW = Column("row", N_("Row (do not change)"), locked=True, width=18)
LANGUAGE_WIDTH = 60


class What(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    RETIRED = "retired"
    REMOVED = "removed"


WHAT_NAMES = {
    What.NEW: N_("New"),
    What.CHANGED: N_("Changed"),
    What.RETIRED: N_("Taken out of use"),
    What.REMOVED: N_("Deleted"),
}


@dataclass(frozen=True)
class Kind:
    """One sheet: its key, title and columns. `identity` are the columns that name a row and never change; `parent` is the one of
    them that names the row's owner in the sheet before."""

    key: str
    title: str
    letter: str
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    parent: str = ""

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    @property
    def told(self) -> tuple[Column, ...]:
        """The columns that say something: all but the one that names the row."""
        return self.columns[1:]


@dataclass(frozen=True)
class Difference:
    """One cell that becomes another; both as the workbook writes them."""

    column: Column
    old: str
    new: str


@dataclass(frozen=True)
class Step:
    """What becomes of one row: `number` is its row in the workbook, None where it is not there any more; `offices` have a report on
    the indicator concerned."""

    kind: Kind
    what: What
    name: str
    number: int | None
    differences: tuple[Difference, ...] = ()
    offices: int = 0


@dataclass(frozen=True)
class Plan:
    """All that a workbook would do, every fault in it, and the rows that others changed meanwhile and that stay as they are."""

    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]
    stay: tuple[str, ...] = ()

    def count(self, what: str) -> int:
        return sum(step.what == what for step in self.steps)


def _flag(key: str, heading: str) -> Column:
    return Column(
        key, heading, Holds.YES_NO, required=True, choices={"yes": YES_NO_NAMES[True], "no": YES_NO_NAMES[False]}, width=12
    )


_ACTIVE = _flag("active", N_("In use"))
_ORDER = Column("sort_order", N_("Order"), Holds.WHOLE, required=True, lowest=0, highest=9999, width=9)
_ILLUSTRATIVE = _flag("is_illustrative", N_("Example, to be checked"))
_INDICATOR = Column("indicator", N_("Indicator"), required=True, longest=24, locked=True)


def _text(key: str, heading: str, *, required: bool = False, longest: int | None = None) -> Column:
    holds = Holds.LINE if longest else Holds.TEXT
    return Column(key, heading, holds, required=required, longest=longest, width=LANGUAGE_WIDTH if not longest else 34)


PARTS = Kind(
    "parts",
    N_("Parts"),
    "P",
    (
        ROW,
        Column("code", N_("Part code"), required=True, longest=8, locked=True),
        _text("name_th", N_("Name (Thai)"), required=True, longest=200),
        _text("name_en", N_("Name (English)"), longest=200),
        _text("common_prefix_th", N_("Common beginning (Thai)"), longest=80),
        _text("common_prefix_en", N_("Common beginning (English)"), longest=80),
        _flag("asks_challenge", N_("Asks for a challenge issue")),
        _ORDER,
        _ACTIVE,
    ),
    ("code",),
)
INDICATORS = Kind(
    "indicators",
    N_("Indicators"),
    "I",
    (
        ROW,
        Column("part", N_("Part code"), required=True, longest=8, locked=True),
        Column("code", N_("Indicator code"), required=True, longest=16, locked=True),
        _text("text_th", N_("Wording (Thai)"), required=True),
        _text("text_en", N_("Wording (English)")),
        Column("applies_to", N_("Reported by"), Holds.CHOICE, required=True, width=22),
        Column("confidence", N_("Certainty of the wording"), Holds.CHOICE, required=True, width=22),
        _ORDER,
        _ACTIVE,
    ),
    ("part", "code"),
    "part",
)
CRITERIA = Kind(
    "criteria",
    N_("Consideration issues"),
    "C",
    (
        ROW,
        _INDICATOR,
        Column("number", N_("Issue no."), Holds.WHOLE, required=True, lowest=1, highest=99, locked=True, width=9),
        _text("text_th", N_("Issue (Thai)"), required=True),
        _text("text_en", N_("Issue (English)")),
        _text("evidence_th", N_("Evidence to send (Thai)")),
        _text("evidence_en", N_("Evidence to send (English)")),
        Column("min_files", N_("Least files"), Holds.WHOLE, required=True, lowest=0, highest=3, width=9),
        Column("max_files", N_("Most files"), Holds.WHOLE, required=True, lowest=1, highest=3, width=9),
        Column("form_document", N_("Prescribed form"), Holds.CHOICE, width=30),
        _ILLUSTRATIVE,
        _ACTIVE,
    ),
    ("indicator", "number"),
    "indicator",
)
LEVELS = Kind(
    "levels",
    N_("Quality levels"),
    "L",
    (
        ROW,
        _INDICATOR,
        Column("level", N_("Level"), Holds.WHOLE, required=True, lowest=1, highest=5, locked=True, width=9),
        _text("text_th", N_("Criteria of the level (Thai)"), required=True),
        _text("text_en", N_("Criteria of the level (English)")),
        _ILLUSTRATIVE,
    ),
    ("indicator", "level"),
    "indicator",
)
QUANTITIES = Kind(
    "quantities",
    N_("Quantities"),
    "Q",
    (
        ROW,
        _INDICATOR,
        Column("key", N_("Key of the figure"), required=True, longest=40, locked=True, width=20),
        _text("label_th", N_("Label (Thai)"), required=True, longest=200),
        _text("label_en", N_("Label (English)"), longest=200),
        Column("unit_th", N_("Unit (Thai)"), required=True, longest=40),
        Column("unit_en", N_("Unit (English)"), longest=40),
        Column("kind", N_("Kind of figure"), Holds.CHOICE, required=True, width=18),
        Column("lowest", N_("Lowest value"), Holds.DECIMAL, width=12),
        Column("highest", N_("Highest value"), Holds.DECIMAL, width=12),
        Column("not_above_key", N_("Not above the figure"), longest=40, width=20),
        _flag("required", N_("Must be filled in")),
        _ORDER,
        _ILLUSTRATIVE,
        _ACTIVE,
    ),
    ("indicator", "key"),
    "indicator",
)


def kinds(choices: Mapping[str, Mapping[str, str]]) -> tuple[Kind, ...]:
    """The sheets in their order, owners before what they own, with the choices of each column by its key."""
    return tuple(
        replace(
            kind,
            columns=tuple(
                replace(column, choices=choices.get(column.key, column.choices)) if column.holds is Holds.CHOICE else column
                for column in kind.columns
            ),
        )
        for kind in (PARTS, INDICATORS, CRITERIA, LEVELS, QUANTITIES)
    )
