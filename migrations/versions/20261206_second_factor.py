"""Second factors, recovery codes, half-done sign-ins, and who a person is at a provider of single sign-on.

Revision 20261206_second_factor, after 20261205_inspections; 2026-11-29
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261206_second_factor"
down_revision = "20261205_inspections"
branch_labels = None
depends_on = None


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"], name=op.f(f"fk_{table}_user_id_ab_user"), ondelete="CASCADE")


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "authenticator_app",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _moment("added_at", nullable=False),
        _moment("last_used_at"),
        _of_user("authenticator_app"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_authenticator_app")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        _moment("added_at", nullable=False),
        _moment("last_used_at"),
        _of_user("passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        _moment("made_at", nullable=False),
        _moment("used_at"),
        _of_user("recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")),
    )
    op.create_table(
        "sign_in_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("expires_at", nullable=False),
        sa.CheckConstraint("kind IN ('second', 'passkey', 'register', 'sso')", name=op.f("ck_sign_in_step_kind_known")),
        _of_user("sign_in_step"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_step")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_step_token_hash")),
    )
    op.create_index("ix_sign_in_step_expires_at", "sign_in_step", ["expires_at"])
    op.create_index(op.f("ix_sign_in_step_user_id"), "sign_in_step", ["user_id"])
    op.create_table(
        "sso_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        _moment("bound_at", nullable=False),
        _moment("last_used_at", nullable=False),
        _of_user("sso_identity"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sso_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_sso_identity_issuer_subject")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_sso_identity_user_id_issuer")),
    )
    with op.batch_alter_table("user_session") as session:
        session.add_column(sa.Column("factor", sa.String(length=8), nullable=False, server_default=""))
        session.add_column(_moment("proved_at"))
    with op.batch_alter_table("user_session") as session:
        session.alter_column("factor", existing_type=sa.String(length=8), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("user_session") as session:
        session.drop_column("proved_at")
        session.drop_column("factor")
    for table in ("sso_identity", "sign_in_step", "recovery_code", "passkey", "authenticator_app"):
        op.drop_table(table)
