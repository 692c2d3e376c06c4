"""An analyst explores the figures of a round: by the keyboard, under the content policy, and without script."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import sign_in

EXPLORE = "/exports/2566-6/explore"
DRAWN = """() => { const chart = Chart.getChart(document.querySelector('canvas[data-table]'));
    return [chart.config.type, chart.data.labels, chart.data.datasets[0].data]; }"""
TABLE = """() => [...document.querySelectorAll('#explored tbody tr')].map((row) =>
    [row.cells[0].textContent, Number(row.cells[3].dataset.value)])"""


def test_the_chart_says_what_the_table_says_and_its_choice_is_in_the_address(server, open_page):
    page = open_page()
    sign_in(page, server, "analyst")
    page.goto(server.url + EXPLORE)
    page.focus("#f-by")
    page.keyboard.press("ArrowDown")
    page.focus("form[role=search] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**by=province*")
    page.wait_for_function("() => window.Chart && Chart.getChart(document.querySelector('canvas[data-table]'))")
    kind, labels, values = page.evaluate(DRAWN)
    assert kind == "bar"
    assert list(zip(labels, values, strict=True)) == [tuple(row) for row in page.evaluate(TABLE)]
    with page.expect_download() as download:
        page.click("[data-png]")
    assert download.value.suggested_filename.startswith("emes-2566-6-sent-by-")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def test_without_script_the_table_answers_alone(server, open_page):
    page = open_page(390, java_script_enabled=False)
    sign_in(page, server, "analyst")
    page.goto(f"{server.url}{EXPLORE}?measure=sent&by=province&look=line")
    expect(page.locator("#explored tbody tr")).to_have_count(77)
    expect(page.locator("canvas")).to_be_hidden()
    expect(page.locator("[data-png]")).to_be_hidden()
    page.select_option("#f-by", "kind")
    page.click("form[role=search] button")
    page.wait_for_url("**by=kind**")
    expect(page.locator("#explored tbody tr")).to_have_count(2)
