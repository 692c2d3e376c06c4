"""The whole of a round: handed in by the coordinator, endorsed by the director or who acts for the director, and taken back."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
from sqlalchemy.exc import IntegrityError

from app import scope, worker
from app.domain.round_life import Stage
from app.extensions import db, transaction
from app.models import EndorserAlarm, Extension, HandIn, Indicator, Notice, OfficeHandIn, OutboxMessage, Round, Submission
from app.queries import account as accounts
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf
from tests.services.doing import area_id_of, doing, looking, mails, user_id_of
from tests.views.test_statements import cost
from tests.views.test_team import BOARD, COORDINATOR, DIRECTOR, REPORTER, TEAM, text

on_both_databases = "where marked"

WHOLE = f"{BOARD}hand-in"


@pytest.fixture(autouse=True)
def _round_asks_for_endorsement(app) -> None:
    with doing(app):
        db.session.query(Round).filter_by(code="2566-6").one().asks_endorsement = True


@pytest.fixture
def coordinator(sign_in) -> Person:
    person: Person = sign_in(COORDINATOR)
    return person


@pytest.fixture
def director(sign_in) -> Person:
    person: Person = sign_in(DIRECTOR)
    return person


@pytest.fixture
def complete(app) -> None:
    """Every report of สพป.ชัยภูมิ เขต 3 is submitted."""
    submit_everything(app)


def submit_everything(app, *, but: tuple[str, ...] = ()) -> None:
    with app.app_context(), scope.whole_country("a test submits"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        area_id = area_id_of(app, "P-CPM-3")
        for indicator in db.session.query(Indicator).filter_by(round_id=found.id):
            if not indicator.applies_to_kind("primary") or indicator.full_code in but:
                continue
            report = Submission(
                round_id=found.id,
                area_id=area_id,
                indicator_id=indicator.id,
                state="submitted",
                started_at=NOW,
                changed_at=NOW,
                submitted_at=NOW,
                timing="on_time",
                receipt_number=f"QP66-6-3603-{indicator.code}",
            )
            content = {"fields": {}, "evidence": [], "round": {}, "area": {}, "indicator": {}}
            report.hand_ins = [
                HandIn(
                    area_id=area_id,
                    sequence=1,
                    receipt_number=report.receipt_number,
                    handed_in_at=NOW,
                    content=content,
                )
            ]
            db.session.add(report)


def at(app, name: str, moment) -> Person:
    """Somebody who signs in at another moment."""
    app.config["EMES_NOW"] = moment
    return Person(app).signed_in(f"{name}@emes.test")


def set_round(app, **values) -> None:
    with doing(app):
        found = db.session.query(Round).filter_by(code="2566-6").one()
        for name, value in values.items():
            setattr(found, name, value)


def whole(app) -> OfficeHandIn:
    with looking(app):
        found = db.session.query(OfficeHandIn).order_by(OfficeHandIn.id.desc()).first()
        assert found is not None
        return found


def let_act(person: Person, name: str, first: str, last: str):
    data = {
        "acting-person": str(user_id_of(person.app, name)),
        "acting-number": "45/2569",
        "acting-dated_on": "01/11/2569",
        "acting-first_day": first,
        "acting-last_day": last,
    }
    return person.post(f"{TEAM}/acting", data)


def squeezed(words: str) -> str:
    return "".join(unicodedata.normalize("NFKC", words).split())


def told(app, kind: str) -> set[int]:
    with app.app_context():
        return {row.user_id for row in db.session.query(Notice).filter_by(kind=kind)}


# --- handing in ----------------------------------------------------------------------------------------------------------------


def test_a_round_that_asks_for_no_endorsement_has_no_such_page_and_shows_nothing_new(app, coordinator):
    set_round(app, asks_endorsement=False)
    assert coordinator.get(WHOLE).status_code == 404
    assert coordinator.post(WHOLE).status_code == 404
    assert "hand-in" not in coordinator.get(BOARD).text


@pytest.mark.postgresql
def test_what_is_still_to_be_submitted_is_listed_and_nothing_is_handed_in(app, coordinator):
    submit_everything(app, but=("QP-4", "QP-X1"))
    page = coordinator.page(WHOLE)
    assert page.xpath("//li[starts-with(@id, 'owes-')]/@id") == ["owes-QP-4", "owes-QP-X1"]
    assert not page.xpath("//main//button[contains(., 'ส่งรายงานทั้งรอบ')]")
    refused = coordinator.post(WHOLE)
    assert refused.status_code == 422 and "เหลือตัวชี้วัดที่ยังไม่ได้ส่ง 2" in refused.text
    with looking(app):
        assert db.session.query(OfficeHandIn).count() == 0


@pytest.mark.postgresql
@pytest.mark.usefixtures("complete")
def test_the_coordinator_hands_the_whole_in_and_the_director_is_asked(app, coordinator, reporter, director):
    assert reporter.post(WHOLE).status_code == 403 and director.post(WHOLE).status_code == 403
    assert coordinator.post(WHOLE).status_code == 303
    row = whole(app)
    assert row.receipt_number == "R66-6-3603" and len(row.content["reports"]) == 12
    assert {line["receipt"] for line in row.content["reports"]} >= {"QP66-6-3603-1", "QP66-6-3603-X2"}
    assert told(app, "endorse_asked") == {user_id_of(app, DIRECTOR)}
    assert (f"{DIRECTOR}@emes.test", "hand_in") in mails(app)
    assert coordinator.post(WHOLE).status_code == 303 and whole(app).id == row.id, "a second press hands nothing in anew"
    assert "รอผู้อำนวยการรับรอง" in text(director.page(BOARD))
    with app.app_context():
        worker.run_due()
        assert db.session.query(OutboxMessage).filter_by(template="hand_in").one().sent_at is not None


@pytest.mark.postgresql
@pytest.mark.usefixtures("complete")
def test_the_database_itself_keeps_one_living_hand_in(app, coordinator):
    coordinator.post(WHOLE)
    row = whole(app)
    twin = OfficeHandIn(
        round_id=row.round_id,
        area_id=row.area_id,
        sequence=2,
        state="endorsed",
        receipt_number="R66-6-3603-2",
        handed_in_at=NOW,
        content={},
    )
    with pytest.raises(IntegrityError), scope.whole_country("a test"), doing(app):
        db.session.add(twin)
        db.session.flush()


@pytest.mark.postgresql
@pytest.mark.usefixtures("complete")
def test_another_office_sees_nothing_of_it(app, coordinator, sign_in):
    coordinator.post(WHOLE)
    for name in ("director.p-cpm-2", "coordinator.p-cpm-2", "reporter.p-cpm-2"):
        other = sign_in(name)
        assert other.get(WHOLE).status_code == 404
        assert other.get("/receipts/R66-6-3603").status_code == 404
    assert sign_in("director.p-cpm-2").post(f"{WHOLE}/endorse").status_code == 404
    assert sign_in("central").get(WHOLE).status_code == 200
    assert sign_in("central").post(f"{WHOLE}/endorse").status_code == 403


@pytest.mark.usefixtures("complete")
def test_a_report_of_a_round_that_is_handed_in_rests_until_it_is_withdrawn(app, coordinator, reporter):
    coordinator.post(WHOLE)
    for answer in (
        reporter.patch(REPORT, {"problems": ("เปลี่ยน", 0)}),
        reporter.upload("criterion.1", ("ก.pdf", one_page_pdf())),
        reporter.post(REPORT, {"version.problems": "0", "problems": "เปลี่ยน"}),
    ):
        assert answer.status_code == 409, answer.text[:300]
    refused = reporter.patch(REPORT, {"problems": ("เปลี่ยน", 0)})
    assert "R66-6-3603" in refused.text and "ถอนการส่ง" in refused.json["error"]
    page = reporter.page(REPORT)
    assert not page.xpath("//input[@type='file']") and page.xpath(f"//main//a[@href='{WHOLE}']")
    assert cost(reporter, REPORT) <= 8
    assert coordinator.post(f"{WHOLE}/withdraw", {"reason": "แก้ตัวเลข"}).status_code == 303
    assert reporter.patch(REPORT, {"problems": ("เปลี่ยน", 0)}).status_code == 200


@pytest.mark.postgresql
@pytest.mark.usefixtures("complete")
def test_a_report_that_the_centre_returned_is_mended_while_the_whole_stays_handed_in(app, coordinator, reporter):
    coordinator.post(WHOLE)
    with scope.whole_country("a test returns"), doing(app):
        db.session.query(Submission).filter_by(receipt_number="QP66-6-3603-1").one().state = "returned"
    assert reporter.patch(REPORT, {"problems": ("แก้แล้ว", 0)}).status_code == 200
    assert reporter.page(REPORT).xpath("//input[@type='file']")
    other = "/reports/2566-6/P-CPM-3/QP-2"
    assert reporter.patch(other, {"problems": ("แก้", 0)}).status_code == 409


@pytest.mark.usefixtures("complete")
def test_a_round_goes_on_asking_while_offices_have_handed_it_in(app, coordinator, sign_in):
    coordinator.post(WHOLE)
    central = sign_in("central")
    with looking(app):
        address = f"/admin/rounds/edit/{db.session.query(Round).filter_by(code='2566-6').one().id}"
    form = central.page(address).xpath("//main//form[.//input[@name='closes_at']]")[0]
    typed = {name: value for name, value in form.form_values() if name != "csrf_token"}
    assert "asks_endorsement" in typed
    refused = central.post(address, {name: value for name, value in typed.items() if name != "asks_endorsement"})
    assert "1 เขตส่งรายงานรอบนี้" in refused.text
    with looking(app):
        assert db.session.query(Round).filter_by(code="2566-6").one().asks_endorsement


# --- endorsing -----------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.usefixtures("complete")
def test_the_director_endorses_and_the_receipt_of_the_whole_says_who(app, coordinator, director, stranger):
    coordinator.post(WHOLE)
    assert director.post(f"{WHOLE}/endorse").status_code == 303
    row = whole(app)
    assert (row.state, row.endorsed_as, row.endorsed_by_name) == ("endorsed", "director", "ผู้อำนวยการ สาธิต")
    assert told(app, "endorsed") == {user_id_of(app, COORDINATOR)}
    said = text(coordinator.page(f"/receipts/{row.receipt_number}"))
    assert "ผู้อำนวยการ สาธิต" in said and row.code in said and "QP66-6-3603-X2" in said
    made = coordinator.get(f"/receipts/{row.receipt_number}.pdf")
    words = squeezed(pypdf.PdfReader(io.BytesIO(made.data)).pages[0].extract_text())
    assert squeezed("ใบรับรายงานทั้งรอบ") in words and squeezed("ผู้อำนวยการ สาธิต") in words
    assert "เป็นใบรับจริง" in text(stranger.page(f"/verify/{row.receipt_number}/{row.code}"))
    with scope.whole_country("a test forges"), doing(app):
        db.session.query(OfficeHandIn).one().endorsed_by_name = "ผู้อื่น"
    assert "ไม่ใช่ใบรับจริง" in text(stranger.page(f"/verify/{row.receipt_number}/{row.code}"))


@pytest.mark.usefixtures("complete")
def test_nobody_endorses_without_the_seat(app, coordinator, reporter):
    coordinator.post(WHOLE)
    for person in (coordinator, reporter):
        assert person.post(f"{WHOLE}/endorse").status_code == 403
        assert person.post(f"{WHOLE}/return", {"reason": "x"}).status_code == 403
    assert whole(app).state == "handed_in"


@pytest.mark.postgresql
@pytest.mark.usefixtures("complete")
def test_who_acts_for_the_director_endorses_within_the_days_of_the_order_and_on_no_others(app, coordinator):
    assert let_act(coordinator, REPORTER, "22/11/2569", "24/11/2569").status_code == 303
    coordinator.post(WHOLE)
    for moment in (NOW, NOW + timedelta(days=5)):
        refused = at(app, REPORTER, moment).post(f"{WHOLE}/endorse")
        assert refused.status_code == 403 and "ไม่มีผลในวันนี้" in refused.text
    acting = at(app, REPORTER, NOW + timedelta(days=4))
    assert "รับรองรายงานทั้งรอบ" in text(acting.page(WHOLE))
    assert acting.post(f"{WHOLE}/endorse").status_code == 303
    row = whole(app)
    assert (row.endorsed_as, row.acting_order, row.endorsed_by_name) == ("acting", "45/2569", "ผู้รายงาน สาธิต")
    assert "รักษาราชการแทนตามคำสั่งที่ 45/2569" in text(acting.page(f"/receipts/{row.receipt_number}"))


def test_an_order_to_act_is_refused_where_its_days_make_no_sense(app, coordinator):
    refused = let_act(coordinator, REPORTER, "24/11/2569", "22/11/2569")
    assert refused.status_code == 422 and "วันสิ้นสุดต้องไม่มาก่อนวันเริ่ม" in refused.text
    assert 'value="24/11/2569"' in refused.text
    assert let_act(coordinator, "reporter.p-cpm-2", "22/11/2569", "24/11/2569").status_code == 422


@pytest.mark.usefixtures("complete")
def test_the_director_returns_with_a_reason_and_the_whole_is_handed_in_anew(app, coordinator, director, stranger):
    coordinator.post(WHOLE)
    first = whole(app)
    refused = director.post(f"{WHOLE}/return", {"reason": " "})
    assert refused.status_code == 422 and "reason-return-error" in refused.text
    assert director.post(f"{WHOLE}/return", {"reason": "ตัวเลข X2 ไม่ตรง"}).status_code == 303
    assert told(app, "hand_in_returned") == {user_id_of(app, COORDINATOR)}
    assert "ตัวเลข X2 ไม่ตรง" in text(coordinator.page(BOARD)) and "ตัวเลข X2 ไม่ตรง" in text(coordinator.page(WHOLE))
    assert coordinator.post(WHOLE).status_code == 303
    assert whole(app).receipt_number == "R66-6-3603-2"
    verdict = stranger.page(f"/verify/{first.receipt_number}/{first.code}").xpath("//*[contains(@class, 'verdict')]/@class")
    assert verdict == ["verdict warn"], "genuine, but replaced"


@pytest.mark.usefixtures("complete")
def test_endorsing_ends_with_the_grace_and_what_is_left_is_marked(app, coordinator):
    coordinator.post(WHOLE)
    with looking(app):
        closes = db.session.query(Round).filter_by(code="2566-6").one().closes_at
    late = at(app, DIRECTOR, closes + timedelta(minutes=61))
    page = text(late.page(WHOLE))
    assert "ไม่ได้รับรอง" in page and "รับรองรายงานทั้งรอบ" not in page
    assert late.post(f"{WHOLE}/endorse").status_code == 409
    assert whole(app).state == "handed_in"
    assert at(app, DIRECTOR, closes + timedelta(minutes=59)).post(f"{WHOLE}/endorse").status_code == 303


@pytest.mark.usefixtures("complete")
def test_withdrawing_is_the_coordinators_before_and_the_directors_after_and_nobodys_once_the_review_began(
    app, coordinator, director, reporter
):
    coordinator.post(WHOLE)
    assert reporter.post(f"{WHOLE}/withdraw", {"reason": "x"}).status_code == 403
    director.post(f"{WHOLE}/endorse")
    assert coordinator.post(f"{WHOLE}/withdraw", {"reason": "x"}).status_code == 403
    set_round(app, stage=Stage.REVIEW.value)
    refused = director.post(f"{WHOLE}/withdraw", {"reason": "แก้ตัวเลข"})
    assert refused.status_code == 409 and "เริ่มการตรวจประเมินรอบนี้แล้ว" in refused.text
    set_round(app, stage=Stage.RUNNING.value)
    assert director.post(f"{WHOLE}/withdraw", {"reason": "แก้ตัวเลข"}).status_code == 303
    assert (whole(app).state, whole(app).reason) == ("withdrawn", "แก้ตัวเลข")
    assert told(app, "hand_in_withdrawn") == {user_id_of(app, COORDINATOR)}


@pytest.mark.usefixtures("complete")
def test_the_history_of_the_office_tells_of_owners_and_of_the_whole(app, coordinator, director, reporter):
    data = {"indicator": "QP-1", "person": str(user_id_of(app, REPORTER)), "do": "assign"}
    coordinator.post(f"{TEAM}/assign", data)
    coordinator.post(WHOLE)
    director.post(f"{WHOLE}/endorse")
    told_there = [text(line) for line in reporter.page(f"{BOARD}history").xpath("//ol/li/div")]
    assert told_there == [
        "ผู้อำนวยการ สาธิต รับรองรายงานทั้งรอบ",
        "ผู้ประสานงาน สาธิต ส่งรายงานทั้งรอบ ใบรับเลขที่ R66-6-3603",
        "ผู้ประสานงาน สาธิต มอบหมายผู้รับผิดชอบ: ผู้รายงาน สาธิต: QP-1",
    ]


@pytest.mark.usefixtures("complete")
def test_the_pages_cost_no_more_than_they_may(app, coordinator, director):
    coordinator.post(WHOLE)
    assert cost(director, BOARD) <= 8
    assert cost(director, WHOLE) <= 8 and cost(coordinator, WHOLE) <= 8


# --- nobody who can endorse ----------------------------------------------------------------------------------------------------


def lose_director(app) -> None:
    with doing(app):
        accounts.user_by_id(user_id_of(app, DIRECTOR)).active = False


def alarmed(app) -> set[int]:
    with app.app_context():
        worker.run_due()
    with looking(app):
        return {row.area_id for row in db.session.query(EndorserAlarm)}


@pytest.mark.postgresql
def test_the_centre_is_told_once_of_offices_without_anybody_to_endorse_days_before(app, sign_in):
    cpm3, cpm2 = area_id_of(app, "P-CPM-3"), area_id_of(app, "P-CPM-2")
    with looking(app):
        closes = db.session.query(Round).filter_by(code="2566-6").one().closes_at
    app.config["EMES_NOW"] = closes - timedelta(days=15)
    assert alarmed(app) == set()
    app.config["EMES_NOW"] = closes - timedelta(days=13)
    found = alarmed(app)
    assert len(found) == 242 and cpm3 not in found and cpm2 not in found
    assert [mail for mail in mails(app) if mail[1] == "no_endorser"] == [("central@emes.test", "no_endorser")]
    lose_director(app)
    assert alarmed(app) - found == {cpm3}
    assert alarmed(app) - found == {cpm3}
    assert len([mail for mail in mails(app) if mail[1] == "no_endorser"]) == 2
    page = text(Person(app).signed_in("central@emes.test").page("/monitor/2566-6/endorsers"))
    assert "สพป.ชัยภูมิ เขต 3" in page and "0 2288 5867" in page and "สพป.ชัยภูมิ เขต 2" not in page


def test_an_order_that_covers_the_closing_counts_and_one_that_ends_before_does_not(app, coordinator, sign_in):
    lose_director(app)
    warning = "เขตนี้ไม่มีผู้รับรองเมื่อถึงเวลาปิดรับ"
    assert warning in text(coordinator.page(BOARD))
    let_act(coordinator, REPORTER, "20/11/2569", "25/11/2569")
    assert warning in text(coordinator.page(BOARD))
    let_act(coordinator, REPORTER, "26/11/2569", "31/12/2569")
    assert warning not in text(coordinator.page(BOARD))
    assert "สพป.ชัยภูมิ เขต 3" not in text(sign_in("central").page("/monitor/2566-6/endorsers"))
    with scope.whole_country("a test gives more time"), doing(app):
        found = db.session.query(Round).filter_by(code="2566-6").one()
        until = NOW + timedelta(days=60)
        more = Extension(area_id=area_id_of(app, "P-CPM-3"), round_id=found.id, until_at=until, reason="น้ำท่วม", granted_at=NOW)
        db.session.add(more)
    assert warning in text(coordinator.page(BOARD)), "the office's own closing counts"


def test_the_list_of_such_offices_is_the_centres_and_costs_the_same_for_all(app, sign_in, reporter):
    assert reporter.get("/monitor/2566-6/endorsers").status_code == 403
    assert cost(sign_in("central"), "/monitor/2566-6/endorsers") <= 6


# --- what a second reading found ------------------------------------------------------------------------------------------------


def closing(app):
    with looking(app):
        return db.session.query(Round).filter_by(code="2566-6").one().closes_at


NOBODY = "เขตนี้ไม่มีผู้รับรองเมื่อถึงเวลาปิดรับ"


@pytest.mark.usefixtures("complete")
def test_what_was_handed_in_during_the_grace_is_endorsed_during_the_grace(app):
    closes = closing(app)
    assert at(app, COORDINATOR, closes + timedelta(minutes=10)).post(WHOLE).status_code == 303
    assert at(app, DIRECTOR, closes + timedelta(minutes=20)).post(f"{WHOLE}/endorse").status_code == 303


@pytest.mark.usefixtures("complete")
def test_nothing_is_begun_beside_what_rests(app, coordinator, reporter):
    coordinator.post(WHOLE)
    with scope.whole_country("a test adds an indicator"), doing(app):
        old = db.session.query(Indicator).filter_by(full_code="QP-2", round_id=1).one()
        row = Indicator(part_id=old.part_id, round_id=1, code="99", full_code="QP-99", text_th="ใหม่", applies_to="both")
        db.session.add(row)
    report = f"{BOARD}QP-99"
    assert reporter.patch(report, {"problems": ("หนึ่ง", 0)}).status_code == 409
    assert reporter.upload("pa.lesson", ("ก.pdf", one_page_pdf()), report=report).status_code == 409


@pytest.mark.postgresql
def test_every_way_to_change_a_report_rests_with_it(app, coordinator, reporter):
    submit_everything(app)
    first, second = (
        reporter.upload("criterion.1", (name, one_page_pdf() + extra)).json["evidence"][0]["id"]
        for name, extra in (("ก.pdf", b""), ("ข.pdf", b"\n"))
    )
    reporter.post(f"/evidence/{second}/delete")
    with scope.whole_country("a test submits"), doing(app):
        db.session.query(Submission).update({"state": "submitted"})
    assert coordinator.post(WHOLE).status_code == 303
    cited = {"slot": "criterion.2", "source": first, "for": "2566-6/P-CPM-3/QP-1"}
    assert {
        reporter.post(f"/evidence/{first}/delete").status_code,
        reporter.post(f"/evidence/{second}/restore").status_code,
        reporter.post(f"{REPORT}/evidence", cited).status_code,
        reporter.patch(REPORT, {"problems": ("x", 0)}).status_code,
    } == {409}


@pytest.mark.usefixtures("complete")
def test_a_report_sent_again_after_the_whole_was_handed_in_answers_as_before(coordinator, reporter):
    before = reporter.post(f"{REPORT}/submit", json_answer=True).json
    coordinator.post(WHOLE)
    again = reporter.post(f"{REPORT}/submit", json_answer=True)
    assert (again.status_code, again.json) == (200, before)


@pytest.mark.usefixtures("complete")
def test_a_receipt_that_was_taken_back_says_so_until_another_takes_its_place(app, coordinator, stranger):
    coordinator.post(WHOLE)
    row = whole(app)
    address = f"/verify/{row.receipt_number}/{row.code}"
    coordinator.post(f"{WHOLE}/withdraw", {"reason": "แก้ไข"})
    assert "ไม่มีผลแล้ว" in text(stranger.page(address))
    coordinator.post(WHOLE)
    assert "มีฉบับใหม่แทนแล้ว" in text(stranger.page(address))


def test_who_acts_is_judged_at_the_offices_own_closing_to_the_minute(app, coordinator):
    lose_director(app)
    with scope.whole_country("a test gives more time"), doing(app):
        until = closing(app) + timedelta(days=10)
        row = Extension(area_id=area_id_of(app, "P-CPM-3"), round_id=1, until_at=until, reason="x", granted_at=NOW)
        db.session.add(row)
    assert NOBODY in text(coordinator.page(BOARD))
    let_act(coordinator, REPORTER, "05/12/2569", "31/12/2569")
    assert NOBODY not in text(coordinator.page(BOARD))


def test_an_order_through_the_last_day_covers_a_closing_at_midnight(app, coordinator):
    lose_director(app)
    set_round(app, closes_at=datetime(2026, 11, 30, 17, tzinfo=UTC), due_at=None)
    let_act(coordinator, REPORTER, "20/11/2569", "30/11/2569")
    assert NOBODY not in text(coordinator.page(BOARD))


@pytest.mark.usefixtures("complete")
def test_an_office_that_has_endorsed_or_whose_time_is_over_is_no_alarm(app, coordinator, director):
    coordinator.post(WHOLE)
    director.post(f"{WHOLE}/endorse")
    lose_director(app)
    app.config["EMES_NOW"] = closing(app) - timedelta(days=1)
    assert area_id_of(app, "P-CPM-3") not in alarmed(app)
    later = at(app, "coordinator.p-cpm-2", closing(app) + timedelta(days=100))
    lose_director(app)
    assert NOBODY not in text(later.page("/reports/2566-6/P-CPM-2/"))


@pytest.mark.usefixtures("complete")
def test_who_may_act_from_now_on_is_told_of_what_waits(app, coordinator):
    lose_director(app)
    coordinator.post(WHOLE)
    let_act(coordinator, REPORTER, "20/11/2569", "31/12/2569")
    assert told(app, "endorse_asked") == {user_id_of(app, REPORTER)}
