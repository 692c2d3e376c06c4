"""What several files of page tests begin with."""

from __future__ import annotations

import pytest

from tests.person import Person
from tests.reviews import assign, begin_review, hand_in_really


@pytest.fixture
def review_id(app) -> int:
    """A report that was really handed in with level 5, assigned to evaluator1, in a round in review."""
    hand_in_really(app, level="5")
    begin_review(app)
    return assign(app, "P-CPM-3", "QP-1")


@pytest.fixture
def evaluator(sign_in) -> Person:
    person: Person = sign_in("evaluator1")
    return person
