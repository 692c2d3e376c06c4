"""How long the centre has for an answer."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.questions import due_on


@pytest.mark.parametrize(
    ("asked", "days", "due"),
    [
        (date(2026, 11, 16), 3, date(2026, 11, 19)),
        (date(2026, 11, 19), 3, date(2026, 11, 24)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 20), 0, date(2026, 11, 20)),
    ],
    ids=["inside a week", "over a weekend", "asked on a Saturday", "the same day"],
)
def test_weekends_do_not_count(asked, days, due):
    assert due_on(asked, days) == due
