"""Reviews of reports: who reviews what, what each evaluator wrote, moderation, and the level that came of it.

Everything here is the centre's alone (`scope.CentreOnly`)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.reviewing import DEFAULT_GAP, ReviewState
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.indicator import Indicator
from app.models.round import Round
from app.models.submission import HandIn, Submission
from app.scope import CentreOnly

_IS_LATEST = text("superseded_at IS NULL")
_IS_OPEN = text("ended_at IS NULL")


class ReviewPlan(Model):
    """How a round is reviewed: how many evaluators read each report, from which gap a moderator decides, until when, and below how
    many offices a group's figures are not shown to offices."""

    __tablename__ = "review_plan"
    __table_args__ = (
        CheckConstraint("evaluators_per_report BETWEEN 1 AND 3", name="evaluators_in_range"),
        CheckConstraint("moderation_gap BETWEEN 1 AND 4", name="gap_in_range"),
        CheckConstraint("smallest_group BETWEEN 2 AND 50", name="group_in_range"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    evaluators_per_report: Mapped[int] = mapped_column(default=1)
    moderation_gap: Mapped[int] = mapped_column(default=DEFAULT_GAP)
    smallest_group: Mapped[int] = mapped_column(default=5)
    due_on: Mapped[date | None]

    round: Mapped[Round] = relationship()


class Review(CentreOnly, Model):
    """One evaluator's review of one report, from the assignment on. `level`, `hand_in` and `locked_at` are set when it is locked:
    which level was given to which hand-in. `was_revealed` says that the evaluator has seen the self-level."""

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("submission_id", "evaluator_id"),
        CheckConstraint("state IN ('open', 'locked', 'released')", name="state_known"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level_known"),
        CheckConstraint("state <> 'locked' OR level IS NOT NULL", name="locked_has_level"),
        Index("ix_review_evaluator_id_round_id", "evaluator_id", "round_id", "state"),
        Index("ix_review_round_id_area_id", "round_id", "area_id"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    evaluator_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    evaluator_name: Mapped[str] = mapped_column(String(160), default="")
    state: Mapped[str] = mapped_column(String(12), default=ReviewState.OPEN.value)
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_by_name: Mapped[str] = mapped_column(String(160), default="")
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    level: Mapped[int | None]
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hand_in_id: Mapped[int | None] = mapped_column(ForeignKey("hand_in.id"))
    was_revealed: Mapped[bool] = mapped_column(default=False)

    round: Mapped[Round] = relationship()
    submission: Mapped[Submission] = relationship()
    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator] = relationship()
    hand_in: Mapped[HandIn | None] = relationship()
    entries: Mapped[list[ReviewEntry]] = relationship(back_populates="review", order_by="ReviewEntry.field_key")

    @property
    def values(self) -> dict[str, str | None]:
        """What the evaluator wrote, by field (`domain.reviewing`)."""
        return {entry.field_key: entry.value for entry in self.entries}

    @property
    def is_locked(self) -> bool:
        return self.state == ReviewState.LOCKED


class ReviewEntry(CentreOnly, Model):
    """One field of a review with its own version, as in a report: two windows of one evaluator never overwrite each other unseen."""

    __tablename__ = "review_entry"
    __table_args__ = (UniqueConstraint("review_id", "field_key"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    field_key: Mapped[str] = mapped_column(String(40))
    value: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    review: Mapped[Review] = relationship(back_populates="entries")


class Moderation(CentreOnly, Model):
    """A report that a moderator has to decide on, and why. At most one of a report is open; `ended_at` closes it, by a decision or because
    its cause went away."""

    __tablename__ = "moderation"
    __table_args__ = (
        Index("uq_moderation_open", "submission_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_moderation_round_id_ended_at", "round_id", "ended_at"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    causes: Mapped[list[str]] = mapped_column(JSON)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_name: Mapped[str] = mapped_column(String(160), default="")

    submission: Mapped[Submission] = relationship()
    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator] = relationship()


class Outcome(CentreOnly, Model):
    """The level that a report was given, on which basis and by whom. Rows are only added: a later one supersedes the earlier, so that any
    moment of the past can be told again. `comment` and the notes on `verdicts` are what the office will read; `reason` is not."""

    __tablename__ = "outcome"
    __table_args__ = (
        Index("uq_outcome_latest", "submission_id", unique=True, sqlite_where=_IS_LATEST, postgresql_where=_IS_LATEST),
        Index("ix_outcome_round_id_decided_at", "round_id", "decided_at"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level_known"),
        CheckConstraint("basis IN ('single', 'agreed', 'mean', 'moderated', 'appeal')", name="basis_known"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    hand_in_id: Mapped[int | None] = mapped_column(ForeignKey("hand_in.id"))
    level: Mapped[int]
    basis: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text, default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    # {"1": {"verdict": "partial", "note": "…"}} by the number of the consideration issue.
    verdicts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    decided_by_name: Mapped[str] = mapped_column(String(160), default="")
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    submission: Mapped[Submission] = relationship()
    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator] = relationship()
    hand_in: Mapped[HandIn | None] = relationship()


class InterestConflict(CentreOnly, Model):
    """An evaluator must not review an office: declared by the person, or entered by the centre. Kept when it is taken back."""

    __tablename__ = "interest_conflict"
    __table_args__ = (Index("ix_interest_conflict_user_id", "user_id", "area_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"))
    reason: Mapped[str] = mapped_column(Text)
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    declared_by_name: Mapped[str] = mapped_column(String(160), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    area: Mapped[Area] = relationship()
