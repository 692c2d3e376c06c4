"""What the monitoring board counts over all offices that fit: by region, by indicator, by group; and what changed since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, and_, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.sql.selectable import Select

from app.domain.risk import Progress
from app.extensions import db
from app.models import Area, Extension, Indicator, Part, Round, Submission
from app.queries.board import Filter, counts, in_use, matching, report_of

MOST_CHANGES = 600
_NAMES = ("sent", "ready", "in_progress", "returned", "late")


@dataclass(frozen=True)
class Tally:
    """Reports of some offices added up; the numbers of offices are not told where an indicator is counted."""

    progress: Progress
    late: int = 0
    offices: int = 0
    complete: int = 0
    silent: int = 0

    @property
    def percent(self) -> int:
        """Share sent, whole percent, never 100 before all is sent."""
        asked, sent = self.progress.asked, self.progress.sent
        return min(99, round(sent * 100 / asked)) if asked and sent < asked else 100 if asked else 0

    def __add__(self, other: Tally) -> Tally:
        mine, its = self.progress, other.progress
        added = (getattr(mine, name) + getattr(its, name) for name in ("asked", "sent", "ready", "in_progress", "returned"))
        return Tally(
            Progress(*added),
            self.late + other.late,
            self.offices + other.offices,
            self.complete + other.complete,
            self.silent + other.silent,
        )


NOTHING = Tally(Progress(0))


@dataclass(frozen=True)
class Change:
    """A report that changed: whose, which, and how it stands."""

    area_id: int
    area_code: str
    indicator_id: int
    state: str
    begun: bool
    missing_count: int
    timing: str


@dataclass
class Figures:
    """All that the board counts. Indicators without any report are missing from `by_indicator`."""

    by_region: dict[str, Tally] = field(default_factory=dict)
    by_indicator: dict[int, Tally] = field(default_factory=dict)
    offices_of_kind: dict[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def total(self) -> Tally:
        return sum(self.by_region.values(), NOTHING)

    def asked_of(self, applies_to: str) -> int:
        """How many of the offices report an indicator."""
        kinds = self.offices_of_kind if applies_to == "both" else [applies_to]
        return sum(self.offices_of_kind.get(kind, 0) for kind in kinds)

    def of_indicator(self, indicator_id: int, applies_to: str) -> Tally:
        return self.by_indicator.get(indicator_id) or Tally(Progress(self.asked_of(applies_to)))


def _row(what: str, text_a: Any, text_b: Any, id_a: Any, *numbers: Any) -> list[Any]:
    """Columns that rows of every kind share, so that one statement brings them all."""
    padded = [*numbers, *([null()] * (9 - len(numbers)))]
    return [
        literal(what).label("what"),
        cast(text_a, String).label("text_a"),
        cast(text_b, String).label("text_b"),
        cast(id_a, Integer).label("id_a"),
        *(cast(number, Integer).label(f"n{place}") for place, number in enumerate(padded)),
    ]


def figures(found: Round, wanted: Filter, *, since: datetime | None = None) -> Figures:
    """The figures of the offices that fit, in one statement; with `since` also the reports that changed from then on."""
    row = matching(found, wanted)
    c = row.c
    begun = c.sent + c.ready + c.in_progress + c.returned
    regions = select(
        *_row(
            "region",
            c.region,
            c.kind,
            null(),
            func.count(),
            func.sum(c.asked),
            *(func.sum(c[name]) for name in _NAMES),
            func.count(case((c.sent >= c.asked, 1))),
            func.count(case((begun == 0, 1))),
        )
    ).group_by(c.region, c.kind)
    # Added up from the board's index alone before the indicators are looked at: of a million reports some hundred rows remain. The sum
    # keeps SQLite from walking the whole table in the order of another index.
    number = (Submission.indicator_id + 0).label("indicator_id")
    per_kind = (
        select(number, c.kind, *counts().values())
        .select_from(row)
        .join(Submission, and_(Submission.area_id == c.id, Submission.round_id == found.id))
        .group_by(number, c.kind)
        .subquery()
    )
    indicators = (
        select(
            *_row(
                "indicator",
                Indicator.applies_to,
                null(),
                Indicator.id,
                null(),
                null(),
                *(func.sum(per_kind.c[n]) for n in _NAMES),
            )
        )
        .select_from(per_kind)
        .join(Indicator, Indicator.id == per_kind.c.indicator_id)
        .join(Part, Part.id == Indicator.part_id)
        .where(*in_use(found, wanted), or_(Indicator.applies_to == "both", Indicator.applies_to == per_kind.c.kind))
        .group_by(Indicator.applies_to, Indicator.id)
    )
    parts: list[Select[Any]] = [regions, indicators]
    if since is not None:
        parts.append(_changes(found, wanted, row, since))
    return _gathered(db.session.execute(union_all(*parts)).all())


def _changes(found: Round, wanted: Filter, row: Any, since: datetime) -> Select[Any]:
    changed = or_(Submission.changed_at >= since, Submission.submitted_at >= since)
    number = func.row_number().over(order_by=Submission.id)
    one = (
        select(
            Area.id,
            Area.code,
            Submission.indicator_id,
            Submission.state,
            Submission.timing,
            Submission.missing_count,
            case((Submission.begun, 1), else_=0).label("begun"),
            number.label("number"),
        )
        .join(Area, Area.id == Submission.area_id)
        .where(report_of(found, wanted), Submission.round_id == found.id, changed, Area.id.in_(select(row.c.id)))
        .subquery()
    )
    words = one.c.state + "|" + one.c.timing
    return select(*_row("cell", one.c.code, words, one.c.indicator_id, one.c.missing_count, one.c.begun, one.c.id)).where(
        one.c.number <= MOST_CHANGES
    )


def _gathered(rows: Any) -> Figures:
    found = Figures()
    per_indicator: list[Any] = []
    for row in rows:
        if row.what == "region":
            offices, asked, sent, ready, in_progress, returned, late, complete, silent = row[4:13]
            tally = Tally(Progress(asked, sent, ready, in_progress, returned), late, offices, complete, silent)
            found.by_region[row.text_a] = found.by_region.get(row.text_a, NOTHING) + tally
            found.offices_of_kind[row.text_b] = found.offices_of_kind.get(row.text_b, 0) + offices
        elif row.what == "indicator":
            per_indicator.append(row)
        else:
            state, _, timing = row.text_b.partition("|")
            found.changes.append(Change(row.n2, row.text_a, row.id_a, state, bool(row.n1), row.n0, timing))
    for row in per_indicator:
        sent, ready, in_progress, returned, late = row[6:11]
        asked = found.asked_of(row.text_a)
        found.by_indicator[row.id_a] = Tally(Progress(asked, sent, ready, in_progress, returned), late)
    return found


@dataclass(frozen=True)
class Group:
    """Offices of one province, or of the same provinces, added up."""

    key: str
    tally: Tally


def provinces_of(found: Round, wanted: Filter) -> list[Group]:
    """The offices that fit, added up by province, the least complete first."""
    c = matching(found, wanted).c
    begun = c.sent + c.ready + c.in_progress + c.returned
    numbers = [func.sum(c[name]) for name in _NAMES]
    statement = select(
        c.provinces_th,
        func.count(),
        func.sum(c.asked),
        *numbers,
        func.count(case((c.sent >= c.asked, 1))),
        func.count(case((begun == 0, 1))),
    ).group_by(c.provinces_th)
    groups = [
        Group(key, Tally(Progress(asked, sent, ready, in_progress, returned), late, offices, complete, silent))
        for key, offices, asked, sent, ready, in_progress, returned, late, complete, silent in db.session.execute(statement)
    ]
    return sorted(groups, key=lambda group: (group.tally.progress.sent / group.tally.progress.asked, group.key))


@dataclass(frozen=True)
class Version:
    """What changes with every change that the board shows: of reports, of more time, of what is asked, of the dates."""

    round: Round
    mark: str


def version_of(round_code: str) -> Version | None:
    """A round with the mark of its last change, in one statement; None where there is no such round."""
    of_round = Submission.round_id == Round.id
    marks = [
        select(func.max(Submission.changed_at)).where(of_round).correlate(Round).scalar_subquery(),
        select(func.max(Submission.submitted_at)).where(of_round).correlate(Round).scalar_subquery(),
        select(func.max(Extension.id)).where(Extension.round_id == Round.id).correlate(Round).scalar_subquery(),
        select(func.count()).where(Extension.round_id == Round.id, Extension.active).correlate(Round).scalar_subquery(),
        select(func.count()).where(Indicator.round_id == Round.id, Indicator.active).correlate(Round).scalar_subquery(),
        select(func.sum(Indicator.version)).where(Indicator.round_id == Round.id).correlate(Round).scalar_subquery(),
    ]
    one = db.session.execute(select(Round, *marks).where(Round.code == round_code, Round.active)).one_or_none()
    if one is None:
        return None
    return Version(one[0], "/".join(str(value or "") for value in one[1:]) + f"/{one[0].closes_at}/{one[0].due_at}")
