"""The offices that will not make it as a file to work through by telephone: a workbook, or CSV that Excel opens with Thai intact."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from flask_babel import gettext
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from app.domain.errors import N_
from app.domain.risk import VERDICT_NAMES
from app.exports import workbook
from app.exports.disarming import disarmed
from app.formatting import in_language, moment, phone
from app.models.area import KIND_NAMES, REGION_NAMES, AreaKind, Region
from app.queries.board_people import Contact
from app.queries.board_risk import AtRisk

COLUMNS = (
    (N_("Office"), 30),
    (N_("Code"), 12),
    (N_("Kind"), 14),
    (N_("Region"), 20),
    (N_("Provinces"), 22),
    (N_("Why"), 22),
    (N_("Sent"), 9),
    (N_("To send"), 9),
    (N_("Ready, not sent"), 12),
    (N_("Deadline of the office"), 24),
    (N_("Indicators not sent"), 34),
    (N_("Owners of these"), 30),
    (N_("Coordinator"), 26),
    (N_("Coordinator's phone"), 20),
    (N_("Coordinator's e-mail"), 30),
    (N_("Director"), 26),
    (N_("Director's phone"), 20),
    (N_("Director's e-mail"), 30),
)
NO_COORDINATOR = N_("NO COORDINATOR IN THE SYSTEM")


def _people(found: list[Contact]) -> tuple[str, str, str]:
    return (
        ", ".join(one.name for one in found),
        ", ".join(phone(one.phone) for one in found if one.phone),
        ", ".join(one.email for one in found),
    )


def _rows(lines: Iterable[AtRisk]) -> Iterator[list[str | int]]:
    for line in lines:
        office, progress = line.judged.office, line.judged.office.progress
        name, number, email = _people(line.people.coordinators)
        owners = {owner for owed in line.owed for owner in owed.owners}
        yield [
            in_language(office.short_name),
            office.code,
            gettext(KIND_NAMES[AreaKind(office.kind)]),
            gettext(REGION_NAMES[Region(office.region)]),
            office.provinces_th.replace("|", ", "),
            gettext(VERDICT_NAMES[line.judged.judgement.verdict]),
            progress.sent,
            progress.owing,
            progress.ready,
            moment(line.judged.deadline),
            ", ".join(owed.indicator.full_code for owed in line.owed),
            ", ".join(sorted(owners)),
            name or gettext(NO_COORDINATOR),
            number,
            email,
            *_people(line.people.directors),
        ]


def as_csv(lines: Iterable[AtRisk]) -> bytes:
    """With a byte-order mark, so that Excel reads it as Thai; what a spreadsheet would run is put in quotes of its own."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([gettext(heading) for heading, _ in COLUMNS])
    for row in _rows(lines):
        writer.writerow([disarmed(text) if isinstance(text, str) else text for text in row])
    return ("\ufeff" + made.getvalue()).encode("utf-8")


def as_workbook(lines: Iterable[AtRisk], *, title: str, now: datetime) -> bytes:
    """One sheet with a filter on every column; offices without a coordinator stand out."""
    book = Workbook()
    del book["Sheet"]
    found = book.create_sheet(gettext("Offices to call"))
    workbook.put(found["A1"], f"{title} · {moment(now)}")
    for place, (heading, width) in enumerate(COLUMNS, start=1):
        workbook.head(found.cell(row=2, column=place), gettext(heading))
        found.column_dimensions[get_column_letter(place)].width = width
    number = 2
    for number, row in enumerate(_rows(lines), start=3):
        for place, value in enumerate(row, start=1):
            cell = found.cell(row=number, column=place)
            if isinstance(value, str):
                workbook.put(cell, value)
            else:
                cell.value = value
            workbook.dress(cell, locked=value == gettext(NO_COORDINATOR), wrap=True)
    found.freeze_panes = "B3"
    found.auto_filter.ref = f"A2:{get_column_letter(len(COLUMNS))}{number}"
    return workbook.as_bytes(book)
