"""Of two who act on the same round of an office at once, the second decides on what the first wrote."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.access import Actor, Duty
from app.domain.endorsement import HandedIn
from app.domain.errors import Conflict
from app.extensions import db
from app.models import Assignment, OfficeHandIn, Round, Submission
from app.queries import area as areas
from app.services import assignment, endorsing, leaving, owner_reminders, reference, reporting
from app.services.assignment import Seats
from app.services.endorsing import NotAllSubmitted
from app.services.field_saving import Typing
from app.services.leaving import SuccessorMissing
from app.signing import signer
from tests.conftest import NOW
from tests.services.doing import actor_for, doing, user_id_of
from tests.services.test_locks import HERE, WHO, all_of, one_after_the_other
from tests.views.test_endorsing import set_round, submit_everything
from tests.views.test_team import COORDINATOR, DIRECTOR, REPORTER, add_person, told

on_both_databases = True
OFFICE = ("2566-6", "P-CPM-3")


@pytest.fixture
def coordinator(app) -> Actor:
    return actor_for(app, COORDINATOR)


@pytest.fixture
def director(app) -> Actor:
    return actor_for(app, DIRECTOR)


@pytest.fixture
def complete(app) -> None:
    set_round(app, asks_endorsement=True)
    submit_everything(app)


def handing_in(actor: Actor) -> Any:
    return lambda: endorsing.hand_in(*OFFICE, actor=actor, now=NOW, signer=signer()).receipt_number


def editing(actor: Actor) -> Any:
    return lambda: reporting.save(HERE, {"problems": Typing("ใหม่", 0)}, actor=actor, reporter=WHO, now=NOW)


@pytest.mark.usefixtures("complete")
def test_an_edit_that_waited_for_the_hand_in_finds_the_report_resting(app, coordinator):
    assert isinstance(one_after_the_other(app, handing_in(coordinator), editing(actor_for(app, REPORTER))), HandedIn)
    assert {row.state for row in all_of(app, Submission)} == {"submitted"}


@pytest.mark.usefixtures("complete")
def test_a_hand_in_that_waited_for_an_edit_finds_the_report_unsent(app, coordinator):
    second = one_after_the_other(app, editing(actor_for(app, REPORTER)), handing_in(coordinator))
    assert isinstance(second, NotAllSubmitted) and second.message.values == {"count": 1}
    assert all_of(app, OfficeHandIn) == []


@pytest.mark.usefixtures("complete")
def test_two_coordinators_hand_in_once(app, coordinator):
    assert one_after_the_other(app, handing_in(coordinator), handing_in(coordinator)) == "R66-6-3603"
    assert len(all_of(app, OfficeHandIn)) == 1


@pytest.mark.usefixtures("complete")
def test_what_is_withdrawn_while_the_director_presses_is_not_endorsed(app, coordinator, director):
    with doing(app, coordinator):
        handing_in(coordinator)()
    second = one_after_the_other(
        app,
        lambda: endorsing.withdraw(*OFFICE, "แก้ไข", actor=coordinator, now=NOW),
        lambda: endorsing.endorse(*OFFICE, actor=director, now=NOW, signer=signer()),
    )
    assert isinstance(second, Conflict)
    assert [row.state for row in all_of(app, OfficeHandIn)] == ["withdrawn"]


def test_two_presses_remind_an_owner_once(app, coordinator):
    with doing(app, coordinator):
        seats = Seats(*OFFICE, frozenset({"QP-1"}))
        assignment.assign(seats, [user_id_of(app, REPORTER)], actor=coordinator, now=NOW)

    def reminding() -> Any:
        return owner_reminders.remind(*OFFICE, None, actor=coordinator, now=NOW)

    second = one_after_the_other(app, reminding, reminding)
    assert second.told == {} and second.told_before == ["ผู้รายงาน สาธิต"]
    assert len(told(app, "owner_reminder")) == 1


def test_of_two_coordinators_who_leave_at_once_the_second_is_the_last(app, coordinator):
    other = add_person(app, "second", Duty.COORDINATOR)

    def leaves(user_id: int) -> Any:
        return lambda: leaving.leave(areas.by_code("P-CPM-3"), user_id, {}, None, actor=coordinator, now=NOW)

    second = one_after_the_other(app, leaves(other), leaves(user_id_of(app, COORDINATOR)))
    assert isinstance(second, SuccessorMissing) and second.fields == ["coordinator"]


def giving(actor: Actor, *people: int) -> Any:
    return lambda: assignment.assign(Seats(*OFFICE, frozenset({"QP-1"})), list(people), actor=actor, now=NOW)


def test_of_two_who_give_one_seat_the_second_finds_it_given(app, coordinator):
    gives = giving(coordinator, user_id_of(app, REPORTER))
    assert one_after_the_other(app, gives, gives) == 0


def test_of_two_who_take_one_seat_the_second_finds_it_taken(app, coordinator):
    with doing(app, coordinator):
        giving(coordinator, user_id_of(app, REPORTER))()

    def takes() -> int:
        return assignment.take_away(
            Seats(*OFFICE, frozenset({"QP-1"})), [user_id_of(app, REPORTER)], actor=coordinator, now=NOW
        )

    assert one_after_the_other(app, takes, takes) == 0


def test_nobody_gets_a_seat_while_leaving(app, coordinator):
    other = add_person(app, "second", Duty.REPORTER)

    def leaves() -> Any:
        return leaving.leave(areas.by_code("P-CPM-3"), other, {}, None, actor=coordinator, now=NOW)

    one_after_the_other(app, leaves, giving(coordinator, other))
    assert all_of(app, Assignment) == []
    third = add_person(app, "third", Duty.REPORTER)

    def third_leaves() -> Any:
        return leaving.leave(areas.by_code("P-CPM-3"), third, {}, None, actor=coordinator, now=NOW)

    assert isinstance(one_after_the_other(app, giving(coordinator, third), third_leaves), SuccessorMissing)


@pytest.mark.usefixtures("complete")
def test_a_round_that_was_handed_in_meanwhile_goes_on_asking(app, coordinator):
    def untick() -> None:
        row = db.session.query(Round).filter_by(code="2566-6").one()
        row.asks_endorsement = False
        reference.check_endorsement(row)
        db.session.flush()

    one_after_the_other(app, handing_in(coordinator), untick)
    (found,) = (row for row in all_of(app, Round) if row.code == "2566-6")
    assert found.asks_endorsement
