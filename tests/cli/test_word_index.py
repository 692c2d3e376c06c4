"""Indexes of words on a PostgreSQL that has the extension: made by `init`, used by searches, not carried over by a restore."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app import word_index
from app.extensions import db
from app.views.admin.entered import EvidenceAdmin, SubmissionAdmin
from app.views.admin.people import AccountAdmin
from app.views.admin.reference import AreaAdmin
from app.word_index import COLUMNS, PREFIX
from tests.cli.running import run, well
from tests.cli.test_backup import the_copy
from tests.conftest import make_app
from tests.debian_postgresql import DebianPostgreSQL

INDEXES = sorted(PREFIX + table for table in COLUMNS)
THEIRS = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'words_of_%' ORDER BY 1"
# As the list of received files looks for words.
SEARCH = (
    "EXPLAIN SELECT id FROM evidence WHERE original_name ILIKE '%หลักฐาน%' OR slot ILIKE '%หลักฐาน%'"
    " OR uploaded_by_name ILIKE '%หลักฐาน%'"
)


@pytest.fixture(scope="module")
def server() -> Iterator[DebianPostgreSQL]:
    """Its folder is not below pytest's, into which only this user may look."""
    with tempfile.TemporaryDirectory(prefix="emes-debian-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        found = DebianPostgreSQL(Path(folder) / "server")
        yield found
        found.stop()


@pytest.fixture(scope="module")
def on_debian(server: DebianPostgreSQL, tmp_path_factory: pytest.TempPathFactory, _settings: None) -> Flask:
    return make_app(server.create("emes"), tmp_path_factory.mktemp("on-debian"))


def _indexes(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(text(THEIRS)))


def test_a_search_uses_the_index_of_its_words(on_debian):
    assert _indexes(on_debian) == INDEXES
    with on_debian.app_context():
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(db.session.scalars(text(SEARCH)))
    assert plan.count("Bitmap Index Scan on words_of_evidence") == 3, plan


def test_an_index_that_is_missing_or_was_cut_off_is_told_and_made_anew(on_debian, server):
    assert not any(line.startswith("a search reads") for line in run(on_debian, "doctor").output.splitlines())
    server.say(
        "DROP INDEX words_of_area",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'words_of_evidence'::regclass",
        database="emes",
    )
    told = run(on_debian, "doctor").output
    assert "a search reads every row of area, evidence:" in told
    with on_debian.app_context():
        assert word_index.set_up() == ["words_of_area", "words_of_evidence"]
        assert word_index.set_up() == []
    assert _indexes(on_debian) == INDEXES


def test_a_restored_database_gets_its_own_indexes(on_debian, tmp_path):
    copy = the_copy(on_debian, tmp_path)
    with on_debian.app_context():
        db.engine.dispose()
    well(on_debian, "restore", "--replace", str(copy))
    assert _indexes(on_debian) == INDEXES


def test_a_user_of_the_database_who_may_not_bring_the_extension_in_works_without_it(server, tmp_path, _settings):
    server.say("CREATE ROLE modest LOGIN")
    url = server.create("modest_one")
    server.say("GRANT ALL ON SCHEMA public TO modest", database="modest_one")
    app = make_app(url.replace("postgres@", "modest@"), tmp_path)
    assert _indexes(app) == []
    assert "a search reads every row of" in run(app, "doctor").output


def test_a_list_of_the_centre_looks_for_words_in_columns_that_have_an_index_of_them():
    """One column without would make all be read."""
    for screen in (AreaAdmin, AccountAdmin, EvidenceAdmin, SubmissionAdmin):
        assert set(screen.quick_search) <= set(COLUMNS[screen.datamodel.obj.__tablename__])


def test_every_column_that_has_an_index_of_its_words_is_one_of_the_models(any_app):
    with any_app.app_context():
        for table, columns in COLUMNS.items():
            assert set(columns) <= set(db.metadata.tables[table].columns.keys())
