"""Reviewing a report: saving single fields, and locking the whole, after which its evaluator sees what the others think.

What is recorded here is the centre's: an office's own record tells nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime

from app.domain import access, reviewing, round_life
from app.domain.access import Action, Actor
from app.domain.errors import N_, Message, NotFound
from app.domain.errors import Conflict as Collision
from app.domain.reviewing import MOST_TEXT, Cause, IncompleteReview, ReviewState
from app.domain.thai import is_blank, storable
from app.extensions import db
from app.models import Review, ReviewEntry
from app.queries import review_case as cases
from app.queries.review_case import Case
from app.services import record, returns, settling
from app.services.field_saving import Conflict, Outcome, Typing
from app.services.reporting import Address


@dataclass
class Saved(Outcome):
    """What became of a save of a review."""

    _: KW_ONLY
    case: Case
    review: Review

    @property
    def missing(self) -> dict[str, Message]:
        return reviewing.missing(self.review.values, self.case.asked.numbers)


def _mine(address: Address, *, actor: Actor) -> tuple[Case, Review]:
    """The report at an address and the actor's own review of it, held for this transaction. Raises NotFound where it is not theirs."""
    case = cases.find_case(address.round_code, address.area_code, address.indicator_code, actor=actor)
    review = cases.held(case.submission_id, actor.user_id)
    if review is None or case.has_conflict:
        raise NotFound
    access.require(actor, Action.REVIEW, review)
    return case, review


def _require_open(case: Case, review: Review) -> None:
    """Raise Conflict unless the review may be written to now."""
    if case.round.stage != round_life.Stage.REVIEW:
        raise Collision(N_("This round is not in review: what was written can be read and not changed."))
    if review.state == ReviewState.LOCKED:
        raise Collision(N_("This review is locked. It can be read and not changed."))
    if not case.is_submitted:
        raise Collision(N_("The report is with its office at the moment. It can be reviewed once it was handed in again."))


def save(address: Address, changes: Mapping[str, Typing], *, actor: Actor, now: datetime) -> Saved:
    """Store these fields and no others, each against its own version. Nothing is required in order to save."""
    case, review = _mine(address, actor=actor)
    _require_open(case, review)
    saved = Saved(now, case=case, review=review)
    stored = {entry.field_key: entry for entry in review.entries}
    for key, (value, seen) in _read(changes, saved).items():
        _save_field(saved, stored.get(key), key, value, seen, actor=actor)
    return saved


def _read(changes: Mapping[str, Typing], saved: Saved) -> dict[str, tuple[str | None, int | None]]:
    """The fields that can be kept, by key: (value, version seen). The others are noted as errors."""
    known = set(reviewing.field_keys(saved.case.asked.numbers))
    good: dict[str, tuple[str | None, int | None]] = {}
    for key, typing in changes.items():
        if key not in known:
            saved.errors[key] = Message(N_("This report has no such field"))
            continue
        try:
            good[key] = (reviewing.read(key, _text(typing)), typing.version)
        except ValueError:
            saved.errors[key] = _why(key)
    return good


def _text(typing: Typing) -> str | None:
    """What was typed, as text. Raises ValueError for anything that is neither text nor a whole number."""
    value = typing.value
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError
    return str(value)


def _why(key: str) -> Message:
    if key == reviewing.LEVEL or key.startswith("verdict."):
        return Message(N_("Choose one of the answers offered"))
    return Message(N_("Write it in %(count)d characters at most"), {"count": MOST_TEXT})


def _save_field(
    saved: Saved, entry: ReviewEntry | None, key: str, value: str | None, seen: int | None, *, actor: Actor
) -> None:
    """Store one field, or note that another window of the same evaluator was faster."""
    now, review = saved.saved_at, saved.review
    current, version = (entry.value, entry.version) if entry else (None, 0)
    if value == current:
        saved.versions[key] = version
        return
    if seen is not None and seen != version and entry is not None:
        saved.conflicts[key] = Conflict(value, current, actor.name, entry.changed_at, version)
        return
    if entry is None:
        entry = ReviewEntry(field_key=key, version=0)
        review.entries.append(entry)
    entry.value, entry.version, entry.changed_at = value, version + 1, now
    review.begun_at = review.begun_at or now
    record.change(actor, f"review:{review.id}", key, now=now, old=current, new=value)
    saved.versions[key] = entry.version


def lock(address: Address, *, seen: int | None = None, actor: Actor, now: datetime) -> Review:
    """Lock a complete review: its level counts for what is handed in now, and its evaluator sees the rest. Repeating it harmlessly
    answers with the same. `seen` is the hand-in that the page showed; raises Conflict where another one is in force by now, and
    IncompleteReview with everything that is missing."""
    found = cases.find_case(address.round_code, address.area_code, address.indicator_code, actor=actor)
    settling.hold(found.submission_id)  # before the review, as whoever settles does
    case, review = _mine(address, actor=actor)
    if review.state == ReviewState.LOCKED:
        return review
    _require_open(case, review)
    if seen is not None and seen != case.hand_in.id:
        raise Collision(N_("The office handed this report in again while you looked at it. See what changed, then lock."))
    values = review.values
    if lacking := reviewing.missing(values, case.asked.numbers):
        raise IncompleteReview(lacking)
    review.level, review.hand_in_id = int(values[reviewing.LEVEL] or 0), case.hand_in.id
    review.state, review.locked_at = ReviewState.LOCKED.value, now
    review.begun_at, review.was_revealed = review.begun_at or now, True
    record.change(actor, f"review:{review.id}", "locked", now=now, new=str(review.level))
    db.session.flush()
    returns.note_seen(case.submission_id, now=now)
    settling.settle_if_complete(case.submission_id, actor=actor, now=now)
    return review


def ask_for_moderation(address: Address, reason: str, *, actor: Actor, now: datetime) -> None:
    """An evaluator who has locked asks a moderator to decide, and says why."""
    found = cases.find_case(address.round_code, address.area_code, address.indicator_code, actor=actor)
    submission = settling.hold(found.submission_id)
    case, review = _mine(address, actor=actor)
    if review.state != ReviewState.LOCKED:
        raise Collision(N_("Lock your review first; then you can ask for moderation."))
    if case.round.stage != round_life.Stage.REVIEW:
        raise Collision(N_("This round is not in review: what was written can be read and not changed."))
    if is_blank(reason):
        raise NoReason
    settling.open_moderation(submission, (Cause.ASKED,), actor=actor, now=now, reason=storable(reason).strip()[:MOST_TEXT])


class NoReason(Collision):
    """Moderation was asked for without a word why."""

    status = 422

    def __init__(self) -> None:
        super().__init__(N_("Write why a moderator should decide"))
