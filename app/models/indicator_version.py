"""What indicators asked before they were edited."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model, UtcDateTime
from app.models.indicator import Indicator


class IndicatorVersion(Model):
    """A version of an indicator that is not in force any more: all that it asked, when it ended and who ended it.

    The version in force is the indicator itself; its number is `Indicator.version`."""

    __tablename__ = "indicator_version"
    __table_args__ = (UniqueConstraint("indicator_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    number: Mapped[int]
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    ended_by_name: Mapped[str] = mapped_column(String(160), default="")

    indicator: Mapped[Indicator] = relationship()

    def __repr__(self) -> str:
        return f"{self.indicator_id} v{self.number}"
