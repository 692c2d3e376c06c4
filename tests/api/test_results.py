"""Published results through the API: nothing before its moment, each office its own, JSON and CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from app.extensions import db, transaction
from app.models import Round
from tests.conftest import NOW
from tests.programs import put_token
from tests.results import DAY, Given, put_release
from tests.views.test_statements import counted

on_both_databases = True

VERDICTS = {"1": {"verdict": "partial", "note": "แนบแผน"}}
GIVEN = {
    "P-CPM-3": {"QP-1": Given(3, 4, "ควรปรับปรุง\nแผน", VERDICTS), "QP-2": Given(None, 5)},
    "P-CPM-2": {"QP-1": Given(5, 5), "QP-2": Given(2, None, is_reported=False)},
}


def levels(program) -> dict[tuple[str, str], int | None]:
    return {(row["area"], row["indicator"]): row["level"] for row in program.walk("/results/2566-6")}


def test_an_office_reads_its_own_and_the_centre_everybodys(app):
    put_release(app, GIVEN)
    own = put_token(app, "coordinator.p-cpm-3")
    assert levels(own) == {("P-CPM-3", "QP-1"): 3, ("P-CPM-3", "QP-2"): None}
    row = own.read("/results/2566-6")["items"][0]
    assert row["self_level"] == 4
    assert row["comment"] == "ควรปรับปรุง\nแผน"
    assert row["verdicts"] == VERDICTS
    assert row["dataset_number"] == 1
    assert row["as_of"] == (NOW - 2 * DAY).isoformat()
    assert row["published_at"] == (NOW - DAY).isoformat()
    assert len(levels(put_token(app, "analyst"))) == 4
    assert levels(put_token(app, "director.s-bkk-1")) == {}


@pytest.mark.parametrize(
    "not_yet",
    [
        {"state": "draft", "release_at": None},
        {"state": "withdrawn"},
        {"release_at": NOW + timedelta(seconds=1)},
        {"held": ("P-CPM-3", "P-CPM-2")},
        {"letters": ()},
    ],
    ids=["a draft", "taken back", "its moment is to come", "held back", "no letter"],
)
def test_nobody_reads_what_is_not_published(app, not_yet):
    put_release(app, GIVEN, **not_yet)
    for account in ("coordinator.p-cpm-3", "central", "moderator", "analyst", "admin"):
        program = put_token(app, account)
        assert program.read("/results/2566-6")["items"] == [], account
        assert program.get("/results/2566-6?format=csv").text.count("\n") == 1, account


def test_a_later_letter_takes_the_place_of_the_earlier_one(app):
    put_release(app, GIVEN)
    put_release(app, {"P-CPM-3": {"QP-1": Given(4, 4), "QP-2": Given(5, 5)}}, release_at=NOW - timedelta(hours=1))
    put_release(app, {"P-CPM-3": {"QP-1": Given(1, 1)}}, held=("P-CPM-3",), release_at=NOW)
    found = levels(put_token(app, "central"))
    assert found == {("P-CPM-3", "QP-1"): 4, ("P-CPM-3", "QP-2"): 5, ("P-CPM-2", "QP-1"): 5, ("P-CPM-2", "QP-2"): 2}


def test_a_release_during_the_walk_doubles_no_report(app):
    put_release(app, GIVEN)
    program = put_token(app, "central")
    first = program.read("/results/2566-6?per_page=1")
    put_release(app, GIVEN, release_at=NOW)
    rest = program.walk(first["next"].removeprefix("http://localhost/api/v1"))
    found = [(row["area"], row["indicator"]) for row in [*first["items"], *rest]]
    assert len(found) == len(set(found)) == 4


def test_a_rehearsal_has_no_results(app):
    put_release(app, GIVEN)
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-6").one().is_rehearsal = True
    assert levels(put_token(app, "central")) == {}
    assert levels(put_token(app, "coordinator.p-cpm-3")) == {}


def test_the_csv_says_the_same_with_thai_intact_and_runs_in_no_spreadsheet(app):
    put_release(app, {"P-CPM-3": {"QP-1": Given(3, 4, "=HYPERLINK(1)", VERDICTS), "QP-2": Given(None, 5, 'ดี, "มาก"\nต่อ')}})
    program = put_token(app, "coordinator.p-cpm-3")
    response = program.get("/results/2566-6?format=csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == "attachment; filename=results-2566-6.csv"
    assert response.data.startswith(b"\xef\xbb\xbf")
    assert program.get("/results/2566-6", Accept="text/csv").data == response.data
    assert program.get("/results/2566-6?format=json", Accept="text/csv").is_json
    assert program.get("/results/2566-6", Accept="*/*").is_json
    rows = list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))
    items = program.read("/results/2566-6")["items"]
    assert [set(row) for row in rows] == [set(items[0])] * 2
    assert [row["area_name_th"] for row in rows] == [row["area_name_th"] for row in items]
    assert [row["level"] for row in rows] == ["3", ""]
    assert [row["comment"] for row in rows] == ["'=HYPERLINK(1)", 'ดี, "มาก"\nต่อ']
    assert [row["is_reported"] for row in rows] == ["1", "1"]
    assert "แนบแผน" in rows[0]["verdicts"]


def test_results_cost_the_same_for_few_and_many(app):
    program = put_token(app, "central")
    put_release(app, GIVEN)
    for path in ("/results/2566-6", "/results/2566-6?format=csv"):
        with counted() as statements:
            assert program.get(path).status_code == 200
        assert len(statements) <= 5
