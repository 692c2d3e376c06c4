"""People, sessions, registrations."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload, with_expression

from app.extensions import db
from app.models import Notice, PersonnelType, Position, Profile, Registration, UserSession


def living_session(token_hash: str, now: datetime) -> UserSession | None:
    """The session behind a cookie with its user, profile, office and roles, and how many notices the person has not read, in one
    statement; None when ended or expired."""
    return db.session.scalars(_living_session(), {"token_hash": token_hash, "moment": now}).unique().one_or_none()


@cache
def _living_session() -> Select[tuple[UserSession]]:
    """The statement, put together once: every request of a signed-in person asks it."""
    unread = select(func.count()).where(Notice.user_id == UserSession.user_id, Notice.read_at.is_(None)).correlate(UserSession)
    return (
        select(UserSession)
        .where(UserSession.token_hash == bindparam("token_hash"))
        .where(UserSession.ended_at.is_(None), UserSession.expires_at > bindparam("moment"))
        .options(
            joinedload(UserSession.user).options(joinedload(User.roles), joinedload(User.profile)),
            with_expression(UserSession.unread_notices, unread.scalar_subquery()),
        )
    )


def user_by_email(email: str) -> User | None:
    """The user of a mailbox, whatever its spelling."""
    statement = select(User).where(func.lower(User.email) == email).options(joinedload(User.roles))
    return db.session.scalars(statement).unique().one_or_none()


def user_by_id(user_id: int) -> User | None:
    return db.session.scalars(select(User).where(User.id == user_id).options(joinedload(User.roles))).unique().one_or_none()


def roles_by_name(names: list[str]) -> list[Role]:
    return list(db.session.scalars(select(Role).where(Role.name.in_(names)).order_by(Role.name)))


def users_with_role(role: str, *, area_id: int | None = None) -> list[User]:
    """Active users who hold a role, of one office or, without one, of the centre."""
    statement = (
        select(User)
        .join(User.roles)
        .join(Profile, Profile.user_id == User.id)
        .where(Role.name == role, User.active, Profile.area_id == area_id)
        .order_by(User.id)
    )
    return list(db.session.scalars(statement).unique())


def sessions_of(user_id: int, now: datetime) -> list[UserSession]:
    """The browsers in which a person is signed in, the latest first."""
    statement = (
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now)
        .order_by(UserSession.last_seen_at.desc())
    )
    return list(db.session.scalars(statement))


def pending_registrations() -> list[Registration]:
    """Verified requests that wait for a decision; the guard narrows a coordinator to the own office."""
    return list(
        db.session.scalars(
            select(Registration).where(Registration.state == "pending").order_by(Registration.verified_at, Registration.id)
        )
    )


def open_registration(email: str) -> Registration | None:
    """An undecided request for this mailbox."""
    return db.session.scalar(
        select(Registration)
        .where(Registration.email == email, Registration.state.in_(("unverified", "pending")))
        .order_by(Registration.id.desc())
    )


def personnel_types() -> list[PersonnelType]:
    return list(db.session.scalars(select(PersonnelType).where(PersonnelType.active).order_by(PersonnelType.sort_order)))


def positions() -> list[Position]:
    return list(db.session.scalars(select(Position).where(Position.active).order_by(Position.sort_order)))
