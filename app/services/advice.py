"""Advice on files: noting what looking into them showed, and answering it with a reason for sending them as they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app import scope
from app.domain import advice
from app.domain.access import Actor
from app.domain.advice import DUPLICATES, Finding, Kind, Seen
from app.domain.errors import N_, NotFound, Refused
from app.domain.thai import whole_number
from app.extensions import db, transaction
from app.models import Advice, Evidence, Submission
from app.queries import advice as advices
from app.queries import submission as submissions
from app.queries.submission import Target
from app.services import record, reporting
from app.services.reporting import Address, Reporter

# Where the bytes of a file lie, and what their name says they are → what they show.
Look = Callable[[str, str], Seen]


def inspect_one(evidence_id: UUID, look: Look, *, now: datetime) -> bool:
    """Look into a file that waits, and note what there is to remark. Answers whether it was this worker that noted it.

    Opens its own transaction, after the looking: nobody waits for a file that takes long. Two workers that look into the same file see
    the same, and the second finds it noted; one that dies in between leaves the file waiting."""
    row = advices.waiting_file(evidence_id)
    if row is None:
        return False
    key, extension, submission_id = row.storage_key, row.extension, row.submission_id
    db.session.close()
    seen = look(key, extension)
    with transaction():
        # The report before its file, as everybody who writes to a report does: nobody waits for each other in a circle.
        submissions.hold(submission_id)
        row = advices.waiting_file(evidence_id, locked=True)
        if row is None:
            return False
        _note(row, seen, now=now)
    return True


def _note(row: Evidence, seen: Seen, *, now: datetime) -> None:
    """Write what was found: new findings are added, those that hold no more and were not answered are taken away."""
    row.inspected_at = now
    row.page_count = seen.pages
    copies = {} if row.cites_id or advices.is_published(row.sha256) else advices.earlier_copies(row)
    findings = {finding.kind.value: finding for finding in advice.judge(row.slot, seen)}
    findings |= {kind.value: Finding(kind) for kind in copies}
    known = {found.kind: found for found in advices.of_file(row.id)}
    for kind, old in known.items():
        if kind not in findings and not old.reason:
            db.session.delete(old)
    for kind, finding in findings.items():
        found = known.get(kind) or Advice(
            area_id=row.area_id, submission_id=row.submission_id, evidence_id=row.id, kind=kind, found_at=now
        )
        db.session.add(found)
        found.details = dict(finding.details)
        copy = copies.get(finding.kind)
        # Which file of another office it equals is nobody's business here.
        found.same_as_id = copy.id if copy is not None and copy.area_id == row.area_id else None


def look_again_at_copies(row: Evidence) -> None:
    """A file is going: later ones that were said to equal it are looked into once more."""
    remarked = select(Advice.evidence_id).where(Advice.kind.in_([kind.value for kind in DUPLICATES]), Advice.reason == "")
    with scope.whole_country("a file of one office may have been remarked on at another"):
        db.session.execute(
            update(Evidence)
            .where(Evidence.sha256 == row.sha256, Evidence.id != row.id, Evidence.id.in_(remarked))
            .values(inspected_at=None)
            .execution_options(synchronize_session=False)
        )


def answer(
    address: Address,
    key: str,
    reason: str,
    *,
    actor: Actor,
    reporter: Reporter,
    now: datetime,
    begun_at: datetime | None = None,
) -> str | None:
    """Keep the reason why something is sent as it is. Answers in which slot the file lies, None for the report as a whole.

    `key` is the number of the advice, or its kind where it concerns the report.

    It changes nothing that was reported: a report that was sent stays sent. Raises what `open_for_writing` raises, NotFound for advice
    that this report does not have, Refused for no reason."""
    target, submission = reporting.open_for_writing(
        address, actor=actor, reporter=reporter, now=now, begun_at=begun_at, finishing=True
    )
    if not key:
        raise Refused(N_("Say which remark the reason is for"))
    found = _found(target, submission, key, now=now)
    text = advice.read_reason(reason)
    slot = found.evidence.slot if found.evidence is not None else None
    record.change(
        actor,
        f"submission:{submission.id}",
        f"advice.{found.kind}:{slot or 'report'}",
        now=now,
        area_id=submission.area_id,
        old=found.reason or None,
        new=text,
    )
    found.reason, found.answered_at = text, now
    found.answered_by_id, found.answered_by_name = actor.user_id, actor.name
    return slot


def _found(target: Target, submission: Submission, key: str, *, now: datetime) -> Advice:
    number = whole_number(key)
    if number is not None:
        found = advices.by_id(number, submission.id)
        if found is None:
            raise NotFound
        return found
    current = {finding.kind.value: finding for finding in advice.judge_level(target.indicator.questions, submission.entered)}
    if key not in current:
        raise NotFound
    row = advices.of_report(submission.id, Kind(key))
    if row is None:
        row = Advice(area_id=submission.area_id, submission_id=submission.id, kind=key, found_at=now)
        db.session.add(row)
        db.session.expire(submission, ["reasons"])
    row.details = dict(current[key].details)
    return row
