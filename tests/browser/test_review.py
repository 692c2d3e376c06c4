"""An evaluator reviews by the keyboard alone, with the Thai layout on; the desk can be used by everybody, at two widths."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import files
from tests.browser.conftest import sign_in
from tests.browser.test_accessibility import AXE, TAGS
from tests.reviews import assign, begin_review, put_handed_in
from tests.server import Server

# What the keys of these places type on a Thai keyboard.
THAI = {"KeyJ": "่", "KeyK": "า", "KeyN": "ื", "KeyP": "ย", "KeyQ": "ๆ", "KeyW": "ไ", "KeyE": "ำ", "Digit4": "ภ", "Digit5": "ถ"}
OFFICES = ("P-CPM-1", "P-CPM-2", "P-CPM-3")
SENT = [
    ("criterion.1", "รายงานผล.pdf", files.written(pages=3)),
    ("criterion.2", "บันทึก.docx", files.word("ข้อความในบันทึก")),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, initialised: Path) -> Iterator[Server]:
    """An installation of its own, whose round is in review."""
    found = Server(tmp_path_factory.mktemp("review"))
    found.begin_as(initialised)
    app = found.app()
    for area in OFFICES:
        put_handed_in(app, area, "QP-1", level="5", files=SENT, reporter_name="ผู้รายงาน สาธิต", reporter_phone="022885867")
        assign(app, area, "QP-1")
    begin_review(app, due_on=(datetime.now(UTC) + timedelta(days=3)).date())
    found.start()
    yield found
    found.stop()


def faults_of(page: Page) -> list[str]:
    """What axe-core finds, with the place."""
    page.evaluate(AXE)
    found = page.evaluate("(tags) => axe.run(document, {runOnly: tags}).then((result) => result.violations)", TAGS)
    return [f"{fault['id']}: {node['target']} {node['failureSummary']}" for fault in found for node in fault["nodes"]]


def press(page: Page, code: str) -> None:
    """A key as the browser tells of it while the Thai keyboard is on."""
    page.evaluate(
        "([code, key]) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
        [code, THAI.get(code, code)],
    )


def review_by_keyboard(page: Page, verdicts: tuple[str, ...], level: str) -> None:
    count = page.locator("[data-crit]").count()
    for number in range(count):
        press(page, verdicts[number % len(verdicts)])
    press(page, level)
    page.locator("[data-field=reason]").focus()
    page.keyboard.type("ระดับ 1 ไม่ใช่ q")
    expect(page.locator(f"[name=level][value='{level[-1]}']")).to_be_checked()
    expect(page.locator("[data-crit] input:checked")).to_have_count(count)


def test_two_reports_are_reviewed_by_keyboard_alone_with_the_thai_layout(server, open_page):
    page = open_page()
    sign_in(page, server, "evaluator1")
    page.goto(f"{server.url}/review/")
    page.locator(".titlebar .btn-primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/*/*/*")  # keys count once the script of the desk is there
    first = page.locator("[data-case-name]").inner_text()
    expect(page.locator(".pg img")).to_have_js_property("complete", True)

    press(page, "KeyN")
    expect(page.locator(".pg img")).to_have_attribute("data-at", "2")
    expect(page.locator("[data-page-at]")).to_have_text("2")
    press(page, "KeyP")
    expect(page.locator(".pg img")).to_have_attribute("data-at", "1")
    press(page, "KeyJ")
    expect(page.locator(".office-text")).to_contain_text("ข้อความในบันทึก")
    press(page, "KeyK")
    expect(page.locator(".pg img")).to_be_visible()
    expect(page.locator(".vtabs .seen:visible")).to_have_count(2)
    expect(page.locator(".pg img")).to_have_js_property("complete", True)
    assert page.evaluate("document.querySelector('.pg img').naturalWidth") > 500

    # Without a level nothing is locked, and it is said what is missing.
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-missing] .errsum")).to_be_focused()
    review_by_keyboard(page, ("KeyQ", "KeyW", "KeyE"), "Digit4")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-case-name]")).not_to_have_text(first)
    expect(page.locator("[data-case-name]")).to_be_focused()
    expect(page.locator(".toast-line")).to_contain_text("ต่ำกว่าที่ประเมินตนเอง 1 ระดับ")
    expect(page.locator("[data-queue-list] .lv4")).to_have_count(1)
    expect(page.locator(".rail-count b")).to_have_text("1")
    assert not page.locator("[data-self-level]").count()

    review_by_keyboard(page, ("KeyQ",), "Digit5")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".rail-count b")).to_have_text("2")

    # Back in the history is the report before, with what it shows since it was locked.
    page.go_back()
    page.go_back()
    expect(page.locator("[data-case-name]")).to_have_text(first)
    expect(page.locator("[data-self-level='5']")).to_be_visible()


def test_what_is_typed_is_saved_by_itself_and_survives_a_reload(server, open_page):
    page = open_page()
    sign_in(page, server, "evaluator1")
    page.goto(f"{server.url}/review/2566-6/{OFFICES[2]}/QP-1")
    if not page.locator("[data-lock-next]").count():
        pytest.fail("the third report must not be locked yet")
    page.fill("[data-field=comment]", "ขอให้แนบผลของโรงเรียนที่เหลือ")
    expect(page.locator("[data-save-state]")).to_contain_text("บันทึกแล้ว")
    page.reload()
    expect(page.locator("[data-field=comment]")).to_have_value("ขอให้แนบผลของโรงเรียนที่เหลือ")


def test_shortcuts_can_be_switched_off_and_stay_off(server, open_page):
    page = open_page()
    sign_in(page, server, "evaluator1")
    address = f"{server.url}/review/2566-6/{OFFICES[2]}/QP-1"
    page.goto(address)
    page.locator("[data-keys-switch]").focus()
    page.keyboard.press("Space")
    page.goto(address)
    expect(page.locator("[data-keys-switch]")).not_to_be_checked()
    press(page, "KeyN")
    press(page, "Digit5")
    expect(page.locator("[data-page-at]")).to_have_text("1")
    expect(page.locator("[name=level]:checked")).to_have_count(0)


@pytest.mark.parametrize("width", [1366, 390])
def test_the_desk_violates_no_rule_of_accessibility(server, open_page, width):
    page = open_page(width, bypass_csp=True)
    sign_in(page, server, "evaluator1")
    for path in ("/review/2566-6/", f"/review/2566-6/{OFFICES[2]}/QP-1", f"/review/2566-6/{OFFICES[0]}/QP-1"):
        page.goto(server.url + path)
        expect(page.locator("h1")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert faults_of(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(f"{server.url}/review/2566-6/{OFFICES[2]}/QP-1")
    page.locator("[data-file]").nth(1).click()
    expect(page.locator(".office-text")).to_be_visible()
    assert faults_of(page) == []
