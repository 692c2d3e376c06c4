"""The record of changes: nothing of it can be edited, and `verify` names whatever was done to it all the same.

Who tampers here holds the database: drops the triggers, writes raw SQL, and knows how the hashes are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from app import scope
from app.domain import chain
from app.domain.access import Actor
from app.extensions import db
from app.models import Change
from app.queries.record import GUARDS
from app.services import record
from tests.cli.running import run, well
from tests.conftest import NOW
from tests.person import REPORT, one_page_pdf
from tests.services.doing import area_id_of, doing, looking

on_both_databases = True

COLUMNS = "chain, sequence, previous_hash, hash, at, actor_name, area_id, subject, what, old_value, new_value"
OFFICE = "P-CPM-3"
Deed = Callable[[Connection, int], None]


@pytest.fixture
def recorded(app: Flask, reporter) -> int:
    """Twelve links in the office's chain, one in the centre's; the number of the office."""
    for version in range(8):
        assert reporter.patch(REPORT, {"problems": (f"ข้อความที่ {version}", version)}).status_code == 200
    office = area_id_of(app, OFFICE)
    with doing(app):
        record.change(Actor(None, name="ส่วนกลาง"), "round:1", "name_th", now=NOW, old="ก", new="ข")
    with looking(app):
        assert db.session.query(Change).filter_by(chain=office).count() == 12
    return office


def tampered(app: Flask, deed: Deed, office: int) -> None:
    """What somebody does who holds the database."""
    with app.app_context(), db.engine.connect() as connection:
        on_postgresql = connection.dialect.name == "postgresql"
        for guard in (*GUARDS, "change_refuses_another_actor"):
            table = guard.partition("_")[0]
            connection.execute(text(f"DROP TRIGGER {guard}" + (f" ON {table}" if on_postgresql else "")))
        deed(connection, office)
        connection.commit()
        db.session.close()


def faults(app: Flask) -> list[str]:
    """What `verify` complains of; it must complain and end with 1."""
    result = run(app, "verify")
    assert result.exit_code == 1, result.output
    return [line for line in result.output.splitlines() if not line.startswith("checked")]


def do(statement: str) -> Deed:
    return lambda connection, office: connection.execute(text(statement), {"office": office}) and None


def test_an_untouched_record_is_verified_in_silence(app, recorded):
    assert well(app, "verify")[-1].startswith("checked 13 changes in 2 chains against 0 checkpoints: 0 faults")
    well(app, "run-due")
    assert "against 2 checkpoints: 0 faults" in well(app, "verify")[-1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE change SET new_value = 'x' WHERE chain = :office",
        "UPDATE change SET at = at, hash = hash WHERE chain = :office",
        "UPDATE change SET actor_id = 1 WHERE chain = :office",
        "DELETE FROM change WHERE chain = :office",
        "UPDATE checkpoint SET hash = 'x'",
        "DELETE FROM checkpoint",
    ],
)
def test_the_database_itself_refuses_to_edit_the_record(app, recorded, statement):
    well(app, "run-due")
    with app.app_context(), db.engine.connect() as connection, pytest.raises(DatabaseError, match="append-only"):
        connection.execute(text(statement), {"office": recorded})
    assert "0 faults" in well(app, "verify")[-1]


def test_the_record_outlives_the_account_of_whoever_made_the_change(app, recorded):
    """The database takes the number of the account away; the name stays and the hashes hold."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE change SET actor_id = NULL"))
    assert "0 faults" in well(app, "verify")[-1]


def test_an_edited_change_is_named(app, recorded):
    tampered(app, do("UPDATE change SET new_value = 'ดีมาก' WHERE chain = :office AND sequence = 6"), recorded)
    found = faults(app)
    assert len(found) == 1
    assert f"of {OFFICE}, no. 6, 2026-11-20 03:00:00 UTC" in found[0]
    assert found[0].endswith("does not fit: edited")


@pytest.mark.parametrize("column", ["actor_name", "subject", "what", "old_value", "at"])
def test_no_part_of_a_change_can_be_edited_unseen(app, recorded, column):
    value = "'2026-11-19 03:00:00'" if column == "at" else "'x'"
    tampered(app, do(f"UPDATE change SET {column} = {value} WHERE chain = :office AND sequence = 6"), recorded)
    assert [fault.rpartition(": ")[2] for fault in faults(app)] == ["edited"]


def test_changes_taken_out_of_the_middle_are_named(app, recorded):
    tampered(app, do("DELETE FROM change WHERE chain = :office AND sequence BETWEEN 4 AND 6"), recorded)
    assert faults(app) == [f"missing: 3 changes of {OFFICE} after no. 3, before 2026-11-20 03:00:00 UTC"]


def test_changes_taken_off_the_end_are_named(app, recorded):
    tampered(app, do("DELETE FROM change WHERE chain = :office AND sequence > 10"), recorded)
    found = faults(app)
    assert found[0] == f"missing: 2 changes of {OFFICE} after no. 10, before its head"
    assert "answer problems" in found[1], "what the last change stored is in the report still"


def _cut_off(connection: Connection, office: int) -> None:
    """The last changes go, and the head moves back as if they had never been."""
    given = {"office": office}
    last = connection.scalar(text("SELECT hash FROM change WHERE chain = :office AND sequence = 10"), given)
    connection.execute(text("DELETE FROM change WHERE chain = :office AND sequence > 10"), given)
    connection.execute(text("UPDATE chain_head SET sequence = 10, hash = :last WHERE chain = :office"), given | {"last": last})


def test_changes_taken_off_the_end_with_the_head_moved_back_are_named_by_the_signature(app, recorded):
    well(app, "run-due")
    tampered(app, _cut_off, recorded)
    assert faults(app)[0] == f"missing: 2 changes of {OFFICE} after no. 10, signed before"


def _write_anew(connection: Connection, office: int, *, from_sequence: int = 6) -> None:
    """One text is replaced, and every hash from there made anew, the head's too: within itself the chain is whole."""
    given = {"office": office, "first": from_sequence}
    connection.execute(text("UPDATE change SET new_value = 'ดีมาก' WHERE chain = :office AND sequence = :first"), given)
    rows = connection.execute(text(f"SELECT {COLUMNS} FROM change WHERE chain = :office ORDER BY sequence"), given)
    previous = chain.BEGINNING
    for row in rows.all():
        entry = SimpleNamespace(**row._asdict() | {"at": NOW, "previous_hash": previous})
        entry.hash = chain.digest(entry)
        connection.execute(
            text("UPDATE change SET previous_hash = :previous, hash = :hash WHERE chain = :office AND sequence = :sequence"),
            {"office": office, "previous": previous, "hash": entry.hash, "sequence": row.sequence},
        )
        previous = entry.hash
    connection.execute(text("UPDATE chain_head SET hash = :hash WHERE chain = :office"), given | {"hash": previous})


def test_a_chain_written_anew_from_end_to_end_is_given_away_by_the_signature(app, recorded):
    well(app, "run-due")
    tampered(app, _write_anew, recorded)
    found = faults(app)
    assert len(found) == 1
    assert "the server signed another hash" in found[0]


def test_a_chain_written_anew_by_half_does_not_follow(app, recorded):
    def half(connection: Connection, office: int) -> None:
        row = connection.execute(
            text(f"SELECT {COLUMNS} FROM change WHERE chain = :office AND sequence = 6"), {"office": office}
        ).one()
        entry = SimpleNamespace(**row._asdict() | {"at": NOW, "new_value": "ดีมาก"})
        connection.execute(
            text("UPDATE change SET new_value = 'ดีมาก', hash = :hash WHERE chain = :office AND sequence = 6"),
            {"office": office, "hash": chain.digest(entry)},
        )

    tampered(app, half, recorded)
    found = faults(app)
    assert len(found) == 1
    assert "no. 7," in found[0]
    assert found[0].endswith("it does not follow the one before it")


def test_a_forged_change_at_the_end_is_named(app, recorded):
    values = (
        "SELECT chain, sequence + 1, hash, hash, at, actor_name, area_id, subject, what, old_value, 'ปลอม' "
        "FROM change WHERE chain = :office ORDER BY sequence DESC LIMIT 1"
    )
    tampered(app, do(f"INSERT INTO change ({COLUMNS}) {values}"), recorded)
    found = faults(app)
    assert found[0].endswith("does not fit: edited")
    assert found[1].startswith(f"the head of {OFFICE} does not match")


def test_a_head_that_was_taken_away_is_named(app, recorded):
    tampered(app, do("DELETE FROM chain_head WHERE chain = :office"), recorded)
    assert faults(app) == [f"the head of {OFFICE} is missing"]


def test_an_answer_edited_past_the_record_is_named(app, recorded):
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE answer SET value = 'ดีมาก' WHERE field_key IN ('problems', 'reporter_name')"))
        connection.execute(
            text(
                "INSERT INTO answer (area_id, submission_id, field_key, value, version, changed_at, changed_by_name) "
                "SELECT area_id, submission_id, 'self_level', '5', 1, changed_at, 'x' FROM answer WHERE field_key = 'problems'"
            )
        )
    assert [fault.partition(" of ")[0] for fault in faults(app)] == [
        "answer problems",
        "answer reporter_name",
        "answer self_level",
    ]
    assert faults(app)[2] == f"answer self_level of {OFFICE} QP-1 is not on record: edited in the database"


def test_a_checkpoint_made_to_fit_a_chain_written_anew_is_not_signed(app, recorded):
    def both(connection: Connection, office: int) -> None:
        _write_anew(connection, office)
        connection.execute(
            text("UPDATE checkpoint SET hash = (SELECT hash FROM chain_head WHERE chain = :office) WHERE chain = :office"),
            {"office": office},
        )

    well(app, "run-due")
    tampered(app, both, recorded)
    found = faults(app)
    assert len(found) == 1
    assert "is not signed by this server" in found[0]


def test_a_checkpoint_taken_out_between_two_is_missed(app, recorded, reporter):
    for hour in range(3):
        app.config["EMES_NOW"] = NOW + timedelta(hours=2 * hour)
        well(app, "run-due")
        app.config["EMES_NOW"] = NOW
        assert reporter.patch(REPORT, {"no_problems": (hour % 2 == 0, hour)}).status_code == 200
    tampered(
        app,
        do(
            "DELETE FROM checkpoint WHERE chain = :office AND sequence = (SELECT sequence FROM checkpoint WHERE chain = :office "
            "ORDER BY sequence LIMIT 1 OFFSET 1)"
        ),
        recorded,
    )
    found = faults(app)
    assert len(found) == 1
    assert "that is missing" in found[0]


def test_the_server_signs_a_chain_once_an_hour_and_only_where_it_grew(app, recorded, reporter):
    assert "chains signed: 2" in well(app, "run-due")
    assert "chains signed: 0" in well(app, "run-due")
    assert reporter.patch(REPORT, {"no_problems": (True, 0)}).status_code == 200
    app.config["EMES_NOW"] = NOW + timedelta(minutes=59)
    assert "chains signed: 0" in well(app, "run-due")
    app.config["EMES_NOW"] = NOW + timedelta(minutes=60)
    assert "chains signed: 1" in well(app, "run-due")


def test_the_server_does_not_sign_what_was_tampered_with_before(app, recorded):
    tampered(app, do("UPDATE change SET new_value = 'x' WHERE chain = :office AND sequence = 6"), recorded)
    assert "chains signed: 1" in well(app, "run-due"), "the centre's alone"
    assert faults(app)[0].endswith("edited")


def test_signatures_hold_after_the_key_was_changed(app, recorded):
    well(app, "run-due")
    signer = app.extensions["emes_signer"]
    try:
        app.extensions["emes_signer"] = type(signer).from_seed(b"\x09" * 32)
        assert "0 faults" in well(app, "verify")[-1]
    finally:
        app.extensions["emes_signer"] = signer


def test_changes_that_nobody_signed_for_days_are_counted_and_are_no_fault(app, recorded):
    app.config["EMES_NOW"] = NOW + timedelta(days=2)
    assert well(app, "verify")[-1].endswith("0 faults, 13 changes without a signature for more than a day")
    well(app, "run-due")
    assert well(app, "verify")[-1].endswith("0 faults, 0 changes without a signature for more than a day")


def test_a_missing_trigger_is_named_by_the_doctor(app):
    assert well(app, "doctor") == ["nothing found"]
    tampered(app, lambda *_: None, 0)
    assert sorted(run(app, "doctor").output.splitlines()) == sorted(
        f"the trigger {guard} is missing: the record of changes can be edited" for guard in GUARDS
    )


# --- what stands on record ------------------------------------------------------------------------------------------------------


def on_record(app: Flask) -> list[tuple[str, str | None, str | None]]:
    with looking(app):
        rows = db.session.query(Change).filter(Change.area_id.isnot(None)).order_by(Change.id)
        return [(row.what, row.old_value, row.new_value) for row in rows]


def test_every_change_of_an_answer_or_a_file_is_on_record_with_from_and_to(app, reporter):
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    reporter.patch(REPORT, {"self_level": ("4", 1)})
    file = reporter.upload("criterion.2", ("คำสั่ง.pdf", one_page_pdf())).json["evidence"][0]["id"]
    reporter.delete(f"/evidence/{file}")
    reporter.post(f"/evidence/{file}/restore")
    found = on_record(app)
    assert found[0] == ("begun", None, None)
    assert [what for what, *_ in found[1:-5]] == ["reporter_name", "reporter_position", "reporter_phone"], "filled in for one"
    assert found[-5:] == [
        ("self_level", None, "3"),
        ("self_level", "3", "4"),
        ("evidence.attached:criterion.2", None, "คำสั่ง.pdf"),
        ("evidence.deleted:criterion.2", "คำสั่ง.pdf", None),
        ("evidence.restored:criterion.2", None, "คำสั่ง.pdf"),
    ]


def test_a_report_handed_in_is_on_record_with_its_receipt(app, reporter):
    reporter.report_everything()
    number = reporter.post(f"{REPORT}/submit", json_answer=True).json["receipt"]
    assert on_record(app)[-1] == ("submitted", None, number)


def test_what_a_savepoint_took_back_is_not_on_record(app):
    someone = Actor(None, name="ก")
    with doing(app):
        record.change(someone, "x:1", "kept", now=NOW)
        with pytest.raises(LookupError), db.session.begin_nested():
            record.change(someone, "x:1", "taken back", now=NOW)
            with db.session.begin_nested():
                record.change(someone, "x:1", "taken back too", now=NOW)
            raise LookupError
        with db.session.begin_nested():
            record.change(someone, "x:1", "kept too", now=NOW)
    with pytest.raises(LookupError), doing(app):
        record.change(someone, "x:1", "never", now=NOW)
        raise LookupError
    with doing(app):
        record.change(someone, "x:1", "later", now=NOW)
    with looking(app):
        assert [row.what for row in db.session.query(Change).order_by(Change.id)] == ["kept", "kept too", "later"]
    assert "0 faults" in well(app, "verify")[-1]


def test_an_office_reads_its_own_record_and_neither_anothers_nor_the_centres(app, recorded, sign_in):
    with doing(app):
        record.change(Actor(None, name="ก"), "x:1", "x", now=NOW, area_id=area_id_of(app, "P-CPM-2"))
    actor = Actor(1, area_ids=frozenset({recorded}))
    with app.app_context(), scope.acting_as(actor):
        assert {row.area_id for row in db.session.query(Change)} == {recorded}
    with app.app_context(), scope.acting_as(replace(actor, area_ids=frozenset())):
        assert db.session.query(Change).count() == 0
    with app.app_context(), scope.acting_as(replace(actor, sees_all_areas=True)):
        assert {row.area_id for row in db.session.query(Change)} == {recorded, None, area_id_of(app, "P-CPM-2")}


def test_what_was_on_record_before_there_were_chains_is_chained_by_the_migration(app, recorded):
    """The same digest as the program's, in the order of writing; and the rebuilt table refuses editing again."""
    with looking(app):
        before = [(row.chain, row.sequence, row.hash) for row in db.session.query(Change).order_by(Change.id)]
        db.session.close()
        downgrade(directory=app.config["MIGRATIONS_DIR"], revision="20261122_signing")
        upgrade(directory=app.config["MIGRATIONS_DIR"])
    with looking(app):
        assert [(row.chain, row.sequence, row.hash) for row in db.session.query(Change).order_by(Change.id)] == before
    assert well(app, "verify")[-1].startswith("checked 13 changes in 2 chains against 0 checkpoints: 0 faults")
    assert well(app, "doctor") == ["nothing found"]
