"""What there is to remark on a file and on a level, from values alone."""

from __future__ import annotations

import pytest

from app.domain import advice
from app.domain.advice import Finding, Kind, Seen
from app.domain.completeness import Answers, Issue, Questions
from app.domain.errors import Refused

ASKED = Questions((Issue(1), Issue(2, min_files=0), Issue(3)))


@pytest.mark.parametrize(
    ("slot", "seen", "found"),
    [
        ("criterion.1", Seen(), []),
        ("criterion.1", Seen(pages=400), []),
        ("criterion.1", Seen(opens=False), [Finding(Kind.UNREADABLE)]),
        ("criterion.1", Seen(opens=False, locked=True), [Finding(Kind.LOCKED)]),
        ("criterion.1", Seen(blank=True, pages=1), [Finding(Kind.BLANK)]),
        ("pa.lesson", Seen(pages=1), []),
        ("pa.lesson", Seen(pages=2), [Finding(Kind.TOO_MANY_PAGES, {"pages": 2})]),
        ("pa.lesson", Seen(pages=2, blank=True), [Finding(Kind.BLANK), Finding(Kind.TOO_MANY_PAGES, {"pages": 2})]),
        ("pa.lesson", Seen(opens=False), [Finding(Kind.UNREADABLE)]),
    ],
)
def test_what_is_remarked_on_a_file(slot, seen, found):
    assert advice.judge(slot, seen) == found


@pytest.mark.parametrize(
    ("level", "files", "issues"),
    [
        ("5", {}, [1, 2, 3]),
        ("5", {"criterion.1": 1, "criterion.3": 2, "pa.lesson": 1}, [2]),
        ("5", {"criterion.1": 1, "criterion.2": 1, "criterion.3": 1}, None),
        ("4", {}, None),
        (None, {}, None),
    ],
)
def test_the_highest_level_without_a_file_names_the_issues(level, files, issues):
    found = advice.judge_level(ASKED, Answers({"self_level": level}, files))
    assert found == ([] if issues is None else [Finding(Kind.LEVEL_WITHOUT_FILE, {"issues": issues})])


@pytest.mark.parametrize(
    ("now", "then", "holds"), [([2], [2, 3], True), ([2, 3], [2], False), ([1], [], False), ([], [1], True)]
)
def test_a_reason_covers_the_issues_that_it_was_given_for(now, then, holds):
    assert advice.still_answered(Finding(Kind.LEVEL_WITHOUT_FILE, {"issues": now}), {"issues": then}) is holds


@pytest.mark.parametrize("kind", list(Kind))
def test_every_finding_has_a_sentence_that_can_be_filled_in(kind):
    message = advice.sentence_of(Finding(kind, {"pages": 3, "issues": [1, 2]}))
    assert message.text % message.values


def test_numbers_of_issues_are_listed():
    assert advice.sentence_of(Finding(Kind.LEVEL_WITHOUT_FILE, {"issues": [1, 3]})).values == {"issues": "1, 3"}


@pytest.mark.parametrize("typed", ["", "  ", "\u200b\n", "ก" * 301])
def test_a_reason_that_is_none_or_too_long_is_refused(typed):
    with pytest.raises(Refused):
        advice.read_reason(typed)
