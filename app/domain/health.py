"""What an installation needs in order to serve, and from when on it ails. Words for machines, not for people."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

# The worker beats every half minute.
PULSE_FRESH = timedelta(minutes=3)
# A mail whose time has come leaves within seconds; a full outbox takes some minutes.
MAIL_WAITS = timedelta(minutes=15)
BACKUP_FRESH = timedelta(hours=26)
# Signatures of viruses are published every day.
SIGNATURES_FRESH = timedelta(days=7)


class Part(StrEnum):
    """What may not be ready."""

    DATABASE = "database"
    MIGRATIONS = "migrations"
    STORE = "store"
    ROOM = "room"
    WORKER = "worker"
    MAIL = "mail"


def is_fresh(beat_at: datetime | None, now: datetime) -> bool:
    """Whether the worker lives."""
    return beat_at is not None and now - beat_at < PULSE_FRESH


def is_stuck(oldest_due_at: datetime | None, now: datetime) -> bool:
    """Whether mail that should have left lies there."""
    return oldest_due_at is not None and now - oldest_due_at >= MAIL_WAITS
