"""Looking into an uploaded file: what it is, and how many pages a PDF has.

The kind is told from the first bytes and, for Office files, the names inside the archive. Pages are counted in a child process with
limits on memory, time and open files: a hostile PDF can hurt nothing but itself.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import puremagic

from app.domain.belonging import Belonging, marked
from app.domain.errors import N_, Refused

HEAD_BYTES = 4096
CHILD_SECONDS = 10
CHILD_MEMORY_BYTES = 512 * 1024 * 1024
MAX_ARCHIVE_MEMBERS = 1000
MAX_ARCHIVE_BYTES = 200 * 1024 * 1024
MAX_ARCHIVE_RATIO = 100
MAX_PROPERTIES_BYTES = 64 * 1024

_OFFICE_MEMBERS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_PICTURES = {"jpg": {"jpg", "jpeg", "jpe", "jfif", "jif"}, "png": {"png"}, "gif": {"gif"}}
_OLD_CLIPS = {b"moov", b"mdat", b"wide", b"free", b"skip"}
_STILL_PICTURES = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"}
_MACRO_MEMBERS = ("word/vbaProject.bin", "xl/vbaProject.bin", "ppt/vbaProject.bin")
_COUNT_PAGES = "import sys, pypdf; print(len(pypdf.PdfReader(sys.argv[1]).pages))"


def extension_shown_by_content(path: Path, name: str) -> str | None:
    """The extension that the bytes themselves show, or None when they show none that is known.

    Raises Refused for an archive that unpacks beyond reason or carries macros."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype", b"<svg", b"<script", b"<?xml")):
        return None
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _office_extension(path, name)
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
    return next((kind for kind, names in _PICTURES.items() if shown & names), None)


def _office_extension(path: Path, name: str) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    unpacked, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if len(members) > MAX_ARCHIVE_MEMBERS or unpacked > MAX_ARCHIVE_BYTES or unpacked > MAX_ARCHIVE_RATIO * max(packed, 4096):
        raise Refused(N_("“%(name)s” unpacks to an unreasonable size. Save it as PDF and attach that."), name=name)
    names = {member.filename for member in members}
    if names.intersection(_MACRO_MEMBERS):
        raise Refused(N_("“%(name)s” contains macros. Save it without macros or as PDF."), name=name)
    return next((extension for member, extension in _OFFICE_MEMBERS.items() if member in names), None)


def mark_in(path: Path, name: str) -> Belonging | None:
    """For which round and office a prescribed form was handed out: said by a property of the Office file, or by its name.

    One small part of the archive is read, of bounded size, and nothing is parsed."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open("docProps/custom.xml") as part:
            found = marked(part.read(MAX_PROPERTIES_BYTES).decode("utf-8", "replace"))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError, zlib.error):
        found = None
    return found or marked(name)


def _limit_child() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def count_pdf_pages(path: Path) -> int | None:
    """Pages of a PDF, or None when it cannot be opened: damaged, locked with a password, or too costly."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _COUNT_PAGES, str(path)],
            capture_output=True,
            timeout=CHILD_SECONDS + 5,
            preexec_fn=_limit_child,
            env={"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"},
            check=True,
            text=True,
        )
        return int(done.stdout)
    except (subprocess.SubprocessError, ValueError, OSError):
        return None
