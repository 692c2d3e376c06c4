"""The moderator decides where evaluators or the office are far apart, or gives a report back to its evaluators."""

from __future__ import annotations

from datetime import datetime

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.reviewing import MOST_TEXT, Basis, ReviewState
from app.domain.round_life import Stage
from app.domain.rubric import LEVELS
from app.domain.thai import is_blank, single_line
from app.domain.workflow import State
from app.models import Outcome, Round, Submission
from app.queries import review_assignment as assignments
from app.queries import settling
from app.queries import submission as submissions
from app.queries.submission import Target
from app.services import notices, record
from app.services import settling as settle
from app.services.settling import Decision


def _held(target: Target, *, actor: Actor) -> Submission:
    """The report, held, for a moderator who has nothing to do with the office."""
    found = submissions.find(target, locked=True)
    if found is None:
        raise NotFound
    access.require(actor, Action.MODERATE, found)
    if actor.user_id is not None and assignments.is_barred(actor.user_id, found.area_id):
        raise Conflict(N_("You declared a conflict of interest with this office. Another moderator decides."))
    if any(row.evaluator_id == actor.user_id for row in settling.living_reviews(found.id)):
        raise Conflict(N_("You reviewed this report yourself. Another moderator decides."))
    return found


def _require_review(found: Round) -> None:
    if found.stage != Stage.REVIEW:
        raise Conflict(N_("The round is not in review"))


def decide(target: Target, decision: Decision, *, seen: str, actor: Actor, now: datetime) -> Outcome:
    """Decide on the level of a report that waits for a moderator. `seen` is when its moderation was opened, as the page showed it; raises
    Conflict where another decided meanwhile, Refused without a level or a reason."""
    submission = _held(target, actor=actor)
    _require_review(target.round)
    waiting = settling.open_moderation(submission.id)
    if waiting is None or waiting.opened_at.isoformat() != seen:
        raise Conflict(N_("Somebody decided on this report a moment ago, or it was given back. Look at it again."))
    if submission.state != State.SUBMITTED:
        raise Conflict(N_("Points of the report are with the office to be mended"))
    if decision.level not in LEVELS:
        raise Refused(N_("Choose a level"))
    if is_blank(decision.reason):
        raise Refused(N_("Write the reason for the level"))
    if max(len(decision.reason), len(decision.comment)) > MOST_TEXT:
        raise Refused(N_("At most %(count)d characters"), count=MOST_TEXT)
    return settle.decide(submission.id, decision, basis=Basis.MODERATED, actor=actor, now=now)


def give_back(target: Target, review_id: int, reason: str, *, actor: Actor, now: datetime) -> None:
    """Open a locked review for its evaluator again, with a reason. The level that stood counts no more until it is locked again."""
    submission = _held(target, actor=actor)
    _require_review(target.round)
    review = next((row for row in settling.living_reviews(submission.id) if row.id == review_id), None)
    if review is None:
        raise NotFound
    if not review.is_locked:
        raise Conflict(N_("This review is open already"))
    if is_blank(reason):
        raise Refused(N_("Write what the evaluator should look at again"))
    review.state = ReviewState.OPEN.value
    settle.unsettle(submission.id, actor=actor, now=now)
    said = single_line(reason)[:500]
    record.change(actor, f"outcome:{submission.id}", "review opened again", now=now, new=f"{review.evaluator_name}: {said}")
    user = assignments.reviewer(review.evaluator_id)
    notices.tell(
        [user] if user is not None else [],
        "review_given_back",
        now=now,
        dedupe_key=f"review_given_back:{review.id}:{now.isoformat()}",
        path=f"/review/{target.round.code}/{target.area.code}/{target.indicator.full_code}",
        indicator_code=target.indicator.full_code,
        reason=said,
        **record.about(target.round, target.area),
    )
