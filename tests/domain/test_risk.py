"""Which offices will not make it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.deadlines import Extended, Window
from app.domain.risk import Progress, Verdict, judge

OPENS = datetime(2023, 3, 1, 1, 30, tzinfo=UTC)
WINDOW = Window(OPENS, OPENS + timedelta(days=30))
DAY = timedelta(days=1)


def verdict(progress: Progress, day: float, window: Window = WINDOW) -> Verdict:
    return judge(progress, window, OPENS + day * DAY).verdict


def test_an_office_that_sent_everything_is_done_whenever_one_looks():
    assert {verdict(Progress(12, sent=12), day) for day in (1, 20, 40)} == {Verdict.DONE}


def test_before_half_of_the_time_nothing_is_said():
    assert verdict(Progress(12), 14.9) is Verdict.TOO_EARLY
    assert verdict(Progress(12), 15) is Verdict.SILENT


def test_what_an_office_did_so_far_goes_on_until_its_deadline():
    assert verdict(Progress(12, sent=8), 20) is Verdict.IN_TIME, "8 in 20 days, 4 in 10 more"
    assert verdict(Progress(12, sent=7), 20) is Verdict.BEHIND, "7 in 20 days, 3.5 in 10 more: 1.5 would be left"
    found = judge(Progress(12, sent=7), WINDOW, OPENS + 20 * DAY)
    assert found.shortfall == pytest.approx(1.5)
    assert found.will_not_make_it


def test_begun_reports_are_half_the_work_and_ready_ones_none():
    assert Progress(12, sent=2, ready=3, in_progress=4, returned=1).work_left == 2 + 0.5 * 5
    assert verdict(Progress(12, ready=12), 29.9) is Verdict.IN_TIME, "they only need to be sent"


def test_an_extension_moves_the_deadline_of_its_office():
    longer = WINDOW.with_extension(Extended(WINDOW.closes_at + 30 * DAY, "น้ำท่วม", "สตผ."))
    assert verdict(Progress(12, sent=6), 29) is Verdict.BEHIND
    assert verdict(Progress(12, sent=6), 29, longer) is Verdict.TOO_EARLY


def test_from_the_deadline_on_whoever_owes_is_overdue_also_before_the_closing():
    due = Window(OPENS, OPENS + timedelta(days=30), due_at=OPENS + 28 * DAY)
    assert verdict(Progress(12, sent=11, ready=1), 27.99, due) is Verdict.IN_TIME
    assert verdict(Progress(12, sent=11, ready=1), 28, due) is Verdict.OVERDUE
