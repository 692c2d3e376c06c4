"""What the bytes of a file show, whatever its name says."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from pathlib import Path

import pytest

from app.domain import evidence
from app.domain.errors import Refused
from app.services import file_checks
from tests import files
from tests.person import pdf, png

WORD, SHEET, SLIDES = "word/document.xml", "xl/workbook.xml", "ppt/presentation.xml"
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
JFIF = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb0043") + bytes(100) + b"\xff\xd9"
EXIF = bytes.fromhex("ffd8ffe10064") + b"Exif\x00\x00MM\x00*\x00\x00\x00\x08" + bytes(100) + b"\xff\xd9"
BARE_JPEG = bytes.fromhex("ffd8ffdb004300") + b"\x08" * 64 + b"\xff\xd9"
EXE = b"MZ\x90\x00" + bytes(500)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def archive(*members: str, **contents: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for member in members:
            file.writestr(member, contents.get(member, b"<x/>"))
    return out.getvalue()


def office(*members: str) -> bytes:
    return archive("[Content_Types].xml", "_rels/.rels", *members)


def media(brand: bytes) -> bytes:
    return struct.pack(">I", 24) + b"ftyp" + brand + bytes(4) + brand + b"mp41" + bytes(50)


def check(tmp_path: Path, name: str, content: bytes) -> None:
    """What an upload does with a name and its bytes."""
    path = tmp_path / "received"
    path.write_bytes(content)
    evidence.require_content(evidence.kind_of(name), file_checks.extension_shown_by_content(path, name), name)


def shown(value: str | bytes) -> str:
    return value if isinstance(value, str) else f"{len(value)} bytes"


@pytest.mark.parametrize(
    ("number", "name", "content"),
    [
        ("U20", "ก.pdf", pdf(1)),
        ("U21", "ก.pdf", bytes(900) + b"%PDF-1.7"),
        ("U21", "ก.pdf", b"\xef\xbb\xbf\r\n%PDF-2.0"),
        ("U26", "ก.png", png()),
        *[("U28", name, content) for name in ("ก.jpg", "ก.jpeg") for content in (JFIF, EXIF, BARE_JPEG)],
        *[("U29", "ก.mp4", media(brand)) for brand in (b"isom", b"mp42", b"avc1", b"M4V ")],
        ("U29", "ก.m4v", media(b"M4V ")),
        ("U29", "ก.mov", media(b"qt  ")),
        ("U29", "ก.mov", b"\x00\x00\x00\x20moov" + bytes(50)),
        ("U30", "ก.docx", office(WORD)),
        ("U30", "ก.xlsx", office(SHEET)),
        ("U30", "ก.pptx", office(SLIDES)),
        ("U30", "ก.PPTX", office(SLIDES)),
    ],
    ids=shown,
)
def test_a_file_that_is_what_its_name_says_is_taken(tmp_path, number, name, content):
    check(tmp_path, name, content)


@pytest.mark.parametrize(
    ("number", "name", "content"),
    [
        *[("U20", f"ก.{extension}", HTML) for extension in ("pdf", "jpg", "docx", "mp4")],
        ("U20", "ก.pdf", b"  \r\n<HTML><body>x"),
        ("U20", "ก.pdf", b"\xef\xbb\xbf<script>alert(1)</script>"),
        ("U20", "ก.pdf", b"<b>hi</b><script>alert(1)</script>"),
        ("U20", "ก.pdf", b"<?php echo 1;"),
        ("U20", "ก.pdf", b"#!/bin/sh\necho 1"),
        ("U20", "ก.pdf", "ข้อความธรรมดา".encode()),
        ("U20", "ก.jpg", b"plain text"),
        ("U20", "ก.pdf", png()),
        ("U20", "ก.png", JFIF),
        ("U21", "ก.pdf", bytes(1100) + b"%PDF-1.7"),
        ("U22", "ก.docx", office(WORD)[:60]),
        ("U22", "ก.docx", b"PK\x03\x04broken"),
        ("U24", "ก.png", SVG),
        ("U26", "ก.jpg", GIF),
        ("U26", "ก.png", GIF),
        *[("U27", "ก.jpg", media(brand)) for brand in (b"heic", b"heix", b"mif1", b"avif")],
        *[("U27", "ก.mp4", media(brand)) for brand in (b"heic", b"mif1", b"avif")],
        ("U29", "ก.mp4", media(b"qt  ")),
        ("U29", "ก.mov", media(b"isom")),
        ("U29", "ก.mp4", b"\x1aE\xdf\xa3" + bytes(50)),
        *[("U29", "ก.mov", f"text{atom} and more".encode()) for atom in ("free", "skip", "wide")],
        *[("U30", f"ก.{extension}", OLE) for extension in ("docx", "xlsx", "pptx", "pdf")],
        ("U32", "ก.xlsx", office(WORD)),
        ("U32", "ก.docx", office(SHEET)),
        ("U32", "ก.pdf", office(SHEET)),
        ("U32", "ก.docx", pdf(1)),
        *[("U33", f"ก.{extension}", archive("หลักฐาน.pdf")) for extension in ("docx", "pdf")],
        ("U11", "ก.docx", EXE),
        ("U11", "ก.pdf", EXE),
        ("U14", "ก.pdf", b""),
    ],
    ids=shown,
)
def test_a_file_that_is_something_else_is_refused(tmp_path, number, name, content):
    with pytest.raises(Refused) as refusal:
        check(tmp_path, name, content)
    assert refusal.value.message.text.startswith("The content of")


def test_an_office_file_with_a_link_inside_is_refused(tmp_path):
    packed = io.BytesIO(files.word())
    with zipfile.ZipFile(packed, "a") as container:
        link = zipfile.ZipInfo("word/media/image1.png")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        container.writestr(link, "/etc/passwd")
    check(tmp_path, "ก.docx", files.word())
    with pytest.raises(Refused):
        check(tmp_path, "ก.docx", packed.getvalue())


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("ก.docx", (WORD, "word/vbaProject.bin")),
        ("ก.xlsx", (SHEET, "xl/vbaProject.bin")),
        ("ก.pptx", (SLIDES, "ppt/vbaProject.bin")),
        ("ก.docx", (WORD, "word/hidden/VBAPROJECT.BIN")),
        ("ก.docx", (WORD, "vbaData.xml")),
    ],
)
def test_macros_are_refused_and_named(tmp_path, name, members):
    """U31."""
    with pytest.raises(Refused, match="contains macros"):
        check(tmp_path, name, office(*members))


@pytest.mark.parametrize(
    "said",
    [
        b'<Override PartName="/word/a.bin" ContentType="application/vnd.ms-office.vbaProject"/>',
        b'<Override PartName="/word/document.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>',
        b'<Override PartName="/xl/a.xml" ContentType="application/vnd.ms-excel.macrosheet+xml"/>',
    ],
)
def test_macros_under_another_name_are_refused_by_what_the_file_says_of_its_parts(tmp_path, said):
    """U31."""
    with pytest.raises(Refused, match="contains macros"):
        check(tmp_path, "ก.docx", archive("[Content_Types].xml", WORD, **{"[Content_Types].xml": said}))


def test_an_old_container_with_macros_is_refused_though_it_looks_locked(tmp_path):
    """U31."""
    with pytest.raises(Refused, match="contains macros"):
        check(tmp_path, "ก.docx", files.locked_office() + "_VBA_PROJECT".encode("utf-16-le"))


def jpeg(width: int, height: int) -> bytes:
    """A JPEG as far as the header of its first frame, behind a segment of other things."""
    frame = bytes.fromhex("ffc0001108") + struct.pack(">HH", height, width) + bytes.fromhex("03012200021101031101")
    return JFIF[:20] + b"\xff\xe2\x00\x40" + bytes(62) + frame + bytes(100)


def png_of(width: int, height: int) -> bytes:
    return png()[:16] + struct.pack(">II", width, height) + png()[24:]


@pytest.mark.parametrize(("name", "content"), [("ก.png", png_of(30_000, 30_000)), ("ก.jpg", jpeg(65_000, 65_000))])
def test_a_picture_of_more_pixels_than_anything_draws_is_refused_by_its_header(tmp_path, name, content):
    """U25."""
    with pytest.raises(Refused, match="million pixels"):
        check(tmp_path, name, content)


@pytest.mark.parametrize(("name", "content"), [("ก.png", png_of(8_000, 6_000)), ("ก.jpg", jpeg(16_320, 12_240))])
def test_a_large_picture_of_a_telephone_is_taken(tmp_path, name, content):
    check(tmp_path, name, content)


@pytest.mark.parametrize(
    "content",
    [
        archive(WORD, **{WORD: bytes(60 * 1024 * 1024)}),
        archive(WORD, *(f"word/media/{number}" for number in range(1001))),
    ],
    ids=["60 MB in 60 kB", "1002 members"],
)
def test_an_archive_that_unpacks_beyond_reason_is_refused_without_unpacking_it(tmp_path, content):
    """U34."""
    began = time.process_time()
    with pytest.raises(Refused, match="unreasonable size"):
        check(tmp_path, "ก.docx", content)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("extension", ["docx", "xlsx", "pptx"])
def test_an_office_file_with_a_password_is_taken_under_the_name_it_has(tmp_path, extension):
    check(tmp_path, f"ก.{extension}", files.locked_office())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ก.pdf", files.locked_office()),
        ("ก.png", files.locked_office()),
        ("ก.docx", files.locked_office(aligned=False)),
        ("ก.docx", OLE + "EncryptedPackage\0".encode("utf-16-le")),
    ],
    ids=["as a PDF", "as a picture", "not in the directory", "only the words"],
)
def test_a_container_that_only_resembles_a_locked_one_is_refused(tmp_path, name, content):
    with pytest.raises(Refused):
        check(tmp_path, name, content)
