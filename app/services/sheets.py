"""What is done to any sheet: begun, saved field by field, moved from state to state, given to people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime

from flask_appbuilder.security.sqla.models import User

from app.domain import access, sheets
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, Refused
from app.domain.sheets import Asked, Missing, SheetKind
from app.domain.thai import storable
from app.extensions import db
from app.models import Sheet, SheetField, SheetOwner
from app.queries import sheet as sheet_queries
from app.queries import team
from app.services import field_saving, notices, record
from app.services.field_saving import Holder, Outcome, Typing

MOST_SAID = 1000


def nothing_more(_: Sheet) -> None:
    """What a kind of sheet that mirrors nothing does after a write."""


@dataclass(frozen=True)
class Subject:
    """A sheet with what it asks at this moment, the address of its page, what it is called, and the message ids of its states' names.
    `mirror` keeps on the row that the sheet is of what lists show of its fields. `column_names` are the message ids of what is kept on
    that row beside the fields and changes on record."""

    sheet: Sheet
    asked: Asked
    path: str
    title: str
    state_names: Mapping[str, str]
    mirror: Callable[[Sheet], None] = nothing_more
    column_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_editable(self) -> bool:
        return self.sheet.state in self.asked.editable

    @property
    def missing(self) -> list[Missing]:
        return self.asked.missing(self.sheet.entered)

    @property
    def belonging(self) -> str:
        """What pages and their scripts say which sheet they were opened for."""
        return f"sheet/{self.sheet.id}"


class NotEditable(Conflict):
    """The sheet was sent or is closed; what was typed is not stored and stays on the page."""

    def __init__(self) -> None:
        super().__init__(
            N_("This was sent and can't be edited at the moment. Have it returned to you first; what you typed is kept here.")
        )


class IncompleteSheet(Refused):
    """Something is missing before the sheet can be sent."""

    def __init__(self, items: list[Missing]) -> None:
        super().__init__(N_("Some items are still missing"))
        self.items = items


@dataclass
class Saved(Outcome):
    """What became of a save of a sheet."""

    _: KW_ONLY
    subject: Subject


def subject_of_record(sheet_id: int) -> str:
    """What the record of changes calls a sheet."""
    return f"sheet:{sheet_id}"


def begin(kind: SheetKind, state: str, *, area_id: int, actor: Actor, now: datetime) -> Sheet:
    """A new sheet of an office."""
    sheet = Sheet(
        area_id=area_id,
        kind=kind.value,
        state=state,
        started_at=now,
        changed_at=now,
        changed_by_id=actor.user_id,
        changed_by_name=actor.name,
    )
    access.require(actor, Action.EDIT_SHEET, sheet)
    db.session.add(sheet)
    db.session.flush()
    record.change(actor, subject_of_record(sheet.id), f"begun:{kind.value}", now=now, area_id=area_id)
    return sheet


def require_editable(subject: Subject, *, actor: Actor) -> None:
    """Raise NotAllowed for a role that only reads, NotEditable while the sheet rests."""
    access.require(actor, Action.EDIT_SHEET, subject.sheet)
    if not subject.is_editable:
        raise NotEditable


def save(subject: Subject, changes: Mapping[str, Typing], *, actor: Actor, now: datetime) -> Saved:
    """Store these fields and no others, each against its own version. Nothing is required in order to save. The sheet is held."""
    require_editable(subject, actor=actor)
    saved = Saved(now, subject=subject)
    good = field_saving.read(changes, subject.asked.readers(), saved)
    sheet = subject.sheet
    holder = Holder(
        rows=sheet.fields,
        make=lambda key: SheetField(area_id=sheet.area_id, field_key=key),
        subject=subject_of_record(sheet.id),
        area_id=sheet.area_id,
    )
    if field_saving.store(holder, good, saved, actor=actor):
        touch(subject, actor=actor, now=now)
    return saved


def touch(subject: Subject, *, actor: Actor, now: datetime) -> None:
    """Note that a sheet was edited: who, when, and how much is still missing."""
    sheet = subject.sheet
    sheet.changed_at, sheet.changed_by_id, sheet.changed_by_name = now, actor.user_id, actor.name
    db.session.flush()
    sheet_queries.read_files_again(sheet)
    sheet.missing_count = len(subject.missing)
    subject.mirror(sheet)


def require_complete(subject: Subject) -> None:
    """Raise IncompleteSheet with everything that is missing."""
    if items := subject.missing:
        raise IncompleteSheet(items)


def move(
    sheet: Sheet, table: Mapping[tuple[str, str], str], which: str, *, actor: Actor, now: datetime, said: str = ""
) -> None:
    """Move a held sheet by the table of its kind, and put it on record. Raises Conflict where somebody was faster."""
    old, sheet.state = sheet.state, sheets.next_state(table, sheet.state, which)
    sheet.said, sheet.said_by_name = said, actor.name if said else ""
    new = f"{sheet.state}: {said}" if said else sheet.state
    record.change(actor, subject_of_record(sheet.id), f"state:{which}", now=now, area_id=sheet.area_id, old=old, new=new)


def reason(typed: str) -> str:
    """A reason that somebody else must read. Raises Refused where there is none, or too much of it."""
    text = storable(typed).strip()
    if not text:
        raise Refused(N_("Say why, so that the office knows what to mend"))
    if len(text) > MOST_SAID:
        raise Refused(N_("Use at most %(limit)d characters"), limit=MOST_SAID)
    return text


def give(subject: Subject, user_ids: Collection[int], *, actor: Actor, now: datetime) -> int:
    """Make people of the office responsible for a sheet and tell them; who is so already stays so. Returns how many are new."""
    sheet = subject.sheet
    access.require(actor, Action.LEAD_SHEETS, sheet)
    there = {row.user_id for row in sheet.owners}
    people = {user.id: user for user in team.people(sheet.area_id)}
    if set(user_ids) - people.keys():
        raise Refused(N_("One of these people has no account in this office any more. Choose again."))
    fresh = [people[user_id] for user_id in dict.fromkeys(user_ids) if user_id not in there]
    for user in fresh:
        sheet.owners.append(
            SheetOwner(area_id=sheet.area_id, user_id=user.id, user=user, assigned_at=now, assigned_by_name=actor.name)
        )
        record.change(
            actor, subject_of_record(sheet.id), "owner given", now=now, area_id=sheet.area_id, new=user.profile.full_name
        )
    db.session.flush()
    notices.tell(
        [user for user in fresh if user.id != actor.user_id],
        "sheet_given",
        now=now,
        dedupe_key=f"sheet-given:{sheet.id}:{now.isoformat()}",
        path=subject.path,
        mail="notice",
        by=actor.name,
        title=subject.title,
    )
    return len(fresh)


def take(subject: Subject, user_id: int, *, actor: Actor, now: datetime) -> bool:
    """End a person's responsibility for a sheet. Twice is harmless."""
    sheet = subject.sheet
    access.require(actor, Action.LEAD_SHEETS, sheet)
    gone = next((row for row in sheet.owners if row.user_id == user_id), None)
    if gone is None:
        return False
    name = gone.user.profile.full_name
    sheet.owners.remove(gone)
    db.session.delete(gone)
    record.change(actor, subject_of_record(sheet.id), "owner taken", now=now, area_id=sheet.area_id, old=name)
    return True


def hand_over(user: User, successor: User, area_id: int, *, actor: Actor, now: datetime) -> int:
    """Make another person of the office responsible for all that this one is, beside indicators, and tell them once. Whoever calls has asked
    whether the actor leads the team. Returns how many sheets moved."""
    rows = sheet_queries.owned_by(user.id, area_id)
    theirs = {row.sheet_id for row in sheet_queries.owned_by(successor.id, area_id)}
    for row in rows:
        subject = subject_of_record(row.sheet_id)
        record.change(actor, subject, "owner taken", now=now, area_id=area_id, old=user.profile.full_name)
        if row.sheet_id in theirs:
            db.session.delete(row)
            continue
        row.user_id, row.assigned_at, row.assigned_by_name = successor.id, now, actor.name
        record.change(actor, subject, "owner given", now=now, area_id=area_id, new=successor.profile.full_name)
    if rows and successor.id != actor.user_id:
        notices.tell(
            [successor],
            "sheets_handed_over",
            now=now,
            dedupe_key=f"sheets-handed-over:{user.id}:{now.isoformat()}",
            path="/my-work/",
            mail="notice",
            by=actor.name,
            name=user.profile.full_name,
            count=str(len(rows)),
        )
    return len(rows)
