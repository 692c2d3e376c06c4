"""Files that the centre publishes: put into the store, described in a row."""

from __future__ import annotations

from app.domain.evidence import (
    MEDIA_KINDS,
    kind_of,
    require_content,
    require_size,
    safe_name,
)
from app.models import Document
from app.services import file_checks
from app.storage import FolderStorage, IncomingFile, StoredFile


def receive(
    store: FolderStorage, incoming: IncomingFile, name: str, *, max_file_mb: int, max_clip_mb: int
) -> tuple[str, StoredFile]:
    """Check a file and keep it. Returns its name for people and what the store says. Raises Refused."""
    name = safe_name(name)
    kind = kind_of(name)
    require_size(kind, incoming.size, name, max_file_mb=max_file_mb, max_clip_mb=max_clip_mb)
    incoming.flush()
    require_content(kind, file_checks.extension_shown_by_content(incoming.path, name), name)
    return name, store.keep(incoming)


def describe(row: Document, name: str, stored: StoredFile) -> None:
    """Point a document at a kept file. An earlier file stays in the store until the sweeper finds it unused."""
    kind = kind_of(name)
    row.original_name, row.storage_key = name, stored.key
    row.size_bytes, row.sha256 = stored.size, stored.sha256
    row.media_type, row.extension = MEDIA_KINDS[kind.extension].media_type, kind.extension
