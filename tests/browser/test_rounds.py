"""The centre brings a round from the last one to its closing in a real browser: made, edited in Excel, opened, watched, extended, closed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from app.formatting import local_input
from tests.browser.conftest import sign_in
from tests.browser.test_office_team import looks_well
from tests.server import Client, Server
from tests.views.test_indicator_sets import THAI, column, row_where

NEW = "/rounds/2567-12"
REPORTED = "/reports/2567-12/P-CPM-3"


@pytest.fixture
def centre(tmp_path, initialised: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.begin_as(initialised)
    found.start()
    yield found
    found.stop()


def in_days(days: int) -> str:
    return local_input(datetime.now(UTC) + timedelta(days=days))


def take(page: Page, server: Server, step: str, reason: str = "") -> None:
    """Look at what a step does, and press."""
    page.goto(f"{server.url}{NEW}/steps/{step}")
    expect(page.locator(".figures")).to_contain_text("245")
    if reason:
        page.fill("#reason", reason)
    page.click("#step button.btn-primary")
    page.wait_for_url(f"**{NEW}/")


def edit_in_excel(page: Page, server: Server, folder: Path) -> None:
    book = load_workbook(io.BytesIO(page.request.get(f"{server.url}{NEW}/set.xlsx").body()))
    sheet = book[THAI["indicators"]]
    sheet.cell(row_where(sheet, รหัสตัวชี้วัด="2"), column(sheet, "ข้อความ (ไทย)")).value = "ถ้อยคำจากสมุดงาน"
    book.save(folder / "ชุด.xlsx")
    page.goto(f"{server.url}{NEW}/set")
    page.set_input_files("#file", folder / "ชุด.xlsx")
    page.click("form[enctype] button.btn-primary")
    expect(page.locator("table.diffs")).to_contain_text("ถ้อยคำจากสมุดงาน")
    page.click("form[action$='/apply'] button.btn-primary")
    page.wait_for_url(f"**{NEW}/set")


def test_a_round_is_made_from_the_last_edited_opened_watched_extended_reminded_and_closed(centre, open_page, tmp_path):
    page = open_page(bypass_csp=True)
    sign_in(page, centre, "central")
    office, other = Client(centre.port).sign_in("reporter.p-cpm-3"), Client(centre.port).sign_in("reporter.p-cpm-2")

    page.goto(f"{centre.url}/rounds/")
    page.click("a[href='/rounds/2566-6/clone']")
    looks_well(page, f"{centre.url}/rounds/", f"{centre.url}/rounds/2566-6/", f"{centre.url}/rounds/2566-6/clone")
    for box, typed in (("fiscal_year_be", "๒๕๖๗"), ("opens_at", in_days(2)), ("closes_at", in_days(12))):
        page.fill(f"#{box}", typed)
    page.click("#clone button.btn-primary")
    page.wait_for_url(f"**{NEW}/")
    assert [part.split()[0] for part in page.locator("section:has(#asked) li").all_inner_texts()] == [
        "QP",
        "AP",
        "STD",
    ]
    assert office.request("GET", f"{REPORTED}/")[0] == 404, "nobody but the centre sees it yet"

    edit_in_excel(page, centre, tmp_path)
    looks_well(page, f"{centre.url}{NEW}/steps/announce")
    take(page, centre, "announce")
    take(page, centre, "open-now")
    assert "ถ้อยคำจากสมุดงาน" in office.request("GET", f"{REPORTED}/QP-2")[1].decode()

    page.goto(f"{centre.url}/monitor/2567-12/?q=ชัยภูมิ")
    cell = page.locator("tr[data-area='P-CPM-3'] a[aria-label^='QP-1 ']")
    expect(cell).to_have_class("not_started")
    assert office.save(f"{REPORTED}/QP-1", problems=("ถนนขาด", 0))[0] == 200
    page.evaluate("window.emesMonitor.ask()")
    expect(cell).to_have_class("in_progress fresh")

    page.goto(f"{centre.url}{NEW}/")
    page.click("a[href*='/admin/extensions/add']")
    page.select_option("#area", label="สพป.ชัยภูมิ เขต 3")
    page.fill("#until_at", in_days(20))
    page.fill("#reason", "น้ำท่วมสำนักงาน")
    page.click(".bar-save button.btn-primary")
    page.wait_for_url("**/admin/extensions/list/")

    page.goto(f"{centre.url}/monitor/2567-12/?q=P-CPM-2")
    page.check("input[name='area'][value='P-CPM-2']")
    page.click("form[action$='/remind'] button.btn-primary")
    page.wait_for_url("**/remind")
    page.click("form[action$='/remind/send'] button.btn-primary")
    page.wait_for_url("**/reminders/*")
    expect(page.locator("main")).to_contain_text("ผู้ประสานงาน สาธิต")

    take(page, centre, "close-now", reason="ปิดเพื่อซักซ้อม")
    assert other.save("/reports/2567-12/P-CPM-2/QP-1", problems=("ช้าไป", 0))[0] == 409
    assert office.save(f"{REPORTED}/QP-1", no_problems=(True, 0))[0] == 200, "the office with more time goes on"
    told = Client(centre.port).sign_in("coordinator.p-cpm-2").request("GET", "/inbox/")[1].decode()
    assert "ปิดเพื่อซักซ้อม" in told
    assert "ต้องส่งรายงาน" in told or "ยังต้องส่ง" in told
