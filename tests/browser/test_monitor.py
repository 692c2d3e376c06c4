"""The centre watches a round: by the eye, by the keyboard, at a desk and on a telephone, while offices report."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.test_closing import faults_of
from tests.server import Client

BOARD = "/monitor/2566-6/"


@pytest.mark.parametrize("width", [1366, 390])
def test_the_board_with_work_in_it_violates_nothing_and_stays_true_without_a_reload(server, open_page, width):
    indicator = "QP-4" if width == 1366 else "QP-X1"
    report = f"/reports/2566-6/S-BKK-1/{indicator}"
    office = Client(server.port).sign_in("reporter.s-bkk-1")
    page = open_page(width, bypass_csp=True)
    sign_in(page, server, "central")
    page.goto(f"{server.url}{BOARD}?q=S-BKK-1")
    cell = page.locator(f"tr[data-area='S-BKK-1'] a[aria-label^='{indicator} ']")
    expect(cell).to_have_class("not_started")
    assert office.save(report, problems=("ถนนขาด", 0))[0] == 200
    page.evaluate("window.emesMonitor.ask()")
    expect(cell).to_have_class("in_progress fresh")
    assert "กำลังทำ" in (cell.get_attribute("aria-label") or "")
    assert faults_of(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{report}")


def test_the_filter_is_worked_by_the_keyboard_and_the_picture_by_the_pointer(server, open_page):
    page = open_page()
    sign_in(page, server, "central")
    page.goto(f"{server.url}{BOARD}")
    page.focus("#f-q")
    page.keyboard.type("ชัยภูมิ")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    expect(page.locator("tr[data-area]")).to_have_count(4)
    box = page.locator("[data-heat]").bounding_box()
    scale = box["width"] / 1600
    page.mouse.move(box["x"] + 275 * scale, box["y"] + 55 * scale)
    expect(page.locator("[data-heat-tip]")).to_contain_text("ชัยภูมิ")
    page.mouse.click(box["x"] + 275 * scale, box["y"] + 55 * scale)
    page.wait_for_url("**/reports/2566-6/*/")
