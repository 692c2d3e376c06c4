"""Central staff keep rounds, forms, offices, accounts and publications on the generated screens."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import lxml.html
import pytest
from flask import Flask
from flask_babel import gettext
from werkzeug.test import TestResponse

from app import scope
from app.domain.access import Duty
from app.domain.evidence import ALLOWED_NAMES
from app.domain.thai import single_line
from app.extensions import db
from app.models import (
    Announcement,
    Answer,
    Area,
    Change,
    ContactChannel,
    Criterion,
    Document,
    Evidence,
    Extension,
    Indicator,
    Inspection,
    InspectionIssue,
    Meeting,
    Part,
    PersonnelType,
    PlanItem,
    Position,
    Profile,
    ProjectPeriod,
    ProjectStep,
    QualityLevel,
    Quantity,
    Round,
)
from app.queries import account as accounts
from app.views.admin import menu
from tests.architecture.test_house import everything_stored
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf, png

on_both_databases = "where marked"

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
    "extensions": (
        Extension,
        {"round": "1", "area": "1", "indicator": "__None", "until_at": "๐๓/๐๔/๒๕๗๐ ๑๒.๐๐", "reason": "น้ำท่วมสำนักงาน"},
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
    "meetings": (
        Meeting,
        {
            "title_th": "ประชุมชี้แจง",
            "starts_at": "๐๑/๑๒/๒๕๖๙ ๐๙.๓๐",
            "ends_at": "01/12/2569 12.00",
            "place": "ห้องประชุม สตผ.",
            "online_link": "https://meet.example.go.th/a",
            "audience": "signed_in",
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
    "inspections": (
        Inspection,
        {
            "code": "2567-PM-1",
            "name_th": "การตรวจราชการแบบบูรณาการ รอบที่ 1",
            "kind": "integrated",
            "fiscal_year_be": "๒๕๖๗",
            "round_number": "1",
            "opens_at": "01/02/2567 08.30",
            "due_at": "20/02/2567 16.30",
            "active": "y",
        },
    ),
    "inspection-issues": (
        InspectionIssue,
        {
            "inspection": "1",
            "code": "9.1",
            "policy_th": "นโยบายที่ 9",
            "text_th": "ประเด็นใหม่",
            "applies_to": "both",
            "is_open": "y",
            "sort_order": "99",
            "active": "y",
        },
    ),
    "personnel-types": (
        PersonnelType,
        {"code": "new", "name_th": "ประเภทใหม่", "name_en": "New", "sort_order": "9", "active": "y"},
    ),
    "positions": (Position, {"code": "new", "name_th": "ตำแหน่งใหม่", "name_en": "New", "sort_order": "9", "active": "y"}),
    "plans": (
        PlanItem,
        {
            "kind": "policy",
            "code": "NEW-67",
            "name_th": "นโยบายใหม่",
            "name_en": "New policy",
            "parent": "__None",
            "sort_order": "999",
            "active": "y",
        },
    ),
    "project-steps": (
        ProjectStep,
        {"code": "M8", "name_th": "ขั้นตอนใหม่", "name_en": "New step", "sections": "", "sort_order": "9", "active": "y"},
    ),
    "project-periods": (
        ProjectPeriod,
        {
            "fiscal_year_be": "2567",
            "quarter": "1",
            "opens_at": "01/01/2567 08.30",
            "reminds_at": "23/01/2567 08.30",
            "due_at": "30/01/2567 16.30",
        },
    ),
}


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
    """What a browser would send of the form of a page: of a text box, not the line break after its tag."""
    form = page.xpath("//form[contains(@class,'aform')]")[0]
    found = {str(name): str(value) for name, value in form.form_values()}
    for box in form.xpath(".//textarea"):
        found[box.name] = re.sub(r"\A\r?\n", "", box.text or "")
    return found


def save(person: Person, address: str, typed: Mapping[str, str]) -> TestResponse:
    """Press save, and once more where the page first shows whose reports the edit touches."""
    answer = person.post(address, typed)
    if answer.status_code == 422 and 'name="confirmed"' in answer.text:
        answer = person.post(address, typed_into(lxml.html.fromstring(answer.text)))
    return answer


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
            row = db.session.query(Indicator).filter_by(full_code="QP-12").one_or_none()
            row = row or Indicator(part_id=1, round_id=1, code="12", full_code="QP-12", text_th="ใหม่")
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
    **dict.fromkeys(("_flt_0_password", "_flt_9_x", "_flt_0_"), ("x", "", "%", "'", "\x00") * 2),
    "q": ("'", '"', "%", "_", "\\", "q" * 5000, "\x00", "' OR 1=1 --", "\ud800", "👩‍🏫 (((   "),
}


@pytest.mark.postgresql
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


SEARCHES = [
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
]


@pytest.mark.postgresql
def test_searching_finds_thai_text_and_codes_and_takes_every_sign_for_itself(central):
    for screen, sought, wanted in SEARCHES:
        page = central.page(f"/admin/{screen}/list/?q={quote(sought)}")
        assert codes(page) == wanted, (screen, sought)
        assert page.xpath("//input[@id='q']/@value") == [sought]


def test_a_percent_sign_is_found_where_one_was_written(app, central):
    central.post("/admin/contacts/add", filled_in(app, "contacts", name_th="ครบ 100% ของกลุ่ม_ก"))
    for sign in ("100%25", "กลุ่ม_", "%25"):
        assert codes(central.page(f"/admin/contacts/list/?q={sign}")) == ["line-new"]


@pytest.mark.postgresql
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


@pytest.mark.postgresql
@pytest.mark.parametrize("order", ["", "_oc_AreaAdmin=region&_od_AreaAdmin=desc&", "_oc_AreaAdmin=kind&_od_AreaAdmin=asc&"])
def test_page_after_page_shows_every_row_once_in_whatever_order(central, order):
    seen = []
    for page in range(10):
        seen += codes(central.page(f"/admin/areas/list/?{order}page_AreaAdmin={page}"))
    assert len(seen) == 245
    assert len(set(seen)) == 245, "a row stands on two pages, another on none"


@pytest.mark.postgresql
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


FILTERS: list[tuple[str, type[Any], dict[str, Any]]] = [
    ("areas/list/?f_kind=secondary&psize_AreaAdmin=100", Area, {"kind": "secondary"}),
    ("areas/list/?f_kind=secondary&f_region=south", Area, {"kind": "secondary", "region": "south"}),
    ("areas/list/?f_active=0", Area, {"active": False}),
    ("parts/list/?f_round=2", Part, {"round_id": 2}),
    ("indicators/list/?f_part=1&f_applies_to=secondary", Indicator, {"part_id": 1, "applies_to": "secondary"}),
    ("indicators/list/?f_confidence=guess&psize_IndicatorAdmin=100", Indicator, {"confidence": "guess"}),
    ("criteria/list/?f_indicator=1", Criterion, {"indicator_id": 1}),
    ("levels/list/?f_indicator=1", QualityLevel, {"indicator_id": 1}),
    ("documents/list/?f_audience=signed_in", Document, {"audience": "signed_in"}),
    ("documents/list/?f_audience=signed_in&f_active=0", Document, {"audience": "signed_in", "active": False}),
    ("contacts/list/?f_kind=line", ContactChannel, {"kind": "line"}),
]


@pytest.mark.postgresql
def test_filters_narrow_a_list(app, central):
    for address, model, conditions in FILTERS:
        with app.app_context():
            wanted = db.session.query(model).filter_by(**conditions).count()
        assert listed(central.page(f"/admin/{address}")) == wanted, address
    office = number_of(app, Area, code=OFFICE)
    assert listed(central.page(f"/admin/accounts/list/?f_area={office}")) == 3


@pytest.mark.postgresql
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


# --- adding, changing, deleting ------------------------------------------------------------------------------------------------

CENTRAL_NAME = "เจ้าหน้าที่ส่วนกลาง สาธิต"


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("screen", "column", "value"),
    [
        ("areas", "provinces_th", "ใหม่มาก"),
        ("rounds", "instructions_th", "อ่านคู่มือก่อน"),
        ("parts", "name_en", "Action plan"),
        ("indicators", "text_en", "Level of success"),
        ("criteria", "evidence_th", "รายงานการประชุม\nบันทึกข้อความ"),
        ("levels", "text_en", "All issues"),
        ("quantities", "unit_en", "schools"),
        ("documents", "title_en", "A letter"),
        ("announcements", "body_th", "วันอังคาร\nเวลา 09.00 น."),
        ("contacts", "name_en", "LINE group, new"),
        ("personnel-types", "name_th", "ประเภทใหม่กว่า"),
        ("positions", "name_th", "ตำแหน่งใหม่กว่า"),
        ("plans", "name_en", "Another policy"),
        ("project-steps", "name_en", "Another step"),
    ],
)
def test_a_row_is_added_changed_and_deleted_and_each_is_on_record(app, central, screen, column, value):
    model = VALID[screen][0]
    data = filled_in(app, screen)
    answer = central.post(f"/admin/{screen}/add", data)
    assert (answer.status_code, answer.location) == (303, f"/admin/{screen}/list/"), words(answer)
    with app.app_context():
        row_id = db.session.query(model.id).order_by(model.id.desc()).first()[0]
    subject = f"{model.__tablename__}:{row_id}"
    assert changes_of(app, subject) == [("added", None, str(stored(app, model, row_id)))]

    typed = typed_into(central.page(f"/admin/{screen}/edit/{row_id}"))
    before = getattr(stored(app, model, row_id), column)
    assert central.post(f"/admin/{screen}/edit/{row_id}", typed | {column: value}).status_code == 303
    assert getattr(stored(app, model, row_id), column) == value
    assert changes_of(app, subject)[1:] == [(column, before, value)]
    history = central.page(f"/admin/{screen}/edit/{row_id}").xpath("//aside")[0].text_content()
    assert CENTRAL_NAME in history

    name = str(stored(app, model, row_id))
    assert central.post(f"/admin/{screen}/delete/{row_id}").status_code == 303
    assert stored(app, model, row_id) is None
    assert changes_of(app, subject)[2:] == [("deleted", name, None)]
    assert central.get(f"/admin/{screen}/show/{row_id}").status_code == 404


@pytest.mark.postgresql
def test_saving_a_row_as_it_stands_puts_nothing_on_record(app, central):
    """What a form shows is what it takes back: dates, figures, choices, texts."""
    disturbed = []
    for path, screen in SCREENS.items():
        if "edit" not in screen.include_route_methods:
            continue
        if path in ("extensions", "meetings"):
            assert central.post(f"/admin/{path}/add", VALID[path][1]).status_code == 303
        row_id = 3 if path == "accounts" else 1
        address = f"/admin/{path}/edit/{row_id}"
        page = central.page(address)
        data: dict[str, Any] = typed_into(page)
        data["duties"] = page.xpath("//input[@name='duties'][@checked]/@value")
        before = everything_stored(app)
        if central.post(address, data).status_code != 303 or everything_stored(app) != before:
            disturbed.append(path)
    assert disturbed == []


@pytest.mark.postgresql
def test_a_row_keeps_what_it_points_at_among_very_many_others(app, central):
    """After some years there are hundreds of indicators and documents to choose from; none may drop out of a form."""
    with app.app_context():
        number = {"part_id": 1, "round_id": 1, "text_th": "ตัวชี้วัด"}
        db.session.add_all([Indicator(code=f"N{n}", full_code=f"QP-N{n}", sort_order=n, **number) for n in range(100, 620)])
        about = {column.name: getattr(db.session.get(Document, 1), column.name) for column in Document.__table__.columns}
        for n in range(520):
            db.session.add(Document(**about | {"id": 1000 + n, "storage_key": f"key {n}"}))
        row = db.session.query(Criterion).join(Indicator).filter(Indicator.round_id == 2).first()
        row.form_document_id = 1519
        row_id, indicator_id = row.id, row.indicator_id
        db.session.commit()
    typed = typed_into(central.page(f"/admin/criteria/edit/{row_id}"))
    assert (typed["indicator"], typed["form_document"]) == (str(indicator_id), "1519")
    before = everything_stored(app)
    assert central.post(f"/admin/criteria/edit/{row_id}", typed).status_code == 303
    assert everything_stored(app) == before
    assert 0 < listed(central.page(f"/admin/criteria/list/?f_indicator={indicator_id}")) < 25, "nor out of a filter"


def test_moments_are_typed_in_buddhist_years_with_thai_digits_on_the_clock_of_bangkok(app, central):
    data = filled_in(app, "rounds", months="12", opens_at="๐๑/๐๓/๒๕๖๖ ๐๘.๓๐", closes_at="๓๑ มีนาคม ๒๕๖๖ ๑๖.๓๐ น.")
    data |= {"code": "2565-12", "fiscal_year_be": "๒๕๖๕"}
    assert central.post("/admin/rounds/add", data).status_code == 303
    row_id = number_of(app, Round, code="2565-12")
    row = stored(app, Round, row_id)
    assert row.opens_at == datetime(2023, 3, 1, 1, 30, tzinfo=UTC)
    assert row.closes_at == datetime(2023, 3, 31, 9, 30, tzinfo=UTC)
    typed = typed_into(central.page(f"/admin/rounds/edit/{row_id}"))
    assert (typed["opens_at"], typed["closes_at"]) == ("01/03/2566 08.30", "31/03/2566 16.30")
    assert "1 มี.ค. 2566 08.30 น." in central.page(f"/admin/rounds/show/{row_id}").text_content()


REQUIRED, TAKEN = "This field is required.", "This value is taken already"
CHOICE, WHOLE = "Not a valid choice.", "Not a valid integer value."
TWICE = "There is such a row already: code or number must be unique"
OPENS_FIRST, NO_SUCH_DAY = "The round must open before it closes", "There is no such day in the calendar"
FILES_IN_ORDER, UP_TO_THREE = "The least number of files must not be above the most", "An issue takes 1 to 3 files"
ISSUE_NUMBER, LEVEL = "The number of an issue is between 1 and 99", "A level is between 1 and 5"
HTTPS, FIGURE = "The address must start with https://", "Must be a number, such as 1,234 or 85.50"
NOT_REAL = "The content of “%(name)s” is not a real %(kind)s file. Save it again and attach it once more."

REFUSED: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("areas", {"code": OFFICE}, TAKEN, {}),
    ("areas", {"short_th": "สพป.ชัยภูมิ เขต 3"}, TAKEN, {}),
    ("areas", {"code": ""}, REQUIRED, {}),
    ("areas", {"code": "P/NEW 1"}, "", {}),
    ("areas", {"name_en": " \u00a0\u200b "}, REQUIRED, {}),
    ("areas", {"kind": "tertiary"}, CHOICE, {}),
    ("areas", {"region": "west"}, CHOICE, {}),
    ("areas", {"inspection_cluster": "1.5"}, WHOLE, {}),
    ("areas", {"sort_order": "9" * 30}, WHOLE, {}),
    ("areas", {"code": "P" * 25}, "Field cannot be longer than %(max)d character.", {"max": 24}),
    ("rounds", {"closes_at": "01/03/2570 08.30"}, OPENS_FIRST, {}),
    ("rounds", {"closes_at": "28/02/2570 16.30"}, OPENS_FIRST, {}),
    ("rounds", {"months": "7"}, CHOICE, {}),
    (
        "rounds",
        {"code": "2570-12"},
        "The code of this round must be %(code)s: fiscal year and months",
        {"code": "2570-6"},
    ),
    (
        "rounds",
        {"code": "2027-6", "fiscal_year_be": "2027"},
        "The fiscal year is a Buddhist year such as 2566",
        {},
    ),
    ("rounds", {"code": "2566-6", "fiscal_year_be": "2566"}, TAKEN, {}),
    ("rounds", {"opens_at": ""}, REQUIRED, {}),
    ("rounds", {"opens_at": "31/02/2570 08.30"}, NO_SUCH_DAY, {}),
    ("rounds", {"opens_at": "1/3/70 08.30"}, "Type the date as day/month/year, for example 31/01/2566", {}),
    ("rounds", {"opens_at": "01/03/2570"}, "Type date and time, for example 31/03/2566 16.30", {}),
    ("rounds", {"opens_at": "01/03/2570 25.00"}, "Type date and time, for example 31/03/2566 16.30", {}),
    ("rounds", {"name_th": "\u00a0 "}, REQUIRED, {}),
    ("parts", {"code": "QP"}, TWICE, {}),
    ("parts", {"round": "__None"}, REQUIRED, {}),
    ("parts", {"round": "99999"}, REQUIRED, {}),
    ("parts", {"code": "A/P"}, "", {}),
    ("indicators", {"code": "1"}, TWICE, {}),
    ("indicators", {"code": "1/2"}, "", {}),
    ("indicators", {"part": None}, REQUIRED, {}),
    ("indicators", {"text_th": " \n "}, REQUIRED, {}),
    ("indicators", {"confidence": "sure"}, CHOICE, {}),
    ("indicators", {"applies_to": "nobody"}, CHOICE, {}),
    ("criteria", {"min_files": "3", "max_files": "2"}, FILES_IN_ORDER, {}),
    ("criteria", {"min_files": "-1"}, FILES_IN_ORDER, {}),
    ("criteria", {"max_files": "4"}, UP_TO_THREE, {}),
    ("criteria", {"min_files": "0", "max_files": "0"}, UP_TO_THREE, {}),
    ("criteria", {"number": "0"}, ISSUE_NUMBER, {}),
    ("criteria", {"number": "100"}, ISSUE_NUMBER, {}),
    ("criteria", {"number": "1"}, TWICE, {}),
    ("criteria", {"text_th": "ก" * 4001}, "Field cannot be longer than %(max)d character.", {"max": 4000}),
    ("levels", {"level": "6"}, LEVEL, {}),
    ("levels", {"level": "0"}, LEVEL, {}),
    ("levels", {"indicator": "1"}, TWICE, {}),
    ("quantities", {"lowest": "10", "highest": "9.5"}, "The lowest value must not be above the highest", {}),
    ("quantities", {"lowest": "1e3"}, FIGURE, {}),
    ("quantities", {"highest": "NaN"}, FIGURE, {}),
    ("quantities", {"highest": "9" * 30}, "Must have at most %(digits)d digits", {"digits": 15}),
    (
        "quantities",
        {"not_above_key": "pupils"},
        "There is no other figure with the key “%(key)s” in this indicator",
        {"key": "pupils"},
    ),
    (
        "quantities",
        {"not_above_key": "school_new"},
        "There is no other figure with the key “%(key)s” in this indicator",
        {"key": "school_new"},
    ),
    ("quantities", {"key": "school_total", "not_above_key": ""}, TWICE, {}),
    ("quantities", {"kind": "weight"}, CHOICE, {}),
    ("documents", {"file": None}, "Choose a file first", {}),
    (
        "documents",
        {"file": ("ร้าย.exe", b"MZ" + bytes(100))},
        "“%(name)s” can't be used. Use %(kinds)s.",
        {"name": "ร้าย.exe", "kinds": ALLOWED_NAMES},
    ),
    ("documents", {"file": ("ก.pdf", b"<html><script>x</script>")}, NOT_REAL, {"name": "ก.pdf", "kind": "PDF"}),
    ("documents", {"file": ("ก.pdf", b"")}, "“%(name)s” is empty (0 bytes). Choose another file.", {"name": "ก.pdf"}),
    ("documents", {"dated_on": "31/04/2566"}, NO_SUCH_DAY, {}),
    ("documents", {"title_th": ""}, REQUIRED, {}),
    ("announcements", {"published_at": ""}, REQUIRED, {}),
    ("announcements", {"audience": "nobody"}, CHOICE, {}),
    ("announcements", {"expires_at": "28/02/2566 08.30"}, "“Shown until” must be later than “Shown from”, or empty", {}),
    ("announcements", {"expires_at": "01/03/2566 08.30"}, "“Shown until” must be later than “Shown from”, or empty", {}),
    ("contacts", {"value": "http://line.me/x"}, HTTPS, {}),
    ("contacts", {"value": "javascript:alert(1)"}, HTTPS, {}),
    ("contacts", {"kind": "web", "value": "//evil.example"}, HTTPS, {}),
    ("contacts", {"code": "line-north"}, TAKEN, {}),
    ("personnel-types", {"code": "permanent"}, TAKEN, {}),
    ("positions", {"code": "clerk"}, TAKEN, {}),
    ("plans", {"code": "QP-66"}, TWICE, {}),
    ("plans", {"kind": "sub_plan"}, "Choose what this belongs to: %(kind)s", {"kind": "ประเด็นแผนแม่บท"}),
    ("plans", {"parent": "1"}, "An entry of this kind stands under nothing: leave “stands under” empty", {}),
    ("project-steps", {"code": "M1"}, TAKEN, {}),
    ("project-steps", {"sections": "general"}, "“%(name)s” stands in step %(code)s already", {"name": "general", "code": "M1"}),
    ("project-steps", {"sections": "nothing"}, "", {}),
    ("project-periods", {"due_at": "01/01/2567 08.30"}, "It must open before it is due", {}),
    ("project-periods", {"reminds_at": "30/01/2567 16.30"}, "", {}),
    ("project-periods", {"quarter": "5"}, CHOICE, {}),
    ("project-periods", {"fiscal_year_be": "2566"}, TWICE, {}),
]


@pytest.mark.postgresql
@pytest.mark.parametrize("screen", list(VALID))
def test_what_does_not_fit_is_refused_with_a_sentence_and_keeps_what_was_typed(app, central, screen):
    faults = []
    for changes, sentence, values in [row[1:] for row in REFUSED if row[0] == screen]:
        data = filled_in(app, screen, **changes)
        before = everything_stored(app)
        answer = central.post(f"/admin/{screen}/add", data)
        if everything_stored(app) != before:
            faults.append((changes, answer.status_code, "was stored"))
            continue
        if answer.status_code != 422:
            faults.append((changes, answer.status_code, "must be 422"))
            continue
        page = lxml.html.fromstring(answer.text)
        summary = " ".join(" ".join(page.xpath("//div[contains(@class,'errsum')]//text()")).split())
        if not summary or (sentence and said(app, sentence, **values) not in summary):
            faults.append((changes, summary, sentence))
        faults += [(changes, name, "what was typed is gone") for name in lost(page, data)]
    assert not faults, "\n".join(map(str, faults))


def lost(page: lxml.html.HtmlElement, data: dict[str, Any]) -> list[str]:
    """The fields that no longer hold what was typed. Files and choices that were never offered can not be held."""
    kept = typed_into(page)
    offered = {name: page.xpath(f"//select[@name='{name}']/option/@value") for name in data}
    return [
        name
        for name, typed in data.items()
        if name != "file"
        and (not offered[name] or typed in offered[name])
        and single_line(kept.get(name, "")) != single_line(typed)
    ]


# The rule in the code comes first; without it the database itself refuses, by a constraint whose name becomes the same sentence.
CONSTRAINTS = [
    ("rounds", {"closes_at": "28/02/2570 16.30"}, OPENS_FIRST),
    ("rounds", {"fiscal_year_be": "2027"}, "The fiscal year is a Buddhist year such as 2566"),
    ("criteria", {"min_files": "3", "max_files": "2"}, FILES_IN_ORDER),
    ("criteria", {"max_files": "4"}, UP_TO_THREE),
    ("criteria", {"number": "100"}, ISSUE_NUMBER),
    ("levels", {"level": "6"}, LEVEL),
    ("quantities", {"lowest": "10", "highest": "9.5"}, "The lowest value must not be above the highest"),
]


@pytest.mark.postgresql
def test_what_the_database_refuses_is_said_in_the_same_words(app, central, monkeypatch):
    for rule in ("check_round", "check_criterion", "check_level", "check_quantity"):
        monkeypatch.setattr(f"app.services.reference.{rule}", lambda *_, **__: None)
    for screen, changes, sentence in CONSTRAINTS:
        data = filled_in(app, screen, **changes)
        before = everything_stored(app)
        answer = central.post(f"/admin/{screen}/add", data)
        assert answer.status_code == 422, (screen, changes)
        assert said(app, sentence) in words(answer), (screen, changes)
        assert everything_stored(app) == before


@pytest.mark.postgresql
def test_a_document_is_replaced_and_comes_back_under_its_new_name(app, central, stranger):
    central.post("/admin/documents/add", filled_in(app, "documents"))
    row_id = number_of(app, Document, title_th="หนังสือแจ้ง")
    address = f"/admin/documents/edit/{row_id}"
    assert stranger.get(f"/documents/{row_id}").data == one_page_pdf()
    typed = typed_into(central.page(address))
    assert central.post(address, typed | {"title_en": "Letter"}).status_code == 303
    assert stored(app, Document, row_id).original_name == "หนังสือ ๒๕๖๖.pdf", "without a file the old one stays"
    typed = typed_into(central.page(address))
    refused = central.post(address, typed | {"file": (io.BytesIO(b"MZ"), "ร้าย.exe")}, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert stranger.get(f"/documents/{row_id}").data == one_page_pdf()
    taken = central.post(address, typed | {"file": (io.BytesIO(png()), "ภาพ.png")}, content_type="multipart/form-data")
    assert taken.status_code == 303
    download = stranger.get(f"/documents/{row_id}")
    assert (download.data, download.mimetype) == (png(), "image/png")
    assert "filename*=UTF-8''%E0%B8%A0%E0%B8%B2%E0%B8%9E.png" in download.headers["Content-Disposition"]
    assert ("original_name", "หนังสือ ๒๕๖๖.pdf", "ภาพ.png") in changes_of(app, f"document:{row_id}")


def test_a_document_that_can_not_be_saved_leaves_no_file_behind(app, central):
    before = everything_stored(app)["files of the store"]
    assert central.post("/admin/documents/add", filled_in(app, "documents", kind="")).status_code == 422
    too_early = filled_in(app, "documents", file=("ก" * 300 + ".pdf", one_page_pdf()), sort_order="2147483648")
    assert central.post("/admin/documents/add", too_early).status_code == 422
    assert everything_stored(app)["files of the store"] == before


# --- what reports point at -----------------------------------------------------------------------------------------------------


@pytest.fixture
def reported(reporter) -> Person:
    """The office has begun its report on QP-1: a figure, a text, a file in issue 1."""
    reporter.patch(REPORT, {"quantity.school_total": (176, 0), "problems": ("ถนนขาด", 0), "criterion.1.complete": (True, 0)})
    assert reporter.upload("criterion.1", ("หลักฐาน.pdf", one_page_pdf())).status_code == 201
    return reporter


def pointed_at(app: Flask) -> dict[str, int]:
    """By screen, the row that the report points at."""
    return {
        "areas": number_of(app, Area, code=OFFICE),
        "rounds": number_of(app, Round, code="2566-6"),
        "parts": number_of(app, Part, code="QP", round_id=1),
        "indicators": number_of(app, Indicator, full_code="QP-1", round_id=1),
        "criteria": number_of(app, Criterion, indicator_id=1, number=1),
        "levels": number_of(app, QualityLevel, indicator_id=1, level=1),
        "quantities": number_of(app, Quantity, indicator_id=1, key="school_total"),
    }


@pytest.mark.postgresql
def test_what_reports_point_at_is_not_deleted(app, central, reported):
    before = everything_stored(app)
    for screen, row_id in pointed_at(app).items():
        answer = central.post(f"/admin/{screen}/delete/{row_id}", follow_redirects=True)
        refusals = lxml.html.fromstring(answer.text).xpath("//div[contains(@class,'notices')]/div[contains(@class,'bad')]")
        assert len(refusals) == 1, screen
        assert re.search("[ก-๙]", refusals[0].text_content()), screen
        assert everything_stored(app) == before, screen


@pytest.mark.parametrize(
    ("screen", "changes"),
    [
        ("areas", {"code": "P-CPM-9"}),
        ("rounds", {"code": "2567-6", "fiscal_year_be": "2567"}),
        ("parts", {"code": "QX"}),
        ("parts", {"round": "2", "code": "QX"}),
        ("indicators", {"code": "99"}),
        ("indicators", {"part": "3", "code": "99"}),
        ("criteria", {"number": "9"}),
        ("criteria", {"number": "9", "indicator": "2"}),
        ("quantities", {"key": "schools"}),
        ("quantities", {"indicator": "13"}),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value),
)
def test_the_code_of_what_reports_point_at_can_not_be_changed(app, central, reported, screen, changes):
    """The address of a report, the slot of a file and the key of a figure are made of these."""
    address = f"/admin/{screen}/edit/{pointed_at(app)[screen]}"
    typed = typed_into(central.page(address))
    before = everything_stored(app)
    answer = central.post(address, typed | changes)
    assert answer.status_code == 422
    assert lxml.html.fromstring(answer.text).xpath("//div[contains(@class,'errsum')]")
    assert everything_stored(app) == before


def test_an_issue_that_was_reported_on_does_not_move_to_the_same_indicator_of_another_round(app, central, reporter):
    """The two read alike in every word; they are not the same."""
    central.post("/admin/criteria/add", filled_in(app, "criteria"))
    row_id = number_of(app, Criterion, indicator_id=1, number=9)
    assert reporter.upload("criterion.9", ("หลักฐาน.pdf", one_page_pdf())).status_code == 201
    twin = number_of(app, Indicator, full_code="QP-1", round_id=2)
    address = f"/admin/criteria/edit/{row_id}"
    typed = typed_into(central.page(address))
    before = everything_stored(app)
    assert central.post(address, typed | {"indicator": str(twin)}).status_code == 422
    assert everything_stored(app) == before


@pytest.mark.postgresql
def test_a_move_to_what_reads_alike_is_on_record_too(app, central):
    central.post("/admin/criteria/add", filled_in(app, "criteria"))
    row_id = number_of(app, Criterion, indicator_id=1, number=9)
    twin = number_of(app, Indicator, full_code="QP-1", round_id=2)
    address = f"/admin/criteria/edit/{row_id}"
    assert central.post(address, typed_into(central.page(address)) | {"indicator": str(twin)}).status_code == 303
    assert [what for what, _, _ in changes_of(app, f"criterion:{row_id}")] == ["added", "indicator"]


@pytest.mark.postgresql
def test_what_accounts_and_issues_point_at_is_not_deleted(app, central):
    with app.app_context():
        db.session.get(Criterion, 1).form_document_id = 1
        db.session.get(Profile, user_id(app, "central")).personnel_type_id = 1
        db.session.commit()
    before = everything_stored(app)
    for address in (f"areas/delete/{number_of(app, Area, code='P-CPM-2')}", "documents/delete/1", "personnel-types/delete/1"):
        assert "bad" in central.post(f"/admin/{address}", follow_redirects=True).text
        assert everything_stored(app) == before, address


def test_the_wording_of_what_reports_point_at_may_be_mended_in_an_open_round(app, central, reported):
    address = f"/admin/criteria/edit/{pointed_at(app)['criteria']}"
    page = central.page(address)
    assert said(app, "This round is open.") in page.text_content()
    assert save(central, address, typed_into(page) | {"text_th": "ข้อความที่แก้แล้ว"}).status_code == 303
    assert "ข้อความที่แก้แล้ว" in reported.page(REPORT).text_content()


@pytest.mark.postgresql
def test_an_indicator_out_of_use_leaves_the_dashboard_and_its_report_stays(app, central, reported):
    board = "/reports/2566-6/P-CPM-3/"
    assert "1" in reported.page(board).xpath("//table//span[@class='qp']/text()")
    before = everything_stored(app)
    address = f"/admin/indicators/edit/{pointed_at(app)['indicators']}"
    typed = typed_into(central.page(address))
    del typed["active"]
    assert save(central, address, typed).status_code == 303
    page = reported.page(board)
    assert "1" not in page.xpath("//table//span[@class='qp']/text()")
    assert "2" in page.xpath("//table//span[@class='qp']/text()")
    assert reported.get(REPORT).status_code == 404
    after = everything_stored(app)
    for table in ("submission", "answer", "evidence", "files of the store"):
        assert after[table] == before[table], table
    with app.app_context(), scope.whole_country("a test looks"):
        kept = {row.field_key: row.value for row in db.session.query(Answer)}
        assert (kept["problems"], kept["quantity.school_total"]) == ("ถนนขาด", "176")
        assert db.session.query(Evidence).one().original_name == "หลักฐาน.pdf"
    assert save(central, address, typed_into(central.page(address)) | {"active": "y"}).status_code == 303
    assert "ถนนขาด" in reported.page(REPORT).text_content(), "in use again, everything is there"


def test_an_issue_and_a_figure_out_of_use_are_asked_no_more_and_stay(app, central, reported):
    before = everything_stored(app)
    for screen in ("criteria", "quantities"):
        address = f"/admin/{screen}/edit/{pointed_at(app)[screen]}"
        typed = typed_into(central.page(address))
        del typed["active"]
        assert save(central, address, typed).status_code == 303
    page = reported.page(REPORT)
    assert not page.xpath("//*[@data-slot='criterion.1']")
    assert not page.xpath("//input[@name='quantity.school_total']")
    after = everything_stored(app)
    for table in ("answer", "evidence", "files of the store"):
        assert after[table] == before[table], table


@pytest.mark.postgresql
def test_an_indicator_without_reports_goes_with_all_that_belongs_to_it(app, central):
    row_id = number_of(app, Indicator, full_code="QP-X2", round_id=1)
    assert central.post(f"/admin/indicators/delete/{row_id}").status_code == 303
    with app.app_context():
        for model in (Criterion, QualityLevel, Quantity):
            assert db.session.query(model).filter_by(indicator_id=row_id).count() == 0
    assert stored(app, Indicator, row_id) is None


def test_a_part_with_indicators_is_not_deleted(app, central):
    assert said(app, "This part has indicators. Take it out of use instead of deleting it.") in words(
        central.post("/admin/parts/delete/1", follow_redirects=True)
    )
    assert stored(app, Part, 1) is not None


# --- who may -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["evaluator1", "moderator", "analyst"])
def test_the_other_roles_of_the_centre_read_and_do_not_write(app, sign_in, name):
    person = sign_in(name)
    page = person.page("/admin/criteria/list/")
    assert listed(page) == 25
    assert page.xpath("//main//a[contains(@href,'/add') or contains(@href,'/edit/')]") == []
    assert page.xpath("//main//form[@method='post']") == []
    shown = person.page("/admin/criteria/show/1")
    assert shown.xpath("//main//a[contains(@href,'/edit/')]") == []
    assert person.get("/admin/accounts/list/").status_code == 403
    before = everything_stored(app)
    for screen in VALID:
        assert person.get(f"/admin/{screen}/add").status_code == 403, screen
        assert person.post(f"/admin/{screen}/add", VALID[screen][1]).status_code == 403, screen
        assert person.post(f"/admin/{screen}/edit/1", VALID[screen][1]).status_code == 403, screen
        gone = person.post(f"/admin/{screen}/delete/1").status_code
        assert gone == (403 if "delete" in SCREENS[screen].include_route_methods else 404), screen
    assert everything_stored(app) == before


@pytest.mark.parametrize("name", ["reporter.p-cpm-3", "coordinator.p-cpm-3", "director.p-cpm-3"])
def test_an_office_opens_none_of_the_screens_of_the_centre(app, sign_in, name):
    person = sign_in(name)
    assert not person.page("/").xpath("//a[starts-with(@href,'/admin/')]")
    before = everything_stored(app)
    for path, screen in SCREENS.items():
        assert person.get(f"/admin/{path}/list/").status_code == 403, path
        if "add" in screen.include_route_methods:
            assert person.post(f"/admin/{path}/add", VALID[path][1]).status_code == 403, path
    assert person.get("/admin/").status_code == 403
    assert everything_stored(app) == before


def test_what_offices_entered_is_read_here_and_has_no_way_to_be_written(app, central, reported):
    rules = {rule.endpoint for rule in app.url_map.iter_rules()}
    for screen in ("SubmissionAdmin", "EvidenceAdmin"):
        assert not {f"{screen}.{action}" for action in ("add", "edit", "delete", "download", "action")} & rules
    before = everything_stored(app)
    for path in ("submissions", "evidence-files"):
        page = central.page(f"/admin/{path}/list/")
        assert listed(page) == 1
        assert page.xpath("//main//form[@method='post']") == []
        for action in ("add", "edit/1", "delete/1"):
            assert central.get(f"/admin/{path}/{action}").status_code == 404
            assert central.post(f"/admin/{path}/{action}", {"state": "submitted"}).status_code == 404
    assert everything_stored(app) == before


# --- accounts ------------------------------------------------------------------------------------------------------------------


def account_form(person: Person, user_id: int, **changes: Any) -> dict[str, Any]:
    page = person.page(f"/admin/accounts/edit/{user_id}")
    duties = page.xpath("//input[@name='duties'][@checked]/@value")
    return typed_into(page) | {"duties": duties} | changes


def user_id(app: Flask, name: str) -> int:
    with app.app_context():
        user = accounts.user_by_email(f"{name}@emes.test")
        assert user is not None
        found: int = user.id
        return found


def duties_of(app: Flask, name: str) -> list[str]:
    with app.app_context():
        user = accounts.user_by_email(f"{name}@emes.test")
        assert user is not None
        return sorted(role.name for role in user.roles)


@pytest.mark.postgresql
def test_only_an_administrator_makes_an_administrator(app, central, sign_in):
    number = user_id(app, "analyst")
    address = f"/admin/accounts/edit/{number}"
    refusal = central.post(address, account_form(central, number, duties=["admin"]))
    assert refusal.status_code == 422
    assert said(app, "Only an administrator may change an administrator") in words(refusal)
    assert duties_of(app, "analyst") == ["analyst"]
    admin = sign_in("admin")
    assert admin.post(address, account_form(admin, number, duties=["admin", "analyst"])).status_code == 303
    assert duties_of(app, "analyst") == ["admin", "analyst"]
    assert [what for what, _, _ in changes_of(app, f"user:{number}")] == ["account"]


def test_central_staff_neither_demote_nor_deactivate_an_administrator(app, central):
    number = user_id(app, "admin")
    for changes in ({"duties": ["analyst"]}, {"active": None}, {"full_name": "คนอื่น"}):
        form = {name: value for name, value in (account_form(central, number) | changes).items() if value is not None}
        assert central.post(f"/admin/accounts/edit/{number}", form).status_code == 422, changes
    assert duties_of(app, "admin") == ["admin"]
    assert stored(app, Profile, number).user.active
    assert stored(app, Profile, number).full_name == "ผู้ดูแลระบบ สาธิต"


def test_an_account_that_a_colleague_changed_meanwhile_is_not_written_over(app, central):
    number = user_id(app, "reporter.p-cpm-3")
    address, opened = f"/admin/accounts/edit/{number}", account_form(central, number)
    assert central.post(address, account_form(central, number, email="corrected@emes.test")).status_code == 303
    app.config["EMES_NOW"] = NOW + timedelta(minutes=1)
    refusal = central.post(address, opened | {"position": "ตำแหน่งอื่น"})
    assert refusal.status_code == 422
    assert "มีผู้แก้ไขรายการนี้ระหว่างที่เปิดหน้านี้อยู่" in words(refusal)
    found = stored(app, Profile, number)
    assert (found.user.email, found.position == "ตำแหน่งอื่น") == ("corrected@emes.test", False)


@pytest.mark.parametrize("name", ["central", "admin"])
def test_nobody_changes_the_own_roles(app, sign_in, name):
    person, number = sign_in(name), user_id(app, name)
    address = f"/admin/accounts/edit/{number}"
    more = account_form(person, number, duties=sorted({name, "analyst"}))
    refusal = person.post(address, more)
    assert refusal.status_code == 422
    assert said(app, "You can't change your own roles, office or activation. Ask a colleague.") in words(refusal)
    inactive = account_form(person, number)
    del inactive["active"]
    assert person.post(address, inactive).status_code == 422
    assert duties_of(app, name) == [name]
    assert person.post(address, account_form(person, number, position="หัวหน้ากลุ่ม")).status_code == 303
    assert stored(app, Profile, number).position == "หัวหน้ากลุ่ม"


@pytest.mark.parametrize(
    ("duties", "area", "sentence"),
    [
        ([], "own", "Choose at least one role"),
        (["reporter", "central"], "own", "A person has either roles of an office or roles of the centre, not both"),
        (["reporter"], "__None", "Choose the office for this role"),
        (["central"], "own", "Roles of the centre have no office: leave it empty"),
        (["superuser"], "own", ""),
        (["public"], "own", ""),
    ],
)
def test_roles_and_office_must_fit_each_other(app, central, duties, area, sentence):
    number = user_id(app, "reporter.p-cpm-3")
    form = account_form(central, number, duties=duties)
    form["area"] = form["area"] if area == "own" else area
    before = everything_stored(app)
    refusal = central.post(f"/admin/accounts/edit/{number}", form)
    assert refusal.status_code == 422
    assert said(app, sentence) in words(refusal) if sentence else "errsum" in refusal.text
    assert everything_stored(app) == before


@pytest.mark.postgresql
def test_forged_fields_of_an_account_change_nothing(app, central):
    number, area_id = user_id(app, "reporter.p-cpm-3"), number_of(app, Area, code="P-CPM-2")
    with app.app_context():
        user = accounts.user_by_email("reporter.p-cpm-3@emes.test")
        secret = user.password
    forged = {
        "password": "emes-demo-2566-2",
        "user.email": "x@x.th",
        "username": "x",
        "is_demonstration": "",
        "user_id": "1",
        "id": "1",
        "user": "1",
        "roles": "1",
        "user.roles": "1",
        "area_id": str(area_id),
        "registered_address": "ที่อื่น",
        "created_on": "2020-01-01",
    }
    form = account_form(central, number, position="ผู้อำนวยการกลุ่ม") | forged
    assert central.post(f"/admin/accounts/edit/{number}", form).status_code == 303
    with app.app_context():
        user = accounts.user_by_email("reporter.p-cpm-3@emes.test")
        assert user is not None
        assert (user.id, user.password, [role.name for role in user.roles]) == (number, secret, [str(Duty.REPORTER)])
        assert (user.profile.area.code, user.profile.registered_address) == (OFFICE, "")
        assert user.profile.is_demonstration
        assert user.profile.position == "ผู้อำนวยการกลุ่ม"


@pytest.mark.postgresql
def test_a_telephone_is_read_on_the_account_screen_as_on_the_own_profile(app, central):
    number = user_id(app, "reporter.p-cpm-3")
    address = f"/admin/accounts/edit/{number}"
    assert central.post(address, account_form(central, number, phone="๐๘ ๑๒๓๔ ๕๖๗๘")).status_code == 303
    assert stored(app, Profile, number).phone == "0812345678"
    assert central.post(address, account_form(central, number, phone="ไม่มี")).status_code == 422
    assert stored(app, Profile, number).phone == "0812345678"


def test_there_is_no_way_to_add_or_delete_an_account_here(app, central):
    before = everything_stored(app)
    for action in ("add", "delete/3"):
        assert central.get(f"/admin/accounts/{action}").status_code == 404
        assert central.post(f"/admin/accounts/{action}").status_code == 404
    assert everything_stored(app) == before


def test_a_box_and_a_tick_say_what_the_label_does_not(app):
    """The hint belongs to its control, for ears as for eyes."""
    form = Person(app).signed_in("central@emes.test").page("/admin/rounds/edit/1")
    for name, words in (("opens_at", "01/03/2566"), ("asks_endorsement", "ผู้อำนวยการ"), ("active", "เลิกใช้")):
        (control,) = form.xpath("//main//*[@name=$name]", name=name)
        (hint,) = form.xpath("//*[@id=$id]", id=control.get("aria-describedby"))
        assert words in hint.text_content()


def test_a_group_of_ticks_and_a_file_say_what_the_label_does_not(app, central):
    form = central.page(f"/admin/accounts/edit/{user_id(app, 'reporter.p-cpm-3')}")
    (group,) = form.xpath("//fieldset[@id='duties']")
    assert "ส่วนกลาง" in form.get_element_by_id(group.get("aria-describedby")).text_content()
    for path, words in (("add", ["ฉบับก่อน"]), ("edit/1", ["ไฟล์ปัจจุบัน", "ฉบับก่อน"])):
        form = central.page(f"/admin/documents/{path}")
        (control,) = form.xpath("//main//input[@type='file']")
        hint = form.get_element_by_id(control.get("aria-describedby")).text_content()
        assert all(word in hint for word in words), hint
