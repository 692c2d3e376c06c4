"""Resumable uploads on their way. Until the last byte they count for nothing; abandoned ones expire."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.indicator import Indicator
from app.models.round import Round
from app.scope import AreaScoped


class Upload(AreaScoped, Model):
    """One file being sent in parts, for a report or for a sheet. How much has arrived is what lies on the disk; the row never claims more.

    `begun_at` decides whether a file begun before the closing minute is still taken when it is complete."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="not_empty"),
        CheckConstraint(
            "(sheet_id IS NULL) = (round_id IS NOT NULL AND indicator_id IS NOT NULL)", name="for_a_report_or_a_sheet"
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicator.id"))
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"))
    slot: Mapped[str] = mapped_column(String(24))
    original_name: Mapped[str] = mapped_column(String(255))
    size_bytes: Mapped[int]
    incoming_name: Mapped[str] = mapped_column(String(32), unique=True)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # The file that it became, once it was complete.
    evidence_id: Mapped[UUID | None] = mapped_column(Uuid)

    round: Mapped[Round | None] = relationship()
    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator | None] = relationship()
