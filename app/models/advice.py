"""Advice on a report before it is sent, and what the office answered to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.advice import Finding, Kind
from app.extensions import Model, UtcDateTime
from app.models.submission import Evidence, Submission
from app.scope import AreaScoped


class Advice(AreaScoped, Model):
    """One thing an evaluator would remark on: of a file, or of the whole report where `evidence_id` is null.

    `details` hold the numbers of the sentence and nothing else. `same_as` is the office's own earlier file with the same bytes."""

    __tablename__ = "advice"
    __table_args__ = (
        UniqueConstraint("evidence_id", "kind"),
        CheckConstraint(
            "kind IN ('unreadable', 'locked', 'blank', 'too_many_pages', 'duplicate_criterion', 'duplicate_year',"
            " 'duplicate_area', 'level_without_file')",
            name="kind_known",
        ),
        Index(
            "uq_advice_of_report",
            "submission_id",
            "kind",
            unique=True,
            sqlite_where=text("evidence_id IS NULL"),
            postgresql_where=text("evidence_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"))
    same_as_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(24))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(300), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    answered_by_name: Mapped[str] = mapped_column(String(160), default="")

    submission: Mapped[Submission] = relationship(foreign_keys=[submission_id])
    evidence: Mapped[Evidence | None] = relationship(foreign_keys=[evidence_id], back_populates="advice")
    same_as: Mapped[Evidence | None] = relationship(foreign_keys=[same_as_id])

    @property
    def finding(self) -> Finding:
        return Finding(Kind(self.kind), self.details)

    def __repr__(self) -> str:
        return self.kind
