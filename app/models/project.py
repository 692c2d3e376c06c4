"""Projects of an office in the national monitoring system, their quarters, and what is told the superior of them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.office_order import OfficeOrder
from app.models.sheet import Sheet
from app.scope import AreaScoped


class Project(AreaScoped, Model):
    """A project of an office in a fiscal year, `number` 1, 2, … within both. Its form is a sheet; `name` to `ends_on` repeat of it what
    lists show. `order` appoints its committee. `national_code` and `entered_on` say that it was typed into the national system."""

    __tablename__ = "project"
    __table_args__ = (
        UniqueConstraint("area_id", "fiscal_year_be", "number"),
        UniqueConstraint("sheet_id"),
        CheckConstraint("number >= 1", name="number_from_one"),
        CheckConstraint("fiscal_year_be BETWEEN 2540 AND 2700", name="fiscal_year_is_buddhist"),
        Index("ix_project_fiscal_year_be", "fiscal_year_be"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"))
    fiscal_year_be: Mapped[int]
    number: Mapped[int]
    carried_from_id: Mapped[int | None] = mapped_column(ForeignKey("project.id", ondelete="SET NULL"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("office_order.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(200), default="")
    group_name: Mapped[str] = mapped_column(String(120), default="")
    budget: Mapped[Decimal | None] = mapped_column(Numeric(17, 2))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    last_year_be: Mapped[int | None]
    national_code: Mapped[str] = mapped_column(String(60), default="")
    entered_on: Mapped[date | None]

    area: Mapped[Area] = relationship()
    sheet: Mapped[Sheet] = relationship()
    order: Mapped[OfficeOrder | None] = relationship()
    carried_from: Mapped[Project | None] = relationship(remote_side=[id])
    rows: Mapped[list[ProjectRow]] = relationship(back_populates="project", order_by="ProjectRow.kind, ProjectRow.ordinal")
    quarters: Mapped[list[ProjectProgress]] = relationship(back_populates="project", order_by="ProjectProgress.quarter")

    def __repr__(self) -> str:
        return self.name


class ProjectRow(AreaScoped, Model):
    """One indicator, activity or person of a project: its fields are keyed by kind and `ordinal`. A row that was taken out keeps its
    ordinal, so that what was entered in it never shows up under another."""

    __tablename__ = "project_row"
    __table_args__ = (
        UniqueConstraint("project_id", "kind", "ordinal"),
        CheckConstraint("kind IN ('person', 'indicator', 'activity')", name="kind_known"),
        CheckConstraint("ordinal BETWEEN 1 AND 999", name="ordinal_in_bounds"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(12))
    ordinal: Mapped[int]
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    project: Mapped[Project] = relationship(back_populates="rows")


class ProjectProgress(AreaScoped, Model):
    """The report of one quarter of a project. Its form is a sheet; `percent`, `paid` and `overall` repeat of it what lists show."""

    __tablename__ = "project_progress"
    __table_args__ = (
        UniqueConstraint("project_id", "quarter"),
        UniqueConstraint("sheet_id"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"))
    quarter: Mapped[int]
    percent: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    paid: Mapped[Decimal | None] = mapped_column(Numeric(17, 2))
    overall: Mapped[str] = mapped_column(String(12), default="")

    project: Mapped[Project] = relationship(back_populates="quarters")
    sheet: Mapped[Sheet] = relationship()


class ProjectBrief(AreaScoped, Model):
    """A report on all projects of an office to its director: frozen as it was proposed, then acknowledged or returned."""

    __tablename__ = "project_brief"
    __table_args__ = (
        UniqueConstraint("area_id", "fiscal_year_be", "number"),
        CheckConstraint("state IN ('proposed', 'acknowledged', 'returned')", name="state_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fiscal_year_be: Mapped[int]
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="proposed")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(1000), default="")
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    proposed_by_name: Mapped[str] = mapped_column(String(160), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_name: Mapped[str] = mapped_column(String(160), default="")
    # The order by which somebody answered in the director's place.
    order_number: Mapped[str] = mapped_column(String(60), default="")
    said: Mapped[str] = mapped_column(String(1000), default="")

    area: Mapped[Area] = relationship()


class ProjectImport(AreaScoped, Model):
    """A workbook of projects that was sent in: its cells as text, to be looked at before any of it is taken over."""

    __tablename__ = "project_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    fiscal_year_be: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(255))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    read_by_name: Mapped[str] = mapped_column(String(160), default="")
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_count: Mapped[int] = mapped_column(default=0)
