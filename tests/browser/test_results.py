"""An office reads its results, acknowledges them, takes up advice and appeals; the centre decides. With axe, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.domain.calendar import local
from tests.browser.conftest import sign_in
from tests.browser.test_closing import faults_of
from tests.reports import put_report
from tests.results import Given, put_earlier_round, put_outcome, put_release
from tests.server import Server

PAGE = "/results/2566-6/S-BKK-1/"
LOW = Given(
    2, 4, "ไฟล์สรุปผลเปิดไม่ได้", {"1": {"verdict": "complete", "note": ""}, "2": {"verdict": "not_found", "note": "แนบผลก่อน–หลัง"}}
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, initialised: Path) -> Iterator[Server]:
    """An installation of its own: what other journeys report would stand in the way of what is put straight into the database."""
    found = Server(tmp_path_factory.mktemp("results"))
    found.begin_as(initialised)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def released(server: Server) -> None:
    """Results of S-BKK-1 in the running installation, as if the centre had released them an hour ago."""
    app = server.app()
    moment, today = datetime.now(UTC), local(datetime.now(UTC)).date()
    put_earlier_round(app, closed=moment - timedelta(days=200))
    before = {"QP-1": Given(3, 4, "ควรสรุปผลทั้งเขต", {"1": {"verdict": "partial", "note": "แนบแผนฉบับปรับปรุง"}})}
    past = moment - timedelta(hours=1)
    term = {"appeals_from": today, "appeals_until": today + timedelta(days=14), "as_of": past}
    put_release(app, {"S-BKK-1": before}, round_code="2565-6", release_at=past - timedelta(days=100), as_of=past)
    put_release(app, {"S-BKK-1": {"QP-1": Given(5, 5), "QP-7": LOW, "QP-8": Given(4, 3)}}, release_at=past, **term)
    put_outcome(app, put_report(app, "S-BKK-1", "QP-7", "submitted"), 2, comment=LOW.comment)


@pytest.fixture
def released_before(server: Server) -> None:
    """Results of P-CPM-2 in an earlier round."""
    app = server.app()
    past = datetime.now(UTC) - timedelta(days=100)
    put_earlier_round(app, closed=past - timedelta(days=100))
    before = {"QP-1": Given(3, 4, "ควรสรุปผลทั้งเขต", {"1": {"verdict": "partial", "note": "แนบแผนฉบับปรับปรุง"}})}
    put_release(app, {"P-CPM-2": before}, round_code="2565-6", release_at=past, as_of=past)


def test_results_are_read_acknowledged_taken_up_and_appealed_against(server, open_page, released):
    office = open_page()
    sign_in(office, server, "coordinator.s-bkk-1")
    office.get_by_role("link", name="ผลการประเมิน").first.click()
    expect(office.locator("h1")).to_contain_text("ผลการประเมิน รอบ 6 เดือน")
    expect(office.locator("#i-QP-7 .dumbbell")).to_have_attribute("aria-label", "ตนเอง 4, ผล 2")
    expect(office.locator("#i-QP-7")).to_contain_text("ต่ำกว่าที่ประเมินตนเอง 2 ระดับ")
    assert faults_of(office) == []
    office.get_by_role("button", name="รับทราบผล").press("Enter")
    expect(office.locator("main .note.ok").last).to_contain_text("รับทราบผลแล้ว โดย")

    expect(office.locator("#i-QP-7 details")).to_have_attribute("open", "")
    office.locator("#i-QP-7 input[value='QP-7 0']").uncheck()
    office.get_by_role("button", name="สร้างรายการปรับปรุงจากข้อเสนอแนะที่เลือก").click()
    expect(office.locator(".items > li")).to_have_count(1)
    expect(office.locator(".items")).to_contain_text("แนบผลก่อน–หลัง")
    assert faults_of(office) == []

    office.goto(server.url + PAGE)
    office.locator("#i-QP-7").get_by_role("link", name="สอบถามหรืออุทธรณ์ผล").click()
    office.get_by_label("อุทธรณ์ระดับคุณภาพ").check()
    office.fill("#text", "หน้า 12 ของไฟล์สรุปผลแสดงคะแนนก่อนและหลัง")
    assert faults_of(office) == []
    office.get_by_role("button", name="ส่งถึงส่วนกลาง").click()
    expect(office.locator(".items")).to_contain_text("หน้า 12 ของไฟล์สรุปผล")
    assert faults_of(office) == []

    central = open_page()
    sign_in(central, server, "central")
    central.goto(f"{server.url}/results/2566-6/")
    expect(central.locator("tbody tr")).to_contain_text("สพม.กรุงเทพมหานคร เขต 1")
    assert faults_of(central) == []
    central.get_by_role("link", name="คำถามและคำอุทธรณ์ผล").click()
    assert faults_of(central) == []
    central.get_by_role("link", name="หน้า 12 ของไฟล์สรุปผล").click()
    central.get_by_label("แก้ไขระดับ", exact=True).check()
    central.select_option("#level", "3")
    central.fill("#reason", "พบคะแนนก่อนและหลังที่หน้า 12")
    central.fill("#answer", "ส่วนกลางพบข้อมูลตามที่แจ้ง")
    assert faults_of(central) == []
    central.get_by_role("button", name="ส่งคำตอบ").click()
    expect(central.locator(".inbox")).to_contain_text("แก้ไขระดับแล้ว")

    phone = open_page(390, touch=True)
    sign_in(phone, server, "coordinator.s-bkk-1")
    for path in (PAGE, f"{PAGE}improvements", f"{PAGE}appeals/", f"{PAGE}appeals/QP-8"):
        phone.goto(server.url + path)
        assert faults_of(phone) == [], path
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path
    phone.goto(server.url + PAGE)
    expect(phone.locator("#i-QP-7")).to_contain_text("ระดับใหม่จะแสดงเมื่อออกหนังสือฉบับใหม่")
    expect(phone.locator("#i-QP-7 td:nth-child(4) .lv")).to_have_text("2")


def test_earlier_advice_stands_beside_the_issue_and_a_file_that_was_just_sent_answers_it(
    server, open_page, files, released_before
):
    page = open_page()
    sign_in(page, server, "coordinator.p-cpm-2")
    page.goto(f"{server.url}/results/2565-6/P-CPM-2/")
    page.get_by_role("button", name="เพิ่มข้อเสนอแนะที่เลือกในรายการปรับปรุง").click()
    expect(page.locator(".items > li")).to_have_count(2)
    page.goto(f"{server.url}/reports/2566-6/P-CPM-2/QP-1")
    told = page.locator("#f-criterion-1 .told")
    expect(told).to_contain_text("แนบแผนฉบับปรับปรุง")
    page.locator("[data-upload='criterion.1']").set_input_files(files["pdf"])
    told.get_by_label("ไฟล์ใดตอบข้อเสนอแนะนี้").select_option(label="รายงานผล.pdf", timeout=20000)
    expect(page.locator("[data-part='advice-whole'] select")).to_contain_text("รายงานผล.pdf")
    assert faults_of(page) == []
    told.get_by_role("button", name="บันทึก").click()
    expect(page.locator("main")).to_contain_text("ตอบข้อเสนอแนะแล้ว 1 จาก 2")
    expect(page.locator("#f-criterion-1 .told.done")).to_contain_text("ตอบแล้วด้วยไฟล์ รายงานผล.pdf")
    assert faults_of(page) == []
