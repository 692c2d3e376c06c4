"""What the centre publishes: letters, orders, documents, forms, reports, announcements, contacts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.errors import N_
from app.extensions import Model, UtcDateTime
from app.models.round import Round


class DocumentKind(StrEnum):
    LETTER = "letter"
    ORDER = "order"
    DOCUMENT = "document"
    FORM = "form"
    REPORT = "report"


DOCUMENT_KIND_NAMES = {
    DocumentKind.LETTER: N_("Official letters"),
    DocumentKind.ORDER: N_("Orders"),
    DocumentKind.DOCUMENT: N_("Documents"),
    DocumentKind.FORM: N_("Form templates"),
    DocumentKind.REPORT: N_("Evaluation reports"),
}


class Audience(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed_in"


AUDIENCE_NAMES = {Audience.PUBLIC: N_("Everyone"), Audience.SIGNED_IN: N_("Signed-in users")}


class Document(Model):
    """A file for download. The bytes lie in the store under `storage_key`; name, size (bytes) and hash are kept here."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("kind IN ('letter', 'order', 'document', 'form', 'report')", name="kind_known"),
        CheckConstraint("audience IN ('public', 'signed_in')", name="audience_known"),
        CheckConstraint("size_bytes > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), index=True)
    title_th: Mapped[str] = mapped_column(String(250))
    title_en: Mapped[str] = mapped_column(String(250), default="")
    letter_number: Mapped[str] = mapped_column(String(60), default="")
    dated_on: Mapped[date]
    audience: Mapped[str] = mapped_column(String(12), default=Audience.PUBLIC.value)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    original_name: Mapped[str] = mapped_column(String(255))
    storage_key: Mapped[str] = mapped_column(String(80), unique=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(100))
    extension: Mapped[str] = mapped_column(String(8))
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)

    round: Mapped[Round | None] = relationship()

    def __repr__(self) -> str:
        return self.title_th


class Announcement(Model):
    """A notice on the home page and the dashboards, from one moment until another."""

    __tablename__ = "announcement"
    __table_args__ = (CheckConstraint("audience IN ('public', 'signed_in')", name="audience_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title_th: Mapped[str] = mapped_column(String(250))
    title_en: Mapped[str] = mapped_column(String(250), default="")
    body_th: Mapped[str] = mapped_column(Text, default="")
    body_en: Mapped[str] = mapped_column(Text, default="")
    audience: Mapped[str] = mapped_column(String(12), default=Audience.PUBLIC.value)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=True)

    def __repr__(self) -> str:
        return self.title_th


class ContactChannel(Model):
    """A way to reach the centre: telephone, LINE group of a region (with the address behind its QR code), e-mail, web site."""

    __tablename__ = "contact_channel"
    __table_args__ = (CheckConstraint("kind IN ('phone', 'line', 'email', 'web')", name="kind_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    name_th: Mapped[str] = mapped_column(String(160))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    region: Mapped[str | None] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(String(250), default="")
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)

    def __repr__(self) -> str:
        return self.name_th
