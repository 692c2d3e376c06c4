"""Files that people asked for, each made in the background: what it holds, how far it is, and who took it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.exporting import Format, Product, State, percent
from app.extensions import Model, UtcDateTime
from app.models.publication import Dataset
from app.models.round import Round
from app.scope import AreaRecorded


class Export(AreaRecorded, Model):
    """One file that was asked for. `area_id` is whose office it was made for; it is null for the centre, whose files no office meets, for
    they may tell of levels that nobody was told yet.

    `filters` is how it is narrowed, by the names of its parameters; `about_area_code` the one office that it is about. `fingerprint` says
    what would be the same file: an identical one that is ready is given out again. `done` and `planned` count rows, reports or files."""

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'expired')", name="state_known"),
        CheckConstraint("state <> 'done' OR storage_key <> ''", name="done_has_file"),
        Index("ix_export_round_id_area_id", "round_id", "area_id", "id"),
        Index("ix_export_fingerprint", "fingerprint", "state"),
        Index(
            "ix_export_living",
            "id",
            sqlite_where=text("state IN ('waiting', 'running')"),
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    product: Mapped[str] = mapped_column(String(16))
    format: Mapped[str] = mapped_column(String(8))
    filters: Mapped[dict[str, str]] = mapped_column(JSON)
    about_area_code: Mapped[str] = mapped_column(String(24), default="")
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("dataset.id"))
    language: Mapped[str] = mapped_column(String(2), default="th")
    fingerprint: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    asked_by_name: Mapped[str] = mapped_column(String(160), default="")
    state: Mapped[str] = mapped_column(String(12), default=State.WAITING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    # What the figures are as of; for live ones when the file was begun.
    as_of: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done: Mapped[int] = mapped_column(default=0)
    planned: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(Text, default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    storage_key: Mapped[str] = mapped_column(String(80), default="")
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    was_reused: Mapped[bool] = mapped_column(default=False)
    taken: Mapped[int] = mapped_column(default=0)
    last_taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_taken_by_name: Mapped[str] = mapped_column(String(160), default="")

    round: Mapped[Round] = relationship()
    dataset: Mapped[Dataset | None] = relationship()

    @property
    def kind(self) -> Product:
        return Product(self.product)

    @property
    def extension(self) -> Format:
        return Format(self.format)

    @property
    def is_living(self) -> bool:
        """Whether it still waits or is being made."""
        return self.state in (State.WAITING, State.RUNNING)

    @property
    def is_ready(self) -> bool:
        return self.state == State.DONE

    @property
    def percent(self) -> int:
        """How far it is, 0–100."""
        return 100 if self.is_ready else percent(self.done, self.planned)

    def __repr__(self) -> str:
        return f"{self.product}.{self.format}/{self.id}"
