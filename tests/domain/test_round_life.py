"""Where a round stands, and which steps lead on from there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.calendar import local
from app.domain.deadlines import Window
from app.domain.errors import Conflict
from app.domain.round_copy import following
from app.domain.round_life import (
    COUNT_NAMES,
    SAYS,
    SHOWS,
    STANDING_NAMES,
    STEP_NAMES,
    STEPS,
    Counts,
    Stage,
    Standing,
    Step,
    stage_after,
    standing,
    steps_from,
)

OPENS, CLOSES = datetime(2023, 3, 1, tzinfo=UTC), datetime(2023, 3, 31, tzinfo=UTC)
WINDOW = Window(OPENS, CLOSES)


@pytest.mark.parametrize(
    ("stage", "now", "expected"),
    [
        ("preparing", OPENS + timedelta(days=1), Standing.PREPARING),
        ("running", OPENS - timedelta(seconds=1), Standing.UPCOMING),
        ("running", OPENS, Standing.OPEN),
        ("running", CLOSES, Standing.CLOSED),
        ("review", OPENS, Standing.REVIEW),
        ("published", CLOSES, Standing.PUBLISHED),
        ("archived", CLOSES, Standing.ARCHIVED),
    ],
)
def test_the_clock_opens_and_closes_a_running_round_and_no_other(stage, now, expected):
    assert standing(stage, WINDOW, now) is expected


def test_the_way_leads_from_preparing_to_the_archive():
    where, way = Standing.PREPARING, []
    for step, clock in (
        (Step.ANNOUNCE, OPENS - timedelta(days=1)),
        (Step.OPEN_NOW, OPENS),
        (Step.CLOSE_NOW, CLOSES),
        (Step.BEGIN_REVIEW, CLOSES),
        (Step.PUBLISH, CLOSES),
        (Step.ARCHIVE, CLOSES),
    ):
        where = standing(stage_after(where, step), WINDOW, clock)
        way.append(where)
    assert way == [
        Standing.UPCOMING,
        Standing.OPEN,
        Standing.CLOSED,
        Standing.REVIEW,
        Standing.PUBLISHED,
        Standing.ARCHIVED,
    ]


@pytest.mark.parametrize("where", list(Standing))
@pytest.mark.parametrize("step", list(Step))
def test_a_step_that_the_table_does_not_know_is_refused(where, step):
    if (where, step) in STEPS:
        assert stage_after(where, step) in set(Stage)
    else:
        with pytest.raises(Conflict):
            stage_after(where, step)


def test_nothing_of_a_rehearsal_is_announced_reviewed_or_published():
    for where in Standing:
        assert set(steps_from(where, is_rehearsal=True)) <= {Step.CLOSE_NOW, Step.REOPEN}
    with pytest.raises(Conflict):
        stage_after(Standing.CLOSED, Step.BEGIN_REVIEW, is_rehearsal=True)


def test_every_step_says_what_it_does_and_every_standing_has_a_name():
    assert set(SAYS) == set(SHOWS) == set(STEP_NAMES) == set(Step) == {step for _, step in STEPS}
    assert set(STANDING_NAMES) == set(Standing)
    assert {key for keys in SHOWS.values() for key in keys} <= set(COUNT_NAMES) == set(Counts.__dataclass_fields__)


def test_after_six_months_come_twelve_and_after_twelve_the_next_year():
    twelve = following(2566, 6)
    assert (twelve.fiscal_year_be, twelve.months, twelve.name_th) == (2566, 12, "รอบ 12 เดือน")
    assert local(twelve.opens_at).strftime("%Y-%m-%d %H.%M") == "2023-09-01 08.30"
    six = following(2566, 12)
    assert (six.fiscal_year_be, six.months) == (2567, 6)
    assert local(six.closes_at).strftime("%Y-%m-%d %H.%M") == "2024-03-31 16.30"
