"""Two people meet at one appeal or one letter. SQLite lets one writer in at a time; here PostgreSQL does not."""

from __future__ import annotations

import pytest

from app import scope
from app.domain.appeals import NoTerm
from app.domain.errors import Conflict
from app.domain.publishing import AppealKind, AppealState
from app.extensions import db
from app.models import Acknowledgement, Appeal, ImprovementItem, Outcome
from app.services import appeals, improvement, results
from app.services.appeals import Filing, Ruling
from tests.conftest import NOW
from tests.reports import put_report
from tests.results import Given, put_outcome, put_release
from tests.services.doing import actor_for, doing, looking
from tests.services.test_at_once import OtherProcess

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)
HERE = ("2566-6", "P-CPM-3")
GIVEN = Given(2, 4, "ควรสรุปผล", {"1": {"verdict": "partial", "note": "แนบแผน"}})


@pytest.fixture
def office(app):
    put_release(app, {"P-CPM-3": {"QP-7": GIVEN}})
    put_outcome(app, put_report(app, "P-CPM-3", "QP-7", "submitted"), 2)
    return actor_for(app, "coordinator.p-cpm-3")


def both(app, actor, other_actor, deed, other_deed):
    """One does something and has not ended when the other begins. What went wrong for the other."""
    with doing(app, actor):
        deed(actor)

        def other():
            with scope.acting_as(other_actor):
                other_deed(other_actor)
                db.session.flush()

        meanwhile = OtherProcess(app, other)
    return meanwhile.faults()


def every(app, model):
    with looking(app):
        return db.session.query(model).all()


def file(text: str = "ขอทบทวน"):
    filing = Filing(AppealKind.APPEAL, text)
    return lambda actor: appeals.file(*HERE, "QP-7", filing, actor=actor, now=NOW)


def decide(ruling: Ruling):
    return lambda actor: appeals.decide(1, ruling, actor=actor, now=NOW)


def test_of_two_who_file_at_once_one_waits(app, office):
    director = actor_for(app, "director.p-cpm-3")
    assert both(app, office, director, file(), file()) == []
    assert len(every(app, Appeal)) == 1
    (fault,) = both(app, office, director, file(), file("อีกข้อความหนึ่ง"))
    assert isinstance(fault, Conflict)
    assert not isinstance(fault, NoTerm)


def test_of_two_who_decide_at_once_the_second_is_told(app, office):
    with doing(app, office):
        file()(office)
    upheld = Ruling(AppealState.UPHELD, "เห็นด้วย", 4, "พบ")
    central, moderator = actor_for(app, "central"), actor_for(app, "moderator")
    (fault,) = both(app, central, moderator, decide(upheld), decide(Ruling(AppealState.REFUSED, "ไม่เห็นด้วย")))
    assert isinstance(fault, Conflict)
    assert both(app, moderator, central, decide(upheld), decide(upheld)) == []
    assert sorted(row.level for row in every(app, Outcome)) == [2, 4]


def test_two_who_acknowledge_at_once_acknowledge_once(app, office):
    def acknowledge(actor):
        results.acknowledge(*HERE, seen_letter=None, actor=actor, now=NOW)

    assert both(app, office, actor_for(app, "director.p-cpm-3"), acknowledge, acknowledge) == []
    assert len(every(app, Acknowledgement)) == 1


def test_two_who_take_up_the_same_advice_at_once_take_it_up_once(app, office):
    def accept(actor):
        improvement.accept(*HERE, [("QP-7", 1), ("QP-7", 0)], actor=actor, now=NOW)

    assert both(app, office, actor_for(app, "reporter.p-cpm-3"), accept, accept) == []
    assert len(every(app, ImprovementItem)) == 2
