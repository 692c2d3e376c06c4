"""An inspection from its announcement to the closed recommendation, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app import worker
from app.domain.errors import Conflict, NotAllowed, NotFound, Refused
from app.domain.inspections import EntryMove, ReportMove
from app.domain.recommendations import Move
from app.extensions import db
from app.models import (
    Area,
    Change,
    Inspection,
    InspectionEntry,
    InspectionIssue,
    InspectionReport,
    Notice,
    OfficeOrder,
    OutboxMessage,
    Recommendation,
    Sheet,
    SheetField,
)
from app.services import inspecting, inspections, recommending, sheets, subjects
from app.services.field_saving import Typing
from app.services.inspecting import NotAllChecked
from app.services.recommending import Wording
from app.services.sheets import IncompleteSheet, NotEditable
from tests.conftest import NOW
from tests.services.doing import actor_for, area_id_of, doing, looking, user_id_of

on_both_databases = True
CODE, OFFICE = "2566-1", "P-CPM-3"
FILLED = {
    "count_all": "10",
    "count_done": "8",
    "result": "โรงเรียนทุกแห่งมีแผนความปลอดภัย",
    "no_problems": True,
    "reporter_name": "ก ข",
    "reporter_position": "ศึกษานิเทศก์",
    "reporter_phone": "0 2288 5867",
}


def who(app, duty: str = "coordinator", office: str = OFFICE):
    return actor_for(app, f"{duty}.{office.lower()}")


def ask_few(app) -> None:
    """Only three issues are asked, so that a test checks no more than it must."""
    with doing(app, actor_for(app, "central")):
        for issue in db.session.query(InspectionIssue):
            issue.is_open = issue.code in ("1.1", "2.3", "3.2")


def begin(app) -> None:
    with doing(app, actor := who(app)):
        inspecting.begin(CODE, OFFICE, actor=actor, now=NOW)


def entries(app) -> dict[str, int]:
    """The sheets of the office's issues by the code of the issue."""
    with looking(app):
        rows = db.session.query(InspectionEntry, InspectionIssue).join(
            InspectionIssue, InspectionIssue.id == InspectionEntry.issue_id
        )
        return {issue.code: entry.sheet_id for entry, issue in rows}


def report_sheet(app) -> Sheet:
    with looking(app):
        return db.session.query(Sheet).filter_by(kind="inspection").one()


def fill(app, sheet_id: int, values: dict | None = None, *, actor=None) -> None:
    actor = actor or who(app)
    with doing(app, actor):
        subject = subjects.held(sheet_id)
        asked = {field.key for field in subject.asked.fields}
        changes = {key: Typing(value, None) for key, value in (values or FILLED).items() if key in asked}
        saved = sheets.save(subject, changes, actor=actor, now=NOW)
        assert not saved.errors, saved.errors


def entry(app, code: str, which: EntryMove, duty: str = "coordinator", said: str = "") -> None:
    with doing(app, actor := who(app, duty)):
        inspecting.move_entry(CODE, OFFICE, code, which, actor=actor, now=NOW, said=said)


def move(app, which: ReportMove, duty: str = "coordinator", said: str = "", now=NOW) -> None:
    with doing(app, actor := who(app, duty)):
        inspecting.move(CODE, OFFICE, which, actor=actor, now=now, said=said)


def check_all(app) -> None:
    for code, sheet_id in entries(app).items():
        fill(app, sheet_id)
        entry(app, code, EntryMove.SEND, "reporter")
        entry(app, code, EntryMove.CHECK)


def propose(app) -> None:
    ask_few(app)
    begin(app)
    check_all(app)
    fill(app, report_sheet(app).id, {"summary": "สรุปผลการดำเนินงาน"})
    move(app, ReportMove.PROPOSE)


def told(app, kind: str) -> set[str]:
    with looking(app):
        return {notice.user_id for notice in db.session.query(Notice).filter_by(kind=kind)}


def test_beginning_makes_a_sheet_for_each_issue_that_is_asked_and_knows_its_reporter(app):
    begin(app)
    assert set(entries(app)) == {"1.1", "2.1", "2.2", "2.3", "3.1", "3.2", "5.1", "5.2", "6.1"}
    with looking(app):
        sheet = db.session.get_one(Sheet, entries(app)["1.1"])
        values = {row.field_key: row.value for row in db.session.query(SheetField).filter_by(sheet_id=sheet.id)}
        assert values["reporter_name"] == "ผู้ประสานงาน สาธิต"
        assert (sheet.state, sheet.missing_count) == ("draft", 4)
    begin(app)
    assert len(entries(app)) == 9


def test_an_issue_that_the_centre_opens_later_is_added_and_nothing_else(app):
    begin(app)
    with doing(app, actor_for(app, "central")):
        issue = (
            db.session.query(InspectionIssue)
            .join(Inspection)
            .filter(Inspection.code == CODE, InspectionIssue.code == "4.2")
            .one()
        )
        issue.is_open = True
    with doing(app, actor := who(app, "reporter")):
        assert inspecting.begin(CODE, OFFICE, actor=actor, now=NOW) == 1
    assert len(entries(app)) == 10


def test_only_who_reports_begins_and_only_what_is_announced_and_concerns_the_office(app):
    for name in ("director.p-cpm-3", "central"):
        with pytest.raises(NotAllowed), doing(app, actor := actor_for(app, name)):
            inspecting.begin(CODE, OFFICE, actor=actor, now=NOW)
    for code, office in ((CODE, "P-CPM-2"), ("2566-2", OFFICE), ("9999-1", OFFICE)):
        with pytest.raises(NotFound), doing(app, actor := who(app)):
            inspecting.begin(code, office, actor=actor, now=NOW)
    with doing(app, actor_for(app, "central")):
        db.session.query(Inspection).filter_by(code=CODE).one().cluster = 1
    with pytest.raises(NotFound), doing(app, actor := who(app)):
        inspecting.begin(CODE, OFFICE, actor=actor, now=NOW)


def test_announcing_tells_coordinators_and_directors_of_the_offices_concerned_once(app):
    with doing(app, central := actor_for(app, "central")):
        found = db.session.query(Inspection).filter_by(code="2566-2").one()
        found.cluster = 13
        db.session.flush()
        assert inspections.announce("2566-2", actor=central, now=NOW) == 4
    expected = {user_id_of(app, f"{duty}.p-cpm-{n}") for duty in ("coordinator", "director") for n in (2, 3)}
    assert told(app, "inspection_announced") == expected
    with pytest.raises(Conflict), doing(app, central):
        inspections.announce("2566-2", actor=central, now=NOW)
    with pytest.raises(NotAllowed), doing(app, actor := who(app)):
        inspections.announce("2566-2", actor=actor, now=NOW)


def test_an_inspection_without_issues_is_not_announced(app):
    with pytest.raises(Refused), doing(app, central := actor_for(app, "central")):
        for issue in db.session.query(InspectionIssue):
            issue.active = False
        db.session.flush()
        inspections.announce("2566-2", actor=central, now=NOW)


def test_an_issue_is_handed_over_complete_then_rests_until_it_is_returned(app):
    begin(app)
    sheet_id = entries(app)["1.1"]
    with pytest.raises(IncompleteSheet):
        entry(app, "1.1", EntryMove.SEND, "reporter")
    fill(app, sheet_id, actor=who(app, "reporter"))
    entry(app, "1.1", EntryMove.SEND, "reporter")
    assert told(app, "issue_sent") == {user_id_of(app, "coordinator.p-cpm-3")}
    with pytest.raises(NotEditable):
        fill(app, sheet_id, {"result": "อื่น"})
    with pytest.raises(NotAllowed):
        entry(app, "1.1", EntryMove.CHECK, "reporter")
    with pytest.raises(Refused):
        entry(app, "1.1", EntryMove.RETURN, said=" ")
    with doing(app, actor := who(app)):
        sheets.give(subjects.held(sheet_id), [user_id_of(app, "reporter.p-cpm-3")], actor=actor, now=NOW)
    entry(app, "1.1", EntryMove.RETURN, said="ขอภาพประกอบ")
    assert told(app, "issue_returned") == {user_id_of(app, "reporter.p-cpm-3")}
    with looking(app):
        sheet = db.session.get_one(Sheet, sheet_id)
        assert (sheet.state, sheet.said) == ("returned", "ขอภาพประกอบ")
    fill(app, sheet_id, {"result": "แก้แล้ว"})
    entry(app, "1.1", EntryMove.SEND)
    entry(app, "1.1", EntryMove.TAKE_BACK)
    with pytest.raises(Conflict):
        entry(app, "1.1", EntryMove.CHECK)


def test_a_report_is_proposed_when_every_issue_is_checked_and_the_summary_is_written(app):
    ask_few(app)
    begin(app)
    with pytest.raises(NotAllChecked) as refusal:
        move(app, ReportMove.PROPOSE)
    assert len(refusal.value.items) == 3
    check_all(app)
    with pytest.raises(IncompleteSheet):
        move(app, ReportMove.PROPOSE)
    fill(app, report_sheet(app).id, {"summary": "สรุป"})
    with pytest.raises(NotAllowed):
        move(app, ReportMove.PROPOSE, "reporter")
    move(app, ReportMove.PROPOSE)
    assert told(app, "inspection_proposed") == {user_id_of(app, "director.p-cpm-3")}
    with pytest.raises(Conflict):
        entry(app, "1.1", EntryMove.RETURN, said="ช้าไป")
    with pytest.raises(Conflict), doing(app, actor := who(app)):
        inspecting.begin(CODE, OFFICE, actor=actor, now=NOW)
    with pytest.raises(NotEditable):
        fill(app, report_sheet(app).id, {"summary": "แก้"})


def test_the_director_endorses_then_the_letter_is_noted_and_the_report_sent_in_time(app):
    propose(app)
    with pytest.raises(NotAllowed):
        move(app, ReportMove.ENDORSE)
    move(app, ReportMove.ENDORSE, "director")
    assert told(app, "inspection_endorsed") == {user_id_of(app, "coordinator.p-cpm-3")}
    with pytest.raises(IncompleteSheet) as lacking:
        move(app, ReportMove.SEND)
    assert [item.key for item in lacking.value.items] == ["letter_number", "letter_day"]
    fill(app, report_sheet(app).id, {"letter_number": "ศธ 04030/123", "letter_day": "20/11/2569"})
    move(app, ReportMove.SEND)
    sheet = report_sheet(app)
    assert (sheet.state, sheet.timing, sheet.sent_by_name) == ("sent", "on_time", "coordinator.p-cpm-3")
    with looking(app):
        report = db.session.query(InspectionReport).one()
        assert (report.endorsed_by_name, report.acting_order) == ("director.p-cpm-3", "")
        assert db.session.query(Change).filter_by(subject=f"sheet:{sheet.id}", what="state:send").count() == 1


def test_nothing_locks_by_the_clock_but_what_comes_after_the_day_is_late(app):
    propose(app)
    later = NOW + timedelta(days=40)
    move(app, ReportMove.ENDORSE, "director", now=later)
    fill(app, report_sheet(app).id, {"letter_number": "ศธ 04030/123", "letter_day": "20/12/2569"})
    move(app, ReportMove.SEND, now=later)
    assert report_sheet(app).timing == "late"
    move(app, ReportMove.REOPEN, said="ผู้ตรวจขอให้แก้")
    assert (report_sheet(app).state, report_sheet(app).timing) == ("returned", "late")


def test_a_report_that_came_in_time_stays_so_when_inspectors_ask_for_corrections(app):
    propose(app)
    move(app, ReportMove.ENDORSE, "director")
    fill(app, report_sheet(app).id, {"letter_number": "ศธ 04030/123", "letter_day": "20/11/2569"})
    move(app, ReportMove.SEND)
    later = NOW + timedelta(days=40)
    move(app, ReportMove.REOPEN, said="ผู้ตรวจขอให้แก้", now=later)
    for which, who in ((ReportMove.PROPOSE, "coordinator"), (ReportMove.ENDORSE, "director"), (ReportMove.SEND, "coordinator")):
        move(app, which, who, now=later)
    assert (report_sheet(app).state, report_sheet(app).timing) == ("sent", "on_time")


def test_a_returned_report_says_why_and_its_issues_can_be_returned(app):
    propose(app)
    with pytest.raises(Refused):
        move(app, ReportMove.RETURN, "director")
    move(app, ReportMove.RETURN, "director", said="เพิ่มข้อมูลประเด็น 1.1")
    assert report_sheet(app).said == "เพิ่มข้อมูลประเด็น 1.1"
    entry(app, "1.1", EntryMove.RETURN, said="ตามที่ ผอ. สั่ง")
    with pytest.raises(NotAllChecked):
        move(app, ReportMove.PROPOSE)


def test_who_acts_for_the_director_by_an_order_endorses_and_it_says_so(app):
    propose(app)
    with pytest.raises(NotAllowed):
        move(app, ReportMove.ENDORSE, "reporter")
    with doing(app, who(app)):
        db.session.add(
            OfficeOrder(
                area_id=area_id_of(app, OFFICE),
                kind="acting",
                number="65/2569",
                dated_on=date(2026, 11, 1),
                user_id=user_id_of(app, "reporter.p-cpm-3"),
                begins_at=NOW - timedelta(days=1),
                ends_at=NOW + timedelta(days=1),
                entered_at=NOW,
            )
        )
    move(app, ReportMove.ENDORSE, "reporter")
    with looking(app):
        assert db.session.query(InspectionReport).one().acting_order == "65/2569"


# --- recommendations ----------------------------------------------------------------------------------------------------------

WORDING = Wording("ให้จัดทำแผนเผชิญเหตุทุกโรงเรียน", "กลุ่มส่งเสริมการจัดการศึกษา", date(2026, 11, 18), date(2026, 11, 25), "1.1")


def recommend(app, wording: Wording = WORDING, owners=("reporter",)) -> int:
    ids = [user_id_of(app, f"{duty}.p-cpm-3") for duty in owners]
    with doing(app, actor := who(app)):
        return recommending.add(CODE, OFFICE, wording, ids, actor=actor, now=NOW).sheet_id


def act(app, which: Move, duty: str = "reporter", said: str = "", number: int = 1) -> None:
    with doing(app, actor := who(app, duty)):
        recommending.move(CODE, OFFICE, number, which, actor=actor, now=NOW, said=said)


def state(app, number: int = 1) -> str:
    with looking(app):
        return db.session.query(Sheet.state).join(Recommendation).filter(Recommendation.number == number).scalar()


def test_recommendations_are_numbered_and_given_to_people_who_are_told(app):
    recommend(app)
    recommend(app, Wording("ข้อสอง", "", date(2026, 11, 18), None))
    with looking(app):
        assert [row.number for row in db.session.query(Recommendation).order_by(Recommendation.id)] == [1, 2]
    assert told(app, "sheet_given") == {user_id_of(app, "reporter.p-cpm-3")}
    assert told(app, "recommendation_entered") == {user_id_of(app, "director.p-cpm-3")}
    with pytest.raises(NotAllowed), doing(app, actor := who(app, "reporter")):
        recommending.add(CODE, OFFICE, WORDING, actor=actor, now=NOW)
    with pytest.raises(NotFound), doing(app, actor := who(app, office="P-CPM-2")):
        recommending.add(CODE, OFFICE, WORDING, actor=actor, now=NOW)


def test_a_recommendation_is_acted_on_reviewed_and_closed(app):
    sheet_id = recommend(app)
    act(app, Move.START)
    with pytest.raises(IncompleteSheet):
        act(app, Move.FINISH)
    fill(app, sheet_id, {"response": "จัดทำแผนครบแล้ว"}, actor=who(app, "reporter"))
    act(app, Move.FINISH)
    assert told(app, "recommendation_answered") == {user_id_of(app, "coordinator.p-cpm-3")}
    with pytest.raises(NotAllowed):
        act(app, Move.CLOSE)
    act(app, Move.RETURN, "coordinator", "ขอหลักฐาน")
    assert state(app) == "in_progress"
    act(app, Move.FINISH)
    act(app, Move.CLOSE, "coordinator")
    assert state(app) == "closed"
    assert told(app, "recommendation_closed") == {user_id_of(app, f"{duty}.p-cpm-3") for duty in ("reporter", "director")}
    with pytest.raises(NotEditable):
        fill(app, sheet_id, {"response": "แก้"})
    with pytest.raises(Conflict), doing(app, actor := who(app)):
        recommending.amend(CODE, OFFICE, 1, WORDING, actor=actor, now=NOW)
    act(app, Move.REOPEN, "coordinator", "ยังไม่ครบ")
    assert state(app) == "in_progress"


def test_what_cannot_be_done_says_why(app):
    sheet_id = recommend(app)
    with pytest.raises(IncompleteSheet):
        act(app, Move.REFUSE)
    fill(app, sheet_id, {"cannot_reason": "เกินอำนาจของเขตพื้นที่"})
    act(app, Move.REFUSE)
    assert state(app) == "cannot"


def test_mending_a_recommendation_is_on_record(app):
    sheet_id = recommend(app)
    with doing(app, actor := who(app)):
        mended = Wording("ถ้อยคำใหม่", WORDING.concerned, WORDING.received_on, None, "")
        recommending.amend(CODE, OFFICE, 1, mended, actor=actor, now=NOW)
    with looking(app):
        changed = {row.what for row in db.session.query(Change).filter_by(subject=f"sheet:{sheet_id}")}
        assert {"text", "due_on", "issue"} <= changed
        assert "concerned" not in changed


def test_owners_are_reminded_once_before_the_day_and_once_after(app):
    recommend(app)
    for days, kind, count in ((0, "recommendation_soon", 0), (2, "recommendation_soon", 2), (6, "recommendation_overdue", 2)):
        for _ in range(2):
            app.config["EMES_NOW"] = NOW + timedelta(days=days)
            with app.app_context():
                worker.remind_of_jobs()
        assert len(told(app, kind)) == count
    with looking(app):
        assert db.session.query(OutboxMessage).filter(OutboxMessage.dedupe_key.like("recommendation_%")).count() == 4


def test_offices_that_have_not_sent_are_reminded_once_with_the_owners_of_their_issues(app):
    begin(app)
    with doing(app, actor := who(app)):
        sheets.give(subjects.held(entries(app)["1.1"]), [user_id_of(app, "reporter.p-cpm-3")], actor=actor, now=NOW)
    with doing(app, actor_for(app, "central")):
        found = db.session.query(Inspection).filter_by(code=CODE).one()
        found.reminds_at, found.cluster = NOW - timedelta(hours=1), 13
    with app.app_context():
        worker.remind_of_jobs()
        worker.remind_of_jobs()
    assert told(app, "inspection_reminder") == {user_id_of(app, f"coordinator.p-cpm-{n}") for n in (2, 3)}
    assert told(app, "inspection_owner_reminder") == {user_id_of(app, "reporter.p-cpm-3")}


def test_the_seed_has_both_rounds_with_what_was_reconstructed_marked(app):
    with looking(app):
        found = {row.code: row for row in db.session.query(Inspection)}
        assert set(found) == {"2566-1", "2566-2"}
        assert all(issue.is_illustrative for row in found.values() for issue in row.issues)
        assert len({issue.policy_th for issue in found["2566-1"].issues}) == 6
        office = db.session.query(Area).filter_by(code=OFFICE).one()
        assert [issue.code for issue in found["2566-1"].issues_for(office.kind)].count("4.1") == 0
