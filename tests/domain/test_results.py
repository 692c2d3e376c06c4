"""What an office mends first, what it can take up, and when it may appeal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.domain.appeals import NoTerm, Term, require_change, require_open
from app.domain.errors import Refused
from app.domain.results import Advice, Finding, mend_first, nearest_level, read_reason

NOTES = {"1": {"verdict": "complete", "note": "ดีมาก"}, "2": {"verdict": "not_found", "note": "ไม่พบข้อมูลก่อน–หลัง"}}


def test_advice_is_what_is_not_complete_and_the_comment():
    found = Finding("QP-7", 4, 2, "ส่งไฟล์ใหม่", NOTES)
    assert found.advice == [Advice(2, "ไม่พบข้อมูลก่อน–หลัง"), Advice(0, "ส่งไฟล์ใหม่")]
    assert Finding("QP-7", 4, 2, " \u200b", {"2": {"verdict": "partial", "note": " "}}).advice == []


def test_issues_stand_in_the_order_of_their_numbers():
    verdicts = {"10": {"verdict": "complete", "note": ""}, "9": {"verdict": "partial", "note": "x"}}
    assert [number for number, _, _ in Finding("QP-1", 4, 4, "", verdicts).issues] == [9, 10]


@pytest.mark.parametrize(
    ("self_level", "level", "needs"),
    [
        (4, 3, True),
        (4, 4, False),
        (3, 4, False),
        (2, 2, True),
        (1, 2, True),
        (None, 3, False),
        (None, 2, True),
        (4, None, False),
    ],
)
def test_work_is_needed_below_the_own_assessment_and_where_the_level_is_low(self_level, level, needs):
    assert Finding("QP-1", self_level, level).needs_work is needs


def test_the_lowest_is_mended_first_then_the_widest_gap_then_the_most_unmet():
    many = {str(number): {"verdict": "partial", "note": "x"} for number in (1, 2)}
    findings = [
        Finding("equal", 4, 4, "x"),
        Finding("gap of one", 4, 3, "x"),
        Finding("gap of two", 5, 3, "x"),
        Finding("two unmet", 4, 3, "", many),
        Finding("low", 3, 2, "x"),
        Finding("silent", 5, 1),
    ]
    assert [finding.code for finding in mend_first(findings)] == ["low", "gap of two", "two unmet"]
    assert mend_first(findings[:1]) == []


def test_a_mean_is_named_by_the_level_it_comes_nearest_to():
    assert [nearest_level(Decimal(text)) for text in ("3.49", "3.50", "5.00")] == [3, 4, 5]
    assert nearest_level(None) is None


@pytest.mark.parametrize("text", ["", " \n\u200b", "ก" * 2001])
def test_dropping_needs_a_reason_that_can_be_read(text):
    with pytest.raises(Refused):
        read_reason(text)


def test_a_term_has_its_first_and_its_last_day():
    term = Term(date(2026, 11, 20), date(2026, 12, 3))
    days = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 12, 3), date(2026, 12, 4)]
    assert [term.is_open(day) for day in days] == [False, True, True, False]
    assert Term(None, date(2026, 12, 3)).is_open(days[0])
    assert not Term(days[0], None).is_open(days[1])


def test_outside_the_term_the_sentence_says_on_which_side():
    for day, words in ((date(2026, 11, 19), "not begun"), (date(2026, 12, 4), "over")):
        with pytest.raises(NoTerm) as refusal:
            require_open(Term(date(2026, 11, 20), date(2026, 12, 3)), day, telephone="0")
        assert words in refusal.value.message.text


@pytest.mark.parametrize("level", [None, 0, 6, 3])
def test_an_upheld_appeal_gives_another_level(level):
    with pytest.raises(Refused):
        require_change(level, 3)
    assert require_change(4, 3) == 4
