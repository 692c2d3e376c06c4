"""The record of changes: who, when, what, from what to what; chained, and signed now and then."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, UtcDateTime
from app.scope import AreaRecorded


class Change(AreaRecorded, Model):
    """One change, written in the transaction that made it and never edited: triggers of the database refuse it.

    `subject` is such as 'submission:12'. `chain` is the office's number or 0 for the centre; `hash` covers the row and
    `previous_hash`, as `domain.chain` says."""

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_subject_id", "subject", "id"),
        UniqueConstraint("chain", "sequence"),
        CheckConstraint("chain = coalesce(area_id, 0)", name="chain_of_its_office"),
        CheckConstraint("sequence > 0", name="sequence_counts_from_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = mapped_column(String(160), default="")
    subject: Mapped[str] = mapped_column(String(60))
    what: Mapped[str] = mapped_column(String(80))
    old_value: Mapped[str | None] = mapped_column(Text)
    new_value: Mapped[str | None] = mapped_column(Text)
    chain: Mapped[int]
    sequence: Mapped[int]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ChainHead(Model):
    """The last link of a chain. Held while a link is added, so that a chain never forks."""

    __tablename__ = "chain_head"

    chain: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64))


class Checkpoint(Model):
    """The server's signature that a chain had this hash at this link: a chain made anew does not fit it.

    `previous_sequence` is that of the chain's checkpoint before it, so that none can be taken out between two."""

    __tablename__ = "checkpoint"
    __table_args__ = (UniqueConstraint("chain", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int]
    sequence: Mapped[int]
    previous_sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_id: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(88))
