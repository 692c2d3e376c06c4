"""`seed scale`: a round of its own to measure on."""

from __future__ import annotations

from sqlalchemy import func, select

from app import scope
from app.extensions import db
from app.models import Answer, Area, HandIn, Indicator, Round, Submission
from app.queries import export as exports
from app.queries.export import Wanted
from app.services import scale
from tests.cli.running import run, well
from tests.conftest import NOW
from tests.services.doing import doing, looking

on_both_databases = True


def counts(app) -> list[int]:
    with looking(app):
        return [db.session.scalar(select(func.count()).select_from(model)) for model in (Submission, HandIn, Answer)]


def fingerprint_here() -> list[tuple]:
    columns = (Submission.area_id, Submission.state, Submission.missing_count, Submission.changed_at)
    return [tuple(row) for row in db.session.execute(select(*columns).order_by(Submission.area_id, Submission.indicator_id))]


def fingerprint(app) -> list[tuple]:
    with looking(app):
        return fingerprint_here()


def test_offices_that_lack_are_added_under_their_own_codes_and_other_rounds_stay(app):
    said = well(app, "seed", "scale", "--areas", "250", "--indicators", "8")
    reports, hand_ins, answers = counts(app)
    assert said == [f"round 2590-6: 250 offices, 8 indicators, {reports} reports, {hand_ins} hand-ins"]
    assert answers == reports > hand_ins > 0
    with looking(app):
        made = list(db.session.scalars(select(Area.code).where(Area.code.startswith("SCALE-")).order_by(Area.code)))
        assert made == [f"SCALE-{number:05}" for number in range(1, 6)]
        found = db.session.scalars(select(Round).where(Round.code == "2590-6")).one()
        assert not db.session.scalar(select(func.count()).where(Submission.round_id != found.id))
        kinds = set(db.session.scalars(select(Indicator.applies_to).where(Indicator.round_id == found.id)))
        assert kinds == {"both", "primary", "secondary"}
        assert db.session.scalar(select(func.count()).where(Submission.state == "submitted", Submission.missing_count > 0)) == 0


def test_with_all_kinds_every_office_is_asked_for_every_indicator(app):
    well(app, "seed", "scale", "--areas", "12", "--indicators", "8", "--all-kinds")
    with looking(app):
        found = db.session.scalars(select(Round).where(Round.code == "2590-6")).one()
        offices = exports.areas_of(found, Wanted.from_args({}))[:12]
        assert exports.counted(offices, exports.indicators_of(found)) == 12 * 8


def test_no_two_hand_ins_say_the_same(app):
    well(app, "seed", "scale", "--areas", "20", "--indicators", "3")
    with looking(app):
        said = [content["fields"]["problems"] for content in db.session.scalars(select(HandIn.content))]
        assert len(said) > 20
        assert len(set(said)) == len(said)


def test_few_offices_are_taken_from_those_that_stand(app):
    well(app, "seed", "scale", "--areas", "20", "--indicators", "3")
    with looking(app):
        assert db.session.scalar(select(func.count()).select_from(Area)) == 245
        assert db.session.scalar(select(func.count(Submission.area_id.distinct()))) <= 20


def test_a_second_time_is_refused_and_changes_nothing(app):
    well(app, "seed", "scale", "--areas", "30", "--indicators", "4")
    before = fingerprint(app)
    again = run(app, "seed", "scale", "--areas", "30", "--indicators", "4")
    assert again.exit_code == 1
    assert "มีรอบวัดสมรรถนะอยู่แล้ว" in again.output
    assert fingerprint(app) == before


def test_the_same_number_makes_the_same_reports_and_another_makes_others(app):
    def made(random_seed: int) -> list[tuple]:
        with doing(app), scope.whole_country("a test makes reports"):
            scale.load(areas=30, indicators=4, random_seed=random_seed, now=NOW)
            found = fingerprint_here()
            db.session.rollback()
        return found

    assert made(7) == made(7) != made(8)


def test_production_refuses_it(app, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_ENV", "production")
    result = run(app, "seed", "scale", "--areas", "3", "--indicators", "1")
    assert result.exit_code == 1
    assert "production refuses" in result.output
    assert counts(app) == [0, 0, 0]
