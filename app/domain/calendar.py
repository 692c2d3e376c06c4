"""Fiscal years, Buddhist-era years and the Bangkok clock. Moments are kept in UTC; only the edges speak Thai."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.errors import N_, Refused
from app.domain.thai import ascii_digits

BUDDHIST_ERA_OFFSET = 543

MONTHS_TH = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
]
MONTHS_SHORT_TH = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
WEEKDAYS_TH = ["จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์"]

_MONTH_BY_NAME = {
    name.replace(".", "").replace(" ", ""): number
    for names in (MONTHS_TH, MONTHS_SHORT_TH)
    for number, name in enumerate(names, start=1)
}


_zone = ZoneInfo("Asia/Bangkok")


def use_zone(name: str) -> None:
    """Set the zone of the wall clock for the whole process: EMES_TIMEZONE, once, at start."""
    global _zone
    _zone = ZoneInfo(name)


def zone() -> ZoneInfo:
    """The zone of the wall clock: Bangkok, unless set otherwise."""
    return _zone


def fiscal_year_be(day: date) -> int:
    """The Thai fiscal year a day falls in, Buddhist era: 1 October opens the next. Source: conventions §1."""
    return day.year + BUDDHIST_ERA_OFFSET + (1 if day.month >= 10 else 0)


def fiscal_year_bounds(year_be: int) -> tuple[datetime, datetime]:
    """When a Thai fiscal year begins, and when the next one does."""
    year = year_be - BUDDHIST_ERA_OFFSET
    return datetime(year - 1, 10, 1, tzinfo=_zone), datetime(year, 10, 1, tzinfo=_zone)


def as_utc(moment: datetime) -> datetime:
    """A moment with its zone; a naive one is taken as UTC, which is how SQLite gives it back."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def local(moment: datetime) -> datetime:
    """The same moment on the wall clock."""
    return as_utc(moment).astimezone(_zone)


def parse_date(text: str) -> date:
    """A day typed by a Thai officer: 31/01/2566, 31 ม.ค. 2566, ๓๑/๐๑/๒๕๖๖ or 2023-01-31.

    A year above 2400 is Buddhist, below 2200 Gregorian; two-digit years are refused as ambiguous.
    Raises Refused with a sentence."""
    cleaned = ascii_digits(text).strip()
    if match := re.fullmatch(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})", cleaned):
        day, month, year = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", cleaned):
        year, month, day = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})\s*([ก-๙.\s]+?)\s*(?:พ\.?ศ\.?)?\s*(\d{4})", cleaned):
        named = _MONTH_BY_NAME.get(re.sub(r"[.\s]", "", match.group(2)))
        if named is None:
            raise Refused(N_("Type the date as day/month/year, for example 31/01/2566"))
        day, month, year = int(match.group(1)), named, int(match.group(3))
    else:
        raise Refused(N_("Type the date as day/month/year, for example 31/01/2566"))
    if year > 2400:
        year -= BUDDHIST_ERA_OFFSET
    if not 1950 <= year <= 2150:
        raise Refused(N_("The year must be a Buddhist year such as 2566 or a common-era year such as 2023"))
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused(N_("There is no such day in the calendar")) from None


def parse_moment(text: str) -> datetime:
    """A day and a time on the Bangkok clock, as in '31/03/2566 16.30'; the answer is in UTC. Raises Refused."""
    cleaned = ascii_digits(text).replace("เวลา", " ").replace("น.", "").strip()
    match = re.fullmatch(r"(.+?)[\sT]+(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?", cleaned)
    if not match:
        raise Refused(N_("Type date and time, for example 31/03/2566 16.30"))
    hour, minute, second = (int(match.group(place) or 0) for place in (2, 3, 4))
    if hour > 23 or minute > 59 or second > 59:
        raise Refused(N_("Type date and time, for example 31/03/2566 16.30"))
    day = parse_date(match.group(1))
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=_zone).astimezone(UTC)


def parts_of(span: timedelta) -> tuple[int, int, int]:
    """Days, hours and minutes of a span; never negative."""
    minutes = max(0, int(span.total_seconds() // 60))
    return minutes // 1440, minutes % 1440 // 60, minutes % 60
