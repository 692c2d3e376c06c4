"""The monitoring board: how far every office is with a round, counted by the database.

`Filter` is what one may ask for in the address of the board; everything that follows from a selection – the figures, the rows, a reminder
to "all that match" – resolves it here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Subquery, and_, case, func, or_, select

from app.domain import workflow
from app.domain.deadlines import SENT_LATE
from app.domain.errors import N_
from app.domain.risk import Progress
from app.domain.thai import search_key, single_line, typed_number
from app.extensions import db
from app.models import Area, Extension, Indicator, Part, Round, Submission
from app.models.area import AreaKind, Region

MOST_SEARCH_CHARACTERS = 100


class Show(StrEnum):
    """Which offices: those of a whole, then those with at least one report of a kind."""

    INCOMPLETE = "incomplete"
    COMPLETE = "complete"
    SILENT = "silent"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    READY = "ready"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    LATE = "late"
    EXTENDED = "extended"


SHOW_NAMES = {
    Show.INCOMPLETE: N_("Not everything sent"),
    Show.COMPLETE: N_("Everything sent"),
    Show.SILENT: N_("Nothing begun"),
    Show.NOT_STARTED: N_("Has reports not started"),
    Show.IN_PROGRESS: N_("Has reports in progress"),
    Show.READY: N_("Has reports ready to submit"),
    Show.SUBMITTED: N_("Has submitted reports"),
    Show.RETURNED: N_("Has returned reports"),
    Show.LATE: N_("Has reports sent late"),
    Show.EXTENDED: N_("Has been given more time"),
}


class Sort(StrEnum):
    """The order of the offices."""

    LEAST = "least"
    MOST = "most"
    NAME = "name"


SORT_NAMES = {
    Sort.LEAST: N_("Least complete first"),
    Sort.MOST: N_("Most complete first"),
    Sort.NAME: N_("By name"),
}


def _one_of(choices: type[StrEnum], text: str) -> str:
    return text if text in set(choices) else ""


@dataclass(frozen=True)
class Filter:
    """What the board is narrowed to, by the names of its parameters; empty is everything."""

    q: str = ""
    region: str = ""
    province: str = ""
    kind: str = ""
    cluster: str = ""
    indicator: str = ""
    state: str = ""
    sort: str = Sort.LEAST.value

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Filter:
        """From the parameters of an address or the fields of a form; what is no choice is left out."""
        cluster = typed_number(args.get("cluster", ""), most_digits=3)
        return cls(
            q=single_line(args.get("q", ""))[:MOST_SEARCH_CHARACTERS],
            region=_one_of(Region, args.get("region", "")),
            province=single_line(args.get("province", ""))[:200],
            kind=_one_of(AreaKind, args.get("kind", "")),
            cluster="" if cluster is None else str(cluster),
            indicator=single_line(args.get("indicator", ""))[:24],
            state=_one_of(Show, args.get("state", "")),
            sort=_one_of(Sort, args.get("sort", "")) or Sort.LEAST.value,
        )

    def args(self, **changed: str) -> dict[str, str]:
        """The parameters of an address, without what is left at its default."""
        row = replace(self, **changed)
        found = {field.name: getattr(row, field.name) for field in fields(row)}
        return {name: value for name, value in found.items() if value and (name, value) != ("sort", Sort.LEAST.value)}

    @property
    def narrows(self) -> bool:
        return bool(self.args(sort=Sort.LEAST.value))


@dataclass(frozen=True)
class OfficeRow:
    """An office with its progress in the round."""

    id: int
    code: str
    short_th: str
    name_en: str
    kind: str
    region: str
    provinces_th: str
    progress: Progress
    late: int

    @property
    def short_name(self) -> dict[str, str]:
        return {"th": self.short_th, "en": self.name_en}


def in_use(found: Round, wanted: Filter) -> list[ColumnElement[bool]]:
    """Conditions on Indicator and Part: the indicators of the round that the board shows."""
    conditions: list[ColumnElement[bool]] = [
        Indicator.round_id == found.id,
        Indicator.active.is_(True),
        Part.active.is_(True),
    ]
    if wanted.indicator:
        conditions.append(Indicator.full_code == wanted.indicator)
    return conditions


def counts() -> dict[str, ColumnElement[int]]:
    """Numbers of reports by what they read as (`workflow.status`), and those sent late."""
    draft = Submission.state == workflow.State.DRAFT
    sent = Submission.state == workflow.State.SUBMITTED
    kinds: dict[str, ColumnElement[bool]] = {
        "sent": sent,
        "ready": and_(draft, Submission.begun, Submission.missing_count == 0),
        "in_progress": and_(draft, Submission.begun, Submission.missing_count > 0),
        "returned": Submission.state == workflow.State.RETURNED,
        "late": and_(sent, Submission.timing.in_(SENT_LATE)),
    }
    return {name: func.count(case((condition, 1))).label(name) for name, condition in kinds.items()}


def _number_for(kind: AreaKind, found: Round, wanted: Filter) -> ColumnElement[int]:
    """How many indicators an office of a kind reports."""
    statement = select(func.count(Indicator.id)).join(Part, Part.id == Indicator.part_id).where(*in_use(found, wanted))
    return statement.where(Indicator.applies_to.in_(("both", kind.value))).correlate(None).scalar_subquery()


def _ids_for(kind: AreaKind, found: Round, wanted: Filter) -> Select[tuple[int]]:
    statement = select(Indicator.id).join(Part, Part.id == Indicator.part_id).where(*in_use(found, wanted))
    return statement.where(Indicator.applies_to.in_(("both", kind.value))).correlate(None)


def report_of(found: Round, wanted: Filter) -> ColumnElement[bool]:
    """Which reports belong to the office in the statement and are asked of it."""
    by_kind = (and_(Area.kind == kind.value, Submission.indicator_id.in_(_ids_for(kind, found, wanted))) for kind in AreaKind)
    return and_(Submission.area_id == Area.id, Submission.round_id == found.id, or_(*by_kind))


def of_the_office(wanted: Filter) -> list[ColumnElement[bool]]:
    """Conditions on Area: the offices in use that a filter leaves, whatever they reported."""
    return [Area.active.is_(True), *of_any_office(wanted)]


def of_any_office(wanted: Filter) -> list[ColumnElement[bool]]:
    """The same for offices in use or not, as frozen figures have them."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.region:
        conditions.append(Area.region == wanted.region)
    if wanted.kind:
        conditions.append(Area.kind == wanted.kind)
    if wanted.cluster:
        conditions.append(Area.inspection_cluster == int(wanted.cluster))
    if wanted.province:
        conditions.append(("|" + Area.provinces_th + "|").contains(f"|{wanted.province}|", autoescape=True))
    if key := search_key(wanted.q):
        conditions.append(_searchable().contains(key, autoescape=True))
    return conditions


def _searchable() -> ColumnElement[str]:
    """All that names an office, written as `thai.search_key` writes what is looked for."""
    text: ColumnElement[str] = func.lower(
        Area.short_th + "|" + Area.name_th + "|" + Area.name_en + "|" + Area.provinces_th + "|" + Area.code
    )
    for sign in (" ", ".", "-", "–", ",", "(", ")", "เขต"):
        text = func.replace(text, sign, "")
    return text


def _standings(found: Round, wanted: Filter) -> Subquery:
    """One row for each office that fits, with what it must send and how far that is."""
    asked = case(
        (Area.kind == AreaKind.PRIMARY.value, _number_for(AreaKind.PRIMARY, found, wanted)),
        else_=_number_for(AreaKind.SECONDARY, found, wanted),
    )
    return (
        select(Area.id, Area.kind, Area.region, Area.provinces_th, Area.sort_order, asked.label("asked"), *counts().values())
        .outerjoin(Submission, report_of(found, wanted))
        .where(*of_the_office(wanted))
        .group_by(Area.id, Area.kind, Area.region, Area.provinces_th, Area.sort_order)
        .subquery()
    )


def _shown(row: Subquery, found: Round, wanted: Filter) -> list[ColumnElement[bool]]:
    c = row.c
    begun = c.sent + c.ready + c.in_progress + c.returned
    extended = select(Extension.area_id).where(Extension.round_id == found.id, Extension.active)
    conditions: dict[str, ColumnElement[bool]] = {
        Show.INCOMPLETE: c.sent < c.asked,
        Show.COMPLETE: c.sent >= c.asked,
        Show.SILENT: begun == 0,
        Show.NOT_STARTED: begun < c.asked,
        Show.IN_PROGRESS: c.in_progress > 0,
        Show.READY: c.ready > 0,
        Show.SUBMITTED: c.sent > 0,
        Show.RETURNED: c.returned > 0,
        Show.LATE: c.late > 0,
        Show.EXTENDED: c.id.in_(extended),
    }
    return [c.asked > 0, *([conditions[wanted.state]] if wanted.state else [])]


def matching(found: Round, wanted: Filter) -> CTE:
    """Every office that fits a filter, with its figures, for use in a statement."""
    row = _standings(found, wanted)
    return select(row).where(*_shown(row, found, wanted)).cte("matching")


def area_ids_matching(found: Round, wanted: Filter) -> list[int]:
    """Ids of the offices that fit a filter, in Thai order."""
    row = matching(found, wanted)
    return list(db.session.scalars(select(row.c.id).order_by(row.c.sort_order)))


def _in_order(row: CTE, sort: str) -> Iterable[ColumnElement[Any]]:
    share = row.c.sent * 1.0 / row.c.asked
    further = (row.c.ready * 2 + row.c.in_progress + row.c.returned) * 1.0 / row.c.asked
    if sort == Sort.NAME:
        return (row.c.sort_order,)
    if sort == Sort.MOST:
        return (share.desc(), further.desc(), row.c.sort_order)
    return (share, further, row.c.sort_order)


def offices(found: Round, wanted: Filter, *, limit: int | None = None, offset: int = 0) -> list[OfficeRow]:
    """The offices that fit, in the order asked for, in one statement."""
    row = matching(found, wanted)
    statement = (
        select(row, Area.code, Area.short_th, Area.name_en)
        .join(Area, Area.id == row.c.id)
        .order_by(*_in_order(row, wanted.sort))
        .limit(limit)
        .offset(offset)
    )
    return [
        OfficeRow(
            one.id,
            one.code,
            one.short_th,
            one.name_en,
            one.kind,
            one.region,
            one.provinces_th,
            Progress(one.asked, one.sent, one.ready, one.in_progress, one.returned),
            one.late,
        )
        for one in db.session.execute(statement)
    ]
