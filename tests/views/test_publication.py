"""The desk of publishing: who gets there, freezing, the tables and the independent script, drafting, mending, letting go."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import lxml.html
import pytest
from sqlalchemy import event

from app import scope
from app.extensions import db
from app.queries import publication as publications
from app.worker import make_letters
from tests import letters
from tests.letters import CENTRE, OFFICES

ROOT = Path(__file__).parents[2]
DESK = "/publication/2566-6/"
SETTINGS = {
    "number_prefix": "ศธ 04003/",
    "first_number": "๑๑๙๗",
    "dated_on": "๒๐ พฤศจิกายน ๒๕๖๙",
    "subject": "แจ้งผล",
    "opening": "ตามที่",
    "closing": "จึงเรียนมา",
    "signatory_name": "นางสาวตัวอย่าง ผู้ลงนาม",
    "signatory_position": "ผู้อำนวยการ",
    "contact": "โทร. 0 2288 5867",
    "appeals_from": "21/11/2569",
    "appeals_until": "11/12/2569",
    "answer_days": "10",
}


@pytest.fixture
def reviewed(app):
    with app.app_context():
        letters.reviewed_round(*OFFICES)
    return app


def make(app) -> None:
    with app.app_context(), scope.acting_as(CENTRE):
        while make_letters():
            pass


def drafted(app, central) -> None:
    assert central.post(f"{DESK}draft", {"dataset": ""}).status_code == 303
    answer = central.post(f"{DESK}1/settings", SETTINGS)
    assert answer.status_code == 303, answer.text
    make(app)


def words(page: lxml.html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


@pytest.mark.parametrize("name", ["reporter.p-cpm-3", "coordinator.p-cpm-3", "director.p-cpm-3", "evaluator1"])
def test_offices_and_evaluators_reach_nothing_of_it(reviewed, central, sign_in, name):
    drafted(reviewed, central)
    person = sign_in(name)
    for path in (
        "",
        "datasets/",
        "datasets/1",
        "datasets/1.csv",
        "datasets/1/rebuild",
        "1/",
        "1/letters/P-CPM-3",
        "1/letters/P-CPM-3.pdf",
    ):
        assert person.get(f"{DESK}{path}").status_code == 403, path
    assert person.get("/publication/").status_code == 403
    assert "/publication/" not in person.get("/inbox/").text


def test_analysts_and_moderators_look_on_and_change_nothing(reviewed, central, sign_in):
    drafted(reviewed, central)
    for name in ("analyst", "moderator"):
        person = sign_in(name)
        for path in (
            "",
            "datasets/",
            "datasets/1",
            "datasets/1.csv",
            "datasets/1/rebuild",
            "1/",
            "1/letters/P-CPM-3",
            "1/letters/P-CPM-3.pdf",
        ):
            assert person.get(f"{DESK}{path}").status_code == 200, path
        for path in (
            "datasets/",
            "draft",
            "1/settings",
            "1/release",
            "1/withdraw",
            "1/discard",
            "1/letters/P-CPM-3",
            "1/letters/P-CPM-3/hold",
        ):
            assert person.post(f"{DESK}{path}", {"reason": "ก"}).status_code == 403, path
        page = person.page(f"{DESK}1/")
        assert page.xpath("//main//form[@method='post']") == []


def table_of(page: lxml.html.HtmlElement) -> list[list[str]]:
    """The national table as it stands on the page, as the script prints it."""
    rows = page.xpath("//*[@id='national-table']/tbody/tr")
    return [
        [row.get("data-indicator"), *(cell.text_content().strip().replace(",", "") for cell in row.xpath("./td"))]
        for row in rows
    ]


def test_an_independent_script_reckons_the_national_table_from_the_export_to_the_last_digit(reviewed, central, tmp_path):
    with reviewed.app_context():
        letters.settle("P-CPM-3", "QP-1", 4, letters.NOW - letters.HOUR, comment="=HYPERLINK(1)", verdicts={})
        letters.freeze()
    export = central.get(f"{DESK}datasets/1.csv")
    assert export.data.startswith("\ufeff".encode())
    assert "'=HYPERLINK(1)" in export.get_data(as_text=True)
    (tmp_path / "rows.csv").write_bytes(export.data)
    script = [sys.executable, "-I", str(ROOT / "scripts" / "recompute-national.py"), str(tmp_path / "rows.csv")]
    printed = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    reckoned = [line.split("\t") for line in printed.splitlines()]
    shown = table_of(central.page(f"{DESK}datasets/1"))
    assert len(shown) == 14
    assert sorted(shown) == sorted(reckoned)
    assert any(re.fullmatch(r"\d\.\d\d", row[5]) for row in shown)


def test_every_table_names_its_dataset(reviewed, central):
    with reviewed.app_context():
        letters.freeze()
    page = central.page(f"{DESK}datasets/1")
    digest = page.xpath("//code")[0].text_content()
    assert len(digest) == 64
    said = [words(section) for section in page.xpath("//section[.//table]")]
    assert len(said) == 3
    assert all(f"ชุดข้อมูลที่ 1 ณ เวลา ศุกร์ 20 พ.ย. 2569 เวลา 10.00 น. รหัส {digest[:8]}" in text for text in said)


def test_the_figures_of_any_moment_are_asked_for_in_thai(reviewed, central):
    page = central.page(f"{DESK}datasets/as-of?at=๑๗/๑๑/๒๕๖๙ ๑๐.๐๐")
    assert table_of(page)[-1][2:4] == ["36", "0"], "handed in, nothing settled yet"
    page = central.page(f"{DESK}datasets/as-of?at=19/11/2569 10.00")
    assert table_of(page)[-1][2:4] == ["36", "33"]
    refused = central.get(f"{DESK}datasets/as-of?at=เมื่อวาน")
    assert refused.status_code == 422
    assert "เมื่อวาน" in refused.text


def test_rebuilding_says_the_same_digits_and_what_changed_since(reviewed, central):
    with reviewed.app_context():
        letters.freeze(letters.NOW - letters.DAY)
        letters.settle(
            "P-CPM-3",
            "QP-1",
            5,
            letters.NOW - letters.HOUR,
            basis="appeal",
            decided_by_name="ผู้กลั่นกรอง ก",
            reason="หลักฐานครบถ้วน",
        )
    page = central.page(f"{DESK}datasets/1/rebuild")
    assert "ตรงกันทุกตัวเลข" in words(page)
    assert "ผู้กลั่นกรอง ก" in words(page) and "หลักฐานครบถ้วน" in words(page)
    with reviewed.app_context(), scope.acting_as(CENTRE):
        db.session.execute(db.text("UPDATE dataset_row SET level = 1 WHERE area_code = 'P-CPM-2' AND full_code = 'QP-4'"))
        db.session.commit()
    page = central.page(f"{DESK}datasets/1/rebuild")
    assert "ไม่ตรงกัน" in words(page)
    assert "QP-4" in words(page)


def test_from_freezing_to_the_release_in_the_pages(reviewed, central):
    assert central.post(f"{DESK}datasets/", {"note": "ทดลอง"}).status_code == 303
    assert "ทดลอง" in words(central.page(f"{DESK}datasets/"))
    assert central.post(f"{DESK}draft", {"dataset": "1"}).status_code == 303
    page = central.page(f"{DESK}1/")
    assert "ไม่มีผู้ลงนาม" in words(page) and "ไม่มีเลขที่" in words(page)
    refused = central.post(f"{DESK}1/settings", SETTINGS | {"dated_on": "พรุ่งนี้"})
    assert refused.status_code == 422 and "พรุ่งนี้" in refused.text
    assert central.post(f"{DESK}1/settings", SETTINGS | {"appeals_until": ""}).status_code == 422
    assert central.post(f"{DESK}1/settings", SETTINGS).status_code == 303
    assert central.get(f"{DESK}1/progress").json == {"made": 0, "waiting": 3, "failed": 0, "held": 0}
    make(reviewed)
    assert central.get(f"{DESK}1/progress").json["made"] == 3
    answer = central.get(f"{DESK}1/letters/P-CPM-3.pdf")
    assert answer.data.startswith(b"%PDF") and answer.headers["Cache-Control"] == "private, no-store"
    assert central.post(f"{DESK}1/letters/S-CPM", {"strengths": "", "improvements": "ทำต่อ"}).status_code == 303
    assert central.get(f"{DESK}1/letters/S-CPM.pdf").status_code == 404, "the PDF says something else than the letter"
    assert [row.get("href") for row in central.page(f"{DESK}1/?show=faulty").xpath("//a[@class='rl']")] == [
        f"{DESK}1/letters/S-CPM"
    ]
    make(reviewed)
    page = central.page(f"{DESK}1/release")
    assert "รายงานที่ส่งแล้วแต่ไม่มีผล" in words(page)
    seen = page.xpath("//input[@name='seen']/@value")[0]
    terms = {"seen": seen, "accepts_lacking": "y", "reason": "X2 ไม่ประกาศ", "release_at": ""}
    refused = central.post(f"{DESK}1/release", terms)
    assert refused.status_code == 422 and "X2 ไม่ประกาศ" in refused.text
    assert central.post(f"{DESK}1/letters/S-CPM/hold", {"reason": "รอข้อมูล"}).status_code == 303
    seen = central.page(f"{DESK}1/release").xpath("//input[@name='seen']/@value")[0]
    assert central.post(f"{DESK}1/release", terms | {"seen": seen}).status_code == 303
    assert "ประกาศเมื่อ" in words(central.page(f"{DESK}1/"))
    assert central.post(f"{DESK}1/letters/P-CPM-3", {"strengths": "ก", "improvements": "ข"}).status_code == 409
    assert central.post(f"{DESK}1/withdraw", {"reason": "ก"}).status_code == 409


def test_two_people_never_overwrite_each_other_unseen(reviewed, central):
    drafted(reviewed, central)
    for path, box, form in (
        (f"{DESK}1/letters/P-CPM-3", "strengths", {"improvements": "ทำต่อ"}),
        (f"{DESK}1/settings", "subject", SETTINGS),
    ):
        seen = central.page(path).xpath("//input[@name='seen']/@value")[0]
        assert central.post(path, form | {box: "ของเพื่อน", "seen": seen}).status_code == 303
        refused = central.post(path, form | {box: "ของฉัน", "seen": seen})
        assert refused.status_code == 409
        assert "ของฉัน" in refused.text, "what was typed is kept"
        again = lxml.html.fromstring(refused.text).xpath("//input[@name='seen']/@value")[0]
        assert central.post(path, form | {box: "ของฉัน", "seen": again}).status_code == 303


def test_an_embargo_is_typed_in_thai_and_taken_back(reviewed, central):
    drafted(reviewed, central)
    seen = central.page(f"{DESK}1/release").xpath("//input[@name='seen']/@value")[0]
    terms = {"seen": seen, "accepts_lacking": "y", "reason": "X2", "release_at": "๒๕/๑๑/๒๕๖๙ ๐๘.๓๐"}
    assert central.post(f"{DESK}1/release", terms).status_code == 303
    assert "25 พ.ย. 2569" in words(central.page(f"{DESK}1/"))
    assert central.post(f"{DESK}1/withdraw", {"reason": ""}).status_code == 422
    assert central.post(f"{DESK}1/withdraw", {"reason": "พบข้อผิดพลาด"}).status_code == 303
    assert "ถอนคืนแล้ว" in words(central.page(f"{DESK}1/"))
    assert central.post(f"{DESK}1/discard").status_code == 303
    assert central.get(f"{DESK}1/").status_code == 404


def test_a_pdf_that_says_something_else_than_its_letter_is_handed_out_nowhere(reviewed, central):
    drafted(reviewed, central)
    path = "/results/2566-6/P-CPM-3/"
    assert central.get(f"{path}letter.pdf").status_code == 200
    assert central.post(f"{DESK}1/letters/P-CPM-3", {"strengths": "ใหม่", "improvements": "ทำต่อ"}).status_code == 303
    assert central.get(f"{path}letter.pdf").status_code == 404
    assert not central.page(path).xpath(f"//a[@href='{path}letter.pdf']")


def test_a_release_after_the_time_for_appeals_is_refused_and_the_last_day_is_one_of_bangkok(reviewed, central):
    drafted(reviewed, central)
    seen = central.page(f"{DESK}1/release").xpath("//input[@name='seen']/@value")[0]
    terms = {"seen": seen, "accepts_lacking": "y", "reason": "X2"}
    refused = central.post(f"{DESK}1/release", terms | {"release_at": "12/12/2569 00.00"})
    assert refused.status_code == 422 and "อุทธรณ์" in refused.text
    assert central.post(f"{DESK}1/release", terms | {"release_at": "11/12/2569 23.59"}).status_code == 303


def test_a_letter_is_checked_by_number_and_code_in_public(reviewed, central, stranger):
    drafted(reviewed, central)
    with reviewed.app_context(), scope.acting_as(CENTRE):
        found = publications.letter_of(publications.find("2566-6", 1).id, "P-CPM-3")
        number, code = found.letter_number, found.code
    ask = f"/verify/?number={number}&code={code}"
    assert "ไม่แท้" in stranger.get(ask, follow_redirects=True).text or "ไม่ใช่" in stranger.get(ask, follow_redirects=True).text
    seen = central.page(f"{DESK}1/release").xpath("//input[@name='seen']/@value")[0]
    central.post(f"{DESK}1/release", {"seen": seen, "accepts_lacking": "y", "reason": "X2", "release_at": ""})
    answer = stranger.get(ask, follow_redirects=True).text
    assert "verdict ok" in answer
    assert "ชัยภูมิ" not in lxml.html.fromstring(answer).xpath("string(//main)"), "the office is not said"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "datasets/",
        "datasets/1",
        "datasets/1/rebuild",
        "1/",
        "1/release",
        "1/settings",
        "1/letters/P-CPM-3",
        "datasets/1.csv",
    ],
)
def test_no_page_asks_more_of_the_database_for_the_whole_country_than_for_three_offices(app, central, path):
    counted = []
    for offices in (OFFICES, ()):
        if counted:
            with app.app_context(), scope.whole_country("a test begins anew"):
                for name in ("letter", "publication", "dataset_row", "dataset", "outcome", "hand_in", "submission"):
                    db.session.execute(db.text(f"DELETE FROM {name}"))
                db.session.commit()
        with app.app_context():
            letters.reviewed_round(*offices)
            letters.drafted()
        with app.app_context():
            seen: list[str] = []
            event.listen(db.engine, "before_cursor_execute", lambda *args, seen=seen: seen.append(args[2]))
        assert central.get(f"{DESK}{path}").status_code == 200
        counted.append(len([text for text in seen if not text.startswith(("BEGIN", "PRAGMA"))]))
        # The listener stays on the engine; each counts into a list of its own.
    assert counted[0] == counted[1] <= 14, counted
