"""What indicators asked before they were edited, and which version a report answers.

Revision 20261126_indicator_versions, after 20261126_round_openings; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_indicator_versions"
down_revision = "20261126_round_openings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("indicator", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("submission", sa.Column("answers_version", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "indicator_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_name", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["ab_user.id"], name=op.f("fk_indicator_version_ended_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_version_indicator_id_indicator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_version")),
        sa.UniqueConstraint("indicator_id", "number", name=op.f("uq_indicator_version_indicator_id_number")),
    )


def downgrade() -> None:
    op.drop_table("indicator_version")
    op.drop_column("submission", "answers_version")
    op.drop_column("indicator", "version")
