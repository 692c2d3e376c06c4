"""Orders of an office, the hand-in of a whole round with its endorsement, and that the centre was told of a missing endorser.

Revision 20261127_office_team, after 20261126_board; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_office_team"
down_revision = "20261126_board"
branch_labels = None
depends_on = None

IS_LIVING = sa.text("state IN ('handed_in', 'endorsed')")


def _person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["ab_user.id"], name=op.f(f"fk_{table}_{column}_ab_user"), ondelete="SET NULL")


def _orders() -> None:
    op.create_table(
        "office_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("original_name", sa.String(length=255), nullable=False),
        sa.Column("storage_key", sa.String(length=80), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("extension", sa.String(length=8), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_by_name", sa.String(length=160), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('appointing', 'acting')", name=op.f("ck_office_order_kind_known")),
        sa.CheckConstraint(
            "kind <> 'appointing' OR storage_key IS NOT NULL", name=op.f("ck_office_order_appointing_has_a_file")
        ),
        sa.CheckConstraint(
            "kind <> 'acting' OR (user_id IS NOT NULL AND begins_at IS NOT NULL AND begins_at < ends_at)",
            name=op.f("ck_office_order_acting_is_somebody_for_a_time"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_office_order_area_id_area")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_office_order_user_id_ab_user")),
        _person("office_order", "entered_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_order")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_office_order_storage_key")),
    )
    op.create_index(op.f("ix_office_order_area_id"), "office_order", ["area_id"], unique=False)
    op.create_index(op.f("ix_office_order_user_id"), "office_order", ["user_id"], unique=False)
    op.create_index("ix_office_order_area_id_kind", "office_order", ["area_id", "kind"], unique=False)


def _hand_ins() -> None:
    op.create_table(
        "office_hand_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("receipt_number", sa.String(length=60), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_in_by_id", sa.Integer(), nullable=True),
        sa.Column("handed_in_by_name", sa.String(length=160), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=False),
        sa.Column("endorsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("endorsed_by_id", sa.Integer(), nullable=True),
        sa.Column("endorsed_by_name", sa.String(length=160), nullable=False),
        sa.Column("endorsed_as", sa.String(length=12), nullable=False),
        sa.Column("acting_order", sa.String(length=60), nullable=False),
        sa.Column("endorsement_key_id", sa.String(length=16), nullable=False),
        sa.Column("endorsement_signature", sa.String(length=100), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=160), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('handed_in', 'endorsed', 'returned', 'withdrawn')", name=op.f("ck_office_hand_in_state_known")
        ),
        sa.CheckConstraint("endorsed_as IN ('', 'director', 'acting')", name=op.f("ck_office_hand_in_endorsed_as_known")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_office_hand_in_area_id_area")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_office_hand_in_round_id_round")),
        _person("office_hand_in", "handed_in_by_id"),
        _person("office_hand_in", "endorsed_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_hand_in")),
        sa.UniqueConstraint("receipt_number", name=op.f("uq_office_hand_in_receipt_number")),
        sa.UniqueConstraint("round_id", "area_id", "sequence", name=op.f("uq_office_hand_in_round_id_area_id_sequence")),
    )
    op.create_index(op.f("ix_office_hand_in_area_id"), "office_hand_in", ["area_id"], unique=False)
    op.create_index(
        "uq_office_hand_in_living",
        "office_hand_in",
        ["round_id", "area_id"],
        unique=True,
        sqlite_where=IS_LIVING,
        postgresql_where=IS_LIVING,
    )


def _alarms() -> None:
    op.create_table(
        "endorser_alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_endorser_alarm_area_id_area")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_endorser_alarm_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorser_alarm")),
        sa.UniqueConstraint("round_id", "area_id", name=op.f("uq_endorser_alarm_round_id_area_id")),
    )
    op.create_index(op.f("ix_endorser_alarm_area_id"), "endorser_alarm", ["area_id"], unique=False)


def upgrade() -> None:
    _orders()
    _hand_ins()
    _alarms()


def downgrade() -> None:
    for table in ("endorser_alarm", "office_hand_in", "office_order"):
        op.drop_table(table)
