"""What people asked for about their own data, what was let go, and everything that is kept of one person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, or_, select

from app.domain.privacy import Keeping, WishState
from app.extensions import db
from app.models import Assignment, PrivacyWish, RetentionRun, SheetOwner

SHOWN_RUNS = 30


def wishes_of(user_id: int) -> list[PrivacyWish]:
    """What a person asked for, the latest first."""
    return list(db.session.scalars(select(PrivacyWish).where(PrivacyWish.user_id == user_id).order_by(PrivacyWish.id.desc())))


def desk() -> list[PrivacyWish]:
    """What waits for an answer, the most urgent first, and then what was answered last."""
    waits = PrivacyWish.state == WishState.OPEN
    statement = select(PrivacyWish).order_by(waits.desc(), PrivacyWish.answered_at.desc(), PrivacyWish.due_at).limit(100)
    return list(db.session.scalars(statement).unique())


def held_wish(wish_id: int) -> PrivacyWish | None:
    """A wish, held for this transaction."""
    statement = select(PrivacyWish).where(PrivacyWish.id == wish_id).with_for_update(of=PrivacyWish)
    return db.session.scalar(statement)


def open_wish(user_id: int, kind: str) -> PrivacyWish | None:
    statement = select(PrivacyWish).where(
        PrivacyWish.user_id == user_id, PrivacyWish.kind == kind, PrivacyWish.state == WishState.OPEN
    )
    return db.session.scalar(statement)


def sent_by(form_key: str) -> bool:
    return bool(db.session.scalar(select(exists().where(PrivacyWish.form_key == form_key))))


def has_work(user_id: int) -> bool:
    """Whether indicators or sheets lie in a person's hands."""
    return bool(
        db.session.scalar(
            select(or_(exists().where(Assignment.user_id == user_id), exists().where(SheetOwner.user_id == user_id)))
        )
    )


def last_run(keeping: Keeping) -> datetime | None:
    """When this kind was let go of last."""
    return db.session.scalar(
        select(RetentionRun.at).where(RetentionRun.keeping == keeping).order_by(RetentionRun.at.desc()).limit(1)
    )


def runs() -> list[RetentionRun]:
    """What was let go of, the latest first."""
    return list(db.session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(SHOWN_RUNS)))
