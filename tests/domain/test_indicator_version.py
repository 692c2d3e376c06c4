"""What an edit of an indicator changes for those who report on it."""

from __future__ import annotations

import pytest

from app.domain.indicator_version import changes

ASKED = {
    "parts": [{"code": "QP", "asks_challenge": "yes", "active": "yes"}],
    "indicators": [{"part": "QP", "code": "1", "text_th": "ร้อยละของสถานศึกษา", "sort_order": "1", "active": "yes"}],
    "criteria": [
        {"indicator": "QP-1", "number": "1", "text_th": "มีแผน", "min_files": "1", "is_illustrative": "yes", "active": "yes"},
        {"indicator": "QP-1", "number": "2", "text_th": "มีผล", "min_files": "1", "is_illustrative": "yes", "active": "yes"},
    ],
    "levels": [{"indicator": "QP-1", "level": "5", "text_th": "ครบทุกข้อ"}],
    "quantities": [],
}


def edited(kind, place, **cells):
    rows = [dict(row) for row in ASKED[kind]]
    rows[place] |= cells
    return ASKED | {kind: rows}


def told(after, before=ASKED):
    return [
        (step.what.value, step.kind.key, step.name, [(one.column.key, one.old, one.new) for one in step.differences])
        for step in changes(before, after)
    ]


def test_the_same_is_no_change():
    assert told(ASKED) == []


@pytest.mark.parametrize("cells", [{"sort_order": "9"}, {"is_illustrative": "no"}, {"confidence": "certain"}])
def test_what_no_office_sees_is_no_change(cells):
    assert told(edited("criteria", 0, **cells)) == []
    assert told(edited("indicators", 0, **cells)) == []


def test_a_reworded_issue_is_told_cell_by_cell():
    assert told(edited("criteria", 1, text_th="มีผลและขยายผล", min_files="2")) == [
        ("changed", "criteria", "2", [("text_th", "มีผล", "มีผลและขยายผล"), ("min_files", "1", "2")])
    ]


def test_out_of_use_is_taken_away_and_into_use_is_new():
    without = edited("criteria", 1, active="no")
    assert [row[:3] for row in told(without)] == [("retired", "criteria", "2")]
    assert [row[:3] for row in told(ASKED, without)] == [("new", "criteria", "2")]
    assert told(edited("criteria", 1, active="no", text_th="ใหม่"), without) == [], "nobody sees it"


def test_a_part_that_no_longer_asks_for_a_challenge_changes_its_indicators():
    assert told(edited("parts", 0, asks_challenge="no")) == [("changed", "parts", "QP", [("asks_challenge", "yes", "no")])]
