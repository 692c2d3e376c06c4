"""What the centre publishes: files put into the store and described in a row, for whom it is, telling them."""

from __future__ import annotations

from datetime import datetime

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.audience import Addressed, Audience, is_narrow, reaches_every_office
from app.domain.errors import N_, NotFound, Refused
from app.domain.evidence import (
    MEDIA_KINDS,
    kind_of,
    require_content,
    require_size,
    safe_name,
)
from app.extensions import db
from app.models import Announcement, Document, DocumentVersion, Meeting
from app.queries import document as documents
from app.queries import indicator_set as indicator_sets
from app.services import file_checks, notices, record
from app.storage import EvidenceStore, IncomingFile, StoredFile

# What a version keeps of the file that the document had.
_OF_THE_FILE = (
    "original_name",
    "storage_key",
    "size_bytes",
    "sha256",
    "media_type",
    "extension",
    "uploaded_at",
    "uploaded_by_name",
)
TOLD: dict[str, type[Announcement] | type[Document] | type[Meeting]] = {
    "announcement": Announcement,
    "document": Document,
    "meeting": Meeting,
}


def receive(
    store: EvidenceStore, incoming: IncomingFile, name: str, *, max_file_mb: int, max_clip_mb: int
) -> tuple[str, StoredFile]:
    """Check a file and keep it. Returns its name for people and what the store says. Raises Refused."""
    name = safe_name(name)
    kind = kind_of(name)
    require_size(kind, incoming.size, name, max_file_mb=max_file_mb, max_clip_mb=max_clip_mb)
    incoming.flush()
    require_content(kind, file_checks.extension_shown_by_content(incoming.path, name), name)
    return name, store.keep(incoming)


def describe(row: Document, name: str, stored: StoredFile, *, actor: Actor, now: datetime) -> None:
    """Point a document at a kept file. The file that it had becomes an earlier version and stays where it is."""
    kind = kind_of(name)
    if row.storage_key:
        row.earlier.append(
            DocumentVersion(number=row.version, replaced_at=now, **{column: getattr(row, column) for column in _OF_THE_FILE})
        )
        row.version += 1
    row.uploaded_at, row.uploaded_by_name = now, actor.name
    row.original_name, row.storage_key = name, stored.key
    row.size_bytes, row.sha256 = stored.size, stored.sha256
    row.media_type, row.extension = MEDIA_KINDS[kind.extension].media_type, kind.extension


def require_addressed(row: Addressed) -> None:
    """Raise Refused where an audience contradicts itself: what is for some is not for everyone, what is for the centre not for offices."""
    if row.audience == Audience.PUBLIC and is_narrow(row):
        raise Refused(N_("What everyone sees can't be for some offices only. Choose “Signed-in users”."))
    if row.for_centre and (row.for_kind or row.for_region):
        raise Refused(N_("What is for the centre only can't be for a kind of office or a region"))


def require_usable(row: Document) -> None:
    """Raise Refused for a form that issues prescribe and that its offices could no longer use."""
    kinds = indicator_sets.kinds_prescribed(row.id) if row.id else set()
    if not all(row.active and reaches_every_office(row, kind) for kind in kinds):
        raise Refused(
            N_(
                "Indicators prescribe this form: it stays in use, for every office that reports them. Choose another form there first."
            )
        )


def tell(what: str, row_id: int, *, mail: bool, actor: Actor, now: datetime) -> int:
    """Tell everybody whom an announcement, a document or a meeting is for, once; a new version or another day is told anew.

    Returns how many people it is for. Raises NotFound for what is not in use."""
    access.require(actor, Action.PUBLISH, access.COUNTRY)
    row = _published(what, row_id)
    _require_current(row, now)
    kind, path, words = _words(row)
    told = notices.tell(
        documents.readers_of(row),
        kind,
        now=now,
        dedupe_key=":".join((what, str(row.id), words.get("version", words.get("starts_at", "")))),
        path=path,
        mail="published" if mail else "",
        **words,
    )
    record.change(actor, f"{what}:{row.id}", "told", now=now, new=str(told))
    return told


def _published(what: str, row_id: int) -> Announcement | Document | Meeting:
    row = db.session.get(TOLD[what], row_id) if what in TOLD else None
    if not isinstance(row, Announcement | Document | Meeting) or not row.active:
        raise NotFound
    return row


def _require_current(row: Announcement | Document | Meeting, now: datetime) -> None:
    """Raise Refused for an announcement that does not stand now and for a meeting that is over: the notice would lead to nothing."""
    if isinstance(row, Announcement) and (row.published_at > now or (row.expires_at is not None and row.expires_at <= now)):
        raise Refused(N_("This announcement is not shown now. Tell its audience while it is."))
    if isinstance(row, Meeting) and row.ends_at <= now:
        raise Refused(N_("This meeting is over"))


def _words(row: Announcement | Document | Meeting) -> tuple[str, str, dict[str, str]]:
    """The kind of the notice, the page it opens and what it is filled with."""
    if isinstance(row, Meeting):
        words = {"title": row.title_th, "body": row.body_th, "place": row.place, "link": row.online_link}
        return "meeting_told", f"/meetings/{row.id}", words | {"starts_at": row.starts_at.isoformat()}
    if isinstance(row, Announcement):
        return "announcement_told", "/#news", {"title": row.title_th, "body": row.body_th}
    words = {"title": row.title_th, "version": str(row.version), "revision": str(row.revision)}
    return "document_revised" if row.revision else "document_told", f"/documents/#{row.kind}", words
