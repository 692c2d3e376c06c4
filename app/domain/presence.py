"""When a colleague counts as being in a report, and how often that is worth a write."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

SEEN_FOR = timedelta(seconds=75)
# The page asks every 20 seconds, so a note is written at every third time: once a minute, and 15 seconds before it would lapse.
NOTED_EVERY = timedelta(seconds=50)
_FIELD = re.compile(r"[a-z_]+(\.[a-z0-9_]+)*")
FIELD_MAX_CHARACTERS = 60


def here_since(now: datetime) -> datetime:
    """Whoever was seen at this moment or later is here."""
    return now - SEEN_FOR


def is_due(noted_at: datetime | None, noted_field: str | None, field: str | None, now: datetime) -> bool:
    """Whether a note is worth a write: the first, another field, or about to lapse."""
    return noted_at is None or noted_field != field or now - noted_at >= NOTED_EVERY


def field_or_none(key: object) -> str | None:
    """The key of a field as a client names it; anything that can be no key is none."""
    fits = isinstance(key, str) and len(key) <= FIELD_MAX_CHARACTERS and _FIELD.fullmatch(key)
    return str(key) if fits else None
