"""One point goes back, and only it opens: over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import worker
from app.extensions import db
from app.models import Change, Evidence, HandIn, Indicator, Notice, Outcome, ReportReturn, Review, Round, Submission
from tests.person import REPORT, one_page_pdf
from tests.reviews import IN_REVIEW, assign, begin_review, hand_in_really, put_lock
from tests.services.doing import actor_for, doing, looking
from tests.views.test_deadlines import at, every, first
from tests.views.test_statements import cost

on_both_databases = "where marked"
DESK = "/review/2566-6/P-CPM-3/QP-1"
DUE = IN_REVIEW + timedelta(days=7)
TYPED = "15/12/2569 10.00"  # DUE, as an evaluator types it


@pytest.fixture
def report(app) -> None:
    """A report that was handed in, which evaluator1 reviews."""
    hand_in_really(app)
    begin_review(app, at=IN_REVIEW)
    assign(app)


def give_back(person, **said):
    data = {"point": ["criterion.2"], "what.criterion.2": "แนบคำสั่งฉบับลงนาม", "due_at": TYPED}
    return person.post(f"{DESK}/return", data | said)


@pytest.fixture
def returned(app, report, sign_in) -> None:
    assert give_back(sign_in("evaluator1")).status_code == 303


def state(app):
    return first(app, Submission).state


def files(app, slot="criterion.2"):
    return [row for row in every(app, Evidence) if row.slot == slot and row.deleted_at is None]


# --- giving back -----------------------------------------------------------------------------------------------------------


def test_a_return_names_the_points_and_tells_the_office(app, returned, sign_in):
    assert state(app) == "returned"
    (row,) = every(app, ReportReturn)
    assert (row.due_at, row.state) == (DUE, "open")
    told = [notice for notice in every(app, Notice) if notice.kind == "points_returned"]
    assert len(told) == 2  # coordinator and director
    office = sign_in("coordinator.p-cpm-3")
    assert "ส่งกลับ" in office.page("/inbox/").text_content()
    page = office.page(REPORT)
    box = page.xpath("//section[@aria-labelledby='returned-points']")[0]
    assert "แนบคำสั่งฉบับลงนาม" in box.text_content()
    assert box.xpath(".//a/@href") == ["#f-criterion-2"]


def test_the_dashboard_says_what_to_mend_and_until_when(app, returned, sign_in):
    todo = sign_in("coordinator.p-cpm-3").page("/reports/2566-6/P-CPM-3/").xpath("//ul[@class='todo']/li")
    assert len(todo) == 1, "what was never sent can't be done any more"
    assert "แก้ไขรายการที่ส่งกลับ 1 รายการ" in todo[0].text_content()
    assert "15 ธ.ค. 2569" in todo[0].text_content()


def test_the_office_does_not_learn_which_evaluator_it_was(app, returned, sign_in):
    office = sign_in("coordinator.p-cpm-3")
    for path in (REPORT, f"{REPORT}/history", "/inbox/", "/reports/2566-6/P-CPM-3/"):
        assert "ผู้ประเมินหนึ่ง" not in office.get(path).text, path
    assert any(row.actor_name == "ผู้ประเมินหนึ่ง สาธิต" and row.subject.startswith("return:") for row in every(app, Change))


@pytest.mark.postgresql
def test_the_history_tells_it_in_words(app, returned, sign_in):
    evaluator = sign_in("evaluator1")
    evaluator.post(f"/review/returns/{every(app, ReportReturn)[0].id}/more-time", {"due_at": "20/12/2569 16.30"})
    page = sign_in("coordinator.p-cpm-3").page(f"{REPORT}/history").text_content()
    assert "ส่งกลับให้แก้ไขรายการ: ประเด็นที่ 2" in page
    assert "ให้เวลาแก้ไขรายการที่ส่งกลับเพิ่ม: 20 ธ.ค. 2569 16.30" in page
    assert "criterion." not in page


@pytest.mark.parametrize(
    "said",
    [
        {"point": []},
        {"what.criterion.2": " "},
        {"point": ["self_level"], "what.self_level": "x"},
        {"point": ["criterion.99"], "what.criterion.99": "x"},
        {"due_at": "08/12/2569 10.30"},
        {"due_at": "08/12/2570 10.30"},
        {"due_at": "พรุ่งนี้"},
    ],
)
def test_what_cannot_be_returned_is_refused_and_what_was_typed_stays(app, report, sign_in, said):
    answer = give_back(sign_in("evaluator1"), **said)
    assert answer.status_code == 422
    assert (state(app), every(app, ReportReturn)) == ("submitted", [])
    if "what.criterion.2" not in said and said.get("point") != []:
        assert "แนบคำสั่งฉบับลงนาม" in answer.text or "point" in said


def test_only_who_reviews_the_report_or_moderates_returns_it(app, report, sign_in):
    assert give_back(sign_in("evaluator2")).status_code == 404
    for name in ("central", "analyst", "coordinator.p-cpm-3"):
        assert give_back(sign_in(name)).status_code == 403, name
    assert state(app) == "submitted"
    assert give_back(sign_in("moderator")).status_code == 303


def test_a_report_is_returned_once_at_a_time_and_only_in_review(app, returned, sign_in):
    assert give_back(sign_in("evaluator1")).status_code == 409
    assert len(every(app, ReportReturn)) == 1


def test_a_level_that_stood_counts_no_more_and_locked_reviews_open(app, report, sign_in):
    put_lock(app, every(app, Review)[0].id, 4)
    assert [row.superseded_at for row in every(app, Outcome)] == [None]
    assert give_back(sign_in("evaluator1")).status_code == 303
    assert [row.superseded_at is None for row in every(app, Outcome)] == [False]
    assert [row.state for row in every(app, Review)] == ["open"]


# --- mending -----------------------------------------------------------------------------------------------------------------


def test_only_the_returned_point_can_be_edited_after_the_round_closed(app, returned, sign_in):
    office = sign_in("reporter.p-cpm-3")
    page = office.page(REPORT)
    fields = page.xpath("//input[starts-with(@name, 'version.')]/@name")
    assert fields == ["version.criterion.2.complete"]
    refused = office.patch(REPORT, {"problems": ("x", 1), "criterion.2.complete": (False, 1)})
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["problems"]
    assert refused.json["fields"] == {"criterion.2.complete": {"version": 2}}
    assert office.patch(REPORT, {"self_level": ("5", 1)}).status_code == 422
    assert office.upload("criterion.1", ("ก.pdf", one_page_pdf())).status_code == 409
    assert office.upload("pa.evidence", ("ก.pdf", one_page_pdf())).status_code == 409
    assert office.upload("criterion.2", ("คำสั่ง.pdf", one_page_pdf())).status_code == 201
    other = next(row for row in every(app, Evidence) if row.slot == "criterion.1")
    assert office.delete(f"/evidence/{other.id}").status_code == 409
    assert office.delete(f"/evidence/{files(app)[0].id}").status_code == 200


def test_a_resumable_upload_opens_for_the_returned_point_alone(app, returned, sign_in):
    office = sign_in("reporter.p-cpm-3")

    def begin(slot):
        import base64

        meta = {"filename": "ก.pdf", "round": "2566-6", "area": "P-CPM-3", "indicator": "QP-1", "slot": slot}
        coded = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in meta.items())
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": coded}
        return office.post("/uploads/", headers=headers | {"X-CSRFToken": office.token}).status_code

    assert (begin("criterion.2"), begin("criterion.1")) == (201, 409)


@pytest.mark.postgresql
def test_handing_it_in_again_keeps_the_mark_of_the_first_time_and_tells_the_evaluator(app, returned, sign_in):
    office = sign_in("reporter.p-cpm-3")
    assert office.upload("criterion.2", ("คำสั่งลงนาม.pdf", one_page_pdf() + b"\n%")).status_code == 201
    assert office.post(f"{REPORT}/submit").status_code == 303
    report, (row,) = first(app, Submission), every(app, ReportReturn)
    assert (report.state, report.timing, row.state) == ("submitted", "on_time", "answered")
    assert row.answer_id == every(app, HandIn)[-1].id != row.hand_in_id
    assert [notice.kind for notice in every(app, Notice)].count("return_answered") == 1
    assert office.patch(REPORT, {"criterion.2.complete": (False, 1)}).status_code == 409  # the round is closed again
    page = sign_in("evaluator1").page("/review/2566-6/returns?state=answered")
    assert "สพป.ชัยภูมิ เขต 3" in page.text_content()


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 409), (1, 409)])
def test_the_return_ends_at_its_own_second(app, returned, seconds, status):
    office = at(app, DUE + timedelta(seconds=seconds))
    assert office.patch(REPORT, {"criterion.2.complete": (False, 1)}).status_code == status


def test_a_report_of_another_office_stays_closed(app, returned, sign_in):
    assert sign_in("reporter.p-cpm-2").patch(REPORT, {"criterion.2.complete": (False, 1)}).status_code == 404
    mine = sign_in("reporter.p-cpm-2").patch("/reports/2566-6/P-CPM-2/QP-1", {"problems": ("x", 0)})
    assert mine.status_code == 409


def test_the_report_page_stays_within_its_statements(app, returned, sign_in):
    assert cost(sign_in("reporter.p-cpm-3"), REPORT) <= 8
    assert cost(sign_in("coordinator.p-cpm-3"), "/reports/2566-6/P-CPM-3/") <= 8


# --- when nothing comes ----------------------------------------------------------------------------------------------------


def run_due(app, moment):
    app.config["EMES_NOW"] = moment
    with app.app_context():
        return worker.run_due()


def test_what_was_mended_and_not_sent_counts_when_the_time_is_over(app, returned, sign_in):
    office = at(app, IN_REVIEW + timedelta(hours=1))
    assert office.upload("criterion.2", ("ข.pdf", one_page_pdf() + b"\n%")).status_code == 201
    assert run_due(app, DUE + timedelta(minutes=5))["returns counted"] == 0  # the grace runs
    assert run_due(app, DUE + timedelta(minutes=20))["returns counted"] == 1
    assert (state(app), every(app, ReportReturn)[0].state) == ("submitted", "answered")
    assert run_due(app, DUE + timedelta(minutes=21))["returns counted"] == 0


@pytest.mark.postgresql
def test_an_untouched_return_stays_overdue_and_is_listed(app, returned, sign_in):
    assert run_due(app, DUE + timedelta(hours=1))["returns counted"] == 0
    page = at(app, DUE + timedelta(hours=1), "evaluator1").page("/review/2566-6/returns?state=overdue")
    assert "เกินกำหนด" in page.text_content()
    assert at(app, DUE + timedelta(hours=1), "evaluator2").page("/review/2566-6/returns").text_content().count("สพป.ชัยภูมิ") == 0


def test_more_time_opens_it_again_and_an_earlier_day_is_refused(app, returned):
    evaluator = at(app, DUE + timedelta(hours=1), "evaluator1")
    more = f"/review/returns/{every(app, ReportReturn)[0].id}/more-time"
    evaluator.post(more, {"due_at": "14/12/2569 10.00"})
    assert every(app, ReportReturn)[0].due_at == DUE
    evaluator.post(more, {"due_at": "20/12/2569 16.30"})
    assert every(app, ReportReturn)[0].due_at > DUE
    office = at(app, DUE + timedelta(days=1))
    assert office.patch(REPORT, {"criterion.2.complete": (False, 1)}).status_code == 200


@pytest.mark.postgresql
def test_taking_a_return_back_puts_the_report_as_it_was_handed_in(app, returned, sign_in):
    office = sign_in("reporter.p-cpm-3")
    (before,) = files(app)
    assert office.delete(f"/evidence/{before.id}").status_code == 200
    assert office.upload("criterion.2", ("ใหม่.pdf", one_page_pdf() + b"\n%")).status_code == 201
    assert office.patch(REPORT, {"criterion.2.complete": (False, 1)}).status_code == 200
    back = f"/review/returns/{every(app, ReportReturn)[0].id}/take-back"
    evaluator = sign_in("evaluator1")
    evaluator.post(back, {"reason": " "})
    assert state(app) == "returned"
    evaluator.post(back, {"reason": "ครบกำหนดแล้ว"})
    assert (state(app), [row.id for row in files(app)]) == ("submitted", [before.id])
    with looking(app):
        answers = {row.field_key: row.value for row in db.session.query(Submission).one().answers}
    assert answers["criterion.2.complete"] == "true"
    assert "ครบกำหนดแล้ว" in sign_in("coordinator.p-cpm-3").page("/inbox/").text_content()
    assert "ใหม่.pdf" in office.page(f"{REPORT}/history").text_content()  # what was taken away stays on record
    assert evaluator.post(back, {"reason": "อีกครั้ง"}).status_code == 303
    assert len(every(app, ReportReturn)) == 1


def test_another_evaluator_neither_extends_nor_takes_back(app, returned):
    other = at(app, IN_REVIEW, "evaluator2")
    number = every(app, ReportReturn)[0].id
    assert other.post(f"/review/returns/{number}/more-time", {"due_at": "20/12/2569 16.30"}).status_code == 404
    assert other.post(f"/review/returns/{number}/take-back", {"reason": "x"}).status_code == 404
    assert other.post("/review/returns/999999/take-back", {"reason": "x"}).status_code == 404


# --- back at the desk ------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_the_evaluator_sees_exactly_what_changed_and_locks_only_what_they_saw(app, returned, sign_in):
    evaluator = sign_in("evaluator1")
    typed = {"verdict.1": ("complete", 0), "verdict.2": ("partial", 0), "verdict.3": ("complete", 0)}
    assert "กำลังแก้ไข" in evaluator.page(DESK).text_content() or "อยู่ที่เขต" in evaluator.page(DESK).text_content()
    shown = every(app, HandIn)[-1].id
    office = sign_in("reporter.p-cpm-3")
    assert office.upload("criterion.2", ("คำสั่งลงนาม.pdf", one_page_pdf() + b"\n%")).status_code == 201
    assert office.post(f"{REPORT}/submit").status_code == 303
    page = evaluator.page(DESK)
    box = page.xpath("//section[@aria-labelledby='changes-title']")[0]
    assert [item.xpath("string(b)") for item in box.xpath("ul/li")] == ["ประเด็นที่ 2"]
    assert box.xpath("ul/li//ins/text()") == ["คำสั่งลงนาม.pdf"]
    assert evaluator.patch(DESK, typed | {"level": ("3", 0), "reason": ("ครบ", 0)}).status_code == 200
    stale = evaluator.post(f"{DESK}/lock?hand_in={shown}", json_answer=True)
    assert stale.status_code == 409
    assert evaluator.post(f"{DESK}/lock?hand_in={every(app, HandIn)[-1].id}", json_answer=True).status_code == 200
    assert every(app, ReportReturn)[0].seen_at is not None
    assert [row.level for row in every(app, Outcome)] == [3]


# --- who must not, and what is gone ----------------------------------------------------------------------------------------


def test_a_moderator_with_a_conflict_of_interest_returns_nothing_and_touches_no_return(app, returned, sign_in):
    moderator = sign_in("moderator")
    assert moderator.post("/review/conflicts/", {"area": "P-CPM-3", "reason": "เคยทำงานที่นี่"}).status_code == 303
    number = every(app, ReportReturn)[0].id
    assert moderator.get(f"{DESK}/return").status_code == 404
    assert moderator.post(f"/review/returns/{number}/more-time", {"due_at": "20/12/2569 16.30"}).status_code == 404
    assert moderator.post(f"/review/returns/{number}/take-back", {"reason": "x"}).status_code == 404
    assert (state(app), every(app, ReportReturn)[0].due_at) == ("returned", DUE)
    assert sign_in("evaluator1").post(f"/review/returns/{number}/take-back", {"reason": "x"}).status_code == 303
    assert give_back(moderator).status_code == 404
    assert state(app) == "submitted"


@pytest.mark.postgresql
def test_a_return_of_an_indicator_that_was_retired_meets_no_fault(app, returned, sign_in, caplog):
    office = at(app, IN_REVIEW + timedelta(hours=1), "reporter.p-cpm-3")
    assert office.upload("criterion.2", ("ใหม่.pdf", one_page_pdf() + b"\n%")).status_code == 201
    with doing(app, actor_for(app, "central")):
        db.session.query(Indicator).filter_by(full_code="QP-1").update({"active": False})
    run_due(app, DUE + timedelta(minutes=16))
    assert "met a fault" not in caplog.text
    assert state(app) == "returned"


@pytest.mark.postgresql
def test_an_overdue_return_is_mended_while_the_round_is_open_again(app, returned):
    """A round that was taken out of its review is handed in whole: nobody is held up by a return of the review that ended."""
    later = DUE + timedelta(days=1)
    assert at(app, later).upload("criterion.2", ("ก.pdf", one_page_pdf())).status_code == 409
    with doing(app, actor_for(app, "central")):
        db.session.query(Round).filter_by(code="2566-6").update({"stage": "running", "closes_at": later + timedelta(days=3)})
    office = at(app, later)
    assert "หมดเวลาแก้ไข" not in office.page(REPORT).text_content()
    assert office.upload("criterion.2", ("ก.pdf", one_page_pdf())).status_code == 201
    run_due(app, later)
    assert state(app) == "returned"
    assert office.post(f"{REPORT}/submit").status_code == 303
    assert (state(app), every(app, ReportReturn)[0].state) == ("submitted", "answered")
