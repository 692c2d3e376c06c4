"""What a review must say before it is locked, and which level comes of several."""

from __future__ import annotations

import pytest

from app.domain import reviewing
from app.domain.reviewing import Basis, Cause


@pytest.mark.parametrize(
    ("own", "levels", "gap", "level", "basis"),
    [
        (4, [4], 2, 4, Basis.SINGLE),
        (4, [3], 2, 3, Basis.SINGLE),
        (None, [1], 2, 1, Basis.SINGLE),
        (4, [4, 4], 2, 4, Basis.AGREED),
        (4, [3, 4], 2, 4, Basis.MEAN),  # 3.5: halves go up
        (3, [3, 2], 2, 3, Basis.MEAN),
        (3, [3, 2, 2], 2, 2, Basis.MEAN),  # 2.33
        (5, [2, 3], 4, 3, Basis.MEAN),
    ],
)
def test_below_the_gap_the_level_is_the_evaluators_mean(own, levels, gap, level, basis):
    assert reviewing.settle(own, levels, gap=gap) == reviewing.Settled(level, basis)


@pytest.mark.parametrize(
    ("own", "levels", "gap", "causes"),
    [
        (5, [3], 2, (Cause.SELF_GAP,)),
        (1, [3], 2, (Cause.SELF_GAP,)),
        (3, [2, 4], 2, (Cause.EVALUATORS_APART,)),
        (5, [5, 3], 2, (Cause.SELF_GAP, Cause.EVALUATORS_APART)),
        (4, [3], 1, (Cause.SELF_GAP,)),
        (None, [1, 5], 4, (Cause.EVALUATORS_APART,)),
    ],
)
def test_from_the_gap_on_a_moderator_decides(own, levels, gap, causes):
    settled = reviewing.settle(own, levels, gap=gap)
    assert settled.causes == causes
    assert settled.level is None


def test_a_review_is_locked_with_a_verdict_on_each_issue_a_level_and_its_reason():
    assert set(reviewing.missing({}, [1, 2])) == {"verdict.1", "verdict.2", "level", "reason"}
    said = {"verdict.1": "complete", "verdict.2": "not_found", "level": "3", "reason": "\u200b "}
    assert set(reviewing.missing(said, [1, 2])) == {"reason"}
    assert reviewing.missing(said | {"reason": "ไม่พบคำสั่ง"}, [1, 2]) == {}


@pytest.mark.parametrize(
    ("key", "typed"),
    [("level", "6"), ("level", "๓"), ("verdict.1", "perhaps"), ("comment", "ก" * 2001), ("note.1", "ก" * 2001)],
)
def test_what_is_no_answer_to_a_field_is_refused(key, typed):
    with pytest.raises(ValueError):
        reviewing.read(key, typed)


def test_an_emptied_field_is_kept_as_nothing():
    assert reviewing.read("level", " ") is None
    assert reviewing.read("comment", " ดี ") == "ดี"
