"""Published documents, announcements and contacts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.extensions import db
from app.models import Announcement, ContactChannel, Document


def visible(*, signed_in: bool) -> list[Document]:
    """Documents that this reader may download, in their kind's order, the newest first within it."""
    statement = select(Document).where(Document.active).order_by(Document.kind, Document.sort_order, Document.dated_on.desc())
    if not signed_in:
        statement = statement.where(Document.audience == "public")
    return list(db.session.scalars(statement))


def by_id(document_id: int, *, signed_in: bool) -> Document | None:
    statement = select(Document).where(Document.id == document_id, Document.active)
    if not signed_in:
        statement = statement.where(Document.audience == "public")
    return db.session.scalar(statement)


def announcements(now: datetime, *, signed_in: bool) -> list[Announcement]:
    """Notices that stand now, the newest first."""
    statement = (
        select(Announcement)
        .where(Announcement.active, Announcement.published_at <= now)
        .where(Announcement.expires_at.is_(None) | (Announcement.expires_at > now))
        .order_by(Announcement.published_at.desc())
    )
    if not signed_in:
        statement = statement.where(Announcement.audience == "public")
    return list(db.session.scalars(statement))


def contacts() -> list[ContactChannel]:
    return list(db.session.scalars(select(ContactChannel).where(ContactChannel.active).order_by(ContactChannel.sort_order)))


def storage_keys() -> set[str]:
    return set(db.session.scalars(select(Document.storage_key)))


def stored_files() -> list[tuple[str, str, str]]:
    """Every document's file as (name, storage key, sha256), for `verify`."""
    statement = select(Document.original_name, Document.storage_key, Document.sha256)
    return [(name, key, sha256) for name, key, sha256 in db.session.execute(statement)]
