"""Days and moments as Thai officers type them, fiscal years and the Bangkok clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import calendar
from app.domain.errors import Refused

FORM, YEAR, DAY = "Type the date as", "The year must be", "There is no such day"


@pytest.mark.parametrize(
    ("number", "typed", "day"),
    [
        ("DA1", "31/01/2566", date(2023, 1, 31)),
        ("DA1", "31 ม.ค. 2566", date(2023, 1, 31)),
        ("DA1", "๓๑/๐๑/๒๕๖๖", date(2023, 1, 31)),
        ("DA1", " 31 / 1 / 2566 ", date(2023, 1, 31)),
        ("DA1", "31-01-2566", date(2023, 1, 31)),
        ("DA1", "31.01.2566", date(2023, 1, 31)),
        ("DA1", "31 มกราคม 2566", date(2023, 1, 31)),
        ("DA1", "31 มกราคม พ.ศ. 2566", date(2023, 1, 31)),
        ("DA1", "๓๑ มกราคม พ.ศ. ๒๕๖๖", date(2023, 1, 31)),
        ("DA1", "1 มิย 2566", date(2023, 6, 1)),
        ("DA2", "2566-01-31", date(2023, 1, 31)),
        ("DA3", "2023-01-31", date(2023, 1, 31)),
        ("DA3", "31/01/2023", date(2023, 1, 31)),
        ("DA4", "29/02/2567", date(2024, 2, 29)),
        ("DA4", "29 ก.พ. 2567", date(2024, 2, 29)),
        ("DA7", "01/01/2493", date(1950, 1, 1)),
        ("DA7", "31/12/2150", date(2150, 12, 31)),
    ],
)
def test_a_day_is_read_in_either_era(number, typed, day):
    assert calendar.parse_date(typed) == day


@pytest.mark.parametrize(
    ("number", "typed", "says"),
    [
        ("DA4", "29/02/2566", DAY),
        ("DA5", "31/04/2566", DAY),
        ("DA5", "00/01/2566", DAY),
        ("DA5", "13/13/2566", DAY),
        ("DA5", "31/02/2566", DAY),
        ("DA5", "32 ม.ค. 2566", DAY),
        ("DA5", "31/04", FORM),
        ("DA6", "01/02/03", FORM),
        ("DA6", "1/2/66", FORM),
        ("DA6", "1 ม.ค. 66", FORM),
        ("DA7", "01/01/0000", YEAR),
        ("DA7", "01/01/1899", YEAR),
        ("DA7", "01/01/2200", YEAR),
        ("DA7", "01/01/2400", YEAR),
        ("DA7", "01/01/2492", YEAR),
        ("DA7", "01/01/3109", YEAR),
        ("DA7", "01/01/9999", YEAR),
        ("DA10", "45000", FORM),
        ("DA10", "ปลายเดือน", FORM),
        ("DA10", "1 ฟฟ. 2566", FORM),
        ("DA10", "", FORM),
        ("DA11", "31/01/2566 16.30", FORM),
    ],
)
def test_a_day_that_is_none_is_refused_with_what_to_do(number, typed, says):
    with pytest.raises(Refused) as refusal:
        calendar.parse_date(typed)
    assert refusal.value.message.text.startswith(says)


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_is_read_by_its_long_and_its_short_name(month):
    for name in (calendar.MONTHS_TH[month - 1], calendar.MONTHS_SHORT_TH[month - 1]):
        assert calendar.parse_date(f"15 {name} 2566") == date(2023, month, 15)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("31/03/2566 16.30", datetime(2023, 3, 31, 9, 30, tzinfo=UTC)),
        ("31/03/2566 16:30", datetime(2023, 3, 31, 9, 30, tzinfo=UTC)),
        ("31/03/2566 เวลา 16.30 น.", datetime(2023, 3, 31, 9, 30, tzinfo=UTC)),
        ("๓๑/๐๓/๒๕๖๖ ๑๖.๓๐", datetime(2023, 3, 31, 9, 30, tzinfo=UTC)),
        ("31 มี.ค. 2566 16.30 น.", datetime(2023, 3, 31, 9, 30, tzinfo=UTC)),
        ("2023-03-31T16:30", datetime(2023, 3, 31, 9, 30, tzinfo=UTC)),
        ("1 มิ.ย. 2566 0:00", datetime(2023, 5, 31, 17, 0, tzinfo=UTC)),
    ],
)
def test_a_moment_is_taken_on_the_bangkok_clock(typed, moment):
    assert calendar.parse_moment(typed) == moment


def test_a_round_that_closes_at_the_last_second_of_the_day_closes_then():
    """DA8: exact to the second."""
    assert calendar.parse_moment("31/03/2566 23:59:59") == datetime(2023, 3, 31, 16, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed", ["31/03/2566", "", "31/03/2566 24.00", "31/03/2566 23.60", "31/03/2566 1630", "31/03/2566 16:30:75"]
)
def test_a_moment_that_is_none_is_refused(typed):
    with pytest.raises(Refused) as refusal:
        calendar.parse_moment(typed)
    assert refusal.value.message.text.startswith("Type date and time")


def test_a_moment_on_a_day_that_is_none_is_refused():
    with pytest.raises(Refused, match="There is no such day"):
        calendar.parse_moment("31/04/2566 16.30")


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2023-03-31T16:30:00Z", datetime(2023, 3, 31, 16, 30, tzinfo=UTC)),
        ("2023-03-31T16:30:00+09:00", datetime(2023, 3, 31, 7, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_of_another_zone_is_never_taken_for_bangkok(typed, moment):
    """DA11: understood or refused, but never seven hours off."""
    try:
        read = calendar.parse_moment(typed)
    except Refused:
        return
    assert read == moment


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2022, 9, 30), 2565),
        (date(2022, 10, 1), 2566),
        (date(2022, 12, 31), 2566),
        (date(2023, 1, 1), 2566),
        (date(2023, 9, 30), 2566),
        (date(2023, 10, 1), 2567),
    ],
)
def test_the_fiscal_year_begins_in_october(day, year):
    """DA12."""
    assert calendar.fiscal_year_be(day) == year


def test_a_moment_without_a_zone_is_utc_as_sqlite_gives_it_back():
    assert calendar.as_utc(datetime(2023, 3, 31, 9, 30)) == datetime(2023, 3, 31, 9, 30, tzinfo=UTC)  # noqa: DTZ001
    seoul = timezone(timedelta(hours=9))
    assert calendar.as_utc(datetime(2023, 3, 31, 18, 30, tzinfo=seoul)) == datetime(2023, 3, 31, 9, 30, tzinfo=UTC)


def test_bangkok_is_seven_hours_ahead():
    local = calendar.local(datetime(2023, 3, 31, 17, 30, tzinfo=UTC))
    assert (local.day, local.month, local.hour, local.minute) == (1, 4, 0, 30)


@pytest.mark.parametrize(
    ("span", "parts"),
    [
        (timedelta(days=4, hours=2, minutes=59, seconds=59), (4, 2, 59)),
        (timedelta(hours=5, minutes=12), (0, 5, 12)),
        (timedelta(seconds=59), (0, 0, 0)),
        (timedelta(days=-1), (0, 0, 0)),
    ],
)
def test_a_span_is_told_in_days_hours_and_minutes_and_never_below_nothing(span, parts):
    assert calendar.parts_of(span) == parts


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(st.sampled_from("0123456789๐๓๒๕๖/.- :Tมกราคม.พศเวลา\n") | st.characters(), max_size=24))
def test_no_text_is_more_than_a_day_a_moment_or_a_refusal(text):
    for read in (calendar.parse_date, calendar.parse_moment):
        try:
            assert 1950 <= read(text).year <= 2150
        except Refused:
            continue


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.dates(date(1950, 1, 1), date(2150, 12, 31)))
def test_a_day_written_in_the_buddhist_era_is_read_back(day):
    assert calendar.parse_date(f"{day.day}/{day.month}/{day.year + 543}") == day
    assert calendar.parse_date(f"{day.day} {calendar.MONTHS_SHORT_TH[day.month - 1]} {day.year + 543}") == day
