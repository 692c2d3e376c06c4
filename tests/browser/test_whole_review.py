"""From two evaluators to the corrected letter, as the people of one round meet it in their browsers, with every office of the country
getting a letter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.domain.calendar import local
from app.extensions import db, transaction
from app.models import Area, Outcome, Round
from app.scope import whole_country
from tests import letters
from tests.browser.conftest import fill_in_letters, sign_in
from tests.browser.test_office_team import looks_well
from tests.reviews import hand_in_really
from tests.server import Server

OFFICE, REPORT, DESK = "สพป.ชัยภูมิ เขต 3", "/reports/2566-6/P-CPM-3/QP-1", "/review/2566-6/P-CPM-3/QP-1"
PUBLICATION, RESULT = "/publication/2566-6", "/results/2566-6/P-CPM-3/"


@pytest.fixture
def country(tmp_path, initialised: Path) -> Iterator[Server]:
    """A closed round in review. The report of one office is real and waits for its evaluators; all others are settled."""
    server = Server(tmp_path)
    server.begin_as(initialised)
    app = server.app(EMES_NOW=datetime.now(UTC))
    hand_in_really(app)
    with app.app_context():
        codes = [code for (code,) in db.session.query(Area.code).filter(Area.active, Area.code != "P-CPM-3")]
        letters.reviewed_round(*codes, only=("QP-1",))
        closed = datetime.now(UTC) - timedelta(hours=1)
        with whole_country("every other office did well"), transaction():
            values = {"closes_at": closed, "counted_for": closed, "due_at": None, "reminds_at": None}
            db.session.query(Round).filter_by(code="2566-6").update(values)
            db.session.query(Outcome).update({"level": 4})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def person(country, open_page):
    """Somebody with a browser of their own."""

    def come(name: str) -> Page:
        page = open_page(bypass_csp=True)
        sign_in(page, country, name)
        return page

    return come


def review(page: Page, level: int, verdict: str, reason: str) -> None:
    """Judge every issue alike, give a level with its reason, and lock."""
    for number in range(page.locator("[data-crit]").count()):
        page.locator("[data-crit-head]").nth(number).click()
        page.locator(f"[data-crit] >> nth={number} >> input[value='{verdict}']").check(force=True)
    page.locator(f"[name=level][value='{level}']").check(force=True)
    page.fill("[name=reason]", reason)
    page.fill("[name=comment]", f"ความเห็นระดับ {level}")
    page.locator("[data-lock-stay]").click()
    expect(page.locator("[data-self-level='4']")).to_be_visible()


def days_from_now(days: int) -> str:
    day = local(datetime.now(UTC) + timedelta(days=days))
    return f"{day.day}/{day.month}/{day.year + 543}"


def publish(page: Page, country: Server, number: int, letters_made: int) -> None:
    """Freeze, draft, type what letters say, wait for the worker, release."""
    page.goto(f"{country.url}{PUBLICATION}/")
    page.get_by_role("button", name="ร่างหนังสือ").click()
    page.wait_for_url(f"**/{number}/settings")
    fill_in_letters(
        page,
        first_number=str(1000 * number),
        dated_on=days_from_now(0),
        appeals_from=days_from_now(0),
        appeals_until=days_from_now(14),
    )
    page.wait_for_url(f"**{PUBLICATION}/{number}/")
    if number == 1:  # nothing of it came to level 4: what the office does well is written by hand
        page.goto(f"{country.url}{PUBLICATION}/1/letters/P-CPM-3")
        page.fill("#strengths", "มีแผนความปลอดภัยและติดตามต่อเนื่อง")
        page.get_by_role("button", name="บันทึก").click()
        page.goto(f"{country.url}{PUBLICATION}/1/")
    expect(page.locator("[data-made]")).to_have_text(str(letters_made), timeout=420_000)
    page.goto(f"{country.url}{PUBLICATION}/{number}/release")
    if page.locator("#accepts_lacking").count():
        page.check("#accepts_lacking")
        page.fill("#reason", "ประกาศเฉพาะรายงานที่ตรวจแล้ว")
    page.get_by_role("button", name="ประกาศผลการประเมิน").click()
    page.wait_for_url(f"**{PUBLICATION}/{number}/")


def test_one_report_goes_from_two_evaluators_to_a_corrected_letter(country, person, files):
    central, moderator = person("central"), person("moderator")
    first, second = person("evaluator1"), person("evaluator2")
    reporter, coordinator = person("reporter.p-cpm-3"), person("coordinator.p-cpm-3")

    # Two evaluators get the report, by a share that is shown first.
    central.goto(f"{country.url}/review/2566-6/assign")
    central.fill("#evaluators_per_report", "๒")
    central.get_by_role("button", name="บันทึก", exact=True).click()
    central.get_by_role("checkbox", name="ผู้กลั่นกรอง สาธิต").uncheck()
    central.fill("#f-q", OFFICE)
    central.get_by_role("button", name="ดูผลการแบ่ง").click()
    expect(central.locator("#shares")).to_contain_text("1 รายงาน")
    central.get_by_role("button", name="แบ่งตามนี้").click()
    expect(central.locator(".notices")).to_contain_text("แบ่งงานตรวจแล้ว 2 ฉบับ")

    # Each judges without knowing the other, nor the office's own level.
    for page, level, verdict, reason in ((first, 2, "not_found", "ไม่พบแผน"), (second, 5, "complete", "ครบทุกข้อ")):
        page.goto(country.url + DESK)
        expect(page.locator("[data-self-level]")).to_have_count(0)
        assert "ไม่พบแผน" not in page.content()
        review(page, level, verdict, reason)

    # They are three levels apart: a moderator sees all, and has one point mended first.
    moderator.goto(f"{country.url}/review/2566-6/moderation")
    moderator.get_by_role("link", name=OFFICE).click()
    expect(moderator.locator("main")).to_contain_text("ไม่พบแผน")
    moderator.get_by_role("link", name="ส่งกลับให้เขตแก้ไข").click()
    moderator.locator("input[name=point][value='criterion.2']").check()
    moderator.fill("#what-criterion-2", "แนบคำสั่งฉบับลงนาม")
    moderator.get_by_role("button", name="ส่งกลับรายการที่เลือก").click()
    expect(moderator.locator(".notices")).to_contain_text("ส่งกลับแล้ว 1 รายการ")

    # The office mends that point alone, though the round is closed.
    reporter.goto(country.url + REPORT)
    expect(reporter.locator("[aria-labelledby=returned-points]")).to_contain_text("แนบคำสั่งฉบับลงนาม")
    expect(reporter.locator("[data-upload]")).to_have_count(1)
    reporter.locator("[data-upload='criterion.2']").set_input_files(files["png"])
    expect(reporter.locator("[data-slot='criterion.2'] .files").first).to_contain_text("ภาพกิจกรรม.png", timeout=20_000)
    looks_well(reporter, country.url + REPORT)
    reporter.goto(f"{country.url}{REPORT}/check")
    reporter.locator("main form button.btn-primary").click()
    expect(reporter.locator(".notices")).to_contain_text("เลขรับ")

    # Both evaluators see exactly what changed, and lock again.
    for page, level, verdict, reason in ((first, 2, "partial", "ยังไม่ครบ"), (second, 5, "complete", "ครบทุกข้อ")):
        page.goto(country.url + DESK)
        expect(page.locator("#changes-title")).to_contain_text("แก้ไข 1 รายการ")
        expect(page.locator(".changes ins")).to_have_text("ภาพกิจกรรม.png")
        review(page, level, verdict, reason)

    # The moderator decides.
    moderator.goto(f"{country.url}{DESK}/moderate")
    looks_well(
        moderator,
        f"{country.url}{DESK}/moderate",
        f"{country.url}/review/2566-6/moderation",
        f"{country.url}/review/2566-6/drift",
    )
    moderator.goto(f"{country.url}{DESK}/moderate")
    moderator.locator("#decision [name=level][value='3']").check(force=True)
    moderator.fill("#decision [name=reason]", "ภาพกิจกรรมยืนยันได้บางส่วน")
    moderator.get_by_role("button", name="วินิจฉัย แล้วไปรายการถัดไป").click()
    expect(moderator.locator("main")).to_contain_text("ไม่มีรายงานที่รอวินิจฉัย")

    # 245 letters, released at one moment; before it the office finds nothing.
    assert coordinator.request.get(country.url + RESULT).status == 404
    publish(central, country, 1, 245)
    coordinator.goto(country.url + RESULT)
    expect(coordinator.locator("#i-QP-1")).to_contain_text("ต่ำกว่าที่ประเมินตนเอง 1 ระดับ")
    made = coordinator.request.get(f"{country.url}{RESULT}letter.pdf")
    assert made.body().startswith(b"%PDF")

    # The office acknowledges and appeals; the centre upholds it, and the corrected letter takes the place of the first.
    coordinator.get_by_role("button", name="รับทราบผล").click()
    coordinator.locator("#i-QP-1").get_by_role("link", name="สอบถามหรืออุทธรณ์ผล").click()
    coordinator.get_by_label("อุทธรณ์ระดับคุณภาพ").check()
    coordinator.fill("#text", "คำสั่งลงนามอยู่ในภาพที่สอง")
    coordinator.get_by_role("button", name="ส่งถึงส่วนกลาง").click()
    central.goto(f"{country.url}/appeals/2566-6/")
    central.get_by_role("link", name="คำสั่งลงนามอยู่ในภาพที่สอง").click()
    central.get_by_label("แก้ไขระดับ", exact=True).check()
    central.select_option("#level", "4")
    central.fill("#reason", "พบคำสั่งในภาพที่สอง")
    central.fill("#answer", "ส่วนกลางพบหลักฐานตามที่แจ้ง")
    central.get_by_role("button", name="ส่งคำตอบ").click()
    coordinator.goto(country.url + RESULT)
    expect(coordinator.locator("#i-QP-1 td:nth-child(4) .lv")).to_have_text("3")
    publish(central, country, 2, 1)
    coordinator.goto(country.url + RESULT)
    expect(coordinator.locator("#i-QP-1 td:nth-child(4) .lv")).to_have_text("4")
    expect(coordinator.locator("main")).to_contain_text("หนังสือฉบับนี้แทนฉบับก่อน")
    looks_well(coordinator, country.url + RESULT)
