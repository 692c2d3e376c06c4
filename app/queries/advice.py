"""Advice: the queue of files to be looked into, files with the same bytes, and all that stands open on a report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from app.domain.advice import Finding, Kind, judge_level, still_answered
from app.domain.completeness import Answers, Questions
from app.extensions import db
from app.models import Advice, Document, DocumentVersion, Evidence, Round, Submission


@dataclass(frozen=True)
class Remark:
    """One remark as it is shown: what was found, where, and the reason given for sending it as it is.

    `key` names it in a form: the number of its row, or its kind where it is derived from the report as a whole."""

    key: str
    finding: Finding
    evidence: Evidence | None = None
    same_as: Evidence | None = None
    reason: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return not self.reason


def waiting(most: int) -> list[UUID]:
    """Living files that nobody has looked into yet, the oldest first."""
    statement = (
        select(Evidence.id)
        .where(Evidence.inspected_at.is_(None), Evidence.deleted_at.is_(None))
        .order_by(Evidence.uploaded_at, Evidence.submission_id, Evidence.slot, Evidence.ordinal)
        .limit(most)
    )
    return list(db.session.scalars(statement))


def waiting_file(evidence_id: UUID, *, locked: bool = False) -> Evidence | None:
    """A file that still waits to be looked into, or None; `locked` holds it for this transaction."""
    statement = select(Evidence).where(
        Evidence.id == evidence_id, Evidence.inspected_at.is_(None), Evidence.deleted_at.is_(None)
    )
    return db.session.scalar(statement.with_for_update(of=Evidence, skip_locked=True) if locked else statement)


def of_file(evidence_id: UUID) -> list[Advice]:
    return list(db.session.scalars(select(Advice).where(Advice.evidence_id == evidence_id)))


def by_id(advice_id: int, submission_id: int) -> Advice | None:
    """Advice on a living file of this report, or None."""
    statement = (
        select(Advice)
        .join(Evidence, Evidence.id == Advice.evidence_id)
        .where(Advice.id == advice_id, Advice.submission_id == submission_id, Evidence.deleted_at.is_(None))
    )
    return db.session.scalar(statement)


def of_report(submission_id: int, kind: Kind) -> Advice | None:
    """What was answered about the report as a whole, or None."""
    statement = select(Advice).where(
        Advice.submission_id == submission_id, Advice.evidence_id.is_(None), Advice.kind == kind.value
    )
    return db.session.scalar(statement)


def is_published(sha256: str) -> bool:
    """Whether the centre itself publishes these bytes: a circular that every office may send."""
    for_offices = Document.active & ~Document.for_centre
    now = exists().where(Document.sha256 == sha256, for_offices)
    before = exists().where(DocumentVersion.sha256 == sha256, DocumentVersion.document_id == Document.id, for_offices)
    return bool(db.session.scalar(select(now | before)))


def earlier_copies(row: Evidence) -> dict[Kind, Evidence]:
    """The first living file with the same bytes that was there before: in another issue of this round, in another round of the same
    office, at another office. A citation names the bytes of the file that it cites and is no copy of it."""
    round_id = select(Submission.round_id).where(Submission.id == row.submission_id).scalar_subquery()
    own = Evidence.area_id == row.area_id
    # What was tried out in a rehearsal is nothing that was sent, and the other way round.
    here = aliased(Round)
    alike = Round.is_rehearsal == select(here.is_rehearsal).where(here.id == round_id).scalar_subquery()
    elsewhere: dict[Kind, ColumnElement[bool]] = {
        Kind.DUPLICATE_CRITERION: and_(
            own, Submission.round_id == round_id, or_(Evidence.submission_id != row.submission_id, Evidence.slot != row.slot)
        ),
        Kind.DUPLICATE_YEAR: and_(own, Submission.round_id != round_id, alike),
        Kind.DUPLICATE_AREA: and_(Evidence.area_id != row.area_id, alike),
    }
    # Where the clock stands still, as in a demonstration, whoever was looked into first was there first.
    was_there = or_(
        Evidence.uploaded_at < row.uploaded_at,
        and_(Evidence.uploaded_at == row.uploaded_at, Evidence.inspected_at.is_not(None)),
    )
    found = {}
    for kind, condition in elsewhere.items():
        statement = (
            select(Evidence)
            .join(Evidence.submission)
            .join(Submission.round)
            .where(Evidence.sha256 == row.sha256, Evidence.storage_key != row.storage_key, Evidence.deleted_at.is_(None))
            .where(was_there, condition)
            .order_by(Evidence.uploaded_at, Evidence.submission_id, Evidence.slot)
            .limit(1)
        )
        copy = db.session.scalar(statement)
        if copy is not None:
            found[kind] = copy
    return found


def remark_of(row: Advice) -> Remark:
    return Remark(str(row.id), row.finding, row.evidence, row.same_as, row.reason, row.answered_by_name, row.answered_at)


def on_files(files: Iterable[Evidence]) -> list[Remark]:
    """What there is to remark on these files, in their order. Reads nothing that `submission.find` has not loaded."""
    return [remark_of(advice) for row in files for advice in row.advice]


def on_level(submission: Submission | None, questions: Questions, answers: Answers) -> list[Remark]:
    """What there is to remark on the level as it stands now, with the reason that was given for it, if it still covers it."""
    given = {row.kind: row for row in submission.reasons} if submission else {}
    remarks = []
    for finding in judge_level(questions, answers):
        row = given.get(finding.kind.value)
        if row is not None and still_answered(finding, row.details):
            remarks.append(
                Remark(
                    finding.kind.value,
                    finding,
                    reason=row.reason,
                    answered_by=row.answered_by_name,
                    answered_at=row.answered_at,
                )
            )
        else:
            remarks.append(Remark(finding.kind.value, finding))
    return remarks


def on_report(submission: Submission | None, questions: Questions) -> list[Remark]:
    """Everything there is to remark on a report, files first."""
    if submission is None:
        return []
    return [*on_files(submission.evidence), *on_level(submission, questions, submission.entered)]
