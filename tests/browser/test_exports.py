"""An analyst takes a round away: by the keyboard, seeing how far it is, at a desk and on a telephone; an office takes its own."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.test_closing import faults_of

DESK = "/exports/2566-6/"


@pytest.mark.parametrize("width", [1366, 390])
def test_a_workbook_is_asked_for_by_the_keyboard_made_and_taken(server, open_page, tmp_path, width):
    page = open_page(width, bypass_csp=True, accept_downloads=True)
    sign_in(page, server, "analyst")
    page.goto(f"{server.url}{DESK}?kind={'primary' if width == 1366 else 'secondary'}")
    page.get_by_role("button", name="สมุดสรุปผลรอบการรายงาน, XLSX").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/exports/2566-6/?kind=*")
    expect(page.locator("main, .notices").filter(has_text="กำลังจัดทำไฟล์")).not_to_have_count(0)
    ready = page.locator("table.files tbody tr").first.get_by_role("link", name="ดาวน์โหลด")
    expect(ready).to_be_visible(timeout=60_000)  # without anybody's reload
    assert faults_of(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
    with page.expect_download() as download:
        ready.focus()
        page.keyboard.press("Enter")
    path = tmp_path / "taken.xlsx"
    download.value.save_as(path)
    assert download.value.suggested_filename.startswith("e-MES 2566-6 สมุดสรุปผลรอบการรายงาน")
    assert len(load_workbook(path, read_only=True).sheetnames) == 19


def test_an_office_finds_its_files_from_its_dashboard(server, open_page):
    page = open_page()
    sign_in(page, server, "reporter.s-bkk-1")
    page.get_by_role("link", name="ไฟล์ของสำนักงานเขต").click()
    page.get_by_role("button", name="สมุดข้อมูลของสำนักงานเขต, XLSX").click()
    expect(page.locator("table.files tbody tr").first.get_by_role("link", name="ดาวน์โหลด")).to_be_visible(timeout=60_000)
    page.goto(f"{server.url}/inbox/")
    expect(page.locator("main")).to_contain_text("พร้อมดาวน์โหลดแล้ว")


def test_without_script_the_desk_says_how_far_a_file_is(server, open_page):
    page = open_page(java_script_enabled=False)
    sign_in(page, server, "analyst")
    page.goto(f"{server.url}{DESK}")
    page.get_by_role("button", name="บัญชีหลักฐาน, CSV").click()
    for _ in range(60):
        if page.locator("table.files tbody tr").first.get_by_role("link", name="ดาวน์โหลด").count():
            break
        page.wait_for_timeout(500)
        page.goto(f"{server.url}{DESK}")
    expect(page.locator("table.files tbody tr").first.get_by_role("link", name="ดาวน์โหลด")).to_be_visible()
