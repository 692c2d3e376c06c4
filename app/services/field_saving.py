"""Saving single fields, each against the version that the person saw: the same for reports and for sheets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableSequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from app.domain.access import Actor
from app.domain.errors import N_, Message, Refused
from app.domain.fields import Reader, Typed
from app.models.field import TypedField
from app.services import record

Row = TypeVar("Row", bound=TypedField)


@dataclass(frozen=True)
class Typing:
    """One field as it was typed, against the version the person saw; None where the client knows of no versions."""

    value: Typed
    version: int | None


@dataclass(frozen=True)
class Conflict:
    """Two people typed into one field: both texts, and whose is stored."""

    yours: str | None
    theirs: str | None
    by: str
    at: datetime
    version: int


@dataclass
class Outcome:
    """What became of a save. Fields are independent: good ones are stored whatever happens to the others."""

    saved_at: datetime
    versions: dict[str, int] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)


@dataclass(frozen=True)
class Holder(Generic[Row]):
    """Where fields are stored: the rows there are, how a new one is made, and what the record of changes calls it. `refusal` is why a
    field may not be edited at the moment, or None."""

    rows: MutableSequence[Row]
    make: Callable[[str], Row]
    subject: str
    area_id: int
    refusal: Callable[[str], Message | None] = lambda _: None


def read(
    changes: Mapping[str, Typing], readers: Mapping[str, Reader], outcome: Outcome
) -> dict[str, tuple[str | None, int | None]]:
    """The fields that can be kept, by key: (value, version seen). The others are noted as errors."""
    good: dict[str, tuple[str | None, int | None]] = {}
    for key, typing in changes.items():
        if key not in readers:
            outcome.errors[key] = Message(N_("This report has no such field"))
            continue
        try:
            good[key] = (readers[key](typing.value), typing.version)
        except Refused as refusal:
            outcome.errors[key] = refusal.message
    return good


def store(
    holder: Holder[Row], good: Mapping[str, tuple[str | None, int | None]], outcome: Outcome, *, actor: Actor
) -> Collection[str]:
    """Store what was read. Answers the keys that changed."""
    stored = {row.field_key: row for row in holder.rows}
    return [
        key
        for key, (value, seen) in good.items()
        if _store_one(holder, stored.get(key), key, value, seen, outcome, actor=actor)
    ]


def _store_one(
    holder: Holder[Row],
    row: Row | None,
    key: str,
    value: str | None,
    seen: int | None,
    outcome: Outcome,
    *,
    actor: Actor,
) -> bool:
    now = outcome.saved_at
    current, version = (row.value, row.version) if row is not None else (None, 0)
    if value == current:
        outcome.versions[key] = version
        return False
    if (refusal := holder.refusal(key)) is not None:
        outcome.errors[key] = refusal
        return False
    if seen is not None and seen != version and row is not None:
        outcome.conflicts[key] = Conflict(value, current, row.changed_by_name, row.changed_at, version)
        record.change(actor, holder.subject, f"conflict:{key}", now=now, area_id=holder.area_id, old=current, new=value)
        return False
    if row is None:
        row = holder.make(key)
        row.version = 0
        holder.rows.append(row)
    row.value, row.version = value, version + 1
    row.changed_at, row.changed_by_id, row.changed_by_name = now, actor.user_id, actor.name
    record.change(actor, holder.subject, key, now=now, area_id=holder.area_id, old=current, new=value)
    outcome.versions[key] = row.version
    return True
