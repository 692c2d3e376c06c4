"""Meetings, and other moments, as a file for calendars: iCalendar, RFC 5545."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.calendar import as_utc

MOST_BYTES_A_LINE = 75


@dataclass(frozen=True)
class Invitation:
    """What a calendar wants to know of a meeting."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    link: str = ""
    about: str = ""


def as_icalendar(*meetings: Invitation, written_at: datetime) -> str:
    """The file's text. Moments are in UTC, so that every calendar shows them on its own clock."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//e-MES//meetings//TH", "METHOD:PUBLISH"]
    for meeting in meetings:
        lines += _event(meeting, written_at)
    lines += ["END:VCALENDAR"]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(meeting: Invitation, written_at: datetime) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{meeting.uid}",
        f"DTSTAMP:{_moment(written_at)}",
        f"DTSTART:{_moment(meeting.starts_at)}",
        f"DTEND:{_moment(meeting.ends_at)}",
        f"SUMMARY:{_text(meeting.title)}",
    ]
    lines += [
        f"{name}:{value}"
        for name, value in (
            ("LOCATION", _text(meeting.place)),
            ("DESCRIPTION", _text("\n".join(part for part in (meeting.about, meeting.link) if part))),
            ("URL", meeting.link),
        )
        if value
    ]
    return [*lines, "END:VEVENT"]


def _moment(value: datetime) -> str:
    return f"{as_utc(value):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines longer than allowed go on in the next one after a space, never inside a character."""
    parts, size = [""], 0
    for sign in line:
        width = len(sign.encode())
        if size + width > MOST_BYTES_A_LINE:
            parts.append("")
            size = 1  # the space before it
        parts[-1] += sign
        size += width
    return "\r\n ".join(parts)
