"""`init`, `seed demo` and `create-user`: what they add, what they leave alone, what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from werkzeug.security import check_password_hash

from app import create_app
from app.extensions import db
from app.models import Area, Registration, Round
from app.queries import account as accounts
from tests.cli.running import run, well
from tests.conftest import NOW
from tests.services.doing import doing, looking

PASSWORD = "ฝนตกที่ภูเขียวทุกวัน"


@pytest.fixture
def empty(tmp_path: Path) -> Flask:
    """An installation on which nothing was run yet."""
    return create_app(
        {
            "TESTING": True,
            "EMES_NOW": NOW,
            "EMES_DATA_DIR": tmp_path,
            "EMES_STORAGE_URL": f"file://{tmp_path / 'evidence'}",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'emes.sqlite3'}",
        }
    )


@pytest.fixture
def production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setitem(app.config, "EMES_ENV", "production")
    return app


def people(app: Flask) -> int:
    with looking(app):
        return db.session.query(User).count()


def test_an_empty_production_database_gets_all_reference_data_and_nobody(empty, monkeypatch):
    monkeypatch.setitem(empty.config, "EMES_ENV", "production")
    first, second = well(empty, "init"), well(empty, "init")
    assert "area: 245 added, 0 kept" in first
    assert "area: 0 added, 245 kept" in second
    assert [line.partition(":")[0] for line in first if "added" in line] != []
    assert not [line for line in second if " 0 added" not in line]
    assert not [line for line in (*first, *second) if "demonstration" in line]
    assert people(empty) == 0


def test_init_on_a_running_installation_changes_nothing_and_says_so(app):
    before = people(app)
    with looking(app):
        rounds = [(row.code, row.opens_at, row.closes_at) for row in db.session.query(Round).order_by(Round.code)]
    first, second = well(app, "init"), well(app, "init")
    assert first == second
    assert not [line for line in first if " 0 added" not in line]
    assert people(app) == before
    with looking(app):
        assert [(row.code, row.opens_at, row.closes_at) for row in db.session.query(Round).order_by(Round.code)] == rounds


def test_init_names_what_the_centre_has_edited_and_keeps_it(app):
    with doing(app):
        db.session.query(Area).filter_by(code="P-CPM-3").one().name_en = "Chaiyaphum 3"
    assert "kept although the file differs: area P-CPM-3 (name_en)" in well(app, "init")
    with looking(app):
        assert db.session.query(Area.name_en).filter_by(code="P-CPM-3").scalar() == "Chaiyaphum 3"


def test_a_demonstration_belongs_into_an_empty_database(app):
    before = people(app)
    result = run(app, "seed", "demo")
    assert result.exit_code == 1
    assert "accounts already" in result.output
    assert people(app) == before


def test_production_refuses_a_demonstration_even_without_accounts(production):
    with doing(production):
        db.session.query(User).delete()
    result = run(production, "seed", "demo")
    assert result.exit_code == 1
    assert "EMES_ENV=production" in result.output
    assert people(production) == 0


def create(
    app: Flask, email: str, *roles: str, area: str | None = None, password: str = PASSWORD, name: str = "นางสุภาพร วงศ์ชัย"
):
    where = ("--area", area) if area else ()
    given = [part for role in roles for part in ("--role", role)]
    return run(app, "create-user", email, "--name", name, *given, *where, "--password", password)


def test_the_first_administrator_is_created(production):
    result = create(production, " Admin@OBEC.go.th ", "admin", "central")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    with looking(production):
        user = accounts.user_by_email("admin@obec.go.th")
        assert check_password_hash(user.password, PASSWORD)
        assert sorted(role.name for role in user.roles) == ["admin", "central"]
        assert (user.profile.full_name, user.profile.area_id, user.active) == ("นางสุภาพร วงศ์ชัย", None, True)
        assert not user.profile.is_demonstration


def test_an_account_of_an_office_is_created(app):
    assert create(app, "supaporn@x.th", "reporter", area="S-BKK-2").exit_code == 0
    with looking(app):
        user = accounts.user_by_email("supaporn@x.th")
        assert (user.profile.area.code, [role.name for role in user.roles]) == ("S-BKK-2", ["reporter"])
        assert db.session.query(Registration).count() == 0


@pytest.mark.parametrize(
    ("email", "roles", "more", "says"),
    [
        ("new@x.th", ["admin"], {"password": "short"}, "12"),
        ("new@x.th", ["admin"], {"password": "emes25662566"}, "รหัสผ่าน"),
        ("somchai@x.th", ["admin"], {"password": "somchai is the name"}, "รหัสผ่าน"),
        ("new@x.th", ["reporter"], {"area": "P-XXX-9"}, "P-XXX-9"),
        ("new@x.th", ["reporter"], {}, "สำนักงาน"),
        ("new@x.th", ["admin"], {"area": "P-CPM-3"}, "ส่วนกลาง"),
        ("new@x.th", ["reporter", "admin"], {"area": "P-CPM-3"}, "ส่วนกลาง"),
        ("new@x.th", ["king"], {}, "king"),
        ("new@x.th", [], {}, "--role"),
        ("central@emes.test", ["central"], {}, "already"),
        (" Central@EMES.test", ["central"], {}, "already"),
    ],
)
def test_an_account_that_does_not_fit_is_refused_with_the_reason(app, email, roles, more, says):
    before = people(app)
    result = create(app, email, *roles, **more)
    assert result.exit_code != 0
    assert says in result.output
    assert people(app) == before


@pytest.mark.parametrize("email", ["admin", "a@", "@x.th", "a b@x.th", "a@x.th\nBcc: b@x.th", " "])
def test_an_account_needs_a_mailbox(app, email):
    """TX19, TX20."""
    before = people(app)
    assert create(app, email, "admin").exit_code != 0
    assert people(app) == before


@pytest.mark.parametrize("email", ["new@emes.test", "New@EMES.TEST", " new@emes.test "])
def test_production_refuses_accounts_of_the_demonstration(production, email):
    before = people(production)
    result = create(production, email, "admin")
    assert result.exit_code == 1
    assert "EMES_ENV=production" in result.output
    assert people(production) == before


def test_an_account_of_a_demonstration_may_be_created_in_one(app):
    assert create(app, "new@emes.test", "admin").exit_code == 0


def test_the_program_says_that_the_schema_is_behind(empty):
    result = run(empty, "doctor")
    assert result.exit_code == 1
    assert "the database is at migration None" in result.output
    assert "flask --app run init" in result.output
