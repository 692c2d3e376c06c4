"""What offices have reported on is edited in the open: shown first, kept as a version, told to the offices."""

from __future__ import annotations

import lxml.html
import pytest

from app.extensions import db
from app.models import Change, Criterion, Indicator, IndicatorVersion, Notice, OutboxMessage, QualityLevel, Quantity, Submission
from app.queries import round as rounds
from app.services import versions
from tests.conftest import NOW
from tests.person import REPORT
from tests.reports import put_report
from tests.services.doing import actor_for
from tests.services.test_locks import one_after_the_other
from tests.views.test_admin import save, typed_into
from tests.views.test_deadlines import every, first
from tests.views.test_indicator_sets import THAI, apply, book_of, look, row_where
from tests.views.test_round_life import change_round

on_both_databases = "where marked"
VERSIONS = "/indicators/2566-6/QP-1/versions"


def criterion(app, number=1, code="QP-1"):
    with app.app_context():
        found = db.session.query(Criterion).join(Indicator).filter(Indicator.full_code == code, Indicator.round_id == 1)
        return found.filter(Criterion.number == number).one()


def edit(central, address, confirm=True, **typed):
    """Save an edit as a person does: change the boxes, press, and press again where the page shows whom it touches."""
    data = {key: value for key, value in (typed_into(central.page(address)) | typed).items() if value is not None}
    return save(central, address, data) if confirm else central.post(address, data)


@pytest.mark.postgresql
def test_an_edit_before_anybody_reported_is_saved_at_once_and_makes_no_version(app, central):
    row = criterion(app)
    assert edit(central, f"/admin/criteria/edit/{row.id}", confirm=False, text_th="ประเด็นใหม่").status_code == 303
    assert every(app, IndicatorVersion) == []
    assert first(app, Indicator, id=row.indicator_id).version == 1


def test_an_edit_of_what_was_reported_shows_first_whom_it_touches(app, reporter, sign_in, central):
    reporter.report_everything()
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    sign_in("reporter.p-cpm-2").patch("/reports/2566-6/P-CPM-2/QP-1", {"problems": ("x", 0)})
    row = criterion(app)
    shown = edit(central, f"/admin/criteria/edit/{row.id}", confirm=False, text_th="ประเด็นที่แก้แล้ว")
    assert shown.status_code == 422
    assert "มี 2 เขตที่รายงานตัวชี้วัดนี้" in shown.text
    assert "ส่งแล้ว 1 เขต กำลังทำ 1 เขต" in shown.text
    assert "ประเด็นที่แก้แล้ว" in shown.text, "what was typed is kept"
    assert criterion(app).text_th == row.text_th, "nothing is saved yet"
    assert every(app, IndicatorVersion) == []


@pytest.mark.postgresql
def test_a_confirmed_edit_keeps_the_old_version_and_tells_the_offices_with_the_difference(app, reporter, central):
    reporter.patch(REPORT, {"problems": ("x", 0)})
    row = criterion(app)
    assert edit(central, f"/admin/criteria/edit/{row.id}", text_th="ประเด็นที่แก้แล้ว").status_code == 303
    kept = every(app, IndicatorVersion)
    assert [(one.number, one.ended_by_name) for one in kept] == [(1, "เจ้าหน้าที่ส่วนกลาง สาธิต")]
    assert row.text_th in [cells["text_th"] for cells in kept[0].asked["criteria"]]
    assert first(app, Indicator, id=row.indicator_id).version == 2
    told = [one for one in every(app, Notice) if one.kind == "indicator_changed"]
    assert len(told) == 2, "the coordinator, and the reporter who wrote last"
    assert {one.path for one in told} == {VERSIONS}
    assert len([one for one in every(app, OutboxMessage) if one.template == "notice"]) == 2
    words = reporter.page(VERSIONS).text_content()
    assert "ประเด็นที่แก้แล้ว" in words
    assert row.text_th[:30] in words
    assert "ตั้งแต่ 20 พ.ย. 2569 10.00 น. แก้ไขโดย เจ้าหน้าที่ส่วนกลาง สาธิต" in words
    assert first(app, Change, what="version").new_value == "2"


def test_a_confirmation_of_something_else_is_shown_again(app, reporter, central):
    reporter.patch(REPORT, {"problems": ("x", 0)})
    row = criterion(app)
    address = f"/admin/criteria/edit/{row.id}"
    data = typed_into(central.page(address)) | {"text_th": "แก้", "confirmed": "0123456789abcdef"}
    assert central.post(address, data).status_code == 422
    assert criterion(app).text_th == row.text_th


def test_what_no_office_sees_is_saved_without_a_version(app, reporter, central):
    reporter.patch(REPORT, {"problems": ("x", 0)})
    row = criterion(app)
    assert edit(central, f"/admin/criteria/edit/{row.id}", confirm=False, is_illustrative=None).status_code == 303
    assert every(app, IndicatorVersion) == []


@pytest.mark.postgresql
def test_a_submitted_report_stays_submitted_and_says_which_version_it_answers(app, reporter, central):
    reporter.report_everything()
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    edit(central, f"/admin/criteria/edit/{criterion(app).id}", text_th="ประเด็นที่แก้แล้ว")
    page = reporter.page(REPORT)
    assert first(app, Submission).state == "submitted"
    assert "รายงานตอบตามฉบับที่ 1 ปัจจุบันใช้ฉบับที่ 2" in page.text_content()
    assert VERSIONS in page.xpath("//a/@href")
    version = int(page.xpath("//input[@name='version.problems']/@value")[0])
    reporter.patch(REPORT, {"problems": ("แก้ตามฉบับใหม่", version)})
    assert "รายงานตอบตามฉบับที่" not in reporter.page(REPORT).text_content(), "whoever edits it answers the new version"


@pytest.mark.postgresql
def test_a_report_that_was_handed_in_is_shown_as_it_was_asked_then(app, reporter, sign_in, central):
    figures = "/reports/2566-6/P-CPM-3/QP-X2"
    reporter.report_everything(figures)
    assert reporter.post(f"{figures}/submit").status_code == 303
    number = first(app, Submission).receipt_number
    old_criterion = criterion(app, code="QP-X2")
    with app.app_context():
        indicator_id = old_criterion.indicator_id
        quantity = db.session.query(Quantity).filter_by(indicator_id=indicator_id).first()
        level = db.session.query(QualityLevel).filter_by(indicator_id=indicator_id, level=4).one()
    edit(central, f"/admin/criteria/edit/{old_criterion.id}", text_th="ประเด็นที่แก้แล้ว", active=None)
    edit(central, f"/admin/quantities/edit/{quantity.id}", label_th="ชื่อใหม่ของตัวเลข")
    edit(central, f"/admin/levels/edit/{level.id}", text_th="เกณฑ์ใหม่ของระดับสี่")
    assert first(app, Indicator, id=indicator_id).version == 4
    words = reporter.page(f"/receipts/{number}/report").text_content()
    for old in (old_criterion.text_th, quantity.label_th, level.text_th):
        assert old in words
    for new in ("ประเด็นที่แก้แล้ว", "ชื่อใหม่ของตัวเลข", "เกณฑ์ใหม่ของระดับสี่"):
        assert new not in words
    assert f"/receipts/{number}/report" in reporter.page(f"/receipts/{number}").xpath("//a/@href")
    assert sign_in("reporter.p-cpm-2").get(f"/receipts/{number}/report").status_code == 404


def test_what_is_missing_in_begun_reports_is_counted_anew(app, reporter, central):
    reporter.report_everything()
    assert first(app, Submission).missing_count == 0
    data = typed_into(central.page("/admin/criteria/add")) | {
        "indicator": str(criterion(app).indicator_id),
        "number": "9",
        "text_th": "ประเด็นเพิ่ม",
        "evidence_th": "เอกสาร",
        "active": "y",
    }
    shown = central.post("/admin/criteria/add", data)
    assert shown.status_code == 422
    assert central.post("/admin/criteria/add", typed_into(lxml.html.fromstring(shown.text))).status_code == 303
    assert first(app, Submission).missing_count == 1
    assert first(app, Submission).state == "draft"


def test_a_workbook_of_the_set_makes_versions_too(app, reporter, central):
    reporter.patch(REPORT, {"problems": ("x", 0)})
    book = book_of(central)
    issues = book[THAI["criteria"]]
    row = row_where(issues, ตัวชี้วัด="QP-1", ประเด็นที่="1")
    wording = next(cell.column for cell in issues[1] if cell.value and "(ไทย)" in str(cell.value))
    issues.cell(row, wording).value = "ประเด็นจากสมุดงาน"
    assert apply(central, *look(central, book)).status_code == 303
    assert [one.number for one in every(app, IndicatorVersion)] == [1]
    assert "ประเด็นจากสมุดงาน" in reporter.page(VERSIONS).text_content()


def test_a_copied_round_begins_with_first_versions(app, reporter, central):
    reporter.patch(REPORT, {"problems": ("x", 0)})
    edit(central, f"/admin/criteria/edit/{criterion(app).id}", text_th="แก้")
    assert central.post("/rounds/2566-6/rehearsal", {"minutes": "30", "grace": "5"}).status_code == 303
    with app.app_context():
        assert {row.version for row in db.session.query(Indicator).filter(Indicator.round_id == 3)} == {1}


@pytest.mark.postgresql
def test_versions_of_a_round_in_preparation_are_hidden_from_offices(app, reporter, central):
    change_round(app, "2566-12", stage="preparing")
    assert reporter.get("/indicators/2566-12/QP-1/versions").status_code == 404
    assert central.get("/indicators/2566-12/QP-1/versions").status_code == 200
    assert reporter.get("/indicators/2566-6/QP-99/versions").status_code == 404


def test_who_waited_for_anothers_edit_keeps_what_that_one_left(app, reporter):
    reporter.patch(REPORT, {"problems": ("x", 0)})
    actor, ids = actor_for(app, "central"), [criterion(app, number).id for number in (1, 2)]

    def edits(row_id, text):
        def edit() -> None:
            watch = versions.watch(rounds.find("2566-6"))
            db.session.get_one(Criterion, row_id).text_th = text
            db.session.flush()
            versions.keep(watch.touches(), actor=actor, now=NOW)

        return edit

    one_after_the_other(app, edits(ids[0], "คนแรก"), edits(ids[1], "คนที่สอง"))
    kept = {row.number: [cells["text_th"] for cells in row.asked["criteria"]] for row in every(app, IndicatorVersion)}
    assert sorted(kept) == [1, 2]
    assert "คนแรก" not in kept[1]
    assert kept[2][0] == "คนแรก"
    assert "คนที่สอง" not in kept[2]


@pytest.mark.postgresql
def test_an_issue_that_moves_to_another_round_touches_the_reports_there(app, central):
    put_report(app, "P-CPM-3", "QP-1", missing_count=0, round_code="2566-12")
    there = first(app, Indicator, full_code="QP-1", round_id=2)
    shown = edit(
        central, f"/admin/criteria/edit/{criterion(app, 3, 'QP-2').id}", confirm=False, indicator=str(there.id), number="9"
    )
    assert shown.status_code == 422
    assert 'name="confirmed"' in shown.text
    assert first(app, Indicator, id=there.id).version == 1


def test_a_report_that_was_only_opened_is_not_touched(app, central):
    put_report(app, "P-CPM-3", "QP-1", begun=False, missing_count=9)
    assert edit(central, f"/admin/criteria/edit/{criterion(app).id}", confirm=False, text_th="ใหม่").status_code == 303
