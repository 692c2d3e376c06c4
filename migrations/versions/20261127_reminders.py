"""Reminders that are planned and kept with whom they reached; mails that are not tried for ever, and addresses that refuse them.

Revision 20261127_reminders, after 20261127_office_team; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_reminders"
down_revision = "20261127_office_team"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_outbox_message_failed_at"), "outbox_message", ["failed_at"], unique=False)
    op.add_column("user_profile", sa.Column("mail_bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_user_profile_mail_bounced_at"), "user_profile", ["mail_bounced_at"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("paragraph", sa.Text(), nullable=False),
        sa.Column("form_key", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_by_name", sa.String(length=160), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by_name", sa.String(length=160), nullable=False),
        sa.Column("people_told", sa.Integer(), nullable=False),
        sa.Column("offices_told", sa.Integer(), nullable=False),
        sa.Column("offices_done", sa.Integer(), nullable=False),
        sa.Column("offices_without", sa.Integer(), nullable=False),
        sa.CheckConstraint("planned_at IS NOT NULL OR sent_at IS NOT NULL", name=op.f("ck_reminder_planned_or_sent")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["ab_user.id"], name=op.f("fk_reminder_created_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_reminder_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("form_key", name=op.f("uq_reminder_form_key")),
    )
    op.create_index(op.f("ix_reminder_round_id"), "reminder", ["round_id"], unique=False)
    op.create_index("ix_reminder_sent_at_planned_at", "reminder", ["sent_at", "planned_at"], unique=False)
    op.create_table(
        "reminder_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reminder_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("owing", sa.Text(), nullable=False),
        sa.Column("mail_key", sa.String(length=120), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_reminder_recipient_area_id_area")),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminder.id"], name=op.f("fk_reminder_recipient_reminder_id_reminder"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_reminder_recipient_user_id_ab_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_recipient")),
        sa.UniqueConstraint("reminder_id", "user_id", name=op.f("uq_reminder_recipient_reminder_id_user_id")),
    )
    for column in ("area_id", "mail_key", "user_id"):
        op.create_index(op.f(f"ix_reminder_recipient_{column}"), "reminder_recipient", [column], unique=False)


def downgrade() -> None:
    op.drop_table("reminder_recipient")
    op.drop_table("reminder")
    op.drop_index(op.f("ix_user_profile_mail_bounced_at"), table_name="user_profile")
    op.drop_column("user_profile", "mail_bounced_at")
    op.drop_index(op.f("ix_outbox_message_failed_at"), table_name="outbox_message")
    op.drop_column("outbox_message", "failed_at")
