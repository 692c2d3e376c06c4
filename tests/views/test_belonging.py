"""Nothing lands in the wrong round or office: pages, scripts, uploads and filled-in templates say where they belong."""

from __future__ import annotations

import io

import openpyxl
import pytest

from app import scope
from app.domain.belonging import Belonging, marked
from app.domain.evidence import safe_name
from app.exports.templates import marked_copy, name_for
from app.extensions import db
from app.models import Area, Evidence, Indicator, Submission
from tests.person import REPORT, Person, one_page_pdf
from tests.views.test_uploads import create

on_both_databases = "where marked"
X2 = "/reports/2566-6/P-CPM-3/QP-X2"
ELSEWHERE = [
    ("another round", "2566-12/P-CPM-3/QP-1"),
    ("another office", "2566-6/P-CPM-2/QP-1"),
    ("another indicator", "2566-6/P-CPM-3/QP-2"),
]


def nothing_stored(app) -> bool:
    with app.app_context(), scope.whole_country("a test looks"):
        return not db.session.query(Submission).count() and not db.session.query(Evidence).count()


def template(person: Person, report: str = X2) -> tuple[str, bytes]:
    """The prescribed form as it is handed out for a report: its name and its bytes."""
    address = person.page(report).xpath("//a[contains(@href, '/forms/')]/@href")[0]
    answer = person.get(address)
    assert answer.status_code == 200
    from urllib.parse import unquote

    name = unquote(answer.headers["Content-Disposition"].partition("filename*=UTF-8''")[2])
    return name, answer.data


@pytest.mark.parametrize(("what", "other"), ELSEWHERE, ids=[what for what, _ in ELSEWHERE])
def test_a_page_opened_for_one_report_saves_to_no_other(app, reporter, what, other):
    for answer in (
        reporter.post(REPORT, {"for": other, "version.self_level": "0", "self_level": "4"}),
        reporter.post(
            f"{REPORT}/evidence", {"for": other, "slot": "criterion.1", "file": (io.BytesIO(one_page_pdf()), "ก.pdf")}
        ),
        reporter.post(f"{REPORT}/submit", {"for": other}),
        reporter.client.patch(
            REPORT,
            json={"for": other, "changes": {"problems": {"value": "x", "version": 0}}},
            headers={"X-CSRFToken": reporter._ensure_token()},
        ),
    ):
        assert answer.status_code == 409
        assert other in answer.text, "the refusal says where it belongs"
    assert nothing_stored(app)


def test_every_form_of_a_report_says_where_it_belongs(reporter):
    page = reporter.page(REPORT)
    forms = [form for form in page.xpath("//form[@method='post']") if "/reports/" in form.get("action", "")]
    assert len(forms) > 4
    assert all(form.xpath(".//input[@name='for']/@value") == ["2566-6/P-CPM-3/QP-1"] for form in forms)


def test_a_prescribed_form_is_handed_out_with_its_round_and_office(reporter):
    name, content = template(reporter)
    assert name.endswith("[2566-6 P-CPM-3 QP-X2].xlsx")
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    assert workbook.custom_doc_props["e-MES"].value == "[2566-6 P-CPM-3 QP-X2]"
    assert len(workbook.sheetnames) >= 1


@pytest.mark.parametrize("renamed", [False, True], ids=["under its own name", "renamed"])
@pytest.mark.parametrize("way", ["form", "in parts"])
def test_a_form_of_another_round_is_refused_with_the_round_it_belongs_to(app, reporter, renamed, way):
    """4.4 no. 14: each round's template into the other."""
    name, content = template(reporter, "/reports/2566-12/P-CPM-3/QP-X2")
    saved = io.BytesIO()
    openpyxl.load_workbook(io.BytesIO(content)).save(saved)
    name = "แบบที่กรอกแล้ว.xlsx" if renamed else name
    if way == "form":
        answer = reporter.upload("criterion.1", (name, saved.getvalue()), report=X2)
        assert answer.status_code in (409, 422)
        said = answer.json["errors"][0]
    else:
        created = create(reporter, len(saved.getvalue()), name=name, indicator="QP-X2")
        if renamed:
            from tests.views.test_uploads import append

            created = append(reporter, created.headers["Location"], 0, saved.getvalue())
        assert created.status_code == 409
        said = created.json["error"]
    assert "2566-12" in said
    assert nothing_stored(app)


def test_a_form_of_another_office_is_refused_even_when_saved_as_pdf(app, sign_in, reporter):
    name, _ = template(sign_in("reporter.p-cpm-2"), "/reports/2566-6/P-CPM-2/QP-X2")
    answer = reporter.upload("criterion.1", (name.replace(".xlsx", ".pdf"), one_page_pdf()), report=X2)
    assert "P-CPM-2" in answer.json["errors"][0]
    assert nothing_stored(app)


def test_a_form_comes_back_to_its_own_report_and_files_without_a_mark_to_any(app, reporter):
    name, content = template(reporter)
    assert reporter.upload("criterion.1", (name, content), report=X2).status_code == 201
    assert reporter.upload("criterion.2", ("คำสั่ง [ฉบับร่าง].pdf", one_page_pdf()), report=X2).status_code == 201


def test_a_form_that_the_indicator_does_not_prescribe_is_not_handed_out(reporter, sign_in):
    address = reporter.page(X2).xpath("//a[contains(@href, '/forms/')]/@href")[0]
    assert reporter.get(address.replace("QP-X2", "QP-1")).status_code == 404
    assert sign_in("reporter.p-cpm-2").get(address).status_code == 404


def test_a_rehearsals_form_does_not_come_into_the_real_round(app, reporter):
    central = Person(app).signed_in("central@emes.test")
    central.post("/rounds/2566-6/rehearsal", {"minutes": "30", "grace": "5"})
    name, content = template(reporter, "/reports/2566-6-R1/P-CPM-3/QP-X2")
    assert "2566-6-R1" in reporter.upload("criterion.1", (name, content), report=X2).json["errors"][0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("แบบ X2 [2566-6 P-CPM-3 QP-X2].xlsx", Belonging("2566-6", "P-CPM-3", "QP-X2")),
        ("[2566-12-R3 S-BKK-1 STD-1.1]", Belonging("2566-12-R3", "S-BKK-1", "STD-1.1")),
        ("[2566-6]", None),
        ("คำสั่ง [ฉบับที่ 2].pdf", None),
        ("", None),
    ],
)
def test_a_mark_is_read_and_nothing_else_taken_for_one(text, expected):
    assert marked(text) == expected


@pytest.mark.postgresql
def test_the_mark_of_every_office_and_indicator_is_recognised(app):
    with app.app_context():
        areas = [code for (code,) in db.session.query(Area.code)]
        indicators = [code for (code,) in db.session.query(Indicator.full_code).distinct()]
    assert len(areas) == 245
    for made in [Belonging("2566-6", area, "QP-1") for area in areas] + [Belonging("2566-12", "P-BKK", x) for x in indicators]:
        assert marked(f"แบบ {made.mark}.xlsx") == made


def test_a_long_title_leaves_room_for_the_mark():
    here = Belonging("2566-6", "P-CPM-3", "QP-1")
    assert marked(safe_name(name_for("ก" * 250, "xlsx", here))) == here


def test_a_file_that_is_no_office_file_is_handed_out_as_it_is(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(one_page_pdf())
    assert marked_copy(path, Belonging("2566-6", "P-CPM-3", "QP-1")) == path.read_bytes()
