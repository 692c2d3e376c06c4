"""Reports on paper: one as it was handed in, and all of an office's round behind a cover, as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import segno
from flask import render_template

from app.domain.evidence import PA_EVIDENCE, PA_LESSON, criterion_slot
from app.domain.indicator_set import CRITERIA, INDICATORS, LEVELS, QUANTITIES
from app.domain.indicator_version import Cells, rows
from app.domain.rubric import LEVEL_NAMES
from app.domain.thai import storable
from app.exports import pdf
from app.exports.letter import check_address
from app.exports.pdf import Press
from app.queries.archive import Dossier, SentFile, Sheet

HASH_CHARACTERS = 12


@dataclass(frozen=True)
class Issue:
    """A consideration issue with what was sent for it, and whether the office said that this was all."""

    cells: Cells
    is_complete: bool
    files: Sequence[SentFile]


@dataclass(frozen=True)
class Paper:
    """A report laid out in the order of its page. `others` are files for what the indicator did not ask, which no report should have."""

    sheet: Sheet
    fields: Mapping[str, str]
    indicator: Cells
    issues: Sequence[Issue]
    lesson: Sequence[SentFile]
    evidence: Sequence[SentFile]
    others: Sequence[SentFile]
    quantities: Sequence[tuple[Cells, str]]
    level: int | None
    level_cells: Cells
    check_address: str
    qr: str


def press() -> Press:
    """What reports are drawn with. Making it reads the fonts: make one for many reports. Raises PdfUnavailable."""
    return pdf.press("pdf.css", "report.css")


def draw_report(sheet: Sheet, by: Press) -> bytes:
    """The PDF of a report as it was handed in, in the reader's language."""
    return pdf.draw(report_page(sheet), by)[0]


def draw_office(dossier: Dossier, by: Press) -> bytes:
    """The PDF of all that an office handed in of a round: a cover that lists what was asked and what came, then each report."""
    return pdf.draw(office_page(dossier), by)[0]


def report_page(sheet: Sheet) -> str:
    """The page that the PDF of a report is drawn from."""
    return _rendered("exports/report.html", paper=_laid_out(sheet))


def office_page(dossier: Dossier) -> str:
    """The page that the PDF of an office is drawn from."""
    return _rendered("exports/office.html", dossier=dossier, papers=[_laid_out(sheet) for sheet in dossier.sheets])


def _rendered(template: str, **values: Any) -> str:
    """A page without what no font draws and no PDF can carry, wherever it was typed."""
    return storable(render_template(template, hash_characters=HASH_CHARACTERS, **values))


def _laid_out(sheet: Sheet) -> Paper:
    fields = {key: value for key, value in sheet.fields.items() if value is not None}
    issues = [
        Issue(cells, fields.get(f"{slot}.complete") == "true", sheet.files_of(slot))
        for cells in rows(sheet.asked, CRITERIA)
        for slot in (criterion_slot(int(cells["number"])),)
    ]
    level = fields.get("self_level", "")
    indicators = rows(sheet.asked, INDICATORS) or sheet.asked[INDICATORS.key]
    address = check_address(sheet.receipt_number, sheet.code) if sheet.code else ""
    return Paper(
        sheet=sheet,
        fields=fields,
        indicator=indicators[0],
        issues=issues,
        lesson=sheet.files_of(PA_LESSON),
        evidence=sheet.files_of(PA_EVIDENCE),
        others=_others(sheet, issues),
        quantities=[(cells, fields.get(f"quantity.{cells['key']}", "")) for cells in rows(sheet.asked, QUANTITIES)],
        level=int(level) if level.isdigit() and int(level) in LEVEL_NAMES else None,
        level_cells=next((cells for cells in rows(sheet.asked, LEVELS) if cells["level"] == level), {}),
        check_address=address,
        qr=segno.make(address, error="m").svg_data_uri(border=0) if address else "",
    )


def _others(sheet: Sheet, issues: Sequence[Issue]) -> list[SentFile]:
    asked = {criterion_slot(int(issue.cells["number"])) for issue in issues} | {PA_LESSON, PA_EVIDENCE}
    return [file for file in sheet.files if file.slot not in asked]
