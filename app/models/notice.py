"""What a person is told inside the system."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.errors import Message
from app.domain.notices import sentence_of
from app.extensions import Model, UtcDateTime


class Notice(Model):
    """One line of a person's inbox: a sentence of `domain.notices` by its `kind`, what to fill in, and the page it is about.

    `dedupe_key` makes the same cause tell a person once. Moments stand in `context` in ISO form under names that end in `_at`."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("user_id", "dedupe_key"),
        Index("ix_notice_user_id_read_at", "user_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    context: Mapped[dict[str, str]] = mapped_column(JSON)
    path: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dedupe_key: Mapped[str] = mapped_column(String(160))

    @property
    def message(self) -> Message:
        return sentence_of(self.kind, self.context)

    def __repr__(self) -> str:
        return self.kind
