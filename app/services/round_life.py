"""Steps in the life of a round: what the centre does by hand, and what the clock does for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app import scope
from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.round_life import WITH_REASON, Stage, Standing, Step, stage_after
from app.domain.thai import is_blank, single_line
from app.models import Round
from app.queries import publication as publications
from app.queries import round as rounds
from app.queries import round_life
from app.services import announcing, notices, record, reference

# A round entered for history opened long ago: nobody is told of it.
STILL_NEWS = timedelta(days=7)
# What a step may move besides the stage, and what is put on record for it.
MOVED = ("opens_at", "reminds_at", "due_at", "closes_at", "reviews_at")
# Steps of which the offices are told, by the notice that tells them.
TELLS = {
    Step.ANNOUNCE: "round_announced",
    Step.WITHDRAW: "round_withdrawn",
    Step.OPEN_NOW: "round_opened",
    Step.CLOSE_NOW: "round_closed_early",
    Step.REOPEN: "round_reopened",
}


@dataclass(frozen=True)
class Terms:
    """What goes with a step: the new closing, the reason that offices read, whether they get a mail too."""

    until: datetime | None = None
    reason: str = ""
    by_mail: bool = True


def take(code: str, step: Step, terms: Terms, *, seen: str, actor: Actor, now: datetime) -> Round:
    """Take a step. `seen` is where the round stood on the page that asked for it.

    Raises Conflict where it stands elsewhere by now, Refused for what is missing."""
    access.require(actor, Action.RUN_ROUND, access.COUNTRY)
    found = rounds.held(code)
    if found is None:
        raise NotFound
    standing = found.standing(now)
    stage = stage_after(standing, step, is_rehearsal=found.is_rehearsal)
    if seen != standing:
        raise Conflict(N_("The round stands elsewhere by now. Look at what the step does and press again."))
    if step in WITH_REASON and is_blank(terms.reason):
        raise Refused(N_("Write the reason: offices read it, and everybody who looks later"))
    dates = {name: getattr(found, name) for name in MOVED}
    _prepare(found, step, terms, now=now)
    found.stage = stage.value
    reference.check_round(found)
    subject, reason = f"round:{found.id}", single_line(terms.reason)
    record.change(actor, subject, f"step:{step}", now=now, old=standing.value, new=reason or found.standing(now).value)
    for name, was in dates.items():
        if getattr(found, name) != was:
            record.change(actor, subject, name, now=now, old=_said(was), new=_said(getattr(found, name)))
    if step is Step.PUBLISH:
        announcing.come_true(found, actor=actor, now=now)
    if step in TELLS and not found.is_rehearsal:
        _tell(found, TELLS[step], now=now, by_mail=terms.by_mail, reason=reason)
    return found


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else str(moment)


def _prepare(found: Round, step: Step, terms: Terms, *, now: datetime) -> None:
    """What a step asks for and does besides the stage."""
    match step:
        case Step.ANNOUNCE:
            hindering = [lack for lack in round_life.lacking(found, now) if lack.hinders]
            if hindering:
                raise Refused(hindering[0].message.text, **hindering[0].message.values)
            if found.opens_at <= now:
                found.opened_for = found.opens_at  # told with the announcement
        case Step.WITHDRAW:
            standing = round_life.counts(found, now)
            if standing.sent or standing.ready or standing.begun:
                raise Conflict(N_("Offices have reported: the announcement can't be taken back"))
        case Step.OPEN_NOW:
            found.opens_at = found.opened_for = now
        case Step.CLOSE_NOW:
            found.closes_at, found.counted_for = now, None
            if found.due_at is not None and found.due_at > now:
                found.due_at = None
            if found.reminds_at is not None and found.reminds_at >= (found.due_at or now):
                found.reminds_at = None
        case Step.REOPEN:
            if terms.until is None or terms.until <= now:
                raise Refused(N_("Type the new closing, later than now"))
            found.closes_at, found.counted_for = terms.until, None
            if found.due_at is not None and found.due_at <= now:
                found.due_at = None  # who reports in the time that was given is not late
            if found.reviews_at is not None and found.reviews_at < terms.until:
                found.reviews_at = None
        case Step.END_REVIEW:
            if publications.has_release(found.id):
                raise Conflict(N_("Letters with the results are released: take that back first, under Publication"))
            found.reviews_at = None  # by its date the clock would begin it again at once
        case Step.BEGIN_REVIEW:
            _require_counted(found, now)
        case Step.PUBLISH:
            if not publications.is_published(found.id, now):
                raise Refused(
                    N_("Release the letters with the results first, under Publication: the round is published at their moment")
                )


def _is_counted(found: Round, now: datetime) -> bool:
    """Whether the grace is over and what lay there at closing was counted."""
    return found.window.ends_at <= now and found.counted_for == found.closes_at


def _require_counted(found: Round, now: datetime) -> None:
    if found.window.ends_at > now:
        raise Refused(
            N_("What was begun can still be finished until %(moment)s: begin the review after it"), moment=found.window.ends_at
        )
    if not _is_counted(found, now):
        raise Refused(N_("What lay there at closing is being counted. Try again in a few minutes."))


def _tell(found: Round, kind: str, *, now: datetime, by_mail: bool = True, reason: str = "") -> None:
    with scope.whole_country("coordinators and directors of every office are told of a round"):
        notices.tell(
            round_life.people_to_tell(found.id),
            kind,
            now=now,
            dedupe_key=f"{kind}:{found.code}:{now.isoformat()}",
            path=f"/reports/?round={found.code}",
            mail="notice" if by_mail else "",
            round=found.code,
            round_name=found.name_th,
            fiscal_year=str(found.fiscal_year_be),
            opens_at=found.opens_at.isoformat(),
            closes_at=found.closes_at.isoformat(),
            reason=reason,
        )


def advance(round_id: int, *, actor: Actor, now: datetime) -> bool:
    """What the clock does: tell offices that the round opened, begin the review on its day, publish at the moment of a release.

    Repeating it changes nothing."""
    found = rounds.held_by_id(round_id)
    if found is None or found.is_rehearsal:
        return False
    standing = found.standing(now)
    if standing is Standing.OPEN and found.opened_for != found.opens_at:
        was_open = found.opened_for is not None and found.opened_for <= now
        found.opened_for = found.opens_at
        if not was_open:  # a date that was corrected in an open round is no news
            _tell(found, "round_opened", now=now)
        return True
    if standing is Standing.CLOSED and found.reviews_at is not None and found.reviews_at <= now and _is_counted(found, now):
        found.stage = Stage.REVIEW.value
        record.change(
            actor, f"round:{found.id}", f"step:{Step.BEGIN_REVIEW}", now=now, old=standing.value, new=Standing.REVIEW.value
        )
        return True
    return announcing.come_true(found, actor=actor, now=now)
