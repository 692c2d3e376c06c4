"""Who will not make it and whom to call, on the page and as files; the pace and the forecast."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook

from app.extensions import db, transaction
from app.models import Area, Indicator, Part, Profile, Round
from app.scope import whole_country
from tests.conftest import NOW
from tests.person import Person
from tests.reports import HOUR, put_report
from tests.services.doing import looking, user_id_of
from tests.views.test_monitor import extend

on_both_databases = "where marked"
LIST = "/monitor/2566-6/at-risk"
DAY = timedelta(days=1)


def change(app, statement) -> None:
    with app.app_context(), whole_country("a test changes rows"), transaction():
        statement()


def as_table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_worst_come_first_and_those_in_time_are_left_out(app, central):
    # 20 of 29 days have passed: whoever sent 9 of 12 is in time, whoever sent 3 is not.
    for number in range(1, 6):
        put_report(app, "P-CPM-2", f"QP-{number}", "submitted")
    for number in (7, 8, 9, 10):
        put_report(app, "P-CPM-2", f"QP-{number}", missing_count=0)
    for number in range(1, 4):
        put_report(app, "P-CPM-3", f"QP-{number}", "submitted")
    page = central.page(f"{LIST}?province=ชัยภูมิ")
    found = [heading.strip() for heading in page.xpath("//ol/li//h2/a/text()")]
    assert found == ["สพป.ชัยภูมิ เขต 1", "สพม.ชัยภูมิ", "สพป.ชัยภูมิ เขต 3"], "nothing begun, nothing begun, too slow"
    figures = dict(zip(page.xpath("//main//dl/div/dt/text()"), page.xpath("//main//dl/div/dd/text()"), strict=True))
    assert figures == {"ยังไม่เริ่มเลย": "2", "ช้าเกินกว่าจะทันกำหนด": "1"}


def test_an_office_without_a_coordinator_is_told_apart(app, central):
    page = central.page(f"{LIST}?province=ชัยภูมิ")
    loud = page.xpath("//ol/li[contains(@class, 'nobody')]//h2/a/text()")
    assert loud == ["สพป.ชัยภูมิ เขต 1", "สพม.ชัยภูมิ"]
    office = page.xpath("//ol/li[.//h2/a[contains(., 'ชัยภูมิ เขต 3')]]")[0]
    assert office.xpath(".//a[starts-with(@href, 'mailto:')]/text()") == [
        "coordinator.p-cpm-3@emes.test",
        "director.p-cpm-3@emes.test",
    ]
    assert "tel:022885867" in office.xpath(".//a/@href")
    assert "QP-6b" not in office.xpath("string()"), "nothing is owed that is not asked"


def test_both_files_say_what_the_page_says(app, central):
    put_report(app, "P-CPM-3", "QP-1", "submitted")
    answer = central.get(f"{LIST}.csv?province=ชัยภูมิ")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    table = {row["รหัส"]: row for row in as_table(answer.data)}
    assert set(table) == {"P-CPM-1", "P-CPM-2", "P-CPM-3", "S-CPM"}
    assert table["P-CPM-1"]["ผู้ประสานงานเขต"] == "ไม่มีผู้ประสานงานเขตในระบบ"
    mine = table["P-CPM-3"]
    assert (mine["ส่งแล้ว"], mine["ค้างส่ง"], mine["อีเมลผู้อำนวยการ"]) == ("1", "11", "director.p-cpm-3@emes.test")
    assert mine["ตัวชี้วัดที่ยังไม่ส่ง"].split(", ")[0] == "QP-2"

    sheet = load_workbook(io.BytesIO(central.get(f"{LIST}.xlsx?province=ชัยภูมิ").data)).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [str(value or "") for value in rows[0]] == list(mine)
    assert {row[1]: [str(value or "") for value in row] for row in rows[1:]} == {
        code: [text if text != "0" else "" for text in row.values()] for code, row in table.items()
    }


def test_a_name_that_looks_like_a_formula_stays_text(app, central):
    user_id = user_id_of(app, "coordinator.p-cpm-3")
    change(app, lambda: setattr(db.session.get_one(Profile, user_id), "full_name", '=HYPERLINK("http://x")'))
    row = as_table(central.get(f"{LIST}.csv?q=P-CPM-3").data)[0]
    assert row["ผู้ประสานงานเขต"] == '\'=HYPERLINK("http://x")'
    sheet = load_workbook(io.BytesIO(central.get(f"{LIST}.xlsx?q=P-CPM-3").data)).worksheets[0]
    cell = next(cell for cell in sheet[3] if str(cell.value).startswith("=HYPERLINK"))
    assert cell.data_type == "s"


@pytest.mark.postgresql
def test_early_in_the_round_nobody_is_named(app, central, sign_in):
    def later() -> None:
        db.session.query(Round).filter_by(code="2566-6").one().closes_at = NOW + 60 * DAY
        db.session.query(Round).filter_by(code="2566-6").one().due_at = None

    change(app, later)
    assert "ไม่มีเขตที่คาดว่าจะส่งไม่ทันกำหนด" in sign_in("central").page(LIST).text_content()


# --- pace ---------------------------------------------------------------------------------------------------------------------


def past_round(app, code: str, opens_at: datetime, *, rehearsal: bool = False) -> None:
    """A round of ten days with one indicator that every office reports."""

    def make() -> None:
        found = Round(code=code, fiscal_year_be=2565, months=6, name_th=f"รอบ {code}", name_en=code, opens_at=opens_at)
        found.closes_at, found.is_rehearsal = opens_at + 10 * DAY, rehearsal
        db.session.add(found)
        db.session.flush()
        part = Part(round_id=found.id, code="QP", name_th="ก", name_en="a")
        db.session.add(part)
        db.session.flush()
        db.session.add(Indicator(part_id=part.id, round_id=found.id, code="1", full_code="QP-1", text_th="ก"))

    change(app, make)


def offices(app, number: int) -> list[str]:
    with app.app_context():
        return [row.code for row in db.session.query(Area).order_by(Area.sort_order).limit(number)]


def test_the_pace_is_laid_over_the_latest_earlier_round(app, central):
    past_round(app, "2565-6", NOW - 300 * DAY)
    past_round(app, "2565-6-R1", NOW - 200 * DAY, rehearsal=True)
    for place, area in enumerate(offices(app, 98)):  # 49 of 245 on the second day, 49 on the ninth: 20 %, then 40 %
        put_report(app, area, "QP-1", "submitted", round_code="2565-6", handed_in_at=NOW - (299 if place < 49 else 292) * DAY)
        put_report(app, area, "QP-1", "submitted", round_code="2565-6-R1", handed_in_at=NOW - 199 * DAY)
        put_report(app, area, "QP-1", "submitted", handed_in_at=NOW - 3 * DAY)
    page = central.page("/monitor/2566-6/pace")
    rows = [
        [cell.text_content().strip() for cell in row.xpath("td")]
        for row in page.xpath("//table[contains(@class, 'pace-table')]//tbody/tr")
    ]
    assert [row[1:] for row in rows] == [["3%", "≈ 7%"], ["20%", "40%"]], "98 of 2,940 sent; 40 over 20 times 3.3"
    assert "หากเป็นเช่นเดียวกับ 1 รอบที่ผ่านมา คาดว่าจะส่งแล้วประมาณ 7%" in page.text_content()
    assert "2565-6-R1" not in page.text_content()
    assert len(page.xpath("//polyline[@class='past']")) == 1
    assert "คาดว่าจะส่งแล้วประมาณ 7%" in central.page("/monitor/2566-6/").text_content()


@pytest.mark.postgresql
def test_a_hand_in_counts_on_the_day_of_the_wall_clock(app, central):
    put_report(app, "P-CPM-3", "QP-1", "submitted", handed_in_at=datetime.fromisoformat("2026-11-09T23:30:00+07:00"))
    for number in range(2, 6):
        put_report(
            app, "P-CPM-3", f"QP-{number}", "submitted", handed_in_at=datetime.fromisoformat("2026-11-10T00:30:00+07:00")
        )
    for area in offices(app, 60):
        if area != "P-CPM-3":
            put_report(app, area, "QP-7", "submitted", handed_in_at=datetime.fromisoformat("2026-11-10T00:30:00+07:00"))
    page = central.page("/monitor/2566-6/pace")
    days = {
        row.xpath("string(td[1])"): row.xpath("string(td[2])")
        for row in page.xpath("//section[h2 or .//h2[@id='days-title']]//tbody/tr")
    }
    assert (days["9 พ.ย. 2569"], days["10 พ.ย. 2569"], days["21 พ.ย. 2569"]) == ("0%", "2%", "–")


def test_a_first_round_says_that_there_is_nothing_to_compare_with(app, central):
    assert "ยังไม่มีรายงานที่ส่งแล้ว" in central.page("/monitor/2566-6/").text_content()
    put_report(app, "P-CPM-3", "QP-1", "submitted", handed_in_at=NOW - DAY)
    assert "ทั้งนี้ยังไม่มีรอบก่อนให้เปรียบเทียบ" in central.page("/monitor/2566-6/").text_content()
    assert "ยังไม่เปิดรอบการรายงาน" in central.page("/monitor/2566-12/").text_content()


@pytest.mark.postgresql
def test_an_office_with_more_time_for_all_that_it_still_owes_is_not_past_its_deadline(app, sign_in):
    codes = [row.full_code for row in asked_of_primary(app)]
    for code in codes[:-1]:
        put_report(app, "P-CPM-3", code, "submitted")
    closes = NOW + 10 * DAY
    extend(app, "P-CPM-3", closes + 5 * DAY, codes[-1])
    app.config["EMES_NOW"] = closes + 3 * HOUR
    page = Person(app).signed_in("central@emes.test").page("/monitor/2566-6/at-risk?q=P-CPM-3")
    assert "สพป.ชัยภูมิ เขต 3" not in page.xpath("string(//ol[contains(@class, 'call-list')])")


def asked_of_primary(app):
    with looking(app):
        found = db.session.query(Indicator).filter(Indicator.round_id == 1, Indicator.applies_to.in_(("both", "primary")))
        return found.order_by(Indicator.sort_order).all()
