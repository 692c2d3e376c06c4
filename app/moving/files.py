"""Copying every file that the database names to another store, several at a time; what is there and equal is left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

from app.storage import EvidenceStore

AT_A_TIME = 8
SAY_EVERY = 1000


class Outcome(StrEnum):
    """What became of a file."""

    COPIED = "copied"
    THERE = "there already"
    # Of a row that was deleted nothing is expected.
    GONE = "gone"
    MISSING = "missing"
    DIFFERS = "differs"


FAULTS = (Outcome.MISSING, Outcome.DIFFERS)


@dataclass
class Moved:
    """How many files met which end, and a line for each that is not there as it should be."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    faults: list[str] = field(default_factory=list)


def move(
    wanted: Mapping[str, str | None], source: EvidenceStore, target: EvidenceStore, *, say: Callable[[int, int], None]
) -> Moved:
    """Copy files by their keys, each with the sha256 that its row names, or None where nothing is expected of it any more. The source stays.
    `say` is told now and then how many are done of how many. Raises StoreUnreachable; begun again, it goes on."""
    moved = Moved()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        outcomes = pool.map(lambda key: (key, _move_one(key, wanted[key], source, target)), sorted(wanted))
        for done, (key, outcome) in enumerate(outcomes, start=1):
            moved.counts[outcome] += 1
            if outcome in FAULTS:
                moved.faults.append(f"{outcome}: {key}")
            if done % SAY_EVERY == 0:
                say(done, len(wanted))
    return moved


def _move_one(key: str, sha256: str | None, source: EvidenceStore, target: EvidenceStore) -> Outcome:
    try:
        expected = sha256 or source.sha256_of(key)
        if _has(target, key, expected):
            return Outcome.THERE
        with source.open(key) as file:
            target.put(key, file, size=file.size, sha256=expected)
    except FileNotFoundError:
        return Outcome.GONE if sha256 is None else Outcome.MISSING
    except ValueError:
        return Outcome.DIFFERS
    return Outcome.COPIED if _has(target, key, expected) else Outcome.DIFFERS


def _has(store: EvidenceStore, key: str, sha256: str) -> bool:
    """Whether every byte of a file is there, by reading it."""
    try:
        return store.sha256_of(key) == sha256
    except FileNotFoundError:
        return False
