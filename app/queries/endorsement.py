"""Who may endorse in an office, and how the whole of its round was handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from app.domain.access import Duty
from app.domain.endorsement import HandInState
from app.domain.round_life import Stage
from app.domain.thai import by_name
from app.extensions import db
from app.models import Area, EndorserAlarm, Extension, OfficeHandIn, OfficeOrder, Profile, Round
from app.models.office_order import OrderKind

_Later = aliased(OfficeHandIn)
_More = aliased(Extension)

# The latest hand-in of an office's round, where round and office stand in a statement.
LATEST = OfficeHandIn.id == (
    select(func.max(_Later.id))
    .where(_Later.round_id == Round.id, _Later.area_id == Area.id)
    .correlate(Round, Area)
    .scalar_subquery()
)


def has_director() -> ColumnElement[bool]:
    """Whether the office of a statement has a director with an active account."""
    director = (
        select(User.id)
        .join(User.roles)
        .join(Profile, Profile.user_id == User.id)
        .where(Role.name == Duty.DIRECTOR, User.active, Profile.area_id == Area.id)
        .correlate(Area)
    )
    return exists(director)


def _own_closing() -> ColumnElement[Any]:
    """When the round of a statement closes for the office of the statement, more time included."""
    longer = (
        select(func.max(_More.until_at))
        .where(_More.round_id == Round.id, _More.area_id == Area.id, _More.active, _More.indicator_id.is_(None))
        .where(_More.until_at > Round.closes_at)
        .correlate(Area, Round)
        .scalar_subquery()
    )
    return func.coalesce(longer, Round.closes_at)


def has_endorser() -> ColumnElement[bool]:
    """Whether somebody can endorse when the time of a statement's office is over: a director, or who acts until the very closing."""
    closing = _own_closing()
    acting = (
        select(OfficeOrder.id)
        .join(User, User.id == OfficeOrder.user_id)
        .join(Profile, Profile.user_id == User.id)
        .where(
            OfficeOrder.area_id == Area.id,
            Profile.area_id == Area.id,
            OfficeOrder.kind == OrderKind.ACTING,
            OfficeOrder.removed_at.is_(None),
            OfficeOrder.begins_at < closing,
            OfficeOrder.ends_at >= closing,
            User.active,
        )
        .correlate(Area, Round)
    )
    return has_director() | exists(acting)


def acting_order(area_id: int, user_id: int | None, now: datetime) -> OfficeOrder | None:
    """The order by which a person may endorse for this office now, the one that lasts longest."""
    statement = (
        select(OfficeOrder)
        .where(OfficeOrder.area_id == area_id, OfficeOrder.user_id == user_id, OfficeOrder.kind == OrderKind.ACTING)
        .where(OfficeOrder.removed_at.is_(None), OfficeOrder.begins_at <= now, OfficeOrder.ends_at > now)
        .order_by(OfficeOrder.ends_at.desc())
        .limit(1)
    )
    return db.session.scalar(statement)


def has_acting_orders(area_id: int, user_id: int | None) -> bool:
    """Whether a person ever held an order to act for the director here."""
    statement = select(
        exists().where(OfficeOrder.area_id == area_id, OfficeOrder.user_id == user_id, OfficeOrder.kind == OrderKind.ACTING)
    )
    return bool(db.session.scalar(statement))


def endorsers(area_id: int, now: datetime) -> list[User]:
    """Who may endorse for an office now: its directors and who acts for them."""
    acting = select(OfficeOrder.user_id).where(
        OfficeOrder.area_id == area_id,
        OfficeOrder.kind == OrderKind.ACTING,
        OfficeOrder.removed_at.is_(None),
        OfficeOrder.begins_at <= now,
        OfficeOrder.ends_at > now,
    )
    statement = (
        select(User)
        .join(Profile, Profile.user_id == User.id)
        .where(User.active, Profile.area_id == area_id)
        .where(User.roles.any(Role.name == Duty.DIRECTOR) | User.id.in_(acting))
        .order_by(User.id)
    )
    return list(db.session.scalars(statement).unique())


def latest(round_id: int, area_id: int) -> OfficeHandIn | None:
    """The latest hand-in of an office's round, read afresh."""
    statement = (
        select(OfficeHandIn)
        .where(OfficeHandIn.round_id == round_id, OfficeHandIn.area_id == area_id)
        .order_by(OfficeHandIn.sequence.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(statement)


def earlier(round_id: int, area_id: int) -> list[OfficeHandIn]:
    """Every time that an office handed its round in, the latest first."""
    statement = (
        select(OfficeHandIn)
        .where(OfficeHandIn.round_id == round_id, OfficeHandIn.area_id == area_id)
        .order_by(OfficeHandIn.sequence.desc())
    )
    return list(db.session.scalars(statement))


def by_number(receipt_number: str) -> OfficeHandIn | None:
    """A hand-in of a whole round by its receipt number, in whatever case a person typed it."""
    statement = (
        select(OfficeHandIn)
        .where(func.upper(OfficeHandIn.receipt_number) == receipt_number.upper())
        .options(joinedload(OfficeHandIn.round), joinedload(OfficeHandIn.area))
    )
    return db.session.scalar(statement)


def without_endorser(found: Round) -> list[Area]:
    """Offices in which nobody can endorse at their own closing of a round, in Thai order."""
    endorsed = exists().where(
        OfficeHandIn.round_id == Round.id, OfficeHandIn.area_id == Area.id, OfficeHandIn.state == HandInState.ENDORSED
    )
    statement = (
        select(Area).join(Round, Round.id == found.id).where(Area.active, ~has_endorser(), ~endorsed).order_by(Area.sort_order)
    )
    return list(db.session.scalars(statement))


def alarmed(round_id: int) -> set[int]:
    """Offices of which the centre was told that nobody can endorse this round."""
    return set(db.session.scalars(select(EndorserAlarm.area_id).where(EndorserAlarm.round_id == round_id)))


def rounds_to_watch(now: datetime, until: datetime) -> list[Round]:
    """Rounds that ask for endorsement and close before `until`."""
    statement = select(Round).where(
        Round.active,
        Round.is_rehearsal.is_(False),
        Round.asks_endorsement,
        Round.closes_at > now,
        Round.closes_at <= until,
        Round.stage == Stage.RUNNING,
    )
    return list(db.session.scalars(statement.order_by(Round.closes_at)))


@dataclass(frozen=True)
class Alone:
    """An office in which nobody can endorse, and whom to call there."""

    area: Area
    people: tuple[Profile, ...]


def whom_to_call(areas: list[Area]) -> list[Alone]:
    """The active people of these offices, coordinators first, in one statement."""
    statement = (
        select(Profile)
        .join(Profile.user)
        .where(User.active, Profile.area_id.in_([area.id for area in areas]))
        .options(joinedload(Profile.user).joinedload(User.roles))
        .order_by(Profile.user_id)
    )
    people: dict[int | None, list[Profile]] = {}
    for profile in by_name(db.session.scalars(statement).unique(), lambda profile: profile.full_name):
        people.setdefault(profile.area_id, []).append(profile)

    def coordinators_first(profile: Profile) -> bool:
        return all(role.name != Duty.COORDINATOR for role in profile.user.roles)

    return [Alone(area, tuple(sorted(people.get(area.id, []), key=coordinators_first))) for area in areas]
