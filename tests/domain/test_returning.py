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


BEFORE = {
    "fields": {"problems": "ขาดครู", "self_level": "4", "quantity.a": None},
    "evidence": [
        {"slot": "criterion.1", "sha256": "aa", "name": "ก.pdf", "place": ""},
        {"slot": "criterion.2", "sha256": "bb", "name": "ข.pdf", "place": "หน้า 2"},
    ],
}


def test_one_word_and_one_file_are_exactly_two_changes():
    after = {
        "fields": {"problems": "ขาดครูและงบ", "self_level": "4", "quantity.a": ""},
        "evidence": [
            {"slot": "criterion.1", "sha256": "aa", "name": "ชื่อใหม่.pdf", "place": ""},
            {"slot": "criterion.2", "sha256": "bb", "name": "ข.pdf", "place": "หน้า 2"},
            {"slot": "criterion.2", "sha256": "cc", "name": "ค.pdf", "place": ""},
        ],
    }
    word, file = returning.changes(BEFORE, after)
    assert (word.key, word.old, word.new) == ("problems", "ขาดครู", "ขาดครูและงบ")
    assert (file.key, file.file_added["name"], file.file_gone) == ("criterion.2", "ค.pdf", None)


def test_a_file_that_moved_or_went_and_a_place_that_was_corrected_are_told():
    after = {
        "fields": BEFORE["fields"],
        "evidence": [
            {"slot": "criterion.2", "sha256": "aa", "name": "ก.pdf", "place": ""},
            {"slot": "criterion.2", "sha256": "bb", "name": "ข.pdf", "place": "หน้า 4–6"},
        ],
    }
    gone, moved, place = returning.changes(BEFORE, after)
    assert (gone.key, gone.file_gone["name"]) == ("criterion.1", "ก.pdf")
    assert (moved.key, moved.file_added["name"]) == ("criterion.2", "ก.pdf")
    assert (place.old, place.new) == ("หน้า 2", "หน้า 4–6")


def test_what_did_not_change_is_no_change():
    assert returning.changes(BEFORE, BEFORE) == []
    assert returning.changes({}, {}) == []
