"""Access tokens of the API: what they look like, how long they live, how many requests a minute they are good for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

PREFIX = "emes_"
SECRET_BYTES = 32
LIFETIMES_DAYS = (30, 90, 365)
USUAL_LIFETIME_DAYS = 90
MOST_LIVING = 10
NAME_MAX_CHARACTERS = 80
# How long the list still shows a token whose time is over, so that its owner finds out why a spreadsheet stands still.
SHOWN_AFTER_EXPIRY = timedelta(days=90)
WINDOW = timedelta(minutes=1)

_SHAPE = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}")


def is_shaped(text: str) -> bool:
    """Whether this can be a token at all: what can't is not looked up."""
    return _SHAPE.fullmatch(text) is not None


@dataclass(frozen=True)
class Allowance:
    """How many requests a token was good for in its minute and how many it has used, this one among them."""

    limit: int
    used: int
    resets_at: datetime

    @property
    def is_spent(self) -> bool:
        """Whether this request is one too many."""
        return self.used > self.limit

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def seconds_left(self, now: datetime) -> int:
        """After how many whole seconds the next minute begins, one at least."""
        return max(1, ceil((self.resets_at - now).total_seconds()))
