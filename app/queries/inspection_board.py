"""The board of an inspection: every office that it concerns, how far its report and each of its issues is. Counted by the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from app.domain.deadlines import Timing
from app.domain.errors import N_
from app.domain.inspections import ReportState
from app.domain.thai import search_key, single_line
from app.extensions import db
from app.models import Area, Inspection, InspectionEntry, InspectionReport, Sheet
from app.models.area import AreaKind, Region
from app.queries import recommendation as recommendations
from app.queries.recommendation import Tally

PAGE_ROWS = 50
MOST_SEARCH_CHARACTERS = 100


class Show(StrEnum):
    """Which offices."""

    NOT_BEGUN = "not_begun"
    GATHERING = "gathering"
    PROPOSED = "proposed"
    RETURNED = "returned"
    ENDORSED = "endorsed"
    SENT = "sent"
    LATE = "late"
    OWING = "owing"


SHOW_NAMES = {
    Show.OWING: N_("Not sent yet"),
    Show.NOT_BEGUN: N_("Not begun"),
    Show.GATHERING: N_("Being gathered"),
    Show.PROPOSED: N_("With the director"),
    Show.RETURNED: N_("Returned to be mended"),
    Show.ENDORSED: N_("Endorsed, to be sent"),
    Show.SENT: N_("Sent to the collecting agency"),
    Show.LATE: N_("Sent late"),
}


@dataclass(frozen=True)
class Filter:
    """What the board is narrowed to, by the names of its parameters; empty is everything."""

    q: str = ""
    region: str = ""
    kind: str = ""
    state: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Filter:
        def one_of(choices: type[StrEnum], name: str) -> str:
            return text if (text := args.get(name, "")) in set(choices) else ""

        return cls(
            q=single_line(args.get("q", ""))[:MOST_SEARCH_CHARACTERS],
            region=one_of(Region, "region"),
            kind=one_of(AreaKind, "kind"),
            state=one_of(Show, "state"),
        )

    def args(self, **changed: str) -> dict[str, str]:
        """The parameters of an address, without what is empty."""
        row = replace(self, **changed)
        return {one.name: value for one in fields(row) if (value := getattr(row, one.name))}


@dataclass(frozen=True)
class Line:
    """An office on the board. `issues` are the states by the id of the issue; one without a state is not begun."""

    area: Area
    state: str | None
    timing: str
    sent_at: datetime | None
    issues: dict[int, str] = field(default_factory=dict)
    recommended: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class Summary:
    """How many offices an inspection concerns, and how many are in which state."""

    offices: int
    by_state: dict[str, int]
    late: int

    @property
    def sent(self) -> int:
        return self.by_state.get(ReportState.SENT, 0)

    @property
    def begun(self) -> int:
        return sum(self.by_state.values())

    @property
    def not_begun(self) -> int:
        return self.offices - self.begun


def _offices(found: Inspection, *columns: Any) -> Select[Any]:
    """The offices that an inspection concerns with their reports."""
    statement = (
        select(*columns)
        .select_from(Area)
        .outerjoin(InspectionReport, and_(InspectionReport.area_id == Area.id, InspectionReport.inspection_id == found.id))
        .outerjoin(Sheet, Sheet.id == InspectionReport.sheet_id)
        .where(Area.active)
    )
    return statement if found.cluster is None else statement.where(Area.inspection_cluster == found.cluster)


def _narrowed(statement: Select[Any], wanted: Filter) -> Select[Any]:
    if wanted.region:
        statement = statement.where(Area.region == wanted.region)
    if wanted.kind:
        statement = statement.where(Area.kind == wanted.kind)
    if wanted.q:
        columns = (Area.code, Area.name_th, Area.short_th, Area.name_en, Area.provinces_th)
        words = {wanted.q, search_key(wanted.q)}
        statement = statement.where(or_(*(column.icontains(word, autoescape=True) for column in columns for word in words)))
    if wanted.state == Show.NOT_BEGUN:
        statement = statement.where(InspectionReport.id.is_(None))
    elif wanted.state == Show.OWING:
        statement = statement.where(func.coalesce(Sheet.state, "") != ReportState.SENT)
    elif wanted.state == Show.LATE:
        statement = statement.where(Sheet.timing == Timing.LATE)
    elif wanted.state:
        statement = statement.where(Sheet.state == wanted.state)
    return statement


def summary(found: Inspection) -> Summary:
    """The figures above the board, over all offices concerned, in one statement."""
    late = func.count(case((Sheet.timing == Timing.LATE, 1)))
    rows = list(db.session.execute(_offices(found, Sheet.state, func.count(Area.id), late).group_by(Sheet.state)))
    return Summary(
        offices=sum(row[1] for row in rows),
        by_state={state: count for state, count, _ in rows if state is not None},
        late=sum(row[2] for row in rows),
    )


def count(found: Inspection, wanted: Filter) -> int:
    return db.session.scalar(_narrowed(_offices(found, func.count(Area.id)), wanted)) or 0


def lines(found: Inspection, wanted: Filter, today: date, *, page: int = 1, size: int | None = PAGE_ROWS) -> list[Line]:
    """The offices of a page of the board, in Thai order, or all of them, in three statements."""
    statement = _narrowed(_offices(found, Area, Sheet.state, Sheet.timing, Sheet.sent_at), wanted)
    statement = statement.order_by(Area.sort_order)
    if size is not None:
        statement = statement.limit(size).offset((page - 1) * size)
    rows = list(db.session.execute(statement))
    area_ids = [row[0].id for row in rows]
    issues: dict[int, dict[int, str]] = {}
    entries = (
        select(InspectionEntry.area_id, InspectionEntry.issue_id, Sheet.state)
        .join(InspectionReport, InspectionReport.id == InspectionEntry.report_id)
        .join(Sheet, Sheet.id == InspectionEntry.sheet_id)
        .where(InspectionReport.inspection_id == found.id, InspectionEntry.area_id.in_(area_ids))
    )
    for area_id, issue_id, state in db.session.execute(entries):
        issues.setdefault(area_id, {})[issue_id] = state
    recommended = recommendations.by_office(found.id, area_ids, today)
    return [
        Line(area, state, timing or "", sent_at, issues.get(area.id, {}), recommended.get(area.id, Tally()))
        for area, state, timing, sent_at in rows
    ]


@dataclass(frozen=True)
class CentreLine:
    """An inspection as the centre sees it in the list."""

    inspection: Inspection
    begun: int
    sent: int
    late: int
    recommended: Tally


def of_centre(every: list[Inspection], today: date) -> list[CentreLine]:
    """How far these inspections are, in two statements."""
    counted = (
        select(
            InspectionReport.inspection_id,
            func.count(),
            func.count(case((Sheet.state == ReportState.SENT, 1))),
            func.count(case((Sheet.timing == Timing.LATE, 1))),
        )
        .join(Sheet, Sheet.id == InspectionReport.sheet_id)
        .group_by(InspectionReport.inspection_id)
    )
    figures = {row[0]: (row[1], row[2], row[3]) for row in db.session.execute(counted)}
    tallies: dict[int, Tally] = {}
    for line in recommendations.of_country("", today):
        tallies[line.inspection.id] = tallies.get(line.inspection.id, Tally()) + line.tally
    return [CentreLine(one, *figures.get(one.id, (0, 0, 0)), tallies.get(one.id, Tally())) for one in every]
