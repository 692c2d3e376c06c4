"""Review: plans, reviews with their fields, moderation, outcomes, returns of single points; results with letters and what offices do with them.

Revision 20261130_review, after 20261129_audiences; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261130_review"
down_revision = "20261129_audiences"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dataset",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_name", sa.String(length=160), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_dataset_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_dataset_round_id_number")),
    )
    op.create_table(
        "interest_conflict",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by_name", sa.String(length=160), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_interest_conflict_area_id_area")),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f("fk_interest_conflict_user_id_ab_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_conflict")),
    )
    op.create_index("ix_interest_conflict_user_id", "interest_conflict", ["user_id", "area_id"], unique=False)

    op.create_table(
        "review_plan",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("evaluators_per_report", sa.Integer(), nullable=False),
        sa.Column("moderation_gap", sa.Integer(), nullable=False),
        sa.Column("smallest_group", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint("evaluators_per_report BETWEEN 1 AND 3", name=op.f("ck_review_plan_evaluators_in_range")),
        sa.CheckConstraint("moderation_gap BETWEEN 1 AND 4", name=op.f("ck_review_plan_gap_in_range")),
        sa.CheckConstraint("smallest_group BETWEEN 2 AND 50", name=op.f("ck_review_plan_group_in_range")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_review_plan_round_id_round")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_review_plan")),
    )
    op.create_table(
        "publication",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_name", sa.String(length=160), nullable=False),
        sa.Column("number_prefix", sa.String(length=40), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("signatory_name", sa.String(length=160), nullable=False),
        sa.Column("signatory_position", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("appeals_from", sa.Date(), nullable=True),
        sa.Column("appeals_until", sa.Date(), nullable=True),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("release_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by_name", sa.String(length=160), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'released' OR release_at IS NOT NULL", name=op.f("ck_publication_released_has_moment")),
        sa.CheckConstraint("state IN ('draft', 'released', 'withdrawn')", name=op.f("ck_publication_state_known")),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_publication_dataset_id_dataset")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_publication_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_publication_round_id_number")),
    )
    op.create_table(
        "dataset_row",
        sa.Column("dataset_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=16), nullable=False),
        sa.Column("full_code", sa.String(length=24), nullable=False),
        sa.Column("is_reported", sa.Boolean(), nullable=False),
        sa.Column("self_level", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_dataset_row_area_id_area")),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_dataset_row_dataset_id_dataset"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_dataset_row_indicator_id_indicator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset_row")),
        sa.UniqueConstraint(
            "dataset_id", "area_id", "indicator_id", name=op.f("uq_dataset_row_dataset_id_area_id_indicator_id")
        ),
    )
    op.create_index(op.f("ix_dataset_row_area_id"), "dataset_row", ["area_id"], unique=False)
    op.create_index(
        "ix_dataset_row_dataset_id_indicator_id",
        "dataset_row",
        ["dataset_id", "indicator_id", "region", "self_level", "level"],
        unique=False,
    )

    op.create_table(
        "letter",
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("letter_number", sa.String(length=60), nullable=False),
        sa.Column("strengths", sa.Text(), nullable=False),
        sa.Column("improvements", sa.Text(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("held_reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("storage_key", sa.String(length=80), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'made', 'failed')", name=op.f("ck_letter_state_known")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_letter_area_id_area")),
        sa.ForeignKeyConstraint(["publication_id"], ["publication.id"], name=op.f("fk_letter_publication_id_publication")),
        sa.ForeignKeyConstraint(["replaces_id"], ["letter.id"], name=op.f("fk_letter_replaces_id_letter")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_letter_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("publication_id", "area_id", name=op.f("uq_letter_publication_id_area_id")),
    )
    op.create_index(op.f("ix_letter_area_id"), "letter", ["area_id"], unique=False)
    op.create_index(op.f("ix_letter_publication_id"), "letter", ["publication_id"], unique=False)
    op.create_index("ix_letter_round_id_area_id", "letter", ["round_id", "area_id"], unique=False)

    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.Column("acknowledged_by_name", sa.String(length=160), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"],
            ["ab_user.id"],
            name=op.f("fk_acknowledgement_acknowledged_by_id_ab_user"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_acknowledgement_area_id_area")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_acknowledgement_letter_id_letter")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_acknowledgement_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
        sa.UniqueConstraint("letter_id", name=op.f("uq_acknowledgement_letter_id")),
    )
    op.create_index(op.f("ix_acknowledgement_area_id"), "acknowledgement", ["area_id"], unique=False)
    op.create_index(op.f("ix_acknowledgement_round_id"), "acknowledgement", ["round_id"], unique=False)

    op.create_table(
        "appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("criterion_number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=True),
        sa.Column("filed_by_name", sa.String(length=160), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=160), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('clarification', 'appeal')", name=op.f("ck_appeal_kind_known")),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'upheld', 'refused', 'withdrawn')", name=op.f("ck_appeal_state_known")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_appeal_area_id_area")),
        sa.ForeignKeyConstraint(
            ["filed_by_id"], ["ab_user.id"], name=op.f("fk_appeal_filed_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_appeal_indicator_id_indicator")),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_appeal_letter_id_letter")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_appeal_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_index(op.f("ix_appeal_area_id"), "appeal", ["area_id"], unique=False)
    op.create_index("ix_appeal_round_id_state_due_on", "appeal", ["round_id", "state", "due_on"], unique=False)
    op.create_index(
        "uq_appeal_open",
        "appeal",
        ["round_id", "area_id", "indicator_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )

    op.create_table(
        "moderation",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("causes", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(length=160), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_moderation_area_id_area")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_moderation_indicator_id_indicator")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_moderation_round_id_round")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_moderation_submission_id_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation")),
    )
    op.create_index("ix_moderation_round_id_ended_at", "moderation", ["round_id", "ended_at"], unique=False)
    op.create_index(op.f("ix_moderation_submission_id"), "moderation", ["submission_id"], unique=False)
    op.create_index(
        "uq_moderation_open",
        "moderation",
        ["submission_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "improvement_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("indicator_code", sa.String(length=24), nullable=False),
        sa.Column("criterion_number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by_name", sa.String(length=160), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_name", sa.String(length=160), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_improvement_item_area_id_area")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_improvement_item_evidence_id_evidence"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_improvement_item_letter_id_letter")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_improvement_item_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_improvement_item")),
        sa.UniqueConstraint(
            "letter_id",
            "indicator_code",
            "criterion_number",
            name=op.f("uq_improvement_item_letter_id_indicator_code_criterion_number"),
        ),
    )
    op.create_index(op.f("ix_improvement_item_area_id"), "improvement_item", ["area_id"], unique=False)
    op.create_index(
        "ix_improvement_item_area_id_indicator_code", "improvement_item", ["area_id", "indicator_code"], unique=False
    )

    op.create_table(
        "outcome",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("hand_in_id", sa.Integer(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=160), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("basis IN ('single', 'agreed', 'mean', 'moderated', 'appeal')", name=op.f("ck_outcome_basis_known")),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_outcome_level_known")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_outcome_area_id_area")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["ab_user.id"], name=op.f("fk_outcome_decided_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["hand_in_id"], ["hand_in.id"], name=op.f("fk_outcome_hand_in_id_hand_in")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_outcome_indicator_id_indicator")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_outcome_round_id_round")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_outcome_submission_id_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index("ix_outcome_round_id_decided_at", "outcome", ["round_id", "decided_at"], unique=False)
    op.create_index(op.f("ix_outcome_submission_id"), "outcome", ["submission_id"], unique=False)
    op.create_index(
        "uq_outcome_latest",
        "outcome",
        ["submission_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

    op.create_table(
        "report_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("hand_in_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_by_id", sa.Integer(), nullable=True),
        sa.Column("returned_by_name", sa.String(length=160), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'answered', 'taken_back')", name=op.f("ck_report_return_state_known")),
        sa.ForeignKeyConstraint(["answer_id"], ["hand_in.id"], name=op.f("fk_report_return_answer_id_hand_in")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_report_return_area_id_area")),
        sa.ForeignKeyConstraint(["hand_in_id"], ["hand_in.id"], name=op.f("fk_report_return_hand_in_id_hand_in")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_report_return_indicator_id_indicator")),
        sa.ForeignKeyConstraint(
            ["returned_by_id"], ["ab_user.id"], name=op.f("fk_report_return_returned_by_id_ab_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_report_return_round_id_round")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_report_return_submission_id_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_return")),
    )
    op.create_index(op.f("ix_report_return_area_id"), "report_return", ["area_id"], unique=False)
    op.create_index("ix_report_return_round_id_state", "report_return", ["round_id", "state", "due_at"], unique=False)
    op.create_index(op.f("ix_report_return_submission_id"), "report_return", ["submission_id"], unique=False)
    op.create_index(
        "uq_report_return_open",
        "report_return",
        ["submission_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )

    op.create_table(
        "review",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("evaluator_id", sa.Integer(), nullable=False),
        sa.Column("evaluator_name", sa.String(length=160), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by_name", sa.String(length=160), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hand_in_id", sa.Integer(), nullable=True),
        sa.Column("was_revealed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("state <> 'locked' OR level IS NOT NULL", name=op.f("ck_review_locked_has_level")),
        sa.CheckConstraint("state IN ('open', 'locked', 'released')", name=op.f("ck_review_state_known")),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_review_level_known")),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_review_area_id_area")),
        sa.ForeignKeyConstraint(["evaluator_id"], ["ab_user.id"], name=op.f("fk_review_evaluator_id_ab_user")),
        sa.ForeignKeyConstraint(["hand_in_id"], ["hand_in.id"], name=op.f("fk_review_hand_in_id_hand_in")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_review_indicator_id_indicator")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_review_round_id_round")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_review_submission_id_submission"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("submission_id", "evaluator_id", name=op.f("uq_review_submission_id_evaluator_id")),
    )
    op.create_index("ix_review_evaluator_id_round_id", "review", ["evaluator_id", "round_id", "state"], unique=False)
    op.create_index(op.f("ix_review_indicator_id"), "review", ["indicator_id"], unique=False)
    op.create_index("ix_review_round_id_area_id", "review", ["round_id", "area_id"], unique=False)
    op.create_index(op.f("ix_review_submission_id"), "review", ["submission_id"], unique=False)

    op.create_table(
        "returned_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.String(length=40), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_returned_item_area_id_area")),
        sa.ForeignKeyConstraint(
            ["return_id"], ["report_return.id"], name=op.f("fk_returned_item_return_id_report_return"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_item")),
        sa.UniqueConstraint("return_id", "item_key", name=op.f("uq_returned_item_return_id_item_key")),
    )
    op.create_index(op.f("ix_returned_item_area_id"), "returned_item", ["area_id"], unique=False)

    op.create_table(
        "review_entry",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("field_key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_review_entry_review_id_review"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_entry")),
        sa.UniqueConstraint("review_id", "field_key", name=op.f("uq_review_entry_review_id_field_key")),
    )


def downgrade() -> None:
    for table in (
        "review_entry",
        "returned_item",
        "review",
        "report_return",
        "outcome",
        "improvement_item",
        "moderation",
        "appeal",
        "acknowledgement",
        "letter",
        "dataset_row",
        "publication",
        "review_plan",
        "interest_conflict",
        "dataset",
    ):
        op.drop_table(table)
