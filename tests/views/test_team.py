"""The office as a team: owners, bulk changes, orders, reminders, and handing a seat over when somebody leaves."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from app import scope, worker
from app.domain.access import Duty
from app.extensions import db, transaction
from app.models import Assignment, Change, Notice, OfficeOrder, OutboxMessage, Round
from app.queries import account as accounts
from app.services import accounts as account_service
from app.services import assignment, leaving
from app.services.assignment import Seats
from app.services.leaving import SuccessorMissing
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf
from tests.services.doing import actor_for, area_id_of, doing, looking, mails, user_id_of
from tests.stores import make_old
from tests.views.test_statements import cost

on_both_databases = "where marked"

BOARD = "/reports/2566-6/P-CPM-3/"
TEAM = f"{BOARD}team"
REPORTER, DIRECTOR, COORDINATOR = "reporter.p-cpm-3", "director.p-cpm-3", "coordinator.p-cpm-3"


@pytest.fixture
def coordinator(sign_in) -> Person:
    person: Person = sign_in(COORDINATOR)
    return person


def owners(app, code: str, round_code: str = "2566-6") -> set[int]:
    with looking(app):
        rows = db.session.query(Assignment).join(Assignment.round).filter(Round.code == round_code)
        return {row.user_id for row in rows if row.indicator.full_code == code}


def assign(person: Person, codes: list[str], *people: int, do: str = "assign", **more):
    return person.post(f"{TEAM}/assign", {"indicator": codes, "person": [str(one) for one in people], "do": do, **more})


def notices_of(app, kind: str) -> list[Notice]:
    with app.app_context():
        return db.session.query(Notice).filter_by(kind=kind).all()


def told(app, kind: str) -> list[tuple[int, str]]:
    with app.app_context():
        return [(row.user_id, row.context["codes"]) for row in db.session.query(Notice).filter_by(kind=kind)]


def text(page) -> str:
    return " ".join(page.text_content().split())


def add_person(app, name: str, *duties: Duty) -> int:
    """Another person of สพป.ชัยภูมิ เขต 3."""
    with doing(app):
        user = account_service.new_user(
            f"{name}@emes.test", name, password_hash="x", duties=list(duties), area_id=area_id_of(app, "P-CPM-3")
        )
        db.session.flush()
        return int(user.id)


# --- owners --------------------------------------------------------------------------------------------------------------------


def test_indicators_are_given_to_several_people_at_once_and_each_is_told_once(app, coordinator):
    reporter, director = user_id_of(app, REPORTER), user_id_of(app, DIRECTOR)
    assert assign(coordinator, ["QP-1", "QP-2"], reporter, director).status_code == 303
    assert owners(app, "QP-1") == owners(app, "QP-2") == {reporter, director}
    assert sorted(told(app, "assigned")) == sorted([(reporter, "QP-1, QP-2"), (director, "QP-1, QP-2")])
    assert sorted(mails(app)) == [(f"{DIRECTOR}@emes.test", "assigned"), (f"{REPORTER}@emes.test", "assigned")]
    assert assign(coordinator, ["QP-2", "QP-3"], reporter).status_code == 303
    assert told(app, "assigned")[-1] == (reporter, "QP-3"), "only what is new is told"
    with looking(app):
        changes = db.session.query(Change).filter_by(what="assigned").all()
        assert {change.new_value for change in changes} >= {"ผู้รายงาน สาธิต: QP-1, QP-2", "ผู้รายงาน สาธิต: QP-3"}


@pytest.mark.postgresql
def test_people_stand_in_the_order_of_a_thai_dictionary_on_every_database(app, coordinator):
    """Consonant before the vowel that is written before it, which an order by code points does not know."""
    for name in ("ไกรสร", "เกษม", "ขจร", "แก้วตา", "กมล", "โกวิท", "กาญจนา"):
        add_person(app, name, Duty.REPORTER)
    said = text(coordinator.page(TEAM))
    places = [said.index(name) for name in ("กมล", "กาญจนา", "เกษม", "แก้วตา", "โกวิท", "ไกรสร", "ขจร")]
    assert places == sorted(places)


@pytest.mark.postgresql
def test_a_whole_part_is_given_at_once_without_what_the_office_need_not_report(app, coordinator):
    reporter = user_id_of(app, REPORTER)
    coordinator.post(f"{TEAM}/assign", {"part": "QP", "person": str(reporter), "do": "assign"})
    with looking(app):
        codes = {row.indicator.full_code for row in db.session.query(Assignment)}
    assert len(codes) == 12 and "QP-6b" not in codes


@pytest.mark.postgresql
def test_seats_are_taken_away_and_handed_over(app, coordinator):
    reporter, director = user_id_of(app, REPORTER), user_id_of(app, DIRECTOR)
    assign(coordinator, ["QP-1", "QP-2", "QP-3"], reporter)
    assign(coordinator, ["QP-3"], reporter, do="take_away")
    assert owners(app, "QP-3") == set() and told(app, "unassigned") == [(reporter, "QP-3")]
    assign(coordinator, ["QP-2"], do="hand_over", source=str(reporter), successor=str(director))
    assert (owners(app, "QP-1"), owners(app, "QP-2")) == ({reporter}, {director})
    assign(coordinator, [], do="hand_over", source=str(reporter), successor=str(director))
    assert owners(app, "QP-1") == {director}, "without a tick everything is handed over"


def test_what_lacks_is_said_and_what_was_ticked_stays_ticked(app, coordinator):
    response = assign(coordinator, ["QP-1"])
    assert response.status_code == 422 and "เลือกบุคคลอย่างน้อยหนึ่งคน" in response.text
    assert 'value="QP-1" checked' in response.text
    assert "เลือกตัวชี้วัดอย่างน้อยหนึ่งรายการ" in assign(coordinator, [], user_id_of(app, REPORTER)).text
    assert owners(app, "QP-1") == set()


def test_nobody_of_another_office_becomes_an_owner(app, coordinator, sign_in):
    assert assign(coordinator, ["QP-1"], user_id_of(app, "reporter.p-cpm-2")).status_code == 404
    assert sign_in("coordinator.p-cpm-2").get(TEAM).status_code == 404
    assert assign(sign_in(REPORTER), ["QP-1"], user_id_of(app, REPORTER)).status_code == 403
    assert owners(app, "QP-1") == set()


def test_the_team_of_an_earlier_round_is_taken_over_in_one_press(app, coordinator):
    reporter, gone = user_id_of(app, REPORTER), add_person(app, "gone", Duty.REPORTER)
    assign(coordinator, ["QP-1", "QP-2"], reporter, gone)
    with doing(app):
        accounts.user_by_id(gone).active = False
    later = "/reports/2566-12/P-CPM-3/team"
    assert "ใช้ทีมเดิมจาก" in coordinator.get(later).text
    assert coordinator.post(f"{later}/copy").status_code == 303
    assert owners(app, "QP-1", "2566-12") == owners(app, "QP-2", "2566-12") == {reporter}
    assert owners(app, "QP-3", "2566-12") == set()


def test_the_dashboard_shows_the_owners_and_each_person_the_own_indicators(app, coordinator, reporter):
    assign(coordinator, ["QP-2", "QP-X2"], user_id_of(app, REPORTER))
    page = reporter.page(BOARD)
    row = page.xpath("//table//tr[td/span[text()='2']]")[0]
    assert "ผู้รายงาน สาธิต" in text(row)
    assert page.xpath("//ul[@class='tabs']//a[contains(., 'ของฉัน')]/span/text()") == ["2"]
    mine = reporter.page(f"{BOARD}?show=mine")
    assert mine.xpath("//table//td[1]/span/text()") == ["2", "X2"]
    assert cost(reporter, BOARD) <= 8 and cost(reporter, f"{BOARD}?show=mine") <= 8
    assert not coordinator.page(BOARD).xpath("//ul[@class='tabs']//a[contains(., 'ของฉัน')]")


@pytest.mark.postgresql
def test_the_page_of_the_team_costs_the_same_for_few_and_many_owners(app, coordinator, reporter):
    few, read = cost(coordinator, TEAM), cost(reporter, TEAM)
    assign(coordinator, [f"QP-{number}" for number in range(1, 6)], user_id_of(app, REPORTER), user_id_of(app, DIRECTOR))
    assert cost(coordinator, TEAM) == few <= 12
    assert cost(reporter, TEAM) == read <= 8


def test_what_somebody_owns_who_is_gone_is_handed_over_and_they_are_not_reminded(app, coordinator):
    gone, moved, here = (add_person(app, name, Duty.REPORTER) for name in ("gone", "moved", "here"))
    assign(coordinator, ["QP-1", "QP-2"], gone)
    assign(coordinator, ["QP-3"], moved)
    with doing(app):
        accounts.user_by_id(gone).active = False
        accounts.user_by_id(moved).profile.area_id = area_id_of(app, "P-CPM-2")
    assert coordinator.post(f"{TEAM}/remind", {"all": "1"}).status_code == 422, "nobody is there to be reminded"
    options = coordinator.page(TEAM).xpath("//select[@id='source']/option/@value")
    assert {str(gone), str(moved)} <= set(options)
    for source in (gone, moved):
        assert assign(coordinator, [], do="hand_over", source=str(source), successor=str(here)).status_code == 303
    assert owners(app, "QP-1") == owners(app, "QP-3") == {here}


# --- reminders -----------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_each_owner_is_reminded_of_the_own_missing_items_and_who_owes_nothing_is_left_alone(app, coordinator, reporter):
    one, two, three = (user_id_of(app, name) for name in (REPORTER, DIRECTOR, COORDINATOR))
    assign(coordinator, ["QP-1", "QP-2"], one)
    assign(coordinator, ["QP-3"], two)
    assign(coordinator, ["QP-4"], three)
    reporter.patch(REPORT, {"problems": ("มีปัญหา", 0)})
    reporter.report_everything("/reports/2566-6/P-CPM-3/QP-3")
    assert reporter.post("/reports/2566-6/P-CPM-3/QP-3/submit").status_code == 303
    coordinator.post(f"{TEAM}/remind", {"all": "1"})
    said = text(coordinator.page(TEAM))
    assert "ผู้รายงาน สาธิต (QP-1, QP-2)" in said and "ไม่ต้องเตือน: ผู้อำนวยการ สาธิต" in said
    assert sorted(told(app, "owner_reminder")) == sorted([(one, "QP-1, QP-2"), (three, "QP-4")])
    with app.app_context():
        worker.run_due()
        folder = app.config["EMES_DATA_DIR"] / "mail"
        row = db.session.query(OutboxMessage).filter_by(template="owner_reminder", recipient=f"{REPORTER}@emes.test").one()
        assert row.sent_at is not None
    import email
    from email import policy

    mail = email.message_from_bytes((folder / f"{row.id:06}-owner_reminder.eml").read_bytes(), policy=policy.default)
    body = mail.get_content()
    assert "QP-1" in mail["Subject"] and "QP-2" in mail["Subject"]
    assert "ประเด็นที่ 1: แนบหลักฐาน" in body and "/reports/2566-6/P-CPM-3/QP-2" in body
    assert "QP-4" not in body and "%(" not in body


@pytest.mark.postgresql
def test_nobody_is_reminded_twice_within_the_hours_and_the_page_says_so(app, coordinator):
    one, two = user_id_of(app, REPORTER), user_id_of(app, DIRECTOR)
    assign(coordinator, ["QP-1"], one, two)
    coordinator.post(f"{TEAM}/remind", {"owner": str(one)})
    coordinator.get(TEAM)
    coordinator.post(f"{TEAM}/remind", {"all": "1"})
    said = text(coordinator.page(TEAM))
    assert "เพิ่งเตือนไปไม่ถึง 4 ชั่วโมง จึงยังไม่เตือนซ้ำ: ผู้รายงาน สาธิต" in said and "เตือนแล้ว: ผู้อำนวยการ สาธิต (QP-1)" in said
    assert len(told(app, "owner_reminder")) == 2
    app.config["EMES_NOW"] = NOW + timedelta(hours=5)
    Person(app).signed_in(f"{COORDINATOR}@emes.test").post(f"{TEAM}/remind", {"owner": str(one)})
    assert len(told(app, "owner_reminder")) == 3


def test_after_the_closing_nobody_is_reminded(app, coordinator):
    assign(coordinator, ["QP-1"], user_id_of(app, REPORTER))
    app.config["EMES_NOW"] = NOW + timedelta(days=30)
    again = Person(app).signed_in(f"{COORDINATOR}@emes.test")
    assert again.post(f"{TEAM}/remind", {"all": "1"}).status_code == 409
    assert told(app, "owner_reminder") == []


# --- orders --------------------------------------------------------------------------------------------------------------------


def keep_order(person: Person, number: str, day: str, name: str = "คำสั่ง.pdf", content: bytes | None = None):
    data = {"number": number, "dated_on": day}
    if content != b"":
        data["file"] = (io.BytesIO(content or one_page_pdf()), name)
    return person.post(f"{TEAM}/orders", data, content_type="multipart/form-data")


@pytest.mark.postgresql
def test_orders_are_kept_with_their_files_and_the_latest_day_is_in_force(app, coordinator, reporter, sign_in):
    assert keep_order(coordinator, "๑๒/๒๕๖๖", "๑๕ ก.พ. ๒๕๖๖").status_code == 303
    assert keep_order(coordinator, "3/2566", "05/01/2566").status_code == 303
    page = reporter.page(TEAM)
    lines = [text(row) for row in page.xpath("//section[@aria-labelledby='appointing']//li")]
    assert "๑๒/๒๕๖๖" in lines[0] and "มีผลใช้อยู่" in lines[0] and "มีผลใช้อยู่" not in lines[1]
    address = page.xpath("//section[@aria-labelledby='appointing']//li[1]//a/@href")[0]
    assert reporter.get(address).data == one_page_pdf()
    assert sign_in("central").get(address).status_code == 200
    assert sign_in("reporter.p-cpm-2").get(address).status_code == 404
    assert sign_in("evaluator1").get(address).status_code == 403


@pytest.mark.postgresql
def test_an_order_is_refused_beside_its_field_and_what_was_typed_stays(app, coordinator):
    for name, content, said in (
        ("คำสั่ง.docx", b"PK\x03\x04", "ไฟล์"),
        ("คำสั่ง.pdf", b"not a pdf", "คำสั่ง.pdf"),
        ("", b"", "เลือกไฟล์"),
    ):
        response = keep_order(coordinator, "9/2566", "15/02/2566", name, content)
        assert response.status_code == 422 and said in response.text and 'value="9/2566"' in response.text
    response = keep_order(coordinator, "9/2566", "15/02/66")
    assert response.status_code == 422 and 'value="15/02/66"' in response.text
    with looking(app):
        assert db.session.query(OfficeOrder).count() == 0


def test_files_of_orders_live_through_the_sweep_and_are_verified(app, coordinator):
    keep_order(coordinator, "1/2566", "15/02/2566")
    runner = app.test_cli_runner()
    with looking(app):
        row = db.session.query(OfficeOrder).one()
        store, key = app.extensions["emes_storage"], row.storage_key
    make_old(store)
    with app.app_context():
        worker.run_due()
    assert key in set(store.keys()) and runner.invoke(args=["verify"]).exit_code == 0
    store.delete(key)
    result = runner.invoke(args=["verify"])
    assert result.exit_code == 1 and "missing: คำสั่ง.pdf" in result.output


@pytest.mark.postgresql
def test_an_order_entered_by_mistake_is_taken_out_and_stays_on_record(app, coordinator):
    keep_order(coordinator, "1/2566", "15/02/2566")
    with looking(app):
        order_id = db.session.query(OfficeOrder).one().id
    assert coordinator.post(f"{TEAM}/orders/{order_id}/remove").status_code == 303
    assert "1/2566" not in text(coordinator.page(TEAM).xpath("//main")[0])
    with looking(app):
        assert db.session.query(Change).filter_by(subject=f"order:{order_id}", what="taken out").count() == 1


# --- leaving -------------------------------------------------------------------------------------------------------------------


def test_who_leaves_hands_over_everything_and_is_signed_out(app, coordinator, reporter):
    who, successor = user_id_of(app, REPORTER), user_id_of(app, DIRECTOR)
    assign(coordinator, ["QP-1", "QP-2"], who)
    reporter.patch(REPORT, {"problems": ("ร่าง", 0)})
    address = f"{TEAM}/people/{who}/leave"
    page = coordinator.page(address)
    assert "QP-1" in text(page) and page.xpath("//dd/a[contains(@href, 'QP-1')]")
    refused = coordinator.post(address, {"to-all": ""})
    assert refused.status_code == 422 and refused.text.count("เลือกผู้รับช่วงงาน") >= 2
    assert reporter.get(BOARD).status_code == 200
    assert coordinator.post(address, {"to-all": str(successor)}).status_code == 303
    assert owners(app, "QP-1") == owners(app, "QP-2") == {successor}
    assert told(app, "assigned")[-1] == (successor, "QP-1, QP-2")
    assert reporter.get(BOARD).status_code == 302, "the session ended"
    assert "ผู้รายงาน สาธิต" in text(coordinator.page(f"{BOARD}history")), "the name stays on what was done"


@pytest.mark.postgresql
def test_a_seat_goes_to_whoever_was_chosen_for_it(app, coordinator):
    who, one, two = user_id_of(app, REPORTER), user_id_of(app, DIRECTOR), user_id_of(app, COORDINATOR)
    assign(coordinator, ["QP-1", "QP-2"], who)
    with looking(app):
        rows = {row.indicator.full_code: row.id for row in db.session.query(Assignment)}
    coordinator.post(f"{TEAM}/people/{who}/leave", {"to-all": str(one), f"to-{rows['QP-2']}": str(two)})
    assert (owners(app, "QP-1"), owners(app, "QP-2")) == ({one}, {two})


def test_the_last_coordinator_leaves_only_with_a_successor_who_gets_the_role(app, coordinator, reporter):
    who, successor = user_id_of(app, COORDINATOR), user_id_of(app, REPORTER)
    address = f"{TEAM}/people/{who}/leave"
    assert coordinator.post(address, {}).status_code == 422
    assert reporter.get(f"{TEAM}/people/{who}/leave").status_code == 403
    assert coordinator.post(address, {"coordinator": str(successor)}).status_code == 303
    assert coordinator.get(TEAM).status_code == 302
    assert reporter.get(TEAM).status_code == 302, "whoever gets another role signs in anew, and is told"
    assert [row.user_id for row in notices_of(app, "made_coordinator")] == [successor]
    again = Person(app).signed_in(f"{REPORTER}@emes.test")
    assert again.get(f"{TEAM}/people/{successor}/leave").status_code == 200, "the successor leads the team now"


def test_the_centre_may_hand_a_seat_over_and_another_office_may_not(app, sign_in):
    who = user_id_of(app, REPORTER)
    assert sign_in("coordinator.p-cpm-2").get(f"{TEAM}/people/{who}/leave").status_code == 404
    assert sign_in("coordinator.p-cpm-2").post(f"/reports/2566-6/P-CPM-2/team/people/{who}/leave").status_code == 404
    assert sign_in("central").post(f"{TEAM}/people/{who}/leave").status_code == 303
    with app.app_context():
        assert accounts.user_by_id(who).active is False


def test_a_seat_without_a_successor_is_refused_by_the_service_itself(app):
    actor, who = actor_for(app, COORDINATOR), user_id_of(app, REPORTER)
    with doing(app, actor):
        assignment.assign(Seats("2566-6", "P-CPM-3", frozenset({"QP-1"})), [who], actor=actor, now=NOW)
    with pytest.raises(SuccessorMissing), app.app_context(), scope.acting_as(actor), transaction():
        from app.queries import area as areas

        leaving.leave(areas.by_code("P-CPM-3"), who, {}, None, actor=actor, now=NOW)
    assert owners(app, "QP-1") == {who}


def test_the_page_says_how_many_requests_for_accounts_wait(app, coordinator):
    link = coordinator.page(TEAM).xpath("//a[@href='/registrations/' and contains(@class, 'btn')]")[0]
    assert text(link).endswith("0")


def test_a_seat_given_again_is_told_again(app, coordinator):
    reporter = user_id_of(app, REPORTER)
    for minute in range(2):
        app.config["EMES_NOW"] = NOW + timedelta(minutes=minute)
        assign(coordinator, ["QP-1"], reporter)
        assign(coordinator, ["QP-1"], reporter, do="take_away")
    assert len(told(app, "assigned")) == len(told(app, "unassigned")) == 2


def test_who_has_seats_in_a_round_that_was_taken_back_can_leave(app, coordinator):
    reporter = user_id_of(app, REPORTER)
    assign(coordinator, ["QP-1"], reporter)
    with doing(app):
        db.session.query(Round).filter_by(code="2566-6").update({"stage": "preparing"})
    assert coordinator.post(f"/reports/2566-12/P-CPM-3/team/people/{reporter}/leave").status_code == 303


def test_a_reminder_for_nobody_asks_for_somebody(app, coordinator):
    assign(coordinator, ["QP-1"], user_id_of(app, REPORTER))
    refused = coordinator.post(f"{TEAM}/remind", {})
    assert refused.status_code == 422
    assert "เลือกบุคคลอย่างน้อยหนึ่งคน" in refused.text


def test_an_indicator_whose_owner_left_needs_an_owner_again(app, coordinator):
    gone = add_person(app, "gone", Duty.REPORTER)
    assign(coordinator, ["QP-1"], gone)
    with doing(app):
        accounts.user_by_id(gone).active = False
    assert "มอบหมายผู้รับผิดชอบ: 12 ตัวชี้วัด" in text(coordinator.page(f"{BOARD}summary"))
