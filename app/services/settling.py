"""How locked reviews become a level: by rule where evaluators are near each other and the office, by a moderator where they are not.

What is recorded here is the centre's: an office's own record tells nothing of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app import scope
from app.domain import reviewing
from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.reviewing import COMMENT, REASON, Basis, Cause, ReviewState, Verdict, note_key, verdict_key
from app.extensions import db
from app.models import Moderation, Outcome, Review, Submission
from app.queries import settling
from app.queries import submission as submissions
from app.services import record

# From the most to the least favourable: where evaluators differ the office reads what one of them missed.
_STRICTER = list(Verdict)


@dataclass(frozen=True)
class Decision:
    """A level with its reason for the centre and what the office will read: a comment, and per issue {"verdict", "note"}."""

    level: int
    reason: str
    comment: str = ""
    verdicts: dict[str, dict[str, str]] = field(default_factory=dict)


def hold(submission_id: int) -> Submission:
    """The report, held for this transaction: of two evaluators who lock at one moment the second sees the first. Raises NotFound."""
    submissions.hold(submission_id)
    found = db.session.get(Submission, submission_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def settle_if_complete(submission_id: int, *, actor: Actor, now: datetime) -> None:
    """Once a report has as many reviews as the plan says and all are locked: write the level that comes of them, or open a moderation.
    Repeating it changes nothing."""
    submission = hold(submission_id)
    reviews = settling.living_reviews(submission_id)
    plan = settling.plan(submission.round_id)
    if len(reviews) < plan.evaluators_per_report or any(review.state != ReviewState.LOCKED for review in reviews):
        return
    if settling.standing_outcome(submission_id) is not None or settling.open_moderation(submission_id) is not None:
        return
    own = settling.self_level(reviews[-1].hand_in)
    levels = [review.level for review in reviews if review.level is not None]
    settled = reviewing.settle(own, levels, gap=plan.moderation_gap)
    if settled.level is None or settled.basis is None:
        open_moderation(submission, settled.causes, actor=actor, now=now)
        return
    _write(submission, combined(reviews, settled.level), settled.basis, actor=actor, now=now)


def combined(reviews: list[Review], level: int) -> Decision:
    """What several reviews say together: every reason and comment once, of each issue the strictest verdict with all notes."""
    values = [review.values for review in reviews]
    numbers = sorted({int(key.partition(".")[2]) for one in values for key in one if key.startswith("verdict.")})
    verdicts: dict[str, dict[str, str]] = {}
    for number in numbers:
        given = [Verdict(found) for one in values if (found := one.get(verdict_key(number)))]
        notes = _each_once([one.get(note_key(number)) for one in values])
        if given:
            verdicts[str(number)] = {"verdict": max(given, key=_STRICTER.index).value, "note": notes}
    return Decision(
        level,
        _each_once([one.get(REASON) for one in values]),
        _each_once([one.get(COMMENT) for one in values]),
        verdicts,
    )


def _each_once(texts: list[str | None]) -> str:
    return "\n".join(dict.fromkeys(text for text in texts if text))


def decide(submission_id: int, decision: Decision, *, basis: Basis, actor: Actor, now: datetime) -> Outcome:
    """Write the level that somebody decided on, in place of the one that stood; a moderation that waited for it ends."""
    submission = hold(submission_id)
    _end(submission_id, actor=actor, now=now)
    return _write(submission, decision, basis, actor=actor, now=now)


def unsettle(submission_id: int, *, actor: Actor, now: datetime) -> None:
    """The level that stood counts no more, and none has taken its place: the report is reviewed again."""
    hold(submission_id)
    _end(submission_id, actor=actor, now=now)
    standing = settling.standing_outcome(submission_id)
    if standing is not None:
        standing.superseded_at = now
        record.change(actor, f"outcome:{submission_id}", "unsettled", now=now, old=str(standing.level))
        db.session.flush()


def note_hand_in(submission_id: int, *, actor: Actor, now: datetime) -> None:
    """A report was handed in again: what evaluators locked was about another one, so their reviews open and its level counts no more."""
    with scope.whole_country("a report that is handed in again is reviewed again"):
        locked = [review for review in settling.living_reviews(submission_id) if review.is_locked]
        for review in locked:
            review.state = ReviewState.OPEN.value
        if locked or settling.standing_outcome(submission_id) is not None:
            unsettle(submission_id, actor=actor, now=now)


def open_moderation(
    submission: Submission, causes: tuple[Cause, ...], *, actor: Actor, now: datetime, reason: str = ""
) -> Moderation:
    """A moderator has to decide on a report; one that waits already gets the causes added."""
    waiting = settling.open_moderation(submission.id)
    if waiting is not None:
        waiting.causes = list(dict.fromkeys([*waiting.causes, *(cause.value for cause in causes)]))
    else:
        waiting = Moderation(
            round_id=submission.round_id,
            submission_id=submission.id,
            area_id=submission.area_id,
            indicator_id=submission.indicator_id,
            causes=[cause.value for cause in causes],
            opened_at=now,
        )
        db.session.add(waiting)
    said = reason or ", ".join(waiting.causes)
    record.change(actor, f"outcome:{submission.id}", "to moderation", now=now, new=said)
    db.session.flush()
    return waiting


def _end(submission_id: int, *, actor: Actor, now: datetime) -> None:
    waiting = settling.open_moderation(submission_id)
    if waiting is not None:
        waiting.ended_at, waiting.ended_by_name = now, actor.name
        db.session.flush()


def _write(submission: Submission, decision: Decision, basis: Basis, *, actor: Actor, now: datetime) -> Outcome:
    before = settling.standing_outcome(submission.id)
    if before is not None:
        before.superseded_at = now
        db.session.flush()
    hand_in = settling.latest_hand_in(submission.id)
    row = Outcome(
        round_id=submission.round_id,
        submission_id=submission.id,
        area_id=submission.area_id,
        indicator_id=submission.indicator_id,
        hand_in_id=hand_in.id if hand_in else None,
        level=decision.level,
        basis=basis.value,
        reason=decision.reason,
        comment=decision.comment,
        verdicts=decision.verdicts,
        decided_at=now,
        decided_by_id=actor.user_id,
        decided_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    subject, old = f"outcome:{submission.id}", str(before.level) if before else None
    record.change(actor, subject, f"settled:{basis}", now=now, old=old, new=str(decision.level))
    return row
