"""The lines of a person's inbox."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain import paging
from app.extensions import db
from app.models import Notice

NOTICES_A_PAGE = 25


@dataclass(frozen=True)
class Inbox:
    """One page of a person's notices, the newest first."""

    notices: list[Notice]
    count: int
    page: int

    @property
    def pages(self) -> int:
        return paging.pages(self.count, NOTICES_A_PAGE)


def inbox(user_id: int, page: int) -> Inbox:
    """A page of the inbox in two statements. A page beyond the last is the last."""
    count = db.session.scalar(select(func.count()).where(Notice.user_id == user_id)) or 0
    page = paging.within(page, count, NOTICES_A_PAGE)
    statement = (
        select(Notice)
        .where(Notice.user_id == user_id)
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .offset((page - 1) * NOTICES_A_PAGE)
        .limit(NOTICES_A_PAGE)
    )
    return Inbox(list(db.session.scalars(statement)), count, page)


def own(notice_id: int, user_id: int | None) -> Notice | None:
    """A notice, if it is this person's."""
    return db.session.scalar(select(Notice).where(Notice.id == notice_id, Notice.user_id == user_id))
