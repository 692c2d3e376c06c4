"""The fields of a report: their keys in the contract and how a typed value becomes what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import TypeAlias

from app.domain import quantities
from app.domain.completeness import Questions
from app.domain.errors import N_, Refused
from app.domain.evidence import criterion_slot
from app.domain.people import parse_phone
from app.domain.thai import ascii_digits, is_blank, single_line, storable

PROBLEMS_MAX_CHARACTERS = 2000
NAME_MAX_CHARACTERS = 160
REPORTER_FIELDS = ("reporter_name", "reporter_position", "reporter_phone")

Typed: TypeAlias = str | int | float | bool | None
Reader: TypeAlias = Callable[[Typed], str | None]


def _flag(typed: Typed) -> str | None:
    if typed in (None, ""):
        return None
    if typed is True or (isinstance(typed, str) and typed.lower() in {"true", "on", "yes", "1"}):
        return "true"
    if typed is False or (isinstance(typed, str) and typed.lower() in {"false", "off", "no", "0"}):
        return "false"
    raise Refused(N_("Choose one of the answers offered"))


def _text(typed: Typed) -> str:
    """The typed value as text. A client may send anything at all: lists, objects and infinities are refused here."""
    if isinstance(typed, bool) or not isinstance(typed, str | int | float | None) or typed in (inf, -inf):
        raise Refused(N_("Must be text"))
    return "" if typed is None else str(typed)


def _long_text(typed: Typed) -> str | None:
    text = storable(_text(typed))
    if is_blank(text):
        return None
    if len(text) > PROBLEMS_MAX_CHARACTERS:
        raise Refused(
            N_("%(count)d characters; at most %(limit)d are kept. Shorten the text, nothing was lost."),
            count=len(text),
            limit=PROBLEMS_MAX_CHARACTERS,
        )
    return text


def _name(typed: Typed) -> str | None:
    text = single_line(_text(typed))
    if len(text) > NAME_MAX_CHARACTERS:
        raise Refused(N_("Use at most %(limit)d characters"), limit=NAME_MAX_CHARACTERS)
    return text or None


def _phone(typed: Typed) -> str | None:
    text = _text(typed)
    return None if is_blank(text) else parse_phone(text)


def _level(typed: Typed) -> str | None:
    text = ascii_digits(_text(typed)).strip()
    if not text:
        return None
    if text not in {"1", "2", "3", "4", "5"}:
        raise Refused(N_("Choose a level 1–5"))
    return text


def _quantity(box: quantities.Box) -> Reader:
    def read(typed: Typed) -> str | None:
        number = quantities.read(box, _text(typed))
        return None if number is None else quantities.plain(number)

    return read


def readers(questions: Questions) -> Mapping[str, Reader]:
    """How each field of this indicator is read, by key. A reader returns the text to keep, None for nothing, or raises Refused."""
    found: dict[str, Reader] = {f"{criterion_slot(issue.number)}.complete": _flag for issue in questions.issues}
    if questions.asks_challenge:
        found["is_challenge"] = _flag
    found |= {f"quantity.{box.key}": _quantity(box) for box in questions.boxes}
    return found | {
        "problems": _long_text,
        "no_problems": _flag,
        "self_level": _level,
        "reporter_name": _name,
        "reporter_position": _name,
        "reporter_phone": _phone,
    }
