"""Viruses in files: what became of the search for them, and who may open a file meanwhile.

Without a scanner nothing is searched and every file opens as it lies. With one, a file opens for readers once it was found clean; the
office that sent it may open its own while it waits, and goes on with its report: the search never holds up a deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.errors import N_, DomainError

# How often a file is tried with which the scanner broke off, and after how long again.
MOST_TRIES = 8
FIRST_PAUSE = timedelta(minutes=1)
# So long a file counts as being scanned by a worker; one that died leaves it to the next.
LEASE = timedelta(minutes=15)
# While the scanner does not answer at all it is asked again after so many seconds, doubled up to the last.
ASKED_AGAIN_SECONDS, ASKED_AGAIN_AT_MOST_SECONDS = 5, 300
MOST_REASON_CHARACTERS = 300


class ScanState(StrEnum):
    RECEIVED = "received"
    SCANNING = "scanning"
    CLEAN = "clean"
    INFECTED = "infected"
    FAILED = "failed"
    # An administrator decided that a file opens although it could not be scanned.
    RELEASED = "released"


WAITS = frozenset({ScanState.RECEIVED, ScanState.SCANNING})
OPENS = frozenset({ScanState.CLEAN, ScanState.RELEASED})
STATE_NAMES: dict[str, str] = {
    ScanState.RECEIVED: N_("Waits to be scanned for viruses"),
    ScanState.SCANNING: N_("Being scanned for viruses"),
    ScanState.CLEAN: N_("No virus found"),
    ScanState.INFECTED: N_("Virus found"),
    ScanState.FAILED: N_("Could not be scanned for viruses"),
    ScanState.RELEASED: N_("Opened by an administrator without a scan"),
}


class Why(StrEnum):
    """Why a file could not be scanned."""

    TOO_LARGE = "too_large"
    LIMITS = "limits"
    NO_ANSWER = "no_answer"
    ERROR = "error"
    MISSING = "missing"


WHY_NAMES: dict[str, str] = {
    Why.TOO_LARGE: N_("larger than the scanner takes (StreamMaxLength)"),
    Why.LIMITS: N_("the scanner could not look into all of it"),
    Why.NO_ANSWER: N_("the scanner broke off each time"),
    Why.ERROR: N_("the scanner reported a fault"),
    Why.MISSING: N_("the file is not in the store"),
}


@dataclass(frozen=True)
class Verdict:
    """What the search ended with. `said` is the name of the virus, or one of `Why`."""

    state: ScanState
    said: str = ""


class Scanned(Protocol):
    """A file with what became of the search."""

    scan_state: str
    scan_said: str


def judge(found: str | None) -> Verdict:
    """The verdict of what the scanner found, by its name; nothing found is clean. A limit that it ran into is no virus, and no all-clear."""
    if found is None:
        return Verdict(ScanState.CLEAN)
    if found.startswith(("Heuristics.Limits", "Heuristics.Encrypted")):
        return Verdict(ScanState.FAILED, Why.LIMITS)
    return Verdict(ScanState.INFECTED, found)


def pause_after(tries: int) -> timedelta:
    """After how long a file is tried again with which the scanner broke off."""
    return FIRST_PAUSE * 2 ** min(max(tries - 1, 0), 6)


class NotScannedYet(DomainError):
    """A file that waits for the search, or that could not be searched."""

    status = 423

    def __init__(self, name: str, failed: bool) -> None:
        super().__init__(
            N_("“%(name)s” could not be scanned for viruses, so it does not open. An administrator decides on it.")
            if failed
            else N_("The virus scan of “%(name)s” is not finished yet. It opens here as soon as it is."),
            name=name,
        )


class Infected(DomainError):
    """A file in which a virus was found."""

    status = 403

    def __init__(self, name: str) -> None:
        super().__init__(
            N_("A virus was found in “%(name)s”. Nobody can open it; the office was told to replace it with a clean copy."),
            name=name,
        )


def opens(state: str, *, is_own: bool, scans: bool) -> bool:
    """Whether a file opens. `is_own` is for people of the office that sent it, `scans` whether this installation has a scanner."""
    if state == ScanState.INFECTED:
        return False
    return not scans or is_own or state in OPENS


def require_opens(name: str, state: str, *, is_own: bool, scans: bool) -> None:
    """Raise Infected or NotScannedYet for a file that does not open."""
    if not opens(state, is_own=is_own, scans=scans):
        raise Infected(name) if state == ScanState.INFECTED else NotScannedYet(name, state == ScanState.FAILED)


def is_due(next_at: datetime | None, now: datetime) -> bool:
    """Whether the moment has come to scan a file that waits."""
    return next_at is None or next_at <= now
