"""Workbooks in which an office filled in its round.

Revision 20261125_working_copies, after 20261125_sets; 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_working_copies"
down_revision = "20261125_sets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "working_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by_id", sa.Integer(), nullable=True),
        sa.Column("read_by_name", sa.String(length=160), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_count", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_working_copy_area_id_area")),
        sa.ForeignKeyConstraint(
            ["read_by_id"], ["ab_user.id"], name=op.f("fk_working_copy_read_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_working_copy_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_copy")),
    )
    with op.batch_alter_table("working_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_working_copy_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_working_copy_round_id"), ["round_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("working_copy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_working_copy_round_id"))
        batch_op.drop_index(batch_op.f("ix_working_copy_area_id"))
    op.drop_table("working_copy")
