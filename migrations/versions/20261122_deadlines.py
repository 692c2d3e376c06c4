"""Three dates of a round, grace, rehearsals; extensions, outages, the copy taken at closing; signed receipts.

Revision 20261122_deadlines, after 20261122_signing; 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261122_deadlines"
down_revision = "20261122_signing"
branch_labels = None
depends_on = None

CHECKS = {
    "due_inside": "due_at IS NULL OR (opens_at < due_at AND due_at <= closes_at)",
    "grace_within_a_day": "grace_minutes BETWEEN 0 AND 1440",
}


def _round_columns() -> list[sa.Column]:
    return [
        sa.Column("reminds_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("grace_minutes", sa.Integer(), nullable=False, server_default="60"),
        sa.Column("is_rehearsal", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("reminded_at", sa.DateTime(timezone=True)),
        sa.Column("counted_for", sa.DateTime(timezone=True)),
    ]


def _hand_in_columns() -> list[sa.Column]:
    return [
        sa.Column("timing", sa.String(length=12), nullable=False, server_default="on_time"),
        sa.Column("code", sa.String(length=24), nullable=False, server_default=""),
        sa.Column("key_id", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("signature", sa.String(length=100), nullable=False, server_default=""),
    ]


def _alter_round() -> None:
    """SQLite would rebuild a table that others point at in order to add a CHECK; it takes one with a new column instead."""
    if op.get_bind().dialect.name != "sqlite":
        for column in _round_columns():
            op.add_column("round", column)
        for name, rule in CHECKS.items():
            op.create_check_constraint(op.f(f"ck_round_{name}"), "round", rule)
        return
    for column in _round_columns():
        if column.name not in ("due_at", "grace_minutes"):
            op.add_column("round", column)
    op.execute(
        "ALTER TABLE round ADD COLUMN grace_minutes INTEGER DEFAULT 60 NOT NULL "
        f"CONSTRAINT ck_round_grace_within_a_day CHECK ({CHECKS['grace_within_a_day']})"
    )
    op.execute(f"ALTER TABLE round ADD COLUMN due_at DATETIME CONSTRAINT ck_round_due_inside CHECK ({CHECKS['due_inside']})")


def upgrade() -> None:
    _alter_round()
    # What closed before is over: nothing of it is counted anew.
    op.execute("UPDATE round SET counted_for = closes_at WHERE closes_at < CURRENT_TIMESTAMP")
    for column in _hand_in_columns():
        op.add_column("hand_in", column)
    op.add_column("submission", sa.Column("timing", sa.String(length=12), nullable=False, server_default=""))
    op.execute("UPDATE submission SET timing = 'on_time' WHERE receipt_number <> ''")
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse")),
    )
    op.create_table(
        "outage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_name", sa.String(length=160), nullable=False),
        sa.Column("extended_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("began_at < ended_at", name=op.f("ck_outage_begins_before_it_ends")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_outage_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outage")),
    )
    op.create_index(op.f("ix_outage_round_id"), "outage", ["round_id"])
    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_by_name", sa.String(length=160), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_extension_reason_given")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_extension_area_id_area")),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["ab_user.id"], name=op.f("fk_extension_granted_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_extension_indicator_id_indicator")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_extension_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index(op.f("ix_extension_area_id"), "extension", ["area_id"])
    op.create_index("ix_extension_round_id_area_id", "extension", ["round_id", "area_id"])
    op.create_table(
        "closing_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("missing_count", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_closing_copy_area_id_area")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_closing_copy_submission_id_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_copy")),
        sa.UniqueConstraint("submission_id", "closed_at", name=op.f("uq_closing_copy_submission_id_closed_at")),
    )
    op.create_index(op.f("ix_closing_copy_area_id"), "closing_copy", ["area_id"])


def downgrade() -> None:
    for table in ("closing_copy", "extension", "outage", "pulse"):
        op.drop_table(table)
    op.drop_column("submission", "timing")
    for column in reversed(_hand_in_columns()):
        op.drop_column("hand_in", column.name)
    if op.get_bind().dialect.name != "sqlite":
        for name in CHECKS:
            op.drop_constraint(op.f(f"ck_round_{name}"), "round", type_="check")
    for column in reversed(_round_columns()):
        op.drop_column("round", column.name)
