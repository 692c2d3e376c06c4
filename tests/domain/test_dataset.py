"""Frozen figures: their spelling and digest, means, tables, differences."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.dataset import (
    Difference,
    Row,
    cells_of,
    changed_for_reader,
    differences,
    digest,
    mean,
    spelled,
    tabulate,
)

ROW = Row(
    7, 3, "P-CPM-3", "primary", "northeast", "QP-1", True, 4, 3, "single", "ดี", {"1": {"verdict": "partial", "note": "ก"}}
)


@pytest.mark.parametrize(
    ("total", "count", "expected"),
    [
        (0, 0, None),
        (5, 1, "5.00"),
        (10, 3, "3.33"),
        (20, 3, "6.67"),
        (1, 8, "0.13"),
        (1005, 1000, "1.01"),
        (2675, 1000, "2.68"),
    ],
)
def test_a_mean_is_exact_with_two_decimals_and_halves_go_up(total, count, expected):
    assert mean(total, count) == (None if expected is None else Decimal(expected))


def test_a_row_is_spelled_in_one_way_without_ids_of_the_database():
    assert spelled(ROW) == (
        '{"area_code":"P-CPM-3","basis":"single","comment":"ดี","full_code":"QP-1","is_reported":true,"kind":"primary","level":3,'
        '"region":"northeast","self_level":4,"verdicts":{"1":{"note":"ก","verdict":"partial"}}}'
    )
    assert spelled(ROW) == spelled(replace(ROW, area_id=1, indicator_id=1))


def test_the_digest_does_not_depend_on_the_order_and_on_nothing_but_the_content():
    other = replace(ROW, area_id=8, area_code="P-CPM-2")
    assert digest([ROW, other]) == digest([other, ROW])
    assert digest([ROW, other]) != digest([ROW, replace(other, level=2)])
    assert digest([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_differences_name_the_report_and_the_columns():
    gone, came = replace(ROW, area_id=8, area_code="A"), replace(ROW, area_id=9, area_code="Z")
    found = differences([ROW, gone], [replace(ROW, level=2, comment=""), came])
    assert [(one.row.area_code, one.columns) for one in found] == [("A", ()), ("P-CPM-3", ("level", "comment")), ("Z", ())]
    assert found[0] == Difference(gone, None)
    assert differences([ROW], [ROW]) == []


def test_a_table_counts_what_was_asked_handed_in_and_given_and_leaves_nothing_out_of_the_mean():
    rows = [
        ROW,
        replace(ROW, area_id=8, region="north", self_level=5, level=4),
        replace(ROW, area_id=9, region="north", kind="secondary", self_level=3, level=None),
        replace(ROW, area_id=10, region="north", is_reported=False, self_level=None, level=None),
    ]
    table = tabulate(cells_of(rows))
    found = table.by_indicator[3]
    assert (found.asked, found.reported, found.with_self_level, found.with_level) == (4, 3, 3, 2)
    assert (found.mean_self, found.mean_level) == (Decimal("4.00"), Decimal("3.50"))
    assert found.distribution == [(5, 0), (4, 1), (3, 1), (2, 0), (1, 0)]
    assert table.by_region[3, "north"].mean_level == Decimal("4.00")
    assert table.regions["north"].asked == 3
    assert table.kinds["secondary"].mean_level is None
    assert table.total == found


def test_an_office_reads_something_else_only_where_its_results_or_comments_differ():
    assert not changed_for_reader([ROW], [replace(ROW, basis="appeal")])
    for changed in ({"level": 2}, {"self_level": 5}, {"comment": "x"}, {"verdicts": {}}):
        assert changed_for_reader([ROW], [replace(ROW, **changed)]), changed
    assert changed_for_reader([ROW], [])
