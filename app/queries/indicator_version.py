"""What indicators ask now and asked before, and whose reports an edit touches."""

from __future__ import annotations

from collections.abc import Iterable

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from app import scope
from app.domain import workflow
from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.indicator_set import INDICATORS, PARTS
from app.domain.indicator_version import Asked, Cells
from app.domain.round_life import Stage
from app.extensions import db
from app.models import Assignment, Indicator, IndicatorVersion, Part, Round, Submission
from app.queries.deadline import coordinators_of
from app.queries.indicator_set import Standings


def asked_in(standings: Standings, wanted: Iterable[int]) -> dict[int, Asked]:
    """What these indicators of a set ask, by their id."""
    ids = set(wanted)
    parts = {row.entity.id: row.cells for row in standings.rows[PARTS.key]}
    found: dict[int, dict[str, list[Cells]]] = {}
    for key, rows in standings.rows.items():
        for row in rows:
            indicator_id = row.entity.id if key == INDICATORS.key else getattr(row.entity, "indicator_id", None)
            if indicator_id not in ids:
                continue
            asked = found.setdefault(indicator_id, {kind.key: [] for kind in standings.kinds})
            asked[key].append(dict(row.cells))
            if key == INDICATORS.key:
                asked[PARTS.key].append(dict(parts[row.entity.part_id]))
    return dict(found)


def unsent_reports(indicator_id: int) -> list[Submission]:
    """Reports on an indicator that are not submitted, with answers and files, over all offices."""
    statement = (
        select(Submission)
        .where(Submission.indicator_id == indicator_id, Submission.state != workflow.State.SUBMITTED)
        .options(selectinload(Submission.answers), selectinload(Submission.evidence))
        .execution_options(populate_existing=True)
    )
    with scope.whole_country("what is missing in every office's report after an edit"):
        return list(db.session.scalars(statement))


def people_concerned(indicator_id: int) -> list[User]:
    """Coordinators of the offices that report on an indicator, the owners there, and whoever edited a report last."""
    reports = select(Submission.area_id, Submission.changed_by_id).where(Submission.indicator_id == indicator_id)
    with scope.whole_country("people of every office that an edit touches"):
        rows = db.session.execute(reports).all()
        areas, editors = {row.area_id for row in rows}, {row.changed_by_id for row in rows}
        owners = select(Assignment.user_id).where(Assignment.indicator_id == indicator_id, Assignment.area_id.in_(areas))
        others = select(User).where(User.active, or_(User.id.in_(editors - {None}), User.id.in_(owners)))
        return [*coordinators_of(areas), *db.session.scalars(others.order_by(User.id))]


def versions_of(indicator_id: int) -> list[IndicatorVersion]:
    """The versions that are not in force any more, the latest first."""
    statement = select(IndicatorVersion).where(IndicatorVersion.indicator_id == indicator_id)
    return list(db.session.scalars(statement.order_by(IndicatorVersion.number.desc())))


def version_of(indicator_id: int, number: int) -> IndicatorVersion | None:
    """A version that is not in force any more."""
    statement = select(IndicatorVersion).where(IndicatorVersion.indicator_id == indicator_id, IndicatorVersion.number == number)
    return db.session.scalar(statement)


def find_indicator(round_code: str, indicator_code: str, *, actor: Actor) -> Indicator:
    """An indicator by its address, in use or not. Raises NotFound, also for offices while the round is being prepared."""
    statement = (
        select(Indicator)
        .join(Part, Part.id == Indicator.part_id)
        .join(Round, Round.id == Part.round_id)
        .where(Round.code == round_code, Round.active, Indicator.full_code == indicator_code)
    )
    if not actor.sees_all_areas:
        statement = statement.where(Round.stage != Stage.PREPARING)
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound
    return found
