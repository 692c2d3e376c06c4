"""Messages that leave after the commit: written in the same transaction as their cause, sent by the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.delivery import Failure, failure_of
from app.extensions import Model, UtcDateTime


class OutboxMessage(Model):
    """One e-mail: a template under templates/email/ and what to fill in, never a secret. `dedupe_key` makes the same cause send
    once; `next_attempt_at` moves on after each failure; `failed_at` says since when it is not tried any more."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_sent_at_next_attempt_at", "sent_at", "next_attempt_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(40))
    context: Mapped[dict[str, str]] = mapped_column(JSON)
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    last_error: Mapped[str] = mapped_column(String(200), default="")

    @property
    def failure(self) -> Failure | None:
        """What kept it from arriving so far."""
        return failure_of(self.last_error) if self.last_error else None
