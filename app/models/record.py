"""The record of changes: who, when, what, from what to what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, UtcDateTime


class Change(Model):
    """One change, written in the transaction that made it and never edited. `subject` is such as 'submission:12'."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_subject_id", "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = mapped_column(String(160), default="")
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    subject: Mapped[str] = mapped_column(String(60))
    what: Mapped[str] = mapped_column(String(80))
    old_value: Mapped[str | None] = mapped_column(Text)
    new_value: Mapped[str | None] = mapped_column(Text)
