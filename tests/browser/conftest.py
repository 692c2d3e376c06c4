"""A real server process and a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.person import one_page_pdf, png
from tests.server import PASSWORD, Server

# The shell has no window and needs a third less of the machine.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# For a page that does what is expected it costs nothing, and a busy machine is no fault of the page.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, initialised: Path) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("server"))
    found.begin_as(initialised)
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("EMES_CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        # Without a browser of the system, Playwright's own is used; where neither is there this fails and says what to do.
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser):
    """A page in a fresh context; at the end, no error of the console and no violation of the content policy may have happened."""
    contexts, complaints = [], []

    def make(width: int = 1366, *, touch: bool = False, **more) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale="th-TH", has_touch=touch, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Files a reporter has on the disk."""
    made = {"pdf": tmp_path / "รายงานผล.pdf", "png": tmp_path / "ภาพกิจกรรม.png", "second": tmp_path / "คำสั่งแต่งตั้ง.pdf"}
    made["pdf"].write_bytes(one_page_pdf())
    made["png"].write_bytes(png())
    made["second"].write_bytes(one_page_pdf())
    made["fourth"] = tmp_path / "ไฟล์ที่สี่.pdf"
    made["fourth"].write_bytes(one_page_pdf())
    return made


def sign_in(page: Page, server: Server, name: str) -> None:
    page.goto(f"{server.url}/login/")
    page.fill("#email", f"{name}@emes.test")
    page.fill("#password", PASSWORD)
    page.click("main form button.btn-primary")
    page.wait_for_url(re.compile("/(reports|monitor)/"))


def fill_in_letters(page: Page, *, first_number: str, dated_on: str, appeals_from: str, appeals_until: str) -> None:
    """On the page of what the letters of a publication say."""
    for box, typed in (
        ("number_prefix", "ศธ 04003/"),
        ("first_number", first_number),
        ("dated_on", dated_on),
        ("signatory_name", "นางสาวตัวอย่าง ผู้ลงนาม"),
        ("appeals_from", appeals_from),
        ("appeals_until", appeals_until),
    ):
        page.fill(f"#{box}", typed)
    page.get_by_role("button", name="บันทึกและจัดทำหนังสือ").click()
