"""An office's projects as a workbook in the order of the national form, to be typed or pasted there, and to be filled in and sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import force_locale, gettext
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.domain import progress
from app.domain.errors import N_
from app.domain.plans import PlanKind, Plans
from app.domain.project_book import (
    NUMBER,
    NUMBER_HEADING,
    PROJECTS,
    ROW,
    ROW_HEADING,
    SHEET_FIELDS,
    SHEET_TITLES,
    WIDTHS,
)
from app.domain.project_fields import FIXED_CHOICES, YEARS, RowKind
from app.domain.sheets import Field, FieldKind, row_key
from app.domain.spreadsheet import normal
from app.exports import workbook
from app.exports.reading import Expected
from app.exports.workbook import LANGUAGES
from app.formatting import day_input, in_language

_ADVICE = (
    N_(
        "Each project is one row of the first sheet; its persons, indicators and activities stand on their own sheets under its number."
    ),
    N_("The columns follow the order of the national form, so that a row can be typed or pasted there."),
    N_("A number that the office does not have yet makes a new project. A row without a row number is added."),
    N_("An empty cell changes nothing. To empty a field, do so on the page of the project."),
    N_("Send the workbook back on the page of the projects: what it would change is shown first."),
)
_PROGRESS_TITLE = N_("Quarterly progress")
_PROGRESS_HEADINGS = (
    N_("Project no."),
    N_("Project name"),
    N_("Quarter"),
    N_("State"),
    N_("Done so far, percent"),
    N_("Paid in this quarter, baht"),
    N_("Overall state"),
    N_("Problems and obstacles"),
    N_("Remedy, or what is needed"),
)


@dataclass(frozen=True)
class Quarter:
    """A quarter of a project as its row says it."""

    quarter: int
    state: str
    percent: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """A project as its rows say it."""

    number: int
    state: str
    national_code: str
    values: Mapping[str, str]
    rows: Mapping[RowKind, Sequence[int]]
    quarters: Sequence[Quarter]


def expected() -> tuple[Expected, ...]:
    """The sheets and headings to be found again, whichever language the workbook was made in."""
    found = []
    for key, title in SHEET_TITLES.items():
        titles: set[str] = set()
        headings: dict[str, str] = {}
        for language in LANGUAGES:
            with force_locale(language):
                titles.add(normal(gettext(title)))
                headings |= {normal(gettext(one.label)): one.key for one in SHEET_FIELDS[key]}
                headings |= {normal(gettext(NUMBER_HEADING)): NUMBER, normal(gettext(ROW_HEADING)): ROW}
        found.append(Expected(key, frozenset(titles), headings))
    return tuple(found)


def words() -> dict[str, dict[str, str]]:
    """What may be chosen from the lists that are the same for all, in either language, and what it means."""
    found: dict[str, dict[str, str]] = {}
    for name, choices in FIXED_CHOICES.items():
        known = found.setdefault(name, {})
        for code, label in choices.items():
            for language in LANGUAGES:
                with force_locale(language):
                    known[normal(gettext(label))] = code
    return found


def write(entries: Sequence[Entry], plans: Plans, marks: Mapping[str, str], *, title: str) -> bytes:
    """The workbook of an office's projects."""
    book = Workbook()
    del book["Sheet"]
    workbook.advise(book.create_sheet(gettext(workbook.READ_FIRST)), title, _ADVICE)
    made = {key: book.create_sheet(gettext(name)[:31]) for key, name in SHEET_TITLES.items()}
    _progress(book.create_sheet(gettext(_PROGRESS_TITLE)[:31]), entries)
    lists = workbook.Lists(book)
    for key, found in made.items():
        lines = _lines(key, entries)
        _sheet(found, key, lines, plans, lists)
    book.active = made[PROJECTS]
    workbook.mark(book, marks)
    return workbook.as_bytes(book)


def _lines(key: str, entries: Sequence[Entry]) -> list[tuple[list[int], list[str]]]:
    """The rows of a sheet: their numbers, and what each field says."""
    if key == PROJECTS:
        return [([one.number], [one.values.get(asked.key, "") for asked in SHEET_FIELDS[key]]) for one in entries]
    kind = RowKind(key)
    return [
        ([one.number, ordinal], [one.values.get(row_key(kind, ordinal, asked.key), "") for asked in SHEET_FIELDS[key]])
        for one in entries
        for ordinal in one.rows.get(kind, ())
    ]


def _sheet(found: Worksheet, key: str, lines: list[tuple[list[int], list[str]]], plans: Plans, lists: workbook.Lists) -> None:
    headings = [NUMBER_HEADING] if key == PROJECTS else [NUMBER_HEADING, ROW_HEADING]
    for index, heading in enumerate(headings, start=1):
        workbook.head(found.cell(row=1, column=index), gettext(heading))
        found.column_dimensions[get_column_letter(index)].width = 10
    fields = SHEET_FIELDS[key]
    offset = len(headings)
    for index, asked in enumerate(fields, start=offset + 1):
        letter = get_column_letter(index)
        workbook.head(found.cell(row=1, column=index), gettext(asked.label) + (" *" if asked.required else ""))
        found.column_dimensions[letter].width = WIDTHS.get(asked.kind, 14)
        if asked.kind is FieldKind.CHOICE and (offered := list(_names(asked, plans).values())):
            rule = lists.offer(offered)
            found.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}500")
    for number, (numbers, values) in enumerate(lines, start=2):
        for index, value in enumerate(numbers, start=1):
            cell = found.cell(row=number, column=index)
            cell.value = value
            workbook.dress(cell, locked=False, wrap=False)
        for index, (asked, text) in enumerate(zip(fields, values, strict=True), start=offset + 1):
            cell = found.cell(row=number, column=index)
            _fill(cell, asked, text, plans)
            workbook.dress(cell, locked=False, wrap=asked.kind is FieldKind.TEXT)
    found.freeze_panes = found.cell(row=2, column=offset + 2)


def _names(asked: Field, plans: Plans) -> dict[str, str]:
    """What a choice reads in its cell, by code."""
    if asked.choices in FIXED_CHOICES:
        return {code: gettext(name) for code, name in FIXED_CHOICES[asked.choices].items()}
    if asked.choices == YEARS:
        return {}
    items = plans.by_kind[PlanKind(asked.choices)].values()
    return {item.code: f"{item.code} {in_language(item.name)}" for item in items if item.active}


def _fill(cell: workbook.Cell, asked: Field, text: str, plans: Plans) -> None:
    if not text:
        return
    if asked.kind is FieldKind.CHOICE:
        workbook.put(cell, _names(asked, plans).get(text, text))
    elif asked.kind is FieldKind.DAY:
        workbook.put(cell, day_input(date.fromisoformat(text)))
    elif asked.is_figure and len(text) <= 15:
        cell.value = float(text) if "." in text else int(text)
        if asked.kind is FieldKind.MONEY:
            cell.number_format = "#,##0.00"
    else:
        workbook.put(cell, text)


def _progress(found: Worksheet, entries: Sequence[Entry]) -> None:
    """The quarters, to be typed into the national system; this sheet is not read back."""
    for index, heading in enumerate(_PROGRESS_HEADINGS, start=1):
        workbook.head(found.cell(row=1, column=index), gettext(heading))
        found.column_dimensions[get_column_letter(index)].width = 34 if index in (2, 8, 9) else 16
    number = 1
    for one in entries:
        for quarter in one.quarters:
            number += 1
            state, overall = quarter.state, quarter.values.get("overall", "")
            texts: list[str | int | float] = [
                one.number,
                one.values.get("name", ""),
                quarter.quarter,
                gettext(progress.STATE_NAMES[state]),
                float(quarter.percent) if quarter.percent else "",
                float(quarter.values["paid"]) if quarter.values.get("paid") else "",
                gettext(progress.OVERALL[overall]) if overall else "",
                quarter.values.get("problems", ""),
                quarter.values.get("remedy", ""),
            ]
            for index, value in enumerate(texts, start=1):
                cell = found.cell(row=number, column=index)
                if isinstance(value, str):
                    if value:
                        workbook.put(cell, value)
                else:
                    cell.value = value
                workbook.dress(cell, locked=True, wrap=index > 7)
    found.freeze_panes = "C2"
