"""What everybody sees: home, documents, contacts, language, and the pages that say what went wrong."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import lxml.html
import pytest
import segno
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import scope
from app.extensions import db
from app.models import Announcement, Area, ContactChannel, Document, Indicator, Part, Round, Submission, UserSession
from tests.conftest import NOW
from tests.person import REPORT, Person

on_both = pytest.mark.parametrize("app", ["sqlite", "postgresql"], indirect=True)


def main_of(person: Person, address: str = "/") -> str:
    """The words of the main part of a page."""
    return " ".join(person.page(address).xpath("//main")[0].text_content().split())


def cookies_of(person: Person) -> set[str]:
    return {cookie.key for cookie in person.client._cookies.values()}


# --- home ----------------------------------------------------------------------------------------------------------------------


def test_home_says_which_round_is_open_and_until_when(stranger):
    page = stranger.page("/")
    text = " ".join(page.xpath("//main")[0].text_content().split())
    assert "รอบ 6 เดือน" in page.xpath("//h1")[0].text_content()
    assert "ปีงบประมาณ พ.ศ. 2566" in text
    assert "เปิดรับรายงาน" in text
    assert "จันทร์ 30 พ.ย. 2569 เวลา 16.30 น." in text
    assert page.xpath("//main//time/@datetime")[0].startswith("2026-11-30T09:30")
    assert "9วัน6ชั่วโมง" in text, "the time left is that until the deadline, a day before closing"
    assert "0 จาก 245 เขต" in text


def test_home_in_english_says_the_same_in_the_common_era(stranger):
    stranger.get("/lang/en")
    page = stranger.page("/")
    text = " ".join(page.xpath("//main")[0].text_content().split())
    assert page.xpath("//html/@lang") == ["en"]
    assert "Mon 30 Nov 2026, 16:30" in text
    assert "0 of 245 offices" in text
    assert "2569" not in text
    assert "Fiscal year 2023" in text
    assert "B.E. 2023" not in text


@pytest.mark.parametrize(
    ("moment", "tag", "sentence"),
    [
        (datetime(2026, 10, 31, 1, 29, tzinfo=UTC), "ยังไม่เปิดรับรายงาน", "เสาร์ 31 ต.ค. 2569 เวลา 08.30 น."),
        (datetime(2026, 10, 31, 1, 30, tzinfo=UTC), "เปิดรับรายงาน", "จันทร์ 30 พ.ย. 2569 เวลา 16.30 น."),
        (datetime(2026, 11, 30, 9, 29, 59, tzinfo=UTC), "เปิดรับรายงาน", "จันทร์ 30 พ.ย. 2569 เวลา 16.30 น."),
        (datetime(2026, 11, 30, 9, 30, tzinfo=UTC), "ปิดรับรายงานแล้ว", "จันทร์ 30 พ.ย. 2569 เวลา 16.30 น."),
        (datetime(2027, 1, 20, 3, 0, tzinfo=UTC), "เปิดรับรายงาน", "พฤหัสบดี 18 ก.พ. 2570 เวลา 16.30 น."),
    ],
    ids=["a minute before opening", "at opening", "the last second", "at closing", "the next round"],
)
def test_home_follows_the_clock(app, stranger, moment, tag, sentence):
    app.config["EMES_NOW"] = moment
    hero = stranger.page("/").xpath("//div[contains(@class,'hero')]")[0]
    assert hero.xpath(".//span[contains(@class,'tag')]")[0].text_content().strip() == tag
    assert sentence in " ".join(hero.text_content().split())
    assert bool(hero.xpath(".//div[contains(@class,'cd')]")) == (tag == "เปิดรับรายงาน")


def test_home_says_so_when_no_round_has_been_set_up(app, stranger):
    with app.app_context():
        db.session.query(Round).update({"active": False})
        db.session.commit()
    assert len(stranger.page("/").xpath("//h1")) == 1


def test_home_lists_the_thirteen_indicators_of_the_qp_part(stranger):
    page = stranger.page("/")
    part = page.xpath("//section[.//ul[@class='ind']]")
    assert len(part) == 1
    assert "(Quick Policy : QP)" in part[0].xpath(".//h2")[0].text_content()
    listed = part[0].xpath(".//span[@class='qp']/text()")
    assert listed == ["1", "2", "3", "4", "5", "6a", "6b", "7", "8", "9", "10", "X1", "X2"]
    assert "13" in part[0].text_content()


def test_home_names_documents_with_type_size_and_date(app, stranger):
    entries = [" ".join(item.text_content().split()) for item in stranger.page("/").xpath("//ul[contains(@class,'doc')]/li")]
    with app.app_context():
        letter = db.session.query(Document).filter_by(kind="letter").one()
    entry = next(entry for entry in entries if letter.title_th in entry)
    assert "ศธ 04003/ว 123" in entry
    assert "30 ต.ค. 2569" in entry
    assert "PDF 21 KB" in entry
    assert not any("คำสั่งแต่งตั้งคณะทำงาน" in entry for entry in entries), "an order for signed-in users"


def test_home_leads_to_the_four_line_groups_and_to_signing_in(stranger):
    page = stranger.page("/")
    groups = page.xpath("//section[@id='help']//a[starts-with(@href,'/contact/#line-')]/text()")
    assert len(groups) == 4
    form = page.xpath("//form[@action='/login/']")[0]
    assert set(form.fields) >= {"csrf_token", "email", "password", "remember"}
    assert form.method == "POST"
    assert page.xpath("//a[@href='/register/']")
    assert page.xpath("//a[@href='/forgot-password/']")


def test_home_stays_open_for_the_signed_in_and_leads_to_their_work(reporter):
    page = reporter.page("/")
    assert page.xpath("//main//a[@href='/reports/']")
    assert not page.xpath("//input[@type='password']")


def test_a_notice_stands_from_its_moment_to_its_end_and_only_for_its_readers(app, stranger, reporter):
    with app.app_context():
        for title, audience, published, expires in (
            ("ประกาศที่ยังไม่ถึงเวลา", "public", datetime(2026, 11, 20, 3, 1, tzinfo=UTC), None),
            ("ประกาศที่หมดเวลา", "public", datetime(2026, 11, 1, tzinfo=UTC), NOW),
            ("ประกาศถึงผู้เข้าสู่ระบบ", "signed_in", NOW, None),
        ):
            db.session.add(Announcement(title_th=title, audience=audience, published_at=published, expires_at=expires))
        db.session.commit()
    for text in (main_of(stranger), main_of(reporter)):
        assert "เปิดรับรายงานรอบ 6 เดือนแล้ว" in text
        assert "ยังไม่ถึงเวลา" not in text
        assert "หมดเวลา" not in text
    assert "ถึงผู้เข้าสู่ระบบ" not in main_of(stranger)
    assert "ถึงผู้เข้าสู่ระบบ" in main_of(reporter)


def test_a_stranger_gets_no_more_than_the_cookie_of_the_forms_token(stranger):
    """No session, no history, nothing that follows a visitor; and nothing at all where there is no form."""
    for address in ("/health/live", "/health/ready", "/qr.svg", "/documents/1", "/static/css/emes.css"):
        assert "Set-Cookie" not in stranger.get(address).headers, address
    cookie = stranger.get("/").headers.getlist("Set-Cookie")
    assert len(cookie) == 1
    assert "HttpOnly" in cookie[0]
    assert "SameSite=Lax" in cookie[0]
    assert "Expires" not in cookie[0]
    for address in ("/documents/", "/contact/", "/login/", "/register/", "/privacy/", "/no-such-page"):
        stranger.get(address)
    with stranger.client.session_transaction() as session:
        assert set(session) <= {"csrf_token", "_fresh"}
    assert cookies_of(stranger) == {"emes"}


# --- how many offices are complete ---------------------------------------------------------------------------------------------


def hand_in(app: Flask, office: str, codes: list[str], *, round_code: str = "2566-6", state: str = "submitted") -> None:
    """Reports of an office as they stand when they were handed in."""
    with app.app_context(), scope.whole_country("a test hands in"):
        round_id = db.session.scalar(select(Round.id).where(Round.code == round_code))
        area_id = db.session.scalar(select(Area.id).where(Area.code == office))
        for code in codes:
            indicator_id = db.session.scalar(
                select(Indicator.id).where(Indicator.round_id == round_id, Indicator.full_code == code)
            )
            db.session.add(
                Submission(
                    round_id=round_id,
                    area_id=area_id,
                    indicator_id=indicator_id,
                    state=state,
                    started_at=NOW,
                    changed_at=NOW,
                )
            )
        db.session.commit()


OF_A_PRIMARY_OFFICE = [f"QP-{code}" for code in ("1", "2", "3", "4", "5", "6a", "7", "8", "9", "10", "X1", "X2")]


@on_both
def test_an_office_is_complete_once_all_its_twelve_are_submitted(app, stranger):
    hand_in(app, "P-CPM-3", OF_A_PRIMARY_OFFICE[:11])
    hand_in(app, "P-CPM-3", OF_A_PRIMARY_OFFICE[11:], state="draft")
    hand_in(app, "S-BKK-1", OF_A_PRIMARY_OFFICE[:5])
    assert "0 จาก 245 เขต" in main_of(stranger)
    with app.app_context(), scope.whole_country("a test hands in"):
        db.session.query(Submission).filter_by(state="draft").update({"state": "submitted"})
        db.session.commit()
    assert "1 จาก 245 เขต" in main_of(stranger)
    assert "1 จาก 245 เขต" in main_of(Person(app).signed_in("reporter.p-cpm-2@emes.test")), "the figure is about the country"


@on_both
def test_a_report_that_is_not_required_stands_for_no_other(app, stranger):
    """An indicator may be given to the other kind of office after some have reported on it."""
    hand_in(app, "P-CPM-3", [*OF_A_PRIMARY_OFFICE[:11], "QP-6b"])
    assert "0 จาก 245 เขต" in main_of(stranger)


@on_both
def test_a_part_out_of_use_is_not_waited_for(app, stranger):
    app.config["EMES_NOW"] = datetime(2027, 1, 20, 3, 0, tzinfo=UTC)
    hand_in(app, "P-CPM-3", OF_A_PRIMARY_OFFICE, round_code="2566-12")
    assert "0 จาก 245 เขต" in main_of(stranger)
    with app.app_context():
        db.session.query(Part).filter(Part.code.in_(["AP", "STD"])).update({"active": False})
        db.session.commit()
    assert "1 จาก 245 เขต" in main_of(stranger)


def test_an_indicator_out_of_use_is_not_waited_for(app, stranger):
    hand_in(app, "P-CPM-3", OF_A_PRIMARY_OFFICE[:11])
    with app.app_context():
        db.session.query(Indicator).filter_by(full_code="QP-X2").update({"active": False})
        db.session.commit()
    assert "1 จาก 245 เขต" in main_of(stranger)


# --- documents -----------------------------------------------------------------------------------------------------------------


def test_a_document_for_the_signed_in_does_not_exist_for_strangers(app, stranger, reporter):
    with app.app_context():
        order = db.session.query(Document).filter_by(audience="signed_in").one()
    address = f"/documents/{order.id}"
    assert order.title_th not in main_of(stranger, "/documents/")
    hidden, missing = stranger.get(address), stranger.get("/documents/4711")
    assert hidden.status_code == missing.status_code == 404
    assert len(hidden.text) - len(missing.text) == len(address) - len("/documents/4711")
    assert order.title_th in main_of(reporter, "/documents/")
    assert reporter.get(address).status_code == 200


def test_a_document_out_of_use_is_gone(app, reporter):
    with app.app_context():
        db.session.get(Document, 1).active = False
        db.session.commit()
    assert reporter.get("/documents/1").status_code == 404


def test_a_document_comes_under_its_thai_name_and_can_not_run_on_our_site(app, stranger):
    response = stranger.get("/documents/2")
    assert response.status_code == 200
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    name = (
        "%E0%B9%81%E0%B8%9A%E0%B8%9A%E0%B8%96%E0%B8%AD%E0%B8%94%E0%B8%9A%E0%B8%97%E0%B9%80%E0%B8%A3%E0%B8%B5%E0%B8%A2%E0%B8%99"
    )
    assert f"filename*=UTF-8''{name}%20%28PA%29%201%20%E0%B8%AB%E0%B8%99%E0%B9%89%E0%B8%B2%20A4.docx" in disposition
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    with app.app_context():
        row = db.session.get(Document, 2)
    assert len(response.data) == row.size_bytes
    assert response.mimetype == row.media_type


def test_a_pdf_may_be_looked_at_in_place_and_nothing_else_of_an_office(stranger):
    assert stranger.get("/documents/3?view=1").headers["Content-Disposition"].startswith("inline")
    assert stranger.get("/documents/1?view=1").headers["Content-Disposition"].startswith("attachment")
    part = stranger.client.get("/documents/3", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"%PDF")


def test_a_document_whose_file_is_lost_is_a_missing_page_and_no_fault(app, stranger):
    with app.app_context():
        key = db.session.get(Document, 1).storage_key
    app.extensions["emes_storage"].delete(key)
    assert stranger.get("/documents/1").status_code == 404


# --- language, contacts, codes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "lands_on"),
    [
        ("/documents/", "/documents/"),
        ("/reports/2566-6/P-CPM-3/QP-1?check=1", "/reports/2566-6/P-CPM-3/QP-1?check=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("///evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/\r\nSet-Cookie: x=y", "/"),
        ("evil.example", "/"),
        ("", "/"),
    ],
)
def test_choosing_a_language_leads_back_to_a_page_of_ours(stranger, wanted, lands_on):
    response = stranger.client.get("/lang/en", query_string={"next": wanted})
    assert response.status_code in (302, 303)
    assert response.location == lands_on
    cookie = response.headers.getlist("Set-Cookie")
    assert [each.partition(";")[0] for each in cookie] == ["lang=en"]


@pytest.mark.parametrize("code", ["xx", "..%2f..%2fth", "TH", "%00", "e n"])
def test_an_unknown_language_changes_nothing(stranger, code):
    response = stranger.client.get(f"/lang/{code}")
    assert response.status_code in (302, 303, 404)
    assert "Set-Cookie" not in response.headers or "lang=" not in response.headers["Set-Cookie"]
    stranger.client.set_cookie("lang", "../../th")
    assert stranger.page("/").xpath("//html/@lang") == ["th"]


def test_a_chosen_language_stays_and_every_page_offers_the_other(stranger):
    stranger.get("/lang/en")
    assert stranger.client.get_cookie("lang").value == "en"
    for address in ("/documents/", "/login/", "/contact/"):
        page = stranger.page(address)
        assert page.xpath("//html/@lang") == ["en"]
        assert page.xpath("//a[@hreflang='th']/@href") == [f"/lang/th?next={address}"]
    stranger.get("/lang/th")
    assert stranger.page("/").xpath("//html/@lang") == ["th"]


def test_the_contact_page_names_telephone_web_and_the_line_groups(app, stranger):
    page = stranger.page("/contact/")
    assert page.xpath("//a[@href='tel:022885867']")
    assert page.xpath("//a[@href='https://eva.obec.go.th/']")
    groups = page.xpath("//div[@class='line-card']/@id")
    assert sorted(groups) == ["line-central-east", "line-north", "line-northeast", "line-south"]
    assert not page.xpath("//img"), "no group has an address yet"
    with app.app_context():
        db.session.query(ContactChannel).filter_by(code="line-north").one().value = "https://line.me/R/ti/g/north"
        db.session.commit()
    page = stranger.page("/contact/")
    assert page.xpath("//img/@src") == ["/contact/qr/line-north.svg"]
    assert page.xpath("//img/@alt")[0]
    assert stranger.get("/contact/qr/line-north.svg").data == picture_of("https://line.me/R/ti/g/north")
    assert stranger.get("/contact/qr/line-south.svg").status_code == 404
    assert stranger.get("/contact/qr/phone.svg").status_code == 404


def picture_of(content: str) -> bytes:
    out = io.BytesIO()
    segno.make(content, error="m").save(out, kind="svg", scale=6, border=4, xmldecl=False)
    return out.getvalue()


def test_the_code_to_print_leads_to_the_address_of_the_settings(app, stranger):
    response = stranger.get("/qr.svg", headers={"X-Forwarded-Host": "evil.example"})
    assert response.mimetype == "image/svg+xml"
    assert response.data == picture_of(app.config["EMES_BASE_URL"] + "/")
    page = stranger.page("/qr/")
    assert page.xpath("//main//img/@src") == ["/qr.svg"]
    assert app.config["EMES_BASE_URL"] in page.text_content()


def test_the_privacy_notice_says_whom_to_ask(stranger):
    page = stranger.page("/privacy/")
    assert page.xpath("//h1")[0].text_content().strip()
    assert "PDPA" in page.text_content() or "คุ้มครองข้อมูลส่วนบุคคล" in page.text_content()
    assert page.xpath("//main//a[starts-with(@href,'tel:') or starts-with(@href,'mailto:')]")


# --- what goes wrong -----------------------------------------------------------------------------------------------------------


def assert_a_page_in_thai(response) -> lxml.html.HtmlElement:
    page = lxml.html.fromstring(response.text)
    heading = page.xpath("//h1")
    assert len(heading) == 1
    assert any("ก" <= sign <= "๙" for sign in heading[0].text_content())
    for secret in ("Traceback", "werkzeug", "sqlalchemy", 'File "/', "Exception"):
        assert secret not in response.text
    assert page.xpath("//a[@href='/']")
    return page


def test_an_unknown_address_is_a_page_in_thai(stranger, reporter):
    for person in (stranger, reporter):
        for address in ("/no-such-page", "/reports/2566-6/P-CPM-3/QP-99", "/documents/abc", "/admin/nothing/list/"):
            response = person.client.get(address)
            if response.status_code != 302:
                assert response.status_code == 404, address
                assert_a_page_in_thai(response)


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_a_verb_that_a_page_does_not_know_is_no_fault(stranger, verb):
    stranger.get("/")
    headers = {"X-CSRFToken": stranger.token}
    response = stranger.client.open("/documents/", method=verb, headers=headers)
    assert response.status_code in (404, 405)
    assert_a_page_in_thai(response)
    machine = stranger.client.open("/documents/", method=verb, headers=headers | {"Accept": "application/json"})
    assert machine.status_code == 405
    assert set(machine.json) == {"error"}


def test_too_large_a_form_is_a_page_in_thai(stranger):
    response = stranger.post("/login/", {"email": "x" * 3_000_000, "password": "x"})
    assert response.status_code == 413
    assert_a_page_in_thai(response)


def test_a_fault_shows_a_number_and_the_log_knows_it(stranger, monkeypatch, caplog):
    def broken() -> int:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("app.queries.area.count_active", broken)
    response = stranger.client.get("/")
    assert response.status_code == 500
    assert "the secret inside" not in response.text
    number = assert_a_page_in_thai(response).xpath("//main//b/text()")[0]
    assert number in caplog.text
    assert "the secret inside" in caplog.text


def test_a_database_that_is_locked_or_away_asks_one_to_try_again(stranger, monkeypatch):
    def away() -> int:
        raise OperationalError("SELECT secret", {}, Exception("database is locked"))

    monkeypatch.setattr("app.queries.area.count_active", away)
    response = stranger.client.get("/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert "secret" not in response.text
    assert_a_page_in_thai(response)


# --- the host of a request -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_forged_host_is_refused_and_shows_in_no_link(stranger, host):
    for address in ("/", "/login/", "/no-such-page", REPORT, "/lang/en"):
        response = stranger.client.get(address, headers={"Host": host})
        assert response.status_code == 400, address
        assert "evil" not in response.text
        assert "evil" not in str(response.headers)
        if response.mimetype == "text/html":
            assert_a_page_in_thai(response)


def test_a_forged_host_can_not_sign_anybody_in(app, stranger):
    stranger.get("/login/")
    data = {"email": "reporter.p-cpm-3@emes.test", "password": "emes-demo-2566"}
    assert stranger.post("/login/", data, headers={"Host": "evil.example"}).status_code == 400
    with app.app_context():
        assert db.session.query(UserSession).count() == 0


def test_what_a_visitor_says_of_proxies_is_not_believed(app, stranger):
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "8443",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
        "X-Real-IP": "203.0.113.9",
        "X-Original-URL": "/admin/",
        "X-Rewrite-URL": "/admin/",
    }
    for address in ("/", "/login/", "/contact/", "/qr/"):
        response = stranger.get(address, headers=forged)
        assert response.status_code == 200
        assert "evil" not in response.text
        assert "8443" not in response.text
        assert "Strict-Transport-Security" not in response.headers
    assert stranger.client.get("/profile/", headers=forged).location == "/login/?next=/profile/"
    stranger.token = ""
    stranger.post("/login/", {"email": "reporter.p-cpm-3@emes.test", "password": "emes-demo-2566"}, headers=forged)
    with app.app_context():
        assert [row.remote_address for row in db.session.query(UserSession)] == ["127.0.0.1"]


def test_a_document_is_no_way_out_of_the_store(stranger):
    for address in ("/documents/..%2f..%2fetc%2fpasswd", "/static/..%2f..%2fconfig.py", "/static/../config.py", "/download/x"):
        assert stranger.client.get(address).status_code == 404, address
