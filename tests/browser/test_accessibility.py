"""axe-core finds no violation of WCAG 2.2 A and AA, at two widths, and nothing scrolls sideways."""

from __future__ import annotations

from pathlib import Path

import axe_core_python
import pytest

from tests.browser.conftest import sign_in

AXE = next(Path(axe_core_python.__file__).parent.rglob("axe*.js")).read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = {
    None: [
        "/",
        "/login/",
        "/register/",
        "/forgot-password/",
        "/documents/",
        "/contact/",
        "/qr/",
        "/privacy/",
        "/verify/",
        "/verify/QP66-6-3603-1/AAAA-AAAA-AAAA-AAAA",
        "/no-such-page",
    ],
    "reporter.s-bkk-1": [
        "/reports/",
        "/reports/2566-6/S-BKK-1/QP-X2",
        "/reports/2566-6/S-BKK-1/QP-1?check=1",
        "/reports/2566-6/S-BKK-1/history",
        "/reports/2566-6/S-BKK-1/workbook",
        "/profile/",
        "/profile/second-factor/",
        "/profile/second-factor/app",
        "/profile/prove",
    ],
    "coordinator.s-bkk-1": ["/registrations/"],
    "central": [
        "/monitor/2566-6/",
        "/monitor/2566-6/at-risk",
        "/monitor/2566-6/pace",
        "/admin/indicators/list/",
        "/admin/indicators/edit/1",
        "/admin/indicators/show/1",
        "/admin/areas/list/",
        "/admin/rounds/edit/1",
        "/admin/extensions/list/",
        "/admin/extensions/add",
        "/rounds/2566-6/rehearsal",
        "/rounds/2566-6/set",
        "/admin/documents/add",
        "/admin/accounts/list/",
        "/admin/submissions/list/",
    ],
    "analyst": [
        "/exports/2566-6/figures",
        "/exports/2566-6/explore?measure=sent&by=office",
        "/exports/2566-6/explore?look=doughnut",
    ],
}


LONGEST = "พฤหัสบดี 30 พ.ย. 2569 เวลา 23.59 น."


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("who", list(PAGES), ids=lambda who: who or "visitor")
def test_no_page_violates_wcag_or_scrolls_sideways(server, open_page, who, width):
    page = open_page(width, bypass_csp=True)
    if who:
        sign_in(page, server, who)
    faults = []
    for address in PAGES[who]:
        page.goto(server.url + address)
        # Whatever day it is: the longest there is stands in the footer.
        page.evaluate("(text) => document.querySelectorAll('[data-now]').forEach((clock) => clock.textContent = text)", LONGEST)
        page.evaluate(AXE)
        found = page.evaluate("(tags) => axe.run(document, {runOnly: tags}).then((result) => result.violations)", TAGS)
        faults += [f"{address}: {fault['id']} {fault['nodes'][0]['html'][:160]}" for fault in found]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            faults.append(f"{address}: scrolls sideways at {width}")
        if page.locator("h1").count() != 1:
            faults.append(f"{address}: {page.locator('h1').count()} h1")
    assert faults == []


def test_whoever_sorts_a_list_with_the_keyboard_sees_where_they_are_on_a_narrow_screen(server, open_page):
    """On a narrow screen, or at four times the size, a list has no head; its links still stand in the way of the Tab key."""
    page = open_page(width=390)
    sign_in(page, server, "central")
    page.goto(f"{server.url}/admin/areas/list/")
    links = page.locator("thead a")
    assert links.count() > 3
    page.locator(".filters > summary").focus()
    for number in range(links.count()):
        page.keyboard.press("Tab")
        box = links.nth(number).evaluate(
            "link => { const box = link.getBoundingClientRect();"
            " return [document.activeElement === link, box.left >= 0, box.right <= innerWidth,"
            " document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2).closest('a') === link]; }"
        )
        assert box == [True, True, True, True], (number, box)
    page.keyboard.press("Enter")
    page.wait_for_url("**_oc_AreaAdmin=*")
