"""Reading a workbook that somebody sends: nothing in it is believed. Guards stand before the library, which would unpack and read
whatever it is given: sizes, reach of the cells and declarations are looked at first, in a stream, and reading ends at the first fault.

Limits are the measured needs of a whole indicator set many times over. Source: reliability §5.6."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter

from app.domain import spreadsheet
from app.domain.errors import N_, Message, Refused
from app.domain.spreadsheet import Problem, Row, Sheet

MOST_BYTES = 5 * 1024 * 1024
MOST_MEMBERS = 200
MOST_MEMBER_BYTES = 8 * 1024 * 1024
MOST_UNPACKED_BYTES = 24 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 60
MOST_STYLE_BYTES = 1024 * 1024
_BLOCK = 64 * 1024
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MARKS = "_emes"


@dataclass(frozen=True)
class Book:
    """A workbook as it was read: `marks` is what e-MES itself wrote into it, `sheets` by key, `problems` of single cells."""

    marks: Mapping[str, str]
    sheets: Mapping[str, Sheet]
    problems: tuple[Problem, ...]
    unused: tuple[str, ...]


@dataclass(frozen=True)
class Expected:
    """A sheet that must be there: its titles and the headings of its columns in every language, normalised."""

    key: str
    titles: frozenset[str]
    headings: Mapping[str, str]


def read(path: Path, expected: tuple[Expected, ...]) -> Book:
    """The sheets of a workbook, every cell as text. Raises Refused for a file that is none, that is damaged or that reaches too far;
    faults of single cells are listed."""
    _require_workbook(path)
    try:
        with path.open("rb") as file, closing(load_workbook(file, read_only=True, keep_links=False)) as found:
            return _read(found, expected)
    except Refused:
        raise
    except Exception as fault:  # whatever the library meets in a file that is not well made
        raise _damaged() from fault


def _damaged() -> Refused:
    return Refused(N_("The workbook is damaged and can't be read. Open it, save it again as .xlsx and try once more."))


# --- before the library ---------------------------------------------------------------------------------------------------


def _require_workbook(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise Refused(N_("The workbook is larger than %(most)d MB"), most=MOST_BYTES // 1024 // 1024)
    with path.open("rb") as file:
        begins = file.read(4096)
    if begins.startswith(_OLE):
        if _ENCRYPTED in path.read_bytes():
            raise Refused(N_("The workbook has a password. Take the password off, save and try again."))
        raise Refused(N_("This is an Excel file of the old kind (.xls). Save it as .xlsx and try again."))
    if not begins.startswith(b"PK"):
        if begins.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
            raise Refused(N_("This is a web page and no Excel workbook. Open it in Excel and save it as .xlsx."))
        raise Refused(N_("This is no Excel workbook (.xlsx)"))
    try:
        with zipfile.ZipFile(path) as archive:
            _require_reasonable(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        RuntimeError,  # also a kind of packing that the library does not know
        OSError,
    ) as fault:
        raise _damaged() from fault


def _require_reasonable(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    names = {member.filename for member in members}
    if len(members) > MOST_MEMBERS or len(names) != len(members):
        raise _too_large()
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise _damaged()
    if "xl/workbook.xml" not in names:
        raise Refused(N_("This is no Excel workbook (.xlsx)"))
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise Refused(N_("The workbook refers to other workbooks. Break the links (Data, Edit links) and try again."))
    if any(name.endswith("vbaProject.bin") for name in names):
        raise Refused(N_("The workbook has macros. Save it as .xlsx without macros and try again."))
    unpacked = 0
    for member in members:
        if member.flag_bits & 1:
            raise Refused(N_("The workbook has a password. Take the password off, save and try again."))
        for block in _look_through(archive, member):
            unpacked += len(block)
            if unpacked > MOST_UNPACKED_BYTES:
                raise _too_large()


def _too_large() -> Refused:
    return Refused(
        N_(
            "The table reaches too far: at most %(rows)d rows and %(columns)d columns. Delete empty rows and columns and try again."
        ),
        rows=MOST_ROWS,
        columns=MOST_COLUMNS,
    )


def _look_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The blocks of a member, while a parser watches those of XML. What a member says of its own size is not believed."""
    most = MOST_STYLE_BYTES if member.filename.endswith("styles.xml") else MOST_MEMBER_BYTES
    parser = _watcher(member.filename) if member.filename.endswith((".xml", ".rels", ".vml")) else None
    read = 0
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK):
            read += len(block)
            if read > most:
                raise _too_large()
            if parser is not None:
                _feed(parser, block)
            yield block
    if parser is not None:
        _feed(parser, b"", last=True)


def _feed(parser: expat.XMLParserType, block: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(block, last)
    except expat.ExpatError as fault:
        raise _damaged() from fault


def _watcher(name: str) -> expat.XMLParserType:
    """A parser that refuses declarations of its own kind, cells out of reach and merged cells."""
    parser = expat.ParserCreate()
    rows = 0

    def declared(*_: Any) -> None:
        raise _damaged()

    def begun(tag: str, attributes: dict[str, str]) -> None:
        nonlocal rows
        match tag.rpartition(":")[2]:
            case "row":
                rows += 1
                number = attributes.get("r", "")
                if rows > MOST_ROWS or (number and (not number.isdigit() or len(number) > 7 or int(number) > MOST_ROWS)):
                    raise _too_large()
            case "c":
                place = _CELL.fullmatch(attributes.get("r", "A1"))
                if place is None or int(place[2]) > MOST_ROWS or column_index_from_string(place[1]) > MOST_COLUMNS:
                    raise _too_large()
            case "mergeCell":
                raise Refused(
                    N_("Cells %(cells)s are merged. Unmerge them, fill every cell and try again."),
                    cells=attributes.get("ref", "")[:20],
                )

    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    if name.startswith("xl/worksheets/"):
        parser.StartElementHandler = begun
    return parser


# --- the cells ------------------------------------------------------------------------------------------------------------


def _read(found: Any, expected: tuple[Expected, ...]) -> Book:
    marks: dict[str, str] = {}
    if MARKS in found.sheetnames:
        for row in found[MARKS].iter_rows(max_row=MOST_ROWS, max_col=2, values_only=True):
            key, value = (*row, None, None)[:2]
            if key is not None:
                marks[str(key)] = marks.get(str(key), "") + ("" if value is None else str(value))
    problems: list[Problem] = []
    sheets: dict[str, Sheet] = {}
    unused: list[str] = []
    by_title = {spreadsheet.normal(title): title for title in found.sheetnames}
    for wanted in expected:
        title = next((by_title[name] for name in wanted.titles if name in by_title), None)
        if title is not None:
            sheets[wanted.key] = _read_sheet(found[title], title, wanted, problems, unused)
    return Book(marks, sheets, tuple(problems), tuple(unused))


def _read_sheet(found: Any, title: str, wanted: Expected, problems: list[Problem], unused: list[str]) -> Sheet:
    letters: dict[str, str] = {}
    keys: dict[int, str] = {}
    rows: list[Row] = []
    for number, cells in enumerate(found.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS), start=1):
        if number == 1:
            for index, cell in enumerate(cells):
                heading = "" if cell.value is None else str(cell.value)
                key = wanted.headings.get(spreadsheet.normal(heading))
                letter = get_column_letter(index + 1)
                if key is None:
                    if heading.strip():
                        unused.append(f"{title} {letter}1: {heading[:60]}")
                elif key in letters:
                    twice = Message(N_("The heading “%(heading)s” stands here a second time"), {"heading": heading[:60]})
                    problems.append(Problem(twice, title, 1, letter))
                else:
                    keys[index], letters[key] = key, letter
            continue
        texts: dict[str, str] = {}
        for index, cell in enumerate(cells):
            if index in keys and cell.value is not None:
                fault = _FAULTS.get(cell.data_type)
                if fault is not None:
                    problems.append(Problem(Message(fault), title, number, get_column_letter(index + 1)))
                texts[keys[index]] = _as_text(cell.value)
        if any(text.strip() for text in texts.values()):
            rows.append(Row(number, {key: texts.get(key, "") for key in letters}))
    return Sheet(title, tuple(rows), letters)


_FAULTS = {
    "f": N_("This cell has a formula. Copy it and paste it as a value."),
    "e": N_("This cell shows an error of Excel. Write the value itself."),
}


def _as_text(value: Any) -> str:
    """What a cell shows, as plain text: 12.0 is 12, a date its day."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value)
