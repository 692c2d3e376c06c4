"""Reminding offices that still owe at the moment of sending, each with its own missing indicators and its own deadline."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert

from app.domain import access, reminding
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.domain.reminding import Audience
from app.domain.round_life import Stage
from app.extensions import db
from app.models import Reminder, ReminderRecipient, Round
from app.queries import reminder as reminders
from app.queries import round as rounds
from app.queries.reminder import OfficeOwing, Person, Selection
from app.services import notices, record
from app.services.notices import Telling


@dataclass(frozen=True)
class Letter:
    """What is sent: to whom in each office, with which words of the centre's own."""

    audiences: list[Audience] = field(default_factory=lambda: [Audience.COORDINATORS])
    paragraph: str = ""


def _held(round_code: str) -> Round:
    """The round of an address, held for this transaction. Nobody is reminded of a rehearsal, or of what was not announced."""
    found = rounds.held(round_code)
    if found is None or found.is_rehearsal or found.stage == Stage.PREPARING:
        raise NotFound
    return found


def send(round_code: str, letter: Letter, selection: Selection, *, form_key: str, actor: Actor, now: datetime) -> Reminder:
    """Remind the offices of a selection that owe now. The same `form_key` sends once. Raises Refused where nobody owes."""
    access.require(actor, Action.REMIND, access.COUNTRY)
    found = _held(round_code)
    sent_before = reminders.by_form_key(form_key)
    if sent_before is not None:
        return sent_before
    offices = reminders.owing_offices(found, selection, letter.audiences, now)
    if not offices:
        raise Refused(N_("None of these offices owes anything any more, or their time is over. Nothing was sent."))
    row = _new(found, letter, actor, now, form_key=form_key, sent_at=now)
    _tell(row, found, offices, now=now)
    row.offices_done = reminders.count_selected(selection) - len(offices)
    record.change(actor, f"round:{found.id}", "reminded", now=now, new=f"{row.offices_told}/{row.people_told}")
    return row


def plan(round_code: str, letter: Letter, planned_at: datetime, *, actor: Actor, now: datetime) -> Reminder:
    """Plan a reminder to everybody who will owe then. Raises Refused for a moment that makes no sense."""
    access.require(actor, Action.REMIND, access.COUNTRY)
    found = _held(round_code)
    others = reminders.planned_moments(found.id) + ([found.reminds_at] if found.reminds_at else [])
    reminding.require_sensible(found.window, planned_at, now, others=others)
    row = _new(found, letter, actor, now, planned_at=planned_at)
    record.change(actor, f"round:{found.id}", "reminder planned", now=now, new=planned_at.isoformat())
    return row


def cancel(round_code: str, reminder_id: int, *, actor: Actor, now: datetime) -> Reminder:
    """Take a planned reminder back. Raises Conflict for one that was sent meanwhile."""
    access.require(actor, Action.REMIND, access.COUNTRY)
    found = _held(round_code)
    row = reminders.by_id(reminder_id, found.code)
    if row is None or row.planned_at is None:
        raise NotFound
    if not row.is_waiting:
        raise Conflict(N_("This reminder was sent or cancelled already"))
    row.cancelled_at, row.cancelled_by_name = now, actor.name
    record.change(actor, f"round:{found.id}", "reminder cancelled", now=now, old=row.planned_at.isoformat())
    return row


def send_planned(reminder_id: int, *, now: datetime) -> int:
    """Send a planned reminder whose moment has come, once. Offices whose own time for it is over are left out; where that is everybody,
    it is skipped. Returns how many offices owe."""
    found = rounds.held_by_id(db.session.get_one(Reminder, reminder_id).round_id)
    row = db.session.get_one(Reminder, reminder_id, with_for_update=True, populate_existing=True)
    planned_at = row.planned_at
    if found is None or not row.is_waiting or planned_at is None or planned_at > now:
        return 0
    if reminders.is_overtaken(row, now):
        row.skipped_at = now
        return 0
    offices = [
        office
        for office in reminders.owing_offices(found, Selection(), row.audiences, now)
        if now < reminding.last_moment(office.window, planned_at)
    ]
    if not offices and now >= reminding.last_moment(found.window, planned_at):
        row.skipped_at = now
        return 0
    row.sent_at = now
    _tell(row, found, offices, now=now)
    return len(offices)


def remind(round_id: int, *, now: datetime) -> int:
    """Send the reminder that stands among the dates of a round, once: the simplest planned one, to coordinators. Where the centre planned
    another within the hour, that one stands for both. Returns how many offices owe something."""
    found = db.session.get_one(Round, round_id, with_for_update=True)
    moment = found.reminds_at
    if found.reminded_at is not None or moment is None:
        return 0
    found.reminded_at = now
    if any(
        moment - reminding.APART < other < max(now, moment + reminding.APART) for other in reminders.planned_moments(found.id)
    ):
        return 0
    offices = reminders.owing_offices(found, Selection(), [Audience.COORDINATORS], now)
    row = _new(found, Letter(), Actor(user_id=None, name="e-MES"), now, planned_at=moment, sent_at=now)
    _tell(row, found, offices, now=now)
    return len(offices)


def _new(
    found: Round,
    letter: Letter,
    actor: Actor,
    now: datetime,
    *,
    form_key: str | None = None,
    planned_at: datetime | None = None,
    sent_at: datetime | None = None,
) -> Reminder:
    row = Reminder(
        round_id=found.id,
        audience=[str(audience) for audience in letter.audiences],
        paragraph=letter.paragraph,
        form_key=form_key,
        created_at=now,
        created_by_id=actor.user_id,
        created_by_name=actor.name,
        planned_at=planned_at,
        sent_at=sent_at,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _tell(row: Reminder, found: Round, offices: list[OfficeOwing], *, now: datetime) -> None:
    """Everybody gets a line in the inbox and a mail, and stands in the list of the reminder."""
    tellings, recipients = [], []
    for office in offices:
        for person in office.people:
            telling = Telling(
                user=person.user,
                kind="reminder_owner" if person.owns else "reminder",
                dedupe_key=f"reminder:{row.id}",
                context=words(found, office, person, row.paragraph),
                path=f"/reports/{found.code}/{office.area.code}/",
                mail="reminder",
            )
            tellings.append(telling)
            recipients.append(_recipient(row, office, person, telling))
    notices.tell_each(tellings, now=now)
    if recipients:
        db.session.execute(insert(ReminderRecipient), recipients)
    row.people_told = len(tellings)
    row.offices_told = sum(1 for office in offices if office.people)
    row.offices_without = sum(1 for office in offices if not office.people)


def _recipient(row: Reminder, office: OfficeOwing, person: Person, telling: Telling) -> dict[str, object]:
    """A row of the list of the reminder; all go in with one statement."""
    return {
        "reminder_id": row.id,
        "area_id": office.area.id,
        "user_id": person.user.id,
        "name": person.user.profile.full_name,
        "email": person.user.email or "",
        "owing": ", ".join(person.owing),
        "mail_key": telling.mail_key,
    }


def words(found: Round, office: OfficeOwing, person: Person | None, paragraph: str) -> dict[str, str]:
    """What the sentence and the mail are filled with; without a person as a coordinator would read it."""
    owing = person.owing if person else office.owing
    return record.about(found, office.area) | {
        "due_at": office.window.deadline.isoformat(),
        "closes_at": office.window.closes_at.isoformat(),
        "owing": ", ".join(owing),
        "count": str(len(owing)),
        "paragraph": paragraph,
        "own": "1" if person and person.owns else "",
    }
