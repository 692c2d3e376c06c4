"""Reports of offices. The guard on the session narrows every one of these to the actor's offices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, literal, select
from sqlalchemy.orm import contains_eager, joinedload, lazyload, load_only, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.domain.access import Actor
from app.domain.belonging import Belonging
from app.domain.deadlines import Window
from app.domain.endorsement import Standing, standing
from app.domain.errors import NotFound
from app.domain.round_life import Stage
from app.extensions import db
from app.models import (
    Advice,
    Area,
    ClosingCopy,
    Criterion,
    Evidence,
    Extension,
    HandIn,
    Indicator,
    KnownAnswer,
    OfficeHandIn,
    Part,
    ReportReturn,
    Round,
    Submission,
)
from app.queries import endorsement

# How a round is called, where no more of it is wanted: a page's statements cost by their columns.
ROUND_NAME = (Round.code, Round.name_th, Round.name_en, Round.fiscal_year_be)
# By what another file is named that is shown beside one.
_FILE_NAME = (
    load_only(Evidence.submission_id, Evidence.area_id, Evidence.slot, Evidence.original_name),
    joinedload(Evidence.submission).options(
        load_only(Submission.round_id, Submission.area_id, Submission.indicator_id),
        joinedload(Submission.indicator).load_only(Indicator.full_code),
        joinedload(Submission.round).load_only(*ROUND_NAME),
    ),
)
# What is shown of a file besides itself, joined to the statement that reads the files: the remarks on it with the file it equals,
# the file that it cites, and what those two were sent for.
_FILE_DETAILS = (
    joinedload(Evidence.advice).joinedload(Advice.same_as).options(*_FILE_NAME),
    joinedload(Evidence.cites).options(*_FILE_NAME),
)


# How many answers are published about an indicator, in any round, where it stands in a statement.
_PUBLISHED = (
    select(func.count())
    .where(KnownAnswer.indicator_code == Indicator.full_code, KnownAnswer.active)
    .correlate(Indicator)
    .scalar_subquery()
)
# The extensions that an office has in a round, where both stand in a statement.
STANDING = (Extension.round_id == Round.id) & (Extension.area_id == Area.id) & Extension.active


@dataclass(frozen=True)
class Target:
    """What an address /reports/<round>/<area>/<indicator> names, with every extension that the office has in the round, and how many
    answers are published about the indicator."""

    round: Round
    area: Area
    indicator: Indicator
    extensions: tuple[Extension, ...] = ()
    known_answers: int = 0

    @cached_property
    def belonging(self) -> Belonging:
        return Belonging(self.round.code, self.area.code, self.indicator.full_code)

    @cached_property
    def window(self) -> Window:
        """The moments that matter to this report."""
        return self.round.window_with(*self.extensions, indicator_id=self.indicator.id)


@dataclass(frozen=True)
class Office:
    """What an address /reports/<round>/<area>/ names, with every extension that stands there.

    `hand_in` is the latest hand-in of the whole; `has_director` and `acting_until` say who could endorse it."""

    round: Round
    area: Area
    extensions: tuple[Extension, ...] = ()
    hand_in: OfficeHandIn | None = None
    has_endorser: bool = False

    @property
    def window(self) -> Window:
        """The moments that matter to the office as a whole."""
        return self.round.window_with(*self.extensions)

    @property
    def last_window(self) -> Window:
        """The window of whichever report of the office has the longest time: the whole can't come before its last part."""
        window = self.window
        return replace(window, closes_at=max([window.closes_at, *(other.until for other in window.single)]))

    def standing(self, now: datetime) -> Standing:
        """How the whole of the round stands, where the round asks for endorsement."""
        return standing(self.hand_in.state if self.hand_in else None, self.last_window, now)

    def lacks_endorser(self, now: datetime) -> bool:
        """Whether it must be said that nobody can endorse: while there is time, and it is not endorsed yet."""
        is_endorsed = self.hand_in is not None and self.hand_in.is_endorsed
        return not (self.has_endorser or is_endorsed or now >= self.last_window.ends_at)


@dataclass(frozen=True)
class Sibling:
    """One line of the way through a round: an indicator and how far its report is."""

    full_code: str
    code: str
    state: str | None
    missing_count: int | None


def require_visible(actor: Actor, found: Round, area: Area) -> Area:
    """The office, or NotFound: another's office, or a round that is still being prepared, looks exactly like one that does not
    exist."""
    if actor.sees_all_areas:
        return area
    if area.id not in actor.area_ids or found.stage == Stage.PREPARING:
        raise NotFound
    return area


def named(found: Round, area: Area | Row[Any]) -> dict[str, Any]:
    """Round and office as they are called today; they may be reworded later."""
    return {
        "round": {
            "code": found.code,
            "name_th": found.name_th,
            "name_en": found.name_en,
            "fiscal_year_be": found.fiscal_year_be,
            "is_rehearsal": found.is_rehearsal,
        },
        "area": {"code": area.code, "name_th": area.name_th, "name_en": area.name_en},
    }


def find_office(round_code: str, area_code: str, *, actor: Actor) -> Office:
    """The round and the office of a dashboard's address, in one statement. Raises NotFound."""
    statement = (
        select(Round, Area, Extension, OfficeHandIn, endorsement.has_endorser())
        .select_from(Round)
        .join(Area, Area.code == area_code)
        .outerjoin(Extension, STANDING)
        .outerjoin(OfficeHandIn, endorsement.LATEST)
        .where(Round.code == round_code, Round.active, Area.active)
        .options(joinedload(Extension.indicator))
        .order_by(Extension.until_at)
    )
    rows = list(db.session.execute(statement).unique())
    if not rows:
        raise NotFound
    found, area, _, hand_in, has_endorser = rows[0]
    extensions = tuple(row[2] for row in rows if row[2] is not None)
    return Office(found, require_visible(actor, found, area), extensions, hand_in, bool(has_endorser))


def find_target(round_code: str, area_code: str, indicator_code: str, *, actor: Actor, shown: bool = False) -> Target:
    """The round, office and indicator of an address with all that the indicator asks, in two statements. Where a page
    shows it, with the texts of the levels, the prescribed forms and the number of published answers. Raises NotFound."""
    asked = {"round_code": round_code, "area_code": area_code, "indicator_code": indicator_code}
    rows = list(db.session.execute(_target(shown=shown), asked).unique())
    if not rows:
        raise NotFound
    indicator, area, _, published = rows[0]
    require_visible(actor, indicator.part.round, area)
    if not indicator.applies_to_kind(area.kind):
        raise NotFound
    criteria = db.session.scalars(_criteria(shown=shown), {"indicator_id": indicator.id}).unique()
    set_committed_value(indicator, "criteria", list(criteria))
    return Target(indicator.part.round, area, indicator, tuple(row[2] for row in rows if row[2] is not None), published)


# The statements of a report's page and of its saving are put together once: that costs as much as running them. A `selectinload` would put
# its own together each time, so criteria and files are read by statements that stand here.


@cache
def _target(*, shown: bool) -> Select[Any]:
    statement = (
        select(Indicator, Area, Extension, _PUBLISHED if shown else literal(0))
        .join(Indicator.part)
        .join(Part.round)
        .join(Area, Area.code == bindparam("area_code"))
        .outerjoin(Extension, STANDING)
        .where(Round.code == bindparam("round_code"), Indicator.full_code == bindparam("indicator_code"))
        .where(Round.active, Indicator.active, Part.active, Area.active)
        .options(
            contains_eager(Indicator.part).contains_eager(Part.round),
            joinedload(Indicator.quantities),
            joinedload(Extension.indicator),
        )
    )
    return statement.options(joinedload(Indicator.levels)) if shown else statement


@cache
def _criteria(*, shown: bool) -> Select[tuple[Criterion]]:
    statement = select(Criterion).where(Criterion.indicator_id == bindparam("indicator_id")).order_by(Criterion.number)
    return statement if shown else statement.options(lazyload(Criterion.form_document))


_HERE = (
    Submission.round_id == bindparam("round_id"),
    Submission.area_id == bindparam("area_id"),
    Submission.indicator_id == bindparam("indicator_id"),
)


@cache
def _report(*, afresh: bool) -> Select[tuple[Submission]]:
    statement = (
        select(Submission)
        .where(*_HERE)
        .options(
            joinedload(Submission.answers),
            joinedload(Submission.reasons),
            joinedload(Submission.office_hand_in),
            joinedload(Submission.open_return).joinedload(ReportReturn.items),
        )
    )
    return statement.execution_options(populate_existing=True) if afresh else statement


@cache
def _lock() -> Select[tuple[int]]:
    return select(Submission.id).where(*_HERE).with_for_update()


def find(target: Target, *, locked: bool = False, shown: bool = True) -> Submission | None:
    """The report at a target with answers and evidence, or None. `locked` holds it for this transaction. Where no file is `shown`
    afterwards, of the files only the remarks are read with them."""
    here = {"round_id": target.round.id, "area_id": target.area.id, "indicator_id": target.indicator.id}
    if locked:
        # First held, then read: PostgreSQL reads what is joined to a row as it was before the wait for the row's lock.
        db.session.execute(_lock(), here)
    found = db.session.scalars(_report(afresh=locked), here).unique().one_or_none()
    if found is not None:
        _read_files(found, afresh=locked, shown=shown)
    return found


def hold(submission_id: int) -> None:
    """Hold a report for this transaction."""
    db.session.execute(select(Submission.id).where(Submission.id == submission_id).with_for_update())


def read_files_again(submission: Submission) -> None:
    """The living files of a report as they are now, with their details, in one statement."""
    _read_files(submission, afresh=True)


def add_file(submission: Submission, file: Evidence) -> None:
    """A file that was recorded a moment ago, among those that were read before it: nothing is said of it yet, and it cites none."""
    set_committed_value(file, "advice", [])
    set_committed_value(file, "cites", None)
    found = sorted([*submission.evidence, file], key=lambda row: (row.uploaded_at, row.ordinal))
    set_committed_value(submission, "evidence", found)


def _read_files(submission: Submission, *, afresh: bool, shown: bool = True) -> None:
    files = list(db.session.scalars(_files(afresh=afresh, shown=shown), {"submission_id": submission.id}).unique())
    set_committed_value(submission, "evidence", files)


@cache
def _files(*, afresh: bool, shown: bool) -> Select[tuple[Evidence]]:
    """`afresh` also reads again the report that a file belongs to, which then lacks what was joined to it: only for who writes."""
    statement = (
        select(Evidence)
        .where(Evidence.submission_id == bindparam("submission_id"), Evidence.deleted_at.is_(None))
        .order_by(Evidence.uploaded_at, Evidence.ordinal)
        .options(*(_FILE_DETAILS if shown else [joinedload(Evidence.advice)]))
    )
    return statement.execution_options(populate_existing=True) if afresh else statement


def of_office(round_id: int, area_id: int) -> list[Submission]:
    """All reports of an office in a round with answers and evidence, in two statements."""
    statement = (
        select(Submission)
        .where(Submission.round_id == round_id, Submission.area_id == area_id)
        .options(
            joinedload(Submission.answers),
            joinedload(Submission.reasons),
            joinedload(Submission.open_return).joinedload(ReportReturn.items),
            selectinload(Submission.evidence).joinedload(Evidence.advice),
        )
    )
    return list(db.session.scalars(statement).unique())


def states_of_office(round_id: int, area_id: int) -> list[Submission]:
    """Every report of an office in a round without what was entered in it, read afresh."""
    statement = select(Submission).where(Submission.round_id == round_id, Submission.area_id == area_id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def hold_office(round_id: int, area_id: int) -> list[Submission]:
    """The same, held for this transaction: none of the reports is edited meanwhile."""
    here = (Submission.round_id == round_id, Submission.area_id == area_id)
    db.session.execute(select(Submission.id).where(*here).order_by(Submission.id).with_for_update())
    return states_of_office(round_id, area_id)


def siblings(target: Target) -> list[Sibling]:
    """The indicators that this office reports in this round, in order, in one statement."""
    asked = {"round_id": target.round.id, "area_id": target.area.id, "for_kinds": ("both", target.area.kind)}
    return [Sibling(*row) for row in db.session.execute(_siblings(), asked)]


@cache
def _siblings() -> Select[Any]:
    return (
        select(Indicator.full_code, Indicator.code, Submission.state, Submission.missing_count)
        .join(Part, Part.id == Indicator.part_id)
        .outerjoin(Submission, (Submission.indicator_id == Indicator.id) & (Submission.area_id == bindparam("area_id")))
        .where(Indicator.round_id == bindparam("round_id"), Indicator.active, Part.active)
        .where(Indicator.applies_to.in_(bindparam("for_kinds", expanding=True)))
        .order_by(Part.sort_order, Indicator.sort_order)
    )


def evidence_by_id(evidence_id: UUID) -> Evidence | None:
    """A file of evidence with its report, also a deleted one; None where it is another office's."""
    return db.session.scalar(select(Evidence).where(Evidence.id == evidence_id).options(joinedload(Evidence.submission)))


def hand_in_by_key(submission_id: int, idempotency_key: str) -> HandIn | None:
    return db.session.scalar(
        select(HandIn).where(HandIn.submission_id == submission_id, HandIn.idempotency_key == idempotency_key)
    )


def hand_in_by_number(receipt_number: str) -> HandIn | None:
    return db.session.scalar(select(HandIn).where(HandIn.receipt_number == receipt_number))


def hand_in_as_typed(receipt_number: str) -> HandIn | None:
    """The same for a number that a person typed, in whatever case."""
    exact = hand_in_by_number(receipt_number)
    return exact or db.session.scalar(
        select(HandIn).where(func.upper(HandIn.receipt_number) == receipt_number.upper()).limit(1)
    )


def last_hand_in(submission_id: int) -> HandIn | None:
    return db.session.scalar(
        select(HandIn).where(HandIn.submission_id == submission_id).order_by(HandIn.sequence.desc()).limit(1)
    )


def closing_copy(submission_id: int, closed_at: datetime) -> ClosingCopy | None:
    """The copy that was taken of a report when a time was over."""
    return db.session.scalar(
        select(ClosingCopy).where(ClosingCopy.submission_id == submission_id, ClosingCopy.closed_at == closed_at)
    )


def storage_keys() -> set[str]:
    """Keys of every file that some row points at, deleted rows included: their bytes outlive them by the grace."""
    return set(db.session.scalars(select(Evidence.storage_key)))


def stored_files() -> list[tuple[str, str, str]]:
    """Every living file of evidence as (name, storage key, sha256), for `verify`."""
    statement = select(Evidence.original_name, Evidence.storage_key, Evidence.sha256).where(Evidence.deleted_at.is_(None))
    return [(name, key, sha256) for name, key, sha256 in db.session.execute(statement)]
