"""Advice on the report page and the library of files, in a real browser with the real worker behind it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests import files
from tests.browser.conftest import sign_in
from tests.browser.test_accessibility import AXE, TAGS
from tests.browser.test_reporting import attach, report_url, tab_to
from tests.server import Server

SLOT = '[data-slot="criterion.1"]'
OFFICE = {1366: ("reporter.p-cpm-2", "P-CPM-2"), 390: ("reporter.s-bkk-1", "S-BKK-1")}


def faults(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags}).then((result) => result.violations)", TAGS)
    sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
    return [f"{fault['id']} {fault['nodes'][0]['html'][:160]}" for fault in found] + (["scrolls sideways"] if sideways else [])


def opened(server: Server, open_page, width: int, indicator: str, **more) -> Page:
    page: Page = open_page(width, **more)
    who, area = OFFICE[width]
    sign_in(page, server, who)
    page.goto(report_url(server, indicator, area))
    return page


@pytest.mark.parametrize("width", [1366, 390])
def test_the_card_comes_by_itself_and_a_reason_is_kept_without_leaving_the_page(server, open_page, tmp_path, width):
    page = opened(server, open_page, width, "QP-9", bypass_csp=True)
    blank, cover = tmp_path / "แผ่นเปล่า.png", tmp_path / "ปก.png"
    blank.write_bytes(files.picture(drawn=False, size=(width, 300)))
    cover.write_bytes(files.picture(drawn=False, size=(width, 200)))
    attach(page, "criterion.1", blank, cover)
    holder = page.locator(SLOT)
    expect(holder.locator(".adv")).to_have_count(2, timeout=30000)
    expect(holder.locator("[data-waiting]")).to_have_count(0)
    assert faults(page) == []

    # What is typed for one file outlives the redrawing after the answer to another.
    second = holder.locator(".adv").nth(1)
    second.locator("summary").click()
    second.locator("textarea").fill("ยังพิมพ์ไม่เสร็จ")
    first = holder.locator(".adv").first
    first.locator("summary").click()
    first.get_by_role("button", name=re.compile("บันทึกเหตุผล")).click()
    expect(page.locator(".toast-line.bad")).to_contain_text("เหตุผล")
    first.locator("textarea").fill("เป็นปกที่ตั้งใจเว้นว่าง")
    first.get_by_role("button", name=re.compile("บันทึกเหตุผล")).click()
    expect(first).to_contain_text("ส่งตามเดิมเพราะ เป็นปกที่ตั้งใจเว้นว่าง")
    expect(second.locator("textarea")).to_have_value("ยังพิมพ์ไม่เสร็จ")
    expect(second.locator("textarea")).to_be_visible()
    assert faults(page) == []
    page.reload()
    expect(page.locator(f"{SLOT} .adv").first).to_contain_text("ส่งตามเดิมเพราะ เป็นปกที่ตั้งใจเว้นว่าง")


@pytest.mark.parametrize("width", [1366, 390])
def test_a_file_is_found_in_the_library_and_cited(server, open_page, tmp_path, width):
    page = opened(server, open_page, width, "QP-10", bypass_csp=True)
    plan = tmp_path / f"แผนปฏิบัติการ {width}.pdf"
    plan.write_bytes(files.written(f"plan {width}"))
    attach(page, "criterion.1", plan)
    page.locator('[data-slot="criterion.2"]').get_by_role("link", name=re.compile("ใช้ไฟล์ที่เคยส่งแล้ว")).click()
    page.wait_for_url("**/library?slot=criterion.2")
    assert faults(page) == []
    page.fill("#q", f"ปฏิบัติการ {width}")
    page.keyboard.press("Enter")
    line = page.locator(".shelf > li")
    expect(line).to_have_count(1)
    line.locator("input[name=place]").fill("หน้า ๑")
    line.locator("button").click()
    page.wait_for_url("**/QP-10#f-criterion-2")
    cited = page.locator('[data-slot="criterion.2"] .files > li')
    expect(cited).to_contain_text("อ้างถึงไฟล์ของ QP 10 ประเด็นที่ 1 · หน้า ๑")
    assert cited.get_by_role("link", name=re.compile("^ดู")).get_attribute("href").endswith("?view=1#page=1")
    assert faults(page) == []


def test_card_and_library_are_worked_by_keyboard_alone(server, open_page, tmp_path):
    page = opened(server, open_page, 1366, "QP-X1")
    blank = tmp_path / "เปล่า.png"
    blank.write_bytes(files.picture(drawn=False, size=(500, 300)))
    attach(page, "criterion.1", blank)
    expect(page.locator(f"{SLOT} .adv")).to_have_count(1, timeout=30000)
    tab_to(page, ".adv a.btn")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.files > li')"), "mending leads to the file"
    tab_to(page, ".adv summary")
    page.keyboard.press("Enter")
    tab_to(page, ".adv textarea")
    page.keyboard.type("ตั้งใจ")
    tab_to(page, ".adv [data-answer]")
    page.keyboard.press("Enter")
    expect(page.locator(f"{SLOT} .adv.answered")).to_contain_text("ตั้งใจ")
    tab_to(page, "a[href$='library?slot=criterion.2']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/library**")
    tab_to(page, ".shelf button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/QP-X1#f-criterion-2")
    expect(page.locator('[data-slot="criterion.2"] .files > li')).to_have_count(1)


def test_without_script_a_reason_is_given_and_a_file_is_cited(server, open_page, files):
    page = open_page(java_script_enabled=False)
    sign_in(page, server, "reporter.p-cpm-2")
    page.goto(report_url(server, "QP-X2", "P-CPM-2"))
    holder = page.locator(SLOT)
    holder.locator("input[name='file']").set_input_files(str(files["png"]))
    holder.locator("button", has_text="อัปโหลด").click()
    for _ in range(15):
        page.wait_for_timeout(1000)
        page.reload()
        if page.locator(f"{SLOT} .adv").count():
            break
    page.locator(f"{SLOT} .adv summary").click()
    page.locator(f"{SLOT} .adv textarea").fill("ภาพพื้นสี")
    page.locator(f"{SLOT} .adv [data-answer]").click()
    expect(page.locator(f"{SLOT} .adv.answered")).to_contain_text("ภาพพื้นสี")
    page.locator("a[href$='library?slot=criterion.2']").click()
    page.locator(".shelf > li").first.locator("button").click()
    expect(page.locator('[data-slot="criterion.2"] .files:not(.pending) > li')).to_have_count(1)
