"""An office's published results as a workbook of one sheet, naming the figures it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from flask_babel import gettext
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from app.domain.errors import N_
from app.domain.figures import Comparison
from app.domain.results import Finding
from app.domain.reviewing import VERDICT_NAMES
from app.exports import workbook
from app.formatting import in_language, localized, moment
from app.models import Area, DatasetRow, Round
from app.queries.published import OfficeLetter

COLUMNS = (
    (N_("Indicator no."), 12),
    (N_("Indicator"), 48),
    (N_("Self level"), 12),
    (N_("Result"), 12),
    (N_("Difference"), 12),
    (N_("Regional mean"), 14),
    (N_("National mean"), 14),
    (N_("Last round"), 14),
    (N_("Comment of the evaluators"), 60),
    (N_("Verdict by issue"), 60),
)


class ResultLine(Protocol):
    """What a row of the sheet is made of."""

    @property
    def row(self) -> DatasetRow: ...
    @property
    def finding(self) -> Finding: ...
    @property
    def comparison(self) -> Comparison: ...
    @property
    def before(self) -> int | None: ...


class OfficeResults(Protocol):
    """What the sheet is made of."""

    @property
    def round(self) -> Round: ...
    @property
    def area(self) -> Area: ...
    @property
    def found(self) -> OfficeLetter: ...
    @property
    def lines(self) -> list: ...


def _issues(finding: Finding) -> Iterator[str]:
    for number, verdict, note in finding.issues:
        said = gettext("Issue %(number)d", number=number)
        yield f"{said}: {gettext(VERDICT_NAMES[verdict])}" + (f" – {note}" if note else "")


def _cells(line: ResultLine) -> list[str | int | Decimal | None]:
    row, others = line.row, line.comparison
    return [
        row.full_code,
        localized(row.indicator, "text"),
        row.self_level if row.is_reported else gettext("Not reported"),
        row.level if row.level is not None else gettext("No result yet"),
        line.finding.gap,
        gettext("Not shown") if others.hides_region else others.region_mean,
        gettext("Not shown") if others.hides_country else others.country_mean,
        line.before,
        row.comment,
        "\n".join(_issues(line.finding)),
    ]


def as_workbook(found: OfficeResults, *, now: datetime) -> bytes:
    """One sheet: what it is, the table, and how many rows it has."""
    book = Workbook()
    sheet = book.active
    sheet.title = gettext("Results")
    office, dataset = in_language(found.area.short_name), found.found.dataset
    title = gettext("Results")
    workbook.put(sheet["A1"], f"{title} {localized(found.round, 'name')} {found.round.code} · {office}")
    about = gettext("Figures no. %(number)d as of %(moment)s", number=dataset.number, moment=moment(dataset.as_of))
    made = gettext("made %(moment)s", moment=moment(now))
    workbook.put(sheet["A2"], f"{about} · {made}")
    for place, (heading, width) in enumerate(COLUMNS, start=1):
        workbook.head(sheet.cell(row=3, column=place), gettext(heading))
        sheet.column_dimensions[get_column_letter(place)].width = width
    number = 3
    for number, line in enumerate(found.lines, start=4):
        for place, value in enumerate(_cells(line), start=1):
            cell = sheet.cell(row=number, column=place)
            if isinstance(value, str):
                workbook.put(cell, value)
            else:
                cell.value = value
            workbook.dress(cell, locked=False, wrap=True)
            if isinstance(value, Decimal):
                cell.number_format = "0.00"
    workbook.put(sheet.cell(row=number + 1, column=1), gettext("%(count)d rows", count=number - 3))
    sheet.freeze_panes = "C4"
    sheet.auto_filter.ref = f"A3:{get_column_letter(len(COLUMNS))}{number}"
    return workbook.as_bytes(book)
