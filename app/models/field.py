"""What every stored field has, whether of a report or of a sheet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.extensions import UtcDateTime


class TypedField:
    """One field with its own version: two people never overwrite each other unseen. Figures are kept as exact decimal text; null is
    'not entered', which is not zero."""

    field_key: Mapped[str] = mapped_column(String(60))
    value: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_name: Mapped[str] = mapped_column(String(160), default="")

    @declared_attr
    def changed_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
