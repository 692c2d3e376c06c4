"""From locked reviews to a level: by rule, or by a moderator who sees everything. Over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.reviewing import Basis
from app.extensions import db
from app.models import Change, Moderation, Notice, Outcome, Review, ReviewEntry, ReviewPlan
from app.services import settling
from app.services.settling import Decision
from tests.person import REPORT
from tests.reviews import IN_REVIEW, assign, begin_review, hand_in_really, put_lock
from tests.services.doing import actor_for, doing
from tests.views.test_deadlines import every, give_more_time

on_both_databases = "where marked"
DESK = "/review/2566-6/P-CPM-3/QP-1"


@pytest.fixture
def report(app) -> None:
    """A report with the self-level 4, in a round that is reviewed."""
    hand_in_really(app)
    begin_review(app, at=IN_REVIEW)


def outcomes(app):
    return [(row.level, row.basis, row.superseded_at is None) for row in every(app, Outcome)]


def waiting(app):
    return [row for row in every(app, Moderation) if row.ended_at is None]


def decide(person, app, **said):
    data = {"seen": waiting(app)[0].opened_at.isoformat(), "level": "3", "reason": "ดูหลักฐานทั้งสองแล้ว"}
    return person.post(f"{DESK}/moderate", data | said)


# --- by rule ---------------------------------------------------------------------------------------------------------------


def test_one_evaluator_near_the_self_level_settles_it(app, report):
    put_lock(app, assign(app), 3, verdict_1="partial", note_1="ขาดคำสั่ง", comment="เพิ่มคำสั่ง")
    assert outcomes(app) == [(3, "single", True)]
    (row,) = every(app, Outcome)
    assert row.verdicts == {"1": {"verdict": "partial", "note": "ขาดคำสั่ง"}}
    assert (row.comment, row.hand_in_id is not None) == ("เพิ่มคำสั่ง", True)


def test_nothing_is_settled_while_one_of_two_has_not_locked(app, report):
    first, second = assign(app), assign(app, evaluator="evaluator2")
    put_lock(app, first, 3)
    assert outcomes(app) == []
    put_lock(app, second, 4, comment="ดี")
    assert outcomes(app) == [(4, "mean", True)]


def test_the_office_reads_the_strictest_verdict_and_every_note(app, report):
    first, second = assign(app), assign(app, evaluator="evaluator2")
    put_lock(app, first, 4, verdict_1="complete", note_1="ครบ", comment="ดี")
    put_lock(app, second, 4, verdict_1="not_found", note_1="ไม่พบแผน", comment="ดี")
    (row,) = every(app, Outcome)
    assert row.verdicts == {"1": {"verdict": "not_found", "note": "ครบ\nไม่พบแผน"}}
    assert row.comment == "ดี"


@pytest.mark.parametrize(
    ("levels", "causes"), [((2,), ["self_gap"]), ((5, 3), ["evaluators_apart"]), ((2, 5), ["self_gap", "evaluators_apart"])]
)
def test_from_the_gap_on_the_report_waits_for_a_moderator(app, report, levels, causes):
    reviews = [assign(app, evaluator=f"evaluator{number}") for number, _ in enumerate(levels, 1)]
    for review, level in zip(reviews, levels, strict=True):
        put_lock(app, review, level)
    assert outcomes(app) == []
    assert [row.causes for row in waiting(app)] == [causes]


@pytest.mark.postgresql
def test_a_report_handed_in_again_with_more_time_is_reviewed_again(app, report, sign_in):
    put_lock(app, assign(app), 3)
    give_more_time(app, IN_REVIEW + timedelta(days=2))
    office = sign_in("reporter.p-cpm-3")
    assert office.patch(REPORT, {"problems": ("เพิ่มเติมปัญหาใหม่", 1)}).status_code == 200
    assert outcomes(app) == [(3, "single", True)]  # what was handed in still counts
    assert office.post(f"{REPORT}/submit").status_code == 303
    assert outcomes(app) == [(3, "single", False)]
    (review,) = every(app, Review)
    assert review.state == "open"
    put_lock(app, review.id, 4)
    assert outcomes(app)[-1] == (4, "single", True)


@pytest.mark.postgresql
def test_a_report_has_as_many_locked_reviews_as_the_plan_says(app, report, central):
    plan = {"evaluators_per_report": "2", "moderation_gap": "2", "smallest_group": "5", "due_on": ""}
    assert central.post("/review/2566-6/assign/plan", plan).status_code == 303
    put_lock(app, assign(app), 3)
    assert outcomes(app) == []
    assert central.post("/review/2566-6/assign/plan", plan | {"evaluators_per_report": "1"}).status_code == 303
    assert outcomes(app) == [(3, "single", True)]


@pytest.mark.postgresql
def test_the_gap_of_the_round_counts(app, report):
    with doing(app, actor_for(app, "central")):
        db.session.query(ReviewPlan).one().moderation_gap = 1
    put_lock(app, assign(app), 3)
    assert [row.causes for row in waiting(app)] == [["self_gap"]]


# --- the moderator -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def apart(app, report) -> None:
    """Two evaluators three levels apart."""
    first, second = assign(app), assign(app, evaluator="evaluator2")
    put_lock(app, first, 2, verdict_1="not_found", note_1="ไม่พบแผน")
    put_lock(app, second, 5, verdict_1="complete")


def test_the_moderator_sees_levels_reasons_verdicts_and_the_self_level(app, apart, sign_in):
    moderator = sign_in("moderator")
    queue = moderator.page("/review/2566-6/moderation")
    assert "สพป.ชัยภูมิ เขต 3" in queue.text_content()
    page = moderator.page(f"{DESK}/moderate").text_content()
    for said in ("เหตุผลของ evaluator1", "เหตุผลของ evaluator2", "ไม่พบแผน", "ผู้ประเมินให้ระดับต่างกันมาก"):
        assert said in page


def test_a_decision_needs_a_level_and_a_reason_and_keeps_what_was_typed(app, apart, sign_in):
    moderator = sign_in("moderator")
    refused = decide(moderator, app, reason=" ", comment="ขอให้แนบแผน")
    assert refused.status_code == 422
    assert "ขอให้แนบแผน" in refused.text
    assert decide(moderator, app, level="").status_code == 422
    assert outcomes(app) == []


def test_a_decision_is_the_level_and_the_queue_is_empty(app, apart, sign_in):
    moderator = sign_in("moderator")
    answer = decide(moderator, app, **{"verdict.1": "partial", "note.1": "มีบางส่วนในภาคผนวก"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/review/2566-6/moderation")
    assert outcomes(app) == [(3, "moderated", True)]
    (row,) = every(app, Outcome)
    assert row.verdicts["1"] == {"verdict": "partial", "note": "มีบางส่วนในภาคผนวก"}
    assert (row.decided_by_name, waiting(app)) == ("ผู้กลั่นกรอง สาธิต", [])
    assert "ดูหลักฐานทั้งสองแล้ว" in moderator.page("/review/2566-6/moderation").text_content()


def test_of_two_moderators_the_second_is_told_and_changes_nothing(app, apart, sign_in):
    moderator = sign_in("moderator")
    seen = waiting(app)[0].opened_at.isoformat()
    assert decide(moderator, app).status_code == 303
    again = moderator.post(f"{DESK}/moderate", {"seen": seen, "level": "5", "reason": "อื่น"})
    assert again.status_code == 409
    assert outcomes(app) == [(3, "moderated", True)]


def test_only_moderators_decide(app, apart, sign_in):
    for name in ("evaluator1", "central", "analyst", "coordinator.p-cpm-3"):
        person = sign_in(name)
        assert person.get(f"{DESK}/moderate").status_code == 403, name
        assert decide(person, app).status_code == 403, name
    assert outcomes(app) == []


def test_a_moderator_with_a_conflict_of_interest_neither_sees_nor_decides_anything_there(app, apart, sign_in):
    moderator = sign_in("moderator")
    assert moderator.post("/review/conflicts/", {"area": "P-CPM-3", "reason": "เคยทำงานที่นี่"}).status_code == 303
    assert moderator.get(f"{DESK}/moderate").status_code == 404
    assert "สพป.ชัยภูมิ เขต 3" not in moderator.page("/review/2566-6/moderation").text_content()
    assert decide(moderator, app).status_code == 404
    assert outcomes(app) == []


def test_a_moderator_does_not_decide_on_a_report_that_they_reviewed(app, report, sign_in):
    put_lock(app, assign(app, evaluator="moderator"), 1)
    moderator = sign_in("moderator")
    refused = decide(moderator, app)
    assert refused.status_code == 409
    assert "ท่านตรวจรายงานนี้เอง" in refused.text
    assert outcomes(app) == []


@pytest.mark.postgresql
def test_a_review_given_back_opens_again_and_its_evaluator_is_told(app, apart, sign_in):
    moderator, (first, _) = sign_in("moderator"), every(app, Review)
    back = f"{DESK}/moderate/{first.id}/give-back"
    assert moderator.post(back, {"reason": " "}).status_code == 422
    assert moderator.post(back, {"reason": "ดูภาคผนวก หน้า 4"}).status_code == 303
    assert ([row.state for row in every(app, Review)], waiting(app)) == (["open", "locked"], [])
    assert [row.kind for row in every(app, Notice)].count("review_given_back") == 1
    put_lock(app, first.id, 4)
    assert outcomes(app) == [(5, "mean", True)]  # 4 and 5, half up


def test_an_office_finds_nothing_of_it_in_its_history(app, apart, sign_in):
    assert decide(sign_in("moderator"), app).status_code == 303
    office = sign_in("coordinator.p-cpm-3")
    page = office.page(f"{REPORT}/history").text_content()
    assert "ผู้กลั่นกรอง" not in page
    assert "moderat" not in page
    settled = [row for row in every(app, Change) if row.subject.startswith("outcome:")]
    assert settled and all(row.area_id is None for row in settled)


@pytest.mark.postgresql
def test_drift_compares_evaluators_with_each_other_and_the_offices(app, apart, sign_in):
    page = sign_in("central").page("/review/2566-6/drift")
    rows = [[cell.text_content().strip() for cell in row.xpath("td")][:5] for row in page.xpath("//tbody/tr")]
    assert rows == [
        ["ผู้ประเมินสอง สาธิต", "1", "5.00", "+3.00 (1)", "+1.00"],
        ["ผู้ประเมินหนึ่ง สาธิต", "1", "2.00", "−3.00 (1)", "−2.00"],
    ]


def test_a_moderator_who_has_still_to_lock_a_review_sees_nobody_elses(app, report, sign_in):
    put_lock(app, assign(app), 2, comment="ความเห็นลับของผู้ประเมิน")
    assign(app, evaluator="moderator")
    answer = sign_in("moderator").get(f"{DESK}/moderate")
    assert (answer.status_code, answer.headers["Location"]) == (303, DESK)
    assert "ความเห็นลับของผู้ประเมิน" not in sign_in("moderator").get(DESK).text


@pytest.mark.postgresql
def test_nothing_that_is_refused_shows_a_moderator_what_they_must_not_see_yet(app, report, sign_in):
    """Nor does the queue, or what a colleague decided: of a report that they have still to lock."""
    other = assign(app)
    assign(app, evaluator="moderator")
    put_lock(app, other, 2, comment="ลับของเพื่อน")
    asked = sign_in("evaluator1").post(f"{DESK}/moderation", {"why": "ขอให้ผู้กลั่นกรองตัดสิน"})
    assert asked.status_code == 303 and len(waiting(app)) == 1
    moderator = sign_in("moderator")
    answers = [
        moderator.post(f"{DESK}/moderate", {}),
        moderator.post(f"{DESK}/moderate", {"seen": "x", "level": "3", "reason": "x"}),
        moderator.post(f"{DESK}/moderate/{other}/give-back", {"reason": "x"}),
    ]
    for answer in answers:
        assert "ลับของเพื่อน" not in answer.text and "ผู้ประเมินหนึ่ง" not in answer.text
    queue = moderator.page("/review/2566-6/moderation")
    assert "ชัยภูมิ" in queue.xpath("string(//section[@aria-labelledby='waiting'])")
    assert queue.xpath("//section[@aria-labelledby='waiting']//*[contains(@class, 'lv')]") == []
    colleague = sign_in("central").page("/review/2566-6/moderation")
    assert len(colleague.xpath("//section[@aria-labelledby='waiting']//td//*[contains(@class, 'lv')]")) >= 2
    with doing(app, actor_for(app, "central")):
        decision = Decision(3, "ตัดสินแล้ว")
        number = every(app, Review)[0].submission_id
        settling.decide(number, decision, basis=Basis.MODERATED, actor=actor_for(app, "central"), now=IN_REVIEW)
    assert "ตัดสินแล้ว" not in moderator.get("/review/2566-6/moderation").text
    assert "ตัดสินแล้ว" in sign_in("central").get("/review/2566-6/moderation").text


@pytest.mark.postgresql
def test_frozen_figures_of_single_reports_are_not_for_who_has_still_to_lock_one(app, report, central, sign_in):
    assign(app, evaluator="moderator")
    assert central.post("/publication/2566-6/datasets/", {"note": ""}).status_code == 303
    moderator = sign_in("moderator")
    for path in ("datasets/1.csv", "datasets/1/rebuild"):
        answer = moderator.get(f"/publication/2566-6/{path}")
        assert (answer.status_code, answer.location) == (303, "/review/2566-6/"), path
        assert central.get(f"/publication/2566-6/{path}").status_code == 200
    assert moderator.get("/publication/2566-6/datasets/1").status_code == 200


@pytest.mark.postgresql
def test_what_no_database_or_workbook_can_carry_is_left_out_of_a_review(app, report, sign_in):
    """A vertical tab comes along with what is pasted from Word."""
    review = assign(app)
    evaluator = sign_in("evaluator1")
    assert evaluator.patch(DESK, {"reason": ("ครบ\x00แล้ว\x0b", 0)}).status_code == 200
    assert [row.value for row in every(app, ReviewEntry)] == ["ครบแล้ว"]
    put_lock(app, review, 4)
    assert evaluator.post(f"{DESK}/moderation", {"why": "ขอให้\x00ตัดสิน"}).status_code == 303
    assert len(waiting(app)) == 1
