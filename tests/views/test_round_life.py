"""The centre brings a round from preparing to the archive and makes the next one from it: over HTTP."""

from __future__ import annotations

import pytest

from app import scope, worker
from app.domain import deadlines
from app.domain.errors import Conflict
from app.domain.round_life import Step
from app.extensions import db, transaction
from app.models import (
    Area,
    Change,
    Criterion,
    Dataset,
    Document,
    Indicator,
    Letter,
    Notice,
    OutboxMessage,
    Part,
    Publication,
    Round,
    Submission,
)
from app.services import round_life as life
from app.services import rounds
from app.services.round_life import Terms
from app.services.rounds import Plan
from tests.conftest import NOW
from tests.person import REPORT, one_page_pdf
from tests.services.doing import actor_for
from tests.services.test_locks import one_after_the_other
from tests.views.test_admin import typed_into
from tests.views.test_deadlines import DAY, HOUR, MINUTE, at, every, first
from tests.views.test_statements import cost

on_both_databases = "where marked"


def change_round(app, code="2566-6", **values):
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code=code).update(values)


def step(person, name, code="2566-6", *, seen, **terms):
    return person.post(f"/rounds/{code}/steps/{name}", {"seen": seen, "by_mail": "y"} | terms)


def run_due(app, moment):
    app.config["EMES_NOW"] = moment
    with app.app_context():
        return worker.run_due()


def figures(page):
    return {pair.xpath("string(dt)"): pair.xpath("string(dd)") for pair in page.xpath("//dl[contains(@class, 'figures')]/div")}


@pytest.fixture
def prepared(app):
    """A round that nobody but the centre knows of."""
    change_round(app, "2566-12", stage="preparing")
    return "/reports/2566-12/P-CPM-3/"


# --- being prepared, announced, taken back ---------------------------------------------------------------------------------


def test_a_round_that_is_being_prepared_does_not_exist_for_offices(app, prepared, reporter, central, stranger):
    assert reporter.get(prepared).status_code == 404
    assert reporter.get(f"{prepared}QP-1").status_code == 404
    assert reporter.patch(f"{prepared}QP-1", {"problems": ("x", 0)}).status_code == 404
    for person in (reporter, stranger):
        assert "รอบ 12 เดือน" not in person.get("/").text
    assert central.get(prepared).status_code == 200


def test_announcing_shows_the_round_to_every_office_and_tells_coordinators_and_directors(app, prepared, reporter, central):
    page = central.page("/rounds/2566-12/steps/announce")
    assert figures(page) == {"เขตที่เกี่ยวข้อง": "245", "ผู้ที่จะได้รับแจ้ง (คน)": "6", "เขตที่ไม่มีผู้ประสานงาน": "242"}
    assert step(central, "announce", "2566-12", seen="preparing").status_code == 303
    assert reporter.get(prepared).status_code == 200
    told = [row for row in every(app, Notice) if row.kind == "round_announced"]
    assert len(told) == 6 == len([row for row in every(app, OutboxMessage) if row.template == "notice"])
    with app.app_context():
        worker.send_mail()
    folder = app.config["EMES_DATA_DIR"] / "mail"
    assert len(list(folder.glob("*-notice.eml"))) == 6


def test_the_press_of_a_notice_leads_to_the_own_office_in_that_round(app, prepared, reporter, central):
    step(central, "announce", "2566-12", seen="preparing")
    path = next(row.path for row in every(app, Notice))
    assert reporter.get(path).location.endswith(prepared)
    assert reporter.get("/reports/?round=2599-6").location.endswith("/reports/2566-6/P-CPM-3/"), (
        "an unknown round: the current one"
    )


def test_offices_are_told_without_mail_where_the_centre_wants_none(app, prepared, central):
    central.post("/rounds/2566-12/steps/announce", {"seen": "preparing"})
    assert len(every(app, Notice)) == 6
    assert [row for row in every(app, OutboxMessage) if row.template == "notice"] == []


@pytest.mark.postgresql
def test_what_a_round_lacks_is_named_and_an_empty_one_is_not_announced(app, prepared, central):
    with app.app_context(), transaction():
        db.session.query(Indicator).filter(Indicator.round_id == first(app, Round, code="2566-12").id).update({"active": False})
    page = central.page("/rounds/2566-12/")
    assert "รอบนี้ยังไม่มีตัวชี้วัด" in page.text_content()
    refused = step(central, "announce", "2566-12", seen="preparing")
    assert refused.status_code == 422
    assert "รอบนี้ยังไม่มีตัวชี้วัด" in refused.text
    assert first(app, Round, code="2566-12").stage == "preparing"


def test_an_announcement_is_taken_back_with_a_reason_while_nobody_reported(app, reporter, central):
    assert step(central, "withdraw", "2566-12", seen="upcoming", reason=" ").status_code == 422
    assert step(central, "withdraw", "2566-12", seen="upcoming", reason="เลื่อนกำหนด").status_code == 303
    assert reporter.get("/reports/2566-12/P-CPM-3/").status_code == 404
    assert {row.context["reason"] for row in every(app, Notice)} == {"เลื่อนกำหนด"}


# --- opening and closing -----------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_opening_by_hand_lets_offices_write_at_once(app, reporter, central):
    report = "/reports/2566-12/P-CPM-3/QP-1"
    assert reporter.patch(report, {"problems": ("x", 0)}).status_code == 409
    assert step(central, "open-now", "2566-12", seen="upcoming").status_code == 303
    assert reporter.patch(report, {"problems": ("x", 0)}).status_code == 200
    run_due(app, NOW)
    assert [row.kind for row in every(app, Notice)] == ["round_opened"] * 6, "nobody is told twice of an opening"


def test_closing_by_hand_says_what_it_does_to_how_many_and_then_does_it(app):
    reporter = at(app, NOW - HOUR)
    reporter.report_everything()
    reporter.patch("/reports/2566-6/P-CPM-3/QP-2", {"problems": ("x", 0)})
    central = at(app, NOW, "central")
    page = central.page("/rounds/2566-6/steps/close-now")
    shown = figures(page)
    assert (shown["ครบแล้ว ยังไม่ส่ง"], shown["เริ่มแล้ว ยังไม่ครบ"], shown["ยังไม่เริ่ม"]) == ("1", "1", "2,938")
    assert step(central, "close-now", seen="open", reason="ระบบล่มทั้งประเทศ").status_code == 303
    assert first(app, Round, code="2566-6").closes_at == NOW
    assert reporter.upload("criterion.1", ("x.pdf", one_page_pdf())).status_code == 409
    assert reporter.patch(REPORT, {"problems": ("ต่อในเวลาผ่อนผัน", 1)}).status_code == 200
    assert run_due(app, NOW + HOUR + deadlines.SETTLE)["counted"] == 1


def test_a_step_asked_for_on_an_old_page_does_nothing(app, central):
    refused = step(central, "close-now", seen="upcoming", reason="ทดสอบ")
    assert refused.status_code == 409
    assert "กรุณาอ่านผลของขั้นตอนนี้อีกครั้ง" in refused.text
    assert "ทดสอบ" in refused.text, "what was typed is kept"
    assert step(central, "publish", seen="open").status_code == 409
    assert first(app, Round, code="2566-6").closes_at > NOW


@pytest.mark.postgresql
def test_opening_again_needs_a_later_closing_and_counts_anew(app, reporter, central):
    reporter.report_everything()
    step(central, "close-now", seen="open", reason="ทดสอบ")
    later = NOW + HOUR + deadlines.SETTLE
    run_due(app, later)
    central = at(app, later, "central")
    for until in ("", "01/03/2566 16.30", "พรุ่งนี้"):
        assert step(central, "reopen", seen="closed", reason="น้ำท่วม", until=until).status_code == 422
    assert step(central, "reopen", seen="closed", reason="น้ำท่วม", until="๒๕/๑๑/๒๕๖๙ ๑๖.๓๐").status_code == 303
    found = first(app, Round, code="2566-6")
    assert found.counted_for is None
    assert found.standing(later) == "open"
    assert at(app, later).patch("/reports/2566-6/P-CPM-3/QP-2", {"problems": ("x", 0)}).status_code == 200
    assert first(app, Submission).timing == "closing", "what counted at closing stays submitted"


def test_the_clock_tells_of_an_opening_once_and_not_of_one_long_ago(app):
    assert run_due(app, NOW)["rounds"] == 0, "the demonstration round opened three weeks ago"
    assert every(app, Notice) == []
    opens = first(app, Round, code="2566-12").opens_at
    assert run_due(app, opens)["rounds"] == 1
    assert {row.kind for row in every(app, Notice)} == {"round_opened"}
    assert run_due(app, opens + HOUR)["rounds"] == 0
    assert len(every(app, Notice)) == 6


# --- review, publication, archive ---------------------------------------------------------------------------------------------


def closed_and_counted(app):
    ends = first(app, Round, code="2566-6").window.ends_at + deadlines.SETTLE
    run_due(app, ends)
    return ends


def test_the_review_begins_by_hand_only_after_grace_and_counting(app):
    closes = first(app, Round, code="2566-6").closes_at
    early = step(at(app, closes, "central"), "begin-review", seen="closed")
    assert early.status_code == 422
    ends = first(app, Round, code="2566-6").window.ends_at
    assert step(at(app, ends, "central"), "begin-review", seen="closed").status_code == 422, "not counted yet"
    central = at(app, closed_and_counted(app), "central")
    assert step(central, "begin-review", seen="closed").status_code == 303
    assert first(app, Round, code="2566-6").stage == "review"
    assert step(central, "end-review", seen="review", reason="เริ่มเร็วเกินไป").status_code == 303
    assert first(app, Round, code="2566-6").stage == "running"


def test_the_review_begins_by_its_date_once_all_is_counted(app):
    closes = first(app, Round, code="2566-6").closes_at
    change_round(app, reviews_at=closes + 5 * DAY)
    closed_and_counted(app)
    assert first(app, Round, code="2566-6").stage == "running"
    run_due(app, closes + 5 * DAY)
    assert first(app, Round, code="2566-6").stage == "review"


def test_a_round_is_published_only_by_released_letters_and_then_archived(app):
    central = at(app, closed_and_counted(app), "central")
    step(central, "begin-review", seen="closed")
    refused = step(central, "publish", seen="review")
    assert refused.status_code == 422
    assert "ส่งหนังสือแจ้งผล" in refused.text
    release_letters(app, app.config["EMES_NOW"])
    assert step(central, "publish", seen="review").status_code == 303
    assert "results_published" in {row.kind for row in every(app, Notice)}
    assert run_due(app, app.config["EMES_NOW"])["rounds"] == 0, "nobody is told twice"
    assert "ประกาศผลแล้ว" in at(app, app.config["EMES_NOW"]).get("/reports/2566-6/P-CPM-3/").text
    assert step(central, "archive", seen="published").status_code == 303
    reporter = at(app, app.config["EMES_NOW"])
    assert reporter.get("/reports/2566-6/P-CPM-3/").status_code == 200, "it stays readable at its address"
    assert "2566-6" not in reporter.get("/reports/").location
    assert step(central, "bring-back", seen="archived").status_code == 303


def release_letters(app, moment) -> None:
    """A publication of the open round with a letter to one office, released for a moment."""
    with app.app_context(), scope.whole_country("a test releases a letter"), transaction():
        found, area = (
            db.session.query(Round).filter_by(code="2566-6").one(),
            db.session.query(Area).filter_by(code="P-CPM-3").one(),
        )
        frozen = Dataset(round_id=found.id, number=1, as_of=moment, row_count=0, digest="")
        values = {"number": 1, "state": "released", "created_at": moment, "release_at": moment}
        publication = Publication(round_id=found.id, dataset=frozen, **values)
        db.session.add(publication)
        db.session.flush()
        db.session.add(Letter(publication_id=publication.id, round_id=found.id, area_id=area.id, state="made", content={}))


def test_every_step_is_put_on_record_with_its_reason(app, central):
    step(central, "close-now", seen="open", reason="ทดสอบ")
    found = first(app, Change, what="step:close-now")
    assert (found.old_value, found.new_value, found.actor_name) == ("open", "ทดสอบ", "เจ้าหน้าที่ส่วนกลาง สาธิต")
    assert "ทดสอบ" in central.page("/rounds/2566-6/").text_content()
    assert first(app, Change, what="closes_at").new_value == str(NOW)


def test_offices_and_readers_run_no_round(sign_in):
    for name in ("coordinator.p-cpm-3", "evaluator1", "analyst"):
        person = sign_in(name)
        assert person.get("/rounds/2566-6/").status_code == 403
        assert step(person, "close-now", seen="open", reason="x").status_code == 403


@pytest.mark.postgresql
def test_the_desk_costs_the_same_whatever_offices_did(app, central, reporter):
    before = cost(central, "/rounds/2566-6/")
    reporter.report_everything()
    assert cost(central, "/rounds/2566-6/") == before <= 13
    assert cost(central, "/rounds/") <= 4


# --- the next round --------------------------------------------------------------------------------------------------------


def clone(person, app, source="2566-6", **typed):
    parts = [str(first(app, Part, round_id=first(app, Round, code=code).id, code=part).id) for code, part in CHOSEN]
    data = {
        "fiscal_year_be": "2567",
        "months": "12",
        "name_th": "รอบ 12 เดือน",
        "name_en": "12-month round",
        "opens_at": "01/09/2570 08.30",
        "closes_at": "30/09/2570 16.30",
        "reminds_at": "",
        "due_at": "",
        "parts": parts,
    }
    return person.post(f"/rounds/{source}/clone", data | typed)


CHOSEN = (("2566-6", "QP"), ("2566-12", "AP"), ("2566-12", "STD"))


def questions(app, code):
    with app.app_context():
        found = db.session.query(Round).filter_by(code=code).one()
        return [
            (
                indicator.full_code,
                indicator.text_th,
                [(row.number, row.text_th, row.min_files, row.form_document_id) for row in indicator.active_criteria],
                [(row.level, row.text_th) for row in indicator.levels],
                [(row.key, row.label_th, row.not_above_key) for row in indicator.active_quantities],
            )
            for part in found.parts
            for indicator in part.indicators
        ]


@pytest.mark.postgresql
def test_the_twelve_month_round_takes_over_qp_of_six_months_and_ap_and_std_of_the_year_before(app, central):
    assert clone(central, app).status_code == 303
    made = questions(app, "2567-12")
    source = {row[0]: row for row in [*questions(app, "2566-12"), *questions(app, "2566-6")]}
    assert len(made) == len(source) == 39
    assert all(row == source[row[0]] for row in made)
    with app.app_context():
        round_id = db.session.query(Round.id).filter_by(code="2567-12").scalar()
        assert [row.code for row in db.session.query(Part).filter_by(round_id=round_id).order_by(Part.sort_order)] == [
            "QP",
            "AP",
            "STD",
        ]
    assert first(app, Round, code="2567-12").stage == "preparing"


@pytest.mark.postgresql
def test_what_is_out_of_use_is_not_taken_over(app, central):
    with app.app_context(), transaction():
        indicator = db.session.query(Indicator).join(Round, Round.id == Indicator.round_id)
        one = indicator.filter(Round.code == "2566-6", Indicator.full_code == "QP-1").one()
        two = indicator.filter(Round.code == "2566-6", Indicator.full_code == "QP-2").one()
        two.active = False
        db.session.query(Criterion).filter_by(indicator_id=one.id, number=1).update({"active": False})
    assert clone(central, app).status_code == 303
    made = {row[0]: row for row in questions(app, "2567-12")}
    assert "QP-2" not in made
    assert 1 not in [number for number, *_ in made["QP-1"][2]]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"fiscal_year_be": "2566"}, "มีรอบ 2566-12 อยู่แล้ว"),
        ({"fiscal_year_be": "๒๕๖๖"}, "มีรอบ 2566-12 อยู่แล้ว"),
        ({"fiscal_year_be": "2023"}, "2566"),
        ({"parts": []}, "ส่วนที่ให้รายงานในรอบนี้"),
        ({"closes_at": "01/08/2570 16.30"}, "เปิด"),
        ({"closes_at": "เมื่อใดก็ได้"}, "เมื่อใดก็ได้"),
        ({"name_th": ""}, "ชื่อ (ไทย)"),
    ],
)
def test_a_next_round_that_does_not_fit_is_refused_with_what_was_typed(app, central, typed, said):
    refused = clone(central, app, **typed)
    assert refused.status_code in (409, 422)
    assert said in refused.text
    assert len(every(app, Round)) == 2


def test_one_part_is_not_taken_from_two_rounds(app, central):
    both = [str(first(app, Part, round_id=first(app, Round, code=code).id, code="QP").id) for code in ("2566-6", "2566-12")]
    refused = clone(central, app, parts=both)
    assert refused.status_code == 422
    assert "เลือกส่วน QP จากสองรอบ" in refused.text


# --- what was answered last time ------------------------------------------------------------------------------------------


def test_the_next_round_shows_beside_each_field_what_the_office_answered_last(app, reporter, central):
    figures_report = "/reports/2566-6/P-CPM-3/QP-X2"
    reporter.upload("criterion.1", ("หลักฐานรอบก่อน.pdf", one_page_pdf()))
    reporter.patch(REPORT, {"criterion.1.complete": (True, 0), "problems": ("งบประมาณไม่พอ", 0), "self_level": (4, 0)})
    reporter.patch(figures_report, {"quantity.sys_academic": ("77", 0)})
    page = reporter.page("/reports/2566-12/P-CPM-3/QP-1")
    words = page.text_content()
    assert "หลักฐานรอบก่อน.pdf" in words
    assert "ยืนยันว่าครบแล้ว" in words
    assert "งบประมาณไม่พอ" in words
    assert page.xpath("string(//section[@id='s5']//p[@class='last'])").split()[-3:] == ["2566):", "4", "ดีมาก"]
    assert "77" in reporter.page("/reports/2566-12/P-CPM-3/QP-X2").xpath("string(//table[@class='qt'])")
    assert reporter.page(REPORT).xpath("//*[contains(@class, 'last')]") == [], "the first round has none before it"


def test_what_another_office_answered_is_never_beside_ones_fields(app, reporter, sign_in):
    reporter.patch(REPORT, {"problems": ("ลับของชัยภูมิ 3", 0)})
    other = sign_in("reporter.p-cpm-2")
    assert "ลับของชัยภูมิ 3" not in other.get("/reports/2566-12/P-CPM-2/QP-1").text


def test_a_report_with_last_answers_stays_in_the_budget(reporter):
    for slot in ("criterion.1", "criterion.2", "pa.evidence"):
        reporter.upload(slot, *[(f"{number}.pdf", one_page_pdf()) for number in range(3)])
    reporter.patch(REPORT, {"problems": ("x", 0), "self_level": (4, 0)})
    assert cost(reporter, "/reports/2566-12/P-CPM-3/QP-1") <= 8


# --- steps, dates and the clock -----------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_round_that_is_not_announced_reminds_nobody_and_closes_without_a_word(app, central):
    change_round(app, stage="preparing", reminds_at=NOW - MINUTE)
    assert run_due(app, NOW)["reminded"] == 0
    run_due(app, first(app, Round, code="2566-6").closes_at + 2 * HOUR)
    assert every(app, OutboxMessage) == []
    assert (
        at(app, NOW, "central")
        .post("/monitor/2566-6/remind/send", {"area": ["P-CPM-3"], "audience": ["coordinators"]})
        .status_code
        == 404
    )


@pytest.mark.postgresql
def test_a_review_that_was_taken_back_stays_back_and_the_round_can_be_opened_again(app):
    closes = first(app, Round, code="2566-6").closes_at
    change_round(app, reviews_at=closes + 5 * DAY)
    closed_and_counted(app)
    run_due(app, closes + 5 * DAY)
    assert first(app, Round, code="2566-6").stage == "review"
    later = closes + 5 * DAY + HOUR
    assert step(at(app, later, "central"), "end-review", seen="review", reason="เร็วไป").status_code == 303
    run_due(app, later + MINUTE)
    assert first(app, Round, code="2566-6").stage == "running"
    central = at(app, later, "central")
    assert step(central, "reopen", seen="closed", reason="น้ำท่วม", until="20/12/2569 16.30").status_code == 303


@pytest.mark.postgresql
def test_who_reports_in_a_round_that_was_opened_again_is_not_late(app, reporter, central):
    reporter.report_everything()
    change_round(app, due_at=NOW - 3 * DAY, reminds_at=None, closes_at=NOW - DAY, grace_minutes=0)
    assert step(central, "reopen", seen="closed", reason="น้ำท่วม", until="25/11/2569 16.30").status_code == 303
    assert reporter.post(f"{REPORT}/submit").status_code == 303
    assert first(app, Submission).timing == "on_time"


@pytest.mark.postgresql
def test_a_round_announced_after_its_opening_is_told_once_and_by_mail_only_where_it_was_wanted(app, central):
    change_round(app, stage="preparing", opened_for=None, opens_at=NOW - HOUR)
    central.post("/rounds/2566-6/steps/announce", {"seen": "preparing"})
    run_due(app, NOW + MINUTE)
    assert {row.kind for row in every(app, Notice)} == {"round_announced"}
    assert [row for row in every(app, OutboxMessage) if row.template == "notice"] == []


@pytest.mark.postgresql
def test_a_date_that_is_corrected_in_an_open_round_is_no_news(app):
    change_round(app, opens_at=NOW - 2 * DAY, opened_for=NOW - 2 * DAY)
    change_round(app, opens_at=NOW - 2 * DAY + MINUTE)
    run_due(app, NOW)
    assert every(app, Notice) == []


@pytest.mark.postgresql
def test_the_outcome_is_not_announced_with_a_report_that_no_office_may_open(app, central):
    change_round(app, stage="review")
    with app.app_context(), transaction():
        row = db.session.query(Document).first()
        row.kind, row.round_id, row.for_centre, row.audience = "report", 1, True, "signed_in"
    assert step(central, "publish", seen="review").status_code == 422


def test_a_round_with_a_fault_holds_up_no_other(app, monkeypatch):
    for code in ("2566-6", "2566-12"):
        change_round(app, code, opens_at=NOW - HOUR, opened_for=None)
    real, faulty = life.advance, first(app, Round, code="2566-6").id

    def advance(round_id, **more):
        if round_id == faulty:
            raise RuntimeError
        return real(round_id, **more)

    monkeypatch.setattr(worker.round_life, "advance", advance)
    assert run_due(app, NOW)["rounds"] == 1
    assert {row.context["round"] for row in every(app, Notice)} == {"2566-12"}


def edited(central, **typed):
    return typed_into(central.page("/admin/rounds/edit/1")) | typed


@pytest.mark.postgresql
def test_the_time_of_a_published_round_comes_back_by_a_step_and_by_no_date(app, central, reporter):
    change_round(app, stage="published", due_at=None, reminds_at=None, closes_at=NOW - DAY)
    refused = central.post("/admin/rounds/edit/1", edited(central, closes_at="05/12/2569 16.30"))
    assert refused.status_code == 422
    assert "กรุณายกเลิกขั้นตอนนั้นก่อน" in refused.text
    assert reporter.patch(REPORT, {"problems": ("x", 0)}).status_code == 409


def test_a_save_of_dates_that_waited_for_a_step_sees_what_the_step_left(app, central):
    data, actor = edited(central, closes_at="05/12/2569 16.30"), actor_for(app, "central")
    came_to = one_after_the_other(
        app,
        lambda: life.take("2566-6", Step.CLOSE_NOW, Terms(None, "เหตุ"), seen="open", actor=actor, now=NOW),
        lambda: central.post("/admin/rounds/edit/1", data).status_code,
    )
    assert came_to == 422
    assert first(app, Round, code="2566-6").closes_at == NOW


def test_a_step_costs_little_to_look_at(central):
    assert cost(central, "/rounds/2566-6/steps/close-now") <= 8


@pytest.mark.postgresql
def test_two_who_make_the_same_round_at_once_make_one(app):
    actor = actor_for(app, "central")
    part = first(app, Part, round_id=first(app, Round, code="2566-6").id).id
    plan = Plan(2567, 6, "ก", "a", NOW + 100 * DAY, NOW + 130 * DAY, part_ids=(part,))

    def make():
        return rounds.clone("2566-6", plan, actor=actor, now=NOW).code

    assert isinstance(one_after_the_other(app, make, make), Conflict)
    assert [row.code for row in every(app, Round)].count("2567-6") == 1


def add_round(app, code, days_ago, *parts):
    year, months = (int(piece) for piece in code.split("-"))
    dates = {"opens_at": NOW - (days_ago + 30) * DAY, "closes_at": NOW - days_ago * DAY}
    with app.app_context(), transaction():
        row = Round(code=code, fiscal_year_be=year, months=months, name_th="ก", name_en="a", **dates)
        row.parts = [Part(code=part, name_th="ก", name_en="a") for part in parts]
        db.session.add(row)


def ticked(page):
    return [box.getparent().xpath("string(.//b)") for box in page.xpath("//input[@name='parts'][@checked]")]


def test_the_next_round_is_offered_what_the_latest_of_its_length_asked(app, central):
    add_round(app, "2565-12", 870, "AP")
    add_round(app, "2564-12", 1270, "GONE")
    change_round(app, "2566-12", stage="preparing")
    assert sorted(ticked(central.page("/rounds/2566-6/clone"))) == ["AP", "QP"]
    change_round(app, "2566-12", stage="running")
    assert ticked(central.page("/rounds/2566-12/clone")) == ["QP"], "six months ask QP alone"


@pytest.mark.postgresql
def test_a_report_that_was_only_opened_is_no_earlier_answer(app, reporter):
    reporter.patch(REPORT, {"problems": ("งบประมาณไม่พอ", 0)})
    assert "งบประมาณไม่พอ" in reporter.get("/reports/2566-12/P-CPM-3/QP-1").text
    with app.app_context(), scope.whole_country("a test"), transaction():
        db.session.query(Submission).update({"begun": False})
    assert "งบประมาณไม่พอ" not in reporter.get("/reports/2566-12/P-CPM-3/QP-1").text
