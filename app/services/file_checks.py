"""What an uploaded file is, told from its first bytes and, for Office files, from the names inside the archive.

Whether it opens, is locked or blank is looked into later and elsewhere: `app.services.inspection`.
"""

from __future__ import annotations

import mmap
import zipfile
import zlib
from pathlib import Path

import puremagic

from app.domain.belonging import Belonging, marked
from app.domain.errors import N_, Refused

HEAD_BYTES = 4096
MAX_ARCHIVE_MEMBERS = 1000
MAX_ARCHIVE_BYTES = 200 * 1024 * 1024
MAX_ARCHIVE_RATIO = 100
MAX_PROPERTIES_BYTES = 64 * 1024

_OFFICE_MEMBERS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_PICTURES = {"jpg": {"jpg", "jpeg", "jpe", "jfif", "jif"}, "png": {"png"}, "gif": {"gif"}}
_OLD_CLIPS = {b"moov", b"mdat", b"wide", b"free", b"skip"}
_STILL_PICTURES = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"}
# The kind of a member in the upper bits of its attributes, where Unix packed it: a link leads out of the archive.
_SYMBOLIC_LINK = 0xA
_MACRO_MEMBERS = ("vbaproject.bin", "vbadata.xml")
_MACRO_TYPES = (b"vbaproject", b"macroenabled", b"macrosheet")
_TYPES_PART = "[Content_Types].xml"
MAX_TYPES_BYTES = 1024 * 1024
# Beyond so many no child draws a picture: PNG is unpacked whole, JPEG at an eighth of its width and height.
MAX_PIXELS = {"png": 50_000_000, "jpg": 400_000_000}
_OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENTRY_BYTES = 128
_LOCKED_STREAM = "EncryptedPackage\0".encode("utf-16-le")
_MACRO_STREAM = "_VBA_PROJECT".encode("utf-16-le")


def extension_shown_by_content(path: Path, name: str) -> str | None:
    """The extension that the bytes themselves show, or None when they show none that is known.

    Raises Refused for an archive that unpacks beyond reason, for macros, and for a picture of more pixels than anything here draws."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype", b"<svg", b"<script", b"<?xml")):
        return None
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office_extension(path, name)
    if head.startswith(_OLE_HEAD):
        return _locked_extension(path, name)
    if head[4:8] == b"ftyp":
        return "mov" if head[8:10] == b"qt" else "heic" if head[8:12] in _STILL_PICTURES else "mp4"
    if head[4:8] in _OLD_CLIPS and head[0] < 0x20:  # the length of an atom; a text begins with a letter
        return "mov"
    try:
        # Without the name: what a file is called must not help it to look like what it is called.
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    shown = {match.extension.removeprefix(".") for match in matches}
    kind = next((kind for kind, names in _PICTURES.items() if shown & names), None)
    if kind in MAX_PIXELS:
        _require_drawable(kind, path, head, name)
    return kind


def _require_drawable(kind: str, path: Path, head: bytes, name: str) -> None:
    """Refuse a picture of too many pixels, as its own header tells them. One whose header tells none does not open, of which the worker advises."""
    pixels = int.from_bytes(head[16:20], "big") * int.from_bytes(head[20:24], "big") if kind == "png" else _jpeg_pixels(path)
    if pixels > MAX_PIXELS[kind]:
        raise Refused(
            N_(
                "“%(name)s” has %(count)d million pixels; at most %(most)d million can be shown. Save it smaller and attach it again."
            ),
            name=name,
            count=pixels // 1_000_000,
            most=MAX_PIXELS[kind] // 1_000_000,
        )


def _jpeg_pixels(path: Path) -> int:
    """Width times height as the first frame tells them; 0 where there is none among the first segments."""
    with path.open("rb") as file:
        file.seek(2)
        for _ in range(MAX_ARCHIVE_MEMBERS):
            marker = file.read(4)
            if len(marker) < 4 or marker[0] != 0xFF:
                return 0
            # Start of frame: every number from C0 to CF but for tables, arithmetic conditioning and a reserved one.
            if 0xC0 <= marker[1] <= 0xCF and marker[1] not in (0xC4, 0xC8, 0xCC):
                size = file.read(5)
                return int.from_bytes(size[1:3], "big") * int.from_bytes(size[3:5], "big")
            file.seek(max(int.from_bytes(marker[2:4], "big") - 2, 0), 1)
    return 0


def _office_extension(path: Path, name: str) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            said = _types(archive)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, zlib.error):
        return None
    unpacked, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if len(members) > MAX_ARCHIVE_MEMBERS or unpacked > MAX_ARCHIVE_BYTES or unpacked > MAX_ARCHIVE_RATIO * max(packed, 4096):
        raise Refused(N_("“%(name)s” unpacks to an unreasonable size. Save it as PDF and attach that."), name=name)
    if any(member.external_attr >> 28 == _SYMBOLIC_LINK for member in members):
        return None
    names = {member.filename for member in members}
    parts = {part.rpartition("/")[2].lower() for part in names}
    if parts.intersection(_MACRO_MEMBERS) or any(word in said for word in _MACRO_TYPES):
        raise Refused(N_("“%(name)s” contains macros. Save it without macros or as PDF."), name=name)
    return next((extension for member, extension in _OFFICE_MEMBERS.items() if member in names), None)


def _types(archive: zipfile.ZipFile) -> bytes:
    """What an Office file says its parts are, in small letters: macros may lie under any name. Nothing is parsed."""
    try:
        with archive.open(_TYPES_PART) as part:
            return part.read(MAX_TYPES_BYTES).lower()
    except KeyError:
        return b""


def mark_in(path: Path, name: str) -> Belonging | None:
    """For which round and office a prescribed form was handed out: said by a property of the Office file, or by its name.

    One small part of the archive is read, of bounded size, and nothing is parsed."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("docProps/custom.xml") as part:
            found = marked(part.read(MAX_PROPERTIES_BYTES).decode("utf-8", "replace"))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, zlib.error):
        found = None
    return found or marked(name)


def _locked_extension(path: Path, name: str) -> str | None:
    """An Office file with a password is another container, which tells no more of its kind than its name does."""
    extension = name.rpartition(".")[2].lower()
    if extension not in _OFFICE_MEMBERS.values():
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(_MACRO_STREAM) >= 0:
            raise Refused(N_("“%(name)s” contains macros. Save it without macros or as PDF."), name=name)
        at = content.find(_LOCKED_STREAM)
        while at >= 0:
            entry = content[at : at + _OLE_ENTRY_BYTES]
            # An entry of the directory: aligned, the length of its name in bytes, and its kind, which is a stream.
            if at % _OLE_ENTRY_BYTES == 0 and entry[64:67] == len(_LOCKED_STREAM).to_bytes(2, "little") + b"\x02":
                return extension
            at = content.find(_LOCKED_STREAM, at + 1)
    return None
