"""Who may do what to a row that they see."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.domain import access
from app.domain.access import COUNTRY_DUTIES, OFFICE_DUTIES, Action, Actor, Duty
from app.domain.errors import NotAllowed

OWN, FOREIGN = 3, 4
WRITERS = {Duty.REPORTER, Duty.COORDINATOR}
CENTRE = {Duty.CENTRAL, Duty.ADMIN}
EVALUATORS = {Duty.EVALUATOR, Duty.MODERATOR}

# Who may, on a row of the own office and on one of another.
MAY = {
    Action.VIEW_REPORT: (set(Duty), set(COUNTRY_DUTIES)),
    Action.EDIT_REPORT: (WRITERS, set()),
    Action.SUBMIT_REPORT: (WRITERS, set()),
    Action.APPROVE_REGISTRATION: ({Duty.COORDINATOR} | CENTRE, CENTRE),
    Action.EXTEND_DEADLINE: (CENTRE, CENTRE),
    Action.RUN_ROUND: (CENTRE, CENTRE),
    Action.LEAD_TEAM: ({Duty.COORDINATOR} | CENTRE, CENTRE),
    Action.HAND_IN_ROUND: ({Duty.COORDINATOR}, set()),
    Action.ENDORSE_ROUND: ({Duty.DIRECTOR}, set()),
    Action.REMIND: (CENTRE, CENTRE),
    Action.PUBLISH: (CENTRE, CENTRE),
    Action.ASK_QUESTION: (set(OFFICE_DUTIES), set()),
    Action.ANSWER_QUESTION: (CENTRE, CENTRE),
    Action.REVIEW: (EVALUATORS, EVALUATORS),
    Action.MODERATE: ({Duty.MODERATOR}, {Duty.MODERATOR}),
    Action.ASSIGN_REVIEWS: (CENTRE | {Duty.MODERATOR}, CENTRE | {Duty.MODERATOR}),
    Action.RETURN_REPORT: (EVALUATORS, EVALUATORS),
    Action.PUBLISH_RESULTS: (CENTRE, CENTRE),
    Action.ACKNOWLEDGE_RESULT: ({Duty.COORDINATOR, Duty.DIRECTOR}, set()),
    Action.APPEAL: ({Duty.COORDINATOR, Duty.DIRECTOR}, set()),
    Action.DECIDE_APPEAL: (CENTRE | {Duty.MODERATOR}, CENTRE | {Duty.MODERATOR}),
    Action.ACCEPT_ADVICE: ({Duty.REPORTER, Duty.COORDINATOR}, set()),
    Action.EXPORT_ROUND: (CENTRE | {Duty.ANALYST}, CENTRE | {Duty.ANALYST}),
    Action.EXPORT_OFFICE: (set(OFFICE_DUTIES), set()),
    Action.EDIT_SHEET: ({Duty.REPORTER, Duty.COORDINATOR}, set()),
    Action.LEAD_SHEETS: ({Duty.COORDINATOR}, set()),
    Action.CONSIDER_SHEET: ({Duty.DIRECTOR}, set()),
    Action.RUN_JOBS: (CENTRE, CENTRE),
    Action.ANSWER_WISH: (CENTRE, CENTRE),
    Action.RESET_FACTOR: ({Duty.ADMIN}, {Duty.ADMIN}),
    Action.END_SESSIONS: ({Duty.CENTRAL, Duty.ADMIN}, {Duty.CENTRAL, Duty.ADMIN}),
    Action.RELEASE_FILE: ({Duty.ADMIN}, {Duty.ADMIN}),
}


@dataclass
class Row:
    area_id: int


def person(duty: Duty) -> Actor:
    if duty in OFFICE_DUTIES:
        return Actor(1, frozenset({duty}), frozenset({OWN}))
    return Actor(1, frozenset({duty}), sees_all_areas=True)


@pytest.mark.parametrize("duty", list(Duty))
@pytest.mark.parametrize("action", list(Action))
def test_every_action_is_for_exactly_those_it_is_meant_for(action, duty):
    own, foreign = MAY[action]
    assert access.allows(person(duty), action, Row(OWN)) is (duty in own)
    assert access.allows(person(duty), action, Row(FOREIGN)) is (duty in foreign)


@pytest.mark.parametrize("action", list(Action))
def test_nobody_may_do_nothing(action):
    assert not access.allows(Actor(None), action, Row(OWN))


@pytest.mark.parametrize("action", list(Action))
def test_a_duty_without_an_office_opens_no_row(action):
    assert not access.allows(Actor(1, frozenset(OFFICE_DUTIES)), action, Row(OWN))


@pytest.mark.parametrize("action", [Action.REVIEW, Action.MODERATE, Action.RETURN_REPORT])
def test_nobody_reviews_an_office_of_their_own(action):
    of_the_office = Actor(1, frozenset({Duty.EVALUATOR, Duty.MODERATOR}), frozenset({OWN}))
    assert access.allows(of_the_office, action, Row(FOREIGN))
    assert not access.allows(of_the_office, action, Row(OWN))


def test_an_office_without_a_duty_only_reads():
    actor = Actor(1, area_ids=frozenset({OWN}))
    assert [action for action in Action if access.allows(actor, action, Row(OWN))] == [Action.VIEW_REPORT]


def test_requiring_what_is_not_allowed_ends_the_request():
    with pytest.raises(NotAllowed) as refusal:
        access.require(person(Duty.DIRECTOR), Action.EDIT_REPORT, Row(OWN))
    assert refusal.value.status == 403
    access.require(person(Duty.REPORTER), Action.EDIT_REPORT, Row(OWN))


def test_every_duty_belongs_to_an_office_or_to_the_centre_and_none_to_both():
    assert set(Duty) == OFFICE_DUTIES | COUNTRY_DUTIES
    assert not OFFICE_DUTIES & COUNTRY_DUTIES


def test_having_one_of_several_duties_is_enough():
    actor = Actor(1, frozenset({Duty.EVALUATOR, Duty.MODERATOR}))
    assert actor.has(Duty.ADMIN, Duty.MODERATOR)
    assert not actor.has(Duty.ADMIN, Duty.CENTRAL)
    assert not actor.has()
