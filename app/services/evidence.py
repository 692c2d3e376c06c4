"""Evidence: receiving files, deleting them, taking a deletion back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from app.domain import access, evidence
from app.domain.access import Action, Actor
from app.domain.belonging import Belonging, require_template
from app.domain.errors import N_, Conflict, DomainError, NotFound
from app.domain.evidence import MediaKind
from app.extensions import db
from app.models import Evidence, Submission
from app.models.kept_file import KeptFile
from app.queries import room
from app.queries import submission as submissions
from app.queries.submission import Target
from app.services import advice as advices
from app.services import file_checks, record, reporting
from app.services.reporting import Address, Reporter
from app.storage import EvidenceStore, IncomingFile, StoredFile, StoreUnreachable


@dataclass(frozen=True)
class Limits:
    """Largest file and clip, and the room of an office, in MiB; a room of 0 has no end."""

    max_file_mb: int
    max_clip_mb: int
    quota_mb: int = 0


@dataclass(frozen=True)
class Examined:
    """A received file that may be kept: its name for people, its kind, and the room in MiB that its office has for all files."""

    name: str
    kind: MediaKind
    mark: Belonging | None
    quota_mb: int = 0


def examine(incoming: IncomingFile, name: str, slot: str, *, limits: Limits) -> Examined:
    """Check a received file before it is kept: its name, its size, and that the content is of its kind. Raises Refused.

    Whether it opens, is locked, blank or too long is no reason to refuse it: the worker looks into that and advises."""
    incoming.flush()
    return examine_path(incoming.path, name, slot, limits=limits)


def examine_path(path: Path, name: str, slot: str, *, limits: Limits) -> Examined:
    """The same for bytes that lie complete at a path."""
    name = evidence.safe_name(name)
    kind = evidence.kind_of(name)
    size = path.stat().st_size
    evidence.require_size(kind, size, name, max_file_mb=limits.max_file_mb, max_clip_mb=limits.max_clip_mb)
    evidence.require_content(kind, file_checks.extension_shown_by_content(path, name), name)
    evidence.require_kind_of_slot(kind, slot)
    return Examined(name, kind, file_checks.mark_in(path, name), limits.quota_mb)


def most_files(target: Target, slot: str) -> int:
    """How many files a slot takes. Raises NotFound for a slot that this indicator does not have."""
    if slot in (evidence.PA_LESSON, evidence.PA_EVIDENCE) and target.indicator.part.asks_challenge:
        return 1 if slot == evidence.PA_LESSON else evidence.MAX_FILES_PER_SLOT
    for criterion in target.indicator.active_criteria:
        if slot == evidence.criterion_slot(criterion.number):
            return criterion.max_files
    raise NotFound


def free_place(target: Target, submission: Submission, slot: str) -> int:
    """The first free ordinal of a slot. Raises Conflict when it is full, NotReturned where only other points were returned."""
    reporting.require_slot(submission, slot)
    return free_ordinal(submission.evidence, slot, most_files(target, slot))


def free_ordinal(files: Iterable[KeptFile], slot: str, most: int) -> int:
    """The first ordinal of a slot that no living file has. Raises Conflict when it is full."""
    taken = {row.ordinal for row in files if row.slot == slot}
    for ordinal in range(1, most + 1):
        if ordinal not in taken:
            return ordinal
    raise Conflict(N_("%(count)d files are attached already. Delete one first."), count=most)


def columns_of(examined: Examined, stored: StoredFile, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """What a row keeps of a received file, whatever it is attached to."""
    return {
        "original_name": examined.name,
        "extension": examined.kind.extension,
        "media_type": examined.kind.media_type,
        "size_bytes": stored.size,
        "sha256": stored.sha256,
        "storage_key": stored.key,
        "uploaded_at": now,
        "uploaded_by_id": actor.user_id,
        "uploaded_by_name": actor.name,
    }


@dataclass(frozen=True)
class Attached:
    """A file in its slot, and the report with it as the transaction that attached it leaves it."""

    file: Evidence
    target: Target
    submission: Submission


@contextmanager
def kept_in_store(store: EvidenceStore, incoming: IncomingFile) -> Iterator[StoredFile]:
    """Put a file durably into the store for the time of a transaction; taken out again when that is refused.

    After any other fault it stays for the sweeper: a connection that breaks during the commit leaves open whether the row is
    there, and a row without its bytes would be worse than bytes without a row."""
    stored = store.keep(incoming)
    try:
        yield stored
    except DomainError:
        with suppress(StoreUnreachable):  # then the sweeper takes it
            store.delete(stored.key)
        raise


def attach(
    address: Address,
    slot: str,
    examined: Examined,
    stored: StoredFile,
    *,
    actor: Actor,
    reporter: Reporter,
    now: datetime,
    begun_at: datetime | None = None,
) -> Attached:
    """Record a kept file in its slot. A file begun before the round closed (`begun_at`) is taken for the time of grace.
    Raises Conflict when the slot is full, NoRoom when the office's room is."""
    target, submission = reporting.open_for_writing(address, actor=actor, reporter=reporter, now=now, begun_at=begun_at)
    used = room.used_in_round(target.area.id, target.round.id) if examined.quota_mb else 0
    evidence.require_room(used, stored.size, quota_mb=examined.quota_mb)
    require_template(examined.mark, target.belonging, examined.name)
    row = Evidence(
        area_id=submission.area_id,
        submission_id=submission.id,
        slot=slot,
        ordinal=free_place(target, submission, slot),
        **columns_of(examined, stored, actor=actor, now=now),
    )
    db.session.add(row)
    db.session.flush()
    submissions.add_file(submission, row)
    reporting.note_edit(submission, target, actor=actor, now=now)
    note(row, "attached", actor=actor, now=now, new=row.original_name)
    return Attached(row, target, submission)


def _found(evidence_id: UUID, *, actor: Actor, now: datetime, begun_at: datetime | None) -> tuple[Evidence, Target]:
    row = submissions.evidence_by_id(evidence_id)
    if row is None:
        raise NotFound
    access.require(actor, Action.EDIT_REPORT, row)
    submission = row.submission
    target = submissions.find_target(submission.round.code, submission.area.code, submission.indicator.full_code, actor=actor)
    held = submissions.find(target, locked=True)
    db.session.refresh(row, ["deleted_at", "ordinal"])
    reporting.require_time(target, held, now=now, begun_at=begun_at)
    reporting.require_not_handed_in(target, held)
    reporting.require_slot(held, row.slot)
    return row, target


def remove(evidence_id: UUID, *, actor: Actor, now: datetime, begun_at: datetime | None = None) -> Evidence:
    """Delete a file from its report. The bytes stay for the grace, so that it can be taken back; twice is harmless."""
    row, target = _found(evidence_id, actor=actor, now=now, begun_at=begun_at)
    if row.deleted_at is None:
        row.deleted_at, row.deleted_by_id = now, actor.user_id
        advices.look_again_at_copies(row)
        reporting.touch(row.submission, target, actor=actor, now=now)
        note(row, "deleted", actor=actor, now=now, old=row.original_name)
    return row


def restore(evidence_id: UUID, *, actor: Actor, now: datetime, begun_at: datetime | None = None) -> Evidence:
    """Take a deletion back. Raises Conflict when the slot was filled meanwhile."""
    row, target = _found(evidence_id, actor=actor, now=now, begun_at=begun_at)
    if row.deleted_at is None:
        return row
    row.ordinal = free_place(target, row.submission, row.slot)
    row.deleted_at, row.deleted_by_id, row.inspected_at = None, None, None
    reporting.touch(row.submission, target, actor=actor, now=now)
    note(row, "restored", actor=actor, now=now, new=row.original_name)
    return row


def note(row: Evidence, what: str, *, actor: Actor, now: datetime, old: str | None = None, new: str | None = None) -> None:
    """Put a change of evidence on record."""
    subject = f"submission:{row.submission_id}"
    record.change(actor, subject, f"evidence.{what}:{row.slot}", now=now, area_id=row.area_id, old=old, new=new)
