"""Reference data: all of it, once, and never over what the centre has edited."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from flask_appbuilder.security.sqla.models import Role, User

from app.domain.access import Duty
from app.extensions import db
from app.models import (
    Area,
    ContactChannel,
    Criterion,
    Document,
    Indicator,
    Part,
    PersonnelType,
    PlanItem,
    Position,
    ProjectPeriod,
    ProjectStep,
    QualityLevel,
    Quantity,
    Round,
)
from app.services import seeding
from app.services.seeding import SEED_DIR, Report
from app.storage import evidence_store
from tests.conftest import NOW
from tests.services.doing import doing, looking
from tests.stores import bytes_of

TABLES = (
    Area,
    ContactChannel,
    Criterion,
    Document,
    Indicator,
    Part,
    PersonnelType,
    PlanItem,
    Position,
    ProjectPeriod,
    ProjectStep,
    QualityLevel,
    Quantity,
    Role,
    Round,
)
EDITED = [
    (Area, {"code": "P-CPM-3"}, "name_en", "Chaiyaphum 3", "area P-CPM-3 (name_en)"),
    (Area, {"code": "S-BKK-1"}, "region", "north", "area S-BKK-1 (region)"),
    (PersonnelType, {"sort_order": 1}, "name_th", "ข้าราชการทุกประเภท", "personnel_type"),
    (Position, {"sort_order": 1}, "name_en", "Head", "position"),
    (ContactChannel, {"sort_order": 1}, "value", "0 2000 0000", "contact_channel"),
]


def load(app) -> Report:
    with doing(app):
        return seeding.load_reference(evidence_store())


def counts(app) -> dict[str, int]:
    with looking(app):
        return {table.__tablename__: db.session.query(table).count() for table in TABLES}


def test_loading_a_second_time_adds_nothing_and_finds_nothing_different(app):
    before = counts(app)
    report = load(app)
    assert report.added == Counter()
    assert report.kept["area"] == 245
    assert report.differing == []
    assert counts(app) == before
    assert not [line for line in report.lines() if " 0 added" not in line]


@pytest.mark.parametrize(("table", "which", "column", "value", "named"), EDITED)
def test_a_row_that_the_centre_edited_is_kept_and_named(app, table, which, column, value, named):
    with doing(app):
        setattr(db.session.query(table).filter_by(**which).one(), column, value)
    report = load(app)
    assert report.added == Counter()
    assert len(report.differing) == 1
    assert report.differing[0].startswith(named)
    assert column in report.differing[0]
    assert f"kept although the file differs: {report.differing[0]}" in report.lines()
    with looking(app):
        assert getattr(db.session.query(table).filter_by(**which).one(), column) == value


def test_a_row_that_is_missing_is_added_again(app):
    with doing(app):
        db.session.delete(db.session.query(ContactChannel).order_by(ContactChannel.sort_order).first())
        db.session.delete(db.session.query(Area).filter_by(code="S-BKK-2").one())
    report = load(app)
    assert report.added == Counter({"contact_channel": 1, "area": 1})
    assert counts(app)["area"] == 245


def test_the_edited_title_of_a_form_makes_no_second_form(app):
    before = counts(app)["document"]
    with doing(app):
        db.session.query(Document).filter_by(kind="form").order_by(Document.id).first().title_th = "แบบฟอร์มใหม่"
    load(app)
    assert counts(app)["document"] == before


def test_all_offices_are_there(app):
    with looking(app):
        kinds = Counter(kind for (kind,) in db.session.query(Area.kind))
        orders = [order for (order,) in db.session.query(Area.sort_order).order_by(Area.sort_order)]
    assert kinds == {"primary": 183, "secondary": 62}
    assert orders == list(range(1, 246))


def test_every_office_is_as_in_the_file(app):
    with (SEED_DIR / "areas.csv").open(encoding="utf-8", newline="") as file:
        wanted = {row["code"]: (row["name_th"], row["short_th"], row["kind"], row["region"]) for row in csv.DictReader(file)}
    with looking(app):
        assert {row.code: (row.name_th, row.short_th, row.kind, row.region) for row in db.session.query(Area)} == wanted


@pytest.mark.parametrize("code", ["2566-6", "2566-12"])
def test_both_rounds_have_the_thirteen_urgent_indicators_in_their_order(app, code):
    with looking(app):
        rows = (
            db.session.query(Indicator.full_code)
            .join(Indicator.part)
            .join(Part.round)
            .filter(Round.code == code, Part.code == "QP")
            .order_by(Indicator.sort_order)
        )
        codes = [full_code for (full_code,) in rows]
    assert codes == [f"QP-{number}" for number in ("1", "2", "3", "4", "5", "6a", "6b", "7", "8", "9", "10", "X1", "X2")]


def test_the_other_parts_belong_to_the_twelve_months_round_and_ask_no_challenge(app):
    with looking(app):
        parts = {(part.round.code, part.code): part.asks_challenge for part in db.session.query(Part)}
    assert parts == {
        ("2566-6", "QP"): True,
        ("2566-12", "QP"): True,
        ("2566-12", "AP"): False,
        ("2566-12", "STD"): False,
    }


def test_6a_is_for_primary_and_6b_for_secondary_offices_and_all_else_for_both(app):
    with looking(app):
        found = {(row.full_code, row.applies_to) for row in db.session.query(Indicator)}
    assert {pair for pair in found if pair[1] != "both"} == {("QP-6a", "primary"), ("QP-6b", "secondary")}


def test_every_urgent_indicator_asks_for_evidence_and_describes_its_five_levels(app):
    with looking(app):
        rows = db.session.query(Indicator).filter(Indicator.full_code.startswith("QP-")).all()
        assert len(rows) == 26
        for row in rows:
            assert row.criteria, row.full_code
            assert [criterion.number for criterion in row.criteria] == sorted({criterion.number for criterion in row.criteria})
            assert [level.level for level in row.levels] == [5, 4, 3, 2, 1], row.full_code


def test_a_figure_is_limited_only_by_another_figure_of_the_same_indicator(app):
    with looking(app):
        limited = [row for row in db.session.query(Quantity) if row.not_above_key]
        assert limited
        for row in limited:
            keys = {other.key for other in row.indicator.quantities if other.key != row.key}
            assert row.not_above_key in keys, row.key


def test_whatever_was_made_up_is_marked_as_illustrative(app):
    with looking(app):
        for table in (Criterion, QualityLevel, Quantity):
            marks = Counter(mark for (mark,) in db.session.query(table.is_illustrative))
            assert marks[True] > 0
            assert marks[False] == 0


def test_the_confidence_of_every_wording_is_that_of_the_file(app):
    data = json.loads((SEED_DIR / "indicators.json").read_text("utf-8"))
    wanted = {f"{part['code']}-{item['code']}": item["confidence"] for part in data["parts"] for item in part["indicators"]}
    with looking(app):
        assert {row.full_code: row.confidence for row in db.session.query(Indicator)} == wanted


def test_the_forms_are_in_the_store_with_their_own_bytes(app):
    with looking(app):
        store = evidence_store()
        forms = db.session.query(Document).filter_by(kind="form").all()
        assert {row.extension for row in forms} == {"docx", "xlsx"}
        for row in forms:
            assert store.sha256_of(row.storage_key) == row.sha256
            assert len(bytes_of(store, row.storage_key)) == row.size_bytes
        linked = {row.form_document_id for row in db.session.query(Criterion) if row.form_document_id}
        assert linked <= {row.id for row in forms}
        assert linked


def test_the_demonstration_round_is_open_for_ten_days_and_the_next_one_is_to_come(app):
    with looking(app):
        first, second = (db.session.query(Round).filter_by(code=code).one() for code in ("2566-6", "2566-12"))
    assert (first.opens_at, first.closes_at) == (
        datetime(2026, 10, 31, 1, 30, tzinfo=UTC),
        datetime(2026, 11, 30, 9, 30, tzinfo=UTC),
    )
    assert second.opens_at > NOW + timedelta(days=50)


def test_a_demonstration_has_the_accounts_of_the_contract_and_each_is_marked(app):
    wanted = {"admin", "central", "evaluator1", "evaluator2", "moderator", "analyst"}
    wanted |= {
        f"{duty}.{office}" for duty in ("coordinator", "reporter", "director") for office in ("p-cpm-3", "p-cpm-2", "s-bkk-1")
    }
    with looking(app):
        users = db.session.query(User).all()
        assert {user.email for user in users} == {f"{name}@emes.test" for name in wanted}
        for user in users:
            assert user.profile.is_demonstration
            duty, _, office = user.email.removesuffix("@emes.test").partition(".")
            assert [role.name for role in user.roles] == [duty.rstrip("12")]
            assert (user.profile.area.code.lower() if user.profile.area else "") == office


def test_every_duty_is_a_role(app):
    with looking(app):
        assert {*map(str, Duty), "public"} <= {name for (name,) in db.session.query(Role.name)}
