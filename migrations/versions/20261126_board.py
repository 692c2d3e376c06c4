"""Whether a report was begun, kept with it, and what the monitoring board counts by.

Revision 20261126_board, after 20261126_indicator_versions; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_board"
down_revision = "20261126_indicator_versions"
branch_labels = None
depends_on = None

# A report with neither a file nor an answer besides the reporter's details was opened and left.
_UNTOUCHED = """
UPDATE submission SET begun = :no
WHERE NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.submission_id = submission.id AND evidence.deleted_at IS NULL)
AND NOT EXISTS (
    SELECT 1 FROM answer WHERE answer.submission_id = submission.id
    AND answer.value <> '' AND answer.value <> 'false' AND substr(answer.field_key, 1, 9) <> 'reporter_'
)
"""


# Column and indexes are added in place: a table made anew would take its children with it on SQLite.
def upgrade() -> None:
    op.add_column("submission", sa.Column("begun", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.get_bind().execute(sa.text(_UNTOUCHED).bindparams(sa.bindparam("no", False, sa.Boolean())))
    counted = ["round_id", "area_id", "indicator_id", "state", "begun", "missing_count", "timing"]
    op.create_index("ix_submission_board", "submission", counted, unique=False)
    op.create_index("ix_submission_round_id_changed_at", "submission", ["round_id", "changed_at"], unique=False)
    op.create_index("ix_submission_round_id_submitted_at", "submission", ["round_id", "submitted_at"], unique=False)


def downgrade() -> None:
    for name in ("ix_submission_round_id_submitted_at", "ix_submission_round_id_changed_at", "ix_submission_board"):
        op.drop_index(name, table_name="submission")
    op.drop_column("submission", "begun")
