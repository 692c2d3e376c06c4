"""What moves a deadline, and what was there when it passed: extensions, outages, the copy taken at closing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.deadlines import Extended
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.indicator import Indicator
from app.models.round import Round
from app.scope import AreaScoped


class Extension(AreaScoped, Model):
    """More time for one office, in the whole round or for one report. The latest in use counts.

    `counted_at` is when what lay there at its end was counted."""

    __tablename__ = "extension"
    __table_args__ = (
        Index("ix_extension_round_id_area_id", "round_id", "area_id"),
        CheckConstraint("reason <> ''", name="reason_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    granted_by_name: Mapped[str] = mapped_column(String(160), default="")
    active: Mapped[bool] = mapped_column(default=True)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    round: Mapped[Round] = relationship()
    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator | None] = relationship()

    @property
    def terms(self) -> Extended:
        """In the terms of the rules."""
        return Extended(self.until_at, self.reason, self.granted_by_name, self.indicator.code if self.indicator else "")

    def __repr__(self) -> str:
        return f"{self.area} · {self.round}"


class Pulse(Model):
    """One row: when the background work last ran. A gap in it is an outage."""

    __tablename__ = "pulse"

    id: Mapped[int] = mapped_column(primary_key=True)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Outage(Model):
    """Minutes in which the system did not run while a round was open: proposed to the centre as more time for everybody."""

    __tablename__ = "outage"
    __table_args__ = (CheckConstraint("began_at < ended_at", name="begins_before_it_ends"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    minutes: Mapped[int]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_name: Mapped[str] = mapped_column(String(160), default="")
    extended_to: Mapped[datetime | None] = mapped_column(UtcDateTime)

    round: Mapped[Round] = relationship()

    def __repr__(self) -> str:
        return f"{self.round} · {self.minutes}"


class ClosingCopy(AreaScoped, Model):
    """What lay in an unsent report when its time was over: state, what was missing, every field and file."""

    __tablename__ = "closing_copy"
    __table_args__ = (UniqueConstraint("submission_id", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(12))
    missing_count: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
