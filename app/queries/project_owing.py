"""Which projects still owe their entry or the progress of a quarter, and whom to tell."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.domain.progress import REGISTER, SENT_IN
from app.domain.projects import EDITABLE, REPORTED_IN
from app.extensions import db
from app.models import Area, Project, ProjectProgress, Sheet, SheetOwner


@dataclass(frozen=True)
class Owed:
    """A project of which something is still to be entered."""

    sheet_id: int
    area_id: int
    area_code: str
    number: int
    name: str


def owed(fiscal_year_be: int, quarter: int) -> list[Owed]:
    """Projects that were not sent (quarter 0), or whose quarter was not: one statement."""
    statement = (
        select(Project.sheet_id, Project.area_id, Area.code, Project.number, Project.name)
        .join(Area, Area.id == Project.area_id)
        .join(Sheet, Sheet.id == Project.sheet_id)
        .where(Project.fiscal_year_be == fiscal_year_be)
        .order_by(Area.sort_order, Project.number)
    )
    if quarter == REGISTER:
        statement = statement.where(Sheet.state.in_(EDITABLE))
    else:
        sent = aliased(Sheet)
        reported = (
            select(ProjectProgress.id)
            .join(sent, sent.id == ProjectProgress.sheet_id)
            .where(ProjectProgress.project_id == Project.id, ProjectProgress.quarter == quarter, sent.state.in_(SENT_IN))
        )
        statement = statement.where(Sheet.state.in_(REPORTED_IN), ~reported.exists())
    return [Owed(*row) for row in db.session.execute(statement)]


def owners_of(sheet_ids: Collection[int]) -> dict[int, list[User]]:
    """Active people who are responsible, by sheet: one statement."""
    statement = (
        select(SheetOwner.sheet_id, User)
        .join(User, User.id == SheetOwner.user_id)
        .where(SheetOwner.sheet_id.in_(sheet_ids), User.active)
        .order_by(SheetOwner.id)
    )
    found: dict[int, list[User]] = {}
    for sheet_id, user in db.session.execute(statement).unique():
        found.setdefault(sheet_id, []).append(user)
    return found
