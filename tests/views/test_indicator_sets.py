"""A set of indicators as a workbook: out, edited, back, shown, applied; over HTTP."""

from __future__ import annotations

import io

import lxml.html
import pytest
from openpyxl import load_workbook

from app import scope
from app.extensions import db, transaction
from app.models import Change, Criterion, Indicator, Part, QualityLevel, Quantity, Round, SetImport
from tests.person import REPORT

on_both_databases = "where marked"
SET = "/rounds/2566-6/set"
THAI = {
    "parts": "ชุดตัวชี้วัด",
    "indicators": "ตัวชี้วัด",
    "criteria": "ประเด็นพิจารณา",
    "levels": "เกณฑ์คุณภาพ",
    "quantities": "ข้อมูลเชิงปริมาณ",
}


def book_of(person, code="2566-6"):
    response = person.get(f"/rounds/{code}/set.xlsx")
    assert response.status_code == 200
    return load_workbook(io.BytesIO(response.data))


def as_bytes(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(person, content, code="2566-6", name="ชุด.xlsx"):
    return person.post(f"/rounds/{code}/set", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def look(person, book, code="2566-6"):
    """Send a workbook back and read what it would do."""
    response = send(person, as_bytes(book), code)
    assert response.status_code == 303, lxml.html.fromstring(response.text).text_content()
    return response.location, person.page(response.location)


def apply(person, address, page):
    return person.post(f"{address}/apply", {"shown": page.xpath("//input[@name='shown']/@value")[0]})


def column(sheet, heading):
    return next(cell.column for cell in sheet[1] if cell.value and str(cell.value).rstrip(" *") == heading)


def row_where(sheet, **wanted):
    for row in range(2, sheet.max_row + 1):
        if all(str(sheet.cell(row, column(sheet, heading)).value) == value for heading, value in wanted.items()):
            return row
    raise AssertionError(wanted)


def everything(app):
    """Every row of every set, as the database has it."""
    with app.app_context(), scope.whole_country("a test looks"):
        found = []
        for model in (Part, Indicator, Criterion, QualityLevel, Quantity):
            for row in db.session.query(model).order_by(model.id):
                found.append([model.__name__, *(getattr(row, one.key) for one in model.__table__.columns)])
        return found


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("code", ["2566-6", "2566-12"])
def test_a_set_that_goes_out_and_comes_back_changes_nothing(app, central, code, language):
    central.get(f"/?lang={language}")
    before = everything(app)
    _, page = look(central, book_of(central, code), code)
    assert "ไม่มีอะไรต้องเปลี่ยน" in page.text_content() or "nothing to change" in page.text_content()
    assert not page.xpath("//form[contains(@action, '/apply')]")
    assert everything(app) == before


@pytest.mark.postgresql
def test_texts_that_look_like_formulas_and_that_are_too_long_for_excel_survive_the_round_trip(app, central):
    with app.app_context(), transaction():
        rows = db.session.query(Criterion).order_by(Criterion.id).limit(4).all()
        rows[0].text_th = '=HYPERLINK("http://evil.example","x")'
        rows[1].text_th = "+66 2 288 5867\n  @บรรทัดที่สอง  "
        rows[2].text_th = "ก" * 40_000
        rows[3].text_th = "-5.5"
    before = everything(app)
    book = book_of(central)
    assert not [cell.coordinate for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    _, page = look(central, book)
    assert not page.xpath("//form[contains(@action, '/apply')]")
    assert everything(app) == before


@pytest.mark.postgresql
def test_a_change_a_new_issue_and_a_row_out_of_use_are_shown_first_and_then_applied_whole(app, central):
    book = book_of(central)
    indicators, criteria = book[THAI["indicators"]], book[THAI["criteria"]]
    row = row_where(indicators, รหัสตัวชี้วัด="2")
    indicators.cell(row, column(indicators, "ข้อความ (ไทย)")).value = "ระดับความสำเร็จของถ้อยคำใหม่"
    out = row_where(criteria, ตัวชี้วัด="QP-3", ประเด็นที่="1")
    criteria.cell(out, column(criteria, "ใช้งานอยู่")).value = "ไม่ใช่"
    new = criteria.max_row + 1
    for heading, value in {
        "ตัวชี้วัด": "QP-1",
        "ประเด็นที่": "๙",
        "ประเด็น (ไทย)": "ประเด็นที่เพิ่มในแฟ้ม",
        "จำนวนไฟล์อย่างน้อย": 1,
    }.items():
        if any(cell.value and str(cell.value).rstrip(" *") == heading for cell in criteria[1]):
            criteria.cell(new, column(criteria, heading)).value = value
    for heading, value in zip(("min", "max"), (1, 2), strict=True):
        position = [cell.column for cell in criteria[1]][7 if heading == "min" else 8]
        criteria.cell(new, position).value = value
    for position in (11, 12):
        criteria.cell(new, position).value = "ไม่ใช่" if position == 11 else "ใช่"
    before = everything(app)
    address, page = look(central, book)
    assert everything(app) == before, "looking changes nothing"
    text = page.text_content()
    assert "ระดับความสำเร็จของถ้อยคำใหม่" in text and "ประเด็นที่เพิ่มในแฟ้ม" in text
    response = apply(central, address, page)
    assert response.status_code == 303
    with app.app_context():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        texts = {row.full_code: row.text_th for row in db.session.query(Indicator).filter_by(round_id=found.id)}
        assert texts["QP-2"] == "ระดับความสำเร็จของถ้อยคำใหม่"
        one = db.session.query(Indicator).filter_by(round_id=found.id, full_code="QP-1").one()
        made = next(row for row in one.criteria if row.number == 9)
        assert (made.text_th, made.min_files, made.max_files, made.active) == ("ประเด็นที่เพิ่มในแฟ้ม", 1, 2, True)
        three = db.session.query(Indicator).filter_by(round_id=found.id, full_code="QP-3").one()
        assert not next(row for row in three.criteria if row.number == 1).active
        whats = [row.what for row in db.session.query(Change).filter(Change.subject.startswith("indicator:"))]
        assert "text_th" in whats
    assert len(everything(app)) == len(before) + 1


@pytest.mark.postgresql
def test_applying_twice_is_applying_once(app, central):
    book = book_of(central)
    sheet = book[THAI["parts"]]
    sheet.cell(2, column(sheet, "คำขึ้นต้นร่วม (ไทย)")).value = "ความสำเร็จของ"
    address, page = look(central, book)
    assert apply(central, address, page).status_code == 303
    after = everything(app)
    assert apply(central, address, page).status_code == 303
    assert everything(app) == after
    with app.app_context():
        assert db.session.query(Change).filter_by(what="common_prefix_th").count() == 1


def test_one_bad_row_and_nothing_is_changed(app, central):
    book = book_of(central)
    criteria, indicators = book[THAI["criteria"]], book[THAI["indicators"]]
    criteria.cell(2, column(criteria, "ประเด็น (ไทย)")).value = "ถ้อยคำที่ดี"
    criteria.cell(3, 8).value = "ห้า"
    criteria.cell(4, column(criteria, "ประเด็น (ไทย)")).value = "=1+1"
    indicators.cell(2, column(indicators, "เขตที่ต้องรายงาน")).value = "ทุกโรงเรียน"
    before = everything(app)
    address, page = look(central, book)
    cells = [row.text_content() for row in page.xpath("//section[@aria-labelledby='faults']//tbody/tr")]
    assert any("H3" in cell and THAI["criteria"] in cell for cell in cells), cells
    assert any("D4" in cell and "สูตร" in cell for cell in cells), cells
    assert any("F2" in cell and "ทุกโรงเรียน" in cell for cell in cells), cells
    assert len(cells) == 3
    assert central.post(f"{address}/apply", {"shown": ""}).status_code == 422
    assert everything(app) == before


def test_least_files_above_the_most_is_refused_with_its_row(app, central):
    book = book_of(central)
    criteria = book[THAI["criteria"]]
    criteria.cell(5, 8).value, criteria.cell(5, 9).value = 3, 1
    _, page = look(central, book)
    assert "แถวที่ 5" in page.xpath("//section[@aria-labelledby='faults']")[0].text_content()


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda book: book[THAI["criteria"]].delete_cols(4), "ไม่มีคอลัมน์ “ประเด็น (ไทย)”"),
        (lambda book: book.remove(book[THAI["levels"]]), "ไม่มีแผ่นงานนี้"),
        (lambda book: setattr(book[THAI["criteria"]].cell(3, 1), "value", "C99999.0000000000"), "ไม่ตรงกับที่ e-MES เขียนไว้"),
        (
            lambda book: setattr(book[THAI["criteria"]].cell(3, 1), "value", book[THAI["criteria"]]["A2"].value),
            "มีอยู่แล้วในแถวที่ 2",
        ),
        (lambda book: setattr(book[THAI["criteria"]].cell(2, 3), "value", 77), "ค่านี้เปลี่ยนไม่ได้"),
        (lambda book: setattr(book[THAI["criteria"]].cell(2, 4), "value", "  "), "เซลล์นี้ต้องไม่ว่าง"),
        (lambda book: setattr(book[THAI["parts"]].cell(2, 3), "value", "ก" * 201), "ยาวเกินไป: 201"),
        (lambda book: book[THAI["criteria"]].append(["", "QP-99", 1, "ก", "", "", "", 1, 3, "", "ไม่ใช่", "ใช่"]), "“QP-99”"),
    ],
    ids=["column", "sheet", "mark", "twice", "identity", "empty", "long", "owner"],
)
def test_every_fault_is_named(app, central, change, wanted):
    book = book_of(central)
    change(book)
    before = everything(app)
    _, page = look(central, book)
    assert wanted in page.xpath("//section[@aria-labelledby='faults']")[0].text_content()
    assert everything(app) == before


def test_headings_may_stand_in_another_order_and_columns_of_ones_own_are_left_alone(app, central):
    book = book_of(central)
    sheet = book[THAI["parts"]]
    sheet.move_range("C1:I9", cols=1)
    sheet["C1"] = "หมายเหตุของฉัน"
    sheet["D1"] = "  ชื่อ\u00a0(ไทย)* "
    _, page = look(central, book)
    assert not page.xpath("//section[@aria-labelledby='faults']"), page.text_content()


@pytest.mark.postgresql
def test_a_row_that_is_gone_is_taken_out_of_use_and_one_added_meanwhile_is_left_alone(app, central):
    book = book_of(central)
    quantities = book[THAI["quantities"]]
    gone = quantities.cell(2, 3).value
    quantities.delete_rows(2)
    with app.app_context(), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        one = db.session.query(Indicator).filter_by(round_id=found.id, full_code="QP-1").one()
        one.criteria.append(Criterion(number=50, text_th="เพิ่มในหน้าจอ"))
    address, page = look(central, book)
    assert page.text_content().count("เลิกใช้") >= 1
    assert apply(central, address, page).status_code == 303
    with app.app_context():
        assert not db.session.query(Quantity).filter_by(key=gone).order_by(Quantity.id).first().active
        assert db.session.query(Criterion).filter_by(number=50).one().active


@pytest.mark.postgresql
def test_what_was_changed_on_the_screens_meanwhile_stays_unless_the_workbook_changes_it_too(app, central):
    book = book_of(central)
    with app.app_context(), transaction():
        first, _ = db.session.query(Part).order_by(Part.id).limit(2).all()
        first.name_en = "Changed on the screen"
        first_id = first.id
    sheet = book[THAI["parts"]]
    _, page = look(central, book)
    assert "คงค่าตามที่อยู่ใน e-MES" in page.text_content()
    assert not page.xpath("//form[contains(@action, '/apply')]")
    sheet.cell(2, 4).value = "Changed in the workbook"
    _, page = look(central, book)
    assert "แก้ไขในแฟ้มด้วย" in page.text_content()
    with app.app_context():
        assert db.session.get(Part, first_id).name_en == "Changed on the screen"


def test_what_was_not_shown_is_not_applied(app, central):
    book = book_of(central)
    sheet = book[THAI["parts"]]
    sheet.cell(2, 4).value = "From the workbook"
    address, page = look(central, book)
    other = book_of(central)
    other[THAI["parts"]].cell(2, 5).value = "อื่น"
    with app.app_context(), transaction():
        # The same row now differs from what both workbooks were made from.
        db.session.query(Part).order_by(Part.id).first().name_en = "Meanwhile"
    response = apply(central, address, page)
    assert response.status_code in (409, 422)
    with app.app_context():
        assert db.session.query(Part).order_by(Part.id).first().name_en == "Meanwhile"


@pytest.mark.postgresql
def test_a_workbook_of_another_round_or_of_nothing_is_refused(app, central):
    book = book_of(central, "2566-12")
    response = send(central, as_bytes(book))
    assert response.status_code == 422
    assert "2566-12" in lxml.html.fromstring(response.text).xpath("//*[@id='file-err']")[0].text_content()
    foreign = load_workbook(io.BytesIO(as_bytes(book_of(central))))
    foreign.remove(foreign["_emes"])
    assert send(central, as_bytes(foreign)).status_code == 422
    with app.app_context():
        assert db.session.query(SetImport).count() == 0


def test_a_level_that_offices_report_on_is_not_lost_with_its_row(app, central, reporter):
    reporter.report_everything()
    book = book_of(central)
    levels = book[THAI["levels"]]
    levels.delete_rows(row_where(levels, ตัวชี้วัด="QP-1", ระดับ="5"))
    _, page = look(central, book)
    assert "ใส่ระดับนี้กลับคืนก่อน" in page.text_content()


def test_the_page_says_how_many_offices_report_on_what_changes(app, central, reporter):
    assert reporter.patch(REPORT, {"problems": ("ก", 0)}).status_code == 200
    book = book_of(central)
    sheet = book[THAI["indicators"]]
    sheet.cell(row_where(sheet, รหัสตัวชี้วัด="1"), column(sheet, "ข้อความ (อังกฤษ)")).value = "New wording"
    _, page = look(central, book)
    assert "มี 1 เขตรายงานแล้ว" in page.text_content()


def test_only_the_centre_sees_sets(app, sign_in, reporter):
    for who in ("reporter.p-cpm-3", "coordinator.p-cpm-3", "evaluator1", "analyst"):
        assert sign_in(who).get(SET).status_code == 403
        assert sign_in(who).get(f"{SET}.xlsx").status_code == 403
