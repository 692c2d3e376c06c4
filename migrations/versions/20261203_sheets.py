"""Sheets of the sister jobs with fields, files and owners; a resumable upload may be for one of them.

Revision 20261203_sheets, after 20261202_exports; 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261203_sheets"
down_revision = "20261202_exports"
branch_labels = None
depends_on = None

_TWO_WAYS = "(sheet_id IS NULL) = (round_id IS NOT NULL AND indicator_id IS NOT NULL)"


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["ab_user.id"], name=op.f(f"fk_{table}_{column}_ab_user"), ondelete="SET NULL")


def _of_sheet(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f(f"fk_{table}_sheet_id_sheet"), ondelete="CASCADE")


def _of_area(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f(f"fk_{table}_area_id_area"))


def upgrade() -> None:
    op.create_table(
        "sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("missing_count", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_name", sa.String(length=160), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_name", sa.String(length=160), nullable=False),
        sa.Column("timing", sa.String(length=12), nullable=False),
        sa.Column("said", sa.String(length=1000), nullable=False),
        sa.Column("said_by_name", sa.String(length=160), nullable=False),
        sa.CheckConstraint(
            "kind IN ('project', 'progress', 'inspection', 'issue', 'recommendation')", name=op.f("ck_sheet_kind_known")
        ),
        _of_area("sheet"),
        _person("sheet", "changed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet")),
    )
    op.create_index(op.f("ix_sheet_area_id"), "sheet", ["area_id"])
    op.create_table(
        "sheet_field",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("field_key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_name", sa.String(length=160), nullable=False),
        _of_area("sheet_field"),
        _of_sheet("sheet_field"),
        _person("sheet_field", "changed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_field")),
        sa.UniqueConstraint("sheet_id", "field_key", name=op.f("uq_sheet_field_sheet_id_field_key")),
    )
    op.create_index(op.f("ix_sheet_field_area_id"), "sheet_field", ["area_id"])
    op.create_table(
        "sheet_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=24), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("original_name", sa.String(length=255), nullable=False),
        sa.Column("extension", sa.String(length=8), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=True),
        sa.Column("storage_key", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=60), server_default="", nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_by_name", sa.String(length=160), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("ordinal BETWEEN 1 AND 20", name=op.f("ck_sheet_file_ordinal_in_bounds")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_sheet_file_not_empty")),
        _of_area("sheet_file"),
        _of_sheet("sheet_file"),
        _person("sheet_file", "uploaded_by_id"),
        _person("sheet_file", "deleted_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_file")),
    )
    for column in ("area_id", "sheet_id", "sha256", "storage_key"):
        op.create_index(op.f(f"ix_sheet_file_{column}"), "sheet_file", [column])
    living = sa.text("deleted_at IS NULL")
    op.create_index(
        "uq_sheet_file_living_ordinal",
        "sheet_file",
        ["sheet_id", "slot", "ordinal"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )
    op.create_table(
        "sheet_owner",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by_name", sa.String(length=160), nullable=False),
        _of_area("sheet_owner"),
        _of_sheet("sheet_owner"),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_sheet_owner_user_id_ab_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_owner")),
        sa.UniqueConstraint("sheet_id", "user_id", name=op.f("uq_sheet_owner_sheet_id_user_id")),
    )
    op.create_index(op.f("ix_sheet_owner_area_id"), "sheet_owner", ["area_id"])
    op.create_index(op.f("ix_sheet_owner_user_id"), "sheet_owner", ["user_id"])
    # No row points at an upload, so that making the table anew on SQLite takes nothing with it.
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.alter_column("round_id", existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column("indicator_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("sheet_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_upload_sheet_id_sheet"), "sheet", ["sheet_id"], ["id"], ondelete="CASCADE")
        batch_op.create_check_constraint(op.f("ck_upload_for_a_report_or_a_sheet"), _TWO_WAYS)


def downgrade() -> None:
    op.execute("DELETE FROM upload WHERE sheet_id IS NOT NULL")
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_upload_for_a_report_or_a_sheet"), type_="check")
        batch_op.drop_constraint(op.f("fk_upload_sheet_id_sheet"), type_="foreignkey")
        batch_op.drop_column("sheet_id")
        batch_op.alter_column("indicator_id", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("round_id", existing_type=sa.Integer(), nullable=False)
    for table in ("sheet_owner", "sheet_file", "sheet_field", "sheet"):
        op.drop_table(table)
