"""Questions of offices about an indicator, and published answers.

Revision 20261128_questions, after 20261127_reminders; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261128_questions"
down_revision = "20261127_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("indicator_code", sa.String(length=24), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_known_answer_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_answer")),
    )
    op.create_index("ix_known_answer_indicator_code_active", "known_answer", ["indicator_code", "active"], unique=False)
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("known_answer_id", sa.Integer(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'answered', 'solved')", name=op.f("ck_question_state_known")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_question_area_id_area")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["ab_user.id"], name=op.f("fk_question_asked_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_question_indicator_id_indicator")),
        sa.ForeignKeyConstraint(
            ["known_answer_id"],
            ["known_answer.id"],
            name=op.f("fk_question_known_answer_id_known_answer"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["ab_user.id"], name=op.f("fk_question_owner_id_ab_user"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_question_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    for column in ("area_id", "changed_at", "owner_id"):
        op.create_index(op.f(f"ix_question_{column}"), "question", [column], unique=False)
    op.create_index("ix_question_state_due_on", "question", ["state", "due_on"], unique=False)
    op.create_index("ix_question_round_id_indicator_id", "question", ["round_id", "indicator_id"], unique=False)
    op.create_table(
        "question_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("is_answer", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=160), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_question_entry_area_id_area")),
        sa.ForeignKeyConstraint(["by_id"], ["ab_user.id"], name=op.f("fk_question_entry_by_id_ab_user"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_question_entry_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_entry")),
    )
    for column in ("area_id", "question_id"):
        op.create_index(op.f(f"ix_question_entry_{column}"), "question_entry", [column], unique=False)


def downgrade() -> None:
    op.drop_table("question_entry")
    op.drop_table("question")
    op.drop_table("known_answer")
