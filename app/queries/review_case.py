"""One report as it is put before an evaluator.

What an evaluator must not see before the lock is not read at all: `find_case` leaves the self-level out, `reveal` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.domain import evidence, workflow
from app.domain.access import Actor
from app.domain.advice import Kind
from app.domain.errors import NotFound
from app.domain.indicator_set import CRITERIA, INDICATORS, LEVELS, QUANTITIES
from app.domain.indicator_version import Cells, rows
from app.domain.reviewing import REASON, ReviewState
from app.extensions import db
from app.models import (
    Area,
    Evidence,
    HandIn,
    Indicator,
    InterestConflict,
    Moderation,
    Part,
    Review,
    ReviewEntry,
    Round,
    Submission,
)
from app.queries import indicator_version as versions
from app.queries import settling

SELF_LEVEL = "self_level"
_LIVING = Review.state != ReviewState.RELEASED


@dataclass(frozen=True)
class Asked:
    """What an indicator asked in the version that a report answers, each row as the cells of the set's workbook."""

    version: int
    indicator: Cells
    issues: tuple[Cells, ...]
    levels: Mapping[int, Cells]
    quantities: tuple[Cells, ...]

    @property
    def numbers(self) -> list[int]:
        return [int(cells["number"]) for cells in self.issues]


def asked(indicator: Indicator, version: int) -> Asked:
    """What an indicator asked in one of its versions, in two statements at most."""
    earlier = versions.version_of(indicator.id, version) if version < indicator.version else None
    if earlier is not None:
        content = earlier.asked
        return Asked(
            version,
            rows(content, INDICATORS)[0],
            tuple(rows(content, CRITERIA)),
            {int(cells["level"]): cells for cells in rows(content, LEVELS)},
            tuple(rows(content, QUANTITIES)),
        )
    whole = (joinedload(Indicator.levels), joinedload(Indicator.quantities), selectinload(Indicator.criteria))
    db.session.scalars(select(Indicator).where(Indicator.id == indicator.id).options(*whole)).unique().one()
    issue_columns = ("number", "text_th", "text_en", "evidence_th", "evidence_en")
    return Asked(
        indicator.version,
        _cells(indicator, "text_th", "text_en"),
        tuple(_cells(row, *issue_columns) for row in indicator.active_criteria),
        {row.level: _cells(row, "text_th", "text_en") for row in indicator.levels},
        tuple(_cells(row, "key", "label_th", "label_en", "unit_th", "unit_en") for row in indicator.active_quantities),
    )


def _cells(row: Any, *names: str) -> Cells:
    return {name: str(getattr(row, name) or "") for name in names}


@dataclass(frozen=True)
class File:
    """A file of a hand-in. `page_count` is known of PDFs; `closed` is why it does not open; `inspected` whether anybody has looked."""

    id: UUID
    slot: str
    name: str
    size: int
    place: str
    extension: str
    inspected: bool
    closed: str
    page_count: int
    deleted: bool
    scan_state: str

    @property
    def pages(self) -> int:
        """How many pages its preview has."""
        return self.page_count if self.extension == "pdf" else 1


@dataclass(frozen=True)
class HandedIn:
    """What is reviewed. The self-level is not among the fields."""

    id: int
    sequence: int
    receipt_number: str
    handed_in_at: datetime
    by: str
    version: int
    fields: Mapping[str, str | None]


@dataclass(frozen=True)
class Cell:
    """One field of a review as it is stored."""

    value: str | None
    version: int


@dataclass(frozen=True)
class Mine:
    """The reader's own review."""

    id: int
    state: str
    level: int | None
    locked_at: datetime | None
    hand_in_id: int | None
    cells: Mapping[str, Cell]
    place: tuple[int, ...]

    @property
    def is_locked(self) -> bool:
        return self.state == ReviewState.LOCKED


@dataclass(frozen=True)
class Case:
    """One report as it is put before a reader: nothing in it tells the self-level or what anybody else thinks."""

    round: Round
    area: Area
    indicator: Indicator
    submission_id: int
    submission_state: str
    has_conflict: bool
    hand_in: HandedIn
    mine: Mine | None
    asked: Asked
    files: tuple[File, ...]

    @property
    def is_submitted(self) -> bool:
        return self.submission_state == workflow.State.SUBMITTED


def _has_conflict(actor: Actor, area_id: Any) -> ColumnElement[bool]:
    living = (InterestConflict.user_id == actor.user_id, InterestConflict.ended_at.is_(None))
    return select(InterestConflict.id).where(InterestConflict.area_id == area_id, *living).exists()


_LATEST_HAND_IN = (
    select(HandIn.id)
    .where(HandIn.submission_id == Submission.id)
    .order_by(HandIn.sequence.desc())
    .limit(1)
    .correlate(Submission)
    .scalar_subquery()
)


def find_case(round_code: str, area_code: str, indicator_code: str, *, actor: Actor) -> Case:
    """What was handed in at an address, with the actor's own review if there is one. Raises NotFound where nothing was."""
    own = and_(Review.submission_id == Submission.id, Review.evaluator_id == actor.user_id, _LIVING)
    statement = (
        select(Indicator, Area, Submission.id, Submission.state, HandIn, Review, _has_conflict(actor, Area.id))
        .join(Indicator.part)
        .join(Part.round)
        .join(Submission, Submission.indicator_id == Indicator.id)
        .join(Area, Area.id == Submission.area_id)
        .join(HandIn, HandIn.id == _LATEST_HAND_IN)
        .outerjoin(Review, own)
        .where(Round.code == round_code, Round.active, Area.code == area_code, Indicator.full_code == indicator_code)
        .options(
            contains_eager(Indicator.part).contains_eager(Part.round),
            selectinload(Review.entries),
        )
    )
    found = db.session.execute(statement).first()
    if found is None:
        raise NotFound
    indicator, area, submission_id, state, hand_in, review, has_conflict = found
    content = hand_in.content
    answered = content.get("indicator", {}).get("version", indicator.version)
    handed_in = HandedIn(
        hand_in.id,
        hand_in.sequence,
        hand_in.receipt_number,
        hand_in.handed_in_at,
        hand_in.handed_in_by_name,
        answered,
        {key: value for key, value in content.get("fields", {}).items() if key != SELF_LEVEL},
    )
    return Case(
        round=indicator.part.round,
        area=area,
        indicator=indicator,
        submission_id=submission_id,
        submission_state=state,
        has_conflict=has_conflict,
        hand_in=handed_in,
        mine=_mine(review, indicator, area) if review else None,
        asked=asked(indicator, answered),
        files=_files(submission_id, content.get("evidence", [])),
    )


def _mine(review: Review, indicator: Indicator, area: Area) -> Mine:
    cells = {entry.field_key: Cell(entry.value, entry.version) for entry in review.entries}
    place = (indicator.part.sort_order, indicator.sort_order, indicator.id, area.sort_order, review.id)
    return Mine(review.id, review.state, review.level, review.locked_at, review.hand_in_id, cells, place)


def _files(submission_id: int, handed_in: list[dict[str, Any]]) -> tuple[File, ...]:
    """The files of a hand-in in the order of the issues, also those that the office deleted since."""
    statement = select(Evidence).where(Evidence.submission_id == submission_id).options(joinedload(Evidence.advice))
    stored = {str(row.id): row for row in db.session.scalars(statement).unique()} if handed_in else {}
    found = [_file(stored[said["id"]], said) for said in handed_in if said["id"] in stored]
    return tuple(sorted(found, key=lambda file: _slot_order(file.slot)))


def _file(row: Evidence, said: Mapping[str, Any]) -> File:
    closed = next((remark.kind for remark in row.advice if remark.kind in (Kind.UNREADABLE, Kind.LOCKED)), "")
    return File(
        id=row.id,
        slot=said["slot"],
        name=said["name"],
        size=said["size"],
        place=said.get("place") or "",
        extension=row.extension,
        inspected=row.inspected_at is not None,
        closed=closed,
        page_count=row.page_count or 1,
        deleted=row.deleted_at is not None,
        scan_state=row.scan_state,
    )


def _slot_order(slot: str) -> tuple[int, int]:
    number = slot.rpartition(".")[2]
    return (0, int(number)) if number.isdigit() else (1, 0 if slot == evidence.PA_LESSON else 1)


@dataclass(frozen=True)
class Colleague:
    """What another evaluator thinks of the report; `reason` is for moderators and the centre."""

    name: str
    level: int | None
    reason: str


@dataclass(frozen=True)
class Revealed:
    """What shows once the own review is locked. `waiting` counts colleagues who have not locked theirs; `causes` are why the report
    waits for a moderator."""

    own_level: int | None
    colleagues: tuple[Colleague, ...]
    waiting: int
    causes: tuple[str, ...] = ()


def reveal(found: Case) -> Revealed:
    """The self-level and what the others locked, in two statements. To be asked for a locked review, a moderator or the centre, and for
    nobody else."""
    reason = and_(ReviewEntry.review_id == Review.id, ReviewEntry.field_key == REASON)
    others = (
        select(Review.evaluator_name, Review.state, Review.level, ReviewEntry.value)
        .outerjoin(ReviewEntry, reason)
        .where(Review.submission_id == found.submission_id, _LIVING, Review.id != (found.mine.id if found.mine else 0))
        .order_by(Review.id)
    )
    rows_of_others = list(db.session.execute(others))
    locked = [row for row in rows_of_others if row.state == ReviewState.LOCKED]
    waits = and_(Moderation.submission_id == HandIn.submission_id, Moderation.ended_at.is_(None))
    hand_in, causes = db.session.execute(
        select(HandIn, Moderation.causes).outerjoin(Moderation, waits).where(HandIn.id == found.hand_in.id)
    ).one()
    return Revealed(
        own_level=settling.self_level(hand_in),
        colleagues=tuple(Colleague(row.evaluator_name, row.level, row.value or "") for row in locked),
        waiting=len(rows_of_others) - len(locked),
        causes=tuple(causes or ()),
    )


def hand_ins(found: Case) -> tuple[HandIn | None, HandIn]:
    """What the reader locked, if anything, and what is handed in now: what changed in between is told by comparing them."""
    mine = found.mine.hand_in_id if found.mine else None
    stored = {row.id: row for row in db.session.scalars(select(HandIn).where(HandIn.id.in_({found.hand_in.id, mine} - {None})))}
    return stored.get(mine or 0), stored[found.hand_in.id]


def held(submission_id: int, evaluator_id: int | None) -> Review | None:
    """An evaluator's review with what was written in it, held for this transaction."""
    here = (Review.submission_id == submission_id, Review.evaluator_id == evaluator_id, _LIVING)
    db.session.execute(select(Review.id).where(*here).with_for_update())
    statement = select(Review).where(*here).options(selectinload(Review.entries)).execution_options(populate_existing=True)
    return db.session.scalar(statement)


@dataclass(frozen=True)
class Shown:
    """A file of evidence with who may look at it through the desk: `assigned` by a review of the actor's own."""

    evidence: Evidence
    assigned: bool
    has_conflict: bool


def evidence_shown(evidence_id: UUID, *, actor: Actor) -> Shown:
    """A file that was handed in, be it deleted since. Raises NotFound for what no hand-in ever held."""
    assigned = (
        select(Review.id)
        .where(Review.submission_id == Evidence.submission_id, Review.evaluator_id == actor.user_id, _LIVING)
        .exists()
    )
    statement = (
        select(Evidence, assigned, _has_conflict(actor, Evidence.area_id))
        .where(Evidence.id == evidence_id)
        .options(joinedload(Evidence.advice))
    )
    found = db.session.execute(statement).unique().first()
    if found is None:
        raise NotFound
    contents = db.session.scalars(select(HandIn.content).where(HandIn.submission_id == found[0].submission_id))
    if not any(said["id"] == str(evidence_id) for content in contents for said in content.get("evidence", [])):
        raise NotFound
    return Shown(found[0], found[1], found[2])
