"""The page of results: who finds it when, what it says, acknowledging, the list of the centre."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from app.extensions import db, transaction
from app.models import Acknowledgement, Area, Change, ReviewPlan, Round
from tests.conftest import NOW
from tests.person import Person
from tests.results import DAY, Given, put_earlier_round, put_release
from tests.services.doing import looking
from tests.views.test_statements import cost

on_both_databases = "where marked"
PAGE = "/results/2566-6/P-CPM-3/"
OTHER = "/results/2566-6/P-CPM-2/"
LOW = Given(
    2,
    4,
    "ส่งไฟล์ที่เปิดได้",
    {"1": {"verdict": "complete", "note": ""}, "2": {"verdict": "not_found", "note": "ไม่พบข้อมูลก่อน–หลัง"}},
)
OURS = {"QP-1": Given(5, 5, "ใช้เป็นแบบอย่างได้"), "QP-2": Given(4, 3), "QP-7": LOW}
THEIRS = {"QP-1": Given(3, 3, "ความเห็นลับของเขตสอง")}


@pytest.fixture
def coordinator(sign_in) -> Person:
    person: Person = sign_in("coordinator.p-cpm-3")
    return person


def offices_of(app, region: str, most: int) -> list[str]:
    with app.app_context():
        found = db.session.query(Area.code).filter(Area.region == region, Area.code.not_in(["P-CPM-3", "P-CPM-2"]))
        return [code for (code,) in found.order_by(Area.sort_order).limit(most)]


def line(page, code: str) -> str:
    return " ".join(page.xpath(f"//tr[@id='i-{code}']")[0].text_content().split())


def test_before_the_release_the_page_does_not_exist_for_the_office_and_after_it_it_does(app, reporter, central):
    put_release(app, {"P-CPM-3": OURS}, release_at=NOW + timedelta(seconds=1))
    paths = (PAGE, f"{PAGE}letter.pdf", f"{PAGE}results.xlsx", f"{PAGE}improvements", f"{PAGE}appeals/", f"{PAGE}appeals/QP-1")
    missing = reporter.get("/results/2566-6/NO-SUCH-1/")
    for path in paths:
        answer = reporter.get(path)
        assert answer.status_code == 404, path
    assert reporter.get(PAGE).text.partition("<main")[2] == missing.text.partition("<main")[2]
    assert "ยังไม่มีการประกาศผล" in reporter.page("/results/").text_content()
    text = central.page(PAGE).text_content()
    assert "ยังไม่ประกาศ" in text
    app.config["EMES_NOW"] = NOW + timedelta(seconds=1)
    assert reporter.get("/results/").headers["Location"].endswith(PAGE)
    assert reporter.get(PAGE).status_code == 200


@pytest.mark.parametrize("state", ["draft", "withdrawn", "held"])
def test_a_letter_that_is_drafted_withdrawn_or_held_back_is_not_there(app, reporter, sign_in, state):
    held = ["P-CPM-3"] if state == "held" else []
    put_release(app, {"P-CPM-3": OURS}, state="released" if held else state, held=held)
    assert reporter.get(PAGE).status_code == 404
    assert sign_in("evaluator1").get(PAGE).status_code == 404
    assert sign_in("analyst").get(PAGE).status_code == (404 if state == "withdrawn" else 200)


def test_the_page_says_both_levels_the_difference_and_what_was_said(app, reporter):
    put_release(app, {"P-CPM-3": OURS, "P-CPM-2": THEIRS})
    page = reporter.page(PAGE)
    text = " ".join(page.text_content().split())
    assert "หนังสือที่ ศธ 04003/1197" in text
    assert "ผลเฉลี่ย 3 ตัวชี้วัด3.67" in text
    assert "ประเมินตนเอง4.00" in text
    assert "ต่ำกว่าที่ประเมินตนเอง 2 ระดับ" in line(page, "QP-7")
    assert "สูงกว่าที่ประเมินตนเอง 1 ระดับ" in line(page, "QP-2")
    assert "ครบ 1 จาก 2" in line(page, "QP-7")
    assert "ไม่พบข้อมูลก่อน–หลัง" in line(page, "QP-7")
    assert "ชุดข้อมูลที่ 1" in text
    assert "ความเห็นลับ" not in text
    assert page.xpath("//tr[@id='i-QP-7']//*[name()='svg']/@aria-label") == ["ตนเอง 4, ผล 2"]
    assert "ตัวชี้วัด 7 ประเด็นที่ 2 ไม่พบข้อมูลก่อน–หลัง" in " ".join(
        page.xpath("//section[@aria-labelledby='first']")[0].text_content().split()
    )


def test_what_was_not_reported_and_what_has_no_result_yet_is_said_in_words(app, reporter):
    put_release(app, {"P-CPM-3": {"QP-1": Given(None, None, is_reported=False), "QP-2": Given(None, 4)}})
    page = reporter.page(PAGE)
    assert "เขตพื้นที่ไม่ได้รายงานตัวชี้วัดนี้" in line(page, "QP-1")
    assert "ยังประเมินไม่เสร็จ" in line(page, "QP-2")


@pytest.mark.postgresql
def test_the_region_is_told_from_five_offices_on_and_the_country_not_where_the_rest_is_small(app, reporter):
    near, far = offices_of(app, "northeast", 4), offices_of(app, "north", 4)
    results = {code: {"QP-1": Given(3)} for code in [*near[:3], *far]} | {"P-CPM-3": OURS}
    put_release(app, results, letters=["P-CPM-3"])
    page = reporter.page(PAGE)
    assert "ไม่แสดงค่าภาค" in line(page, "QP-1"), "four offices of the region"
    assert "กลุ่มที่มีผลน้อยกว่า 5 เขต" in page.text_content()
    put_release(app, results | {near[3]: {"QP-1": Given(3)}}, letters=["P-CPM-3"])
    said = line(reporter.page(PAGE), "QP-1")
    assert "ภาค 3.40 (5 เขต)" in said
    assert "ไม่แสดงค่าประเทศ" in said, "country less region would be the four offices of the north"
    far = offices_of(app, "north", 5)
    put_release(app, results | {code: {"QP-1": Given(4)} for code in (near[3], far[4])}, letters=["P-CPM-3"])
    assert "ภาค 3.60 (5 เขต) · ประเทศ 3.40" in line(reporter.page(PAGE), "QP-1")


@pytest.mark.postgresql
def test_an_office_that_is_regrouped_later_reads_the_figures_that_were_published(app, reporter):
    results = {code: {"QP-1": Given(3)} for code in offices_of(app, "northeast", 5)} | {"P-CPM-3": OURS}
    results |= {code: {"QP-1": Given(1)} for code in offices_of(app, "north", 5)}
    put_release(app, results, letters=["P-CPM-3"])
    before = reporter.page(PAGE)
    assert "ภาค 3.33 (6 เขต)" in line(before, "QP-1")
    with app.app_context(), transaction():
        db.session.query(Area).filter_by(code="P-CPM-3").one().region = "north"
    after = reporter.page(PAGE)
    assert line(after, "QP-1") == line(before, "QP-1"), "nothing of it changes after the moment"
    assert "ภาคตะวันออกเฉียงเหนือ" in after.xpath("//dl[contains(@class, 'sums')]")[0].text_content()


@pytest.mark.postgresql
def test_the_smallest_group_is_set_with_the_plan_of_the_round(app, reporter):
    near = offices_of(app, "northeast", 2)
    put_release(app, {code: {"QP-1": Given(3)} for code in near} | {"P-CPM-3": OURS}, letters=["P-CPM-3"])
    assert "ไม่แสดงค่าภาค" in line(reporter.page(PAGE), "QP-1")
    with app.app_context(), transaction():
        db.session.add(ReviewPlan(round_id=db.session.query(Round.id).filter_by(code="2566-6").scalar(), smallest_group=3))
    assert "ภาค 3.67 (3 เขต)" in line(reporter.page(PAGE), "QP-1")


def test_the_trend_is_that_of_the_latest_earlier_round_that_was_published(app, reporter):
    put_earlier_round(app, "2564-6", closed=NOW - 600 * DAY)
    put_earlier_round(app, "2565-6")
    put_release(app, {"P-CPM-3": {"QP-1": Given(1)}}, round_code="2564-6")
    put_release(app, {"P-CPM-3": {"QP-1": Given(3), "QP-2": Given(4)}}, round_code="2565-6")
    put_release(app, {"P-CPM-3": OURS})
    page = reporter.page(PAGE)
    assert "รอบก่อน ระดับ 3 · รอบนี้สูงขึ้น 2 ระดับ" in line(page, "QP-1")
    assert "รอบก่อน ระดับ 4 · รอบนี้เท่าเดิม" in line(page, "QP-2")
    assert "รอบก่อน" not in line(page, "QP-7")


def test_a_new_letter_takes_the_place_of_the_earlier_one(app, reporter):
    first = put_release(app, {"P-CPM-3": OURS})
    put_release(app, {"P-CPM-3": OURS | {"QP-7": Given(3, 4)}}, release_at=NOW, replaces=first["P-CPM-3"])
    page = reporter.page(PAGE)
    assert "หนังสือฉบับนี้แทนฉบับก่อน" in page.text_content()
    assert "ต่ำกว่าที่ประเมินตนเอง 1 ระดับ" in line(page, "QP-7")
    put_release(app, {"P-CPM-3": OURS}, state="draft", release_at=None)
    assert "ต่ำกว่าที่ประเมินตนเอง 1 ระดับ" in line(reporter.page(PAGE), "QP-7"), "a draft takes no place"


def test_another_office_finds_nothing(app, sign_in):
    put_release(app, {"P-CPM-3": OURS, "P-CPM-2": THEIRS})
    other = sign_in("coordinator.p-cpm-2")
    for path in (PAGE, f"{PAGE}letter.pdf", f"{PAGE}results.xlsx", f"{PAGE}improvements", f"{PAGE}appeals/QP-1"):
        assert other.get(path).status_code == 404, path
    for path in ("acknowledge", "improvements", "appeals/QP-1"):
        assert other.post(PAGE + path, {"text": "x", "advice": "QP-7 2"}).status_code == 404, path
    assert other.get("/results/2566-6/").status_code == 403
    assert "ความเห็นลับ" in other.page(OTHER).text_content()


def test_the_workbook_is_one_sheet_that_names_its_figures_and_its_rows(app, reporter):
    put_release(app, {"P-CPM-3": OURS | {"QP-3": Given(None, None, "=1+1", is_reported=False)}, "P-CPM-2": THEIRS})
    answer = reporter.get(f"{PAGE}results.xlsx")
    assert "2566-6" in answer.headers["Content-Disposition"]
    (sheet,) = load_workbook(io.BytesIO(answer.data)).worksheets
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert "ชุดข้อมูลที่ 1" in rows[1][0]
    by_code = {row[0]: row for row in rows[3:]}
    assert by_code["QP-7"][2:5] == [4, 2, -2]
    assert by_code["QP-3"][2:4] == ["ไม่ได้รายงาน", "ยังไม่มีผล"]
    assert sheet.cell(row=list(by_code).index("QP-3") + 4, column=9).data_type == "s"
    assert "รวม 4 แถว" in rows[-1][0]
    assert "ความเห็นลับ" not in str(rows)


# --- acknowledging -------------------------------------------------------------------------------------------------------------


def acknowledged(app) -> list[str]:
    with looking(app):
        return [row.acknowledged_by_name for row in db.session.query(Acknowledgement).order_by(Acknowledgement.id)]


@pytest.mark.postgresql
def test_an_office_acknowledges_once_and_it_is_on_record(app, coordinator, sign_in, central):
    put_release(app, {"P-CPM-3": OURS, "P-CPM-2": THEIRS})
    assert "ยังไม่รับทราบผล 2" in " ".join(central.page("/results/2566-6/").text_content().split())
    assert coordinator.post(f"{PAGE}acknowledge").status_code == 303
    assert sign_in("director.p-cpm-3").post(f"{PAGE}acknowledge").status_code == 303
    assert len(acknowledged(app)) == 1
    with looking(app):
        (change,) = db.session.query(Change).filter_by(what="acknowledged").all()
        assert change.area_id is not None
    page = coordinator.page(PAGE)
    assert "รับทราบผลแล้ว โดย" in page.text_content()
    assert page.xpath("//form[contains(@action, 'acknowledge')]") == []
    assert "สพป.ชัยภูมิ เขต 2" in central.page("/results/2566-6/?show=silent").text_content()
    assert "สพป.ชัยภูมิ เขต 3" not in central.page("/results/2566-6/?show=silent").text_content()


def test_a_reporter_reads_and_does_not_acknowledge(app, reporter):
    put_release(app, {"P-CPM-3": OURS})
    assert reporter.page(PAGE).xpath("//form[contains(@action, 'acknowledge')]") == []
    assert reporter.post(f"{PAGE}acknowledge").status_code == 403
    assert acknowledged(app) == []


def test_who_saw_the_earlier_letter_reads_the_new_one_first(app, coordinator):
    first = put_release(app, {"P-CPM-3": OURS})
    second = put_release(app, {"P-CPM-3": OURS}, release_at=NOW)
    assert coordinator.post(f"{PAGE}acknowledge", {"letter": str(first["P-CPM-3"])}).status_code == 409
    assert acknowledged(app) == []
    assert coordinator.post(f"{PAGE}acknowledge", {"letter": str(second["P-CPM-3"])}).status_code == 303


# --- the list of the centre ----------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_the_list_has_the_means_of_every_office_and_pages(app, central, sign_in):
    codes = [*offices_of(app, "north", 30), *offices_of(app, "south", 30)]
    put_release(app, {code: {"QP-1": Given(2, 4), "QP-2": Given(3, 5)} for code in codes}, release_at=None, state="draft")
    put_release(app, {"P-CPM-3": OURS})
    page = central.page("/results/2566-6/?q=P-CPM-3")
    assert [cell.text_content() for cell in page.xpath("//tbody/tr[1]/td[@class='r']")][:2] == ["4.00", "3.67"]
    first, second = (central.page(f"/results/2566-6/?page={number}") for number in (1, 2))
    assert (len(first.xpath("//tbody/tr")), len(second.xpath("//tbody/tr"))) == (50, 11)
    assert "2.50" in first.text_content()
    evaluator = sign_in("evaluator1").page("/results/2566-6/")
    assert len(evaluator.xpath("//tbody/tr")) == 1, "an evaluator sees what is released"


@pytest.mark.postgresql
def test_the_list_and_the_page_say_the_same_mean_of_the_self_assessment(app, central):
    put_release(app, {"P-CPM-3": {"QP-1": Given(4, 4), "QP-2": Given(None, 1), "QP-7": Given(3, 5)}})
    assert "4.50" in central.page(PAGE).xpath("//dl[contains(@class, 'sums')]")[0].text_content()
    cells = central.page("/results/2566-6/").xpath("//tbody/tr[1]/td[@class='r']")
    assert [cell.text_content() for cell in cells][:2] == ["4.50", "3.50"], "both means are of the same indicators"


@pytest.mark.postgresql
def test_the_page_and_the_list_cost_the_same_for_few_and_many_offices(app, reporter, central):
    put_earlier_round(app)
    put_release(app, {"P-CPM-3": {"QP-1": Given(3)}}, round_code="2565-6")
    put_release(app, {"P-CPM-3": OURS})
    few = [cost(reporter, PAGE), cost(central, "/results/2566-6/")]
    put_release(app, dict.fromkeys(offices_of(app, "northeast", 60), OURS) | {"P-CPM-3": OURS}, release_at=NOW)
    many = [cost(reporter, PAGE), cost(central, "/results/2566-6/")]
    assert few == many
    assert max(few) <= 8, few


def test_the_dashboard_and_the_home_page_lead_to_the_results(app, reporter):
    for path in ("/", "/reports/2566-6/P-CPM-3/"):
        assert "ประกาศผลแล้ว" not in reporter.page(path).text_content()
    put_release(app, {"P-CPM-3": OURS})
    for path in ("/", "/reports/2566-6/P-CPM-3/"):
        page = reporter.page(path)
        assert "ประกาศผลแล้ว" in page.text_content()
        assert page.xpath("//main//a[starts-with(@href, '/results/')]"), path
