"""Projects on their pages: the register, the form, the moves, the quarters, the board, the report to the director."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from app.domain.progress import ProgressMove
from app.domain.projects import ProjectMove
from app.extensions import db
from app.models import Project, ProjectBrief, ProjectPeriod, SheetField
from tests.conftest import NOW
from tests.projects import OFFICE, WHOLE, YEAR, add, approved, move, project_of, report, save
from tests.services.doing import actor_for, doing, looking
from tests.views.test_statements import cost

HOME = f"/projects/{YEAR}/{OFFICE}/"
PAGE = f"{HOME}1"


def state_of(app, number: int = 1) -> str:
    with looking(app):
        return project_of(number).sheet.state


def words(page) -> str:
    return " ".join(page.text_content().split())


@pytest.fixture
def coordinator(sign_in):
    return sign_in("coordinator.p-cpm-3")


@pytest.fixture
def director(sign_in):
    return sign_in("director.p-cpm-3")


# --- the register ----------------------------------------------------------------------------------------------------------------


def test_everybody_is_led_to_their_own_place(reporter, central):
    assert reporter.get("/projects/").location == HOME
    assert central.get("/projects/").location == f"/projects/{YEAR}/"


def test_a_project_is_added_by_its_name_and_opens(app, reporter):
    answer = reporter.post(HOME, {"name": "โครงการโรงเรียนคุณภาพ"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "โครงการโรงเรียนคุณภาพ" in words(reporter.page(PAGE))
    assert "โครงการโรงเรียนคุณภาพ" in words(reporter.page(HOME))
    refused = reporter.post(HOME, {"name": "  "})
    assert refused.status_code == 422
    assert "project-name-error" in refused.text


def test_the_register_shows_what_was_asked_for(app, coordinator):
    add(app, "โครงการหนึ่ง", whole=False)
    add(app, "โครงการสอง")
    move(app, 2, ProjectMove.SEND)
    assert "โครงการสอง" not in words(coordinator.page(f"{HOME}?show=lacking"))
    assert "โครงการหนึ่ง" not in words(coordinator.page(f"{HOME}?show=waiting"))
    assert "โครงการหนึ่ง" not in words(coordinator.page(f"{HOME}?q=สอง"))
    assert coordinator.get(f"{HOME}?show=nonsense").status_code == 200


@pytest.mark.parametrize(
    "path", [HOME, PAGE, f"{HOME}1/progress", f"{HOME}report", f"{HOME}report.pdf", f"{HOME}export.xlsx", f"{HOME}import"]
)
def test_another_office_finds_nothing_of_it(app, sign_in, path):
    add(app)
    assert sign_in("coordinator.p-cpm-2").get(path).status_code == 404


def test_who_only_reads_may_not_write(app, central, director):
    add(app)
    for person in (central, director):
        assert person.get(PAGE).status_code == 200
        assert person.post(HOME, {"name": "x"}).status_code == 403
        assert person.patch(PAGE, {"name": ("x", 1)}).status_code == 403
        assert person.get(f"{HOME}import").status_code == 403


def test_a_year_that_is_none_is_not_found(reporter):
    assert reporter.get(f"/projects/1/{OFFICE}/").status_code == 404
    assert reporter.get(f"/projects/{YEAR}/{OFFICE}/99").status_code == 404


# --- the form --------------------------------------------------------------------------------------------------------------------


def test_the_form_has_every_field_with_its_choices(app, reporter):
    add(app, whole=False)
    page = reporter.page(PAGE)
    fields = set(page.xpath("//@data-field"))
    assert {
        "name",
        "budget",
        "strategy",
        "sub_plan",
        "objectives",
        "activity.1.weight",
        "indicator.1.target",
        "plan_q4",
    } <= fields
    assert len(page.xpath("//select[@name='strategy']/option")) == 7
    assert len(page.xpath("//select[@name='milestone']/option")) == 14
    assert len(page.xpath("//select[@name='sdg']/option")) == 18
    groups = page.xpath("//select[@name='sub_plan']/optgroup/@label")
    assert [group for group in groups if group.startswith("12 ")]
    assert len(page.xpath("//ol[@class='m-steps']/li")) == 7
    assert page.xpath("//*[@data-slot='approved']")


def test_autosave_says_what_is_missing_and_how_far_the_steps_are(app, reporter):
    add(app, whole=False)
    answer = reporter.patch(PAGE, {"group": ("กลุ่มนโยบายและแผน", 0), "budget": ("๑๐๐,๐๐๐", 0), "sub_plan": ("9999", 0)})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"sub_plan"}
    assert {key: answer.json["fields"][key]["version"] for key in ("group", "budget")} == {"group": 1, "budget": 1}
    assert "M1" in answer.json["html"]["steps"]
    assert not [item for item in answer.json["missing"] if item["key"] in ("group", "budget")]
    assert reporter.patch(PAGE, {"budget": ("5", 0)}).status_code == 409


def test_without_script_the_whole_form_is_saved_and_a_row_added_and_taken_out_and_put_back(app, reporter):
    add(app, whole=False)
    answer = reporter.post(PAGE, {"group": "กลุ่มนิเทศ", "version.group": "0", "then": "add.activity"})
    assert answer.status_code == 303
    assert answer.location.startswith(PAGE)
    page = reporter.page(PAGE)
    assert page.xpath("//input[@name='group']/@value") == ["กลุ่มนิเทศ"]
    assert page.xpath("//input[@name='activity.2.name']")
    assert (
        reporter.post(
            PAGE, {"activity.2.name": "นิเทศติดตาม", "version.activity.2.name": "0", "then": "remove.activity.2"}
        ).status_code
        == 303
    )
    page = reporter.page(PAGE)
    assert not page.xpath("//input[@name='activity.2.name']")
    undo = page.xpath("//form[contains(@action, '/restore')]/@action")
    assert reporter.post(undo[0]).status_code == 303
    assert reporter.page(PAGE).xpath("//input[@name='activity.2.name']/@value") == ["นิเทศติดตาม"]
    assert reporter.post(PAGE, {"then": "add.nonsense"}).status_code == 404
    assert reporter.post(PAGE, {"then": "remove.activity.77"}).status_code == 404


def test_a_project_goes_from_the_plan_group_to_the_director_and_back(app, coordinator, director, reporter):
    add(app, whole=False)
    refused = coordinator.post(PAGE, {"then": "send"})
    assert refused.status_code == 422
    assert "errsum" in refused.text
    save(app, 1, dict(WHOLE))
    assert reporter.post(PAGE, {"then": "send"}).status_code == 403
    assert coordinator.post(PAGE, {"then": "send"}).status_code == 303
    assert state_of(app) == "sent"
    assert coordinator.post(f"{PAGE}/decide/approve").status_code == 403
    assert director.page(PAGE).xpath("//form[contains(@action, '/decide/approve')]")
    assert director.post(f"{PAGE}/decide/return", {"reason": ""}).status_code == 422
    assert director.post(f"{PAGE}/decide/return", {"reason": "ระบุตัวชี้วัดให้ชัด"}).status_code == 303
    assert "ระบุตัวชี้วัดให้ชัด" in words(reporter.page(PAGE))
    assert coordinator.post(PAGE, {"then": "send"}).status_code == 303
    assert director.post(f"{PAGE}/decide/approve").status_code == 303
    assert state_of(app) == "approved"
    assert coordinator.patch(PAGE, {"name": ("x", 1)}).status_code == 409
    assert coordinator.post(f"{PAGE}/move/reopen", {"reason": "ปรับงบประมาณ"}).status_code == 303
    assert coordinator.post(f"{PAGE}/move/cancel", {"reason": "ยกเลิกโครงการ"}).status_code == 303
    assert coordinator.post(f"{PAGE}/move/approve").status_code == 404


def test_a_page_of_one_project_saves_into_no_other(app, coordinator):
    add(app, "หนึ่ง")
    add(app, "สอง")
    belonging = coordinator.page(PAGE).xpath("//input[@name='for']/@value")[0]
    assert coordinator.post(f"{HOME}2", {"for": belonging, "name": "ผิดที่"}).status_code == 409


def test_the_entry_in_the_national_system_shows_in_the_register(app, reporter):
    approved(app)
    assert reporter.post(f"{PAGE}/national", {"national_code": "ศธ 04-66-0001", "entered_on": "31/02/2566"}).status_code == 422
    assert reporter.post(f"{PAGE}/national", {"national_code": "ศธ 04-66-0001", "entered_on": "15/02/2566"}).status_code == 303
    assert "ศธ 04-66-0001" in words(reporter.page(HOME))


def test_the_order_of_the_committee_is_chosen_among_the_offices_own(app, coordinator, reporter):
    add(app)
    assert coordinator.get(f"{PAGE}/order").status_code == 200
    assert reporter.get(f"{PAGE}/order").status_code == 403
    assert coordinator.post(f"{PAGE}/order", {"order": "77"}).status_code == 404
    assert coordinator.post(f"{PAGE}/order", {"order": ""}).status_code == 303


def test_a_project_of_several_years_is_carried_over_by_a_press(app, reporter):
    add(app)
    assert reporter.post(f"{PAGE}/carry-over").status_code == 409
    save(app, 1, {"last_year": "2567", "ends_on": "30/09/2567"})
    assert reporter.page(PAGE).xpath("//form[contains(@action, '/carry-over')]")
    answer = reporter.post(f"{PAGE}/carry-over")
    assert answer.location == f"/projects/2567/{OFFICE}/1"
    assert f"/projects/{YEAR}/{OFFICE}/1" in reporter.get(answer.location).text


def test_files_owners_and_history_are_those_of_every_sheet(app, coordinator):
    from tests.person import one_page_pdf

    add(app)
    sheet = coordinator.page(PAGE).xpath("//form[@id='report']/@data-slot-url")[0]
    base = re.match(r"/sheets/\d+", sheet)[0]
    sent = {"slot": "approved", "file": [(io.BytesIO(one_page_pdf()), "โครงการที่อนุมัติ.pdf")]}
    assert coordinator.post(f"{base}/files", sent, json_answer=True, content_type="multipart/form-data").status_code == 201
    assert "โครงการที่อนุมัติ.pdf" in words(coordinator.page(PAGE))
    assert coordinator.get(f"{base}/history").status_code == 200
    assert coordinator.get(f"{base}/owners").status_code == 200


# --- quarters --------------------------------------------------------------------------------------------------------------------


def test_a_quarter_is_begun_filled_in_sent_and_checked(app, reporter, coordinator):
    approved(app)
    quarter = f"{PAGE}/q1"
    assert reporter.get(quarter).status_code == 303
    assert reporter.post(f"{quarter}/begin").status_code == 303
    page = reporter.page(quarter)
    assert {"activity.1.percent", "indicator.1.result", "paid", "overall"} <= set(page.xpath("//@data-field"))
    assert "activity.1.why_less" not in page.xpath("//@data-field")
    assert reporter.post(quarter, {"then": "send"}).status_code == 422
    saved = reporter.patch(quarter, {"activity.1.percent": ("50", 0), "indicator.1.result": ("40", 0), "paid": ("25,000", 0)})
    assert saved.status_code == 200
    assert (
        reporter.post(quarter, {"overall": "under_way", "version.overall": "0", "then": "send"}).location == f"{PAGE}/progress"
    )
    assert reporter.post(f"{quarter}/move/check").status_code == 403
    assert coordinator.post(f"{quarter}/move/check").status_code == 303
    overview = coordinator.page(f"{PAGE}/progress")
    assert "50" in words(overview)
    assert overview.xpath("//figure//*[local-name()='path']")
    assert coordinator.post(f"{quarter}/move/return", {"reason": "แก้ตัวเลข"}).status_code == 303
    assert "แก้ตัวเลข" in words(reporter.page(quarter))


def test_a_quarter_that_is_none_is_not_found_and_one_of_a_draft_is_refused(app, reporter):
    add(app)
    assert reporter.get(f"{PAGE}/q5").status_code == 404
    assert reporter.post(f"{PAGE}/q5/begin").status_code == 404
    assert reporter.post(f"{PAGE}/q1/begin").status_code == 409
    assert reporter.patch(f"{PAGE}/q1", {"paid": ("1", 0)}).status_code == 404


def test_less_than_the_quarter_before_asks_why(app, reporter):
    approved(app)
    report(app, 1, 1, "80", "0", moves=(ProgressMove.SEND,))
    report(app, 1, 2, "60", "0")
    assert "activity.1.why_less" in reporter.page(f"{PAGE}/q2").xpath("//@data-field")
    assert "ชี้แจงเหตุผลที่ลดลง" in reporter.get(f"{PAGE}/q2?check=1").text
    assert reporter.post(f"{PAGE}/q2", {"then": "send"}).status_code == 409, "quarter 2 is not open yet"


# --- one's own work ---------------------------------------------------------------------------------------------------------------


def work_of(person) -> dict[str, str]:
    page = person.page("/my-work/?job=projects")
    return {link.get("href"): words(link) for link in page.xpath("//ul[@class='work']//a")}


def test_what_one_has_to_do_about_projects_stands_in_ones_own_work(app, coordinator, director, reporter):
    number = add(app)
    assert work_of(reporter) == {}
    assert list(work_of(coordinator)) == [PAGE]
    with doing(app, actor_for(app, "coordinator.p-cpm-3")):
        from app.services import projects, sheets
        from tests.services.doing import user_id_of

        lead = actor_for(app, "coordinator.p-cpm-3")
        owner_id = user_id_of(app, "reporter.p-cpm-3")
    with doing(app, lead):
        _, subject = projects.held(YEAR, OFFICE, number)
        sheets.give(subject, [owner_id], actor=lead, now=NOW)
    assert list(work_of(reporter)) == [PAGE]
    move(app, number, ProjectMove.SEND)
    assert list(work_of(director)) == [PAGE]
    move(app, number, ProjectMove.APPROVE, "director")
    assert list(work_of(reporter)) == [f"{PAGE}/q1"]
    report(app, number, 1, "10", "0", moves=(ProgressMove.SEND,))
    assert work_of(reporter) == {}
    assert list(work_of(coordinator)) == [f"{PAGE}/q1"]
    coordinator.post(f"{HOME}report")
    assert list(work_of(director)) == [f"{HOME}report/1"]
    assert "ครบกำหนดรายงานไตรมาสที่ 1" in words(reporter.page("/my-work/calendar?month=2026-11"))


# --- the board -------------------------------------------------------------------------------------------------------------------


def test_the_board_counts_every_office(app, central, reporter):
    approved(app)
    report(app, 1, 1, "50", "25000", moves=(ProgressMove.SEND,))
    add(app, "โครงการของอีกเขต", office="P-CPM-2", whole=False)
    assert reporter.get(f"/projects/{YEAR}/").status_code == 403
    page = central.page(f"/projects/{YEAR}/?q=ชัยภูมิ")
    rows = [" ".join(row.text_content().split()) for row in page.xpath("//tbody/tr")]
    assert len(rows) == 4
    mine = next(row for row in rows if "เขต 3" in row)
    assert "1/1" in mine
    assert "100,000" in mine
    assert len(central.page(f"/projects/{YEAR}/?show=entering").xpath("//tbody/tr")) == 1
    assert len(central.page(f"/projects/{YEAR}/").xpath("//tbody/tr")) == 50
    assert central.get(f"/projects/{YEAR}/?page=99&region=x&kind=y&show=z").status_code == 200


def test_an_overdue_quarter_shows_on_the_board_and_in_the_register(app, sign_in):
    approved(app)
    app.config["EMES_NOW"] = NOW + timedelta(days=11)
    central, coordinator = sign_in("central"), sign_in("coordinator.p-cpm-3")
    assert len(central.page(f"/projects/{YEAR}/?show=overdue").xpath("//tbody/tr")) == 1
    assert coordinator.page(HOME).xpath("//i[contains(@class, 'overdue')]")


def test_the_board_is_a_workbook_too(app, central):
    approved(app)
    book = load_workbook(io.BytesIO(central.get(f"/projects/{YEAR}/board.xlsx?q=P-CPM-3").data))
    sheet = book.worksheets[0]
    assert sheet.max_row == 3
    assert sheet["A3"].value == OFFICE


# --- the report to the director --------------------------------------------------------------------------------------------------


def test_the_report_is_frozen_when_it_is_proposed_and_the_director_acknowledges_it(app, coordinator, director, reporter):
    path = f"{HOME}report"
    assert coordinator.post(path).status_code == 422
    approved(app)
    assert reporter.post(path).status_code == 403
    assert coordinator.post(path, {"note": "เรียนเพื่อโปรดทราบ"}).location == f"{path}/1"
    assert coordinator.post(path).status_code == 409
    save_name = "โครงการที่เพิ่มภายหลัง"
    add(app, save_name, whole=False)
    assert save_name not in words(director.page(f"{path}/1"))
    assert save_name in words(director.page(path))
    assert coordinator.post(f"{path}/1/acknowledge").status_code == 403
    assert director.post(f"{path}/1/acknowledge").status_code == 303
    assert director.post(f"{path}/1/acknowledge").status_code == 409
    page = words(coordinator.page(f"{path}/1"))
    assert "ผู้อำนวยการ สาธิต" in page
    for made in (coordinator.get(f"{path}.pdf"), director.get(f"{path}/1.pdf")):
        assert made.data.startswith(b"%PDF")
    with looking(app):
        assert db.session.query(ProjectBrief).one().state == "acknowledged"


def test_a_report_is_returned_with_a_reason(app, coordinator, director):
    approved(app)
    coordinator.post(f"{HOME}report")
    assert director.post(f"{HOME}report/1/return", {"reason": " "}).status_code == 422
    assert director.post(f"{HOME}report/1/return", {"reason": "ขอรายละเอียดเพิ่ม"}).status_code == 303
    assert "ขอรายละเอียดเพิ่ม" in words(coordinator.page(f"{HOME}report/1"))
    assert coordinator.post(f"{HOME}report").status_code == 303
    assert coordinator.get(f"{HOME}report/9").status_code == 404


# --- the workbook ----------------------------------------------------------------------------------------------------------------


def _sent(person, book) -> str:
    made = io.BytesIO()
    book.save(made)
    data = {"file": (io.BytesIO(made.getvalue()), "โครงการ.xlsx")}
    answer = person.post(f"{HOME}import", data, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    return answer.location


def _take(person, look: str):
    digest = person.page(look).xpath("//input[@name='digest']/@value")
    return person.post(look, {"digest": digest[0] if digest else ""})


def test_what_was_exported_comes_back_and_changes_nothing(app, coordinator):
    approved(app)
    add(app, "โครงการร่าง")
    book = load_workbook(io.BytesIO(coordinator.get(f"{HOME}export.xlsx").data))
    look = _sent(coordinator, book)
    page = coordinator.page(look)
    assert not page.xpath("//input[@name='digest']"), words(page)
    assert not page.xpath("//*[@id='wrong']")


def test_text_that_looks_like_a_formula_stays_text(app, coordinator):
    add(app, "=1+1")
    book = load_workbook(io.BytesIO(coordinator.get(f"{HOME}export.xlsx").data))
    cell = book.worksheets[1]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_workbook_fills_in_a_project_and_makes_a_new_one_after_a_second_press(app, coordinator):
    add(app, "โครงการเดิม", whole=False)
    book = load_workbook(io.BytesIO(coordinator.get(f"{HOME}export.xlsx").data))
    projects, _, _, activities = book.worksheets[1:5]
    headings = {str(cell.value).rstrip(" *"): cell.column for cell in projects[1]}
    projects.cell(row=2, column=headings["งบประมาณของปีงบประมาณ"]).value = 120000
    projects.cell(row=2, column=headings["แผนย่อย"]).value = "1201 การปฏิรูปกระบวนการเรียนรู้"
    projects.cell(row=3, column=1).value = 7
    projects.cell(row=3, column=2).value = "โครงการใหม่จาก Excel"
    for row, (number, name, weight) in enumerate([(1, "กิจกรรมแรก", 40), (7, "อบรม", 50), (7, "นิเทศ", 50)], start=2):
        activities.cell(row=row, column=1).value = number
        activities.cell(row=row, column=2).value = 1 if row == 2 else None
        activities.cell(row=row, column=3).value = name
        activities.cell(row=row, column=6).value = weight
    look = _sent(coordinator, book)
    with looking(app):
        assert db.session.query(Project).count() == 1
    shown = words(coordinator.page(look))
    assert "โครงการใหม่จาก Excel" in shown
    assert _take(coordinator, look).location == HOME
    with looking(app):
        old, new = project_of(1), project_of(2)
        assert old.sheet.entered.value("budget") == "120000"
        assert old.sheet.entered.value("sub_plan") == "1201"
        assert old.sheet.entered.value("activity.1.name") == "กิจกรรมแรก"
        assert new.name == "โครงการใหม่จาก Excel"
        assert [new.sheet.entered.value(f"activity.{number}.name") for number in (1, 2)] == ["อบรม", "นิเทศ"]


def test_wrong_cells_are_named_and_nothing_is_taken(app, coordinator):
    approved(app)
    add(app, "โครงการร่าง", whole=False)
    book = load_workbook(io.BytesIO(coordinator.get(f"{HOME}export.xlsx").data))
    projects = book.worksheets[1]
    headings = {str(cell.value).rstrip(" *"): cell.column for cell in projects[1]}
    projects.cell(row=2, column=2).value = "เปลี่ยนชื่อโครงการที่อนุมัติแล้ว"
    projects.cell(row=3, column=headings["งบประมาณของปีงบประมาณ"]).value = "แสนบาท"
    projects.cell(row=3, column=headings["ประเด็นแผนแม่บท"]).value = "99 ไม่มีจริง"
    projects.cell(row=4, column=2).value = "ไม่มีเลขที่"
    look = _sent(coordinator, book)
    faults = coordinator.page(look).xpath("//section[@aria-labelledby='wrong']//tbody/tr")
    assert len(faults) == 4
    assert _take(coordinator, look).status_code == 422
    with looking(app):
        assert db.session.query(SheetField).filter(SheetField.value == "แสนบาท").count() == 0


def test_what_was_changed_meanwhile_is_shown_again_first(app, coordinator):
    add(app, whole=False)
    book = load_workbook(io.BytesIO(coordinator.get(f"{HOME}export.xlsx").data))
    book.worksheets[1].cell(row=2, column=2).value = "ชื่อจาก Excel"
    look = _sent(coordinator, book)
    digest = coordinator.page(look).xpath("//input[@name='digest']/@value")[0]
    save(app, 1, {"name": "ชื่อที่แก้บนหน้าเว็บ"})
    assert coordinator.post(look, {"digest": digest}).status_code == 409
    assert _take(coordinator, look).status_code == 303


def test_more_projects_than_can_be_taken_at_once_are_refused_whole(app, coordinator):
    book = load_workbook(io.BytesIO(coordinator.get(f"{HOME}export.xlsx").data))
    for number in range(1, 102):
        book.worksheets[1].append([number, f"โครงการที่ {number}"])
    look = _sent(coordinator, book)
    assert len(coordinator.page(look).xpath("//section[@aria-labelledby='wrong']//tbody/tr")) == 1
    assert _take(coordinator, look).status_code == 422


def test_a_workbook_of_another_office_is_refused(app, coordinator, sign_in):
    add(app)
    book = load_workbook(io.BytesIO(coordinator.get(f"{HOME}export.xlsx").data))
    made = io.BytesIO()
    book.save(made)
    other = sign_in("coordinator.p-cpm-2")
    data = {"file": (io.BytesIO(made.getvalue()), "x.xlsx")}
    assert other.post(f"/projects/{YEAR}/P-CPM-2/import", data, content_type="multipart/form-data").status_code == 422


# --- what pages cost -------------------------------------------------------------------------------------------------------------


def test_pages_cost_the_same_for_few_and_many_projects(app, coordinator, central):
    approved(app)
    paths = {HOME: 8, PAGE: 8, f"{PAGE}/progress": 8, f"{HOME}report": 8}
    few = {path: cost(coordinator, path) for path in paths}
    board = cost(central, f"/projects/{YEAR}/")
    for number in range(2, 8):
        add(app, f"โครงการที่ {number}", whole=False)
    for quarter in (1, 2, 3):
        report(app, 1, quarter, "50", "0")
    assert {path: cost(coordinator, path) for path in paths} == few
    assert {path: count for path, count in few.items() if count > paths[path]} == {}
    add(app, "ของอีกเขต", office="P-CPM-2", whole=False)
    assert cost(central, f"/projects/{YEAR}/") == board <= 12
    report(app, 1, 1, "50", "0")
    assert cost(coordinator, f"{PAGE}/q1") <= 8


def test_the_worker_reminds_once_and_tells_once_of_what_is_overdue(app):
    from app import scope, worker
    from app.models import Notice

    approved(app)
    with doing(app, actor_for(app, "central")):
        db.session.query(ProjectPeriod).filter_by(fiscal_year_be=YEAR, quarter=1).one().reminds_at = NOW
    told = []
    for moment in (NOW, NOW, NOW + timedelta(days=11), NOW + timedelta(days=12)):
        app.config["EMES_NOW"] = moment
        with app.app_context(), scope.acting_as(worker.JOB):
            worker.remind_of_jobs()
        with looking(app):
            kinds = [row.kind for row in db.session.query(Notice).filter(Notice.kind.like("progress_%")).order_by(Notice.id)]
            told.append(kinds)
    assert told == [["progress_reminder"], ["progress_reminder"], *[["progress_reminder", "progress_overdue"]] * 2]
    app.config["EMES_NOW"] = NOW
