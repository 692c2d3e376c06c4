"""Recommendations of inspectors (ข้อเสนอแนะ): what an office does about each, until it is closed.

Source: procedures, part 3 (4.8, 4.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum

from app.domain.errors import N_, Message, Refused
from app.domain.sheets import Asked, Field, FieldKind, Missing
from app.domain.thai import is_blank, storable

MOST_EVIDENCE = 5
MOST_TEXT = 2000
# So many days before the day that an answer is due its owners are reminded.
REMINDS_DAYS_BEFORE = 3


class State(StrEnum):
    """How far an office is with a recommendation."""

    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANNOT = "cannot"
    CLOSED = "closed"


STATE_NAMES: Mapping[str, str] = {
    State.ACKNOWLEDGED: N_("Acknowledged"),
    State.IN_PROGRESS: N_("Being acted on"),
    State.DONE: N_("Acted on"),
    State.CANNOT: N_("Can't be acted on"),
    State.CLOSED: N_("Closed"),
}
# What the office has answered; the rest is still owed.
ANSWERED = (State.DONE, State.CANNOT, State.CLOSED)
OWED = (State.ACKNOWLEDGED, State.IN_PROGRESS)


class Move(StrEnum):
    START = "start"
    FINISH = "finish"
    REFUSE = "refuse"
    RETURN = "return"
    CLOSE = "close"
    REOPEN = "reopen"


MOVES: dict[tuple[str, str], str] = {
    (State.ACKNOWLEDGED, Move.START): State.IN_PROGRESS,
    (State.ACKNOWLEDGED, Move.FINISH): State.DONE,
    (State.IN_PROGRESS, Move.FINISH): State.DONE,
    (State.ACKNOWLEDGED, Move.REFUSE): State.CANNOT,
    (State.IN_PROGRESS, Move.REFUSE): State.CANNOT,
    (State.DONE, Move.RETURN): State.IN_PROGRESS,
    (State.CANNOT, Move.RETURN): State.IN_PROGRESS,
    (State.DONE, Move.CLOSE): State.CLOSED,
    (State.CANNOT, Move.CLOSE): State.CLOSED,
    (State.CLOSED, Move.REOPEN): State.IN_PROGRESS,
}
# The plan group's own moves; the others are the owners' too.
LEADING = frozenset({Move.RETURN, Move.CLOSE, Move.REOPEN})
REASONED = frozenset({Move.RETURN, Move.REOPEN})

IS_CLOSED = N_("This recommendation is closed. Open it again before changing anything.")
# What the plan group enters, by the column that keeps it.
COLUMN_NAMES: Mapping[str, str] = {
    "text": N_("Recommendation"),
    "concerned": N_("Whom it concerns"),
    "received_on": N_("Received on"),
    "due_on": N_("Answer due on"),
    "issue": N_("Issue"),
}
SECTIONS = {"response": N_("What was done")}
RESPONSE = Field(
    "response",
    N_("What was done"),
    FieldKind.TEXT,
    "response",
    required=True,
    hint=N_("By whom, when and with what result; attach evidence below"),
)
CANNOT_REASON = Field(
    "cannot_reason",
    N_("Why it can't be acted on"),
    FieldKind.TEXT,
    "response",
    hint=N_("Only where nothing can be done: name what stands against it"),
)
ASKED = Asked(
    fields=(RESPONSE, CANNOT_REASON),
    slots={"evidence": MOST_EVIDENCE},
    editable=frozenset(map(str, OWED)),
)


def lacking(move: str, values: dict[str, str | None]) -> Iterable[Missing]:
    """What keeps an answer from being given: what was done, or why nothing can be."""
    if move == Move.FINISH and is_blank(values.get("response")):
        yield Missing("response", "response", Message(N_("Write what was done")))
    if move == Move.REFUSE and is_blank(values.get("cannot_reason")):
        yield Missing("cannot_reason", "response", Message(N_("Write why it can't be acted on")))


def is_overdue(state: str, due_on: date | None, today: date) -> bool:
    """Whether the day of the answer has passed and there is none."""
    return due_on is not None and state in OWED and due_on < today


def is_due_soon(state: str, due_on: date | None, today: date) -> bool:
    """Whether the owners are reminded: the day of the answer is near."""
    return due_on is not None and state in OWED and today <= due_on <= today + timedelta(days=REMINDS_DAYS_BEFORE)


def wording(typed: str) -> str:
    """What the inspectors recommended. Raises Refused where there is nothing, or too much."""
    text = storable(typed).strip()
    if not text:
        raise Refused(N_("Write what is recommended"))
    if len(text) > MOST_TEXT:
        raise Refused(N_("Use at most %(limit)d characters"), limit=MOST_TEXT)
    return text


def check_days(received_on: date, due_on: date | None) -> None:
    """Raise Refused where an answer is due before the recommendation came."""
    if due_on is not None and due_on < received_on:
        raise Refused(N_("The answer can't be due before the recommendation was received"))
