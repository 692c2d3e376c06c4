"""How moments, numbers, sizes and telephone numbers are written for people: the only template filters.

The Buddhist era exists here and in `domain.calendar` alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask, g, has_app_context
from flask_babel import get_locale, gettext

from app.domain import calendar
from app.domain.people import phone_for_people

_MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS_EN = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def language() -> str:
    """'th' or 'en': the language of this page."""
    # The library keeps it here once it was asked; asking it for each of some hundred words of a page costs more than the words.
    known = getattr(g.get("_flask_babel"), "babel_locale", None) if has_app_context() else None
    locale = known or get_locale()
    return locale.language if locale else "th"


def localized(row: Any, field: str) -> str:
    """A field kept in two languages, in the reader's; the other one where it is empty."""
    first, second = ("en", "th") if language() == "en" else ("th", "en")
    return getattr(row, f"{field}_{first}", "") or getattr(row, f"{field}_{second}", "") or ""


def frozen(row: Mapping[str, str], field: str) -> str:
    """The same for what was put on record as plain data: {'name_th': …, 'name_en': …}."""
    first, second = ("en", "th") if language() == "en" else ("th", "en")
    return row.get(f"{field}_{first}") or row.get(f"{field}_{second}") or ""


def in_language(names: Mapping[str, str]) -> str:
    """One of {'th': …, 'en': …}."""
    return names[language()]


def day(value: date | datetime | None) -> str:
    """'31 มี.ค. 2566' or '31 Mar 2023'; a moment is taken on the Bangkok clock."""
    if value is None:
        return "–"
    value = calendar.local(value) if isinstance(value, datetime) else value
    if language() == "en":
        return f"{value.day} {_MONTHS_EN[value.month - 1][:3]} {value.year}"
    return f"{value.day} {calendar.MONTHS_SHORT_TH[value.month - 1]} {value.year + calendar.BUDDHIST_ERA_OFFSET}"


def month(first: date) -> str:
    """'มีนาคม 2566' or 'March 2023'."""
    if language() == "th":
        return f"{calendar.MONTHS_TH[first.month - 1]} {first.year + calendar.BUDDHIST_ERA_OFFSET}"
    return f"{_MONTHS_EN[first.month - 1]} {first.year}"


def day_without_year(value: date | datetime) -> str:
    """'31 มี.ค.' or '31 Mar'."""
    return day(value).rsplit(" ", 1)[0]


def clock(value: datetime) -> str:
    """'16.30 น.' or '16:30', Bangkok."""
    local = calendar.local(value)
    return f"{local:%H:%M}" if language() == "en" else f"{local.hour:02}.{local.minute:02} น."


def moment(value: datetime | None) -> str:
    """'31 มี.ค. 2566 16.30 น.'"""
    return "–" if value is None else f"{day(value)} {clock(value)}"


def weekday_moment(value: datetime) -> str:
    """'ศุกร์ 31 มี.ค. 2566 เวลา 16.30 น.' or 'Fri 31 Mar 2023, 16:30': where a deadline matters."""
    local = calendar.local(value)
    if language() == "en":
        return f"{_WEEKDAYS_EN[local.weekday()]} {day(value)}, {clock(value)}"
    return f"{calendar.WEEKDAYS_TH[local.weekday()]} {day(value)} เวลา {clock(value)}"


def ago(value: datetime, now: datetime) -> str:
    """'วันนี้ 14.32 น.' for today, else day and time."""
    if calendar.local(value).date() == calendar.local(now).date():
        return gettext("today %(time)s", time=clock(value))
    return f"{day_without_year(value)} {clock(value)}"


def span(value: timedelta) -> str:
    """'4 วัน 2 ชม.', '5 ชม. 12 นาที', '12 นาที'."""
    days, hours, minutes = calendar.parts_of(value)
    if days:
        return gettext("%(days)d days %(hours)d h", days=days, hours=hours)
    if hours:
        return gettext("%(hours)d h %(minutes)d min", hours=hours, minutes=minutes)
    return gettext("%(minutes)d min", minutes=minutes)


def number(value: Decimal | int | float | str | None) -> str:
    """'1,234.5'; nothing for nothing."""
    if value is None or value == "":
        return ""
    figure = Decimal(str(value))
    text = f"{figure:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def size(value: int) -> str:
    """'0.6 MB', '48 KB'."""
    if value >= 1024 * 1024 / 10:
        return f"{value / 1024 / 1024:.1f} MB"
    return f"{max(1, round(value / 1024))} KB"


def phone(value: str) -> str:
    return phone_for_people(value)


def local_input(value: datetime | None) -> str:
    """A moment as it is typed: '31/03/2566 16.30'."""
    if value is None:
        return ""
    local = calendar.local(value)
    clock_time = f"{local:%H.%M.%S}" if local.second else f"{local:%H.%M}"
    return f"{local.day:02}/{local.month:02}/{local.year + calendar.BUDDHIST_ERA_OFFSET} {clock_time}"


def day_input(value: date | None) -> str:
    """A day as it is typed: '31/03/2566'."""
    return "" if value is None else f"{value.day:02}/{value.month:02}/{value.year + calendar.BUDDHIST_ERA_OFFSET}"


def as_day(value: str) -> date:
    """A day as fields keep it, '2023-01-31', as a day."""
    return date.fromisoformat(value)


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Line/", "LINE"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def browser(user_agent: str) -> str:
    """'Chrome · Windows' of what a browser says of itself: enough to know one's own."""
    names = [next((name for mark, name in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS)]
    return " · ".join(name for name in names if name)


_FILTERS = (
    browser,
    localized,
    frozen,
    in_language,
    day,
    day_without_year,
    clock,
    moment,
    weekday_moment,
    ago,
    span,
    number,
    size,
    phone,
    local_input,
    day_input,
    as_day,
)


def init_app(app: Flask) -> None:
    """Register the filters."""
    for function in _FILTERS:
        app.jinja_env.filters[function.__name__] = function
