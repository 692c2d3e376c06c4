"""Rounds as visitors and officers see them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app import scope
from app.domain import deadlines, workflow
from app.extensions import db
from app.models import Area, Indicator, Part, Round, Submission


def by_code(code: str) -> Round | None:
    return db.session.scalar(select(Round).where(Round.code == code, Round.active))


def all_active() -> list[Round]:
    """Every round in use, the latest closing first."""
    return list(db.session.scalars(select(Round).where(Round.active).order_by(Round.closes_at.desc())))


def current(rounds: list[Round], now: datetime) -> Round | None:
    """The round that matters now: the open one that closes first, else the one that closed last, else the next to open."""
    by_phase: dict[deadlines.Phase, list[Round]] = {phase: [] for phase in deadlines.Phase}
    for found in rounds:
        by_phase[deadlines.phase(found, now)].append(found)
    if by_phase[deadlines.Phase.OPEN]:
        return min(by_phase[deadlines.Phase.OPEN], key=lambda found: found.closes_at)
    if by_phase[deadlines.Phase.CLOSED]:
        return max(by_phase[deadlines.Phase.CLOSED], key=lambda found: found.closes_at)
    return min(by_phase[deadlines.Phase.UPCOMING], key=lambda found: found.opens_at, default=None)


def parts_with_indicators(round_id: int) -> list[Part]:
    """Parts of a round with their active indicators, in order."""
    statement = (
        select(Part)
        .where(Part.round_id == round_id, Part.active)
        .options(joinedload(Part.indicators.and_(Indicator.active)), joinedload(Part.round))
        .order_by(Part.sort_order)
    )
    return list(db.session.scalars(statement).unique())


def indicators_with_questions(round_id: int) -> list[Indicator]:
    """Active indicators of a round with all that they ask: three statements whatever their number."""
    statement = (
        select(Indicator)
        .join(Indicator.part)
        .where(Indicator.round_id == round_id, Indicator.active, Part.active)
        .options(
            joinedload(Indicator.part).joinedload(Part.round),
            selectinload(Indicator.criteria),
            selectinload(Indicator.quantities),
        )
        .order_by(Part.sort_order, Indicator.sort_order)
    )
    return list(db.session.scalars(statement))


def offices_complete(round_id: int) -> int:
    """How many offices have submitted every indicator that they must: a figure about the whole country."""
    required = (
        select(Area.id, func.count(Indicator.id).label("wanted"))
        .join(Indicator, (Indicator.applies_to == "both") | (Indicator.applies_to == Area.kind))
        .join(Part, Part.id == Indicator.part_id)
        .where(Area.active, Indicator.active, Part.active, Indicator.round_id == round_id)
        .group_by(Area.id)
        .subquery()
    )
    submitted = (
        select(Submission.area_id, func.count(Submission.id).label("sent"))
        .join(Area, Area.id == Submission.area_id)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .join(Part, Part.id == Indicator.part_id)
        .where(Submission.round_id == round_id, Submission.state == workflow.State.SUBMITTED)
        .where(Indicator.active, Part.active, (Indicator.applies_to == "both") | (Indicator.applies_to == Area.kind))
        .group_by(Submission.area_id)
        .subquery()
    )
    statement = (
        select(func.count())
        .select_from(required)
        .join(submitted, submitted.c.area_id == required.c.id)
        .where(submitted.c.sent >= required.c.wanted)
    )
    with scope.whole_country("how many offices are complete"):
        return db.session.scalar(statement) or 0
