"""Workbooks of indicator sets that were read.

Revision 20261125_sets, after 20261124_presence; 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_sets"
down_revision = "20261124_presence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "set_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by_id", sa.Integer(), nullable=True),
        sa.Column("read_by_name", sa.String(length=160), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by_name", sa.String(length=160), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("changed_count", sa.Integer(), nullable=False),
        sa.Column("retired_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["read_by_id"], ["ab_user.id"], name=op.f("fk_set_import_read_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_set_import_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_set_import")),
    )
    with op.batch_alter_table("set_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_set_import_round_id"), ["round_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("set_import", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_set_import_round_id"))
    op.drop_table("set_import")
