"""What an office does with its results as a whole: it says that it has read them."""

from __future__ import annotations

from datetime import datetime

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, NotFound
from app.extensions import db
from app.models import Acknowledgement, Area
from app.queries import published
from app.queries import submission as submissions
from app.queries.published import OfficeLetter
from app.queries.submission import Office
from app.services import record


def find(round_code: str, area_code: str, *, actor: Actor, now: datetime) -> tuple[Office, OfficeLetter]:
    """An office with its released letter of a round. Raises NotFound where the office has none to read."""
    office = submissions.find_office(round_code, area_code, actor=actor)
    found = published.office_letter(office.round, office.area.id, now)
    if found is None:
        raise NotFound
    return office, found


def hold_office(area_id: int) -> None:
    """Hold an office for this transaction: what it does with its results comes one after the other."""
    db.session.get_one(Area, area_id, with_for_update={"key_share": True})


def acknowledge(round_code: str, area_code: str, *, seen_letter: int | None, actor: Actor, now: datetime) -> Acknowledgement:
    """Put on record that an office has read its results; once, whoever presses again.

    `seen_letter` is the letter that was on the page. Raises Conflict where another one has taken its place."""
    office, found = find(round_code, area_code, actor=actor, now=now)
    access.require(actor, Action.ACKNOWLEDGE_RESULT, Acknowledgement(area_id=office.area.id))
    if seen_letter is not None and seen_letter != found.letter.id:
        raise Conflict(N_("A new letter has taken the place of the one you read. Read it first, then acknowledge it."))
    hold_office(office.area.id)
    standing = published.office_letter(office.round, office.area.id, now)
    if standing is not None and standing.acknowledgement is not None:
        return standing.acknowledgement
    row = Acknowledgement(
        area_id=office.area.id,
        round_id=office.round.id,
        letter_id=found.letter.id,
        acknowledged_at=now,
        acknowledged_by_id=actor.user_id,
        acknowledged_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    record.change(actor, f"letter:{found.letter.id}", "acknowledged", now=now, area_id=office.area.id)
    return row
