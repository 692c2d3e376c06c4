"""The three dates, grace, more time for one office, the count at closing, outages, rehearsals: over HTTP."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import lxml.html
import pytest

from app import scope, worker
from app.domain import deadlines
from app.extensions import db, transaction
from app.formatting import weekday_moment
from app.models import (
    Area,
    ClosingCopy,
    Extension,
    HandIn,
    Indicator,
    Outage,
    OutboxMessage,
    Pulse,
    Round,
    Submission,
)
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf
from tests.views.test_uploads import append, create

on_both_databases = "where marked"
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = "/reports/2566-6/P-CPM-3/"
SISTER_JOBS = ("/projects/", "/inspections/", "/my-work/")  # whose pages name the windows of their own


def first(app, model, **wanted):
    with app.app_context(), scope.whole_country("a test looks"):
        return db.session.query(model).filter_by(**wanted).first()


def every(app, model):
    with app.app_context(), scope.whole_country("a test looks"):
        return db.session.query(model).order_by(model.id).all()


def closing(app):
    return first(app, Round, code="2566-6").closes_at


def at(app, moment, name="reporter.p-cpm-3"):
    """The clock stands at this moment, and a person signs in."""
    app.config["EMES_NOW"] = moment
    return Person(app).signed_in(f"{name}@emes.test")


def give_more_time(app, until, *, area="P-CPM-3", indicator="", reason="น้ำท่วมสำนักงาน"):
    """By the generated screen, as the centre does it."""
    central = Person(app).signed_in("central@emes.test")
    local = until + timedelta(hours=7)
    data = {
        "round": str(first(app, Round, code="2566-6").id),
        "area": str(first(app, Area, code=area).id),
        "indicator": str(first(app, Indicator, full_code=indicator, round_id=first(app, Round, code="2566-6").id).id)
        if indicator
        else "__None",
        "until_at": f"{local.day:02}/{local.month:02}/{local.year + 543} {local:%H.%M}",
        "reason": reason,
    }
    return central.post("/admin/extensions/add", data)


WRITES = {
    "autosave": lambda person, file: person.patch(REPORT, {"problems": (uuid4().hex, file["version"])}),
    "form": lambda person, file: person.post(REPORT, {"version.self_level": "0", "self_level": "4"}),
    "submit": lambda person, file: person.post(f"{REPORT}/submit", json_answer=True),
    "upload": lambda person, file: person.upload("criterion.2", ("ข.pdf", one_page_pdf())),
    "resumable upload": lambda person, file: create(person, 500, slot="criterion.3"),
    "citing": lambda person, file: person.post(
        f"{REPORT}/evidence", {"source": file["id"], "slot": file["slots"].pop()}, json_answer=True
    ),
    "delete": lambda person, file: person.delete(f"/evidence/{file['id']}"),
    "delete by form": lambda person, file: person.post(f"/evidence/{file['id']}/delete"),
    "restore": lambda person, file: person.post(f"/evidence/{file['id']}/restore"),
}
WORK = {"autosave", "form", "submit"}


@pytest.mark.parametrize("longer", [False, True], ids=["everybody", "with more time"])
@pytest.mark.parametrize("way", WRITES)
def test_every_writing_path_obeys_the_same_second(app, way, longer):
    """4.2 no. 9 and 4.3 no. 10: −1 s, 0, in the grace, after it; for an office with and without an extension; the server runs on UTC."""
    person = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    file = person.upload("criterion.1", ("ก.pdf", one_page_pdf())).json["evidence"][0]
    file |= {"version": 0, "slots": ["criterion.2", "criterion.3", "pa.evidence"] * 2}
    closes = closing(app)
    if longer:
        assert give_more_time(app, closes + 2 * DAY).status_code == 303
        assert WRITES[way](at(app, closes + HOUR), file).status_code not in (403, 404, 409), (
            "the others have closed, this one not"
        )
        closes += 2 * DAY
    for moment, open_for_work, open_for_new in [
        (closes - SECOND, True, True),
        (closes, True, False),
        (closes + 59 * MINUTE, True, False),
        (closes + 60 * MINUTE, False, False),
    ]:
        file["version"] = int(at(app, NOW).page(REPORT).xpath("//input[@name='version.problems']/@value")[0])
        status = WRITES[way](at(app, moment), file).status_code
        expected = open_for_work if way in WORK else open_for_new
        assert (status != 409) == expected, (moment - closes, status)
        assert status not in (403, 404)


def test_in_the_grace_nothing_that_was_not_begun_can_be_begun(app):
    person = at(app, closing(app) + MINUTE)
    answer = person.patch(REPORT, {"problems": ("เริ่มช้าไป", 0)})
    assert answer.status_code == 409
    assert "0 2288 5867" in answer.json["error"]
    assert first(app, Submission) is None


@pytest.mark.postgresql
def test_the_grace_is_what_the_round_says(app):
    closes = closing(app)
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-6").update({"grace_minutes": 0})
    at(app, closes - MINUTE).patch(REPORT, {"problems": ("เริ่มทัน", 0)})
    assert at(app, closes).patch(REPORT, {"problems": ("อีก", 1)}).status_code == 409


def test_a_report_page_in_the_grace_says_what_can_still_be_done_and_offers_no_new_files(app):
    closes = closing(app)
    at(app, closes - MINUTE).patch(REPORT, {"problems": ("เริ่มทัน", 0)})
    page = at(app, closes + MINUTE).page(REPORT)
    assert page.xpath("//textarea[@name='problems'][not(@readonly)]")
    assert not page.xpath("//input[@type='file']")
    assert "ทำต่อและส่งได้ถึง" in page.text_content()


@pytest.mark.parametrize(
    ("before", "timing"), [(DAY + HOUR, "on_time"), (HOUR, "late"), (-MINUTE, "grace")], ids=["on time", "late", "grace"]
)
def test_a_receipt_says_whether_the_report_came_in_time(app, before, timing):
    Person(app).signed_in("reporter.p-cpm-3@emes.test").report_everything()
    person = at(app, closing(app) - before)
    assert person.post(f"{REPORT}/submit").status_code == 303
    assert first(app, HandIn).timing == first(app, Submission).timing == timing
    shown = person.page(f"/receipts/{first(app, HandIn).receipt_number}").text_content()
    assert {"on_time": "ใบรับรายงาน", "late": "ส่งหลังกำหนด", "grace": "ส่งในเวลาผ่อนผัน"}[timing] in shown


def test_the_three_dates_stand_with_weekday_and_buddhist_year_on_the_offices_page(app, reporter):
    found = first(app, Round, code="2566-6")
    text = reporter.page(OFFICE).text_content()
    for moment in (found.reminds_at, found.due_at, found.closes_at):
        with app.test_request_context():
            assert weekday_moment(moment) in text


@pytest.mark.parametrize("path", ["/", "/documents/", "/contact/", "/login/", "/verify/", "/privacy/"])
def test_the_servers_clock_stands_on_every_page_of_strangers(stranger, path):
    assert "เวลาเครื่องแม่ข่าย ศุกร์ 20 พ.ย. 2569 เวลา 10.00 น." in " ".join(stranger.page(path).text_content().split())


def test_an_extension_is_shown_on_every_page_of_its_office_and_the_general_date_on_none(app):
    """4.3 no. 12."""
    general = closing(app)
    assert give_more_time(app, general + 2 * DAY).status_code == 303
    person = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    person.patch(REPORT, {"problems": ("x", 0)})
    with app.test_request_context():
        everybodys, own = weekday_moment(general), weekday_moment(general + 2 * DAY)
    seen, queue = (
        set(),
        ["/", "/reports/", OFFICE, REPORT, "/profile/", "/documents/", "/contact/", f"{REPORT}?check=1", "/privacy/"],
    )
    while queue:
        address = queue.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = person.get(address, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        assert everybodys not in answer.text, address
        assert own in answer.text, address
        assert "น้ำท่วมสำนักงาน" in answer.text, address
        links = lxml.html.fromstring(answer.text).xpath("//a/@href")
        queue += [
            link.partition("#")[0]
            for link in links
            if link.startswith("/") and not link.startswith(("/static", "/lang", "/reports/2566-12", *SISTER_JOBS))
        ]
    assert len(seen) > 15
    other = Person(app).signed_in("reporter.p-cpm-2@emes.test").get("/reports/2566-6/P-CPM-2/").text
    assert own not in other
    assert "น้ำท่วม" not in other


def test_a_mail_of_an_extended_office_carries_its_own_date(app):
    general = closing(app)
    give_more_time(app, general + 2 * DAY)
    person = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    person.report_everything()
    person.post(f"{REPORT}/submit")
    with app.app_context():
        worker.run_due()
    (mail,) = app.config["EMES_DATA_DIR"].glob("mail/*receipt.eml")
    import email
    import email.policy

    text = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    with app.test_request_context():
        assert weekday_moment(general + 2 * DAY) in text.get_content()
        assert weekday_moment(general) not in text.get_content()
    assert "2566-6" in text["Subject"]
    assert "สพป.ชัยภูมิ เขต 3" in text["Subject"]


def test_more_time_for_one_report_opens_that_one_and_no_other(app):
    closes = closing(app)
    give_more_time(app, closes + 2 * DAY, indicator="QP-1")
    person = at(app, closes + 3 * HOUR)
    assert person.patch(REPORT, {"problems": ("ทัน", 0)}).status_code == 200
    assert person.patch("/reports/2566-6/P-CPM-3/QP-2", {"problems": ("ไม่ทัน", 0)}).status_code == 409
    assert "ตัวชี้วัด 1: ขยายเวลาถึง" in person.page(OFFICE).text_content()
    assert "เฉพาะตัวชี้วัด 1" in person.page(REPORT).text_content()
    for elsewhere in ("/reports/2566-6/P-CPM-3/QP-2", "/profile/", "/documents/", "/"):
        assert "ตัวชี้วัด 1: ขยายเวลาถึง" in person.page(elsewhere).text_content(), elsewhere


@pytest.mark.postgresql
def test_an_extension_taken_out_of_use_stands_no_more(app):
    closes = closing(app)
    give_more_time(app, closes + 2 * DAY)
    row = first(app, Extension)
    central = Person(app).signed_in("central@emes.test")
    page = central.page(f"/admin/extensions/edit/{row.id}")
    data = {field.get("name"): field.get("value") for field in page.xpath("//form[@method='post']//input[@type='text']")}
    data["reason"] = "น้ำลดแล้ว"
    assert central.post(f"/admin/extensions/edit/{row.id}", data).status_code == 303
    assert not first(app, Extension).active
    assert at(app, closes + 2 * HOUR).patch(REPORT, {"problems": ("x", 0)}).status_code == 409


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": "\u200b"}, "กรุณากรอกช่องนี้"),
        ({"until": -1}, "รอบนี้เปิดให้ทุกเขตถึง"),
        ({"indicator": "other round"}, "ตัวชี้วัดนี้เป็นของรอบอื่น"),
    ],
)
def test_an_extension_without_reason_or_that_gives_nothing_is_refused_in_words(app, change, sentence):
    closes = closing(app)
    central = Person(app).signed_in("central@emes.test")
    other = first(app, Indicator, full_code="QP-1", round_id=first(app, Round, code="2566-12").id)
    local = closes + timedelta(days=change.get("until", 1)) + timedelta(hours=7)
    answer = central.post(
        "/admin/extensions/add",
        {
            "round": str(first(app, Round, code="2566-6").id),
            "area": str(first(app, Area, code="P-CPM-3").id),
            "indicator": str(other.id) if "indicator" in change else "__None",
            "until_at": f"{local.day:02}/{local.month:02}/{local.year + 543} {local:%H.%M}",
            "reason": change.get("reason", "ไฟดับ"),
        },
    )
    assert answer.status_code == 422
    assert sentence in answer.text
    assert first(app, Extension) is None


def test_a_form_opened_before_the_closing_was_moved_does_not_put_it_back(app):
    """An outage is given back while somebody has the round's form open to mend its name."""
    central = Person(app).signed_in("central@emes.test")
    row = first(app, Round, code="2566-6")
    form = central.page(f"/admin/rounds/edit/{row.id}").xpath("//form[contains(@class, 'aform')]")[0]
    typed = {name: value for name, value in form.form_values() if name != "csrf_token"}
    with app.app_context(), transaction():
        db.session.get(Round, row.id).closes_at = row.closes_at + HOUR
    answer = central.post(f"/admin/rounds/edit/{row.id}", typed | {"name_en": "Mended"})
    assert answer.status_code == 422
    assert "มีผู้แก้ไขรายการนี้ระหว่างที่เปิดหน้านี้อยู่" in answer.text
    assert closing(app) == row.closes_at + HOUR


# --- the count at closing -----------------------------------------------------------------------------------------------------


def complete_and_incomplete(app):
    person = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    person.report_everything()
    person.patch("/reports/2566-6/P-CPM-3/QP-2", {"problems": ("ยังไม่ครบ", 0)})
    return person


def run_due(app, moment):
    app.config["EMES_NOW"] = moment
    with app.app_context():
        return worker.run_due()


@pytest.mark.postgresql
def test_at_the_hard_end_complete_reports_count_as_handed_in_and_of_the_others_a_copy_is_kept(app):
    complete_and_incomplete(app)
    end = closing(app) + HOUR
    assert run_due(app, end)["counted"] == 0, "what is in flight may still arrive"
    assert run_due(app, end + deadlines.SETTLE)["counted"] == 1
    complete, incomplete = every(app, Submission)
    assert (complete.state, complete.timing) == ("submitted", "closing")
    assert complete.receipt_number == "QP66-6-3603-1"
    assert (incomplete.state, incomplete.timing) == ("draft", "")
    (copy,) = every(app, ClosingCopy)
    assert copy.submission_id == incomplete.id
    assert copy.content["fields"]["problems"] == "ยังไม่ครบ"
    assert "รายงานนี้ไม่ได้ส่ง เพราะยังขาด" in at(app, end + DAY).page("/reports/2566-6/P-CPM-3/QP-2").text_content()
    page = at(app, end + DAY).page(REPORT).text_content()
    assert "กรอกครบแต่ยังไม่ได้กดส่ง ระบบนับเป็นส่งแล้วเมื่อปิดระบบ" in page
    assert "ระบบนับเป็นส่งเมื่อปิดระบบ" in at(app, end + DAY).page(OFFICE).text_content()
    mails = [
        (row.recipient, row.context["owing"][:10], row.context["counted"])
        for row in every(app, OutboxMessage)
        if row.template == "closed"
    ]
    assert ("coordinator.p-cpm-3@emes.test", "QP-2, QP-3", "QP-1") in mails
    assert run_due(app, end + DAY)["counted"] == 0, "counting again changes nothing"
    assert len(every(app, HandIn)) == 1
    assert len(every(app, ClosingCopy)) == 1


@pytest.mark.postgresql
def test_an_extended_office_is_counted_at_its_own_end(app):
    complete_and_incomplete(app)
    give_more_time(app, closing(app) + 2 * DAY)
    end = closing(app) + HOUR + deadlines.SETTLE
    assert run_due(app, end)["counted"] == 0
    assert run_due(app, end + 2 * DAY)["counted"] == 1
    assert first(app, Extension).counted_at is not None
    assert run_due(app, end + 3 * DAY)["counted"] == 0


def test_a_round_that_is_given_more_time_after_its_end_is_counted_again_at_the_new_end(app):
    complete_and_incomplete(app)
    closes = closing(app)
    run_due(app, closes + 2 * HOUR)
    with app.app_context(), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        found.closes_at = closes + 2 * DAY
    person = at(app, closes + DAY)
    version = int(person.page(REPORT).xpath("//input[@name='version.problems']/@value")[0])
    assert person.patch(REPORT, {"problems": ("แก้หลังได้เวลาเพิ่ม", version)}).status_code == 200
    assert run_due(app, closes + 2 * DAY + 2 * HOUR)["counted"] == 1
    assert [row.receipt_number for row in every(app, HandIn)] == ["QP66-6-3603-1", "QP66-6-3603-1-2"]


def test_an_office_whose_longer_time_is_withdrawn_after_the_count_is_counted_then(app):
    complete_and_incomplete(app)
    end = closing(app) + HOUR + deadlines.SETTLE
    give_more_time(app, closing(app) + 5 * DAY)
    assert run_due(app, end)["counted"] == 0
    row = first(app, Extension)
    central = at(app, end, "central")
    page = central.page(f"/admin/extensions/edit/{row.id}")
    data = dict(page.xpath("//form[contains(@class, 'aform')]")[0].form_values())
    data.pop("active", None)
    assert central.post(f"/admin/extensions/edit/{row.id}", data).status_code == 303
    assert run_due(app, end + MINUTE)["counted"] == 1


# --- reminders ----------------------------------------------------------------------------------------------------------------


def test_the_reminder_goes_once_to_coordinators_who_still_owe_with_their_own_dates(app):
    reminds_at = first(app, Round, code="2566-6").reminds_at
    give_more_time(app, closing(app) + 2 * DAY, area="P-CPM-2")
    assert run_due(app, reminds_at - SECOND)["reminded"] == 0
    assert run_due(app, reminds_at)["reminded"] == 245
    assert run_due(app, reminds_at + HOUR)["reminded"] == 0
    found = {row.recipient: row.context for row in every(app, OutboxMessage) if row.template == "reminder"}
    assert set(found) == {f"coordinator.{office}@emes.test" for office in ("p-cpm-3", "p-cpm-2", "s-bkk-1")}
    assert found["coordinator.p-cpm-3@emes.test"]["owing"].startswith("QP-1, QP-2, QP-3")
    assert found["coordinator.p-cpm-2@emes.test"]["closes_at"] == (closing(app) + 2 * DAY).isoformat()


# --- outages ------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_silence_in_an_open_round_is_an_outage_that_one_press_gives_back_to_everybody(app):
    give_more_time(app, closing(app) + 2 * DAY)
    closes, due = closing(app), first(app, Round, code="2566-6").due_at
    run_due(app, NOW)
    assert run_due(app, NOW + 2 * MINUTE)["outages"] == 0
    assert run_due(app, NOW + 44 * MINUTE)["outages"] == 1
    outage = first(app, Outage)
    assert outage.minutes == 42
    central = at(app, NOW + HOUR, "central")
    assert "ระบบขัดข้อง 42 นาที" in central.page("/monitor/2566-6/").text_content()
    assert central.post(f"/rounds/outages/{outage.id}/give-back").status_code == 303
    assert closing(app) == closes + 42 * MINUTE
    assert first(app, Round, code="2566-6").due_at == due + 42 * MINUTE
    assert first(app, Extension).until_at == closes + 2 * DAY + 42 * MINUTE
    assert "ระบบขัดข้อง" not in central.page("/monitor/2566-6/").text_content()
    assert central.post(f"/rounds/outages/{outage.id}/give-back").status_code == 409
    assert closing(app) == closes + 42 * MINUTE


@pytest.mark.postgresql
def test_an_outage_can_be_left_and_only_the_centre_decides(app):
    run_due(app, NOW)
    run_due(app, NOW + HOUR)
    outage = first(app, Outage)
    reader = at(app, NOW + HOUR, "analyst")
    assert reader.post(f"/rounds/outages/{outage.id}/leave").status_code == 403
    assert not reader.page("/monitor/2566-6/").xpath("//form[contains(@action, 'outages')]")
    closes = closing(app)
    assert at(app, NOW + HOUR, "central").post(f"/rounds/outages/{outage.id}/leave").status_code == 303
    assert closing(app) == closes
    assert first(app, Outage).decided_by_name


@pytest.mark.postgresql
def test_a_silence_while_no_round_is_open_is_nobodys_loss(app):
    run_due(app, closing(app) + DAY)
    assert run_due(app, closing(app) + 2 * DAY)["outages"] == 0
    assert first(app, Pulse).beat_at == closing(app) + 2 * DAY


# --- rehearsals ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def rehearsal(app):
    central = Person(app).signed_in("central@emes.test")
    answer = central.post("/rounds/2566-6/rehearsal", {"minutes": "๓๐", "grace": "5"})
    assert answer.status_code == 303, answer.text
    return "/reports/2566-6-R1/P-CPM-3/"


def test_a_rehearsal_asks_what_the_round_asks_and_is_coloured(app, reporter, rehearsal):
    page = reporter.page(rehearsal)
    assert page.xpath("//div[contains(@class, 'rehearsing')]")
    assert "รอบซ้อม ไม่นับในสถิติ" in page.text_content()
    real = reporter.page(OFFICE).xpath("//table//span[@class='qp']/text()")
    assert page.xpath("//table//span[@class='qp']/text()") == real
    report = reporter.page(f"{rehearsal}QP-X2")
    assert len(report.xpath("//input[starts-with(@name, 'quantity.')]")) == len(
        reporter.page(f"{OFFICE}QP-X2").xpath("//input[starts-with(@name, 'quantity.')]")
    )
    assert reporter.get("/reports/").location == OFFICE, "the way to one's work leads to the real round"
    assert rehearsal in reporter.get("/").text


@pytest.mark.postgresql
def test_a_rehearsal_counts_in_no_figure_and_its_receipt_says_so(app, reporter, rehearsal):
    before = reporter.page("/").text_content().count("จาก 245 เขต")
    reporter.report_everything(f"{rehearsal}QP-1")
    assert reporter.post(f"{rehearsal}QP-1/submit").status_code == 303
    receipt = first(app, HandIn)
    assert receipt.receipt_number == "QP66-6-R1-3603-1"
    assert "ใบรับนี้ใช้เป็นหลักฐานไม่ได้" in reporter.page(f"/receipts/{receipt.receipt_number}").text_content()
    assert reporter.page("/").text_content().count("จาก 245 เขต") == before
    assert reporter.page(OFFICE).xpath("//span[@class='num']/text()") == ["0"]
    central = Person(app).signed_in("central@emes.test")
    assert central.page("/monitor/2566-6/?q=ชัยภูมิ 3").xpath("normalize-space(//tr[@data-area='P-CPM-3']/td[3])") == "0/12"


def test_a_person_sees_a_rehearsal_close_with_grace_and_count(app, reporter, rehearsal):
    reporter.report_everything(f"{rehearsal}QP-1")
    closes = first(app, Round, code="2566-6-R1").closes_at
    begun = create(at(app, closes - 10 * SECOND), len(one_page_pdf()), round="2566-6-R1", slot="criterion.2").headers[
        "Location"
    ]
    person = at(app, closes + 5 * SECOND)
    assert create(person, 500, round="2566-6-R1", slot="criterion.3").status_code == 409
    assert append(person, begun, 0, one_page_pdf()).status_code == 204
    assert run_due(app, closes + 5 * MINUTE + deadlines.SETTLE)["counted"] == 1
    assert not [row for row in every(app, OutboxMessage) if row.template == "closed"]


@pytest.mark.postgresql
def test_previous_figures_never_come_from_a_rehearsal(app, reporter, rehearsal):
    reporter.patch(f"{rehearsal}QP-X2", {"quantity.sys_academic": ("77", 0)})
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-6-R1").update({"opens_at": NOW - 90 * DAY, "closes_at": NOW - 60 * DAY})
    assert "77" not in reporter.page(f"{OFFICE}QP-X2").text_content()


@pytest.mark.parametrize("typed", [{"minutes": "0"}, {"minutes": "x"}, {"minutes": "999999"}, {"grace": "61"}, {"minutes": ""}])
def test_a_rehearsal_of_no_sense_is_refused_with_what_was_typed(app, typed):
    central = Person(app).signed_in("central@emes.test")
    answer = central.post("/rounds/2566-6/rehearsal", {"minutes": "30", "grace": "5"} | typed)
    assert answer.status_code == 422
    assert "รอบซ้อมเปิดได้ตั้งแต่" in answer.text
    assert first(app, Round, code="2566-6-R1") is None
