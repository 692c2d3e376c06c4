"""How far a project should be and is: weights spread over days, results by quarter, money beside them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.domain import s_curve
from app.domain.s_curve import Work, curve, month_ends, planned, quarter_ends, quarter_starts, reached

FIRST = Work(1, Decimal(40), date(2022, 10, 1), date(2022, 12, 31))
SECOND = Work(2, Decimal(60), date(2023, 1, 1), date(2023, 9, 30))


def test_a_fiscal_year_has_its_quarters_and_months():
    assert quarter_starts(2566)[1] == date(2022, 10, 1)
    assert list(quarter_ends(2566).values()) == [date(2022, 12, 31), date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 30)]
    months = month_ends(2566)
    assert (len(months), months[0], months[4], months[-1]) == (12, date(2022, 10, 31), date(2023, 2, 28), date(2023, 9, 30))
    assert date(2024, 2, 29) in month_ends(2567)


def test_weights_are_spread_evenly_over_the_days_of_each_activity():
    ends = list(quarter_ends(2566).values())
    # 90 of the 273 days of the second activity lie in January to March.
    second = [Decimal(40), Decimal(40) + Decimal(60) * 90 / 273, Decimal(40) + Decimal(60) * 181 / 273, Decimal(100)]
    assert planned([FIRST, SECOND], ends) == [one.quantize(Decimal("0.01")) for one in second]


def test_before_the_first_day_there_is_nothing_and_after_the_last_everything():
    one_day = Work(1, Decimal(100), date(2023, 3, 31), date(2023, 3, 31))
    assert planned([one_day], [date(2023, 3, 30), date(2023, 3, 31)]) == [0, 100]
    assert planned([FIRST], [date(2020, 1, 1), date(2030, 1, 1)]) == [0, 40]


def test_days_in_the_wrong_order_count_at_once_instead_of_dividing_by_nothing():
    assert planned([Work(1, Decimal(10), date(2023, 1, 2), date(2023, 1, 1))], [date(2023, 1, 1), date(2023, 1, 2)]) == [0, 10]


def test_the_result_is_the_sum_of_weights_times_percent():
    assert reached([FIRST, SECOND], {1: Decimal(100), 2: Decimal("12.5")}) == Decimal("47.50")
    assert reached([FIRST, SECOND], {1: None}) == 0
    assert reached([], {}) == 0


def test_money_adds_up_until_a_quarter_is_unknown():
    amounts = [Decimal(10), Decimal(20), None, Decimal(5)]
    assert s_curve.running_total(amounts) == [10, 30, None, None]
    assert s_curve.shares([Decimal(10), None], Decimal(40)) == [25, None]
    assert s_curve.shares([Decimal(10)], Decimal(0)) == [None]


def test_the_curve_says_how_far_the_latest_quarter_lies_behind():
    found = curve(
        2566,
        [FIRST, SECOND],
        {1: {1: Decimal(50)}},
        [Decimal(100)] * 4,
        [Decimal(80), None, None, None],
        Decimal(400),
    )
    assert found.planned[0] == 40
    assert found.reached == [20, None, None, None]
    assert found.behind == 20
    assert found.money_planned == [25, 50, 75, 100]
    assert found.money_paid == [20, None, None, None]
    assert curve(2566, [], {}, [None] * 4, [None] * 4, None).behind is None
