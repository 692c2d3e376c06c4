"""The improvement list: advice is taken up, shown in the next round, answered with a file, or dropped."""

from __future__ import annotations

import pytest

from app import scope
from app.extensions import db
from app.models import Change, ImprovementItem, Round
from app.queries import improvement
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf
from tests.results import DAY, Given, put_earlier_round, put_release
from tests.reviews import CASE, assign, begin_review, words
from tests.services.doing import actor_for, area_id_of, doing, looking
from tests.views.test_statements import cost, fill

on_both_databases = "where marked"
BEFORE = "/results/2565-6/P-CPM-3/"
NOTES = {"1": {"verdict": "partial", "note": "แนบแผนฉบับปรับปรุง"}, "3": {"verdict": "complete", "note": "ดี"}}
GIVEN = {"QP-1": Given(3, 4, "ควรสรุปผลทั้งเขต", NOTES), "QP-2": Given(4, 4, "ทำต่อไป")}


@pytest.fixture(autouse=True)
def _released(app) -> None:
    put_earlier_round(app)
    put_release(app, {"P-CPM-3": GIVEN, "P-CPM-2": GIVEN}, round_code="2565-6")


def items(app) -> list[ImprovementItem]:
    with looking(app):
        return db.session.query(ImprovementItem).order_by(ImprovementItem.id).all()


def take_up(person: Person, *advice: str) -> int:
    return person.post(f"{BEFORE}improvements", {"advice": list(advice)}).status_code


@pytest.fixture
def taken(app, reporter) -> dict[int, int]:
    """The number of the issue → the item, of two pieces of advice on QP-1."""
    assert take_up(reporter, "QP-1 1", "QP-1 0") == 303
    return {item.criterion_number: item.id for item in items(app)}


def upload(person: Person, slot: str = "criterion.1", name: str = "แผน.pdf") -> str:
    answer = person.upload(slot, (name, one_page_pdf()))
    assert answer.status_code == 201, answer.text
    return str(answer.json["evidence"][0]["id"])


def answer(person: Person, item_id: int, evidence: str) -> int:
    return person.post(f"{REPORT}/improvements/{item_id}", {"evidence": evidence}).status_code


def counted(app) -> tuple[int, int]:
    with app.app_context(), scope.acting_as(actor_for(app, "evaluator1")):
        found = db.session.query(Round).filter_by(code="2566-6").one()
        return improvement.answered(found, area_id_of(app, "P-CPM-3"), "QP-1")


def test_advice_is_taken_up_word_for_word_and_once(app, reporter):
    assert take_up(reporter, "QP-1 1", "QP-2 0") == 303
    assert take_up(reporter, "QP-1 1", "QP-1 0") == 303
    found = items(app)
    assert [(item.indicator_code, item.criterion_number, item.text) for item in found] == [
        ("QP-1", 1, "แนบแผนฉบับปรับปรุง"),
        ("QP-2", 0, "ทำต่อไป"),
        ("QP-1", 0, "ควรสรุปผลทั้งเขต"),
    ]
    page = reporter.page(f"{BEFORE}improvements")
    assert len(page.xpath("//ul[@class='items']/li")) == 3
    assert "แนบแผนฉบับปรับปรุง" in page.text_content()
    assert "อยู่ในรายการปรับปรุง" in reporter.page(BEFORE).text_content()


@pytest.mark.parametrize("advice", [[], ["QP-1 3"], ["QP-9 1"], ["QP-1 x"], ["QP-1"], [""], ["QP-1 99999"]])
def test_only_what_was_published_as_advice_can_be_taken_up(app, reporter, advice):
    assert take_up(reporter, *advice) == 422
    assert items(app) == []


def test_a_director_and_another_office_take_up_nothing(app, sign_in):
    assert take_up(sign_in("director.p-cpm-3"), "QP-1 1") == 403
    assert take_up(sign_in("reporter.p-cpm-2"), "QP-1 1") == 404
    assert items(app) == []


@pytest.mark.postgresql
def test_dropping_asks_for_a_reason_and_taking_up_again_brings_it_back(app, reporter, sign_in, taken):
    drop = f"{BEFORE}improvements/{taken[1]}/drop"
    refused = reporter.post(drop, {"reason": " "})
    assert refused.status_code == 422
    assert f'id="reason-{taken[1]}"' in refused.text
    assert sign_in("reporter.p-cpm-2").post(drop, {"reason": "x"}).status_code == 404
    assert reporter.post(f"/results/2565-6/P-CPM-2/improvements/{taken[1]}/drop", {"reason": "x"}).status_code == 404
    assert reporter.post(drop, {"reason": "แผนยกเลิกแล้ว"}).status_code == 303
    assert "เหตุผล: แผนยกเลิกแล้ว" in " ".join(reporter.page(f"{BEFORE}improvements").text_content().split())
    with looking(app):
        assert db.session.query(Change).filter_by(what="dropped").one().new_value == "แผนยกเลิกแล้ว"
    assert "แนบแผนฉบับปรับปรุง" not in "".join(reporter.page(REPORT).xpath("//*[contains(@class, 'told')]//text()"))
    assert reporter.page(BEFORE).xpath("//input[@value='QP-1 1']/@checked") == [], "what was dropped is not ticked again"
    assert take_up(reporter, "QP-1 1") == 303
    assert [item.dropped_at for item in items(app)] == [None, None]


def test_the_next_round_shows_the_advice_and_the_published_result_beside_the_issue(app, reporter, taken):
    page = reporter.page(REPORT)
    issue = page.xpath("//div[@id='f-criterion-1']")[0]
    assert "ข้อเสนอแนะรอบก่อน" in issue.text_content()
    assert "แนบแผนฉบับปรับปรุง" in issue.xpath(".//div[contains(@class, 'told')]")[0].text_content()
    assert "มีบางส่วน – แนบแผนฉบับปรับปรุง" in " ".join(issue.xpath(".//p[@class='last']")[0].text_content().split())
    assert "ควรสรุปผลทั้งเขต" in page.xpath("//*[@data-part='advice-whole']")[0].text_content()
    told = " ".join(page.xpath("string(//section[@id='s5']//p[@class='last'])").split())
    assert told.endswith("3 ดี – ควรสรุปผลทั้งเขต")
    assert "ตอบข้อเสนอแนะแล้ว 0 จาก 2" in page.text_content()
    assert "ตอบข้อเสนอแนะแล้ว 0 จาก 2" in reporter.page("/reports/2566-6/P-CPM-3/").text_content()
    assert "ข้อเสนอแนะรอบก่อน" not in reporter.page("/reports/2566-6/P-CPM-3/QP-2").text_content()


def test_advice_counts_as_answered_while_its_file_stands(app, reporter, taken):
    file = upload(reporter)
    assert counted(app) == (0, 2)
    assert answer(reporter, taken[1], file) == 303
    assert counted(app) == (1, 2)
    assert "ตอบข้อเสนอแนะแล้ว 1 จาก 2" in reporter.page(REPORT).text_content()
    assert "แผน.pdf" in reporter.page(f"{BEFORE}improvements").text_content()
    assert reporter.delete(f"/evidence/{file}").status_code in (200, 204)
    assert counted(app) == (0, 2)
    assert reporter.post(f"/evidence/{file}/restore", json_answer=True).status_code == 200
    assert counted(app) == (1, 2)
    assert answer(reporter, taken[1], "") == 303
    assert counted(app) == (0, 2)


@pytest.mark.postgresql
def test_advice_on_the_whole_is_answered_by_any_file_and_advice_on_an_issue_by_one_of_its_own(app, reporter, taken):
    file = upload(reporter, "criterion.2")
    assert answer(reporter, taken[1], file) == 422
    assert answer(reporter, taken[0], file) == 303
    assert counted(app) == (1, 2)


@pytest.mark.parametrize("evidence", ["x", "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_file_here_answers_nothing(app, reporter, taken, evidence):
    assert answer(reporter, taken[1], evidence) == 422
    assert counted(app) == (0, 2)


def test_another_office_answers_nothing_nor_does_another_report(app, reporter, sign_in, taken):
    other = sign_in("reporter.p-cpm-2")
    assert answer(other, taken[1], "") == 404
    assert other.post(f"/reports/2566-6/P-CPM-2/QP-1/improvements/{taken[1]}").status_code == 404
    assert reporter.post(f"/reports/2566-6/P-CPM-3/QP-2/improvements/{taken[1]}").status_code == 404


def test_after_closing_nothing_is_answered_any_more(app, taken):
    app.config["EMES_NOW"] = NOW + 30 * DAY
    late = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    assert answer(late, taken[1], "") == 409


def test_open_advice_does_not_hinder_submitting(app, reporter, taken):
    reporter.report_everything()
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    assert counted(app) == (0, 2)


def test_a_rehearsal_shows_no_advice_and_an_unpublished_round_none_either(app, reporter):
    put_earlier_round(app, "2564-6", closed=NOW - 500 * DAY)
    put_release(app, {"P-CPM-3": {"QP-1": Given(1, 1, "ความลับที่ยังไม่ประกาศ")}}, round_code="2564-6", state="draft")
    assert "ความลับที่ยังไม่ประกาศ" not in reporter.page(REPORT).text_content()


def test_the_pages_stay_in_their_budgets_with_advice_and_files(app, reporter, taken):
    fill(reporter)
    for path in (REPORT, "/reports/2566-6/P-CPM-3/"):
        assert cost(reporter, path) <= 8, path
    assert cost(reporter, f"{BEFORE}improvements") <= 8


@pytest.mark.postgresql
def test_the_item_is_the_offices_own(app, taken):
    with doing(app, actor_for(app, "reporter.p-cpm-2")):
        assert db.session.query(ImprovementItem).all() == []


def test_the_evaluator_reads_how_much_of_it_is_answered(app, reporter, taken, sign_in):
    reporter.report_everything(REPORT)
    (file, *_) = reporter.page(REPORT).xpath("//*[@data-slot='criterion.1']//li[starts-with(@id, 'file-')]/@id")
    assert answer(reporter, taken[1], file.removeprefix("file-")) == 303
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    begin_review(app)
    assign(app, "P-CPM-3", "QP-1")
    assert "ตอบข้อเสนอแนะแล้ว 1 จาก 2" in words(sign_in("evaluator1").page(CASE))
