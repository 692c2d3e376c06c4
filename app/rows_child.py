"""Writes the rows of statements into one file: sheets of a workbook, CSV or Parquet. Runs as a process of its own, beside the requests.

Started as `python -I rows_child.py` by `app.exports.rows`, with the job as JSON on its input. It imports nothing of the application, so
that its memory is small and stays so whatever the number of rows: offices are read a few at a time, out of one snapshot of the database. It says how far it
is in lines of JSON, {"rows": …}, and at the end {"counts": […]}, how many rows each sheet has."""

from __future__ import annotations

import csv
import json
import os
import queue
import re
import sqlite3
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote
from zoneinfo import ZoneInfo

# Excel's own limits.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
MOST_LINKS = 65_000
EXACT_DIGITS = 15
TOO_MANY_ROWS = 3
# The columns that name a report: six of the office, code and text of the indicator.
NAMED, INDICATOR = 8, 6
_CUT = " …"
_REMEMBERED = 4096
_ROWS_AT_ONCE = 400
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What a spreadsheet would take for a sign written in hexadecimal, such as _x0041_.
_HEXADECIMAL = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_CELL_STYLE = re.compile(r'<c r="[A-Z]+\d+"(?: s="(\d+)")?')
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_DAY_SECONDS = 86400

Row = Sequence[Any]
Job = dict[str, Any]
Count = Callable[[int], None]


class TooManyRows(Exception):
    """More rows than a sheet can hold."""


# --- where rows come from --------------------------------------------------------------------------------------------------------


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
    for batch in _ahead(_raw(sheet, connection)):
        yield [row for raw in batch for row in shape(_Report(raw), sheet)]


def _raw(sheet: Job, connection: Any) -> Iterator[list[Row]]:
    for offices in sheet["offices"]:
        ids = ",".join(str(int(area_id)) for area_id in offices)
        with closing(connection.cursor()) as cursor:
            cursor.execute(sheet["sql"].replace(sheet["mark"], f"({ids})"))
            while batch := cursor.fetchmany(_ROWS_AT_ONCE):
                yield batch


def _ahead(batches: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """The same, read while the ones before are written: the database and this process work side by side."""
    read: queue.Queue[list[Row] | BaseException | None] = queue.Queue(maxsize=4)

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


# --- workbooks -------------------------------------------------------------------------------------------------------------------


class Cells(dict[Any, str]):
    """What follows the address of a cell in the file, by value. Remembers: most columns say the same few things again and again."""

    def __init__(self, column: Job, style: str, zone: ZoneInfo) -> None:
        self.column, self.style, self.zone = column, f'" s="{style}"' if style else '"', zone

    def __missing__(self, value: Any) -> str:
        if len(self) > _REMEMBERED:
            self.clear()
        made = self[value] = self._make(worded(value, self.column))
        return made

    def _make(self, value: Any) -> str:
        if value is None or value == "":
            return f"{self.style}/>"
        number = _number_of(value, self.column["kind"], self.zone)
        if number is not None:
            return f"{self.style}><v>{number}</v></c>"
        return f'{self.style} t="inlineStr"><is><t xml:space="preserve">{text_of(str(value))}</t></is></c>'


def _number_of(value: Any, kind: str, zone: ZoneInfo) -> str | None:
    """A value as a number of a sheet; None for what is text, or has more digits than a spreadsheet keeps."""
    if kind == "moment":
        passed = as_moment(value).astimezone(zone).replace(tzinfo=UTC) - _DAY_ZERO
        return f"{passed.days + round(passed.seconds / _DAY_SECONDS, 9):.9f}"
    if kind == "whole":
        return str(value) if isinstance(value, int) else None
    if kind == "decimal":
        text = str(value)
        digits = text.lstrip("-").replace(".", "").lstrip("0")
        return text if _NUMBER.fullmatch(text) and len(digits) <= EXACT_DIGITS else None
    return None


def text_of(text: str) -> str:
    """Text as the inside of a cell: without signs that no file can carry, cut where a cell ends, and what is cut shows."""
    if _UNWRITABLE.search(text):
        text = _UNWRITABLE.sub("", text)
    if len(text.encode("utf-16-le")) > 2 * MOST_CHARACTERS:
        kept = text.encode("utf-16-le")[: 2 * (MOST_CHARACTERS - len(_CUT))]
        text = kept.decode("utf-16-le", "ignore") + _CUT
    return escape(_HEXADECIMAL.sub("_x005F_", text), quote=False)


def letters_of(number: int) -> str:
    """The name of a column, counted from 1: A, …, Z, AA."""
    name = ""
    while number:
        number, place = divmod(number - 1, 26)
        name = chr(65 + place) + name
    return name


class Sheet:
    """One sheet of the frame: what stands before its rows and after them, and how each column is drawn, all taken from the frame, where a
    sample row stands in their place."""

    def __init__(self, job: Job, frame: zipfile.ZipFile, zone: ZoneInfo) -> None:
        self.job, self.first = job, job["first_row"]
        drawn = frame.read(job["member"]).decode()
        drawn = re.sub(r"<dimension [^>]*/>", "", drawn)
        sample = re.search(rf'<row r="{self.first}"[^>]*>(.*?)</row>', drawn, re.DOTALL)
        if sample is None:
            raise ValueError(f"{job['member']} has no sample row")
        self.before, self.after = drawn[: sample.start()], drawn[sample.end() :]
        styles = _CELL_STYLE.findall(sample[1])
        self.cells = [Cells(column, style, zone) for column, style in zip(job["columns"], styles, strict=True)]
        self.link = next((place for place, column in enumerate(job["columns"]) if column.get("address")), None)
        self.links: list[tuple[str, str]] = []
        self.count = 0

    @property
    def last_row(self) -> int:
        return self.first + max(self.count, 1) - 1

    def drawn(self, batches: Iterator[list[Row]], said: Count) -> Iterator[bytes]:
        """The rows as they stand in the file."""
        width = len(self.cells)
        parts = [""] * (3 * width)
        parts[0::3] = [f'<c r="{letters_of(place)}' for place in range(1, width + 1)]
        for batch in batches:
            if self.first + self.count + len(batch) > MOST_ROWS:
                raise TooManyRows
            lines = []
            for number, row in enumerate(batch, start=self.first + self.count):
                parts[1::3] = [str(number)] * width
                parts[2::3] = [cells[value] for cells, value in zip(self.cells, row, strict=True)]
                lines.append(f'<row r="{number}">{"".join(parts)}</row>')
                if self.link is not None and len(self.links) < MOST_LINKS:
                    self.links.append(
                        (f"{letters_of(self.link + 1)}{number}", worded(row[self.link], self.job["columns"][self.link]))
                    )
            self.count += len(batch)
            said(len(batch))
            yield "".join(lines).encode()
        if not self.count:
            yield f'<row r="{self.first}"/>'.encode()

    def ending(self) -> bytes:
        """What stands after the rows, with the last row in the place of its mark, and the links."""
        ending = self.after.replace(str(self.job["last_row_mark"]), str(self.last_row))
        if self.links:
            listed = "".join(f'<hyperlink ref="{cell}" r:id="l{place}"/>' for place, (cell, _) in enumerate(self.links))
            space = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
            at = re.search(r"<(printOptions|pageMargins)", ending)
            place = at.start() if at else ending.index("</worksheet>")
            ending = f'{ending[:place]}<hyperlinks xmlns:r="{space}">{listed}</hyperlinks>{ending[place:]}'
        return ending.encode()

    def relations(self) -> bytes:
        """Where the links lead."""
        of = "http://schemas.openxmlformats.org"
        listed = "".join(
            f'<Relationship Id="l{place}" Type="{of}/officeDocument/2006/relationships/hyperlink"'
            f' Target="{escape(address)}" TargetMode="External"/>'
            for place, (_, address) in enumerate(self.links)
        )
        return f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{of}/package/2006/relationships">{listed}</Relationships>'.encode()


def write_workbook(job: Job, connection: Any, said: Count) -> list[int]:
    """The frame with the rows in their places. Answers how many rows each sheet has."""
    zone = ZoneInfo(job["zone"])
    with (
        zipfile.ZipFile(job["frame"]) as frame,
        zipfile.ZipFile(job["target"], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        sheets = [Sheet(one, frame, zone) for one in job["sheets"]]
        for sheet in sheets:
            name = sheet.job["member"]
            with made.open(name, "w", force_zip64=sheet.job["is_large"]) as member:
                member.write(sheet.before.encode())
                for lines in sheet.drawn(rows_of(sheet.job, connection), said):
                    member.write(lines)
                member.write(sheet.ending())
            if sheet.links:
                folder, _, file = name.rpartition("/")
                made.writestr(f"{folder}/_rels/{file}.rels", sheet.relations())
        written = {sheet.job["member"] for sheet in sheets}
        for name in frame.namelist():
            if name not in written:
                content = frame.read(name)
                made.writestr(name, _counted(content, sheets) if name in job["counted"] else content)
        return [sheet.count for sheet in sheets]


def _counted(content: bytes, sheets: list[Sheet]) -> bytes:
    """A part of the workbook with last rows and numbers of rows in the places of their marks."""
    text = content.decode()
    for sheet in sheets:
        text = text.replace(str(sheet.job["last_row_mark"]), str(sheet.last_row))
        text = text.replace(f"<v>{sheet.job['count_mark']}</v>", f"<v>{sheet.count}</v>")
    return text.encode()


# --- tables ----------------------------------------------------------------------------------------------------------------------


def write_csv(job: Job, connection: Any, said: Count) -> list[int]:
    """With a byte-order mark, so that Excel reads it as Thai; what a spreadsheet would run is disarmed, numbers stay numbers."""
    (sheet,) = job["sheets"]
    zone, dangerous, count = ZoneInfo(job["zone"]), tuple(job["dangerous"]), 0
    with Path(job["target"]).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column["heading"] for column in sheet["columns"]])
        plain = [_Plain(column, zone, dangerous) for column in sheet["columns"]]
        for batch in rows_of(sheet, connection):
            writer.writerows([[cells[value] for cells, value in zip(plain, row, strict=True)] for row in batch])
            count += len(batch)
            said(len(batch))
    return [count]


class _Plain(dict[Any, Any]):
    """A value as it stands in a CSV file, remembered as `Cells` does."""

    def __init__(self, column: Job, zone: ZoneInfo, dangerous: tuple[str, ...]) -> None:
        self.column, self.zone, self.dangerous = column, zone, dangerous

    def __missing__(self, value: Any) -> Any:
        if len(self) > _REMEMBERED:
            self.clear()
        made = self[value] = self._make(worded(value, self.column))
        return made

    def _make(self, value: Any) -> Any:
        if value is None:
            return ""
        if self.column["kind"] == "moment":
            return f"{as_moment(value).astimezone(self.zone):%Y-%m-%d %H:%M:%S}"
        text = str(value)
        if self.column["kind"] in ("whole", "decimal") and _NUMBER.fullmatch(text):
            return text
        text = _UNWRITABLE.sub("", text)
        return f"'{text}" if text.startswith(self.dangerous) else text


def write_parquet(job: Job, connection: Any, said: Count) -> list[int]:
    """Keys for names, values as the system keeps them, moments in UTC: for tools, not for people."""
    import pyarrow as pa
    from pyarrow import parquet

    (sheet,) = job["sheets"]
    kinds = {"text": pa.string(), "whole": pa.int64(), "decimal": pa.decimal128(20, 2), "moment": pa.timestamp("us", tz="UTC")}
    columns = sheet["columns"]
    schema = pa.schema([(column["key"], kinds[column["kind"]]) for column in columns])
    readers = [_TYPED[column["kind"]] for column in columns]
    count = 0
    with parquet.ParquetWriter(job["target"], schema) as writer:
        for batch in rows_of(sheet, connection):
            arrays = [
                pa.array([None if value is None else read(value) for value in values], type=schema.field(place).type)
                for place, (read, values) in enumerate(zip(readers, zip(*batch, strict=True), strict=True))
            ]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(batch)
            said(len(batch))
    return [count]


_TYPED: dict[str, Callable[[Any], Any]] = {
    "text": lambda value: _UNWRITABLE.sub("", str(value)),
    "whole": int,
    "decimal": lambda value: Decimal(str(value)).quantize(Decimal("0.01")) if _NUMBER.fullmatch(str(value)) else None,
    "moment": as_moment,
}
WRITERS = {"xlsx": write_workbook, "csv": write_csv, "parquet": write_parquet}


def run(job: Job, output: TextIO) -> None:
    """Do a job, and say on the output how far it is."""
    done = 0

    def said(rows: int) -> None:
        nonlocal done
        done += rows
        print(json.dumps({"rows": done}), file=output, flush=True)

    with closing(connect(job)) as connection:
        counts = WRITERS[job["format"]](job, connection, said)
    print(json.dumps({"counts": counts}), file=output, flush=True)


if __name__ == "__main__":
    os.nice(10)  # people who wait for a page come first
    try:
        run(json.load(sys.stdin), sys.stdout)
    except TooManyRows:
        sys.exit(TOO_MANY_ROWS)
