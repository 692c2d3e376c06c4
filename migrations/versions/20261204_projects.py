"""Projects of the national monitoring system: plans and steps as reference data, projects with their quarters, reports and workbooks.

Revision 20261204_projects, after 20261203_sheets; 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261204_projects"
down_revision = "20261203_sheets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name_th", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_illustrative", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('national_strategy', 'master_issue', 'sub_plan', 'sub_plan_target', 'fvct', 'reform_plan', 'milestone', 'security_plan', 'level3_plan', 'policy', 'sdg')",
            name=op.f("ck_plan_item_kind_known"),
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["plan_item.id"], name=op.f("fk_plan_item_parent_id_plan_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_item")),
        sa.UniqueConstraint("kind", "code", name=op.f("uq_plan_item_kind_code")),
    )
    op.create_index(op.f("ix_plan_item_parent_id"), "plan_item", ["parent_id"])
    op.create_table(
        "project_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year_be", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminds_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("fiscal_year_be BETWEEN 2540 AND 2700", name=op.f("ck_project_period_fiscal_year_is_buddhist")),
        sa.CheckConstraint("opens_at < due_at", name=op.f("ck_project_period_opens_before_it_is_due")),
        sa.CheckConstraint("quarter BETWEEN 0 AND 4", name=op.f("ck_project_period_quarter_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_period")),
        sa.UniqueConstraint("fiscal_year_be", "quarter", name=op.f("uq_project_period_fiscal_year_be_quarter")),
    )
    op.create_table(
        "project_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name_th", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("sections", sa.String(length=120), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_step")),
        sa.UniqueConstraint("code", name=op.f("uq_project_step_code")),
    )
    op.create_table(
        "project_brief",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year_be", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by_name", sa.String(length=160), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.String(length=160), nullable=False),
        sa.Column("order_number", sa.String(length=60), nullable=False),
        sa.Column("said", sa.String(length=1000), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('proposed', 'acknowledged', 'returned')", name=op.f("ck_project_brief_state_known")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_project_brief_area_id_area")),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["ab_user.id"], name=op.f("fk_project_brief_proposed_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_brief")),
        sa.UniqueConstraint("area_id", "fiscal_year_be", "number", name=op.f("uq_project_brief_area_id_fiscal_year_be_number")),
    )
    op.create_index(op.f("ix_project_brief_area_id"), "project_brief", ["area_id"])
    op.create_table(
        "project_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year_be", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_by_id", sa.Integer(), nullable=True),
        sa.Column("read_by_name", sa.String(length=160), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_count", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_project_import_area_id_area")),
        sa.ForeignKeyConstraint(
            ["read_by_id"], ["ab_user.id"], name=op.f("fk_project_import_read_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_import")),
    )
    op.create_index(op.f("ix_project_import_area_id"), "project_import", ["area_id"])
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("fiscal_year_be", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("carried_from_id", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("group_name", sa.String(length=120), nullable=False),
        sa.Column("budget", sa.Numeric(precision=17, scale=2), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("last_year_be", sa.Integer(), nullable=True),
        sa.Column("national_code", sa.String(length=60), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("fiscal_year_be BETWEEN 2540 AND 2700", name=op.f("ck_project_fiscal_year_is_buddhist")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_project_number_from_one")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_project_area_id_area")),
        sa.ForeignKeyConstraint(
            ["carried_from_id"], ["project.id"], name=op.f("fk_project_carried_from_id_project"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["office_order.id"], name=op.f("fk_project_order_id_office_order"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_project_sheet_id_sheet"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("area_id", "fiscal_year_be", "number", name=op.f("uq_project_area_id_fiscal_year_be_number")),
        sa.UniqueConstraint("sheet_id", name=op.f("uq_project_sheet_id")),
    )
    op.create_index(op.f("ix_project_area_id"), "project", ["area_id"])
    op.create_index(op.f("ix_project_carried_from_id"), "project", ["carried_from_id"])
    op.create_index("ix_project_fiscal_year_be", "project", ["fiscal_year_be"])
    op.create_table(
        "project_progress",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("paid", sa.Numeric(precision=17, scale=2), nullable=True),
        sa.Column("overall", sa.String(length=12), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_project_progress_quarter_known")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_project_progress_area_id_area")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_progress_project_id_project"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["sheet.id"], name=op.f("fk_project_progress_sheet_id_sheet"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_progress")),
        sa.UniqueConstraint("project_id", "quarter", name=op.f("uq_project_progress_project_id_quarter")),
        sa.UniqueConstraint("sheet_id", name=op.f("uq_project_progress_sheet_id")),
    )
    op.create_index(op.f("ix_project_progress_area_id"), "project_progress", ["area_id"])
    op.create_table(
        "project_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('person', 'indicator', 'activity')", name=op.f("ck_project_row_kind_known")),
        sa.CheckConstraint("ordinal BETWEEN 1 AND 999", name=op.f("ck_project_row_ordinal_in_bounds")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_project_row_area_id_area")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_row_project_id_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_row")),
        sa.UniqueConstraint("project_id", "kind", "ordinal", name=op.f("uq_project_row_project_id_kind_ordinal")),
    )
    op.create_index(op.f("ix_project_row_area_id"), "project_row", ["area_id"])


def downgrade() -> None:
    for table in (
        "project_row",
        "project_progress",
        "project",
        "project_import",
        "project_brief",
        "project_step",
        "project_period",
        "plan_item",
    ):
        op.drop_table(table)
