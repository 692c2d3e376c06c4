"""The five quality levels."""

from __future__ import annotations

from app.domain import rubric


def test_there_are_five_levels_the_highest_first():
    assert rubric.LEVELS == (5, 4, 3, 2, 1)


def test_every_level_has_its_own_word():
    assert set(rubric.LEVEL_NAMES) == set(rubric.LEVELS)
    assert [rubric.LEVEL_NAMES[level] for level in rubric.LEVELS] == [
        "Excellent",
        "Very good",
        "Good",
        "Fair",
        "Needs improvement",
    ]
