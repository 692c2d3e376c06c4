"""Orders (คำสั่ง) of an office: who is appointed to the committee, who acts for the director and when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.calendar import local
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.scanned import Scanned
from app.scope import AreaScoped


class OrderKind(StrEnum):
    APPOINTING = "appointing"
    ACTING = "acting"


class OfficeOrder(AreaScoped, Scanned, Model):
    """One order of an office with its number, its day and its file.

    An appointing order names the committee and always has a file. An acting order lets `user` endorse in the director's place from
    `begins_at` until just before `ends_at`. An order entered by mistake is taken out (`removed_at`), never deleted."""

    __tablename__ = "office_order"
    __table_args__ = (
        Index("ix_office_order_area_id_kind", "area_id", "kind"),
        CheckConstraint("kind IN ('appointing', 'acting')", name="kind_known"),
        CheckConstraint("kind <> 'appointing' OR storage_key IS NOT NULL", name="appointing_has_a_file"),
        CheckConstraint(
            "kind <> 'acting' OR (user_id IS NOT NULL AND begins_at IS NOT NULL AND begins_at < ends_at)",
            name="acting_is_somebody_for_a_time",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(60))
    dated_on: Mapped[date]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), index=True)
    begins_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    original_name: Mapped[str] = mapped_column(String(255), default="")
    storage_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    size_bytes: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(String(64), default="")
    media_type: Mapped[str] = mapped_column(String(100), default="")
    extension: Mapped[str] = mapped_column(String(8), default="")
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    entered_by_name: Mapped[str] = mapped_column(String(160), default="")
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    area: Mapped[Area] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])

    @property
    def first_day(self) -> date | None:
        return local(self.begins_at).date() if self.begins_at else None

    @property
    def last_day(self) -> date | None:
        """The last day on which an acting order is in force, itself included."""
        return local(self.ends_at - timedelta(seconds=1)).date() if self.ends_at else None

    def is_in_force(self, now: datetime) -> bool:
        """Whether an acting order lets its holder endorse at this moment."""
        if self.begins_at is None or self.ends_at is None or self.removed_at is not None:
            return False
        return self.begins_at <= now < self.ends_at

    def __repr__(self) -> str:
        return self.number
