"""What the search for viruses found in files.

Revision 20261207_scanning, after 20261206_second_factor; 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261207_scanning"
down_revision = "20261206_second_factor"
branch_labels = None
depends_on = None

TABLES = ("evidence", "sheet_file", "office_order")
WAITS = "scan_state IN ('received', 'scanning')"


def upgrade() -> None:
    # Columns with constant defaults: no database writes the rows anew.
    for table in TABLES:
        op.add_column(table, sa.Column("scan_state", sa.String(length=10), nullable=False, server_default="received"))
        op.add_column(table, sa.Column("scan_said", sa.String(length=100), nullable=False, server_default=""))
        op.add_column(table, sa.Column("scan_tries", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(table, sa.Column("scan_next_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column(table, sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True))
    for table in ("evidence", "sheet_file"):
        op.create_index(
            f"ix_{table}_not_scanned",
            table,
            ["uploaded_at"],
            unique=False,
            sqlite_where=sa.text(WAITS),
            postgresql_where=sa.text(WAITS),
        )


def downgrade() -> None:
    for table in ("evidence", "sheet_file"):
        op.drop_index(f"ix_{table}_not_scanned", table_name=table)
    for table in TABLES:
        for column in ("scanned_at", "scan_next_at", "scan_tries", "scan_said", "scan_state"):
            op.drop_column(table, column)
