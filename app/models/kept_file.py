"""What every file has that an office attached, whether to a report or to a sheet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.extensions import UtcDateTime
from app.models.scanned import Scanned


class KeptFile(Scanned):
    """One file in one slot. Several rows may name the same bytes. `place` is the page or minute that matters here."""

    slot: Mapped[str] = mapped_column(String(24))
    ordinal: Mapped[int]
    original_name: Mapped[str] = mapped_column(String(255))
    extension: Mapped[str] = mapped_column(String(8))
    media_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    page_count: Mapped[int | None]
    storage_key: Mapped[str] = mapped_column(String(80), index=True)
    place: Mapped[str] = mapped_column(String(60), default="", server_default="")
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by_name: Mapped[str] = mapped_column(String(160), default="")
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @declared_attr
    def uploaded_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))

    @declared_attr
    def deleted_by_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
