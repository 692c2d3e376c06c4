"""An indicator set as a workbook to be edited: Thai headings, lists to choose from, the columns that name a row locked. What it holds
says `domain.indicator_set`; reading it back gives the same set."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import force_locale, gettext
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.errors import N_
from app.domain.indicator_set import Kind
from app.domain.spreadsheet import Column, Holds, normal
from app.exports import workbook
from app.exports.reading import MOST_ROWS, Expected
from app.exports.workbook import LANGUAGES, put
from app.queries.indicator_set import Standings

_ADVICE = (
    N_("Edit the white cells. The grey columns name a row: leave them as they are."),
    N_("A new row goes below the last one: leave the first column empty and fill in the codes."),
    N_("To take a row out of use write “No” under “In use”. A row that you delete is taken out of use as well."),
    N_(
        "Cells with a list take only what the list offers. Write values, no formulas, and merge no cells. Hidden rows count too."
    ),
    N_("Send this workbook back on the page of the indicator set: what it would change is shown before anything is done."),
)


def expected(kinds: tuple[Kind, ...]) -> tuple[Expected, ...]:
    """The sheets and headings to be found again, whichever language the workbook was made in."""
    found = []
    for kind in kinds:
        titles: set[str] = set()
        headings: dict[str, str] = {}
        for language in LANGUAGES:
            with force_locale(language):
                titles.add(normal(gettext(kind.title)))
                headings |= {normal(gettext(column.heading)): column.key for column in kind.columns}
        found.append(Expected(kind.key, frozenset(titles), headings))
    return tuple(found)


def words(kinds: tuple[Kind, ...]) -> dict[str, dict[str, str]]:
    """What may stand in the cells of a column with choices, in either language, and what it means."""
    found: dict[str, dict[str, str]] = {}
    for kind in kinds:
        for column in kind.columns:
            known = found.setdefault(column.key, {})
            for key, name in column.choices.items():
                known[normal(key)] = key
                for language in LANGUAGES:
                    with force_locale(language):
                        known[normal(gettext(name))] = key
            if column.holds is Holds.YES_NO:
                known |= {"true": "yes", "false": "no", "1": "yes", "0": "no"}
    return found


def write(standings: Standings, *, title: str) -> bytes:
    """The set as a workbook in the reader's language."""
    book = Workbook()
    del book["Sheet"]
    workbook.advise(book.create_sheet(gettext(workbook.READ_FIRST)), title, _ADVICE)
    lists = workbook.Lists(book)
    for kind in standings.kinds:
        _write_kind(book.create_sheet(gettext(kind.title)[:31]), kind, standings, lists)
    workbook.mark(book, standings.marks())
    return workbook.as_bytes(book)


def _write_kind(found: Worksheet, kind: Kind, standings: Standings, lists: workbook.Lists) -> None:
    found.freeze_panes = found.cell(row=2, column=2 + len(kind.identity))
    shown = {column.key: {key: gettext(name) for key, name in column.choices.items()} for column in kind.columns}
    for index, column in enumerate(kind.columns, start=1):
        letter = get_column_letter(index)
        workbook.head(found.cell(row=1, column=index), gettext(column.heading) + (" *" if column.required else ""))
        found.column_dimensions[letter].width = column.width
        # Empty cells below are for new rows: everything but the first column may be written there.
        found.column_dimensions[letter].protection = Protection(locked=column.key == "row")
        if shown[column.key]:
            offered = lists.offer(list(shown[column.key].values()), may_be_empty=not column.required)
            found.add_data_validation(offered)
            offered.add(f"{letter}2:{letter}{MOST_ROWS}")
    found.row_dimensions[1].height = 36
    rows = standings.rows[kind.key]
    for number, row in enumerate(rows, start=2):
        texts = {"row": row.mark, **row.cells}
        for index, column in enumerate(kind.columns, start=1):
            _write_cell(found.cell(row=number, column=index), column, texts[column.key], shown[column.key])
    if rows:
        found.auto_filter.ref = f"A1:{get_column_letter(len(kind.columns))}{len(rows) + 1}"
    workbook.lock(found, "insertRows", "deleteRows", "sort")


def _write_cell(cell: Cell, column: Column, text: str, shown: Mapping[str, str]) -> None:
    if column.holds in (Holds.WHOLE, Holds.DECIMAL) and text:
        cell.value = float(text) if "." in text else int(text)
    elif text:
        put(cell, shown.get(text, text))
    workbook.dress(cell, locked=column.locked, wrap=column.holds is Holds.TEXT)
