"""Receipts: page and PDF for the office, and what anybody may ask of one."""

from __future__ import annotations

import io
import json
import unicodedata

import pypdf
import pytest

from app import scope
from app.domain import receipts
from app.exports import pdf
from app.extensions import db, transaction
from app.models import HandIn
from tests.person import REPORT

on_both_databases = "where marked"


@pytest.fixture
def receipt(app, reporter) -> HandIn:
    reporter.report_everything()
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    return latest(app)


def latest(app) -> HandIn:
    with app.app_context(), scope.whole_country("a test looks"):
        return db.session.query(HandIn).order_by(HandIn.id.desc()).first()


def verdict(person, number: str, code: str) -> str:
    return person.page(f"/verify/{number}/{code}").xpath("//*[contains(@class, 'verdict')]//b/text()")[0]


def words(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_a_receipt_names_round_office_indicator_level_files_time_and_who(reporter, receipt):
    text = words(reporter.page(f"/receipts/{receipt.receipt_number}").text_content())
    for shown in (
        "QP66-6-3603-1",
        "รอบ 6 เดือน",
        "2566",
        "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาชัยภูมิ เขต 3",
        "QP-1",
        "4 ดีมาก",
        "หลักฐาน.pdf",
        receipt.content["evidence"][0]["sha256"][:16],
        "ศุกร์ 20 พ.ย. 2569 เวลา 10.00 น.",
        "ผู้รายงาน สาธิต",
        receipt.code,
    ):
        assert words(shown) in text, shown


def test_the_pdf_carries_the_same_words_as_readable_thai_and_fetches_nothing(reporter, receipt):
    answer = reporter.get(f"/receipts/{receipt.receipt_number}.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "private, no-store"
    document = pypdf.PdfReader(io.BytesIO(answer.data))
    text = words("".join(page.extract_text() for page in document.pages))
    for shown in ("ใบรับรายงาน", "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาชัยภูมิ", "QP66-6-3603-1", receipt.code, "การบริหารสถานการณ์"):
        assert words(shown) in text, shown
    fonts = {font for page in document.pages for font in page["/Resources"]["/Font"]}
    assert fonts


def test_text_that_a_person_entered_cannot_make_the_pdf_fetch_anything(monkeypatch):
    asked = []
    from weasyprint.urls import URLFetcher

    original = URLFetcher.fetch
    monkeypatch.setattr(URLFetcher, "fetch", lambda self, url, headers=None: asked.append(url) or original(self, url, headers))
    page = (
        '<html lang="th"><title>x</title><img src="http://127.0.0.1:1/x"><img src="file:///etc/passwd"><p>น้ำ ป่า ทั้งสิ้น</p></html>'
    )
    assert pdf.write(page).startswith(b"%PDF")
    assert all("/sarabun/pdf/" in url for url in asked), asked


def test_where_the_machine_cannot_make_pdfs_the_page_says_so_and_can_be_printed(reporter, receipt, monkeypatch):
    monkeypatch.setattr(pdf, "write", lambda html: (_ for _ in ()).throw(pdf.PdfUnavailable))
    answer = reporter.get(f"/receipts/{receipt.receipt_number}.pdf", follow_redirects=True)
    assert answer.status_code == 200
    assert "ใช้การพิมพ์จากหน้านี้แทน" in answer.text


def test_anybody_learns_that_a_receipt_is_genuine_and_nothing_more(stranger, receipt):
    assert verdict(stranger, receipt.receipt_number, receipt.code) == "เป็นใบรับจริง"
    page = stranger.page(f"/verify/{receipt.receipt_number}/{receipt.code}").text_content()
    for hidden in ("ชัยภูมิ", "หลักฐาน.pdf", "ดีมาก", "สาธิต", receipt.signature, "10.01"):
        assert hidden not in page.replace("บัญชีสาธิต", "")


def test_the_code_is_taken_as_people_type_it(stranger, receipt):
    typed = receipt.code.replace("-", " ").lower().replace("o", "0")
    answer = stranger.get(
        "/verify/", query_string={"number": f" {receipt.receipt_number.lower()} ", "code": typed}, follow_redirects=True
    )
    assert "เป็นใบรับจริง" in answer.text


@pytest.mark.postgresql
def test_a_number_with_a_small_letter_is_found_as_it_is_typed(app, reporter, stranger):
    report = "/reports/2566-6/P-CPM-3/QP-6a"
    reporter.report_everything(report)
    assert reporter.post(f"{report}/submit").status_code == 303
    found = latest(app)
    assert found.receipt_number == "QP66-6-3603-6a"
    for typed in (found.receipt_number, found.receipt_number.upper()):
        answer = stranger.get("/verify/", query_string={"number": typed, "code": found.code}, follow_redirects=True)
        assert "เป็นใบรับจริง" in answer.text, typed


@pytest.mark.postgresql
def test_an_old_page_sent_again_after_an_edit_is_a_new_hand_in(app, reporter):
    reporter.report_everything()
    reporter.post(f"{REPORT}/submit", {"idempotency_key": "page one"})
    version = int(reporter.page(REPORT).xpath("//input[@name='version.problems']/@value")[0])
    reporter.patch(REPORT, {"problems": ("แก้แล้ว", version)})
    assert reporter.post(f"{REPORT}/submit", {"idempotency_key": "page one"}).status_code == 303
    assert latest(app).receipt_number == "QP66-6-3603-1-2"
    assert latest(app).content["fields"]["problems"] == "แก้แล้ว"


@pytest.mark.postgresql
def test_a_receipt_from_before_signatures_still_opens(app, reporter, receipt):
    with app.app_context(), scope.whole_country("as it was"), transaction():
        row = db.session.get(HandIn, receipt.id)
        row.content = {key: row.content[key] for key in ("fields", "evidence")}
        row.code = row.key_id = row.signature = ""
    assert reporter.get(f"/receipts/{receipt.receipt_number}").status_code == 200
    assert reporter.get(f"/receipts/{receipt.receipt_number}.pdf").data.startswith(b"%PDF")


def test_a_report_submitted_again_makes_the_earlier_receipt_replaced(app, reporter, stranger, receipt):
    version = int(reporter.page(REPORT).xpath("//input[@name='version.problems']/@value")[0])
    reporter.patch(REPORT, {"problems": ("แก้แล้ว", version)})
    reporter.post(f"{REPORT}/submit")
    later = latest(app)
    assert later.receipt_number == "QP66-6-3603-1-2"
    assert verdict(stranger, receipt.receipt_number, receipt.code) == "เป็นใบรับจริง แต่มีฉบับใหม่แทนแล้ว"
    assert verdict(stranger, later.receipt_number, later.code) == "เป็นใบรับจริง"
    assert "ใบรับที่ใช้คือ" in reporter.page(f"/receipts/{receipt.receipt_number}").text_content()


@pytest.mark.parametrize("code", ["AAAA-AAAA-AAAA-AAAA", "x", "ก" * 70, "-"])
def test_a_wrong_code_is_not_genuine(stranger, receipt, code):
    assert verdict(stranger, receipt.receipt_number, code) == "ไม่ใช่ใบรับจริง"


def test_an_unknown_number_reads_exactly_like_a_wrong_code(stranger, receipt):
    unknown = stranger.page(f"/verify/QP66-6-3603-9/{receipt.code}").xpath("//*[contains(@class, 'verdict')]")[0].text_content()
    wrong = stranger.page(f"/verify/{receipt.receipt_number}/AAAA").xpath("//*[contains(@class, 'verdict')]")[0].text_content()
    assert unknown == wrong


@pytest.mark.postgresql
@pytest.mark.parametrize("what", ["level", "file name", "hash", "time", "who"])
def test_a_receipt_whose_stored_content_was_altered_is_not_genuine(app, stranger, receipt, what):
    with app.app_context(), scope.whole_country("somebody with the database in hand"), transaction():
        row = db.session.get(HandIn, receipt.id)
        content = json.loads(json.dumps(row.content))
        if what == "level":
            content["fields"]["self_level"] = "5"
        elif what == "file name":
            content["evidence"][0]["name"] = "อื่น.pdf"
        elif what == "hash":
            content["evidence"][0]["sha256"] = "0" * 64
        elif what == "time":
            row.handed_in_at = row.handed_in_at.replace(year=2025)
        else:
            row.handed_in_by_name = "ผู้อื่น"
        row.content = content
    assert verdict(stranger, receipt.receipt_number, receipt.code) == "ไม่ใช่ใบรับจริง"


def test_a_receipt_of_another_office_does_not_exist(sign_in, receipt):
    other = sign_in("reporter.p-cpm-2")
    for address in (
        f"/receipts/{receipt.receipt_number}",
        f"/receipts/{receipt.receipt_number}.pdf",
        "/receipts/QP66-6-9999-1",
    ):
        assert other.get(address).status_code == 404


def test_the_same_content_always_gives_the_same_bytes_to_sign():
    assert receipts.signed_text({"b": 1, "a": {"ข": 2, "ก": 1}}) == receipts.signed_text({"a": {"ก": 1, "ข": 2}, "b": 1})
    assert receipts.code_of("x") == receipts.code_of("x") != receipts.code_of("y")
    assert len(receipts.code_of("x")) == 19
