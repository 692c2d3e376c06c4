"""Reading a long list while others write: each row that was there at the beginning comes once."""

from __future__ import annotations

from app import scope
from app.extensions import db, transaction
from app.models import Submission
from tests.conftest import NOW
from tests.programs import API, Program, put_token
from tests.reports import put_report

on_both_databases = True

AREAS = ("P-CPM-1", "P-CPM-2", "P-CPM-3", "P-BKK", "S-BKK-1")


def put_reports(app, indicators=("QP-1", "QP-2")) -> list[int]:
    return [put_report(app, area, indicator, "draft") for area in AREAS for indicator in indicators]


def change(app, submission_id: int, **values: object) -> None:
    with app.app_context(), scope.whole_country("a test changes a report"), transaction():
        for name, value in values.items():
            setattr(db.session.get(Submission, submission_id), name, value)


def step(program: Program, address: str) -> tuple[list[int], str | None]:
    answer = program.read(address.removeprefix(f"http://localhost{API}"))
    return [row["id"] for row in answer["items"]], answer["next"]


def test_what_is_added_and_changed_between_the_pages_moves_no_row(app):
    there = put_reports(app)
    program, seen, begun = put_token(app, "central"), [], ["QP-3", "QP-4", "QP-5"]
    on: str | None = "/submissions?round=2566-6&per_page=3"
    while on is not None:
        ids, on = step(program, on)
        seen += ids
        # Others go on: what was read and what was not changes, and a report is begun.
        change(app, there[len(seen) % len(there)], state="submitted", submitted_at=NOW, changed_at=NOW)
        change(app, there[0], state="returned")
        if begun:
            put_report(app, "P-BKK", begun.pop())
    assert seen == sorted(set(seen))
    assert set(there) <= set(seen)
    assert len(seen) == len(there) + 3


def test_a_filter_goes_along_and_a_row_that_changes_its_state_takes_no_place_of_another(app):
    there = put_reports(app)
    program, seen = put_token(app, "central"), []
    on: str | None = "/submissions?round=2566-6&state=draft&per_page=4"
    ids, on = step(program, on)
    seen += ids
    # The first four leave the state: a page by number would now skip four others.
    for submission_id in ids:
        change(app, submission_id, state="submitted")
    while on is not None:
        assert "state=draft" in on
        ids, on = step(program, on)
        seen += ids
    assert seen == there


def test_a_page_can_be_asked_by_its_number_and_leads_on_by_place(app):
    there = put_reports(app)
    program = put_token(app, "analyst")
    second = program.read("/submissions?round=2566-6&page=2&per_page=4")
    assert [row["id"] for row in second["items"]] == there[4:8]
    assert (second["page"], second["per_page"], second["total"]) == (2, 4, 10)
    assert second["next"] == f"http://localhost{API}/submissions?per_page=4&round=2566-6&after={there[7]}"
    assert second["as_of"] == NOW.isoformat()
    last = program.read(second["next"].removeprefix(f"http://localhost{API}"))
    assert (last["page"], last["next"], [row["id"] for row in last["items"]]) == (None, None, there[8:])
    beyond = program.read("/submissions?round=2566-6&page=4&per_page=4")
    assert (beyond["items"], beyond["next"], beyond["total"]) == ([], None, 10)


def test_filters_narrow_and_are_counted(app):
    put_reports(app)
    put_report(app, "P-CPM-3", "QP-3", "submitted")
    program = put_token(app, "central")

    def found(query: str) -> list[tuple[str, str, str]]:
        answer = program.read(f"/submissions?round=2566-6&{query}")
        assert answer["total"] == len(answer["items"])
        return [(row["area"], row["indicator"], row["state"]) for row in answer["items"]]

    assert found("area=P-CPM-3&indicator=QP-1") == [("P-CPM-3", "QP-1", "draft")]
    assert found("state=submitted") == [("P-CPM-3", "QP-3", "submitted")]
    assert len(found("indicator=QP-2")) == 5
    for query in ("area=NOWHERE", "indicator=QP-99"):
        assert program.get(f"/submissions?round=2566-6&{query}").status_code == 404


def test_the_short_lists_are_walked_the_same_way(app):
    program = put_token(app, "central")
    for path in ("/areas", "/indicators", "/rounds"):
        whole = program.walk(path)
        assert (
            program.walk(f"{path}?per_page=1") == whole if path == "/rounds" else program.walk(f"{path}?per_page=20") == whole
        )
        assert len(whole) == program.read(path)["total"]
