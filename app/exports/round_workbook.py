"""The workbook of a round: cover, overview with charts, groups, matrices, timeliness, quantities, texts, evidence, every report, and the data
dictionary. Figures are pandas's, charts openpyxl's; long sheets are written row by row by `rows_child`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask_babel import gettext
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.exporting import Format
from app.exports import round_matrices, round_summary, tables
from app.exports import rows as writing
from app.exports.round_book import Asked, Book, CountsDiffer, Made, Steps, rows_of, words_of
from app.exports.tables import Table

_LONG = (tables.PROBLEMS, tables.CHALLENGES, tables.QUANTITIES, tables.EVIDENCE, tables.REPORTS)


def write_workbook(asked: Asked, target: Path, folder: Path, progress: Steps) -> Made:
    """The workbook, written to a path; `folder` is for what is needed on the way. Raises CountsDiffer."""
    book = Book(asked, folder)
    known = len(book.facts), len(book.amounts)  # read before the rows are
    made = _write(book, _whole(book) if asked.office is None else _of_office(book), target, progress)
    told = made.counts[gettext(tables.REPORTS.title)], made.counts[gettext(tables.QUANTITIES.title)]
    if told != known:
        raise CountsDiffer
    return made


def write_table(asked: Asked, table: Table, form: Format, target: Path, folder: Path, progress: Steps) -> Made:
    """One table: a workbook with cover and dictionary, or CSV or Parquet alone. Raises CountsDiffer."""
    planned = asked.planned
    if form is Format.XLSX:
        book, frame = _book_of_table(asked, table, folder)
        made = _write(book, frame, target, progress)
    else:
        (number,) = writing.write(_plain_job(asked, table, form, target), lambda done: progress(done, planned))
        made = Made({gettext(table.title): number})
    if table is tables.REPORTS and made.rows != planned:
        raise CountsDiffer
    return made


def table_job(asked: Asked, table: Table, form: Format, target: Path, folder: Path) -> dict[str, Any]:
    """What `write_table` has another process do: for measuring that process alone."""
    if form is Format.XLSX:
        return _workbook_job(_book_of_table(asked, table, folder)[1], target)
    return _plain_job(asked, table, form, target)


def _book_of_table(asked: Asked, table: Table, folder: Path) -> tuple[Book, dict[str, Any]]:
    book = Book(asked, folder)
    return book, _end(book, _begin(book), (table,))


def _plain_job(asked: Asked, table: Table, form: Format, target: Path) -> dict[str, Any]:
    sheet = writing.sheet_job(rows_of(asked, table, asked.planned), words=words_of(), address=asked.address)
    return writing.job([sheet], form.value, target)


def _write(book: Book, frame: dict[str, Any], target: Path, progress: Steps) -> Made:
    places = book.frame.job_places
    planned = sum(place.rows.planned for place in places if place.rows is not None)
    counts = writing.write(_workbook_job(frame, target), lambda done: progress(min(done, planned), planned))
    return Made({place.title: number for place, number in zip(places, counts, strict=True)})


def _workbook_job(frame: dict[str, Any], target: Path) -> dict[str, Any]:
    return writing.job(
        frame["sheets"], Format.XLSX.value, target, **{key: value for key, value in frame.items() if key != "sheets"}
    )


def _whole(book: Book) -> dict[str, Any]:
    """Everything that there is of a round, in the order in which it is read."""
    cover = _begin(book)
    round_summary.overview(book)
    round_summary.by_indicator(book)
    round_summary.groups(book)
    round_matrices.matrices(book)
    round_matrices.timeliness(book)
    round_summary.sums(book)
    round_matrices.wide(book)
    return _end(book, cover, _LONG)


def _of_office(book: Book) -> dict[str, Any]:
    """What an office takes of its own."""
    cover = _begin(book)
    round_summary.overview(book)
    return _end(book, cover, _LONG)


def _begin(book: Book) -> Worksheet:
    return book.frame.sheet(gettext("Cover"), gettext("What this file is"))


def _end(book: Book, cover: Worksheet, long: Sequence[Table]) -> dict[str, Any]:
    """The sheets with every row, what their columns mean, and what the cover says of it all."""
    for table in long:
        book.frame.rows_sheet(gettext(table.title), gettext(table.about), rows_of(book.asked, table, book.planned(table)))
    round_summary.dictionary_sheet(book, long)
    round_summary.cover(book, cover)
    return book.frame.save(book.folder / "frame.xlsx", words=words_of(), address=book.asked.address)
