"""Whom something published is for in particular; versions of documents; meetings and trainings.

Revision 20261129_audiences, after 20261128_questions; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261129_audiences"
down_revision = "20261128_questions"
branch_labels = None
depends_on = None

KINDS = "('primary', 'secondary')"
REGIONS = "('north', 'northeast', 'central_east', 'south')"


def _checked_column(table: str, name: str, length: int, known: str) -> None:
    """A new column that takes known values. SQLite would rebuild the table for a CHECK; it takes one with the column instead."""
    check = f"{name} IN {known}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {name} VARCHAR({length}) CONSTRAINT ck_{table}_{name}_known CHECK ({check})"
        )
    else:
        op.add_column(table, sa.Column(name, sa.String(length=length), nullable=True))
        op.create_check_constraint(op.f(f"ck_{table}_{name}_known"), table, check)


def _drop_checked_column(table: str, name: str) -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(f"ck_{table}_{name}_known"), table, type_="check")
    op.drop_column(table, name)


def upgrade() -> None:
    for table in ("document", "announcement"):
        _checked_column(table, "for_kind", 12, KINDS)
        _checked_column(table, "for_region", 16, REGIONS)
        op.add_column(table, sa.Column("for_centre", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("document", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("document", sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("document", sa.Column("uploaded_by_name", sa.String(length=160), server_default="", nullable=False))
    op.create_table(
        "document_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("original_name", sa.String(length=255), nullable=False),
        sa.Column("storage_key", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("extension", sa.String(length=8), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("uploaded_by_name", sa.String(length=160), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_version_document_id_document"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_version")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_document_version_document_id_number")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_document_version_storage_key")),
    )
    op.create_index(op.f("ix_document_version_sha256"), "document_version", ["sha256"], unique=False)
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title_th", sa.String(length=250), nullable=False),
        sa.Column("title_en", sa.String(length=250), nullable=False),
        sa.Column("body_th", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=250), nullable=False),
        sa.Column("online_link", sa.String(length=500), nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("for_kind", sa.String(length=12), nullable=True),
        sa.Column("for_region", sa.String(length=16), nullable=True),
        sa.Column("for_centre", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("audience IN ('public', 'signed_in')", name=op.f("ck_meeting_audience_known")),
        sa.CheckConstraint(f"for_kind IN {KINDS}", name=op.f("ck_meeting_for_kind_known")),
        sa.CheckConstraint(f"for_region IN {REGIONS}", name=op.f("ck_meeting_for_region_known")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_meeting_starts_before_it_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index(op.f("ix_meeting_ends_at"), "meeting", ["ends_at"], unique=False)
    op.create_table(
        "meeting_document",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_meeting_document_document_id_document"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_document_meeting_id_meeting"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("meeting_id", "document_id", name=op.f("pk_meeting_document")),
    )


def downgrade() -> None:
    op.drop_table("meeting_document")
    op.drop_table("meeting")
    op.drop_table("document_version")
    for column in ("uploaded_by_name", "uploaded_at", "version"):
        op.drop_column("document", column)
    for table in ("announcement", "document"):
        op.drop_column(table, "for_centre")
        _drop_checked_column(table, "for_region")
        _drop_checked_column(table, "for_kind")
