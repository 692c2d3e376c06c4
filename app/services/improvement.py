"""Advice becomes work: an office takes it up, later rounds answer it with evidence, or it is dropped with a reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, NotFound, Refused
from app.domain.evidence import criterion_slot
from app.domain.results import WHOLE, Finding, read_reason
from app.extensions import db
from app.models import ImprovementItem, Submission
from app.queries import improvement, published, told
from app.queries import submission as submissions
from app.services import record, reporting, results
from app.services.reporting import Address

# An indicator's code with the number of the issue; 0 is the indicator as a whole.
Chosen = tuple[str, int]


def accept(round_code: str, area_code: str, chosen: Collection[Chosen], *, actor: Actor, now: datetime) -> int:
    """Take up pieces of the published advice, word for word. What was taken up before stays one; what was dropped is taken up again.

    Returns how many were new. Raises Refused for none."""
    office, found = results.find(round_code, area_code, actor=actor, now=now)
    access.require(actor, Action.ACCEPT_ADVICE, ImprovementItem(area_id=office.area.id))
    offered = {
        (row.full_code, advice.number): advice.text
        for row in published.rows_of(found.letter)
        for advice in Finding(row.full_code, row.self_level, row.level, row.comment, row.verdicts).advice
    }
    wanted = [key for key in offered if key in set(chosen)]
    if not wanted:
        raise Refused(N_("Tick the advice that the office takes up first"))
    results.hold_office(office.area.id)
    known = {
        (item.indicator_code, item.criterion_number, item.text): item
        for item in improvement.of_office(office.round.id, office.area.id)
    }
    return sum(
        _take_up(
            known.get((*key, offered[key])), found.letter.id, office.round.id, office.area.id, key, offered[key], actor, now
        )
        for key in wanted
    )


def _take_up(
    known: ImprovementItem | None,
    letter_id: int,
    round_id: int,
    area_id: int,
    key: Chosen,
    text: str,
    actor: Actor,
    now: datetime,
) -> bool:
    if known is not None and known.dropped_at is None:
        return False
    if known is not None:
        known.dropped_at, known.accepted_at, known.accepted_by_name = None, now, actor.name
        item = known
    else:
        item = ImprovementItem(
            area_id=area_id,
            round_id=round_id,
            letter_id=letter_id,
            indicator_code=key[0],
            criterion_number=key[1],
            text=text,
            accepted_at=now,
            accepted_by_name=actor.name,
        )
        db.session.add(item)
    db.session.flush()
    record.change(actor, improvement.subject(item.id), "taken up", now=now, area_id=area_id, new=text)
    return True


def _held(item_id: int, area_id: int) -> ImprovementItem:
    item = improvement.by_id(item_id)
    if item is None or item.area_id != area_id:
        raise NotFound
    return item


def drop(round_code: str, area_code: str, item_id: int, reason: str, *, actor: Actor, now: datetime) -> ImprovementItem:
    """Take a piece of advice off the list, with the reason on record. Raises Refused without one."""
    office = submissions.find_office(round_code, area_code, actor=actor)
    item = _held(item_id, office.area.id)
    if item.round_id != office.round.id:
        raise NotFound
    access.require(actor, Action.ACCEPT_ADVICE, item)
    reason = read_reason(reason)
    if item.dropped_at is None:
        item.dropped_at = now
        record.change(actor, improvement.subject(item.id), "dropped", now=now, area_id=item.area_id, old=item.text, new=reason)
    return item


def answer(
    address: Address, item_id: int, evidence_id: UUID | None, *, actor: Actor, now: datetime, begun_at: datetime | None = None
) -> ImprovementItem:
    """Say which file of a report answers a piece of earlier advice; None takes that back. It counts while the file stands.

    Advice on an issue is answered by a file of that issue, advice on the whole by any file of the report. Raises NotFound for an item that
    this report does not show, RoundClosed outside the time for writing, Refused for a file that stands elsewhere."""
    target = reporting.find_writable(address, actor=actor)
    submission = submissions.find(target, locked=True)
    reporting.require_time(target, submission, now=now, begun_at=begun_at, finishing=True)
    reporting.require_not_handed_in(target, submission)
    item = _held(item_id, target.area.id)
    if item.id not in {shown.id for shown in told.told_before(target, now).items}:
        raise NotFound
    chosen = _file_of(submission, item, evidence_id)
    if chosen != item.evidence_id:
        old = str(item.evidence_id) if item.evidence_id else None
        item.evidence_id = chosen
        item.answered_at, item.answered_by_name = (now, actor.name) if chosen else (None, "")
        new = str(chosen) if chosen else None
        record.change(actor, improvement.subject(item.id), "answered", now=now, area_id=item.area_id, old=old, new=new)
    return item


def _file_of(submission: Submission | None, item: ImprovementItem, evidence_id: UUID | None) -> UUID | None:
    if evidence_id is None:
        return None
    for row in submission.evidence if submission else []:
        fits = item.criterion_number == WHOLE or row.slot == criterion_slot(item.criterion_number)
        if row.id == evidence_id and fits:
            return row.id
    raise Refused(N_("Choose one of the files that stand here"))
