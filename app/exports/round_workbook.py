"""The workbook of a round: cover, overview with charts, groups, matrices, timeliness, quantities, texts, evidence, every report, and the data
dictionary. Figures are pandas's, charts openpyxl's; long sheets are written row by row by `rows_child`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
from flask_babel import gettext
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.dataset import DIGEST_SHOWN
from app.domain.errors import N_
from app.domain.exporting import Format, Levels
from app.domain.rubric import LEVEL_NAMES, LEVELS
from app.exports import rows as writing
from app.exports import tables
from app.exports.frame import FIRST_ROW, HEAD_ROW, Frame, headings, number_format, print_well, write
from app.exports.round_figures import NO_LEVEL, Amounts, Facts, Line, moment_of, percent
from app.exports.rows import Rows
from app.exports.tables import OFFICE_COLUMNS, Column, Table
from app.exports.workbook import FONT, SIZE
from app.formatting import day, in_language, localized, moment
from app.models import Area, Dataset, Indicator, Quantity, Round
from app.models.area import KIND_NAMES, REGION_NAMES, Region
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


def write_workbook(asked: Asked, target: Path, folder: Path, progress: Steps) -> Made:
    """The workbook, written to a path; `folder` is for what is needed on the way. Raises CountsDiffer."""
    facts, amounts = _read(asked)
    book = _Book(asked, facts, amounts, folder)
    made = _write(book, book.whole() if asked.office is None else book.of_office(), target, progress)
    told = made.counts[gettext(tables.REPORTS.title)], made.counts[gettext(tables.QUANTITIES.title)]
    if told != (len(facts), len(amounts.frame)):
        raise CountsDiffer
    return made


def write_table(asked: Asked, table: Table, form: Format, target: Path, folder: Path, progress: Steps) -> Made:
    """One table: a workbook with cover and dictionary, or CSV or Parquet alone. Raises CountsDiffer."""
    planned = asked.planned
    if form is Format.XLSX:
        facts, amounts = _read(asked)
        book = _Book(asked, facts, amounts, folder)
        made = _write(book, book.of_table(table), target, progress)
    else:
        rows = rows_of(asked, table, planned)
        job = writing.job([writing.sheet_job(rows, words=words_of(), address=asked.address)], form.value, target)
        (number,) = writing.write(job, lambda done: progress(done, planned))
        made = Made({gettext(table.title): number})
    if table is tables.REPORTS and made.rows != planned:
        raise CountsDiffer
    return made


def _read(asked: Asked) -> tuple[Facts, Amounts]:
    """What figures are reckoned from."""
    areas = {area.id: area for area in asked.areas}
    facts = Facts(round_rows.facts(asked.basis, asked.some_ids, indicator=asked.indicator), areas, asked.indicators)
    amounts = Amounts(round_rows.figures(asked.basis, asked.some_ids, indicator=asked.indicator), asked.quantities)
    return facts, amounts


def _write(book: _Book, frame: dict[str, Any], target: Path, progress: Steps) -> Made:
    places = book.frame.job_places
    planned = sum(place.rows.planned for place in places if place.rows is not None)
    job = writing.job(frame.pop("sheets"), Format.XLSX.value, target, **frame)
    counts = writing.write(job, lambda done: progress(min(done, planned), planned))
    return Made({place.title: number for place, number in zip(places, counts, strict=True)})


class _Book:
    """Puts the sheets together, in the order in which they are read."""

    def __init__(self, asked: Asked, facts: Facts, amounts: Amounts, folder: Path) -> None:
        self.asked, self.facts, self.amounts, self.folder = asked, facts, amounts, folder
        self.frame = Frame(asked.about)

    def whole(self) -> dict[str, Any]:
        """Everything that there is of a round."""
        cover = self._begin()
        self._overview()
        self._by_indicator()
        self._groups()
        self._matrices()
        self._timeliness()
        self._sums()
        self._wide()
        return self._end(cover, _LONG)

    def of_office(self) -> dict[str, Any]:
        """What an office takes of its own."""
        cover = self._begin()
        self._overview()
        return self._end(cover, _LONG)

    def of_table(self, table: Table) -> dict[str, Any]:
        """A single table."""
        return self._end(self._begin(), (table,))

    def _begin(self) -> Worksheet:
        return self.frame.sheet(gettext("Cover"), gettext("What this file is"))

    def _end(self, cover: Worksheet, long: Sequence[Table]) -> dict[str, Any]:
        """The sheets with every row, what their columns mean, and what the cover says of it all."""
        for table in long:
            planned = len(self.amounts.frame) if table is tables.QUANTITIES else len(self.facts)
            self.frame.rows_sheet(gettext(table.title), gettext(table.about), rows_of(self.asked, table, planned))
        self._dictionary(long)
        self._cover(cover)
        return self.frame.save(self.folder / "frame.xlsx", words=words_of(), address=self.asked.address)

    # --- what is drawn here ------------------------------------------------------------------------------------------------------

    def _cover(self, sheet: Worksheet) -> None:
        asked = self.asked
        lines: list[tuple[str, Any]] = [
            (gettext("Round"), f"{asked.title} ({asked.round.code})"),
            (gettext("Figures"), asked.figures),
            (gettext("As of"), moment(asked.basis.moment)),
            (gettext("Made on"), moment(asked.made_at)),
            (gettext("Made by"), asked.made_by),
            *((name, value) for name, value in asked.narrowed),
            (gettext("Offices"), len(asked.areas)),
            (gettext("Reports asked for"), len(self.facts)),
            (gettext("Reports handed in"), self.facts.sent),
        ]
        if asked.dataset is not None and asked.basis.levels is Levels.FROZEN:
            lines.insert(2, (gettext("Code (sha256)"), asked.dataset.digest))
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width, sheet.column_dimensions["C"].width = 34, 70, 16
        row = HEAD_ROW
        for name, value in lines:
            write(sheet.cell(row=row, column=1), name)
            sheet.cell(row=row, column=1).font = Font(name=FONT, size=SIZE, bold=True)
            write(sheet.cell(row=row, column=2), value)
            sheet.cell(row=row, column=2).alignment = sheet.cell(row=row, column=2).alignment.copy(horizontal="left")
            row += 1
        row += 1
        headings(sheet, [gettext("Sheet"), gettext("What it tells"), gettext("Rows")], [34, 70, 16], row)
        for place in self.frame.places[1:]:
            row += 1
            write(sheet.cell(row=row, column=1), place.title)
            link = sheet.cell(row=row, column=1)
            link.hyperlink = f"#'{place.sheet.title}'!A1"
            link.font = Font(name=FONT, size=SIZE, color="0B5CAD", underline="single")
            write(sheet.cell(row=row, column=2), place.about)
            write(sheet.cell(row=row, column=3), self.frame.count_mark(place))
            sheet.cell(row=row, column=3).number_format = "#,##0"
        for note in _NOTES:
            row += 1 if note is not _NOTES[0] else 2
            write(sheet.cell(row=row, column=1), gettext(note))
        print_well(sheet, 3, row)
        sheet.page_setup.orientation = "portrait"

    def _overview(self) -> None:
        total = self.facts.total()
        sheet = self.frame.sheet(gettext("Overview"), gettext("The round in figures"))
        lines: list[tuple[str, Any]] = [
            (gettext("Offices"), total.offices),
            (gettext("Offices that handed everything in"), total.complete),
            (gettext("Reports asked for"), total.asked),
            (gettext("Reports handed in"), total.sent),
            (gettext("Handed in, percent"), total.sent_percent),
            (gettext("Handed in on time"), total.on_time),
            (gettext("Handed in on time, percent of those asked for"), total.on_time_percent),
            (gettext("Handed in late"), total.late),
            (gettext("Counted as handed in at closing"), total.at_closing),
            (gettext("Mean self level"), total.mean_self),
            (gettext("Mean reviewed level"), total.mean_level),
            (gettext("Mean gap, where both are known"), total.mean_gap),
        ]
        headings(sheet, [gettext("Figure"), gettext("Value")], [46, 14])
        last = _fill(sheet, lines, FIRST_ROW)
        row = last + 2
        headings(sheet, [gettext("Level"), gettext("Self level"), gettext("Reviewed level")], [46, 14, 16], row)
        spread = [
            (f"{level} {gettext(LEVEL_NAMES[level])}", own, found)
            for level, own, found in zip(LEVELS, total.self_levels, total.levels, strict=True)
        ]
        last = _fill(sheet, spread, row + 1)
        _bars(sheet, gettext("Distribution of levels"), row, last, (2, 3), "F4", gettext("Reports"))
        row = last + 2
        headings(
            sheet, [gettext("Day"), gettext("Handed in up to then"), gettext("Percent of those asked for")], [46, 20, 20], row
        )
        days = [(day(when), number, _share(number, total.asked)) for when, number in self.facts.sent_by_day()]
        last = _fill(sheet, days, row + 1)
        if days:
            _line_chart(sheet, gettext("Handed in over time"), row, last, 2, "F22")
        print_well(sheet, 18, max(last, 42))

    def _by_indicator(self) -> None:
        found = self.facts.by("indicator")
        named = [((one.full_code, localized(one, "text")), found[one.id]) for one in self.asked.indicators if one.id in found]
        self._group_sheet(
            gettext("By indicator"),
            gettext("One row for each indicator"),
            [(gettext("Indicator no."), 12), (gettext("Indicator"), 50)],
            named,
            charted=True,
        )

    def _groups(self) -> None:
        region, kind = self.facts.by("region"), self.facts.by("kind")
        self._group_sheet(
            gettext("By region"),
            gettext("One row for each region"),
            [(gettext("Region"), 26)],
            [((gettext(name),), region[key]) for key, name in REGION_NAMES.items() if key in region],
            charted=True,
        )
        provinces = self.facts.by("province")
        order = {area.provinces_th.partition("|")[0]: area for area in reversed(self.asked.areas)}
        self._group_sheet(
            gettext("By province"),
            gettext("One row for each province; an office counts in that of its seat"),
            [(gettext("Province"), 26)],
            [((_province(area),), provinces[name]) for name, area in reversed(order.items()) if name in provinces],
        )
        self._group_sheet(
            gettext("By kind of office"),
            gettext("One row for each kind of office"),
            [(gettext("Kind"), 26)],
            [((gettext(name),), kind[key]) for key, name in KIND_NAMES.items() if key in kind],
            charted=True,
        )
        clusters = self.facts.by("cluster")
        self._group_sheet(
            gettext("By inspection cluster"),
            gettext("One row for each cluster of the Ministry's inspection"),
            [(gettext("Inspection cluster"), 26)],
            [((_cluster(number),), line) for number, line in sorted(clusters.items())],
        )

    def _group_sheet(
        self,
        name: str,
        about: str,
        first: Sequence[tuple[str, int]],
        lines: Sequence[tuple[tuple[str, ...], Line]],
        *,
        charted: bool = False,
    ) -> None:
        sheet = self.frame.sheet(name, about, count=len(lines))
        texts = [text for text, _ in first] + [gettext(text) for text in GROUP_HEADINGS]
        texts += [gettext("Self level %(level)d", level=level) for level in LEVELS]
        texts += [gettext("Reviewed level %(level)d", level=level) for level in LEVELS]
        widths = [width for _, width in first] + [14] * (len(texts) - len(first))
        headings(sheet, texts, widths)
        last = _fill(sheet, [(*names, *_group_cells(line)) for names, line in lines], FIRST_ROW)
        sheet.freeze_panes = sheet.cell(row=FIRST_ROW, column=len(first) + 1)
        sheet.auto_filter.ref = f"A{HEAD_ROW}:{get_column_letter(len(texts))}{last}"
        sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
        print_well(sheet, len(texts), last)
        if charted and lines:
            at = f"B{last + 3}"
            columns = tuple(
                len(first) + place for place in (GROUP_HEADINGS.index(MEAN_SELF) + 1, GROUP_HEADINGS.index(MEAN_LEVEL) + 1)
            )
            _bars(
                sheet, gettext("Mean self level and mean reviewed level"), HEAD_ROW, last, columns, at, gettext("Level"), top=5
            )
            print_well(sheet, len(texts), last + 22)

    def _dictionary(self, described: Sequence[Table]) -> None:
        sheet = self.frame.sheet(gettext("Data dictionary"), gettext("Every column of the long sheets and what it means"))
        headings(sheet, [gettext(text) for text in DICTIONARY_HEADINGS], [24, 28, 20, 14, 70, 60])
        lines = list(dictionary(described))
        last = _fill(sheet, lines, FIRST_ROW)
        sheet.freeze_panes = sheet.cell(row=FIRST_ROW, column=3)
        print_well(sheet, len(DICTIONARY_HEADINGS), last)

    # --- whose rows another process writes ---------------------------------------------------------------------------------------

    def _matrices(self) -> None:
        """Self level, reviewed level and gap of every office in every indicator."""
        asked_for = self.facts.matrix("self_level")
        for column, name, about in (
            (
                "self_level",
                gettext("Self levels"),
                gettext("Offices × indicators: the office's own level; – where it is not asked"),
            ),
            ("level", gettext("Reviewed levels"), gettext("Offices × indicators: the reviewed level; – where it is not asked")),
            ("gap", gettext("Gaps"), gettext("Offices × indicators: reviewed level less self level; – where it is not asked")),
        ):
            self._matrix(column, name, about, asked_for)

    def _matrix(self, column: str, name: str, about: str, asked_for: pd.DataFrame) -> None:
        shown = [one for one in self.asked.indicators if one.id in asked_for.columns]
        found = self.facts.matrix(column).reindex(index=asked_for.index, columns=asked_for.columns)
        known = {area_id: row for area_id, *row in found.itertuples()}
        is_asked = {area_id: row for area_id, *row in asked_for.notna().itertuples()}
        places = [list(asked_for.columns).index(one.id) for one in shown]
        no_level = NO_LEVEL if column != "gap" else None

        def rows() -> Iterator[list[Any]]:
            for area in self.asked.areas:
                if area.id in known:
                    cells = (_cell(known[area.id][place], no_level) if is_asked[area.id][place] else "–" for place in places)
                    yield [*_office(area), *cells]

        columns = tuple(Column(one.full_code, one.full_code, "", kind="whole", width=9) for one in shown)
        self._lines_sheet(name, about, (*OFFICE_COLUMNS, *columns), rows(), scale_from=len(OFFICE_COLUMNS) + 1)

    def _timeliness(self) -> None:
        found = self.facts.by_office()
        figures = {area_id: row for area_id, *row in found.itertuples()}

        def rows() -> Iterator[list[Any]]:
            for area in self.asked.areas:
                if area.id not in figures:
                    continue
                asked, sent, on_time, late, at_closing, first, last = figures[area.id]
                counts = [int(number) for number in (asked, sent, on_time, late, at_closing)]
                yield [
                    *_office(area),
                    *counts,
                    str(_share(sent, asked)),
                    str(_share(on_time, asked)),
                    "true" if sent == asked else "false",
                    *(at.isoformat() if (at := moment_of(value)) else None for value in (first, last)),
                ]

        name, about = gettext("Timeliness"), gettext("One row for each office: how much it handed in, and when")
        self._lines_sheet(name, about, (*OFFICE_COLUMNS, *TIMELINESS_COLUMNS), rows())

    def _sums(self) -> None:
        sums = self.amounts.sums()
        sheet = self.frame.sheet(
            gettext("Quantities, sums"), gettext("Each figure over the country and each region"), count=len(sums)
        )
        headings(sheet, [gettext(text) for text in SUM_HEADINGS], [12, 44, 12, 22, 12, 18, 14, 16, 16, 16])
        codes = {one.id: one.full_code for one in self.asked.indicators}
        last = _fill(
            sheet,
            [
                (
                    codes[one.quantity.indicator_id],
                    localized(one.quantity, "label"),
                    localized(one.quantity, "unit"),
                    gettext(REGION_NAMES[Region(one.region)]) if one.region else gettext("Whole country"),
                    *(one.number, one.total, one.mean, one.lowest, one.highest, one.percent),
                )
                for one in sums
            ],
            FIRST_ROW,
        )
        sheet.freeze_panes = sheet.cell(row=FIRST_ROW, column=3)
        sheet.auto_filter.ref = f"A{HEAD_ROW}:J{last}"
        print_well(sheet, len(SUM_HEADINGS), last)

    def _wide(self) -> None:
        wide = self.amounts.wide()
        codes = {one.id: one.full_code for one in self.asked.indicators}
        shown = [one for one in self.asked.quantities if one.id in wide.columns]
        known = {area_id: row for area_id, *row in wide.itertuples()}
        places = [list(wide.columns).index(one.id) for one in shown]

        def rows() -> Iterator[list[Any]]:
            for area in self.asked.areas:
                if area.id in known:
                    values = (known[area.id][place] for place in places)
                    yield [*_office(area), *(None if pd.isna(value) else str(value) for value in values)]

        columns = tuple(
            Column(
                f"{codes[one.indicator_id]}.{one.key}",
                f"{codes[one.indicator_id]} {localized(one, 'label')} ({localized(one, 'unit')})",
                "",
                kind="decimal",
                width=18,
            )
            for one in shown
        )
        name, about = gettext("Quantities by office"), gettext("One row for each office, one column for each figure")
        self._lines_sheet(name, about, (*OFFICE_COLUMNS, *columns), rows())

    def _lines_sheet(
        self, name: str, about: str, columns: tuple[Column, ...], rows: Iterable[list[Any]], scale_from: int | None = None
    ) -> None:
        """A sheet whose rows are reckoned here and written by the other process: a file of lines lies between."""
        path = self.folder / f"lines-{len(self.frame.places)}.jsonl"
        planned = 0
        with path.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                planned += 1
        self.frame.rows_sheet(name, about, Rows(columns, lines=path, planned=planned), scale_from=scale_from)


_LONG = (tables.PROBLEMS, tables.CHALLENGES, tables.QUANTITIES, tables.EVIDENCE, tables.REPORTS)
_NOTES = (
    N_("A report counts with what was handed in last; drafts are not told."),
    N_("An empty cell is no value, which is not zero. Reviewed levels that are not settled are empty."),
    N_("Texts are as offices wrote them. Cells of text never reckon, whatever they begin with."),
)
MEAN_SELF, MEAN_LEVEL = N_("Mean self level"), N_("Mean reviewed level")
GROUP_HEADINGS = (
    N_("Offices"),
    N_("Offices complete"),
    N_("Asked for"),
    N_("Reports handed in"),
    N_("Handed in, percent"),
    N_("On time"),
    N_("On time, percent"),
    N_("Late"),
    N_("Counted at closing"),
    N_("With self level"),
    MEAN_SELF,
    N_("With reviewed level"),
    MEAN_LEVEL,
    N_("Mean gap"),
)
SUM_HEADINGS = (
    N_("Indicator no."),
    N_("Figure"),
    N_("Unit"),
    N_("Group"),
    N_("Offices"),
    N_("Sum"),
    N_("Mean"),
    N_("Lowest"),
    N_("Highest"),
    N_("Percent of the figure that it is part of"),
)
DICTIONARY_HEADINGS = (N_("Sheet"), N_("Column"), N_("Key"), N_("Kind of value"), N_("Meaning"), N_("Values"))
KIND_WORDS = {
    "text": N_("Text"),
    "whole": N_("Whole number"),
    "decimal": N_("Number"),
    "moment": N_("Date and time"),
}
TIMELINESS_COLUMNS = (
    Column("asked", N_("Asked for"), "", kind="whole", width=10),
    Column("sent", N_("Reports handed in"), "", kind="whole", width=10),
    Column("on_time", N_("On time"), "", kind="whole", width=10),
    Column("late", N_("Late"), "", kind="whole", width=10),
    Column("at_closing", N_("Counted at closing"), "", kind="whole", width=12),
    Column("sent_percent", N_("Handed in, percent"), "", kind="decimal", width=12),
    Column("on_time_percent", N_("On time, percent"), "", kind="decimal", width=12),
    Column("complete", N_("Everything handed in"), "", width=12, words=tables.YES_NO),
    Column("first", N_("First hand-in"), "", kind="moment", width=22),
    Column("last", N_("Last hand-in"), "", kind="moment", width=22),
)


def dictionary(described: Iterable[Table]) -> Iterator[tuple[str, ...]]:
    """Every column of these tables: sheet, heading, key, kind, meaning, and the words that may stand in it."""
    for table in described:
        for column in table.columns:
            values = ", ".join(f"{key} = {gettext(name)}" for key, name in column.words.items())
            yield (
                gettext(table.title),
                gettext(column.heading),
                column.key,
                gettext(KIND_WORDS[column.kind]),
                gettext(column.meaning),
                values,
            )


def _share(part: int, whole: int) -> Decimal:
    return percent(int(part), int(whole)) or Decimal(0)


def _province(area: Area) -> str:
    return in_language({"th": area.provinces_th, "en": area.provinces_en}).partition("|")[0]


def _cluster(number: int) -> str:
    return str(number) if number else gettext("No cluster")


def _office(area: Area) -> list[Any]:
    """The columns that name an office: raw values, which the other process puts into words."""
    provinces = in_language({"th": area.provinces_th, "en": area.provinces_en})
    return [area.code, in_language(area.short_name), area.kind, area.region, provinces, area.inspection_cluster]


def _cell(value: Any, no_level: int | None) -> int | None:
    return None if pd.isna(value) or (no_level is not None and value == no_level) else int(value)


def _group_cells(line: Line) -> tuple[Any, ...]:
    return (
        *(line.offices, line.complete, line.asked, line.sent, line.sent_percent, line.on_time, line.on_time_percent),
        *(line.late, line.at_closing, line.with_self, line.mean_self, line.with_level, line.mean_level, line.mean_gap),
        *line.self_levels,
        *line.levels,
    )


def _fill(sheet: Worksheet, lines: Iterable[Sequence[Any]], first: int) -> int:
    """Write lines below each other. Answers the last row."""
    row = first - 1
    for row, values in enumerate(lines, start=first):
        for place, value in enumerate(values, start=1):
            cell = sheet.cell(row=row, column=place)
            write(cell, value)
            if not isinstance(value, str):
                cell.number_format = number_format("decimal" if isinstance(value, Decimal) else "whole")
    return row


def _bars(
    sheet: Worksheet, title: str, head: int, last: int, columns: tuple[int, ...], at: str, unit: str, top: int | None = None
) -> None:
    """Bars beside each other for columns of a table that stands on the sheet."""
    chart = BarChart()
    chart.type, chart.grouping, chart.title = "col", "clustered", title
    for column in columns:
        chart.add_data(Reference(sheet, min_col=column, min_row=head, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=last))
    for series, colour in zip(chart.series, ("8FA3C4", "172D57"), strict=False):
        series.graphicalProperties.solidFill = colour
    _dress(chart, unit, top)
    sheet.add_chart(chart, at)


def _line_chart(sheet: Worksheet, title: str, head: int, last: int, column: int, at: str) -> None:
    chart = LineChart()
    chart.title = title
    chart.add_data(Reference(sheet, min_col=column, min_row=head, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=last))
    chart.series[0].graphicalProperties.line.solidFill = "172D57"
    chart.series[0].smooth = False
    _dress(chart, gettext("Reports"), None)
    sheet.add_chart(chart, at)


def _dress(chart: Any, unit: str, top: int | None) -> None:
    chart.y_axis.title, chart.y_axis.scaling.min, chart.y_axis.scaling.max = unit, 0, top
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.legend.position, chart.width, chart.height = "b", 22, 9
    if isinstance(chart, BarChart):
        chart.gapWidth, chart.dataLabels = (
            60,
            DataLabelList(showVal=True, showSerName=False, showCatName=False, showLegendKey=False),
        )
