"""Reporting rounds and their parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.deadlines import DEFAULT_GRACE_MINUTES, Window
from app.domain.round_life import Stage, Standing, standing
from app.extensions import Model, UtcDateTime

if TYPE_CHECKING:
    from app.models.deadline import Extension
    from app.models.indicator import Indicator


class Round(Model):
    """A round of a fiscal year: 6 or 12 months. Open while `opens_at ≤ now < closes_at`; what that means to one office says `window`.

    `reminded_at`, `opened_for` and `counted_for` are the worker's marks: the reminder went out, offices were told of this opening,
    and what lay there was counted for this closing. A rehearsal is for trying out and counts in no figure. `stage` is how far the centre has brought the round, `asks_endorsement`
    whether the office's director endorses the whole before it counts as handed in."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("due_at IS NULL OR (opens_at < due_at AND due_at <= closes_at)", name="due_inside"),
        CheckConstraint("grace_minutes BETWEEN 0 AND 1440", name="grace_within_a_day"),
        CheckConstraint("months IN (6, 12)", name="months_known"),
        CheckConstraint("fiscal_year_be BETWEEN 2540 AND 2700", name="fiscal_year_is_buddhist"),
        CheckConstraint("stage IN ('preparing', 'running', 'review', 'published', 'archived')", name="stage_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    fiscal_year_be: Mapped[int]
    months: Mapped[int]
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminds_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    grace_minutes: Mapped[int] = mapped_column(default=DEFAULT_GRACE_MINUTES)
    is_rehearsal: Mapped[bool] = mapped_column(default=False)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_for: Mapped[datetime | None] = mapped_column(UtcDateTime)
    instructions_th: Mapped[str] = mapped_column(Text, default="")
    instructions_en: Mapped[str] = mapped_column(Text, default="")
    stage: Mapped[str] = mapped_column(String(12), default=Stage.RUNNING.value, server_default=Stage.RUNNING.value)
    reviews_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_for: Mapped[datetime | None] = mapped_column(UtcDateTime)
    asks_endorsement: Mapped[bool] = mapped_column(default=False, server_default=false())
    active: Mapped[bool] = mapped_column(default=True)

    parts: Mapped[list[Part]] = relationship(back_populates="round", order_by="Part.sort_order")

    @property
    def window(self) -> Window:
        """The moments that matter to an office without an extension."""
        grace = timedelta(minutes=self.grace_minutes)
        return Window(self.opens_at, self.closes_at, self.due_at, self.reminds_at, grace)

    def standing(self, now: datetime) -> Standing:
        """Where it stands at this moment, for people."""
        return standing(self.stage, self.window, now)

    def window_with(self, *extensions: Extension | None, indicator_id: int | None = None) -> Window:
        """The window of the office that these extensions are for; with `indicator_id` that of one of its reports."""
        standing = sorted(
            (found for found in extensions if found is not None and found.active), key=lambda found: found.until_at
        )
        own = [found for found in standing if found.indicator_id in (None, indicator_id)]
        window = self.window.with_extension(own[-1].terms if own else None)
        others = (found.terms for found in standing if found not in own and found.until_at > window.closes_at)
        return replace(window, single=tuple(others))

    def __repr__(self) -> str:
        return f"{self.name_th} {self.fiscal_year_be}" + (f" · {self.code}" if self.is_rehearsal else "")


class Part(Model):
    """A part of a round: ส่วนที่ 1 QP, ส่วนที่ 2 AP, ส่วนที่ 3 STD. `common_prefix_th` is what every indicator begins with."""

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("round_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    code: Mapped[str] = mapped_column(String(8))
    name_th: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    common_prefix_th: Mapped[str] = mapped_column(String(80), default="")
    common_prefix_en: Mapped[str] = mapped_column(String(80), default="")
    asks_challenge: Mapped[bool] = mapped_column(default=True)
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)

    round: Mapped[Round] = relationship(back_populates="parts", lazy="joined")
    indicators: Mapped[list[Indicator]] = relationship(back_populates="part", order_by="Indicator.sort_order")

    def __repr__(self) -> str:
        return f"{self.code} · {self.round}"
