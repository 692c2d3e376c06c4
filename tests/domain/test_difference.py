"""What differs between two texts: nothing is lost, and a Thai mark is never torn from its letter."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.difference import compare

TEXTS = st.text(alphabet="กขคเแาิ่้ำ abc12.\n", max_size=60)


@given(TEXTS, TEXTS)
def test_the_runs_put_together_are_the_texts_again_and_what_agrees_agrees(old, new):
    left, right = compare(old, new)
    assert "".join(run.text for run in left) == old
    assert "".join(run.text for run in right) == new
    # In one run or in two: something that came in between divides what agrees on its own side alone.
    assert "".join(run.text for run in left if not run.differs) == "".join(run.text for run in right if not run.differs)


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        ("ขาดครู 3 คน", "ขาดครู 5 คน", ["3"], ["5"]),
        ("งบประมาณไม่พอ", "งบประมาณไม่เพียงพอ", [], ["เพียง"]),
        ("ครูไม่พอ", "ครูไม่พอ และงบประมาณไม่พอ", [], [" และงบประมาณไม่พอ"]),
        ("ก", "", ["ก"], []),
        ("น้ำท่วม", "น้ำแล้ง", ["ท่วม"], ["แล้ง"]),
    ],
)
def test_only_what_differs_is_marked(old, new, gone, come):
    left, right = compare(old, new)
    assert [run.text for run in left if run.differs] == gone
    assert [run.text for run in right if run.differs] == come


def test_two_long_texts_that_have_nothing_in_common_are_compared_at_once():
    old, new = "".join(chr(0x0E01 + n % 44) for n in range(2000)), "".join(chr(0x0E01 + n * 7 % 44) for n in range(2000))
    begun = time.perf_counter()
    left, right = compare("ก" + old, "ข" + new)
    assert time.perf_counter() - begun < 0.5
    assert all(run.differs for run in left + right)
