"""Thai text as it is typed and pasted: digits, sara am, invisible characters, order of names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

One = TypeVar("One")

THAI_DIGITS = "๐๑๒๓๔๕๖๗๘๙"
FULLWIDTH_DIGITS = "０１２３４５６７８９"
_TO_ASCII = str.maketrans(THAI_DIGITS + FULLWIDTH_DIGITS, "0123456789" * 2)

# C0 controls but for tab and newline, DEL, and code points that no text format can carry: XML and Excel refuse them.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff]")
_SPLIT_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e])")
_TONES = str.maketrans("", "", "\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e")


def ascii_digits(text: str) -> str:
    """Thai and full-width digits as 0–9; everything else unchanged."""
    return text.translate(_TO_ASCII)


def whole_number(text: str, *, most_digits: int = 9) -> int | None:
    """A whole number as a page or an address carries it: plain digits alone; None for anything else and for more of them than that."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else None


def typed_number(text: str, *, most_digits: int = 9) -> int | None:
    """The same as a person types it: with Thai digits, with spaces around it."""
    return whole_number(ascii_digits(text).strip(), most_digits=most_digits)


def thai_digits(text: str) -> str:
    """0–9 as Thai digits, for official letters."""
    return text.translate(str.maketrans("0123456789", THAI_DIGITS))


def storable(text: str) -> str:
    """The text as typed, without what no database, spreadsheet or XML can carry; newlines become `\\n`."""
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def single_line(text: str) -> str:
    """A name or title: one line, no invisible or direction-changing characters, trimmed, sara am joined, NFC."""
    cleaned = _ZERO_WIDTH.sub("", _BIDI_CONTROLS.sub("", storable(text)))
    cleaned = _SPLIT_SARA_AM.sub("\\1\u0e33", cleaned).replace("\u0e40\u0e40", "\u0e41")
    return unicodedata.normalize("NFC", re.sub(r"\s+", " ", cleaned)).strip()


def is_blank(text: str | None) -> bool:
    """Nothing a person could read: empty, spaces, no-break spaces, zero-width characters."""
    return not text or not _ZERO_WIDTH.sub("", text).replace("\u200c", "").replace("\u200d", "").strip()


def search_key(text: str) -> str:
    """For finding: 'สพป ชัยภูมิ 3' meets 'สพป.ชัยภูมิ เขต 3'."""
    cleaned = ascii_digits(single_line(text)).lower()
    return re.sub(r"[\s.\-–,()]+", "", cleaned).replace("เขต", "")


def by_name(found: Iterable[One], name: Callable[[One], str]) -> list[One]:
    """In the order of a Thai dictionary, which a database has only where it was built with ICU; those alike as they came."""
    return sorted(found, key=lambda one: sort_key(name(one)))


def sort_key(text: str) -> tuple[str, str]:
    """Order of the Royal Institute dictionary, near enough for names: consonant before its leading vowel, tones last,
    numbers by value. The second part breaks ties so that the order is total."""
    swapped = _LEADING_VOWEL.sub(r"\2\1", ascii_digits(single_line(text)))
    padded = re.sub(r"\d+", lambda match: match.group().zfill(6), swapped)
    return re.sub(r"[\s.\-–]+", "", padded.translate(_TONES)), padded
