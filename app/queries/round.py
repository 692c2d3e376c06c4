"""Rounds as visitors and officers see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app import scope
from app.domain import deadlines, workflow
from app.domain.deadlines import Window
from app.domain.errors import NotFound
from app.domain.round_life import Stage
from app.extensions import db
from app.models import Area, Extension, Indicator, Outage, Part, Round, Submission

# A round that is still being prepared exists for the centre alone: nothing of it is counted, reminded or told.
ANNOUNCED = Round.stage != Stage.PREPARING


def by_code(code: str) -> Round | None:
    return db.session.scalar(select(Round).where(Round.code == code, Round.active))


def find(code: str) -> Round:
    """The round of an address, whatever its stage. Raises NotFound."""
    found = by_code(code)
    if found is None:
        raise NotFound
    return found


def find_real(code: str) -> Round:
    """The same, for what is not done to a rehearsal."""
    found = find(code)
    if found.is_rehearsal:
        raise NotFound
    return found


def held(code: str) -> Round | None:
    """The round, held for this transaction: two people never change one at the same time."""
    return _held(select(Round).where(Round.code == code, Round.active))


def held_by_id(round_id: int) -> Round | None:
    """The same by its number."""
    return _held(select(Round).where(Round.id == round_id, Round.active))


def _held(statement: Select[tuple[Round]]) -> Round | None:
    return db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))


@dataclass(frozen=True)
class OwnRound:
    """A round with the moments that matter to the reader's office; everybody's where the reader has none."""

    round: Round
    window: Window


def all_active() -> list[Round]:
    """Every round in use that is not in the archive, the latest closing first."""
    statement = select(Round).where(Round.active, Round.stage != Stage.ARCHIVED).order_by(Round.closes_at.desc())
    return list(db.session.scalars(statement))


def all_active_with_outages() -> list[tuple[Round, list[Outage]]]:
    """Every round in use, also from the archive, with the outages of each on which the centre has not decided, in one statement."""
    undecided = (Outage.round_id == Round.id) & Outage.decided_at.is_(None)
    statement = (
        select(Round, Outage)
        .outerjoin(Outage, undecided)
        .where(Round.active)
        .order_by(Round.closes_at.desc(), Round.id, Outage.began_at.desc())
    )
    found: dict[Round, list[Outage]] = {}
    for row, outage in db.session.execute(statement):
        found.setdefault(row, []).extend([outage] if outage else [])
    return list(found.items())


def own_rounds(area_id: int | None) -> list[OwnRound]:
    """Every announced round that is not in the archive with the office's own time, the latest closing first, in one statement."""
    standing = (Extension.round_id == Round.id) & (Extension.area_id == area_id) & Extension.active
    statement = (
        select(Round, Extension)
        .outerjoin(Extension, standing)
        .options(joinedload(Extension.indicator))
        .where(Round.active, Round.stage.not_in([Stage.PREPARING, Stage.ARCHIVED]))
        .order_by(Round.closes_at.desc(), Round.id)
    )
    found: dict[Round, list[Extension]] = {}
    for row, extension in db.session.execute(statement):
        found.setdefault(row, []).append(extension)
    return [OwnRound(row, row.window_with(*extensions)) for row, extensions in found.items()]


def current(rounds: list[OwnRound], now: datetime) -> OwnRound | None:
    """The round that matters now: the open one that closes first, else the one that closed last, else the next to open.

    A rehearsal never is."""
    by_phase: dict[deadlines.Phase, list[OwnRound]] = {phase: [] for phase in deadlines.Phase}
    for found in rounds:
        if not found.round.is_rehearsal:
            by_phase[deadlines.phase(found.window, now)].append(found)
    if by_phase[deadlines.Phase.OPEN]:
        return min(by_phase[deadlines.Phase.OPEN], key=lambda found: found.window.closes_at)
    if by_phase[deadlines.Phase.CLOSED]:
        return max(by_phase[deadlines.Phase.CLOSED], key=lambda found: found.window.closes_at)
    return min(by_phase[deadlines.Phase.UPCOMING], key=lambda found: found.window.opens_at, default=None)


def parts_with_indicators(round_id: int) -> list[Part]:
    """Parts of a round with their active indicators, in order."""
    statement = (
        select(Part)
        .where(Part.round_id == round_id, Part.active)
        .options(joinedload(Part.indicators.and_(Indicator.active)), joinedload(Part.round))
        .order_by(Part.sort_order)
    )
    return list(db.session.scalars(statement).unique())


def parts_with_questions(round_id: int) -> list[Part]:
    """Parts of a round in use with their indicators in use and all that these ask."""
    statement = (
        select(Part)
        .where(Part.round_id == round_id, Part.active)
        .options(
            joinedload(Part.indicators.and_(Indicator.active)).options(
                selectinload(Indicator.criteria), selectinload(Indicator.levels), selectinload(Indicator.quantities)
            )
        )
        .order_by(Part.sort_order)
    )
    return list(db.session.scalars(statement).unique())


def parts_of_any_round() -> list[Part]:
    """Parts in use of every round that is no rehearsal, the latest round first, with the number of indicators they have loaded."""
    statement = (
        select(Part)
        .join(Part.round)
        .where(Part.active, Round.active, Round.is_rehearsal.is_(False))
        .options(contains_eager(Part.round), selectinload(Part.indicators.and_(Indicator.active)))
        .order_by(Round.fiscal_year_be.desc(), Round.months.desc(), Part.sort_order, Part.code)
    )
    return list(db.session.scalars(statement))


def code_is_taken(code: str) -> bool:
    """Whether a round of this code was ever made, in use or not."""
    return db.session.scalar(select(Round.id).where(Round.code == code)) is not None


def count_rehearsals(code: str) -> int:
    """How many rehearsals of a round there have been."""
    return db.session.scalar(select(func.count()).select_from(Round).where(Round.code.startswith(f"{code}-R"))) or 0


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
