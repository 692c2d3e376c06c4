"""Questions about an indicator: asking, answering, publishing, whose rows they are. Over HTTP."""

from __future__ import annotations

from datetime import date, timedelta

import lxml.html
import pytest

from app import worker
from app.extensions import db, transaction
from app.models import Area, Change, KnownAnswer, Notice, OutboxMessage, Question, QuestionEntry, Round
from app.queries import account as accounts
from tests.cli.running import well, written_mails
from tests.conftest import NOW
from tests.person import REPORT, Person
from tests.services.doing import looking, user_id_of
from tests.views.test_statements import cost

on_both_databases = "where marked"
ASK = f"{REPORT}/questions"
SECRET = "คำถามลับของเขตสาม สพป.ชัยภูมิ เขต 3"


def every(app, model):
    with looking(app):
        return db.session.query(model).order_by(model.id).all()


@pytest.fixture
def other(sign_in) -> Person:
    """Somebody of another office."""
    person: Person = sign_in("reporter.p-cpm-2")
    return person


@pytest.fixture
def asked(reporter) -> str:
    """The address of a question that the reporter asked."""
    answer = reporter.post(ASK, {"text": SECRET})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def seen_at(person: Person, where: str) -> str:
    """The last text that stood there when the answer was begun."""
    return str(person.page(where).xpath("//input[@name='seen']/@value")[0])


def publish(central: Person, where: str, **more: str):
    data = {"text": "ตอบเขตสาม", "publish": "new", "public_question": "ต้องแนบคำสั่งหรือไม่", "public_answer": "ต้องแนบ"}
    return central.post(f"{where}/answer", data | {"seen": more.get("seen") or seen_at(central, where)} | more)


@pytest.mark.postgresql
def test_a_question_has_an_owner_and_a_day_and_the_owner_is_told(app, reporter, central, asked):
    (question,) = every(app, Question)
    assert question.owner_id == user_id_of(app, "central")
    assert question.due_on == date(2026, 11, 25), "three working days after Friday the 20th"
    assert "ถามเรื่องตัวชี้วัดที่ QP-1" in central.page("/inbox/").text_content()
    page = central.page("/questions/").text_content()
    assert SECRET in page
    assert "25 พ.ย. 2569" in page


def test_the_same_text_sent_twice_is_one_question(app, reporter, asked):
    assert reporter.post(ASK, {"text": SECRET}).headers["Location"] == asked
    assert len(every(app, Question)) == 1


@pytest.mark.parametrize("text", ["", "  \n\u200b ", "ก" * 4001])
def test_nothing_and_too_much_are_refused_beside_the_box(app, reporter, text):
    answer = reporter.post(ASK, {"text": text})
    assert answer.status_code == 422
    assert 'id="text-error"' in answer.text
    assert text.strip()[:50] in answer.text
    assert every(app, Question) == []


def test_another_office_sees_nothing_of_a_question_that_is_not_published(app, other, central, asked):
    assert publish(central, asked, text="คำตอบลับ", publish="private").status_code == 303
    for path in (asked, f"{asked}/follow-up", f"{asked}/solved"):
        answer = other.get(path) if path == asked else other.post(path, {"text": "x"})
        assert answer.status_code == 404
    assert other.get(ASK).status_code == 404
    assert other.post(ASK, {"text": "x"}).status_code == 404
    for path in ("/questions/", "/questions/?q=ลับ", "/reports/2566-6/P-CPM-2/QP-1/questions"):
        assert "ลับ" not in other.page(path).text_content().replace("ค้นหา", "")


@pytest.mark.postgresql
def test_a_published_answer_is_found_by_all_at_the_same_indicator_without_the_office(app, reporter, other, central, asked):
    assert publish(central, asked).status_code == 303
    for path in ("/questions/", "/questions/?q=คำสั่ง", "/reports/2566-6/P-CPM-2/QP-1/questions"):
        text = other.page(path).text_content()
        assert "ต้องแนบคำสั่งหรือไม่" in text
        assert "ต้องแนบ" in text
        assert "ชัยภูมิ เขต 3" not in text
        assert "ตอบเขตสาม" not in text
    assert "คำถามที่พบบ่อยของตัวชี้วัดนี้ (1)" in other.page("/reports/2566-6/P-CPM-2/QP-1").text_content()
    assert "คำถามที่พบบ่อยของตัวชี้วัดนี้ (0)" in other.page("/reports/2566-6/P-CPM-2/QP-2").text_content()
    assert "ต้องแนบคำสั่งหรือไม่" not in other.page("/questions/?q=ไม่มีคำนี้").text_content()
    assert "ต้องแนบคำสั่งหรือไม่" not in other.page("/questions/?indicator=QP-2").text_content()


def test_whoever_asked_is_told_in_the_inbox_and_by_mail(app, reporter, central, asked):
    publish(central, asked)
    assert "ส่วนกลางตอบคำถามของท่าน" in reporter.page("/inbox/").text_content()
    assert well(app, "send-mail") == ["sent: 1"]
    (mail,) = written_mails(app)
    assert mail["To"] == "reporter.p-cpm-3@emes.test"
    assert f"http://localhost{asked}" in mail.get_content()
    assert "ตอบเขตสาม" in reporter.page(asked).text_content()


def test_the_office_asks_on_and_then_it_is_solved(app, reporter, central, asked):
    assert reporter.post(f"{asked}/solved").status_code == 409
    publish(central, asked, publish="private")
    assert reporter.post(f"{asked}/follow-up", {"text": "แล้วถ้าไม่มีคำสั่ง"}).status_code == 303
    assert every(app, Question)[0].state == "open"
    assert "ถามต่อ" in central.page("/inbox/").text_content()
    publish(central, asked, publish="private", text="ใช้บันทึกแทน")
    assert reporter.post(f"{asked}/solved").status_code == 303
    assert every(app, Question)[0].state == "solved"
    text = reporter.page(asked).text_content()
    assert text.index(SECRET) < text.index("แล้วถ้าไม่มีคำสั่ง") < text.index("ใช้บันทึกแทน")


@pytest.mark.postgresql
def test_an_answer_sent_twice_is_one(app, reporter, central, asked):
    seen = seen_at(central, asked)
    for _ in range(2):
        assert publish(central, asked, seen=seen).status_code == 303
    assert len(every(app, KnownAnswer)) == 1
    assert [row.is_answer for row in every(app, QuestionEntry)] == [False, True]
    assert len(every(app, OutboxMessage)) == 1


def test_an_answer_to_what_was_not_read_is_kept_in_the_box_and_not_sent(app, reporter, central, asked):
    seen = seen_at(central, asked)
    reporter.post(f"{asked}/follow-up", {"text": "ขอถามเพิ่มว่าใช้ภาพถ่ายได้หรือไม่"})
    answer = publish(central, asked, seen=seen, text="ตอบคำถามแรก")
    assert answer.status_code == 409
    page = lxml.html.fromstring(answer.text)
    assert page.xpath("//textarea[@id='text']")[-1].text.strip() == "ตอบคำถามแรก"
    assert page.xpath("//textarea[@id='public_answer']")[0].text.strip() == "ต้องแนบ"
    assert "ขอถามเพิ่มว่าใช้ภาพถ่ายได้หรือไม่" in answer.text
    assert every(app, KnownAnswer) == every(app, OutboxMessage) == []
    again = page.xpath("//input[@name='seen']/@value")[0]
    assert publish(central, asked, seen=again, text="ตอบทั้งสองข้อ").status_code == 303


def move(app, name: str, area: str | None, duty: str) -> None:
    """The person works somewhere else from now on."""
    with looking(app), transaction():
        user = accounts.user_by_email(f"{name}@emes.test")
        user.roles = accounts.roles_by_name([duty])
        user.profile.area_id = db.session.query(Area.id).filter_by(code=area).scalar() if area else None


def told(app, name: str) -> list[str]:
    number = user_id_of(app, name)
    return [notice.kind for notice in every(app, Notice) if notice.user_id == number]


def test_who_left_the_office_reads_no_answer_of_it_and_its_coordinator_does(app, central, asked):
    move(app, "reporter.p-cpm-3", "P-CPM-2", "reporter")
    publish(central, asked)
    assert told(app, "reporter.p-cpm-3") == []
    assert told(app, "coordinator.p-cpm-3") == ["question_answered"]
    assert [row.recipient for row in every(app, OutboxMessage)] == ["coordinator.p-cpm-3@emes.test"]


@pytest.mark.postgresql
def test_who_left_the_centre_is_told_of_no_question_that_was_theirs(app, reporter, central, asked):
    move(app, "central", "P-CPM-2", "coordinator")
    reporter.post(f"{asked}/follow-up", {"text": "ถามต่อ"})
    assert told(app, "central") == ["question_asked"], "as it was when they still were of the centre"
    app.config["EMES_NOW"] = NOW + timedelta(days=9)
    with app.app_context():
        worker.run_due()
    assert "question_overdue" not in told(app, "central")


def test_offices_choose_among_announced_rounds(app, reporter, asked):
    assert reporter.page("/questions/").xpath("//option[@value='2566-6']")
    with looking(app), transaction():
        db.session.query(Round).filter_by(code="2566-6").update({"stage": "preparing"})
    assert not reporter.page("/questions/").xpath("//option[@value='2566-6']")


def test_an_answer_is_merged_with_a_published_one(app, reporter, other, central, asked):
    publish(central, asked)
    (known,) = every(app, KnownAnswer)
    second = other.post("/reports/2566-6/P-CPM-2/QP-1/questions", {"text": "คำสั่งต้องแนบไหม"}).headers["Location"]
    assert publish(central, second, publish="merge", known="").status_code == 422
    assert publish(central, second, publish="merge", known=str(known.id)).status_code == 303
    assert len(every(app, KnownAnswer)) == 1
    assert every(app, Question)[1].known_answer_id == known.id


@pytest.mark.postgresql
def test_the_centre_mends_the_wording_and_takes_an_answer_back(app, other, central, asked):
    publish(central, asked)
    address = f"/questions/known/{every(app, KnownAnswer)[0].id}"
    assert central.post(address, {"question": "ถ้อยคำใหม่", "answer": "ตอบใหม่", "active": "y"}).status_code == 303
    assert "ถ้อยคำใหม่" in other.page("/questions/").text_content()
    assert central.post(address, {"question": "", "answer": "ตอบใหม่", "active": "y"}).status_code == 422
    assert central.post(address, {"question": "ถ้อยคำใหม่", "answer": "ตอบใหม่"}).status_code == 303
    assert "ถ้อยคำใหม่" not in other.page("/questions/").text_content()
    assert "(0)" in other.page("/reports/2566-6/P-CPM-2/QP-1").text_content()


def test_an_empty_answer_is_refused_and_what_was_typed_beside_it_is_kept(app, central, asked):
    answer = publish(central, asked, text=" ")
    assert answer.status_code == 422
    assert "ต้องแนบคำสั่งหรือไม่" in answer.text
    assert every(app, KnownAnswer) == []


@pytest.mark.postgresql
def test_a_late_answer_is_an_alarm_in_the_centres_inbox_once_for_each_day_set(app, central, asked):
    def alarms() -> int:
        with app.app_context():
            assert worker.run_due()["overdue answers"] in (0, 1)
        return sum(notice.kind == "question_overdue" for notice in every(app, Notice))

    app.config["EMES_NOW"] = NOW + timedelta(days=5)
    assert alarms() == 0, "due today is not late"
    app.config["EMES_NOW"] = NOW + timedelta(days=6)
    assert alarms() == alarms() == 1
    later = Person(app).signed_in("central@emes.test")
    assert SECRET in later.page("/questions/?state=overdue").text_content()
    where = f"{asked}/hand-over"
    assert later.post(where, {"owner": str(user_id_of(app, "central")), "due_on": "27/11/2569"}).status_code == 303
    assert SECRET not in later.page("/questions/?state=overdue").text_content()
    app.config["EMES_NOW"] = NOW + timedelta(days=9)
    assert alarms() == 2


@pytest.mark.parametrize(
    "wrong", [{"due_on": "31/02/2569", "owner": ""}, {"due_on": "27/11/2569", "owner": "reporter.p-cpm-3"}]
)
def test_only_somebody_of_the_centre_owns_a_question_until_a_day_of_the_calendar(app, central, asked, wrong):
    owner = str(user_id_of(app, wrong["owner"])) if wrong["owner"] else ""
    assert central.post(f"{asked}/hand-over", wrong | {"owner": owner}).status_code == 422
    assert every(app, Question)[0].due_on == date(2026, 11, 25)


def test_who_only_reads_neither_asks_nor_answers(sign_in, reporter, asked):
    for name in ("evaluator1", "analyst", "central"):
        assert sign_in(name).post(ASK, {"text": "x"}).status_code == 403
    assert reporter.post(f"{asked}/answer", {"text": "x"}).status_code == 403
    assert sign_in("director.p-cpm-3").post(f"{asked}/follow-up", {"text": "ขอเสริม"}).status_code == 303


def test_everything_is_put_on_record(app, reporter, central, asked):
    publish(central, asked)
    reporter.post(f"{asked}/solved")
    assert {"asked", "answered", "published", "solved"} <= {row.what for row in every(app, Change)}


@pytest.mark.postgresql
def test_pages_cost_the_same_for_few_and_many_questions(reporter, central, asked):
    few = [cost(person, path) for person, path in ((reporter, "/questions/"), (central, "/questions/"), (reporter, ASK))]
    publish(central, asked)
    for number in range(12):
        where = reporter.post(ASK, {"text": f"คำถามที่ {number}"}).headers["Location"]
        publish(central, where, public_question=f"คำถามที่ {number}")
    many = [cost(person, path) for person, path in ((reporter, "/questions/"), (central, "/questions/"), (reporter, ASK))]
    assert max(many) <= 11, (few, many)
    assert cost(reporter, REPORT) <= 8
