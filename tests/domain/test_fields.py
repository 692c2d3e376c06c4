"""The fields of a report: which there are, and what becomes of a typed value."""

from __future__ import annotations

import pytest

from app.domain import fields
from app.domain.completeness import Issue, Questions
from app.domain.errors import Refused
from app.domain.quantities import Box

QUESTIONS = Questions(issues=(Issue(1), Issue(4)), boxes=(Box("school_total", "โรงเรียนทั้งหมด"),))
READERS = fields.readers(QUESTIONS)
EVERYWHERE = {"problems", "no_problems", "self_level", "reporter_name", "reporter_position", "reporter_phone"}


def test_an_indicator_has_the_fields_of_the_contract_and_no_others():
    assert (
        set(READERS) == {"criterion.1.complete", "criterion.4.complete", "is_challenge", "quantity.school_total"} | EVERYWHERE
    )


def test_what_an_indicator_does_not_ask_is_no_field():
    assert set(fields.readers(Questions(issues=(), asks_challenge=False))) == EVERYWHERE


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("quantity.school_total", "๑,๒๓๔", "1234"),
        ("quantity.school_total", 7, "7"),
        ("quantity.school_total", 7.0, "7"),
        ("quantity.school_total", 0, "0"),
        ("quantity.school_total", "", None),
        ("quantity.school_total", None, None),
        ("self_level", "4", "4"),
        ("self_level", 4, "4"),
        ("self_level", " ๕ ", "5"),
        ("self_level", "", None),
        ("self_level", None, None),
        ("is_challenge", True, "true"),
        ("is_challenge", "on", "true"),
        ("is_challenge", "TRUE", "true"),
        ("is_challenge", False, "false"),
        ("is_challenge", "0", "false"),
        ("is_challenge", "", None),
        ("criterion.1.complete", None, None),
        ("no_problems", "yes", "true"),
        ("reporter_name", "  นางสาวจันทิมา   ทศกุล ", "นางสาวจันทิมา ทศกุล"),
        ("reporter_name", "ก" * 160, "ก" * 160),
        ("reporter_name", "\u200b", None),
        ("reporter_position", "", None),
        ("reporter_phone", "๐๘ ๑๒๓๔ ๕๖๗๘", "0812345678"),
        ("reporter_phone", " \u00a0", None),
    ],
)
def test_a_typed_value_becomes_what_is_kept(key, typed, kept):
    assert READERS[key](typed) == kept


@pytest.mark.parametrize(
    ("number", "key", "typed"),
    [
        *[("NU17", "self_level", typed) for typed in ("0", "6", "3.5", "ห้า", "-1", "11", 4.5, 0, True)],
        ("NU8", "quantity.school_total", "-5"),
        ("NU8", "quantity.school_total", -5),
        ("NU5", "quantity.school_total", float("nan")),
        ("NU5", "quantity.school_total", float("inf")),
        ("NU6", "quantity.school_total", 1e30),
        ("NU20", "quantity.school_total", 3.5),
        *[("a tick", "is_challenge", typed) for typed in ("maybe", "2", 1, 2, ["true"], {"a": 1})],
        *[
            ("a type", key, typed)
            for key in ("problems", "reporter_name", "quantity.school_total")
            for typed in (True, [1], {"a": 1})
        ],
        ("TX7", "reporter_name", "ก" * 161),
        ("TX21", "reporter_phone", "๐๘๑-๒๓๔"),
        ("TX21", "reporter_phone", "ไม่มี"),
    ],
)
def test_what_does_not_fit_its_field_is_refused(number, key, typed):
    with pytest.raises(Refused):
        READERS[key](typed)


@pytest.mark.parametrize("typed", ["ก" * 2000, "👩" * 2000, "ก\n" * 1000])
def test_a_text_of_exactly_the_greatest_length_is_kept_counted_in_characters(typed):
    """TX7."""
    assert READERS["problems"](typed) == typed


@pytest.mark.parametrize("length", [2001, 100_000])
def test_a_longer_text_is_refused_with_both_numbers(length):
    """TX6, TX7."""
    with pytest.raises(Refused) as refusal:
        READERS["problems"]("ก" * length)
    assert refusal.value.message.values == {"count": length, "limit": 2000}


@pytest.mark.parametrize("typed", ["", "   ", "\u00a0\n\t", "\u200b\ufeff"])
def test_a_text_that_nobody_can_read_is_nothing(typed):
    """TX8."""
    assert READERS["problems"](typed) is None


@pytest.mark.parametrize(
    "typed",
    [
        "  ย่อหน้า\nสอง  ",
        "=HYPERLINK(1)",
        "<script>alert(1)</script>{{7*7}}",
        "ก\u0e4d\u0e32",
        "ไทย\u200bไทย",
        "👩‍🏫",
        "a\u2028b",
    ],
)
def test_a_long_text_keeps_spaces_lines_and_signs_as_typed(typed):
    """TX1, TX2, TX3, TX9, TX12, TX13, TX14."""
    assert READERS["problems"](typed) == typed


def test_signs_that_no_database_can_carry_are_left_out():
    """TX4, TX5, TX13."""
    assert READERS["problems"]("ก\x00ข\x0b\ud800\r\nค") == "กข\nค"
