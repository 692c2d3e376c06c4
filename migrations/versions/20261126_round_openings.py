"""Which opening of a round the offices were told of.

Revision 20261126_round_openings, after 20261126_round_life; 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_round_openings"
down_revision = "20261126_round_life"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("round", sa.Column("opened_for", sa.DateTime(timezone=True), nullable=True))
    # Nobody is told of what opened before.
    op.execute("UPDATE round SET opened_for = opens_at WHERE opens_at <= CURRENT_TIMESTAMP")


def downgrade() -> None:
    op.drop_column("round", "opened_for")
