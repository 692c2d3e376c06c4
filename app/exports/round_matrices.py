"""The sheets of a round's workbook with a row for each office: levels by indicator, timeliness, quantities. Their rows are reckoned here and
written by `rows_child`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd
from flask_babel import gettext

from app.domain.errors import N_
from app.exports import tables
from app.exports.round_book import Book, share
from app.exports.round_figures import NO_LEVEL, moment_of
from app.exports.rows import Rows
from app.exports.tables import OFFICE_COLUMNS, Column
from app.formatting import in_language, localized
from app.models import Area

TIMELINESS_COLUMNS = (
    Column("asked", N_("Asked for"), "", kind="whole", width=10),
    Column("sent", N_("Reports handed in"), "", kind="whole", width=10),
    Column("on_time", N_("On time"), "", kind="whole", width=10),
    Column("late", N_("Late"), "", kind="whole", width=10),
    Column("at_closing", N_("Counted at closing"), "", kind="whole", width=12),
    Column("sent_percent", N_("Handed in, percent"), "", kind="decimal", width=12),
    Column("on_time_percent", N_("On time, percent"), "", kind="decimal", width=12),
    Column("complete", N_("Everything handed in"), "", width=12, words=tables.YES_NO),
    Column("first", N_("First hand-in"), "", kind="moment", width=22),
    Column("last", N_("Last hand-in"), "", kind="moment", width=22),
)


def matrices(book: Book) -> None:
    """Self level, reviewed level and gap of every office in every indicator."""
    asked_for = book.facts.matrix("self_level")
    for column, name, about in (
        (
            "self_level",
            gettext("Self levels"),
            gettext("Offices × indicators: the office's own level; – where it is not asked"),
        ),
        ("level", gettext("Reviewed levels"), gettext("Offices × indicators: the reviewed level; – where it is not asked")),
        ("gap", gettext("Gaps"), gettext("Offices × indicators: reviewed level less self level; – where it is not asked")),
    ):
        _matrix(book, column, name, about, asked_for)


def _matrix(book: Book, column: str, name: str, about: str, asked_for: pd.DataFrame) -> None:
    shown = [one for one in book.asked.indicators if one.id in asked_for.columns]
    found = book.facts.matrix(column).reindex(index=asked_for.index, columns=asked_for.columns)
    known = {area_id: row for area_id, *row in found.itertuples()}
    is_asked = {area_id: row for area_id, *row in asked_for.notna().itertuples()}
    places = [list(asked_for.columns).index(one.id) for one in shown]
    no_level = NO_LEVEL if column != "gap" else None

    def rows() -> Iterator[list[Any]]:
        for area in book.asked.areas:
            if area.id in known:
                cells = (_cell(known[area.id][place], no_level) if is_asked[area.id][place] else "–" for place in places)
                yield [*_office(area), *cells]

    columns = tuple(Column(one.full_code, one.full_code, "", kind="whole", width=9) for one in shown)
    _lines_sheet(book, name, about, (*OFFICE_COLUMNS, *columns), rows(), scale_from=len(OFFICE_COLUMNS) + 1)


def timeliness(book: Book) -> None:
    found = book.facts.by_office()
    figures = {area_id: row for area_id, *row in found.itertuples()}

    def rows() -> Iterator[list[Any]]:
        for area in book.asked.areas:
            if area.id not in figures:
                continue
            asked, sent, on_time, late, at_closing, first, last = figures[area.id]
            counts = [int(number) for number in (asked, sent, on_time, late, at_closing)]
            yield [
                *_office(area),
                *counts,
                str(share(sent, asked)),
                str(share(on_time, asked)),
                "true" if sent == asked else "false",
                *(at.isoformat() if (at := moment_of(value)) else None for value in (first, last)),
            ]

    name, about = gettext("Timeliness"), gettext("One row for each office: how much it handed in, and when")
    _lines_sheet(book, name, about, (*OFFICE_COLUMNS, *TIMELINESS_COLUMNS), rows())


def wide(book: Book) -> None:
    wide = book.amounts.wide()
    codes = {one.id: one.full_code for one in book.asked.indicators}
    shown = [one for one in book.asked.quantities if one.id in wide.columns]
    known = {area_id: row for area_id, *row in wide.itertuples()}
    places = [list(wide.columns).index(one.id) for one in shown]

    def rows() -> Iterator[list[Any]]:
        for area in book.asked.areas:
            if area.id in known:
                values = (known[area.id][place] for place in places)
                yield [*_office(area), *(None if pd.isna(value) else str(value) for value in values)]

    columns = tuple(
        Column(
            f"{codes[one.indicator_id]}.{one.key}",
            f"{codes[one.indicator_id]} {localized(one, 'label')} ({localized(one, 'unit')})",
            "",
            kind="decimal",
            width=18,
        )
        for one in shown
    )
    name, about = gettext("Quantities by office"), gettext("One row for each office, one column for each figure")
    _lines_sheet(book, name, about, (*OFFICE_COLUMNS, *columns), rows())


def _lines_sheet(
    book: Book, name: str, about: str, columns: tuple[Column, ...], rows: Iterable[list[Any]], scale_from: int | None = None
) -> None:
    """A sheet whose rows are reckoned here and written by the other process: a file of lines lies between."""
    path = book.folder / f"lines-{len(book.frame.places)}.jsonl"
    planned = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            planned += 1
    book.frame.rows_sheet(name, about, Rows(columns, lines=path, planned=planned), scale_from=scale_from)


def _office(area: Area) -> list[Any]:
    """The columns that name an office: raw values, which the other process puts into words."""
    provinces = in_language({"th": area.provinces_th, "en": area.provinces_en})
    return [area.code, in_language(area.short_name), area.kind, area.region, provinces, area.inspection_cluster]


def _cell(value: Any, no_level: int | None) -> int | None:
    return None if pd.isna(value) or (no_level is not None and value == no_level) else int(value)
