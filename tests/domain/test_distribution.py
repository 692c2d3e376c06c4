"""Reports are shared out evenly, kept together where that can be, and never to whom they must not go."""

from __future__ import annotations

import pytest

from app.domain.distribution import Evaluator, Report, Together, share_out

NINE = [Report(10 * area + indicator, area, indicator) for area in (1, 2, 3) for indicator in (1, 2, 3)]


def loads(shares):
    return sorted(len(reports) for reports in shares.given.values())


@pytest.mark.parametrize("together", list(Together))
@pytest.mark.parametrize("per_report", [1, 2])
def test_loads_differ_by_no_more_than_one_where_nothing_stands_in_the_way(together, per_report):
    shares = share_out(NINE, [Evaluator(1), Evaluator(2)], per_report=per_report, together=together)
    assert shares.count == 9 * per_report
    assert loads(shares) == ([4, 5] if per_report == 1 else [9, 9])
    assert shares.short == []


def test_what_waits_already_counts():
    shares = share_out(NINE, [Evaluator(1, load=7), Evaluator(2)], per_report=1, together=Together.NOTHING)
    assert {who: len(found) for who, found in shares.given.items()} == {1: 1, 2: 8}


def test_reports_on_one_indicator_stay_with_one_evaluator():
    shares = share_out(NINE, [Evaluator(n) for n in (1, 2, 3)], per_report=1, together=Together.INDICATOR)
    assert sorted(sorted(found) for found in shares.given.values()) == [[11, 21, 31], [12, 22, 32], [13, 23, 33]]


def test_reports_of_one_office_stay_with_one_evaluator():
    shares = share_out(NINE, [Evaluator(n) for n in (1, 2, 3)], per_report=1, together=Together.OFFICE)
    assert sorted(sorted(found) for found in shares.given.values()) == [[11, 12, 13], [21, 22, 23], [31, 32, 33]]


def test_nobody_gets_a_report_of_an_office_they_are_barred_from_or_one_they_have():
    evaluators = [Evaluator(1, barred=frozenset({1})), Evaluator(2)]
    reports = [Report(11, 1, 1), Report(21, 2, 1, taken=frozenset({2}))]
    shares = share_out(reports, evaluators, per_report=2, together=Together.NOTHING)
    assert shares.given == {1: [21], 2: [11]}
    assert shares.short == [11]


def test_a_report_that_has_its_evaluators_gets_no_more():
    assert share_out([Report(1, 1, 1, taken=frozenset({9}))], [Evaluator(1)], per_report=1, together=Together.OFFICE).count == 0
    nobody = share_out([Report(1, 1, 1)], [], per_report=1, together=Together.OFFICE)
    assert (nobody.count, nobody.short) == (0, [1])
