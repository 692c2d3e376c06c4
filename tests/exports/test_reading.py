"""Hostile and broken workbooks are refused quickly, in little memory, with the reason."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.domain.errors import Refused
from app.exports import reading
from app.exports.reading import Expected

MOST_SECONDS, MOST_MIB = 2.0, 300
EXPECTED = (Expected("rows", frozenset({"sheet"}), {"code": "code", "name": "name"}),)
HEAD = '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


def plain(**cells) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.append(["code", "name"])
    for place, value in cells.items():
        sheet[place] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(members: dict[str, bytes | None], base: bytes | None = None) -> bytes:
    """A workbook with some members put in place of its own, or taken away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base or plain())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in members:
                new.writestr(info.filename, old.read(info))
        for name, content in members.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def sheet_of(body: str) -> bytes:
    return changed({"xl/worksheets/sheet1.xml": (HEAD + body + TAIL).encode()})


def many_members(count: int) -> bytes:
    return changed({f"xl/media/{number}.bin": b"" for number in range(count)})


def enormous_cell() -> bytes:
    """400 MB of one letter, written in pieces: the test itself has no room for more either."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != "xl/worksheets/sheet1.xml":
                new.writestr(info.filename, old.read(info))
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            member.write((HEAD + '<row r="1"><c r="A1" t="inlineStr"><is><t>').encode())
            for _ in range(400):
                member.write(b"a" * 1_000_000)
            member.write(("</t></is></c></row>" + TAIL).encode())
    return out.getvalue()


def encrypted_flag() -> bytes:
    content = bytearray(plain())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 4)
    return bytes(content)


def bad_checksum() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            new.writestr(info.filename, old.read(info))
    return out.getvalue().replace(b">code<", b">c0de<").replace(b"<t>code", b"<t>c0de")


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><w>&b;</w>"""
XXE = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>"""
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)
ROW = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'

HOSTILE = {
    "one cell at the far corner": (
        lambda: sheet_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "reaches too far",
    ),
    "a far column": (lambda: sheet_of('<row r="1"><c r="XFD1"><v>1</v></c></row>'), "reaches too far"),
    "a million rows": (lambda: sheet_of("".join(ROW.format(number) for number in range(1, 150_000))), "reaches too far"),
    "rows without numbers": (lambda: sheet_of("<row><c><v>1</v></c></row>" * 100_000), "reaches too far"),
    "a cell of 400 MB": (enormous_cell, "reaches too far"),
    "styles without end": (lambda: changed({"xl/styles.xml": b"<styleSheet>" + b"<xf/>" * 1_000_000}), "reaches too far"),
    "billion laughs": (lambda: changed({"xl/worksheets/sheet1.xml": LAUGHS}), "damaged"),
    "a file of the server": (lambda: changed({"xl/worksheets/sheet1.xml": XXE}), "damaged"),
    "a declaration in a relation": (lambda: changed({"xl/_rels/workbook.xml.rels": XXE}), "damaged"),
    "links to other workbooks": (lambda: changed({"xl/externalLinks/externalLink1.xml": b"<x/>"}), "refers to other"),
    "macros": (lambda: changed({"xl/vbaProject.bin": b"x"}), "macros"),
    "a hundred thousand members": (lambda: many_members(100_000), "larger"),
    "three hundred members": (lambda: many_members(300), "reaches too far"),
    "names that climb out": (lambda: changed({"xl/../../../etc/x.xml": b"<x/>"}), "damaged"),
    "an encrypted zip": (encrypted_flag, "password"),
    "a bad checksum": (bad_checksum, "damaged"),
    "cut off": (lambda: plain()[:-300], "damaged"),
    "cut in half": (lambda: plain()[: len(plain()) // 2], "damaged"),
    "no zip": (lambda: b"\x00\x01\x02 rubbish", "no Excel workbook"),
    "empty": (lambda: b"", "no Excel workbook"),
    "a text": (lambda: "code,name\n1,ก\n".encode(), "no Excel workbook"),
    "a web page": (lambda: b"\xef\xbb\xbf<html><table><tr><td>1</td></tr></table></html>", "web page"),
    "the old kind": (lambda: OLE, "old kind"),
    "with a password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    "another zip": (lambda: changed({"xl/workbook.xml": None}), "no Excel workbook"),
    "no content types": (lambda: changed({"[Content_Types].xml": None}), "damaged"),
    "a text that is not there": (lambda: sheet_of('<row r="1"><c r="A1" t="s"><v>999</v></c></row>'), "damaged"),
    "broken markup": (lambda: changed({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}), "damaged"),
    "merged cells": (
        lambda: changed(
            {
                "xl/worksheets/sheet1.xml": (
                    HEAD + "</sheetData><mergeCells><mergeCell ref='A1:B2'/></mergeCells></worksheet>"
                ).encode()
            }
        ),
        "A1:B2",
    ),
}


READER = """
import os, sys, time
from pathlib import Path
from app.domain.errors import Refused
from app.exports import reading
from app.exports.reading import Expected

for path in sorted(Path(sys.argv[1]).iterdir()):
    if os.fork() == 0:  # each file in a process of its own, so that the peaks of memory are told apart
        began = time.process_time()
        try:
            reading.read(path, (Expected("rows", frozenset({"sheet"}), {"code": "code", "name": "name"}),))
            said = "taken"
        except Refused as refusal:
            said = refusal.message.text % dict(refusal.message.values)
        peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
        print(path.name, time.process_time() - began, int(peak) // 1024, said, sep="|", flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[float, int, str]]:
    """Of every hostile workbook: CPU seconds, peak MiB and what was said."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (make, _) in HOSTILE.items():
        (folder / name).write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", READER, str(folder)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    lines = (line.split("|") for line in done.stdout.splitlines())
    return {name: (float(seconds), int(mib), said) for name, seconds, mib, said in lines}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_within_two_seconds_and_300_mib(name: str, refusals) -> None:
    seconds, mib, said = refusals[name]
    assert HOSTILE[name][1] in said
    assert seconds <= MOST_SECONDS
    assert mib <= MOST_MIB


def test_a_workbook_without_the_sheet_has_no_rows_of_it(tmp_path: Path) -> None:
    assert read(changed({"xl/worksheets/sheet1.xml": None}), tmp_path).sheets == {}


def read(content: bytes, tmp_path: Path) -> reading.Book:
    path = tmp_path / "x"
    path.write_bytes(content)
    return reading.read(path, EXPECTED)


def test_what_numbers_dates_and_truths_show_is_read_as_text(tmp_path: Path) -> None:
    from datetime import date

    book = read(plain(A2=12.0, B2="0012", A3=1.5, B3=True, A4="1E5", B4=date(2023, 3, 31)), tmp_path)
    cells = [dict(row.cells) for row in book.sheets["rows"].rows]
    assert cells[:2] == [{"code": "12", "name": "0012"}, {"code": "1.5", "name": "TRUE"}]
    assert cells[2]["code"] == "1E5" and cells[2]["name"].startswith("2023-03-31")


def test_formulas_and_errors_of_excel_are_named_with_their_cells(tmp_path: Path) -> None:
    body = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="e"><v>#REF!</v></c></row>'
    )
    book = read(sheet_of(body), tmp_path)
    assert [problem.cell for problem in book.problems] == ["A2", "B2"]


def test_hidden_rows_are_read_and_empty_ones_are_not(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    for row in (["code", "name"], ["1", "a"], [None, "  "], ["2", "b"]):
        sheet.append(row)
    sheet.row_dimensions[2].hidden = True
    out = io.BytesIO()
    book.save(out)
    assert [(row.number, row.cells["code"]) for row in read(out.getvalue(), tmp_path).sheets["rows"].rows] == [
        (2, "1"),
        (4, "2"),
    ]


def test_headings_match_whatever_their_spaces_and_unknown_ones_are_told(tmp_path: Path) -> None:
    book = read(plain(A1=" CODE\u00a0*", C1="note", D1="name"), tmp_path)
    assert book.sheets["rows"].letters == {"code": "A", "name": "B"}
    assert book.unused == ("Sheet C1: note",)
    assert [problem.cell for problem in book.problems] == ["D1"]


def test_a_workbook_that_is_too_large_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"PK" + bytes(reading.MOST_BYTES))
    with pytest.raises(Refused, match="larger"):
        reading.read(path, EXPECTED)
