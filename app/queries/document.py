"""Published documents, announcements, meetings and contacts, as far as they are for the reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import literal, select, true, union
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.elements import ColumnElement

from app.domain.access import Duty
from app.domain.audience import Addressed, Audience, Reader
from app.extensions import db
from app.models import Announcement, Area, ContactChannel, Document, DocumentVersion, Meeting, Profile

MOST_MEETINGS_SHOWN = 5


def is_for(model: Any, reader: Reader) -> ColumnElement[bool]:
    """What `Reader.may_read` says, for a statement."""
    public: ColumnElement[bool] = model.audience == Audience.PUBLIC
    if not reader.signed_in:
        return public
    for_staff = true() if reader.is_centre else ~model.for_centre
    if reader.sees_all_areas:
        return public | for_staff
    fits_kind = model.for_kind.is_(None) | (model.for_kind == reader.kind)
    fits_region = model.for_region.is_(None) | (model.for_region == reader.region)
    return public | (for_staff & fits_kind & fits_region)


def visible(reader: Reader, *, with_earlier: bool = False) -> list[Document]:
    """Documents that this reader may download, in their kind's order, the newest first within it."""
    statement = (
        select(Document)
        .where(Document.active, is_for(Document, reader))
        .order_by(Document.kind, Document.sort_order, Document.dated_on.desc())
    )
    return list(db.session.scalars(statement.options(selectinload(Document.earlier)) if with_earlier else statement))


def by_id(document_id: int, reader: Reader) -> Document | None:
    return db.session.scalar(select(Document).where(Document.id == document_id, Document.active, is_for(Document, reader)))


def earlier(document_id: int, number: int, reader: Reader) -> DocumentVersion | None:
    """A file that a document had before, for signed-in people who may read the document."""
    statement = (
        select(DocumentVersion)
        .join(DocumentVersion.document)
        .where(Document.id == document_id, Document.active, is_for(Document, reader), DocumentVersion.number == number)
    )
    return db.session.scalar(statement) if reader.signed_in else None


@dataclass(frozen=True)
class News:
    """What stands on the home page and on the dashboards now: announcements, the newest first; meetings, the next first."""

    announcements: list[Announcement]
    meetings: list[Meeting]


def news(now: datetime, reader: Reader) -> News:
    """Announcements that stand now and meetings that are not over, in one statement: a dashboard can spare no more.

    Both are few; the statement gives each announcement beside each meeting."""
    one = select(literal(1).label("one")).subquery()
    stands = (
        Announcement.active
        & (Announcement.published_at <= now)
        & (Announcement.expires_at.is_(None) | (Announcement.expires_at > now))
        & is_for(Announcement, reader)
    )
    coming = (
        select(Meeting.id)
        .where(Meeting.active, Meeting.ends_at > now, is_for(Meeting, reader))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(MOST_MEETINGS_SHOWN)
    )
    statement = (
        select(Announcement, Meeting)
        .select_from(one)
        .outerjoin(Announcement, stands)
        .outerjoin(Meeting, Meeting.id.in_(select(coming.subquery().c.id)))
    )
    rows = list(db.session.execute(statement))
    announcements = {row.id: row for row, _ in rows if row is not None}
    meetings = {row.id: row for _, row in rows if row is not None}
    return News(
        sorted(announcements.values(), key=lambda row: (row.published_at, row.id), reverse=True),
        sorted(meetings.values(), key=lambda row: (row.starts_at, row.id)),
    )


def meeting(meeting_id: int, reader: Reader) -> Meeting | None:
    """A meeting with its documents, if it is for this reader."""
    statement = (
        select(Meeting)
        .where(Meeting.id == meeting_id, Meeting.active, is_for(Meeting, reader))
        .options(joinedload(Meeting.documents))
    )
    return db.session.scalars(statement).unique().one_or_none()


def readers_of(row: Addressed) -> list[User]:
    """Active people whom something published is for."""
    statement = (
        select(User)
        .join(Profile, Profile.user_id == User.id)
        .outerjoin(Area, Area.id == Profile.area_id)
        .where(User.active)
        .order_by(User.id)
    )
    if row.for_centre:
        staff = User.roles.any(Role.name.in_((Duty.CENTRAL, Duty.ADMIN)))
        return list(db.session.scalars(statement.where(staff, Profile.area_id.is_(None))).unique())
    if row.for_kind:
        statement = statement.where(Area.kind == row.for_kind)
    if row.for_region:
        statement = statement.where(Area.region == row.for_region)
    return list(db.session.scalars(statement).unique())


def contacts() -> list[ContactChannel]:
    return list(db.session.scalars(select(ContactChannel).where(ContactChannel.active).order_by(ContactChannel.sort_order)))


def storage_keys() -> set[str]:
    """Keys of every file that a document has or had."""
    return set(db.session.scalars(union(select(Document.storage_key), select(DocumentVersion.storage_key))))


def stored_files() -> list[tuple[str, str, str]]:
    """Every file that a document has or had as (name, storage key, sha256), for `verify`."""
    found: list[tuple[str, str, str]] = []
    for model in (Document, DocumentVersion):
        rows = db.session.execute(select(model.original_name, model.storage_key, model.sha256))
        found += [(name, key, sha256) for name, key, sha256 in rows]
    return found
