"""What people ask for about their own data, and the proof that what is over was let go."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.privacy import Keeping, Wish, WishState
from app.extensions import Model, UtcDateTime


class PrivacyWish(Model):
    """What somebody asked for about the own data, until the centre answered. `form_key` is the form that asked: sent again, it asks
    no second time."""

    __tablename__ = "privacy_wish"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in Wish)})", name="kind_known"),
        CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in WishState)})", name="state_known"),
        Index("ix_privacy_wish_state_asked_at", "state", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(8), default=WishState.OPEN)
    form_key: Mapped[str] = mapped_column(String(40), unique=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_name: Mapped[str] = mapped_column(String(160), default="")
    answer: Mapped[str] = mapped_column(Text, default="")

    user: Mapped[User] = relationship(lazy="joined")

    def __repr__(self) -> str:
        return f"{self.kind} {self.id}"


class RetentionRun(Model):
    """That at this moment so many rows of a kind, of before `before_at`, were let go."""

    __tablename__ = "retention_run"
    __table_args__ = (
        CheckConstraint(f"keeping IN ({', '.join(repr(str(kind)) for kind in Keeping)})", name="keeping_known"),
        Index("ix_retention_run_keeping_at", "keeping", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    keeping: Mapped[str] = mapped_column(String(16))
    before_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed: Mapped[int]
