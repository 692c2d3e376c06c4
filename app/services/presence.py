"""Noting who is in a report. A note is a courtesy between colleagues: it holds nothing up and lapses by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, update
from sqlalchemy.sql.elements import ColumnElement

from app.domain import access, deadlines, presence
from app.domain.access import Action, Actor
from app.extensions import db, insert_if_missing
from app.models import Presence, Submission
from app.queries.presence import Place

KEPT_FOR = timedelta(days=1)


def require_editor(place: Place, *, actor: Actor, now: datetime) -> None:
    """Raise NotAllowed for somebody who only reads, RoundClosed where nobody edits any more."""
    access.require(actor, Action.EDIT_REPORT, Submission(area_id=place.area.id))
    if not deadlines.in_grace(place.window, now):
        deadlines.require_open(place.window, now)


def _own(place: Place, actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        Presence.user_id == actor.user_id,
        Presence.round_id == place.round.id,
        Presence.area_id == place.area.id,
        Presence.indicator_id == place.indicator_id,
    )


def note(place: Place, field: str | None, *, actor: Actor, now: datetime) -> None:
    """Note that the actor is in this report now, in this field. Who was away for longer has come anew."""
    require_editor(place, actor=actor, now=now)
    still_here = Presence.seen_at >= presence.here_since(now)
    since = case((still_here, Presence.since_at), else_=now)
    values = {"name": actor.name, "field_key": field, "seen_at": now}
    noted = db.session.execute(update(Presence).where(*_own(place, actor)).values(since_at=since, **values))
    if noted.rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE always counts its rows
        place_ids = {"round_id": place.round.id, "area_id": place.area.id, "indicator_id": place.indicator_id}
        insert_if_missing(Presence, {"user_id": actor.user_id, "since_at": now, **place_ids, **values})


def leave(place: Place, *, actor: Actor) -> None:
    """Take the actor's note away."""
    access.require(actor, Action.EDIT_REPORT, Submission(area_id=place.area.id))
    db.session.execute(delete(Presence).where(*_own(place, actor)))


def expire(*, now: datetime) -> None:
    """Forget notes that lapsed long ago."""
    db.session.execute(delete(Presence).where(Presence.seen_at < now - KEPT_FOR))
