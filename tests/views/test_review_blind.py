"""Blind first: until a review is locked, its evaluator meets neither the self-level nor what others think, on no page at all."""

from __future__ import annotations

from typing import Any

import pytest
from flask import template_rendered

from app.extensions import db, transaction
from app.models import Change, HandIn, ReportReturn, ReviewEntry, Submission
from app.scope import whole_country
from tests.conftest import NOW
from tests.person import Person
from tests.reviews import (
    CASE,
    DESK,
    assign,
    begin_review,
    complete,
    desk_of,
    hand_in_really,
    lock,
    put_handed_in,
    stored_review,
    words,
)

SECRET_REASON = "เหตุผลลับของเพื่อน"


def everything_in(value: Any, seen: set[int]) -> str:
    """Every text that can be reached from a template's context without a statement."""
    if id(value) in seen or isinstance(value, (type(None), bool, int, float)):
        return ""
    seen.add(id(value))
    if isinstance(value, str):
        return value + "\n"
    if isinstance(value, dict):
        return "".join(everything_in(key, seen) + everything_in(found, seen) for key, found in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return "".join(everything_in(found, seen) for found in value)
    return everything_in(vars(value), seen) if type(value).__module__.startswith("app.") and hasattr(value, "__dict__") else ""


def test_before_the_lock_nothing_tells_the_self_level_or_what_others_think(app, review_id, evaluator):
    """In no page, fragment, answer or header, and not in what the templates were given."""
    theirs = assign(app, "P-CPM-3", "QP-1", "evaluator2", state="locked", level=2, locked_at=NOW)
    with app.app_context(), whole_country("a colleague wrote"), transaction():
        db.session.add(ReviewEntry(review_id=theirs, field_key="reason", value=SECRET_REASON, changed_at=NOW))
    contexts: list[dict[str, Any]] = []

    def note(_sender: Any, template: Any, context: dict[str, Any], **_: Any) -> None:
        if template.name and template.name.startswith("review/"):
            contexts.append(context)

    with template_rendered.connected_to(note, app):
        answers = [
            evaluator.get(CASE),
            *(evaluator.get(f"{CASE}?part={part}") for part in ("case", "queue", "viewer")),
            evaluator.get(DESK),
            evaluator.patch(CASE, {"verdict.1": ("complete", 0)}),
            evaluator.post(CASE, {"reason": "x", "version.reason": "0"}),
            lock(evaluator),
            evaluator.post(f"{CASE}/lock", {"version.level": "0"}),
        ]
    for answer in answers:
        told = answer.text + str(answer.headers)
        for secret in ("data-self-level", "data-revealed", "self_level", SECRET_REASON, "ผู้ประเมินสอง"):
            assert secret not in told, (secret, answer.status_code)
    assert contexts
    for context in contexts:
        reached = everything_in(
            {name: value for name, value in context.items() if name in ("page", "case", "entries", "changes")}, set()
        )
        assert "self_level" not in reached
        assert SECRET_REASON not in reached
        assert getattr(context.get("page"), "revealed", None) is None


def test_two_reports_that_differ_in_the_self_level_alone_look_alike(app, evaluator):
    """The same page but for names, numbers and marks of its own: nothing leaks through an order, a class or a length."""
    for area, level in (("P-CPM-1", "5"), ("P-CPM-2", "1")):
        put_handed_in(app, area, "QP-1", level=level)
        assign(app, area, "QP-1")
    begin_review(app)

    def shape(area: str) -> list[tuple[str, tuple[str, ...]]]:
        page = evaluator.page(f"{desk_of(area, 'QP-1')}")
        return [(found.tag, tuple(sorted(found.attrib))) for found in page.xpath("//section[@id='scoring']//*")]

    def cleaned(area: str) -> list[tuple[str, tuple[str, ...]]]:
        return [found for found in shape(area) if found[0] not in ("path", "svg") and "rel" not in found[1]]

    assert cleaned("P-CPM-1") == cleaned("P-CPM-2")


def test_after_the_lock_the_page_says_what_the_others_think(app, review_id, evaluator):
    assign(app, "P-CPM-3", "QP-1", "evaluator2", state="locked", level=4, locked_at=NOW)
    complete(evaluator, CASE, level="3")
    answer = lock(evaluator)
    assert answer.status_code == 200
    assert "ต่ำกว่าที่ประเมินตนเอง 2 ระดับ" in answer.json["said"]
    revealed = words(evaluator.page(CASE).xpath("//*[@data-revealed]")[0])
    assert "ต่ำกว่าที่ประเมินตนเอง 2 ระดับ" in revealed
    assert "ผู้ประเมินสอง สาธิต4" in revealed
    assert "ผู้กลั่นกรอง" in revealed  # two levels apart: a moderator decides
    assert stored_review(app, review_id)["was_revealed"]


def test_the_level_of_a_colleague_who_has_not_locked_stays_hidden(app, review_id, evaluator):
    assign(app, "P-CPM-3", "QP-1", "evaluator2")
    other = Person(app).signed_in("evaluator2@emes.test")
    complete(other, CASE, level="2")
    complete(evaluator, CASE, level="4")
    lock(evaluator)
    revealed = words(evaluator.page(CASE).xpath("//*[@data-revealed]")[0])
    assert "ผู้ประเมินสอง" not in revealed
    assert "ผู้ประเมินอีก 1 คนยังไม่ยืนยันผล" in revealed


@pytest.mark.parametrize(
    "page",
    [
        "/reports/2566-6/P-CPM-3/QP-1",
        "/reports/2566-6/P-CPM-3/QP-1/history",
        "/reports/2566-6/P-CPM-3/",
        "/reports/2566-6/P-CPM-3/history",
        "/reports/2566-6/P-CPM-3/summary",
        "/reports/2566-6/P-CPM-3/summary.pdf",
        "/reports/2566-6/P-CPM-3/workbook.xlsx",
        "/receipts/{number}",
        "/receipts/{number}.pdf",
        "/receipts/{number}/report",
    ],
)
def test_every_other_page_of_the_report_leads_to_the_desk_until_the_lock(app, evaluator, page):
    number = hand_in_really(app, level="5")
    begin_review(app)
    assign(app, "P-CPM-3", "QP-1")
    address = page.format(number=number)
    answer = evaluator.get(address)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/review/")
    complete(evaluator, CASE)
    lock(evaluator)
    answer = evaluator.get(address)
    assert answer.status_code in (200, 302, 303)
    assert not answer.headers.get("Location", "").startswith("/review/")


def test_reports_that_are_not_assigned_stay_readable(app, review_id, evaluator, sign_in):
    assert evaluator.get("/reports/2566-6/P-CPM-3/QP-2").status_code == 200
    assert sign_in("evaluator2").get("/reports/2566-6/P-CPM-3/QP-1").status_code == 200


def test_an_offices_own_record_tells_nothing_of_the_review(app, review_id, evaluator, reporter):
    complete(evaluator, CASE, level="2")
    lock(evaluator)
    with app.app_context(), whole_country("a test reads the record"):
        told = db.session.query(Change).filter(Change.subject.startswith("review:")).all()
        assert {row.what for row in told} >= {"level", "reason", "verdict.1", "locked"}
        assert {row.area_id for row in told} == {None}
    for page in ("/reports/2566-6/P-CPM-3/history", "/reports/2566-6/P-CPM-3/QP-1/history"):
        assert "ตรงตามเกณฑ์" not in reporter.get(page).text


def test_what_changed_since_a_return_is_told_without_the_self_level(app, review_id, evaluator):
    with app.app_context(), whole_country("a report came back"), transaction():
        first = db.session.query(HandIn).one()
        fields = first.content["fields"] | {"problems": "แก้ไขแล้ว", "self_level": "1"}
        values = {"submission_id": first.submission_id, "area_id": first.area_id}
        second = HandIn(
            **values, sequence=2, receipt_number="T-2", handed_in_at=NOW, content=first.content | {"fields": fields}
        )
        db.session.add(second)
        db.session.flush()
        report = db.session.get(Submission, first.submission_id)
        db.session.add(
            ReportReturn(
                **values,
                round_id=report.round_id,
                indicator_id=report.indicator_id,
                hand_in_id=first.id,
                answer_id=second.id,
                state="answered",
                due_at=NOW,
                returned_at=NOW,
                ended_at=NOW,
            )
        )
    page = evaluator.page(CASE)
    changed = page.xpath("//section[contains(@class, 'changes')]")[0]
    assert [words(found) for found in changed.xpath("./ul/li/b")] == ["ปัญหา อุปสรรค ข้อเสนอแนะ"]
    assert "self" not in changed.text_content()
