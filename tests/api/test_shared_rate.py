"""How often a token may be used, counted in a real Redis for all processes; while that is away, in the database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app import shared_counts
from app.shared_counts import SharedCounts
from tests.cli.running import run
from tests.programs import put_token, stored_token
from tests.redis_server import RedisServer
from tests.views.test_statements import counted


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    found = RedisServer(tmp_path_factory.mktemp("redis"))
    found.start()
    yield found
    found.kill()


@pytest.fixture
def shared(app, own_redis: RedisServer, monkeypatch) -> RedisServer:
    """The application counts in Redis, and three requests a minute are allowed."""
    if own_redis.process is None:
        own_redis.start()
    monkeypatch.setitem(app.extensions, "emes_shared_counts", SharedCounts(own_redis.url))
    monkeypatch.setitem(app.config, "EMES_API_REQUESTS_A_MINUTE", 3)
    monkeypatch.setattr(shared_counts, "NAMESPACE", f"test-{id(monkeypatch)}")
    return own_redis


def test_each_answer_says_what_is_left_and_the_one_too_many_when_to_come_again(app, shared):
    program = put_token(app, "central")
    for left in ("2", "1", "0"):
        response = program.get("/rounds")
        assert (response.status_code, response.headers["X-RateLimit-Remaining"]) == (200, left)
    refused = program.get("/rounds")
    assert refused.status_code == 429
    assert 50 <= int(refused.headers["Retry-After"]) <= 60


def test_only_the_first_of_a_minute_writes_into_the_database(app, shared):
    program = put_token(app, "central")
    with counted() as first:
        program.get("/rounds")
    assert sum(statement.startswith("UPDATE api_token") for statement in first) == 1
    assert stored_token(app, program)["last_used_at"] is not None
    with counted() as second:
        program.get("/rounds")
    assert not [statement for statement in second if not statement.startswith("SELECT")]


def test_of_many_at_once_exactly_the_limit_gets_through_also_in_two_processes(app, shared):
    program = put_token(app, "central")
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: program.get("/rounds").status_code, range(8)))
    assert sorted(statuses) == [200] * 3 + [429] * 5
    app.extensions["emes_shared_counts"] = SharedCounts(shared.url)  # as another process would
    assert program.get("/rounds").status_code == 429


def test_a_window_ends(app, shared):
    counts = SharedCounts(shared.url)
    window = timedelta(milliseconds=80)
    assert [counts.count("x", window).used for _ in range(2)] == [1, 2]
    time.sleep(0.15)
    assert counts.count("x", window).used == 1


def test_while_redis_is_away_the_database_counts_and_doctor_says_so(app, shared):
    program = put_token(app, "central")
    assert program.get("/rounds").status_code == 200
    shared.kill()
    assert [program.get("/rounds").status_code for _ in range(4)] == [200, 200, 200, 429]
    result = run(app, "doctor")
    assert (result.exit_code, result.output.strip()) == (1, "Redis does not answer: the database counts in its place")
    shared.start()
    assert run(app, "doctor").exit_code == 0
