"""How often a token may be used: counted in the database, so that every process counts the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.programs import put_token, stored_token
from tests.views.test_statements import counted

on_both_databases = True


@pytest.fixture
def three_a_minute(app):
    before = app.config["EMES_API_REQUESTS_A_MINUTE"]
    app.config["EMES_API_REQUESTS_A_MINUTE"] = 3
    yield
    app.config["EMES_API_REQUESTS_A_MINUTE"] = before


def limits(response) -> tuple[str, str, str]:
    return tuple(response.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


@pytest.mark.only_small("counts in the database; test_shared_rate says the same of Redis")
def test_each_answer_says_what_is_left_and_the_one_too_many_when_to_come_again(app, three_a_minute):
    program = put_token(app, "central")
    for left in ("2", "1", "0"):
        response = program.get("/rounds")
        assert (response.status_code, limits(response)) == (200, ("3", left, "60"))
    app.config["EMES_NOW"] = NOW + timedelta(seconds=20)
    refused = program.get("/rounds")
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "too_many_requests")
    assert limits(refused) == ("3", "0", "40")
    assert refused.headers["Retry-After"] == "40"
    app.config["EMES_NOW"] = NOW + timedelta(seconds=60)
    assert limits(program.get("/rounds")) == ("3", "2", "60")


def test_one_program_takes_nothing_from_another(app, three_a_minute):
    greedy, other = put_token(app, "central"), put_token(app, "central")
    for _ in range(5):
        greedy.get("/rounds")
    assert other.get("/rounds").status_code == 200


@pytest.mark.only_small("counts in the database; test_shared_rate says the same of Redis")
def test_what_is_refused_writes_nothing(app, three_a_minute):
    program = put_token(app, "central")
    for _ in range(3):
        program.get("/rounds")
    with counted() as statements:
        assert program.get("/rounds").status_code == 429
    assert len(statements) == 1
    assert stored_token(app, program)["requests"] == 3


def test_a_request_that_finds_nothing_counts_too(app, three_a_minute):
    program = put_token(app, "reporter.p-cpm-3")
    statuses = [program.get("/reports/2566-6/P-CPM-2/QP-1").status_code for _ in range(4)]
    assert statuses == [404, 404, 404, 429]


def test_of_many_at_once_exactly_the_limit_gets_through(app, three_a_minute):
    program = put_token(app, "central")
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: program.get("/rounds").status_code, range(8)))
    assert sorted(statuses) == [200] * 3 + [429] * 5


def test_an_unknown_token_costs_one_statement_and_a_shapeless_one_none(app):
    program = put_token(app, "central")
    program.token = "emes_" + "a" * 43
    with counted() as statements:
        assert program.get("/rounds").status_code == 401
    assert len(statements) == 1
    program.token = "guess"
    with counted() as statements:
        assert program.get("/rounds").status_code == 401
    assert statements == []
