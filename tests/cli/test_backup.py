"""`backup` and `restore`: a copy that is whole comes back whole, and one that is not changes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import create_engine, text

from app.backup import manifest, shelf
from app.extensions import db
from app.storage import FolderStore, evidence_store
from tests.cli.running import run, well
from tests.person import REPORT, one_page_pdf

on_both_databases = True
on_both_stores = True


def the_copy(app, folder: Path, *words: str) -> Path:
    """Make a backup and say where it is."""
    before = set(shelf.backups(folder))
    well(app, "backup", str(folder), *words)
    (made,) = set(shelf.backups(folder)) - before
    return made


def bring_back(app, source: Path, *words: str) -> Result:
    """Restore as an operator does, with everything else stopped."""
    with app.app_context():
        db.engine.dispose()
        return run(app, "restore", str(source), *words)


def everything(app) -> dict[str, Any]:
    """Every row and every byte of the installation, but for the sessions, which a restore ends."""
    found: dict[str, Any] = {}
    with app.app_context(), db.engine.connect() as connection:
        for known in db.metadata.sorted_tables:
            if known.name != "user_session":
                found[known.name] = sorted(repr(tuple(row)) for row in connection.execute(known.select()))
    store = evidence_store_of(app)
    return found | {key: store.sha256_of(key) for key in store.keys()}


def set_aside_in(app, name: str) -> set[str]:
    """The keys of the files that were set aside under a name."""
    store = evidence_store_of(app)
    if isinstance(store, FolderStore):
        return {f"{path.parent.name}/{path.name}" for path in (store.root / name).glob("??/*")}
    return {found.name.partition(f"{name}/")[2] for found in store._bucket.listed(f"set-aside/{name}/")}


def evidence_store_of(app) -> Any:
    with app.app_context():
        return evidence_store()


def set_aside(app) -> list[str]:
    """What a restore kept of the old: names of files beside the database, or of schemas."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            path = Path(db.engine.url.database or "")
            return sorted(found.name for found in path.parent.glob("*.before-*"))
        with db.engine.connect() as connection:
            return sorted(connection.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%'")).scalars())


def a_shelf(app, place: Path) -> Iterator[Path]:
    """A folder for backups; what was set aside is taken away afterwards, as the next test has the same clock."""
    yield place / "backups"
    for path in app.config["EMES_DATA_DIR"].glob("*.before-*"):
        path.unlink()


def seal_again(copy: Path, **changes: Any) -> None:
    """Change the manifest and seal it, as whoever makes up a copy would."""
    body = json.loads((copy / manifest.NAME).read_text()) | changes
    content = json.dumps(body).encode()
    (copy / manifest.NAME).write_bytes(content)
    (copy / manifest.SEAL).write_text(f"{hashlib.sha256(content).hexdigest()}  {manifest.NAME}\n")


@pytest.fixture
def shelf_folder(app, tmp_path: Path) -> Iterator[Path]:
    yield from a_shelf(app, tmp_path)


# --- a copy comes back whole ---------------------------------------------------------------------------------------------------


def test_what_was_changed_since_is_set_aside_and_everything_is_as_it_was(app, reporter, shelf_folder):
    assert reporter.upload("criterion.1", ("หลักฐาน.pdf", one_page_pdf())).status_code == 201
    reporter.patch(REPORT, {"problems": ("ก่อนสำรอง", 0)})
    before, copy = everything(app), the_copy(app, shelf_folder)
    reporter.patch(REPORT, {"problems": ("หลังสำรอง", 1)})
    assert reporter.upload("criterion.2", ("ใหม่.pdf", one_page_pdf() + b"\n% new\n")).status_code == 201
    since = everything(app)
    assert since != before
    result = bring_back(app, copy, "--replace")
    assert result.exit_code == 0, result.output
    assert "0 faults, 0 files that no row refers to" in result.output
    assert everything(app) == before
    assert len(set_aside(app)) == 1
    old_files = next(line for line in result.output.splitlines() if line.startswith("the old files are kept in "))
    assert set_aside_in(app, old_files.rpartition("/")[2]) == {key for key in since if "/" in key}
    assert reporter.get("/my-work/").status_code == 302, "everybody signs in anew"


def test_what_was_set_aside_before_is_no_part_of_the_next_copy(app, shelf_folder):
    assert bring_back(app, the_copy(app, shelf_folder), "--replace").exit_code == 0
    again = the_copy(app, shelf_folder)
    before = everything(app)
    assert bring_back(app, again, "--replace").exit_code == 0
    assert everything(app) == before
    assert len(set_aside(app)) == 2


# --- what must not be restored -------------------------------------------------------------------------------------------------


def shorten(copy: Path) -> None:
    path = next(copy.glob("files/??/*"))
    os.truncate(path, path.stat().st_size - 1024)


def shorten_the_database(copy: Path) -> None:
    path = next(copy.glob("database.*"))
    os.truncate(path, path.stat().st_size // 2)


def flip_a_byte(copy: Path) -> None:
    path = next(copy.glob("database.*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def take_a_file(copy: Path) -> None:
    next(copy.glob("files/??/*")).unlink()


def edit_the_manifest(copy: Path) -> None:
    path = copy / manifest.NAME
    path.write_text(path.read_text().replace('"revision"', '"Revision"'))


def cut_off_the_manifest(copy: Path) -> None:
    (copy / manifest.SEAL).unlink()


def a_folder_of_others(copy: Path) -> None:
    shutil.rmtree(copy)
    copy.mkdir()
    (copy / "backup.tar").write_bytes(b"\0" * 1024)


def of_another_program(copy: Path) -> None:
    seal_again(copy, format="other")


def of_a_newer_format(copy: Path) -> None:
    seal_again(copy, version=2)


def of_a_newer_migration(copy: Path) -> None:
    seal_again(copy, revision="20991231_of_the_future")


def that_leads_out_of_the_folder(copy: Path) -> None:
    files = [{"path": "files/../../../etc/passwd", "size": 1, "sha256": "0" * 64}]
    seal_again(copy, files=files)


def that_names_a_table_of_its_own(copy: Path) -> None:
    body = json.loads((copy / manifest.NAME).read_text())
    seal_again(copy, rows={"area; DROP TABLE area": 1}, revision=body["revision"])


def of_another_kind_of_database(copy: Path) -> None:
    body = json.loads((copy / manifest.NAME).read_text())
    other = "sqlite" if body["kind"] == "postgresql" else "postgresql"
    name = manifest.DATABASE_NAMES[other]
    (copy / body["database"]["path"]).rename(copy / name)
    seal_again(copy, kind=other, database=body["database"] | {"path": name})


REFUSALS = {
    shorten: "bytes instead of",
    shorten_the_database: "bytes instead of",
    flip_a_byte: "differs: database.",
    take_a_file: "missing: files/",
    edit_the_manifest: "is not as it was written",
    cut_off_the_manifest: "no whole backup",
    a_folder_of_others: "no whole backup",
    of_another_program: "no backup of e-MES",
    of_a_newer_format: "made by a newer e-MES",
    of_a_newer_migration: "does not know migration 20991231_of_the_future",
    that_leads_out_of_the_folder: "no backup of e-MES",
    that_names_a_table_of_its_own: "no backup of e-MES",
    of_another_kind_of_database: "cannot take each other's place",
}


def test_a_copy_that_is_not_as_it_was_written_is_refused_and_nothing_changes(app, shelf_folder, tmp_path):
    """Thirteen ways in which a copy can be bad, each beside a whole one."""
    copy = the_copy(app, shelf_folder)
    before = everything(app)
    for spoil, said in REFUSALS.items():
        bad = tmp_path / spoil.__name__
        shutil.copytree(copy, bad)
        spoil(bad)
        result = bring_back(app, bad, "--replace")
        assert result.exit_code == 1, spoil.__name__
        assert said in result.output and "nothing was changed" in result.output, (spoil.__name__, result.output)
        if spoil is not of_another_kind_of_database:
            assert said in run(app, "backup", "--check", str(bad)).output, spoil.__name__
    assert everything(app) == before
    assert set_aside(app) == []


def test_rows_that_do_not_come_back_are_noticed(app, shelf_folder):
    copy, before = the_copy(app, shelf_folder), everything(app)
    seal_again(copy, rows=json.loads((copy / manifest.NAME).read_text())["rows"] | {"area": 246})
    result = bring_back(app, copy, "--replace")
    assert result.exit_code == 1 and "nothing was changed" in result.output, result.output
    assert everything(app) == before


def test_an_installation_that_holds_data_is_only_replaced_when_that_is_said(app, shelf_folder):
    copy, before = the_copy(app, shelf_folder), everything(app)
    result = bring_back(app, copy)
    assert (result.exit_code, "--replace" in result.output) == (1, True)
    assert everything(app) == before


def test_a_database_that_somebody_has_open_is_not_replaced(app, shelf_folder):
    copy = the_copy(app, shelf_folder)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    other = create_engine(url)
    with other.connect() as connection:
        connection.execute(text("SELECT count(*) FROM area")).scalar()
        result = bring_back(app, copy, "--replace")
    other.dispose()
    assert (result.exit_code, "stop the web server and the worker" in result.output) == (1, True), result.output
