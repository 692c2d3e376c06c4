"""Reminders of a round: planned and sent, and whom each one reached."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from app.domain.reminding import Audience
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.outbox import OutboxMessage
from app.models.round import Round
from app.scope import AreaScoped


class Reminder(Model):
    """One sending to offices that owe. A planned one has `planned_at` and is sent by the worker once, or cancelled, or skipped because
    its time was over; one by hand has the `form_key` of the form that sent it. The numbers are those of the moment of sending."""

    __tablename__ = "reminder"
    __table_args__ = (
        CheckConstraint("planned_at IS NOT NULL OR sent_at IS NOT NULL", name="planned_or_sent"),
        Index("ix_reminder_sent_at_planned_at", "sent_at", "planned_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    audience: Mapped[list[str]] = mapped_column(JSON)
    paragraph: Mapped[str] = mapped_column(Text, default="")
    form_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    created_by_name: Mapped[str] = mapped_column(String(160), default="")
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    skipped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_by_name: Mapped[str] = mapped_column(String(160), default="")
    people_told: Mapped[int] = mapped_column(default=0)
    offices_told: Mapped[int] = mapped_column(default=0)
    offices_done: Mapped[int] = mapped_column(default=0)
    offices_without: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship()

    @property
    def audiences(self) -> list[Audience]:
        return [Audience(key) for key in self.audience]

    @property
    def is_waiting(self) -> bool:
        """Whether the worker will still send it."""
        return self.sent_at is None and self.skipped_at is None and self.cancelled_at is None

    def __repr__(self) -> str:
        return f"{self.round_id}/{self.id}"


class ReminderRecipient(AreaScoped, Model):
    """Somebody who was reminded, of which reports. The mail lies in the outbox under `mail_key`, and tells there how it went."""

    __tablename__ = "reminder_recipient"
    __table_args__ = (UniqueConstraint("reminder_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reminder_id: Mapped[int] = mapped_column(ForeignKey("reminder.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    email: Mapped[str] = mapped_column(String(254))
    owing: Mapped[str] = mapped_column(Text)
    mail_key: Mapped[str] = mapped_column(String(120), index=True)

    reminder: Mapped[Reminder] = relationship()
    area: Mapped[Area] = relationship(lazy="joined")
    user: Mapped[User | None] = relationship()
    message: Mapped[OutboxMessage | None] = relationship(
        primaryjoin=lambda: foreign(ReminderRecipient.mail_key) == OutboxMessage.dedupe_key, viewonly=True, uselist=False
    )

    def __repr__(self) -> str:
        return self.name
