"""The workbook of a round against an independent reckoning, as openpyxl and as LibreOffice read it."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from openpyxl import Workbook
from openpyxl.utils import get_column_letter, range_boundaries

from tests.conftest import NOW, fresh
from tests.exports import known_round
from tests.exports.asking import file_of
from tests.exports.reckoning import Reckoned, hundredths
from tests.exports.spreadsheets import HEAD_ROW, below, converted, headings_of, opened, plainly, rows_of
from tests.person import Person

REPORTS = known_round.reports()
ROUND = Reckoned(REPORTS, NOW)
SHEETS = {
    "แยกตามตัวชี้วัด": ROUND.by_indicator,
    "แยกตามภาค": ROUND.by_region,
    "แยกตามจังหวัด": ROUND.by_province,
    "แยกตามประเภทเขต": ROUND.by_kind,
    "แยกตามเขตตรวจราชการ": ROUND.by_cluster,
    "ระดับประเมินตนเอง": lambda: ROUND.matrix(lambda one: one.self_level),
    "ระดับผลการประเมิน": lambda: ROUND.matrix(lambda one: one.level),
    "ผลต่างของระดับ": lambda: ROUND.matrix(lambda one: one.gap),
    "การส่งตามกำหนด": ROUND.timeliness,
    "ปริมาณ สรุปรวม": ROUND.sums,
    "ปริมาณรายเขต": ROUND.wide,
    "ปัญหาและข้อเสนอแนะ": ROUND.problems,
    "ประเด็นท้าทาย (PA)": lambda: ROUND.files("pa."),
    "ข้อมูลเชิงปริมาณ": ROUND.quantities,
    "เอกสาร หลักฐาน": ROUND.files,
    "รายงานทั้งหมด": ROUND.all_reports,
}
FIXED = ("หน้าปก", "ภาพรวม", "พจนานุกรมข้อมูล")
READERS = ("sqlite", "postgresql", "LibreOffice")


@pytest.fixture(scope="module")
def books(request, tmp_path_factory) -> dict[str, Workbook]:
    """The same round out of both databases, asked for and taken on the page, and one of the files once more through LibreOffice."""
    made = {}
    for kind in ("sqlite", "postgresql"):
        with fresh(request, kind) as app:
            known_round.put(app, REPORTS)
            made[kind] = file_of(Person(app).signed_in("analyst@emes.test"), "workbook.xlsx")
    made["LibreOffice"] = converted(made["sqlite"], tmp_path_factory.mktemp("calc"))
    return {reader: opened(content) for reader, content in made.items()}


@pytest.fixture(params=READERS)
def book(request, books) -> Workbook:
    """The workbook as each of these gives it."""
    return books[request.param]


# --- figures -------------------------------------------------------------------------------------------------------------------


def test_the_known_round_would_show_a_careless_count():
    """Every kind of timing and fate is there, and means whose last half is rounded otherwise to the even digit."""
    timings = Counter(one.sent.timing for one in ROUND.stood if one.sent)
    assert set(timings) == {"on_time", "late", "grace", "closing"}
    assert len({office["region"] for office in known_round.offices().values()}) == 4
    means = {row[11] for rows in (ROUND.by_region(), ROUND.by_kind(), ROUND.by_province()) for row in rows}
    assert len(means) > 4
    own = [
        [one.self_level for one in ROUND.stood if one.self_level and one.report.indicator == code] for code in ROUND.indicators
    ]
    exact = [Decimal(sum(levels)) / len(levels) for levels in own]
    assert any(hundredths(Fraction(one)) != one.quantize(Decimal("0.01"), ROUND_HALF_EVEN) for one in exact)


def test_the_sheets_stand_in_the_order_in_which_they_are_read(book):
    assert book.sheetnames == [*FIXED[:2], *SHEETS, FIXED[2]]


@pytest.mark.parametrize("title", SHEETS)
def test_every_figure_of_a_sheet_is_the_one_reckoned_by_hand(book, title):
    expected = plainly(SHEETS[title]())
    assert expected
    found = rows_of(book, title)
    assert len(found) == len(expected)
    for told, reckoned in zip(found, expected, strict=True):
        assert told == reckoned


def test_the_overview_tells_the_round_in_figures(book):
    assert [row[1] for row in below(book, "ภาพรวม", "ช่องข้อมูล")] == [row[0] for row in plainly([one] for one in ROUND.totals())]
    assert below(book, "ภาพรวม", "ระดับ") == plainly(ROUND.spread())
    assert below(book, "ภาพรวม", "วันที่") == plainly(ROUND.days())


# --- what the sheets look like -------------------------------------------------------------------------------------------------


@pytest.fixture
def drawn(books) -> Workbook:
    """The workbook as it was made."""
    return books["sqlite"]


def test_charts_show_the_cells_that_hold_the_figures(drawn):
    charts = {sheet.title: sheet._charts for sheet in drawn if sheet._charts}
    of_means = ("แยกตามตัวชี้วัด", "แยกตามภาค", "แยกตามประเภทเขต")
    assert {title: len(found) for title, found in charts.items()} == {"ภาพรวม": 2} | dict.fromkeys(of_means, 1)
    shown = {title: [_shown(drawn, chart) for chart in found] for title, found in charts.items()}
    levels, days = shown["ภาพรวม"]
    assert levels == {"ประเมินตนเอง": [row[1] for row in ROUND.spread()], "ผลประเมิน": [row[2] for row in ROUND.spread()]}
    assert days == {"ส่งแล้วสะสม": [row[1] for row in ROUND.days()]}
    for title in of_means:
        rows = [row[-21:] for row in plainly(SHEETS[title]())]
        [means] = shown[title]
        assert [plainly([told])[0] for told in means.values()] == [tuple(row[place] for row in rows) for place in (7, 9)]
        assert list(means) == ["ประเมินตนเองเฉลี่ย", "ผลการประเมินเฉลี่ย"]


def _shown(book: Workbook, chart) -> dict[str, list]:
    """Name → values of each series of a chart, read from the cells that it refers to."""
    return {_cells(book, one.tx.strRef.f)[0]: _cells(book, one.val.numRef.f, beside=one.cat.numRef.f) for one in chart.series}


def _cells(book: Workbook, reference: str, beside: str = "") -> list:
    title, _, cells = reference.rpartition("!")
    if beside:
        assert len(_cells(book, beside)) == len(_cells(book, reference)), "as many names as bars"
        assert all(_cells(book, beside))
    found = book[title.strip("'")][cells.replace("$", "")]
    return [row[0].value for row in found] if isinstance(found, tuple) else [found.value]


def test_headings_stay_filters_reach_the_last_row_and_pages_repeat_the_headings(drawn):
    for title in [*SHEETS, FIXED[2]]:
        sheet, last = drawn[title], HEAD_ROW + len(rows_of(drawn, title))
        corner = f"{get_column_letter(len(headings_of(drawn, title)))}{last}"
        assert sheet.freeze_panes in ("B5", "C5"), title
        assert sheet.auto_filter.ref == f"A{HEAD_ROW}:{corner}", title
        assert sheet.print_title_rows == "$4:$4", title
        _, _, right, bottom = range_boundaries(sheet.print_area.rpartition("!")[2].replace("$", ""))
        assert right == len(headings_of(drawn, title)), title
        assert bottom >= last, title
        assert sheet.page_setup.fitToWidth == 1, title


def test_moments_are_dates_numbers_are_numbers_and_codes_stay_text(drawn):
    sheet = drawn["รายงานทั้งหมด"]
    row = dict(zip(headings_of(drawn, sheet.title), sheet[HEAD_ROW + 1], strict=True))
    assert row["วันเวลาที่ส่ง"].is_date
    assert row["วันเวลาที่ส่ง"].number_format == "[$-107041E]d mmm yyyy hh:mm"
    assert (row["รหัสเขต"].data_type, row["รหัสเขต"].number_format) == ("s", "@")
    assert (row["ประเมินตนเอง"].data_type, row["ประเมินตนเอง"].number_format) == ("n", "#,##0")
    assert drawn["ข้อมูลเชิงปริมาณ"]["K5"].number_format == "#,##0.00"
    assert {cell.font.name for sheet in drawn for line in sheet for cell in line if cell.value is not None} == {
        "TH Sarabun New"
    }
