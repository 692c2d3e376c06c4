"""Who reads what through the API: every route × role × own or another's office, and every way of having no living token."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from app import permissions
from app.domain.access import Duty
from app.extensions import db, transaction
from app.models import Round, UserSession
from app.queries import account as accounts
from tests.architecture.test_access import OFFICE, PEOPLE
from tests.conftest import NOW
from tests.person import Person
from tests.programs import API, Program, put_token, stored_token
from tests.reports import put_report
from tests.services.doing import looking

# What an address must say besides its path.
MUST_SAY = {
    "api.submissions_of_round": "?round=2566-6",
    "api.projects": "?fiscal_year=2566",
    "api.inspection_answers": "?inspection=2566-1",
    "api.recommendations": "?inspection=2566-1",
}
ROUTES = Path(__file__).parents[1] / "architecture" / "routes.csv"


def addresses(app, area: str = "P-CPM-3") -> dict[str, tuple[str, str]]:
    """Every address that asks for a token, under the API's: (address, whose rows it gives)."""
    with ROUTES.open(encoding="utf-8") as file:
        rows = {row["endpoint"]: row["rows"] for row in csv.DictReader(file) if row["who"] == "token"}
    values = {"round_code": "2566-6", "area_code": area, "indicator_code": "QP-1"}
    found = {}
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if rule.endpoint in rows:
                address = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
                found[rule.endpoint] = (address.removeprefix(API) + MUST_SAY.get(rule.endpoint, ""), rows[rule.endpoint])
    return found


@pytest.mark.parametrize("office", ["P-CPM-3", "P-CPM-2"], ids=["own office", "another office"])
@pytest.mark.parametrize("duty", PEOPLE)
def test_each_role_reads_every_route_but_for_another_offices_rows(app, duty, office):
    put_report(app, office, "QP-1")
    program = put_token(app, PEOPLE[duty])
    found = addresses(app, office)
    assert len(found) == 10
    for endpoint, (address, rows) in found.items():
        foreign = rows == "office" and duty in OFFICE and office != "P-CPM-3"
        assert program.get(address).status_code == (404 if foreign else 200), endpoint
    reports = program.read("/submissions?round=2566-6")
    assert reports["total"] == len(reports["items"]) == (0 if duty in OFFICE and office != "P-CPM-3" else 1)


@pytest.mark.parametrize("path", ["/submissions?round=2566-6&area=P-CPM-2", "/reports/2566-6/P-CPM-2/QP-1"])
def test_another_office_looks_like_one_that_does_not_exist(app, path):
    program = put_token(app, "reporter.p-cpm-3")
    foreign, unknown = program.get(path), program.get(path.replace("P-CPM-2", "P-XXX-9"))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json == unknown.json


def test_an_office_meets_no_foreign_row_and_no_round_in_preparation(app):
    put_report(app, "P-CPM-2", "QP-1")
    put_report(app, "P-CPM-3", "QP-2")
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-12").one().stage = "preparing"
    program = put_token(app, "director.p-cpm-3")
    assert [row["code"] for row in program.walk("/areas")] == ["P-CPM-3"]
    assert [row["area"] for row in program.walk("/submissions?round=2566-6")] == ["P-CPM-3"]
    assert [row["code"] for row in program.walk("/rounds")] == ["2566-6"]
    assert {row["round"] for row in program.walk("/indicators")} == {"2566-6"}
    assert {row["applies_to"] for row in program.walk("/indicators")} <= {"both", "primary"}
    for path in (
        "/indicators?round=2566-12",
        "/submissions?round=2566-12",
        "/results/2566-12",
        "/reports/2566-12/P-CPM-3/QP-1",
    ):
        assert program.get(path).status_code == 404, path
    central = put_token(app, "central")
    assert {"2566-6", "2566-12"} <= {row["code"] for row in central.walk("/rounds")}
    assert len(central.walk("/areas")) == 245


def _expired(app) -> Program:
    return put_token(app, "central", expires_at=NOW)


def _revoked(app) -> Program:
    return put_token(app, "central", revoked_at=NOW - timedelta(minutes=1))


def _inactive(app) -> Program:
    program = put_token(app, "central")
    with app.app_context(), transaction():
        accounts.user_by_email("central@emes.test").active = False
    return program


def _unknown(app) -> Program:
    return Program(app, "emes_" + "a" * 43)


def _garbage(app) -> Program:
    return Program(app, "'; DROP TABLE api_token; --")


@pytest.mark.parametrize("lost", [_expired, _revoked, _inactive, _unknown, _garbage])
def test_without_a_living_token_every_route_is_401_and_says_how_to_come_in(app, lost):
    program, answers = lost(app), set()
    for endpoint, (address, _) in addresses(app).items():
        response = program.get(address)
        assert response.status_code == 401, endpoint
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="e-MES"'
        assert response.json["error"]["code"] == "unauthorized"
        assert "X-RateLimit-Limit" not in response.headers
        answers.add(response.text)
    assert len(answers) == 1, "nobody learns why"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {token}",
        "{token}",
        "Bearer  {token}",
        "Bearer {token} x",
        "Bearer {token}, Bearer {token}",
    ],
)
def test_a_header_of_another_shape_is_no_token(app, header):
    program = put_token(app, "central")
    response = program.get("/rounds", Authorization=header.format(token=program.token))
    assert response.status_code == 401


def test_a_token_counts_in_no_other_place(app):
    program = put_token(app, "central")
    client = app.test_client()
    client.set_cookie("emes", program.token)
    for address in (f"{API}/rounds?token={program.token}", f"{API}/rounds?access_token={program.token}", f"{API}/rounds"):
        assert client.get(address).status_code == 401


def test_no_cookie_opens_the_api_and_none_is_set(app, central):
    with central.client.session_transaction() as session:
        session.permanent = True
    with looking(app):
        seen = db.session.query(UserSession.last_seen_at).all()
    for path in ("/", "/rounds", "/openapi.json", "/nothing"):
        response = central.client.get(f"{API}{path}")
        assert "Set-Cookie" not in response.headers, path
        assert response.status_code == {"/": 200, "/openapi.json": 200, "/nothing": 404}.get(path, 401)
        assert response.headers["Cache-Control"] == "private, no-store"
    with looking(app):
        assert db.session.query(UserSession.last_seen_at).all() == seen
    assert central.get("/profile/").status_code == 200, "the cookie goes on elsewhere"


def test_the_cookie_beside_a_token_adds_nothing_to_it(app, central):
    program = put_token(app, "reporter.p-cpm-3")
    headers = {"Authorization": f"Bearer {program.token}"}
    assert central.client.get(f"{API}/reports/2566-6/P-CPM-2/QP-1", headers=headers).status_code == 404


def test_a_token_opens_no_page(app):
    headers = {"Authorization": f"Bearer {put_token(app, 'central').token}"}
    response = app.test_client().get("/monitor/2566-6/", headers=headers)
    assert (response.status_code, response.location) == (302, "/login/?next=/monitor/2566-6/")


def test_the_role_is_asked_of_the_account_as_it_stands_now(app, monkeypatch):
    program = put_token(app, "analyst")
    assert program.get("/rounds").status_code == 200
    monkeypatch.setattr(permissions, "_GRANTED", permissions._GRANTED - {(str(Duty.ANALYST), "can_read", "api")})
    for endpoint, (address, _) in addresses(app).items():
        response = program.get(address)
        assert (response.status_code, response.json["error"]["code"]) == (403, "forbidden"), endpoint


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(app, verb):
    program = put_token(app, "admin")
    response = app.test_client().open(
        f"{API}/rounds", method=verb, headers={"Authorization": f"Bearer {program.token}"}, json={"code": "x"}
    )
    assert (response.status_code, response.json["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in response.headers["Allow"]


def test_every_fault_is_json_in_the_language_that_is_asked_for(app):
    program = put_token(app, "central")
    thai, english = program.get("/nothing"), program.get("/nothing", Accept_Language="en-GB,en;q=0.8")
    assert thai.json["error"] == {"code": "not_found", "message": "ไม่พบข้อมูลตามที่อยู่นี้ หรือเป็นข้อมูลของเขตอื่น"}
    assert english.json["error"]["message"] == "There is nothing at this address, or it belongs to another office."
    assert thai.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in thai.headers["Content-Security-Policy"]
    foreign_host = app.test_client().get(f"{API}/rounds", headers={"Host": "evil.example"})
    assert (foreign_host.status_code, foreign_host.json["error"]["code"]) == (400, "bad_request")


def test_a_fault_of_ours_tells_nothing_but_a_number(app, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret FROM /srv/path")

    monkeypatch.setattr("app.queries.catalogue.rounds", broken)
    response = put_token(app, "central").get("/rounds")
    assert response.status_code == 500
    assert response.json["error"]["code"] == "internal_error"
    assert len(response.json["error"]["id"]) == 8
    assert "secret" not in response.text


def test_when_it_was_used_last_is_noted(app):
    program = put_token(app, "central")
    assert stored_token(app, program)["last_used_at"] is None
    program.get("/rounds")
    assert stored_token(app, program)["last_used_at"] == NOW


def test_looking_around_as_nobody_is_free(app):
    stranger = Person(app)
    assert stranger.get(f"{API}/").json["openapi"] == "http://localhost/api/v1/openapi.json"
    assert stranger.get(f"{API}").status_code == 200
