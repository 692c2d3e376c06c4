"""The chain in the record of changes: each row carries a hash over itself and over the row before it.

One chain for each office, and one for the centre. Whoever edits, takes out or slips in a row would have to make every later
row anew; that the signed checkpoints give away."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Protocol

CENTRE = 0
BEGINNING = "0" * 64
CHECKPOINT_EVERY = timedelta(hours=1)


class Entry(Protocol):
    """What of a row is under its hash. The account's number is not: it is taken away when the account goes."""

    chain: int
    sequence: int
    previous_hash: str
    at: datetime
    actor_name: str
    area_id: int | None
    subject: str
    what: str
    old_value: str | None
    new_value: str | None


def chain_of(area_id: int | None) -> int:
    """The number of an office's chain; what belongs to no office is the centre's."""
    return CENTRE if area_id is None else area_id


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest(entry: Entry) -> str:
    """The hash of a row, in hex. Written the same way for ever: the migration and every earlier row depend on it."""
    parts = [
        entry.chain,
        entry.sequence,
        _moment(entry.at),
        entry.actor_name,
        entry.area_id,
        entry.subject,
        entry.what,
        entry.old_value,
        entry.new_value,
    ]
    text = entry.previous_hash + "\n" + json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class Anchor(Protocol):
    """What a checkpoint vouches for; `previous_sequence` is that of the chain's checkpoint before it, 0 for the first."""

    chain: int
    sequence: int
    previous_sequence: int
    hash: str
    at: datetime


def anchor_bytes(anchor: Anchor) -> bytes:
    """The bytes that are signed for a checkpoint."""
    parts = ["e-MES checkpoint", anchor.chain, anchor.sequence, anchor.previous_sequence, anchor.hash, _moment(anchor.at)]
    return json.dumps(parts, ensure_ascii=True, separators=(",", ":")).encode("ascii")
