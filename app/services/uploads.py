"""Resumable upload, tus 1.0: create, append, finish, give up. Source: contract, Report over HTTP; tus.io protocol 1.0."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, Protocol
from uuid import UUID

from sqlalchemy import select

from app.domain import evidence
from app.domain.access import Actor
from app.domain.belonging import marked, require_template
from app.domain.errors import N_, Conflict, Correctable, DomainError, NotFound
from app.extensions import db, transaction
from app.models import Evidence, SheetFile, Upload
from app.queries import room
from app.queries import sheet as sheet_queries
from app.queries import submission as submissions
from app.queries.submission import Target
from app.services import evidence as evidence_service
from app.services import reporting, sheet_files, sheets, subjects
from app.services.evidence import Examined, Limits
from app.services.reporting import Address, Reporter
from app.storage import BeingWritten, EvidenceStore, StoredFile, StoreUnreachable, WrongStart

LIFETIME = timedelta(hours=24)


class Busy(Correctable):
    """Another request is writing to the same upload."""

    status = 423

    def __init__(self) -> None:
        super().__init__(N_("This file is being received by another request"))


class WrongOffset(Conflict):
    """The part does not begin where the last one ended; the client asks for the offset and goes on."""

    def __init__(self) -> None:
        super().__init__(N_("The part begins at another byte than the last one ended"))


@dataclass(frozen=True)
class Part:
    """What a client sends: from which byte, and the stream."""

    offset: int
    stream: IO[bytes]


def used_by_reports(target: Target) -> int:
    """Bytes that an office keeps already in the round of a report."""
    return room.used_in_round(target.area.id, target.round.id)


def used_by_sheets(sheet_id: int) -> int:
    """Bytes that an office keeps already in the sheets of that one's year. Raises NotFound where it is another office's."""
    sheet = subjects.find(sheet_id).sheet
    return room.used_in_year(sheet.area_id, sheet.started_at)


class Destination(Protocol):
    """Where a file goes: a slot of a report or of a sheet."""

    def require(self, name: str, *, actor: Actor, now: datetime, begun_at: datetime | None) -> dict[str, Any]:
        """What an upload's row says of it. Raises what can be known beforehand: role, window, slot, a full slot."""

    def used(self, place: Mapping[str, Any]) -> int:
        """How many bytes the office keeps already in the room that this file would lie in; `place` is what `require` answered."""

    def attach(
        self, examined: Examined, stored: StoredFile, *, actor: Actor, now: datetime, begun_at: datetime
    ) -> Evidence | SheetFile:
        """Record the complete file in its slot."""


@dataclass(frozen=True)
class ReportSlot:
    """A slot of a report. A report that does not exist yet is begun with the reporter's details."""

    address: Address
    slot: str
    reporter: Reporter

    def require(self, name: str, *, actor: Actor, now: datetime, begun_at: datetime | None) -> dict[str, Any]:
        target = reporting.find_writable(self.address, actor=actor)
        there = submissions.find(target)
        reporting.require_time(target, there, now=now, begun_at=begun_at)
        reporting.require_slot(there, self.slot)
        require_template(marked(name), target.belonging, name)
        most = evidence_service.most_files(target, self.slot)
        reporting.require_not_handed_in(target, there)
        evidence_service.free_ordinal(there.evidence if there is not None else [], self.slot, most)
        return {"area_id": target.area.id, "round_id": target.round.id, "indicator_id": target.indicator.id}

    def used(self, place: Mapping[str, Any]) -> int:
        return room.used_in_round(place["area_id"], place["round_id"])

    def attach(
        self, examined: Examined, stored: StoredFile, *, actor: Actor, now: datetime, begun_at: datetime
    ) -> Evidence | SheetFile:
        attached = evidence_service.attach(
            self.address, self.slot, examined, stored, actor=actor, reporter=self.reporter, now=now, begun_at=begun_at
        )
        return attached.file


@dataclass(frozen=True)
class SheetSlot:
    """A slot of a sheet."""

    sheet_id: int
    slot: str

    def require(self, name: str, *, actor: Actor, now: datetime, begun_at: datetime | None) -> dict[str, Any]:
        subject = subjects.find(self.sheet_id)
        sheets.require_editable(subject, actor=actor)
        sheet_files.require_place(subject, self.slot)
        return {"area_id": subject.sheet.area_id, "sheet_id": self.sheet_id}

    def used(self, place: Mapping[str, Any]) -> int:
        return used_by_sheets(self.sheet_id)

    def attach(
        self, examined: Examined, stored: StoredFile, *, actor: Actor, now: datetime, begun_at: datetime
    ) -> Evidence | SheetFile:
        return sheet_files.attach(self.sheet_id, self.slot, examined, stored, actor=actor, now=now)


def _destination(upload: Upload, reporter: Reporter) -> Destination:
    if upload.round is not None and upload.indicator is not None:
        address = Address(upload.round.code, upload.area.code, upload.indicator.full_code)
        return ReportSlot(address, upload.slot, reporter)
    return SheetSlot(upload.sheet_id or 0, upload.slot)


def create(
    where: Destination,
    slot: str,
    name: str,
    size: int,
    *,
    actor: Actor,
    limits: Limits,
    now: datetime,
    begun_at: datetime | None = None,
) -> Upload:
    """Begin an upload. What can be known beforehand is refused beforehand: role, window, slot, kind, size, a full slot, the office's room.

    `begun_at` is when the request arrived; the upload then counts as begun at that moment."""
    name = evidence.safe_name(name)
    place = where.require(name, actor=actor, now=now, begun_at=begun_at)
    kind = evidence.kind_of(name)
    evidence.require_size(kind, size, name, max_file_mb=limits.max_file_mb, max_clip_mb=limits.max_clip_mb)
    if limits.quota_mb:
        evidence.require_room(where.used(place), size, quota_mb=limits.quota_mb)
    upload = Upload(
        **place,
        user_id=actor.user_id,
        slot=slot,
        original_name=name,
        size_bytes=size,
        incoming_name=secrets.token_hex(16),
        begun_at=begun_at or now,
        expires_at=now + LIFETIME,
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def find(upload_id: UUID, *, actor: Actor, now: datetime) -> Upload:
    """One's own upload while it lives. Raises NotFound for anyone else's, an expired or an unknown one."""
    upload = db.session.get(Upload, upload_id)
    if upload is None or upload.user_id != actor.user_id or upload.expires_at <= now:
        raise NotFound
    return upload


def offset_of(upload: Upload, store: EvidenceStore) -> int:
    """How many bytes have arrived durably."""
    if upload.evidence_id is not None:
        return upload.size_bytes
    return store.arrived(upload.incoming_name)


def append(upload: Upload, part: Part, store: EvidenceStore) -> int:
    """Keep a part durably; whatever arrived before a broken line is kept. Returns the new offset.

    Raises WrongOffset for a part that does not begin where the last one ended, changing nothing; Busy while another is written."""
    name, most = upload.incoming_name, upload.size_bytes - part.offset
    try:
        return store.append(name, part.offset, part.stream, most, alone=lambda: _alone(upload.id))
    except BeingWritten:
        raise Busy from None
    except WrongStart:
        raise WrongOffset from None


@contextmanager
def _alone(upload_id: UUID) -> Iterator[None]:
    """Nobody else adds to this upload, on whatever host, and it is not finished yet: the lock on its row says so."""
    with transaction():
        upload = db.session.get(Upload, upload_id, with_for_update=True)
        if upload is None or upload.evidence_id is not None:
            raise WrongOffset
        yield


def finish(
    upload_id: UUID, store: EvidenceStore, *, actor: Actor, reporter: Reporter, limits: Limits, now: datetime
) -> Evidence | SheetFile:
    """Turn a complete upload into a file of its report or sheet, once. Opens its own transaction, for the file is put in place before it.

    Raises what `evidence.examine` and attaching raise; the received bytes are then gone."""
    upload = find(upload_id, actor=actor, now=now)
    if (known := _already_finished(upload)) is not None:
        return known
    where, incoming_name, begun_at = _destination(upload, reporter), upload.incoming_name, upload.begun_at
    try:
        with store.gathered(incoming_name, upload.size_bytes) as found:
            examined = evidence_service.examine_path(found.path, upload.original_name, upload.slot, limits=limits)
            stored = found.keep()
    except FileNotFoundError:
        raise Busy from None  # another request has just finished it
    except DomainError:
        _forget(store, incoming_name)
        raise
    try:
        with transaction():
            # A client whose answer did not arrive asks again while the first request is still at work.
            upload = db.session.get_one(Upload, upload_id, with_for_update=True)
            if (known := _already_finished(upload)) is not None:
                with suppress(StoreUnreachable):
                    store.delete(stored.key)
                return known
            row = where.attach(examined, stored, actor=actor, now=now, begun_at=begun_at)
            db.session.flush()
            upload.evidence_id = row.id
    except DomainError:
        # Refused for good. After any other fault the client goes on with what has arrived, and what was kept stays for the
        # sweeper: a connection that breaks during the commit leaves open whether the row is there.
        _forget(store, incoming_name, stored.key)
        raise
    _forget(store, incoming_name)
    return row


def _forget(store: EvidenceStore, incoming_name: str, key: str | None = None) -> None:
    """Take away what is not needed any more. What is decided stands, also where the store went away meanwhile: the sweeper comes later."""
    with suppress(StoreUnreachable):
        if key is not None:
            store.delete(key)
        store.forget_gathered(incoming_name)


def _already_finished(upload: Upload) -> Evidence | SheetFile | None:
    if upload.evidence_id is None:
        return None
    return submissions.evidence_by_id(upload.evidence_id) or sheet_queries.file_by_id(upload.evidence_id)


def give_up(upload: Upload, store: EvidenceStore) -> None:
    """Forget an upload and its bytes."""
    store.forget_gathered(upload.incoming_name)
    db.session.delete(upload)


def expire(store: EvidenceStore, *, now: datetime) -> int:
    """Forget what was abandoned. Returns how many uploads went."""
    abandoned = list(db.session.scalars(select(Upload).where(Upload.expires_at <= now)))
    for upload in abandoned:
        give_up(upload, store)
    return len(abandoned)
