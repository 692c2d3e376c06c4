"""Minutes in which the system did not run: noticed by a gap in the pulse, given back by the centre with one press."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain import access, deadlines
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, NotFound
from app.extensions import db
from app.models import Outage, Pulse, Round
from app.queries import deadline as deadline_queries
from app.services import record

BEAT_EVERY = timedelta(seconds=30)
OUTAGE_FROM = timedelta(minutes=3)


def beat(now: datetime) -> list[Outage]:
    """Note that the system runs. After a longer silence, one outage is put down for each round that was open meanwhile."""
    pulse = db.session.get(Pulse, 1, with_for_update=True)
    if pulse is None:
        db.session.add(Pulse(id=1, beat_at=now))
        return []
    silent_since, pulse.beat_at = pulse.beat_at, max(now, pulse.beat_at)
    if now - silent_since < OUTAGE_FROM:
        return []
    found = []
    for row in deadline_queries.rounds_open_between(silent_since, now):
        minutes = deadlines.lost_minutes(row.window, silent_since, now)
        if minutes:
            found.append(Outage(round_id=row.id, began_at=silent_since, ended_at=now, minutes=minutes))
    db.session.add_all(found)
    return found


def give_back(outage_id: int, *, actor: Actor, now: datetime) -> Outage:
    """Move the closing of the round, and a deadline or an extension not yet over when the outage began, by the lost minutes.

    Raises Conflict when it was decided already."""
    outage = _undecided(outage_id, actor)
    row = db.session.get_one(Round, outage.round_id, with_for_update=True)
    before = row.closes_at
    row.closes_at = deadlines.made_good(row.closes_at, now, outage.minutes)
    if row.due_at is not None and row.due_at > outage.began_at:
        row.due_at = min(row.due_at + timedelta(minutes=outage.minutes), row.closes_at)
    for extension in deadline_queries.extensions_of(row.id):
        if extension.until_at > outage.began_at:
            extension.until_at = deadlines.made_good(extension.until_at, now, outage.minutes)
            extension.counted_at = None
    outage.extended_to = row.closes_at
    _decide(outage, actor, now)
    record.change(actor, f"round:{row.id}", "closes_at", now=now, old=before.isoformat(), new=row.closes_at.isoformat())
    return outage


def leave(outage_id: int, *, actor: Actor, now: datetime) -> Outage:
    """Decide that nothing is given back."""
    outage = _undecided(outage_id, actor)
    _decide(outage, actor, now)
    record.change(actor, f"round:{outage.round_id}", "outage left", now=now, new=str(outage.minutes))
    return outage


def _undecided(outage_id: int, actor: Actor) -> Outage:
    access.require(actor, Action.EXTEND_DEADLINE, access.COUNTRY)
    outage = db.session.get(Outage, outage_id, with_for_update=True)
    if outage is None:
        raise NotFound
    if outage.decided_at is not None:
        raise Conflict(N_("This outage was decided already"))
    return outage


def _decide(outage: Outage, actor: Actor, now: datetime) -> None:
    outage.decided_at, outage.decided_by_name = now, actor.name
