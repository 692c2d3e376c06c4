"""What people have set up besides their password."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select

from app.domain.second_factor import Device, Factors
from app.extensions import db
from app.models import AuthenticatorApp, Passkey, RecoveryCode


def has_any(user_id: int) -> bool:
    """Whether a person has a second factor, in one statement."""
    app = exists().where(AuthenticatorApp.user_id == user_id)
    key = exists().where(Passkey.user_id == user_id)
    return bool(db.session.scalar(select(or_(app, key))))


def factors_of(user_id: int) -> Factors:
    """Everything that a person has set up."""
    app = db.session.get(AuthenticatorApp, user_id)
    keys = db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id))
    return Factors(
        app_added_at=app.added_at if app else None,
        app_used_at=app.last_used_at if app else None,
        passkeys=tuple(Device(key.id, key.name, key.added_at, key.last_used_at) for key in keys),
        codes_left=codes_left(user_id),
    )


def codes_left(user_id: int) -> int:
    """How many recovery codes were not used yet."""
    unused = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def passkeys_of(user_id: int) -> list[Passkey]:
    return list(db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)))


def passkey_by_credential(credential_id: str) -> Passkey | None:
    """The passkey of this name, held for this transaction."""
    statement = select(Passkey).where(Passkey.credential_id == credential_id).with_for_update(of=Passkey)
    return db.session.scalar(statement)


def salt_of_codes(user_id: int) -> str | None:
    """The salt of a person's recovery codes that are left, None where there are none."""
    return db.session.scalar(
        select(RecoveryCode.salt).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)).limit(1)
    )


@dataclass(frozen=True)
class Counts:
    """How much of each kind there is."""

    apps: int
    passkeys: int
    codes_left: int

    @property
    def any(self) -> bool:
        return self.apps + self.passkeys > 0


def counts_of(user_id: int) -> Counts:
    """How much of each kind a person has, in one statement."""
    unused = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    parts = (
        select(func.count()).select_from(AuthenticatorApp).where(AuthenticatorApp.user_id == user_id),
        select(func.count()).select_from(Passkey).where(Passkey.user_id == user_id),
        select(func.count()).select_from(RecoveryCode).where(*unused),
    )
    return Counts(*db.session.execute(select(*(part.scalar_subquery() for part in parts))).one())
