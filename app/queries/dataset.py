"""Figures of a round: as they stood at any moment, as they were frozen, and who changed what since. Every one is the centre's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, join, joinedload

from app.domain.dataset import Cell, Difference, Row
from app.domain.errors import NotFound
from app.extensions import db
from app.models import Area, ClosingCopy, Dataset, DatasetRow, HandIn, Indicator, Outcome, Part, Round, Submission
from app.models.indicator import AppliesTo

_AT_A_TIME = 500
_STORED = (
    DatasetRow.area_id,
    DatasetRow.indicator_id,
    DatasetRow.area_code,
    DatasetRow.kind,
    DatasetRow.region,
    DatasetRow.full_code,
    DatasetRow.is_reported,
    DatasetRow.self_level,
    DatasetRow.level,
    DatasetRow.basis,
    DatasetRow.comment,
    DatasetRow.verdicts,
)


@dataclass(frozen=True)
class AsOf:
    """The joins that tell how every report that is asked for stood at a moment: offices × indicators with submission, outcome and hand-in.

    The hand-in is there where something was handed in then that still counted."""

    joined: FromClause
    is_asked: ColumnElement[bool]

    def select(self, *columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
        """A statement of these columns, one row for each report that is asked for."""
        return select(*columns).select_from(self.joined).where(self.is_asked)


def latest_hand_in(moment: datetime) -> ColumnElement[bool]:
    """Joins a submission with what was handed in last at a moment."""
    latest = (
        select(func.max(HandIn.sequence))
        .where(HandIn.submission_id == Submission.id, HandIn.handed_in_at <= moment)
        .correlate(Submission)
        .scalar_subquery()
    )
    return (HandIn.submission_id == Submission.id) & (HandIn.sequence == latest)


def has_lapsed(moment: datetime) -> ColumnElement[bool]:
    """Edited again after it was sent, and left incomplete when its time was over: then nothing is handed in any more."""
    return (
        select(ClosingCopy.id)
        .where(
            ClosingCopy.submission_id == Submission.id,
            ClosingCopy.taken_at > HandIn.handed_in_at,
            ClosingCopy.taken_at <= moment,
        )
        .correlate(Submission, HandIn)
        .exists()
    )


def as_of(round_id: int, moment: datetime, *, settled: bool = True) -> AsOf:
    """How every report of a round stood at a moment; not `settled` leaves all out that the centre found, as an office must see it."""
    stood = (
        (Outcome.submission_id == Submission.id)
        & (Outcome.decided_at <= moment)
        & (Outcome.superseded_at.is_(None) | (Outcome.superseded_at > moment))
    )
    here = (Submission.round_id == round_id) & (Submission.area_id == Area.id) & (Submission.indicator_id == Indicator.id)
    joined = (
        join(Area, Indicator, Indicator.applies_to.in_((AppliesTo.BOTH, Area.kind)))
        .join(Part, Part.id == Indicator.part_id)
        .outerjoin(Submission, here)
    )
    counts = ~has_lapsed(moment)
    if settled:
        joined, counts = joined.outerjoin(Outcome, stood), Outcome.id.is_not(None) | counts
    joined = joined.outerjoin(HandIn, latest_hand_in(moment) & counts)
    return AsOf(joined, and_(Indicator.round_id == round_id, Indicator.active, Part.active, Area.active))


def _as_of(round_id: int, moment: datetime) -> Select[Any]:
    """Every report that is asked for, with what was handed in and settled of it at a moment."""
    stood = as_of(round_id, moment)
    return stood.select(
        Area.id,
        Indicator.id,
        Area.code,
        Area.kind,
        Area.region,
        Indicator.full_code,
        HandIn.id.is_not(None),
        HandIn.self_level,
        Outcome.level,
        Outcome.basis,
        Outcome.comment,
        Outcome.verdicts,
    ).order_by(Area.code, Indicator.full_code, Outcome.decided_at)


def rows_as_of(found: Round, moment: datetime) -> list[Row]:
    """Every report that is asked for as it stood at a moment, by code of the office, then of the indicator, in one statement.

    Which offices and indicators are asked, and how an office is grouped, is taken as it is today."""
    rows: dict[tuple[int, int], Row] = {}
    for values in db.session.execute(_as_of(found.id, moment)):
        area_id, indicator_id, area_code, kind, region, full_code, sent, self_level, level, basis, comment, verdicts = values
        rows[area_id, indicator_id] = Row(
            area_id,
            indicator_id,
            area_code,
            kind,
            region,
            full_code,
            is_reported=bool(sent),
            self_level=self_level,
            level=level,
            basis=basis or "",
            comment=comment or "",
            verdicts=verdicts or {},
        )
    return list(rows.values())


# --- frozen ----------------------------------------------------------------------------------------------------------------------


def all_of(round_id: int) -> list[Dataset]:
    """The datasets of a round, the latest first."""
    return list(db.session.scalars(select(Dataset).where(Dataset.round_id == round_id).order_by(Dataset.number.desc())))


def find(round_code: str, number: int) -> Dataset:
    """The dataset of an address. Raises NotFound."""
    statement = (
        select(Dataset)
        .join(Dataset.round)
        .where(Round.code == round_code, Round.active, Dataset.number == number)
        .options(joinedload(Dataset.round))
    )
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound
    return found


def last_number(round_id: int) -> int:
    return db.session.scalar(select(func.max(Dataset.number)).where(Dataset.round_id == round_id)) or 0


def rows_of(dataset_id: int, *, area_ids: Iterable[int] | None = None) -> list[Row]:
    """The frozen rows, those of some offices where they are named, in one statement."""
    statement = select(*_STORED).where(DatasetRow.dataset_id == dataset_id)
    if area_ids is not None:
        statement = statement.where(DatasetRow.area_id.in_(list(area_ids)))
    ordered = statement.order_by(DatasetRow.area_code, DatasetRow.full_code)
    return [Row(*values) for values in db.session.execute(ordered)]


def count_of(dataset_id: int, area_ids: list[int], indicator_ids: list[int]) -> int:
    """How many frozen rows there are of these offices and indicators."""
    of = (DatasetRow.dataset_id == dataset_id, DatasetRow.area_id.in_(area_ids), DatasetRow.indicator_id.in_(indicator_ids))
    return db.session.scalar(select(func.count()).select_from(DatasetRow).where(*of)) or 0


def cells_of(dataset_id: int) -> Counter[Cell]:
    """How many frozen rows there are of each kind of cell, counted by the database."""
    columns = (
        DatasetRow.indicator_id,
        DatasetRow.kind,
        DatasetRow.region,
        DatasetRow.is_reported,
        DatasetRow.self_level,
        DatasetRow.level,
    )
    statement = select(*columns, func.count()).where(DatasetRow.dataset_id == dataset_id).group_by(*columns)
    return Counter({Cell(*values[:-1]): values[-1] for values in db.session.execute(statement)})


def indicators_of(round_id: int) -> list[Indicator]:
    """Every indicator of a round in order, in use or not: a frozen table names what it was made of."""
    statement = (
        select(Indicator)
        .join(Indicator.part)
        .where(Indicator.round_id == round_id)
        .options(joinedload(Indicator.part))
        .order_by(Part.sort_order, Indicator.sort_order, Indicator.full_code)
    )
    return list(db.session.scalars(statement))


def area_names(area_ids: Iterable[int]) -> dict[int, Area]:
    """Offices by id."""
    wanted = list(set(area_ids))
    found: dict[int, Area] = {}
    for start in range(0, len(wanted), _AT_A_TIME):
        rows = db.session.scalars(select(Area).where(Area.id.in_(wanted[start : start + _AT_A_TIME])))
        found |= {row.id: row for row in rows}
    return found


# --- since -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cause:
    """Something that happened to a report after figures were frozen: when, by whom, on which basis, and the reason given."""

    at: datetime
    by: str
    basis: str = ""
    reason: str = ""
    is_hand_in: bool = False
    is_lapse: bool = False


def causes_since(found: Dataset, differing: Iterable[Difference], now: datetime) -> dict[tuple[int, int], list[Cause]]:
    """What happened to the reports that differ, in order, by office and indicator: in three statements."""
    wanted = {one.row.key for one in differing}
    causes: dict[tuple[int, int], list[Cause]] = {}
    for key, cause in (*_settled(found, now), *_sent(found, now), *_lapsed(found, now)):
        if key in wanted:
            causes.setdefault(key, []).append(cause)
    return {key: sorted(these, key=lambda cause: cause.at) for key, these in causes.items()}


def _settled(found: Dataset, now: datetime) -> Iterator[tuple[tuple[int, int], Cause]]:
    """Outcomes that came, or went without a successor."""
    decided = (Outcome.decided_at > found.as_of) & (Outcome.decided_at <= now)
    gone = (Outcome.superseded_at > found.as_of) & (Outcome.superseded_at <= now)
    statement = select(Outcome).where(Outcome.round_id == found.round_id, decided | gone).order_by(Outcome.decided_at)
    rows = list(db.session.scalars(statement))
    succeeded = {(row.submission_id, row.decided_at) for row in rows}
    for row in rows:
        key = row.area_id, row.indicator_id
        if row.decided_at > found.as_of:
            yield key, Cause(row.decided_at, row.decided_by_name, row.basis, row.reason)
        if (
            row.superseded_at is not None
            and row.superseded_at <= now
            and (row.submission_id, row.superseded_at) not in succeeded
        ):
            yield key, Cause(row.superseded_at, "")


def _sent(found: Dataset, now: datetime) -> Iterator[tuple[tuple[int, int], Cause]]:
    """Reports that were handed in."""
    statement = (
        select(Submission.area_id, Submission.indicator_id, HandIn.handed_in_at, HandIn.handed_in_by_name)
        .join(Submission, Submission.id == HandIn.submission_id)
        .where(Submission.round_id == found.round_id, HandIn.handed_in_at > found.as_of, HandIn.handed_in_at <= now)
    )
    for area_id, indicator_id, at, by in db.session.execute(statement):
        yield (area_id, indicator_id), Cause(at, by, is_hand_in=True)


def _lapsed(found: Dataset, now: datetime) -> Iterator[tuple[tuple[int, int], Cause]]:
    """Reports that were incomplete when their time was over."""
    statement = (
        select(Submission.area_id, Submission.indicator_id, ClosingCopy.taken_at)
        .join(Submission, Submission.id == ClosingCopy.submission_id)
        .where(Submission.round_id == found.round_id, ClosingCopy.taken_at > found.as_of, ClosingCopy.taken_at <= now)
    )
    for area_id, indicator_id, at in db.session.execute(statement):
        yield (area_id, indicator_id), Cause(at, "", is_lapse=True)
