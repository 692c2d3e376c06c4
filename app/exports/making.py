"""What each file that was asked for is made of, and by which hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import current_app

from app import scope
from app.domain.errors import N_
from app.domain.exporting import Format, Levels, Product
from app.exports import archive, report_paper, round_workbook, rows, tables
from app.exports.naming import narrowing
from app.exports.pdf import PdfUnavailable, Press
from app.exports.round_book import Asked, Made
from app.models import Area, Export
from app.queries import archive as archives
from app.queries import export as exports
from app.queries import published
from app.queries.archive import Dossier
from app.queries.export import Wanted
from app.queries.round_rows import Basis
from app.services.exporting import CannotBeMade
from app.storage import EvidenceStore

SAY_EVERY_SECONDS = 0.5
Progress = Callable[[int, int], None]
NO_PDF = N_("This installation can't make PDFs at the moment. Tell the administrator.")
TOO_MANY_ROWS = N_("There are more rows than a sheet can hold. Take CSV or Parquet, or narrow it down.")


def make(row: Export, target: Path, folder: Path, progress: Progress, *, store: EvidenceStore, base_url: str) -> dict[str, Any]:
    """Make a file at a path. Answers its counts: rows by sheet and altogether. Runs outside the guard: which rows are told is decided here, by
    the offices and the levels of the file."""
    asked, said = _asked(row, base_url), _seldom(progress)
    try:
        if row.kind in (Product.ARCHIVE, Product.PAPER):
            return _drawn(row, asked, target, store, said)
        made = _written(row, asked, target, folder, said)
    except rows.TooManyRows:
        raise CannotBeMade(TOO_MANY_ROWS) from None
    except PdfUnavailable:
        raise CannotBeMade(NO_PDF) from None
    return {"total": made.rows, "sheets": made.counts}


def _written(row: Export, asked: Asked, target: Path, folder: Path, progress: Progress) -> Made:
    if row.kind is Product.WORKBOOK:
        return round_workbook.write_workbook(asked, target, folder, progress)
    table = tables.BY_KEY[row.product]
    return round_workbook.write_table(asked, table, Format(row.format), target, folder, progress)


def _drawn(row: Export, asked: Asked, target: Path, store: EvidenceStore, progress: Progress) -> dict[str, Any]:
    """What is drawn page by page: an archive, or the reports of an office one after the other."""
    planned = archives.size_of(row.round, asked.area_ids, asked.basis.moment)
    if not planned.reports:
        raise CannotBeMade(N_("Nothing has been handed in yet that could be told"))
    dossiers = archives.dossiers(row.round, asked.area_ids, asked.basis.moment)
    by = report_paper.press()
    if row.kind is Product.PAPER:
        return _paper(next(dossiers), by, planned.reports, target, progress)
    store.require_space(planned.bytes)
    scans = bool(current_app.config["EMES_CLAMAV_URL"])
    order = archive.Order(row.round.code, asked.basis.moment, planned, in_folders=row.area_id is None, scans=scans)
    with target.open("w+b") as out:
        made = archive.write(
            out, order, dossiers, store=store, draw=lambda sheet: report_paper.draw_report(sheet, by), progress=progress
        )
    return {"total": made.reports + made.files, "sheets": made.counts}


def _paper(dossier: Dossier, by: Press, planned: int, target: Path, progress: Progress) -> dict[str, Any]:
    """All reports of an office behind a cover."""
    progress(0, planned)
    target.write_bytes(report_paper.draw_office(dossier, by))
    return {"total": planned, "sheets": {"reports": planned}}


def _seldom(progress: Progress) -> Progress:
    """The same, told now and then: each telling is a write of its own."""
    last = float("-inf")

    def said(done: int, planned: int) -> None:
        nonlocal last
        if time.monotonic() - last >= SAY_EVERY_SECONDS:
            last = time.monotonic()
            progress(done, planned)

    return said


def _asked(row: Export, base_url: str) -> Asked:
    """What a file is asked for, as rows of the database."""
    assert row.as_of is not None  # noqa: S101 - it was begun
    wanted = Wanted.from_args(row.filters)
    areas = _areas(row, wanted)
    indicators = exports.indicators_of(row.round, wanted.where.indicator, also_retired=row.dataset is not None)
    office = areas[0] if row.area_id is not None and areas else None
    return Asked(
        round=row.round,
        basis=_basis(row, office),
        dataset=row.dataset,
        areas=areas,
        indicators=indicators,
        quantities=exports.quantities_of(indicators),
        narrowed=narrowing(wanted),
        is_whole=row.area_id is None and not wanted.args,
        indicator=wanted.where.indicator,
        language=row.language,
        made_at=row.started_at or row.asked_at,
        made_by=row.asked_by_name,
        address=f"{base_url}/evidence/",
        planned=exports.counted(areas, indicators, row.dataset_id),
        office=office,
    )


def _areas(row: Export, wanted: Wanted) -> list[Area]:
    """The offices of a file. An office's own file is of that office, whatever else it says."""
    areas = exports.areas_of(row.round, wanted, row.dataset_id)
    if row.area_id is not None:
        areas = [area for area in areas if area.id == row.area_id]
    if not areas:
        raise CannotBeMade(N_("No office fits: nothing to tell"))
    return areas


def _basis(row: Export, office: Area | None) -> Basis:
    """Which levels a file may tell: an office's only what the office was told."""
    assert row.as_of is not None  # noqa: S101 - it was begun
    if office is None:
        levels = Levels.FROZEN if row.dataset_id is not None else Levels.SETTLED
        return Basis(row.round_id, row.as_of, levels, row.dataset_id)
    # Asked as the office itself would: the worker has none of its own.
    with scope.acting_as(replace(scope.current_actor(), area_ids=frozenset({office.id}))):
        letter = published.office_letter(row.round, office.id, row.as_of)
    if letter is None or not letter.is_released:
        return Basis(row.round_id, row.as_of, Levels.NONE)
    return Basis(row.round_id, row.as_of, Levels.PUBLISHED, letter.dataset.id)
