"""What both comparators hold: rounds × offices × indicators reports of seven fields in Thai, two evidence rows each, and people.

Imports nothing but the standard library: it runs in the comparators' environments."""

from __future__ import annotations

from collections.abc import Iterator

PASSWORD = "emes-demo-2566"  # noqa: S105 - made up
PEOPLE = 8
PROBLEMS = "โรงเรียนขนาดเล็กในพื้นที่ห่างไกลมีครูไม่ครบชั้น ต้องใช้การเรียนรวม " * 6
STATES = ("submitted", "draft", "returned")
FIELDS = {
    "problems": PROBLEMS,
    "suggestions": "ขอให้ส่วนกลางจัดอบรมการใช้แบบรายงานก่อนเปิดรอบอย่างน้อยสองสัปดาห์",
    "self_level": 4,
    "total": 120,
    "reporter_name": "ผู้รายงานวัดสมรรถนะ",
    "reporter_position": "นักวิชาการศึกษาชำนาญการพิเศษ",
    "reporter_phone": "044123456",
}


def reports(rounds: int, areas: int, indicators: int) -> Iterator[tuple[int, int, int]]:
    """Round, office and indicator of each report, by number from 1."""
    for found in range(1, rounds + 1):
        for area in range(1, areas + 1):
            for indicator in range(1, indicators + 1):
                yield found, area, indicator


def evidence_name(report: int, issue: int) -> str:
    return f"evidence/order-{report}-{issue}.pdf"
