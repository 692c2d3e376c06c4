"""A spreadsheet in the terms of the rules: its columns, what a cell may hold, and what is wrong where.

Every cell is text by the time it comes here; `None` and blanks are "empty". What a cell would say for a value (`as_cell`) and what a
cell means (`parse`) stand side by side, so that writing a workbook and reading it back changes nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeAlias

from app.domain.errors import N_, DomainError, Message, Refused
from app.domain.thai import ascii_digits, is_blank, single_line, storable

Value: TypeAlias = str | int | bool | Decimal | None

LONGEST_CELL = 32_767  # what Excel takes
CUT_MARK = " […]"
DIGEST_LENGTH = 10


class Holds(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"  # lines and paragraphs
    LINE = "line"
    WHOLE = "whole"
    DECIMAL = "decimal"
    YES_NO = "yes_no"
    CHOICE = "choice"


YES_NO_NAMES = {True: N_("Yes"), False: N_("No")}


@dataclass(frozen=True)
class Column:
    """A column: `heading` is a message id; `choices` gives the word (a message id, or a title as it is) of each value."""

    key: str
    heading: str
    holds: Holds = Holds.LINE
    required: bool = False
    longest: int | None = None
    lowest: int | None = None
    highest: int | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    locked: bool = False
    width: int = 14


@dataclass(frozen=True)
class Problem:
    """What is wrong in a workbook and where: sheet by its title, row and column as the program shows them; None for all of it."""

    message: Message
    sheet: str = ""
    row: int | None = None
    column: str = ""

    @property
    def cell(self) -> str:
        return f"{self.column}{self.row}" if self.column and self.row else ""


@dataclass(frozen=True)
class Row:
    """A row of a sheet with its number and its cells by column key; a cell left empty is ''."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A sheet as it was read: rows below the heading, and the letter under which each column stands."""

    title: str
    rows: tuple[Row, ...]
    letters: Mapping[str, str]


Words: TypeAlias = Mapping[str, Mapping[str, str]]
"""Column key → what may be typed, in any language → the value's key."""


def as_cell(column: Column, value: Value) -> str:
    """What a cell says for a value. Choices and yes/no give their key: the word is the writer's business."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return plain(value)
    text = storable(str(value)).strip()
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(CUT_MARK)] + CUT_MARK


def plain(value: Decimal) -> str:
    """A figure without needless zeros and without an exponent."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def canonical(column: Column, typed: str, words: Words) -> str:
    """What a cell says, in the form that `as_cell` gives: equal texts mean the same."""
    if column.holds in (Holds.CHOICE, Holds.YES_NO):
        return key_of(column, typed, words)
    if column.holds in (Holds.WHOLE, Holds.DECIMAL):
        return ascii_digits(typed).strip()
    return storable(typed).strip()


def key_of(column: Column, typed: str, words: Words) -> str:
    """The key of a word that was typed or chosen; the word itself where it is none of them."""
    return words.get(column.key, {}).get(normal(typed), typed.strip())


def normal(heading: str) -> str:
    """Words for comparing: case, kinds of space and invisible signs do not matter."""
    return re.sub(r"[\s*]+", "", single_line(heading)).casefold()


def parse(column: Column, typed: str, words: Words) -> Value:
    """What a cell means. Raises Refused with what would do."""
    if is_blank(typed):
        if column.required:
            raise Refused(N_("This cell must not be empty"))
        return "" if column.holds in (Holds.TEXT, Holds.LINE) else None
    if column.holds in (Holds.CHOICE, Holds.YES_NO):
        key = key_of(column, typed, words)
        allowed = ("yes", "no") if column.holds is Holds.YES_NO else tuple(column.choices)
        if key not in allowed:
            raise Refused(N_("“%(typed)s” is not one of the choices: choose from the list in the cell"), typed=typed[:60])
        return key == "yes" if column.holds is Holds.YES_NO else key
    if column.holds is Holds.WHOLE:
        return _whole(column, typed)
    if column.holds is Holds.DECIMAL:
        return _decimal(typed)
    text = storable(typed).strip() if column.holds is Holds.TEXT else single_line(typed)
    if column.longest is not None and len(text) > column.longest:
        raise Refused(N_("Too long: %(length)d characters, at most %(longest)d"), length=len(text), longest=column.longest)
    return text


def _whole(column: Column, typed: str) -> int:
    text = ascii_digits(typed).strip()
    lowest, highest = column.lowest or 0, 9999 if column.highest is None else column.highest
    if not re.fullmatch(r"\d{1,6}", text) or not lowest <= int(text) <= highest:
        raise Refused(N_("Write a whole number between %(lowest)d and %(highest)d"), lowest=lowest, highest=highest)
    return int(text)


def _decimal(typed: str) -> Decimal:
    try:
        value = Decimal(ascii_digits(typed).replace(",", "").strip())
    except InvalidOperation:
        raise Refused(N_("Write a number such as 12 or 12.5")) from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 15 or value != round(value, 2):
        raise Refused(N_("Write a number with at most 15 digits and 2 decimals"))
    return value


def digest(cells: Iterable[str]) -> str:
    """A short mark of what a row said, to see later whether it was changed."""
    return hashlib.sha256("\x1f".join(cells).encode()).hexdigest()[:DIGEST_LENGTH]


def problem(refusal: DomainError, sheet: Sheet, row: int | None = None, column: str = "") -> Problem:
    """A refusal with its place."""
    return Problem(refusal.message, sheet.title, row, sheet.letters.get(column, ""))
