"""What the people of the demonstration do before the pictures of the guides are taken, over HTTP or in a browser, as people do it.

Each of these is the `once` of a picture in `scripts/help-pictures` and stands on those before it."""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.test_whole_review import review
from tests.person import one_page_pdf
from tests.server import PASSWORD, Client, Server

ROOT = Path(__file__).parents[1]
HEIGHT = 720
OFFICE = "/reports/2566-6/P-CPM-3"
REPORT, REPORTER = f"{OFFICE}/QP-1", "reporter.p-cpm-3"
COORDINATOR, DIRECTOR = "coordinator.p-cpm-3", "director.p-cpm-3"
PROJECTS, INSPECTION = "/projects/2566/P-CPM-3", "/inspections/2566-1/P-CPM-3"
REVIEW = "/review/2566-6"
EVALUATORS = ("evaluator1", "evaluator2")


# --- people and what they send ----------------------------------------------------------------------------------------------------


def signed_in(browser: Browser, server: Server, who: str, language: str = "th", width: int = 1366) -> BrowserContext:
    """A browser in which somebody is signed in, in a language; nobody, where `who` is empty."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, locale="th-TH", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15000)
    if who:
        page.goto(f"{server.url}/login/")
        page.fill("#email", f"{who}@emes.test")
        page.fill("#password", PASSWORD)
        page.click("main form button.btn-primary")
        page.wait_for_url(re.compile("/(reports|monitor|review|profile)/"))
        note = page.locator(".notices .note.whole button")
        if note.count():  # the notice about privacy, read once
            note.first.click()
    page.goto(f"{server.url}/lang/{language}?next=/")
    page.close()
    return context


def _page(browser: Browser, server: Server, who: str, address: str) -> Page:
    """Somebody at a page, in Thai, for what is done by hand."""
    page = signed_in(browser, server, who).new_page()
    page.goto(server.url + address)
    return page


def _paper(name: str) -> bytes:
    """A PDF of the demonstration: files of the pictures have a content, so that no remark calls them empty."""
    return (ROOT / "seed" / "demo" / f"{name}.pdf").read_bytes()


def _photo() -> bytes:
    """A picture that is none of anybody: a slope of colours."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def _attach(office: Client, report: str, *files: tuple[str, str, bytes]) -> None:
    for slot, name, content in files:
        assert office.upload(report, slot, name, content)[0] == 201, name


def _form(client: Client, address: str, **values: str) -> None:
    """Send a form of a page that was opened before."""
    body = urlencode({"csrf_token": client.token} | values).encode()
    status, _, _ = client.request("POST", address, body, Content_Type="application/x-www-form-urlencoded")
    assert status == 303, f"{address}: {status}"


def _submit_whole(office: Client, report: str) -> None:
    """Fill in everything that a report asks, and submit it."""
    content = office.request("GET", report)[1].decode()
    names = set(re.findall(r'data-field="(quantity\.[a-z0-9_]+|criterion\.\d+\.complete)"', content))
    for slot in sorted(set(re.findall(r'data-slot="([a-z.0-9]+)"', content))):
        _attach(office, report, (slot, "หลักฐาน.pdf", one_page_pdf()))
    changes = {name.replace(".", "__"): (True if name.endswith("complete") else "10", 0) for name in names}
    status, answer = office.save(report, problems=("ไม่มี", 0), self_level=("4", 0), **changes)
    assert (status, answer["missing"]) == (200, []), (report, answer)
    _submit(office, report)


def _submit(office: Client, report: str) -> None:
    office.request("GET", f"{report}/check")
    _form(office, f"{report}/submit")


def _asked(office: Client) -> list[str]:
    """The indicators that the office is asked for, but for the one that only secondary offices are."""
    content = office.request("GET", f"{OFFICE}/")[1].decode()
    return sorted(set(re.findall(rf'{OFFICE}/(QP-[0-9Xab]+)(?=")', content)) - {"QP-6b"})


# --- reporting --------------------------------------------------------------------------------------------------------------------


def fill(server: Server, _: Browser) -> None:
    """A report that is well begun: everything of the first issue, figures, a problem and a level."""
    office = Client(server.port).sign_in(REPORTER)
    _attach(
        office,
        REPORT,
        ("criterion.1", "รายงานวิเคราะห์ความเสี่ยง.pdf", _paper("guide")),
        ("criterion.1", "ภาพกิจกรรม.png", _photo()),
        ("pa.lesson", "ถอดบทเรียน.pdf", _paper("letter")),
    )
    figures = {"school_total": "176", "school_with_plan": "170", "incident_reported": "12", "incident_closed": "11"}
    status, _answer = office.save(
        REPORT,
        criterion__1__complete=(True, 0),
        problems=("โรงเรียนในพื้นที่ห่างไกล 14 แห่ง สัญญาณอินเทอร์เน็ตไม่เสถียร", 0),
        self_level=("4", 0),
        **{f"quantity__{key}": (value, 0) for key, value in figures.items()},
    )
    assert status == 200


def complete(server: Server, _: Browser) -> None:
    """The same report with nothing missing."""
    office = Client(server.port).sign_in(REPORTER)
    order = _paper("order")
    _attach(
        office, REPORT, ("criterion.2", "แผนความปลอดภัย.pdf", order + b"\n% 1\n"), ("criterion.3", "บันทึกการเผชิญเหตุ.pdf", order)
    )
    _attach(office, REPORT, ("pa.evidence", "ภาพการปรับเปลี่ยน.png", _photo() + b"."))
    status, answer = office.save(REPORT, criterion__2__complete=(True, 0), criterion__3__complete=(True, 0))
    assert (status, answer["missing"]) == (200, []), answer


def submit(server: Server, _: Browser) -> None:
    """That report with its receipt."""
    _submit(Client(server.port).sign_in(REPORTER), REPORT)


def ask_endorsement(server: Server, browser: Browser) -> None:
    """The centre asks for an endorsement of the whole round; the office submits what is left."""
    page = _page(browser, server, "central", "/admin/rounds/list/?q=2566-6")
    page.click("a[href*='/admin/rounds/edit/']")
    page.check("#asks_endorsement")
    page.click("main form button.btn-primary")
    page.wait_for_url("**/admin/rounds/**")
    page.context.close()
    office = Client(server.port).sign_in(REPORTER)
    for code in _asked(office):
        if f"{OFFICE}/{code}" != REPORT:
            _submit_whole(office, f"{OFFICE}/{code}")


def hand_in(server: Server, _: Browser) -> None:
    """The whole round goes to the director."""
    leader = Client(server.port).sign_in(COORDINATOR)
    leader.request("GET", f"{OFFICE}/hand-in")
    _form(leader, f"{OFFICE}/hand-in")


def begin_sister_jobs(server: Server, _: Browser) -> None:
    """A project and a report of an inspection, both begun."""
    leader = Client(server.port).sign_in(COORDINATOR)
    leader.request("GET", f"{PROJECTS}/")
    _form(leader, f"{PROJECTS}/", name="โครงการพัฒนาคุณภาพการศึกษา (สาธิต)")
    leader.request("GET", f"{INSPECTION}/")
    _form(leader, f"{INSPECTION}/begin")


# --- the review -------------------------------------------------------------------------------------------------------------------


def begin_review(server: Server, browser: Browser) -> None:
    """The round has closed by its date and is in review; the reports of an office are shared out to two evaluators."""
    page = _page(browser, server, "central", "/rounds/2566-6/steps/begin-review")
    page.click("#step button.btn-primary")
    page.wait_for_url("**/rounds/2566-6/")
    page.goto(f"{server.url}{REVIEW}/assign")
    page.fill("#evaluators_per_report", "2")
    page.get_by_role("button", name="บันทึก", exact=True).click()
    _share_out(page, "สพป.ชัยภูมิ เขต 3")
    page.context.close()


def _share_out(page: Page, office: str = "") -> None:
    """Share out what nobody has yet, of an office or of all."""
    page.get_by_role("checkbox", name="ผู้กลั่นกรอง สาธิต").uncheck()
    page.fill("#f-q", office)
    page.get_by_role("button", name="ดูผลการแบ่ง").click()
    page.get_by_role("button", name="แบ่งตามนี้").click()
    page.wait_for_load_state()


def judge_apart(server: Server, browser: Browser) -> None:
    """Two evaluators lock levels that lie far apart: a moderator is to decide."""
    for who, level, verdict, reason in (
        (EVALUATORS[0], 2, "not_found", "ไม่พบแผนของบางสถานศึกษา"),
        (EVALUATORS[1], 5, "complete", "หลักฐานครบทุกประเด็น"),
    ):
        page = _page(browser, server, who, f"{REVIEW}/P-CPM-3/QP-1")
        review(page, level, verdict, reason)
        page.context.close()
