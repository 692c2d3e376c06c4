"""What is missing before a report may be submitted, what counts as begun, and how many issues are answered."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain import completeness
from app.domain.completeness import Answers, Issue, Questions, Section
from app.domain.quantities import Box

QUESTIONS = Questions(
    issues=(Issue(1), Issue(2, min_files=2)),
    boxes=(Box("total", "โรงเรียนทั้งหมด"), Box("with_plan", "มีแผน", not_above="total"), Box("note", "อื่น ๆ", required=False)),
)
VALUES = {
    "criterion.1.complete": "true",
    "criterion.2.complete": "true",
    "quantity.total": "10",
    "quantity.with_plan": "0",
    "problems": "ถนนขาด",
    "self_level": "4",
    "reporter_name": "ผู้รายงาน สาธิต",
    "reporter_position": "ศึกษานิเทศก์",
    "reporter_phone": "022885867",
}
FILES = {"criterion.1": 1, "criterion.2": 2, "pa.lesson": 1, "pa.evidence": 1}


def keys(answers: Answers, questions: Questions = QUESTIONS) -> list[tuple[str, Section]]:
    return [(item.key, item.section) for item in completeness.missing(questions, answers)]


def test_a_full_report_misses_nothing():
    assert keys(Answers(VALUES, FILES)) == []


def test_an_empty_report_misses_everything_in_the_order_of_the_page():
    found = keys(Answers({}, {}))
    assert [key for key, _ in found] == [
        *("criterion.1", "criterion.2", "pa.lesson", "pa.evidence", "quantity.total", "quantity.with_plan"),
        *("problems", "self_level", "reporter_name", "reporter_position", "reporter_phone"),
    ]
    assert [section for _, section in found] == sorted(section for _, section in found)


@pytest.mark.parametrize(
    ("changes", "key", "section"),
    [
        ({"criterion.1.complete": None}, "criterion.1.complete", Section.EVIDENCE),
        ({"criterion.1.complete": "false"}, "criterion.1.complete", Section.EVIDENCE),
        ({"quantity.total": None}, "quantity.total", Section.QUANTITIES),
        ({"quantity.with_plan": "11"}, "quantity.with_plan", Section.QUANTITIES),
        ({"problems": None}, "problems", Section.PROBLEMS),
        ({"problems": "\u200b "}, "problems", Section.PROBLEMS),
        ({"problems": None, "no_problems": "false"}, "problems", Section.PROBLEMS),
        ({"self_level": None}, "self_level", Section.SELF_ASSESSMENT),
        ({"reporter_name": " "}, "reporter_name", Section.REPORTER),
        ({"reporter_position": None}, "reporter_position", Section.REPORTER),
        ({"reporter_phone": ""}, "reporter_phone", Section.REPORTER),
    ],
)
def test_each_thing_that_is_missing_is_named_once_with_its_part(changes, key, section):
    assert keys(Answers(VALUES | changes, FILES)) == [(key, section)]


@pytest.mark.parametrize(
    ("files", "key", "section"),
    [
        ({"criterion.1": 0}, "criterion.1", Section.EVIDENCE),
        ({"criterion.2": 1}, "criterion.2", Section.EVIDENCE),
        ({"pa.lesson": 0}, "pa.lesson", Section.CHALLENGE),
        ({"pa.evidence": 0}, "pa.evidence", Section.CHALLENGE),
    ],
)
def test_each_file_that_is_missing_is_named_by_its_slot(files, key, section):
    assert keys(Answers(VALUES, FILES | files)) == [(key, section)]


def test_having_no_problems_is_an_answer_too():
    assert keys(Answers(VALUES | {"problems": None, "no_problems": "true"}, FILES)) == []


def test_zero_is_a_figure_and_an_optional_box_may_stay_empty():
    """NU16."""
    zeros = {"quantity.total": "0", "quantity.with_plan": "0", "quantity.note": None}
    assert keys(Answers(VALUES | zeros, FILES)) == []


def test_an_issue_that_needs_no_file_needs_only_its_tick():
    questions = Questions(issues=(Issue(1, min_files=0),), asks_challenge=False)
    assert keys(Answers(VALUES, {}), questions) == []


def test_an_indicator_without_challenge_or_figures_asks_for_neither():
    questions = Questions(issues=(Issue(1),), asks_challenge=False)
    assert keys(Answers({}, {}), questions)[0] == ("criterion.1", Section.EVIDENCE)
    assert not {section for _, section in keys(Answers({}, {}), questions)} & {Section.CHALLENGE, Section.QUANTITIES}
    assert questions.sections() == [Section.EVIDENCE, Section.PROBLEMS, Section.SELF_ASSESSMENT, Section.REPORTER]


def test_an_indicator_that_asks_everything_has_all_six_parts():
    assert QUESTIONS.sections() == list(Section)
    assert Section.EVIDENCE not in Questions(issues=()).sections()


def test_the_sentences_say_how_many_files_and_which_figure():
    items = {
        item.key: item.message
        for item in completeness.missing(QUESTIONS, Answers({"quantity.total": "3", "quantity.with_plan": "4"}, {}))
    }
    assert items["criterion.2"].values == {"number": 2, "count": 2}
    assert {"โรงเรียนทั้งหมด", "3"} <= set(items["quantity.with_plan"].values.values())


def test_figures_keep_nothing_and_zero_apart():
    numbers = completeness.numbers_of(QUESTIONS, Answers({"quantity.total": "0", "quantity.note": "1.5"}, {}))
    assert numbers == {"total": Decimal(0), "with_plan": None, "note": Decimal("1.5")}


@pytest.mark.parametrize(
    ("values", "files", "begun"),
    [
        ({}, {}, False),
        ({"reporter_name": "ผู้รายงาน สาธิต", "reporter_phone": "022885867"}, {}, False),
        ({"is_challenge": "false", "problems": None, "self_level": ""}, {"criterion.1": 0}, False),
        ({"problems": "ก"}, {}, True),
        ({"quantity.total": "0"}, {}, True),
        ({"criterion.1.complete": "true"}, {}, True),
        ({}, {"criterion.1": 1}, True),
    ],
)
def test_a_report_has_begun_with_the_first_thing_of_its_own(values, files, begun):
    assert Answers(values, files).begun is begun


@pytest.mark.parametrize(
    ("values", "files", "answered", "half"),
    [
        ({}, {}, 0, 0),
        ({}, {"criterion.1": 1}, 0, 1),
        ({"criterion.1.complete": "true"}, {}, 0, 0),
        ({"criterion.1.complete": "true"}, {"criterion.1": 1}, 1, 0),
        ({"criterion.2.complete": "true"}, {"criterion.2": 1}, 0, 1),
        ({"criterion.1.complete": "true", "criterion.2.complete": "false"}, {"criterion.1": 3, "criterion.2": 2}, 1, 1),
        (VALUES, FILES, 2, 0),
    ],
)
def test_an_issue_is_answered_with_enough_files_and_its_tick(values, files, answered, half):
    assert completeness.issues_answered(QUESTIONS, Answers(values, files)) == answered
    assert completeness.issues_begun(QUESTIONS, Answers(values, files)) == half
