"""Who in an office is responsible for which indicator."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model, UtcDateTime
from app.models.indicator import Indicator
from app.models.round import Round
from app.scope import AreaScoped


class Assignment(AreaScoped, Model):
    """One owner (ผู้รับผิดชอบ) of one indicator of an office in a round; an indicator may have several."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("round_id", "area_id", "indicator_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    assigned_by_name: Mapped[str] = mapped_column(String(160), default="")

    round: Mapped[Round] = relationship()
    indicator: Mapped[Indicator] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])

    def __repr__(self) -> str:
        return f"{self.indicator_id}/{self.user_id}"
