"""What an office is asked in an inspection, and the states of its report, its issues and its recommendations."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain import inspections, recommendations
from app.domain.completeness import Answers
from app.domain.errors import Conflict, Refused
from app.domain.inspections import ENTRY_MOVES, REPORT_MOVES, EntryMove, EntryState, ReportMove, ReportState, Timing
from app.domain.recommendations import MOVES, Move, State
from app.domain.sheets import next_state

DUE = datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
COMPLETE = {
    "count_all": "12",
    "count_done": "9",
    "result": "ดำเนินการแล้ว",
    "no_problems": "true",
    "reporter_name": "ก ข",
    "reporter_position": "ศึกษานิเทศก์",
    "reporter_phone": "022885867",
}


def missing(**changed: str | None) -> list[str]:
    asked = inspections.asked_of_issue(asks_counts=True)
    return [item.key for item in asked.missing(Answers(COMPLETE | changed, {}))]


def test_an_issue_with_figures_result_and_reporter_is_complete():
    assert missing() == []


@pytest.mark.parametrize("key", ["count_all", "count_done", "result", "reporter_name", "reporter_position", "reporter_phone"])
def test_what_an_issue_lacks_is_named(key):
    assert missing(**{key: None}) == [key]


def test_problems_are_written_or_it_is_said_that_there_are_none():
    assert missing(no_problems=None) == ["problems"]
    assert missing(no_problems=None, problems="ครูไม่ครบชั้น") == []


def test_more_cannot_be_done_than_there_is():
    assert missing(count_done="13") == ["count_done"]
    assert missing(count_all="0", count_done="0") == []


def test_an_issue_without_figures_asks_for_none():
    asked = inspections.asked_of_issue(asks_counts=False)
    assert {"count_all", "count_done"}.isdisjoint(field.key for field in asked.fields)


@pytest.mark.parametrize(
    ("whole", "done", "percent"),
    [
        ("12", "9", "75.00"),
        ("3", "1", "33.33"),
        ("1000", "999.999", "99.99"),
        ("0", "0", None),
        ("5", "6", None),
        ("5", None, None),
    ],
)
def test_the_percent_is_computed_from_what_was_typed(whole, done, percent):
    values = {key: value for key, value in {"count_all": whole, "count_done": done}.items() if value is not None}
    assert inspections.percent_done(values) == (None if percent is None else Decimal(percent))


def test_the_letter_is_asked_once_the_director_endorsed_and_the_visit_always():
    def keys(state):
        return {field.key for field in inspections.asked_of_report(state).fields}

    for state in ReportState:
        assert "visit_from" in keys(state)
        assert ("letter_number" in keys(state)) == (state == ReportState.ENDORSED)
    assert "summary" in keys(ReportState.GATHERING)
    assert "summary" not in keys(ReportState.SENT)
    assert ReportState.PROPOSED not in inspections.asked_of_report(ReportState.PROPOSED).editable


def test_a_visit_does_not_end_before_it_begins():
    asked = inspections.asked_of_report(ReportState.SENT)
    days = {"visit_from": "2026-12-10", "visit_to": "2026-12-09"}
    assert [item.key for item in asked.missing(Answers(days, {}))] == ["visit_to"]


def test_what_is_sent_after_its_day_is_late():
    assert inspections.timing(DUE, DUE) is Timing.ON_TIME
    assert inspections.timing(DUE + timedelta(seconds=1), DUE) is Timing.LATE


@pytest.mark.parametrize(
    ("code", "fits"),
    [("2566-1", True), ("1.1", True), ("A-1", True), ("report.pdf", False), ("", False), ("ก1", False), ("1/2", False)],
)
def test_a_code_can_stand_in_an_address_and_takes_no_pages_name(code, fits):
    assert inspections.is_code(code) is fits


REPORT_PATHS = {
    "usual": (["propose", "endorse", "send"], ReportState.SENT),
    "withdrawn": (["propose", "withdraw"], ReportState.GATHERING),
    "returned and proposed again": (["propose", "return", "propose"], ReportState.PROPOSED),
    "taken up before it is sent": (["propose", "endorse", "reopen"], ReportState.RETURNED),
    "taken up after it was sent": (["propose", "endorse", "send", "reopen", "propose"], ReportState.PROPOSED),
}


@pytest.mark.parametrize(("moves", "ends"), REPORT_PATHS.values(), ids=REPORT_PATHS)
def test_a_report_goes_from_hand_to_hand(moves, ends):
    state: str = ReportState.GATHERING
    for which in moves:
        state = next_state(REPORT_MOVES, state, which)
    assert state == ends


@pytest.mark.parametrize(
    ("table", "states", "moves"),
    [(REPORT_MOVES, ReportState, ReportMove), (ENTRY_MOVES, EntryState, EntryMove), (MOVES, State, Move)],
    ids=["report", "issue", "recommendation"],
)
def test_a_move_that_the_table_does_not_know_is_refused(table, states, moves):
    for state in states:
        for which in moves:
            if (state, which) in table:
                assert next_state(table, state, which) in set(states)
            else:
                with pytest.raises(Conflict):
                    next_state(table, state, which)


def test_every_move_of_every_table_is_reachable():
    for table, begin in ((REPORT_MOVES, ReportState.GATHERING), (ENTRY_MOVES, EntryState.DRAFT), (MOVES, State.ACKNOWLEDGED)):
        reached, grew = {str(begin)}, True
        while grew:
            more = {str(to) for (start, _), to in table.items() if str(start) in reached} - reached
            reached |= more
            grew = bool(more)
        assert {str(start) for start, _ in table} <= reached


def test_an_answer_says_what_was_done_or_why_nothing_can_be():
    assert [item.key for item in recommendations.lacking(Move.FINISH, {})] == ["response"]
    assert [item.key for item in recommendations.lacking(Move.REFUSE, {"response": "x"})] == ["cannot_reason"]
    assert not list(recommendations.lacking(Move.START, {}))


def test_an_answer_is_overdue_after_its_day_and_due_soon_before_it():
    day = date(2026, 12, 10)
    assert not recommendations.is_overdue(State.IN_PROGRESS, day, day)
    assert recommendations.is_overdue(State.IN_PROGRESS, day, day + timedelta(days=1))
    assert not recommendations.is_overdue(State.DONE, day, day + timedelta(days=1))
    assert not recommendations.is_overdue(State.IN_PROGRESS, None, day)
    assert [recommendations.is_due_soon(State.ACKNOWLEDGED, day, day - timedelta(days=n)) for n in (4, 3, 0, -1)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_recommendation_says_something_and_is_answered_after_it_came():
    with pytest.raises(Refused):
        recommendations.wording("  ")
    with pytest.raises(Refused):
        recommendations.wording("ก" * (recommendations.MOST_TEXT + 1))
    with pytest.raises(Refused):
        recommendations.check_days(date(2026, 12, 2), date(2026, 12, 1))


def test_every_state_has_a_name_and_a_badge_of_its_own():
    parts = (Path(__file__).parents[2] / "app/templates/inspections/_parts.html").read_text("utf-8")
    for kind, states, names in (
        ("report", ReportState, inspections.REPORT_STATE_NAMES),
        ("issue", EntryState, inspections.ENTRY_STATE_NAMES),
        ("recommendation", State, recommendations.STATE_NAMES),
    ):
        line = next(line for line in parts.splitlines() if line.strip().startswith(f"'{kind}': {{"))
        badges = re.findall(r"'(\w+)': \('\w*', '([\w-]+)'\)", line)
        assert sorted(state for state, _ in badges) == sorted(states) == sorted(names), kind
        assert len({icon for _, icon in badges}) == len(states), kind
