"""Reports of offices: the submission, its answers field by field, its evidence, and each time it was handed in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain import completeness, workflow
from app.domain.deadlines import Timing
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.field import TypedField
from app.models.indicator import Indicator
from app.models.kept_file import KeptFile
from app.models.round import Round
from app.scope import AreaScoped

if TYPE_CHECKING:
    from app.models.advice import Advice
    from app.models.office_hand_in import OfficeHandIn
    from app.models.report_return import ReportReturn


_LEVEL_TEXT = "((content -> 'fields') ->> 'self_level')"
SELF_LEVEL_OF_CONTENT = f"CASE WHEN {_LEVEL_TEXT} IN ('1', '2', '3', '4', '5') THEN CAST({_LEVEL_TEXT} AS INTEGER) END"


class Submission(AreaScoped, Model):
    """The report of one office on one indicator in one round. It exists from the first thing entered.

    `missing_count` and `begun` are what completeness said at the last write, so that lists need not read every answer: how much is
    missing, and whether anything of the office's own was entered, which the reporter filled in beforehand is not. `answers_version` is the
    version of the indicator that it answers."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("round_id", "area_id", "indicator_id"),
        CheckConstraint("state IN ('draft', 'submitted', 'returned')", name="state_known"),
        # All that the monitoring board counts, so that it reads no row; and what changed last, for its live figures.
        Index("ix_submission_board", "round_id", "area_id", "indicator_id", "state", "begun", "missing_count", "timing"),
        Index("ix_submission_round_id_changed_at", "round_id", "changed_at"),
        Index("ix_submission_round_id_submitted_at", "round_id", "submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default=workflow.State.DRAFT.value)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    changed_by_name: Mapped[str] = mapped_column(String(160), default="")
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    receipt_number: Mapped[str] = mapped_column(String(60), default="")
    timing: Mapped[str] = mapped_column(String(12), default="")
    missing_count: Mapped[int] = mapped_column(default=0)
    answers_version: Mapped[int] = mapped_column(default=1, server_default="1")
    begun: Mapped[bool] = mapped_column(default=True, server_default=true())

    round: Mapped[Round] = relationship()
    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator] = relationship()
    answers: Mapped[list[Answer]] = relationship(back_populates="submission", order_by="Answer.field_key")
    evidence: Mapped[list[Evidence]] = relationship(
        back_populates="submission",
        primaryjoin="and_(Evidence.submission_id == Submission.id, Evidence.deleted_at.is_(None))",
        order_by="Evidence.uploaded_at, Evidence.ordinal",
        viewonly=True,
    )
    # Reasons given for what was remarked on the report as a whole; those of a file stand with the file.
    reasons: Mapped[list[Advice]] = relationship(
        primaryjoin="and_(Advice.submission_id == Submission.id, Advice.evidence_id.is_(None))",
        order_by="Advice.id",
        viewonly=True,
    )
    hand_ins: Mapped[list[HandIn]] = relationship(back_populates="submission", order_by="HandIn.id")
    # The living hand-in of the whole round that this report is part of.
    office_hand_in: Mapped[OfficeHandIn | None] = relationship(
        primaryjoin="and_(OfficeHandIn.round_id == foreign(Submission.round_id), "
        "OfficeHandIn.area_id == foreign(Submission.area_id), OfficeHandIn.state.in_(('handed_in', 'endorsed')))",
        viewonly=True,
    )

    # Points of it that were returned and can be mended.
    open_return: Mapped[ReportReturn | None] = relationship(
        primaryjoin="and_(ReportReturn.submission_id == Submission.id, ReportReturn.state == 'open')", viewonly=True
    )

    @property
    def returned_points(self) -> frozenset[str] | None:
        """What alone may be edited while the report is returned; None where it is not."""
        if self.state != workflow.State.RETURNED or self.open_return is None:
            return None
        return frozenset(item.item_key for item in self.open_return.items)

    @property
    def resting_in(self) -> OfficeHandIn | None:
        """The hand-in while which the report may not be edited; one that the centre returned may be."""
        return self.office_hand_in if self.state != workflow.State.RETURNED else None

    @property
    def entered(self) -> completeness.Answers:
        """What was entered, in the terms of the rules."""
        files: dict[str, int] = {}
        for row in self.evidence:
            files[row.slot] = files.get(row.slot, 0) + 1
        return completeness.Answers({answer.field_key: answer.value for answer in self.answers}, files)

    def __repr__(self) -> str:
        return f"{self.round_id}/{self.area_id}/{self.indicator_id}"


class Answer(AreaScoped, TypedField, Model):
    """One field of a report."""

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("submission_id", "field_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))

    submission: Mapped[Submission] = relationship(back_populates="answers")


class Evidence(AreaScoped, KeptFile, Model):
    """One file of evidence. `ordinal` 1–3 is unique among the living files of a slot: the database itself keeps the limit.

    A file may stand in several slots: each has a row of its own that names the same bytes. `cites` is where they were sent first.
    `inspected_at` is null until the worker has looked into the file."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("ordinal BETWEEN 1 AND 3", name="at_most_three_files"),
        CheckConstraint("size_bytes > 0", name="not_empty"),
        Index(
            "uq_evidence_living_ordinal",
            "submission_id",
            "slot",
            "ordinal",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "ix_evidence_not_inspected",
            "uploaded_at",
            sqlite_where=text("inspected_at IS NULL AND deleted_at IS NULL"),
            postgresql_where=text("inspected_at IS NULL AND deleted_at IS NULL"),
        ),
        Index(
            "ix_evidence_not_scanned",
            "uploaded_at",
            sqlite_where=text("scan_state IN ('received', 'scanning')"),
            postgresql_where=text("scan_state IN ('received', 'scanning')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid4)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    cites_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id", ondelete="SET NULL"))
    inspected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    submission: Mapped[Submission] = relationship(back_populates="evidence")
    area: Mapped[Area] = relationship()
    cites: Mapped[Evidence | None] = relationship(remote_side="Evidence.id")
    advice: Mapped[list[Advice]] = relationship(
        foreign_keys="Advice.evidence_id", back_populates="evidence", order_by="Advice.id", passive_deletes=True
    )

    def __repr__(self) -> str:
        return self.original_name


class HandIn(AreaScoped, Model):
    """One submission of a report with its receipt number, what was handed in at that moment, and the server's signature over both.

    `code` is what a reader of the paper receipt types or scans together with the number."""

    __tablename__ = "hand_in"
    __table_args__ = (
        UniqueConstraint("submission_id", "sequence"),
        UniqueConstraint("submission_id", "idempotency_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"))
    sequence: Mapped[int]
    receipt_number: Mapped[str] = mapped_column(String(60), unique=True)
    timing: Mapped[str] = mapped_column(String(12), default=Timing.ON_TIME.value)
    handed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    handed_in_by_name: Mapped[str] = mapped_column(String(160), default="")
    idempotency_key: Mapped[str | None] = mapped_column(String(80))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Figures read the level of every report: the database takes it out of the content itself, so that the two never differ.
    self_level: Mapped[int | None] = mapped_column(Computed(SELF_LEVEL_OF_CONTENT))
    code: Mapped[str] = mapped_column(String(24), default="")
    key_id: Mapped[str] = mapped_column(String(16), default="")
    signature: Mapped[str] = mapped_column(String(100), default="")

    submission: Mapped[Submission] = relationship(back_populates="hand_ins")

    def __repr__(self) -> str:
        return self.receipt_number
