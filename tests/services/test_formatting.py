"""Moments, figures and sizes as people read them, in Thai and in English."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from flask_babel import force_locale

from app import formatting
from app.domain import calendar

CLOSING = datetime(2023, 3, 31, 9, 30, tzinfo=UTC)
LATE = datetime(2023, 3, 31, 17, 30, tzinfo=UTC)


@pytest.fixture(params=["th", "en"])
def language(request, app):
    with app.test_request_context(), force_locale(request.param):
        yield request.param


@pytest.mark.parametrize(
    ("write", "value", "th", "en"),
    [
        (formatting.day, date(2023, 1, 31), "31 ม.ค. 2566", "31 Jan 2023"),
        (formatting.day, LATE, "1 เม.ย. 2566", "1 Apr 2023"),
        (formatting.day, None, "–", "–"),
        (formatting.day_without_year, CLOSING, "31 มี.ค.", "31 Mar"),
        (formatting.clock, CLOSING, "16.30 น.", "16:30"),
        (formatting.clock, LATE, "00.30 น.", "00:30"),
        (formatting.moment, CLOSING, "31 มี.ค. 2566 16.30 น.", "31 Mar 2023 16:30"),
        (formatting.moment, None, "–", "–"),
        (formatting.weekday_moment, CLOSING, "ศุกร์ 31 มี.ค. 2566 เวลา 16.30 น.", "Fri 31 Mar 2023, 16:30"),
        (formatting.weekday_moment, LATE, "เสาร์ 1 เม.ย. 2566 เวลา 00.30 น.", "Sat 1 Apr 2023, 00:30"),
        (formatting.number, Decimal("1234567.50"), "1,234,567.5", "1,234,567.5"),
        (formatting.number, 0, "0", "0"),
        (formatting.number, "1000", "1,000", "1,000"),
        (formatting.number, None, "", ""),
        (formatting.number, "", "", ""),
        (formatting.size, 1, "1 KB", "1 KB"),
        (formatting.size, 48 * 1024, "48 KB", "48 KB"),
        (formatting.size, 650_000, "0.6 MB", "0.6 MB"),
        (formatting.size, 300 * 1024 * 1024, "300.0 MB", "300.0 MB"),
        (formatting.phone, "022885867", "0 2288 5867", "0 2288 5867"),
        (formatting.day_input, date(2023, 1, 31), "31/01/2566", "31/01/2566"),
        (formatting.day_input, None, "", ""),
        (formatting.local_input, LATE, "01/04/2566 00.30", "01/04/2566 00.30"),
        (formatting.local_input, None, "", ""),
        (formatting.in_language, {"th": "ไทย", "en": "English"}, "ไทย", "English"),
    ],
)
def test_it_is_written_for_the_reader(language, write, value, th, en):
    """DA3, DA8."""
    assert write(value) == {"th": th, "en": en}[language]


@pytest.mark.parametrize("moment", [CLOSING, LATE, datetime(2026, 12, 31, 17, 0, tzinfo=UTC)])
def test_a_moment_in_a_form_is_read_back_as_it_was(moment):
    assert calendar.parse_moment(formatting.local_input(moment)) == moment


def test_a_moment_of_whole_seconds_in_a_form_is_read_back_as_it_was():
    """DA8: a form that is saved unchanged does not move the deadline."""
    last_second = datetime(2023, 3, 31, 16, 59, 59, tzinfo=UTC)
    assert calendar.parse_moment(formatting.local_input(last_second)) == last_second


def test_a_day_in_a_form_is_read_back_as_it_was():
    assert calendar.parse_date(formatting.day_input(date(2024, 2, 29))) == date(2024, 2, 29)


def test_a_span_names_its_two_greatest_units(language):
    spans = [timedelta(days=4, hours=2, minutes=9), timedelta(hours=5, minutes=12), timedelta(minutes=12, seconds=59)]
    figures = [[int(word) for word in formatting.span(span).split() if word.isdigit()] for span in spans]
    assert figures == [[4, 2], [5, 12], [12]]


def test_what_happened_today_is_told_by_the_clock_of_bangkok(language):
    now = datetime(2023, 3, 31, 18, 0, tzinfo=UTC)
    assert formatting.clock(LATE) in formatting.ago(LATE, now)
    assert formatting.day_without_year(CLOSING) not in formatting.ago(LATE, now)
    assert formatting.ago(CLOSING, now) == f"{formatting.day_without_year(CLOSING)} {formatting.clock(CLOSING)}"


def test_a_text_that_is_empty_in_one_language_is_shown_in_the_other(language):
    both = SimpleNamespace(name_th="ไทย", name_en="English")
    assert formatting.localized(both, "name") == {"th": "ไทย", "en": "English"}[language]
    assert formatting.localized(SimpleNamespace(name_th="ไทย", name_en=""), "name") == "ไทย"
    assert formatting.localized(SimpleNamespace(name_th="", name_en="English"), "name") == "English"
    assert formatting.localized(SimpleNamespace(name_th="", name_en=""), "name") == ""


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "Edge · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet · Android"),
        ("curl/8.0", ""),
    ],
)
def test_a_browser_is_named_as_its_owner_would_name_it(user_agent, name):
    assert formatting.browser(user_agent) == name
