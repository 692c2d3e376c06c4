"""Using a file once more: a citation is a row of its own over the same bytes, with the page or minute that matters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain import evidence, place
from app.domain.access import Actor
from app.domain.errors import N_, Conflict
from app.extensions import db
from app.models import Evidence, SheetFile
from app.services import evidence as evidence_service
from app.services import reporting, sheet_files
from app.services.reporting import Address, Reporter


@dataclass(frozen=True)
class Citation:
    """Which file is used in which slot, and what in it matters: 'หน้า 4–6', 'นาที 2.10', or nothing."""

    source_id: UUID
    slot: str
    place: str = ""


def cite(
    address: Address, wanted: Citation, *, actor: Actor, reporter: Reporter, now: datetime, begun_at: datetime | None = None
) -> Evidence:
    """Put a file that the office sent before into a slot. It counts there as any file does, and either may be deleted alone.

    Raises what `open_for_writing` raises, NotFound for a file that is gone or another office's, Conflict for a full slot and for a
    file that lies there already, Refused for a kind that the slot does not take."""
    target, submission = reporting.open_for_writing(address, actor=actor, reporter=reporter, now=now, begun_at=begun_at)
    evidence_service.most_files(target, wanted.slot)
    source = sheet_files.source_of(wanted.source_id, submission.area_id)
    evidence.require_kind_of_slot(evidence.MEDIA_KINDS[source.extension], wanted.slot)
    if any(row.slot == wanted.slot and row.sha256 == source.sha256 for row in submission.evidence):
        raise Conflict(N_("“%(name)s” lies here already"), name=source.original_name)
    row = _citation_of(
        source,
        area_id=submission.area_id,
        submission_id=submission.id,
        slot=wanted.slot,
        ordinal=evidence_service.free_place(target, submission, wanted.slot),
        place=place.read_place(wanted.place),
        uploaded_at=now,
        uploaded_by_id=actor.user_id,
        uploaded_by_name=actor.name,
    )
    db.session.add(row)
    reporting.touch(submission, target, actor=actor, now=now)
    evidence_service.note(row, "cited", actor=actor, now=now, new=" · ".join(filter(None, (row.original_name, row.place))))
    return row


def _citation_of(source: Evidence | SheetFile, **own: object) -> Evidence:
    """A row over the same bytes. What cites a citation cites the file itself, as long as that is there; a file of another job is no
    evidence of a report, so that nothing is cited and the bytes alone are shared."""
    own |= sheet_files.same_bytes(source)
    if isinstance(source, SheetFile):
        return Evidence(**own)
    first = source.cites if source.cites is not None and source.cites.deleted_at is None else source
    return Evidence(cites_id=first.id, **own)
