"""The frame of a workbook whose long sheets are written by another process: how each sheet looks, with one sample row where its rows go.

Numbers that are known only when the rows are written stand in the frame as marks: a last row that no sheet of ours reaches, and a number of
rows that none has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import gettext
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.exports.rows import Rows, sheet_job
from app.exports.tables import Column
from app.exports.workbook import FONT, SIZE, head, put
from app.formatting import language
from app.rows_child.sheets import cell_text

TITLE_ROW, ABOUT_ROW, HEAD_ROW, FIRST_ROW = 1, 2, 4, 5
LAST_ROW_MARK, COUNT_MARK = 1_048_101, 1_047_101
# More rows than these open faster with their texts on one line.
_MOST_WRAPPED = 20_000
_MOMENTS = {"th": "[$-107041E]d mmm yyyy hh:mm", "en": "yyyy-mm-dd hh:mm"}
FORMATS = {"whole": "#,##0", "decimal": "#,##0.00", "text": "@"}


def number_format(kind: str) -> str:
    """How cells of a kind are shown; moments in the era of the reader."""
    return _MOMENTS[language()] if kind == "moment" else FORMATS[kind]


def sheet_name(text: str) -> str:
    """A title as the name of a sheet: no signs that Excel refuses, 31 characters at most."""
    return "".join(" " if sign in r"[]:*?/\'" else sign for sign in text).strip()[:31]


def print_well(sheet: Worksheet, last_column: int, last_row: int) -> None:
    """On paper: as wide as a page lying down, the headings on each."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_area = f"A1:{get_column_letter(last_column)}{last_row}"
    sheet.oddFooter.center.text = "&A · &P / &N"


def long_table(sheet: Worksheet, columns: int, last_row: int, *, frozen: int) -> None:
    """A sheet that is one table: headings and the first columns stay in sight and on each page, and every column can be filtered."""
    sheet.freeze_panes = sheet.cell(row=FIRST_ROW, column=frozen + 1)
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{get_column_letter(columns)}{last_row}"
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    print_well(sheet, columns, last_row)


def title(sheet: Worksheet, text: str, about: str) -> None:
    """What a sheet is, above everything."""
    put(sheet.cell(row=TITLE_ROW, column=1), cell_text(text))
    sheet.cell(row=TITLE_ROW, column=1).font = Font(name=FONT, bold=True, size=18)
    put(sheet.cell(row=ABOUT_ROW, column=1), cell_text(about))
    sheet.cell(row=ABOUT_ROW, column=1).font = Font(name=FONT, size=SIZE, color="50586A")


def headings(sheet: Worksheet, texts: Sequence[str], widths: Sequence[int], row: int = HEAD_ROW) -> None:
    for place, (text, width) in enumerate(zip(texts, widths, strict=True), start=1):
        head(sheet.cell(row=row, column=place), cell_text(text))
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(width, sheet.column_dimensions[letter].width if row != HEAD_ROW else 0)


def write(cell: Cell, value: Any) -> None:
    """A value as what it is: text stays text, whatever it begins with."""
    if isinstance(value, str):
        put(cell, cell_text(value))
    else:
        cell.value = value
    cell.font, cell.alignment = Font(name=FONT, size=SIZE), Alignment(vertical="top")


@dataclass(frozen=True)
class Place:
    """A sheet of the frame: its name, what it is, and where its rows come from, if another process writes them; else how many it has, where
    it is one table."""

    sheet: Worksheet
    title: str
    about: str
    rows: Rows | None = None
    count: int | None = None


class Frame:
    """A workbook that is put together sheet by sheet. `about` stands under the title of each: the round, the moment, the figures."""

    def __init__(self, about: str) -> None:
        self.book = Workbook()
        del self.book["Sheet"]
        self.about = about
        self.places: list[Place] = []

    def sheet(self, name: str, about: str, count: int | None = None) -> Worksheet:
        """A sheet that is drawn here and now; `count` is how many rows it tells."""
        found = self.book.create_sheet(sheet_name(name))
        title(found, name, f"{about} · {self.about}")
        self.places.append(Place(found, name, about, count=count))
        return found

    def rows_sheet(self, name: str, about: str, rows: Rows, *, frozen_columns: int = 2, scale_from: int | None = None) -> None:
        """A sheet whose rows are written later. `scale_from` colours the columns from there on by their levels."""
        found = self.book.create_sheet(sheet_name(name))
        title(found, name, f"{about} · {self.about}")
        columns = rows.columns
        headings(found, [gettext(column.heading) for column in columns], [column.width for column in columns])
        for place, column in enumerate(columns, start=1):
            self._sample(found.cell(row=FIRST_ROW, column=place), column, wraps=rows.planned <= _MOST_WRAPPED)
        mark = LAST_ROW_MARK + len(self.job_places)
        last = get_column_letter(len(columns))
        long_table(found, len(columns), mark, frozen=frozen_columns)
        if scale_from is not None:
            scale = ColorScaleRule(*("min", None, "F6D9D5", "percentile", 50, "FDF3DC", "max", None, "CFE8D9"))
            found.conditional_formatting.add(f"{get_column_letter(scale_from)}{FIRST_ROW}:{last}{mark}", scale)
        self.places.append(Place(found, name, about, rows))

    @staticmethod
    def _sample(cell: Cell, column: Column, *, wraps: bool) -> None:
        link = {"color": "0B5CAD", "underline": "single"} if column.is_link else {}
        cell.font = Font(name=FONT, size=SIZE, **link)
        cell.alignment = Alignment(vertical="top", wrap_text=wraps and column.kind == "text" and not column.is_link)
        cell.number_format = number_format(column.kind)

    @property
    def job_places(self) -> list[Place]:
        """The sheets whose rows another process writes, in their order."""
        return [place for place in self.places if place.rows is not None]

    def count_mark(self, place: Place) -> int | None:
        """What stands for the number of rows of a sheet until it is known; nothing for what is no table."""
        return COUNT_MARK + self.job_places.index(place) if place.rows is not None else place.count

    def save(self, path: Path, *, words: Mapping[str, Mapping[str, str]], address: str) -> dict[str, Any]:
        """Write the frame. Answers what the job needs of it."""
        self.book.save(path)
        members = {
            sheet.title: f"xl/worksheets/sheet{number}.xml" for number, sheet in enumerate(self.book.worksheets, start=1)
        }
        jobs = []
        for number, place in enumerate(self.job_places):
            assert place.rows is not None  # noqa: S101 - those are the places with rows
            marks = {"last_row_mark": LAST_ROW_MARK + number, "count_mark": COUNT_MARK + number, "first_row": FIRST_ROW}
            jobs.append(sheet_job(place.rows, words=words, address=address) | marks | {"member": members[place.sheet.title]})
        # Nowhere else are marks looked for: a figure on a sheet might be the same number.
        return {"frame": str(path), "sheets": jobs, "names": "xl/workbook.xml", "cover": members[self.book.worksheets[0].title]}


def bars(
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


def line_chart(sheet: Worksheet, title: str, head: int, last: int, column: int, at: str, unit: str) -> None:
    """A line over the days of a table that stands on the sheet."""
    chart = LineChart()
    chart.title = title
    chart.add_data(Reference(sheet, min_col=column, min_row=head, max_row=last), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=head + 1, max_row=last))
    chart.series[0].graphicalProperties.line.solidFill = "172D57"
    chart.series[0].smooth = False
    _dress(chart, unit, None)
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
