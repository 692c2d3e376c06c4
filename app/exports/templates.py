"""Prescribed forms as they are handed to one office: the same file, carrying the round and office it is for.

The mark is a custom property of the Office file, which Word, Excel and LibreOffice keep when they save it, and stands in the file's
name, which survives where a filled-in form is saved as PDF."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from xml.sax.saxutils import escape

from app.domain.belonging import Belonging

PROPERTY = "e-MES"
MOST_TITLE_CHARACTERS = 120
_PART = "docProps/custom.xml"
_KIND = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"


def name_for(title: str, extension: str, here: Belonging) -> str:
    """'แบบ X2-1 [2566-6 P-CPM-3 QP-X2].xlsx'"""
    return f"{title[:MOST_TITLE_CHARACTERS]} {here.mark}.{extension}"


def marked_copy(path: Path, here: Belonging) -> bytes:
    """The file with its mark; as it is where it is no Office file of the usual shape or has properties of its own."""
    original = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(original)) as archive:
            if _PART in archive.namelist():
                return original
            parts = {info: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, RuntimeError, zlib.error):  # damaged, locked, or packed in an unknown way
        return original
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in parts.items():
            archive.writestr(info, _pointed(info.filename, content))
        archive.writestr(_PART, _properties(here))
    return made.getvalue()


def _pointed(name: str, content: bytes) -> bytes:
    """The two lists of an Office file that must know of the new part."""
    if name == "[Content_Types].xml":
        entry = f'<Override PartName="/{_PART}" ContentType="{_KIND}"/></Types>'
        return content.replace(b"</Types>", entry.encode())
    if name == "_rels/.rels":
        entry = f'<Relationship Id="rIdEmes" Type="{_RELATION}" Target="{_PART}"/></Relationships>'
        return content.replace(b"</Relationships>", entry.encode())
    return content


def _properties(here: Belonging) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        f'<property fmtid="{_FORMAT}" pid="2" name="{PROPERTY}"><vt:lpwstr>{escape(here.mark)}</vt:lpwstr></property>'
        "</Properties>"
    )
