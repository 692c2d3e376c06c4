"""The review desk: an evaluator's queue, and how far and how fast everybody is. One report of it is `queries.review_case`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, Tuple, and_, case, func, literal, not_, or_, select, tuple_

from app.domain import workflow
from app.domain.review_desk import Progress, Standing, mean_minutes, standing
from app.domain.reviewing import ReviewState
from app.domain.round_life import Stage
from app.domain.thai import by_name
from app.extensions import db
from app.models import Area, Evidence, Indicator, Moderation, Part, Review, ReviewPlan, Round, Submission

PAGE_SIZE = 50
BEFORE, AFTER = 12, 28
# The pace is that of late: of so many locks of each evaluator.
RECENT_LOCKS = 60

_ORDER = (Part.sort_order, Indicator.sort_order, Indicator.id, Area.sort_order, Review.id)
_LIVING = Review.state != ReviewState.RELEASED
_SUBMITTED = Submission.state == workflow.State.SUBMITTED
_IN_MODERATION = (
    select(Moderation.id).where(Moderation.submission_id == Review.submission_id, Moderation.ended_at.is_(None)).exists()
)
_IS: Mapping[Standing, ColumnElement[bool]] = {
    Standing.NOT_BEGUN: and_(Review.state == ReviewState.OPEN, _SUBMITTED, Review.begun_at.is_(None)),
    Standing.BEGUN: and_(Review.state == ReviewState.OPEN, _SUBMITTED, Review.begun_at.is_not(None)),
    Standing.LOCKED: and_(Review.state == ReviewState.LOCKED, _SUBMITTED, not_(_IN_MODERATION)),
    Standing.MODERATION: and_(Review.state == ReviewState.LOCKED, _SUBMITTED, _IN_MODERATION),
    Standing.RETURNED: not_(_SUBMITTED),
}
_TO_DO = or_(_IS[Standing.NOT_BEGUN], _IS[Standing.BEGUN])


@dataclass(frozen=True)
class Wanted:
    """What a queue is narrowed to; empty for all. `indicator` is a full code, `q` is looked for in names and codes of offices."""

    state: str = ""
    indicator: str = ""
    region: str = ""
    q: str = ""

    def args(self) -> dict[str, str]:
        """As it stands in an address."""
        return {key: value for key, value in vars(self).items() if value}

    def conditions(self) -> Iterable[ColumnElement[bool]]:
        if self.state in set(Standing):
            yield _IS[Standing(self.state)]
        if self.indicator:
            yield Indicator.full_code == self.indicator
        if self.region:
            yield Area.region == self.region
        for word in self.q.split():
            names = (Area.short_th, Area.name_th, Area.name_en, Area.code)
            yield or_(*(name.icontains(word, autoescape=True) for name in names))


@dataclass(frozen=True)
class Entry:
    """One report of a queue. `level` is the evaluator's own, once it is locked; `place` says where it stands among the others."""

    area_code: str
    area_name: Mapping[str, str]
    indicator_code: str
    short_code: str
    standing: Standing
    level: int | None
    files: int
    place: tuple[int, ...]


_FILES = (
    select(func.count())
    .where(Evidence.submission_id == Review.submission_id, Evidence.deleted_at.is_(None))
    .correlate(Review)
    .scalar_subquery()
)


def _queue(round_id: int, user_id: int | None, wanted: Wanted, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Review)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Area, Area.id == Review.area_id)
        .join(Indicator, Indicator.id == Review.indicator_id)
        .join(Part, Part.id == Indicator.part_id)
        .where(Review.round_id == round_id, Review.evaluator_id == user_id, _LIVING, *wanted.conditions())
    )


_SHOWN = (
    Area.code.label("area_code"),
    Area.short_th,
    Area.name_en,
    Indicator.full_code,
    Indicator.code.label("short_code"),
    Review.state,
    Review.begun_at,
    Review.level,
    _SUBMITTED.label("submitted"),
    _IN_MODERATION.label("in_moderation"),
    _FILES.label("files"),
    *(column.label(f"place_{number}") for number, column in enumerate(_ORDER)),
)


def _entry(row: Row[Any]) -> Entry:
    stands = standing(row.state, begun=row.begun_at is not None, submitted=row.submitted, in_moderation=row.in_moderation)
    return Entry(
        area_code=row.area_code,
        area_name={"th": row.short_th, "en": row.name_en},
        indicator_code=row.full_code,
        short_code=row.short_code,
        standing=stands,
        level=row.level if row.state == ReviewState.LOCKED else None,
        files=row.files,
        place=tuple(row)[-len(_ORDER) :],
    )


def _entries(statement: Select[Any]) -> list[Entry]:
    return [_entry(row) for row in db.session.execute(statement)]


def _at(place: tuple[int, ...]) -> Tuple:
    return tuple_(*(literal(number) for number in place))


def page_of_queue(round_id: int, user_id: int | None, wanted: Wanted, page: int) -> list[Entry]:
    """One page of an evaluator's queue, by indicator and then by office."""
    statement = _queue(round_id, user_id, wanted, *_SHOWN).order_by(*_ORDER)
    return _entries(statement.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))


def around(round_id: int, user_id: int | None, wanted: Wanted, place: tuple[int, ...]) -> list[Entry]:
    """The queue around a place in it, in one statement: a few before, more after."""
    ids, here = _queue(round_id, user_id, wanted, Review.id), _at(place)
    before = ids.where(tuple_(*_ORDER) < here).order_by(*(column.desc() for column in _ORDER)).limit(BEFORE).subquery()
    after = ids.where(tuple_(*_ORDER) >= here).order_by(*_ORDER).limit(AFTER).subquery()
    near = or_(Review.id.in_(select(before.c.id)), Review.id.in_(select(after.c.id)))
    return _entries(_queue(round_id, user_id, Wanted(), *_SHOWN).where(near).order_by(*_ORDER))


def next_to_do(round_id: int, user_id: int | None, wanted: Wanted, place: tuple[int, ...] | None = None) -> Entry | None:
    """The next report to review after a place, going round; without one the first."""
    statement = _queue(round_id, user_id, wanted, *_SHOWN).where(_TO_DO)
    if place is not None:
        here = _at(place)
        statement = statement.where(tuple_(*_ORDER) != here).order_by(case((tuple_(*_ORDER) > here, 0), else_=1))
    return next(iter(_entries(statement.order_by(*_ORDER).limit(1))), None)


@dataclass(frozen=True)
class Tally:
    """How an evaluator's reviews stand: counts by standing, and how many fit what is wanted."""

    by_standing: Mapping[Standing, int] = field(default_factory=dict)
    assigned: int = 0
    locked: int = 0
    due_on: date | None = None


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def tally(round_id: int, user_id: int | None, wanted: Wanted | None = None) -> Tally:
    """The figures of an evaluator, in one statement; narrowed but for the standing."""
    narrowed = Wanted(indicator=wanted.indicator, region=wanted.region, q=wanted.q) if wanted else Wanted()
    due_on = select(ReviewPlan.due_on).where(ReviewPlan.round_id == round_id).scalar_subquery()
    locked = _count(Review.state == ReviewState.LOCKED)
    columns = [*(_count(condition) for condition in _IS.values()), func.count(), locked, due_on]
    found = db.session.execute(_queue(round_id, user_id, narrowed, *columns)).one()
    return Tally(dict(zip(_IS, found, strict=False)), *found[len(_IS) :])


def indicators_of(round_id: int, user_id: int | None) -> list[str]:
    """The indicators that an evaluator has reports of, in order."""
    statement = _queue(round_id, user_id, Wanted(), Indicator.full_code).group_by(
        Indicator.full_code, Part.sort_order, Indicator.sort_order
    )
    return list(db.session.scalars(statement.order_by(Part.sort_order, Indicator.sort_order)))


# --- progress ---------------------------------------------------------------------------------------------------------------------


def _recent(round_id: int, user_id: int | None) -> Subquery:
    latest = func.row_number().over(partition_by=Review.evaluator_id, order_by=Review.locked_at.desc()).label("latest")
    statement = select(Review.evaluator_id, Review.locked_at, latest).where(
        Review.round_id == round_id, Review.state == ReviewState.LOCKED, Review.locked_at.is_not(None)
    )
    return (statement if user_id is None else statement.where(Review.evaluator_id == user_id)).subquery()


def _minutes(round_id: int, user_id: int | None = None) -> dict[int, float | None]:
    """Mean minutes for a report by evaluator, from the latest locks."""
    recent = _recent(round_id, user_id)
    moments: dict[int, list[datetime]] = {}
    statement = select(recent.c.evaluator_id, recent.c.locked_at).where(recent.c.latest <= RECENT_LOCKS)
    for evaluator_id, locked_at in db.session.execute(statement):
        moments.setdefault(evaluator_id, []).append(locked_at)
    return {evaluator_id: mean_minutes(found) for evaluator_id, found in moments.items()}


def progress(round_id: int, user_id: int | None, counted: Tally) -> Progress:
    """How far and how fast an evaluator is, from the figures of all that was assigned, in one statement more."""
    minutes = _minutes(round_id, user_id).get(user_id or 0)
    return Progress(counted.assigned, counted.locked, minutes, counted.due_on)


@dataclass(frozen=True)
class EvaluatorProgress:
    """One evaluator's progress, as the centre sees it. It tells of no level."""

    name: str
    begun: int
    last_at: datetime | None
    progress: Progress


def progress_of_all(round_id: int) -> list[EvaluatorProgress]:
    """Every evaluator of a round who has something to review, in three statements whatever their number."""
    due_on = db.session.scalar(select(ReviewPlan.due_on).where(ReviewPlan.round_id == round_id))
    minutes = _minutes(round_id)
    begun = _count(and_(Review.state == ReviewState.OPEN, Review.begun_at.is_not(None)))
    name, locked = func.max(Review.evaluator_name), _count(Review.state == ReviewState.LOCKED)
    statement = (
        select(Review.evaluator_id, name, func.count(), locked, begun, func.max(Review.locked_at))
        .where(Review.round_id == round_id, _LIVING)
        .group_by(Review.evaluator_id)
        .order_by(Review.evaluator_id)
    )
    return [
        EvaluatorProgress(called, in_work, last, Progress(assigned, done, minutes.get(evaluator_id), due_on))
        for evaluator_id, called, assigned, done, in_work, last in by_name(
            db.session.execute(statement).tuples(), lambda row: row[1]
        )
    ]


def round_in_review() -> Round | None:
    """The round that is reviewed now, else the one that closed last; no rehearsal."""
    statement = (
        select(Round)
        .where(Round.active, Round.is_rehearsal.is_(False), Round.stage.not_in([Stage.PREPARING, Stage.ARCHIVED]))
        .order_by(case((Round.stage == Stage.REVIEW, 0), else_=1), Round.closes_at.desc(), Round.id.desc())
        .limit(1)
    )
    return db.session.scalar(statement)
