"""What every workbook of e-MES has in common: how it looks, what is locked, lists to choose from, and text that stays text."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from flask_babel import gettext
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.errors import N_
from app.exports.reading import MARKS

LANGUAGES = ("th", "en")
READ_FIRST = N_("Read first")
LISTS = "_lists"
# The font of government documents, on every office's machine; its letters are small, so it is set larger than others.
FONT = "TH Sarabun New"
SIZE = 14
_HEAD = PatternFill("solid", fgColor="172D57")
_LOCKED = PatternFill("solid", fgColor="EDEFEE")
_LONGEST_VALUE = 30_000


def put(cell: Cell, text: str) -> None:
    """Write text as text, whatever it begins with."""
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"


def head(cell: Cell, text: str) -> None:
    """A heading."""
    put(cell, text)
    cell.font, cell.fill = Font(name=FONT, size=SIZE, bold=True, color="FFFFFF"), _HEAD
    cell.alignment = Alignment(wrap_text=True, vertical="center")


def dress(cell: Cell, *, locked: bool, wrap: bool) -> None:
    """The look of a cell below the headings; grey says locked."""
    cell.font = Font(name=FONT, size=SIZE)
    cell.alignment = Alignment(wrap_text=wrap, vertical="top")
    cell.protection = Protection(locked=locked)
    if locked:
        cell.fill = _LOCKED


def lock(found: Worksheet, *allowed: str) -> None:
    """Protect a sheet without a password: what may be done to its looks may be done, besides what is named."""
    found.protection.enable()
    for name in ("formatCells", "formatColumns", "formatRows", "autoFilter", *allowed):
        setattr(found.protection, name, False)


def advise(found: Worksheet, title: str, advice: Sequence[str]) -> None:
    """The sheet to be read first: a title and numbered sentences (message ids)."""
    found.column_dimensions["A"].width = 110
    put(found["A1"], title)
    found["A1"].font = Font(name=FONT, bold=True, size=18)
    for number, line in enumerate(advice, start=1):
        cell = found.cell(row=number + 2, column=1)
        put(cell, f"{number}. {gettext(line)}")
        cell.font, cell.alignment = Font(name=FONT, size=16), Alignment(wrap_text=True, vertical="top")


class Lists:
    """Lists to choose from, on a hidden sheet: one that is written into the cell itself may be 255 signs long at most."""

    def __init__(self, book: Workbook) -> None:
        self._sheet = book.create_sheet(LISTS)
        self._sheet.sheet_state = "hidden"
        self._used = 0

    def offer(self, choices: Sequence[str], *, may_be_empty: bool = True) -> DataValidation:
        """The rule that cells take one of these; the caller adds it to a sheet and to its cells."""
        self._used += 1
        for number, choice in enumerate(choices, start=1):
            put(self._sheet.cell(row=number, column=self._used), choice)
        at = get_column_letter(self._used)
        rule = DataValidation(type="list", formula1=f"'{LISTS}'!${at}$1:${at}${len(choices)}", allow_blank=may_be_empty)
        rule.error, rule.showErrorMessage = gettext("Choose from the list"), True
        return rule


def mark(book: Workbook, marks: Mapping[str, str]) -> None:
    """What e-MES says to itself, on a hidden sheet; a long value lies in several rows."""
    found = book.create_sheet(MARKS)
    found.sheet_state = "hidden"
    for key, value in marks.items():
        for start in range(0, max(len(value), 1), _LONGEST_VALUE):
            found.append([key, value[start : start + _LONGEST_VALUE]])


def as_bytes(book: Workbook) -> bytes:
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()
