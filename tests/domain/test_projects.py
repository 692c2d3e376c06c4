"""What a project must say before it is sent, where it may go from each state, and when its quarters are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain import progress, projects, sheets
from app.domain.completeness import Answers
from app.domain.deadlines import Timing
from app.domain.errors import Conflict, Refused
from app.domain.plans import PARENT_KINDS, PLAN_KIND_NAMES, PlanChoice, PlanKind, Plans
from app.domain.progress import Earlier, Period, ProgressMove, ProgressState, Standing
from app.domain.project_fields import COLUMNS, SECTION_NAMES, RowKind, Section, fields_of
from app.domain.projects import MOVES, STATE_NAMES, ProjectMove, ProjectState

ROWS = {RowKind.PERSON: [1], RowKind.INDICATOR: [1], RowKind.ACTIVITY: [1, 2]}
PLANS = Plans.of(
    [
        PlanChoice("national_strategy", "3", "ด้านทรัพยากรมนุษย์"),
        PlanChoice("national_strategy", "4", "ด้านโอกาส"),
        PlanChoice("master_issue", "11", "ประเด็น 11"),
        PlanChoice("master_issue", "12", "ประเด็น 12"),
        PlanChoice("sub_plan", "1201", "แผนย่อย", parent_code="12"),
        PlanChoice("sub_plan", "1202", "แผนย่อยที่เลิกใช้", parent_code="12", active=False),
        PlanChoice("sub_plan_target", "120101", "เป้าหมาย", parent_code="1201"),
        PlanChoice("sub_plan_target", "110101", "เป้าหมายอื่น", parent_code="1101"),
        PlanChoice("fvct", "120101V01", "องค์ประกอบ", parent_code="120101"),
    ]
)
WHOLE = {
    "name": "โครงการพัฒนาคุณภาพการอ่าน",
    "group": "กลุ่มนิเทศ ติดตามและประเมินผล",
    "starts_on": "2022-10-01",
    "ends_on": "2023-09-30",
    "budget_source": "budget_act",
    "budget": "100000",
    "strategy": "3",
    "master_issue": "12",
    "sub_plan": "1201",
    "sub_plan_target": "120101",
    "objectives": "เพื่อให้นักเรียนอ่านออก",
    "person.1.name": "ผู้รับผิดชอบ สาธิต",
    "indicator.1.name": "ร้อยละของนักเรียนที่อ่านออก",
    "indicator.1.unit": "ร้อยละ",
    "indicator.1.target": "80",
    "activity.1.name": "อบรมครู",
    "activity.1.starts_on": "2022-11-01",
    "activity.1.ends_on": "2022-12-31",
    "activity.1.weight": "40",
    "activity.2.name": "นิเทศติดตาม",
    "activity.2.starts_on": "2023-01-01",
    "activity.2.ends_on": "2023-08-31",
    "activity.2.weight": "60",
    "plan_q1": "40000",
    "plan_q2": "20000",
    "plan_q3": "20000",
    "plan_q4": "20000",
}


def missing(rows=None, **changes: str | None) -> dict[str, str]:
    values = WHOLE | {key.replace("__", "."): value for key, value in changes.items()}
    asked = projects.asked(2566, ROWS if rows is None else rows, PLANS)
    return {item.key: item.message.text for item in asked.missing(Answers(values, {}))}


def test_a_whole_project_lacks_nothing():
    assert missing() == {}


def test_every_required_field_is_missed_where_it_is_empty():
    required = {one.key for one in fields_of(ROWS) if one.required}
    empty = projects.asked(2566, ROWS, PLANS).missing(Answers({}, {}))
    assert {item.key for item in empty} == required
    assert len(required) > 20
    assert list(projects.missing_by_section(empty)) == [
        section for section in Section if any(item.section == section for item in empty)
    ]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"ends_on": "2022-09-30"}, "ends_on"),
        ({"starts_on": "2022-09-30"}, "starts_on"),
        ({"ends_on": "2023-10-01"}, "ends_on"),
        ({"first_year": "2567"}, "first_year"),
        ({"last_year": "2565"}, "first_year"),
        ({"sub_plan": "1201", "master_issue": "11"}, "sub_plan"),
        ({"sub_plan_target": "110101"}, "sub_plan_target"),
        ({"strategy_second": "3"}, "strategy_second"),
        ({"activity__1__ends_on": "2022-10-01"}, "activity.1.ends_on"),
        ({"activity__1__starts_on": "2022-09-01"}, "activity.1.starts_on"),
        ({"activity__2__ends_on": "2023-10-05"}, "activity.2.ends_on"),
        ({"activity__2__weight": "59.99"}, "activity.2.weight"),
        ({"plan_q4": "20000.01"}, "plan_q4"),
        ({"activity__1__budget": "100000.5"}, "budget"),
    ],
)
def test_what_does_not_fit_together_is_named_at_its_place(changes, where):
    assert where in missing(**changes)


def test_a_fiscal_year_is_chosen_from_those_around():
    readers = projects.asked(2566, ROWS, PLANS).readers()
    assert readers["last_year"]("๒๕๗๐") == "2570"
    for typed in ("2500", "999999999999999", "2566.5"):
        with pytest.raises(Refused):
            readers["last_year"](typed)


def test_a_project_of_several_years_may_run_beyond_its_fiscal_year():
    assert missing(last_year="2567", ends_on="2024-09-30") == {}
    assert "ends_on" in missing(last_year="2567", ends_on="2024-10-01")


def test_a_project_without_rows_is_asked_for_one_of_each():
    found = missing(rows={})
    assert {"add.person", "add.indicator", "add.activity"} <= found.keys()


def test_only_what_is_in_use_can_be_chosen_and_what_was_chosen_stays_on_offer():
    readers = projects.asked(2566, ROWS, PLANS).readers()
    assert readers["sub_plan"]("1201") == "1201"
    with pytest.raises(Refused):
        readers["sub_plan"]("1202")
    groups = PLANS.groups(PlanKind.SUB_PLAN)
    assert [(above.code, [item.code for item in items]) for above, items in groups] == [("12", ["1201"])]
    assert [item.code for _, items in PLANS.groups(PlanKind.SUB_PLAN, "1202") for item in items] == ["1201", "1202"]
    assert PLANS.groups(PlanKind.NATIONAL_STRATEGY)[0][0] is None


def test_every_state_move_section_and_kind_has_its_words():
    assert set(STATE_NAMES) == set(ProjectState)
    assert set(progress.STATE_NAMES) == set(ProgressState)
    assert set(SECTION_NAMES) == set(Section)
    assert set(PLAN_KIND_NAMES) == set(PlanKind)
    assert set(PARENT_KINDS.values()) <= set(PlanKind)
    assert set(COLUMNS) == set(RowKind)
    assert {move for _, move in MOVES} == set(ProjectMove)
    assert all(len(one.key) <= 60 for one in fields_of({kind: [999] for kind in RowKind}))


@pytest.mark.parametrize("state", ProjectState)
@pytest.mark.parametrize("move", ProjectMove)
def test_a_move_leads_where_the_table_says_or_nowhere(state, move):
    if (state, move) in MOVES:
        assert sheets.next_state(MOVES, state, move) in set(ProjectState)
    else:
        with pytest.raises(Conflict):
            sheets.next_state(MOVES, state, move)


def test_approved_and_cancelled_projects_come_back_only_by_being_reopened():
    assert {move for state, move in MOVES if state == ProjectState.CANCELLED} == {ProjectMove.REOPEN}
    assert {move for state, move in MOVES if state == ProjectState.APPROVED} == {ProjectMove.REOPEN, ProjectMove.CANCEL}


# --- quarters ------------------------------------------------------------------------------------------------------------------

QUARTER = {
    "activity.1.percent": "100",
    "activity.2.percent": "10",
    "indicator.1.result": "20",
    "paid": "30000",
    "overall": "under_way",
}
DUE = datetime(2023, 1, 30, 9, 30, tzinfo=UTC)
PERIOD = Period(1, DUE - timedelta(days=29), DUE)


def lacking(earlier: Earlier | None = None, **changes: str | None) -> dict[str, str]:
    values = QUARTER | {key.replace("__", "."): value for key, value in changes.items()}
    return {item.key: item.message.text for item in progress.asked([1, 2], [1], earlier).missing(Answers(values, {}))}


def test_a_whole_quarter_lacks_nothing_and_an_empty_one_everything_required():
    assert lacking() == {}
    empty = progress.asked([1, 2], [1], None).missing(Answers({}, {}))
    assert {item.key for item in empty} == set(QUARTER)


def test_less_than_the_quarter_before_needs_a_reason():
    before = Earlier(1, {1: Decimal(100), 2: Decimal(30)})
    assert set(lacking(before)) == {"activity.2.why_less"}
    assert lacking(before, activity__2__why_less="เลื่อนการนิเทศ") == {}
    assert lacking(Earlier(1, {})) == {}


def test_the_money_of_the_activities_adds_up_where_all_say_theirs():
    assert lacking(activity__1__paid="1") == {}
    assert set(lacking(activity__1__paid="1", activity__2__paid="2")) == {"paid"}
    assert lacking(activity__1__paid="10000", activity__2__paid="20000") == {}


def test_completed_means_every_activity_and_a_delay_is_explained():
    assert set(lacking(overall="done")) == {"overall"}
    assert lacking(overall="done", activity__2__percent="100") == {}
    assert set(lacking(overall="late")) == {"problems"}


def test_a_late_report_is_taken_and_marked():
    assert PERIOD.timing(DUE - timedelta(seconds=1)) is Timing.ON_TIME
    assert PERIOD.timing(DUE) is Timing.LATE


@pytest.mark.parametrize(
    ("state", "is_asked", "moment", "wanted"),
    [
        (None, True, DUE - timedelta(days=40), Standing.NOT_OPEN),
        (None, True, DUE - timedelta(days=1), Standing.OWED),
        ("draft", True, DUE - timedelta(days=1), Standing.DRAFT),
        ("draft", True, DUE, Standing.OVERDUE),
        ("returned", True, DUE - timedelta(days=1), Standing.RETURNED),
        ("sent", True, DUE, Standing.SENT),
        ("checked", False, DUE, Standing.CHECKED),
        (None, False, DUE, Standing.NOT_ASKED),
    ],
)
def test_a_quarter_stands_where_state_and_clock_say(state, is_asked, moment, wanted):
    assert progress.standing(state, PERIOD, moment, is_asked=is_asked) is wanted


def test_a_year_without_set_times_has_the_usual_ones():
    found = progress.periods_of(2566, [PERIOD])
    assert found[1] is PERIOD
    assert found[2].due_at.astimezone(UTC) == datetime(2023, 4, 30, 9, 30, tzinfo=UTC)
    assert found[4].due_at.astimezone(UTC) == datetime(2023, 10, 30, 9, 30, tzinfo=UTC)
    assert sheets.next_state(progress.MOVES, ProgressState.CHECKED, ProgressMove.RETURN) == ProgressState.RETURNED
