"""States of a report, every move from each of them, and the word and badge that an office sees."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from app.domain import workflow
from app.domain.errors import Conflict
from app.domain.workflow import Move, State, Status

COMPONENTS = Path(__file__).parents[2] / "app" / "templates" / "macros" / "ui.html"

MOVES = {
    (State.DRAFT, Move.EDIT): State.DRAFT,
    (State.DRAFT, Move.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Move.EDIT): State.DRAFT,
    (State.SUBMITTED, Move.SUBMIT): None,
    (State.RETURNED, Move.EDIT): State.RETURNED,
    (State.RETURNED, Move.SUBMIT): State.SUBMITTED,
    (State.DRAFT, Move.RETURN): None,
    (State.SUBMITTED, Move.RETURN): State.RETURNED,
    (State.RETURNED, Move.RETURN): None,
    (State.DRAFT, Move.TAKE_BACK): None,
    (State.SUBMITTED, Move.TAKE_BACK): None,
    (State.RETURNED, Move.TAKE_BACK): State.SUBMITTED,
}


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_every_move_from_every_state_leads_where_it_should_or_is_refused(state, move):
    target = MOVES[state, move]
    if target is None:
        with pytest.raises(Conflict):
            workflow.next_state(state, move)
    else:
        assert workflow.next_state(state, move) is target


def test_the_table_knows_no_moves_besides():
    assert {pair: target for pair, target in MOVES.items() if target is not None} == workflow.TRANSITIONS


@pytest.mark.parametrize(
    ("state", "begun", "complete", "status"),
    [
        (None, False, False, Status.NOT_STARTED),
        (State.DRAFT, False, False, Status.NOT_STARTED),
        (State.DRAFT, False, True, Status.NOT_STARTED),
        (State.DRAFT, True, False, Status.IN_PROGRESS),
        (State.DRAFT, True, True, Status.READY),
        (State.SUBMITTED, True, True, Status.SUBMITTED),
        (State.SUBMITTED, True, False, Status.SUBMITTED),
        (State.RETURNED, True, False, Status.RETURNED),
        (State.RETURNED, True, True, Status.RETURNED),
    ],
)
def test_the_word_for_the_office_follows_from_state_and_completeness(state, begun, complete, status):
    assert workflow.status(state, begun=begun, complete=complete) is status


@pytest.mark.parametrize("state", [None, *State])
def test_what_is_not_required_is_never_anything_else(state):
    assert workflow.status(state, begun=True, complete=True, required=False) is Status.NOT_REQUIRED


def test_every_status_has_a_badge_of_its_own():
    macro = re.search(r"macro tag\(status\).*?endmacro", COMPONENTS.read_text("utf-8"), re.DOTALL)
    assert macro is not None
    badges = re.findall(r"'(\w+)': \('(\w*)', '([\w-]+)', _\(\"([^\"]+)\"\)\)", macro.group())
    assert sorted(name for name, *_ in badges) == sorted(Status)
    assert len({icon for _, _, icon, _ in badges}) == len({word for *_, word in badges}) == len(Status)
