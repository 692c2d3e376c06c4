"""The rows that files of a round are made of: statements for the process that writes them, and narrow facts for figures.

The statements leave the session: they run in a process of their own (`app.rows_child`), which knows no guard. Whose rows they tell is
decided by the ids of offices that are put in the place of `OFFICES`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, join

from app.domain.exporting import Levels
from app.extensions import db
from app.models import Area, DatasetRow, HandIn, Indicator, Outcome, Part, Quantity, Submission
from app.queries import dataset as datasets

OFFICES = "(OFFICES)"
Value = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Basis:
    """What a file is made of: a round as it stood at a moment, and which levels it tells. `dataset_id` names the frozen figures, or those
    under the letter that an office was sent."""

    round_id: int
    moment: datetime
    levels: Levels = Levels.SETTLED
    dataset_id: int | None = None


@dataclass(frozen=True)
class Source:
    """Offices × indicators of a basis with what stands of each report, for statements. The hand-in is there where one counts; `level` and
    what belongs to it may be null."""

    joined: FromClause
    is_asked: ColumnElement[bool]
    kind: Value
    region: Value
    self_level: Value
    level: Value
    basis: Value
    comment: Value

    def select(self, *columns: Value) -> Select[Any]:
        """A statement over every report that is asked for."""
        return select(*columns).select_from(self.joined).where(self.is_asked)


def field(key: str | ColumnElement[Any]) -> ColumnElement[Any]:
    """What was handed in under a key of the contract, as text."""
    named = literal(key) if isinstance(key, str) else key
    if db.engine.dialect.name == "sqlite":  # its arrows take a dot in a key for a step of a path
        return func.json_extract(HandIn.content, literal('$.fields."') + named + literal('"'))
    return _arrow(_arrow(HandIn.content, "->", literal_column("'fields'")), "->>", named)


def _arrow(value: Value, arrow: str, key: Value) -> ColumnElement[Any]:
    """What lies under a key of a JSON value; binds closer than any other operator."""
    return value.op(arrow, precedence=20)(key)


def source(basis: Basis) -> Source:
    """The joins of a basis."""
    if basis.levels is Levels.FROZEN:
        return _frozen(basis)
    stood = datasets.as_of(basis.round_id, basis.moment, settled=basis.levels is Levels.SETTLED)
    joined, level, settled_by, comment = stood.joined, _nothing(Integer), _nothing(Text), _nothing(Text)
    if basis.levels is Levels.SETTLED:
        level, settled_by, comment = Outcome.level, Outcome.basis, Outcome.comment
    elif basis.levels is Levels.PUBLISHED:
        told = and_(
            DatasetRow.dataset_id == basis.dataset_id, DatasetRow.area_id == Area.id, DatasetRow.indicator_id == Indicator.id
        )
        joined = joined.outerjoin(DatasetRow, told)
        level, settled_by, comment = DatasetRow.level, DatasetRow.basis, DatasetRow.comment
    return Source(joined, stood.is_asked, Area.kind, Area.region, HandIn.self_level, level, settled_by, comment)


def _nothing(kind: Any) -> Any:
    return cast(null(), kind)


def _frozen(basis: Basis) -> Source:
    """Exactly the rows that were frozen, with what was handed in then."""
    here = and_(
        Submission.round_id == basis.round_id,
        Submission.area_id == DatasetRow.area_id,
        Submission.indicator_id == DatasetRow.indicator_id,
    )
    joined = (
        join(DatasetRow, Area, Area.id == DatasetRow.area_id)
        .join(Indicator, Indicator.id == DatasetRow.indicator_id)
        .join(Part, Part.id == Indicator.part_id)
        .outerjoin(Submission, here)
        .outerjoin(HandIn, datasets.latest_hand_in(basis.moment) & DatasetRow.is_reported)
    )
    return Source(
        joined,
        DatasetRow.dataset_id == basis.dataset_id,
        DatasetRow.kind,
        DatasetRow.region,
        DatasetRow.self_level,
        DatasetRow.level,
        DatasetRow.basis,
        DatasetRow.comment,
    )


# --- statements ----------------------------------------------------------------------------------------------------------------


def _said(thai: Value, english: Value, language: str) -> Value:
    """A name in the reader's language, the Thai one where there is no English one."""
    return thai if language == "th" else func.coalesce(func.nullif(english, ""), thai)


def rows(basis: Basis, language: str, *, indicator: str = "", handed_in_only: bool = False) -> Select[Any]:
    """One row for each report that is asked for, with what was handed in as it is kept; `rows_child` takes it apart, which is cheaper than
    the database's doing. In the order that people read: offices by their Thai names, indicators as in the set.

    Columns: the eight that name office and indicator (`exports.tables`), part, timing, moment, receipt, how often it was handed in, self-level,
    level, basis, comment, content. `handed_in_only` leaves out what was not."""
    found = source(basis)
    statement = found.select(
        Area.code,
        _said(Area.short_th, Area.name_en, language),
        found.kind,
        found.region,
        _said(Area.provinces_th, Area.provinces_en, language),
        Area.inspection_cluster,
        Indicator.full_code,
        _said(Indicator.text_th, Indicator.text_en, language),
        Part.code,
        HandIn.timing,
        HandIn.handed_in_at,
        HandIn.receipt_number,
        HandIn.sequence,
        found.self_level,
        found.level,
        found.basis,
        found.comment,
        type_coerce(HandIn.content, Text),
    ).where(Area.id.op("IN", is_comparison=True)(literal_column(OFFICES)))
    if handed_in_only:
        statement = statement.where(HandIn.id.is_not(None))
    return _narrowed(statement, indicator).order_by(
        Area.sort_order, Area.code, Part.sort_order, Indicator.sort_order, Indicator.id
    )


def _narrowed(statement: Select[Any], indicator: str) -> Select[Any]:
    return statement.where(Indicator.full_code == indicator) if indicator else statement


def spelled(statement: Select[Any]) -> str:
    """A statement as text for the other process, its values in it. They are numbers, moments and words of ours, and an indicator's code."""
    # Named parameters, of which none is left, so that no % in a text is doubled.
    dialect = type(db.engine.dialect)(paramstyle="named")  # type: ignore[call-arg]
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


# --- facts for figures -----------------------------------------------------------------------------------------------------------


def facts(basis: Basis, area_ids: Sequence[int] | None = None, *, indicator: str = "") -> Iterator[tuple[Any, ...]]:
    """(office, indicator, kind, region, timing or None, moment or None, self-level, level) of each report that is asked for, by id. A report
    that is not handed in has no timing. `area_ids` narrows to some offices; the reader of all of them leaves it out."""
    found = source(basis)
    statement = found.select(
        Area.id, Indicator.id, found.kind, found.region, HandIn.timing, HandIn.handed_in_at, found.self_level, found.level
    )
    return _read(_narrowed(statement, indicator), area_ids)


def count_facts(basis: Basis, area_ids: Sequence[int] | None = None, *, indicator: str = "") -> tuple[int, int]:
    """How many of those there are, and how many of them are handed in."""
    found = source(basis)
    statement = _narrowed(found.select(func.count(), func.count(HandIn.timing)), indicator)
    asked, sent = db.session.execute(_among(statement, area_ids)).one()
    return asked, sent


def count_figures(basis: Basis, area_ids: Sequence[int] | None = None, *, indicator: str = "") -> int:
    """How many figures were handed in."""
    return db.session.scalar(_among(_narrowed(_figures(basis, func.count()), indicator), area_ids)) or 0


def figures(basis: Basis, area_ids: Sequence[int] | None = None, *, indicator: str = "") -> Iterator[tuple[Any, ...]]:
    """(office, region, quantity, figure as text) of each figure that was handed in, by id."""
    value = field(literal("quantity.") + Quantity.key)
    statement = _figures(basis, Area.id, source(basis).region, Quantity.id, value)
    return _read(_narrowed(statement, indicator), area_ids)


def _figures(basis: Basis, *columns: Value) -> Select[Any]:
    """A statement over every figure that was handed in."""
    found = source(basis)
    handed_in = field(literal("quantity.") + Quantity.key).is_not(None)
    joined = found.joined.join(Quantity, Quantity.indicator_id == Indicator.id)
    return select(*columns).select_from(joined).where(found.is_asked, handed_in)


def _among(statement: Select[Any], area_ids: Sequence[int] | None) -> Select[Any]:
    return statement if area_ids is None else statement.where(Area.id.in_(area_ids))


def _read(statement: Select[Any], area_ids: Sequence[int] | None) -> Iterator[tuple[Any, ...]]:
    statement = _among(statement, area_ids)
    # In the order of the ids and some at a time: a sum does not ask in which order it is made, and memory stays small.
    rows = db.session.execute(statement.execution_options(yield_per=5000))
    return (row._tuple() for row in rows)
