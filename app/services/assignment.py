"""Who is responsible for which indicator: giving, taking away, handing over, taking the team of an earlier round over."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import User

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, NotFound, Refused
from app.extensions import db
from app.models import Area, Assignment, Indicator
from app.queries import round as rounds
from app.queries import submission as submissions
from app.queries import team
from app.queries.history import team_subject
from app.queries.submission import Office
from app.services import notices, record


@dataclass(frozen=True)
class Seats:
    """Seats of an office in a round: the indicators that were chosen, by full code; every one where `codes` is None."""

    round_code: str
    area_code: str
    codes: frozenset[str] | None = None


def lead(round_code: str, area_code: str, *, actor: Actor) -> Office:
    """The office in a round, for whoever may lead its team."""
    office = submissions.find_office(round_code, area_code, actor=actor)
    access.require(actor, Action.LEAD_TEAM, Assignment(area_id=office.area.id))
    # Held: of two who give or take the same seat the second sees what the first did, and nobody gets a seat while leaving.
    db.session.get_one(Area, office.area.id, with_for_update={"key_share": True})
    return office


def _indicators(office: Office, codes: frozenset[str] | None) -> list[Indicator]:
    """The chosen indicators that the office reports, in order. Raises Refused where none is chosen."""
    found = [
        indicator
        for part in rounds.parts_with_indicators(office.round.id)
        for indicator in part.indicators
        if indicator.applies_to_kind(office.area.kind) and (codes is None or indicator.full_code in codes)
    ]
    if not found:
        raise Refused(N_("Tick at least one indicator"))
    return found


def _people(office: Office, user_ids: Collection[int]) -> list[User]:
    """The chosen people of the own office. Raises Refused where none is chosen, NotFound for anybody else's people."""
    if not user_ids:
        raise Refused(N_("Choose at least one person"))
    known = {user.id: user for user in team.people(office.area.id)}
    if not known.keys() >= set(user_ids):
        raise NotFound
    return [known[user_id] for user_id in user_ids]


def assign(seats: Seats, user_ids: Collection[int], *, actor: Actor, now: datetime) -> int:
    """Make people responsible for indicators, each beside who is already. Returns how many seats were given."""
    office = lead(seats.round_code, seats.area_code, actor=actor)
    people, indicators = _people(office, user_ids), _indicators(office, seats.codes)
    return sum(give(office, user, indicators, actor=actor, now=now) for user in people)


def take_away(seats: Seats, user_ids: Collection[int], *, actor: Actor, now: datetime) -> int:
    """End people's responsibility for indicators. Returns how many seats were taken."""
    office = lead(seats.round_code, seats.area_code, actor=actor)
    people, indicators = _people(office, user_ids), _indicators(office, seats.codes)
    return sum(take(office, user, indicators, actor=actor, now=now) for user in people)


def hand_over(seats: Seats, from_id: int, to_id: int, *, actor: Actor, now: datetime) -> int:
    """Let one person take over what another is responsible for, among the chosen indicators. Returns how many seats moved."""
    office = lead(seats.round_code, seats.area_code, actor=actor)
    if not from_id or not to_id or from_id == to_id:
        raise Refused(N_("Choose two different people"))
    (successor,) = _people(office, [to_id])
    rows = [row for row in team.assignments(office.round.id, office.area.id) if row.user_id == from_id]
    # Who is gone already still owns until somebody takes over.
    source = rows[0].user if rows else _people(office, [from_id])[0]
    owned = {row.indicator_id for row in rows}
    moved = [row for row in _indicators(office, seats.codes) if row.id in owned]
    if not moved:
        raise Refused(N_("%(name)s is responsible for none of these indicators"), name=source.profile.full_name)
    take(office, source, moved, actor=actor, now=now)
    give(office, successor, moved, actor=actor, now=now)
    return len(moved)


def copy_team(round_code: str, area_code: str, *, actor: Actor, now: datetime) -> int:
    """Take the owners of the latest earlier round over, by the indicators' codes, as far as the people are still active.

    Returns how many seats were given."""
    office = lead(round_code, area_code, actor=actor)
    source = team.earlier_round(office.round, office.area.id)
    if source is None:
        raise Refused(N_("The office had no owners in an earlier round"))
    known = {user.id: user for user in team.people(office.area.id)}
    here = {row.full_code: row for row in _indicators(office, None)}
    wanted: dict[int, list[Indicator]] = {}
    for row in team.assignments(source.id, office.area.id):
        if row.user_id in known and row.indicator.full_code in here:
            wanted.setdefault(row.user_id, []).append(here[row.indicator.full_code])
    return sum(give(office, known[user_id], rows, actor=actor, now=now) for user_id, rows in wanted.items())


def give(office: Office, user: User, indicators: Iterable[Indicator], *, actor: Actor, now: datetime) -> int:
    """Make a person responsible and tell them; who is so already stays so."""
    owned = {row.indicator_id for row in team.assignments(office.round.id, office.area.id) if row.user_id == user.id}
    fresh = [indicator for indicator in indicators if indicator.id not in owned]
    if not fresh:
        return 0
    rows = [
        Assignment(
            area_id=office.area.id,
            round_id=office.round.id,
            indicator_id=indicator.id,
            user_id=user.id,
            assigned_at=now,
            assigned_by_id=actor.user_id,
            assigned_by_name=actor.name,
        )
        for indicator in fresh
    ]
    db.session.add_all(rows)
    db.session.flush()
    _note(office, user, fresh, "assigned", key=f"assigned:{rows[0].id}:{now.isoformat()}", actor=actor, now=now)
    return len(rows)


def take(office: Office, user: User, indicators: Iterable[Indicator], *, actor: Actor, now: datetime) -> int:
    """End a person's responsibility and tell them."""
    ids = {indicator.id: indicator for indicator in indicators}
    rows = [
        row for row in team.assignments(office.round.id, office.area.id) if row.user_id == user.id and row.indicator_id in ids
    ]
    if not rows:
        return 0
    gone = [ids[row.indicator_id] for row in rows]
    _note(office, user, gone, "unassigned", key=f"unassigned:{rows[0].id}:{now.isoformat()}", actor=actor, now=now)
    for row in rows:
        db.session.delete(row)
    db.session.flush()
    return len(rows)


def _note(office: Office, user: User, indicators: list[Indicator], kind: str, *, key: str, actor: Actor, now: datetime) -> None:
    """Put on record whose an indicator is, and tell the person; nobody is told of what they did themselves."""
    codes = ", ".join(indicator.full_code for indicator in indicators)
    name = user.profile.full_name
    record.change(
        actor,
        team_subject(office.round.id),
        kind,
        now=now,
        area_id=office.area.id,
        old=f"{name}: {codes}" if kind == "unassigned" else None,
        new=f"{name}: {codes}" if kind == "assigned" else None,
    )
    if user.id == actor.user_id or not user.active:
        return
    notices.tell(
        [user],
        kind,
        now=now,
        dedupe_key=key,
        path=f"/reports/{office.round.code}/{office.area.code}/?show=mine",
        mail=kind,
        by=actor.name,
        codes=codes,
        closes_at=office.window.closes_at.isoformat(),
        **record.about(office.round, office.area),
    )
