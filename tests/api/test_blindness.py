"""Blind first, through the API too: whoever has an open review does not read there what the desk leaves out."""

from __future__ import annotations

import pytest

from app import scope
from app.extensions import db, transaction
from app.models import Answer, Submission
from tests.conftest import NOW
from tests.programs import put_token
from tests.results import DAY, Given, put_release
from tests.reviews import assign, begin_review, put_handed_in, put_lock

HERE = "/reports/2566-6/P-CPM-3/QP-1"
NEXT = "/reports/2566-6/P-CPM-3/QP-2"


@pytest.fixture
def review_id(app) -> int:
    """Two reports that were handed in with a level of their own; evaluator1 reviews the first."""
    for indicator in ("QP-1", "QP-2"):
        submission_id = put_handed_in(app, "P-CPM-3", indicator, level="5")
        with app.app_context(), scope.whole_country("a test enters a level"), transaction():
            report = db.session.get(Submission, submission_id)
            db.session.add(
                Answer(area_id=report.area_id, submission_id=report.id, field_key="self_level", value="5", changed_at=NOW)
            )
    begin_review(app)
    return assign(app, "P-CPM-3", "QP-1")


def listed(program) -> dict[str, tuple[int | None, bool]]:
    return {row["indicator"]: (row["self_level"], row["is_withheld"]) for row in program.walk("/submissions?round=2566-6")}


def test_the_reviewer_reads_neither_the_report_nor_its_level_until_the_lock(app, review_id):
    program = put_token(app, "evaluator1")
    refused = program.get(HERE)
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "forbidden")
    assert "ท่านเป็นผู้ตรวจรายงานนี้" in refused.json["error"]["message"]
    assert program.get(NEXT).status_code == 200
    assert listed(program) == {"QP-1": (None, True), "QP-2": (5, False)}
    put_lock(app, review_id, 3)
    assert program.read(HERE)["fields"]["self_level"]["value"] == 5
    assert listed(program) == {"QP-1": (5, False), "QP-2": (5, False)}


@pytest.mark.parametrize("account", ["evaluator2", "moderator", "central", "analyst", "coordinator.p-cpm-3"])
def test_nobody_else_is_blind(app, review_id, account):
    program = put_token(app, account)
    assert program.get(HERE).status_code == 200
    assert listed(program)["QP-1"] == (5, False)


def test_a_moderator_who_reviews_is_as_blind(app, review_id):
    assign(app, "P-CPM-3", "QP-2", "moderator")
    program = put_token(app, "moderator")
    assert program.get(NEXT).status_code == 403
    assert listed(program) == {"QP-1": (5, False), "QP-2": (None, True)}


def test_published_levels_of_a_report_under_review_are_withheld_in_both_shapes(app, review_id):
    put_release(app, {"P-CPM-3": {"QP-1": Given(2, 5, "ความเห็น"), "QP-2": Given(4, 5)}}, release_at=NOW - DAY)
    program = put_token(app, "evaluator1")
    first, second = program.walk("/results/2566-6")
    assert [first[name] for name in ("self_level", "level", "comment", "verdicts", "is_withheld")] == [
        None,
        None,
        None,
        None,
        True,
    ]
    assert (second["level"], second["is_withheld"]) == (4, False)
    assert "ความเห็น" not in program.get("/results/2566-6?format=csv").text
