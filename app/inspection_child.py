"""Looks into one file and says on its output what it saw. Runs as a process of its own under limits, never inside the application.

Started as `python -I inspection_child.py <path> <extension>` by `app.services.inspection`. It imports nothing of the application, and
writes one line of JSON: {"opens", "locked", "blank", "pages"}. A file that does not open ends it with `DOES_NOT_OPEN`; a library that
is not there ends it with `NO_READER`, which says nothing of the file.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.parsers import expat

MAX_PAGES_LOOKED_AT = 30
MAX_SECONDS_OF_PAGES = 8
PAGE_PIXELS = 600
SMALLEST_PIXELS = 400
MAX_PICTURE_PIXELS = 50_000_000
MAX_ARCHIVE_MEMBERS = 1000
MAX_ARCHIVE_BYTES = 200 * 1024 * 1024
# A pixel counts as ink when it differs so much from the commonest shade; that much ink is still dust on the glass of a scanner.
INK_DIFFERENCE = 32
DUST_SHARE = 0.0002
OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ATOM_HEAD_BYTES = 8
PDF_PASSWORD_ERROR = 4
DOES_NOT_OPEN = 3
NO_READER = 4

Said = dict[str, Any]
Begin = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Read = Callable[[str], None]


class DoesNotOpen(Exception):
    """The file is not what its kind must be."""


def is_blank_picture(picture: Any) -> bool:
    """Whether (almost) every pixel has the same colour. Expects a PIL picture of moderate size."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        from PIL import Image

        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    picture = picture.convert("RGB")
    dust = DUST_SHARE * picture.width * picture.height
    for band in picture.split():
        shades = band.histogram()
        paper = shades.index(max(shades))
        if sum(count for shade, count in enumerate(shades) if abs(shade - paper) > INK_DIFFERENCE) > dust:
            return False
    return True


def _spread(count: int, most: int) -> list[int]:
    """At most so many numbers below `count`, evenly apart."""
    return list(range(count)) if count <= most else [number * count // most for number in range(most)]


def _page_is_blank(page: Any) -> bool:
    text = page.get_textpage()
    if text.get_text_bounded().strip():
        return False
    width, height = page.get_size()
    scale = PAGE_PIXELS / max(width, height, 1)
    return is_blank_picture(page.render(scale=min(scale, 1.0), may_draw_forms=True).to_pil())


def look_into_pdf(path: Path) -> Said:
    """Opens, counts and, page by page until the first that shows something, looks for anything to read."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == PDF_PASSWORD_ERROR or "password" in str(error).lower():
            return {"opens": False, "locked": True}
        raise
    pages = len(document)
    if not pages:
        raise DoesNotOpen
    document.init_forms()
    until = time.monotonic() + MAX_SECONDS_OF_PAGES
    for number in _spread(pages, MAX_PAGES_LOOKED_AT):
        if not _page_is_blank(document[number]) or time.monotonic() > until:
            return {"pages": pages}
    return {"pages": pages, "blank": True}


def look_into_picture(path: Path) -> Said:
    """Decodes the whole picture, JPEG at a smaller size, so that one that was cut short is noticed."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # bounded here, after the size at which it will be decoded is known
    with Image.open(path, formats=("JPEG", "PNG")) as picture:
        picture.draft("RGB", (SMALLEST_PIXELS, SMALLEST_PIXELS))
        if picture.width * picture.height > MAX_PICTURE_PIXELS:
            raise DoesNotOpen
        picture.load()
        factor = max(1, max(picture.size) // (2 * SMALLEST_PIXELS))
        # Shades are averaged where that can be done; a palette's numbers mean nothing between themselves.
        if picture.mode in ("L", "RGB", "RGBA", "LA"):
            return {"blank": is_blank_picture(picture.reduce(factor))}
        few = (max(1, picture.width // factor), max(1, picture.height // factor))
        return {"blank": is_blank_picture(picture.resize(few, Image.Resampling.NEAREST))}


def _refuse(*_: object) -> None:
    raise DoesNotOpen


def parse(archive: zipfile.ZipFile, name: str, begin: Begin, end: End, read: Read) -> None:
    """Parse a part of an Office file. Entities and document types are refused: no Office program writes them, and they are how XML is
    made to explode."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, read
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse
    with archive.open(name) as part:
        parser.ParseFile(part)


def parse_part(archive: zipfile.ZipFile, name: str, wanted: frozenset[str], shown: frozenset[str]) -> bool:
    """Whether a part of an Office file has text inside one of the `wanted` elements, or any of the `shown` ones."""
    inside, found = 0, False

    def begin(tag: str, _: dict[str, str]) -> None:
        nonlocal inside, found
        local = tag.rpartition(":")[2]
        inside += local in wanted
        found = found or local in shown

    def end(tag: str) -> None:
        nonlocal inside
        inside -= tag.rpartition(":")[2] in wanted

    def read(text: str) -> None:
        nonlocal found
        found = found or (inside > 0 and bool(text.strip()))

    parse(archive, name, begin, end, read)
    return found


def _is_blank_office(archive: zipfile.ZipFile, extension: str) -> bool:
    names = archive.namelist()
    if extension == "docx":
        shown = frozenset({"drawing", "pict", "object", "altChunk", "oMath"})
        return not parse_part(archive, "word/document.xml", frozenset({"t"}), shown)
    if extension == "xlsx":
        parse_part(archive, "xl/workbook.xml", frozenset(), frozenset())
        if any(name.startswith(("xl/media/", "xl/charts/")) for name in names):
            return False
        sheets = [name for name in names if name.startswith("xl/worksheets/") and name.endswith(".xml")]
        written = [parse_part(archive, name, frozenset({"v", "t"}), frozenset()) for name in sheets]
        return not any(written)
    parse_part(archive, "ppt/presentation.xml", frozenset(), frozenset())
    slides = [name for name in names if name.startswith("ppt/slides/slide") and name.endswith(".xml")]
    shown = frozenset({"pic", "graphicFrame", "blip"})
    written = [parse_part(archive, name, frozenset({"t"}), shown) for name in slides]
    return not any(written)


def open_office(path: Path) -> zipfile.ZipFile:
    """The zip that an Office file is, if it is of reasonable size."""
    archive = zipfile.ZipFile(path)
    members = archive.infolist()
    if len(members) > MAX_ARCHIVE_MEMBERS or sum(member.file_size for member in members) > MAX_ARCHIVE_BYTES:
        archive.close()
        raise DoesNotOpen
    return archive


def look_into_office(path: Path, extension: str) -> Said:
    """A zip whose members are all intact and whose main part is well-formed; an encrypted one is another container."""
    with path.open("rb") as file:
        if file.read(len(OLE_HEAD)) == OLE_HEAD:
            return {"opens": False, "locked": True}
    with open_office(path) as archive:
        if archive.testzip() is not None:
            raise DoesNotOpen
        return {"blank": _is_blank_office(archive, extension)}


def look_into_clip(path: Path) -> Said:
    """The outermost atoms one after the other: the index must be among them, and the last must not end after the file."""
    size, at, has_index = path.stat().st_size, 0, False
    with path.open("rb") as file:
        while at + ATOM_HEAD_BYTES <= size:
            file.seek(at)
            length, kind = struct.unpack(">I4s", file.read(ATOM_HEAD_BYTES))
            smallest = ATOM_HEAD_BYTES
            if length == 1:
                smallest = 2 * ATOM_HEAD_BYTES
                length = int.from_bytes(file.read(8), "big")
            elif length == 0:
                length = size - at
            if length < smallest or at + length > size:
                raise DoesNotOpen
            has_index = has_index or kind == b"moov"
            at += length
    if not has_index:
        raise DoesNotOpen
    return {}


def look_into(path: Path, extension: str) -> Said:
    """What a file of this kind shows. Raises whatever its reader raises for one that does not open."""
    readers: dict[str, Callable[[Path], Said]] = {
        "pdf": look_into_pdf,
        "jpg": look_into_picture,
        "png": look_into_picture,
        "mp4": look_into_clip,
        "mov": look_into_clip,
    }
    reader = readers.get(extension)
    return reader(path) if reader else look_into_office(path, extension)


def no_network(event: str, _: object) -> None:
    """Python opens no socket here; that the kernel does not either is seen to by whoever starts the child, where it can be."""
    if event.startswith("socket."):
        raise DoesNotOpen


def ending(job: Callable[[], object]) -> int:
    """Do what was asked; answers with how to end."""
    sys.addaudithook(no_network)
    try:
        job()
    except ImportError:
        return NO_READER
    except Exception:
        return DOES_NOT_OPEN
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    # Without tidying up: whatever a reader trips over on its way out says nothing of the file.
    os._exit(ending(lambda: json.dump(look_into(Path(sys.argv[1]), sys.argv[2]), sys.stdout)))
