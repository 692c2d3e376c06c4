"""The workbook of a round against an independent reckoning, as openpyxl and as LibreOffice read it."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from openpyxl import Workbook

from tests.conftest import NOW, fresh
from tests.exports import known_round
from tests.exports.asking import file_of
from tests.exports.reckoning import Reckoned, hundredths
from tests.exports.spreadsheets import below, converted, opened, plainly, rows_of
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
FIXED = ("ปก", "ภาพรวม", "พจนานุกรมข้อมูล")
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
