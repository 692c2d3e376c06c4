"""Lists of inspections as workbooks: the centre's board of one, and the recommendations that an office follows up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask_babel import gettext
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from app.domain.deadlines import Timing
from app.domain.errors import N_
from app.domain.inspections import ENTRY_STATE_NAMES, REPORT_STATE_NAMES
from app.domain.recommendations import STATE_NAMES, is_overdue
from app.exports import workbook
from app.formatting import day, in_language, localized, moment
from app.models import Inspection, Recommendation
from app.models.area import KIND_NAMES, REGION_NAMES, AreaKind, Region
from app.queries.inspection_board import Line

NOT_BEGUN = N_("Not begun")
Column = tuple[str, int]


def board(found: Inspection, lines: Iterable[Line], *, now: datetime) -> bytes:
    """The board of an inspection: one row for each office, one column for each issue."""
    issues = [issue for issue in found.issues if issue.is_asked]
    columns: list[Column] = [
        (gettext("Office"), 30),
        (gettext("Code"), 12),
        (gettext("Kind"), 14),
        (gettext("Region"), 20),
        (gettext("State"), 24),
        (gettext("Sent"), 24),
        (gettext("Late"), 10),
        *((issue.code, 20) for issue in issues),
        (gettext("Recommendations"), 14),
        (gettext("Acted on"), 14),
        (gettext("Overdue"), 12),
    ]
    rows = [
        [
            in_language(line.area.short_name),
            line.area.code,
            gettext(KIND_NAMES[AreaKind(line.area.kind)]),
            gettext(REGION_NAMES[Region(line.area.region)]),
            gettext(REPORT_STATE_NAMES[line.state]) if line.state else gettext(NOT_BEGUN),
            moment(line.sent_at) if line.sent_at else "",
            gettext("late") if line.timing == Timing.LATE else "",
            *(
                (gettext(ENTRY_STATE_NAMES[line.issues[issue.id]]) if issue.id in line.issues else gettext(NOT_BEGUN))
                if issue.applies_to_kind(line.area.kind)
                else "–"
                for issue in issues
            ),
            line.recommended.all,
            line.recommended.answered,
            line.recommended.overdue,
        ]
        for line in lines
    ]
    title = f"{localized(found, 'name')} · {moment(now)}"
    return _book(gettext("Inspection"), title, columns, rows)


def follow_up(rows: Sequence[Recommendation], *, title: str, today: date, now: datetime) -> bytes:
    """What an office follows up: one row for each recommendation."""
    columns: list[Column] = [
        (gettext("Inspection"), 14),
        (gettext("No."), 8),
        (gettext("Issue"), 12),
        (gettext("Recommendation"), 60),
        (gettext("Whom it concerns"), 30),
        (gettext("Responsible"), 30),
        (gettext("Received on"), 16),
        (gettext("Answer due on"), 16),
        (gettext("State"), 24),
        (gettext("Overdue"), 12),
    ]
    lines: list[list[str | int]] = [
        [
            row.inspection.code,
            row.number,
            row.issue.code if row.issue else "",
            row.text,
            row.concerned,
            row.sheet.owner_names,
            day(row.received_on),
            day(row.due_on) if row.due_on else "",
            gettext(STATE_NAMES[row.sheet.state]),
            gettext("overdue") if is_overdue(row.sheet.state, row.due_on, today) else "",
        ]
        for row in rows
    ]
    return _book(gettext("Recommendations"), f"{title} · {moment(now)}", columns, lines)


def _book(name: str, title: str, columns: Sequence[Column], rows: Sequence[Sequence[str | int]]) -> bytes:
    """One sheet: the title, then a table with a filter on every column."""
    book = Workbook()
    del book["Sheet"]
    found = book.create_sheet(name[:31])
    workbook.put(found["A1"], title)
    for place, (heading, width) in enumerate(columns, start=1):
        workbook.head(found.cell(row=2, column=place), heading)
        found.column_dimensions[get_column_letter(place)].width = width
    number = 2
    for number, row in enumerate(rows, start=3):
        for place, value in enumerate(row, start=1):
            cell = found.cell(row=number, column=place)
            if isinstance(value, str):
                workbook.put(cell, value)
            else:
                cell.value = value
            workbook.dress(cell, locked=False, wrap=True)
    found.freeze_panes = "B3"
    found.auto_filter.ref = f"A2:{get_column_letter(len(columns))}{number}"
    return workbook.as_bytes(book)
