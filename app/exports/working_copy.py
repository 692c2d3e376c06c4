"""An office's round as a workbook: headings in the reader's language, everything locked but the answers, lists where one chooses."""

from __future__ import annotations

from flask_babel import force_locale, gettext
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from app.domain.errors import N_, Message
from app.domain.spreadsheet import normal
from app.domain.working_copy import CHOICES, COLUMNS, SHEET, Fill
from app.exports import workbook
from app.exports.reading import Expected
from app.exports.workbook import LANGUAGES
from app.formatting import localized
from app.queries.submission import Office
from app.queries.working_copy import Field
from app.services.working_copies import marks_of

_ADVICE = (
    N_("Fill in the white cells of the column “Answer”. The grey ones say what is asked; leave them as they are."),
    N_("Files are not sent with this workbook: attach them on the page of the indicator."),
    N_("An empty cell means “not entered”; 0 is a figure. Write values, no formulas."),
    N_("Send the workbook back on the page “Excel working copy” of your office: what it would change is shown first."),
    N_("It belongs to this office and this round and is taken nowhere else."),
)
_HINTS = {
    Fill.DONE: N_("Choose from the list"),
    Fill.TICK: N_("Choose from the list"),
    Fill.LEVEL: N_("Choose from the list"),
    Fill.LINE: N_("One line"),
    Fill.TEXT: N_("Text, at most 2,000 characters"),
}


def expected() -> tuple[Expected, ...]:
    """The sheet and the headings to be found again, whichever language the workbook was made in."""
    titles: set[str] = set()
    headings: dict[str, str] = {}
    for language in LANGUAGES:
        with force_locale(language):
            titles.add(normal(gettext(SHEET)))
            headings |= {normal(gettext(column.heading)): column.key for column in COLUMNS}
    return (Expected("report", frozenset(titles), headings),)


def words() -> dict[str, dict[str, str]]:
    """What may be chosen, in either language, and what it means."""
    found: dict[str, dict[str, str]] = {}
    for fill, choices in CHOICES.items():
        known = found.setdefault(fill, {})
        for key, name in choices.items():
            for language in LANGUAGES:
                with force_locale(language):
                    known[normal(gettext(name))] = key
                    known[normal(_shown(fill, key))] = key
    return found


def _shown(fill: Fill, key: str) -> str:
    """How a choice reads in its cell: '4 ดีมาก'."""
    name = gettext(CHOICES[fill][key])
    return f"{key} {name}" if fill is Fill.LEVEL else name


def _said(message: Message) -> str:
    text = gettext(message.text)
    return text % dict(message.values) if message.values else text


def write(office: Office, fields: list[Field], *, title: str) -> bytes:
    """The workbook of an office's round."""
    book = Workbook()
    del book["Sheet"]
    workbook.advise(book.create_sheet(gettext(workbook.READ_FIRST)), title, _ADVICE)
    found = book.create_sheet(gettext(SHEET))
    book.active = found
    lists = workbook.Lists(book)
    offered = {fill: lists.offer([_shown(fill, key) for key in choices]) for fill, choices in CHOICES.items()}
    for rule in offered.values():
        found.add_data_validation(rule)
    for index, column in enumerate(COLUMNS, start=1):
        workbook.head(found.cell(row=1, column=index), gettext(column.heading))
        found.column_dimensions[get_column_letter(index)].width = column.width
    found.freeze_panes = "B2"
    for number, field in enumerate(fields, start=2):
        texts = {
            "indicator": field.indicator.full_code,
            "wording": localized(field.indicator, "text"),
            "field": _field(field),
            "hint": localized(field.about, "unit") if field.fill is Fill.FIGURE else gettext(_HINTS[field.fill]),
            "row": field.mark,
        }
        for index, column in enumerate(COLUMNS, start=1):
            cell = found.cell(row=number, column=index)
            if column.key == "answer":
                _answer(cell, field)
                if field.fill in offered:
                    offered[field.fill].add(cell.coordinate)
            else:
                workbook.put(cell, texts[column.key])
            workbook.dress(cell, locked=column.locked, wrap=column.key != "row")
    found.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(fields) + 1}"
    workbook.lock(found)
    workbook.mark(book, marks_of(office))
    return workbook.as_bytes(book)


def _field(field: Field) -> str:
    if field.fill is Fill.DONE:
        return f"{_said(field.label)}\n{localized(field.about, 'text')}"
    return localized(field.about, "label") if field.fill is Fill.FIGURE else _said(field.label)


def _answer(cell: workbook.Cell, field: Field) -> None:
    if field.value is None:
        return
    if field.fill in CHOICES:
        workbook.put(cell, _shown(field.fill, field.value) if field.value in CHOICES[field.fill] else field.value)
    elif field.fill is Fill.FIGURE and len(field.value) <= 15:
        cell.value = float(field.value) if "." in field.value else int(field.value)
    else:
        workbook.put(cell, field.value)
