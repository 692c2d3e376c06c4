"""Where rows come from: statements for some offices after the others, and what becomes of each report; or lines of a file."""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

_ROWS_AT_ONCE = 400
# The columns that name a report: six of the office, code and text of the indicator.
NAMED, INDICATOR = 8, 6

Row = Sequence[Any]
Job = dict[str, Any]
Count = Callable[[int], None]
Batch = TypeVar("Batch")


def connect(job: Job) -> Any:
    """A connection that sees one moment of the database and changes nothing."""
    if job["dialect"] == "sqlite":
        connection: Any = sqlite3.connect(
            f"file:{quote(job['database'])}?mode=ro", uri=True, isolation_level=None, timeout=30, check_same_thread=False
        )
        connection.execute("BEGIN")
        return connection
    import psycopg

    connection = psycopg.connect(job["database"])
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    # Small statements again and again: other processes of the server, and compiling, would cost more than they bring.
    connection.execute("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off")
    return connection


def rows_of(sheet: Job, connection: Any) -> Iterator[list[Row]]:
    """The rows of a sheet, some at a time: lines of a file, or a statement for some offices after the others."""
    if "lines" in sheet:
        with Path(sheet["lines"]).open(encoding="utf-8") as file:
            while batch := [json.loads(line) for line, _ in zip(file, range(_ROWS_AT_ONCE), strict=False)]:
                yield batch
        return
    shape = SHAPES[sheet["shape"]]
    for batch in ahead(_raw(sheet, connection)):
        yield [row for raw in batch for row in shape(_Report(raw), sheet)]


def _raw(sheet: Job, connection: Any) -> Iterator[list[Row]]:
    for offices in sheet["offices"]:
        ids = ",".join(str(int(area_id)) for area_id in offices)
        with closing(connection.cursor()) as cursor:
            cursor.execute(sheet["sql"].replace(sheet["mark"], f"({ids})"))
            while batch := cursor.fetchmany(_ROWS_AT_ONCE):
                yield batch


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The same, made while those before are used: reading, drawing and packing go on side by side."""
    read: queue.Queue[Batch | BaseException | None] = queue.Queue(maxsize=4)

    def fill() -> None:
        try:
            for batch in batches:
                read.put(batch)
            read.put(None)
        except BaseException as fault:  # told where the rows are waited for
            read.put(fault)

    threading.Thread(target=fill, daemon=True).start()
    while (batch := read.get()) is not None:
        if isinstance(batch, BaseException):
            raise batch
        yield batch


class _Report:
    """A report as the statement gives it (`queries.round_rows.rows`), and what was handed in of it."""

    def __init__(self, raw: Row) -> None:
        self.named = raw[:NAMED]
        (self.part, self.timing, self.at, self.receipt, self.times, self.self_level, self.level, self.basis, self.comment) = (
            raw[NAMED:-1]
        )
        content = json.loads(raw[-1]) if isinstance(raw[-1], str) else raw[-1] or {}
        self.fields: dict[str, Any] = content.get("fields") or {}
        self.files: list[dict[str, Any]] = content.get("evidence") or []


def _one_row(report: _Report, _: Job) -> Iterator[Row]:
    is_sent, fields = report.timing is not None, report.fields
    has_both = report.level is not None and report.self_level is not None
    yield (
        *report.named,
        *(report.part, "sent" if is_sent else "not_sent", report.timing, report.at, report.receipt, report.times),
        *(len(report.files) if is_sent else None, fields.get("is_challenge"), fields.get("problems")),
        *(
            report.self_level,
            report.level,
            report.level - report.self_level if has_both else None,
            report.basis,
            report.comment,
        ),
        *(fields.get("reporter_name"), fields.get("reporter_position")),
    )


def _each_figure(report: _Report, sheet: Job) -> Iterator[Row]:
    for key, label, unit in sheet["figures"].get(report.named[INDICATOR], ()):
        value = report.fields.get(f"quantity.{key}")
        if value is not None:
            yield (*report.named, key, label, value, unit, report.receipt)


def _problems(report: _Report, _: Job) -> Iterator[Row]:
    if text := report.fields.get("problems"):
        yield (*report.named, text, report.receipt)


def _each_file(report: _Report, _: Job, slots: str = "") -> Iterator[Row]:
    for file in sorted(report.files, key=lambda file: (file["slot"], file["name"], file["id"])):
        if file["slot"].startswith(slots):
            yield (*report.named, *(file[key] for key in ("slot", "name", "size", "sha256", "id")), report.receipt)


def _each_challenge_file(report: _Report, sheet: Job) -> Iterator[Row]:
    return _each_file(report, sheet, "pa.")


# What becomes of each report, by the key of the table.
SHAPES: dict[str, Callable[[_Report, Job], Iterator[Row]]] = {
    "reports": _one_row,
    "quantities": _each_figure,
    "problems": _problems,
    "evidence": _each_file,
    "challenges": _each_challenge_file,
}


def as_moment(value: Any) -> datetime:
    """A moment of either database, with its zone."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def worded(value: Any, column: Job) -> Any:
    """A value in the reader's words, where the column has some for it; a place in an address, where it has one."""
    if value is None:
        return None
    if "words" in column:
        return column["words"].get(str(value), value)
    if "address" in column:
        return column["address"] + str(value)
    return value
