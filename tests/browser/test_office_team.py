"""An office works as a team in a real browser: assigned, reported, handed in, endorsed by who acts for the director."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from app.domain.calendar import BUDDHIST_ERA_OFFSET, local
from tests.browser.conftest import sign_in
from tests.browser.test_closing import faults_of
from tests.faults.office import report_everything
from tests.server import Client, Server
from tests.views.test_endorsing import set_round, submit_everything

OFFICE = "/reports/2566-6/P-CPM-3"


@pytest.fixture
def office(tmp_path, initialised: Path) -> Iterator[Server]:
    """An installation whose open round asks for endorsement; the office has submitted all but QP-3."""
    found = Server(tmp_path)
    found.begin_as(initialised)
    app = found.app()
    set_round(app, asks_endorsement=True)
    submit_everything(app, but=("QP-3",))
    found.start()
    yield found
    found.stop()


def thai_day(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year + BUDDHIST_ERA_OFFSET}"


def looks_well(page: Page, *addresses: str) -> None:
    """No violation of WCAG and nothing that scrolls sideways, on a desk and on a phone."""
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for address in addresses:
            page.goto(address)
            assert faults_of(page) == [], (address, width)
            assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"), (
                address,
                width,
            )
    page.set_viewport_size({"width": 1366, "height": 900})


def test_a_round_goes_from_the_coordinator_to_the_owner_and_back_and_to_who_acts_for_the_director(office, open_page):
    board, today = f"{office.url}{OFFICE}/", local(datetime.now(UTC)).date()
    coordinator, reporter = open_page(bypass_csp=True), open_page(bypass_csp=True)
    sign_in(coordinator, office, "coordinator.p-cpm-3")
    coordinator.goto(f"{board}team")
    coordinator.check("input[name='indicator'][value='QP-3']")
    coordinator.get_by_role("checkbox", name="ผู้รายงาน สาธิต").check()
    coordinator.get_by_role("button", name="มอบหมาย", exact=True).click()
    expect(coordinator.locator(".notices")).to_contain_text("มอบหมายแล้ว 1 รายการ")
    coordinator.click("summary:has-text('บันทึกคำสั่งรักษาราชการแทน')")
    coordinator.select_option("#acting-person", label="ผู้รายงาน สาธิต")
    for name, value in {
        "first_day": thai_day(today - timedelta(days=2)),
        "last_day": thai_day(today + timedelta(days=60)),
        "number": "45/2569",
        "dated_on": thai_day(today),
    }.items():
        coordinator.fill(f"#acting-{name}", value)
    coordinator.get_by_role("button", name="บันทึกคำสั่ง").last.click()
    expect(coordinator.locator("[aria-labelledby='acting']")).to_contain_text("มีผลใช้อยู่")
    leave = coordinator.get_by_role("link", name="ผู้รายงาน สาธิต").get_attribute("href")

    sign_in(reporter, office, "reporter.p-cpm-3")
    reporter.get_by_role("navigation", name="ตัวชี้วัดที่แสดง").get_by_role("link", name="ของฉัน").click()
    expect(reporter.locator("table.dash .qp")).to_have_text(["3"])
    client = Client(office.port).sign_in("reporter.p-cpm-3")
    report_everything(client, f"{OFFICE}/QP-3")
    assert client.post(f"{OFFICE}/QP-3/submit")[0] == 200

    looks_well(coordinator, board, f"{board}team", f"{office.url}{leave}", f"{board}hand-in")
    coordinator.get_by_role("button", name="ส่งรายงานทั้งรอบ").click()
    expect(coordinator.locator("main")).to_contain_text("รอผู้อำนวยการรับรอง")

    reporter.goto(f"{board}QP-3")
    expect(reporter.locator("main")).to_contain_text("ส่งรายงานทั้งรอบไปแล้ว")
    expect(reporter.locator("input[type=file]")).to_have_count(0)
    looks_well(reporter, f"{board}hand-in", f"{board}summary")
    printed = pypdf.PdfReader(io.BytesIO(reporter.pdf(format="A4")))
    assert len(printed.pages) == 1, "printed from the browser it is one A4 too"
    reporter.get_by_role("button", name="รับรองรายงานทั้งรอบ").click()
    expect(reporter.locator("main")).to_contain_text("รักษาราชการแทนตามคำสั่งที่ 45/2569")
    looks_well(reporter, f"{board}hand-in", f"{board}summary", f"{office.url}/receipts/R66-6-3603", board)

    central = open_page(bypass_csp=True)
    sign_in(central, office, "central")
    looks_well(central, f"{office.url}/monitor/2566-6/endorsers")
