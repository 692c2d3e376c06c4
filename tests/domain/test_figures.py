"""Means, and groups so small that they are not told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.figures import Group, comparison, mean, together


@pytest.mark.parametrize(
    ("total", "count", "wanted"),
    [(0, 0, None), (7, 2, "3.50"), (10, 3, "3.33"), (20, 3, "6.67"), (1, 8, "0.13"), (41, 8, "5.13")],
)
def test_a_mean_is_exact_and_its_halves_are_rounded_up(total, count, wanted):
    assert mean(total, count) == (Decimal(wanted) if wanted else None)


def test_a_region_and_the_country_are_told_from_five_offices_on():
    found = comparison({"north": Group(5, 20), "south": Group(6, 18)}, "north")
    assert (found.region_mean, found.country_mean) == (Decimal("4.00"), Decimal("3.45"))
    assert not found.hides_region
    assert not found.hides_country


def test_a_region_of_four_is_not_told_nor_the_country_from_which_it_could_be_worked_out():
    found = comparison({"north": Group(4, 16), "south": Group(60, 180)}, "north")
    assert found.region is found.country is None
    assert found.hides_region
    assert found.hides_country


def test_the_country_is_not_told_to_others_either_where_the_rest_of_it_is_small():
    """South and north together know all but central: country less both would be the two offices of central."""
    found = comparison({"north": Group(30, 90), "south": Group(40, 160), "central_east": Group(2, 2)}, "north")
    assert found.region_mean == Decimal("3.00")
    assert found.country is None
    assert found.hides_country


def test_two_small_regions_hide_each_other():
    found = comparison({"north": Group(4, 8), "south": Group(3, 9), "northeast": Group(50, 200)}, "northeast")
    assert found.country is not None
    assert comparison({"north": Group(4, 8), "south": Group(3, 9), "northeast": Group(50, 200)}, "north").region is None


def test_nothing_is_hidden_where_there_is_nothing():
    found = comparison({}, "north")
    assert found.region is found.country is None
    assert not found.hides_region
    assert not found.hides_country


def test_the_smallest_group_is_the_rounds():
    assert comparison({"north": Group(9, 36)}, "north", smallest=10).hides_region
    assert comparison({"north": Group(10, 40)}, "north", smallest=10).region_mean == Decimal("4.00")


def test_several_indicators_together_weigh_each_office_once():
    assert together([Group(1, 5), Group(3, 9)]) == Decimal("3.50")
    assert together([]) is None
