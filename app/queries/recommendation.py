"""Recommendations of inspectors: one, those of an office across inspections, and how far the country is. The guard on the session narrows
every one of these to the actor's offices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.domain.errors import NotFound
from app.domain.recommendations import ANSWERED, OWED, REMINDS_DAYS_BEFORE, State
from app.domain.thai import single_line
from app.extensions import db
from app.models import Area, Inspection, Recommendation, Sheet, SheetOwner
from app.queries.inspection import Inspected

PAGE_ROWS = 50
OVERDUE = "overdue"
_OWNERS = selectinload(Sheet.owners).joinedload(SheetOwner.user).joinedload(User.profile)


@dataclass(frozen=True)
class Filter:
    """What a list of recommendations is narrowed to, by the names of its parameters; empty is everything."""

    state: str = ""
    inspection: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Filter:
        state = args.get("state", "")
        return cls(
            state=state if state in {*map(str, State), OVERDUE} else "",
            inspection=single_line(args.get("inspection", ""))[:16],
        )

    def args(self, **changed: str) -> dict[str, str]:
        """The parameters of an address, without what is empty."""
        row = replace(self, **changed)
        return {field.name: value for field in fields(row) if (value := getattr(row, field.name))}


def find(inspected: Inspected, number: int) -> Recommendation:
    """A recommendation with fields, files and owners, in three statements. Raises NotFound."""
    statement = (
        select(Recommendation)
        .join(Recommendation.sheet)
        .where(
            Recommendation.inspection_id == inspected.inspection.id,
            Recommendation.area_id == inspected.area.id,
            Recommendation.number == number,
        )
        .options(
            joinedload(Recommendation.issue),
            joinedload(Recommendation.inspection),
            contains_eager(Recommendation.sheet).options(
                joinedload(Sheet.area), joinedload(Sheet.fields), selectinload(Sheet.files), _OWNERS
            ),
        )
    )
    found = db.session.scalars(statement).unique().one_or_none()
    if found is None:
        raise NotFound
    return found


def of_sheet(sheet_id: int) -> Recommendation:
    """The recommendation that a sheet is."""
    statement = (
        select(Recommendation)
        .where(Recommendation.sheet_id == sheet_id)
        .options(joinedload(Recommendation.inspection), joinedload(Recommendation.area), joinedload(Recommendation.issue))
    )
    return db.session.scalars(statement).one()


def of_inspection(inspected: Inspected) -> list[Recommendation]:
    """The recommendations of an inspection to an office, in their order, with their states."""
    statement = (
        select(Recommendation)
        .join(Recommendation.sheet)
        .where(Recommendation.inspection_id == inspected.inspection.id, Recommendation.area_id == inspected.area.id)
        .options(contains_eager(Recommendation.sheet), joinedload(Recommendation.issue))
        .order_by(Recommendation.number)
    )
    return list(db.session.scalars(statement))


def next_number(inspected: Inspected) -> int:
    statement = select(func.max(Recommendation.number)).where(
        Recommendation.inspection_id == inspected.inspection.id, Recommendation.area_id == inspected.area.id
    )
    return (db.session.scalar(statement) or 0) + 1


def _narrowed(statement: Select[Any], area_id: int, wanted: Filter, today: date) -> Select[Any]:
    statement = statement.where(Recommendation.area_id == area_id)
    if wanted.state == OVERDUE:
        statement = statement.where(Sheet.state.in_(OWED), Recommendation.due_on < today)
    elif wanted.state:
        statement = statement.where(Sheet.state == wanted.state)
    if wanted.inspection:
        statement = statement.where(Inspection.code == wanted.inspection)
    return statement


def count(area_id: int, wanted: Filter, today: date) -> int:
    statement = (
        select(func.count(Recommendation.id))
        .join(Recommendation.sheet)
        .join(Inspection, Inspection.id == Recommendation.inspection_id)
    )
    return db.session.scalar(_narrowed(statement, area_id, wanted, today)) or 0


def follow_up(
    area_id: int, wanted: Filter, today: date, *, page: int = 1, size: int | None = PAGE_ROWS
) -> list[Recommendation]:
    """Recommendations of an office across inspections, what is owed first and of that the earliest day, with their owners, in two
    statements."""
    statement = (
        select(Recommendation)
        .join(Recommendation.sheet)
        .join(Recommendation.inspection)
        .options(
            contains_eager(Recommendation.sheet).options(_OWNERS),
            contains_eager(Recommendation.inspection),
            joinedload(Recommendation.issue),
        )
        .order_by(
            case((Sheet.state.in_(OWED), 0), (Sheet.state != State.CLOSED, 1), else_=2),
            Recommendation.due_on.is_(None),
            Recommendation.due_on,
            Inspection.fiscal_year_be.desc(),
            Inspection.code,
            Recommendation.number,
        )
    )
    statement = _narrowed(statement, area_id, wanted, today)
    if size is not None:
        statement = statement.limit(size).offset((page - 1) * size)
    return list(db.session.scalars(statement).unique())


@dataclass(frozen=True)
class Tally:
    """How many recommendations there are, how many of them are answered, closed and overdue."""

    all: int = 0
    answered: int = 0
    closed: int = 0
    overdue: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.all + other.all,
            self.answered + other.answered,
            self.closed + other.closed,
            self.overdue + other.overdue,
        )

    @property
    def percent(self) -> int:
        """The share that is answered, rounded down: 100 is said only of all."""
        return 100 * self.answered // self.all if self.all else 0


def _tally(today: date) -> tuple[Any, ...]:
    return (
        func.count(Recommendation.id),
        func.count(case((Sheet.state.in_(ANSWERED), 1))),
        func.count(case((Sheet.state == State.CLOSED, 1))),
        func.count(case((and_(Sheet.state.in_(OWED), Recommendation.due_on < today), 1))),
    )


def tally_of_office(area_id: int, today: date) -> Tally:
    statement = select(*_tally(today)).join(Recommendation.sheet).where(Recommendation.area_id == area_id)
    return Tally(*db.session.execute(statement).one())


@dataclass(frozen=True)
class CountryLine:
    """How far an office is with the recommendations of an inspection."""

    inspection: Inspection
    area: Area
    tally: Tally


def of_country(wanted: str, today: date) -> list[CountryLine]:
    """Every office with recommendations, of one inspection where it is named: the latest inspection first, offices in Thai order."""
    statement = (
        select(Inspection, Area, *_tally(today))
        .select_from(Recommendation)
        .join(Recommendation.sheet)
        .join(Inspection, Inspection.id == Recommendation.inspection_id)
        .join(Area, Area.id == Recommendation.area_id)
        .group_by(Inspection.id, Area.id)
        .order_by(Inspection.fiscal_year_be.desc(), Inspection.round_number.desc(), Inspection.code, Area.sort_order)
    )
    if wanted:
        statement = statement.where(Inspection.code == wanted)
    return [CountryLine(row[0], row[1], Tally(*row[2:])) for row in db.session.execute(statement)]


def by_office(inspection_id: int, area_ids: list[int], today: date) -> dict[int, Tally]:
    """How far these offices are with the recommendations of an inspection."""
    statement = (
        select(Recommendation.area_id, *_tally(today))
        .join(Recommendation.sheet)
        .where(Recommendation.inspection_id == inspection_id, Recommendation.area_id.in_(area_ids))
        .group_by(Recommendation.area_id)
    )
    return {row[0]: Tally(*row[1:]) for row in db.session.execute(statement)}


def to_remind(today: date) -> list[int]:
    """Recommendations whose people are to be reminded: the day of the answer is near or has passed, and this was not said of it yet."""
    soon = and_(
        Recommendation.due_on >= today,
        Recommendation.due_on <= today + timedelta(days=REMINDS_DAYS_BEFORE),
        func.coalesce(Recommendation.soon_for != Recommendation.due_on, True),
    )
    late = and_(Recommendation.due_on < today, func.coalesce(Recommendation.late_for != Recommendation.due_on, True))
    statement = (
        select(Recommendation.id)
        .join(Recommendation.sheet)
        .where(Sheet.state.in_(OWED), soon | late)
        .order_by(Recommendation.due_on, Recommendation.id)
    )
    return list(db.session.scalars(statement))
