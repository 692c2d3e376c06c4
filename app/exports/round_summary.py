"""The sheets of a round's workbook that are read first: cover, overview with charts, groups, sums of quantities, data dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.errors import N_
from app.domain.exporting import Levels
from app.domain.rubric import LEVEL_NAMES, LEVELS
from app.exports.frame import FIRST_ROW, HEAD_ROW, bars, headings, line_chart, long_table, number_format, print_well, write
from app.exports.round_book import Book, share
from app.exports.round_figures import Line
from app.exports.tables import Table
from app.exports.workbook import FONT, SIZE
from app.formatting import day, in_language, localized, moment
from app.models import Area
from app.models.area import KIND_NAMES, REGION_NAMES, Region

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


def cover(book: Book, sheet: Worksheet) -> None:
    asked = book.asked
    lines: list[tuple[str, Any]] = [
        (gettext("Round"), f"{asked.title} ({asked.round.code})"),
        (gettext("Figures"), asked.figures),
        (gettext("As of"), moment(asked.basis.moment)),
        (gettext("Made on"), moment(asked.made_at)),
        (gettext("Made by"), asked.made_by),
        *((name, value) for name, value in asked.narrowed),
        (gettext("Offices"), len(asked.areas)),
        (gettext("Reports asked for"), book.counts[0]),
        (gettext("Reports handed in"), book.counts[1]),
    ]
    if asked.dataset is not None and asked.basis.levels is Levels.FROZEN:
        lines.insert(2, (gettext("Code (sha256)"), asked.dataset.digest))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width, sheet.column_dimensions["C"].width = 34, 70, 16
    row = HEAD_ROW
    for name, value in lines:
        write(sheet.cell(row=row, column=1), name)
        sheet.cell(row=row, column=1).font = Font(name=FONT, size=SIZE, bold=True)
        write(sheet.cell(row=row, column=2), value)
        sheet.cell(row=row, column=2).alignment = Alignment(horizontal="left", vertical="top")
        row += 1
    row += 1
    headings(sheet, [gettext("Sheet"), gettext("What it tells"), gettext("Rows")], [34, 70, 16], row)
    for place in book.frame.places[1:]:
        row += 1
        write(sheet.cell(row=row, column=1), place.title)
        link = sheet.cell(row=row, column=1)
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{place.sheet.title}'!A1")
        link.font = Font(name=FONT, size=SIZE, color="0B5CAD", underline="single")
        write(sheet.cell(row=row, column=2), place.about)
        write(sheet.cell(row=row, column=3), book.frame.count_mark(place))
        sheet.cell(row=row, column=3).number_format = "#,##0"
    for note in _NOTES:
        row += 1 if note is not _NOTES[0] else 2
        write(sheet.cell(row=row, column=1), gettext(note))
    print_well(sheet, 3, row)
    sheet.page_setup.orientation = "portrait"


def overview(book: Book) -> None:
    total = book.facts.total()
    sheet = book.frame.sheet(gettext("Overview"), gettext("The round in figures"))
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
    bars(sheet, gettext("Distribution of levels"), row, last, (2, 3), "F4", gettext("Reports"))
    row = last + 2
    headings(sheet, [gettext("Day"), gettext("Handed in up to then"), gettext("Percent of those asked for")], [46, 20, 20], row)
    days = [(day(when), number, share(number, total.asked)) for when, number in book.facts.sent_by_day()]
    last = _fill(sheet, days, row + 1)
    if days:
        line_chart(sheet, gettext("Handed in over time"), row, last, 2, "F22", gettext("Reports"))
    print_well(sheet, 18, max(last, 42))


def by_indicator(book: Book) -> None:
    found = book.facts.by("indicator")
    named = [((one.full_code, localized(one, "text")), found[one.id]) for one in book.asked.indicators if one.id in found]
    _group_sheet(
        book,
        gettext("By indicator"),
        gettext("One row for each indicator"),
        [(gettext("Indicator no."), 12), (gettext("Indicator"), 50)],
        named,
        charted=True,
    )


def groups(book: Book) -> None:
    region, kind = book.facts.by("region"), book.facts.by("kind")
    _group_sheet(
        book,
        gettext("By region"),
        gettext("One row for each region"),
        [(gettext("Region"), 26)],
        [((gettext(name),), region[key]) for key, name in REGION_NAMES.items() if key in region],
        charted=True,
    )
    provinces = book.facts.by("province")
    first: dict[str, Area] = {}
    for area in book.asked.areas:
        first.setdefault(area.provinces_th.partition("|")[0], area)
    _group_sheet(
        book,
        gettext("By province"),
        gettext("One row for each province; an office counts in that of its seat"),
        [(gettext("Province"), 26)],
        [((_province(area),), provinces[name]) for name, area in first.items() if name in provinces],
    )
    _group_sheet(
        book,
        gettext("By kind of office"),
        gettext("One row for each kind of office"),
        [(gettext("Kind"), 26)],
        [((gettext(name),), kind[key]) for key, name in KIND_NAMES.items() if key in kind],
        charted=True,
    )
    clusters = book.facts.by("cluster")
    _group_sheet(
        book,
        gettext("By inspection cluster"),
        gettext("One row for each cluster of the Ministry's inspection"),
        [(gettext("Inspection cluster"), 26)],
        [((_cluster(number),), line) for number, line in sorted(clusters.items())],
    )


def _group_sheet(
    book: Book,
    name: str,
    about: str,
    first: Sequence[tuple[str, int]],
    lines: Sequence[tuple[tuple[str, ...], Line]],
    *,
    charted: bool = False,
) -> None:
    sheet = book.frame.sheet(name, about, count=len(lines))
    texts = [text for text, _ in first] + [gettext(text) for text in GROUP_HEADINGS]
    texts += [gettext("Self level %(level)d", level=level) for level in LEVELS]
    texts += [gettext("Reviewed level %(level)d", level=level) for level in LEVELS]
    widths = [width for _, width in first] + [14] * (len(texts) - len(first))
    headings(sheet, texts, widths)
    last = _fill(sheet, [(*names, *_group_cells(line)) for names, line in lines], FIRST_ROW)
    long_table(sheet, len(texts), last, frozen=len(first))
    if charted and lines:
        at = f"B{last + 3}"
        columns = tuple(
            len(first) + place for place in (GROUP_HEADINGS.index(MEAN_SELF) + 1, GROUP_HEADINGS.index(MEAN_LEVEL) + 1)
        )
        bars(sheet, gettext("Mean self level and mean reviewed level"), HEAD_ROW, last, columns, at, gettext("Level"), top=5)
        print_well(sheet, len(texts), last + 22)


def dictionary_sheet(book: Book, described: Sequence[Table]) -> None:
    lines = list(dictionary(described))
    about = gettext("Every column of the long sheets and what it means")
    sheet = book.frame.sheet(gettext("Data dictionary"), about, count=len(lines))
    headings(sheet, [gettext(text) for text in DICTIONARY_HEADINGS], [24, 28, 20, 14, 70, 60])
    last = _fill(sheet, lines, FIRST_ROW)
    long_table(sheet, len(DICTIONARY_HEADINGS), last, frozen=2)


def sums(book: Book) -> None:
    sums = book.amounts.sums()
    sheet = book.frame.sheet(
        gettext("Quantities, sums"), gettext("Each figure over the country and each region"), count=len(sums)
    )
    headings(sheet, [gettext(text) for text in SUM_HEADINGS], [12, 44, 12, 22, 12, 18, 14, 16, 16, 16])
    codes = {one.id: one.full_code for one in book.asked.indicators}
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
    long_table(sheet, len(SUM_HEADINGS), last, frozen=2)


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


def _province(area: Area) -> str:
    return in_language({"th": area.provinces_th, "en": area.provinces_en}).partition("|")[0]


def _cluster(number: int) -> str:
    return str(number) if number else gettext("No cluster")


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
