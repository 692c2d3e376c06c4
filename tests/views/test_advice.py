"""The evaluator's eye before sending: what is remarked on a file, and answering it. Nothing of it hinders saving or sending."""

from __future__ import annotations

from datetime import timedelta

import lxml.html
import pytest
from flask import Flask
from sqlalchemy import select

from app import worker
from app.extensions import db
from app.models import Advice, Change, Document, Evidence, HandIn, Round
from app.services import inspection
from app.storage import evidence_store
from tests import files
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf, pdf
from tests.services.doing import looking
from tests.stores import bytes_of
from tests.views.test_statements import counted

on_both_databases = "where marked"
OTHER = "/reports/2566-6/P-CPM-3/QP-2"
NEXT_ROUND = "/reports/2566-12/P-CPM-3/QP-1"
LESSON = "pa.lesson"


def look(app: Flask) -> int:
    """What the worker does every few seconds."""
    with app.app_context():
        return worker.run_due()["inspected"]


def kinds(app: Flask) -> list[tuple[str, str]]:
    """All that was remarked, as (name of the file, kind)."""
    with looking(app):
        rows = db.session.execute(
            select(Evidence.original_name, Advice.kind).join(Evidence, Evidence.id == Advice.evidence_id).order_by(Advice.id)
        )
        return [(name, kind) for name, kind in rows]


def cards(person: Person, path: str = REPORT) -> list[str]:
    return [
        " ".join(card.text_content().split())
        for card in person.page(path).xpath("//div[contains(@class,'adv ') or @class='adv']")
    ]


def keys(person: Person, path: str = REPORT) -> list[str]:
    return [str(found) for found in person.page(path).xpath("//button[@name='advice']/@value")]


def answer(person: Person, reason: str, *, key: str | None = None, report: str = REPORT, json_answer: bool = True, **more):
    key = keys(person, report)[0] if key is None else key
    return person.post(f"{report}/advice", {"advice": key, "reason": reason} | more, json_answer=json_answer)


# --- what is remarked ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slot", "name", "content", "found"),
    [
        ("criterion.1", "ดี.pdf", files.written(), []),
        ("criterion.1", "เสีย.pdf", b"%PDF-1.4 broken", ["unreadable"]),
        ("criterion.1", "ล็อก.pdf", files.locked(), ["locked"]),
        ("criterion.1", "ว่าง.pdf", pdf(2), ["blank"]),
        ("criterion.1", "สแกน.pdf", files.white_scan(), ["blank"]),
        ("criterion.1", "ล็อก.docx", files.locked_office(), ["locked"]),
        ("criterion.1", "ระเบิด.docx", files.entity_bomb(), ["unreadable"]),
        ("criterion.1", "ขาด.mp4", files.clip()[:-9], ["unreadable"]),
        ("criterion.1", "ยาว.pdf", files.written(pages=3), []),
        (LESSON, "บทเรียน.pdf", files.written(pages=3), ["too_many_pages"]),
        (LESSON, "บทเรียน.pdf", files.written(pages=1), []),
        (LESSON, "บทเรียน.pdf", pdf(2), ["blank", "too_many_pages"]),
        (LESSON, "บทเรียน.pdf", files.locked(), ["locked"]),
    ],
)
def test_every_file_is_taken_and_remarked_on_afterwards(app, reporter, slot, name, content, found):
    response = reporter.upload(slot, (name, content))
    assert response.status_code == 201
    assert kinds(app) == []
    assert look(app) == 1
    assert kinds(app) == [(name, kind) for kind in found]
    assert len(cards(reporter)) == len(found)
    assert look(app) == 0, "a file is looked into once"


def test_until_a_file_was_looked_into_the_page_says_so_and_then_tells_its_pages(app, reporter):
    reporter.upload("criterion.1", ("ก.pdf", files.written(pages=4)))
    assert reporter.page(REPORT).xpath("//*[@data-waiting]")
    look(app)
    page = reporter.page(REPORT)
    assert not page.xpath("//*[@data-waiting]")
    assert "4 หน้า" in page.xpath("//div[@data-slot='criterion.1']")[0].text_content()
    fragment = reporter.get(f"{REPORT}/slots/criterion.1", headers={"Accept": "application/json"})
    assert "4 หน้า" in fragment.json["html"]["slot-criterion.1"]


def test_the_lesson_says_how_many_pages_it_has(app, reporter):
    reporter.upload(LESSON, ("บทเรียน.pdf", files.written(pages=3)))
    look(app)
    assert "3 หน้า" in cards(reporter)[0]


def test_the_later_of_two_equal_files_is_remarked_on_and_says_where_the_other_is(app, reporter):
    content = files.written()
    reporter.upload("criterion.2", ("ต้นฉบับ.pdf", content), report=OTHER)
    app.config["EMES_NOW"] = NOW + timedelta(minutes=1)
    reporter.upload("criterion.1", ("สำเนา.pdf", content))
    look(app)
    assert kinds(app) == [("สำเนา.pdf", "duplicate_criterion")]
    assert "ต้นฉบับ.pdf · QP 2 ประเด็นที่ 2" in cards(reporter)[0]
    assert cards(reporter, OTHER) == []


def test_the_same_file_twice_in_one_issue_is_no_matter(app, reporter):
    reporter.upload("criterion.1", ("ก.pdf", files.written()), ("ข.pdf", files.written()))
    look(app)
    assert kinds(app) == []


def test_a_file_of_the_last_round_is_remarked_on_in_this_one(app, reporter):
    reporter.upload("criterion.1", ("ปีก่อน.pdf", files.written()))
    with looking(app):
        app.config["EMES_NOW"] = db.session.scalars(select(Round.opens_at).where(Round.code == "2566-12")).one() + timedelta(
            days=1
        )
    late = reporter.signed_in("reporter.p-cpm-3@emes.test")
    assert late.upload("criterion.1", ("ปีนี้.pdf", files.written()), report=NEXT_ROUND).status_code == 201
    look(app)
    assert kinds(app) == [("ปีนี้.pdf", "duplicate_year")]
    assert "ปีก่อน.pdf · QP 1 ประเด็นที่ 1 · รอบ" in cards(late, NEXT_ROUND)[0]


def test_a_file_of_another_office_is_remarked_on_without_a_word_about_the_office(app, reporter, sign_in):
    other = sign_in("reporter.p-cpm-2")
    other.upload("criterion.3", ("ไฟล์ของเขตสอง.pdf", files.written()), report="/reports/2566-6/P-CPM-2/QP-4")
    look(app)
    app.config["EMES_NOW"] = NOW + timedelta(minutes=1)
    reporter.upload("criterion.1", ("สำเนา.pdf", files.written()))
    look(app)
    assert kinds(app) == [("สำเนา.pdf", "duplicate_area")]
    page = reporter.get(REPORT).text
    assert "เขตพื้นที่อื่น" in page
    for secret in ("ไฟล์ของเขตสอง", "เขต 2", "P-CPM-2", "QP 4"):
        assert secret not in cards(reporter)[0]
    with looking(app):
        assert db.session.scalars(select(Advice)).one().same_as_id is None


@pytest.mark.postgresql
def test_what_the_centre_publishes_may_be_sent_by_everybody(app, reporter, sign_in):
    with looking(app):
        row = db.session.scalars(select(Document).where(Document.extension == "pdf")).first()
        assert row is not None
        circular = bytes_of(evidence_store(), row.storage_key)
        document_id = row.id
    reporter.upload("criterion.1", ("หนังสือเวียน.pdf", circular))
    reporter.upload("criterion.1", ("หนังสือเวียน.pdf", circular), report=OTHER)
    sign_in("reporter.p-cpm-2").upload("criterion.1", ("เวียน.pdf", circular), report="/reports/2566-6/P-CPM-2/QP-1")
    look(app)
    assert not [kind for _, kind in kinds(app) if kind.startswith("duplicate")]
    with app.app_context():
        db.session.get(Document, document_id).active = False
        db.session.commit()
    reporter.upload("criterion.2", ("หนังสือเวียน.pdf", circular))
    look(app)
    assert {kind for _, kind in kinds(app) if kind.startswith("duplicate")} == {"duplicate_criterion", "duplicate_area"}


@pytest.mark.postgresql
def test_a_deleted_file_takes_its_remarks_with_it_and_those_of_its_copies(app, reporter):
    first = reporter.upload("criterion.1", ("หนึ่ง.pdf", files.written())).json["evidence"][0]["id"]
    look(app)
    app.config["EMES_NOW"] = NOW + timedelta(minutes=1)
    reporter.upload("criterion.2", ("สอง.pdf", files.written()), ("ว่าง.pdf", one_page_pdf()))
    look(app)
    assert kinds(app) == [("สอง.pdf", "duplicate_criterion"), ("ว่าง.pdf", "blank")]
    gone = reporter.delete(f"/evidence/{first}")
    look(app)
    assert kinds(app) == [("ว่าง.pdf", "blank")]
    blank = reporter.page(REPORT).xpath("//li[.//*[contains(text(),'ว่าง.pdf')]]/@id")[0].removeprefix("file-")
    undo = reporter.delete(f"/evidence/{blank}").json["undo"]
    assert cards(reporter) == []
    assert kinds(app) == [("ว่าง.pdf", "blank")], "kept in the table"
    for address in (gone.json["undo"], undo):
        assert reporter.post(address, json_answer=True).status_code == 200
    assert look(app) == 2, "what comes back is looked into again"
    assert len(cards(reporter)) == 1


def test_level_5_without_a_file_is_remarked_on_at_once(reporter):
    saved = reporter.patch(REPORT, {"self_level": (5, 0)})
    assert "ระดับ 5" in saved.json["html"]["advice-level"]
    assert "1, 2, 3" in cards(reporter)[0]
    for number in (1, 2, 3):
        reporter.upload(f"criterion.{number}", (f"{number}.pdf", files.written(str(number))))
    assert cards(reporter) == []
    reporter.patch(REPORT, {"self_level": (4, 1)})
    assert cards(reporter) == []


# --- answering it ----------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_reason_is_kept_shown_and_put_on_record(app, reporter):
    reporter.upload("criterion.1", ("ว่าง.pdf", one_page_pdf()))
    look(app)
    assert "1" in reporter.page(REPORT).xpath("//p[@class='adv-count']")[0].text_content()
    key = keys(reporter)[0]
    kept = answer(reporter, "  หน้าปกตั้งใจ\nเว้นว่าง ")
    assert kept.status_code == 200
    assert "หน้าปกตั้งใจ เว้นว่าง" in kept.json["html"]["slot-criterion.1"]
    card = cards(reporter)[0]
    assert "ส่งตามเดิมเพราะ หน้าปกตั้งใจ เว้นว่าง" in card
    assert "วันนี้" in card
    assert not reporter.page(REPORT).xpath("//p[@class='adv-count']")
    assert answer(reporter, "เหตุผลใหม่", key=key).status_code == 200
    with looking(app):
        row = db.session.scalars(select(Advice)).one()
        assert (row.reason, row.answered_at, bool(row.answered_by_id)) == ("เหตุผลใหม่", NOW, True)
        changes = db.session.scalars(select(Change).where(Change.what == "advice.blank:criterion.1").order_by(Change.id))
        assert [(change.old_value, change.new_value) for change in changes] == [
            (None, "หน้าปกตั้งใจ เว้นว่าง"),
            ("หน้าปกตั้งใจ เว้นว่าง", "เหตุผลใหม่"),
        ]


def test_a_reason_is_given_without_script_from_either_page(app, reporter):
    reporter.report_everything()
    look(app)
    boxes = keys(reporter)
    assert len(boxes) == 9, "five blank files, four of them copies"
    response = reporter.post(f"{REPORT}/advice", {"advice": boxes[0], f"reason.{boxes[0]}": "หนึ่ง", f"reason.{boxes[1]}": "สอง"})
    assert (response.status_code, response.location.partition("#")[0]) == (303, REPORT)
    assert [card for card in cards(reporter) if "หนึ่ง" in card]
    assert not [card for card in cards(reporter) if "สอง" in card]
    response = reporter.post(f"{REPORT}/advice", {"advice": boxes[1], "reason": "สาม", "then": "check"})
    assert (response.status_code, response.location) == (303, f"{REPORT}/check")
    assert [card for card in cards(reporter, f"{REPORT}/check") if "สาม" in card]


def test_a_reason_that_is_none_is_refused_beside_its_box_and_not_lost(app, reporter):
    reporter.report_everything()
    look(app)
    key, long = keys(reporter)[0], "ก" * 301
    assert answer(reporter, " \u200b ", key=key).status_code == 422
    for then in ("", "check"):
        response = reporter.post(f"{REPORT}/advice", {"advice": key, "reason": long, "then": then})
        assert response.status_code == 422
        page = lxml.html.fromstring(response.text)
        box = page.get_element_by_id(f"why-{key}")
        assert box.text.strip() == long
        assert "300" in page.get_element_by_id(box.get("aria-describedby")).text_content()
        assert box.xpath("ancestor::details/@open")
    assert answer(reporter, long[:300], key=key).status_code == 200


@pytest.mark.postgresql
def test_the_reason_for_the_level_holds_until_another_issue_loses_its_file(app, reporter):
    files_of = [
        reporter.upload(f"criterion.{n}", (f"{n}.pdf", files.written(str(n)))).json["evidence"][0]["id"] for n in (1, 2, 3)
    ]
    reporter.patch(REPORT, {"self_level": (5, 0)})
    assert answer(reporter, "x", key="level_without_file").status_code == 404, "there is nothing to answer"
    reporter.delete(f"/evidence/{files_of[0]}")
    assert answer(reporter, "ส่งทางไปรษณีย์แล้ว").json["html"]["advice-level"].count("ส่งทางไปรษณีย์แล้ว")
    assert "ส่งตามเดิมเพราะ ส่งทางไปรษณีย์แล้ว" in cards(reporter)[0]
    reporter.delete(f"/evidence/{files_of[1]}")
    assert "ส่งตามเดิมเพราะ" not in cards(reporter)[0]
    assert answer(reporter, "ทั้งสองประเด็น").status_code == 200
    assert "ส่งตามเดิมเพราะ ทั้งสองประเด็น" in cards(reporter)[0]
    with looking(app):
        assert len(list(db.session.scalars(select(Advice)))) == 1


def test_advice_never_hinders_sending_and_is_handed_in_with_the_report(app, reporter):
    reporter.report_everything()
    look(app)
    answer(reporter, "ตั้งใจ")
    check = reporter.page(f"{REPORT}/check")
    assert len(check.xpath("//section[@aria-labelledby='remarks']//div[contains(@class,'adv')]//p")) >= 9
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    with looking(app):
        advice = db.session.scalars(select(HandIn)).one().content["advice"]
    assert sorted(entry["kind"] for entry in advice) == ["blank"] * 5 + ["duplicate_criterion"] * 4
    assert sorted({str(entry["reason"]) for entry in advice}) == ["None", "ตั้งใจ"]


def test_a_reason_given_after_sending_leaves_the_report_sent(app, reporter):
    reporter.report_everything()
    reporter.post(f"{REPORT}/submit")
    look(app)
    assert answer(reporter, "ตั้งใจ").status_code == 200
    assert reporter.page(REPORT).xpath("//span[@data-part='status']//span[contains(@class,'tag ok')]")


def test_the_dashboard_counts_open_remarks_apart_from_what_is_missing(app, reporter):
    reporter.upload("criterion.1", ("ว่าง.pdf", one_page_pdf()))
    look(app)
    row = "//tr[.//span[@class='qp' and text()='1']]"
    assert "ข้อสังเกต 1 ข้อ" in reporter.page("/reports/2566-6/P-CPM-3/").xpath(row)[0].text_content()
    answer(reporter, "ตั้งใจ")
    assert "ข้อสังเกต" not in reporter.page("/reports/2566-6/P-CPM-3/").xpath(row)[0].text_content()


@pytest.mark.postgresql
def test_only_writers_of_the_office_answer_and_only_while_the_round_is_open(app, reporter, sign_in):
    reporter.upload("criterion.1", ("ว่าง.pdf", one_page_pdf()))
    look(app)
    key = keys(reporter)[0]
    for name, status in [("director.p-cpm-3", 403), ("central", 403), ("reporter.p-cpm-2", 404)]:
        assert answer(sign_in(name), "x", key=key).status_code == status
    for reader in ("director.p-cpm-3", "central"):
        page = sign_in(reader).page(REPORT)
        assert "ดูเหมือนไม่มีเนื้อหา" in page.text_content()
        assert not page.xpath("//button[@name='advice']")
    for strange in ("999999", "0", "x", "level_without_file", "9" * 30, "๑"):
        assert answer(reporter, "x", key=strange).status_code == 404
    assert answer(reporter, "x", key="").status_code == 422
    assert answer(reporter, "x", key=key, report=OTHER).status_code == 404
    app.config["EMES_NOW"] = NOW + timedelta(days=30)
    late = reporter.signed_in("reporter.p-cpm-3@emes.test")
    late.token = ""
    assert answer(late, "x", key=key).status_code == 409
    assert cards(late) == [cards(late)[0]]
    with looking(app):
        assert db.session.scalars(select(Advice)).one().reason == ""


def test_a_page_costs_the_same_with_advice_and_citations(app, reporter):
    def costs() -> list[int]:
        found = []
        for path in (REPORT, "/reports/2566-6/P-CPM-3/", f"{REPORT}/slots/criterion.1"):
            with counted() as statements:
                assert reporter.get(path).status_code == 200
            found.append(len(statements))
        return found

    reporter.upload("criterion.1", ("ก.pdf", files.written()))
    look(app)
    few = costs()
    source = reporter.upload("criterion.1", ("ต้น.pdf", pdf(3)), report=OTHER).json["evidence"][0]["id"]
    app.config["EMES_NOW"] = NOW + timedelta(minutes=1)
    for slot in ("criterion.1", "criterion.2", "criterion.3", LESSON, "pa.evidence"):
        reporter.upload(slot, (f"{slot}.pdf", pdf(3)))
        reporter.post(f"{REPORT}/evidence", {"source": source, "slot": slot}, json_answer=True)
    reporter.post(f"{REPORT}/evidence", {"source": source, "slot": "criterion.2"}, json_answer=True)
    reporter.patch(REPORT, {"self_level": (5, 0)})
    look(app)
    assert len(cards(reporter)) >= 10
    many = costs()
    assert many == few, (few, many)
    assert max(many) <= 8
    with counted() as statements:
        assert reporter.patch(REPORT, {"problems": ("ใหม่", 0)}).status_code == 200
    assert len(statements) <= 13


# --- the worker ------------------------------------------------------------------------------------------------------------------


def test_a_worker_that_dies_in_the_middle_leaves_the_file_to_the_next(app, reporter, monkeypatch):
    reporter.upload("criterion.1", ("ว่าง.pdf", one_page_pdf()))

    def die(*_):
        raise SystemExit

    with monkeypatch.context() as patch, app.app_context(), pytest.raises(SystemExit):
        patch.setattr(inspection, "look_into", die)
        worker.run_due()
    assert kinds(app) == []
    assert look(app) == 1
    assert kinds(app) == [("ว่าง.pdf", "blank")]


def test_two_workers_that_look_into_the_same_file_note_it_once(app, reporter, monkeypatch):
    reporter.upload("criterion.1", ("ว่าง.pdf", one_page_pdf()))
    alone = inspection.look_into

    def meanwhile(path, extension):
        monkeypatch.setattr(inspection, "look_into", alone)
        with app.app_context():
            assert worker.run_due()["inspected"] == 1
        return alone(path, extension)

    monkeypatch.setattr(inspection, "look_into", meanwhile)
    assert look(app) == 0
    assert kinds(app) == [("ว่าง.pdf", "blank")]


@pytest.mark.postgresql
def test_a_file_deleted_while_it_is_looked_into_is_left_alone(app, reporter, monkeypatch):
    gone = reporter.upload("criterion.1", ("ว่าง.pdf", one_page_pdf())).json["evidence"][0]["id"]
    alone = inspection.look_into

    def meanwhile(path, extension):
        assert reporter.delete(f"/evidence/{gone}").status_code == 200
        return alone(path, extension)

    monkeypatch.setattr(inspection, "look_into", meanwhile)
    assert look(app) == 0
    assert kinds(app) == []


def test_one_file_that_meets_a_fault_does_not_hold_up_the_others(app, reporter, monkeypatch, caplog):
    reporter.upload("criterion.1", ("หนึ่ง.pdf", one_page_pdf()), ("สอง.png", files.picture(drawn=False)))
    alone = inspection.look_into

    def fail(path, extension):
        if extension == "pdf":
            raise RuntimeError("a fault of ours")
        return alone(path, extension)

    monkeypatch.setattr(inspection, "look_into", fail)
    assert look(app) == 1
    assert kinds(app) == [("สอง.png", "blank")]
    assert "met a fault" in caplog.text


def test_a_file_missing_in_the_store_does_not_open(app, reporter):
    reporter.upload("criterion.1", ("ก.pdf", files.written()))
    with looking(app):
        row = db.session.scalars(select(Evidence)).one()
        evidence_store().delete(row.storage_key)
    assert look(app) == 1
    assert kinds(app) == [("ก.pdf", "unreadable")]
