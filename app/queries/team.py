"""The team of an office: its people, who owns which indicator, its orders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app.domain import workflow
from app.domain.round_life import Stage
from app.domain.thai import by_name
from app.extensions import db
from app.models import (
    Area,
    Assignment,
    Indicator,
    Notice,
    OfficeOrder,
    Part,
    Profile,
    Registration,
    Round,
    Submission,
)
from app.models.office_order import OrderKind


@dataclass(frozen=True)
class Owner:
    """A person who is responsible for an indicator; `active` until the account ends or moves to another office."""

    user_id: int
    name: str
    active: bool = True


@dataclass(frozen=True)
class Owned:
    """An indicator with all that it asks, and who is responsible for it in one office."""

    indicator: Indicator
    owners: tuple[Owner, ...]


def indicators_with_owners(round_id: int, area_id: int) -> list[Owned]:
    """Active indicators of a round with all that they ask and the office's owners: two statements whatever their number."""
    theirs = (Assignment.indicator_id == Indicator.id) & (Assignment.area_id == area_id)
    is_here = User.active & (Profile.area_id == area_id)
    statement = (
        select(Indicator, Assignment.user_id, Profile.full_name, is_here)
        .join(Indicator.part)
        .outerjoin(Assignment, theirs)
        .outerjoin(User, User.id == Assignment.user_id)
        .outerjoin(Profile, Profile.user_id == Assignment.user_id)
        .where(Indicator.round_id == round_id, Indicator.active, Part.active)
        .options(
            joinedload(Indicator.part).joinedload(Part.round),
            selectinload(Indicator.criteria),
            joinedload(Indicator.quantities),
        )
        .order_by(Part.sort_order, Indicator.sort_order, Assignment.id)
    )
    found: dict[Indicator, list[Owner]] = {}
    for indicator, user_id, name, active in db.session.execute(statement).unique():
        owners = found.setdefault(indicator, [])
        if user_id is not None:
            owners.append(Owner(user_id, name or "", bool(active)))
    return [Owned(indicator, tuple(owners)) for indicator, owners in found.items()]


def people(area_id: int) -> list[User]:
    """Active people of an office with their roles, by name."""
    statement = (
        select(User)
        .join(Profile, Profile.user_id == User.id)
        .where(Profile.area_id == area_id, User.active)
        .options(joinedload(User.roles))
        .order_by(User.id)
    )
    return by_name(db.session.scalars(statement).unique(), lambda user: user.profile.full_name)


def person(area_id: int, user_id: int) -> User | None:
    """An active person of an office."""
    return next((user for user in people(area_id) if user.id == user_id), None)


def assignments(round_id: int, area_id: int) -> list[Assignment]:
    """Every owner of every indicator of an office in a round."""
    statement = (
        select(Assignment)
        .where(Assignment.round_id == round_id, Assignment.area_id == area_id)
        .options(joinedload(Assignment.indicator), joinedload(Assignment.user))
        .order_by(Assignment.id)
    )
    return list(db.session.scalars(statement).unique())


def assignments_of(user_id: int, area_id: int) -> list[Assignment]:
    """What a person is responsible for in rounds that are not over, the latest round first."""
    statement = (
        select(Assignment)
        .join(Assignment.round)
        .join(Assignment.indicator)
        .join(Indicator.part)
        .where(Assignment.user_id == user_id, Assignment.area_id == area_id, Round.active, Indicator.active)
        .where(Round.stage.in_((Stage.RUNNING, Stage.REVIEW)))
        .options(joinedload(Assignment.round), joinedload(Assignment.indicator).joinedload(Indicator.part))
        .order_by(Round.closes_at.desc(), Part.sort_order, Indicator.sort_order)
    )
    return list(db.session.scalars(statement).unique())


def drafts_of(user_id: int, area_id: int) -> list[Submission]:
    """Reports that a person edited last and that are not submitted, in rounds that are not over."""
    statement = (
        select(Submission)
        .join(Submission.round)
        .join(Submission.indicator)
        .where(Submission.area_id == area_id, Submission.changed_by_id == user_id)
        .where(Submission.state != workflow.State.SUBMITTED, Round.active, Round.stage == Stage.RUNNING)
        .options(joinedload(Submission.round), joinedload(Submission.indicator))
        .order_by(Round.closes_at.desc(), Indicator.sort_order)
    )
    return list(db.session.scalars(statement))


def earlier_round(found: Round, area_id: int) -> Round | None:
    """The latest round before this one in which the office had owners."""
    statement = (
        select(Round)
        .join(Assignment, (Assignment.round_id == Round.id) & (Assignment.area_id == area_id))
        .where(Round.id != found.id, Round.closes_at <= found.closes_at, Round.is_rehearsal.is_(False))
        .order_by(Round.closes_at.desc())
        .limit(1)
    )
    return db.session.scalar(statement)


def orders(area_id: int) -> list[OfficeOrder]:
    """Orders of an office that stand, the latest day first."""
    statement = (
        select(OfficeOrder)
        .where(OfficeOrder.area_id == area_id, OfficeOrder.removed_at.is_(None))
        .options(joinedload(OfficeOrder.user))
        .order_by(OfficeOrder.dated_on.desc(), OfficeOrder.id.desc())
    )
    return list(db.session.scalars(statement))


def order_by_id(order_id: int) -> OfficeOrder | None:
    """An order, also one that was taken out; None where it is another office's."""
    statement = select(OfficeOrder).where(OfficeOrder.id == order_id).options(joinedload(OfficeOrder.area))
    return db.session.scalar(statement)


def acting_orders_of(user_id: int, now: datetime) -> list[OfficeOrder]:
    """Orders by which a person acts for the director now or later."""
    statement = select(OfficeOrder).where(
        OfficeOrder.user_id == user_id,
        OfficeOrder.kind == OrderKind.ACTING,
        OfficeOrder.removed_at.is_(None),
        OfficeOrder.ends_at > now,
    )
    return list(db.session.scalars(statement.order_by(OfficeOrder.begins_at)))


def storage_keys() -> set[str]:
    """Keys of every order's file; those of orders taken out stay."""
    return set(db.session.scalars(select(OfficeOrder.storage_key).where(OfficeOrder.storage_key.is_not(None))))


def stored_files() -> list[tuple[str, str, str]]:
    """Every order's file as (name, storage key, sha256), for `verify`."""
    statement = select(OfficeOrder.original_name, OfficeOrder.storage_key, OfficeOrder.sha256)
    rows = db.session.execute(statement.where(OfficeOrder.storage_key.is_not(None)))
    return [(name, key, sha256) for name, key, sha256 in rows]


def registrations_waiting(area: Area) -> int:
    """How many requests for an account of an office wait for a decision."""
    statement = select(func.count()).select_from(Registration).where(Registration.area_id == area.id)
    return db.session.scalar(statement.where(Registration.state == "pending")) or 0


def told_since(user_ids: Collection[int], kind: str, path: str, since: datetime) -> dict[int, datetime]:
    """When these people were last told of this kind about this page, those who were told since then."""
    statement = (
        select(Notice.user_id, func.max(Notice.created_at))
        .where(Notice.user_id.in_(list(user_ids)), Notice.kind == kind, Notice.path == path, Notice.created_at > since)
        .group_by(Notice.user_id)
    )
    return dict(db.session.execute(statement).tuples().all())


def hold(user_ids: Collection[int]) -> None:
    """Hold these people for this transaction, so that two who press at once do not tell them twice."""
    statement = select(Profile.user_id).where(Profile.user_id.in_(list(user_ids))).order_by(Profile.user_id)
    db.session.execute(statement.with_for_update())
