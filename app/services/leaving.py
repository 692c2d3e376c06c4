"""Handing a seat over when a person leaves: the work goes on in other hands, the account ends, the name on what was done stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import User

from app.domain import access
from app.domain.access import Action, Actor, Duty
from app.domain.errors import N_, Correctable, NotFound
from app.extensions import db
from app.models import Area, Assignment, OfficeOrder, Submission
from app.queries import sheet as sheet_queries
from app.queries import submission as submissions
from app.queries import team
from app.services import accounts, api_tokens, assignment, notices, record, sheets, sign_in

TO_SHEETS = "to-sheets"


class SuccessorMissing(Correctable):
    """A seat has nobody to take it. `fields` names the choices that are missing."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(N_("Choose who takes over: %(count)d choices are missing"), count=len(fields))
        self.fields = fields


@dataclass(frozen=True)
class OpenWork:
    """What a person leaves behind: indicators, how many sheets of the sister jobs, unsent reports last edited by them, orders to act, the
    coordinator's seat."""

    user: User
    owned: list[Assignment]
    sheets: int
    drafts: list[Submission]
    acting: list[OfficeOrder]
    is_last_coordinator: bool
    colleagues: list[User]


def _has(user: User, duty: Duty) -> bool:
    return any(role.name == duty for role in user.roles)


def open_work(area: Area, user_id: int, *, actor: Actor, now: datetime) -> OpenWork:
    """The open work of a person of this office. Raises NotFound for anybody else."""
    access.require(actor, Action.LEAD_TEAM, Assignment(area_id=area.id))
    people = team.people(area.id)
    user = next((found for found in people if found.id == user_id), None)
    if user is None:
        raise NotFound
    colleagues = [found for found in people if found.id != user.id]
    last = _has(user, Duty.COORDINATOR) and not any(_has(found, Duty.COORDINATOR) for found in colleagues)
    return OpenWork(
        user=user,
        owned=team.assignments_of(user.id, area.id),
        sheets=len(sheet_queries.owned_by(user.id, area.id)),
        drafts=team.drafts_of(user.id, area.id),
        acting=team.acting_orders_of(user.id, now),
        is_last_coordinator=last,
        colleagues=colleagues,
    )


def leave(
    area: Area,
    user_id: int,
    successors: Mapping[int, int | None],
    coordinator_id: int | None,
    sheets_to_id: int | None = None,
    *,
    actor: Actor,
    now: datetime,
) -> User:
    """End a person's account once every seat has a successor. `successors` is the user id by the id of each assignment, `sheets_to_id` of who
    takes over projects and inspections.

    Raises SuccessorMissing naming the seats without one."""
    # Held, so that of two coordinators who leave at once the second finds out that it is the last.
    db.session.get_one(Area, area.id, with_for_update={"key_share": True})
    work = open_work(area, user_id, actor=actor, now=now)
    user, colleagues = work.user, {found.id: found for found in work.colleagues}
    chosen = {row: colleagues.get(successors.get(row.id) or 0) for row in work.owned}
    lacking = [f"to-{row.id}" for row, successor in chosen.items() if successor is None]
    takes_sheets = colleagues.get(sheets_to_id or 0)
    if work.sheets and takes_sheets is None:
        lacking.append(TO_SHEETS)
    new_coordinator = colleagues.get(coordinator_id or 0)
    if work.is_last_coordinator and new_coordinator is None:
        lacking.append("coordinator")
    if lacking:
        raise SuccessorMissing(lacking)
    _move(chosen, actor=actor, now=now)
    if takes_sheets is not None:
        sheets.hand_over(user, takes_sheets, area.id, actor=actor, now=now)
    if work.is_last_coordinator and new_coordinator is not None:
        _make_coordinator(new_coordinator, area, actor=actor, now=now)
    for order in work.acting:
        order.removed_at = now
        record.change(actor, f"order:{order.id}", "taken out", now=now, area_id=order.area_id, old=order.number)
    user.active = False
    sign_in.end_sessions(user.id, now=now)
    api_tokens.revoke_all(user, actor=actor, now=now)
    roles = ", ".join(sorted(role.name for role in user.roles))
    record.change(actor, f"user:{user.id}", "left", now=now, area_id=area.id, old=roles, new=user.profile.full_name)
    return user


def _move(chosen: Mapping[Assignment, User | None], *, actor: Actor, now: datetime) -> None:
    """Each seat to its successor, round by round, so that a successor is told once for a round."""
    seats: dict[tuple[str, int, int], list[Assignment]] = {}
    for row, successor in chosen.items():
        if successor is not None:
            seats.setdefault((row.round.code, row.user_id, successor.id), []).append(row)
    for (round_code, user_id, successor_id), rows in seats.items():
        area = db.session.get_one(Area, rows[0].area_id)
        office = submissions.find_office(round_code, area.code, actor=actor)
        indicators = [row.indicator for row in rows]
        people = {user.id: user for user in team.people(area.id)}
        assignment.take(office, people[user_id], indicators, actor=actor, now=now)
        assignment.give(office, people[successor_id], indicators, actor=actor, now=now)


def _make_coordinator(user: User, area: Area, *, actor: Actor, now: datetime) -> None:
    """The successor takes the coordinator's seat beside the own, and is told."""
    duties = [*(Duty(role.name) for role in user.roles), Duty.COORDINATOR]
    accounts.change_account(
        user.profile, duties=duties, active=True, area_id=area.id, was_area_id=area.id, actor=actor, now=now
    )
    notices.tell(
        [user],
        "made_coordinator",
        now=now,
        dedupe_key=f"made_coordinator:{user.id}:{now.isoformat()}",
        path="/reports/",
        mail="notice",
        by=actor.name,
        area_name=area.short_th,
    )
