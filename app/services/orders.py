"""Orders of an office: the committee's appointment, and who acts for the director from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.calendar import zone
from app.domain.errors import N_, NotFound, Refused
from app.extensions import db
from app.models import OfficeOrder
from app.models.office_order import OrderKind
from app.queries import team
from app.services import assignment, endorsing, record
from app.services.evidence import Examined
from app.storage import StoredFile

FILE_KINDS = ("pdf", "jpg", "png")
LONGEST_ACTING = timedelta(days=366)


@dataclass(frozen=True)
class Acting:
    """Who acts for the director, from the first to the last day, both included."""

    user_id: int
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Paper:
    """An order as it stands on paper: its number, its day and, where one was given, its file."""

    number: str
    dated_on: date
    file: tuple[Examined, StoredFile] | None = None


def require_kind(examined: Examined) -> None:
    """An order is a PDF or a picture of it. Raises Refused."""
    if examined.kind.extension not in FILE_KINDS:
        raise Refused(N_("“%(name)s” can't be used. Use %(kinds)s."), name=examined.name, kinds="PDF, JPG, PNG")


def appoint(round_code: str, area_code: str, paper: Paper, *, actor: Actor, now: datetime) -> OfficeOrder:
    """Keep an appointing order; the one with the latest day is in force."""
    office = assignment.lead(round_code, area_code, actor=actor)
    if paper.file is None:
        raise Refused(N_("Choose a file first"))
    return _enter(office.area.id, OrderKind.APPOINTING, paper, actor=actor, now=now)


def let_act(round_code: str, area_code: str, paper: Paper, acting: Acting, *, actor: Actor, now: datetime) -> OfficeOrder:
    """Let a person of the office endorse in the director's place on certain days."""
    office = assignment.lead(round_code, area_code, actor=actor)
    user = team.person(office.area.id, acting.user_id)
    if user is None:
        raise NotFound
    if acting.last_day < acting.first_day:
        raise Refused(N_("The last day must not come before the first"))
    if acting.last_day - acting.first_day > LONGEST_ACTING:
        raise Refused(N_("An order to act covers a year at most; enter a new one after it"))
    row = _enter(
        office.area.id,
        OrderKind.ACTING,
        paper,
        actor=actor,
        now=now,
        user_id=user.id,
        begins_at=datetime.combine(acting.first_day, time(), zone()),
        ends_at=datetime.combine(acting.last_day + timedelta(days=1), time(), zone()),
    )
    said = f"{user.profile.full_name}: {paper.number}, {acting.first_day} – {acting.last_day}"
    record.change(actor, f"order:{row.id}", "may act", now=now, area_id=row.area_id, new=said)
    if row.is_in_force(now):
        endorsing.ask([user], office, office.hand_in, actor=actor, now=now)
    return row


def _enter(
    area_id: int, kind: OrderKind, paper: Paper, *, actor: Actor, now: datetime, **acting: int | datetime
) -> OfficeOrder:
    row = OfficeOrder(
        area_id=area_id,
        kind=kind.value,
        number=paper.number,
        dated_on=paper.dated_on,
        entered_at=now,
        entered_by_id=actor.user_id,
        entered_by_name=actor.name,
        **acting,
    )
    if paper.file is not None:
        examined, stored = paper.file
        row.original_name, row.extension = examined.name, examined.kind.extension
        row.media_type, row.storage_key = examined.kind.media_type, stored.key
        row.size_bytes, row.sha256 = stored.size, stored.sha256
    db.session.add(row)
    db.session.flush()
    record.change(actor, f"order:{row.id}", "added", now=now, area_id=area_id, new=paper.number)
    return row


def take_out(order_id: int, *, actor: Actor, now: datetime) -> OfficeOrder:
    """Take out an order that was entered by mistake or is revoked. Its file stays in the store. Twice is harmless."""
    row = team.order_by_id(order_id)
    if row is None:
        raise NotFound
    access.require(actor, Action.LEAD_TEAM, row)
    if row.removed_at is None:
        row.removed_at = now
        record.change(actor, f"order:{row.id}", "taken out", now=now, area_id=row.area_id, old=row.number)
    return row
