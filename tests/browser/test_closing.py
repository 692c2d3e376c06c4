"""A person sees a round close, and holds a receipt that anybody can check."""

from __future__ import annotations

import re
import time
from datetime import datetime

from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.test_accessibility import AXE, TAGS
from tests.faults.office import report_everything
from tests.person import one_page_pdf
from tests.server import Client


def faults_of(page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags}).then((result) => result.violations)", TAGS)
    return [fault["id"] for fault in found]


def test_a_person_sees_a_rehearsal_close_and_finishes_in_the_grace(server, open_page):
    """4.3: what was begun is finished, nothing new is begun, and the page says whom to call."""
    central = open_page()
    sign_in(central, server, "central")
    central.goto(f"{server.url}/rounds/2566-6/rehearsal")
    central.fill("[name='minutes']", "1")
    central.fill("[name='grace']", "5")
    central.click("main button.btn-primary")
    code = re.search(r"2566-6-R\d+", central.url)
    assert code, central.url

    page = open_page(390)
    sign_in(page, server, "reporter.s-bkk-1")
    report = f"{server.url}/reports/{code.group()}/S-BKK-1/QP-1"
    page.goto(report)
    expect(page.locator(".rail.rehearsing")).to_be_visible()
    page.fill("[name='problems']", "เริ่มไว้ก่อนปิด")
    expect(page.locator("[data-saved='stored']").first).to_be_attached(timeout=20000)
    closes = datetime.fromisoformat(page.locator("[data-until]").get_attribute("data-until"))
    time.sleep(max(0, closes.timestamp() - time.time()) + 1)

    page.fill("[name='problems']", "เริ่มไว้ก่อนปิด และพิมพ์ต่อหลังปิด")
    expect(page.locator("[data-saved='busy']").first).to_be_attached()
    expect(page.locator("[data-saved='stored']").first).to_be_attached(timeout=20000)
    new_file = {"name": "ใหม่.pdf", "mimeType": "application/pdf", "buffer": one_page_pdf()}
    page.locator("[data-upload='criterion.1']").set_input_files(new_file)
    expect(page.locator("[data-faults='criterion.1']")).to_contain_text("0 2288 5867")
    page.reload()
    expect(page.locator("[name='problems']")).to_have_value("เริ่มไว้ก่อนปิด และพิมพ์ต่อหลังปิด")
    expect(page.locator("main")).to_contain_text("ทำต่อและส่งได้ถึง")
    expect(page.locator("input[type=file]")).to_have_count(0)
    assert faults_of(page) == []


def test_a_receipt_is_read_downloaded_and_checked_by_a_stranger(server, open_page):
    office = Client(server.port).sign_in("reporter.s-bkk-1")
    report = "/reports/2566-6/S-BKK-1/QP-3"
    report_everything(office, report)
    number = office.post(f"{report}/submit")[1]["receipt"]
    for width in (1366, 390):
        page = open_page(width)
        sign_in(page, server, "reporter.s-bkk-1")
        page.goto(f"{server.url}/receipts/{number}")
        assert faults_of(page) == []
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
    with page.expect_download() as download:
        page.click("text=ดาวน์โหลด PDF")
    assert download.value.suggested_filename == f"{number}.pdf"
    code = page.locator(".paper .qr b").inner_text()
    stranger = open_page(390)
    stranger.goto(f"{server.url}/verify/")
    stranger.fill("#number", number.lower())
    stranger.fill("#code", code.replace("-", " "))
    stranger.keyboard.press("Enter")
    expect(stranger.locator(".verdict")).to_contain_text("เป็นใบรับจริง")
    stranger.fill("#code", "AAAA AAAA AAAA AAAA")
    stranger.keyboard.press("Enter")
    expect(stranger.locator(".verdict")).to_contain_text("ไม่ใช่ใบรับจริง")
