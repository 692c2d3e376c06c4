"""Figures are frozen, stay what they were, and tell when they or their sources were altered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app import scope
from app.domain.access import Actor, Duty
from app.domain.errors import NotAllowed, NotFound
from app.extensions import db, transaction
from app.models import Area, ClosingCopy, Dataset, DatasetRow
from app.queries import dataset as queries
from app.services import datasets
from app.signing import signer
from tests import letters
from tests.conftest import NOW
from tests.letters import CENTRE, DAY, HOUR, OFFICES, ROUND

on_both_databases = True


@pytest.fixture(autouse=True)
def reviewed(app):
    """Three offices handed in and were reviewed two days ago; everybody acts as the centre."""
    with app.app_context(), scope.acting_as(CENTRE):
        letters.reviewed_round(*OFFICES)
        yield


def dataset(number: int) -> Dataset:
    return queries.find(ROUND, number)


def row_of(number: int, area: str = "P-CPM-3", indicator: str = "QP-1"):
    return next(row for row in queries.rows_of(dataset(number).id) if (row.area_code, row.full_code) == (area, indicator))


def standing_at(moment, area: str = "P-CPM-3", indicator: str = "QP-1"):
    rows = queries.rows_as_of(dataset(1).round, moment)
    return next(row for row in rows if (row.area_code, row.full_code) == (area, indicator))


def standing_self(area: str, indicator: str) -> int:
    row = letters.report(area, indicator)
    return letters.self_level_of(row.area_id, row.indicator_id)


def test_every_report_that_is_asked_for_is_frozen_reported_or_not():
    letters.freeze()
    rows = queries.rows_of(dataset(1).id)
    assert len(rows) == dataset(1).row_count == 183 * 12 + 62 * 12
    sent = [row for row in rows if row.is_reported]
    assert {row.area_code for row in sent} == set(OFFICES)
    assert len([row for row in sent if row.level is None]) == 3, "the last indicator has no result"
    found = row_of(1)
    assert found.self_level == letters.self_level_of(found.area_id, found.indicator_id)
    assert found.level == letters.level_of(found.area_id, found.indicator_id)
    assert found.verdicts["1"] == {"verdict": "complete", "note": ""}


def test_the_same_moment_gives_the_same_digits_after_everything_changed():
    """Settled anew, unsettled, handed in again: each moment is frozen, and each is what its moment gives later."""
    other = standing_self("P-CPM-3", "QP-1") % 5 + 1
    moments = [NOW - DAY + timedelta(hours=hour) for hour in range(5)]
    letters.freeze(moments[0])
    letters.settle("P-CPM-3", "QP-1", 5, moments[1] - HOUR / 2, basis="moderated")
    letters.freeze(moments[1])
    letters.hand_in_again("P-CPM-3", "QP-1", other, moments[2] - HOUR / 2)
    letters.freeze(moments[2])
    letters.unsettle("P-CPM-3", "QP-1", moments[3] - HOUR / 2)
    letters.freeze(moments[3])
    letters.settle("P-CPM-3", "QP-1", 4, moments[4] - HOUR / 2, basis="appeal")
    letters.freeze(moments[4])
    found = [row_of(number) for number in range(1, 6)]
    first = found[0]
    assert [(row.self_level, row.level, row.basis) for row in found[1:]] == [
        (first.self_level, 5, "moderated"),
        (other, 5, "moderated"),
        (other, None, ""),
        (other, 4, "appeal"),
    ]
    for number, moment in enumerate(moments, start=1):
        assert standing_at(moment) == found[number - 1]
        rebuilt = datasets.rebuild(dataset(number))
        assert rebuilt.is_equal, number
        assert rebuilt.digest_now == dataset(number).digest
    assert len({dataset(number).digest for number in range(1, 6)}) == 5


def test_what_happens_at_the_very_moment_belongs_to_it_and_what_came_before_does_not():
    letters.freeze()
    at = NOW - 5 * HOUR
    letters.settle("P-CPM-3", "QP-1", 5, at, basis="moderated")
    assert standing_at(at - timedelta(microseconds=1)).basis == "single"
    assert standing_at(at).basis == "moderated"
    assert standing_at(NOW - 30 * DAY).is_reported is False


def taken_back(area: str, indicator: str, copied_at) -> None:
    """A report was edited after it was handed in, and lay incomplete at the closing."""
    with transaction():
        row = letters.report(area, indicator)
        row.state = "draft"
        values = {"area_id": row.area_id, "submission_id": row.id, "state": "draft", "missing_count": 3, "content": {}}
        db.session.add(ClosingCopy(**values, closed_at=copied_at, taken_at=copied_at))


def test_what_was_edited_again_and_lay_incomplete_at_closing_is_not_handed_in_from_then_on():
    letters.unsettle("P-CPM-3", "QP-1", NOW - DAY)
    taken_back("P-CPM-3", "QP-1", NOW - HOUR)
    letters.freeze()
    assert (row_of(1).is_reported, row_of(1).self_level, row_of(1).level) == (False, None, None)
    assert standing_at(NOW - 2 * HOUR).is_reported, "until the closing what was handed in counted"
    letters.hand_in_again("P-CPM-3", "QP-1", 4, NOW + HOUR)
    assert standing_at(NOW + HOUR).self_level == 4, "in more time it was handed in again"
    assert datasets.rebuild(dataset(1)).is_equal


def test_a_report_that_lapsed_since_is_listed_with_its_reason():
    letters.unsettle("P-CPM-3", "QP-1", NOW - DAY)
    letters.freeze()
    taken_back("P-CPM-3", "QP-1", NOW + HOUR)
    (since,) = datasets.changes_since(dataset(1), now=NOW + 2 * HOUR)
    assert [(cause.at, cause.is_lapse) for cause in since.causes] == [(NOW + HOUR, True)]


def test_a_result_stands_with_what_it_was_given_for():
    taken_back("P-CPM-3", "QP-1", NOW - HOUR)
    letters.freeze()
    assert (row_of(1).is_reported, row_of(1).self_level) == (True, standing_self("P-CPM-3", "QP-1"))
    assert row_of(1).level is not None


def test_one_altered_row_is_named_by_the_rebuild():
    letters.freeze()
    with transaction():
        wanted = (DatasetRow.area_code == "P-CPM-2") & (DatasetRow.full_code == "QP-2")
        db.session.execute(update(DatasetRow).where(wanted).values(level=5, comment="แก้แล้ว"))
    rebuilt = datasets.rebuild(dataset(1))
    assert not rebuilt.is_intact
    assert not rebuilt.is_equal
    assert [(one.row.area_code, one.row.full_code) for one in rebuilt.differing] == [("P-CPM-2", "QP-2")]


def test_a_row_that_was_taken_out_is_named_too():
    letters.freeze()
    with transaction():
        db.session.query(DatasetRow).filter_by(area_code="S-CPM", full_code="QP-3").delete()
    rebuilt = datasets.rebuild(dataset(1))
    assert not rebuilt.is_intact
    assert [(one.before, one.after is not None) for one in rebuilt.differing] == [(None, True)]


def test_a_digest_that_was_made_to_fit_is_not_signed():
    letters.freeze()
    with transaction():
        db.session.execute(update(DatasetRow).where(DatasetRow.area_code == "P-CPM-2").values(level=5))
    from app.domain import dataset as rules

    with transaction():
        dataset(1).digest = rules.digest(queries.rows_of(dataset(1).id))
    rebuilt = datasets.rebuild(dataset(1))
    assert rebuilt.is_intact
    assert not rebuilt.is_signed
    assert not rebuilt.is_equal


def test_an_office_that_was_regrouped_shows_though_nothing_was_altered():
    letters.freeze()
    with transaction():
        db.session.execute(update(Area).where(Area.code == "P-CPM-3").values(region="north"))
    rebuilt = datasets.rebuild(dataset(1))
    assert rebuilt.is_intact and rebuilt.is_signed and not rebuilt.is_equal
    assert {one.columns for one in rebuilt.differing} == {("region",)}
    assert {one.row.area_code for one in rebuilt.differing} == {"P-CPM-3"}


def test_changes_since_say_what_when_by_whom_and_why():
    letters.freeze(NOW - DAY)
    letters.settle("P-CPM-3", "QP-1", 5, NOW - 2 * HOUR, basis="appeal", decided_by_name="ผู้กลั่นกรอง", reason="หลักฐานครบ")
    letters.hand_in_again("P-CPM-2", "QP-2", standing_self("P-CPM-2", "QP-2") % 5 + 1, NOW - HOUR)
    letters.unsettle("S-CPM", "QP-3", NOW - HOUR)
    found = {one.difference.row.area_code: one for one in datasets.changes_since(dataset(1), now=NOW)}
    assert set(found) <= set(OFFICES)
    appealed = found["P-CPM-3"]
    assert appealed.difference.after.level == 5
    assert [(cause.at, cause.by, cause.basis, cause.reason) for cause in appealed.causes] == [
        (NOW - 2 * HOUR, "ผู้กลั่นกรอง", "appeal", "หลักฐานครบ")
    ]
    assert [cause.is_hand_in for cause in found["P-CPM-2"].causes] == [True]
    assert found["S-CPM"].difference.after.level is None
    assert len(found["S-CPM"].causes) == 1
    assert datasets.changes_since(dataset(1), now=NOW - DAY) == []


def test_only_the_centre_freezes_and_a_rehearsal_is_never_frozen():
    analyst = Actor(user_id=None, duties=frozenset({Duty.ANALYST}), sees_all_areas=True)
    with pytest.raises(NotAllowed), transaction():
        datasets.freeze(ROUND, "", actor=analyst, now=NOW, signer=signer())
    with pytest.raises(NotFound), transaction():
        datasets.freeze("2566-6-R1", "", actor=CENTRE, now=NOW, signer=signer())


def test_an_office_has_no_frozen_rows_at_all():
    letters.freeze()
    area_id = db.session.query(Area.id).filter_by(code="P-CPM-3").scalar()
    office = Actor(user_id=None, duties=frozenset({Duty.COORDINATOR}), area_ids=frozenset({area_id}))
    with scope.acting_as(office):
        assert db.session.query(DatasetRow).count() == 0
        with pytest.raises(NotFound):
            queries.find(ROUND, 1)
