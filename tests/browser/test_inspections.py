"""An inspection in a real browser: announced, written, checked, endorsed on a phone, sent, and its recommendation closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.extensions import db, transaction
from app.models import Inspection, InspectionIssue
from tests.browser.conftest import sign_in
from tests.browser.test_office_team import looks_well
from tests.server import Server

HERE = "/inspections/2566-2/P-CPM-3/"


@pytest.fixture
def prepared(tmp_path, initialised: Path) -> Iterator[Server]:
    """An installation whose second inspection asks two issues and is not announced yet."""
    found = Server(tmp_path)
    found.begin_as(initialised)
    app = found.app()
    with app.app_context(), transaction():
        for issue in db.session.query(InspectionIssue).join(Inspection).filter(Inspection.code == "2566-2"):
            issue.is_open = issue.code in ("1.1", "4.2")
    found.start()
    yield found
    found.stop()


def saved(page: Page) -> None:
    expect(page.locator("[data-saved-text]").first).to_contain_text("บันทึกถึงเครื่องแม่ข่าย")


def hand_over(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"[name='{name}']", value)
    page.check("[name='no_problems']")
    saved(page)
    page.get_by_role("button", name="ส่งกลุ่มนโยบายและแผน").click()
    expect(page.locator(".notices")).to_contain_text("กลุ่มนโยบายและแผนจะตรวจสอบ")


def test_an_inspection_goes_from_its_announcement_to_a_closed_recommendation(prepared, open_page, files):
    home = f"{prepared.url}{HERE}"
    central, coordinator, reporter = (open_page(bypass_csp=True) for _ in range(3))
    director = open_page(390, bypass_csp=True)

    sign_in(central, prepared, "central")
    central.goto(f"{prepared.url}/inspections/2566-2/")
    central.get_by_role("button", name="ประกาศการตรวจราชการ").click()
    expect(central.locator(".notices")).to_contain_text("ประกาศการตรวจราชการแล้ว")

    sign_in(coordinator, prepared, "coordinator.p-cpm-3")
    coordinator.goto(f"{prepared.url}/inspections/")
    coordinator.get_by_role("link", name="รอบที่ 2").click()
    coordinator.get_by_role("button", name="เริ่มทำรายงาน").click()
    coordinator.locator("[data-issue='1.1']").get_by_role("link", name="เลือก").click()
    coordinator.get_by_role("checkbox", name="ผู้รายงาน สาธิต").check()
    coordinator.get_by_role("button", name="บันทึก").click()
    expect(coordinator.locator("main")).to_contain_text("ผู้รายงาน สาธิต")

    sign_in(reporter, prepared, "reporter.p-cpm-3")
    reporter.goto(f"{prepared.url}/my-work/")
    reporter.get_by_role("link", name="1.1").click()
    reporter.set_input_files("[data-upload='evidence']", files["pdf"])
    expect(reporter.locator("[data-slot='evidence'] .nm")).to_have_text(["รายงานผล.pdf"])
    reporter.fill("[name='count_all']", "๒๐")
    reporter.fill("[name='count_done']", "15")
    reporter.locator("[name='result']").click()
    expect(reporter.locator("[data-percent]")).to_have_text("75")
    looks_well(reporter, f"{home}1.1")
    hand_over(reporter, result="โรงเรียนทุกแห่งมีแผนความปลอดภัย")
    reporter.goto(f"{home}4.2")
    hand_over(reporter, result="จัดกิจกรรมส่งเสริมอาชีพครบทุกกลุ่ม")

    for code in ("1.1", "4.2"):
        coordinator.goto(f"{home}{code}")
        coordinator.get_by_role("button", name="บันทึกว่าตรวจสอบแล้ว").click()
        expect(coordinator.locator(f"[data-issue='{code}'] [data-state='checked']")).to_be_visible()
    coordinator.fill("[name='summary']", "สรุปผลการดำเนินงานครบทุกประเด็น")
    coordinator.get_by_role("button", name="เสนอผู้อำนวยการ").click()
    expect(coordinator.locator(".notices")).to_contain_text("แจ้งผู้อำนวยการแล้ว")

    sign_in(director, prepared, "director.p-cpm-3")
    director.goto(f"{prepared.url}/my-work/")
    director.get_by_role("link", name="รอบที่ 2").click()
    director.get_by_role("button", name="เห็นชอบรายงาน").click()
    expect(director.locator(".notices")).to_contain_text("ท่านเห็นชอบรายงานแล้ว")

    coordinator.goto(home)
    coordinator.fill("[name='letter_number']", "ศธ 04030/9")
    coordinator.fill("[name='letter_day']", "30/11/2569")
    coordinator.get_by_role("button", name="บันทึกว่าจัดส่งแล้ว").click()
    expect(coordinator.locator("main")).to_contain_text("ศธ 04030/9")
    expect(coordinator.locator(".titlebar")).to_contain_text("ส่งหลังกำหนด")  # the days of the seed are of 2566
    for link, ending in (("Word", ".docx"), ("PDF", ".pdf")):
        with coordinator.expect_download() as download:
            coordinator.get_by_role("link", name=link, exact=True).click()
        assert download.value.suggested_filename.endswith(ending)
    looks_well(coordinator, home)

    coordinator.goto(home)
    coordinator.get_by_role("link", name="บันทึกข้อเสนอแนะ").click()
    coordinator.fill("[name='text']", "ให้ซักซ้อมแผนเผชิญเหตุทุกภาคเรียน")
    coordinator.select_option("[name='issue_code']", "1.1")
    coordinator.get_by_role("checkbox", name="ผู้รายงาน สาธิต").check()
    coordinator.get_by_role("button", name="บันทึก").click()
    recommendation = coordinator.url
    looks_well(coordinator, f"{home}recommendations/new", recommendation)
    reporter.goto(f"{prepared.url}/my-work/")
    reporter.get_by_role("link", name="ให้ซักซ้อมแผน").click()
    reporter.fill("[name='response']", "ซักซ้อมครบทุกโรงเรียนแล้ว")
    saved(reporter)
    reporter.get_by_role("button", name="ส่งผลการดำเนินการ").click()
    expect(reporter.locator(".notices")).to_contain_text("ส่งผลการดำเนินการแล้ว")
    coordinator.goto(recommendation)
    coordinator.get_by_role("button", name="ปิดข้อเสนอแนะ").click()
    expect(coordinator.locator(".titlebar [data-state='closed']")).to_be_visible()
    looks_well(coordinator, f"{prepared.url}/inspections/", f"{prepared.url}/recommendations/P-CPM-3/")
    looks_well(central, f"{prepared.url}/inspections/2566-2/?state=sent", f"{prepared.url}/recommendations/")
    central.goto(f"{prepared.url}/recommendations/")
    expect(central.locator("[data-area='P-CPM-3']")).to_contain_text("100%")
