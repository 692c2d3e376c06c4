"""Files of sheets: received, used once more, deleted, and a deletion taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain import place
from app.domain.access import Actor
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.evidence import require_room
from app.domain.scanning import ScanState
from app.extensions import db
from app.models import Evidence, SheetFile
from app.queries import room
from app.queries import sheet as sheet_queries
from app.queries import submission as submissions
from app.services import evidence, record, sheets, subjects
from app.services.evidence import Examined
from app.services.sheets import Subject
from app.storage import StoredFile

_SAME_BYTES = (
    *("original_name", "extension", "media_type", "size_bytes", "sha256", "page_count", "storage_key"),
    *("scan_state", "scan_said", "scan_tries", "scan_next_at", "scanned_at"),
)


def require_place(subject: Subject, slot: str) -> int:
    """The first free ordinal of a slot. Raises NotFound for a slot that is not asked, Conflict where it is full."""
    most = subject.asked.slots.get(slot)
    if most is None:
        raise NotFound
    return evidence.free_ordinal(subject.sheet.files, slot, most)


def attach(sheet_id: int, slot: str, examined: Examined, stored: StoredFile, *, actor: Actor, now: datetime) -> SheetFile:
    """Record a kept file in its slot. Raises Conflict when the slot is full, NoRoom when the office's room is, NotEditable while the
    sheet rests."""
    subject = subjects.held(sheet_id)
    used = room.used_in_year(subject.sheet.area_id, subject.sheet.started_at) if examined.quota_mb else 0
    require_room(used, stored.size, quota_mb=examined.quota_mb)
    return _add(subject, slot, "attached", evidence.columns_of(examined, stored, actor=actor, now=now), actor=actor, now=now)


def cite(sheet_id: int, slot: str, source_id: UUID, where: str, *, actor: Actor, now: datetime) -> SheetFile:
    """Put a file that the office sent before, for whatever job, into a slot: a row of its own over the same bytes.

    Raises NotFound for a file that is gone or another office's, Conflict for a full slot and for a file that lies there already."""
    subject = subjects.held(sheet_id)
    source = source_of(source_id, subject.sheet.area_id)
    if any(row.slot == slot and row.sha256 == source.sha256 for row in subject.sheet.files):
        raise Conflict(N_("“%(name)s” lies here already"), name=source.original_name)
    values = same_bytes(source) | {
        "place": place.read_place(where),
        "uploaded_at": now,
        "uploaded_by_id": actor.user_id,
        "uploaded_by_name": actor.name,
    }
    return _add(subject, slot, "cited", values, actor=actor, now=now)


def same_bytes(source: Evidence | SheetFile) -> dict[str, Any]:
    """What a row over the same bytes has in common with the one it is made from."""
    return {name: getattr(source, name) for name in _SAME_BYTES}


def source_of(source_id: UUID, area_id: int) -> Evidence | SheetFile:
    """A living file of the office by its id, of a report or of a sheet. Raises NotFound, Refused for one in which a virus was found."""
    source: Evidence | SheetFile | None = submissions.evidence_by_id(source_id) or sheet_queries.file_by_id(source_id)
    if source is None or source.deleted_at is not None or source.area_id != area_id:
        raise NotFound
    if source.scan_state == ScanState.INFECTED:
        raise Refused(N_("A virus was found in “%(name)s”. Attach a clean copy instead."), name=source.original_name)
    return source


def _add(subject: Subject, slot: str, what: str, values: dict[str, Any], *, actor: Actor, now: datetime) -> SheetFile:
    sheets.require_editable(subject, actor=actor)
    sheet = subject.sheet
    row = SheetFile(
        area_id=sheet.area_id,
        sheet_id=sheet.id,
        slot=slot,
        ordinal=require_place(subject, slot),
        **values,
    )
    db.session.add(row)
    sheets.touch(subject, actor=actor, now=now)
    _note(row, what, actor=actor, now=now, new=row.original_name)
    return row


def _found(file_id: UUID, *, actor: Actor) -> tuple[SheetFile, Subject]:
    row = sheet_queries.file_by_id(file_id)
    if row is None:
        raise NotFound
    subject = subjects.held(row.sheet_id)
    db.session.refresh(row, ["deleted_at", "ordinal"])
    sheets.require_editable(subject, actor=actor)
    return row, subject


def remove(file_id: UUID, *, actor: Actor, now: datetime) -> SheetFile:
    """Delete a file from its sheet. The bytes stay for the grace, so that it can be taken back; twice is harmless."""
    row, subject = _found(file_id, actor=actor)
    if row.deleted_at is None:
        row.deleted_at, row.deleted_by_id = now, actor.user_id
        sheets.touch(subject, actor=actor, now=now)
        _note(row, "deleted", actor=actor, now=now, old=row.original_name)
    return row


def restore(file_id: UUID, *, actor: Actor, now: datetime) -> SheetFile:
    """Take a deletion back. Raises Conflict when the slot was filled meanwhile."""
    row, subject = _found(file_id, actor=actor)
    if row.deleted_at is None:
        return row
    row.ordinal = require_place(subject, row.slot)
    row.deleted_at, row.deleted_by_id = None, None
    sheets.touch(subject, actor=actor, now=now)
    _note(row, "restored", actor=actor, now=now, new=row.original_name)
    return row


def _note(row: SheetFile, what: str, *, actor: Actor, now: datetime, old: str | None = None, new: str | None = None) -> None:
    record.change(
        actor, sheets.subject_of_record(row.sheet_id), f"file.{what}:{row.slot}", now=now, area_id=row.area_id, old=old, new=new
    )
