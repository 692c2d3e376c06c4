"""The official letter as PDF: page one in the layout of the Bureau's letters, what is enclosed on the pages after it."""

from __future__ import annotations

import atexit
import base64
import mimetypes
from datetime import date
from functools import cache
from pathlib import Path

import segno
from flask import current_app, render_template, url_for

from app.domain import letter as rules
from app.domain.calendar import local
from app.exports import pdf
from app.services.letters import Sheet


@cache
def _press() -> pdf.Press:
    """One for all letters of the process: reading the fonts costs as much as a letter."""
    return pdf.press("letter.css")


# The fonts lie in a folder of their own, which goes with them.
atexit.register(_press.cache_clear)


@cache
def _picture(path: str) -> str:
    """The emblem as an address that holds it."""
    kind = mimetypes.guess_type(path)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(Path(path).read_bytes()).decode('ascii')}"


def check_address(number: str, code: str) -> str:
    """What the QR code of a letter leads to, at the configured address."""
    path = url_for("VerificationView.answer", number=rules.plain_number(number), code=code)
    return f"{current_app.config['EMES_BASE_URL']}{path}"


def page(sheet: Sheet) -> str:
    """The letter as the page that its PDF is drawn from."""
    said, emblem = sheet.content, current_app.config["EMES_LETTER_EMBLEM"]
    address = check_address(said["number"], sheet.code)
    return render_template(
        "letters/letter.html",
        sheet=sheet,
        said=said,
        dated=rules.official_day(date.fromisoformat(said["dated_on"])) if said["dated_on"] else "",
        official=rules.official,
        figure=rules.official_figure,
        local=local,
        commission=rules.COMMISSION,
        agency=rules.AGENCY,
        replaces=rules.replaces_sentence(said["replaces"]) if said["replaces"] else "",
        in_body=len(said["results"]) <= rules.MOST_IN_BODY,
        emblem=_picture(str(emblem)) if emblem else "",
        check_address=address,
        qr=segno.make(address, error="m").svg_data_uri(border=2),
    )


def draw(sheet: Sheet) -> tuple[bytes, int]:
    """The PDF of a letter and the number of its pages. Raises PdfUnavailable."""
    return pdf.draw(page(sheet), _press())
