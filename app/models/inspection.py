"""Inspections (การตรวจราชการ) with their issues, and what offices report on them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.inspections import InspectionKind
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.indicator import AppliesTo
from app.models.sheet import Sheet
from app.scope import AreaScoped


class Inspection(Model):
    """One inspection of a round. Offices see it once it is announced; `cluster` limits it to offices of one inspection cluster.

    `reminded_at` is the worker's mark: the reminder of `reminds_at` went out."""

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint("kind IN ('normal', 'integrated', 'special', 'empirical')", name="kind_known"),
        CheckConstraint("fiscal_year_be BETWEEN 2540 AND 2700", name="fiscal_year_is_buddhist"),
        CheckConstraint("round_number BETWEEN 1 AND 9", name="round_in_range"),
        CheckConstraint("opens_at < due_at", name="opens_before_it_is_due"),
        CheckConstraint("cluster IS NULL OR cluster BETWEEN 1 AND 99", name="cluster_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(12), default=InspectionKind.NORMAL.value)
    fiscal_year_be: Mapped[int]
    round_number: Mapped[int] = mapped_column(default=1)
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    cluster: Mapped[int | None]
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminds_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    collecting_agency: Mapped[str] = mapped_column(String(200), default="")
    instructions_th: Mapped[str] = mapped_column(Text, default="")
    instructions_en: Mapped[str] = mapped_column(Text, default="")
    announced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    announced_by_name: Mapped[str] = mapped_column(String(160), default="")
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)

    issues: Mapped[list[InspectionIssue]] = relationship(
        back_populates="inspection", order_by="InspectionIssue.sort_order, InspectionIssue.id"
    )

    def concerns(self, area: Area) -> bool:
        """Whether an office is inspected."""
        return self.cluster is None or self.cluster == area.inspection_cluster

    def issues_for(self, kind: str) -> list[InspectionIssue]:
        """The issues that an office of this kind reports on in this round, in order."""
        return [issue for issue in self.issues if issue.is_asked and issue.applies_to_kind(kind)]

    def __repr__(self) -> str:
        return f"{self.code} {self.name_th}"


class InspectionIssue(Model):
    """One issue (ประเด็น) under a policy. An issue that is not open is not asked in this round. `indicator_code` names the indicator of
    e-MES on the same topic, such as QP-4: what the office said there is offered beside its fields."""

    __tablename__ = "inspection_issue"
    __table_args__ = (
        UniqueConstraint("inspection_id", "code"),
        CheckConstraint("applies_to IN ('both', 'primary', 'secondary')", name="applies_to_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"), index=True)
    code: Mapped[str] = mapped_column(String(16))
    policy_th: Mapped[str] = mapped_column(Text)
    policy_en: Mapped[str] = mapped_column(Text, default="")
    text_th: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    indicator_th: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(String(40), default="")
    applies_to: Mapped[str] = mapped_column(String(12), default=AppliesTo.BOTH.value)
    asks_counts: Mapped[bool] = mapped_column(default=False)
    is_open: Mapped[bool] = mapped_column(default=True)
    indicator_code: Mapped[str] = mapped_column(String(24), default="")
    sort_order: Mapped[int] = mapped_column(default=1)
    is_illustrative: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)

    inspection: Mapped[Inspection] = relationship(back_populates="issues")

    @property
    def is_asked(self) -> bool:
        """Whether it is asked in this round."""
        return self.active and self.is_open

    def applies_to_kind(self, kind: str) -> bool:
        """Whether it is for offices of this kind."""
        return self.applies_to in (AppliesTo.BOTH, kind)

    def __repr__(self) -> str:
        return f"{self.code} {self.text_th[:60]}"


class InspectionReport(AreaScoped, Model):
    """The report of an office on an inspection: its own sheet says the summary, the visit and the letter."""

    __tablename__ = "inspection_report"
    __table_args__ = (UniqueConstraint("inspection_id", "area_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    inspection_id: Mapped[int] = mapped_column(ForeignKey("inspection.id"))
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"), unique=True)
    endorsed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    endorsed_by_name: Mapped[str] = mapped_column(String(160), default="")
    # The number of the order by which the director's place was taken; empty in the director's own.
    acting_order: Mapped[str] = mapped_column(String(60), default="")

    inspection: Mapped[Inspection] = relationship()
    sheet: Mapped[Sheet] = relationship()
    area: Mapped[Area] = relationship()
    entries: Mapped[list[InspectionEntry]] = relationship(back_populates="report", order_by="InspectionEntry.id")


class InspectionEntry(AreaScoped, Model):
    """What an office says on one issue."""

    __tablename__ = "inspection_entry"
    __table_args__ = (UniqueConstraint("report_id", "issue_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("inspection_report.id", ondelete="CASCADE"))
    issue_id: Mapped[int] = mapped_column(ForeignKey("inspection_issue.id"), index=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id", ondelete="CASCADE"), unique=True)

    report: Mapped[InspectionReport] = relationship(back_populates="entries")
    issue: Mapped[InspectionIssue] = relationship()
    sheet: Mapped[Sheet] = relationship()
    area: Mapped[Area] = relationship()
