"""Projects, inspections and recommendations as programs read them; the guard narrows them to the actor's offices."""

from __future__ import annotations

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.domain.access import Actor
from app.domain.errors import NotFound
from app.extensions import db
from app.models import (
    Area,
    Inspection,
    InspectionEntry,
    InspectionIssue,
    InspectionReport,
    Project,
    ProjectProgress,
    Recommendation,
)
from app.queries import stretch
from app.queries.catalogue import find_area
from app.queries.stretch import Asked, Stretch


def projects(asked: Asked, fiscal_year_be: int, *, area_code: str | None, actor: Actor) -> Stretch:
    """Projects of a fiscal year with their quarters, each as (Project,). Raises NotFound for an unknown office."""
    statement = (
        select(Project)
        .join(Project.area)
        .where(Project.fiscal_year_be == fiscal_year_be)
        .options(
            contains_eager(Project.area),
            joinedload(Project.sheet),
            selectinload(Project.quarters).joinedload(ProjectProgress.sheet),
        )
    )
    if area_code is not None:
        statement = statement.where(Project.area_id == find_area(area_code, actor=actor).id)
    return stretch.read(statement, Project.id, asked)


def _announced(statement: Select, actor: Actor) -> Select:
    """Without inspections that are out of use and, for an office, those that it was not told of or that are not its own."""
    statement = statement.where(Inspection.active)
    if actor.sees_all_areas:
        return statement
    clusters = select(Area.inspection_cluster).where(Area.id.in_(actor.area_ids))
    concerned = or_(Inspection.cluster.is_(None), Inspection.cluster.in_(clusters))
    return statement.where(Inspection.announced_at.is_not(None), concerned)


def inspections(asked: Asked, *, actor: Actor) -> Stretch:
    """Inspections with their issues, each as (Inspection,)."""
    return stretch.read(_announced(select(Inspection), actor).options(selectinload(Inspection.issues)), Inspection.id, asked)


def inspection_id(code: str, *, actor: Actor) -> int:
    """The inspection with this code. Raises NotFound, also for an office that was not told of it."""
    found: int | None = db.session.scalar(_announced(select(Inspection.id).where(Inspection.code == code), actor))
    if found is None:
        raise NotFound
    return found


def entries(asked: Asked, inspection: int) -> Stretch:
    """What offices say on the issues of an inspection, each as (InspectionEntry,)."""
    statement = (
        select(InspectionEntry)
        .join(InspectionEntry.report)
        .join(InspectionEntry.issue)
        .where(InspectionReport.inspection_id == inspection, InspectionIssue.active)
        .options(
            joinedload(InspectionEntry.area),
            contains_eager(InspectionEntry.issue),
            joinedload(InspectionEntry.sheet),
            contains_eager(InspectionEntry.report).joinedload(InspectionReport.sheet),
        )
    )
    return stretch.read(statement, InspectionEntry.id, asked)


def recommendations(asked: Asked, inspection: int) -> Stretch:
    """What inspectors recommended to offices, each as (Recommendation,)."""
    statement = (
        select(Recommendation)
        .where(Recommendation.inspection_id == inspection)
        .options(joinedload(Recommendation.area), joinedload(Recommendation.sheet), joinedload(Recommendation.issue))
    )
    return stretch.read(statement, Recommendation.id, asked)
