"""A meeting as a file for calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.domain.invitation import Invitation, as_icalendar

STARTS = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)
LONG = Invitation(
    uid="meeting-1@emes",
    title="ประชุมชี้แจงการรายงานผลการติดตามและประเมินผล; ครั้งที่ 1, ปี 2569",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(hours=3),
    place="ห้องประชุม \\1",
    link="https://meet.example.go.th/a",
    about="บรรทัดแรก\nบรรทัดที่สอง",
)


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_no_line_is_too_long_and_no_character_is_cut():
    text = as_icalendar(LONG, written_at=STARTS)
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "SUMMARY:ประชุมชี้แจงการรายงานผลการติดตามและประเมินผล\\; ครั้งที่ 1\\, ปี 2569" in unfolded(text)


def test_moments_are_in_utc_and_what_has_a_meaning_of_its_own_is_escaped():
    lines = unfolded(as_icalendar(LONG, written_at=STARTS))
    assert {"DTSTART:20261201T023000Z", "DTEND:20261201T053000Z", "LOCATION:ห้องประชุม \\\\1"} <= set(lines)
    assert "DESCRIPTION:บรรทัดแรก\\nบรรทัดที่สอง\\nhttps://meet.example.go.th/a" in lines


def test_what_is_not_known_is_left_out():
    text = as_icalendar(Invitation("u", "ประชุม", STARTS, STARTS + timedelta(hours=1)), written_at=STARTS)
    assert not any(name in text for name in ("LOCATION", "DESCRIPTION", "URL:"))
