"""Returning single points of a report to its office: only they open, until a day of their own; the rest stays handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from app import scope
from app.domain import access, completeness, returning, workflow
from app.domain.access import Action, Actor, Duty
from app.domain.deadlines import Timing
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.evidence import MAX_FILES_PER_SLOT
from app.domain.returning import ReturnState
from app.domain.reviewing import MOST_TEXT, ReviewState
from app.domain.round_life import Stage
from app.domain.thai import is_blank, single_line
from app.extensions import db
from app.models import Answer, Evidence, HandIn, ReportReturn, ReturnedItem, Submission
from app.queries import returns, settling
from app.queries import review_assignment as assignments
from app.queries import submission as submissions
from app.queries.submission import Target
from app.services import notices, receipts, record
from app.services import settling as settle
from app.signing import Signer

SHORTEST = timedelta(hours=1)
# An office reads that points were sent back, not which evaluator did it; the centre's own record names the person.
FOR_OFFICES = "ผู้ประเมิน"


def give_back(target: Target, what: Mapping[str, str], due_at: datetime | None, *, actor: Actor, now: datetime) -> ReportReturn:
    """Return these points of a report, each with what is to be mended. Whoever reviews it, or a moderator, may.

    Raises Refused for a point that the indicator does not have, one without a word on what to mend, and a time that is too short
    or too long; Conflict where the report is not handed in any more."""
    submission = _reviewed(target, actor=actor)
    if target.round.stage != Stage.REVIEW:
        raise Conflict(N_("Points are returned while the round is in review"))
    known = returning.returnable(target.indicator.questions)
    if not what:
        raise Refused(N_("Tick at least one point to return"))
    for key, said in what.items():
        if key not in known:
            raise Refused(N_("This report has no such field"))
        if is_blank(said):
            raise Refused(N_("Write what the office should mend at each point that you return"))
        if len(said) > MOST_TEXT:
            raise Refused(N_("At most %(count)d characters"), count=MOST_TEXT)
    _require_due(due_at, now)
    state = workflow.State(submission.state)
    if state is not workflow.State.SUBMITTED:
        raise Conflict(N_("The report is not handed in: it was returned already, or is being edited"))
    hand_in = settling.latest_hand_in(submission.id)
    if hand_in is None or due_at is None:
        raise NotFound
    submission.state = workflow.next_state(state, workflow.Move.RETURN).value
    row = ReportReturn(
        area_id=submission.area_id,
        round_id=submission.round_id,
        submission_id=submission.id,
        indicator_id=submission.indicator_id,
        hand_in_id=hand_in.id,
        due_at=due_at,
        returned_at=now,
        returned_by_id=actor.user_id,
        returned_by_name=actor.name,
        items=[ReturnedItem(area_id=submission.area_id, item_key=key, what=what[key].strip()) for key in known if key in what],
    )
    db.session.add(row)
    settle.unsettle(submission.id, actor=actor, now=now)
    for review in settling.living_reviews(submission.id):
        if review.is_locked:
            review.state = ReviewState.OPEN.value
    db.session.flush()
    _record(row, "sent back", actor=actor, now=now, new=", ".join(item.item_key for item in row.items))
    _tell(row, "points_returned", now=now, due_at=due_at.isoformat())
    return row


def _reviewed(target: Target, *, actor: Actor) -> Submission:
    """The report, held, for whoever reviews it or moderates."""
    found = submissions.find(target, locked=True)
    if found is None:
        raise NotFound
    require_reviewer(found, actor=actor)
    return found


def require_reviewer(submission: Submission, *, actor: Actor) -> None:
    """Raise NotFound for an evaluator whose report it is not, and for a moderator who must not review its office."""
    access.require(actor, Action.RETURN_REPORT, submission)
    if any(review.evaluator_id == actor.user_id for review in settling.living_reviews(submission.id)):
        return
    if not actor.has(Duty.MODERATOR) or assignments.is_barred(actor.user_id or 0, submission.area_id):
        raise NotFound


def _require_due(due_at: datetime | None, now: datetime) -> None:
    if due_at is None or due_at < now + SHORTEST:
        raise Refused(N_("Give the office at least an hour"))
    if due_at > now + timedelta(days=returning.MOST_DAYS):
        raise Refused(N_("Give the office at most %(count)d days"), count=returning.MOST_DAYS)


def _record(row: ReportReturn, what: str, *, actor: Actor, now: datetime, new: str) -> None:
    """On the office's record without the evaluator's name, on the centre's with it."""
    shown = replace(actor, name=FOR_OFFICES, user_id=None)
    record.change(shown, f"submission:{row.submission_id}", what, now=now, area_id=row.area_id, new=new)
    record.change(actor, f"return:{row.id}", what, now=now, new=new)


def _tell(row: ReportReturn, kind: str, *, now: datetime, **context: str) -> None:
    found, area, indicator = returns.address_of(row)
    notices.tell(
        returns.people_to_tell(row),
        kind,
        now=now,
        dedupe_key=f"{kind}:{row.id}:{now.isoformat()}",
        path=f"/reports/{found.code}/{area.code}/{indicator.full_code}",
        mail="notice",
        indicator_code=indicator.full_code,
        count=str(len(row.items)),
        **record.about(found, area),
        **context,
    )


def _held(return_id: int, *, actor: Actor) -> tuple[ReportReturn, Submission]:
    """An open return and its report, held for this transaction. Raises Conflict once it is not open any more."""
    row = returns.by_id(return_id)
    if row is None:
        raise NotFound
    submission = settle.hold(row.submission_id)
    require_reviewer(submission, actor=actor)
    row = returns.by_id(return_id)
    if row is None or not row.is_open:
        raise Conflict(N_("The office answered a moment ago, or the return was taken back. Look at it again."))
    return row, submission


def give_more_time(return_id: int, due_at: datetime | None, *, actor: Actor, now: datetime) -> ReportReturn:
    """A later due date for a return, also for one that is overdue."""
    row, _ = _held(return_id, actor=actor)
    _require_due(due_at, now)
    if due_at is None or due_at <= row.due_at:
        raise Refused(N_("The new time must be later than the one that was given"))
    row.due_at = due_at
    _record(row, "mend time", actor=actor, now=now, new=str(due_at))
    _tell(row, "return_extended", now=now, due_at=due_at.isoformat())
    return row


def take_back(return_id: int, reason: str, *, actor: Actor, now: datetime) -> ReportReturn:
    """End a return without an answer: the report counts as it was handed in, and what was edited since is put back to that."""
    row, submission = _held(return_id, actor=actor)
    if is_blank(reason):
        raise Refused(N_("Write the reason: offices read it, and everybody who looks later"))
    row.state, row.ended_at = ReturnState.TAKEN_BACK.value, now
    hand_in = db.session.get_one(HandIn, row.hand_in_id)
    _put_back(submission, hand_in, actor=actor, now=now)
    submission.state = workflow.next_state(workflow.State(submission.state), workflow.Move.TAKE_BACK).value
    submission.missing_count = 0
    db.session.flush()
    _record(row, "sent back ended", actor=actor, now=now, new=single_line(reason))
    _tell(row, "return_taken_back", now=now, reason=single_line(reason))
    return row


def _put_back(submission: Submission, hand_in: HandIn, *, actor: Actor, now: datetime) -> None:
    """Fields and files of a report as they were in a hand-in. What stood there instead stays in the record."""
    shown = replace(actor, name=FOR_OFFICES, user_id=None)
    subject, area_id = f"submission:{submission.id}", submission.area_id
    was: dict[str, str | None] = hand_in.content.get("fields") or {}
    answers = db.session.scalars(select(Answer).where(Answer.submission_id == submission.id))
    for answer in answers:
        value = was.get(answer.field_key)
        if answer.value != value:
            record.change(shown, subject, answer.field_key, now=now, area_id=area_id, old=answer.value, new=value)
            answer.value, answer.version, answer.changed_at = value, answer.version + 1, now
            answer.changed_by_name, answer.changed_by_id = FOR_OFFICES, None
    living = {file["id"] for file in hand_in.content.get("evidence") or ()}
    rows = list(db.session.scalars(select(Evidence).where(Evidence.submission_id == submission.id).order_by(Evidence.id)))
    for row in rows:
        if row.deleted_at is None and str(row.id) not in living:
            row.deleted_at = now
            record.change(shown, subject, f"evidence.deleted:{row.slot}", now=now, area_id=area_id, old=row.original_name)
    db.session.flush()  # places are free before those that were handed in take them again
    for row in rows:
        if row.deleted_at is not None and str(row.id) in living:
            taken = {other.ordinal for other in rows if other.slot == row.slot and other.deleted_at is None}
            row.ordinal = next(place for place in range(1, MAX_FILES_PER_SLOT + 1) if place not in taken)
            row.deleted_at = None
            record.change(shown, subject, f"evidence.restored:{row.slot}", now=now, area_id=area_id, new=row.original_name)
    db.session.flush()


def note_answer(row: ReportReturn, hand_in: HandIn, *, now: datetime) -> None:
    """The office handed the report in again: the return is answered, and its evaluators find it in their queue."""
    db.session.flush()  # the hand-in gets its id
    row.state, row.ended_at, row.answer_id = ReturnState.ANSWERED.value, now, hand_in.id
    db.session.flush()
    with scope.whole_country("a report that was mended goes back to its evaluators"):
        found, area, indicator = returns.address_of(row)
        notices.tell(
            returns.evaluators_of(row.submission_id),
            "return_answered",
            now=now,
            dedupe_key=f"return_answered:{row.id}",
            path=f"/review/{found.code}/{area.code}/{indicator.full_code}",
            indicator_code=indicator.full_code,
            **record.about(found, area),
        )


def count(return_id: int, *, actor: Actor, now: datetime, signer: Signer) -> bool:
    """What was mended but not sent when the time was over counts as handed in, if it is complete. Repeating it changes nothing.

    Answers whether it was counted. A return in which something is missing stays open and overdue: its evaluator decides."""
    row = returns.by_id(return_id)
    if row is None:
        return False
    found, area, indicator = returns.address_of(row)
    try:
        target = submissions.find_target(found.code, area.code, indicator.full_code, actor=actor)
    except NotFound:  # the indicator was taken out of use
        return False
    submission = submissions.find(target, locked=True)
    row = returns.by_id(return_id)
    if submission is None or row is None or not row.is_open:
        return False
    if returning.is_in_time(returning.mend_until(row.due_at, target.window.closes_at), now, row.returned_at):
        return False
    if completeness.missing(target.indicator.questions, submission.entered):
        return False
    last = submissions.last_hand_in(submission.id)
    timing = Timing(submission.timing or Timing.ON_TIME)
    hand_in = receipts.hand_in(target, submission, timing, actor=actor, now=now, signer=signer, last=last)
    note_answer(row, hand_in, now=now)
    return True


def note_seen(submission_id: int, *, now: datetime) -> None:
    """Whoever reviews the report has looked at what came back: called when a review is locked."""
    row = returns.last_of(submission_id)
    if row is not None and row.state == ReturnState.ANSWERED and row.seen_at is None:
        row.seen_at = now
