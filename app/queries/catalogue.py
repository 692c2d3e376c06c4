"""Rounds, offices and indicators, and how reports stand, as programs read them: an office what is its own, the centre everything."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, selectinload

from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.round_life import Stage
from app.extensions import db
from app.models import Answer, Area, Indicator, Part, Round, Submission
from app.models.indicator import AppliesTo
from app.queries import stretch
from app.queries.stretch import Asked, Stretch

SELF_LEVEL = "self_level"


def _announced(statement: Select, actor: Actor) -> Select:
    """Without rounds that are out of use and, for an office, those that are still being prepared."""
    statement = statement.where(Round.active)
    return statement if actor.sees_all_areas else statement.where(Round.stage != Stage.PREPARING)


def find_round(code: str, *, actor: Actor) -> Round:
    """The round with this code. Raises NotFound, also for an office before it is announced."""
    found = db.session.scalar(_announced(select(Round).where(Round.code == code), actor))
    if found is None:
        raise NotFound
    return found


def find_area(code: str, *, actor: Actor) -> Area:
    """The office with this code. Raises NotFound, also for another's office."""
    found = db.session.scalar(select(Area).where(Area.code == code, Area.active))
    if found is None or not (actor.sees_all_areas or found.id in actor.area_ids):
        raise NotFound
    return found


def kinds_of(actor: Actor) -> list[str]:
    """The kinds of the actor's own offices."""
    return list(db.session.scalars(select(Area.kind).where(Area.id.in_(actor.area_ids)).distinct()))


def rounds(asked: Asked, *, actor: Actor) -> Stretch:
    """Rounds, also rehearsals and those in the archive, each as (Round,)."""
    return stretch.read(_announced(select(Round), actor), Round.id, asked)


def areas(asked: Asked, *, actor: Actor) -> Stretch:
    """Offices in use, each as (Area,)."""
    statement = select(Area).where(Area.active)
    if not actor.sees_all_areas:
        statement = statement.where(Area.id.in_(actor.area_ids))
    return stretch.read(statement, Area.id, asked)


def indicators(asked: Asked, round_code: str | None, *, actor: Actor) -> Stretch:
    """Indicators in use with all that they ask, each as (Indicator,): those of a round or, without one, of all. An office gets those that
    it reports. Raises NotFound for an unknown round."""
    statement = (
        select(Indicator)
        .join(Indicator.part)
        .join(Part.round)
        .where(Indicator.active, Part.active)
        .options(
            contains_eager(Indicator.part).contains_eager(Part.round),
            selectinload(Indicator.criteria),
            selectinload(Indicator.levels),
            selectinload(Indicator.quantities),
        )
    )
    if round_code is not None:
        statement = statement.where(Round.id == find_round(round_code, actor=actor).id)
    if not actor.sees_all_areas:
        kinds = select(Area.kind).where(Area.id.in_(actor.area_ids))
        statement = statement.where((Indicator.applies_to == AppliesTo.BOTH) | Indicator.applies_to.in_(kinds))
    return stretch.read(_announced(statement, actor), Indicator.id, asked)


def submissions(
    asked: Asked, found: Round, *, area_code: str | None, indicator_code: str | None, state: str | None, actor: Actor
) -> Stretch:
    """Reports of a round as they stand, each as (id, Submission, Area, code of the indicator, self-level). The guard narrows them to the
    actor's offices. Raises NotFound for an unknown office or indicator."""
    level = (Answer.submission_id == Submission.id) & (Answer.field_key == SELF_LEVEL)
    statement = (
        select(Submission.id, Submission, Area, Indicator.full_code, Answer.value)
        .join(Area, Area.id == Submission.area_id)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .outerjoin(Answer, level)
        .where(Submission.round_id == found.id)
    )
    if area_code is not None:
        statement = statement.where(Submission.area_id == find_area(area_code, actor=actor).id)
    if indicator_code is not None:
        statement = statement.where(Submission.indicator_id == _indicator_id(found, indicator_code))
    if state is not None:
        statement = statement.where(Submission.state == state)
    return stretch.read(statement, Submission.id, asked)


def _indicator_id(found: Round, code: str) -> int:
    known = db.session.scalar(select(Indicator.id).where(Indicator.round_id == found.id, Indicator.full_code == code))
    if known is None:
        raise NotFound
    return known
