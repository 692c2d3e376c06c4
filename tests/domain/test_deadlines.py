"""When a round takes reports: its own closing moment is already too late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain import deadlines
from app.domain.deadlines import Phase
from app.domain.errors import RoundClosed

BANGKOK = ZoneInfo("Asia/Bangkok")


@dataclass
class Window:
    opens_at: datetime = datetime(2023, 3, 1, 8, 30, tzinfo=BANGKOK)
    closes_at: datetime = datetime(2023, 3, 31, 23, 59, 59, tzinfo=BANGKOK)


SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
MOMENTS = [
    (Window.opens_at - SECOND, Phase.UPCOMING),
    (Window.opens_at, Phase.OPEN),
    (Window.closes_at - SECOND, Phase.OPEN),
    (Window.closes_at - timedelta(microseconds=1), Phase.OPEN),
    (Window.closes_at, Phase.CLOSED),
    (Window.closes_at + SECOND, Phase.CLOSED),
    (datetime(2023, 3, 31, 16, 59, 58, tzinfo=UTC), Phase.OPEN),
    (datetime(2023, 3, 31, 16, 59, 59, tzinfo=UTC), Phase.CLOSED),
    (datetime(2023, 3, 1, 1, 29, 59), Phase.UPCOMING),  # noqa: DTZ001
    (datetime(2023, 3, 1, 1, 30), Phase.OPEN),  # noqa: DTZ001
]


@pytest.mark.parametrize(("now", "phase"), MOMENTS)
def test_the_phase_is_exact_to_the_second_and_in_bangkok(now, phase):
    """DA8."""
    assert deadlines.phase(Window(), now) is phase


@pytest.mark.parametrize(("now", "phase"), MOMENTS)
def test_a_report_is_taken_only_while_the_round_is_open(now, phase):
    if phase is Phase.OPEN:
        deadlines.require_open(Window(), now)
        return
    with pytest.raises(RoundClosed) as closed:
        deadlines.require_open(Window(), now)
    expected = Window.opens_at if phase is Phase.UPCOMING else Window.closes_at
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
    begun_at = None if begun is None else Window.closes_at + begun
    if taken:
        deadlines.require_open(Window(), Window.closes_at + ended, begun_at=begun_at)
        return
    with pytest.raises(RoundClosed) as closed:
        deadlines.require_open(Window(), Window.closes_at + ended, begun_at=begun_at)
    assert closed.value.message.values["moment"] == Window.closes_at


def test_a_window_read_back_without_its_zone_means_the_same():
    naive = Window(datetime(2023, 3, 1, 1, 30), datetime(2023, 3, 31, 16, 59, 59))  # noqa: DTZ001
    assert deadlines.phase(naive, Window.closes_at - SECOND) is Phase.OPEN
    assert deadlines.phase(naive, Window.closes_at) is Phase.CLOSED


@pytest.mark.parametrize(("share", "percent"), [(-1, 0), (0, 0), (0.25, 25), (0.5, 50), (0.999, 100), (1, 100), (5, 100)])
def test_the_rail_shows_how_much_has_passed_and_never_leaves_its_track(share, percent):
    span = Window.closes_at - Window.opens_at
    assert deadlines.elapsed_percent(Window(), Window.opens_at + span * share) == percent
