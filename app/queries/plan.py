"""Reference data of projects: plans, steps of the national form, times of a year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.domain import progress
from app.domain.plans import PlanChoice, Plans
from app.domain.progress import Period
from app.extensions import db
from app.models import PlanItem, Project, ProjectPeriod, ProjectStep


def plans() -> Plans:
    """Every plan with what it belongs to, also those out of use: one statement."""
    above = aliased(PlanItem)
    statement = (
        select(
            PlanItem.kind,
            PlanItem.code,
            PlanItem.name_th,
            PlanItem.name_en,
            func.coalesce(above.code, ""),
            PlanItem.active,
        )
        .outerjoin(above, above.id == PlanItem.parent_id)
        .order_by(PlanItem.sort_order, PlanItem.id)
    )
    return Plans.of(PlanChoice(*row) for row in db.session.execute(statement))


def steps() -> list[ProjectStep]:
    """The steps of the national form in use, in order."""
    return list(db.session.scalars(select(ProjectStep).where(ProjectStep.active).order_by(ProjectStep.sort_order)))


def periods(fiscal_year_be: int) -> dict[int, Period]:
    """When what is entered in a fiscal year, by quarter."""
    rows = db.session.scalars(select(ProjectPeriod).where(ProjectPeriod.fiscal_year_be == fiscal_year_be))
    return progress.periods_of(fiscal_year_be, (row.terms for row in rows))


def steps_and_periods(fiscal_year_be: int) -> tuple[list[ProjectStep], dict[int, Period]]:
    """Both in one statement: they are few, and a page of a project needs both."""
    of_year = ProjectPeriod.fiscal_year_be == fiscal_year_be
    statement = (
        select(ProjectStep, ProjectPeriod)
        .outerjoin(ProjectPeriod, of_year)
        .where(ProjectStep.active)
        .order_by(ProjectStep.sort_order)
    )
    found: dict[ProjectStep, None] = {}
    known: dict[int, Period] = {}
    for step, period in db.session.execute(statement):
        found[step] = None
        if period is not None:
            known[period.quarter] = period.terms
    if not found:
        return [], periods(fiscal_year_be)
    return list(found), progress.periods_of(fiscal_year_be, known.values())


def every_period() -> list[ProjectPeriod]:
    """The times of every fiscal year."""
    return list(db.session.scalars(select(ProjectPeriod).order_by(ProjectPeriod.fiscal_year_be, ProjectPeriod.quarter)))


def years(*more: int) -> list[int]:
    """Fiscal years that have times or projects, the latest first."""
    found: Iterable[int] = db.session.scalars(select(ProjectPeriod.fiscal_year_be).union(select(Project.fiscal_year_be)))
    return sorted({*found, *more}, reverse=True)


def current_year() -> int | None:
    """The latest fiscal year that has times."""
    return db.session.scalar(select(func.max(ProjectPeriod.fiscal_year_be)))


def periods_to_tell(now: datetime) -> list[int]:
    """Times whose reminder or deadline has come and of which nobody was told yet."""
    statement = select(ProjectPeriod.id).where(
        ((ProjectPeriod.reminds_at <= now) & ProjectPeriod.reminded_at.is_(None) & (ProjectPeriod.due_at > now))
        | ((ProjectPeriod.due_at <= now) & ProjectPeriod.overdue_told_at.is_(None))
    )
    return list(db.session.scalars(statement.order_by(ProjectPeriod.id)))


def held_period(period_id: int) -> ProjectPeriod:
    """A row of times, held for this transaction."""
    return db.session.get_one(ProjectPeriod, period_id, with_for_update=True, populate_existing=True)
