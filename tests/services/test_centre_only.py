"""Rows of the centre do not exist for an office, whatever a page forgets to ask."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from app import scope
from app.extensions import db, transaction
from app.models import Outcome, Review, Submission
from app.scope import ForeignRow
from tests.conftest import NOW
from tests.reports import put_report
from tests.services.doing import actor_for, doing

on_both_databases = True


@pytest.fixture
def outcome_id(app) -> int:
    """A level of the office's own report."""
    put_report(app, "P-CPM-3", "QP-1", "submitted")
    with doing(app, actor_for(app, "moderator")):
        report = db.session.scalars(select(Submission)).one()
        row = Outcome(
            round_id=report.round_id,
            submission_id=report.id,
            area_id=report.area_id,
            indicator_id=report.indicator_id,
            level=3,
            basis="single",
            verdicts={},
            decided_at=NOW,
        )
        db.session.add(row)
        db.session.flush()
        return row.id


def test_an_office_finds_no_level_of_its_own_report_however_it_asks(app, outcome_id):
    with app.app_context(), scope.acting_as(actor_for(app, "coordinator.p-cpm-3")):
        assert db.session.get(Outcome, outcome_id) is None
        assert db.session.scalars(select(Outcome)).all() == []
        assert db.session.scalar(select(func.count(Outcome.id))) == 0
        assert db.session.scalar(select(func.max(Outcome.level)).join(Submission)) is None
        assert db.session.query(Outcome.level).all() == []
        assert db.session.scalars(select(Submission)).one() is not None
        joined = select(Submission.id, Outcome.level).outerjoin(Outcome, Outcome.submission_id == Submission.id)
        assert [level for _, level in db.session.execute(joined)] == [None]


def test_evaluators_analysts_and_the_centre_find_it(app, outcome_id):
    for name in ("evaluator1", "moderator", "analyst", "central", "admin"):
        with app.app_context(), scope.acting_as(actor_for(app, name)):
            assert db.session.get_one(Outcome, outcome_id).level == 3, name


def test_an_office_writes_no_row_of_the_centre(app, outcome_id):
    with doing(app, actor_for(app, "coordinator.p-cpm-3")):
        db.session.execute(update(Outcome).values(level=5))
    with app.app_context(), scope.acting_as(actor_for(app, "coordinator.p-cpm-3")), pytest.raises(ForeignRow), transaction():
        db.session.add(Review(round_id=1, submission_id=1, area_id=1, indicator_id=1, evaluator_id=1, assigned_at=NOW))
    with app.app_context(), scope.acting_as(actor_for(app, "central")):
        assert db.session.get_one(Outcome, outcome_id).level == 3


def test_nobody_finds_nothing(app, outcome_id):
    with app.app_context(), scope.acting_as(scope.NOBODY):
        assert db.session.scalars(select(Outcome)).all() == []
