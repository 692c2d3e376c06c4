"""Verifying: files against the store, and the record of changes link by link against its hashes, heads and signatures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, cast

from sqlalchemy import Row

from app import signing
from app.domain import chain
from app.domain.chain import Entry
from app.models import ChainHead, Checkpoint
from app.queries import record as records
from app.queries import stored
from app.storage import EvidenceStore

SIGNED_WITHIN = timedelta(days=1)


@dataclass
class Count:
    """What was looked at."""

    files: int = 0
    orphans: int = 0
    file_faults: int = 0
    changes: int = 0
    chains: int = 0
    checkpoints: int = 0
    record_faults: int = 0
    long_unsigned: int = 0

    def lines(self) -> list[str]:
        """The summary at the end."""
        return [
            f"checked {self.files} files: {self.file_faults} faults, {self.orphans} files that no row refers to",
            f"checked {self.changes} changes in {self.chains} chains against {self.checkpoints} checkpoints: "
            f"{self.record_faults} faults, {self.long_unsigned} changes without a signature for more than a day",
        ]


def files(store: EvidenceStore, count: Count) -> Iterator[str]:
    """Every file that is missing or differs, one line each."""
    living = stored.keys()
    for name, key, sha256 in stored.files():
        count.files += 1
        try:
            fault = "" if store.sha256_of(key) == sha256 else f"differs: {name}"
        except FileNotFoundError:
            fault = f"missing: {name}"
        if fault:
            count.file_faults += 1
            yield fault
    count.orphans = sum(1 for key in store.keys() if key not in living)


def record(count: Count, *, now: datetime) -> Iterator[str]:
    """Everything in the record of changes that does not fit, one line each, chain by chain; then answers against the record."""
    for number, name in records.chains().items():
        count.chains += 1
        for fault in _chain(number, name, count, now=now):
            count.record_faults += 1
            yield fault
    for area, indicator, key, recorded in records.answers_off_record():
        count.record_faults += 1
        said = f"is not what change {recorded} stored" if recorded else "is not on record"
        yield f"answer {key} of {area} {indicator} {said}: edited in the database"


def _chain(number: int, name: str, count: Count, *, now: datetime) -> Iterator[str]:
    checkpoints = records.checkpoints(number)
    count.checkpoints += len(checkpoints)
    yield from _signatures(name, checkpoints)
    walk = Walk(name, {row.sequence: row for row in checkpoints})
    for row in records.links(number):
        count.changes += 1
        yield from walk.step(row)
        count.long_unsigned += row.sequence > walk.last_signed and row.at < now - SIGNED_WITHIN
    yield from walk.end(records.head(number))


def _signatures(name: str, checkpoints: list[Checkpoint]) -> Iterator[str]:
    """Checkpoints that the server did not sign, and those that were taken out."""
    before = 0
    for row in checkpoints:
        where = f"the checkpoint of {name} at no. {row.sequence}, {row.at:%Y-%m-%d %H:%M:%S} UTC,"
        if not signing.verify(row.key_id, chain.anchor_bytes(row), row.signature):
            yield f"{where} is not signed by this server: forged or edited"
        if row.previous_sequence != before:
            yield f"{where} follows one at no. {row.previous_sequence} that is missing"
        before = row.sequence


@dataclass
class Walk:
    """Goes along a chain from a link that is known, and says what does not fit."""

    name: str
    signed: dict[int, Checkpoint] = field(default_factory=dict)
    sequence: int = 0
    hash: str = chain.BEGINNING

    @cached_property
    def last_signed(self) -> int:
        return max(self.signed, default=0)

    def step(self, row: Row[Any]) -> Iterator[str]:
        """The next link. What is said of it names its number and moment, and what is wrong with it."""
        at = f"{row.at:%Y-%m-%d %H:%M:%S} UTC"
        where = f"change {row.id} of {self.name}, no. {row.sequence}, {at}, {row.subject} {row.what},"
        if row.sequence != self.sequence + 1:
            yield f"missing: {row.sequence - self.sequence - 1} changes of {self.name} after no. {self.sequence}, before {at}"
        elif row.previous_hash != self.hash:
            yield f"{where} does not fit: it does not follow the one before it"
        if chain.digest(cast(Entry, row)) != row.hash:
            yield f"{where} does not fit: edited"
        checkpoint = self.signed.get(row.sequence)
        if checkpoint is not None and checkpoint.hash != row.hash:
            yield f"{where} does not fit: the server signed another hash at {checkpoint.at:%Y-%m-%d %H:%M:%S} UTC, written anew"
        self.sequence, self.hash = row.sequence, row.hash

    def end(self, head: ChainHead | None) -> Iterator[str]:
        """The end of the chain against its head and against the last checkpoint."""
        if self.last_signed > self.sequence:
            yield f"missing: {self.last_signed - self.sequence} changes of {self.name} after no. {self.sequence}, signed before"
        if head is None:
            yield f"the head of {self.name} is missing"
        elif head.sequence > self.sequence:
            yield f"missing: {head.sequence - self.sequence} changes of {self.name} after no. {self.sequence}, before its head"
        elif (head.sequence, head.hash) != (self.sequence, self.hash):
            yield f"the head of {self.name} does not match: it stands at no. {head.sequence}, the last change is no. {self.sequence}"
