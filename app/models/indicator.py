"""Indicators and what belongs to them: consideration issues, quality levels, quantities."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Numeric,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain import completeness, quantities
from app.domain.errors import N_
from app.domain.quantities import QuantityKind
from app.extensions import Model
from app.models.document import Document
from app.models.round import Part


class AppliesTo(StrEnum):
    """Which kind of office reports an indicator."""

    BOTH = "both"
    PRIMARY = "primary"
    SECONDARY = "secondary"


APPLIES_TO_NAMES = {
    AppliesTo.BOTH: N_("All offices"),
    AppliesTo.PRIMARY: N_("Primary offices only"),
    AppliesTo.SECONDARY: N_("Secondary offices only"),
}


CONFIDENCE_NAMES = {
    "certain": N_("certain"),
    "likely": N_("likely"),
    "guess": N_("guess"),
    "illustrative": N_("illustrative"),
}


class Indicator(Model):
    """One indicator of a part. `full_code` is the stable address, such as QP-6a. `confidence` and the `is_illustrative` of its
    children tell central staff what was reconstructed and must be checked before real use. `version` counts the edits since offices
    report on it; what it asked before is an `IndicatorVersion`."""

    __tablename__ = "indicator"
    __table_args__ = (
        UniqueConstraint("part_id", "code"),
        UniqueConstraint("round_id", "full_code"),
        CheckConstraint("applies_to IN ('both', 'primary', 'secondary')", name="applies_to_known"),
        CheckConstraint("confidence IN ('certain', 'likely', 'guess', 'illustrative')", name="confidence_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    code: Mapped[str] = mapped_column(String(16))
    full_code: Mapped[str] = mapped_column(String(24))
    text_th: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    applies_to: Mapped[str] = mapped_column(String(12), default=AppliesTo.BOTH.value)
    confidence: Mapped[str] = mapped_column(String(16), default="certain")
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    part: Mapped[Part] = relationship(back_populates="indicators")
    criteria: Mapped[list[Criterion]] = relationship(back_populates="indicator", order_by="Criterion.number")
    levels: Mapped[list[QualityLevel]] = relationship(back_populates="indicator", order_by="QualityLevel.level.desc()")
    quantities: Mapped[list[Quantity]] = relationship(back_populates="indicator", order_by="Quantity.sort_order")

    def applies_to_kind(self, kind: str) -> bool:
        """Whether an office of this kind reports it."""
        return self.applies_to in (AppliesTo.BOTH, kind)

    @property
    def active_criteria(self) -> list[Criterion]:
        return [criterion for criterion in self.criteria if criterion.active]

    @property
    def active_quantities(self) -> list[Quantity]:
        return [quantity for quantity in self.quantities if quantity.active]

    @property
    def questions(self) -> completeness.Questions:
        """What it asks, in the terms of the rules."""
        return completeness.Questions(
            issues=tuple(completeness.Issue(row.number, row.min_files) for row in self.active_criteria),
            boxes=tuple(row.box for row in self.active_quantities),
            asks_challenge=self.part.asks_challenge,
        )

    def __repr__(self) -> str:
        return f"{self.full_code} {self.text_th[:60]}"


class Criterion(Model):
    """A consideration issue (ประเด็นการพิจารณา): what is asked and which evidence proves it, with how many files."""

    __tablename__ = "criterion"
    __table_args__ = (
        UniqueConstraint("indicator_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 99", name="number_in_range"),
        CheckConstraint("min_files BETWEEN 0 AND max_files", name="min_not_above_max"),
        CheckConstraint("max_files BETWEEN 1 AND 3", name="at_most_three_files"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    number: Mapped[int]
    text_th: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    evidence_th: Mapped[str] = mapped_column(Text, default="")
    evidence_en: Mapped[str] = mapped_column(Text, default="")
    min_files: Mapped[int] = mapped_column(default=1)
    max_files: Mapped[int] = mapped_column(default=3)
    form_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    is_illustrative: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)

    indicator: Mapped[Indicator] = relationship(back_populates="criteria")
    form_document: Mapped[Document | None] = relationship(lazy="joined")

    def __repr__(self) -> str:
        return f"{self.number}. {self.text_th[:60]}"


class QualityLevel(Model):
    """The written criteria of one of the five levels of an indicator."""

    __tablename__ = "quality_level"
    __table_args__ = (
        UniqueConstraint("indicator_id", "level"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    level: Mapped[int]
    text_th: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    is_illustrative: Mapped[bool] = mapped_column(default=False)

    indicator: Mapped[Indicator] = relationship(back_populates="levels")

    def __repr__(self) -> str:
        return f"{self.level}. {self.text_th[:60]}"


class Quantity(Model):
    """One figure to be reported with its unit, bounds and the box it must not exceed. `key` is stable over rounds."""

    __tablename__ = "quantity"
    __table_args__ = (
        UniqueConstraint("indicator_id", "key"),
        CheckConstraint("kind IN ('count', 'percent', 'decimal', 'money')", name="kind_known"),
        CheckConstraint("lowest IS NULL OR highest IS NULL OR lowest <= highest", name="lowest_not_above_highest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    label_th: Mapped[str] = mapped_column(String(200))
    label_en: Mapped[str] = mapped_column(String(200), default="")
    unit_th: Mapped[str] = mapped_column(String(40))
    unit_en: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(12), default=QuantityKind.COUNT.value)
    lowest: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    highest: Mapped[Decimal | None] = mapped_column(Numeric(18, 2))
    required: Mapped[bool] = mapped_column(default=True)
    not_above_key: Mapped[str | None] = mapped_column(String(40))
    is_illustrative: Mapped[bool] = mapped_column(default=False)
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)

    indicator: Mapped[Indicator] = relationship(back_populates="quantities")

    @property
    def box(self) -> quantities.Box:
        """The figure in the terms of the rules."""
        return quantities.Box(
            key=self.key,
            label=self.label_th,
            kind=QuantityKind(self.kind),
            lowest=self.lowest,
            highest=self.highest,
            required=self.required,
            not_above=self.not_above_key,
        )

    def __repr__(self) -> str:
        return f"{self.key} {self.label_th[:60]}"
