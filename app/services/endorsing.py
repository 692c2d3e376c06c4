"""The whole of an office's round: handing it in, endorsing or returning it, withdrawing it until the review begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy.exc import IntegrityError

from app.domain import access, deadlines, receipts, workflow
from app.domain.access import Action, Actor
from app.domain.endorsement import EndorsedAs, HandInMove, HandInState, next_state
from app.domain.errors import N_, Conflict, Correctable, NotAllowed, NotFound, Refused
from app.domain.round_life import Stage
from app.domain.thai import is_blank
from app.extensions import db
from app.models import Indicator, OfficeHandIn, Submission
from app.queries import deadline as reminded
from app.queries import endorsement
from app.queries import round as rounds
from app.queries import submission as submissions
from app.queries.history import whole_subject
from app.queries.submission import Office
from app.services import notices, record, signing
from app.services.receipts import endorsement_of_whole, statement_of_whole
from app.signing import Signer


class NotAllSubmitted(Correctable):
    """The whole is handed in too early. `items` are the indicators still to be submitted."""

    def __init__(self, items: list[Indicator]) -> None:
        super().__init__(N_("Not handed in yet: %(count)d indicators are still to be submitted"), count=len(items))
        self.items = items


@dataclass(frozen=True)
class Seat:
    """In which seat a person may endorse: the director's own, or by an order of this number."""

    endorsed_as: EndorsedAs
    order_number: str = ""


def find(round_code: str, area_code: str, *, actor: Actor) -> Office:
    """The office in a round that asks for endorsement; any other round has no such page."""
    office = submissions.find_office(round_code, area_code, actor=actor)
    if not office.round.asks_endorsement:
        raise NotFound
    return office


def owing(office: Office, reports: Iterable[Submission]) -> list[Indicator]:
    """The indicators that the office must report and has not submitted, in order."""
    sent = {row.indicator_id for row in reports if row.state == workflow.State.SUBMITTED}
    return [
        indicator
        for part in rounds.parts_with_indicators(office.round.id)
        for indicator in part.indicators
        if indicator.applies_to_kind(office.area.kind) and indicator.id not in sent
    ]


def seat_of(actor: Actor, office: Office, *, now: datetime) -> Seat | None:
    """In which seat this person may endorse for the office now; None where in none."""
    here = OfficeHandIn(area_id=office.area.id)
    if access.allows(actor, Action.ENDORSE_ROUND, here):
        return Seat(EndorsedAs.DIRECTOR)
    if office.area.id not in actor.area_ids:
        return None
    order = endorsement.acting_order(office.area.id, actor.user_id, now)
    return Seat(EndorsedAs.ACTING, order.number) if order else None


def _require_seat(actor: Actor, office: Office, *, now: datetime) -> Seat:
    """The seat of this person. Raises NotAllowed with a sentence that fits who has an order for other days."""
    seat = seat_of(actor, office, now=now)
    if seat is not None:
        return seat
    if endorsement.has_acting_orders(office.area.id, actor.user_id):
        raise NotAllowed(
            N_("Your order to act for the director is not in force today. Ask the coordinator to enter the new one.")
        )
    raise NotAllowed(N_("Only the director, or who acts for the director by an order, may do this."))


def hand_in(round_code: str, area_code: str, *, actor: Actor, now: datetime, signer: Signer) -> OfficeHandIn:
    """Hand in the whole of a round with the receipts of all its reports. Repeating it answers with the same hand-in.

    Raises NotAllSubmitted with what is still to be submitted, RoundClosed when the time and its grace are over."""
    office = find(round_code, area_code, actor=actor)
    access.require(actor, Action.HAND_IN_ROUND, OfficeHandIn(area_id=office.area.id))
    reports = _hold(office)
    last = endorsement.latest(office.round.id, office.area.id)
    if last is not None and last.is_living:
        return last
    begun_at = min((row.started_at for row in reports), default=now)
    deadlines.require_open(office.last_window, now, begun_at=min(begun_at, now))
    lacking = owing(office, reports)
    if lacking:
        raise NotAllSubmitted(lacking)
    row = _new(office, reports, last, actor=actor, now=now, signer=signer)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:
        raise Conflict(N_("A colleague handed the round in a moment ago. Reload the page.")) from None
    record.change(actor, whole_subject(office.round.id), "handed in", now=now, area_id=row.area_id, new=row.receipt_number)
    ask(endorsement.endorsers(office.area.id, now), office, row, actor=actor, now=now)
    return row


def ask(people: Iterable[User], office: Office, row: OfficeHandIn | None, *, actor: Actor, now: datetime) -> None:
    """Tell people that a hand-in waits for their endorsement, where one does; each is told once of the same."""
    if row is not None and row.state == HandInState.HANDED_IN:
        _tell(people, "endorse_asked", office, row, actor=actor, now=now)


def _new(
    office: Office, reports: list[Submission], last: OfficeHandIn | None, *, actor: Actor, now: datetime, signer: Signer
) -> OfficeHandIn:
    sequence = last.sequence + 1 if last else 1
    number = receipts.number_of_whole(office.round.code, office.area.obec_area_code or office.area.code, sequence)
    row = OfficeHandIn(
        round_id=office.round.id,
        area_id=office.area.id,
        sequence=sequence,
        state=HandInState.HANDED_IN.value,
        receipt_number=number,
        handed_in_at=now,
        handed_in_by_id=actor.user_id,
        handed_in_by_name=actor.name,
        content=_content(office, reports),
    )
    row.key_id, row.signature = signing.sign(signer, receipts.signed_text(statement_of_whole(row)), now=now)
    row.code = receipts.code_of(row.signature)
    return row


def _content(office: Office, reports: list[Submission]) -> dict[str, Any]:
    """Round, office and every report with its receipt, frozen as they are called today."""
    found, area = office.round, office.area
    by_indicator = {row.indicator_id: row for row in reports}
    lines = []
    for part in rounds.parts_with_indicators(found.id):
        for indicator in part.indicators:
            report = by_indicator.get(indicator.id)
            if report is not None and report.state == workflow.State.SUBMITTED and indicator.applies_to_kind(area.kind):
                lines.append(
                    {
                        "indicator": indicator.full_code,
                        "text_th": indicator.text_th,
                        "text_en": indicator.text_en,
                        "receipt": report.receipt_number,
                        "at": report.submitted_at.isoformat() if report.submitted_at else None,
                        "timing": report.timing,
                    }
                )
    return submissions.named(found, area) | {"reports": lines}


def _hold(office: Office) -> list[Submission]:
    """The office's reports, held, in a round that goes on asking and whose stage stays as it is for this transaction."""
    db.session.refresh(office.round, with_for_update={"read": True})
    if not office.round.asks_endorsement:
        raise NotFound
    return submissions.hold_office(office.round.id, office.area.id)


def _living(office: Office) -> OfficeHandIn:
    """The living hand-in, held for this transaction. Raises Conflict where there is none."""
    _hold(office)
    row = endorsement.latest(office.round.id, office.area.id)
    if row is None or not row.is_living:
        raise Conflict(N_("The round is not handed in as a whole. Reload the page to see how it stands."))
    return row


def endorse(round_code: str, area_code: str, *, actor: Actor, now: datetime, signer: Signer) -> OfficeHandIn:
    """Endorse the whole, in the director's seat or by an order to act for the director; bound to the window and its grace."""
    office = find(round_code, area_code, actor=actor)
    row = _living(office)
    seat = _require_seat(actor, office, now=now)
    _require_time(office, row, now=now)
    row.state = next_state(HandInState(row.state), HandInMove.ENDORSE).value
    row.endorsed_at, row.endorsed_by_id, row.endorsed_by_name = now, actor.user_id, actor.name
    row.endorsed_as, row.acting_order = seat.endorsed_as.value, seat.order_number
    text = receipts.signed_text(endorsement_of_whole(row))
    row.endorsement_key_id, row.endorsement_signature = signing.sign(signer, text, now=now)
    said = f"{actor.name} ({seat.order_number or seat.endorsed_as})"
    record.change(actor, whole_subject(office.round.id), "endorsed", now=now, area_id=row.area_id, new=said)
    _tell(reminded.coordinators_of([row.area_id]), "endorsed", office, row, actor=actor, now=now)
    return row


def return_(round_code: str, area_code: str, reason: str, *, actor: Actor, now: datetime) -> OfficeHandIn:
    """Give the whole back to the coordinator with a reason, so that reports can be edited again."""
    office = find(round_code, area_code, actor=actor)
    row = _living(office)
    _require_seat(actor, office, now=now)
    _require_time(office, row, now=now)
    _end(office, row, HandInMove.RETURN, reason, actor=actor, now=now)
    _tell(reminded.coordinators_of([row.area_id]), "hand_in_returned", office, row, actor=actor, now=now)
    return row


def withdraw(round_code: str, area_code: str, reason: str, *, actor: Actor, now: datetime) -> OfficeHandIn:
    """Take the whole back until the review begins: the coordinator before it is endorsed, the director's seat afterwards too."""
    office = find(round_code, area_code, actor=actor)
    row = _living(office)
    if row.is_endorsed or not access.allows(actor, Action.HAND_IN_ROUND, row):
        _require_seat(actor, office, now=now)
    if office.round.stage != Stage.RUNNING:
        raise Conflict(
            N_("The review of this round has begun: what was handed in can't be withdrawn any more. Call the centre.")
        )
    _end(office, row, HandInMove.WITHDRAW, reason, actor=actor, now=now)
    others = [*reminded.coordinators_of([row.area_id]), *endorsement.endorsers(row.area_id, now)]
    _tell(others, "hand_in_withdrawn", office, row, actor=actor, now=now)
    return row


def _require_time(office: Office, row: OfficeHandIn, *, now: datetime) -> None:
    """Endorsing and returning end with the time of the office and its grace, also of what was handed in during the grace."""
    deadlines.require_open(office.last_window, now, begun_at=office.last_window.opens_at)


def _end(office: Office, row: OfficeHandIn, move: HandInMove, reason: str, *, actor: Actor, now: datetime) -> None:
    if is_blank(reason):
        raise Refused(N_("Write the reason: your colleagues read it"))
    row.state = next_state(HandInState(row.state), move).value
    row.ended_at, row.ended_by_name, row.reason = now, actor.name, reason
    record.change(actor, whole_subject(office.round.id), row.state, now=now, area_id=office.area.id, new=reason)


def _tell(people: Iterable[User], kind: str, office: Office, row: OfficeHandIn, *, actor: Actor, now: datetime) -> None:
    """Tell everybody but whoever did it, in the system and by mail."""
    notices.tell(
        [user for user in people if user.id != actor.user_id],
        kind,
        now=now,
        dedupe_key=f"{kind}:{row.receipt_number}",
        path=f"/reports/{office.round.code}/{office.area.code}/hand-in",
        mail="hand_in",
        kind_of_mail=kind,
        by=actor.name,
        reason=row.reason,
        receipt_number=row.receipt_number,
        closes_at=office.last_window.closes_at.isoformat(),
        **record.about(office.round, office.area),
    )
