"""Results as they are published: frozen figures, letters to offices, and what offices do with them.

Figures, publications and letters are the centre's (`scope.CentreOnly`) even after they are released: an office reads its own through
`queries.published`. What an office does with them is its own row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.publishing import AppealState, LetterState, PublicationState
from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.models.indicator import Indicator
from app.models.round import Round
from app.models.submission import Evidence
from app.scope import AreaScoped, CentreOnly

_IS_OPEN = text("state = 'open'")


class Dataset(CentreOnly, Model):
    """The figures of a round as they stood at one moment, frozen under a number and the server's signature. Every published table names
    it. `digest` is the sha256 of its rows in one fixed spelling."""

    __tablename__ = "dataset"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_name: Mapped[str] = mapped_column(String(160), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    row_count: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(16), default="")
    signature: Mapped[str] = mapped_column(String(100), default="")

    round: Mapped[Round] = relationship()

    def __repr__(self) -> str:
        return f"{self.round_id}/{self.number}"


class DatasetRow(CentreOnly, Model):
    """One report that was asked for, as it stood: office and indicator as they were then called and grouped, whether it was handed in, the
    self-level and the reviewed one, and what the office will read. `level` is null where nothing was settled."""

    __tablename__ = "dataset_row"
    __table_args__ = (
        UniqueConstraint("dataset_id", "area_id", "indicator_id"),
        Index("ix_dataset_row_dataset_id_indicator_id", "dataset_id", "indicator_id", "region", "self_level", "level"),
    )

    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id", ondelete="CASCADE"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    area_code: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(16))
    full_code: Mapped[str] = mapped_column(String(24))
    is_reported: Mapped[bool]
    self_level: Mapped[int | None]
    level: Mapped[int | None]
    basis: Mapped[str] = mapped_column(String(12), default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    verdicts: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON)

    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator] = relationship()


class Publication(CentreOnly, Model):
    """Letters to offices over one dataset, all released for one moment (`release_at`), which may lie ahead. Its columns are what every
    letter says; `appeals_until` ends the time in which an office may ask or appeal."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("round_id", "number"),
        CheckConstraint("state IN ('draft', 'released', 'withdrawn')", name="state_known"),
        CheckConstraint("state <> 'released' OR release_at IS NOT NULL", name="released_has_moment"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    state: Mapped[str] = mapped_column(String(12), default=PublicationState.DRAFT.value)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_name: Mapped[str] = mapped_column(String(160), default="")
    # The letter: 'ศธ 04003/' and 1197 give ศธ ๐๔๐๐๓/๑๑๙๗ and the numbers after it, one for each office.
    number_prefix: Mapped[str] = mapped_column(String(40), default="")
    first_number: Mapped[int | None]
    dated_on: Mapped[date | None]
    subject: Mapped[str] = mapped_column(Text, default="")
    opening: Mapped[str] = mapped_column(Text, default="")
    closing: Mapped[str] = mapped_column(Text, default="")
    signatory_name: Mapped[str] = mapped_column(String(160), default="")
    signatory_position: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(Text, default="")
    appeals_from: Mapped[date | None]
    appeals_until: Mapped[date | None]
    answer_days: Mapped[int] = mapped_column(default=10)
    release_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_by_name: Mapped[str] = mapped_column(String(160), default="")
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    round: Mapped[Round] = relationship()
    dataset: Mapped[Dataset] = relationship()
    letters: Mapped[list[Letter]] = relationship(back_populates="publication", order_by="Letter.id")


class Letter(CentreOnly, Model):
    """The letter of a publication to one office: what is its own in it, the PDF once it is made, and whether it is held back.

    `replaces` is the earlier letter that this one takes the place of. `code` is what a reader of the paper scans or types."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("publication_id", "area_id"),
        CheckConstraint("state IN ('waiting', 'made', 'failed')", name="state_known"),
        Index("ix_letter_round_id_area_id", "round_id", "area_id"),
    )

    publication_id: Mapped[int] = mapped_column(ForeignKey("publication.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    letter_number: Mapped[str] = mapped_column(String(60), default="")
    strengths: Mapped[str] = mapped_column(Text, default="")
    improvements: Mapped[str] = mapped_column(Text, default="")
    held: Mapped[bool] = mapped_column(default=False)
    held_reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(12), default=LetterState.WAITING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pages: Mapped[int | None]
    storage_key: Mapped[str] = mapped_column(String(80), default="")
    size_bytes: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    code: Mapped[str] = mapped_column(String(24), default="")
    key_id: Mapped[str] = mapped_column(String(16), default="")
    signature: Mapped[str] = mapped_column(String(100), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))

    publication: Mapped[Publication] = relationship(back_populates="letters")
    area: Mapped[Area] = relationship()
    replaces: Mapped[Letter | None] = relationship(remote_side="Letter.id")

    @property
    def has_pdf(self) -> bool:
        """Whether its PDF is made and says what the letter says."""
        return self.state == LetterState.MADE and bool(self.storage_key)


class Acknowledgement(AreaScoped, Model):
    """An office says that it has read its results. `letter_id` names the letter without opening it to the office's session."""

    __tablename__ = "acknowledgement"
    __table_args__ = (UniqueConstraint("letter_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"))
    acknowledged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    acknowledged_by_name: Mapped[str] = mapped_column(String(160), default="")


class Appeal(AreaScoped, Model):
    """An office asks about the result of one indicator, or appeals against it; the centre answers until `due_on`."""

    __tablename__ = "appeal"
    __table_args__ = (
        Index(
            "uq_appeal_open",
            "round_id",
            "area_id",
            "indicator_id",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index("ix_appeal_round_id_state_due_on", "round_id", "state", "due_on"),
        CheckConstraint("kind IN ('clarification', 'appeal')", name="kind_known"),
        CheckConstraint("state IN ('open', 'answered', 'upheld', 'refused', 'withdrawn')", name="state_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"))
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"))
    criterion_number: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default=AppealState.OPEN.value)
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    filed_by_name: Mapped[str] = mapped_column(String(160), default="")
    due_on: Mapped[date]
    answer: Mapped[str] = mapped_column(Text, default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_name: Mapped[str] = mapped_column(String(160), default="")

    round: Mapped[Round] = relationship()
    area: Mapped[Area] = relationship()
    indicator: Mapped[Indicator] = relationship()


class ImprovementItem(AreaScoped, Model):
    """A piece of advice that an office took up. Later rounds show it beside the field of the same indicator and issue until a file of
    evidence there answers it."""

    __tablename__ = "improvement_item"
    __table_args__ = (
        UniqueConstraint("letter_id", "indicator_code", "criterion_number"),
        Index("ix_improvement_item_area_id_indicator_code", "area_id", "indicator_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"))
    indicator_code: Mapped[str] = mapped_column(String(24))
    # 0 is the indicator as a whole: a null would escape the unique constraint.
    criterion_number: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(Text)
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_by_name: Mapped[str] = mapped_column(String(160), default="")
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_name: Mapped[str] = mapped_column(String(160), default="")
    evidence_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id", ondelete="SET NULL"))

    round: Mapped[Round] = relationship()
    evidence: Mapped[Evidence | None] = relationship()

    @property
    def is_answered(self) -> bool:
        """Whether a file that still stands answers it."""
        return self.evidence is not None and self.evidence.deleted_at is None
