"""The review desk: whose it is, what it hides, how it saves and locks, and what it costs."""

from __future__ import annotations

import json

import pytest

from app.extensions import db, transaction
from app.models import (
    Change,
    Indicator,
    IndicatorVersion,
    Moderation,
    Outcome,
    Review,
    Submission,
)
from app.scope import whole_country
from tests import reviews
from tests.conftest import NOW
from tests.reviews import (
    CASE,
    DESK,
    assign,
    begin_review,
    complete,
    declare_conflict,
    desk_of,
    lock,
    put_handed_in,
    stored_review,
    words,
)

# --- whose report it is --------------------------------------------------------------------------------------------------------


def test_what_is_assigned_to_somebody_else_is_not_found(app, review_id, sign_in):
    other = sign_in("evaluator2")
    calls = [
        other.get(CASE),
        other.get(f"{CASE}?part=case"),
        other.patch(CASE, {"level": ("4", 0)}),
        other.post(CASE, {"level": "4", "version.level": "0"}),
        lock(other),
        other.post(f"{CASE}/moderation", {"why": "x"}),
    ]
    assert [answer.status_code for answer in calls] == [404] * 6
    assert stored_review(app, review_id)["values"] == {}


def test_a_report_that_nobody_handed_in_is_not_found(app, evaluator):
    begin_review(app)
    assert evaluator.get(CASE).status_code == 404


@pytest.mark.parametrize("name", ["moderator", "central", "admin"])
def test_moderators_and_the_centre_read_and_do_not_write(app, review_id, sign_in, name):
    person = sign_in(name)
    page = person.page(CASE)
    assert page.xpath("//*[@data-self-level='5']")
    assert not page.xpath("//*[@data-field]")
    assert person.patch(CASE, {"level": ("4", 0)}).status_code in (403, 404)
    assert lock(person).status_code in (403, 404)


@pytest.mark.parametrize("name", ["analyst", "reporter.p-cpm-3", "director.p-cpm-3"])
def test_the_desk_is_closed_to_everybody_else(app, review_id, sign_in, name):
    assert sign_in(name).get(DESK).status_code == 403
    assert sign_in(name).get(CASE).status_code == 403


def test_whoever_has_a_conflict_of_interest_does_not_find_the_report(app, review_id, evaluator):
    declare_conflict(app, "P-CPM-3")
    assert [
        evaluator.get(CASE).status_code,
        evaluator.patch(CASE, {"level": ("4", 0)}).status_code,
        lock(evaluator).status_code,
    ] == [404] * 3


def test_a_conflict_that_ended_closes_nothing(app, review_id, evaluator):
    declare_conflict(app, "P-CPM-3", ended_at=NOW)
    assert evaluator.get(CASE).status_code == 200


def test_a_review_that_was_taken_away_is_not_found(app, review_id, evaluator):
    with app.app_context(), whole_country("a test takes it away"), transaction():
        db.session.get(Review, review_id).state = "released"
    assert evaluator.get(CASE).status_code == 404
    assert evaluator.patch(CASE, {"level": ("4", 0)}).status_code == 404


# --- saving --------------------------------------------------------------------------------------------------------------------


def test_each_field_is_saved_against_its_own_version(app, review_id, evaluator):
    answer = evaluator.patch(CASE, {"verdict.1": ("partial", 0), "note.1": ("  ขาดภาพ ", 0), "level": ("4", 0)})
    assert answer.status_code == 200
    assert answer.json["fields"] == {key: {"version": 1} for key in ("verdict.1", "note.1", "level")}
    assert answer.json["state"] == "open"
    assert {item["key"] for item in answer.json["missing"]} >= {"verdict.2", "reason"}
    stored = stored_review(app, review_id)
    assert stored["values"] == {"verdict.1": "partial", "note.1": "ขาดภาพ", "level": "4"}
    assert stored["begun_at"] == NOW
    assert evaluator.patch(CASE, {"level": ("5", 1)}).json["fields"] == {"level": {"version": 2}}
    assert evaluator.patch(CASE, {"level": ("5", 1)}).json["fields"] == {"level": {"version": 2}}  # the same again: no clash


def test_another_window_of_the_same_evaluator_is_not_overwritten(app, review_id, evaluator):
    evaluator.patch(CASE, {"reason": ("หนึ่ง", 0)})
    answer = evaluator.patch(CASE, {"reason": ("สอง", 0), "level": ("3", 0)})
    assert answer.status_code == 409
    conflict = answer.json["conflicts"]["reason"]
    assert (conflict["yours"], conflict["theirs"], conflict["version"]) == ("สอง", "หนึ่ง", 1)
    assert answer.json["fields"] == {"level": {"version": 1}}
    assert stored_review(app, review_id)["values"]["reason"] == "หนึ่ง"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("level", "6"),
        ("level", "0"),
        ("level", True),
        ("level", 3.5),
        ("level", [4]),
        ("verdict.1", "perfect"),
        ("verdict.99", "complete"),
        ("self_level", "5"),
        ("reason", "ก" * 2001),
        ("comment", {"a": 1}),
    ],
)
def test_what_is_no_answer_is_refused_and_the_rest_is_saved(app, review_id, evaluator, key, value):
    answer = evaluator.patch(CASE, {key: (value, 0), "note.1": ("ดี", 0)})
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [key]
    assert stored_review(app, review_id)["values"] == {"note.1": "ดี"}


@pytest.mark.parametrize("body", [{}, {"changes": {}}, {"changes": []}, {"changes": {"level": "4"}}, []])
def test_a_body_of_another_shape_is_refused(review_id, evaluator, body):
    token = evaluator._ensure_token()
    assert evaluator.client.patch(CASE, json=body, headers={"X-CSRFToken": token}).status_code in (400, 422)


def test_a_page_of_another_report_saves_nothing_here(app, review_id, evaluator):
    body = {"for": "2566-6/P-CPM-2/QP-1", "changes": {"level": {"value": "4", "version": 0}}}
    answer = evaluator.client.patch(CASE, json=body, headers={"X-CSRFToken": evaluator._ensure_token()})
    assert answer.status_code == 409
    assert stored_review(app, review_id)["values"] == {}


def test_without_script_the_form_does_the_same(app, review_id, evaluator):
    form = {"verdict.1": "complete", "version.verdict.1": "0", "version.verdict.2": "0", "reason": "ก", "version.reason": "0"}
    assert evaluator.post(CASE, form).status_code == 303
    assert stored_review(app, review_id)["values"] == {"verdict.1": "complete", "reason": "ก"}
    page = evaluator.page(CASE)
    assert page.xpath("//input[@name='verdict.1'][@value='complete']/@checked")
    assert page.xpath("//input[@name='version.reason']/@value") == ["1"]
    refused = evaluator.post(CASE, {"reason": "ข", "version.reason": "0", "comment": "ค" * 3000, "version.comment": "0"})
    assert refused.status_code == 409
    assert "ข" in refused.text
    assert "ค" * 3000 in refused.text
    assert stored_review(app, review_id)["values"]["reason"] == "ก"


# --- locking -------------------------------------------------------------------------------------------------------------------


def test_locking_sets_the_level_and_what_was_reviewed(app, review_id, evaluator):
    complete(evaluator, CASE, level="4")
    answer = lock(evaluator)
    assert answer.status_code == 200
    assert answer.json["level"] == 4
    stored = stored_review(app, review_id)
    assert (stored["state"], stored["level"], stored["locked_at"]) == ("locked", 4, NOW)
    assert stored["hand_in_id"] is not None
    with app.app_context(), whole_country("a test looks"):
        outcome = db.session.query(Outcome).one()
        assert (outcome.level, outcome.basis) == (4, "single")


def test_locking_with_something_missing_says_what_and_keeps_what_was_typed(app, review_id, evaluator):
    answer = lock(evaluator)
    assert answer.status_code == 422
    keys = {item["key"] for item in answer.json["missing"]}
    assert {"level", "reason", "verdict.1"} <= keys
    form = {"then": "next", "comment": "ขอให้แนบผล", "version.comment": "0", "version.level": "0"}
    page = evaluator.post(f"{CASE}/lock", form)
    assert page.status_code == 422
    assert "ขอให้แนบผล" in page.text
    assert "เลือกระดับ" in page.text
    stored = stored_review(app, review_id)
    assert (stored["state"], stored["values"]) == ("open", {"comment": "ขอให้แนบผล"})


def test_locking_twice_is_locking_once(app, review_id, evaluator):
    complete(evaluator, CASE, level="3")
    assert [lock(evaluator).status_code for _ in range(3)] == [200] * 3
    form = {"then": "stay", "reason": "ใหม่", "version.reason": "0"}
    assert evaluator.post(f"{CASE}/lock", form).status_code == 303
    assert stored_review(app, review_id)["values"]["reason"] == "ตรงตามเกณฑ์"
    with app.app_context(), whole_country("a test looks"):
        assert db.session.query(Moderation).count() == 1  # 3 beside 5
        assert db.session.query(Change).filter_by(subject=f"review:{review_id}", what="locked").count() == 1


def test_a_locked_review_is_read_only(app, review_id, evaluator):
    complete(evaluator, CASE)
    lock(evaluator)
    assert evaluator.patch(CASE, {"level": ("1", 1)}).status_code == 409
    page = evaluator.page(CASE)
    assert page.xpath("//fieldset[contains(@class, 'rub')]/@disabled")
    assert not page.xpath("//textarea[@data-field][not(@readonly)]")
    assert not page.xpath("//*[@data-lock-next]")


def test_locking_and_moving_on_without_script_leads_to_the_next_report(app, review_id, evaluator):
    put_handed_in(app, "P-CPM-2", "QP-1")
    assign(app, "P-CPM-2", "QP-1")
    complete(evaluator, CASE)
    answer = evaluator.post(f"{CASE}/lock", {"then": "next"})
    assert answer.headers["Location"] == desk_of("P-CPM-2", "QP-1")
    complete(evaluator, desk_of("P-CPM-2", "QP-1"))
    answer = evaluator.post(f"{desk_of('P-CPM-2', 'QP-1')}/lock", {"then": "next"})
    assert answer.headers["Location"] == desk_of("P-CPM-2", "QP-1")  # nothing is left: the result shows


@pytest.mark.parametrize("stage", ["running", "published", "archived"])
def test_outside_the_review_of_the_round_nothing_is_written(app, review_id, evaluator, stage):
    complete(evaluator, CASE)
    begin_review(app, stage=stage)
    assert evaluator.patch(CASE, {"level": ("1", 1)}).status_code == 409
    assert lock(evaluator).status_code == 409
    page = evaluator.page(CASE)
    assert "ดูได้แต่แก้ไขไม่ได้" in words(page)
    assert "ดูได้แต่แก้ไขไม่ได้" in words(evaluator.page(DESK))


@pytest.mark.parametrize("state", ["draft", "returned"])
def test_a_report_that_is_with_its_office_waits(app, review_id, evaluator, state):
    with app.app_context(), whole_country("a test takes it back"), transaction():
        db.session.query(Submission).filter(Submission.state == "submitted").one().state = state
    assert evaluator.patch(CASE, {"level": ("1", 0)}).status_code == 409
    assert lock(evaluator).status_code == 409
    assert "อยู่ที่เขต" in words(evaluator.page(CASE))
    assert "อยู่ที่เขต" in words(evaluator.page(DESK).xpath("//table")[0])


def test_an_evaluator_asks_for_a_moderator_after_the_lock_and_says_why(app, review_id, evaluator):
    ask = f"{CASE}/moderation"
    assert evaluator.post(ask, {"why": "หลักฐานขัดกัน"}, json_answer=True).status_code == 409
    complete(evaluator, CASE, level="5")
    lock(evaluator)
    assert evaluator.post(ask, {"why": "  "}, json_answer=True).status_code == 422
    assert evaluator.post(ask, {"why": "หลักฐานขัดกัน"}).status_code == 303
    with app.app_context(), whole_country("a test looks"):
        assert db.session.query(Moderation).one().causes == ["asked"]
    assert "รอผู้กลั่นกรอง" in words(evaluator.page(DESK).xpath("//table")[0])


# --- what was asked ------------------------------------------------------------------------------------------------------------


def test_a_report_is_reviewed_by_the_version_that_it_answered(app, review_id, evaluator):
    with app.app_context(), transaction():
        indicator = db.session.query(Indicator).filter_by(full_code="QP-1").order_by(Indicator.round_id).first()
        asked = {
            "parts": [],
            "indicators": [{"text_th": "ตัวชี้วัดฉบับเดิม", "text_en": "", "active": "yes"}],
            "criteria": [{"number": "7", "text_th": "ประเด็นเดิม", "text_en": "", "evidence_th": "", "active": "yes"}],
            "levels": [{"level": "5", "text_th": "เกณฑ์เดิมของระดับห้า", "text_en": ""}],
            "quantities": [],
        }
        db.session.add(IndicatorVersion(indicator_id=indicator.id, number=1, asked=asked, ended_at=NOW))
        indicator.version = 2
    page = evaluator.page(CASE)
    assert page.xpath("//*[@data-crit]/@data-crit") == ["7"]
    assert "เกณฑ์เดิมของระดับห้า" in words(page)
    assert evaluator.patch(CASE, {"verdict.1": ("complete", 0)}).status_code == 422
    assert evaluator.patch(CASE, {"verdict.7": ("complete", 0), "level": ("5", 0), "reason": ("ก", 0)}).json["missing"] == []
    assert lock(evaluator).status_code == 200


# --- small things ---------------------------------------------------------------------------------------------------------------


def test_the_answer_to_a_save_is_small(review_id, evaluator):
    answer = evaluator.patch(CASE, {"level": ("4", 0)})
    assert len(json.dumps(answer.json)) < 2000


def test_the_fixture_really_looked_into_the_files(app, review_id, evaluator):
    assert evaluator.page(CASE).xpath("//*[@data-pages-at]")
    assert reviews.ROUND == "2566-6"
