"""One floor or peer, writing one file: `python -m benchmarks.writing NAME TARGET [ROWS] < job.json`. A process of its own, so that its memory
is its own; run by the interpreter of the environment in which the library lies.

Each is used as its own documentation says for many rows. The rows are taken from one generator; who needs a whole table builds it."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from pathlib import Path

import psycopg

from benchmarks.source import COLUMNS, Job, batches, rows, statement

Write = Callable[[Job, Path, "int | None"], None]
_SHEET = "reports"
_MOMENT = "yyyy-mm-dd hh:mm:ss"


def copy_to_csv(job: Job, target: Path, most_rows: int | None) -> None:
    """The database alone, the content of a report still in one piece."""
    sql = f"COPY ({statement(job, most_rows)}) TO STDOUT (FORMAT csv)"
    with (
        closing(psycopg.connect(job["database"])) as connection,
        connection.cursor() as cursor,
        cursor.copy(sql) as copied,
        target.open("wb") as file,
    ):
        for piece in copied:
            file.write(piece)


def python_csv(job: Job, target: Path, most_rows: int | None) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for batch in batches(job, most_rows):
            writer.writerows(batch)


def pandas_openpyxl(job: Job, target: Path, most_rows: int | None) -> None:
    _pandas(job, target, most_rows, "openpyxl")


def pandas_xlsxwriter(job: Job, target: Path, most_rows: int | None) -> None:
    _pandas(job, target, most_rows, "xlsxwriter")


def _pandas(job: Job, target: Path, most_rows: int | None, engine: str) -> None:
    import pandas as pd

    frame = pd.DataFrame.from_records(rows(job, most_rows), columns=list(COLUMNS))
    frame.to_excel(target, engine=engine, index=False, sheet_name=_SHEET)


def openpyxl_write_only(job: Job, target: Path, most_rows: int | None) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET)
    sheet.append(list(COLUMNS))
    for row in rows(job, most_rows):
        sheet.append(row)
    book.save(target)


def xlsxwriter_constant_memory(job: Job, target: Path, most_rows: int | None) -> None:
    import xlsxwriter

    options = {"constant_memory": True, "default_date_format": _MOMENT, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(_SHEET)
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(rows(job, most_rows), start=1):
            sheet.write_row(number, 0, row)


def pyexcelerate(job: Job, target: Path, most_rows: int | None) -> None:
    from pyexcelerate import Workbook

    book = Workbook()
    book.new_sheet(_SHEET, data=[COLUMNS, *rows(job, most_rows)])
    book.save(str(target))


def polars(job: Job, target: Path, most_rows: int | None) -> None:
    import polars as pl

    frame = pl.DataFrame(list(rows(job, most_rows)), schema=list(COLUMNS), orient="row", infer_schema_length=None)
    frame.write_excel(target, worksheet=_SHEET)


def rustpy_xlsxwriter(job: Job, target: Path, most_rows: int | None) -> None:
    from rustpy_xlsxwriter import write_worksheet

    write_worksheet((dict(zip(COLUMNS, row, strict=True)) for row in rows(job, most_rows)), str(target), sheet_name=_SHEET)


def fastxlsx(job: Job, target: Path, most_rows: int | None) -> None:
    from fastxlsx import DType, WriteOnlyWorkbook

    book = WriteOnlyWorkbook()
    sheet = book.create_sheet(_SHEET)
    for number, row in enumerate(chain([COLUMNS], rows(job, most_rows))):
        sheet.write_row((number, 0), ["" if value is None else value for value in row], dtype=DType.Any)
    book.save(str(target))


WRITERS: dict[str, Write] = {
    "copy-csv": copy_to_csv,
    "python-csv": python_csv,
    "pandas-openpyxl": pandas_openpyxl,
    "pandas-xlsxwriter": pandas_xlsxwriter,
    "openpyxl-write-only": openpyxl_write_only,
    "xlsxwriter-constant-memory": xlsxwriter_constant_memory,
    "pyexcelerate": pyexcelerate,
    "polars": polars,
    "rustpy-xlsxwriter": rustpy_xlsxwriter,
    "fastxlsx": fastxlsx,
}

if __name__ == "__main__":
    name, target, *most = sys.argv[1:]
    WRITERS[name](json.load(sys.stdin), Path(target), int(most[0]) if most else None)
