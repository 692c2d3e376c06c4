"""The pages of inspections: the office's report from begun to sent, the centre's board, the recommendations until they are closed."""

from __future__ import annotations

import io
import unicodedata
import zipfile

import pytest
from docx import Document
from openpyxl import load_workbook
from pypdf import PdfReader

from app.extensions import db, transaction
from app.models import Area, Inspection, Recommendation, Sheet
from app.scope import whole_country
from tests.inspections import CODE, FILLED, HERE, ISSUE, ask_few, begin, check_all, fill, sheet_of
from tests.person import Person, one_page_pdf
from tests.views.test_statements import cost

RECOMMENDATION = {
    "text": "ให้จัดทำแผนเผชิญเหตุทุกโรงเรียน",
    "issue_code": "1.1",
    "concerned": "กลุ่มส่งเสริมการจัดการศึกษา",
    "received_on": "18/11/2569",
    "due_on": "25/11/2569",
}


@pytest.fixture
def coordinator(sign_in) -> Person:
    person: Person = sign_in("coordinator.p-cpm-3")
    return person


@pytest.fixture
def director(sign_in) -> Person:
    person: Person = sign_in("director.p-cpm-3")
    return person


def words(page) -> str:
    return " ".join(page.text_content().split())


def plain(text: str) -> str:
    """Text without spaces, its signs as a PDF gives them back."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def recommend(person: Person, **changed: object) -> str:
    answer = person.post(f"{HERE}/recommendations", RECOMMENDATION | changed)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_an_office_sees_what_is_announced_and_concerns_it_and_begins_by_a_press(app, reporter):
    page = reporter.page("/inspections/")
    assert page.xpath("//tr[@data-inspection]/@data-inspection") == [CODE]
    assert reporter.get("/inspections/2566-2/P-CPM-3/").status_code == 404
    before = reporter.page(f"{HERE}/")
    assert len(before.xpath("//tr[@data-issue]")) == 9
    assert before.xpath("//form[contains(@action, '/begin')]")
    assert reporter.page(ISSUE).xpath("//form[contains(@action, '/begin')]")
    with app.app_context(), whole_country("a test looks"):
        assert db.session.query(Sheet).count() == 0, "looking begins nothing"
    assert reporter.post(f"{HERE}/begin", {"issue": "1.1"}).headers["Location"].endswith("/1.1")
    assert reporter.page(ISSUE).xpath("//input[@name='reporter_name']/@value") == ["ผู้รายงาน สาธิต"]


def test_what_is_typed_is_saved_and_the_percent_is_reckoned(reporter):
    begin(reporter)
    answer = fill(reporter, ISSUE, FILLED)
    assert answer.status_code == 200, answer.text
    assert answer.json["missing"] == []
    assert "75" in answer.json["html"]["percent"]
    assert "75" in words(reporter.page(ISSUE).xpath("//*[@data-percent]")[0])
    refused = reporter.patch(ISSUE, {"result": ("อื่น", 0), "reporter_phone": ("12", 1)})
    assert refused.status_code == 409
    assert set(refused.json["conflicts"]) == {"result"}
    assert set(refused.json["errors"]) == {"reporter_phone"}


def test_an_issue_with_gaps_is_not_handed_over_and_says_where_they_are(reporter):
    begin(reporter)
    answer = reporter.post(
        ISSUE, {"for": f"sheet/{sheet_of(reporter.app, '1.1')}", "version.result": "0", "result": "ผล", "then": "send"}
    )
    assert answer.status_code == 422
    page = reporter.page(f"{ISSUE}?check=1")
    assert len(page.xpath("//div[contains(@class, 'errsum')]//a")) == 3
    assert all(
        page.get_element_by_id(link.removeprefix("#")) is not None
        for link in page.xpath("//div[contains(@class, 'errsum')]//a/@href")
    )


def test_the_whole_way_from_begun_to_sent(app, reporter, coordinator, director):
    ask_few(app)
    begin(reporter)
    early = coordinator.post(f"{HERE}/moves/propose")
    assert early.status_code == 422
    check_all(app, reporter, coordinator)
    place = {"for": f"sheet/{sheet_of(app)}"}
    answer = coordinator.post(f"{HERE}/", place | {"version.summary": "0", "summary": "สรุปผลการดำเนินงาน", "then": "propose"})
    assert answer.status_code == 303, answer.text
    assert coordinator.post(f"{HERE}/moves/endorse").status_code == 403
    page = director.page(f"{HERE}/")
    assert page.xpath("//form[contains(@action, 'moves/endorse')]")
    assert director.post(f"{HERE}/moves/return", {"reason": ""}).status_code == 422
    assert director.post(f"{HERE}/moves/endorse").status_code == 303
    missing = coordinator.post(f"{HERE}/moves/send")
    assert missing.status_code == 422
    letter = {
        "version.letter_number": "0",
        "letter_number": "ศธ 04030/77",
        "version.letter_day": "0",
        "letter_day": "20/11/2569",
    }
    assert coordinator.post(f"{HERE}/", place | letter | {"then": "send"}).status_code == 303
    page = reporter.page(f"{HERE}/")
    assert page.xpath("//*[@data-state='sent']")
    assert "ศธ 04030/77" in words(page)
    assert fill(reporter, f"{HERE}/", {"visit_place": "ห้องประชุม"}).status_code == 200


def test_a_file_sent_in_e_mes_on_the_same_topic_is_offered_and_used_with_one_press(app, reporter, director):
    reporter.patch("/reports/2566-6/P-CPM-3/QP-1", {"problems": ("ครูไม่ครบชั้น", 0), "self_level": ("4", 0)})
    reporter.upload("criterion.1", ("แผนความปลอดภัย.pdf", one_page_pdf()))
    begin(reporter)
    page = reporter.page(ISSUE)
    assert "ครูไม่ครบชั้น" in words(page)
    source = page.xpath("//button[@form='use-evidence']/@value")
    assert len(source) == 1
    sheet_id = sheet_of(app, "1.1")
    used = reporter.post(f"/sheets/{sheet_id}/files", {"for": f"sheet/{sheet_id}", "slot": "evidence", "source": source[0]})
    assert used.status_code == 303
    assert reporter.page(ISSUE).xpath("//*[@data-slot='evidence']//*[@class='nm']/a/text()") == ["แผนความปลอดภัย.pdf"]
    assert "ครูไม่ครบชั้น" in words(director.page(ISSUE))


def test_what_an_office_said_in_e_mes_is_shown_to_nobody_else(reporter, sign_in):
    reporter.patch("/reports/2566-6/P-CPM-3/QP-1", {"problems": ("ครูไม่ครบชั้น", 0), "self_level": ("4", 0)})
    begin(reporter)
    for name in ("central", "evaluator1", "analyst"):
        assert "ครูไม่ครบชั้น" not in sign_in(name).get(ISSUE).text, name
    assert sign_in("coordinator.p-cpm-2").get(ISSUE).status_code == 404


def test_another_offices_report_and_recommendations_do_not_exist(reporter, coordinator, sign_in):
    begin(reporter)
    path = recommend(coordinator)
    other = sign_in("coordinator.p-cpm-2")
    for address in (
        f"{HERE}/",
        ISSUE,
        f"{HERE}/report.pdf",
        f"{HERE}/report.docx",
        path,
        f"{path}/edit",
        "/recommendations/P-CPM-3/",
        "/recommendations/P-CPM-3/list.xlsx",
    ):
        assert other.get(address).status_code == 404, address
    for address in (
        f"{HERE}/begin",
        f"{HERE}/moves/propose",
        f"{ISSUE}/moves/send",
        f"{path}/moves/close",
        f"{HERE}/recommendations",
    ):
        assert other.post(address, RECOMMENDATION).status_code == 404, address
    assert other.patch(ISSUE, {"result": ("x", 0)}).status_code == 404


def test_the_centre_announces_and_looks_at_every_office(app, central, sign_in):
    assert [*central.page("/inspections/").xpath("//tr[@data-inspection]/@data-inspection")] == ["2566-2", CODE]
    page = central.page("/inspections/2566-2/")
    assert page.xpath("//form[contains(@action, '/announce')]")
    assert central.post("/inspections/2566-2/announce").status_code == 303
    assert central.post("/inspections/2566-2/announce").status_code == 409
    assert sign_in("reporter.p-cpm-3").post("/inspections/2566-2/announce").status_code in (302, 403)
    assert sign_in("reporter.p-cpm-3").get("/inspections/2566-2/P-CPM-3/").status_code == 200


def test_the_board_is_narrowed_paged_and_taken_as_a_workbook(app, reporter, central):
    begin(reporter)
    page = central.page(f"/inspections/{CODE}/")
    assert len(page.xpath("//tr[@data-area]")) == 50
    narrowed = central.page(f"/inspections/{CODE}/?q=ชัยภูมิ&kind=primary")
    assert narrowed.xpath("//tr[@data-area]/@data-area") == ["P-CPM-1", "P-CPM-2", "P-CPM-3"]
    assert central.page(f"/inspections/{CODE}/?state=gathering").xpath("//tr[@data-area]/@data-area") == ["P-CPM-3"]
    assert len(central.page(f"/inspections/{CODE}/?state=not_begun&page=5").xpath("//tr[@data-area]")) == 44
    book = load_workbook(io.BytesIO(central.get(f"/inspections/{CODE}/board.xlsx?q=ชัยภูมิ").data))
    rows = list(book.active.iter_rows(min_row=3, values_only=True))
    assert [row[1] for row in rows] == ["P-CPM-1", "P-CPM-2", "P-CPM-3", "S-CPM"]
    assert reporter.get(f"/inspections/{CODE}/").headers["Location"].endswith("/P-CPM-3/")
    assert reporter.get(f"/inspections/{CODE}/board.xlsx").status_code in (302, 403)


def test_an_inspection_of_one_cluster_has_only_its_offices(app, central):
    with app.app_context(), transaction():
        db.session.query(Inspection).filter_by(code=CODE).one().cluster = 13
    with app.app_context():
        inside = {row.code for row in db.session.query(Area).filter_by(inspection_cluster=13)}
    found = set(central.page(f"/inspections/{CODE}/").xpath("//tr[@data-area]/@data-area"))
    assert found == inside


def test_a_recommendation_is_entered_answered_with_evidence_and_closed(app, reporter, coordinator, director):
    begin(reporter)
    path = recommend(coordinator)
    assert reporter.post(f"{path}/moves/start").status_code == 303
    early = reporter.post(f"{path}/moves/finish")
    assert early.status_code == 422
    assert fill(reporter, path, {"response": "จัดทำแผนครบทุกโรงเรียนแล้ว"}).status_code == 200
    assert reporter.post(f"{path}/moves/finish").status_code == 303
    assert reporter.post(f"{path}/moves/close").status_code == 403
    assert coordinator.post(f"{path}/moves/close").status_code == 303
    assert "closed" in director.page(path).xpath("//*[@data-state]/@data-state")
    listed = director.page("/recommendations/P-CPM-3/?state=closed")
    assert listed.xpath("//tr[@data-number]/@data-number") == ["1"]


def test_a_recommendation_that_does_not_fit_stays_on_the_page_with_the_reason(coordinator, reporter):
    for changed in ({"text": " "}, {"received_on": ""}, {"due_on": "1/11/2569"}, {"due_on": "เมื่อวาน"}, {"issue_code": "9.9"}):
        answer = coordinator.post(f"{HERE}/recommendations", RECOMMENDATION | changed)
        assert answer.status_code == 422, changed
        assert "errsum" in answer.text, changed
    assert reporter.get(f"{HERE}/recommendations/new").status_code in (302, 403)
    path = recommend(coordinator)
    mended = RECOMMENDATION | {"text": "ถ้อยคำใหม่", "due_on": ""}
    assert coordinator.post(f"{path}/edit", mended).status_code == 303
    page = coordinator.page(path)
    assert "ถ้อยคำใหม่" in words(page)
    history = words(coordinator.page(page.xpath("//a[contains(@href, '/history')]/@href")[0]))
    assert "“ข้อเสนอแนะ”" in history and "“กำหนดตอบภายใน” " in history and "25 พ.ย. 2569" in history


def test_the_follow_up_list_shows_what_is_overdue_and_leaves_as_a_workbook(app, coordinator, central):
    recommend(coordinator, due_on="19/11/2569")
    recommend(coordinator, text="=1+1", due_on="")
    page = coordinator.page("/recommendations/P-CPM-3/?state=overdue")
    assert page.xpath("//tr[@data-number]/@data-number") == ["1"]
    book = load_workbook(io.BytesIO(coordinator.get("/recommendations/P-CPM-3/list.xlsx").data))
    cells = [row[3] for row in book.active.iter_rows(min_row=3)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(RECOMMENDATION["text"], "s"), ("=1+1", "s")]
    assert central.page("/recommendations/").xpath("//tr[@data-area]/@data-area") == ["P-CPM-3"]
    assert coordinator.get("/recommendations/").headers["Location"].endswith("/recommendations/P-CPM-3/")


def test_the_paper_says_the_same_as_pdf_and_as_document(app, reporter, coordinator):
    ask_few(app)
    begin(reporter)
    fill(reporter, ISSUE, FILLED | {"result": "บรรทัดหนึ่ง\nบรรทัดสอง", "suggestions_policy": "ขอให้สนับสนุนงบประมาณ"})
    fill(coordinator, f"{HERE}/", {"summary": "สรุปผลการดำเนินงานของเขตพื้นที่"})
    recommend(coordinator)
    said = ["สรุปผลการดำเนินงานของเขตพื้นที่", "ขอให้สนับสนุนงบประมาณ", "บรรทัดสอง", RECOMMENDATION["text"]]
    document = reporter.get(f"{HERE}/report.docx")
    assert document.mimetype.endswith("wordprocessingml.document")
    found = Document(io.BytesIO(document.data))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(paragraph.text for paragraph in found.paragraphs), *cells])
    assert all(one in text for one in said)
    assert "75" in cells
    with zipfile.ZipFile(io.BytesIO(document.data)) as archive:
        styles = archive.read("word/styles.xml").decode()
        assert styles.count("TH Sarabun New") >= 12
        assert 'w:bidi="th-TH"' in styles
        assert "python-docx" not in archive.read("docProps/core.xml").decode()
    pages = PdfReader(io.BytesIO(reporter.get(f"{HERE}/report.pdf").data)).pages
    drawn = plain("".join(page.extract_text() for page in pages))
    assert all(plain(one) in drawn for one in said)


def test_before_it_is_begun_there_is_no_paper(reporter):
    assert reporter.get(f"{HERE}/report.docx").status_code == 404


def test_the_pages_of_an_office_cost_the_same_empty_and_full(app, reporter, coordinator):
    before = cost(reporter, f"{HERE}/"), cost(reporter, ISSUE)
    reporter.report_everything()
    begin(reporter)
    fill(reporter, ISSUE, FILLED)
    path = recommend(coordinator)
    for _ in range(5):
        recommend(coordinator, owners=[])
    paths = ["/inspections/", f"{HERE}/", ISSUE, path, "/recommendations/P-CPM-3/"]
    costs = {address: cost(reporter, address) for address in paths}
    assert max([*before, *costs.values()]) <= 8, costs
    assert cost(coordinator, f"{HERE}/") <= 8


def test_the_boards_of_the_centre_cost_the_same_for_few_and_many_offices(app, reporter, central):
    begin(reporter)
    many = {address: cost(central, address) for address in ("/inspections/", f"/inspections/{CODE}/", "/recommendations/")}
    few = cost(central, f"/inspections/{CODE}/?q=ชัยภูมิ")
    assert max(many.values()) <= 12, many
    assert few == many[f"/inspections/{CODE}/"]


def test_a_page_opened_for_one_issue_saves_nothing_into_another(reporter, app):
    begin(reporter)
    wrong = {"for": f"sheet/{sheet_of(app, '2.1')}", "version.result": "0", "result": "ผิดที่"}
    assert reporter.post(ISSUE, wrong).status_code == 409
    assert "ผิดที่" not in words(reporter.page(ISSUE))


def test_numbers_of_other_rows_are_no_way_in(reporter, coordinator):
    begin(reporter)
    recommend(coordinator)
    for number in ("0", "2", "99999999999999999999", "x"):
        assert reporter.get(f"{HERE}/recommendations/{number}").status_code == 404, number
    assert reporter.post(f"{ISSUE}/moves/explode").status_code == 404
    assert reporter.get(f"{HERE}/9.9").status_code == 404
    with reporter.app.app_context(), whole_country("a test looks"):
        assert db.session.query(Recommendation).count() == 1


def hrefs(person: Person, job: str = "inspections") -> list[str]:
    """What waits for a person, in the order of the page."""
    return person.page(f"/my-work/?job={job}").xpath("//ul[@class='work']//a/@href")


def test_ones_own_work_knows_whose_turn_it_is(app, reporter, coordinator, director):
    ask_few(app)
    assert (hrefs(reporter), hrefs(coordinator)) == ([], [f"{HERE}/"])
    begin(reporter)
    person = coordinator.page(f"/sheets/{sheet_of(app, '1.1')}/owners").xpath("//label[contains(., 'ผู้รายงาน')]/@for")[0]
    assert coordinator.post(f"/sheets/{sheet_of(app, '1.1')}/owners", {"person": person.rpartition("-")[2]}).status_code == 303
    assert hrefs(reporter) == [ISSUE]
    fill(reporter, ISSUE, FILLED)
    reporter.post(f"{ISSUE}/moves/send")
    assert (hrefs(reporter), hrefs(coordinator)) == ([], [f"{HERE}/"])
    coordinator.post(f"{ISSUE}/moves/check")
    check_all(app, reporter, coordinator, ("2.3", "3.2"))
    fill(coordinator, f"{HERE}/", {"summary": "สรุป"})
    assert hrefs(director) == []
    coordinator.post(f"{HERE}/moves/propose")
    assert (hrefs(director), hrefs(coordinator)) == ([f"{HERE}/"], [])
    path = recommend(coordinator, owners=[person.rpartition("-")[2]])
    assert hrefs(reporter) == [path]
    fill(reporter, path, {"response": "ทำแล้ว"})
    reporter.post(f"{path}/moves/finish")
    assert (hrefs(reporter), hrefs(coordinator)) == ([], [path])


def test_the_calendar_has_the_dates_of_an_inspection_its_visit_and_its_answers(reporter, coordinator, central):
    begin(reporter)
    recommend(coordinator)
    fill(coordinator, f"{HERE}/", {"visit_from": "24/11/2569"})
    page = coordinator.page("/my-work/calendar?month=2026-11")
    assert {f"{HERE}/", f"{HERE}/recommendations/1"} <= set(page.xpath("//td//a/@href"))
    days = {time.get("datetime"): " ".join(time.getparent().text_content().split()) for time in page.xpath("//td/time")}
    assert "การรับการตรวจ" in days["2026-11-24"]
    assert "กำหนดตอบข้อเสนอแนะ" in days["2026-11-25"]
    assert f"/inspections/{CODE}/" in central.page("/my-work/calendar?month=2026-12").xpath("//td//a/@href")
