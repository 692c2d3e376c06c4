"""Inspections with their issues, what offices report on them, and the recommendations of inspectors.

Revision 20261205_inspections, after 20261204_projects; 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261205_inspections"
down_revision = "20261204_projects"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), ondelete=ondelete)


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("fiscal_year_be", sa.Integer(), nullable=False),
        sa.Column("round_number", sa.Integer(), nullable=False),
        sa.Column("name_th", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("cluster", sa.Integer(), nullable=True),
        _moment("opens_at", nullable=False),
        _moment("reminds_at"),
        _moment("due_at", nullable=False),
        sa.Column("collecting_agency", sa.String(length=200), nullable=False),
        sa.Column("instructions_th", sa.Text(), nullable=False),
        sa.Column("instructions_en", sa.Text(), nullable=False),
        _moment("announced_at"),
        sa.Column("announced_by_name", sa.String(length=160), nullable=False),
        _moment("reminded_at"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('normal', 'integrated', 'special', 'empirical')", name=op.f("ck_inspection_kind_known")),
        sa.CheckConstraint("fiscal_year_be BETWEEN 2540 AND 2700", name=op.f("ck_inspection_fiscal_year_is_buddhist")),
        sa.CheckConstraint("round_number BETWEEN 1 AND 9", name=op.f("ck_inspection_round_in_range")),
        sa.CheckConstraint("opens_at < due_at", name=op.f("ck_inspection_opens_before_it_is_due")),
        sa.CheckConstraint("cluster IS NULL OR cluster BETWEEN 1 AND 99", name=op.f("ck_inspection_cluster_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        sa.UniqueConstraint("code", name=op.f("uq_inspection_code")),
    )
    op.create_table(
        "inspection_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("policy_th", sa.Text(), nullable=False),
        sa.Column("policy_en", sa.Text(), nullable=False),
        sa.Column("text_th", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("indicator_th", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("applies_to", sa.String(length=12), nullable=False),
        sa.Column("asks_counts", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("indicator_code", sa.String(length=24), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("is_illustrative", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("applies_to IN ('both', 'primary', 'secondary')", name=op.f("ck_inspection_issue_applies_to_known")),
        _to("inspection_issue", "inspection_id", "inspection"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_issue")),
        sa.UniqueConstraint("inspection_id", "code", name=op.f("uq_inspection_issue_inspection_id_code")),
    )
    op.create_index(op.f("ix_inspection_issue_inspection_id"), "inspection_issue", ["inspection_id"])
    op.create_table(
        "inspection_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        _moment("endorsed_at"),
        sa.Column("endorsed_by_name", sa.String(length=160), nullable=False),
        sa.Column("acting_order", sa.String(length=60), nullable=False),
        _to("inspection_report", "area_id", "area"),
        _to("inspection_report", "inspection_id", "inspection"),
        _to("inspection_report", "sheet_id", "sheet", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_report")),
        sa.UniqueConstraint("inspection_id", "area_id", name=op.f("uq_inspection_report_inspection_id_area_id")),
        sa.UniqueConstraint("sheet_id", name=op.f("uq_inspection_report_sheet_id")),
    )
    op.create_index(op.f("ix_inspection_report_area_id"), "inspection_report", ["area_id"])
    op.create_table(
        "inspection_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        _to("inspection_entry", "area_id", "area"),
        _to("inspection_entry", "report_id", "inspection_report", "CASCADE"),
        _to("inspection_entry", "issue_id", "inspection_issue"),
        _to("inspection_entry", "sheet_id", "sheet", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection_entry")),
        sa.UniqueConstraint("report_id", "issue_id", name=op.f("uq_inspection_entry_report_id_issue_id")),
        sa.UniqueConstraint("sheet_id", name=op.f("uq_inspection_entry_sheet_id")),
    )
    for column in ("area_id", "issue_id"):
        op.create_index(op.f(f"ix_inspection_entry_{column}"), "inspection_entry", [column])
    op.create_table(
        "recommendation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("inspection_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("concerned", sa.String(length=250), nullable=False),
        _moment("answered_at"),
        _moment("closed_at"),
        sa.Column("closed_by_name", sa.String(length=160), nullable=False),
        sa.Column("soon_for", sa.Date(), nullable=True),
        sa.Column("late_for", sa.Date(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_recommendation_numbered_from_one")),
        sa.CheckConstraint("due_on IS NULL OR due_on >= received_on", name=op.f("ck_recommendation_due_after_it_came")),
        _to("recommendation", "area_id", "area"),
        _to("recommendation", "inspection_id", "inspection"),
        _to("recommendation", "issue_id", "inspection_issue"),
        _to("recommendation", "sheet_id", "sheet", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
        sa.UniqueConstraint("inspection_id", "area_id", "number", name=op.f("uq_recommendation_inspection_id_area_id_number")),
        sa.UniqueConstraint("sheet_id", name=op.f("uq_recommendation_sheet_id")),
    )
    for column in ("area_id", "issue_id"):
        op.create_index(op.f(f"ix_recommendation_{column}"), "recommendation", [column])
    op.create_index("ix_recommendation_due_on", "recommendation", ["due_on"])


def downgrade() -> None:
    op.execute("DELETE FROM sheet WHERE kind IN ('inspection', 'issue', 'recommendation')")
    for table in ("recommendation", "inspection_entry", "inspection_report", "inspection_issue", "inspection"):
        op.drop_table(table)
