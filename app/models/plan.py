"""Reference data of the national monitoring system: plans that projects are aligned with, the steps of its form, and when what is due."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.plans import PlanKind
from app.domain.progress import Period
from app.extensions import Model, UtcDateTime

_KINDS = ", ".join(f"'{kind}'" for kind in PlanKind)


class PlanItem(Model):
    """One entry of a plan: a strategy, an issue of the master plan, a milestone … by its official code.

    `is_illustrative` tells central staff what was not taken from an official list and must be checked before real use."""

    __tablename__ = "plan_item"
    __table_args__ = (UniqueConstraint("kind", "code"), CheckConstraint(f"kind IN ({_KINDS})", name="kind_known"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(24))
    name_th: Mapped[str] = mapped_column(String(300))
    name_en: Mapped[str] = mapped_column(String(300), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("plan_item.id"), index=True)
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)
    is_illustrative: Mapped[bool] = mapped_column(default=False, server_default=false())

    parent: Mapped[PlanItem | None] = relationship(remote_side=[id])

    def __repr__(self) -> str:
        return f"{self.code} {self.name_th}"


class ProjectStep(Model):
    """A step of the national form, M1 to M7. `sections` names the parts of our form that it covers, separated by spaces: how the names
    are spread over the steps is the national system's affair and may change."""

    __tablename__ = "project_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    sections: Mapped[str] = mapped_column(String(120), default="")
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)

    def __repr__(self) -> str:
        return f"{self.code} {self.name_th}"


class ProjectPeriod(Model):
    """When the register of projects (quarter 0) or the progress of a quarter is entered. `reminded_at` and `overdue_told_at` are the
    worker's marks: who owed was reminded, who was late was told."""

    __tablename__ = "project_period"
    __table_args__ = (
        UniqueConstraint("fiscal_year_be", "quarter"),
        CheckConstraint("quarter BETWEEN 0 AND 4", name="quarter_known"),
        CheckConstraint("fiscal_year_be BETWEEN 2540 AND 2700", name="fiscal_year_is_buddhist"),
        CheckConstraint("opens_at < due_at", name="opens_before_it_is_due"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fiscal_year_be: Mapped[int]
    quarter: Mapped[int]
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminds_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    overdue_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def terms(self) -> Period:
        """In the terms of the rules."""
        return Period(self.quarter, self.opens_at, self.due_at, self.reminds_at)

    def __repr__(self) -> str:
        return f"{self.fiscal_year_be} Q{self.quarter}" if self.quarter else str(self.fiscal_year_be)
