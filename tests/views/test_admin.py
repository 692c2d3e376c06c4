"""Central staff keep rounds, forms, offices, accounts and publications on the generated screens, on both databases."""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import quote, urlencode

import lxml.html
import pytest
from flask import Flask
from flask_babel import gettext
from werkzeug.test import TestResponse

from app import scope
from app.extensions import db
from app.models import (
    Announcement,
    Area,
    Change,
    ContactChannel,
    Criterion,
    Document,
    Indicator,
    Part,
    PersonnelType,
    Position,
    QualityLevel,
    Quantity,
    Round,
)
from app.views.admin import menu
from tests.person import Person, one_page_pdf

on_both_databases = True

SCREENS = {screen.route_base.removeprefix("/admin/"): screen for screen in menu.SCREENS}
OFFICE = "P-CPM-3"

# What a form must say for its row to be taken. Moments and figures are typed the Thai way.
VALID: dict[str, tuple[type[Any], dict[str, str]]] = {
    "areas": (
        Area,
        {
            "code": "P-NEW-1",
            "name_th": "สำนักงานเขตพื้นที่การศึกษาประถมศึกษาใหม่ เขต 1",
            "short_th": "สพป.ใหม่ เขต 1",
            "name_en": "New Primary Educational Service Area Office 1",
            "kind": "primary",
            "provinces_th": "ใหม่",
            "provinces_en": "New",
            "region": "north",
            "inspection_cluster": "๑๘",
            "obec_area_code": "9901",
            "sort_order": "๙๙๙",
            "active": "y",
        },
    ),
    "rounds": (
        Round,
        {
            "code": "2570-6",
            "fiscal_year_be": "๒๕๗๐",
            "months": "6",
            "name_th": "รอบ 6 เดือน",
            "name_en": "6-month round",
            "opens_at": "๐๑/๐๓/๒๕๗๐ ๐๘.๓๐",
            "closes_at": "31 มี.ค. 2570 16.30 น.",
            "active": "y",
        },
    ),
    "parts": (Part, {"round": "1", "code": "AP", "name_th": "ตัวชี้วัดแผน", "name_en": "Plan", "sort_order": "2", "active": "y"}),
    "indicators": (
        Indicator,
        {
            "part": "1",
            "code": "11",
            "text_th": "ระดับความสำเร็จของงานใหม่",
            "applies_to": "both",
            "confidence": "certain",
            "sort_order": "14",
            "active": "y",
        },
    ),
    "criteria": (
        Criterion,
        {"indicator": "1", "number": "9", "text_th": "มีการวางแผน", "min_files": "1", "max_files": "3", "active": "y"},
    ),
    "levels": (QualityLevel, {"indicator": "new", "level": "5", "text_th": "ครบทุกประเด็น"}),
    "quantities": (
        Quantity,
        {
            "indicator": "1",
            "key": "school_new",
            "label_th": "จำนวนสถานศึกษาใหม่",
            "unit_th": "แห่ง",
            "kind": "count",
            "lowest": "๐",
            "highest": "๑,๐๐๐",
            "not_above_key": "school_total",
            "required": "y",
            "sort_order": "9",
            "active": "y",
        },
    ),
    "documents": (
        Document,
        {
            "kind": "letter",
            "title_th": "หนังสือแจ้ง",
            "letter_number": "ศธ 04003/ว 1",
            "dated_on": "๒๓/๐๑/๒๕๖๖",
            "audience": "public",
            "sort_order": "1",
            "active": "y",
        },
    ),
    "announcements": (
        Announcement,
        {
            "title_th": "ขอเชิญประชุม",
            "body_th": "วันจันทร์",
            "audience": "public",
            "published_at": "01/03/2566 08.30",
            "active": "y",
        },
    ),
    "contacts": (
        ContactChannel,
        {
            "code": "line-new",
            "kind": "line",
            "name_th": "ไลน์กลุ่มใหม่",
            "region": "north",
            "value": "https://line.me/R/ti/g/x",
            "sort_order": "9",
            "active": "y",
        },
    ),
    "personnel-types": (
        PersonnelType,
        {"code": "new", "name_th": "ประเภทใหม่", "name_en": "New", "sort_order": "9", "active": "y"},
    ),
    "positions": (Position, {"code": "new", "name_th": "ตำแหน่งใหม่", "name_en": "New", "sort_order": "9", "active": "y"}),
}


@pytest.fixture
def central(sign_in) -> Person:
    person: Person = sign_in("central")
    return person


# --- asking the database and the pages -----------------------------------------------------------------------------------------


def stored(app: Flask, model: type[Any], row_id: int) -> Any:
    """A row as it is stored now, or None."""
    with app.app_context(), scope.whole_country("a test looks"):
        return db.session.get(model, row_id)


def number_of(app: Flask, model: type[Any], **values: Any) -> int:
    """The id of the one row with these values."""
    with app.app_context(), scope.whole_country("a test looks"):
        found: int = db.session.query(model.id).filter_by(**values).one()[0]
        return found


def changes_of(app: Flask, subject: str) -> list[tuple[str, str | None, str | None]]:
    """What is on record about a row, as (what, from, to), the oldest first."""
    with app.app_context(), scope.whole_country("a test looks"):
        rows = db.session.query(Change).filter_by(subject=subject).order_by(Change.id)
        return [(row.what, row.old_value, row.new_value) for row in rows]


def said(app: Flask, sentence: str, **values: Any) -> str:
    """A sentence as a Thai reader reads it. It must have been translated."""
    with app.test_request_context():
        thai = str(gettext(sentence, **values))
    assert re.search("[ก-๙]", thai), sentence
    return thai


def words(response: TestResponse) -> str:
    return " ".join(str(lxml.html.fromstring(response.text).text_content()).split())


def typed_into(page: lxml.html.HtmlElement) -> dict[str, str]:
    """What stands in the form of a page."""
    return dict(page.xpath("//form[contains(@class,'aform')]")[0].form_values())


def codes(page: lxml.html.HtmlElement) -> list[str]:
    """The codes of the rows of a list, from above."""
    return [str(code) for code in page.xpath("//table/tbody/tr/td//span[@class='qp']/text()")]


def listed(page: lxml.html.HtmlElement) -> int:
    return len(page.xpath("//table/tbody/tr"))


def filled_in(app: Flask, screen: str, **changes: Any) -> dict[str, Any]:
    """The form of a valid new row, with some fields changed. A level needs an indicator that has none."""
    data: dict[str, Any] = VALID[screen][1] | changes
    if data.get("indicator") == "new":
        with app.app_context():
            row = Indicator(part_id=1, round_id=1, code="12", full_code="QP-12", text_th="ใหม่")
            db.session.add(row)
            db.session.commit()
            data["indicator"] = str(row.id)
    if screen == "documents" and "file" not in data:
        data["file"] = ("หนังสือ ๒๕๖๖.pdf", one_page_pdf())
    if isinstance(data.get("file"), tuple):
        name, content = data["file"]
        data["file"] = (io.BytesIO(content), name)
    return {name: value for name, value in data.items() if value is not None}


# --- lists ---------------------------------------------------------------------------------------------------------------------

JUNK = {
    "psize_{}": ("abc", "-1", "0", "1000000", "9" * 5000, "๒๕", "25.5", "", "NaN", "1e3"),
    "page_{}": ("99999999999", "-1", "abc", "999999", "1e3", "²", "0x1", "", "\x00", "null"),
    "_oc_{}": ("password", "user.password", "id; DROP TABLE area", "__class__", "", "id", "sort_order", "code", "\x00", "é"),
    "_od_{}": ("asc", "asc", "desc", "asc", "asc", "x", "x", "", "desc", "\x00"),
    **{
        f"f_{name}": ("zzz", "99999999999999999999", "-1", "", "1 OR 1=1") * 2
        for name in ("kind", "round", "part", "indicator")
    },
    **{f"f_{name}": ("zzz", "true", "2", "\x00", "1.0") * 2 for name in ("active", "area", "password", "id")},
    **{name: ("x", "", "%", "'", "\x00") * 2 for name in ("_flt_0_password", "_flt_9_x", "_flt_0_")},
    "q": ("'", '"', "%", "_", "\\", "q" * 5000, "\x00", "' OR 1=1 --", "\ud800", "👩‍🏫 (((   "),
}


def test_every_list_opens_for_central_staff_and_survives_whatever_its_address_says(central):
    broken = []
    for path, screen in SCREENS.items():
        for place in range(10):
            arguments = {name.format(screen.__name__): values[place] for name, values in JUNK.items()}
            address = f"/admin/{path}/list/?{urlencode(arguments, errors='surrogatepass')}"
            status = central.client.get(address).status_code
            if status != 200:
                broken.append((path, place, status))
    assert broken == []


def test_what_the_address_of_a_list_may_not_say_changes_nothing_of_it(central):
    """Junk is as good as nothing: the same rows in the same order."""
    usual = codes(central.page("/admin/areas/list/"))
    assert len(usual) == 25
    for junk in (
        "psize_AreaAdmin=1000000",
        "page_AreaAdmin=99999999999",
        "_oc_AreaAdmin=name_en&_od_AreaAdmin=asc",
        "f_kind=zzz",
    ):
        assert codes(central.page(f"/admin/areas/list/?{junk}")) == usual, junk
    last = codes(central.page("/admin/areas/list/?page_AreaAdmin=9"))
    assert codes(central.page("/admin/areas/list/?page_AreaAdmin=999")) == last, "beyond the end stands the last page"


@pytest.mark.parametrize(
    ("screen", "words", "wanted"),
    [
        ("areas", "ชัยภูมิ เขต", ["P-CPM-1", "P-CPM-2", "P-CPM-3"]),
        ("areas", "p-cpm-3", ["P-CPM-3"]),
        ("areas", "%", []),
        ("areas", "_", []),
        ("areas", "P_CPM", []),
        ("areas", "' OR 1=1 --", []),
        ("contacts", "LINE group, North", ["line-north", "line-northeast"]),
        ("indicators", "QP-6a", ["QP-6a", "QP-6a"]),
        ("rounds", "2566-12", ["2566-12"]),
        ("personnel-types", "ลูกจ้าง", ["permanent", "temporary"]),
    ],
)
def test_searching_finds_thai_text_and_codes_and_takes_every_sign_for_itself(central, screen, words, wanted):
    page = central.page(f"/admin/{screen}/list/?q={quote(words)}")
    assert codes(page) == wanted
    assert page.xpath("//input[@id='q']/@value") == [words]


def test_a_percent_sign_is_found_where_one_was_written(app, central):
    central.post("/admin/contacts/add", filled_in(app, "contacts", name_th="ครบ 100% ของกลุ่ม_ก"))
    for sign in ("100%25", "กลุ่ม_", "%25"):
        assert codes(central.page(f"/admin/contacts/list/?q={sign}")) == ["line-new"]


@pytest.mark.parametrize("column", ["code", "sort_order"])
def test_a_list_is_sorted_both_ways(central, column):
    upwards, downwards = (
        central.page(f"/admin/positions/list/?_oc_PositionAdmin={column}&_od_PositionAdmin={direction}")
        for direction in ("asc", "desc")
    )
    assert codes(upwards) == list(reversed(codes(downwards)))
    assert (codes(upwards) == sorted(codes(upwards))) == (column == "code")
    assert upwards.xpath("//th/@aria-sort") == ["ascending"]
    assert downwards.xpath("//th/@aria-sort") == ["descending"]


@pytest.mark.parametrize("order", ["", "_oc_AreaAdmin=region&_od_AreaAdmin=desc&", "_oc_AreaAdmin=kind&_od_AreaAdmin=asc&"])
def test_page_after_page_shows_every_row_once_in_whatever_order(central, order):
    seen = []
    for page in range(10):
        seen += codes(central.page(f"/admin/areas/list/?{order}page_AreaAdmin={page}"))
    assert len(seen) == 245
    assert len(set(seen)) == 245, "a row stands on two pages, another on none"


def test_the_pages_of_a_list_lead_to_each_other_and_keep_what_was_asked(central):
    page = central.page("/admin/areas/list/?f_kind=primary&q=สพป&psize_AreaAdmin=50&_oc_AreaAdmin=code&_od_AreaAdmin=desc")
    assert listed(page) == 50
    following = page.xpath("//a[@rel='next']/@href")[0]
    assert page.xpath("//a[@rel='prev']") == []
    second = central.page(following)
    assert listed(second) == 50
    assert codes(page) + codes(second) == sorted(codes(page) + codes(second), reverse=True)
    assert second.xpath("//select[@id='psize']/option[@selected]/text()") == ["50"]
    assert second.xpath("//select[@id='f_kind']/option[@selected]/@value") == ["primary"]
    assert "51–100" in second.text_content()
    assert codes(central.page(second.xpath("//a[@rel='prev']/@href")[0])) == codes(page)


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("areas/list/?f_kind=secondary&psize_AreaAdmin=100", 62),
        ("areas/list/?f_kind=secondary&f_region=north&psize_AreaAdmin=100", None),
        ("parts/list/?f_round=2", 3),
        ("indicators/list/?f_part=1&f_applies_to=secondary", 1),
        ("criteria/list/?f_indicator=1", None),
        ("levels/list/?f_indicator=1", 5),
        ("documents/list/?f_audience=signed_in", 1),
        ("documents/list/?f_audience=signed_in&f_active=0", 0),
        ("contacts/list/?f_kind=line", 4),
        ("accounts/list/?q=รายงาน", 3),
    ],
)
def test_filters_narrow_a_list(app, central, address, count):
    if count is None:
        with app.app_context():
            model, conditions = (
                (Area, {"kind": "secondary", "region": "north"}) if "areas" in address else (Criterion, {"indicator_id": 1})
            )
            count = db.session.query(model).filter_by(**conditions).count()
            assert count > 0
    assert listed(central.page(f"/admin/{address}")) == count


def test_reconstructed_rows_are_marked_on_the_lists(app, central):
    with app.app_context():
        db.session.get(Criterion, 1).is_illustrative = False
        db.session.commit()
    mark = said(app, "Illustrative")
    for path in ("criteria", "levels", "quantities"):
        page = central.page(f"/admin/{path}/list/?f_indicator=1")
        marked = [row for row in page.xpath("//table/tbody/tr") if row.xpath(".//span[contains(@class,'warn')]")]
        assert len(marked) == listed(page) - (path == "criteria"), path
        assert all(mark in row.text_content() for row in marked)
    page = central.page("/admin/indicators/list/?f_part=1")
    marked = [row.xpath(".//span[@class='qp']/text()")[0] for row in page.xpath("//tbody/tr[.//span[contains(@class,'warn')]]")]
    with app.app_context():
        unsure = db.session.query(Indicator).filter(Indicator.part_id == 1, Indicator.confidence != "certain")
        assert sorted(marked) == sorted(row.full_code for row in unsure)
