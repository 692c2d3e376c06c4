"""What every chart of a round stands on: of which moment, of which offices and indicators, and where its figures come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from flask_babel import gettext, ngettext

from app.domain.dataset import DIGEST_SHOWN, Row
from app.domain.errors import NotFound
from app.domain.thai import typed_number
from app.formatting import localized, weekday_moment
from app.models import Dataset, Indicator, Round
from app.models.area import KIND_NAMES, REGION_NAMES, AreaKind, Region
from app.queries import board_cells, charts
from app.queries import dataset as datasets
from app.queries import round as rounds
from app.queries.board import Filter, Sort
from app.queries.board_cells import Choices
from app.queries.charts import Office
from app.views.drawing import Drawing
from app.views.report_page import year_of

Value: TypeAlias = str | int | Decimal | None
NOW = "now"


@dataclass(frozen=True)
class Table:
    """The figures of a chart as they are read and downloaded."""

    headings: list[str]
    rows: list[list[Value]]
    # How many of the first columns are words; the others are figures.
    words: int = 1


@dataclass(frozen=True)
class Figure:
    """A chart: what it shows, one sentence that reads it, its table, and its drawing where there is something to draw."""

    chart: str
    title: str
    reading: str
    table: Table
    drawing: Drawing | None = None
    note: str = ""
    of: str = ""
    # What is downloaded where that is more than the table in the page.
    whole: Table | None = None


@dataclass(frozen=True)
class Ground:
    """The figures of a round as they stand now or as they were frozen, narrowed by a filter."""

    round: Round
    moment: datetime
    dataset: Dataset | None
    datasets: list[Dataset]
    wanted: Filter
    choices: Choices
    indicators: list[Indicator]
    offices: dict[int, Office]
    rows: list[Row] = field(repr=False)

    @property
    def basis(self) -> str:
        """As the address says it."""
        return str(self.dataset.number) if self.dataset else NOW

    @cached_property
    def by_indicator(self) -> dict[int, list[Row]]:
        """The rows of each indicator, in the order of the round."""
        found: dict[int, list[Row]] = {one.id: [] for one in self.indicators}
        for row in self.rows:
            found.setdefault(row.indicator_id, []).append(row)
        return {key: rows for key, rows in found.items() if rows}

    @property
    def asked(self) -> list[Indicator]:
        """The indicators of which there are rows, in order."""
        return [one for one in self.indicators if one.id in self.by_indicator]

    def args(self, **more: str) -> dict[str, str]:
        """The parameters of an address that shows the same figures."""
        basis = {"basis": self.basis} if self.dataset else {}
        return basis | self.wanted.args() | {name: value for name, value in more.items() if value}

    def office_of(self, row: Row) -> Office:
        return self.offices[row.area_id]

    @property
    def basis_said(self) -> str:
        """'Dataset 2 as of …, code 0123abcd' or 'As the figures stand on …'."""
        if self.dataset is None:
            return gettext("Figures as they stand on %(moment)s", moment=weekday_moment(self.moment))
        return gettext(
            "Dataset %(number)d as of %(moment)s, code %(code)s",
            number=self.dataset.number,
            moment=weekday_moment(self.moment),
            code=self.dataset.digest[:DIGEST_SHOWN],
        )

    @property
    def filter_said(self) -> str:
        """What the figures are narrowed to, in words; that they are of all where they are not."""
        wanted = self.wanted
        said = [
            gettext("Region: %(value)s", value=gettext(REGION_NAMES[Region(wanted.region)])) if wanted.region else "",
            gettext("Province: %(value)s", value=wanted.province) if wanted.province else "",
            gettext("Kind: %(value)s", value=gettext(KIND_NAMES[AreaKind(wanted.kind)])) if wanted.kind else "",
            gettext("Inspection cluster: %(value)s", value=wanted.cluster) if wanted.cluster else "",
            gettext("Indicator: %(value)s", value=wanted.indicator) if wanted.indicator else "",
        ]
        return " · ".join(part for part in said if part) or gettext("All offices and indicators")

    @property
    def size_said(self) -> str:
        """How much there is of it."""
        offices = ngettext("%(num)d office", "%(num)d offices", len({row.area_id for row in self.rows}))
        indicators = ngettext("%(num)d indicator", "%(num)d indicators", len(self.by_indicator))
        number = len(self.rows)
        reports = ngettext("%(number)s report asked for", "%(number)s reports asked for", number, number=f"{number:,}")
        return f"{offices} · {indicators} · {reports}"

    @property
    def source(self) -> list[str]:
        """Where the figures come from, in the lines that stand under a drawing."""
        return [
            f"e-MES · {localized(self.round, 'name')} {year_of(self.round)} · {self.basis_said}",
            f"{self.filter_said} · {self.size_said}",
        ]


def read(round_code: str, args: Mapping[str, str], *, now: datetime) -> Ground:
    """The figures that an address asks for, in six statements. Raises NotFound for a round or dataset that is not there."""
    found = rounds.find_real(round_code)
    wanted = replace(Filter.from_args(args), q="", state="", sort=Sort.LEAST.value)
    frozen = datasets.all_of(found.id)
    dataset = _dataset(frozen, args.get("basis", ""))
    rows = datasets.rows_of(dataset.id) if dataset else datasets.rows_as_of(found, now)
    # Region and kind are taken from the rows, which keep them as they were when they were frozen.
    offices = {office.id: office for office in charts.offices(replace(wanted, region="", kind=""))}
    return Ground(
        found,
        dataset.as_of if dataset else now,
        dataset,
        frozen,
        wanted,
        board_cells.choices(found),
        charts.indicators(found.id),
        offices,
        [row for row in rows if row.area_id in offices and _fits(row, wanted)],
    )


def _dataset(frozen: list[Dataset], basis: str) -> Dataset | None:
    number = typed_number(basis, most_digits=6)
    if number is None:
        return None
    chosen = next((row for row in frozen if row.number == number), None)
    if chosen is None:
        raise NotFound
    return chosen


def _fits(row: Row, wanted: Filter) -> bool:
    asked = ((wanted.region, row.region), (wanted.kind, row.kind), (wanted.indicator, row.full_code))
    return all(value in ("", found) for value, found in asked)
