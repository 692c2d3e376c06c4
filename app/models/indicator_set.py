"""Workbooks of indicator sets that were read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, UtcDateTime


class SetImport(Model):
    """A workbook that was read for a round: its cells as text, and, once it was applied, when, by whom and what it did.

    The cells are kept so that what was looked at is what is applied; the file itself is not."""

    __tablename__ = "set_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(255))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    read_by_name: Mapped[str] = mapped_column(String(160), default="")
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_by_name: Mapped[str] = mapped_column(String(160), default="")
    new_count: Mapped[int] = mapped_column(default=0)
    changed_count: Mapped[int] = mapped_column(default=0)
    retired_count: Mapped[int] = mapped_column(default=0)
