"""How fast reports come in, and what is expected by the deadline."""

from __future__ import annotations

import pytest

from app.domain.pace import Basis, Curve, forecast

LINEAR = Curve((10,) * 10, days=10, asked=100)
LATE_STARTERS = Curve((0, 0, 0, 0, 20, 0, 0, 0, 0, 60), days=10, asked=100)


def test_a_share_counts_begun_days_in_proportion_and_never_passes_the_whole():
    assert LINEAR.share_after(2.5) == pytest.approx(0.25)
    assert LINEAR.share_at(0.5) == pytest.approx(0.5)
    assert LINEAR.share_after(99) == 1.0
    assert Curve((5,), days=1, asked=0).share_at(1) == 0.0


def test_what_is_sent_now_grows_as_it_did_in_the_past_round():
    found = forecast(LINEAR, [LATE_STARTERS], sent=15, elapsed=0.5)
    assert (found.basis, found.percent, found.rounds) == (Basis.PAST_ROUNDS, 60, 1), "15 % times 80 over 20"


def test_of_several_past_rounds_the_mean_counts_and_the_span_is_told():
    found = forecast(LINEAR, [LATE_STARTERS, LINEAR], sent=15, elapsed=0.5)
    assert (found.percent, found.lowest, found.highest, found.rounds) == (45, 30, 60, 2)


def test_more_than_all_is_never_expected():
    assert forecast(LINEAR, [LATE_STARTERS], sent=50, elapsed=0.5).percent == 100


def test_a_past_round_that_had_hardly_begun_by_then_says_nothing():
    slow = Curve((0, 4, 0, 0, 0, 0, 0, 0, 0, 90), days=10, asked=100)
    assert forecast(LINEAR, [slow], sent=10, elapsed=0.3).basis is Basis.TOO_EARLY
    assert forecast(LINEAR, [slow, LINEAR], sent=10, elapsed=0.3).rounds == 1


def test_a_first_round_goes_on_at_the_pace_of_its_last_days():
    own = Curve((0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), days=20, asked=100)
    found = forecast(own, [], sent=14, elapsed=0.5)
    assert (found.basis, found.percent) == (Basis.OWN_PACE, 34), "14 sent and 2 a day for 10 more days"
    assert forecast(own, [], sent=14, elapsed=0.2).basis is Basis.TOO_EARLY


@pytest.mark.parametrize(
    ("elapsed", "sent", "basis"),
    [(-0.1, 0, Basis.NOT_OPEN), (1.0, 50, Basis.OVER), (0.5, 0, Basis.NOTHING_SENT)],
)
def test_without_ground_there_is_no_forecast_but_a_reason(elapsed, sent, basis):
    found = forecast(LINEAR, [LINEAR], sent=sent, elapsed=elapsed)
    assert (found.basis, found.percent) == (basis, None)


def test_what_came_today_counts_whole_in_the_pace_of_the_running_round():
    own = Curve((2, 2, 2, 2, 2, 2, 2, 2, 2, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), days=20, asked=100)
    assert own.share_sent == pytest.approx(0.5)
    found = forecast(own, [], sent=50, elapsed=0.475)
    assert found.percent == pytest.approx(100), "43 in the last 7 days, and half of the time to come"
