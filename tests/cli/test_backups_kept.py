"""Backups side by side: what the next one takes over, what goes, what is named; and what a copy says of itself."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_migrate import downgrade
from sqlalchemy import create_engine, func, inspect, select, table, text

from app.backup import disk, manifest, shelf
from app.claims import claim
from app.extensions import db, reading_from
from app.queries import stored
from app.storage import FolderStore
from tests.cli.running import run, well
from tests.cli.test_backup import a_shelf, bring_back, everything, evidence_store_of, seal_again, the_copy
from tests.person import one_page_pdf
from tests.services.doing import doing, looking
from tests.stores import make_old, overwrite


@pytest.fixture
def shelf_folder(app, tmp_path: Path) -> Iterator[Path]:
    yield from a_shelf(app, tmp_path)


def test_the_copy_can_be_checked_with_the_systems_own_tools_and_names_what_is_in_it(app, shelf_folder):
    copy = the_copy(app, shelf_folder)
    body = json.loads((copy / manifest.NAME).read_text())
    with looking(app):
        keys = stored.keys()
        assert body["rows"]["ab_user"] == db.session.execute(text("SELECT count(*) FROM ab_user")).scalar()
    assert {one["path"].removeprefix("files/") for one in body["files"]} == keys
    assert "emes-demo" not in (copy / manifest.NAME).read_text() and "@emes.test" not in (copy / manifest.NAME).read_text()
    assert subprocess.run(["sha256sum", "--check", "--status", manifest.SEAL], cwd=copy, check=False).returncode == 0
    assert {path.stat().st_mode & 0o077 for path in copy.rglob("*") if path.is_file() and "manifest" not in path.name} == {0}
    assert well(app, "backup", "--check", str(copy))[-1].startswith(f"whole: {copy}, of 2026-11-20 03:00:00 UTC: ")
    assert well(app, "backup", "--check", str(shelf_folder))[-1].startswith(f"whole: {copy}, ")


@pytest.mark.only_small("damages the file of SQLite")
def test_a_damaged_database_is_replaced_too(app, shelf_folder):
    copy, before = the_copy(app, shelf_folder), everything(app)
    path = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    with app.app_context():
        db.engine.dispose()
    path.write_bytes(b"\0" * path.stat().st_size)
    assert bring_back(app, copy, "--replace").exit_code == 0
    assert everything(app) == before


@pytest.mark.only_small("opens SQLite's copy")
def test_a_copy_of_an_older_release_is_brought_up_to_this_one(app, shelf_folder):
    copy, before = the_copy(app, shelf_folder), everything(app)
    path = copy / "database.sqlite3"
    with app.app_context(), reading_from(create_engine(f"sqlite:///{path}")):
        downgrade(directory=app.config["MIGRATIONS_DIR"], revision="-1")
        revision = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
        tables = inspect(db.engine).get_table_names()
        rows = {name: db.session.execute(select(func.count()).select_from(table(name))).scalar() for name in tables}
    database = {"path": path.name, "size": path.stat().st_size, "sha256": disk.sha256_of(path)}
    seal_again(copy, revision=revision, rows=rows, database=database)
    assert f"at migration {revision}" not in run(app, "doctor").output
    assert bring_back(app, copy, "--replace").exit_code == 0
    assert everything(app)["area"] == before["area"]
    assert well(app, "doctor") == ["nothing found"]


def test_a_database_that_this_program_does_not_know_is_not_copied(app, shelf_folder):
    with doing(app):
        db.session.execute(text("UPDATE alembic_version SET version_num = '20991231_of_the_future'"))
    result = run(app, "backup", str(shelf_folder))
    assert (result.exit_code, "with the release that serves" in result.output) == (1, True)
    assert shelf.backups(shelf_folder) == []


def test_the_next_backup_copies_only_what_is_new_and_mends_what_has_rotted(app, reporter, shelf_folder):
    assert reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).status_code == 201
    first = the_copy(app, shelf_folder)
    path = next(first.glob("files/??/*"))
    second = the_copy(app, shelf_folder)
    assert (second / path.relative_to(first)).stat().st_ino == path.stat().st_ino
    if isinstance(store := evidence_store_of(app), FolderStore):
        assert path.stat().st_ino != store.path(f"{path.parent.name}/{path.name}").stat().st_ino
    path.write_bytes(b"rotten")  # a name of the second one too
    third = the_copy(app, shelf_folder)
    assert (third / path.relative_to(first)).stat().st_ino != path.stat().st_ino
    assert run(app, "backup", "--check", str(second)).exit_code == 1
    assert run(app, "backup", "--check", str(third)).exit_code == 0


def test_the_oldest_go_when_a_new_one_is_whole(app, shelf_folder):
    made = [the_copy(app, shelf_folder) for _ in range(3)]
    last = the_copy(app, shelf_folder, "--keep", "2")
    assert shelf.backups(shelf_folder) == [last, made[-1]]
    assert sorted(path.name for path in shelf_folder.iterdir()) == [".lock", made[-1].name, last.name]


def test_a_file_that_the_store_has_lost_is_named_and_the_rest_is_copied(app, reporter, shelf_folder):
    assert reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).status_code == 201
    first = the_copy(app, shelf_folder)
    store, key = evidence_store_of(app), next(evidence_store_of(app).keys())
    overwrite(store, key, b"rotten")
    assert well(app, "backup", str(shelf_folder))[-1].endswith("0 faults"), "the backup before still has the right bytes"
    for path in (first, *shelf.backups(shelf_folder)):
        shutil.rmtree(path, ignore_errors=True)
    result = run(app, "backup", str(shelf_folder))
    assert result.exit_code == 1
    assert f"differs: {key}, in the store already" in result.output
    store.delete(key)
    result = run(app, "backup", str(shelf_folder / "other"))
    assert (result.exit_code, f"missing: {key}" in result.output) == (1, True)
    (copy,) = shelf.backups(shelf_folder / "other")
    result = bring_back(app, copy, "--replace")
    assert result.exit_code == 1 and "restored" in result.output and "1 faults" in result.output


def test_nothing_is_swept_while_a_backup_is_made(app, shelf_folder):
    store = evidence_store_of(app)
    orphan = store.keep_bytes(b"orphan").key
    make_old(store)
    with app.app_context(), claim("backup"):
        assert "swept: 0" in well(app, "run-due")
        assert orphan in set(store.keys())
    assert "swept: 1" in well(app, "run-due")


def test_a_backup_that_fails_leaves_nothing_that_looks_whole(app, shelf_folder, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(manifest, "write", full)
    result = run(app, "backup", str(shelf_folder))
    assert (result.exit_code, "No space left" in result.output) == (1, True)
    assert [path.name for path in shelf_folder.iterdir()] == [".lock"]


def test_without_a_folder_the_command_says_what_to_do(app, monkeypatch, shelf_folder):
    result = run(app, "backup")
    assert (result.exit_code, "EMES_BACKUP_DIR" in result.output) == (2, True)
    monkeypatch.setitem(app.config, "EMES_BACKUP_DIR", shelf_folder)
    well(app, "backup")
    assert len(shelf.backups(shelf_folder)) == 1
