"""Evidence on the desk: who may look at it, how it is shown, and that nothing of it runs beside our pages."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest

from app import scope, worker
from app.extensions import db, transaction
from app.models import Evidence, HandIn
from app.previews import PreviewStore
from app.scope import whole_country
from app.services import children
from tests import files
from tests.person import Person
from tests.reviews import assign, begin_review, declare_conflict, desk_of, hand_in_really, look_into_files, put_handed_in
from tests.services.test_previews import WORKBOOK

on_both_stores = True
CASE = desk_of("P-CPM-3", "QP-1")
HOSTILE = files.office(
    "docx", {"word/document.xml": "<w:d xmlns:w='x'><w:p><w:t>&lt;script&gt;alert(1)&lt;/script&gt;</w:t></w:p></w:d>"}
)
SENT = [
    ("criterion.1", "รายงาน.pdf", files.written(pages=3)),
    ("criterion.1", "ภาพ.png", files.picture()),
    ("criterion.2", "บันทึก.docx", HOSTILE),
    ("criterion.2", "ตาราง.xlsx", files.office("xlsx", WORKBOOK)),
    ("criterion.3", "คลิป.mp4", files.clip()),
    ("criterion.3", "คลิป.mov", files.clip()),
    ("pa.evidence", "เสีย.pdf", files.locked()),
]


@pytest.fixture
def evaluator(app, sign_in) -> Person:
    """evaluator1 at a report with a file of each kind."""
    put_handed_in(app, "P-CPM-3", "QP-1", files=SENT)
    begin_review(app)
    assign(app, "P-CPM-3", "QP-1")
    person: Person = sign_in("evaluator1")
    return person


@pytest.fixture(autouse=True)
def previews_of_this_test(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.extensions, "emes_previews", PreviewStore(tmp_path, most_bytes=10**8, most_children=2))


def tabs(person: Person) -> dict[str, str]:
    """The files on the page: name → id, in their order."""
    found = person.page(CASE).xpath("//*[@data-file]")
    return {tab.get("title").partition(": ")[2]: tab.get("data-file") for tab in found}


def address(person: Person, name: str, more: str = "") -> str:
    return f"/review/evidence/{tabs(person)[name]}{more}"


def shown(person: Person, name: str) -> Any:
    return person.page(f"{CASE}?file={tabs(person)[name]}").xpath("//*[@data-viewer]")[0]


def test_the_tabs_stand_in_the_order_of_the_issues(evaluator):
    assert list(tabs(evaluator)) == [name for _, name, _ in SENT]


def test_a_page_is_a_picture_that_a_browser_may_keep(evaluator):
    answer = evaluator.get(address(evaluator, "รายงาน.pdf", "/pages/3"))
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    picture = shown(evaluator, "รายงาน.pdf").xpath(".//img")[0]
    assert picture.get("alt") == "รายงาน.pdf หน้า 1 จาก 3"
    assert evaluator.get(address(evaluator, "ภาพ.png", "/pages/1")).mimetype == "image/webp"


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("รายงาน.pdf", "/pages/4"),
        ("รายงาน.pdf", "/pages/0"),
        ("รายงาน.pdf", "/pages/-1"),
        ("รายงาน.pdf", "/pages/99999999999"),
        ("รายงาน.pdf", "/text"),
        ("ภาพ.png", "/pages/2"),
        ("บันทึก.docx", "/pages/1"),
        ("คลิป.mp4", "/pages/1"),
        ("เสีย.pdf", "/pages/1"),
    ],
)
def test_what_a_file_does_not_have_is_not_found(evaluator, name, more):
    assert evaluator.get(address(evaluator, name, more)).status_code == 404


def test_looking_again_starts_no_second_child(evaluator, monkeypatch):
    page, text = address(evaluator, "รายงาน.pdf", "/pages/1"), address(evaluator, "บันทึก.docx", "/text")
    first = [evaluator.get(path).data for path in (page, f"{text}?part=1")]
    monkeypatch.setattr(children, "ask", None)
    assert [evaluator.get(path).data for path in (page, f"{text}?part=1")] == first


def test_the_worker_sweeps_previews_away_and_they_are_made_again(app, evaluator, tmp_path, monkeypatch):
    path = address(evaluator, "รายงาน.pdf", "/pages/1")
    first = evaluator.get(path).data
    small = PreviewStore(tmp_path, most_bytes=1, most_children=2)
    monkeypatch.setitem(app.extensions, "emes_previews", small)
    with app.app_context(), scope.acting_as(worker.JOB):
        worker.sweep()
    assert list(small.root.glob("??/*/*")) == []
    assert evaluator.get(path).data == first


def test_the_text_of_an_office_file_is_escaped(evaluator):
    for more in ("/text", "/text?part=1"):
        told = evaluator.get(address(evaluator, "บันทึก.docx", more)).text
        assert "&lt;script&gt;alert(1)" in told
        assert "<script>alert" not in told
    table = evaluator.page(address(evaluator, "ตาราง.xlsx", "/text")).xpath("//article//td/text()")
    assert table[:2] == ["โรงเรียน", "12"]


def test_a_clip_plays_in_its_sandbox_and_everything_else_is_a_download(evaluator):
    clip = evaluator.get(address(evaluator, "คลิป.mp4", "?view=1"), headers={"Range": "bytes=0-9"})
    assert clip.status_code == 206
    assert clip.headers["Content-Security-Policy"].startswith("sandbox")
    assert "attachment" not in clip.headers.get("Content-Disposition", "")
    for name in ("รายงาน.pdf", "ภาพ.png", "บันทึก.docx", "คลิป.mov"):
        assert evaluator.get(address(evaluator, name, "?view=1")).headers["Content-Disposition"].startswith("attachment")
    assert shown(evaluator, "คลิป.mp4").xpath(".//video/@src")
    assert not shown(evaluator, "คลิป.mov").xpath(".//video")


def test_no_page_of_the_desk_puts_a_file_of_an_office_into_a_frame_or_a_picture(evaluator):
    for name in tabs(evaluator):
        viewer = shown(evaluator, name)
        assert not viewer.xpath(".//iframe | .//object | .//embed")
        assert all(re.search(r"/pages/\d+$", source) for source in viewer.xpath(".//img/@src"))


def test_a_file_that_does_not_open_says_so_and_can_be_downloaded(evaluator):
    viewer = shown(evaluator, "เสีย.pdf")
    assert "เปิดไม่ได้" in viewer.text_content()
    assert evaluator.get(address(evaluator, "เสีย.pdf")).status_code == 200


def test_a_file_that_nobody_has_looked_into_yet_is_not_opened(app, evaluator):
    with app.app_context(), whole_country("a test"), transaction():
        db.session.query(Evidence).filter_by(original_name="รายงาน.pdf").one().inspected_at = None
    assert "กำลังตรวจไฟล์" in shown(evaluator, "รายงาน.pdf").text_content()
    assert evaluator.get(address(evaluator, "รายงาน.pdf", "/pages/1")).status_code == 404
    look_into_files(app)
    assert evaluator.get(address(evaluator, "รายงาน.pdf", "/pages/1")).status_code == 200


def test_when_too_many_are_drawn_the_answer_says_when_to_come_back(app, evaluator, monkeypatch):
    monkeypatch.setattr("app.previews.WAIT_SECONDS", 0)
    page, text = address(evaluator, "รายงาน.pdf", "/pages/1"), address(evaluator, "บันทึก.docx", "/text")
    store = app.extensions["emes_previews"]
    with store.slot(), store.slot():
        for path in (page, text):
            answer = evaluator.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert evaluator.get(page).status_code == 200


def test_the_viewer_opens_where_the_office_pointed(app, evaluator):
    with app.app_context(), whole_country("a test"), transaction():
        row = db.session.query(HandIn).one()
        content = {**row.content, "evidence": [{**said} for said in row.content["evidence"]]}
        content["evidence"][0]["place"], content["evidence"][4]["place"] = "หน้า ๒", "นาที 2.10"
        row.content = content
    assert shown(evaluator, "รายงาน.pdf").xpath(".//img/@data-at") == ["2"]
    assert shown(evaluator, "คลิป.mp4").xpath(".//video/@src")[0].endswith("#t=130")
    asked = evaluator.page(f"{CASE}?file={tabs(evaluator)['รายงาน.pdf']}&page=99")
    assert asked.xpath("//img/@data-at") == ["3"]


# --- whose files they are ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [("evaluator2", 404), ("moderator", 200), ("central", 200), ("admin", 200), ("analyst", 403), ("reporter.p-cpm-3", 403)],
)
def test_files_are_for_those_who_review_moderate_or_run_the_round(evaluator, sign_in, name, status):
    paths = [address(evaluator, "รายงาน.pdf", more) for more in ("", "/pages/1")] + [address(evaluator, "บันทึก.docx", "/text")]
    person = sign_in(name)
    assert [person.get(path).status_code for path in paths] == [status] * 3


def test_a_conflict_of_interest_closes_the_files_too(app, evaluator, sign_in):
    paths = [address(evaluator, "รายงาน.pdf", more) for more in ("", "/pages/1")]
    declare_conflict(app, "P-CPM-3")
    declare_conflict(app, "P-CPM-3", "moderator")
    for person in (evaluator, sign_in("moderator")):
        assert [person.get(path).status_code for path in paths] == [404, 404]


def test_what_was_never_handed_in_is_not_shown(app, evaluator):
    office = Person(app).signed_in("reporter.p-cpm-2@emes.test")
    sent = office.upload("criterion.1", ("ร่าง.pdf", files.written("ร่าง")), report="/reports/2566-6/P-CPM-2/QP-1")
    look_into_files(app)
    for person in (evaluator, Person(app).signed_in("central@emes.test")):
        assert person.get(f"/review/evidence/{sent.json['evidence'][0]['id']}").status_code == 404
    assert evaluator.get(f"/review/evidence/{uuid4()}").status_code == 404


def test_a_file_that_the_office_deleted_afterwards_is_shown_as_it_was_handed_in(app, sign_in):
    hand_in_really(app, "P-CPM-2", "QP-1", files=[("criterion.1", "เดิม.pdf", files.written("เดิม"))])
    begin_review(app, stage="running")
    assign(app, "P-CPM-2", "QP-1")
    evaluator, case = sign_in("evaluator1"), desk_of("P-CPM-2", "QP-1")
    evidence_id = evaluator.page(case).xpath("//*[@data-file][contains(@title, 'เดิม.pdf')]/@data-file")[0]
    office = Person(app).signed_in("reporter.p-cpm-2@emes.test")
    assert office.delete(f"/evidence/{evidence_id}").status_code == 200
    assert evaluator.get(f"/evidence/{evidence_id}").status_code == 404
    assert "ตามที่ส่งไว้" in evaluator.page(f"{case}?file={evidence_id}").text_content()
    assert evaluator.get(f"/review/evidence/{evidence_id}/pages/1").status_code == 200
    assert evaluator.get(f"/review/evidence/{evidence_id}").headers["Content-Disposition"].startswith("attachment")
