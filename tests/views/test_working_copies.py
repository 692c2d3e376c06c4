"""An office's round as a workbook: filled in offline, sent back, shown cell by cell, taken over whole or in part."""

from __future__ import annotations

import io
from datetime import timedelta

import lxml.html
import pytest
from openpyxl import load_workbook

from app import scope
from app.extensions import db
from app.models import Answer, Change, Round, Submission, WorkingCopy
from tests.person import REPORT, Person

on_both_databases = "where marked"
COPY = "/reports/2566-6/P-CPM-3/workbook"
X2 = "/reports/2566-6/P-CPM-3/QP-X2"


def book_of(person, address=COPY):
    response = person.get(f"{address}.xlsx")
    assert response.status_code == 200
    return load_workbook(io.BytesIO(response.data))


def sheet_of(book):
    return next(sheet for sheet in book if sheet.title in ("รายงาน", "Report"))


def cell_of(book, indicator, key):
    """The answer's cell of one field."""
    sheet = sheet_of(book)
    return next(row[4] for row in sheet.iter_rows(min_row=2) if str(row[5].value).startswith(f"{indicator} {key} "))


def send(person, book, address=COPY):
    out = io.BytesIO()
    book.save(out)
    data = {"file": (io.BytesIO(out.getvalue()), "งานของเรา.xlsx")}
    return person.post(address, data, content_type="multipart/form-data")


def look(person, book):
    response = send(person, book)
    assert response.status_code == 303, lxml.html.fromstring(response.text).text_content()
    return response.location, person.page(response.location)


def names(page):
    return page.xpath("//input[@name='take']/@value")


def take(person, address, chosen):
    return person.post(f"{address}/take", {"take": chosen})


def answers(app):
    with app.app_context(), scope.whole_country("a test looks"):
        return {
            (row.submission.indicator.full_code, row.field_key): row.value for row in db.session.query(Answer) if row.version
        }


def test_a_working_copy_that_comes_back_as_it_went_out_changes_nothing(app, reporter):
    reporter.report_everything()
    reporter.patch(X2, {"problems": ("บรรทัดแรก\n=บรรทัดที่สอง ", 0), "no_problems": (False, 0), "self_level": ("5", 0)})
    before = answers(app)
    _, page = look(reporter, book_of(reporter))
    assert names(page) == []
    assert "ไม่มีอะไรต้องนำเข้า" in page.text_content()
    assert answers(app) == before


@pytest.mark.postgresql
def test_what_was_filled_in_changed_and_cleared_is_shown_with_its_cells_and_taken_over(app, reporter):
    assert reporter.patch(REPORT, {"problems": ("เดิม", 0), "self_level": ("3", 0)}).status_code == 200
    book = book_of(reporter)
    cell_of(book, "QP-1", "problems").value = None
    cell_of(book, "QP-1", "self_level").value = "๔"
    done = cell_of(book, "QP-1", "criterion.1.complete")
    done.value = "ครบแล้ว"
    figure = next(row for row in sheet_of(book).iter_rows(min_row=2) if " quantity." in str(row[5].value))
    figure[4].value = 12
    indicator, key = str(figure[5].value).split()[:2]
    address, page = look(reporter, book)
    text = page.text_content()
    assert len(names(page)) == 4
    assert done.coordinate in text and figure[4].coordinate in text
    assert "ล้างค่า" in text and "เดิม" in text
    assert answers(app)["QP-1", "problems"] == "เดิม", "looking changes nothing"
    assert take(reporter, address, names(page)).status_code == 303
    found = answers(app)
    assert found["QP-1", "problems"] is None
    assert found["QP-1", "self_level"] == "4"
    assert found["QP-1", "criterion.1.complete"] == "true"
    assert found[indicator, key] == "12"
    assert names(reporter.page(address)) == [], "nothing is left to take over"
    with app.app_context(), scope.whole_country("a test looks"):
        recorded = {row.what for row in db.session.query(Change).filter(Change.subject.startswith("submission:"))}
    assert {"problems", "self_level", key} <= recorded


def test_a_part_may_be_taken_over(app, reporter):
    book = book_of(reporter)
    cell_of(book, "QP-1", "problems").value = "หนึ่ง"
    cell_of(book, "QP-2", "problems").value = "สอง"
    address, page = look(reporter, book)
    only = [name for name in names(page) if name.startswith("QP-2 ")]
    assert take(reporter, address, only).status_code == 303
    found = answers(app)
    assert found.get(("QP-2", "problems")) == "สอง"
    assert ("QP-1", "problems") not in found
    assert names(reporter.page(address)) == [name for name in names(page) if name.startswith("QP-1 ")]
    assert take(reporter, address, []).status_code == 422


def test_faults_are_named_with_their_cells_and_hinder_only_themselves(app, reporter):
    book = book_of(reporter)
    level = cell_of(book, "QP-1", "self_level")
    level.value = "หก"
    formula = cell_of(book, "QP-3", "problems")
    formula.value = "=A1"
    cell_of(book, "QP-2", "problems").value = "ดี"
    figure = next(row for row in sheet_of(book).iter_rows(min_row=2) if " quantity." in str(row[5].value))[4]
    figure.value = -5
    sheet_of(book).cell(9, 6).value = "QP-1 nonsense 0123456789"
    address, page = look(reporter, book)
    faults = page.xpath("//section[@aria-labelledby='faults']")[0].text_content()
    for place in (level.coordinate, formula.coordinate, figure.coordinate, "F9"):
        assert place in faults
    assert [name.split()[:2] for name in names(page)] == [["QP-2", "problems"]]
    assert take(reporter, address, names(page)).status_code == 303
    assert answers(app)["QP-2", "problems"] == "ดี"


def test_what_a_colleague_entered_meanwhile_is_never_overwritten(app, reporter, sign_in):
    book = book_of(reporter)
    colleague = sign_in("coordinator.p-cpm-3")
    assert colleague.patch(REPORT, {"problems": ("ของเพื่อน", 0), "self_level": ("2", 0)}).status_code == 200
    cell_of(book, "QP-1", "problems").value = "ของฉัน"
    address, page = look(reporter, book)
    assert names(page) == []
    assert cell_of(book, "QP-1", "problems").coordinate in page.xpath("//section[@aria-labelledby='faults']")[0].text_content()
    assert cell_of(book, "QP-1", "self_level").coordinate in page.text_content(), "told that it stays"
    assert take(reporter, address, ["QP-1 problems 0"]).status_code == 422
    assert answers(app)["QP-1", "problems"] == "ของเพื่อน"


def test_what_a_colleague_enters_between_looking_and_taking_over_is_not_overwritten(app, reporter, sign_in):
    book = book_of(reporter)
    cell_of(book, "QP-1", "problems").value = "ของฉัน"
    cell_of(book, "QP-2", "problems").value = "อีกข้อ"
    address, page = look(reporter, book)
    assert sign_in("coordinator.p-cpm-3").patch(REPORT, {"problems": ("ของเพื่อน", 0)}).status_code == 200
    take(reporter, address, names(page))
    found = answers(app)
    assert found["QP-1", "problems"] == "ของเพื่อน"
    assert found["QP-2", "problems"] == "อีกข้อ"


def test_taking_over_twice_is_once(app, reporter):
    book = book_of(reporter)
    cell_of(book, "QP-1", "problems").value = "หนึ่ง"
    address, page = look(reporter, book)
    assert take(reporter, address, names(page)).status_code == 303
    assert take(reporter, address, names(page)).status_code == 422
    with app.app_context(), scope.whole_country("a test looks"):
        assert db.session.query(Change).filter_by(what="problems").count() == 1


@pytest.mark.postgresql
def test_a_working_copy_of_another_round_or_office_is_refused_and_named(app, reporter, sign_in):
    other = book_of(sign_in("reporter.p-cpm-2"), "/reports/2566-6/P-CPM-2/workbook")
    response = send(reporter, other)
    assert response.status_code == 422
    assert "P-CPM-2" in lxml.html.fromstring(response.text).xpath("//*[@id='file-err']")[0].text_content()
    foreign = book_of(reporter, "/reports/2566-12/P-CPM-3/workbook")
    assert send(reporter, foreign).status_code == 422
    with app.app_context(), scope.whole_country("a test looks"):
        assert db.session.query(WorkingCopy).count() == 0


def test_another_office_reaches_neither_the_workbook_nor_what_came_back(app, reporter, sign_in):
    book = book_of(reporter)
    cell_of(book, "QP-1", "problems").value = "ลับ"
    address, _ = look(reporter, book)
    stranger = sign_in("reporter.p-cpm-2")
    assert stranger.get(f"{COPY}.xlsx").status_code == 404
    assert stranger.get(address).status_code == 404
    assert stranger.get(address.replace("P-CPM-3", "P-CPM-2")).status_code == 404
    assert take(stranger, address.replace("P-CPM-3", "P-CPM-2"), ["QP-1 problems 0"]).status_code == 404


@pytest.mark.parametrize("minutes", [1, 24 * 60])
def test_nothing_is_taken_over_after_closing(app, reporter, minutes):
    book = book_of(reporter)
    cell_of(book, "QP-1", "problems").value = "ก่อนปิด"
    address, page = look(reporter, book)
    with app.app_context():
        closes_at = db.session.query(Round).filter_by(code="2566-6").one().closes_at
        grace = db.session.query(Round).filter_by(code="2566-6").one().grace_minutes
    app.config["EMES_NOW"] = closes_at + timedelta(minutes=minutes)
    late = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    response = take(late, address, names(page))
    # It came back before closing: in the grace it may be finished, as everything that was begun.
    assert response.status_code == (303 if minutes < grace else 409)
    assert bool(answers(app)) is (minutes < grace)

    assert late.page(COPY).xpath("//input[@type='file']") == []


def test_the_director_downloads_and_does_not_send_back(app, sign_in):
    director = sign_in("director.p-cpm-3")
    book = book_of(director)
    assert director.page(COPY).xpath("//input[@type='file']") == []
    assert send(director, book).status_code == 403
    with app.app_context(), scope.whole_country("a test looks"):
        assert db.session.query(Submission).count() == 0


def test_only_the_answers_can_be_written_in(app, reporter):
    sheet = sheet_of(book_of(reporter))
    assert sheet.protection.sheet
    for row in sheet.iter_rows(min_row=2, max_row=30):
        assert [cell.protection.locked for cell in row] == [True, True, True, True, False, True]
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"list"}
