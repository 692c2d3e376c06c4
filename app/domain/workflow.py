"""States of a report and the moves between them."""

from __future__ import annotations

from enum import StrEnum

from app.domain.errors import N_, Conflict


class State(StrEnum):
    """What is stored of a report's life. Everything else an office sees is derived by `status`."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"


class Move(StrEnum):
    EDIT = "edit"
    SUBMIT = "submit"
    RETURN = "return"
    TAKE_BACK = "take_back"


class Status(StrEnum):
    """What the office reads: stored state, completeness and applicability in one word."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    READY = "ready"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    NOT_REQUIRED = "not_required"


# Editing a submitted report takes it back to draft: it must be sent again, and the page says so.
# Editing a returned one leaves it returned until it is sent again, so that the return stays visible.
TRANSITIONS: dict[tuple[State, Move], State] = {
    (State.DRAFT, Move.EDIT): State.DRAFT,
    (State.DRAFT, Move.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Move.EDIT): State.DRAFT,
    (State.RETURNED, Move.EDIT): State.RETURNED,
    (State.RETURNED, Move.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Move.RETURN): State.RETURNED,
    # The centre takes a return back: what was handed in counts as it was.
    (State.RETURNED, Move.TAKE_BACK): State.SUBMITTED,
}


def next_state(state: State, move: Move) -> State:
    """Where a move leads. Raises Conflict for a move that the table does not know."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        raise Conflict(N_("The report has already been submitted")) from None


def status(state: State | None, *, begun: bool, complete: bool, required: bool = True) -> Status:
    """The word for the office. `state` is None while no report row exists; `begun` says that something was entered."""
    if not required:
        return Status.NOT_REQUIRED
    if state is State.SUBMITTED:
        return Status.SUBMITTED
    if state is State.RETURNED:
        return Status.RETURNED
    if not begun:
        return Status.NOT_STARTED
    return Status.READY if complete else Status.IN_PROGRESS
