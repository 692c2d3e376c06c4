"""Projects, inspections and recommendations as programs read them."""

from __future__ import annotations

from app.domain.progress import ProgressMove
from tests.inspections import CODE, FILLED, HERE, begin, fill
from tests.person import Person
from tests.programs import put_token
from tests.projects import add, approved, report
from tests.views.test_inspections import recommend
from tests.views.test_statements import counted


def test_a_project_is_told_with_what_was_entered_and_how_its_quarters_stand(app):
    approved(app)
    report(app, 1, 1, "50", "30000.50", moves=(ProgressMove.SEND,))
    (project,) = put_token(app, "analyst").read("/projects?fiscal_year=2566")["items"]
    assert (project["area"], project["number"], project["state"], project["budget"]) == ("P-CPM-3", 1, "approved", "100000.00")
    assert project["fields"]["sub_plan_target"] == "120101"
    assert project["fields"]["activity.1.starts_on"] == "2022-11-01"
    (quarter,) = project["quarters"]
    assert (quarter["quarter"], quarter["state"], quarter["percent"], quarter["paid"]) == (1, "sent", "50.00", "30000.50")


def test_an_office_reads_its_own_alone(app):
    add(app, "ของเขต 3")
    add(app, "ของเขต 2", office="P-CPM-2")
    mine = put_token(app, "reporter.p-cpm-3")
    assert [row["name"] for row in mine.read("/projects?fiscal_year=2566")["items"]] == ["ของเขต 3"]
    assert mine.get("/projects?fiscal_year=2566&area=P-CPM-2").status_code == 404
    centre = put_token(app, "central")
    assert [row["name"] for row in centre.walk("/projects?fiscal_year=2566&per_page=1")] == ["ของเขต 3", "ของเขต 2"]
    assert [row["name"] for row in centre.read("/projects?fiscal_year=2566&area=P-CPM-2")["items"]] == ["ของเขต 2"]


def test_a_list_of_projects_costs_the_same_however_many_there_are(app):
    add(app)
    program = put_token(app, "central")
    program.read("/projects?fiscal_year=2566")
    with counted() as few:
        program.read("/projects?fiscal_year=2566")
    for number in range(5):
        add(app, f"โครงการที่ {number}")
    with counted() as many:
        program.read("/projects?fiscal_year=2566")
    assert len(many) == len(few) <= 9, (len(few), len(many))


def test_an_inspection_is_told_to_an_office_once_it_is_announced(app):
    mine, centre = put_token(app, "reporter.p-cpm-3"), put_token(app, "central")
    assert [row["code"] for row in mine.read("/inspections")["items"]] == [CODE]
    assert {row["code"] for row in centre.read("/inspections")["items"]} == {"2566-1", "2566-2"}
    assert mine.get("/inspection-answers?inspection=2566-2").status_code == 404
    assert mine.get("/recommendations?inspection=NO").status_code == 404


def test_what_an_office_answers_and_what_was_recommended_is_told_to_itself_and_the_centre(app):
    reporter = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    begin(reporter)
    fill(reporter, f"{HERE}/1.1", FILLED)
    recommend(Person(app).signed_in("coordinator.p-cpm-3@emes.test"))
    for account in ("reporter.p-cpm-3", "central"):
        program = put_token(app, account)
        answers = program.read(f"/inspection-answers?inspection={CODE}")["items"]
        told = next(row for row in answers if row["issue"] == "1.1")
        assert (told["area"], told["state"], told["report_state"]) == ("P-CPM-3", "draft", "gathering")
        assert told["fields"]["count_done"] == "9"
        (recommended,) = program.read(f"/recommendations?inspection={CODE}")["items"]
        assert (recommended["issue"], recommended["state"], recommended["due_on"]) == ("1.1", "acknowledged", "2026-11-25")
    other = put_token(app, "coordinator.p-cpm-2")
    assert other.read(f"/inspection-answers?inspection={CODE}")["items"] == []
    assert other.read(f"/recommendations?inspection={CODE}")["items"] == []
