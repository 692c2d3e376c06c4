"""Advice that offices took up, and how much of it a round has answered. The guard narrows it to the actor's offices."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Change, Evidence, ImprovementItem, Indicator, Part, Round, Submission
from app.queries.published import answered_here, living_advice


def of_office(round_id: int, area_id: int) -> list[ImprovementItem]:
    """What an office took up from the results of a round, in the order of the indicators, with what answers it."""
    statement = (
        select(ImprovementItem)
        .outerjoin(
            Indicator,
            (Indicator.round_id == ImprovementItem.round_id) & (Indicator.full_code == ImprovementItem.indicator_code),
        )
        .outerjoin(Part, Part.id == Indicator.part_id)
        .where(ImprovementItem.round_id == round_id, ImprovementItem.area_id == area_id)
        .options(
            joinedload(ImprovementItem.evidence).joinedload(Evidence.submission).joinedload(Submission.round),
            joinedload(ImprovementItem.evidence).joinedload(Evidence.submission).joinedload(Submission.indicator),
        )
        .order_by(Part.sort_order, Indicator.sort_order, ImprovementItem.criterion_number, ImprovementItem.id)
    )
    return list(db.session.scalars(statement).unique())


def by_id(item_id: int) -> ImprovementItem | None:
    """A piece of advice with what answers it, held for this transaction; None where it is another office's."""
    db.session.execute(select(ImprovementItem.id).where(ImprovementItem.id == item_id).with_for_update())
    statement = (
        select(ImprovementItem)
        .where(ImprovementItem.id == item_id)
        .options(joinedload(ImprovementItem.evidence), joinedload(ImprovementItem.round))
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(statement)


def subject(item_id: int) -> str:
    """Under which name the record knows a piece of advice."""
    return f"improvement:{item_id}"


def reasons(items: list[ImprovementItem]) -> dict[int, Change]:
    """By item, when, by whom and why it was dropped last, as the record says."""
    dropped = {subject(item.id): item.id for item in items if item.dropped_at is not None}
    if not dropped:
        return {}
    statement = select(Change).where(Change.subject.in_(dropped), Change.what == "dropped").order_by(Change.id)
    return {dropped[change.subject]: change for change in db.session.scalars(statement)}


def answered(found: Round, area_id: int, indicator_code: str) -> tuple[int, int]:
    """How many pieces of earlier advice a report of a round answered, of how many."""
    here = select(func.count()).where(
        ImprovementItem.area_id == area_id, ImprovementItem.indicator_code == indicator_code, living_advice(found)
    )
    counts = select(here.where(answered_here(found)).scalar_subquery(), here.scalar_subquery())
    done, every = db.session.execute(counts).one()
    return done, every
