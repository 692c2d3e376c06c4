"""The centre's board of projects as an Excel workbook: one row per office."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from app.domain.errors import N_
from app.domain.project_fields import QUARTERS
from app.domain.projects import STATE_NAMES, ProjectState
from app.exports import workbook
from app.formatting import in_language
from app.models.area import REGION_NAMES, Region
from app.queries.project_board import Board, OfficeRow

SHEET = N_("Offices")


def _headings() -> list[tuple[str, int]]:
    words: list[tuple[str, int]] = [
        (gettext("Code"), 14),
        (gettext("Office"), 34),
        (gettext("Region"), 18),
        (gettext("Projects"), 12),
    ]
    words += [(gettext(STATE_NAMES[state]), 14) for state in ProjectState]
    words.append((gettext("In eMENSCR"), 14))
    for quarter in QUARTERS:
        words.append((gettext("Quarter %(number)d sent", number=quarter), 14))
        words.append((gettext("Quarter %(number)d overdue", number=quarter), 14))
    return [*words, (gettext("Sent late"), 12), (gettext("Budget, baht"), 18), (gettext("Paid, baht"), 18)]


def _values(row: OfficeRow) -> list[str | int | Decimal]:
    area, figures = row.area, row.figures
    found: list[str | int | Decimal] = [
        area.code,
        in_language(area.short_name),
        gettext(REGION_NAMES[Region(area.region)]),
        figures.count,
        *(figures.states.get(state, 0) for state in ProjectState),
        figures.entered,
    ]
    for quarter in QUARTERS:
        found += [figures.sent.get(quarter, 0), figures.overdue.get(quarter, 0)]
    return [*found, figures.late, figures.budget, figures.paid]


def write(board: Board, *, title: str) -> bytes:
    """The workbook of the offices that the board shows."""
    book = Workbook()
    del book["Sheet"]
    found = book.create_sheet(gettext(SHEET)[:31])
    workbook.put(found["A1"], title)
    for index, (heading, width) in enumerate(_headings(), start=1):
        workbook.head(found.cell(row=2, column=index), heading)
        found.column_dimensions[get_column_letter(index)].width = width
    for number, row in enumerate(board.rows, start=3):
        for index, value in enumerate(_values(row), start=1):
            cell = found.cell(row=number, column=index)
            if isinstance(value, str):
                workbook.put(cell, value)
            else:
                cell.value = value
            workbook.dress(cell, locked=False, wrap=False)
            if isinstance(value, Decimal):
                cell.number_format = "#,##0.00"
    found.freeze_panes = "C3"
    return workbook.as_bytes(book)
