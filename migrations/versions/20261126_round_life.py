"""How far the centre has brought a round; who owns which indicator; what people are told inside the system.

Revision 20261126_round_life, after 20261125_working_copies; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_round_life"
down_revision = "20261125_working_copies"
branch_labels = None
depends_on = None


STAGE_KNOWN = "stage IN ('preparing', 'running', 'review', 'published', 'archived')"


def _alter_round() -> None:
    """SQLite would rebuild a table that others point at in order to add a CHECK; it takes one with a new column instead."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE round ADD COLUMN stage VARCHAR(12) DEFAULT 'running' NOT NULL "
            f"CONSTRAINT ck_round_stage_known CHECK ({STAGE_KNOWN})"
        )
    else:
        op.add_column("round", sa.Column("stage", sa.String(length=12), server_default="running", nullable=False))
        op.create_check_constraint(op.f("ck_round_stage_known"), "round", STAGE_KNOWN)
    op.add_column("round", sa.Column("reviews_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("round", sa.Column("asks_endorsement", sa.Boolean(), server_default=sa.false(), nullable=False))


def upgrade() -> None:
    _alter_round()
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dedupe_key", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_notice_user_id_ab_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "dedupe_key", name=op.f("uq_notice_user_id_dedupe_key")),
    )
    op.create_index("ix_notice_user_id_read_at", "notice", ["user_id", "read_at"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by_id", sa.Integer(), nullable=True),
        sa.Column("assigned_by_name", sa.String(length=160), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_assignment_area_id_area")),
        sa.ForeignKeyConstraint(
            ["assigned_by_id"], ["ab_user.id"], name=op.f("fk_assignment_assigned_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_assignment_indicator_id_indicator")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_assignment_round_id_round")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_assignment_user_id_ab_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "round_id",
            "area_id",
            "indicator_id",
            "user_id",
            name=op.f("uq_assignment_round_id_area_id_indicator_id_user_id"),
        ),
    )
    for column in ("area_id", "indicator_id", "user_id"):
        op.create_index(op.f(f"ix_assignment_{column}"), "assignment", [column], unique=False)


def downgrade() -> None:
    op.drop_table("assignment")
    op.drop_table("notice")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_round_stage_known"), "round", type_="check")
    for column in ("asks_endorsement", "reviews_at", "stage"):
        op.drop_column("round", column)
