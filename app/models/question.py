"""Questions of offices about an indicator, and answers that every office finds there."""

from __future__ import annotations

from datetime import date, datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.questions import State
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.indicator import Indicator
from app.models.round import Round
from app.scope import AreaScoped


class KnownAnswer(Model):
    """A published question with its answer, in the centre's wording and without the office that asked. It is found at every indicator of
    its code, whatever the round."""

    __tablename__ = "known_answer"
    __table_args__ = (Index("ix_known_answer_indicator_code_active", "indicator_code", "active"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    indicator_code: Mapped[str] = mapped_column(String(24))
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)

    round: Mapped[Round] = relationship()

    def __repr__(self) -> str:
        return f"{self.indicator_code} · {self.id}"


class Question(AreaScoped, Model):
    """What an office asked about an indicator. `owner` is who of the centre sees to it, until `due_on`; with `known_answer` the answer is
    published."""

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'answered', 'solved')", name="state_known"),
        Index("ix_question_state_due_on", "state", "due_on"),
        Index("ix_question_round_id_indicator_id", "round_id", "indicator_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    state: Mapped[str] = mapped_column(String(12), default=State.OPEN.value)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)
    due_on: Mapped[date]
    known_answer_id: Mapped[int | None] = mapped_column(ForeignKey("known_answer.id", ondelete="SET NULL"))

    round: Mapped[Round] = relationship(lazy="joined")
    area: Mapped[Area] = relationship(lazy="joined")
    indicator: Mapped[Indicator] = relationship(lazy="joined")
    asked_by: Mapped[User | None] = relationship(foreign_keys=[asked_by_id])
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id], lazy="joined")
    known_answer: Mapped[KnownAnswer | None] = relationship(lazy="joined")
    entries: Mapped[list[QuestionEntry]] = relationship(back_populates="question", order_by="QuestionEntry.id")

    @property
    def text(self) -> str:
        """What was asked first."""
        return self.entries[0].text

    def is_overdue(self, today: date) -> bool:
        return self.state == State.OPEN and self.due_on < today

    def __repr__(self) -> str:
        return f"{self.indicator_id}/{self.id}"


class QuestionEntry(AreaScoped, Model):
    """One text of a question: asked or added by the office, or answered by the centre."""

    __tablename__ = "question_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    is_answer: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    by_name: Mapped[str] = mapped_column(String(160))

    question: Mapped[Question] = relationship(back_populates="entries")

    def __repr__(self) -> str:
        return f"{self.question_id}/{self.id}"
