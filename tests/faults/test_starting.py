"""Beginning and upgrading: however many processes start at once, and wherever one of them is killed, there is one clean state."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, select, table
from sqlalchemy.sql.functions import count

from tests.faults import mutants
from tests.server import Server

PROCESSES = 4
# Beginnings of each test. Ten are a night's work: FAULT_ROUNDS=10 make test PYTEST_ARGS=tests/faults/test_starting.py
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
# Statements that change tables, counted anew by each process, before which it is killed; together they reach over all migrations.
DIES_AT = (3, 40, 90)


on_both = pytest.mark.parametrize("empty", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes an installation whose database is empty: `empty("all_initialise_at_once")`."""
    made: list[str] = []

    def make(mutant: str | None = None, **settings: str) -> Server:
        name = f"start_{uuid4().hex[:12]}"
        server = Server(tmp_path / name, **mutants.environment(tmp_path, mutant), **settings)
        if getattr(request, "param", "sqlite") == "postgresql":
            url = request.getfixturevalue("postgresql_url")
            with _admin(url) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            made.append(name)
            base, _, query = url.partition("?")
            server.environment["EMES_DATABASE_URL"] = f"{base.rpartition('/')[0]}/{name}?{query}"
        return server

    yield make
    if made:
        with _admin(request.getfixturevalue("postgresql_url")) as connection:
            for name in made:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _admin(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def rows(server: Server) -> dict[str, int]:
    """How many rows each table has."""
    engine = create_engine(server.database_url)
    try:
        with engine.connect() as connection:
            names = inspect(connection).get_table_names()
            return {name: connection.scalar(select(count()).select_from(table(name))) or 0 for name in names}
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def of_one_start(initialised: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """What a single start leaves."""
    server = Server(tmp_path_factory.mktemp("one-start"))
    server.begin_as(initialised)
    return rows(server)


# --- at once -------------------------------------------------------------------------------------------------------------------


def starts_at_once_make_one_clean_state(server: Server, of_one_start: dict[str, int]) -> None:
    with ThreadPoolExecutor(PROCESSES) as pool:
        outputs = list(pool.map(lambda _: server.command("init"), range(PROCESSES)))
    assert sum("area: 245 added" in output for output in outputs) == 1
    assert sum("demonstration accounts added" in output for output in outputs) == 1
    assert rows(server) == of_one_start
    assert "nothing found" in server.command("doctor")


@on_both
def test_four_processes_that_start_at_once_on_an_empty_database_make_one_clean_state(empty, of_one_start):
    """F8 of the fault table."""
    for _ in range(ROUNDS):
        starts_at_once_make_one_clean_state(empty(), of_one_start)


def test_four_starts_show_an_initialisation_without_its_lock(empty, of_one_start):
    with pytest.raises((AssertionError, subprocess.CalledProcessError)):
        starts_at_once_make_one_clean_state(empty("all_initialise_at_once"), of_one_start)


# --- cut off -------------------------------------------------------------------------------------------------------------------


def a_beginning_that_is_killed_is_taken_up(server: Server, of_one_start: dict[str, int]) -> None:
    """Kill the migrations again and again, each time further on, and let the same command bring them to their end."""
    for point in DIES_AT:
        server.environment["DIES_AT"] = str(point)
        with pytest.raises(subprocess.CalledProcessError) as killed:
            server.command("init")
        assert killed.value.returncode == -9, f"the same command does not go on: {killed.value.stderr[-1500:]}"
    server.environment["DIES_AT"] = "0"
    server.command("init")
    assert rows(server) == of_one_start
    assert "nothing found" in server.command("doctor")


@on_both
def test_migrations_that_are_killed_go_on_where_they_were(empty, of_one_start):
    """F14 of the fault table."""
    a_beginning_that_is_killed_is_taken_up(empty("dies_while_it_migrates"), of_one_start)


def test_the_kills_show_migrations_that_are_applied_by_half(empty, of_one_start):
    with pytest.raises((AssertionError, subprocess.CalledProcessError), match=r"does not go on|returned non-zero"):
        a_beginning_that_is_killed_is_taken_up(empty("migrates_by_half"), of_one_start)
