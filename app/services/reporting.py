"""Reporting an indicator: saving single fields and handing in the whole."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from app.domain import access, completeness, deadlines, fields, returning, workflow
from app.domain.access import Action, Actor
from app.domain.deadlines import RoundClosed, Timing
from app.domain.endorsement import HandedIn
from app.domain.errors import IncompleteReport, Message
from app.domain.returning import NotReturned, ReturnOver
from app.extensions import db
from app.models import Answer, HandIn, Submission
from app.queries import endorsement
from app.queries import submission as submissions
from app.queries.submission import Target
from app.services import field_saving, receipts, record, returns
from app.services.field_saving import Holder, Outcome, Typing
from app.signing import Signer


@dataclass(frozen=True)
class Address:
    """The three codes of a report's address."""

    round_code: str
    area_code: str
    indicator_code: str


@dataclass(frozen=True)
class Reporter:
    """The person whose details fill part 6 when a report is begun."""

    name: str
    position: str
    phone: str

    def values(self) -> dict[str, str]:
        return dict(zip(fields.REPORTER_FIELDS, (self.name, self.position, self.phone), strict=True))


@dataclass
class Saved(Outcome):
    """What became of a save of a report."""

    _: KW_ONLY
    submission: Submission | None
    target: Target

    @property
    def missing(self) -> list[completeness.Missing]:
        entered = self.submission.entered if self.submission else completeness.Answers({}, {})
        return completeness.missing(self.target.indicator.questions, entered)


def open_for_writing(
    address: Address,
    *,
    actor: Actor,
    reporter: Reporter,
    now: datetime,
    begun_at: datetime | None = None,
    finishing: bool = False,
) -> tuple[Target, Submission]:
    """The target and its report, held for this transaction; begun with the reporter's details where there was none.

    `begun_at` is when the request or the upload began. `finishing` is work on what is there, which the time of grace allows for every
    report that was begun before closing. Raises NotFound for what the actor cannot see, NotAllowed for a role that only reads,
    RoundClosed outside the window."""
    target = find_writable(address, actor=actor)
    submission = submissions.find(target, locked=True)
    require_time(target, submission, now=now, begun_at=begun_at, finishing=finishing)
    require_not_handed_in(target, submission)
    started_at = min(begun_at or now, now)  # a file begun in time begins its report in time
    return target, submission or _begin(target, actor=actor, reporter=reporter, now=now, started_at=started_at)


def find_writable(address: Address, *, actor: Actor) -> Target:
    """The target, if the actor's role may write to it. Whether it is the time is `require_open`."""
    target = submissions.find_target(address.round_code, address.area_code, address.indicator_code, actor=actor)
    access.require(actor, Action.EDIT_REPORT, Submission(area_id=target.area.id))
    return target


def require_time(
    target: Target, submission: Submission | None, *, now: datetime, begun_at: datetime | None = None, finishing: bool = False
) -> None:
    """Raise RoundClosed outside the window, of which `finishing` has the grace. A returned report has the time of its return besides:
    raise ReturnOver after both."""
    returned = submission.open_return if submission is not None and submission.state == workflow.State.RETURNED else None
    if returned is None:
        require_open(target, submission if finishing else None, now=now, begun_at=begun_at)
    elif not returning.is_in_time(until := returning.mend_until(returned.due_at, target.window.closes_at), now, begun_at):
        raise ReturnOver(until)


def require_time_for_files(target: Target, *, now: datetime, begun_at: datetime) -> None:
    """The same before files are looked into. The report, which may have been returned, is read only where the round's own time does not
    settle it: under the lock all of it is asked again."""
    if now < target.window.closes_at:
        with suppress(RoundClosed):
            require_open(target, None, now=now, begun_at=begun_at)
            return
    require_time(target, submissions.find(target), now=now, begun_at=begun_at)


def require_slot(submission: Submission | None, slot: str) -> None:
    """Raise NotReturned for files of a point that was not returned, while others were."""
    points = submission.returned_points if submission is not None else None
    if points is not None and not returning.opens_slot(points, slot):
        raise NotReturned


def require_open(target: Target, submission: Submission | None, *, now: datetime, begun_at: datetime | None) -> None:
    """Raise RoundClosed unless the target may be written to; a report handed in counts as begun when it was begun."""
    begun_at = begun_at or now
    if submission is not None:
        begun_at = min(begun_at, submission.started_at)
    deadlines.require_open(target.window, now, begun_at=begun_at)


def require_not_handed_in(target: Target, submission: Submission | None) -> None:
    """Raise HandedIn while the whole round is handed in: what was handed in stays as it was, and nothing new is begun beside it."""
    if submission is not None:
        resting = submission.resting_in
    else:
        last = endorsement.latest(target.round.id, target.area.id)
        resting = last if last is not None and last.is_living else None
    if resting is not None:
        raise HandedIn(resting.receipt_number)


def _begin(
    target: Target, *, actor: Actor, reporter: Reporter, now: datetime, started_at: datetime | None = None
) -> Submission:
    submission = Submission(
        round_id=target.round.id,
        area_id=target.area.id,
        indicator_id=target.indicator.id,
        state=workflow.State.DRAFT.value,
        answers_version=target.indicator.version,
        started_at=started_at or now,
        changed_at=now,
        changed_by_id=actor.user_id,
        changed_by_name=actor.name,
        begun=False,
    )
    # Version 0: what the page showed before anything was stored, so the first edit of such a field is no conflict.
    submission.answers = [
        Answer(
            area_id=target.area.id,
            field_key=key,
            value=value,
            version=0,
            changed_at=now,
            changed_by_id=actor.user_id,
            changed_by_name=actor.name,
        )
        for key, value in reporter.values().items()
        if value
    ]
    try:
        with db.session.begin_nested():
            db.session.add(submission)
    except IntegrityError:
        # A colleague began the same report a moment ago; theirs is the one.
        found = submissions.find(target, locked=True)
        if found is None:
            raise
        return found
    subject = f"submission:{submission.id}"
    record.change(actor, subject, "begun", now=now, area_id=target.area.id)
    for answer in submission.answers:
        record.change(actor, subject, answer.field_key, now=now, area_id=target.area.id, new=answer.value)
    return submission


def touch(submission: Submission, target: Target, *, actor: Actor, now: datetime) -> None:
    """Note that a report was edited, its files too: its state, who, when, and how much is still missing."""
    db.session.flush()
    submissions.read_files_again(submission)
    note_edit(submission, target, actor=actor, now=now)


def note_edit(submission: Submission, target: Target, *, actor: Actor, now: datetime) -> None:
    """The same where the report's fields and files are known as they are now."""
    submission.state = workflow.next_state(workflow.State(submission.state), workflow.Move.EDIT).value
    submission.changed_at, submission.changed_by_id, submission.changed_by_name = now, actor.user_id, actor.name
    submission.answers_version = target.indicator.version
    entered = submission.entered
    submission.missing_count = len(completeness.missing(target.indicator.questions, entered))
    submission.begun = entered.begun


def save(
    address: Address,
    changes: Mapping[str, Typing],
    *,
    actor: Actor,
    reporter: Reporter,
    now: datetime,
    begun_at: datetime | None = None,
) -> Saved:
    """Store these fields and no others, each against its own version. Nothing is required in order to save.

    A report is begun by the first good field; where every field is refused none is begun. `begun_at` is when the request arrived."""
    target = find_writable(address, actor=actor)
    submission = submissions.find(target, locked=True, shown=False)
    require_time(target, submission, now=now, begun_at=begun_at, finishing=True)
    require_not_handed_in(target, submission)
    saved = Saved(now, submission=submission, target=target)
    good = field_saving.read(changes, fields.readers(target.indicator.questions), saved)
    if not good:
        return saved
    submission = saved.submission = submission or _begin(target, actor=actor, reporter=reporter, now=now)
    if field_saving.store(_holder(submission), good, saved, actor=actor):
        note_edit(submission, target, actor=actor, now=now)
    return saved


def _holder(submission: Submission) -> Holder[Answer]:
    points = submission.returned_points

    def refusal(key: str) -> Message | None:
        return NotReturned().message if points is not None and not returning.opens_field(points, key) else None

    return Holder(
        rows=submission.answers,
        make=lambda key: Answer(area_id=submission.area_id, field_key=key),
        subject=f"submission:{submission.id}",
        area_id=submission.area_id,
        refusal=refusal,
    )


def submit(
    address: Address,
    *,
    actor: Actor,
    reporter: Reporter,
    now: datetime,
    signer: Signer,
    begun_at: datetime | None = None,
    idempotency_key: str | None = None,
    email: str = "",
) -> HandIn:
    """Hand in a complete report and give it a receipt. Repeating it harmlessly answers with the same receipt.

    Raises IncompleteReport with everything that is missing, besides what `open_for_writing` raises."""
    try:
        target, submission = open_for_writing(
            address, actor=actor, reporter=reporter, now=now, begun_at=begun_at, finishing=True
        )
    except HandedIn:
        held = submissions.find(find_writable(address, actor=actor))
        if held is None or held.state != workflow.State.SUBMITTED or not (given := submissions.last_hand_in(held.id)):
            raise
        return given  # pressed again after the whole was handed in: the answer is the same
    access.require(actor, Action.SUBMIT_REPORT, submission)
    last = submissions.last_hand_in(submission.id)
    if submission.state == workflow.State.SUBMITTED and last:
        return last
    if idempotency_key and submissions.hand_in_by_key(submission.id, idempotency_key):
        idempotency_key = None  # an old page was sent again after an edit: that is a new hand-in
    items = completeness.missing(target.indicator.questions, submission.entered)
    if items:
        raise IncompleteReport(items)
    returned = submission.open_return if submission.state == workflow.State.RETURNED else None
    # What was returned keeps the mark of when it was first sent: mending it is not being late.
    timing = Timing(submission.timing) if returned else deadlines.timing(target.window, min(begun_at or now, now))
    hand_in = receipts.hand_in(
        target, submission, timing, actor=actor, now=now, signer=signer, last=last, idempotency_key=idempotency_key
    )
    if returned is not None:
        returns.note_answer(returned, hand_in, now=now)
    if email:
        receipts.mail(email, target, submission, hand_in)
    return hand_in
