"""Files made in the background, and the self-level of each hand-in as a column of its own.

Revision 20261202_exports, after 20261201_api_tokens; 2026-11-28
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261202_exports"
down_revision = "20261201_api_tokens"
branch_labels = None
depends_on = None

_LEVEL_TEXT = "((content -> 'fields') ->> 'self_level')"
_LEVEL = f"CASE WHEN {_LEVEL_TEXT} IN ('1', '2', '3', '4', '5') THEN CAST({_LEVEL_TEXT} AS INTEGER) END"


def upgrade() -> None:
    # Kept in the row on PostgreSQL; SQLite can only add one that it reckons when it is read.
    kept = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    op.execute(f"ALTER TABLE hand_in ADD COLUMN self_level INTEGER GENERATED ALWAYS AS ({_LEVEL}) {kept}")
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("product", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("about_area_code", sa.String(length=24), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_by_name", sa.String(length=160), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("storage_key", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_reused", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("last_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_taken_by_name", sa.String(length=160), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled', 'expired')", name=op.f("ck_export_state_known")
        ),
        sa.CheckConstraint("state <> 'done' OR storage_key <> ''", name=op.f("ck_export_done_has_file")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_export_area_id_area")),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["ab_user.id"], name=op.f("fk_export_asked_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_export_dataset_id_dataset")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_export_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_export_area_id"), ["area_id"], unique=False)
        batch_op.create_index("ix_export_fingerprint", ["fingerprint", "state"], unique=False)
        batch_op.create_index("ix_export_round_id_area_id", ["round_id", "area_id", "id"], unique=False)
        living = sa.text("state IN ('waiting', 'running')")
        batch_op.create_index("ix_export_living", ["id"], unique=False, sqlite_where=living, postgresql_where=living)


def downgrade() -> None:
    op.drop_table("export")
    op.execute("ALTER TABLE hand_in DROP COLUMN self_level")
