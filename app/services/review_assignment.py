"""Who reviews which report: the plan of a round, sharing reports out, handing over, conflicts of interest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import insert

from app.domain import access, distribution
from app.domain.access import Action, Actor
from app.domain.distribution import Evaluator, Report, Shares, Together
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.reviewing import ReviewState
from app.domain.round_life import Stage
from app.domain.thai import is_blank, single_line
from app.extensions import db
from app.models import InterestConflict, Review, ReviewPlan, Round
from app.queries import area as areas
from app.queries import review_assignment as assignments
from app.queries import round as rounds
from app.queries import settling, team
from app.queries.board import Filter
from app.services import notices, record
from app.services import settling as settle

MOST_EVALUATORS = 3
ROWS_AT_A_TIME = 500


@dataclass(frozen=True)
class Plan:
    """How a round is to be reviewed, as it was typed."""

    evaluators_per_report: int
    moderation_gap: int
    smallest_group: int
    due_on: date | None


@dataclass(frozen=True)
class Sharing:
    """Which reports to share out to whom: offices by filter, indicators by full code (all where none is named)."""

    evaluator_ids: tuple[int, ...]
    wanted: Filter = field(default_factory=Filter)
    codes: frozenset[str] = frozenset()
    together: Together = Together.INDICATOR


def _round(code: str, *, actor: Actor) -> Round:
    """The round, held: of two who share out at one moment the second sees what the first did."""
    access.require(actor, Action.ASSIGN_REVIEWS, access.COUNTRY)
    found = rounds.held(code)
    if found is None:
        raise NotFound
    return found


def set_plan(round_code: str, plan: Plan, *, actor: Actor, now: datetime) -> ReviewPlan:
    """Set how a round is reviewed. Reports that have enough locked reviews by it are settled; levels that stand are not settled anew."""
    found = _round(round_code, actor=actor)
    if found.stage in (Stage.PUBLISHED, Stage.ARCHIVED):
        raise Conflict(N_("The results are published: how they were reviewed, and which groups are shown, stays as it was"))
    if not 1 <= plan.evaluators_per_report <= MOST_EVALUATORS:
        raise Refused(N_("A report has 1 to %(count)d evaluators"), count=MOST_EVALUATORS)
    if not 1 <= plan.moderation_gap <= 4:
        raise Refused(N_("The gap is between 1 and 4 levels"))
    if not 2 <= plan.smallest_group <= 50:
        raise Refused(N_("The smallest group has between 2 and 50 offices"))
    row = db.session.get(ReviewPlan, found.id)
    if row is None:
        row = settling.plan(found.id)
        db.session.add(row)
    for name in ("evaluators_per_report", "moderation_gap", "smallest_group", "due_on"):
        old, new = getattr(row, name), getattr(plan, name)
        if old != new:
            setattr(row, name, new)
            record.change(actor, f"round:{found.id}", f"review.{name}", now=now, old=_said(old), new=_said(new))
    db.session.flush()
    for submission_id in assignments.unsettled_with_reviews(found.id):
        settle.settle_if_complete(submission_id, actor=actor, now=now)
    return row


def _said(value: object) -> str | None:
    return None if value is None else str(value)


def look(found: Round, sharing: Sharing) -> Shares:
    """How reports would be shared out, without doing it. Raises Refused where nobody is chosen."""
    standings = {one.user.id: one for one in assignments.evaluators(found.id) if one.may_review}
    chosen = [standings[user_id] for user_id in dict.fromkeys(sharing.evaluator_ids) if user_id in standings]
    if not chosen:
        raise Refused(N_("Choose at least one evaluator"))
    barred = assignments.barred([one.user.id for one in chosen])
    evaluators = [Evaluator(one.user.id, one.waiting, barred[one.user.id]) for one in chosen]
    return distribution.share_out(
        assignments.to_share_out(found, sharing.wanted, sharing.codes),
        evaluators,
        per_report=settling.plan(found.id).evaluators_per_report,
        together=sharing.together,
    )


def share_out(round_code: str, sharing: Sharing, *, seen: int, actor: Actor, now: datetime) -> Shares:
    """Share reports out. `seen` is how many assignments the page had shown; raises Conflict where it would be others by now."""
    found = _round(round_code, actor=actor)
    if found.stage not in (Stage.RUNNING, Stage.REVIEW):
        raise Conflict(N_("Reports are shared out before and while they are reviewed"))
    shares = look(found, sharing)
    if shares.count != seen:
        raise Conflict(N_("Reports or assignments changed meanwhile. Look at the shares again."))
    reports = {report.id: report for report in assignments.to_share_out(found, sharing.wanted, sharing.codes)}
    people = {standing.user.id: standing.user for standing in assignments.evaluators(found.id)}
    for user_id, given in shares.given.items():
        if given:
            _assign(found, people[user_id], [reports[report_id] for report_id in given], actor=actor, now=now)
    return shares


def _assign(found: Round, user: User, reports: list[Report], *, actor: Actor, now: datetime) -> None:
    """Give these reports to an evaluator. One that was taken from them before comes back with what they wrote."""
    known = assignments.reviews_between([report.id for report in reports], [user.id])
    for row in known.values():
        row.state, row.assigned_at, row.assigned_by_name = ReviewState.OPEN.value, now, actor.name
    rows = [
        {
            "round_id": found.id,
            "submission_id": report.id,
            "area_id": report.area_id,
            "indicator_id": report.indicator_id,
            "evaluator_id": user.id,
            "evaluator_name": user.profile.full_name,
            "state": ReviewState.OPEN.value,
            "assigned_at": now,
            "assigned_by_name": actor.name,
            "was_revealed": False,
        }
        for report in reports
        if (report.id, user.id) not in known
    ]
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        db.session.execute(insert(Review), rows[start : start + ROWS_AT_A_TIME])
    subject = f"round:{found.id}"
    record.change(actor, subject, "reviews assigned", now=now, new=f"{user.profile.full_name}: {len(reports)}")
    notices.tell(
        [user],
        "reviews_assigned",
        now=now,
        dedupe_key=f"reviews_assigned:{found.code}:{user.id}:{now.isoformat()}",
        path=f"/review/{found.code}/",
        count=str(len(reports)),
        round_name=found.name_th,
        fiscal_year=str(found.fiscal_year_be),
    )


def hand_over(round_code: str, from_id: int, to_id: int, most: int | None, *, actor: Actor, now: datetime) -> tuple[int, int]:
    """Hand reviews in which nothing was written from one evaluator to another; of somebody who can't go on, all that are open. Returns
    how many were handed over and how many could not be: the other has them already, or must not review the office."""
    found = _round(round_code, actor=actor)
    # Whoever left or lost the role can still be relieved of what waits there.
    people = {standing.user.id: standing for standing in assignments.evaluators(found.id)}
    if from_id not in people or to_id not in people or from_id == to_id or not people[to_id].may_review:
        raise Refused(N_("Choose two different evaluators"))
    giver, taker = people[from_id].user, people[to_id].user
    assignments.hold_open_of(found.id, from_id)  # what is begun or locked at this moment is not taken away
    giving = assignments.untouched(found.id, from_id) if people[from_id].may_review else assignments.open_of(found.id, from_id)
    barred = assignments.barred([to_id])[to_id]
    has = assignments.reviews_between([row.submission_id for row in giving], [to_id])
    living = {key for key, row in has.items() if row.state != ReviewState.RELEASED}
    able = [row for row in giving if row.area_id not in barred and (row.submission_id, to_id) not in living]
    moved = able if most is None else able[:most]
    for row in moved:
        row.state = ReviewState.RELEASED.value
    db.session.flush()
    reports = [Report(row.submission_id, row.area_id, row.indicator_id) for row in moved]
    if reports:
        _assign(found, taker, reports, actor=actor, now=now)
        said = f"{giver.profile.full_name} → {taker.profile.full_name}: {len(reports)}"
        record.change(actor, f"round:{found.id}", "reviews handed over", now=now, new=said)
    return len(reports), len(giving) - len(able)


def declare(area_code: str, reason: str, *, user_id: int | None, actor: Actor, now: datetime) -> int:
    """Note that somebody must not review an office: the actor, or whom the centre names. Every review of it is taken from them, a locked
    one with the level that came of it, as long as the round is not published: nobody could review it again. Returns how many were."""
    own = user_id is None or user_id == actor.user_id
    access.require(actor, Action.REVIEW if own else Action.ASSIGN_REVIEWS, access.COUNTRY)
    user = assignments.reviewer(actor.user_id or 0 if user_id is None else user_id)
    area = areas.by_code(area_code)
    if user is None:
        raise NotFound
    if area is None:
        raise Refused(N_("Choose an office from the list"))
    if is_blank(reason):
        raise Refused(N_("Write what the conflict is"))
    team.hold([user.id])  # of two who declare the same the second sees the first
    if any(row.area_id == area.id for row in assignments.conflicts_of(user.id)):
        raise Conflict(N_("This office is declared already"))
    row = InterestConflict(
        user_id=user.id,
        area_id=area.id,
        reason=reason.strip()[:500],
        declared_at=now,
        declared_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    said = f"{user.profile.full_name} · {area.short_th}: {single_line(reason)[:200]}"
    record.change(actor, f"user:{user.id}", "conflict declared", now=now, new=said)
    return _release(assignments.of_office(user.id, area.id), actor=actor, now=now)


def _release(reviews: list[Review], *, actor: Actor, now: datetime) -> int:
    for review in reviews:
        settle.hold(review.submission_id)  # before the review, as whoever locks does
        db.session.refresh(review, with_for_update=True)
        was_locked = review.is_locked
        review.state = ReviewState.RELEASED.value
        db.session.flush()
        if was_locked:
            settle.unsettle(review.submission_id, actor=actor, now=now)
        settle.settle_if_complete(review.submission_id, actor=actor, now=now)
    return len(reviews)


def end_conflict(conflict_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a declaration back; what was taken away stays with whoever has it now."""
    row = db.session.get(InterestConflict, conflict_id)
    if row is None or row.ended_at is not None:
        raise NotFound
    if row.user_id != actor.user_id:
        access.require(actor, Action.ASSIGN_REVIEWS, access.COUNTRY)
    row.ended_at = now
    record.change(actor, f"user:{row.user_id}", "conflict ended", now=now, old=str(row.area_id))
