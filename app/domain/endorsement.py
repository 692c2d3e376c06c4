"""Handing in a whole round and endorsing it: states, who may endorse, what it counts as once the time is over."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.deadlines import Window
from app.domain.errors import N_, Conflict


class HandInState(StrEnum):
    HANDED_IN = "handed_in"
    ENDORSED = "endorsed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


LIVING = (HandInState.HANDED_IN, HandInState.ENDORSED)


class HandInMove(StrEnum):
    ENDORSE = "endorse"
    RETURN = "return"
    WITHDRAW = "withdraw"


class EndorsedAs(StrEnum):
    """In which seat somebody endorsed."""

    DIRECTOR = "director"
    ACTING = "acting"


class Standing(StrEnum):
    """How the whole of an office's round stands, for people."""

    OPEN = "open"
    WAITING = "waiting"
    ENDORSED = "endorsed"
    NOT_ENDORSED = "not_endorsed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


STANDING_NAMES = {
    Standing.OPEN: N_("Not handed in yet"),
    Standing.WAITING: N_("Handed in, waiting for the director"),
    Standing.ENDORSED: N_("Endorsed"),
    Standing.NOT_ENDORSED: N_("Handed in, not endorsed"),
    Standing.RETURNED: N_("Returned by the director"),
    Standing.WITHDRAWN: N_("Withdrawn"),
}

TRANSITIONS: dict[tuple[HandInState, HandInMove], HandInState] = {
    (HandInState.HANDED_IN, HandInMove.ENDORSE): HandInState.ENDORSED,
    (HandInState.HANDED_IN, HandInMove.RETURN): HandInState.RETURNED,
    (HandInState.HANDED_IN, HandInMove.WITHDRAW): HandInState.WITHDRAWN,
    (HandInState.ENDORSED, HandInMove.WITHDRAW): HandInState.WITHDRAWN,
}


class HandedIn(Conflict):
    """A report is edited while the whole round that it is part of is handed in."""

    def __init__(self, receipt_number: str) -> None:
        super().__init__(
            N_(
                "The whole round was handed in (receipt no. %(number)s), so its reports can't be edited. "
                "Withdraw the hand-in first, on the page “Hand in the round”."
            ),
            number=receipt_number,
        )


def next_state(state: HandInState, move: HandInMove) -> HandInState:
    """Where a move leads. Raises Conflict for a move that the table does not know."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise Conflict(N_("Somebody decided on this a moment ago. Reload the page to see how it stands.")) from None


def standing(state: str | None, window: Window, now: datetime) -> Standing:
    """The word for people. What waits for the director when the time is over counts as handed in, and is marked so."""
    if state is None:
        return Standing.OPEN
    if state == HandInState.HANDED_IN:
        return Standing.WAITING if now < window.ends_at else Standing.NOT_ENDORSED
    return Standing(state)
