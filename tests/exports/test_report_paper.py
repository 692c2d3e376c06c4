"""Reports on paper: what was handed in can be copied out of the PDF as it was written, and nothing that people write breaks a page."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace
from typing import Any

import lxml.html
import pypdfium2
import pytest
from flask_babel import force_locale
from pypdf import PdfReader

from app.exports import report_paper
from app.queries.archive import Dossier, Line, SentFile, Sheet
from tests.conftest import NOW

ROUND = {"code": "2566-6", "name_th": "รอบ 6 เดือน", "name_en": "6 months", "fiscal_year_be": 2566, "is_rehearsal": False}
AREA = {"code": "P-CPM-3", "name_th": "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาชัยภูมิ เขต 3", "name_en": "Chaiyaphum 3"}
ASKED = {
    "indicators": [{"text_th": "ระดับความสำเร็จของการนำผล RT หรือ NT ไปใช้", "text_en": "Use of RT and NT"}],
    "criteria": [
        {"number": "1", "text_th": "มีการวิเคราะห์ผลน้ำหนักคะแนน", "evidence_th": "รายงานผลการวิเคราะห์"},
        {"number": "2", "text_th": "จัดทำแผนยกระดับคุณภาพ", "evidence_th": "แผนยกระดับ"},
        {"number": "3", "text_th": "ข้อที่เลิกใช้แล้ว", "active": "no"},
    ],
    "levels": [{"level": "4", "text_th": "ดำเนินการครบถ้วนตามประเด็นที่ 1–4"}],
    "quantities": [
        {"key": "schools", "label_th": "จำนวนสถานศึกษาทั้งหมด", "unit_th": "แห่ง"},
        {"key": "mean", "label_th": "คะแนนเฉลี่ย", "unit_th": "ร้อยละ"},
    ],
}
FIELDS = {
    "criterion.1.complete": "true",
    "is_challenge": "true",
    "quantity.schools": "1234",
    "problems": "ไม่มีสัญญาณอินเทอร์เน็ตในบางพื้นที่\nครูย้ายระหว่างปี",
    "self_level": "4",
    "reporter_name": "นางสาวสมใจ น้ำใจงาม",
    "reporter_position": "ศึกษานิเทศก์ชำนาญการพิเศษ",
    "reporter_phone": "0812345678",
}
FILES = (
    SentFile("1", "criterion.1", "คำสั่งแต่งตั้งคณะกรรมการ.pdf", 600_000, "ab12cd34ef56" + "0" * 52, "หน้า 4", 12),
    SentFile("2", "criterion.2", "แผน.docx", 40_000, "1" * 64),
    SentFile("3", "pa.lesson", "ถอดบทเรียน.pdf", 900, "2" * 64, "", 1),
)
SHEET = Sheet(
    round=ROUND,
    area=AREA,
    full_code="QP-4",
    asked=ASKED,
    receipt_number="QP66-6-3603-4",
    code="SY6S-RL2Y-XBKK-FFJX",
    handed_in_at=NOW,
    handed_in_by="นายส่ง รายงาน",
    timing="late",
    fields=FIELDS,
    files=FILES,
)
LONG = "ก" * 2000
HOSTILE = [
    LONG,
    "W" * 2000,
    "เเ้้้้้" * 300,
    "👩‍👩‍👧‍👦🏳️‍🌈" * 100,
    "a\x00b\x07c\ud800d\uffff",
    "\u202eกลับด้าน\u202d" * 50,
    "</p></body><script>alert(1)</script><img src=file:///etc/passwd>",
    "\n" * 1999 + "จบ",
    "​" * 500,
    "{{ 7 * 7 }} %(x)s %s",
]


@pytest.fixture(scope="module")
def by() -> report_paper.Press:
    return report_paper.press()


@pytest.fixture
def thai(app):
    """As the worker draws: in Thai, with the configured address."""
    with app.app_context(), app.test_request_context(base_url="http://localhost"), force_locale("th"):
        yield


def squeezed(text: str) -> str:
    """Without what the lines of a page add: spaces, breaks, soft hyphens."""
    return re.sub(r"[\s\u00ad\ufffe\u200b]+", "", unicodedata.normalize("NFKC", text))


def text_of(made: bytes) -> str:
    document = pypdfium2.PdfDocument(made)
    return "".join(page.get_textpage().get_text_range() for page in document)


def pages_of(made: bytes) -> int:
    return len(pypdfium2.PdfDocument(made))


def dossier(*sheets: Sheet, asked: int = 12) -> Dossier:
    lines = [Line(sheet.full_code, "ตัวชี้วัดที่ส่ง", "", sheet) for sheet in sheets]
    lines += [Line(f"QP-{number}", "ตัวชี้วัดที่ยังไม่ส่ง", "", None) for number in range(asked - len(sheets))]
    return Dossier(ROUND, AREA, "สพป.ชัยภูมิ เขต 3", NOW, tuple(lines))


def test_every_word_of_the_report_is_copied_out_as_it_was_written(thai, by):
    copied = squeezed(text_of(report_paper.draw_report(SHEET, by)))
    wanted: list[Any] = [
        *(value for key, value in FIELDS.items() if key.startswith(("problems", "reporter_n", "reporter_pos"))),
        *(cells["text_th"] for cells in [*ASKED["indicators"], *ASKED["criteria"][:2], *ASKED["levels"]]),
        *(cells["evidence_th"] for cells in ASKED["criteria"][:2]),
        *(cells[name] for cells in ASKED["quantities"] for name in ("label_th", "unit_th")),
        *(file.name for file in FILES),
        *(file.sha256[:12] for file in FILES),
        *(SHEET.receipt_number, SHEET.code, SHEET.handed_in_by, AREA["name_th"], "รอบ 6 เดือน", "2566-6"),
        *("1,234", "0.6 MB", "หน้า 4", "ส่งหลังกำหนด", "ศุกร์ 20 พ.ย. 2569 เวลา 10.00 น.", "ระดับ 4 ดีมาก"),
    ]
    assert [text for text in wanted if squeezed(text) not in copied] == []
    assert "0812345678" not in copied and "081-234-5678" not in copied, "a telephone number is nobody else's business"
    assert "ข้อที่เลิกใช้แล้ว" not in copied


def test_the_text_is_copied_in_the_order_of_reading(thai, by):
    copied = squeezed(text_of(report_paper.draw_report(SHEET, by)))
    order = [
        *("ตัวชี้วัด QP-4", "เขต 3 (P-CPM-3)", "ผู้ส่ง", "มีการวิเคราะห์ผลน้ำหนักคะแนน", "ยืนยันว่าครบแล้ว", "คำสั่งแต่งตั้งคณะกรรมการ.pdf"),
        *("จัดทำแผนยกระดับคุณภาพ", "แผน.docx", "ถอดบทเรียน.pdf", "จำนวนสถานศึกษาทั้งหมด", "ไม่มีสัญญาณ", "ดำเนินการครบถ้วน", "น้ำใจงาม"),
    ]
    places = [copied.index(squeezed(text)) for text in order]
    assert places == sorted(places)


def test_nothing_in_the_source_is_missing_in_the_copy(thai, by):
    source = lxml.html.fromstring(report_paper.office_page(dossier(SHEET)))
    copied = squeezed(text_of(report_paper.draw_office(dossier(SHEET), by)))
    pieces = [squeezed(text) for text in source.xpath("//body//text()") if squeezed(text)]
    assert len(pieces) > 60
    assert [piece for piece in pieces if piece not in copied] == []


def test_each_page_names_the_receipt_and_says_which_of_how_many_it_is(thai, by):
    made = pypdfium2.PdfDocument(report_paper.draw_report(replace(SHEET, fields=FIELDS | {"problems": LONG}), by))
    assert len(made) > 1
    for number, page in enumerate(made, start=1):
        text = page.get_textpage().get_text_range()
        assert f"{number} / {len(made)}" in text
        assert SHEET.receipt_number in text
        assert SHEET.code in text


def test_what_was_said_of_each_issue_stands_beside_it(thai):
    page = lxml.html.fromstring(report_paper.report_page(SHEET))
    states = [" ".join(found.text_content().split()) for found in page.xpath("//*[contains(@class, 'state')]")]
    assert states == ["ยืนยันว่าครบแล้ว", "ยังไม่ยืนยันว่าครบ"]
    sizes = [row.xpath("string(td[2])") for row in page.xpath("//table[@class='sent']/tbody/tr")]
    assert sizes == ["12", "–", "1"]


def test_a_file_for_what_the_indicator_does_not_ask_is_not_lost(thai):
    stray = replace(SHEET, files=(*FILES, SentFile("4", "criterion.9", "หลงมา.pdf", 5, "3" * 64)))
    assert "หลงมา.pdf" in report_paper.report_page(stray)
    assert "ไฟล์อื่น" in report_paper.report_page(stray)
    assert "ไฟล์อื่น" not in report_paper.report_page(SHEET)


def test_an_empty_report_without_a_code_is_a_page_too(thai, by):
    bare = replace(SHEET, code="", fields={}, files=(), asked={"indicators": ASKED["indicators"]})
    assert pages_of(report_paper.draw_report(bare, by)) == 1
    assert "verify" not in report_paper.report_page(bare)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_people_write_no_page_breaks(thai, by, text):
    """In every place at once; the reporter's line still stands at the end, inside the page."""
    one_line = text[:160].replace("\n", " ")
    hostile = replace(
        SHEET,
        fields=FIELDS | {"problems": text, "reporter_name": one_line},
        files=(replace(FILES[0], name=f"{one_line}.pdf", place=one_line[:60]),),
        handed_in_by=one_line,
    )
    made = report_paper.draw_report(hostile, by)
    document = pypdfium2.PdfDocument(made)
    assert 1 <= len(document) <= 80
    assert squeezed("ศึกษานิเทศก์ชำนาญการพิเศษ") in squeezed(text_of(made))
    for page in document:
        found = page.get_textpage()
        width, height = page.get_size()
        for index in range(0, found.count_chars(), 7):
            left, bottom, right, top = found.get_charbox(index)
            assert left >= -1 and right <= width + 1, (index, left, right)
            assert bottom >= -1 and top <= height + 1


def test_an_offices_paper_begins_with_what_was_asked_and_came_and_has_bookmarks(thai, by):
    second = replace(SHEET, full_code="QP-5", receipt_number="QP66-6-3603-5")
    made = report_paper.draw_office(dossier(SHEET, second), by)
    cover = squeezed(pypdfium2.PdfDocument(made)[0].get_textpage().get_text_range())
    assert "ส่งแล้ว2จาก12รายงาน" in cover
    assert cover.count("ยังไม่ส่ง") == 20, "ten lines, named in the wording as well"
    assert all(number in cover for number in ("QP66-6-3603-4", "QP66-6-3603-5"))
    outline = [entry for entry in PdfReader(io.BytesIO(made)).outline if not isinstance(entry, list)]
    assert [entry.title.split()[0] for entry in outline] == ["หน้าปก", "QP-4", "QP-5"]


def test_the_paper_is_in_the_readers_language(app, by):
    with app.app_context(), app.test_request_context(base_url="http://localhost"), force_locale("en"):
        text = squeezed(text_of(report_paper.draw_report(SHEET, by)))
    assert squeezed("Report as it was handed in") in text
    assert squeezed("Fri 20 Nov 2026, 10:00") in text
    assert squeezed("Use of RT and NT") in text
