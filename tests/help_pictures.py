"""What the people of the demonstration do before the pictures of the guides are taken, over HTTP or in a browser, as people do it.

Each of these is the `once` of a picture in `scripts/help-pictures` and stands on those before it."""

from __future__ import annotations

import email
import io
import re
import time
from collections.abc import Iterable
from email import policy
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import fill_in_letters
from tests.browser.test_whole_review import review
from tests.person import one_page_pdf
from tests.server import PASSWORD, Client, Server

ROOT = Path(__file__).parents[1]
HEIGHT = 720
OFFICE = "/reports/2566-6/P-CPM-3"
REPORT, REPORTER = f"{OFFICE}/QP-1", "reporter.p-cpm-3"
COORDINATOR, DIRECTOR = "coordinator.p-cpm-3", "director.p-cpm-3"
PROJECTS, INSPECTION = "/projects/2566/P-CPM-3", "/inspections/2566-1/P-CPM-3"
REVIEW, PUBLICATION = "/review/2566-6", "/publication/2566-6/1"
RESULTS = "/results/2566-6/P-CPM-3/"
OTHERS = ("P-CPM-2", "S-BKK-1")
EVALUATORS = ("evaluator1", "evaluator2")
# The report of which a point goes back, the point, and what is said of it.
RETURNED, POINT, TO_MEND = "QP-2", "criterion.2", "แนบคำสั่งแต่งตั้งคณะกรรมการฉบับลงนาม"
LACKS = "ไม่พบบันทึกการติดตามผลหลังการอบรม"
# What both evaluators give where it is not level 4 without a word: the level, the comment, the note on the last issue.
GIVEN = {
    RETURNED: (3, "", "ควรแนบผลการติดตามของสถานศึกษาให้ครบทุกแห่ง"),
    "QP-3": (5, "เป็นแบบอย่างที่ดี ควรเผยแพร่ให้เขตอื่น", ""),
    "QP-7": (5, "ดำเนินการครบถ้วนและมีหลักฐานชัดเจน", ""),
    "QP-9": (3, "", "รายงานผลยังไม่เปรียบเทียบกับปีก่อน"),
}
SECONDS_FOR_THE_WORKER = 120


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


def _write(page: Page, box: str, text: str) -> None:
    """Fill a box and leave it: a picture shows no focus."""
    page.fill(box, text)
    page.locator(box).blur()


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


def _form(client: Client, address: str, *, answered: int = 303, **values: str) -> None:
    """Send a form of a page that was opened before."""
    body = urlencode({"csrf_token": client.token} | values).encode()
    status, _, _ = client.request("POST", address, body, Content_Type="application/x-www-form-urlencoded")
    assert status == answered, f"{address}: {status}"


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


def ask_for_an_account(server: Server, _: Browser) -> None:
    """A newcomer asks for an account in the office and confirms the mailbox by the link of the mail."""
    newcomer = Client(server.port)
    content = newcomer.request("GET", "/register/")[1].decode()
    kind = re.search(r'<option[^>]*value="(\d+)"[^>]*>[^<]*38 ค', content)
    assert kind is not None
    secret = "ฝนตกที่ภูเขียวทุกวัน"
    _form(
        newcomer,
        "/register/",
        answered=200,
        area="สพป.ชัยภูมิ เขต 3",
        full_name="นางสาวตัวอย่าง ผู้สมัคร",
        personnel_type=kind[1],
        position="นักวิชาการศึกษา",
        phone="022885867",
        email="applicant@example.go.th",
        password=secret,
        password_confirm=secret,
    )
    link = re.search(r"/register/verify/\S+", _mail(server, "verify"))
    assert link is not None
    newcomer.request("GET", link[0])
    _form(newcomer, link[0], answered=200)


def _mail(server: Server, template: str) -> str:
    """What a mail says that the worker sends."""
    until = time.monotonic() + SECONDS_FOR_THE_WORKER
    while not (sent := sorted((server.folder / "mail").glob(f"*-{template}.eml"))):
        assert time.monotonic() < until, f"no mail {template}"
        time.sleep(0.2)
    body = email.message_from_bytes(sent[-1].read_bytes(), policy=policy.default).get_body()
    assert body is not None
    return str(body.get_content())


def ask_the_centre(server: Server, _: Browser) -> None:
    """Other offices report an indicator, and three offices ask; the first answer is published for all."""
    for code in OTHERS:
        _submit_whole(Client(server.port).sign_in(f"reporter.{code.lower()}"), f"/reports/2566-6/{code}/QP-1")
    first, answer = "สถานศึกษาที่ไปเรียนรวมให้นับในจำนวนสถานศึกษาทั้งหมดหรือไม่", "ให้นับเฉพาะสถานศึกษาที่ยังจัดการเรียนการสอนในที่ตั้งเดิม"
    for code, indicator, text in (
        ("P-CPM-2", "QP-1", first),
        ("S-BKK-1", "QP-7", "ใช้ผลการสำรวจของภาคเรียนที่ 1 แทนภาคเรียนที่ 2 ได้หรือไม่"),
        ("P-CPM-3", "QP-10", "แผนที่จัดทำร่วมกับหน่วยงานอื่น แนบเป็นหลักฐานของประเด็นใด"),
    ):
        office = Client(server.port).sign_in(f"reporter.{code.lower()}")
        office.request("GET", f"/reports/2566-6/{code}/{indicator}/questions")
        _form(office, f"/reports/2566-6/{code}/{indicator}/questions", text=text)
    centre = Client(server.port).sign_in("central")
    content = centre.request("GET", "/questions/1")[1].decode()
    seen = re.search(r'name="seen" value="(\d+)"', content)
    assert seen is not None
    _form(centre, "/questions/1/answer", seen=seen[1], text=answer, publish="new", public_question=first)


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


def tick_a_point(page: Page) -> None:
    """On the page for returning points: one of them, with what is to be mended."""
    page.check(f"input[name=point][value='{POINT}']")
    _write(page, f"#what-{POINT.replace('.', '-')}", TO_MEND)


def return_a_point(server: Server, browser: Browser) -> None:
    """An evaluator returns that point to the office."""
    page = _page(browser, server, EVALUATORS[0], f"{REVIEW}/P-CPM-3/{RETURNED}/return")
    tick_a_point(page)
    page.get_by_role("button", name="ส่งกลับรายการที่เลือก").click()
    expect(page.locator(".notices")).to_contain_text("ส่งกลับแล้ว 1 รายการ")
    page.context.close()


def _mend(server: Server) -> None:
    """The office mends the returned point and submits again."""
    office, report = Client(server.port).sign_in(REPORTER), f"{OFFICE}/{RETURNED}"
    _attach(office, report, (POINT, "คำสั่งแต่งตั้งคณะกรรมการ.pdf", _paper("order")))
    _submit(office, report)


def _judge(server: Server, reports: Iterable[tuple[str, str]]) -> None:
    """Both evaluators lock the same of each of these reports."""
    reports = list(reports)
    for who in EVALUATORS:
        evaluator = Client(server.port).sign_in(who)
        for area, code in reports:
            address = f"{REVIEW}/{area}/{code}"
            level, comment, note = GIVEN.get(code, (4, "", ""))
            numbers = sorted(set(re.findall(r'data-crit="(\d+)"', evaluator.request("GET", address)[1].decode())), key=int)
            said = {f"verdict__{number}": "complete" for number in numbers}
            if note:
                said |= {f"verdict__{numbers[-1]}": "partial", f"note__{numbers[-1]}": note}
            said |= {"level": str(level), "reason": "ตรวจหลักฐานครบทุกประเด็นแล้ว", "comment": comment}
            status, answer = evaluator.save(address, **{key: (value, 0) for key, value in said.items()})
            assert (status, answer["missing"]) == (200, []), (address, answer)
            status, answer = evaluator.post(f"{address}/lock")
            assert (status, answer["level"]) == (200, level), (address, answer)


def _moderate(server: Server, browser: Browser) -> None:
    """The moderator decides where the evaluators lie apart."""
    page = _page(browser, server, "moderator", f"{REVIEW}/P-CPM-3/QP-1/moderate")
    page.check("#decision [name=level][value='3']", force=True)
    page.fill("#decision [name=reason]", "หลักฐานยืนยันได้บางส่วน")
    page.fill("#decision [name=comment]", "มีแผนครบเกือบทุกสถานศึกษา ควรติดตามผลให้ต่อเนื่อง")
    page.click("#decision details > summary")
    for number, verdict, note in ((1, "complete", ""), (2, "partial", LACKS), (3, "complete", "")):
        page.check(f"#decision [name='verdict.{number}'][value='{verdict}']")
        page.fill(f"#note-{number}", note)
    page.get_by_role("button", name="วินิจฉัย แล้วไปรายการถัดไป").click()
    page.wait_for_url("**/moderation")
    page.context.close()


# --- results ----------------------------------------------------------------------------------------------------------------------


def draft_letters(server: Server, browser: Browser) -> None:
    """The review is done; the centre freezes the figures and drafts letters, and the worker makes them."""
    _mend(server)
    page = _page(browser, server, "central", f"{REVIEW}/assign")
    _share_out(page)
    own = [("P-CPM-3", code) for code in _asked(Client(server.port).sign_in(REPORTER)) if code != "QP-1"]
    _judge(server, own + [(area, "QP-1") for area in OTHERS])
    _moderate(server, browser)
    page.goto(f"{server.url}/publication/2566-6/")
    page.get_by_role("button", name="ร่างหนังสือ").click()
    page.wait_for_url("**/1/settings")
    fill_in_letters(page, first_number="1197", dated_on="3/4/2566", appeals_from="3/4/2566", appeals_until="18/4/2566")
    page.wait_for_url(f"**{PUBLICATION}/")
    made = page.locator("a.btn:has-text('PDF')")
    expect(made).to_have_count(1 + len(OTHERS), timeout=SECONDS_FOR_THE_WORKER * 1000)
    page.context.close()


def release(server: Server, browser: Browser) -> None:
    """All letters go out."""
    page = _page(browser, server, "central", f"{PUBLICATION}/release")
    page.get_by_role("button", name="ประกาศผลการประเมิน").click()
    page.wait_for_url(f"**{PUBLICATION}/")
    page.context.close()


APPEAL = "บันทึกการติดตามผลหลังการอบรมอยู่ในไฟล์ “แผนความปลอดภัย.pdf” หน้า 2 ขอให้พิจารณาระดับของตัวชี้วัดนี้อีกครั้ง"


def write_an_appeal(page: Page) -> None:
    """On the page of the office for asking and appealing."""
    page.check("[name=kind][value=appeal]")
    _write(page, "#text", APPEAL)


def appeal(server: Server, _: Browser) -> None:
    """The office appeals against a level."""
    office = Client(server.port).sign_in(COORDINATOR)
    office.request("GET", f"{RESULTS}appeals/QP-1")
    _form(office, f"{RESULTS}appeals/QP-1", kind="appeal", text=APPEAL)


def correct_the_level(page: Page) -> None:
    """On the page of the centre for an appeal: it is upheld."""
    page.check("[name=state][value=upheld]")
    page.select_option("#level", "4")
    page.fill("#reason", "พบบันทึกการติดตามผลในหน้า 2 ของไฟล์")
    _write(page, "#answer", "ส่วนกลางพบหลักฐานตามที่แจ้งแล้ว และจะแจ้งผลในหนังสือฉบับถัดไป")
