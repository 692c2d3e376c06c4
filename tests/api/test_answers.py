"""What the API answers about rounds, offices, indicators and one report."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.person import REPORT, one_page_pdf
from tests.programs import put_token
from tests.reports import put_report
from tests.views.test_statements import counted

on_both_databases = True

HERE = "/reports/2566-6/P-CPM-3/QP-1"


def test_a_report_is_told_field_by_field_with_versions_and_files(app, reporter):
    sent = reporter.upload("criterion.1", ("หลักฐาน.pdf", one_page_pdf())).json["evidence"][0]
    gone = reporter.upload("criterion.1", ("ผิดไฟล์.pdf", one_page_pdf())).json["evidence"][0]
    reporter.delete(f"/evidence/{gone['id']}")
    reporter.patch(REPORT, {"problems": ("ไม่มีสัญญาณ", 0), "self_level": (4, 0), "criterion.1.complete": (True, 0)})
    reporter.patch(REPORT, {"problems": ("ไม่มีสัญญาณอินเทอร์เน็ต", 1), "quantity.school_total": ("๑,๒๐๐", 0)})
    found = put_token(app, "reporter.p-cpm-3").read(HERE)
    assert (found["round"], found["area"], found["indicator"], found["state"]) == ("2566-6", "P-CPM-3", "QP-1", "draft")
    fields = {key: (row["value"], row["version"]) for key, row in found["fields"].items()}
    assert fields["problems"] == ("ไม่มีสัญญาณอินเทอร์เน็ต", 2)
    assert fields["self_level"] == (4, 1)
    assert fields["criterion.1.complete"] == (True, 1)
    assert fields["criterion.2.complete"] == (None, 0)
    assert fields["quantity.school_total"] == ("1200", 1)
    assert [{name: file[name] for name in ("id", "slot", "name", "size", "sha256")} for file in found["evidence"]] == [sent]
    assert datetime.fromisoformat(found["changed_at"]).utcoffset() is not None


def test_a_report_that_nobody_began_is_there_and_empty(app):
    found = put_token(app, "director.p-cpm-3").read(HERE)
    assert (found["state"], found["evidence"], found["started_at"]) == ("not_started", [], None)
    assert {(row["value"], row["version"]) for row in found["fields"].values()} == {(None, 0)}
    assert "quantity.school_total" in found["fields"]


def test_names_come_in_both_languages_and_moments_with_their_offset(app):
    program = put_token(app, "analyst")
    here = next(row for row in program.walk("/areas") if row["code"] == "P-CPM-3")
    assert here["name_th"] == "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาชัยภูมิ เขต 3"
    assert here["name_en"] == "Chaiyaphum Primary Educational Service Area Office 3"
    found = next(row for row in program.walk("/rounds") if row["code"] == "2566-6")
    assert (found["standing"], found["is_rehearsal"], found["fiscal_year_be"]) == ("open", False, 2566)
    assert datetime.fromisoformat(found["closes_at"]).utcoffset() is not None
    asked = next(row for row in program.walk("/indicators?round=2566-6") if row["code"] == "QP-1")
    assert [row["number"] for row in asked["criteria"]] == [1, 2, 3]
    assert {row["level"] for row in asked["levels"]} == {1, 2, 3, 4, 5}
    assert "school_total" in {row["key"] for row in asked["quantities"]}


def test_thai_goes_over_the_line_as_it_is(app):
    assert "สำนักงานเขต" in put_token(app, "central").get("/areas?per_page=1").get_data().decode()


WRONG = (
    ("/rounds?page=0", "page"),
    ("/rounds?page=x", "page"),
    ("/rounds?page=1&after=1", "page"),
    ("/areas?per_page=501", "per_page"),
    ("/areas?per_page=0", "per_page"),
    ("/areas?after=-1", "after"),
    ("/areas?after=99999999999999999999", "after"),
    ("/indicators?per_page=1&per_page=2", "per_page"),
    ("/submissions", "round"),
    ("/submissions?round=2566-6&state=lost", "state"),
    ("/submissions?round=2566-6&stat=draft", "stat"),
    ("/submissions?round=2566-6%00", "round"),
    ("/submissions?round=2566-6&area=%00", "area"),
    ("/submissions?round=2566-6&indicator=%ED%A0%80", "indicator"),
    ("/results/2566-6?format=xml", "format"),
    ("/results/2566-6?after=1", "after"),
    ("/results/2566-6?after=1-1%0A", "after"),
    ("/reports/2566-6/P-CPM-3/QP-1?x=1", "x"),
)


def test_what_can_not_be_asked_is_named(app):
    program = put_token(app, "central")
    for path, wrong in WRONG:
        response = program.get(path)
        assert (response.status_code, response.json["error"]["code"]) == (422, "invalid_parameters"), path
        assert response.json["error"]["message"].endswith(f": {wrong}"), path


@pytest.mark.parametrize("path", ["/rounds?after=2147483647&per_page=500", "/results/2566-6?after=999999999-999999999"])
def test_the_farthest_place_is_the_end(app, path):
    answer = put_token(app, "central").read(path)
    assert (answer["items"], answer["next"]) == ([], None)


PATHS = (
    "/rounds",
    "/areas",
    "/indicators",
    "/indicators?round=2566-6",
    HERE,
    "/submissions?round=2566-6",
    "/submissions?round=2566-6&area=P-CPM-3&indicator=QP-1&state=draft",
    "/results/2566-6",
    "/results/2566-6?format=csv",
)


@pytest.mark.parametrize("account", ["coordinator.p-cpm-3", "evaluator1"])
def test_an_answer_costs_the_same_whatever_the_rows(app, reporter, account):
    program = put_token(app, account)

    def cost(path: str) -> int:
        with counted() as statements:
            assert program.get(path).status_code == 200
        return len(statements)

    cost(PATHS[0])  # where Redis counts, the first of a minute is put down in the database as well
    empty = {path: cost(path) for path in PATHS}
    for indicator in ("QP-1", "QP-2", "QP-3"):
        put_report(app, "P-CPM-3", indicator)
    reporter.patch(REPORT, {"problems": ("x", 0)})
    for number in range(3):
        reporter.upload("criterion.1", (f"{number}.pdf", one_page_pdf()))
    full = {path: cost(path) for path in PATHS}
    # The files are read once there is a report they can belong to.
    assert full == empty | {HERE: empty[HERE] + 1}
    assert max(full.values()) <= 8, full
