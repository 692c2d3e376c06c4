"""Figures as officers type them: what is taken, what is refused and why, and figures against each other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import quantities
from app.domain.errors import Refused
from app.domain.quantities import Box, QuantityKind

COUNT, PERCENT, DECIMAL, MONEY = QuantityKind.COUNT, QuantityKind.PERCENT, QuantityKind.DECIMAL, QuantityKind.MONEY
NO_NUMBER, WHOLE, DIGITS, PLACES = (
    "Must be a number, such as",
    "Must be a whole number",
    "Must have at most %(digits)d",
    "Must have at most %(places)d",
)
NBSP, NARROW, THIN, MINUS = "\u00a0", "\u202f", "\u2009", "\u2212"


def box(kind: QuantityKind = COUNT, **more) -> Box:
    return Box("total", "โรงเรียนทั้งหมด", kind, **more)


@pytest.mark.parametrize(
    ("number", "kind", "typed", "kept"),
    [
        ("NU1", COUNT, "๑๒๓", "123"),
        ("NU1", MONEY, "๑,๒๓๔.๕๐", "1234.5"),
        ("NU2", COUNT, "1,234", "1234"),
        ("NU2", COUNT, "1 234", "1234"),
        ("NU2", COUNT, f"1{NBSP}234", "1234"),
        ("NU2", COUNT, f"1{NARROW}234", "1234"),
        ("NU2", COUNT, f"1{THIN}234", "1234"),
        ("NU2", COUNT, "12,345,678", "12345678"),
        ("NU8", COUNT, "-0", "0"),
        ("NU9", COUNT, "０１２", "12"),
        ("NU11", COUNT, "9" * 15, "9" * 15),
        ("NU11", COUNT, "0" * 40 + "1", "1"),
        ("NU12", PERCENT, "5%", "5"),
        ("NU12", PERCENT, "๘๕.๕๐ %", "85.5"),
        ("NU13", PERCENT, "100", "100"),
        ("NU13", PERCENT, "0", "0"),
        ("NU15", COUNT, "007", "7"),
        ("NU15", COUNT, " 7 ", "7"),
        ("NU15", COUNT, f"{NBSP}7\t\n", "7"),
        ("NU15", COUNT, "+7", "7"),
        ("NU16", COUNT, "0", "0"),
        ("NU20", COUNT, "5.0", "5"),
        ("NU20", DECIMAL, "1.25", "1.25"),
        ("NU20", MONEY, "1.500", "1.5"),
        ("NU20", MONEY, "1000000.00", "1000000"),
    ],
)
def test_a_figure_is_taken_as_people_write_it(number, kind, typed, kept):
    read = quantities.read(box(kind), typed)
    assert read is not None
    assert quantities.plain(read) == kept


@pytest.mark.parametrize(
    ("number", "kind", "typed", "says"),
    [
        ("NU2", COUNT, "1'234", NO_NUMBER),
        ("NU2", COUNT, "1,,234", NO_NUMBER),
        ("NU2", COUNT, "1 2 3", NO_NUMBER),
        ("NU3", MONEY, "1.234,56", NO_NUMBER),
        ("NU4", MONEY, "12,34", NO_NUMBER),
        ("NU4", COUNT, "1,234,56", NO_NUMBER),
        *[("NU5", DECIMAL, text, NO_NUMBER) for text in ("NaN", "sNaN", "inf", "-inf", "Infinity")],
        *[("NU6", DECIMAL, text, NO_NUMBER) for text in ("1e3", "1E3", "1e400", "1e1000000")],
        ("NU7", COUNT, "1_000", NO_NUMBER),
        ("NU8", COUNT, "-5", "Must be a number, 0 or more"),
        *[("NU9", COUNT, text, NO_NUMBER) for text in ("१२", "١٢", "1२")],
        *[("NU10", COUNT, text, NO_NUMBER) for text in ("½", "Ⅳ", "²")],
        ("NU11", COUNT, "9" * 30, DIGITS),
        ("NU11", COUNT, "1" * 16, DIGITS),
        ("NU11", MONEY, "9" * 100_000, DIGITS),
        ("NU12", COUNT, "0.1+0.2", NO_NUMBER),
        ("NU12", COUNT, "=5", NO_NUMBER),
        *[("NU12", kind, "5%", NO_NUMBER) for kind in (COUNT, DECIMAL, MONEY)],
        ("NU12", PERCENT, "5%%", NO_NUMBER),
        ("NU12", PERCENT, "%", NO_NUMBER),
        ("NU13", PERCENT, "100.0001 %", PLACES),
        ("NU13", PERCENT, "101", "Must be at most"),
        ("NU13", PERCENT, "100.01", "Must be at most"),
        ("NU13", PERCENT, "-0.01", "Must be a number, 0 or more"),
        ("NU15", COUNT, "--7", NO_NUMBER),
        ("NU15", COUNT, "-", NO_NUMBER),
        ("NU18", COUNT, f"{MINUS}5", "Must be a number, 0 or more"),
        ("NU19", MONEY, "1,000 บาท", NO_NUMBER),
        ("NU20", COUNT, "3.5", WHOLE),
        ("NU20", MONEY, "1.005", PLACES),
        ("NU20", DECIMAL, ".5", NO_NUMBER),
        ("NU20", DECIMAL, "5.", NO_NUMBER),
        ("TX4", COUNT, "7\x00", NO_NUMBER),
    ],
)
def test_what_is_no_figure_or_out_of_bounds_is_refused_with_the_reason(number, kind, typed, says):
    with pytest.raises(Refused) as refusal:
        quantities.read(box(kind), typed)
    assert refusal.value.message.text.startswith(says)


@pytest.mark.parametrize("typed", ["", " ", f"\t{NBSP}\n"])
def test_an_empty_box_is_nothing_and_nothing_is_not_zero(typed):
    """NU16."""
    assert quantities.read(box(), typed) is None
    assert quantities.read(box(), "0") == Decimal(0)


def test_a_minus_from_a_word_processor_is_a_minus():
    """NU18: taken as a minus, then checked against the bounds."""
    assert quantities.read(box(lowest=None), f"{MINUS}5") == Decimal(-5)
    assert quantities.read(box(lowest=None), "–5") == Decimal(-5)


def test_zero_has_no_sign():
    assert quantities.plain(quantities.parse_number("-0.00", kind=MONEY)) == "0"


@pytest.mark.parametrize(
    ("bounds", "typed", "says", "limit"),
    [
        ({"highest": Decimal(300)}, "301", "Must be at most", "300"),
        ({"lowest": Decimal(5)}, "4", "Must be at least", "5"),
        ({"lowest": Decimal("-2.50"), "kind": DECIMAL}, "-2.51", "Must be at least", "-2.5"),
        ({"highest": Decimal(50), "kind": PERCENT}, "51", "Must be at most", "50"),
    ],
)
def test_a_figure_beyond_its_box_is_refused_with_the_limit(bounds, typed, says, limit):
    with pytest.raises(Refused) as refusal:
        quantities.read(box(**bounds), typed)
    assert refusal.value.message.text.startswith(says)
    assert refusal.value.message.values["limit"] == limit


@pytest.mark.parametrize(("bounds", "typed"), [({"highest": Decimal(300)}, "300"), ({"lowest": Decimal(5)}, "5")])
def test_the_limit_itself_is_allowed(bounds, typed):
    assert quantities.read(box(**bounds), typed) == Decimal(typed)


def test_percents_stay_between_0_and_100_even_where_nobody_set_bounds():
    unbounded = box(PERCENT, lowest=None, highest=None)
    assert quantities.read(unbounded, "100") == Decimal(100)
    for typed in ("-1", "101"):
        with pytest.raises(Refused):
            quantities.read(unbounded, typed)


PAIR = (Box("total", "โรงเรียนทั้งหมด"), Box("with_plan", "มีแผน", not_above="total"))


@pytest.mark.parametrize(
    ("total", "part", "faults"),
    [
        (9, 11, {"with_plan"}),
        (9, 9, set()),
        (0, 0, set()),
        (0, 1, {"with_plan"}),
        (None, 11, set()),
        (9, None, set()),
        (None, None, set()),
    ],
)
def test_a_part_is_not_above_its_whole_and_empty_boxes_are_left_alone(total, part, faults):
    """NU14, NU16."""
    numbers = {"total": None if total is None else Decimal(total), "with_plan": None if part is None else Decimal(part)}
    assert set(quantities.cross_check(PAIR, numbers)) == faults


def test_the_fault_names_the_other_figure_and_its_value():
    message = quantities.cross_check(PAIR, {"total": Decimal("9.00"), "with_plan": Decimal(11)})["with_plan"]
    assert (message.values["label"], message.values["limit"]) == ("โรงเรียนทั้งหมด", "9")


def test_a_limit_that_was_taken_out_of_use_limits_nothing():
    assert quantities.cross_check(PAIR[1:], {"with_plan": Decimal(11)}) == {}


@settings(max_examples=400, derandomize=True, deadline=None)
@given(
    st.text(st.sampled_from("0123456789๐๕.,-+%eE_ \u00a0") | st.characters(), max_size=20), st.sampled_from(list(QuantityKind))
)
def test_whatever_is_taken_is_written_plainly_and_read_back_the_same(text, kind):
    try:
        number = quantities.parse_number(text, kind=kind)
    except Refused:
        return
    if number is not None:
        plain = quantities.plain(number)
        assert number.is_finite()
        assert set(plain) <= set("0123456789.-")
        assert quantities.parse_number(plain, kind=kind) == number
