"""What inspectors recommended to an office."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.inspection import Inspection, InspectionIssue
from app.models.sheet import Sheet
from app.scope import AreaScoped


class Recommendation(AreaScoped, Model):
    """One recommendation, numbered within the inspection of the office. What was recommended stands here, as the plan group entered it;
    what the office did about it stands in the sheet.

    `soon_for` and `late_for` are the worker's marks: its people were reminded before and after this day."""

    __tablename__ = "recommendation"
    __table_args__ = (
        UniqueConstraint("inspection_id", "area_id", "number"),
        CheckConstraint("number >= 1", name="numbered_from_one"),
        CheckConstraint("due_on IS NULL OR due_on >= received_on", name="due_after_it_came"),
        Index("ix_recommendation_due_on", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"))
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("inspection_issue.id"), index=True)
    number: Mapped[int]
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"), unique=True)
    received_on: Mapped[date]
    due_on: Mapped[date | None]
    text: Mapped[str] = mapped_column(Text)
    concerned: Mapped[str] = mapped_column(String(250), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_name: Mapped[str] = mapped_column(String(160), default="")
    soon_for: Mapped[date | None]
    late_for: Mapped[date | None]

    inspection: Mapped[Inspection] = relationship()
    issue: Mapped[InspectionIssue | None] = relationship()
    sheet: Mapped[Sheet] = relationship()
    area: Mapped[Area] = relationship()

    def __repr__(self) -> str:
        return f"{self.number}. {self.text[:60]}"
