"""What happens when a time is over: complete reports count as handed in, of the others a copy is kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain import completeness, workflow
from app.domain.access import Actor
from app.domain.deadlines import SETTLE, Timing
from app.domain.errors import NotFound
from app.extensions import db
from app.models import ClosingCopy, Extension, Round, Submission
from app.queries import deadline as deadlines
from app.queries import submission as submissions
from app.queries.deadline import Ended
from app.services import receipts, record
from app.signing import Signer

# A round entered for history closed long ago: nobody is told of it.
STILL_NEWS = timedelta(days=7)


def count(submission_id: int, time: Ended, *, actor: Actor, now: datetime, signer: Signer) -> bool:
    """Count one report that was left: hand it in as it is when it is complete, else keep a copy. Repeating it changes nothing.

    Answers whether it counts as handed in."""
    submission = db.session.get(Submission, submission_id)
    if submission is None:
        return False
    try:
        target = submissions.find_target(
            submission.round.code, submission.area.code, submission.indicator.full_code, actor=actor
        )
    except NotFound:  # the indicator was taken out of use
        return False
    held = submissions.find(target, locked=True)
    if held is None or held.state != workflow.State.DRAFT or target.window.ends_at + SETTLE > now:
        return False
    missing = completeness.missing(target.indicator.questions, held.entered)
    if not missing:
        last = submissions.last_hand_in(held.id)
        receipts.hand_in(target, held, Timing.CLOSING, actor=actor, now=now, signer=signer, last=last)
        return True
    copy = submissions.closing_copy(held.id, time.closes_at)
    if copy is None or held.changed_at > copy.taken_at:
        copy = copy or ClosingCopy(area_id=held.area_id, submission_id=held.id, closed_at=time.closes_at)
        copy.taken_at, copy.state, copy.missing_count = now, held.state, len(missing)
        copy.content = receipts.content(held, target)
        db.session.add(copy)
        record.change(actor, f"submission:{held.id}", "closing copy", now=now, area_id=held.area_id, new=str(len(missing)))
    return False


def conclude(time: Ended, *, now: datetime) -> None:
    """Note that a time was counted, and tell the coordinators of the offices in it how they stand."""
    round_row = db.session.get_one(Round, time.round.id)
    if time.extension is None:
        round_row.counted_for = time.closes_at
    else:
        extension = db.session.get_one(Extension, time.extension.id, with_for_update=True)
        if extension.until_at != time.closes_at:
            return  # moved while it was counted
        extension.counted_at = now
    if not round_row.is_rehearsal and now - time.closes_at < STILL_NEWS:
        _tell(round_row, time, now)


def _tell(round_row: Round, time: Ended, now: datetime) -> None:
    owing, counted = deadlines.owing(round_row.id), deadlines.counted_at_closing(round_row.id)
    longer = (row for row in deadlines.extensions_of(round_row.id) if row.until_at > time.closes_at)
    extended = {row.area_id for row in longer if row.indicator_id is None}
    areas = (
        [time.extension.area_id] if time.extension else [area_id for area_id in {*owing, *counted} if area_id not in extended]
    )
    for user in deadlines.coordinators_of(areas):
        area = user.profile.area
        record.mail_once(
            user.email,
            "closed",
            now=now,
            dedupe_key=f"closed:{round_row.code}:{time.closes_at.isoformat()}:{user.id}",
            **record.about(round_row, area),
            closes_at=time.closes_at.isoformat(),
            owing=", ".join(owing.get(area.id, [])),
            counted=", ".join(counted.get(area.id, [])),
        )
