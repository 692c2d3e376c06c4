"""Makes something harmless of one file: a page as a picture, or the text of an Office file. Runs as a process of its own under limits.

Started as `python -I preview_child.py page <path> <extension> <number>` or `… text <path> <extension>` by `app.services.previews`. A page
leaves as the bytes of a WebP picture, a text as one line of JSON: {"blocks": [...], "cut": …}, each block ["h", text], ["p", text] or
["t", [[cell, …], …]]. It ends as the inspecting child does.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE_PIXELS = 1600
MAX_PAGE_PIXELS = 4_000_000
QUALITY = 82
MAX_CHARACTERS = 200_000
MAX_SHARED_TEXTS = 60_000
MAX_SHEETS, MAX_ROWS, MAX_COLUMNS = 5, 200, 30
Block = list[Any]


def _beside(name: str) -> Any:
    """The child beside this one, by its path: in isolation no folder of ours is searched for modules."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


inspection: Any = _beside("inspection_child")


class _Enough(Exception):
    """What was read is as much as is shown."""


# --- pages ------------------------------------------------------------------------------------------------------------------------


def page_of_pdf(path: Path, number: int) -> Any:
    """A page as a picture, as wide as a screen shows it."""
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    document.init_forms()
    page = document[number - 1]
    width, height = page.get_size()
    scale = min(PAGE_PIXELS / max(width, 1), (MAX_PAGE_PIXELS / max(width * height, 1)) ** 0.5)
    return page.render(scale=scale, may_draw_forms=True).to_pil()


def picture(path: Path, number: int) -> Any:
    """A picture decoded and turned as the camera meant it; it has one page."""
    from PIL import Image, ImageOps

    if number != 1:
        raise inspection.DoesNotOpen
    Image.MAX_IMAGE_PIXELS = None  # bounded below, before it is decoded
    with Image.open(path, formats=("JPEG", "PNG")) as opened:
        opened.draft("RGB", (PAGE_PIXELS, PAGE_PIXELS))
        if opened.width * opened.height > inspection.MAX_PICTURE_PIXELS:
            raise inspection.DoesNotOpen
        turned = ImageOps.exif_transpose(opened)
        turned.thumbnail((PAGE_PIXELS, PAGE_PIXELS))
        return turned


def write_page(path: Path, extension: str, number: int) -> None:
    """The page as WebP, drawn anew: nothing of the file's own bytes is in it."""
    from PIL import Image

    drawn = (page_of_pdf if extension == "pdf" else picture)(path, number)
    if drawn.mode not in ("RGB", "L"):
        seen = drawn.convert("RGBA")
        drawn = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")
    bare = Image.new(drawn.mode, drawn.size)
    bare.paste(drawn)
    bare.save(sys.stdout.buffer, "WEBP", quality=QUALITY, method=2)


# --- texts ------------------------------------------------------------------------------------------------------------------------


class Text:
    """What is shown of an Office file, up to a bound."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.left = MAX_CHARACTERS
        self.cut = False

    def add(self, kind: str, content: Any) -> None:
        self.left -= len(content) if isinstance(content, str) else sum(len(cell) for row in content for cell in row)
        if self.left < 0:
            self.cut = True
            raise _Enough
        if content:
            self.blocks.append([kind, content])


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _value(attributes: dict[str, str], name: str) -> str:
    return next((value for key, value in attributes.items() if _local(key) == name), "")


def text_of_word(archive: zipfile.ZipFile, text: Text) -> None:
    """Paragraphs, headings and tables of a document, in their order; a table within a table is part of its cell."""
    words: list[str] = []
    rows: list[list[str]] = []
    state = {"depth": 0, "in_text": 0, "heading": 0}

    def begin(tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        state["in_text"] += name == "t"
        if name == "tbl":
            state["depth"] += 1
        elif name == "tr" and state["depth"] == 1:
            rows.append([])
        elif name == "pStyle" and re.match(r"heading|title", _value(attributes, "val"), re.IGNORECASE):
            state["heading"] = 1
        elif name in ("tab", "br"):
            words.append("\t" if name == "tab" else "\n")

    def end(tag: str) -> None:
        name = _local(tag)
        state["in_text"] -= name == "t"
        if name == "p" and not state["depth"]:
            text.add("h" if state["heading"] else "p", "".join(words).strip())
            words.clear()
            state["heading"] = 0
        elif name == "p":
            words.append("\n")
        elif name == "tc" and state["depth"] == 1:
            rows[-1].append("".join(words).strip())
            words.clear()
        elif name == "tbl":
            state["depth"] -= 1
            if not state["depth"]:
                text.add("t", [row for row in rows if any(row)])
                rows.clear()

    inspection.parse(archive, "word/document.xml", begin, end, lambda said: words.append(said) if state["in_text"] else None)


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    """The texts that the cells of a workbook point at."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    found: list[str] = []
    words: list[str] = []
    inside = {"t": 0}

    def begin(tag: str, _: dict[str, str]) -> None:
        inside["t"] += _local(tag) == "t"

    def end(tag: str) -> None:
        inside["t"] -= _local(tag) == "t"
        if _local(tag) == "si":
            found.append("".join(words))
            words.clear()
            if len(found) > MAX_SHARED_TEXTS:
                raise _Enough

    with contextlib.suppress(_Enough):
        inspection.parse(archive, "xl/sharedStrings.xml", begin, end, lambda said: words.append(said) if inside["t"] else None)
    return found


def _sheet_names(archive: zipfile.ZipFile) -> list[str]:
    names: list[str] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "sheet":
            names.append(_value(attributes, "name"))

    inspection.parse(archive, "xl/workbook.xml", begin, lambda _: None, lambda _: None)
    return names


def _column(reference: str) -> int:
    """The column of 'C7', counted from 0."""
    number = 0
    for letter in re.match(r"[A-Z]{0,3}", reference).group():  # type: ignore[union-attr]
        number = number * 26 + ord(letter) - 64
    return max(0, number - 1)


def _rows_of_sheet(archive: zipfile.ZipFile, name: str, shared: list[str], text: Text) -> list[list[str]]:
    """The first rows of a sheet, as they are stored: without number formats."""
    rows: list[list[str]] = []
    words: list[str] = []
    cell: dict[str, Any] = {"at": 0, "kind": "", "in": 0}

    def begin(tag: str, attributes: dict[str, str]) -> None:
        local = _local(tag)
        if local == "row":
            if len(rows) == MAX_ROWS:
                text.cut = True
                raise _Enough
            rows.append([])
        elif local == "c":
            cell["at"], cell["kind"] = _column(_value(attributes, "r")), _value(attributes, "t")
            words.clear()
        cell["in"] += local in ("v", "t")

    def end(tag: str) -> None:
        local = _local(tag)
        cell["in"] -= local in ("v", "t")
        if local != "c" or not words or not rows or cell["at"] >= MAX_COLUMNS:
            return
        said = "".join(words).strip()
        if cell["kind"] == "s" and said.isdigit():
            said = shared[int(said)] if int(said) < len(shared) else ""
        rows[-1] += [""] * (cell["at"] - len(rows[-1]))
        rows[-1].append(said)

    with contextlib.suppress(_Enough):
        inspection.parse(archive, name, begin, end, lambda said: words.append(said) if cell["in"] else None)
    rows = [row for row in rows if any(row)]
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _numbered(archive: zipfile.ZipFile, pattern: str) -> list[str]:
    """The members whose name fits, in the order of the number in it."""
    found = [(int(match.group(1)), name) for name in archive.namelist() if (match := re.fullmatch(pattern, name))]
    return [name for _, name in sorted(found)]


def text_of_workbook(archive: zipfile.ZipFile, text: Text) -> None:
    """The first rows of the first sheets, each under its name."""
    shared, names = _shared_texts(archive), _sheet_names(archive)
    sheets = _numbered(archive, r"xl/worksheets/sheet(\d{1,4})\.xml")
    text.cut = len(sheets) > MAX_SHEETS
    for place, member in enumerate(sheets[:MAX_SHEETS]):
        text.add("h", names[place] if place < len(names) else str(place + 1))
        text.add("t", _rows_of_sheet(archive, member, shared, text))


def text_of_slides(archive: zipfile.ZipFile, text: Text) -> None:
    """The paragraphs of each slide, under its number."""
    for place, member in enumerate(_numbered(archive, r"ppt/slides/slide(\d{1,4})\.xml"), 1):
        text.add("h", str(place))
        words: list[str] = []
        inside = {"t": 0}

        def begin(tag: str, _: dict[str, str], inside: dict[str, int] = inside) -> None:
            inside["t"] += _local(tag) == "t"

        def end(tag: str, words: list[str] = words, inside: dict[str, int] = inside) -> None:
            inside["t"] -= _local(tag) == "t"
            if _local(tag) == "p":
                text.add("p", "".join(words).strip())
                words.clear()

        def read(said: str, words: list[str] = words, inside: dict[str, int] = inside) -> None:
            if inside["t"]:
                words.append(said)

        inspection.parse(archive, member, begin, end, read)


READERS: dict[str, Callable[[zipfile.ZipFile, Text], None]] = {
    "docx": text_of_word,
    "xlsx": text_of_workbook,
    "pptx": text_of_slides,
}


def write_text(path: Path, extension: str) -> None:
    """The text of an Office file as JSON."""
    text = Text()
    with inspection.open_office(path) as archive:
        try:
            READERS[extension](archive, text)
        except _Enough:
            text.cut = True
    json.dump({"blocks": text.blocks, "cut": text.cut}, sys.stdout)


def make(what: str, path: str, extension: str, number: str = "1") -> None:
    """What was asked for on the command line."""
    if what == "page":
        write_page(Path(path), extension, int(number))
    else:
        write_text(Path(path), extension)


if __name__ == "__main__":
    os._exit(inspection.ending(lambda: make(*sys.argv[1:])))
