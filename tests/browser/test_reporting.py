"""What a reporter does, in a real browser against real processes."""

from __future__ import annotations

import hashlib
import os
import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import sign_in
from tests.server import Server


def report_url(server: Server, indicator: str, area: str = "P-CPM-3") -> str:
    return f"{server.url}/reports/2566-6/{area}/{indicator}"


def attach(page: Page, slot: str, *paths) -> None:
    holder = page.locator(f'[data-slot="{slot}"]')
    before = holder.locator(".files:not(.pending) > li").count()
    holder.locator("input[data-upload]").set_input_files([str(path) for path in paths])
    expect(holder.locator(".files:not(.pending) > li")).to_have_count(before + len(paths))


def test_a_reporter_reports_one_indicator_from_the_first_click_to_the_receipt(server, open_page, files):
    page = open_page()
    sign_in(page, server, "reporter.p-cpm-3")
    page.click("table.dash tr:has(.qp:text-is('1')) a.rl")
    page.wait_for_url("**/QP-1")

    # Three files at once into the first issue; a fourth is refused and named.
    attach(page, "criterion.1", files["pdf"], files["png"], files["second"])
    assert page.locator('[data-slot="criterion.1"] input[data-upload]').count() == 0
    page.get_by_role("button", name=re.compile("ลบ.*คำสั่งแต่งตั้ง|Delete.*คำสั่งแต่งตั้ง")).click()
    holder = page.locator('[data-slot="criterion.1"]')
    expect(holder.locator(".files:not(.pending) > li")).to_have_count(2)
    holder.locator("input[data-upload]").set_input_files([str(files["second"]), str(files["fourth"])])
    expect(page.locator("#f-criterion-1 .err")).to_be_visible()
    expect(holder.locator(".files:not(.pending) > li")).to_have_count(2)
    page.locator(".toast-line button").first.click()  # the deletion is taken back
    expect(holder.locator(".files:not(.pending) > li")).to_have_count(3)

    # Figures in Thai digits, problems, level: saved as one goes.
    page.fill("[name='quantity.school_total']", "๑๗๖")
    page.fill("[name='quantity.school_with_plan']", "๑๘๐")
    contradiction = page.locator("[data-faults='quantity.school_with_plan'] .err")
    expect(contradiction).to_contain_text("176")
    page.fill("[name='quantity.incident_reported']", "๐")
    page.fill("[name='quantity.incident_closed']", "0")
    page.fill("[name='problems']", "โรงเรียนในพื้นที่ห่างไกล ๑๔ แห่ง สัญญาณไม่เสถียร")
    page.check("[name='criterion.1.complete'][value='true']")
    attach(page, "pa.lesson", files["pdf"])
    attach(page, "pa.evidence", files["png"])
    page.check("[name='is_challenge']")

    # Submitting names everything that is missing; each link lands on its field.
    page.locator("aside button[name='then']").click()
    page.wait_for_url("**check=1")
    expect(page.locator(".errsum")).to_be_focused()
    links = page.locator(".errsum a")
    targets = [links.nth(index).get_attribute("href") for index in range(links.count())]
    assert "#f-criterion-2" in targets
    assert "#f-quantity-school-with-plan" in targets
    assert "#f-self-level" in targets
    page.locator(".errsum a[href='#f-quantity-school-with-plan']").click()
    expect(page.locator("#f-quantity-school-with-plan")).to_be_in_viewport()

    # Mended, it goes.
    page.fill("[name='quantity.school_with_plan']", "๑๗๖")
    for number in (2, 3):
        attach(page, f"criterion.{number}", files["pdf"])
        page.check(f"[name='criterion.{number}.complete'][value='true']")
    page.check("[name='self_level'][value='4']")
    expect(page.locator("[data-part='section-5'] .tag.ok")).to_be_visible()
    page.locator("aside button[name='then']").click()
    page.wait_for_url("**/QP-1/check")
    assert "176" in page.locator(".sl").inner_text()
    page.click("main form[data-once] button.btn-primary")
    page.wait_for_url("**/QP-1")
    expect(page.locator(".note.ok").filter(has_text="QP66-6-3603-1").first).to_be_visible()
    page.goto(f"{server.url}/reports/")
    expect(page.locator("table.dash tr:has(.qp:text-is('1')) .tag.ok")).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the control is reached; whoever can't get there by keyboard can't work."""
    for _ in range(120):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def test_what_is_typed_and_chosen_before_the_script_is_there_is_saved_too(server, open_page, files):
    page = open_page()
    sign_in(page, server, "reporter.p-cpm-2")
    held: list[Route] = []
    page.route("**/js/report.js*", lambda route: held.append(route))  # a method of a list is none that Playwright takes
    page.goto(report_url(server, "QP-4", "P-CPM-2"), wait_until="commit")
    page.fill("[name='problems']", "พิมพ์ไว้ก่อน")
    page.check("[name='self_level'][value='3']")
    page.set_input_files("[data-slot='criterion.1'] input[data-upload]", files["pdf"])
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator("[data-slot='criterion.1'] .files:not(.pending) > li")).to_have_count(1)
    expect(page.locator("[data-saved-text]").first).to_contain_text("บันทึกถึงเครื่องแม่ข่าย")
    page.unroute_all()
    page.reload()
    expect(page.locator("[name='problems']")).to_have_value("พิมพ์ไว้ก่อน")
    expect(page.locator("[name='self_level'][value='3']")).to_be_checked()


def test_a_second_indicator_is_reported_by_keyboard_alone(server, open_page, files):
    page = open_page()
    wanted: list[str] = []
    page.on("filechooser", lambda chooser: chooser.set_files(wanted[-1]))
    page.goto(f"{server.url}/login/")
    tab_to(page, "#email")
    page.keyboard.type("reporter.p-cpm-3@emes.test")
    tab_to(page, "#password")
    page.keyboard.type("emes-demo-2566")
    page.keyboard.press("Enter")
    page.wait_for_url("**/P-CPM-3/")
    tab_to(page, "table.dash a[href$='/QP-3']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/QP-3")
    for slot, path in [
        ("criterion.1", "pdf"),
        ("criterion.2", "pdf"),
        ("criterion.3", "png"),
        ("pa.lesson", "pdf"),
        ("pa.evidence", "png"),
    ]:
        tab_to(page, f'[data-upload="{slot}"]')
        wanted.append(str(files[path]))
        page.keyboard.press("Space")
        expect(page.locator(f'[data-slot="{slot}"] .files:not(.pending) > li')).to_have_count(1)
        if slot.startswith("criterion"):
            tab_to(page, f"[name='{slot}.complete'][value='true']")
            page.keyboard.press("Space")
    tab_to(page, "[name='problems']")
    page.keyboard.type("ไม่มีงบประมาณเพียงพอ")
    tab_to(page, "[name='self_level'][value='5']")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert page.is_checked("[name='self_level'][value='4']")
    tab_to(page, "form button[name='then']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/QP-3/check")
    tab_to(page, "form[data-once] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/QP-3")
    expect(page.locator(".note.ok").filter(has_text="QP66-6-3603-3").first).to_be_visible()


def test_a_third_is_reported_on_a_phone(server, open_page, files):
    page = open_page(390, touch=True)
    sign_in(page, server, "reporter.p-cpm-3")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator("ul.cards a", has=page.locator(".qp", has_text=re.compile("^9$"))).tap()
    page.wait_for_url("**/QP-9")
    for number in (1, 2, 3):
        attach(page, f"criterion.{number}", files["png"])
        page.locator(f"label:has([name='criterion.{number}.complete'][value='true'])").tap()
    attach(page, "pa.lesson", files["pdf"])
    attach(page, "pa.evidence", files["png"])
    page.locator("label:has([name='no_problems'])").tap()
    page.locator("label:has([name='self_level'][value='3'])").tap()
    expect(page.locator(".dock .ok-ink")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator(".dock button").tap()
    page.wait_for_url("**/QP-9/check")
    page.locator("form[data-once] button").tap()
    page.wait_for_url("**/QP-9")
    expect(page.locator(".note.ok").filter(has_text="QP66-6-3603-9").first).to_be_visible()


def test_two_browsers_in_one_field_show_both_texts_and_let_one_choose(server, open_page):
    first, second = open_page(), open_page()
    sign_in(first, server, "reporter.p-cpm-2")
    sign_in(second, server, "coordinator.p-cpm-2")
    for page in (first, second):
        page.goto(report_url(server, "QP-2", "P-CPM-2"))
    first.fill("[name='problems']", "ข้อความของผู้รายงาน")
    expect(first.locator("[data-saved='stored']").first).to_be_attached(timeout=20000)
    second.fill("[name='problems']", "ข้อความของผู้ประสานงาน")
    clash = second.locator("[data-clash='problems']")
    expect(clash).to_contain_text("ข้อความของผู้รายงาน")
    expect(clash).to_contain_text("ข้อความของผู้ประสานงาน")
    clash.locator("[data-keep='yours']").click()
    expect(second.locator("[data-clash]")).to_have_count(0)
    expect(second.locator("[data-saved='stored']").first).to_be_attached(timeout=20000)
    first.reload()
    expect(first.locator("[name='problems']")).to_have_value("ข้อความของผู้ประสานงาน")


def test_what_was_typed_while_the_line_was_gone_reaches_the_server_afterwards(server, open_page):
    page = open_page()
    sign_in(page, server, "reporter.p-cpm-2")
    page.goto(report_url(server, "QP-7", "P-CPM-2"))
    page.context.set_offline(True)
    page.fill("[name='problems']", "พิมพ์ตอนเน็ตหลุด")
    page.fill("[name='reporter_name']", "นาง ก")
    expect(page.locator("[data-saved]").first).to_have_class(re.compile("bad"))
    expect(page.locator("[data-saved]").first).to_contain_text("ยังไม่ถึงแม่ข่าย 2 รายการ")
    page.context.set_offline(False)
    expect(page.locator("[data-saved='stored']").first).to_be_attached(timeout=20000)
    expect(page.locator("[data-saved]").first).to_contain_text(re.compile(r"บันทึกถึงเครื่องแม่ข่าย \d\d\.\d\d น\."))
    page.reload()
    expect(page.locator("[name='problems']")).to_have_value("พิมพ์ตอนเน็ตหลุด")


def test_an_ended_session_is_renewed_in_place_and_the_text_is_saved(server, open_page):
    page = open_page()
    sign_in(page, server, "reporter.s-bkk-1")
    page.goto(report_url(server, "QP-2", "S-BKK-1"))
    page.context.clear_cookies()
    page.fill("[name='problems']", "พิมพ์หลังหมดเวลา")
    dialog = page.locator("dialog#sign-in-again")
    expect(dialog).to_be_visible()
    page.fill("#again-password", "wrong-password-at-all")
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-problem]")).to_be_visible()
    page.fill("#again-password", "emes-demo-2566")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-saved='stored']").first).to_be_attached(timeout=20000)
    page.reload()
    expect(page.locator("[name='problems']")).to_have_value("พิมพ์หลังหมดเวลา")


def test_an_edit_that_never_reached_the_server_is_still_there_after_a_reload(server, open_page):
    page = open_page()
    sign_in(page, server, "reporter.s-bkk-1")
    address = report_url(server, "QP-7", "S-BKK-1")
    page.goto(address)
    page.route("**/QP-7", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    page.fill("[name='problems']", "ยังไม่ถึงแม่ข่าย")
    expect(page.locator("[data-saved]").first).to_have_class(re.compile("bad"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{server.url}/documents/")
    page.unroute("**/QP-7")
    page.goto(address)
    expect(page.locator("[data-saved='stored']").first).to_be_attached(timeout=20000)
    fresh = open_page()
    sign_in(fresh, server, "coordinator.s-bkk-1")
    fresh.goto(address)
    expect(fresh.locator("[name='problems']")).to_have_value("ยังไม่ถึงแม่ข่าย")


def test_unsent_text_of_one_person_is_never_saved_under_anothers_name(server, open_page):
    page = open_page()
    sign_in(page, server, "reporter.s-bkk-1")
    address = report_url(server, "QP-8", "S-BKK-1")
    page.goto(address)
    page.route("**/QP-8", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
    page.fill("[name='problems']", "ของผู้รายงานเท่านั้น")
    expect(page.locator("[data-saved]").first).to_have_class(re.compile("bad"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.clear_cookies()
    sign_in(page, server, "coordinator.s-bkk-1")
    page.unroute("**/QP-8")
    page.goto(address)
    expect(page.locator("[name='problems']")).to_have_value("")


def test_a_clip_goes_on_where_the_line_broke_and_arrives_whole(server, open_page, tmp_path):
    """A 12 MB clip over a line that breaks after the first part; what arrived is not sent again."""
    page = open_page()
    sign_in(page, server, "reporter.s-bkk-1")
    page.goto(report_url(server, "QP-5", "S-BKK-1"))
    clip = tmp_path / "คลิปกิจกรรม.mp4"
    content = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + os.urandom(12 * 1024 * 1024)
    clip.write_bytes(content)
    sent = []

    def line(route) -> None:
        length = len(route.request.post_data_buffer or b"")
        sent.append((route.request.method, length))
        if [method for method, _ in sent].count("PATCH") in (1, 2) and route.request.method == "PATCH":
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/uploads/**", line)
    holder = page.locator('[data-slot="criterion.1"]')
    holder.locator("input[data-upload]").set_input_files(str(clip))
    expect(holder.locator("progress.hold")).to_be_visible()
    expect(holder.locator(".files:not(.pending) > li")).to_have_count(1, timeout=30000)
    assert sum(length for method, length in sent if method == "POST") <= 5 * 1024 * 1024
    link = holder.locator(".nm a").get_attribute("href")
    answer = page.context.request.get(server.url + link)
    assert hashlib.sha256(answer.body()).hexdigest() == hashlib.sha256(content).hexdigest()


def test_the_office_is_found_by_typing_a_part_of_its_name(server, open_page):
    page = open_page()
    page.goto(f"{server.url}/register/")
    page.fill("#area", "ชัยภูมิ")
    options = page.locator("#area-list [role=option]")
    expect(options).to_have_count(4)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#area")).to_have_value("สพป.ชัยภูมิ เขต 3")
    page.fill("#area", "chaiyaphum 3")
    expect(options).to_have_count(1)


def test_without_script_one_reads_saves_attaches_and_deletes(server, open_page, files):
    page = open_page(java_script_enabled=False)
    sign_in(page, server, "reporter.p-cpm-2")
    page.goto(report_url(server, "QP-8", "P-CPM-2"))
    page.fill("[name='problems']", "ไม่มีสคริปต์")
    page.locator("form#report .only-l button.btn-line").click()
    expect(page.locator("[name='problems']")).to_have_value("ไม่มีสคริปต์")
    holder = page.locator('[data-slot="criterion.1"]')
    holder.locator("input[name='file']").set_input_files(str(files["pdf"]))
    holder.locator("button", has_text=re.compile("อัปโหลด|Upload")).click()
    expect(page.locator('[data-slot="criterion.1"] .files:not(.pending) > li')).to_have_count(1)
    page.locator('[data-slot="criterion.1"] button[data-remove]').click()
    expect(page.locator('[data-slot="criterion.1"] .files:not(.pending) > li')).to_have_count(0)
