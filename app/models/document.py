"""What the centre publishes: letters, orders, documents, forms, reports, announcements, contacts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.audience import Audience
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


class Addressed:
    """Mixin of whatever is published for some: everyone or signed-in people; of these perhaps only offices of a kind or region, or only
    the centre's own staff."""

    audience: Mapped[str] = mapped_column(String(12), default=Audience.PUBLIC.value)
    for_kind: Mapped[str | None] = mapped_column(String(12))
    for_region: Mapped[str | None] = mapped_column(String(16))
    for_centre: Mapped[bool] = mapped_column(default=False, server_default=false())


def addressed_checks() -> tuple[CheckConstraint, ...]:
    """What the database promises of every addressed table."""
    return (
        CheckConstraint("audience IN ('public', 'signed_in')", name="audience_known"),
        CheckConstraint("for_kind IN ('primary', 'secondary')", name="for_kind_known"),
        CheckConstraint("for_region IN ('north', 'northeast', 'central_east', 'south')", name="for_region_known"),
    )


class Document(Addressed, Model):
    """A file for download. The bytes lie in the store under `storage_key`; name, size (bytes) and hash are kept here.

    `version` counts the files that the document has had; the earlier ones are its `earlier`."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("kind IN ('letter', 'order', 'document', 'form', 'report')", name="kind_known"),
        *addressed_checks(),
        CheckConstraint("size_bytes > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), index=True)
    title_th: Mapped[str] = mapped_column(String(250))
    title_en: Mapped[str] = mapped_column(String(250), default="")
    letter_number: Mapped[str] = mapped_column(String(60), default="")
    dated_on: Mapped[date]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    original_name: Mapped[str] = mapped_column(String(255))
    storage_key: Mapped[str] = mapped_column(String(80), unique=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(100))
    extension: Mapped[str] = mapped_column(String(8))
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    uploaded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    uploaded_by_name: Mapped[str] = mapped_column(String(160), default="", server_default="")
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)

    round: Mapped[Round | None] = relationship()
    earlier: Mapped[list[DocumentVersion]] = relationship(
        back_populates="document", order_by="DocumentVersion.number.desc()", cascade="all, delete-orphan"
    )

    @property
    def revision(self) -> int:
        """How often the file was replaced."""
        return self.version - 1

    def __repr__(self) -> str:
        return self.title_th


class DocumentVersion(Model):
    """A file that a document had before: the first has number 1."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    number: Mapped[int]
    original_name: Mapped[str] = mapped_column(String(255))
    storage_key: Mapped[str] = mapped_column(String(80), unique=True)
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(100))
    extension: Mapped[str] = mapped_column(String(8))
    uploaded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    uploaded_by_name: Mapped[str] = mapped_column(String(160), default="")
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)

    document: Mapped[Document] = relationship(back_populates="earlier")

    def __repr__(self) -> str:
        return f"{self.document_id}/{self.number}"


class Announcement(Addressed, Model):
    """A notice on the home page and the dashboards, from one moment until another."""

    __tablename__ = "announcement"
    __table_args__ = addressed_checks()

    id: Mapped[int] = mapped_column(primary_key=True)
    title_th: Mapped[str] = mapped_column(String(250))
    title_en: Mapped[str] = mapped_column(String(250), default="")
    body_th: Mapped[str] = mapped_column(Text, default="")
    body_en: Mapped[str] = mapped_column(Text, default="")
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
