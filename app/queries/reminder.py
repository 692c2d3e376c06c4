"""Whom a reminder would reach: offices that owe, each with its own time, its people and what is wrong with reaching them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.elements import ColumnElement

from app.domain import deadlines
from app.domain.access import Duty
from app.domain.deadlines import Window
from app.domain.reminding import Audience
from app.domain.round_life import Stage
from app.domain.thai import by_name
from app.extensions import db
from app.models import Area, Assignment, Indicator, OutboxMessage, Profile, Reminder, ReminderRecipient, Round
from app.queries import deadline as deadline_queries
from app.queries.round import ANNOUNCED

DUTIES = {Audience.COORDINATORS: Duty.COORDINATOR, Audience.DIRECTORS: Duty.DIRECTOR}
MOST_FAILURES_SHOWN = 200
# A mail that was given up longer ago is nobody's alarm any more.
FAILURES_MATTER_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Selection:
    """Which offices a reminder is for: those named, those that the board showed (`ids`), or all that fit; always only as far as they owe
    something."""

    codes: tuple[str, ...] = ()
    ids: frozenset[int] | None = None
    region: str = ""
    kind: str = ""

    def fits(self, area: Area) -> bool:
        if self.codes:
            return area.code in self.codes
        if self.ids is not None:
            return area.id in self.ids
        return self.region in ("", area.region) and self.kind in ("", area.kind)


@dataclass
class Person:
    """Somebody who would be told, and of which indicators: all that the office owes, or those that are the person's own."""

    user: User
    owing: list[str]
    owns: bool = False


@dataclass
class OfficeOwing:
    """An office that still owes: full codes of the indicators, its own time, and whom a reminder would reach there."""

    area: Area
    owing: list[str]
    window: Window
    has_coordinator: bool = False
    people: list[Person] = field(default_factory=list)

    @property
    def bouncing(self) -> list[Person]:
        """Whose mail probably comes back."""
        return [person for person in self.people if not person.user.email or person.user.profile.mail_bounced_at]

    @property
    def is_alarming(self) -> bool:
        """Whether somebody should rather call: nobody coordinates here, or no mail arrives."""
        return not self.has_coordinator or len(self.bouncing) == len(self.people)


def owing_offices(found: Round, selection: Selection, audiences: Iterable[Audience], now: datetime) -> list[OfficeOwing]:
    """The offices of a selection that owe now and whose own time is not over, in Thai order, with everybody who would be told."""
    owing = deadline_queries.owing(found.id) if found.stage != Stage.PREPARING else {}
    extensions = [row for row in deadline_queries.extensions_of(found.id) if row.indicator_id is None]
    statement = select(Area).where(Area.active, Area.id.in_(list(owing))).order_by(Area.sort_order)
    offices = {}
    for area in db.session.scalars(statement):
        window = found.window_with(*(row for row in extensions if row.area_id == area.id))
        if selection.fits(area) and deadlines.phase(window, now) is deadlines.Phase.OPEN:
            offices[area.id] = OfficeOwing(area, owing[area.id], window)
    _add_people(found, offices, list(audiences))
    return list(offices.values())


def count_selected(selection: Selection) -> int:
    """How many offices a selection names, whether or not they owe."""
    return sum(selection.fits(area) for area in db.session.scalars(select(Area).where(Area.active)))


def _add_people(found: Round, offices: Mapping[int, OfficeOwing], audiences: list[Audience]) -> None:
    told: dict[int, Person] = {}
    duties = {DUTIES[audience] for audience in audiences if audience in DUTIES}
    for user in people_of(offices, duties | {Duty.COORDINATOR}):
        office, held = offices[user.profile.area_id], {role.name for role in user.roles}
        office.has_coordinator |= Duty.COORDINATOR in held
        if duties & held:
            told[user.id] = Person(user, office.owing)
            office.people.append(told[user.id])
    if Audience.OWNERS not in audiences:
        return
    for area_id, code, user in owners_of(found.id, offices):
        office = offices[area_id]
        if code not in office.owing or (user.id in told and not told[user.id].owns):
            continue
        if user.id not in told:
            told[user.id] = Person(user, [], owns=True)
            office.people.append(told[user.id])
        told[user.id].owing.append(code)


def people_of(area_ids: Iterable[int], duties: Iterable[Duty]) -> list[User]:
    """Active people of these offices who hold one of these duties, with their roles."""
    statement = (
        select(User)
        .join(Profile, Profile.user_id == User.id)
        .where(User.active, User.roles.any(Role.name.in_([str(duty) for duty in duties])))
        .where(Profile.area_id.in_(list(area_ids)))
        .options(joinedload(User.roles))
        .order_by(User.id)
    )
    return list(db.session.scalars(statement).unique())


def owners_of(round_id: int, area_ids: Iterable[int]) -> list[tuple[int, str, User]]:
    """Owners of indicators as (office, full code of the indicator, person), in the order of the indicators."""
    statement = (
        select(Assignment.area_id, Indicator.full_code, User)
        .join(Indicator, Indicator.id == Assignment.indicator_id)
        .join(User, User.id == Assignment.user_id)
        .join(Profile, Profile.user_id == User.id)
        .where(Assignment.round_id == round_id, Assignment.area_id.in_(list(area_ids)))
        .where(User.active, Profile.area_id == Assignment.area_id)
        .options(joinedload(User.roles))
        .order_by(Indicator.sort_order, User.id)
    )
    return [(area_id, code, user) for area_id, code, user in db.session.execute(statement).unique()]


def of_round(round_id: int) -> list[Reminder]:
    """Every reminder of a round, what is planned first, then the latest sent."""
    moment = func.coalesce(Reminder.sent_at, Reminder.skipped_at, Reminder.cancelled_at)
    statement = (
        select(Reminder)
        .where(Reminder.round_id == round_id)
        .order_by(moment.is_not(None), moment.desc(), Reminder.planned_at, Reminder.id.desc())
    )
    return list(db.session.scalars(statement))


def by_id(reminder_id: int, round_code: str) -> Reminder | None:
    statement = (
        select(Reminder)
        .join(Reminder.round)
        .where(Reminder.id == reminder_id, Round.code == round_code)
        .options(joinedload(Reminder.round))
    )
    return db.session.scalar(statement)


def by_form_key(form_key: str) -> Reminder | None:
    return db.session.scalar(select(Reminder).where(Reminder.form_key == form_key))


def planned_moments(round_id: int) -> list[datetime]:
    """When reminders of a round are planned, or were sent as planned."""
    statement = select(Reminder.planned_at).where(
        Reminder.round_id == round_id, Reminder.planned_at.is_not(None), Reminder.cancelled_at.is_(None)
    )
    return [moment for moment in db.session.scalars(statement) if moment is not None]


def is_overtaken(row: Reminder, now: datetime) -> bool:
    """Whether a later planned reminder to the same people is due as well: after a pause of the worker the latest stands for all."""
    statement = select(Reminder.audience).where(
        Reminder.round_id == row.round_id,
        Reminder.planned_at > row.planned_at,
        Reminder.planned_at <= now,
        Reminder.sent_at.is_(None),
        Reminder.skipped_at.is_(None),
        Reminder.cancelled_at.is_(None),
    )
    return any(set(row.audience) <= set(audience) for audience in db.session.scalars(statement))


def due(now: datetime) -> list[int]:
    """Ids of planned reminders whose moment has come."""
    statement = (
        select(Reminder.id)
        .join(Reminder.round)
        .where(Round.active, ANNOUNCED, Reminder.planned_at <= now)
        .where(Reminder.sent_at.is_(None), Reminder.skipped_at.is_(None), Reminder.cancelled_at.is_(None))
        .order_by(Reminder.planned_at)
    )
    return list(db.session.scalars(statement))


def recipients(reminder_id: int) -> list[ReminderRecipient]:
    """Everybody a reminder reached, each with how the mail went, in one statement."""
    statement = (
        select(ReminderRecipient)
        .join(ReminderRecipient.area)
        .where(ReminderRecipient.reminder_id == reminder_id)
        .options(joinedload(ReminderRecipient.message))
        .order_by(Area.sort_order, ReminderRecipient.id)
    )
    return list(db.session.scalars(statement))


# --- what does not arrive -------------------------------------------------------------------------------------------------------


def failed_messages(now: datetime) -> list[tuple[OutboxMessage, User | None]]:
    """Mails that are not tried any more, the latest first, each with the person whose address it is, where there is one."""
    statement = (
        select(OutboxMessage, User)
        .outerjoin(User, func.lower(User.email) == func.lower(OutboxMessage.recipient))
        .where(OutboxMessage.failed_at > now - FAILURES_MATTER_FOR)
        .order_by(OutboxMessage.failed_at.desc(), OutboxMessage.id.desc())
        .limit(MOST_FAILURES_SHOWN)
    )
    return [(message, user) for message, user in db.session.execute(statement).unique()]


_UNREACHABLE = (Profile.mail_bounced_at.is_not(None)) | (func.coalesce(User.email, "") == "")


def unreachable_people() -> list[User]:
    """Active people whose address is missing or refuses mail, the centre's first, then by office."""
    statement = (
        select(User)
        .join(Profile, Profile.user_id == User.id)
        .outerjoin(Area, Area.id == Profile.area_id)
        .where(User.active, _UNREACHABLE)
        .order_by(User.id)
    )
    named = by_name(db.session.scalars(statement).unique(), lambda user: user.profile.full_name)
    return sorted(named, key=lambda user: user.profile.area.sort_order if user.profile.area else -1)


def _uncoordinated() -> ColumnElement[bool]:
    coordinators = (
        select(Profile.area_id)
        .join(User, User.id == Profile.user_id)
        .where(User.active, User.roles.any(Role.name == Duty.COORDINATOR), Profile.area_id == Area.id)
    )
    return Area.active & ~coordinators.exists()


def offices_without_coordinator() -> list[tuple[Area, list[User]]]:
    """Offices that nobody coordinates, in Thai order, each with the people it has: somebody there has a telephone."""
    statement = select(Area).where(_uncoordinated()).order_by(Area.sort_order)
    found: dict[int, tuple[Area, list[User]]] = {area.id: (area, []) for area in db.session.scalars(statement)}
    for user in people_of(found, (Duty.DIRECTOR, Duty.REPORTER)):
        found[user.profile.area_id][1].append(user)
    return list(found.values())


@dataclass(frozen=True)
class Alarms:
    """How much does not arrive: mails given up, people whose address fails, offices without a coordinator."""

    mails: int
    people: int
    offices: int

    @property
    def count(self) -> int:
        return self.mails + self.people + self.offices


def alarms(now: datetime) -> Alarms:
    """The figures of the page of delivery problems, in one statement."""
    mails = select(func.count()).where(OutboxMessage.failed_at > now - FAILURES_MATTER_FOR)
    people = select(func.count(User.id)).join(Profile, Profile.user_id == User.id).where(User.active, _UNREACHABLE)
    offices = select(func.count(Area.id)).where(_uncoordinated())
    figures = db.session.execute(select(*(part.scalar_subquery() for part in (mails, people, offices)))).one()
    return Alarms(*figures)
