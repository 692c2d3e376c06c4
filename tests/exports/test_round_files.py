"""Which part of a round a file tells, frozen or live, in which language, and that file and screen give the same numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app import scope
from app.extensions import db, transaction
from app.models import Area, Indicator
from app.scope import whole_country
from tests import letters
from tests.conftest import NOW
from tests.exports import known_round
from tests.exports.asking import DESK, ask, file_of, make_all, numbers_on, stored, take
from tests.exports.known_round import DAY, HandedIn, Report, Settled
from tests.exports.reckoning import Reckoned
from tests.exports.spreadsheets import HEAD_ROW, below, headings_of, opened, plainly, rows_of
from tests.person import Person

REPORTS = known_round.reports()
TOLD = "//*[@id='told']/b"
COVER = "หน้าปก"


@pytest.fixture
def analyst(app, sign_in) -> Person:
    known_round.put(app, REPORTS)
    person: Person = sign_in("analyst")
    return person


def cover_of(book) -> dict[str, object]:
    """What the cover says, by its words."""
    return {row[0].value: row[1].value for row in book[COVER].iter_rows(min_row=HEAD_ROW, max_col=2) if row[0].value}


def rows_on_cover(book) -> dict[str, int]:
    """Sheet → rows, as the cover counts them; a sheet that is no table has none."""
    return {title: int(rows) for title, _, rows in below(book, COVER, "แผ่นงาน") if rows is not None}


# --- which part ----------------------------------------------------------------------------------------------------------------


NARROWED = {
    "region": ("south", "ภาค", "ภาคใต้", lambda office: office["region"] == "south"),
    "kind": ("secondary", "ประเภท", "มัธยมศึกษา", lambda office: office["kind"] == "secondary"),
    "province": ("กระบี่", "จังหวัด", "กระบี่", lambda office: "กระบี่" in office["provinces_th"].split("|")),
    "cluster": ("13", "เขตตรวจราชการ", "13", lambda office: office["inspection_cluster"] == "13"),
    "office": ("P-CPM-2", "สำนักงานเขต", "P-CPM-2", lambda office: office["code"] == "P-CPM-2"),
}


@pytest.mark.parametrize("name", NARROWED)
def test_a_narrowed_file_tells_the_offices_that_are_meant_and_says_so(analyst, name):
    value, word, said, is_meant = NARROWED[name]
    meant = {code for code, office in known_round.offices().items() if is_meant(office)}
    expected = Reckoned(REPORTS, NOW, lambda one: one.office in meant)
    book = opened(file_of(analyst, "workbook.xlsx", **{name: value}))
    assert rows_of(book, "รายงานทั้งหมด") == plainly(expected.all_reports())
    assert rows_of(book, "แยกตามจังหวัด") == plainly(expected.by_province())
    assert rows_of(book, "ปริมาณ สรุปรวม") == plainly(expected.sums())
    assert rows_of(book, "ระดับผลการประเมิน") == plainly(expected.matrix(lambda one: one.level))
    assert (word, said) in [(row[0].value, row[1].value) for row in book[COVER].iter_rows(max_col=2)]
    page = analyst.page(f"{DESK}?{name}={value}")
    assert [numbers_on(page, f"({TOLD})[{place}]") for place in (1, 2)] == [[len(meant)], [len(expected.stood)]]


def test_one_indicator_is_told_alone_and_only_of_those_that_are_asked_for_it(analyst):
    expected = Reckoned(REPORTS, NOW, lambda one: one.indicator == "QP-6a")
    book = opened(file_of(analyst, "workbook.xlsx", indicator="QP-6a"))
    for title, rows in (
        ("รายงานทั้งหมด", expected.all_reports()),
        ("แยกตามตัวชี้วัด", expected.by_indicator()),
        ("การส่งตามกำหนด", expected.timeliness()),
        ("ข้อมูลเชิงปริมาณ", expected.quantities()),
        ("ปริมาณรายเขต", expected.wide()),
    ):
        assert rows_of(book, title) == plainly(rows), title
    assert cover_of(book)["ตัวชี้วัด"] == "QP-6a"


@pytest.mark.parametrize("figure", ["1048101", "1047103", "210481055", "1048576"])
def test_a_figure_is_told_as_it_is_though_it_be_a_number_of_rows(app, sign_in, figure):
    """The writer of rows fills in last rows and counts when it knows them: no figure may be taken for one of those."""
    made = [
        replace(one, hand_ins=(replace(one.hand_ins[0], quantities={"kinder_total": figure, "kinder_ontrack": figure}),))
        if (one.office, one.indicator) == ("P-CMI-1", "QP-6a")
        else one
        for one in REPORTS
    ]
    known_round.put(app, made)
    book = opened(file_of(sign_in("analyst"), "workbook.xlsx"))
    assert rows_of(book, "ปริมาณ สรุปรวม") == plainly(Reckoned(made, NOW).sums())


# --- frozen --------------------------------------------------------------------------------------------------------------------


def change_everything(app) -> list[Report]:
    """A day later much has changed. Answers the reports as they then are."""
    later = NOW + DAY
    sent = HandedIn(later, "late", 1, {"school_total": "999", "school_with_plan": "1"}, "เขียนใหม่หลังตรึงข้อมูล")
    changed = {(one.office, one.indicator): one for one in REPORTS}
    again, settled = changed["P-CPM-3", "QP-1"], changed["P-BKK", "QP-2"]
    with app.app_context(), whole_country("a test changes a round"), transaction():
        row = letters.report("P-CPM-3", "QP-1")
        db.session.add(known_round.hand_in(row, again.receipt(4), 4, sent))
    with app.app_context():
        letters.settle("P-BKK", "QP-2", 4, later, basis="moderated", comment="กลั่นกรองใหม่")
    changed["P-CPM-3", "QP-1"] = Report(again.office, again.indicator, (*again.hand_ins, sent), again.settled)
    known = Settled(settled.settled[0].at, 2, "mean", until=later)
    moderated = Settled(later, 4, "moderated", "กลั่นกรองใหม่")
    changed["P-BKK", "QP-2"] = Report(settled.office, settled.indicator, settled.hand_ins, (known, moderated))
    app.config["EMES_NOW"] = later + timedelta(hours=1)
    return list(changed.values())


def test_frozen_figures_give_the_same_rows_after_everything_changed_and_live_ones_follow(app, analyst, sign_in):
    with app.app_context():
        letters.freeze(NOW)
    changed = change_everything(app)
    expected = {"1": Reckoned(REPORTS, NOW), "": Reckoned(changed, NOW + DAY)}
    assert expected["1"].all_reports() != expected[""].all_reports()
    for basis, told in expected.items():
        book = opened(file_of(sign_in("analyst"), "workbook.xlsx", basis=basis))
        for title, rows in (
            ("รายงานทั้งหมด", told.all_reports()),
            ("ข้อมูลเชิงปริมาณ", told.quantities()),
            ("ปัญหาและข้อเสนอแนะ", told.problems()),
            ("แยกตามภาค", told.by_region()),
            ("ปริมาณ สรุปรวม", told.sums()),
            ("การส่งตามกำหนด", told.timeliness()),
        ):
            assert rows_of(book, title) == plainly(rows), (basis, title)
        assert ("sha256" in str(list(cover_of(book)))) is bool(basis)


def test_frozen_figures_tell_of_an_office_and_an_indicator_that_are_out_of_use_since_and_the_page_counts_them(app, analyst):
    with app.app_context():
        letters.freeze(NOW)
    with app.app_context(), scope.whole_country("a test takes out of use"), transaction():
        db.session.query(Area).filter_by(code="S-TRG-KBI").update({"active": False})
        db.session.query(Indicator).filter_by(full_code="QP-6a").update({"active": False})
    for narrowed in ({}, {"region": "south"}, {"office": "S-TRG-KBI"}):
        meant = {code for code, office in known_round.offices().items() if narrowed.get("region") in (None, office["region"])}
        meant &= {narrowed.get("office", code) for code in meant}
        frozen = Reckoned(REPORTS, NOW, lambda one, meant=meant: one.office in meant)
        page = analyst.page(f"{DESK}?basis=1&" + "&".join(f"{name}={value}" for name, value in narrowed.items()))
        assert [numbers_on(page, f"({TOLD})[{place}]") for place in (1, 2)] == [[len(meant)], [len(frozen.stood)]]
        book = opened(file_of(analyst, "reports.xlsx", basis="1", **narrowed))
        assert rows_of(book, "รายงานทั้งหมด") == plainly(frozen.all_reports())


# --- language ------------------------------------------------------------------------------------------------------------------


def test_an_english_file_is_english(analyst):
    analyst.client.set_cookie("lang", "en")
    book = opened(file_of(analyst, "workbook.xlsx"))
    assert book.sheetnames[:4] == ["Cover", "Overview", "By indicator", "By region"]
    assert headings_of(book, "All reports")[:4] == ["Office code", "Office", "Kind", "Region"]
    row = rows_of(book, "All reports")[0]
    assert row[1:5] == ("Bangkok Primary Educational Service Area Office", "Primary", "Central and East", "Bangkok")
    assert [one[0] for one in rows_of(book, "By province")][:2] == ["Bangkok", "Chanthaburi"]
    assert book["All reports"]["L5"].number_format == "yyyy-mm-dd hh:mm"


# --- the same numbers everywhere -----------------------------------------------------------------------------------------------


def test_cover_sheets_list_and_page_count_the_same_rows(app, analyst):
    before = analyst.page(DESK)
    number = ask(analyst, "workbook.xlsx")
    make_all(app)
    book = opened(take(analyst, number))
    counts = stored(app, number)["counts"]
    on_cover = rows_on_cover(book)
    assert list(on_cover) == [title for title in book.sheetnames if title not in (COVER, "ภาพรวม")]
    for title, rows in on_cover.items():
        assert len(rows_of(book, title)) == rows, title
    assert {title: rows for title, rows in on_cover.items() if title in counts["sheets"]} == counts["sheets"]
    assert counts["total"] == sum(counts["sheets"].values())
    reports = on_cover["รายงานทั้งหมด"]
    assert numbers_on(before, f"({TOLD})[2]") == [reports] == [len(REPORTS)]
    assert cover_of(book)["รายงานที่ต้องส่ง"] == reports
    assert numbers_on(analyst.page(DESK), f"//tr[@id='file-{number}']/td[4]") == [counts["total"]]


@pytest.mark.parametrize("product", ["reports", "quantities", "evidence"])
def test_a_table_has_as_many_rows_in_every_format_as_the_page_says(app, analyst, product):
    numbers = {form: ask(analyst, f"{product}.{form}") for form in ("xlsx", "csv", "parquet")}
    make_all(app)
    told = Reckoned(REPORTS, NOW)
    rows = len({"reports": told.all_reports, "quantities": told.quantities, "evidence": told.files}[product]())
    page = analyst.page(DESK)
    assert [numbers_on(page, f"//tr[@id='file-{number}']/td[4]") for number in numbers.values()] == [[rows]] * 3
    assert {stored(app, number)["counts"]["total"] for number in numbers.values()} == {rows}
