"""The record of changes is chained, signed now and then, and refuses to be edited.

Revision 20261123_record, after 20261122_deadlines; 2026-11-23

A later migration that rebuilds `change` or `checkpoint` (`batch_alter_table` on SQLite) loses the triggers and has to make
them again; `flask doctor` says when they are missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "20261123_record"
down_revision = "20261122_deadlines"
branch_labels = None
depends_on = None

BATCH = 1000
# The number of the account is taken away when the account goes; everything else stays as it was written.
KEPT = {
    "change": (
        "id",
        "at",
        "actor_name",
        "area_id",
        "subject",
        "what",
        "old_value",
        "new_value",
        "chain",
        "sequence",
        "previous_hash",
        "hash",
    ),
    "checkpoint": ("id", "chain", "sequence", "previous_sequence", "hash", "at", "key_id", "signature"),
}
change = sa.table(
    "change",
    sa.column("id", sa.Integer),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("actor_name", sa.String),
    sa.column("area_id", sa.Integer),
    sa.column("subject", sa.String),
    sa.column("what", sa.String),
    sa.column("old_value", sa.Text),
    sa.column("new_value", sa.Text),
    sa.column("chain", sa.Integer),
    sa.column("sequence", sa.Integer),
    sa.column("previous_hash", sa.String),
    sa.column("hash", sa.String),
)
head = sa.table("chain_head", sa.column("chain", sa.Integer), sa.column("sequence", sa.Integer), sa.column("hash", sa.String))


def upgrade() -> None:
    op.create_table(
        "chain_head",
        sa.Column("chain", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("previous_sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=88), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sa.UniqueConstraint("chain", "sequence", name=op.f("uq_checkpoint_chain_sequence")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chain", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("sequence", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("previous_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("hash", sa.String(length=64), nullable=True))
    _chain_what_is_there()
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.alter_column("chain", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("sequence", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("previous_hash", existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column("hash", existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_change_chain_sequence"), ["chain", "sequence"])
        batch_op.create_check_constraint(batch_op.f("ck_change_chain_of_its_office"), "chain = coalesce(area_id, 0)")
        batch_op.create_check_constraint(batch_op.f("ck_change_sequence_counts_from_one"), "sequence > 0")
    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in KEPT:
        for act in ("update", "delete", "truncate") if on_postgresql else ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_refuses_{act}" + (f" ON {table}" if on_postgresql else ""))
    op.execute("DROP TRIGGER change_refuses_another_actor" + (" ON change" if on_postgresql else ""))
    if on_postgresql:
        op.execute("DROP FUNCTION refuse_to_edit_the_record()")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_change_sequence_counts_from_one"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_change_chain_of_its_office"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_change_chain_sequence"), type_="unique")
        for column in ("hash", "previous_hash", "sequence", "chain"):
            batch_op.drop_column(column)
    op.drop_table("checkpoint")
    op.drop_table("chain_head")


def _chain_what_is_there() -> None:
    """Every row so far, in the order in which it was written, at the end of its office's chain."""
    bind, after, heads = op.get_bind(), 0, {}
    statement = change.update().where(change.c.id == sa.bindparam("row_id"))
    statement = statement.values({name: sa.bindparam(f"new_{name}") for name in ("chain", "sequence", "previous_hash", "hash")})
    while rows := bind.execute(sa.select(change).where(change.c.id > after).order_by(change.c.id).limit(BATCH)).all():
        after = rows[-1].id
        bind.execute(statement, [_link(row, heads) for row in rows])
    if heads:
        bind.execute(
            head.insert(), [{"chain": chain, "sequence": number, "hash": last} for chain, (number, last) in heads.items()]
        )


def _link(row: sa.Row, heads: dict[int, tuple[int, str]]) -> dict[str, object]:
    """What a row gets as the next link of its chain; the head moves on to it. The same digest as the program's."""
    chain = row.area_id or 0
    number, previous = heads.get(chain, (0, "0" * 64))
    at = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = [
        chain,
        number + 1,
        moment,
        row.actor_name,
        row.area_id,
        row.subject,
        row.what,
        row.old_value,
        row.new_value,
    ]
    text = previous + "\n" + json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    hashed = hashlib.sha256(text.encode("ascii")).hexdigest()
    heads[chain] = (number + 1, hashed)
    return {"row_id": row.id, "new_chain": chain, "new_sequence": number + 1, "new_previous_hash": previous, "new_hash": hashed}


def _guards() -> Sequence[str]:
    """The triggers that refuse editing."""
    return _postgresql_guards() if op.get_bind().dialect.name == "postgresql" else _sqlite_guards()


def _sqlite_guards() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'the record of changes is append-only'); END"
    found = []
    for table, columns in KEPT.items():
        found.append(f"CREATE TRIGGER {table}_refuses_update BEFORE UPDATE OF {', '.join(columns)} ON {table} {refuse}")
        found.append(f"CREATE TRIGGER {table}_refuses_delete BEFORE DELETE ON {table} {refuse}")
    found.append(
        "CREATE TRIGGER change_refuses_another_actor BEFORE UPDATE OF actor_id ON change "
        f"WHEN NEW.actor_id IS NOT NULL {refuse}"
    )
    return found


def _postgresql_guards() -> list[str]:
    refuse = "EXECUTE FUNCTION refuse_to_edit_the_record()"
    found = [
        "CREATE FUNCTION refuse_to_edit_the_record() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the record of changes is append-only'; END $$"
    ]
    for table, columns in KEPT.items():
        found += [
            f"CREATE TRIGGER {table}_refuses_update BEFORE UPDATE OF {', '.join(columns)} ON {table} FOR EACH ROW {refuse}",
            f"CREATE TRIGGER {table}_refuses_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}",
            f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
        ]
    found.append(
        "CREATE TRIGGER change_refuses_another_actor BEFORE UPDATE OF actor_id ON change FOR EACH ROW "
        f"WHEN (NEW.actor_id IS NOT NULL) {refuse}"
    )
    return found
