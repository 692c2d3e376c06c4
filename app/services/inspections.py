"""The centre's part of an inspection: what it may ask, announcing it, reminding of its day."""

from __future__ import annotations

from datetime import datetime

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, Refused
from app.domain.inspections import is_code
from app.extensions import db
from app.models import Inspection, InspectionIssue
from app.queries import deadline
from app.queries import inspection as inspections
from app.services import notices, record
from app.services.notices import Telling


def subject(found: Inspection) -> str:
    """What the record of changes calls an inspection."""
    return f"inspection:{found.id}"


def check(row: Inspection) -> None:
    """The code can stand in an address and the dates follow each other. Raises Refused."""
    if not is_code(row.code):
        raise Refused(N_("The code begins with a digit or a capital and has letters, digits, dots and hyphens only"))
    if not 2540 <= row.fiscal_year_be <= 2700:
        raise Refused(N_("The fiscal year is a Buddhist year such as 2566"))
    if not 1 <= row.round_number <= 9:
        raise Refused(N_("The number of the round is between 1 and 9"))
    if row.cluster is not None and not 1 <= row.cluster <= 99:
        raise Refused(N_("The number of the inspection cluster is between 1 and 99"))
    if row.opens_at >= row.due_at:
        raise Refused(N_("The inspection must open before its reports are due"))
    if row.reminds_at is not None and not row.opens_at <= row.reminds_at < row.due_at:
        raise Refused(N_("The reminder must go out after the opening and before the deadline"))


def check_issue(row: InspectionIssue) -> None:
    """An issue belongs to an inspection, and its code can stand in an address. Raises Refused."""
    if row.inspection is None:
        raise Refused(N_("Choose the inspection"))
    if not is_code(row.code):
        raise Refused(N_("The code begins with a digit or a capital and has letters, digits, dots and hyphens only"))


def announce(code: str, *, actor: Actor, now: datetime) -> int:
    """Let the offices concerned see an inspection and tell their coordinators and directors. Returns how many people are told.

    Raises Conflict where it is announced already, Refused where there is nothing to ask yet."""
    access.require(actor, Action.RUN_JOBS, access.COUNTRY)
    found = inspections.find(code)
    db.session.refresh(found, ["announced_at"], with_for_update=True)
    if found.announced_at is not None:
        raise Conflict(N_("This inspection is announced already"))
    if not any(issue.is_asked for issue in found.issues):
        raise Refused(N_("There is no issue to report on yet: add the issues first"))
    found.announced_at, found.announced_by_name = now, actor.name
    record.change(actor, subject(found), "announced", now=now, new=found.due_at.isoformat())
    words = {"title": found.name_th, "due_at": found.due_at.isoformat()}
    return notices.tell_each(
        [
            Telling(
                user,
                "inspection_announced",
                f"inspection-announced:{found.id}",
                words,
                f"/inspections/{found.code}/{area.code}/",
                mail="notice",
            )
            for user, area in inspections.people_to_tell(found)
        ],
        now=now,
    )


def remind(inspection_id: int, *, now: datetime) -> int:
    """Remind, once, the offices that still have to send: coordinators of the whole, owners of their issues. Returns how many people
    are told."""
    found = db.session.get_one(Inspection, inspection_id, with_for_update=True)
    if found.reminded_at is not None or found.announced_at is None:
        return 0
    found.reminded_at = now
    sent = inspections.areas_that_sent(found.id)
    areas = {area.id: area for _, area in inspections.people_to_tell(found) if area.id not in sent}
    words = {"title": found.name_th, "due_at": found.due_at.isoformat()}
    coordinators = deadline.coordinators_of(areas)
    tellings = [
        Telling(
            user,
            "inspection_reminder",
            f"inspection-reminder:{found.id}",
            words,
            f"/inspections/{found.code}/{areas[user.profile.area_id].code}/",
            mail="notice",
        )
        for user in coordinators
    ]
    owed: dict[int, list[str]] = {}
    people = {}
    for user, area, code in inspections.owing_owners(found.id):
        if area.id in areas:
            owed.setdefault(user.id, []).append(code)
            people[user.id] = (user, area)
    tellings += [
        Telling(
            user,
            "inspection_owner_reminder",
            f"inspection-owner-reminder:{found.id}",
            words | {"codes": ", ".join(owed[user.id])},
            f"/inspections/{found.code}/{area.code}/",
            mail="notice",
        )
        for user, area in people.values()
    ]
    return notices.tell_each(tellings, now=now) if tellings else 0
