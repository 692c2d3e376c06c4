"""Whom to call: coordinators and directors of offices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app.domain.access import Duty
from app.domain.thai import by_name
from app.extensions import db
from app.models import Profile


@dataclass(frozen=True)
class Contact:
    """How to reach a person."""

    name: str
    phone: str
    email: str


@dataclass
class Contacts:
    """The people of one office who answer for its reports."""

    coordinators: list[Contact] = field(default_factory=list)
    directors: list[Contact] = field(default_factory=list)


def contacts(area_ids: Collection[int]) -> dict[int, Contacts]:
    """Active coordinators and directors by office, in one statement."""
    statement = (
        select(Profile.area_id, Role.name, Profile.full_name, Profile.phone, User.email)
        .select_from(User)
        .join(User.roles)
        .join(Profile, Profile.user_id == User.id)
        .where(Role.name.in_((Duty.COORDINATOR, Duty.DIRECTOR)), User.active, Profile.area_id.in_(area_ids))
        .order_by(User.id)
    )
    found: dict[int, Contacts] = {}
    for area_id, duty, name, phone, email in by_name(db.session.execute(statement).tuples(), lambda row: row[2]):
        if area_id is not None:
            people = found.setdefault(area_id, Contacts())
            (people.coordinators if duty == Duty.COORDINATOR else people.directors).append(Contact(name, phone, email))
    return found
