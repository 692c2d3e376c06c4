"""The whole of an office's round: handed in by the coordinator, endorsed or returned by the director."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.endorsement import LIVING, EndorsedAs, HandInState
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.round import Round
from app.scope import AreaScoped

_IS_LIVING = text("state IN ('handed_in', 'endorsed')")


class OfficeHandIn(AreaScoped, Model):
    """One time that an office handed its round in, with the receipts of all its reports frozen and signed by the server.

    At most one of a round and office is living: handed in or endorsed. `endorsement` is who endorsed, when and in which seat, under
    a signature of its own. `reason` says why the director returned it or why it was withdrawn."""

    __tablename__ = "office_hand_in"
    __table_args__ = (
        UniqueConstraint("round_id", "area_id", "sequence"),
        CheckConstraint("state IN ('handed_in', 'endorsed', 'returned', 'withdrawn')", name="state_known"),
        CheckConstraint("endorsed_as IN ('', 'director', 'acting')", name="endorsed_as_known"),
        Index(
            "uq_office_hand_in_living",
            "round_id",
            "area_id",
            unique=True,
            sqlite_where=_IS_LIVING,
            postgresql_where=_IS_LIVING,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    sequence: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=HandInState.HANDED_IN.value)
    receipt_number: Mapped[str] = mapped_column(String(60), unique=True)
    handed_in_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handed_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    handed_in_by_name: Mapped[str] = mapped_column(String(160), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    code: Mapped[str] = mapped_column(String(24), default="")
    key_id: Mapped[str] = mapped_column(String(16), default="")
    signature: Mapped[str] = mapped_column(String(100), default="")
    endorsed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    endorsed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    endorsed_by_name: Mapped[str] = mapped_column(String(160), default="")
    endorsed_as: Mapped[str] = mapped_column(String(12), default="")
    acting_order: Mapped[str] = mapped_column(String(60), default="")
    endorsement_key_id: Mapped[str] = mapped_column(String(16), default="")
    endorsement_signature: Mapped[str] = mapped_column(String(100), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_name: Mapped[str] = mapped_column(String(160), default="")
    reason: Mapped[str] = mapped_column(Text, default="")

    round: Mapped[Round] = relationship()
    area: Mapped[Area] = relationship()

    @property
    def is_living(self) -> bool:
        return HandInState(self.state) in LIVING

    @property
    def is_endorsed(self) -> bool:
        return self.state == HandInState.ENDORSED

    @property
    def is_acting(self) -> bool:
        """Whether somebody endorsed in the director's place."""
        return self.endorsed_as == EndorsedAs.ACTING

    def __repr__(self) -> str:
        return self.receipt_number


class EndorserAlarm(AreaScoped, Model):
    """The centre was told that an office has nobody who can endorse a round: once for each office and round."""

    __tablename__ = "endorser_alarm"
    __table_args__ = (UniqueConstraint("round_id", "area_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)
