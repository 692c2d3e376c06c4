"""Single points of a report that were returned to its office, each return with a due date of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.returning import ReturnState
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.indicator import Indicator
from app.models.round import Round
from app.models.submission import HandIn, Submission
from app.scope import AreaScoped

_IS_OPEN = text("state = 'open'")


class ReportReturn(AreaScoped, Model):
    """A report went back to its office for the points named in `items`, until `due_at`; the rest of it stays handed in.

    `hand_in` is what was returned, `answer` what came back. `seen_at` is when the evaluator looked at the answer. At most one return of
    a report is open."""

    __tablename__ = "report_return"
    __table_args__ = (
        Index("uq_report_return_open", "submission_id", unique=True, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
        Index("ix_report_return_round_id_state", "round_id", "state", "due_at"),
        CheckConstraint("state IN ('open', 'answered', 'taken_back')", name="state_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    hand_in_id: Mapped[int] = mapped_column(ForeignKey("hand_in.id"))
    state: Mapped[str] = mapped_column(String(12), default=ReturnState.OPEN.value)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    returned_by_name: Mapped[str] = mapped_column(String(160), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("hand_in.id"))
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    round: Mapped[Round] = relationship()
    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator] = relationship()
    submission: Mapped[Submission] = relationship()
    hand_in: Mapped[HandIn] = relationship(foreign_keys=[hand_in_id])
    answer: Mapped[HandIn | None] = relationship(foreign_keys=[answer_id])
    items: Mapped[list[ReturnedItem]] = relationship(back_populates="report_return", order_by="ReturnedItem.id")

    @property
    def is_open(self) -> bool:
        return self.state == ReturnState.OPEN


class ReturnedItem(AreaScoped, Model):
    """One point of a return: a consideration issue (`criterion.2`) or a section (`domain.returning`), and what is to be mended there."""

    __tablename__ = "returned_item"
    __table_args__ = (UniqueConstraint("return_id", "item_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("report_return.id", ondelete="CASCADE"))
    item_key: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(Text)

    report_return: Mapped[ReportReturn] = relationship(back_populates="items")
