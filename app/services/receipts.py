"""Handing in: the numbered receipt, signed by the server, and its check by anybody who holds it."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from app import scope
from app.domain import receipts, workflow
from app.domain.access import Actor
from app.domain.deadlines import Timing
from app.domain.receipts import Verdict
from app.extensions import db
from app.models import HandIn, Letter, OfficeHandIn, Submission
from app.queries import advice as advices
from app.queries import endorsement
from app.queries import publication as publications
from app.queries import submission as submissions
from app.queries.submission import Target
from app.services import letters, record, settling, signing
from app.signing import Signer, verify


def hand_in(
    target: Target,
    submission: Submission,
    timing: Timing,
    *,
    actor: Actor,
    now: datetime,
    signer: Signer,
    last: HandIn | None,
    idempotency_key: str | None = None,
) -> HandIn:
    """Mark a report as handed in and give it a receipt over everything that it holds at this moment."""
    submission.state = workflow.next_state(workflow.State(submission.state), workflow.Move.SUBMIT).value
    sequence = last.sequence + 1 if last else 1
    row = HandIn(
        area_id=submission.area_id,
        submission_id=submission.id,
        sequence=sequence,
        receipt_number=receipts.number(
            target.indicator.part.code,
            target.round.code,
            target.area.obec_area_code or target.area.code,
            target.indicator.code,
            sequence,
        ),
        timing=timing.value,
        handed_in_at=now,
        handed_in_by_id=actor.user_id,
        handed_in_by_name=actor.name,
        idempotency_key=idempotency_key,
        content=_named(target) | content(submission, target),
    )
    row.key_id, row.signature = signing.sign(signer, receipts.signed_text(statement(row)), now=now)
    row.code = receipts.code_of(row.signature)
    db.session.add(row)
    submission.submitted_at, submission.receipt_number, submission.missing_count = now, row.receipt_number, 0
    submission.timing = timing.value
    submission.answers_version = target.indicator.version
    subject = f"submission:{submission.id}"
    what = "counted" if timing is Timing.CLOSING else "submitted"
    record.change(actor, subject, what, now=now, area_id=submission.area_id, new=row.receipt_number)
    if last is not None:
        settling.note_hand_in(submission.id, actor=actor, now=now)
    return row


def content(submission: Submission, target: Target) -> dict[str, Any]:
    """Everything in a report, frozen: fields; files by name, size, hash and cited place; remarks with the reasons given, if any."""
    return {
        "fields": {answer.field_key: answer.value for answer in submission.answers},
        "evidence": [
            {
                "id": str(row.id),
                "slot": row.slot,
                "name": row.original_name,
                "size": row.size_bytes,
                "sha256": row.sha256,
                "cites": str(row.cites_id) if row.cites_id else None,
                "place": row.place,
            }
            for row in submission.evidence
        ],
        "advice": [
            {
                "kind": remark.finding.kind.value,
                "details": dict(remark.finding.details),
                "evidence": str(remark.evidence.id) if remark.evidence else None,
                "reason": remark.reason or None,
            }
            for remark in advices.on_report(submission, target.indicator.questions)
        ],
    }


def _named(target: Target) -> dict[str, Any]:
    """The same with the indicator and the version of it that was answered."""
    indicator = target.indicator
    return submissions.named(target.round, target.area) | {
        "indicator": {
            "code": indicator.full_code,
            "version": indicator.version,
            "text_th": indicator.text_th,
            "text_en": indicator.text_en,
        },
    }


def statement(row: HandIn) -> dict[str, Any]:
    """What the signature of a receipt covers."""
    return {
        "receipt": row.receipt_number,
        "at": row.handed_in_at.isoformat(timespec="microseconds"),
        "by": row.handed_in_by_name,
        "timing": row.timing,
        "content": row.content,
    }


def check(number: str, code: str, *, now: datetime) -> Verdict:
    """Whether this server gave out a receipt or a letter with this number and code, and whether a later one took its place.

    A letter is not genuine before its moment has come."""
    with scope.whole_country("anybody who holds a receipt may ask whether it is genuine"):
        if (letter := publications.letter_as_typed(number, receipts.plain_code(code), now)) is not None:
            return _check_letter(letter, now)
        row = submissions.hand_in_as_typed(number)
        if row is None:
            return _check_whole(number, code)
        if not row.signature or not hmac.compare_digest(row.code, receipts.plain_code(code)):
            return Verdict.NOT_GENUINE
        if not verify(row.key_id, receipts.signed_text(statement(row)), row.signature):
            return Verdict.NOT_GENUINE
        last = submissions.last_hand_in(row.submission_id)
    return Verdict.GENUINE if last is None or last.id == row.id else Verdict.REPLACED


def _check_whole(number: str, code: str) -> Verdict:
    """The same for the receipt of a whole round, which counts no more once it was returned or withdrawn."""
    row = endorsement.by_number(number)
    if row is None or not row.signature or not hmac.compare_digest(row.code, receipts.plain_code(code)):
        return Verdict.NOT_GENUINE
    if not verify(row.key_id, receipts.signed_text(statement_of_whole(row)), row.signature):
        return Verdict.NOT_GENUINE
    if row.is_endorsed and not verify(
        row.endorsement_key_id, receipts.signed_text(endorsement_of_whole(row)), row.endorsement_signature
    ):
        return Verdict.NOT_GENUINE
    if row.is_living:
        return Verdict.GENUINE
    last = endorsement.latest(row.round_id, row.area_id)
    return Verdict.TAKEN_BACK if last is None or last.id == row.id else Verdict.REPLACED


def _check_letter(letter: Letter, now: datetime) -> Verdict:
    """The same for a letter with results, which a later one of the round replaces."""
    if not verify(letter.key_id, receipts.signed_text(letters.statement(letter)), letter.signature):
        return Verdict.NOT_GENUINE
    return Verdict.REPLACED if publications.has_successor(letter, now) else Verdict.GENUINE


def statement_of_whole(row: OfficeHandIn) -> dict[str, Any]:
    """What the signature of the receipt of a whole round covers."""
    return {
        "receipt": row.receipt_number,
        "at": row.handed_in_at.isoformat(timespec="microseconds"),
        "by": row.handed_in_by_name,
        "content": row.content,
    }


def endorsement_of_whole(row: OfficeHandIn) -> dict[str, Any]:
    """What the signature of an endorsement covers: the hand-in, by its own signature, and who endorsed it in which seat."""
    return {
        "receipt": row.receipt_number,
        "hand_in": row.signature,
        "endorsed_at": row.endorsed_at.isoformat(timespec="microseconds") if row.endorsed_at else None,
        "endorsed_by": row.endorsed_by_name,
        "as": row.endorsed_as,
        "order": row.acting_order,
    }


def mail(email: str, target: Target, submission: Submission, row: HandIn) -> None:
    """Tell the person who pressed the button, once for each receipt."""
    record.mail(
        email,
        "receipt",
        now=row.handed_in_at,
        dedupe_key=f"receipt:{row.receipt_number}",
        receipt_number=row.receipt_number,
        handed_in_at=row.handed_in_at.isoformat(),
        handed_in_by=row.handed_in_by_name,
        timing=row.timing,
        indicator=target.indicator.full_code,
        indicator_code=target.indicator.code,
        **record.about(target.round, target.area),
        file_count=str(len(submission.evidence)),
        self_level=submission.entered.value("self_level") or "",
        closes_at=target.window.closes_at.isoformat(),
    )
