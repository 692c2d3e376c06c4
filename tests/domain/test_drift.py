"""How much stricter or milder an evaluator is."""

from __future__ import annotations

from decimal import Decimal

from app.domain.drift import Locked, drifts


def test_an_evaluator_is_compared_with_colleagues_on_the_same_reports_and_with_the_offices():
    strict, mild = drifts(
        [Locked(1, "ก", 10, 2, 4), Locked(2, "ข", 10, 4, 4), Locked(1, "ก", 11, 3, 3), Locked(1, "ก", 12, 2, None)]
    )
    assert (strict.name, strict.count, strict.mean) == ("ก", 3, Decimal("2.33"))
    assert (strict.to_colleagues, strict.shared) == (Decimal("-2.00"), 1)
    assert strict.to_offices == Decimal("-1.00")  # the report without a self-level does not count
    assert (mild.to_colleagues, mild.to_offices) == (Decimal("2.00"), Decimal("0.00"))


def test_the_line_has_a_point_for_every_ten_reviews_in_their_order():
    reviews = [Locked(1, "ก", number, 3, 3) for number in range(10)] + [
        Locked(1, "ก", number, 2, 4) for number in range(10, 15)
    ]
    assert drifts(reviews)[0].points == [Decimal("0.00"), Decimal("-2.00")]


def test_without_colleagues_there_is_nothing_to_compare_with():
    (alone,) = drifts([Locked(1, "ก", 1, 3, None)])
    assert (alone.to_colleagues, alone.shared, alone.to_offices, alone.points) == (None, 0, None, [])
    assert drifts([]) == []
