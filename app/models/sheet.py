"""Sheets: what the sister jobs fill in, with their fields, their files and whose they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.completeness import Answers
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.field import TypedField
from app.models.kept_file import KeptFile
from app.scope import AreaScoped


class Sheet(AreaScoped, Model):
    """What an office fills in about a project, a quarter of it, an inspection, one of its issues or a recommendation.

    `kind` says of what; that row points here. `state` is one of its kind's own. `missing_count` is what keeps it from being sent, as
    the last write left it. `timing` says whether it was sent in time."""

    __tablename__ = "sheet"
    __table_args__ = (
        CheckConstraint("kind IN ('project', 'progress', 'inspection', 'issue', 'recommendation')", name="kind_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    missing_count: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    changed_by_name: Mapped[str] = mapped_column(String(160), default="")
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by_name: Mapped[str] = mapped_column(String(160), default="")
    timing: Mapped[str] = mapped_column(String(12), default="")
    # Why it was sent back or called off, for whoever mends it.
    said: Mapped[str] = mapped_column(String(1000), default="")
    said_by_name: Mapped[str] = mapped_column(String(160), default="")

    area: Mapped[Area] = relationship()
    fields: Mapped[list[SheetField]] = relationship(back_populates="sheet", order_by="SheetField.field_key")
    files: Mapped[list[SheetFile]] = relationship(
        primaryjoin="and_(SheetFile.sheet_id == Sheet.id, SheetFile.deleted_at.is_(None))",
        order_by="SheetFile.uploaded_at, SheetFile.ordinal",
        viewonly=True,
    )
    owners: Mapped[list[SheetOwner]] = relationship(back_populates="sheet", order_by="SheetOwner.id")

    @property
    def entered(self) -> Answers:
        """What was entered, in the terms of the rules."""
        counts: dict[str, int] = {}
        for row in self.files:
            counts[row.slot] = counts.get(row.slot, 0) + 1
        return Answers({row.field_key: row.value for row in self.fields}, counts)

    @property
    def owner_names(self) -> str:
        return ", ".join(row.user.profile.full_name for row in self.owners if row.user.profile)

    def __repr__(self) -> str:
        return f"{self.kind}:{self.id}"


class SheetField(AreaScoped, TypedField, Model):
    """One field of a sheet."""

    __tablename__ = "sheet_field"
    __table_args__ = (UniqueConstraint("sheet_id", "field_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"))

    sheet: Mapped[Sheet] = relationship(back_populates="fields")


class SheetFile(AreaScoped, KeptFile, Model):
    """One file of a sheet. `ordinal` is unique among the living files of a slot, so that the database itself keeps the limit."""

    __tablename__ = "sheet_file"
    __table_args__ = (
        CheckConstraint("ordinal BETWEEN 1 AND 20", name="ordinal_in_bounds"),
        CheckConstraint("size_bytes > 0", name="not_empty"),
        Index(
            "uq_sheet_file_living_ordinal",
            "sheet_id",
            "slot",
            "ordinal",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_sheet_file_not_scanned",
            "uploaded_at",
            sqlite_where=text("scan_state IN ('received', 'scanning')"),
            postgresql_where=text("scan_state IN ('received', 'scanning')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"), index=True)

    sheet: Mapped[Sheet] = relationship()

    def __repr__(self) -> str:
        return self.original_name


class SheetOwner(AreaScoped, Model):
    """A person of the office who is responsible for a sheet (ผู้รับผิดชอบ)."""

    __tablename__ = "sheet_owner"
    __table_args__ = (UniqueConstraint("sheet_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_by_name: Mapped[str] = mapped_column(String(160), default="")

    sheet: Mapped[Sheet] = relationship(back_populates="owners")
    user: Mapped[User] = relationship(foreign_keys=[user_id])
