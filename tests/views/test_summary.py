"""The director's page: an office's round on one A4, on the screen and as PDF."""

from __future__ import annotations

import io

import pypdf
import pytest

from app import scope
from app.extensions import db, transaction
from app.models import Answer, Area, Assignment, Indicator, Profile, Round, Submission
from tests.conftest import NOW
from tests.person import Person
from tests.services.doing import user_id_of
from tests.views.test_endorsing import lose_director, set_round, squeezed, submit_everything, whole
from tests.views.test_statements import cost
from tests.views.test_team import BOARD, COORDINATOR, DIRECTOR, REPORTER, text

on_both_databases = "where marked"

SUMMARY = f"{BOARD}summary"


@pytest.fixture
def director(sign_in) -> Person:
    person: Person = sign_in(DIRECTOR)
    return person


def crowded(app, round_code: str) -> None:
    """The fullest page there may be: every report begun, returned or late, several owners with long names, every decision asked."""
    people = [user_id_of(app, name) for name in (REPORTER, DIRECTOR, COORDINATOR)]
    with app.app_context(), scope.whole_country("a test fills a round"), transaction():
        found = db.session.query(Round).filter_by(code=round_code).one()
        found.opens_at, found.asks_endorsement = db.session.query(Round).filter_by(code="2566-6").one().opens_at, True
        area = db.session.query(Area).filter_by(code="P-CPM-3").one()
        for number, indicator in enumerate(db.session.query(Indicator).filter_by(round_id=found.id)):
            if not indicator.applies_to_kind(area.kind):
                continue
            for user_id in people[: number % 4]:
                db.session.add(
                    Assignment(
                        area_id=area.id,
                        round_id=found.id,
                        indicator_id=indicator.id,
                        user_id=user_id,
                        assigned_at=NOW,
                    )
                )
            if number % 5 == 0:
                continue
            report = Submission(round_id=found.id, area_id=area.id, indicator_id=indicator.id, state="draft")
            report.started_at = report.changed_at = NOW
            report.answers = [Answer(area_id=area.id, field_key="self_level", value="4", changed_at=NOW)]
            db.session.add(report)
        for profile in db.session.query(Profile).filter(Profile.area_id == area.id):
            profile.full_name = "ว่าที่ร้อยตรีหญิงกาญจนาภรณ์ ศรีสุวรรณวัฒนานุกูลกิจไพศาล"


def pages(person: Person, address: str) -> list[str]:
    response = person.get(f"{address}.pdf")
    assert response.status_code == 200 and response.mimetype == "application/pdf"
    return [squeezed(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(response.data)).pages]


@pytest.mark.postgresql
@pytest.mark.parametrize(("round_code", "indicators"), [("2566-6", 12), ("2566-12", 38)])
def test_the_fullest_page_is_one_a4_of_readable_thai(app, sign_in, round_code, indicators):
    crowded(app, round_code)
    lose_director(app)
    coordinator = sign_in(COORDINATOR)
    found = pages(coordinator, f"/reports/{round_code}/P-CPM-3/summary")
    assert len(found) == 1
    for words in ("สถานะการรายงานของ สพป.ชัยภูมิ เขต 3", f"(0/{indicators})", "กำลังทำ", "ยังไม่เริ่ม", "ขอการตัดสินใจ", "การรับรอง"):
        assert squeezed(words) in found[0], words
    assert squeezed("แต่งตั้งผู้รักษาราชการแทน") in found[0]
    assert f"/reports/{round_code}/P-CPM-3/summary" in found[0]
    page = coordinator.page(f"/reports/{round_code}/P-CPM-3/summary")
    assert len(page.xpath("//article//tbody/tr[th]")) == indicators


@pytest.mark.postgresql
def test_the_figures_are_those_of_the_office(app, director, reporter):
    submit_everything(app, but=("QP-4", "QP-5", "QP-X2"))
    reporter.report_everything("/reports/2566-6/P-CPM-3/QP-4", level="5")
    reporter.patch("/reports/2566-6/P-CPM-3/QP-5", {"problems": ("มีปัญหา", 0)})
    said = text(director.page(SUMMARY).xpath("//article")[0])
    assert "75% (9/12)" in said and "ยังไม่ส่งอีก 3 ตัวชี้วัด" in said
    assert "เร่งให้กดส่ง เพราะกรอกครบแล้ว: 4" in said and "ยังไม่เริ่มรายงาน: X2" in said
    cells = [text(cell) for cell in director.page(SUMMARY).xpath("//article//tr[th[text()='4']]/td")]
    assert cells[1:5] == ["พร้อมส่ง", "5", "5", "–"], "state, level, files, missing"
    assert "การรับรอง" not in said, "nothing of endorsement where the round does not ask for it"
    app.config["EMES_NOW"] = NOW.replace(month=12, day=20)
    later = Person(app).signed_in(f"{DIRECTOR}@emes.test")
    said = text(later.page(SUMMARY).xpath("//article")[0])
    assert "ไม่ได้ส่งภายในกำหนด 3 ตัวชี้วัด" in said and said.count("· ล่าช้า") == 3


def test_the_director_endorses_from_the_page(app, director, sign_in):
    set_round(app, asks_endorsement=True)
    submit_everything(app)
    sign_in(COORDINATOR).post(f"{BOARD}hand-in")
    page = director.page(SUMMARY)
    action = page.xpath("//form[.//button[contains(., 'รับรองรายงานทั้งรอบ')]]/@action")[0]
    assert director.post(action).status_code == 303
    assert whole(app).state == "endorsed"
    assert "รับรองแล้ว ผู้อำนวยการ สาธิต" in text(director.page(SUMMARY).xpath("//article")[0])
    assert not sign_in(REPORTER).page(SUMMARY).xpath("//form[contains(@action, 'endorse')]")


@pytest.mark.postgresql
def test_the_page_is_the_offices_and_the_centres_and_stays_in_its_budget(app, director, sign_in):
    assert sign_in("director.p-cpm-2").get(SUMMARY).status_code == 404
    assert sign_in("director.p-cpm-2").get(f"{SUMMARY}.pdf").status_code == 404
    assert sign_in("central").get(SUMMARY).status_code == 200
    few = cost(director, SUMMARY)
    crowded(app, "2566-6")
    assert few <= 8 and cost(director, SUMMARY) <= 8
    assert director.page(BOARD).xpath(f"//a[@href='{SUMMARY}']")
