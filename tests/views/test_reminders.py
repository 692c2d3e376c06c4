"""Reminding offices that owe: over HTTP; with a real mail server that refuses one of them."""

from __future__ import annotations

from datetime import timedelta

import lxml.html
import pytest

from app import scope, worker
from app.domain.reminding import APART
from app.extensions import db, transaction
from app.formatting import weekday_moment
from app.models import (
    Area,
    Assignment,
    Change,
    Extension,
    Indicator,
    Notice,
    OutboxMessage,
    Part,
    Profile,
    Reminder,
    ReminderRecipient,
    Round,
    Submission,
)
from app.queries import account as accounts
from tests.cli.running import well, written_mails
from tests.cli.test_mail import Mailbox, serving
from tests.conftest import NOW
from tests.person import REPORT, Person
from tests.services.doing import looking

on_both_databases = "where marked"
REMIND, LIST = "/monitor/2566-6/remind", "/monitor/2566-6/reminders/"
OFFICES = ("P-CPM-3", "P-CPM-2", "S-BKK-1")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def every(app, model):
    with looking(app):
        return db.session.query(model).order_by(model.id).all()


def the_round(app) -> Round:
    with looking(app):
        return db.session.query(Round).filter_by(code="2566-6").one()


def send(person: Person, *areas: str, key: str = "k", audience=("coordinators",), paragraph: str = ""):
    data = {"area": list(areas), "audience": list(audience), "paragraph": paragraph, "form_key": key}
    return person.post(f"{REMIND}/send", data)


def plan(person: Person, moment=None, **more):
    local = moment + timedelta(hours=7) if moment else None
    typed = f"{local.day:02}/{local.month:02}/{local.year + 543} {local:%H.%M}" if local else ""
    return person.post(f"{LIST}plan", {"audience": ["coordinators"], "planned_at": typed} | more)


def hand_in_everything(app, area: str) -> None:
    """The office has submitted all that it must."""
    with app.app_context(), scope.whole_country("a test hands in"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        office = db.session.query(Area).filter_by(code=area).one()
        for indicator in db.session.query(Indicator).filter_by(round_id=found.id):
            row = Submission(
                round_id=found.id,
                area_id=office.id,
                indicator_id=indicator.id,
                state="submitted",
                started_at=NOW,
                changed_at=NOW,
                changed_by_name="ก",
                missing_count=0,
                submitted_at=NOW,
            )
            db.session.add(row)


def assign(app, name: str, code: str, area: str = "P-CPM-3") -> None:
    with app.app_context(), scope.whole_country("a test assigns"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        indicator = db.session.query(Indicator).filter_by(round_id=found.id, full_code=code).one()
        office = db.session.query(Area).filter_by(code=area).one()
        user = accounts.user_by_email(f"{name}@emes.test")
        db.session.add(
            Assignment(round_id=found.id, area_id=office.id, indicator_id=indicator.id, user_id=user.id, assigned_at=NOW)
        )


def give_more_time(app, area: str, until) -> None:
    with app.app_context(), scope.whole_country("a test gives time"), transaction():
        office = db.session.query(Area).filter_by(code=area).one()
        found = db.session.query(Round).filter_by(code="2566-6").one()
        row = Extension(round_id=found.id, area_id=office.id, until_at=until, reason="น้ำท่วม", granted_at=NOW)
        db.session.add(row)


def run(app, moment) -> int:
    app.config["EMES_NOW"] = moment
    with app.app_context():
        return worker.run_due()["reminded"]


# --- now ------------------------------------------------------------------------------------------------------------------------


def test_the_page_shows_who_would_get_it_with_what_is_owed_and_who_cannot_be_reached(app, central):
    page = central.page(REMIND)
    rows = {row.xpath(".//input/@value")[0]: row.text_content() for row in page.xpath("//tbody/tr[.//input[@name='area']]")}
    assert len(rows) == 245
    assert "X2" in rows["P-CPM-3"]
    assert "ไม่มีผู้ประสานงาน" not in rows["P-CPM-3"]
    assert "ไม่มีผู้ประสานงาน" in rows["P-CMI-1"]
    assert "242 เขตอาจไม่ได้รับอีเมล" in page.text_content()
    assert len(page.xpath("//input[@name='area'][@checked]")) == 245


@pytest.mark.parametrize(
    ("way", "data", "expected"),
    [
        ("get", "?region=northeast&kind=secondary", "S-"),
        ("post", {"area": ["P-CPM-3", "S-BKK-1"]}, None),
        ("post", {"all": "1", "region": "south"}, "P-"),
    ],
)
def test_offices_come_from_a_filter_or_ticked_from_the_board(app, central, way, data, expected):
    answer = central.get(REMIND + data) if way == "get" else central.post(REMIND, data)
    assert answer.status_code == 200
    import lxml.html

    codes = lxml.html.fromstring(answer.text).xpath("//input[@name='area']/@value")
    if expected is None:
        assert set(codes) == {"P-CPM-3", "S-BKK-1"}
    else:
        assert 5 < len(codes) < 100
        assert any(code.startswith(expected) for code in codes)
    assert every(app, OutboxMessage) == []


def test_a_reminder_reaches_whoever_still_owes_by_mail_and_in_the_inbox_with_the_own_deadline(app, central):
    give_more_time(app, "P-CPM-2", the_round(app).closes_at + 2 * DAY)
    answer = send(central, *OFFICES, paragraph="ขอความร่วมมือเร่งส่ง\nขอบคุณ")
    assert answer.status_code == 303
    assert well(app, "send-mail") == ["sent: 3"]
    mails = {mail["To"]: mail for mail in written_mails(app)}
    assert set(mails) == {f"coordinator.{code.lower()}@emes.test" for code in OFFICES}
    body = mails["coordinator.p-cpm-2@emes.test"].get_content()
    with app.test_request_context():
        assert weekday_moment(the_round(app).closes_at + 2 * DAY) in body
    assert "ขอความร่วมมือเร่งส่ง\nขอบคุณ" in body
    inbox = Person(app).signed_in("coordinator.p-cpm-3@emes.test").page("/inbox/").text_content()
    assert "สพป.ชัยภูมิ เขต 3 ยังต้องส่งรายงาน" in inbox
    page = central.page(answer.headers["Location"])
    assert [figure.text_content() for figure in page.xpath("//dl[@class='figures']//dd")] == ["3", "3", "0", "0"]
    assert page.text_content().count("ส่งแล้ว") == 3


def test_what_counts_is_who_owes_at_the_moment_of_sending(app, central):
    central.page(REMIND)
    hand_in_everything(app, "P-CPM-3")
    page = central.page(send(central, *OFFICES).headers["Location"])
    assert [figure.text_content() for figure in page.xpath("//dl[@class='figures']//dd")] == ["2", "2", "1", "0"]
    assert {row.recipient for row in every(app, OutboxMessage)} == {
        "coordinator.p-cpm-2@emes.test",
        "coordinator.s-bkk-1@emes.test",
    }


def test_where_nobody_owes_any_more_nothing_is_sent_and_the_text_is_kept(app, central):
    hand_in_everything(app, "P-CPM-3")
    answer = send(central, "P-CPM-3", paragraph="ข้อความที่พิมพ์ไว้")
    assert answer.status_code == 422
    assert "ส่งครบแล้วหรือพ้นเวลาแล้ว" in answer.text
    assert every(app, Reminder) == []


def test_pressing_twice_sends_once(app, central):
    first, second = send(central, "P-CPM-3"), send(central, "P-CPM-3")
    assert first.headers["Location"] == second.headers["Location"]
    assert len(every(app, Reminder)) == len(every(app, OutboxMessage)) == 1
    assert send(central, "P-CPM-3", key="another").status_code == 303
    assert len(every(app, OutboxMessage)) == 2


@pytest.mark.postgresql
def test_owners_read_of_their_own_indicators_and_directors_of_all(app, central):
    assign(app, "reporter.p-cpm-3", "QP-2")
    assign(app, "reporter.p-cpm-3", "QP-3")
    assign(app, "coordinator.p-cpm-3", "QP-1")
    send(central, "P-CPM-3", audience=("coordinators", "directors", "owners"))
    owing = {row.email.partition(".")[0]: row.owing for row in every(app, ReminderRecipient)}
    assert owing["reporter"] == "QP-2, QP-3"
    assert owing["director"] == owing["coordinator"] != "QP-1"
    well(app, "send-mail")
    own = next(mail for mail in written_mails(app) if mail["To"].startswith("reporter"))
    assert "ท่านเป็นผู้รับผิดชอบ" in own.get_content()


@pytest.mark.parametrize("wrong", [{"audience": []}, {"paragraph": "ก" * 1001}, {"area": []}])
def test_what_is_refused_is_said_and_nothing_is_sent(app, central, wrong):
    data = {"area": ["P-CPM-3"], "audience": ["coordinators"], "form_key": "k"} | wrong
    answer = central.post(f"{REMIND}/send", data)
    assert answer.status_code == 422
    assert "ยังไม่ได้ส่ง" in answer.text
    assert every(app, Reminder) == every(app, Notice) == []


def test_a_closed_round_and_a_rehearsal_remind_nobody(app, central):
    app.config["EMES_NOW"] = the_round(app).closes_at
    closed = Person(app).signed_in("central@emes.test")
    assert "ไม่ได้เปิดรับรายงาน" in closed.page(REMIND).text_content()
    assert send(closed, "P-CPM-3").status_code == 422
    app.config["EMES_NOW"] = NOW
    central.post("/rounds/2566-6/rehearsal", {"minutes": "60", "grace": "5"})
    assert central.get("/monitor/2566-6-R1/remind").status_code == 404


@pytest.mark.postgresql
def test_a_round_that_is_being_prepared_reminds_nobody(app, central):
    assert plan(central, days="1").status_code == 303
    with app.app_context(), transaction():
        values = {"stage": "preparing", "reminds_at": NOW - MINUTE, "reminded_at": None}
        db.session.query(Round).filter_by(code="2566-6").update(values)
    assert send(central, "P-CPM-3").status_code == 404
    assert plan(central, days="3").status_code == 404
    assert run(app, the_round(app).due_at - MINUTE) == 0
    assert every(app, OutboxMessage) == every(app, Notice) == []


def test_what_was_ticked_stays_so_when_sending_is_refused(app, central):
    answer = send(central, "P-CPM-2", "S-BKK-1", audience=())
    assert answer.status_code == 422, "an audience"
    page = lxml.html.fromstring(answer.text)
    assert page.xpath("//input[@name='area'][@checked]/@value") == ["P-CPM-2", "S-BKK-1"]
    assert len(page.xpath("//input[@name='area']")) >= 2


@pytest.mark.postgresql
def test_the_result_says_how_many_of_the_chosen_offices_were_left_out(app, central):
    hand_in_everything(app, "P-CPM-2")
    where = send(central, "P-CPM-3", "P-CPM-2", "no such office").headers["Location"]
    figures = [cell.text_content() for cell in central.page(where).xpath("//dl[@class='figures']//dd")]
    assert figures == ["1", "1", "1", "0"]


def test_indicators_of_two_parts_with_one_code_are_told_apart(app, central):
    """The twelve months have AP-1.1 and STD-1.1."""
    with app.app_context(), scope.whole_country("a test adds"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        part = Part(round_id=found.id, code="STD", name_th="มาตรฐาน", name_en="Standards", sort_order=9)
        db.session.add(part)
        db.session.flush()
        db.session.add(Indicator(part_id=part.id, round_id=found.id, code="1", full_code="STD-1", text_th="ก"))
        office = db.session.query(Area).filter_by(code="P-CPM-3").one()
        one = db.session.query(Indicator).filter_by(round_id=found.id, full_code="QP-1").one()
        sent = {"state": "submitted", "started_at": NOW, "changed_at": NOW, "changed_by_name": "ก", "missing_count": 0}
        row = Submission(round_id=found.id, area_id=office.id, indicator_id=one.id, submitted_at=NOW, **sent)
        db.session.add(row)
    assign(app, "reporter.p-cpm-3", "QP-1")
    send(central, "P-CPM-3", audience=("coordinators", "owners"))
    told = {row.email: row.owing for row in every(app, ReminderRecipient)}
    assert list(told) == [UNKNOWN], "the owner of QP-1 owes nothing"
    assert told[UNKNOWN].startswith("QP-2, QP-3")
    assert told[UNKNOWN].endswith("STD-1")


def test_the_text_for_line_names_the_offices_of_each_region_and_what_they_owe(app, central):
    give_more_time(app, "P-CPM-2", the_round(app).closes_at + 2 * DAY)
    answer = central.post(REMIND, {"area": ["P-CPM-3", "P-CPM-2", "S-BKK-1"]})
    import lxml.html

    texts = {box.get("id"): box.text for box in lxml.html.fromstring(answer.text).xpath("//textarea[@readonly]")}
    assert set(texts) == {"line-northeast", "line-central_east"}
    northeast = texts["line-northeast"]
    assert northeast.startswith("เขตในภาคตะวันออกเฉียงเหนือ")
    assert "• สพป.ชัยภูมิ เขต 3 เหลือ 12 ตัวชี้วัด" in northeast
    with app.test_request_context():
        assert f"(ถึง {weekday_moment(the_round(app).closes_at + 2 * DAY)})" in northeast
    assert "http://localhost/reports/" in northeast
    assert "สพม.กรุงเทพมหานคร เขต 1" not in northeast


# --- planned ----------------------------------------------------------------------------------------------------------------


def test_a_planned_reminder_is_sent_once_at_its_moment(app, central):
    assert plan(central, days="1").status_code == 303
    (row,) = every(app, Reminder)
    due_at = the_round(app).due_at
    assert DAY <= due_at - row.planned_at < 2 * DAY
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-6").update({"reminded_at": NOW})
    assert run(app, row.planned_at - MINUTE) == 0
    assert run(app, row.planned_at) == 245
    assert run(app, row.planned_at + MINUTE) == 0
    (sent,) = every(app, Reminder)
    assert (sent.people_told, sent.offices_told, sent.offices_without) == (3, 3, 242)
    assert len([row for row in every(app, OutboxMessage) if row.template == "reminder"]) == 3


def test_a_cancelled_reminder_is_not_sent_and_its_moment_can_be_planned_anew(app, central):
    moment = NOW + 2 * DAY
    plan(central, moment)
    (row,) = every(app, Reminder)
    assert central.post(f"{LIST}{row.id}/cancel").status_code == 303
    assert "ยกเลิกโดย" in central.page(LIST).text_content()
    assert run(app, moment) == 0
    app.config["EMES_NOW"] = NOW
    central = Person(app).signed_in("central@emes.test")
    assert central.post(f"{LIST}{row.id}/cancel").status_code == 409
    assert plan(central, moment).status_code == 303


@pytest.mark.parametrize("late", [False, True])
def test_a_reminder_that_the_worker_missed_goes_out_only_before_the_deadline(app, central, late):
    due_at = the_round(app).due_at
    give_more_time(app, "P-CPM-2", the_round(app).closes_at + 9 * DAY)
    plan(central, days="1")
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-6").update({"reminded_at": NOW})
    assert run(app, due_at + MINUTE if late else due_at - MINUTE) == (1 if late else 245)
    (row,) = every(app, Reminder)
    told = {found.email for found in every(app, ReminderRecipient)}
    assert ("coordinator.p-cpm-3@emes.test" in told) == (not late)
    assert "coordinator.p-cpm-2@emes.test" in told, "its own deadline has not passed"
    assert row.skipped_at is None


def test_of_several_reminders_that_the_worker_missed_the_latest_stands_for_all(app, central):
    for days in ("7", "1"):
        assert plan(central, days=days).status_code == 303
    assert the_round(app).reminds_at < the_round(app).due_at - DAY, "the round's own is missed too"
    assert run(app, the_round(app).due_at - MINUTE) == 245
    mails = [row.recipient for row in every(app, OutboxMessage) if row.template == "reminder"]
    assert mails.count("coordinator.p-cpm-3@emes.test") == 1
    assert [row.sent_at is None for row in every(app, Reminder)] == [True, False]
    assert run(app, the_round(app).due_at) == 0


def test_a_missed_reminder_to_others_is_not_overtaken(app, central):
    assert plan(central, days="7", audience=["directors"]).status_code == 303
    assert plan(central, days="1").status_code == 303
    run(app, the_round(app).due_at - MINUTE)
    assert [row.sent_at is None for row in every(app, Reminder)] == [False, False]


@pytest.mark.postgresql
def test_a_reminder_whose_time_is_over_for_everybody_is_skipped(app, central):
    plan(central, days="1")
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-6").update({"reminded_at": NOW})
    assert run(app, the_round(app).due_at) == 0
    (row,) = every(app, Reminder)
    assert row.skipped_at is not None
    assert "พ้นเวลาแล้ว" in Person(app).signed_in("central@emes.test").page(f"{LIST}{row.id}").text_content()


@pytest.mark.postgresql
def test_the_rounds_own_reminder_and_a_planned_one_within_the_hour_are_one(app, central):
    reminds_at = the_round(app).reminds_at
    assert plan(central, reminds_at + MINUTE).status_code == 422
    assert plan(central, reminds_at + 2 * APART).status_code == 303
    with app.app_context(), transaction():
        moved = reminds_at + 2 * APART - MINUTE
        db.session.query(Round).filter_by(code="2566-6").update({"reminds_at": moved})
    assert run(app, moved) == 0
    assert run(app, moved + MINUTE) == 245
    assert run(app, moved + HOUR) == 0
    assert len([row for row in every(app, OutboxMessage) if row.template == "reminder"]) == 3


def test_a_reminder_that_fails_holds_up_no_other(app, central, monkeypatch, caplog):
    plan(central, NOW + 2 * DAY)
    send_planned = worker.reminders.send_planned

    def failing(reminder_id: int, *, now) -> int:
        raise RuntimeError("this one does not fit")

    monkeypatch.setattr(worker.reminders, "send_planned", failing)
    assert run(app, the_round(app).reminds_at) == 245
    assert "met a fault" in caplog.text
    monkeypatch.setattr(worker.reminders, "send_planned", send_planned)
    assert run(app, the_round(app).reminds_at + HOUR) == 245, "it is tried again"


def test_the_rounds_own_reminder_stands_in_the_list_too(app):
    assert run(app, the_round(app).reminds_at) == 245
    page = Person(app).signed_in("central@emes.test").page(LIST)
    assert "e-MES" in page.xpath("//section[@aria-labelledby='past']//tbody/tr")[0].text_content()


@pytest.mark.parametrize(
    ("moment", "said"),
    [(NOW - HOUR, "พ้นเวลานี้ไปแล้ว"), (NOW + 60 * DAY, "ในช่วงที่รอบเปิดรับรายงาน"), (None, "วันที่และเวลา")],
)
def test_a_moment_that_makes_no_sense_is_refused_beside_the_box(app, central, moment, said):
    answer = plan(central, moment)
    assert answer.status_code == 422
    assert said in answer.text
    assert every(app, Reminder) == []


@pytest.mark.postgresql
def test_everything_is_put_on_record(app, central):
    send(central, "P-CPM-3")
    plan(central, NOW + 2 * DAY)
    central.post(f"{LIST}{every(app, Reminder)[-1].id}/cancel")
    assert {"reminded", "reminder planned", "reminder cancelled"} <= {row.what for row in every(app, Change)}


@pytest.mark.parametrize("name", ["coordinator.p-cpm-3", "evaluator1", "analyst"])
def test_only_the_centre_reminds(app, sign_in, name):
    person = sign_in(name)
    for path in (REMIND, LIST, "/delivery/"):
        assert person.get(path).status_code == 403
    assert send(person, "P-CPM-3").status_code == 403


# --- what does not arrive ----------------------------------------------------------------------------------------------------


class Choosy(Mailbox):
    """A server that knows not everybody."""

    def __init__(self, answers: dict[str, str]) -> None:
        super().__init__()
        self.answers = answers

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.answers:
            return self.answers[address]
        return await super().handle_RCPT(server, session, envelope, address, options)


UNKNOWN = "coordinator.p-cpm-3@emes.test"


def profile(app, email: str = UNKNOWN) -> Profile:
    with looking(app):
        return accounts.user_by_email(email).profile


def test_a_refused_address_is_not_tried_for_ever_and_shows_with_its_reason_and_telephone(app, central):
    where = send(central, *OFFICES).headers["Location"]
    mailbox = Choosy({UNKNOWN: "550 5.1.1 no such user", "coordinator.p-cpm-2@emes.test": "450 4.2.1 try later"})
    with serving(mailbox) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        assert well(app, "send-mail") == ["sent: 1"]
    states = {row.recipient: row for row in every(app, OutboxMessage)}
    assert states[UNKNOWN].failed_at == NOW
    assert states["coordinator.p-cpm-2@emes.test"].failed_at is None
    assert profile(app).mail_bounced_at == NOW
    assert profile(app, "coordinator.p-cpm-2@emes.test").mail_bounced_at is None

    text = central.page(where).text_content()
    assert "ไม่มีที่อยู่อีเมลนี้หรือถูกปิดแล้ว" in text
    assert "กำลังพยายามส่งใหม่" in text
    problems = central.page("/delivery/")
    assert UNKNOWN in problems.xpath("//section[@aria-labelledby='failed']//tbody")[0].text_content()
    assert problems.xpath("//section[@aria-labelledby='people']//a[starts-with(@href, 'tel:')]")
    assert "อีเมลส่งไม่ถึง 1 ฉบับ" in central.page("/monitor/2566-6/").text_content()
    row = central.page(REMIND).xpath("//tr[.//input[@value='P-CPM-3']]")[0]
    assert "อีเมลตีกลับ" in row.text_content()
    app.config["EMES_NOW"] = NOW + DAY
    with serving(Mailbox()) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        assert well(app, "send-mail") == ["sent: 1"], "the one that was to be tried later, not the refused one"


def correct_address(central: Person, found: Profile, address: str) -> None:
    data = {
        "full_name": found.full_name,
        "email": address,
        "area": str(found.area_id),
        "duties": ["coordinator"],
        "personnel_type": str(found.personnel_type_id or "__None"),
        "position": found.position,
        "phone": found.phone,
        "active": "y",
    }
    answer = central.post(f"/admin/accounts/edit/{found.user_id}", data)
    assert answer.status_code == 303, answer.text


@pytest.mark.parametrize("way", ["a later mail arrives", "the person says so", "the centre corrects the address"])
def test_what_clears_a_bouncing_address(app, central, way):
    send(central, "P-CPM-3")
    with serving(Choosy({UNKNOWN: "550 5.1.1 no such user"})) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        well(app, "send-mail")
    assert profile(app).mail_bounced_at is not None
    app.config["EMES_SMTP_URL"] = ""
    if way == "a later mail arrives":
        assert central.post(f"/delivery/{every(app, OutboxMessage)[0].id}/again").status_code == 303
        assert well(app, "send-mail") == ["sent: 1"]
    elif way == "the person says so":
        person = Person(app).signed_in(UNKNOWN)
        assert "ส่งไม่ถึง" in person.page("/profile/").text_content()
        assert person.post("/profile/mail-works").status_code == 303
    else:
        correct_address(central, profile(app), "Coordinator.New@emes.test")
        assert well(app, "send-mail") == ["sent: 1"]
        assert written_mails(app)[-1]["To"] == UNKNOWN, "the old address is told"
        assert profile(app, "coordinator.new@emes.test").mail_bounced_at is None
        return
    assert profile(app).mail_bounced_at is None


def test_an_address_that_somebody_has_is_refused(app, central):
    found = profile(app)
    data = {
        "full_name": found.full_name,
        "email": "central@emes.test",
        "area": str(found.area_id),
        "duties": ["coordinator"],
        "position": found.position,
        "active": "y",
    }
    answer = central.post(f"/admin/accounts/edit/{found.user_id}", data)
    assert answer.status_code == 422
    assert "มีบัญชีอื่นใช้อีเมลนี้" in answer.text


def tried_so_often(app, attempts: int) -> None:
    with app.app_context(), transaction():
        db.session.query(OutboxMessage).update({"attempts": attempts, "next_attempt_at": NOW})


@pytest.mark.postgresql
def test_a_servers_own_policy_is_given_up_in_the_end_and_not_held_against_the_address(app, central):
    send(central, "P-CPM-3")
    with serving(Choosy({UNKNOWN: "550 5.7.1 relaying denied"})) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        assert well(app, "send-mail") == ["sent: 0"]
        (message,) = every(app, OutboxMessage)
        assert (message.failed_at, profile(app).mail_bounced_at) == (None, None)
        tried_so_often(app, 49)
        assert well(app, "send-mail") == ["sent: 0"]
    (message,) = every(app, OutboxMessage)
    assert (message.attempts, message.failed_at, profile(app).mail_bounced_at) == (50, NOW, None)
    assert "เครื่องแม่ข่ายของผู้รับไม่รับข้อความ" in central.page("/delivery/").text_content()


def test_mail_waits_however_long_the_systems_own_line_is_down(app, central):
    send(central, "P-CPM-3")
    with serving(Mailbox()) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
    tried_so_often(app, 200)
    assert well(app, "send-mail") == ["sent: 0"]
    (message,) = every(app, OutboxMessage)
    assert (message.attempts, message.failed_at, profile(app).mail_bounced_at) == (201, None, None)
    app.config["EMES_NOW"] = NOW + DAY
    with serving(Mailbox()) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        assert well(app, "send-mail") == ["sent: 1"]


@pytest.mark.postgresql
def test_what_failed_is_sent_again_to_the_corrected_address(app, central):
    send(central, "P-CPM-3")
    with serving(Choosy({UNKNOWN: "550 5.1.1 no such user"})) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        well(app, "send-mail")
    (message,) = every(app, OutboxMessage)
    correct_address(central, profile(app), "coordinator.new@emes.test")
    assert central.post(f"/delivery/{message.id}/again").status_code == 303
    app.config["EMES_SMTP_URL"] = ""
    well(app, "send-mail")
    assert {mail["To"] for mail in written_mails(app)} == {"coordinator.new@emes.test", UNKNOWN}, "the old address is told"
    assert every(app, OutboxMessage)[0].recipient == "coordinator.new@emes.test"


def test_offices_without_a_coordinator_are_listed_with_whom_to_call(app, central):
    text = central.page("/delivery/").xpath("//section[@aria-labelledby='offices']")[0].text_content()
    assert "242" in text
    with app.app_context(), transaction():
        accounts.user_by_email("coordinator.s-bkk-1@emes.test").active = False
    row = central.page("/delivery/").xpath("//section[@aria-labelledby='offices']//tr[.//a]")[0]
    assert "สพม.กรุงเทพมหานคร เขต 1" in row.text_content()
    assert len(row.xpath(".//a[starts-with(@href, 'tel:')]")) == 2


def test_a_report_submitted_ends_the_owing(app, central, reporter):
    reporter.report_everything()
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    row = central.page(REMIND).xpath("//tr[.//input[@value='P-CPM-3']]")[0]
    assert [cell.text_content() for cell in row.xpath("./td[@class='r']")] == ["11"]
