"""Who took note of which privacy notice, what people ask for about their own data, and what was let go in time.

Revision 20261208_privacy, after 20261207_scanning; 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261208_privacy"
down_revision = "20261207_scanning"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nobody's note is invented: whoever has an account is shown the notice once.
    op.add_column("user_profile", sa.Column("notice_version", sa.String(length=16), nullable=False, server_default=""))
    op.add_column("user_profile", sa.Column("notice_noted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "privacy_wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("form_key", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.String(length=160), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('correct', 'erase', 'object')", name=op.f("ck_privacy_wish_kind_known")),
        sa.CheckConstraint("state IN ('open', 'done', 'refused')", name=op.f("ck_privacy_wish_state_known")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_privacy_wish_user_id_ab_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_wish")),
        sa.UniqueConstraint("form_key", name=op.f("uq_privacy_wish_form_key")),
    )
    op.create_index(op.f("ix_privacy_wish_user_id"), "privacy_wish", ["user_id"], unique=False)
    op.create_index("ix_privacy_wish_state_asked_at", "privacy_wish", ["state", "asked_at"], unique=False)
    op.create_table(
        "retention_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keeping", sa.String(length=16), nullable=False),
        sa.Column("before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.CheckConstraint("keeping IN ('sessions', 'registrations', 'mails')", name=op.f("ck_retention_run_keeping_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_run")),
    )
    op.create_index("ix_retention_run_keeping_at", "retention_run", ["keeping", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("retention_run")
    op.drop_table("privacy_wish")
    op.drop_column("user_profile", "notice_noted_at")
    op.drop_column("user_profile", "notice_version")
