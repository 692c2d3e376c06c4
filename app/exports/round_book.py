"""What a file of a round is asked for and made from: the offices and indicators, the figures, and the frame of the workbook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from flask_babel import gettext

from app.domain.dataset import DIGEST_SHOWN
from app.domain.exporting import Levels
from app.exports import rows as writing
from app.exports import tables
from app.exports.frame import Frame
from app.exports.round_figures import Amounts, Facts, percent
from app.exports.rows import Rows
from app.exports.tables import Table
from app.formatting import localized, moment
from app.models import Area, Dataset, Indicator, Quantity, Round
from app.queries import round_rows
from app.queries.round_rows import Basis

_MOST_ISSUES = 99
# Told how many of how many rows are written; what it raises ends the writing.
Steps = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """What a file of a round is asked for: its basis, the offices in Thai order, which indicators in order, how it is narrowed, in words, and
    who asked. `is_whole` says that no office is left out; `address` stands before the id of a file of evidence; `planned` is how many reports
    are asked for; `office` is whose own file it is."""

    round: Round
    basis: Basis
    dataset: Dataset | None
    areas: Sequence[Area]
    indicators: Sequence[Indicator]
    quantities: Sequence[Quantity]
    narrowed: Sequence[tuple[str, str]]
    is_whole: bool
    indicator: str
    language: str
    made_at: datetime
    made_by: str
    address: str
    planned: int
    office: Area | None = None

    @property
    def area_ids(self) -> list[int]:
        return [area.id for area in self.areas]

    @property
    def some_ids(self) -> list[int] | None:
        """The offices where some are left out; None where none is."""
        return None if self.is_whole else self.area_ids

    @property
    def title(self) -> str:
        """'รอบ 6 เดือน 2566'."""
        return f"{localized(self.round, 'name')} {self.round.fiscal_year_be}"

    @property
    def figures(self) -> str:
        """Which figures these are: frozen ones by their number, or those of a moment."""
        if self.basis.levels is Levels.FROZEN and self.dataset is not None:
            return gettext("Dataset %(number)d (%(code)s)", number=self.dataset.number, code=self.dataset.digest[:DIGEST_SHOWN])
        return gettext("Live figures, not frozen")

    @property
    def about(self) -> str:
        """What stands under every title."""
        as_of = gettext("as of %(moment)s", moment=moment(self.basis.moment))
        return f"{self.title} · {self.figures} · {as_of}"


@dataclass(frozen=True)
class Made:
    """What was written: rows by sheet, and all of them."""

    counts: dict[str, int]

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


class CountsDiffer(RuntimeError):
    """What was written is not what was counted: somebody wrote in between, and the file is made anew."""


def rows_of(asked: Asked, table: Table, planned: int = 0) -> Rows:
    """The rows of a table."""
    statement = round_rows.rows(
        asked.basis, asked.language, indicator=asked.indicator, handed_in_only=table is not tables.REPORTS
    )
    figures: dict[str, list[tuple[str, str, str]]] = {}
    codes = {one.id: one.full_code for one in asked.indicators}
    for one in asked.quantities:
        line = (one.key, localized(one, "label"), localized(one, "unit"))
        figures.setdefault(codes[one.indicator_id], []).append(line)
    offices = writing.steps(asked.area_ids, len(asked.indicators))
    return Rows(table.columns, table.key, round_rows.spelled(statement), offices, figures, planned=planned)


def words_of() -> dict[str, dict[str, str]]:
    """Words for values that depend on the set: the slots of files."""
    return {"slot": tables.slot_words(_MOST_ISSUES)}


@dataclass(frozen=True)
class Book:
    """A workbook in the making: what is asked for, its figures, and a folder for what is needed on the way.

    Figures are read when a sheet reckons with them, for some hundred bytes a report; a workbook of rows alone asks the database to count."""

    asked: Asked
    folder: Path
    frame: Frame = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame", Frame(self.asked.about))

    @cached_property
    def facts(self) -> Facts:
        areas = {area.id: area for area in self.asked.areas}
        return Facts(round_rows.facts(*self._basis, indicator=self.asked.indicator), areas, self.asked.indicators)

    @cached_property
    def amounts(self) -> Amounts:
        return Amounts(round_rows.figures(*self._basis, indicator=self.asked.indicator), self.asked.quantities)

    @property
    def _basis(self) -> tuple[Basis, list[int] | None]:
        return self.asked.basis, self.asked.some_ids

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many reports are asked for, and how many of them are handed in."""
        if "facts" in self.__dict__:
            return len(self.facts), self.facts.sent
        return round_rows.count_facts(*self._basis, indicator=self.asked.indicator)

    def planned(self, table: Table) -> int:
        """How many rows a table will have at most."""
        if table is not tables.QUANTITIES:
            return self.counts[0]
        if "amounts" in self.__dict__:
            return len(self.amounts)
        return round_rows.count_figures(*self._basis, indicator=self.asked.indicator)


def share(part: int, whole: int) -> Decimal:
    """Percent of a whole; 0 of nothing."""
    return percent(int(part), int(whole)) or Decimal(0)
