"""What the centre publishes: for whom it is, versions of a document, meetings, telling the audience."""

from __future__ import annotations

import io

import pytest

from app import worker
from app.domain.audience import Reader
from app.extensions import db, transaction
from app.models import (
    Announcement,
    Change,
    Criterion,
    Document,
    DocumentVersion,
    Indicator,
    Meeting,
    Notice,
    OutboxMessage,
    Round,
)
from app.queries import advice
from app.queries import document as documents
from app.storage import evidence_store
from tests.cli.running import well, written_mails
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf, pdf
from tests.services.doing import looking
from tests.views.test_admin import typed_into
from tests.views.test_statements import cost

on_both_databases = "where marked"
LETTER = {"kind": "letter", "title_th": "หนังสือเฉพาะกลุ่ม", "dated_on": "23/01/2566", "sort_order": "1", "active": "y"}
MEETING = {
    "title_th": "ประชุมเฉพาะกลุ่ม",
    "starts_at": "01/12/2569 09.30",
    "ends_at": "01/12/2569 12.00",
    "place": "ห้องประชุม สตผ.",
    "active": "y",
}
NOTICE = {"title_th": "ประกาศเฉพาะกลุ่ม", "published_at": "01/11/2569 08.30", "active": "y"}
# Whom it is for → who of these reads it: strangers, two primary offices of the northeast, a secondary one of Bangkok, an evaluator, the centre.
READERS = ("", "reporter.p-cpm-3", "reporter.s-bkk-1", "evaluator1", "central")
AUDIENCES = [
    ({"audience": "public"}, set(READERS)),
    ({"audience": "signed_in"}, set(READERS) - {""}),
    ({"audience": "signed_in", "for_kind": "primary"}, {"reporter.p-cpm-3", "evaluator1", "central"}),
    ({"audience": "signed_in", "for_region": "central_east"}, {"reporter.s-bkk-1", "evaluator1", "central"}),
    ({"audience": "signed_in", "for_kind": "secondary", "for_region": "northeast"}, {"evaluator1", "central"}),
    ({"audience": "signed_in", "for_centre": "y"}, {"central"}),
]


def every(app, model):
    with looking(app):
        return db.session.query(model).order_by(model.id).all()


def add(central: Person, screen: str, data: dict, *, content: bytes | None = None, name: str = "ก.pdf"):
    more = {"file": (io.BytesIO(content), name)} if content else {}
    return central.post(f"/admin/{screen}/add", data | more, content_type="multipart/form-data")


def newest(app, model) -> int:
    return int(every(app, model)[-1].id)


# --- audiences --------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.parametrize(("whom", "expected"), AUDIENCES)
def test_only_its_audience_finds_it_and_for_others_it_is_not_there(app, central, whom, expected):
    assert add(central, "documents", LETTER | whom, content=one_page_pdf()).status_code == 303
    assert add(central, "announcements", NOTICE | whom).status_code == 303
    assert add(central, "meetings", MEETING | whom).status_code == 303
    document, meeting = newest(app, Document), newest(app, Meeting)
    for name in READERS:
        person = Person(app).signed_in(f"{name}@emes.test") if name else Person(app)
        reads = name in expected
        home, page = person.page("/").text_content(), person.page("/documents/").text_content()
        assert ("หนังสือเฉพาะกลุ่ม" in page) == reads, name
        assert ("ประกาศเฉพาะกลุ่ม" in home) == ("ประชุมเฉพาะกลุ่ม" in home) == reads, name
        for path in (f"/documents/{document}", f"/meetings/{meeting}", f"/meetings/{meeting}/calendar.ics"):
            assert person.get(path).status_code == (200 if reads else 404), (name, path)
        if name.startswith("reporter"):
            board = person.get("/reports/", follow_redirects=True).text
            assert ("ประกาศเฉพาะกลุ่ม" in board) == ("ประชุมเฉพาะกลุ่ม" in board) == reads, name


def test_what_is_for_the_centre_alone_is_not_on_the_screens_of_who_only_reads(app, central, sign_in):
    for_centre = {"audience": "signed_in", "for_centre": "y"}
    add(central, "documents", LETTER | for_centre, content=one_page_pdf())
    add(central, "announcements", NOTICE | for_centre)
    add(central, "meetings", MEETING | for_centre)
    for name in ("evaluator1", "moderator", "analyst"):
        person = sign_in(name)
        for screen, model in (("documents", Document), ("announcements", Announcement), ("meetings", Meeting)):
            for path in ("list/", f"show/{newest(app, model)}"):
                assert person.get(f"/admin/{screen}/{path}").status_code == 403, (name, screen)
        assert "/admin/documents/" not in person.get("/").text


def test_a_file_for_the_centre_alone_does_not_excuse_offices_that_send_the_same(app, central):
    for whom, expected in (({"audience": "signed_in", "for_centre": "y"}, False), ({"audience": "signed_in"}, True)):
        add(central, "documents", LETTER | whom, content=pdf(7))
        with looking(app):
            assert advice.is_published(every(app, Document)[-1].sha256) is expected


# --- prescribed forms -------------------------------------------------------------------------------------------------------

FORM = LETTER | {"kind": "form", "title_th": "แบบฟอร์มที่กำหนด", "audience": "signed_in"}


def first_issue() -> Criterion:
    indicator = db.session.query(Indicator).join(Round).filter(Round.code == "2566-6", Indicator.full_code == "QP-1").one()
    return indicator.active_criteria[0]


def prescribe(app, document_id: int) -> None:
    with looking(app), transaction():
        first_issue().form_document_id = document_id


@pytest.mark.parametrize("whom", [{"for_centre": "y"}, {"for_kind": "primary"}, {"for_region": "south"}, {"active": ""}])
def test_a_prescribed_form_stays_in_use_for_every_office_that_reports(app, central, reporter, whom):
    add(central, "documents", FORM, content=pdf(3))
    number = newest(app, Document)
    prescribe(app, number)
    answer = central.post(f"/admin/documents/edit/{number}", FORM | whom, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "กำหนดให้ใช้แบบฟอร์มนี้" in answer.text
    assert reporter.get(f"{REPORT}/forms/{number}").status_code == 200


def test_a_form_that_some_offices_can_not_read_is_not_prescribed(app, central):
    add(central, "documents", FORM | {"for_centre": "y"}, content=pdf(3))
    with looking(app):
        address = f"/admin/criteria/edit/{first_issue().id}"
    answer = central.post(address, typed_into(central.page(address)) | {"form_document": str(newest(app, Document))})
    assert answer.status_code == 422
    assert "แบบฟอร์มที่กำหนดเลิกใช้แล้ว" in answer.text


def test_a_form_for_the_centre_is_not_had_through_a_report_either(app, central, reporter):
    add(central, "documents", FORM | {"for_centre": "y"}, content=pdf(3))
    number = newest(app, Document)
    prescribe(app, number)
    assert reporter.get(f"{REPORT}/forms/{number}").status_code == 404
    assert central.get(f"{REPORT}/forms/{number}").status_code == 200


@pytest.mark.postgresql
@pytest.mark.parametrize(("whom", "expected"), AUDIENCES)
def test_the_rule_and_the_statement_say_the_same(app, central, whom, expected):
    add(central, "announcements", NOTICE | whom)
    readers = [Reader(), Reader(True), Reader(True, "primary", "northeast"), Reader(True, "secondary", "central_east")]
    readers += [Reader(True, sees_all_areas=True), Reader(True, sees_all_areas=True, is_centre=True)]
    with looking(app):
        row = db.session.query(Announcement).order_by(Announcement.id.desc()).first()
        for reader in readers:
            found = {announcement.id for announcement in documents.news(NOW, reader).announcements}
            assert (row.id in found) == reader.may_read(row), reader


@pytest.mark.parametrize(
    ("whom", "said"),
    [
        ({"audience": "public", "for_kind": "primary"}, "เรื่องที่ทุกคนเห็น"),
        ({"audience": "public", "for_centre": "y"}, "เรื่องที่ทุกคนเห็น"),
        ({"audience": "signed_in", "for_centre": "y", "for_region": "south"}, "เรื่องเฉพาะส่วนกลาง"),
    ],
)
def test_an_audience_that_contradicts_itself_is_refused(app, central, whom, said):
    for screen, data in (("announcements", NOTICE), ("meetings", MEETING)):
        answer = add(central, screen, data | whom)
        assert answer.status_code == 422
        assert said in answer.text
    assert add(central, "documents", LETTER | whom, content=one_page_pdf()).status_code == 422


# --- versions ---------------------------------------------------------------------------------------------------------------


def replace(central: Person, number: int, content: bytes, **more: str):
    data = LETTER | {"audience": "public"} | more | {"file": (io.BytesIO(content), "ใหม่.pdf")}
    return central.post(f"/admin/documents/edit/{number}", data, content_type="multipart/form-data")


@pytest.mark.postgresql
def test_a_new_file_is_the_newest_version_and_the_earlier_ones_are_kept(app, central, reporter, stranger):
    add(central, "documents", LETTER | {"audience": "public"}, content=pdf(1))
    number = newest(app, Document)
    assert "ฉบับแก้ไขครั้งที่" not in stranger.page("/documents/").text_content()
    for pages in (2, 3):
        assert replace(central, number, pdf(pages)).status_code == 303
    assert stranger.get(f"/documents/{number}").data == pdf(3)
    assert "ฉบับแก้ไขครั้งที่ 2" in stranger.page("/documents/").text_content()
    assert "ฉบับก่อนหน้า" not in stranger.page("/documents/").text_content()
    page = reporter.page("/documents/")
    line = page.xpath(f"//li[a[@href='/documents/{number}']]//details")[0]
    assert "ฉบับก่อนหน้า 2 ฉบับ" in line.text_content()
    assert "เจ้าหน้าที่ส่วนกลาง" in line.text_content()
    links = line.xpath(".//a/@href")
    assert [reporter.get(link).data for link in links] == [pdf(2), pdf(1)]
    assert [stranger.get(link).status_code for link in links] == [404, 404]
    assert reporter.get(f"/documents/{number}/versions/3").status_code == 404, "the newest has the document's own address"


def test_an_earlier_version_is_for_the_documents_audience_alone(app, central, reporter, sign_in):
    whom = {"audience": "signed_in", "for_kind": "secondary"}
    add(central, "documents", LETTER | whom, content=pdf(1))
    number = newest(app, Document)
    replace(central, number, pdf(2), **whom)
    assert sign_in("reporter.s-bkk-1").get(f"/documents/{number}/versions/1").status_code == 200
    assert reporter.get(f"/documents/{number}/versions/1").status_code == 404


@pytest.mark.postgresql
def test_the_sweeper_and_verify_know_earlier_versions(app, central):
    add(central, "documents", LETTER | {"audience": "public"}, content=pdf(1))
    replace(central, newest(app, Document), pdf(2))
    (version,) = every(app, DocumentVersion)
    with app.app_context():
        worker.sweep()
        assert version.storage_key in set(evidence_store().keys())
        assert version.storage_key in documents.storage_keys()
        assert version.sha256 in {sha256 for _, _, sha256 in documents.stored_files()}
    assert well(app, "verify")


# --- meetings ---------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_meeting_stands_until_it_ends_with_its_papers_and_a_file_for_calendars(app, central, reporter):
    add(central, "documents", LETTER | {"audience": "public"}, content=pdf(1))
    secret = LETTER | {"title_th": "เอกสารเฉพาะส่วนกลาง", "audience": "signed_in", "for_centre": "y"}
    add(central, "documents", secret, content=pdf(2))
    papers = [str(row.id) for row in every(app, Document)[-2:]]
    data = MEETING | {"audience": "signed_in", "papers": papers, "online_link": "https://meet.example.go.th/a"}
    assert add(central, "meetings", data).status_code == 303
    number = newest(app, Meeting)
    page = reporter.page(f"/meetings/{number}").text_content()
    for text in ("อังคาร 1 ธ.ค. 2569 เวลา 09.30 น.", "ห้องประชุม สตผ.", "https://meet.example.go.th/a", "หนังสือเฉพาะกลุ่ม"):
        assert text in page
    assert "เอกสารเฉพาะส่วนกลาง" not in page
    calendar = reporter.get(f"/meetings/{number}/calendar.ics")
    assert calendar.mimetype == "text/calendar"
    assert "DTSTART:20261201T023000Z" in calendar.text
    edit = central.page(f"/admin/meetings/edit/{number}")
    assert set(edit.xpath("//input[@name='papers'][@checked]/@value")) == set(papers)
    app.config["EMES_NOW"] = every(app, Meeting)[0].ends_at
    assert "ประชุมเฉพาะกลุ่ม" not in Person(app).page("/").text_content()


@pytest.mark.parametrize("wrong", [{"ends_at": "01/12/2569 09.30"}, {"online_link": "http://meet.example"}, {"ends_at": ""}])
def test_a_meeting_that_makes_no_sense_is_refused(app, central, wrong):
    assert add(central, "meetings", MEETING | {"audience": "public"} | wrong).status_code == 422
    assert every(app, Meeting) == []


# --- telling ----------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_the_audience_is_told_in_one_press_each_person_once(app, central):
    add(central, "announcements", NOTICE | {"audience": "signed_in", "for_kind": "primary"})
    number = newest(app, Announcement)
    page = central.page(f"/admin/announcements/show/{number}")
    (address,) = page.xpath("//form[contains(@action, '/admin/tell/')]/@action")
    for _ in range(2):
        assert central.post(address, {"mail": "y"}).status_code == 303
    assert len(every(app, Notice)) == len(every(app, OutboxMessage)) == 6, "three people in each of two primary offices"
    assert well(app, "send-mail") == ["sent: 6"]
    assert "ประกาศเฉพาะกลุ่ม" in written_mails(app)[0].get_content()
    inbox = Person(app).signed_in("director.p-cpm-2@emes.test").page("/inbox/").text_content()
    assert "ประกาศ: ประกาศเฉพาะกลุ่ม" in inbox
    assert ("told", "6") in {(row.what, row.new_value) for row in every(app, Change)}


@pytest.mark.postgresql
def test_what_is_for_the_centre_is_told_to_the_centre_alone(app, central):
    add(central, "meetings", MEETING | {"audience": "signed_in", "for_centre": "y"})
    central.post(f"/admin/tell/meeting/{newest(app, Meeting)}")
    assert len(every(app, Notice)) == 2, "central and admin"
    assert every(app, OutboxMessage) == []
    assert "การประชุม: ประชุมเฉพาะกลุ่ม อังคาร 1 ธ.ค. 2569 เวลา 09.30 น." in central.page("/inbox/").text_content()


@pytest.mark.postgresql
def test_a_new_version_of_a_document_is_told_anew(app, central, reporter):
    add(central, "documents", LETTER | {"audience": "public"}, content=pdf(1))
    number = newest(app, Document)
    address = f"/admin/tell/document/{number}"
    central.post(address)
    replace(central, number, pdf(2))
    central.post(address)
    central.post(address, {"mail": "y"})
    inbox = reporter.page("/inbox/").text_content()
    assert "เอกสารใหม่: หนังสือเฉพาะกลุ่ม" in inbox
    assert inbox.count("ฉบับแก้ไขครั้งที่ 1") == 1
    well(app, "send-mail")
    assert "ฉบับแก้ไขครั้งที่ 1" in written_mails(app)[0].get_content()


@pytest.mark.parametrize(
    ("what", "data", "said"),
    [
        ("announcement", NOTICE | {"published_at": "01/12/2569 08.30"}, "ขณะนี้ประกาศนี้ยังไม่แสดง"),
        ("announcement", NOTICE | {"expires_at": "02/11/2569 08.30"}, "ขณะนี้ประกาศนี้ยังไม่แสดง"),
        ("meeting", MEETING | {"starts_at": "01/10/2569 09.30", "ends_at": "01/10/2569 12.00"}, "สิ้นสุดแล้ว"),
    ],
)
def test_nobody_is_told_of_what_they_would_not_find(app, central, what, data, said):
    add(central, f"{what}s", data | {"audience": "public"})
    answer = central.post(f"/admin/tell/{what}/{newest(app, Announcement if what == 'announcement' else Meeting)}")
    assert said in (answer.text if answer.status_code != 303 else central.get(answer.headers["Location"]).text)
    assert every(app, Notice) == []


def test_only_the_centre_tells_and_only_of_what_is_in_use(app, central, reporter, sign_in):
    add(central, "announcements", {name: value for name, value in NOTICE.items() if name != "active"} | {"audience": "public"})
    address = f"/admin/tell/announcement/{newest(app, Announcement)}"
    assert central.post(address).status_code == 404
    assert reporter.post(address).status_code == sign_in("analyst").post(address).status_code == 403
    assert every(app, Notice) == []


def test_the_pages_cost_the_same_however_much_is_published(app, central, reporter, stranger):
    for _ in range(4):
        add(central, "announcements", NOTICE | {"audience": "public"})
        add(central, "meetings", MEETING | {"audience": "public"})
    assert cost(reporter, "/reports/2566-6/P-CPM-3/") <= 8
    assert cost(stranger, "/") <= 8
    assert cost(reporter, "/documents/") <= 4
