"""The cells of the monitoring board: each report of some offices, whose it is, and who has more time for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, cast, null, select, union_all
from sqlalchemy.sql.selectable import Select

from app.domain import workflow
from app.domain.deadlines import SENT_LATE, Extended, Window
from app.domain.thai import sort_key
from app.domain.workflow import Status
from app.extensions import UtcDateTime, db
from app.models import Area, Assignment, Extension, Indicator, Part, Profile, Round, Submission
from app.queries.board import Filter, OfficeRow, in_use, report_of


@dataclass(frozen=True)
class Asked:
    """An indicator of the board: a row of its picture, a column of its table."""

    id: int
    code: str
    full_code: str
    applies_to: str
    text_th: str
    text_en: str
    prefix_th: str
    prefix_en: str

    def applies_to_kind(self, kind: str) -> bool:
        return self.applies_to in ("both", kind)


@dataclass(frozen=True)
class Cell:
    """One report as the board knows it."""

    state: str
    begun: bool
    missing_count: int
    timing: str
    changed_at: datetime | None = None

    @property
    def status(self) -> Status:
        return workflow.status(workflow.State(self.state), begun=self.begun, complete=self.missing_count == 0)

    @property
    def is_late(self) -> bool:
        return self.status is Status.SUBMITTED and self.timing in SENT_LATE


def status_of(office: OfficeRow, indicator: Asked, cells: Mapping[tuple[int, int], Cell]) -> Status:
    """How a report reads on the board."""
    if not indicator.applies_to_kind(office.kind):
        return Status.NOT_REQUIRED
    cell = cells.get((office.id, indicator.id))
    return cell.status if cell else Status.NOT_STARTED


@dataclass
class Marks:
    """What stands beside reports: more time by office, owners by office and indicator."""

    extensions: dict[int, list[tuple[int | None, datetime]]] = field(default_factory=dict)
    owners: dict[tuple[int, int], list[str]] = field(default_factory=dict)

    def window(self, found: Round, area_id: int, indicator_id: int | None = None) -> Window:
        """The moments that matter to an office, or to one of its reports."""
        own = [until for which, until in self.extensions.get(area_id, ()) if which is None or which == indicator_id]
        return found.window.with_extension(Extended(max(own), "", "") if own else None)


@dataclass(frozen=True)
class Choices:
    """What the board may be narrowed to: indicators in order, provinces in Thai order, inspection clusters."""

    indicators: list[Asked]
    provinces: list[str]
    clusters: list[int]

    def shown(self, wanted: Filter) -> list[Asked]:
        """The indicators that a filter leaves."""
        return [one for one in self.indicators if wanted.indicator in ("", one.full_code)]


def choices(found: Round) -> Choices:
    """Everything to choose from on the board of a round, in one statement."""
    nothing = cast(null(), String)
    of_round = (
        select(
            Part.sort_order.label("part"),
            Indicator.sort_order.label("place"),
            Indicator.id.label("number"),
            Indicator.code,
            Indicator.full_code,
            Indicator.applies_to,
            Indicator.text_th,
            Indicator.text_en,
            Part.common_prefix_th,
            Part.common_prefix_en,
        )
        .join(Part, Part.id == Indicator.part_id)
        .where(*in_use(found, Filter()))
    )
    of_offices = (
        select(
            cast(null(), Integer),
            cast(null(), Integer),
            Area.inspection_cluster,
            nothing,
            nothing,
            nothing,
            Area.provinces_th,
            nothing,
            nothing,
            nothing,
        )
        .where(Area.active)
        .distinct()
    )
    indicators: list[Any] = []
    provinces, clusters = set[str](), set[int]()
    rows: Sequence[Any] = db.session.execute(union_all(of_round, of_offices)).all()
    for row in rows:
        if row.part is not None:
            indicators.append(row)
            continue
        provinces.update(row.text_th.split("|"))
        clusters.update([row.number] if row.number is not None else [])
    indicators.sort(key=lambda row: (row.part, row.place))
    return Choices([Asked(*row[2:]) for row in indicators], sorted(provinces, key=sort_key), sorted(clusters))


def cells(found: Round, wanted: Filter, area_ids: Collection[int]) -> dict[tuple[int, int], Cell]:
    """The reports of these offices, by (office, indicator), in one statement."""
    statement = (
        select(
            Submission.area_id,
            Submission.indicator_id,
            Submission.state,
            Submission.begun,
            Submission.missing_count,
            Submission.timing,
            Submission.changed_at,
        )
        .join(Area, Area.id == Submission.area_id)
        .where(Submission.area_id.in_(area_ids), report_of(found, wanted))
    )
    return {(row[0], row[1]): Cell(*row[2:]) for row in db.session.execute(statement)}


def extensions(found: Round) -> Marks:
    """More time of every office of a round, in one statement."""
    result = Marks()
    for area_id, indicator_id, until_at, _ in db.session.execute(_extensions(found)):
        result.extensions.setdefault(area_id, []).append((indicator_id, until_at))
    return result


def marks(found: Round, area_ids: Collection[int]) -> Marks:
    """More time and owners of these offices, in one statement."""
    owners: Select[Any] = (
        select(Assignment.area_id, Assignment.indicator_id, cast(null(), UtcDateTime), Profile.full_name)
        .join(Profile, Profile.user_id == Assignment.user_id)
        .where(Assignment.round_id == found.id, Assignment.area_id.in_(area_ids))
    )
    longer = _extensions(found).where(Extension.area_id.in_(area_ids))
    result = Marks()
    for area_id, indicator_id, until_at, name in db.session.execute(union_all(longer, owners)):
        if name is None:
            result.extensions.setdefault(area_id, []).append((indicator_id, until_at))
        else:
            result.owners.setdefault((area_id, indicator_id), []).append(name)
    return result


def _extensions(found: Round) -> Select[Any]:
    return select(Extension.area_id, Extension.indicator_id, Extension.until_at, cast(null(), String)).where(
        Extension.round_id == found.id, Extension.active
    )
