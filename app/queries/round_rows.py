"""The rows that files of a round are made of: statements for the process that writes them, and narrow facts for figures.

The statements leave the session: they run in a process of their own (`app.rows_child`), which knows no guard. Whose rows they tell is
decided by the ids of offices that are put in the place of `OFFICES`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, join
from sqlalchemy.sql.selectable import NamedFromClause

from app.domain.exporting import Levels
from app.extensions import db
from app.models import Area, DatasetRow, HandIn, Indicator, Outcome, Part, Quantity, Submission
from app.queries import dataset as datasets

OFFICES = "(OFFICES)"
_IS_SENT = HandIn.id.is_not(None)
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
    return _arrow(_arrow(HandIn.content, "->", literal("fields")), "->>", named)


def _arrow(value: Value, arrow: str, key: Value) -> ColumnElement[Any]:
    """What lies under a key of a JSON value; both databases write it so. Binds closer than any other operator."""
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
    return Source(joined, stood.is_asked, Area.kind, Area.region, _level_of_hand_in(), level, settled_by, comment)


def _nothing(kind: Any) -> Any:
    return cast(null(), kind)


def _level_of_hand_in() -> ColumnElement[Any]:
    """The self-level as a number; whatever else stands there is none."""
    typed = field("self_level")
    return case({str(level): level for level in range(1, 6)}, value=typed)


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


def _of_offices(statement: Select[Any]) -> Select[Any]:
    """Of some offices, in the order that people read: offices by Thai name, indicators as in the set."""
    return statement.where(Area.id.op("IN", is_comparison=True)(literal_column(OFFICES))).order_by(
        Area.sort_order, Area.code, Part.sort_order, Indicator.sort_order, Indicator.id
    )


def _narrowed(statement: Select[Any], indicator: str) -> Select[Any]:
    return statement.where(Indicator.full_code == indicator) if indicator else statement


def _named(found: Source, indicator_text: Value) -> list[Value]:
    """What every row begins with."""
    return [Area.code, Area.short_th, found.kind, found.region, Area.provinces_th, Indicator.full_code, indicator_text]


def _files() -> ColumnElement[Any]:
    return func.json_array_length(_arrow(HandIn.content, "->", literal("evidence")))


def reports(basis: Basis, *, indicator: str = "") -> Select[Any]:
    """One row for each report that is asked for, in the order of `exports.tables.REPORTS`."""
    found = source(basis)
    statement = found.select(
        Area.code,
        Area.short_th,
        found.kind,
        found.region,
        Area.provinces_th,
        Area.inspection_cluster,
        Part.code,
        Indicator.full_code,
        Indicator.text_th,
        case((_IS_SENT, "sent"), else_="not_sent"),
        HandIn.timing,
        HandIn.handed_in_at,
        HandIn.receipt_number,
        HandIn.sequence,
        _files(),
        field("is_challenge"),
        field("problems"),
        found.self_level,
        found.level,
        found.level - found.self_level,
        found.basis,
        found.comment,
        field("reporter_name"),
        field("reporter_position"),
    )
    return _of_offices(_narrowed(statement, indicator))


def quantities(basis: Basis, *, indicator: str = "") -> Select[Any]:
    """One row for each figure that was handed in, in the order of `exports.tables.QUANTITIES`."""
    found = source(basis)
    value = field(literal("quantity.") + Quantity.key)
    joined = found.joined.join(Quantity, Quantity.indicator_id == Indicator.id)
    columns = [
        *_named(found, Indicator.text_th),
        Quantity.key,
        Quantity.label_th,
        value.label("figure"),
        Quantity.unit_th,
        HandIn.receipt_number,
    ]
    statement = select(*columns).select_from(joined).where(found.is_asked, value.is_not(None))
    return _of_offices(_narrowed(statement, indicator)).order_by(Quantity.sort_order, Quantity.id)


def texts(basis: Basis, key: str, *, indicator: str = "") -> Select[Any]:
    """One row for each report in which something was handed in under a key, with that text: problems, for one."""
    found = source(basis)
    text = field(key)
    statement = found.select(*_named(found, Indicator.text_th), text, HandIn.receipt_number).where(
        func.coalesce(text, "") != ""
    )
    return _of_offices(_narrowed(statement, indicator))


def _each_file() -> tuple[NamedFromClause, dict[str, ColumnElement[Any]]]:
    """The files of a hand-in as rows, and their columns."""
    if db.engine.dialect.name == "postgresql":
        listed = func.json_to_recordset(_arrow(HandIn.content, "->", literal("evidence"))).table_valued(
            column("id", Text), column("slot", Text), column("name", Text), column("size", BigInteger), column("sha256", Text)
        )
        rows: Any = listed.render_derived(name="file", with_types=True).lateral()
        return rows, {name: rows.c[name] for name in ("id", "slot", "name", "size", "sha256")}
    rows = func.json_each(HandIn.content, "$.evidence").table_valued("key", "value", name="file")
    return rows, {name: _arrow(rows.c.value, "->>", literal(name)) for name in ("id", "slot", "name", "size", "sha256")}


def evidence(basis: Basis, *, indicator: str = "", slots: str = "") -> Select[Any]:
    """One row for each file that was handed in, in the order of `exports.tables.EVIDENCE`; `slots` is what their slot begins with."""
    found = source(basis)
    rows, of = _each_file()
    columns = [
        *_named(found, Indicator.text_th),
        of["slot"],
        of["name"],
        of["size"],
        of["sha256"],
        of["id"],
        HandIn.receipt_number,
    ]
    statement = select(*columns).select_from(found.joined.join(rows, true())).where(found.is_asked)
    if slots:
        statement = statement.where(of["slot"].startswith(slots, autoescape=True))
    return _of_offices(_narrowed(statement, indicator)).order_by(of["slot"], of["name"], of["id"])


def spelled(statement: Select[Any]) -> str:
    """A statement as text for the other process, its values in it. They are numbers, moments and words of ours, and an indicator's code."""
    # Named parameters, of which none is left, so that no % in a text is doubled.
    dialect = type(db.engine.dialect)(paramstyle="named")  # type: ignore[call-arg]
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
