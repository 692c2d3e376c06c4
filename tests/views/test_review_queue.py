"""The queue of an evaluator, progress and pace, and what the desk costs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.extensions import db
from app.models import Area, Moderation
from app.scope import whole_country
from tests import files
from tests.conftest import NOW
from tests.person import Person
from tests.reviews import (
    CASE,
    DESK,
    assign,
    begin_review,
    complete,
    desk_of,
    lock,
    put_handed_in,
    stored_review,
    words,
)
from tests.views.test_statements import counted

on_both_databases = "where marked"


def test_who_has_nothing_to_review_is_told_so(app, evaluator):
    begin_review(app)
    assert "รอบนี้ยังไม่มีรายงานที่มอบหมายให้ท่านตรวจ" in words(evaluator.page(DESK))


@pytest.mark.postgresql
def test_the_way_in_leads_to_the_round_in_review(app, evaluator):
    assert evaluator.get("/review/").headers["Location"].startswith("/review/2566")
    begin_review(app)
    assert evaluator.get("/review/").headers["Location"] == DESK
    assert evaluator.page("/documents/").xpath("//nav//a[@href='/review/']")


@pytest.fixture
def queue(app) -> list[str]:
    """Five offices in Thai order, one locked, one begun."""
    areas = ["P-CPM-1", "P-CPM-2", "P-CPM-3", "P-SNI-1", "P-KBI"]
    known = [area for area in areas if _exists(app, area)]
    for number, area in enumerate(known):
        put_handed_in(app, area, "QP-1")
        more = [{}, {"state": "locked", "level": 4, "locked_at": NOW}, {"begun_at": NOW}][min(number, 2) if number < 3 else 0]
        assign(app, area, "QP-1", **more)
    begin_review(app)
    return known


def _exists(app, code: str) -> bool:
    with app.app_context():
        return db.session.query(Area.id).filter_by(code=code).scalar() is not None


def offices(page: Any) -> list[str]:
    return [link.split("/")[3] for link in page.xpath("//table//a/@href")]


@pytest.mark.postgresql
def test_the_queue_is_narrowed_by_state_place_and_words(app, queue, evaluator):
    assert len(offices(evaluator.page(DESK))) == len(queue)
    assert offices(evaluator.page(f"{DESK}?state=locked")) == [queue[1]]
    assert offices(evaluator.page(f"{DESK}?state=begun")) == [queue[2]]
    assert queue[1] not in offices(evaluator.page(f"{DESK}?state=not_begun"))
    assert set(offices(evaluator.page(f"{DESK}?q=ชัยภูมิ"))) <= {area for area in queue if "CPM" in area}
    assert offices(evaluator.page(f"{DESK}?q=%25")) == []
    assert offices(evaluator.page(f"{DESK}?indicator=QP-2")) == []
    assert offices(evaluator.page(f"{DESK}?region=nowhere&state=x")) == []


@pytest.mark.postgresql
def test_the_queue_goes_along_from_report_to_report(app, queue, evaluator):
    page = evaluator.page(f"{desk_of(queue[0], 'QP-1')}?q=P-CPM&state=not_begun")
    assert all("q=P-CPM" in link for link in page.xpath("//*[@data-queue-list]//a/@href"))


@pytest.mark.postgresql
def test_progress_pace_and_what_is_needed(app, evaluator, central):
    for number, area in enumerate(["P-CPM-1", "P-CPM-2", "P-CPM-3"]):
        put_handed_in(app, area, "QP-1")
        assign(app, area, "QP-1", state="locked", level=4, locked_at=NOW + timedelta(minutes=8 * number))
    put_handed_in(app, "S-BKK-1", "QP-1")
    assign(app, "S-BKK-1", "QP-1")
    begin_review(app, due_on=date(2026, 11, 20))
    figures = words(evaluator.page(DESK).xpath("//dl[contains(@class, 'kpi')]")[0])
    assert "3 จาก 4" in figures
    assert "8 นาทีต่อฉบับ" in figures
    assert "วันละ 1 ฉบับ" in figures
    row = words(central.page(DESK).xpath("//tbody/tr")[0])
    assert "ผู้ประเมินหนึ่ง สาธิต" in row
    assert "75%" in row


def test_a_colleagues_progress_is_for_the_centre_alone(app, queue, evaluator, sign_in):
    assert "ความคืบหน้าของผู้ประเมิน" not in evaluator.get(DESK).text
    assert "ความคืบหน้าของผู้ประเมิน" in sign_in("moderator").get(DESK).text


# --- what it costs -------------------------------------------------------------------------------------------------------------


def cost(person: Person, path: str) -> int:
    person.get(path)
    with counted() as statements:
        assert person.get(path).status_code == 200
    return len(statements)


@pytest.mark.postgresql
def test_a_report_costs_twelve_statements_whatever_the_queue(app, review_id, evaluator, sign_in):
    pdf = files.written()
    few = [cost(evaluator, path) for path in (CASE, f"{CASE}?part=case", DESK)]
    with app.app_context():
        areas = [code for (code,) in db.session.query(Area.code).filter_by(kind="primary").limit(60) if code != "P-CPM-3"]
    for area in areas:
        put_handed_in(app, area, "QP-1", files=[("criterion.1", f"{area}.pdf", pdf)] if area == areas[0] else [])
        assign(app, area, "QP-1")
        assign(app, area, "QP-1", "evaluator2")
    many = [cost(evaluator, path) for path in (CASE, f"{CASE}?part=case", DESK)]
    assert few == many
    assert max(many[:2]) <= 12
    assert len(evaluator.page(CASE).xpath("//*[@data-queue-list]/li")) <= 40
    complete(evaluator, CASE)
    lock(evaluator)
    assert cost(evaluator, CASE) <= 12
    assert cost(sign_in("central"), DESK) <= 12


@pytest.mark.postgresql
def test_saving_clashing_locking_and_settling(app, review_id, evaluator):
    """The whole way on both databases."""
    assert evaluator.patch(CASE, {"reason": ("หนึ่ง", 0)}).status_code == 200
    assert evaluator.patch(CASE, {"reason": ("สอง", 0)}).status_code == 409
    answer = evaluator.patch(CASE, {"reason": ("สอง", 1)})
    assert answer.json["fields"] == {"reason": {"version": 2}}
    page = evaluator.page(CASE)
    verdicts = page.xpath("//input[starts-with(@data-field, 'verdict.')]/@data-field")
    evaluator.patch(CASE, dict.fromkeys(verdicts, ("partial", 0)) | {"level": ("3", 0)})
    assert [lock(evaluator).status_code for _ in range(2)] == [200, 200]
    assert stored_review(app, review_id)["level"] == 3
    with app.app_context(), whole_country("a test looks"):
        assert db.session.query(Moderation).one().causes == ["self_gap"]
