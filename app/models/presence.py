"""Who is in which report right now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, UtcDateTime
from app.scope import AreaScoped


class Presence(AreaScoped, Model):
    """One person in one report of the own office, with the field the cursor is in. It lapses by itself: nothing hangs on it."""

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("user_id", "round_id", "area_id", "indicator_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    name: Mapped[str] = mapped_column(String(160))
    field_key: Mapped[str | None] = mapped_column(String(60))
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
