"""Who reviews what: shares, handing over, conflicts of interest; over HTTP."""

from __future__ import annotations

import pytest
from flask_appbuilder.security.sqla.models import User

from app.extensions import db, transaction
from app.models import InterestConflict, Notice, Outcome, Review, ReviewEntry, ReviewPlan, Round
from app.scope import whole_country
from tests.reports import put_report
from tests.reviews import IN_REVIEW, assign, begin_review, put_lock
from tests.services.doing import user_id_of
from tests.views.test_deadlines import every, first
from tests.views.test_statements import cost

on_both_databases = "where marked"
DESK = "/review/2566-6/assign"
AREAS = ("P-CPM-1", "P-CPM-2", "P-CPM-3", "P-LEI-1")
CODES = ("QP-1", "QP-2")


@pytest.fixture
def reports(app) -> list[int]:
    """Eight reports handed in by four offices on two indicators, and one that was not."""
    found = [put_report(app, area, code, "submitted") for area in AREAS for code in CODES]
    put_report(app, "S-BKK-1", "QP-1", "draft")
    begin_review(app, at=IN_REVIEW)
    return found


def ids(app, *names):
    return [str(user_id_of(app, name)) for name in names]


def share(person, app, *evaluators, seen="", **said):
    data = {"evaluators": ids(app, *evaluators), "together": "indicator", "seen": seen}
    return person.post(f"{DESK}/shares", data | said)


def given(app):
    """(evaluator's id, report) of every living review."""
    return sorted((row.evaluator_id, row.submission_id) for row in every(app, Review) if row.state != "released")


def loads(app):
    people = [who for who, _ in given(app)]
    return sorted(people.count(who) for who in set(people))


def plan(person, **said):
    usual = {"evaluators_per_report": "1", "moderation_gap": "2", "smallest_group": "5", "due_on": ""}
    return person.post(f"{DESK}/plan", usual | said)


def test_shares_are_shown_before_they_are_given(app, reports, central):
    shown = share(central, app, "evaluator1", "evaluator2")
    assert shown.status_code == 200
    assert shown.text.count("<b>4 รายงาน</b>") == 2
    assert given(app) == []
    assert share(central, app, "evaluator1", "evaluator2", seen="8").status_code == 303
    assert loads(app) == [4, 4]
    assert [row.kind for row in every(app, Notice)] == ["reviews_assigned"] * 2


def test_an_old_look_gives_nothing(app, reports, central):
    assert share(central, app, "evaluator1", seen="7").status_code == 409
    assert given(app) == []


@pytest.mark.parametrize("seen", ["²", "9" * 5000, "-8", "แปด", "8.0"])
def test_a_number_that_was_never_shown_gives_nothing_and_is_no_fault(app, reports, central, seen):
    assert share(central, app, "evaluator1", seen=seen).status_code == 200  # the shares are shown
    assert given(app) == []


def test_given_again_nothing_is_left_to_give(app, reports, central):
    assert share(central, app, "evaluator1", seen="8").status_code == 303
    assert share(central, app, "evaluator2", seen="8").status_code == 409
    assert loads(app) == [8]


@pytest.mark.postgresql
def test_two_evaluators_per_report_are_two_different_people(app, reports, central):
    assert plan(central, evaluators_per_report="๒", due_on="28/12/2569").status_code == 303
    assert share(central, app, "evaluator1", "evaluator2", "moderator", seen="16", together="nothing").status_code == 303
    assert len(set(given(app))) == 16
    assert loads(app) == [5, 5, 6]


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("said", "count"),
    [
        ({"codes": ["QP-1"]}, 4),
        ({"region": "northeast"}, 8),
        ({"region": "south"}, 0),
        ({"q": "ชัยภูมิ"}, 6),
        ({"province": "เลย"}, 2),
    ],
)
def test_only_the_chosen_offices_and_indicators_are_shared_out(app, reports, central, said, count):
    page = share(central, app, "evaluator1", **said).text
    assert (f'name="seen" value="{count}"' in page) == (count > 0)


@pytest.mark.parametrize(
    "said", [{"evaluators_per_report": "4"}, {"evaluators_per_report": "0"}, {"moderation_gap": "9"}, {"smallest_group": "1"}]
)
def test_a_plan_that_cannot_be_is_refused_and_stays_typed(app, reports, central, said):
    answer = plan(central, **said)
    assert answer.status_code == 422
    assert next(iter(said.values())) in answer.text


@pytest.mark.postgresql
def test_the_plan_of_a_published_round_stays(app, reports, central):
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-6").update({"stage": "published"})
    assert plan(central, smallest_group="2").status_code == 409
    assert first(app, ReviewPlan).smallest_group == 5


def test_untouched_reviews_are_handed_over_and_begun_ones_stay(app, reports, central):
    share(central, app, "evaluator1", seen="8")
    put_lock(app, every(app, Review)[0].id, 3)
    giver, taker = ids(app, "evaluator1", "evaluator2")
    assert central.post(f"{DESK}/hand-over", {"giver": giver, "taker": taker, "most": "3"}).status_code == 303
    assert loads(app) == [3, 5]
    assert central.post(f"{DESK}/hand-over", {"giver": giver, "taker": taker, "most": ""}).status_code == 303
    assert loads(app) == [1, 7]
    assert central.post(f"{DESK}/hand-over", {"giver": giver, "taker": giver}).status_code == 422


@pytest.mark.parametrize("most", ["-1", "0", "๐"])
def test_no_fewer_than_one_review_is_handed_over(app, reports, central, most):
    share(central, app, "evaluator1", seen="8")
    giver, taker = ids(app, "evaluator1", "evaluator2")
    assert central.post(f"{DESK}/hand-over", {"giver": giver, "taker": taker, "most": most}).status_code == 422
    assert loads(app) == [8]


def test_reviews_of_somebody_who_left_are_handed_over_and_they_get_no_more(app, reports, central):
    share(central, app, "evaluator1", seen="8")
    giver, taker = ids(app, "evaluator1", "evaluator2")
    with app.app_context(), transaction():
        db.session.get_one(User, int(giver)).active = False
    assert "โอนงาน" in central.page(DESK).xpath("string(//table)")
    assert share(central, app, "evaluator1").status_code == 422
    assert central.post(f"{DESK}/hand-over", {"giver": taker, "taker": giver, "most": ""}).status_code == 422
    assert central.post(f"{DESK}/hand-over", {"giver": giver, "taker": taker, "most": ""}).status_code == 303
    assert {who for who, _ in given(app)} == {int(taker)}


def test_a_declared_conflict_takes_reviews_away_and_gives_none_of_that_office(app, reports, central, sign_in):
    first, second = (assign(app), assign(app, indicator="QP-2"))  # P-CPM-3
    put_lock(app, first, 3)
    evaluator = sign_in("evaluator1")
    assert evaluator.post("/review/conflicts/", {"area": "สพป.ชัยภูมิ เขต 3", "reason": " "}).status_code == 422
    assert evaluator.post("/review/conflicts/", {"area": "สพป.ชัยภูมิ เขต 3", "reason": "เคยปฏิบัติงาน"}).status_code == 303
    assert {row.id: row.state for row in every(app, Review)} == {first: "released", second: "released"}
    assert [row.superseded_at is not None for row in every(app, Outcome)] == [True]
    assert "เคยปฏิบัติงาน" in evaluator.page("/review/conflicts/").text_content()
    assert 'name="seen" value="6"' in share(central, app, "evaluator1").text
    assert evaluator.post("/review/conflicts/", {"area": "P-CPM-3", "reason": "ซ้ำ"}).status_code == 409
    number = every(app, InterestConflict)[0].id
    assert sign_in("evaluator2").post(f"/review/conflicts/{number}/end").status_code == 403
    assert evaluator.post(f"/review/conflicts/{number}/end").status_code == 303
    assert 'name="seen" value="8"' in share(central, app, "evaluator1").text


def test_the_centre_enters_a_conflict_for_somebody_and_an_evaluator_only_for_themselves(app, reports, central, sign_in):
    (other,) = ids(app, "evaluator2")
    said = {"area": "P-CPM-1", "reason": "คู่สมรสปฏิบัติงาน", "person": other}
    assert sign_in("evaluator1").post("/review/conflicts/", said).status_code == 403
    assert central.post("/review/conflicts/", said).status_code == 303
    assert [row.user_id for row in every(app, InterestConflict)] == [int(other)]
    assert "คู่สมรสปฏิบัติงาน" not in sign_in("evaluator1").page("/review/conflicts/").text_content()


@pytest.mark.postgresql
def test_a_review_that_comes_back_to_its_evaluator_has_what_was_written(app, reports, central, sign_in):
    review = assign(app)
    put_lock(app, review, 3)
    evaluator = sign_in("evaluator1")
    evaluator.post("/review/conflicts/", {"area": "P-CPM-3", "reason": "เคยปฏิบัติงาน"})
    evaluator.post(f"/review/conflicts/{every(app, InterestConflict)[0].id}/end")
    assert share(central, app, "evaluator1", seen="8").status_code == 303
    row = next(row for row in every(app, Review) if row.submission_id == reports[4])
    assert (row.id, row.state) == (review, "open")


def test_the_desk_costs_the_same_however_much_is_shared_out(app, reports, central):
    before = cost(central, DESK)
    share(central, app, "evaluator1", "evaluator2", seen="8")
    assert cost(central, DESK) <= before <= 14


@pytest.mark.postgresql
def test_what_somebody_who_left_had_begun_is_handed_over_too_and_what_they_locked_counts(app, reports, central, sign_in):
    share(central, app, "evaluator1", seen="8")
    begun, locked = every(app, Review)[0], every(app, Review)[1]
    with app.app_context(), transaction(), whole_country("a test writes"):
        db.session.add(ReviewEntry(review_id=begun.id, field_key="reason", value="ยังไม่เสร็จ", changed_at=IN_REVIEW))
    put_lock(app, locked.id, 3)
    giver, taker = ids(app, "evaluator1", "evaluator2")
    with app.app_context(), transaction():
        db.session.get_one(User, int(giver)).active = False
    assert central.post(f"{DESK}/hand-over", {"giver": giver, "taker": taker, "most": ""}).status_code == 303
    assert (int(taker), begun.submission_id) in given(app)
    assert [report for who, report in given(app) if who == int(giver)] == [locked.submission_id]


@pytest.mark.postgresql
@pytest.mark.parametrize("stage", ["published", "archived"])
def test_a_conflict_declared_after_the_results_leaves_the_levels_that_were_published(app, reports, sign_in, stage):
    put_lock(app, assign(app), 3)
    with app.app_context(), transaction():
        db.session.query(Round).update({"stage": stage})
    evaluator = sign_in("evaluator1")
    assert evaluator.post("/review/conflicts/", {"area": "P-CPM-3", "reason": "ย้ายไปปฏิบัติงาน"}).status_code == 303
    assert [row.superseded_at for row in every(app, Outcome)] == [None]
    assert [row.state for row in every(app, Review)] == ["locked"]
