"""Who decides in an office in the director's place: the director, or who acts by an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain import access
from app.domain.access import Action, Actor, Here
from app.domain.errors import NotAllowed
from app.queries import endorsement


@dataclass(frozen=True)
class Seat:
    """In which seat somebody decides: the director's own, or by the order of this number."""

    order_number: str = ""


def seat_of(actor: Actor, area_id: int, *, now: datetime) -> Seat | None:
    """In which seat this person decides for the office now; None where in none."""
    if access.allows(actor, Action.CONSIDER_SHEET, Here(area_id)):
        return Seat()
    if area_id not in actor.area_ids:
        return None
    order = endorsement.acting_order(area_id, actor.user_id, now)
    return Seat(order.number) if order else None


def require_seat(actor: Actor, area_id: int, *, now: datetime) -> Seat:
    """The seat of this person. Raises NotAllowed."""
    seat = seat_of(actor, area_id, now=now)
    if seat is None:
        raise NotAllowed
    return seat
