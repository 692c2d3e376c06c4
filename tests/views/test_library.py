"""Evidence used twice: finding a file that was sent before, citing it, and that each row lives and dies alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import lxml.html
import pytest
from flask import Flask
from sqlalchemy import select

from app import worker
from app.extensions import db
from app.models import Advice, Change, Evidence, HandIn, Round
from app.storage import evidence_store
from tests import files
from tests.conftest import NOW
from tests.person import REPORT, Person, png
from tests.services.doing import looking
from tests.stores import make_old
from tests.views.test_statements import counted

on_both_databases = "where marked"
OTHER = "/reports/2566-6/P-CPM-3/QP-2"
NEXT_ROUND = "/reports/2566-12/P-CPM-3/QP-1"
SLOT = "criterion.1"


def sent(
    person: Person, name: str = "แผน.pdf", content: bytes | None = None, *, slot: str = "criterion.2", report: str = OTHER
) -> str:
    response = person.upload(slot, (name, content or files.written(name)), report=report)
    assert response.status_code == 201, response.text
    return str(response.json["evidence"][0]["id"])


def cite(person: Person, source: str, *, slot: str = SLOT, place: str = "", report: str = REPORT, json_answer: bool = True):
    return person.post(f"{report}/evidence", {"source": source, "slot": slot, "place": place}, json_answer=json_answer)


def offered(person: Person, query: str = f"slot={SLOT}", report: str = REPORT) -> list[str]:
    page = person.page(f"{report}/library?{query}")
    return [link.text_content() for link in page.xpath("//ul[contains(@class,'shelf')]//div[@class='nm']/a")]


def slot_text(person: Person, slot: str = SLOT, report: str = REPORT) -> str:
    return " ".join(person.page(report).xpath(f"//div[@data-slot='{slot}']")[0].text_content().split())


def look(app: Flask) -> None:
    with app.app_context():
        worker.run_due()


# --- finding ---------------------------------------------------------------------------------------------------------------------


def test_the_library_offers_what_the_office_sent_with_what_it_was_sent_for(app, reporter):
    sent(reporter, "แผน.pdf", files.written(pages=7))
    look(app)
    assert offered(reporter) == ["แผน.pdf"]
    text = " ".join(reporter.page(f"{REPORT}/library?slot={SLOT}").text_content().split())
    assert "QP 2 ประเด็นที่ 2" in text
    assert "7 หน้า" in text
    link = reporter.page(REPORT).xpath(f"//div[@data-slot='{SLOT}']//a[contains(@href,'/library')]/@href")[0]
    assert link == f"{REPORT}/library?slot={SLOT}"


@pytest.mark.postgresql
def test_files_of_other_offices_are_never_offered_nor_cited(reporter, sign_in):
    foreign = sent(sign_in("reporter.p-cpm-2"), "ของเขตสอง.pdf", report="/reports/2566-6/P-CPM-2/QP-2")
    sent(reporter, "ของเรา.pdf")
    assert offered(reporter) == ["ของเรา.pdf"]
    assert cite(reporter, foreign).status_code == 404
    assert reporter.get(f"/reports/2566-6/P-CPM-2/QP-1/library?slot={SLOT}").status_code == 404
    for nonsense in (str(uuid4()), "x", ""):
        assert cite(reporter, nonsense).status_code == 404


@pytest.mark.postgresql
def test_what_lies_in_the_slot_was_deleted_or_is_of_the_wrong_kind_is_not_offered(reporter):
    here = sent(reporter, "ที่นี่.pdf", slot=SLOT, report=REPORT)
    gone = sent(reporter, "ลบแล้ว.pdf")
    sent(reporter, "ภาพ.png", png(), slot="criterion.1")
    reporter.delete(f"/evidence/{gone}")
    assert offered(reporter) == ["ภาพ.png"]
    assert offered(reporter, "slot=pa.lesson") == ["ที่นี่.pdf"]
    assert offered(reporter, "slot=criterion.3") == ["ที่นี่.pdf", "ภาพ.png"]
    assert cite(reporter, gone).status_code == 404
    assert cite(reporter, here).status_code == 409


@pytest.mark.postgresql
def test_the_newest_comes_first_and_names_rounds_and_indicators_narrow_the_list(app, reporter):
    sent(reporter, "คำสั่ง แต่งตั้ง.pdf")
    app.config["EMES_NOW"] = NOW + timedelta(minutes=1)
    sent(reporter, "แผน 100%.pdf", report="/reports/2566-6/P-CPM-3/QP-3")
    assert offered(reporter) == ["แผน 100%.pdf", "คำสั่ง แต่งตั้ง.pdf"]
    for query, found in [
        ("q=แต่งตั้ง+คำสั่ง", ["คำสั่ง แต่งตั้ง.pdf"]),
        ("q=100%25", ["แผน 100%.pdf"]),
        ("q=%25", ["แผน 100%.pdf"]),
        ("q=_", []),
        ("indicator=QP-2", ["คำสั่ง แต่งตั้ง.pdf"]),
        ("round=2566-6", ["แผน 100%.pdf", "คำสั่ง แต่งตั้ง.pdf"]),
        ("round=2566-12", []),
    ]:
        assert offered(reporter, f"slot={SLOT}&{query}") == found, query
    shown = reporter.page(f"{REPORT}/library?slot={SLOT}&q=แผน&indicator=QP-3")
    assert shown.get_element_by_id("q").get("value") == "แผน"
    assert shown.xpath("//select[@name='indicator']/option[@selected]/@value") == ["QP-3"]


def test_a_long_list_is_cut_into_pages_at_a_steady_price(app, reporter):
    with counted() as few:
        offered(reporter)
    number = 0
    for indicator in ("QP-2", "QP-3", "QP-4"):
        for slot in ("criterion.1", "criterion.2", "criterion.3"):
            for _ in range(3):
                number += 1
                app.config["EMES_NOW"] = NOW + timedelta(seconds=number)
                sent(reporter, f"{number}.pdf", slot=slot, report=f"/reports/2566-6/P-CPM-3/{indicator}")
    with counted() as many:
        first = offered(reporter)
    assert len(many) == len(few) + 0 <= 8, (len(few), len(many))
    page = reporter.page(f"{REPORT}/library?slot={SLOT}&q=pdf")
    following = page.xpath("//a[@rel='next']/@href")[0]
    second = offered(reporter, following.partition("?")[2])
    assert [int(name.removesuffix(".pdf")) for name in first + second] == list(range(27, 0, -1))
    for strange in ("0", "-1", "x", "99", "๒", "9" * 30):
        assert len(offered(reporter, f"slot={SLOT}&page={strange}")) in (20, 7)


def test_a_slot_that_there_is_not_is_not_found(reporter):
    assert reporter.get(f"{REPORT}/library?slot=criterion.9").status_code == 404
    assert reporter.get(f"{REPORT}/library").status_code == 200
    assert cite(reporter, sent(reporter), slot="criterion.9").status_code == 404


def test_only_writers_see_the_library_and_only_while_the_round_is_open(app, reporter, sign_in):
    source = sent(reporter)
    for name in ("director.p-cpm-3", "central"):
        person = sign_in(name)
        assert person.get(f"{REPORT}/library?slot={SLOT}").status_code == 403
        assert cite(person, source).status_code == 403
    app.config["EMES_NOW"] = NOW + timedelta(days=30)
    late = reporter.signed_in("reporter.p-cpm-3@emes.test")
    late.token = ""
    assert late.get(f"{REPORT}/library?slot={SLOT}").status_code == 409
    assert cite(late, source).status_code == 409
    assert cite(late, source, json_answer=False).status_code == 409


# --- citing ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_file_is_used_a_second_time_without_its_bytes(app, reporter):
    source = sent(reporter, "แผน.pdf")
    before = set(evidence_store_keys(app))
    response = cite(reporter, source, place=" หน้า ๔–๖ ")
    assert response.status_code == 201
    assert "อ้างถึงไฟล์ของ QP 2 ประเด็นที่ 2" in response.json["html"][f"slot-{SLOT}"]
    assert set(evidence_store_keys(app)) == before
    text = slot_text(reporter)
    assert "อ้างถึงไฟล์ของ QP 2 ประเด็นที่ 2 · หน้า ๔–๖" in text
    view = reporter.page(REPORT).xpath(f"//div[@data-slot='{SLOT}']//a[@target='_blank']/@href")[0]
    assert view.endswith("?view=1#page=4")
    assert reporter.get(view.partition("#")[0]).data == files.written("แผน.pdf")
    with looking(app):
        rows = list(db.session.scalars(select(Evidence).where(Evidence.original_name == "แผน.pdf")))
        assert len({row.storage_key for row in rows}) == 1
        assert sorted(str(row.cites_id) for row in rows) == sorted(["None", source])
        assert (
            db.session.scalars(select(Change.new_value).where(Change.what == f"evidence.cited:{SLOT}")).one()
            == "แผน.pdf · หน้า ๔–๖"
        )


def evidence_store_keys(app: Flask) -> list[str]:
    with app.app_context():
        return list(evidence_store().keys())


def test_a_clip_opens_at_its_minute(reporter):
    cite(reporter, sent(reporter, "คลิป.mp4", files.clip()), place="นาที 2.10")
    assert reporter.page(REPORT).xpath(f"//div[@data-slot='{SLOT}']//a[@target='_blank']/@href")[0].endswith("#t=130")


def test_it_works_without_script_and_a_refusal_keeps_what_was_typed(reporter):
    source = sent(reporter, "แผน.pdf")
    long = "ก" * 61
    refused = reporter.post(f"{REPORT}/evidence?q=แผน", {"source": source, "slot": SLOT, "place": long})
    assert refused.status_code == 422
    page = lxml.html.fromstring(refused.text)
    assert page.get_element_by_id(f"place-{source}").get("value") == long
    assert "60" in page.get_element_by_id(f"err-{source}").text_content()
    assert page.get_element_by_id("q").get("value") == "แผน"
    done = reporter.post(f"{REPORT}/evidence", {"source": source, "slot": SLOT, "place": "หน้า 2"})
    assert (done.status_code, done.location) == (303, f"{REPORT}#f-criterion-1")
    again = reporter.post(f"{REPORT}/evidence", {"source": source, "slot": SLOT, "place": "หน้า 2"})
    assert again.status_code == 409
    assert (
        "แผน.pdf” ในรายการนี้อยู่แล้ว"
        in lxml.html.fromstring(again.text).xpath("//div[contains(@class,'errsum')]")[0].text_content()
    )


def test_a_citation_counts_in_its_slot_and_the_fourth_is_refused(reporter):
    sources = [sent(reporter, f"{number}.pdf", slot=f"criterion.{number % 3 + 1}") for number in range(4)]
    assert [cite(reporter, source).status_code for source in sources] == [201, 201, 201, 409]
    for number in (1, 2, 3):
        assert f"{number - 1}.pdf" in slot_text(reporter)
    readiness = reporter.patch(REPORT, {"criterion.1.complete": (True, 0)}).json["missing"]
    assert not [item for item in readiness if item["key"].startswith("criterion.1")]


def test_the_lesson_takes_only_a_pdf_and_its_pages_are_judged_here(app, reporter):
    picture = sent(reporter, "ภาพ.png", png(), slot="criterion.1")
    long = sent(reporter, "ยาว.pdf", files.written(pages=3))
    assert cite(reporter, picture, slot="pa.lesson").status_code == 422
    assert cite(reporter, long, slot="pa.lesson").status_code == 201
    look(app)
    with looking(app):
        assert [row.kind for row in db.session.scalars(select(Advice)) if row.kind != "blank"] == ["too_many_pages"]


def test_citing_is_no_copying_in_the_eyes_of_the_evaluator(app, reporter):
    source = sent(reporter)
    look(app)
    cite(reporter, source)
    cite(reporter, source, slot="criterion.3")
    look(app)
    with looking(app):
        assert list(db.session.scalars(select(Advice))) == []


@pytest.mark.postgresql
def test_an_earlier_round_can_be_cited_and_is_named(app, reporter):
    source = sent(reporter, "ปีก่อน.pdf")
    with looking(app):
        app.config["EMES_NOW"] = db.session.scalars(select(Round.opens_at).where(Round.code == "2566-12")).one() + timedelta(
            days=1
        )
    late = reporter.signed_in("reporter.p-cpm-3@emes.test")
    assert offered(late, report=NEXT_ROUND) == ["ปีก่อน.pdf"]
    assert cite(late, source, report=NEXT_ROUND).status_code == 201
    assert "QP 2 ประเด็นที่ 2 · รอบ" in slot_text(late, report=NEXT_ROUND)
    look(app)
    with looking(app):
        assert list(db.session.scalars(select(Advice))) == []


@pytest.mark.postgresql
def test_citing_a_citation_cites_the_file_itself(app, reporter):
    source = sent(reporter)
    first = cite(reporter, source).json["evidence"][0]["id"]
    second = cite(reporter, first, slot="criterion.3").json["evidence"][0]["id"]
    reporter.delete(f"/evidence/{source}")
    third = cite(reporter, second, report="/reports/2566-6/P-CPM-3/QP-3").json["evidence"][0]["id"]
    with looking(app):
        cites = {str(row.id): str(row.cites_id) for row in db.session.scalars(select(Evidence))}
    assert (cites[second], cites[third]) == (source, second)


@pytest.mark.parametrize("which", ["the file", "the citation"])
def test_deleting_one_leaves_the_other_whole_and_can_be_undone(app, reporter, which):
    source = sent(reporter, "แผน.pdf")
    citation = cite(reporter, source).json["evidence"][0]["id"]
    gone, stays = (source, citation) if which == "the file" else (citation, source)
    undo = reporter.delete(f"/evidence/{gone}").json["undo"]
    with app.app_context():
        make_old(evidence_store())
    look(app)
    assert reporter.get(f"/evidence/{stays}").data == files.written("แผน.pdf")
    assert reporter.get(f"/evidence/{gone}").status_code == 404
    if which == "the file":
        assert offered(reporter, "slot=criterion.3") == ["แผน.pdf"], "offered by its citation"
    assert reporter.post(undo, json_answer=True).status_code == 200
    assert reporter.get(f"/evidence/{gone}").data == files.written("แผน.pdf")


def test_what_is_handed_in_carries_the_place(app, reporter):
    reporter.report_everything()
    cite(reporter, sent(reporter), place="หน้า 4")
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    with looking(app):
        entries = db.session.scalars(select(HandIn)).one().content["evidence"]
    assert [entry["place"] for entry in entries if entry["cites"]] == ["หน้า 4"]


@pytest.mark.postgresql
def test_a_zero_byte_in_the_filters_is_no_fault(reporter):
    for name in ("q", "indicator", "round"):
        assert reporter.get(f"{REPORT}/library?slot=criterion.1&{name}=%00x").status_code == 200
