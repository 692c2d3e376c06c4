"""The centre publishes results in a real browser: frozen, drafted, mended, previewed, held back, released at one moment."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import fill_in_letters, sign_in
from tests.browser.test_office_team import looks_well
from tests.server import ROOT, Client, Server

DESK = "/publication/2566-6"
REVIEW = """
from app import create_app
from tests import letters
with create_app().app_context():
    letters.reviewed_round(*letters.OFFICES)
"""


@pytest.fixture
def centre(tmp_path, initialised: Path) -> Iterator[Server]:
    found = Server(tmp_path)
    found.begin_as(initialised)
    subprocess.run([sys.executable, "-c", REVIEW], cwd=ROOT, env=found.environment, check=True, timeout=120)
    found.start()
    yield found
    found.stop()


def test_results_go_from_frozen_figures_to_every_office_at_one_moment(centre, open_page):
    page = open_page(bypass_csp=True)
    sign_in(page, centre, "central")
    page.goto(f"{centre.url}{DESK}/datasets/")
    page.fill("#note", "ประชุมคณะกรรมการ")
    page.get_by_role("button", name="ตรึงข้อมูล").click()
    page.wait_for_url("**/datasets/1")
    expect(page.locator("#national-table .total")).to_contain_text("2,940")
    page.get_by_role("link", name="คำนวณใหม่และเทียบ").click()
    expect(page.locator(".verdict.ok")).to_contain_text("ตรงกันทุกตัวเลข")

    page.goto(f"{centre.url}{DESK}/")
    page.select_option("#dataset", "1")
    page.get_by_role("button", name="ร่างหนังสือ").click()
    page.wait_for_url("**/1/settings")
    fill_in_letters(page, first_number="๑๑๙๗", dated_on="๑ ธันวาคม ๒๕๖๙", appeals_from="2/12/2569", appeals_until="15/12/2569")
    page.wait_for_url(f"**{DESK}/1/")
    # The worker beside the server makes them; the page waits and shows the end by itself.
    expect(page.locator("[data-made]")).to_have_text("3", timeout=60_000)
    expect(page.locator("a.btn:has-text('PDF')")).to_have_count(3, timeout=20_000)
    looks_well(
        page,
        f"{centre.url}{DESK}/",
        f"{centre.url}{DESK}/datasets/",
        f"{centre.url}{DESK}/datasets/1",
        f"{centre.url}{DESK}/datasets/1/rebuild",
        f"{centre.url}{DESK}/1/",
        f"{centre.url}{DESK}/1/settings",
        f"{centre.url}{DESK}/1/letters/P-CPM-3",
        f"{centre.url}{DESK}/1/release",
    )

    page.goto(f"{centre.url}{DESK}/1/letters/S-CPM")
    page.fill("#reason", "รอข้อมูลเพิ่มเติม")
    page.get_by_role("button", name="ชะลอไว้").click()
    expect(page.locator(".note.warn")).to_contain_text("รอข้อมูลเพิ่มเติม")
    office = Client(centre.port).sign_in("coordinator.p-cpm-3")
    assert office.request("GET", f"{DESK}/1/letters/P-CPM-3.pdf")[0] == 403

    page.goto(f"{centre.url}{DESK}/1/release")
    expect(page.locator("form .note.bad")).to_contain_text("ยังมีผลการประเมินไม่ครบ")
    page.get_by_role("button", name="ประกาศผลการประเมิน").click()
    expect(page.locator(".errsum")).to_be_visible()
    page.check("#accepts_lacking")
    page.fill("#reason", "ตัวชี้วัด X2 ไม่ประกาศผลรอบนี้")
    page.get_by_role("button", name="ประกาศผลการประเมิน").click()
    page.wait_for_url(f"**{DESK}/1/")
    expect(page.locator(".note.ok.mb-3")).to_contain_text("ประกาศเมื่อ")
    expect(page.locator("main .tag.ok").first).to_contain_text("ประกาศผลแล้ว")
    assert "ประกาศผลการประเมิน" in office.request("GET", "/inbox/")[1].decode()
    looks_well(page, f"{centre.url}{DESK}/", f"{centre.url}{DESK}/1/")
