"""The place in a cited file that matters: a page of a document, a minute of a clip."""

from __future__ import annotations

import re

from app.domain.errors import N_, Refused
from app.domain.evidence import MEDIA_KINDS
from app.domain.thai import ascii_digits, single_line

MAX_PLACE_CHARACTERS = 60
_TIME = re.compile(r"(?<!\d)\d{1,5}(?:[.:]\d{1,2}){0,2}(?!\d)")
_NUMBER = re.compile(r"\d{1,5}")


def read_place(typed: str) -> str:
    """A place as it is kept: one line. Raises Refused when it is too long; nothing is fine."""
    place = single_line(typed)
    if len(place) > MAX_PLACE_CHARACTERS:
        raise Refused(N_("Write the page or minute in %(count)d characters at most"), count=MAX_PLACE_CHARACTERS)
    return place


def opening_at(place: str, extension: str) -> str:
    """What an address ends with so that the file opens there: '#page=4' for 'หน้า 4–6', '#t=130' for 'นาที 2.10'."""
    text = ascii_digits(place)
    if extension == "pdf":
        page = _NUMBER.search(text)
        return f"#page={int(page.group())}" if page and int(page.group()) else ""
    if not MEDIA_KINDS[extension].is_clip:
        return ""
    found = _TIME.search(text)
    if found is None:
        return ""
    parts = [int(part) for part in re.split(r"[.:]", found.group())]
    # A single number is a minute; two are minutes and seconds; three begin with the hour.
    hours, minutes, seconds = {1: (0, parts[0], 0), 2: (0, *parts), 3: tuple(parts)}[len(parts)]
    return f"#t={(hours * 60 + minutes) * 60 + seconds}"
