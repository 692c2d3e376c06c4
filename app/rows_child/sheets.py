"""Rows as sheets of a workbook: the frame that the application drew, with rows in the places of its sample rows.

A sheet is written as text, the cells of a column all in the style of its sample. Libraries that write sheets keep whole sheets in memory, know
no styles, or take several times as long (`benchmarks/`)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from app.rows_child.reading import Count, Job, Row, as_moment, rows_of, worded

# Excel's own limits.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
MOST_LINKS = 65_000
EXACT_DIGITS = 15
REMEMBERED = 4096
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_CUT = " …"
# What a spreadsheet would take for a sign written in hexadecimal, such as _x0041_.
_HEXADECIMAL = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_CELL_STYLE = re.compile(r'<c r="[A-Z]+\d+"(?: s="(\d+)")?')
# 1 January 1970 by the count of days that spreadsheets keep.
_UNIX_DAY = 25569
_DAY_SECONDS = 86400
# Stands for the number of its row in the address of every cell.
_ROW = "\x00"


class TooManyRows(Exception):
    """More rows than a sheet can hold."""


class Cells(dict[Any, str]):
    """What follows the address of a cell in the file, by value. Remembers: most columns say the same few things again and again."""

    def __init__(self, column: Job, style: str, zone: ZoneInfo) -> None:
        self.column, self.style, self.zone = column, f'" s="{style}"' if style else '"', zone

    def __missing__(self, value: Any) -> str:
        if len(self) > REMEMBERED:
            self.clear()
        made = self[value] = self._make(worded(value, self.column))
        return made

    def _make(self, value: Any) -> str:
        if value is None or value == "":
            return f"{self.style}/>"
        number = _number_of(value, self.column["kind"], self.zone)
        if number is not None:
            return f"{self.style}><v>{number}</v></c>"
        return (
            f'{self.style} t="inlineStr"><is><t xml:space="preserve">{escape(cell_text(str(value)), quote=False)}</t></is></c>'
        )


def _number_of(value: Any, kind: str, zone: ZoneInfo) -> str | None:
    """A value as a number of a sheet; None for what is text, or has more digits than a spreadsheet keeps."""
    if kind == "moment":
        on_the_wall = as_moment(value).astimezone(zone).replace(tzinfo=UTC)
        return f"{on_the_wall.timestamp() / _DAY_SECONDS + _UNIX_DAY:.9f}"
    if kind == "whole":
        return str(value) if isinstance(value, int) else None
    if kind == "decimal":
        text = str(value)
        digits = text.lstrip("-").replace(".", "").lstrip("0")
        return text if NUMBER.fullmatch(text) and len(digits) <= EXACT_DIGITS else None
    return None


def cell_text(text: str) -> str:
    """Text as a cell holds it: without signs that no file can carry, with one kind of line end, cut where a cell ends, and what is cut shows."""
    if not text.isprintable() and UNWRITABLE.search(text):  # the first look is much the quicker one
        text = UNWRITABLE.sub("", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MOST_CHARACTERS // 2:  # a sign takes two places there at most
        text = _cut(text)
    return _HEXADECIMAL.sub("_x005F_", text) if "_x" in text else text


def _cut(text: str) -> str:
    places = text.encode("utf-16-le")
    if len(places) <= 2 * MOST_CHARACTERS:
        return text
    return places[: 2 * (MOST_CHARACTERS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


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
        addresses = (f'<c r="{letters_of(place)}{_ROW}%s' for place in range(1, len(self.cells) + 1))
        pattern, cells = f'<row r="{_ROW}">{"".join(addresses)}</row>', self.cells
        for batch in batches:
            if self.first + self.count + len(batch) > MOST_ROWS:
                raise TooManyRows
            lines = []
            for number, row in enumerate(batch, start=self.first + self.count):
                values = tuple([column[value] for column, value in zip(cells, row, strict=True)])
                lines.append(pattern.replace(_ROW, str(number)) % values)
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
                made.writestr(name, _filled(frame.read(name), name, job, sheets))
        return [sheet.count for sheet in sheets]


def _filled(content: bytes, name: str, job: Job, sheets: list[Sheet]) -> bytes:
    """A part of the workbook with what is known only now: last rows in the names of ranges, numbers of rows on the cover."""
    if name not in (job["names"], job["cover"]):
        return content
    text = content.decode()
    for sheet in sheets:
        if name == job["names"]:
            text = text.replace(f"${sheet.job['last_row_mark']}", f"${sheet.last_row}")
        else:
            text = text.replace(f"<v>{sheet.job['count_mark']}</v>", f"<v>{sheet.count}</v>")
    return text.encode()
