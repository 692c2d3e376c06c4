"""Access tokens: what they look like, and how many requests are left of a minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.api_token import Allowance, is_shaped

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shaped"),
    [
        ("emes_" + "a" * 43, True),
        ("emes_" + "A-_9" * 10 + "abc", True),
        ("emes_" + "a" * 42, False),
        ("emes_" + "a" * 44, False),
        ("EMES_" + "a" * 43, False),
        ("emes_" + "ก" * 43, False),
        ("emes_" + "a" * 43 + "\n", False),
        ("", False),
    ],
)
def test_what_can_not_be_a_token_is_known_by_its_shape(text, shaped):
    assert is_shaped(text) is shaped


@pytest.mark.parametrize(("used", "remaining", "is_spent"), [(1, 2, False), (3, 0, False), (4, 0, True), (9, 0, True)])
def test_the_request_after_the_last_is_one_too_many(used, remaining, is_spent):
    found = Allowance(3, used, NOW)
    assert (found.remaining, found.is_spent) == (remaining, is_spent)


@pytest.mark.parametrize(("seconds", "said"), [(59.2, 60), (1, 1), (0, 1), (-5, 1)])
def test_the_wait_is_told_in_whole_seconds_and_is_never_none(seconds, said):
    assert Allowance(3, 4, NOW + timedelta(seconds=seconds)).seconds_left(NOW) == said
