"""A page as PDF with correct Thai: shaped by HarfBuzz, broken by the dictionary of libthai, and with a text layer that can be copied.

WeasyPrint needs Pango, a library of the operating system; where it is missing `PdfUnavailable` says so and pages are printed instead."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

_STATIC = Path(__file__).parents[1] / "static"
_FONTS = _STATIC / "vendor" / "sarabun" / "pdf"
_FACES = {400: "Sarabun", 700: "Sarabun-Bold"}
_THAI = range(0x0E00, 0x0E80)
_NIKHAHIT = 0x0E4D
_TO_UNICODE = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]*)>")


class PdfUnavailable(RuntimeError):
    """This machine cannot make PDFs: Pango is not installed."""


@dataclass(frozen=True)
class Press:
    """What pages are drawn with: the fetcher of our own fonts, the fonts, and the styles. One of them draws many pages, in one thread."""

    fetcher: Any
    fonts: Any
    styles: list[Any]


def press(*stylesheets: str) -> Press:
    """What draws pages in styles of ours, `pdf.css` unless others are named. Nothing is fetched but our own fonts. Raises PdfUnavailable."""
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except OSError as missing:
        raise PdfUnavailable from missing
    # It would write what people typed into the log: a line for each sign that the font does not have.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)

    class OwnFonts(URLFetcher):
        """Serves the two font files and pictures inside the page, and nothing else."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.startswith(("data:", _FONTS.as_uri() + "/")):
                raise ValueError(f"not fetched: {url[:80]}")
            return super().fetch(url, headers)

    fetcher, fonts = OwnFonts(allowed_protocols={"file", "data"}), FontConfiguration()
    faces = "".join(
        f"@font-face{{font-family:Sarabun;font-weight:{weight};src:url({(_FONTS / f'Sarabun-{weight}.ttf').as_uri()})}}"
        for weight in _FACES
    )
    styles = [
        weasyprint.CSS(string=faces, font_config=fonts, url_fetcher=fetcher),
        *(
            weasyprint.CSS(string=(_STATIC / "css" / name).read_text("utf-8"), font_config=fonts, url_fetcher=fetcher)
            for name in stylesheets or ("pdf.css",)
        ),
    ]
    return Press(fetcher, fonts, styles)


def write(html: str, by: Press | None = None) -> bytes:
    """The PDF of a page, tagged for screen readers. Raises PdfUnavailable."""
    return draw(html, by or press())[0]


def draw(html: str, by: Press) -> tuple[bytes, int]:
    """The same with the number of its pages."""
    import weasyprint

    variant = {"pdf_variant": "pdf/ua-1"}
    document = weasyprint.HTML(string=html, url_fetcher=by.fetcher)
    laid_out = document.render(stylesheets=by.styles, font_config=by.fonts, **variant)
    return laid_out.write_pdf(finisher=_repair_text, **variant), len(laid_out.pages)


def _substitutions(font: TTFont) -> Iterator[tuple[list[str], str]]:
    """Which glyphs a font draws in place of which others."""
    if "GSUB" not in font:
        return
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for subtable in lookup.SubTable:
            table = getattr(subtable, "ExtSubTable", subtable)
            if table.LookupType == 1:
                yield from (([drawn], instead) for drawn, instead in table.mapping.items())
            elif table.LookupType == 3:
                yield from (([drawn], instead) for drawn, many in table.alternates.items() for instead in many)
            elif table.LookupType == 4:
                yield from (
                    ([first, *ligature.Component], ligature.LigGlyph)
                    for first, ligatures in table.ligatures.items()
                    for ligature in ligatures
                )


@cache
def _thai_glyphs(weight: int) -> dict[int, list[int]]:
    """The characters behind each Thai glyph of a face: {glyph id: [code point]}, alternates and ligatures included."""
    font = TTFont(_FONTS / f"Sarabun-{weight}.ttf")
    found = {name: [point] for point, name in font.getBestCmap().items() if point in _THAI}
    known = 0
    while known != len(found):  # alternates of alternates
        known = len(found)
        for drawn, instead in _substitutions(font):
            if instead not in found and all(glyph in found for glyph in drawn):
                points = [point for glyph in drawn for point in found[glyph]]
                # A tone mark stands before the ring in drawing order, after it in the word.
                found[instead] = points[::-1] if points[0] == _NIKHAHIT and len(points) == 2 else points
    return {font.getGlyphID(name): points for name, points in found.items()}


def _repair_text(document: Any, pdf: Any) -> None:
    """Give each Thai glyph the characters that it draws.

    WeasyPrint 70 keeps for a glyph the text of the first cluster that it met it in. HarfBuzz draws ำ as a ring and า, so that every า
    would be read back as ำ. Afterwards the text is NFKC-equal to the source."""
    faces = {name: _thai_glyphs(weight) for weight, name in _FACES.items()}
    by_reference = {}
    for thing in pdf.objects:
        if isinstance(thing, dict) and "ToUnicode" in thing and "BaseFont" in thing:
            by_reference[int(_text(thing["ToUnicode"]).split()[0])] = _text(thing["BaseFont"]).split("+")[-1]
    for thing in pdf.objects:
        glyphs = faces.get(by_reference.get(getattr(thing, "number", -1), ""))
        if glyphs is not None and hasattr(thing, "stream"):
            thing.stream = [_mend(line, glyphs) for line in thing.stream]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _mend(line: Any, glyphs: dict[int, list[int]]) -> Any:
    match = _TO_UNICODE.fullmatch(line.strip()) if isinstance(line, bytes) else None
    if match is None or int(match[1], 16) not in glyphs:
        return line
    return b"<%s> <%s>" % (match[1], b"".join(b"%04x" % point for point in glyphs[int(match[1], 16)]))
