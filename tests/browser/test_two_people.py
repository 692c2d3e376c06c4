"""Two people in one report, in two browsers."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.test_reporting import report_url
from tests.server import Server

INDICATOR = "QP-9"
NAME = "ผู้ประสานงาน สาธิต"


def both(server: Server, open_page) -> tuple[Page, Page]:
    """The reporter's page and the coordinator's, on the same report."""
    pages = (open_page(), open_page())
    for page, name in zip(pages, ("reporter.p-cpm-3", "coordinator.p-cpm-3"), strict=True):
        sign_in(page, server, name)
        page.goto(report_url(server, INDICATOR))
    return pages


def stored(page: Page) -> None:
    """Leave the box and wait until the server has everything."""
    page.locator("h1").click()
    expect(page.locator("[data-saved='stored']").first).to_be_attached()


def ask_again(page: Page) -> None:
    """Let the page ask now instead of in twenty seconds: it does so when it is looked at again."""
    with page.expect_response("**/presence"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_colleague_is_seen_and_the_edit_of_a_box_one_has_not_touched_appears(server, open_page):
    mine, theirs = both(server, open_page)
    theirs.focus("[name='problems']")
    theirs.fill("[name='problems']", "ข้อความของผู้ประสานงาน")
    theirs.check("[name='self_level'][value='4']")
    expect(theirs.locator("[data-saved='stored']").first).to_be_attached()
    theirs.focus("[name='problems']")
    theirs.wait_for_timeout(1500)
    ask_again(mine)
    chip = mine.locator("[data-presence]")
    expect(chip).to_have_text(f"{NAME} กำลังแก้ไขอยู่")
    assert chip.get_attribute("role") == "status"
    expect(mine.locator("[data-colleague='problems'].in")).to_have_text(f"{NAME} กำลังพิมพ์ช่องนี้")
    expect(mine.locator("[name='problems']")).to_have_value("ข้อความของผู้ประสานงาน")
    expect(mine.locator("[name='self_level'][value='4']")).to_be_checked()
    expect(mine.locator("[data-colleague='self_level'].just")).to_contain_text(f"{NAME} เพิ่งแก้ ")

    # What came in counts as read: editing it further is no conflict.
    mine.fill("[name='problems']", "ข้อความของผู้ประสานงาน แก้ต่อโดยผู้รายงาน")
    stored(mine)
    ask_again(theirs)
    expect(theirs.locator("[data-presence]")).to_contain_text("ผู้รายงาน สาธิต")
    # The box one is in is left alone, until one leaves it.
    expect(theirs.locator("[name='problems']")).to_have_value("ข้อความของผู้ประสานงาน")
    theirs.locator("h1").click()
    ask_again(theirs)
    expect(theirs.locator("[name='problems']")).to_have_value("ข้อความของผู้ประสานงาน แก้ต่อโดยผู้รายงาน")

    # Closing the page takes the chip away.
    theirs.close()
    mine.wait_for_timeout(500)
    ask_again(mine)
    expect(chip).to_have_text("")


def test_ones_own_unsent_text_is_never_overwritten_and_a_conflict_names_both(server, open_page):
    mine, theirs = both(server, open_page)
    mine.route("**/QP-9", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    mine.fill("[name='problems']", "ของผู้รายงาน ยังไม่ถึงระบบ")
    mine.locator("h1").click()
    theirs.fill("[name='problems']", "ของผู้ประสานงาน ถึงก่อน")
    stored(theirs)
    ask_again(mine)
    expect(mine.locator("[name='problems']")).to_have_value("ของผู้รายงาน ยังไม่ถึงระบบ")

    mine.unroute("**/QP-9")
    clash = mine.locator("[data-clash='problems']")
    expect(clash).to_be_visible(timeout=30000)
    expect(clash).to_contain_text(NAME)
    expect(clash).to_contain_text("ของผู้ประสานงาน ถึงก่อน")
    expect(clash).to_contain_text("ของผู้รายงาน ยังไม่ถึงระบบ")

    # While it is not decided, a further edit of the colleague leaves both texts standing.
    theirs.fill("[name='problems']", "ของผู้ประสานงาน ครั้งที่สอง")
    theirs.locator("h1").click()
    theirs.wait_for_timeout(1500)
    ask_again(mine)
    expect(mine.locator("[name='problems']")).to_have_value("ของผู้รายงาน ยังไม่ถึงระบบ")
    expect(clash).to_be_visible()
    clash.locator("[data-keep='theirs']").click()
    mine.wait_for_timeout(300)
    ask_again(mine)
    expect(mine.locator("[name='problems']")).to_have_value("ของผู้ประสานงาน ครั้งที่สอง")


def test_without_a_line_the_page_asks_less_and_less_and_says_nothing(server, open_page):
    page = open_page()
    sign_in(page, server, "reporter.p-cpm-3")
    asked: list[str] = []
    page.clock.install()
    page.route("**/presence", lambda route: (asked.append(route.request.url), route.abort())[-1])
    page.goto(report_url(server, INDICATOR))
    for _ in range(30):
        page.clock.run_for(20_000)
        page.wait_for_timeout(30)
    assert 2 <= len(asked) <= 7, "0, 40, 120, 280, 580 seconds instead of thirty times"
    expect(page.locator("[data-presence]")).to_have_text("")
