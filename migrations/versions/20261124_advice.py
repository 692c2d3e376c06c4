"""Advice before sending, and files of evidence that are cited in another issue.

Revision 20261124_advice, after 20261123_record; 2026-11-21
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261124_advice"
down_revision = "20261123_record"
branch_labels = None
depends_on = None

# Of several rows over the same bytes one keeps them: a living one before a deleted one, the file itself before its citations.
RANK = "CASE WHEN {0}.deleted_at IS NULL THEN 0 ELSE 1 END, CASE WHEN {0}.cites_id IS NULL THEN 0 ELSE 1 END, {0}.uploaded_at, {0}.id"
DELETE_CITATIONS = f"""
DELETE FROM evidence WHERE EXISTS (
  SELECT 1 FROM evidence AS better
  WHERE better.storage_key = evidence.storage_key AND ({RANK.format("better")}) < ({RANK.format("evidence")})
)
"""  # noqa: S608 - both parts are ours


def upgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cites_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("place", sa.String(length=60), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("inspected_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_constraint(batch_op.f("uq_evidence_storage_key"), type_="unique")
        batch_op.create_index(batch_op.f("ix_evidence_storage_key"), ["storage_key"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_evidence_cites_id_evidence"), "evidence", ["cites_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(
            "ix_evidence_not_inspected",
            ["uploaded_at"],
            unique=False,
            sqlite_where=sa.text("inspected_at IS NULL AND deleted_at IS NULL"),
            postgresql_where=sa.text("inspected_at IS NULL AND deleted_at IS NULL"),
        )
    _create_advice()


def _create_advice() -> None:
    op.create_table(
        "advice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("same_as_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_by_name", sa.String(length=160), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('unreadable', 'locked', 'blank', 'too_many_pages', 'duplicate_criterion', 'duplicate_year',"
            " 'duplicate_area', 'level_without_file')",
            name=op.f("ck_advice_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["ab_user.id"], name=op.f("fk_advice_answered_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_advice_area_id_area")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_advice_evidence_id_evidence"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"], ["evidence.id"], name=op.f("fk_advice_same_as_id_evidence"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_advice_submission_id_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice")),
        sa.UniqueConstraint("evidence_id", "kind", name=op.f("uq_advice_evidence_id_kind")),
    )
    with op.batch_alter_table("advice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_advice_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_advice_submission_id"), ["submission_id"], unique=False)
        batch_op.create_index(
            "uq_advice_of_report",
            ["submission_id", "kind"],
            unique=True,
            sqlite_where=sa.text("evidence_id IS NULL"),
            postgresql_where=sa.text("evidence_id IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("advice", schema=None) as batch_op:
        batch_op.drop_index("uq_advice_of_report")
        batch_op.drop_index(batch_op.f("ix_advice_submission_id"))
        batch_op.drop_index(batch_op.f("ix_advice_area_id"))
    op.drop_table("advice")
    op.execute(DELETE_CITATIONS)
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_not_inspected")
        batch_op.drop_constraint(batch_op.f("fk_evidence_cites_id_evidence"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_evidence_storage_key"))
        batch_op.create_unique_constraint(batch_op.f("uq_evidence_storage_key"), ["storage_key"])
        batch_op.drop_column("inspected_at")
        batch_op.drop_column("place")
        batch_op.drop_column("cites_id")
