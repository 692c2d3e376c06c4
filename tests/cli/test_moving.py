"""Moving up: files to S3 and back, a lived-in database to PostgreSQL, cut off in the middle and gone on with."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import lxml.html
import pytest
from sqlalchemy import create_engine, inspect, text

from app import create_app, scope
from app.extensions import db
from app.moving.database import NOTE
from app.storage import EvidenceStore, open_store
from tests import letters
from tests.cli.running import run, well
from tests.conftest import NOW
from tests.letters import CENTRE, OFFICES
from tests.person import REPORT, Person, one_page_pdf
from tests.stores import overwrite
from tests.swift import KEY_ID, REGION, SECRET

ROOT = Path(__file__).parents[2]
PAGES = (REPORT, "/reports/2566-6/P-CPM-3/", "/my-work/", "/documents/")


@pytest.fixture
def lived_in(app, reporter):
    """Reports with evidence, and a published round with letters."""
    with app.app_context(), scope.acting_as(CENTRE):
        letters.reviewed_round(*OFFICES)
        letters.drafted()
    assert reporter.patch(REPORT, {"problems": ("ปัญหา “ก” \\ 'ข'", 0)}).status_code == 200
    assert reporter.upload("criterion.1", ("หลักฐาน.pdf", one_page_pdf())).status_code == 201
    well(app, "run-due")
    return app


# --- files ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def s3_address(app, swift, bucket, monkeypatch) -> str:
    for name, value in (
        ("EMES_S3_ENDPOINT", swift.url),
        ("AWS_ACCESS_KEY_ID", KEY_ID),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_REGION", REGION),
    ):
        monkeypatch.setitem(app.config, name, value)
    return f"s3://{bucket}/{uuid4().hex}"


def counts(copied: int = 0, there: int = 0, missing: int = 0, differs: int = 0) -> str:
    return f"{copied} copied, {there} there already, 0 gone, {missing} missing, {differs} differs"


def content_of(store: EvidenceStore) -> dict[str, str]:
    return {key: store.sha256_of(key) for key in store.keys()}


def test_files_move_to_s3_and_back_and_what_is_there_and_equal_is_left_alone(lived_in, s3_address, tmp_path):
    app, folder = lived_in, lived_in.extensions["emes_storage"]
    before = content_of(folder)
    assert well(app, "move-files", "--to", s3_address)[-1] == f"{s3_address}: {counts(copied=len(before))}"
    store = open_store(s3_address, app.config)
    assert content_of(store) == before == content_of(folder), "the source stays"
    lost, rotten = sorted(before)[:2]
    store.delete(lost)
    store.put(rotten, io.BytesIO(b"rotten"), size=6, sha256=hashlib.sha256(b"rotten").hexdigest())
    assert well(app, "move-files", "--to", s3_address)[-1].endswith(counts(copied=2, there=len(before) - 2))
    assert content_of(store) == before
    app.extensions["emes_storage"] = store
    assert " 0 faults" in well(app, "verify")[0]
    back = tmp_path / "back"
    assert well(app, "move-files", "--to", f"file://{back}")[-1] == f"{back}: {counts(copied=len(before))}"
    assert content_of(open_store(f"file://{back}", app.config)) == before


def test_a_file_that_is_missing_or_rotten_in_the_source_is_named_and_no_rotten_one_arrives(lived_in, s3_address):
    app, folder = lived_in, lived_in.extensions["emes_storage"]
    missing, rotten = sorted(folder.keys())[:2]
    folder.delete(missing)
    overwrite(folder, rotten, b"rotten")
    result = run(app, "move-files", "--to", s3_address)
    assert result.exit_code == 1
    assert {f"missing: {missing}", f"differs: {rotten}"} <= set(result.output.splitlines())
    assert rotten not in set(open_store(s3_address, app.config).keys())


@pytest.mark.parametrize("address", ["ftp://x/y", "file://host", "s3://", "nonsense"])
def test_an_address_that_is_no_store_is_refused(app, address):
    result = run(app, "move-files", "--to", address)
    assert result.exit_code == 1 and "is no place for files" in result.output


def test_a_store_that_is_away_ends_the_move(app, monkeypatch, s3_address):
    monkeypatch.setitem(app.config, "EMES_S3_ENDPOINT", "http://127.0.0.1:9")
    result = run(app, "move-files", "--to", s3_address)
    assert result.exit_code == 1 and "begin it again" in result.output


# --- the database --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def empty_database(postgresql_url) -> Iterator[str]:
    name = f"moved_{uuid4().hex[:8]}"
    admin = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    base, _, query = postgresql_url.partition("?")
    yield f"{base.rpartition('/')[0]}/{name}?{query}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


def let_go(app) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def command(app, *words: str) -> subprocess.Popen[str]:
    """A command of this installation in a process of its own."""
    environment = os.environ | {
        "EMES_DATA_DIR": str(app.config["EMES_DATA_DIR"]),
        "EMES_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "PYTHONUNBUFFERED": "1",
    }
    words = (sys.executable, "-m", "flask", "--app", "run", *words)
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def moved_app(app, url: str):
    """The application on the database that was moved to."""
    overrides = {
        name: app.config[name] for name in ("TESTING", "EMES_DATA_DIR", "EMES_STORAGE_URL", "EMES_BASE_URL", "SECRET_KEY")
    }
    return create_app(overrides | {"EMES_NOW": NOW, "SQLALCHEMY_DATABASE_URI": url, "PROPAGATE_EXCEPTIONS": False})


def pages(app) -> dict[str, str]:
    """What somebody of an office reads, without what is made anew for each answer."""
    person = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    found = {}
    for path in PAGES:
        answer = person.get(path)
        assert answer.status_code == 200, path
        (main,) = lxml.html.fromstring(answer.data).xpath("//main")
        found[path] = " ".join(main.text_content().split())
    return found


@pytest.mark.only_small("moves up from SQLite")
def test_a_lived_in_database_moves_to_postgresql_though_it_is_cut_off_and_serves_the_same_pages(lived_in, empty_database):
    app = lived_in
    before, verified = pages(app), well(app, "verify")
    let_go(app)
    cut_off = command(app, "move-database", "--to", empty_database)
    assert cut_off.stdout is not None
    for line in cut_off.stdout:
        if line.startswith("submission: "):
            break
    cut_off.send_signal(signal.SIGKILL)
    cut_off.wait()
    engine = create_engine(empty_database)
    assert NOTE in inspect(engine).get_table_names(), "it was cut off before its end"
    done = command(app, "move-database", "--to", empty_database)
    said, _ = done.communicate(timeout=120)
    assert done.returncode == 0, said
    assert "differs" not in said and not said.strip().endswith(" 0 tables stood there already")
    assert NOTE not in inspect(engine).get_table_names()
    with engine.connect() as connection:
        keys = connection.execute(text("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated")).scalar_one()
        resting = connection.execute(
            text("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'")
        ).scalar_one()
    assert (keys, resting) == (sum(len(table.foreign_key_constraints) for table in db.metadata.sorted_tables), 0)
    engine.dispose()
    there = moved_app(app, empty_database)
    assert pages(there) == before
    assert well(there, "verify") == verified
    assert well(there, "doctor") == ["nothing found"]
    person = Person(there).signed_in("reporter.p-cpm-3@emes.test")
    assert person.upload("criterion.2", ("ใหม่.pdf", one_page_pdf())).status_code == 201, (
        "what is new is numbered after what came"
    )
    assert " 0 faults" in well(there, "verify")[0]
    let_go(there)


@pytest.mark.only_small("moves up from SQLite")
def test_a_database_that_holds_something_else_is_no_target(app, empty_database):
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_somebody (id integer)"))
    let_go(app)
    result = run(app, "move-database", "--to", empty_database)
    assert result.exit_code == 1 and "holds tables already" in result.output
    assert inspect(engine).get_table_names() == ["of_somebody"]
    engine.dispose()


@pytest.mark.only_small("moves up from SQLite")
def test_while_somebody_serves_or_backs_up_nothing_is_moved(app, empty_database):
    let_go(app)
    holding, hold = threading.Event(), threading.Event()

    def serve() -> None:
        engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
        with engine.connect() as connection:
            connection.execute(text("SELECT count(*) FROM area")).all()
            holding.set()
            hold.wait(30)
        engine.dispose()

    server = threading.Thread(target=serve)
    server.start()
    holding.wait(10)
    try:
        result = run(app, "move-database", "--to", empty_database)
    finally:
        hold.set()
        server.join()
    assert result.exit_code == 1 and "stop the web server and the worker first" in result.output


@pytest.mark.only_small("moves up from SQLite")
@pytest.mark.parametrize("address", ["sqlite:///x.sqlite3", "postgresql://x/y", "nonsense"])
def test_a_target_that_is_no_postgresql_is_refused(app, address):
    result = run(app, "move-database", "--to", address)
    assert result.exit_code == 1 and "the target" in result.output
