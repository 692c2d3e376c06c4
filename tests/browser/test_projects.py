"""A project in a real browser: from its first word through four quarters to the report that the director acknowledges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.formatting import local_input
from tests.browser.conftest import sign_in
from tests.browser.test_office_team import looks_well
from tests.projects import WHOLE
from tests.server import Server

HOME = "/projects/2566/P-CPM-3/"
NAME = "โครงการอ่านออกเขียนได้ทุกโรงเรียน"


@pytest.fixture
def office(tmp_path, initialised: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.begin_as(initialised)
    found.start()
    yield found
    found.stop()


def fill_in(page: Page, values: dict[str, str]) -> None:
    for key, value in values.items():
        box = page.locator(f'[name="{key}"]')
        if box.evaluate("element => element.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
            box.blur()


def open_all_quarters(page: Page, server: Server) -> None:
    """The centre moves the opening of the later quarters, so that a year passes in a test."""
    past = local_input(datetime.now(UTC) - timedelta(days=30))
    for quarter in (2, 3, 4):
        page.goto(f"{server.url}/admin/project-periods/list/?f_quarter={quarter}")
        page.goto(server.url + (page.locator("a[href*='/project-periods/edit/']").first.get_attribute("href") or ""))
        page.fill("#opens_at", past)
        page.click("form.aform button.btn-primary")
        page.wait_for_url("**/project-periods/list/**")


def report_quarter(page: Page, server: Server, quarter: int, percent: str, paid: str, overall: str) -> None:
    page.goto(f"{server.url}{HOME}1/progress")
    page.click(f"form[action$='/q{quarter}/begin'] button")
    page.wait_for_url(f"**/q{quarter}")
    fill_in(page, {"activity.1.percent": percent, "activity.2.percent": percent, "indicator.1.result": percent})
    fill_in(page, {"paid": paid, "overall": overall})
    expect(page.locator("[data-part='readiness'] .ok-ink")).to_be_visible()
    page.locator("button[name='then'][value='send']").first.click()
    page.wait_for_url("**/progress")


def test_a_project_goes_from_its_first_word_through_four_quarters_to_the_directors_report(office, open_page):
    page, chief, centre = (open_page(bypass_csp=True) for _ in range(3))
    sign_in(page, office, "coordinator.p-cpm-3")
    page.goto(f"{office.url}{HOME}")
    page.fill("#project-name", NAME)
    page.click(".add-project button.btn-primary")
    page.wait_for_url(f"**{HOME}1")
    expect(page.locator("h1")).to_have_text(NAME)

    # What is typed is saved by itself, and the steps of the national form follow.
    fill_in(page, WHOLE | {"activity.1.weight": "60"})
    expect(page.locator("[data-part='readiness']")).to_contain_text("น้ำหนักกิจกรรม")
    page.click("button[name='then'][value='add.activity']")
    page.wait_for_selector('[name="activity.2.name"]')
    expect(page.locator('[name="objectives"]')).to_have_value(WHOLE["objectives"])
    second = {"name": "นิเทศติดตาม", "starts_on": "01/01/2566", "ends_on": "31/08/2566", "weight": "40"}
    fill_in(page, {f"activity.2.{column}": value for column, value in second.items()})
    expect(page.locator("[data-part='readiness'] .ok-ink")).to_be_visible()
    expect(page.locator(".m-steps li.done")).to_have_count(5)
    looks_well(page, f"{office.url}{HOME}", f"{office.url}{HOME}1?check=1")
    page.locator("button[name='then'][value='send']").first.click()
    expect(page.locator("main .tag.warn").first).to_contain_text("ส่งขออนุมัติ")

    sign_in(chief, office, "director.p-cpm-3")
    chief.goto(f"{office.url}{HOME}1")
    chief.click("form[action$='/decide/approve'] button")
    expect(chief.locator(".m-steps li.done")).to_have_count(6)

    sign_in(centre, office, "central")
    open_all_quarters(centre, office)
    for quarter, percent, paid, overall in (
        (1, "30", "30000", "under_way"),
        (2, "55", "25000", "under_way"),
        (3, "80", "20000", "under_way"),
        (4, "100", "25000", "done"),
    ):
        report_quarter(page, office, quarter, percent, paid, overall)
    expect(page.locator("figure.curve svg circle")).to_have_count(8)
    expect(page.locator(".curve-box table")).to_contain_text("100,000")
    looks_well(page, f"{office.url}{HOME}import", f"{office.url}{HOME}1/q4", f"{office.url}{HOME}1/progress")

    page.goto(f"{office.url}{HOME}report")
    page.click("details.move summary.btn-primary")
    page.fill("#note", "เรียนเพื่อโปรดทราบผลการดำเนินงาน")
    page.click("details.move form button.btn-primary")
    page.wait_for_url("**/report/1")
    chief.goto(f"{office.url}{HOME}report/1")
    chief.click("form[action$='/report/1/acknowledge'] button")
    expect(chief.locator("article.a4")).to_contain_text("ผู้รับทราบ")
    looks_well(chief, f"{office.url}{HOME}1", f"{office.url}{HOME}report/1")
    with chief.expect_download() as told:
        chief.click("a[href$='/report/1.pdf']")
    assert told.value.suggested_filename.endswith(".pdf")

    centre.goto(f"{office.url}/projects/2566/?q=P-CPM-3")
    expect(centre.locator("tbody tr")).to_contain_text("1/1")
    looks_well(centre, f"{office.url}/projects/2566/?q=P-CPM-3")
