"""Asking about a result and appealing against it: the time for it, one at a time, the queue, the decision."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app import worker
from app.extensions import db, transaction
from app.models import Appeal, Notice, OutboxMessage, Outcome, Review
from tests.cli.running import well, written_mails
from tests.conftest import NOW
from tests.person import Person
from tests.reports import put_report
from tests.results import Given, put_outcome, put_release
from tests.services.doing import area_id_of, looking, user_id_of
from tests.views.test_results import PAGE
from tests.views.test_statements import cost

on_both_databases = "where marked"
AT = f"{PAGE}appeals/QP-7"
QUEUE = "/appeals/2566-6/"
TEXT = "หน้า 12 ของไฟล์สรุปผลแสดงคะแนนก่อนและหลัง"
OURS = {"QP-1": Given(5, 5), "QP-7": Given(2, 4, "ไม่พบข้อมูล", {"2": {"verdict": "not_found", "note": "ไม่พบ"}})}


@pytest.fixture
def coordinator(sign_in) -> Person:
    person: Person = sign_in("coordinator.p-cpm-3")
    return person


@pytest.fixture
def moderator(sign_in) -> Person:
    person: Person = sign_in("moderator")
    return person


@pytest.fixture
def letter(app) -> int:
    """The office's letter: QP-7 has level 2 by evaluator1, on a report that was handed in."""
    return put_release(app, {"P-CPM-3": OURS})["P-CPM-3"]


@pytest.fixture
def report(app, letter) -> int:
    found = put_report(app, "P-CPM-3", "QP-7", "submitted")
    put_outcome(
        app,
        found,
        2,
        comment="ไม่พบข้อมูล",
        reason="เหตุผลภายใน",
        verdicts={"2": {"verdict": "not_found", "note": "ไม่พบ"}},
        decided_by_id=user_id_of(app, "evaluator1"),
    )
    return found


def every(app, model):
    with looking(app):
        return db.session.query(model).order_by(model.id).all()


def filed(app, person: Person, kind: str = "appeal", **more: str) -> str:
    """The address at the centre of what somebody filed."""
    assert person.post(AT, {"kind": kind, "text": TEXT} | more).status_code == 303
    return f"{QUEUE}{every(app, Appeal)[-1].id}"


def test_what_is_filed_is_on_the_list_of_the_office_and_in_the_queue_with_its_day(app, coordinator, central, letter):
    filed(app, coordinator, issue="๒")
    (appeal,) = every(app, Appeal)
    assert (appeal.kind, appeal.criterion_number, appeal.letter_id) == ("appeal", 2, letter)
    assert appeal.due_on == date(2026, 12, 4), "ten working days after Friday the 20th"
    assert TEXT in coordinator.page(f"{PAGE}appeals/").text_content()
    text = central.page(QUEUE).text_content()
    assert TEXT in text
    assert "กำหนดตอบ 4 ธ.ค. 2569" in text
    assert "ยื่นคำขอเกี่ยวกับผลประเมินตัวชี้วัดที่ QP-7" in central.page("/inbox/").text_content()


BANGKOK_MIDNIGHT = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (BANGKOK_MIDNIGHT - SECOND, 409),
        (BANGKOK_MIDNIGHT, 303),
        (BANGKOK_MIDNIGHT + SECOND, 303),
        (BANGKOK_MIDNIGHT + timedelta(days=15) - SECOND, 303),
        (BANGKOK_MIDNIGHT + timedelta(days=15), 409),
        (BANGKOK_MIDNIGHT + timedelta(days=15) + SECOND, 409),
    ],
)
def test_the_time_runs_from_the_first_to_the_last_day_in_bangkok(app, moment, status):
    put_release(app, {"P-CPM-3": OURS}, release_at=BANGKOK_MIDNIGHT - timedelta(days=3))
    app.config["EMES_NOW"] = moment
    coordinator = Person(app).signed_in("coordinator.p-cpm-3@emes.test")
    assert bool(coordinator.page(PAGE).xpath("//a[contains(@href, 'appeals/QP-7')]")) is (status == 303)
    answer = coordinator.post(AT, {"kind": "appeal", "text": TEXT})
    assert answer.status_code == status
    if status == 409:
        assert every(app, Appeal) == []
        assert "อุทธรณ์ผล" in answer.text


@pytest.mark.postgresql
def test_one_waits_at_a_time_and_the_same_sent_twice_is_one(app, coordinator, letter):
    filed(app, coordinator)
    filed(app, coordinator)
    assert len(every(app, Appeal)) == 1
    answer = coordinator.post(AT, {"kind": "clarification", "text": "อีกเรื่อง"})
    assert answer.status_code == 409
    assert "อีกเรื่อง" in answer.text
    assert coordinator.post(f"{PAGE}appeals/{every(app, Appeal)[0].id}/withdraw").status_code == 303
    filed(app, coordinator, "clarification", text="อีกเรื่อง")
    assert [row.state for row in every(app, Appeal)] == ["withdrawn", "open"]


@pytest.mark.parametrize(
    ("data", "status"), [({"text": " "}, 422), ({"text": "x", "issue": "77"}, 422), ({"text": "ก" * 4001}, 422)]
)
def test_what_cannot_be_read_is_refused_beside_the_box(app, coordinator, letter, data, status):
    answer = coordinator.post(AT, {"kind": "appeal"} | data)
    assert answer.status_code == status
    assert 'id="text-error"' in answer.text
    assert every(app, Appeal) == []


def test_without_a_level_there_is_only_a_clarification(app, coordinator):
    put_release(app, {"P-CPM-3": {"QP-7": Given(None)}})
    assert coordinator.post(AT, {"kind": "appeal", "text": TEXT}).status_code == 422
    assert coordinator.post(AT, {"kind": "clarification", "text": TEXT}).status_code == 303


def test_a_reporter_files_nothing_and_another_office_finds_nothing(app, reporter, coordinator, sign_in, letter):
    assert reporter.post(AT, {"kind": "appeal", "text": TEXT}).status_code == 403
    assert "ผู้ประสานงานและผู้อำนวยการ" in reporter.page(AT).text_content()
    filed(app, coordinator)
    other = sign_in("coordinator.p-cpm-2")
    (appeal,) = every(app, Appeal)
    assert other.post(f"/results/2566-6/P-CPM-2/appeals/{appeal.id}/withdraw").status_code == 404
    for path in (QUEUE, f"{QUEUE}{appeal.id}"):
        assert other.get(path).status_code == coordinator.get(path).status_code == 403


@pytest.mark.postgresql
def test_the_queue_puts_what_is_due_first_first_and_marks_what_is_late(app, coordinator, central, sign_in):
    put_release(app, {"P-CPM-3": OURS, "P-CPM-2": {"QP-1": Given(3)}}, answer_days=2)
    filed(app, coordinator)
    app.config["EMES_NOW"] = NOW + timedelta(days=3)
    late = Person(app).signed_in("director.p-cpm-2@emes.test")
    assert late.post("/results/2566-6/P-CPM-2/appeals/QP-1", {"text": "คำถามของเขตสอง"}).status_code == 303
    app.config["EMES_NOW"] = NOW + timedelta(days=5)
    central = Person(app).signed_in("central@emes.test")
    codes = [found.text for found in central.page(QUEUE).xpath("//ul[@class='inbox']//span[@class='qp']")]
    assert codes == ["QP-7", "QP-1"]
    assert "เกินกำหนด" in central.page(QUEUE).xpath("//ul[@class='inbox']/li")[0].text_content()
    for asked, wanted in {
        "?state=overdue": ["QP-7"],
        "?kind=clarification": ["QP-1"],
        "?indicator=QP-1": ["QP-1"],
        "?q=เขตสอง": ["QP-1"],
        "?q=P-CPM-3": ["QP-7"],
        "?q=หน้า 12": ["QP-7"],
        "?state=answered": [],
    }.items():
        found = central.page(QUEUE + asked).xpath("//ul[@class='inbox']//span[@class='qp']")
        assert [one.text for one in found] == wanted, asked
    assert cost(central, QUEUE) <= 9


def test_the_centre_is_told_of_what_is_late_once(app, coordinator, central, letter):
    filed(app, coordinator)
    app.config["EMES_NOW"] = NOW + timedelta(days=20)
    with app.app_context():
        assert [worker.alarm_overdue() for _ in range(2)] == [1, 1]
    assert [row.kind for row in every(app, Notice)].count("appeal_overdue") == 1


def test_a_clarification_is_answered_and_the_office_is_told_without_a_level(app, coordinator, reporter, central, letter):
    where = filed(app, coordinator, "clarification")
    assert central.post(where, {"state": "answered", "answer": "โปรดดูประเด็นที่ 2 ระดับ 5"}).status_code == 303
    assert "ประเด็นที่ 2 ระดับ 5" in coordinator.page(f"{PAGE}appeals/").text_content()
    assert well(app, "send-mail") == ["sent: 2"]
    mails = written_mails(app)
    assert {mail["To"] for mail in mails} == {"coordinator.p-cpm-3@emes.test", "director.p-cpm-3@emes.test"}
    for mail in mails:
        assert "ระดับ" not in mail.get_content().replace("ระดับ 5 ", "ระดับ")
        assert "appeals/" in mail.get_content()


def test_an_upheld_appeal_gives_a_new_level_that_the_office_reads_with_the_next_letter(app, coordinator, moderator, report):
    where = filed(app, coordinator)
    data = {"state": "upheld", "answer": "เห็นด้วยกับเขต", "level": "๔", "reason": "พบหน้า 12"}
    assert moderator.post(where, data).status_code == 303
    first, second = every(app, Outcome)
    assert first.superseded_at is not None
    assert (second.level, second.basis, second.reason) == (4, "appeal", "พบหน้า 12")
    assert (second.comment, second.verdicts) == (first.comment, first.verdicts), "what was found of the issues stays"
    page = coordinator.page(PAGE)
    row = page.xpath("//tr[@id='i-QP-7']")[0]
    assert row.xpath(".//td[4]//span[contains(@class, 'lv')]")[0].text == "2"
    assert "ระดับใหม่จะแสดงเมื่อออกหนังสือฉบับใหม่" in row.text_content()
    put_release(app, {"P-CPM-3": OURS | {"QP-7": Given(4, 4)}}, release_at=NOW, as_of=NOW + timedelta(minutes=1))
    row = coordinator.page(PAGE).xpath("//tr[@id='i-QP-7']")[0]
    assert row.xpath(".//td[4]//span[contains(@class, 'lv')]")[0].text == "4"
    assert "ระดับใหม่จะแสดง" not in row.text_content()


@pytest.mark.parametrize(
    "data",
    [
        {"state": "upheld", "answer": "ก", "reason": "ข"},
        {"state": "upheld", "answer": "ก", "reason": "ข", "level": "2"},
        {"state": "upheld", "answer": "ก", "level": "4"},
        {"state": "upheld", "reason": "ข", "level": "4"},
        {"state": "refused", "answer": " "},
        {"state": "answered", "answer": "ก"},
        {"answer": "ก"},
    ],
)
def test_a_decision_that_lacks_something_changes_nothing(app, coordinator, moderator, report, data):
    where = filed(app, coordinator)
    answer = moderator.post(where, data)
    assert answer.status_code == 422
    assert 'id="answer-error"' in answer.text
    assert every(app, Appeal)[0].state == "open"
    assert len(every(app, Outcome)) == 1


@pytest.mark.parametrize("retired", ["indicator", "office"])
def test_what_waits_is_answered_though_what_it_is_about_went_out_of_use(app, coordinator, central, report, retired):
    address = filed(app, coordinator)
    with looking(app), transaction():
        appeal = db.session.query(Appeal).one()
        (appeal.indicator if retired == "indicator" else appeal.area).active = False
    page = central.page(address)
    assert "2" in page.text_content() and page.xpath("//form[@method='post']//textarea[@name='answer']")
    assert central.post(address, {"state": "refused", "answer": "ผลเป็นไปตามหลักฐาน"}).status_code == 303
    assert every(app, Appeal)[0].state == "refused"


def test_a_refused_appeal_leaves_the_level(app, coordinator, central, report):
    where = filed(app, coordinator)
    assert central.post(where, {"state": "refused", "answer": "หน้า 12 เป็นของปีก่อน"}).status_code == 303
    assert len(every(app, Outcome)) == 1
    assert "คงระดับเดิม" in coordinator.page(f"{PAGE}appeals/").text_content()


def test_the_second_who_decides_reads_what_the_first_said_and_the_same_twice_is_one(
    app, coordinator, central, moderator, report
):
    where = filed(app, coordinator)
    upheld = {"state": "upheld", "answer": "เห็นด้วย", "level": "4", "reason": "พบ"}
    assert moderator.post(where, upheld).status_code == moderator.post(where, upheld).status_code == 303
    answer = central.post(where, {"state": "refused", "answer": "ไม่เห็นด้วยที่พิมพ์ไว้"})
    assert answer.status_code == 409
    assert "ไม่เห็นด้วยที่พิมพ์ไว้" in answer.text
    assert len(every(app, Outcome)) == 2
    assert len(every(app, OutboxMessage)) == 2
    assert coordinator.post(f"{PAGE}appeals/{every(app, Appeal)[0].id}/withdraw").status_code == 409


@pytest.mark.postgresql
@pytest.mark.parametrize("how", ["decided", "reviewed"])
def test_nobody_decides_against_a_level_of_their_own(app, coordinator, moderator, central, report, how):
    where = filed(app, coordinator)
    me = user_id_of(app, "moderator")
    with looking(app):
        known = every(app, Outcome)[0]
    with looking(app), transaction():
        if how == "decided":
            db.session.get_one(Outcome, known.id).decided_by_id = me
        else:
            db.session.add(
                Review(
                    round_id=known.round_id,
                    submission_id=report,
                    area_id=area_id_of(app, "P-CPM-3"),
                    indicator_id=known.indicator_id,
                    evaluator_id=me,
                    assigned_at=NOW,
                    state="locked",
                    level=2,
                    locked_at=NOW,
                )
            )
    assert "ท่านเป็นผู้ให้ระดับรายงานนี้เอง" in moderator.page(where).text_content()
    answer = moderator.post(where, {"state": "refused", "answer": "ไม่เปลี่ยน"})
    assert answer.status_code == 403
    assert "ท่านเป็นผู้ให้ระดับรายงานนี้เอง" in answer.text
    assert every(app, Appeal)[0].state == "open"
    assert central.post(where, {"state": "refused", "answer": "ไม่เปลี่ยน"}).status_code == 303


def test_evaluators_and_analysts_decide_nothing(app, coordinator, sign_in, report):
    where = filed(app, coordinator)
    for name in ("evaluator1", "analyst"):
        assert sign_in(name).post(where, {"state": "refused", "answer": "x"}).status_code == 403
