"""The OpenAPI document: every route stands in it and no other, and every answer is what it says."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest

from app.domain.progress import ProgressMove
from app.requests import API_PREFIX
from tests.inspections import begin
from tests.person import REPORT, Person, one_page_pdf
from tests.programs import Program, put_token
from tests.projects import approved, report
from tests.reports import put_report
from tests.results import Given, put_release
from tests.views.test_inspections import recommend


@pytest.fixture
def document(app) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get(f"{API_PREFIX}/openapi.json").json
    return found


def judge(document: dict[str, Any], schema: dict[str, Any], answer: Any) -> None:
    """Raise where an answer is not what the document says of it."""
    whole = schema | {"components": document["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(answer)


def said(document: dict[str, Any], path: str, status: int) -> dict[str, Any]:
    content: dict[str, Any] = document["paths"][path]["get"]["responses"][str(status)]["content"]
    return dict(content["application/json"]["schema"])


def test_every_route_stands_in_the_document_and_nothing_else(app, document):
    routes = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule.removeprefix(API_PREFIX))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{API_PREFIX}/")
    }
    assert set(document["paths"]) == routes
    assert all(set(verbs) == {"get"} for verbs in document["paths"].values())
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": f"http://localhost{API_PREFIX}"}]
    public = {path for path, verbs in document["paths"].items() if not verbs["get"]["security"]}
    assert public == {"/", "/openapi.json"}


def test_the_document_is_sound_and_each_reference_finds_its_schema(document):
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    wanted = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert wanted == set(document["components"]["schemas"])
    for path, verbs in document["paths"].items():
        places = {one["name"] for one in verbs["get"]["parameters"] if one["in"] == "path"}
        assert places == set(re.findall(r"{(\w+)}", path))


@pytest.fixture
def filled(app, reporter) -> None:
    """Reports with answers and files, returned and late ones, and released results."""
    reporter.upload("criterion.1", ("หลักฐาน.pdf", one_page_pdf()))
    reporter.patch(
        REPORT, {"problems": ("ก", 0), "self_level": (4, 0), "quantity.school_total": ("10", 0), "no_problems": (True, 0)}
    )
    put_report(app, "P-CPM-3", "QP-2", "submitted", timing="late")
    put_report(app, "P-CPM-3", "QP-3", "returned")
    given = {"QP-1": Given(3, 4, "ก", {"1": {"verdict": "partial"}}), "QP-2": Given(None, None, is_reported=False)}
    put_release(app, {"P-CPM-3": given})
    approved(app)
    report(app, 1, 1, "50", "30000", moves=(ProgressMove.SEND,))
    coordinator = Person(app).signed_in("coordinator.p-cpm-3@emes.test")
    begin(coordinator)
    recommend(coordinator)


REPORT_PATH = "/reports/{round_code}/{area_code}/{indicator_code}"
ANSWERS = (
    ("/", "/"),
    ("/rounds", "/rounds"),
    ("/areas", "/areas?per_page=20"),
    ("/indicators", "/indicators"),
    (REPORT_PATH, "/reports/2566-6/P-CPM-3/QP-1"),
    (REPORT_PATH, "/reports/2566-6/P-CPM-3/QP-4"),
    ("/submissions", "/submissions?round=2566-6&per_page=2"),
    ("/projects", "/projects?fiscal_year=2566"),
    ("/inspections", "/inspections"),
    ("/inspection-answers", "/inspection-answers?inspection=2566-1"),
    ("/recommendations", "/recommendations?inspection=2566-1"),
    ("/results/{round_code}", "/results/2566-6?per_page=1"),
    ("/openapi.json", "/openapi.json"),
)


@pytest.mark.parametrize("account", ["coordinator.p-cpm-3", "central"])
def test_every_answer_is_what_the_document_says(app, document, filled, account):
    program = put_token(app, account)
    assert {path for path, _ in ANSWERS} == set(document["paths"])
    for path, address in ANSWERS:
        answer = program.read(address)
        judge(document, said(document, path, 200), answer)
        assert answer.get("items", [1]), f"{path}: an empty list proves nothing"


def test_the_judge_refuses_what_the_document_does_not_say(app, document, filled):
    schema, answer = said(document, "/submissions", 200), put_token(app, "central").read("/submissions?round=2566-6")
    for wrong in ({"secret": 1}, {"state": "lost"}, {"self_level": "4"}, {"id": None}):
        spoiled = answer | {"items": [answer["items"][0] | wrong]}
        with pytest.raises(jsonschema.ValidationError):
            judge(document, schema, spoiled)


def test_every_refusal_is_what_the_document_says(app, document):
    program = put_token(app, "coordinator.p-cpm-3")
    for path, status, response in (
        ("/rounds", 401, Program(app, "x").get("/rounds")),
        ("/rounds", 422, program.get("/rounds?x=1")),
        (REPORT_PATH, 404, program.get("/reports/2566-6/P-CPM-2/QP-1")),
    ):
        assert response.status_code == status
        judge(document, said(document, path, status), response.json)
