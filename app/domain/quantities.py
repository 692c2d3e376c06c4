"""Figures as officers type them, checked one by one and against each other. Null and zero are different things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.errors import N_, Message, Refused
from app.domain.thai import ascii_digits

MAX_DIGITS = 15
_SPACES = "\u00a0\u202f\u2009 "
_MINUS = str.maketrans("−–", "--")
_SHAPE = re.compile(r"([+-]?)(\d{1,3}(?:[, ]\d{3})+|\d+)(?:\.(\d+))?")


class QuantityKind(StrEnum):
    """What a figure is: decides its decimals and bounds."""

    COUNT = "count"
    PERCENT = "percent"
    DECIMAL = "decimal"
    MONEY = "money"


QUANTITY_KIND_NAMES = {
    QuantityKind.COUNT: N_("Count"),
    QuantityKind.PERCENT: N_("Percentage"),
    QuantityKind.DECIMAL: N_("Decimal number"),
    QuantityKind.MONEY: N_("Money (baht)"),
}

DECIMALS = {QuantityKind.COUNT: 0, QuantityKind.PERCENT: 2, QuantityKind.DECIMAL: 2, QuantityKind.MONEY: 2}


@dataclass(frozen=True)
class Box:
    """One figure to be reported. `lowest` and `highest` are inclusive; `not_above` names another box's key."""

    key: str
    label: str
    kind: QuantityKind = QuantityKind.COUNT
    lowest: Decimal | None = Decimal(0)
    highest: Decimal | None = None
    required: bool = True
    not_above: str | None = None


def parse_number(text: str, *, kind: QuantityKind) -> Decimal | None:
    """The figure that was typed, or None for an empty box.

    Thai and full-width digits, thousands separators and a Unicode minus are accepted; exponents, NaN, underscores, letters
    and a comma for the decimal point are refused, and decimals are never rounded away silently. Raises Refused."""
    cleaned = ascii_digits(text).translate(_MINUS).strip(_SPACES + "\t\n")
    cleaned = re.sub(f"[{_SPACES}]", " ", cleaned)
    if not cleaned:
        return None
    if kind is QuantityKind.PERCENT:
        cleaned = cleaned.removesuffix("%").rstrip()
    match = _SHAPE.fullmatch(cleaned)
    if not match or not cleaned.isascii():
        raise Refused(N_("Must be a number, such as 1,234 or 85.50"))
    sign, whole, fraction = match.groups()
    digits = re.sub(r"[, ]", "", whole)
    if len(digits.lstrip("0")) > MAX_DIGITS:
        raise Refused(N_("Must have at most %(digits)d digits"), digits=MAX_DIGITS)
    if fraction and len(fraction.rstrip("0")) > DECIMALS[kind]:
        if DECIMALS[kind] == 0:
            raise Refused(N_("Must be a whole number"))
        raise Refused(N_("Must have at most %(places)d decimals"), places=DECIMALS[kind])
    number = Decimal(f"{sign}{digits}.{fraction or 0}")
    return abs(number) if number == 0 else number


def check(box: Box, number: Decimal) -> None:
    """Raise Refused when a figure lies outside its box's bounds."""
    lowest, highest = box.lowest, box.highest
    if box.kind is QuantityKind.PERCENT:
        lowest, highest = lowest or Decimal(0), highest if highest is not None else Decimal(100)
    if lowest is not None and number < lowest:
        if lowest == 0:
            raise Refused(N_("Must be a number, 0 or more"))
        raise Refused(N_("Must be at least %(limit)s"), limit=plain(lowest))
    if highest is not None and number > highest:
        raise Refused(N_("Must be at most %(limit)s"), limit=plain(highest))


def cross_check(boxes: Iterable[Box], numbers: Mapping[str, Decimal | None]) -> dict[str, Message]:
    """Faults between figures, by the key of the box to mend. Boxes still empty are left alone."""
    by_key = {box.key: box for box in boxes}
    faults: dict[str, Message] = {}
    for box in by_key.values():
        if box.not_above is None or box.not_above not in by_key:
            continue
        number, ceiling = numbers.get(box.key), numbers.get(box.not_above)
        if number is not None and ceiling is not None and number > ceiling:
            faults[box.key] = Message(
                N_("%(box)s: must not exceed “%(label)s” (%(limit)s)"),
                {"box": box.label, "label": by_key[box.not_above].label, "limit": plain(ceiling)},
            )
    return faults


def read(box: Box, text: str) -> Decimal | None:
    """Parse and check in one step. Raises Refused."""
    number = parse_number(text, kind=box.kind)
    if number is not None:
        check(box, number)
    return number


def plain(number: Decimal) -> str:
    """The canonical text of a figure as it is stored: no exponent, no trailing zeros, no separators."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
