"""How fast reviewing goes, how fast it must go, and a level beside the office's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.review_desk import Progress, Standing, beside_own, mean_minutes, standing

START = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
TODAY = date(2026, 12, 1)


def after(*minutes: int) -> list[datetime]:
    return [START + timedelta(minutes=minute) for minute in minutes]


@pytest.mark.parametrize(
    ("moments", "minutes"),
    [
        ([], None),
        (after(0), None),
        (after(0, 6), 6),
        (after(0, 4, 12), 6),
        (after(12, 0, 4), 6),
        (after(0, 6, 90, 100), 8),
        (after(0, 31), None),
        (after(0, 30), 30),
    ],
    ids=["nothing", "one", "two", "mean", "in any order", "a pause is left out", "only a pause", "half an hour still counts"],
)
def test_the_pace_is_the_mean_time_between_locks_without_pauses(moments, minutes):
    assert mean_minutes(moments) == minutes


@pytest.mark.parametrize(
    ("locked", "due_on", "needed"),
    [
        (0, date(2026, 12, 5), 2),
        (3, date(2026, 12, 5), 2),
        (5, date(2026, 12, 5), 1),
        (0, TODAY, 10),
        (0, date(2026, 11, 30), None),
        (0, None, None),
        (10, date(2026, 12, 5), 0),
    ],
    ids=["even", "rounded up", "one a day", "today", "the date has passed", "no date", "nothing left"],
)
def test_how_many_a_day_are_needed_today_counted(locked, due_on, needed):
    assert Progress(assigned=10, locked=locked, due_on=due_on).needed_a_day(TODAY) == needed


def test_hundred_percent_only_when_nothing_is_left():
    assert Progress(assigned=300, locked=299).percent == 99
    assert Progress(assigned=300, locked=300).percent == 100
    assert Progress().percent == 0


@pytest.mark.parametrize(
    ("level", "own", "text", "count"),
    [
        (3, 5, "%(count)d levels below the self-assessment", 2),
        (5, 4, "%(count)d levels above the self-assessment", 1),
        (4, 4, "The same as the self-assessment", None),
        (4, None, "The office did not assess itself", None),
    ],
)
def test_a_level_beside_the_self_assessment_in_words(level, own, text, count):
    said = beside_own(level, own)
    assert said.text == text
    assert said.values.get("count") == count


@pytest.mark.parametrize(
    ("state", "begun", "submitted", "in_moderation", "stands"),
    [
        ("open", False, True, False, Standing.NOT_BEGUN),
        ("open", True, True, False, Standing.BEGUN),
        ("locked", True, True, False, Standing.LOCKED),
        ("locked", True, True, True, Standing.MODERATION),
        ("open", True, False, False, Standing.RETURNED),
        ("open", True, True, True, Standing.BEGUN),
    ],
)
def test_where_a_review_stands(state, begun, submitted, in_moderation, stands):
    """That others disagree is told of a locked review alone."""
    assert standing(state, begun=begun, submitted=submitted, in_moderation=in_moderation) is stands
