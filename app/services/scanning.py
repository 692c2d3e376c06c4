"""The search for viruses: taking the next file, noting what was found and telling whom it concerns, deciding on what could not be scanned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from app.domain import access, scanning
from app.domain.access import COUNTRY, Action, Actor
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.scanning import WAITS, ScanState, Verdict, Why
from app.domain.thai import is_blank, single_line
from app.extensions import db, transaction
from app.models import Evidence, OfficeOrder, SheetFile
from app.queries import scanning as queries
from app.queries.scanning import File
from app.services import notices, record, subjects

# Where the bytes of a file lie → what the search ended with.
Scan: TypeAlias = Callable[[str], Verdict]


class GaveNoVerdict(Exception):
    """The scanner broke off with this file, or reported a fault. `why` is said once it was tried often enough."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Taken:
    """A file that this worker scans now."""

    storage_key: str
    tries: int


def scan_one(scan: Scan, *, now: Callable[[], datetime]) -> bool:
    """Scan the file that is next, if one is due, in transactions before and after: nobody waits for a long file. Answers whether there was one.

    A file with which the scanner broke off waits longer each time; after the last it could not be scanned. Whatever else `scan` raises
    leaves the file waiting, untried."""
    with transaction():
        taken = _take(now=now())
    if taken is None:
        return False
    try:
        verdict = scan(taken.storage_key)
    except GaveNoVerdict as fault:
        if taken.tries < scanning.MOST_TRIES:
            with transaction():
                next_at = now() + scanning.pause_after(taken.tries)
                queries.write(taken.storage_key, WAITS, scan_state=ScanState.RECEIVED.value, scan_next_at=next_at)
            return True
        verdict = Verdict(ScanState.FAILED, fault.why)
    except BaseException:
        with transaction():
            values = {"scan_state": ScanState.RECEIVED.value, "scan_next_at": None, "scan_tries": taken.tries - 1}
            queries.write(taken.storage_key, WAITS, **values)
        raise
    with transaction():
        note(taken.storage_key, verdict, now=now())
    return True


def _take(*, now: datetime) -> Taken | None:
    row = queries.next_due(now)
    if row is None or row.storage_key is None:
        return None
    taken = Taken(row.storage_key, row.scan_tries + 1)
    values = {"scan_state": ScanState.SCANNING.value, "scan_tries": taken.tries, "scan_next_at": now + scanning.LEASE}
    queries.write(taken.storage_key, WAITS, **values)
    return taken


def note(storage_key: str, verdict: Verdict, *, now: datetime) -> None:
    """Write what the search ended with into every file over these bytes. Of a virus their offices are told at once, and the centre."""
    # A virus counts whatever was found or decided before; anything else decides on what waits alone.
    among = ScanState if verdict.state == ScanState.INFECTED else WAITS
    said = str(verdict.said)[:100]
    queries.write(storage_key, among, scan_state=verdict.state.value, scan_said=said, scan_next_at=None, scanned_at=now)
    if verdict.state == ScanState.INFECTED:
        for row in queries.of_bytes(storage_key):
            _tell(row, verdict, now=now)


def _tell(row: File, verdict: Verdict, *, now: datetime) -> None:
    path, key = path_of(row), f"virus:{type(row).__name__}:{row.id}"
    words = {"name": row.original_name, "virus": str(verdict.said)}
    record.change(
        _SCANNER, f"file:{row.id}", "virus found", now=now, area_id=row.area_id, new=f"{row.original_name}: {verdict.said}"
    )
    is_gone = row.removed_at is not None if isinstance(row, OfficeOrder) else row.deleted_at is not None
    if not is_gone:
        notices.tell(queries.people_of(row), "file_infected", now=now, dedupe_key=key, path=path, mail="notice", **words)
    notices.tell(
        queries.administrators(), "file_infected_centre", now=now, dedupe_key=f"{key}:centre", path="/received-files/", **words
    )


_SCANNER = Actor(user_id=None, name="e-MES")


def path_of(row: File) -> str:
    """The page on which a file stands; none for an order, which stands on several."""
    if isinstance(row, Evidence):
        report = row.submission
        return f"/reports/{report.round.code}/{report.area.code}/{report.indicator.full_code}"
    if isinstance(row, SheetFile):
        try:
            return subjects.find(row.sheet_id).path
        except NotFound:
            return ""
    return ""


def require_opens(row: File, *, actor: Actor, scans: bool) -> None:
    """Raise Infected or NotScannedYet for a file that does not open to this person."""
    scanning.require_opens(row.original_name, row.scan_state, is_own=row.area_id in actor.area_ids, scans=scans)


def _undecided(kind: str, row_id: str, *, actor: Actor) -> File:
    access.require(actor, Action.RELEASE_FILE, COUNTRY)
    row = queries.by_id(kind, row_id)
    if row is None:
        raise NotFound
    db.session.refresh(row, ["scan_state"], with_for_update=True)
    if row.scan_state != ScanState.FAILED:
        raise Conflict(N_("This file is not one that could not be scanned. Look at the page again."))
    return row


def release(kind: str, row_id: str, reason: str, *, actor: Actor, now: datetime) -> File:
    """Open a file that could not be scanned, on the record and with a reason. Raises Conflict for one in any other state, Refused without
    a reason, NotAllowed for who is no administrator. A file in which a virus was found is never opened."""
    row = _undecided(kind, row_id, actor=actor)
    if is_blank(reason):
        raise Refused(N_("Write why the file may be opened without a scan"))
    said = single_line(reason)[: scanning.MOST_REASON_CHARACTERS]
    queries.write(row.storage_key or "", [ScanState.FAILED], scan_state=ScanState.RELEASED.value, scanned_at=now)
    record.change(actor, f"file:{row.id}", "opened without a scan", now=now, area_id=row.area_id, old=row.scan_said, new=said)
    return row


def scan_again(kind: str, row_id: str, *, actor: Actor, now: datetime) -> File:
    """Let a file that could not be scanned wait once more, as after a setting of the scanner was changed. Raises as `release` does."""
    row = _undecided(kind, row_id, actor=actor)
    values = {"scan_state": ScanState.RECEIVED.value, "scan_tries": 0, "scan_said": "", "scan_next_at": None}
    queries.write(row.storage_key or "", [ScanState.FAILED], **values)
    record.change(actor, f"file:{row.id}", "scanned again", now=now, area_id=row.area_id, old=row.scan_said)
    return row
