"""An office reports an indicator, over HTTP."""

from __future__ import annotations

from datetime import timedelta

import lxml.html
import pytest

from app import scope
from app.extensions import db
from app.models import Change, Evidence, HandIn, OutboxMessage, Submission
from tests.conftest import NOW
from tests.person import REPORT, one_page_pdf, pdf, png

on_both_databases = "where marked"


def rows(app, model):
    with app.app_context(), scope.whole_country("a test counts"):
        return db.session.query(model).all()


def test_the_home_of_a_reporter_is_the_own_office_in_the_open_round(reporter):
    response = reporter.get("/reports/")
    assert response.status_code == 303
    assert response.location == "/reports/2566-6/P-CPM-3/"


def test_the_dashboard_lists_every_indicator_and_says_which_is_not_required(reporter):
    page = reporter.page("/reports/2566-6/P-CPM-3/")
    codes = page.xpath("//table//span[@class='qp']/text()")
    assert codes == ["1", "2", "3", "4", "5", "6a", "6b", "7", "8", "9", "10", "X1", "X2"]
    not_required = page.xpath("//tr[@class='na']//span[@class='qp']/text()")
    assert not_required == ["6b"]


def test_a_secondary_office_reports_6b_instead_of_6a(sign_in):
    page = sign_in("reporter.s-bkk-1").page("/reports/2566-6/S-BKK-1/")
    assert page.xpath("//tr[@class='na']//span[@class='qp']/text()") == ["6a"]


def test_a_report_that_is_not_required_of_the_office_does_not_exist(reporter):
    assert reporter.get("/reports/2566-6/P-CPM-3/QP-6b").status_code == 404


def test_one_field_is_saved_by_itself_and_nothing_else_is_required(reporter):
    answer = reporter.patch(REPORT, {"problems": ("ถนนขาด", 0)})
    assert answer.status_code == 200
    assert answer.json["fields"] == {"problems": {"version": 1}}
    assert answer.json["state"] == "draft"
    assert {item["key"] for item in answer.json["missing"]} >= {"criterion.1", "self_level"}
    assert reporter.page(REPORT).xpath("//textarea[@name='problems']")[0].text.strip() == "ถนนขาด"


def test_opening_a_report_writes_nothing(app, reporter):
    reporter.page(REPORT)
    assert rows(app, Submission) == []


def test_thai_digits_are_taken_and_zero_is_not_nothing(reporter):
    answer = reporter.patch(REPORT, {"quantity.school_total": ("๑,๒๓๔", 0), "quantity.incident_reported": (0, 0)})
    assert answer.status_code == 200
    page = reporter.page(REPORT)
    assert page.xpath("//input[@name='quantity.school_total']/@value") == ["1,234"]
    assert page.xpath("//input[@name='quantity.incident_reported']/@value") == ["0"]
    assert page.xpath("//input[@name='quantity.incident_closed']/@value") == [""]
    missing = {item["key"] for item in answer.json["missing"]}
    assert "quantity.incident_closed" in missing
    assert "quantity.incident_reported" not in missing


def test_a_bad_figure_is_refused_beside_its_field_while_the_others_are_saved(reporter):
    answer = reporter.patch(REPORT, {"quantity.school_total": ("-5", 0), "problems": ("x", 0), "self_level": ("6", 0)})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"quantity.school_total", "self_level"}
    assert answer.json["fields"] == {"problems": {"version": 1}}


def test_a_figure_must_not_exceed_the_one_it_is_a_part_of(reporter):
    answer = reporter.patch(REPORT, {"quantity.school_total": (9, 0), "quantity.school_with_plan": (11, 0)})
    assert answer.status_code == 200
    faults = {item["key"]: item["text"] for item in answer.json["missing"]}
    assert "9" in faults["quantity.school_with_plan"]


def test_two_browsers_in_one_field_keep_both_texts(app, reporter, sign_in):
    colleague = sign_in("coordinator.p-cpm-3")
    assert reporter.patch(REPORT, {"problems": ("ของผู้รายงาน", 0)}).status_code == 200
    clash = colleague.patch(REPORT, {"problems": ("ของผู้ประสานงาน", 0), "self_level": (3, 0)})
    assert clash.status_code == 409
    conflict = clash.json["conflicts"]["problems"]
    assert (conflict["yours"], conflict["theirs"], conflict["version"]) == ("ของผู้ประสานงาน", "ของผู้รายงาน", 1)
    assert conflict["by"] == "ผู้รายงาน สาธิต"
    assert clash.json["fields"] == {"self_level": {"version": 1}}
    assert reporter.page(REPORT).xpath("//textarea[@name='problems']")[0].text.strip() == "ของผู้รายงาน"
    kept = [change for change in rows(app, Change) if change.what == "conflict:problems"]
    assert kept[0].new_value == "ของผู้ประสานงาน"
    assert colleague.patch(REPORT, {"problems": ("ของผู้ประสานงาน", 1)}).status_code == 200


def test_saving_the_same_again_is_no_conflict(reporter):
    reporter.patch(REPORT, {"problems": ("เหมือนเดิม", 0)})
    answer = reporter.patch(REPORT, {"problems": ("เหมือนเดิม", 0)})
    assert answer.status_code == 200
    assert answer.json["fields"] == {"problems": {"version": 1}}


def test_the_reporter_is_filled_in_from_the_account(reporter):
    page = reporter.page(REPORT)
    assert page.xpath("//input[@name='reporter_name']/@value") == ["ผู้รายงาน สาธิต"]
    assert page.xpath("//input[@name='reporter_phone']/@value") == ["0 2288 5867"]
    answer = reporter.patch(REPORT, {"reporter_phone": ("08 1234 5678", 0)})
    assert answer.status_code == 200
    assert not [item for item in answer.json["missing"] if item["key"].startswith("reporter")]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"changes": {}}',
        b'{"changes": []}',
        b'{"changes": {"problems": "x"}}',
        b'{"changes": {"problems": {"value": "x"}}}',
        b'{"changes": {"problems": {"value": "x", "version": "1"}}}',
        b'{"changes": {"problems": {"value": "x", "version": true}}}',
    ],
)
def test_a_malformed_save_is_refused_and_changes_nothing(app, reporter, body):
    reporter.get("/")
    headers = {"X-CSRFToken": reporter.token, "Content-Type": "application/json"}
    answer = reporter.client.patch(REPORT, data=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert rows(app, Submission) == []


def test_an_unknown_field_or_a_wrong_type_is_an_error_of_that_field_alone(reporter):
    answer = reporter.patch(REPORT, {"state": ("submitted", 0), "problems": ([1], 0), "area_id": (1, 0), "self_level": (4, 0)})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) >= {"state", "area_id"}
    assert answer.json["fields"]["self_level"] == {"version": 1}
    assert answer.json["state"] == "draft"


def test_three_files_go_into_an_issue_and_the_fourth_is_refused(app, reporter):
    first = reporter.upload("criterion.1", ("ก.pdf", one_page_pdf()), ("ข.png", png()))
    assert first.status_code == 201
    assert [item["name"] for item in first.json["evidence"]] == ["ก.pdf", "ข.png"]
    assert reporter.upload("criterion.1", ("ค.pdf", one_page_pdf())).status_code == 201
    fourth = reporter.upload("criterion.1", ("ง.pdf", one_page_pdf()))
    assert fourth.status_code == 409
    assert fourth.json["errors"]
    assert len(rows(app, Evidence)) == 3


def test_of_several_files_the_good_ones_are_kept_and_the_bad_one_is_named(app, reporter):
    answer = reporter.upload("criterion.1", ("ดี.pdf", one_page_pdf()), ("ร้าย.exe", b"MZ" + b"\0" * 100))
    assert answer.status_code == 422
    assert [item["name"] for item in answer.json["evidence"]] == ["ดี.pdf"]
    assert "ร้าย.exe" in answer.json["errors"][0]
    assert len(rows(app, Evidence)) == 1


def test_a_file_comes_back_under_its_own_thai_name_and_with_its_own_bytes(reporter):
    content = one_page_pdf()
    uploaded = reporter.upload("criterion.1", ("รายงานผล ๒๕๖๖ (รอบ 6 เดือน).pdf", content)).json["evidence"][0]
    response = reporter.get(f"/evidence/{uploaded['id']}")
    assert response.data == content
    assert "filename*=UTF-8''%E0%B8%A3%E0%B8%B2%E0%B8%A2" in response.headers["Content-Disposition"]
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    part = reporter.client.get(f"/evidence/{uploaded['id']}", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, content[:4])


def test_a_deleted_file_is_gone_and_can_be_taken_back(reporter):
    uploaded = reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).json["evidence"][0]
    gone = reporter.delete(f"/evidence/{uploaded['id']}")
    assert gone.status_code == 200
    assert reporter.get(f"/evidence/{uploaded['id']}").status_code == 404
    assert reporter.delete(f"/evidence/{uploaded['id']}").status_code == 200, "deleting twice is harmless"
    assert reporter.post(gone.json["undo"], json_answer=True).status_code == 200
    assert reporter.get(f"/evidence/{uploaded['id']}").status_code == 200


def test_a_deletion_can_not_be_taken_back_into_a_full_issue(reporter):
    uploaded = reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).json["evidence"][0]
    undo = reporter.delete(f"/evidence/{uploaded['id']}").json["undo"]
    reporter.upload("criterion.1", *[(f"{n}.pdf", one_page_pdf()) for n in range(3)])
    assert reporter.post(undo, json_answer=True).status_code == 409


def test_the_lesson_learned_must_be_one_pdf(reporter):
    assert reporter.upload("pa.lesson", ("บทเรียน.png", png())).status_code == 422
    assert reporter.upload("pa.lesson", ("บทเรียน.pdf", pdf(1))).status_code == 201
    assert reporter.upload("pa.lesson", ("อีกฉบับ.pdf", pdf(1))).status_code == 409


def test_a_slot_that_the_indicator_does_not_have_is_not_found(reporter):
    assert reporter.upload("criterion.9", ("ก.pdf", one_page_pdf())).status_code == 404
    assert reporter.upload("../../x", ("ก.pdf", one_page_pdf())).status_code == 404


def test_submitting_too_early_names_everything_that_is_missing_with_links_that_land_on_it(reporter):
    reporter.patch(REPORT, {"self_level": (4, 0)})
    response = reporter.post(f"{REPORT}/submit")
    assert response.status_code == 422
    page = lxml.html.fromstring(response.text)
    targets = page.xpath("//div[contains(@class,'errsum')]//a/@href")
    assert "#f-criterion-1" in targets
    assert "#f-pa-lesson" in targets
    ids = set(page.xpath("//@id"))
    assert [target for target in targets if target[1:] not in ids] == []
    as_json = reporter.post(f"{REPORT}/submit", json_answer=True)
    assert as_json.status_code == 422
    assert {item["key"] for item in as_json.json["missing"]} >= {"criterion.1", "pa.lesson", "problems"}


def test_a_complete_report_is_submitted_with_a_receipt_and_a_mail(app, reporter):
    reporter.report_everything()
    response = reporter.post(f"{REPORT}/submit")
    assert response.status_code == 303
    assert response.location == REPORT
    page = reporter.page(REPORT)
    assert "QP66-6-3603-1" in page.text_content()
    assert [row.receipt_number for row in rows(app, HandIn)] == ["QP66-6-3603-1"]
    mails = [row for row in rows(app, OutboxMessage) if row.template == "receipt"]
    assert [row.recipient for row in mails] == ["reporter.p-cpm-3@emes.test"]
    board = reporter.page("/reports/2566-6/P-CPM-3/")
    assert board.xpath("//tr[.//span[@class='qp' and text()='1']]//span[contains(@class,'tag ok')]")


@pytest.mark.postgresql
def test_submitting_again_or_with_the_same_key_is_harmless(app, reporter):
    reporter.report_everything()
    key = {"Idempotency-Key": "abc"}
    first = reporter.post(f"{REPORT}/submit", json_answer=True, headers=key)
    again = reporter.post(f"{REPORT}/submit", json_answer=True, headers=key)
    plain = reporter.post(f"{REPORT}/submit", json_answer=True)
    assert first.json["receipt"] == again.json["receipt"] == plain.json["receipt"]
    assert len(rows(app, HandIn)) == 1
    assert len([row for row in rows(app, OutboxMessage) if row.template == "receipt"]) == 1


def test_an_edit_after_submitting_takes_it_back_until_it_is_sent_again(app, reporter):
    reporter.report_everything()
    reporter.post(f"{REPORT}/submit")
    answer = reporter.patch(REPORT, {"problems": ("แก้ไขแล้ว", 1)})
    assert (answer.json["state"], answer.json["status"]) == ("draft", "ready")
    reporter.post(f"{REPORT}/submit")
    assert [row.receipt_number for row in rows(app, HandIn)] == ["QP66-6-3603-1", "QP66-6-3603-1-2"]


def test_after_closing_nothing_changes_but_everything_can_be_read(app, reporter):
    uploaded = reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())).json["evidence"][0]
    reporter.patch(REPORT, {"problems": ("ก่อนปิด", 0)})
    app.config["EMES_NOW"] = NOW + timedelta(days=30)
    late = reporter.signed_in("reporter.p-cpm-3@emes.test")
    late.token = ""
    assert late.patch(REPORT, {"problems": ("หลังปิด", 1)}).status_code == 409
    assert late.upload("criterion.1", ("ข.pdf", one_page_pdf())).status_code == 409
    assert late.delete(f"/evidence/{uploaded['id']}").status_code == 409
    assert late.post(f"{REPORT}/submit").status_code == 409
    page = late.page(REPORT)
    assert page.xpath("//textarea[@name='problems']")[0].text.strip() == "ก่อนปิด"
    assert page.xpath("//textarea[@name='problems']/@readonly")
    assert late.get(f"/evidence/{uploaded['id']}").status_code == 200


def test_a_round_that_is_not_open_yet_takes_nothing(reporter):
    assert reporter.patch("/reports/2566-12/P-CPM-3/AP-1.1", {"problems": ("x", 0)}).status_code == 409
    assert reporter.get("/reports/2566-12/P-CPM-3/AP-1.1").status_code == 200


@pytest.mark.postgresql
def test_the_same_form_works_without_script(reporter):
    page = reporter.page(REPORT)
    form = page.xpath("//form[@id='report']")[0]
    data = {box.get("name"): box.get("value", "") for box in form.xpath(".//input[@type='hidden']")}
    data |= {"problems": "พิมพ์เอง", "self_level": "4", "quantity.school_total": "๑๗๖", "is_challenge": "true"}
    response = reporter.post(REPORT, data)
    assert response.status_code == 303
    page = reporter.page(REPORT)
    assert page.xpath("//textarea[@name='problems']")[0].text.strip() == "พิมพ์เอง"
    assert page.xpath("//input[@name='is_challenge']/@checked")
    stale = data | {"problems": "ของเก่า", "quantity.school_total": "abc"}
    response = reporter.post(REPORT, stale)
    assert response.status_code == 409
    page = lxml.html.fromstring(response.text)
    assert "ของเก่า" in page.text_content()
    assert "พิมพ์เอง" in page.text_content()
    assert page.xpath("//input[@name='quantity.school_total']/@value") == ["abc"]


def test_a_tick_can_be_taken_away_without_script(reporter):
    reporter.patch(REPORT, {"is_challenge": (True, 0), "no_problems": (True, 0)})
    page = reporter.page(REPORT)
    form = page.xpath("//form[@id='report']")[0]
    data = {box.get("name"): box.get("value", "") for box in form.xpath(".//input[@type='hidden']")}
    assert reporter.post(REPORT, data).status_code == 303
    page = reporter.page(REPORT)
    assert not page.xpath("//input[@name='is_challenge']/@checked")


def test_files_go_up_without_script_too(reporter):
    import io

    data = {"slot": "criterion.1", "file": (io.BytesIO(one_page_pdf()), "ก.pdf")}
    response = reporter.post(f"{REPORT}/evidence", data, content_type="multipart/form-data")
    assert response.status_code == 303
    assert "ก.pdf" in reporter.page(REPORT).text_content()


def test_a_director_reads_but_does_not_write(sign_in, reporter):
    reporter.patch(REPORT, {"problems": ("อ่านได้", 0)})
    director = sign_in("director.p-cpm-3")
    page = director.page(REPORT)
    assert page.xpath("//textarea/@readonly")
    assert director.patch(REPORT, {"problems": ("แก้", 1)}).status_code == 403
    assert director.upload("criterion.1", ("ก.pdf", one_page_pdf())).status_code == 403
    assert director.post(f"{REPORT}/submit").status_code == 403


def test_the_next_round_shows_what_was_given_in_the_last_one(app, reporter):
    reporter.patch(REPORT, {"quantity.school_total": (171, 0)})
    report = reporter.page("/reports/2566-12/P-CPM-3/QP-1")
    shown = report.xpath("//tr[.//input[@name='quantity.school_total']]/td[@class='p']/text()")
    assert shown == ["171"]
