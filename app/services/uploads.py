"""Resumable upload, tus 1.0: create, append, finish, give up. Source: contract, Report over HTTP; tus.io protocol 1.0."""

from __future__ import annotations

import fcntl
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from sqlalchemy import select

from app.domain import evidence
from app.domain.access import Actor
from app.domain.belonging import marked, require_template
from app.domain.errors import N_, Conflict, Correctable, DomainError, NotFound
from app.extensions import db, transaction
from app.models import Evidence, Upload
from app.queries import submission as submissions
from app.services import evidence as evidence_service
from app.services import reporting
from app.services.evidence import Limits
from app.services.reporting import Address, Reporter
from app.storage import FolderStorage

LIFETIME = timedelta(hours=24)
BLOCK_BYTES = 256 * 1024


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


def create(
    address: Address,
    slot: str,
    name: str,
    size: int,
    *,
    actor: Actor,
    limits: Limits,
    now: datetime,
    begun_at: datetime | None = None,
) -> Upload:
    """Begin an upload. What can be known beforehand is refused beforehand: role, window, slot, kind, size, a full slot.

    `begun_at` is when the request arrived; the upload then counts as begun at that moment."""
    target = reporting.find_writable(address, actor=actor)
    there = submissions.find(target)
    reporting.require_time(target, there, now=now, begun_at=begun_at)
    reporting.require_slot(there, slot)
    name = evidence.safe_name(name)
    require_template(marked(name), target.belonging, name)
    kind = evidence.kind_of(name)
    evidence.require_size(kind, size, name, max_file_mb=limits.max_file_mb, max_clip_mb=limits.max_clip_mb)
    most = evidence_service.most_files(target, slot)
    reporting.require_not_handed_in(target, there)
    if there is not None and sum(1 for row in there.evidence if row.slot == slot) >= most:
        raise Conflict(N_("%(count)d files are attached already. Delete one first."), count=most)
    upload = Upload(
        area_id=target.area.id,
        user_id=actor.user_id,
        round_id=target.round.id,
        indicator_id=target.indicator.id,
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


def offset_of(upload: Upload, store: FolderStorage) -> int:
    """How many bytes have arrived durably."""
    if upload.evidence_id is not None:
        return upload.size_bytes
    path = store.incoming_path(upload.incoming_name)
    return path.stat().st_size if path.exists() else 0


def append(upload: Upload, part: Part, store: FolderStorage) -> int:
    """Write a part and flush it to the disk; whatever arrived before a broken line is kept. Returns the new offset.

    Raises WrongOffset for a part that does not begin where the last one ended, changing nothing; Busy while another is written."""
    descriptor = os.open(store.incoming_path(upload.incoming_name), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        arrived = os.fstat(descriptor).st_size
        if part.offset != arrived:
            raise WrongOffset
        try:
            arrived += _write(descriptor, arrived, part.stream, upload.size_bytes - arrived)
        finally:
            os.fsync(descriptor)
        return arrived
    finally:
        os.close(descriptor)


def _write(descriptor: int, at: int, stream: IO[bytes], most: int) -> int:
    """Copy at most so many bytes in blocks; returns how many. A broken line ends it with what came through."""
    written = 0
    while written < most:
        try:
            block = stream.read(min(BLOCK_BYTES, most - written))
        except OSError:
            break
        if not block:
            break
        unwritten = memoryview(block)
        while unwritten:  # a disk that is filling up takes a piece of a block, and refuses only the next one
            taken = os.pwrite(descriptor, unwritten, at + written)
            unwritten, written = unwritten[taken:], written + taken
    return written


def finish(
    upload_id: UUID, store: FolderStorage, *, actor: Actor, reporter: Reporter, limits: Limits, now: datetime
) -> Evidence:
    """Turn a complete upload into evidence, once. Opens its own transaction, for the file is put in place before it.

    Raises what `evidence.examine` and `evidence.attach` raise; the received bytes are then gone."""
    upload = find(upload_id, actor=actor, now=now)
    if (known := _already_finished(upload)) is not None:
        return known
    address = Address(upload.round.code, upload.area.code, upload.indicator.full_code)
    slot, name, incoming_name, begun_at = upload.slot, upload.original_name, upload.incoming_name, upload.begun_at
    try:
        examined = evidence_service.examine_path(store.incoming_path(incoming_name), name, slot, limits=limits)
        stored = store.keep_gathered(incoming_name)
    except FileNotFoundError:
        raise Busy from None  # another request has just finished it
    except DomainError:
        store.forget_gathered(incoming_name)
        raise
    try:
        with transaction():
            # A client whose answer did not arrive asks again while the first request is still at work.
            upload = db.session.get_one(Upload, upload_id, with_for_update=True)
            if (known := _already_finished(upload)) is not None:
                store.delete(stored.key)
                return known
            row = evidence_service.attach(
                address, slot, examined, stored, actor=actor, reporter=reporter, now=now, begun_at=begun_at
            )
            db.session.flush()
            upload.evidence_id = row.id
    except DomainError:
        # Refused for good. After any other fault the client goes on with what has arrived, and what was kept stays for the
        # sweeper: a connection that breaks during the commit leaves open whether the row is there.
        store.delete(stored.key)
        store.forget_gathered(incoming_name)
        raise
    store.forget_gathered(incoming_name)
    return row


def _already_finished(upload: Upload) -> Evidence | None:
    return None if upload.evidence_id is None else submissions.evidence_by_id(upload.evidence_id)


def give_up(upload: Upload, store: FolderStorage) -> None:
    """Forget an upload and its bytes."""
    store.forget_gathered(upload.incoming_name)
    db.session.delete(upload)


def expire(store: FolderStorage, *, now: datetime) -> int:
    """Forget what was abandoned. Returns how many uploads went."""
    abandoned = list(db.session.scalars(select(Upload).where(Upload.expires_at <= now)))
    for upload in abandoned:
        give_up(upload, store)
    return len(abandoned)
