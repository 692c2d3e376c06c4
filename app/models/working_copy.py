"""Workbooks in which an office filled in its round."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, UtcDateTime
from app.scope import AreaScoped


class WorkingCopy(AreaScoped, Model):
    """A workbook of an office's round that came back: its cells as text, to be looked at before any of it is taken over.

    `arrived_at` is when it came: what came before closing may be taken over in the grace."""

    __tablename__ = "working_copy"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(255))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    read_by_name: Mapped[str] = mapped_column(String(160), default="")
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_count: Mapped[int] = mapped_column(default=0)
