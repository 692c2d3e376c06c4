"""Which fields and files a return opens."""

from __future__ import annotations

from app.domain import returning
from app.domain.completeness import Issue, Questions


def test_a_returned_issue_opens_its_own_box_and_files_and_nothing_else():
    items = {"criterion.2"}
    assert returning.opens_field(items, "criterion.2.complete")
    assert returning.opens_slot(items, "criterion.2")
    for key in ("criterion.1.complete", "criterion.20.complete", "self_level", "problems", "quantity.a", "is_challenge"):
        assert not returning.opens_field(items, key), key
    for slot in ("criterion.1", "pa.lesson", "pa.evidence"):
        assert not returning.opens_slot(items, slot), slot


def test_sections_open_what_stands_in_them():
    assert returning.opens_field({"quantities"}, "quantity.school_total")
    assert returning.opens_field({"problems"}, "no_problems")
    assert returning.opens_field({"challenge"}, "is_challenge")
    assert returning.opens_slot({"challenge"}, "pa.lesson")


def test_the_self_assessment_is_never_returned():
    questions = Questions(issues=(Issue(1, 1),), boxes=(), asks_challenge=True)
    everything = set(returning.returnable(questions))
    assert everything == {"criterion.1", "challenge", "problems"}
    assert not returning.opens_field(everything, "self_level")
    assert not returning.opens_field(everything, "reporter_name")
