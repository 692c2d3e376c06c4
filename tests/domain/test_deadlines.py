"""When a round takes reports: its own closing moment is already too late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain import deadlines
from app.domain.deadlines import Extended, Phase, Timing, Window
from app.domain.errors import RoundClosed

BANGKOK = ZoneInfo("Asia/Bangkok")


OPENS = datetime(2023, 3, 1, 8, 30, tzinfo=BANGKOK)
CLOSES = datetime(2023, 3, 31, 23, 59, 59, tzinfo=BANGKOK)
WINDOW = Window(OPENS, CLOSES)
STRICT = Window(OPENS, CLOSES, grace=timedelta(0))

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
MOMENTS = [
    (OPENS - SECOND, Phase.UPCOMING),
    (OPENS, Phase.OPEN),
    (CLOSES - SECOND, Phase.OPEN),
    (CLOSES - timedelta(microseconds=1), Phase.OPEN),
    (CLOSES, Phase.CLOSED),
    (CLOSES + SECOND, Phase.CLOSED),
    (datetime(2023, 3, 31, 16, 59, 58, tzinfo=UTC), Phase.OPEN),
    (datetime(2023, 3, 31, 16, 59, 59, tzinfo=UTC), Phase.CLOSED),
    (datetime(2023, 3, 1, 1, 29, 59), Phase.UPCOMING),  # noqa: DTZ001
    (datetime(2023, 3, 1, 1, 30), Phase.OPEN),  # noqa: DTZ001
]


@pytest.mark.parametrize(("now", "phase"), MOMENTS)
def test_the_phase_is_exact_to_the_second_and_in_bangkok(now, phase):
    """DA8."""
    assert deadlines.phase(WINDOW, now) is phase


@pytest.mark.parametrize(("now", "phase"), MOMENTS)
def test_a_report_is_taken_only_while_the_round_is_open(now, phase):
    if phase is Phase.OPEN:
        deadlines.require_open(STRICT, now)
        return
    with pytest.raises(RoundClosed) as closed:
        deadlines.require_open(STRICT, now)
    expected = OPENS if phase is Phase.UPCOMING else CLOSES
    assert closed.value.message.values["moment"] == expected
    assert closed.value.message.text.startswith("Reporting opens" if phase is Phase.UPCOMING else "Reporting closed")
    assert closed.value.status == 409


@pytest.mark.parametrize(
    ("begun", "ended", "taken"),
    [
        (-5 * MINUTE, -SECOND, True),
        (-5 * MINUTE, timedelta(0), True),
        (-5 * MINUTE, 60 * MINUTE - SECOND, True),
        (-5 * MINUTE, 60 * MINUTE, False),
        (-5 * MINUTE, timedelta(hours=10), False),
        (-SECOND, 30 * MINUTE, True),
        (timedelta(0), SECOND, False),
        (SECOND, 2 * SECOND, False),
        (None, timedelta(0), False),
    ],
)
def test_an_upload_begun_before_closing_is_taken_for_an_hour_more(begun, ended, taken):
    """U48."""
    begun_at = None if begun is None else CLOSES + begun
    if taken:
        deadlines.require_open(WINDOW, CLOSES + ended, begun_at=begun_at)
        return
    with pytest.raises(RoundClosed) as closed:
        deadlines.require_open(WINDOW, CLOSES + ended, begun_at=begun_at)
    assert closed.value.message.values["moment"] == CLOSES


def test_a_window_read_back_without_its_zone_means_the_same():
    naive = Window(datetime(2023, 3, 1, 1, 30), datetime(2023, 3, 31, 16, 59, 59))  # noqa: DTZ001
    assert deadlines.phase(naive, CLOSES - SECOND) is Phase.OPEN
    assert deadlines.phase(naive, CLOSES) is Phase.CLOSED


@pytest.mark.parametrize(("share", "percent"), [(-1, 0), (0, 0), (0.25, 25), (0.5, 50), (0.999, 100), (1, 100), (5, 100)])
def test_the_rail_shows_how_much_has_passed_and_never_leaves_its_track(share, percent):
    span = CLOSES - OPENS
    assert deadlines.elapsed_percent(WINDOW, OPENS + span * share) == percent


HOUR, DAY = timedelta(hours=1), timedelta(days=1)
THREE_DATES = Window(OPENS, CLOSES, due_at=CLOSES - 3 * DAY, reminds_at=CLOSES - 7 * DAY, grace=30 * MINUTE)


@pytest.mark.parametrize(
    ("at", "timing"),
    [
        (CLOSES - 3 * DAY - SECOND, Timing.ON_TIME),
        (CLOSES - 3 * DAY, Timing.LATE),
        (CLOSES - SECOND, Timing.LATE),
        (CLOSES, Timing.GRACE),
    ],
)
def test_how_a_report_was_handed_in_follows_the_three_dates(at, timing):
    assert deadlines.timing(THREE_DATES, at) is timing


def test_without_an_earlier_deadline_everything_until_closing_is_on_time():
    assert deadlines.timing(WINDOW, CLOSES - SECOND) is Timing.ON_TIME
    assert not WINDOW.has_own_deadline


@pytest.mark.parametrize(
    ("grace", "ended", "taken"),
    [(0, timedelta(0), False), (0, SECOND, False), (30, 30 * MINUTE - SECOND, True), (30, 30 * MINUTE, False)],
)
def test_the_grace_is_as_long_as_the_round_says(grace, ended, taken):
    window = Window(OPENS, CLOSES, grace=grace * MINUTE)
    assert deadlines.allows(window, CLOSES + ended, begun_at=CLOSES - SECOND) is taken


def test_in_the_grace_a_refusal_says_what_can_still_be_done_and_whom_to_call():
    with pytest.raises(RoundClosed) as closed:
        deadlines.require_open(THREE_DATES, CLOSES + MINUTE)
    assert closed.value.message.values == {"moment": CLOSES, "end": CLOSES + 30 * MINUTE}
    assert "0 2288 5867" in closed.value.message.text


def test_an_extension_moves_deadline_and_closing_and_a_shorter_one_moves_nothing():
    longer = THREE_DATES.with_extension(Extended(CLOSES + DAY, "น้ำท่วม", "นาง ก"))
    assert (longer.closes_at, longer.deadline, longer.ends_at) == (CLOSES + DAY, CLOSES + DAY, CLOSES + DAY + 30 * MINUTE)
    assert deadlines.timing(longer, CLOSES + HOUR) is Timing.ON_TIME
    assert THREE_DATES.with_extension(Extended(CLOSES - DAY, "x", "y")) == THREE_DATES
    assert THREE_DATES.with_extension(None) == THREE_DATES


@pytest.mark.parametrize(
    ("began", "ended", "minutes"),
    [
        (CLOSES - HOUR, CLOSES - HOUR + 90 * SECOND, 2),
        (CLOSES - HOUR, CLOSES + 3 * HOUR, 60),
        (OPENS - HOUR, OPENS + MINUTE, 1),
        (CLOSES + MINUTE, CLOSES + HOUR, 0),
        (OPENS - 2 * HOUR, OPENS - HOUR, 0),
    ],
)
def test_only_minutes_inside_the_window_count_as_lost(began, ended, minutes):
    assert deadlines.lost_minutes(WINDOW, began, ended) == minutes


def test_lost_minutes_are_given_back_from_now_when_the_old_closing_has_passed():
    whole = CLOSES + SECOND
    assert deadlines.made_good(whole, CLOSES - DAY, 42) == whole + 42 * MINUTE
    assert deadlines.made_good(whole, whole + HOUR, 42) == whole + HOUR + 42 * MINUTE
    assert deadlines.made_good(whole, whole + 45 * SECOND, 5) == whole + 6 * MINUTE, "a begun minute is given whole"
