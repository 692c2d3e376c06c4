"""Projects from the first word to approval, through their quarters, and into the next year."""

from __future__ import annotations

import pytest

from app.domain.deadlines import Timing
from app.domain.errors import Conflict, NotAllowed, NotFound, Refused
from app.domain.progress import ProgressMove, ProgressState
from app.domain.project_fields import RowKind
from app.domain.projects import ProjectMove, ProjectState
from app.extensions import db
from app.models import Change, Notice, OfficeOrder, ProjectPeriod, ProjectProgress, Sheet
from app.queries import plan as plans
from app.queries import project as project_queries
from app.services import project_progress, projects, sheets
from app.services.sheets import IncompleteSheet
from tests.conftest import NOW
from tests.projects import OFFICE, WHOLE, YEAR, add, approved, move, project_of, report, save
from tests.services.doing import actor_for, area_id_of, doing, looking

on_both_databases = True


def told(app, kind: str) -> set[str]:
    """Who was told of this kind, by address."""
    with looking(app):
        rows = db.session.query(Notice).filter_by(kind=kind).all()
        from flask_appbuilder.security.sqla.models import User

        return {db.session.get(User, row.user_id).email.split("@")[0] for row in rows}


def test_a_new_project_has_a_number_a_row_of_each_kind_and_knows_what_it_lacks(app):
    assert [add(app, "โครงการหนึ่ง", whole=False), add(app, "โครงการสอง", whole=False)] == [1, 2]
    with looking(app):
        project = project_of(2)
        assert (project.name, project.sheet.state) == ("โครงการสอง", ProjectState.DRAFT)
        assert {kind: list(found) for kind, found in project_queries.living(project).items()} == {kind: [1] for kind in RowKind}
        assert project.sheet.missing_count == len(WHOLE)
    actor = actor_for(app, f"coordinator.{OFFICE.lower()}")
    with pytest.raises(Refused), doing(app, actor):
        projects.add(project_queries.office(OFFICE, actor=actor), YEAR, {"name": " "}, actor=actor, now=NOW)


def test_what_lists_show_follows_the_form(app):
    number = add(app)
    with looking(app):
        project = project_of(number)
        assert project.sheet.missing_count == 0
        assert (str(project.budget), project.starts_on.isoformat()) in {("100000.00", "2022-10-01"), ("100000", "2022-10-01")}
        assert project.group_name == WHOLE["group"]
    save(app, number, {"budget": None, "last_year": "2567"})
    with looking(app):
        project = project_of(number)
        assert (project.budget, project.last_year_be) == (None, 2567)
        assert project.sheet.missing_count > 0


def test_another_office_neither_finds_nor_writes_a_project(app):
    number = add(app)
    stranger = actor_for(app, "coordinator.p-cpm-2")
    with doing(app, stranger):
        with pytest.raises(NotFound):
            projects.held(YEAR, OFFICE, number)
        with pytest.raises(NotFound):
            project_queries.office(OFFICE, actor=stranger)


def test_an_incomplete_project_is_not_sent_and_a_sent_one_rests(app):
    number = add(app, whole=False)
    with pytest.raises(IncompleteSheet) as refused:
        move(app, number, ProjectMove.SEND)
    assert len(refused.value.items) == len(WHOLE)
    save(app, number, dict(WHOLE))
    move(app, number, ProjectMove.SEND)
    with pytest.raises(sheets.NotEditable):
        save(app, number, {"name": "ชื่อใหม่"})
    with looking(app):
        # The register of the demonstration was due ten days ago.
        assert project_of(number).sheet.timing == Timing.LATE
    assert told(app, "project_sent") == {"director.p-cpm-3"}


@pytest.mark.parametrize(
    ("which", "who"),
    [
        (ProjectMove.SEND, "reporter"),
        (ProjectMove.SEND, "director"),
        (ProjectMove.APPROVE, "coordinator"),
        (ProjectMove.RETURN, "reporter"),
        (ProjectMove.CANCEL, "director"),
    ],
)
def test_a_move_is_refused_to_whom_it_does_not_belong(app, which, who):
    number = add(app)
    if which is not ProjectMove.SEND:
        move(app, number, ProjectMove.SEND)
    with pytest.raises(NotAllowed):
        move(app, number, which, who, said="เหตุผล")


def test_a_returned_project_tells_why_and_goes_round_again(app):
    number = add(app)
    move(app, number, ProjectMove.SEND)
    with pytest.raises(Refused):
        move(app, number, ProjectMove.RETURN, "director", said="  ")
    move(app, number, ProjectMove.RETURN, "director", said="ขอให้ระบุเป้าหมายให้ชัด")
    with looking(app):
        sheet = project_of(number).sheet
        assert (sheet.state, sheet.said) == (ProjectState.RETURNED, "ขอให้ระบุเป้าหมายให้ชัด")
    assert told(app, "project_returned") == {"coordinator.p-cpm-3"}
    save(app, number, {"objectives": "เพื่อให้นักเรียนร้อยละ 80 อ่านออก"})
    move(app, number, ProjectMove.SEND)
    move(app, number, ProjectMove.APPROVE, "director")
    with pytest.raises(Conflict):
        move(app, number, ProjectMove.APPROVE, "director")


def test_a_project_is_cancelled_with_a_reason_and_comes_back(app):
    number = approved(app)
    move(app, number, ProjectMove.CANCEL, said="ไม่ได้รับจัดสรรงบประมาณ")
    with pytest.raises(Conflict):
        report(app, number, 1, "50", "0")
    move(app, number, ProjectMove.REOPEN, said="ได้รับจัดสรรแล้ว")
    with looking(app):
        assert project_of(number).sheet.state == ProjectState.DRAFT


def test_who_acts_for_the_director_approves(app):
    number = add(app)
    move(app, number, ProjectMove.SEND)
    with doing(app, actor_for(app, "central")):
        from datetime import timedelta

        who = actor_for(app, "reporter.p-cpm-3")
        db.session.add(
            OfficeOrder(
                area_id=area_id_of(app, OFFICE),
                kind="acting",
                number="๑๒/๒๕๖๖",
                dated_on=NOW.date(),
                user_id=who.user_id,
                begins_at=NOW - timedelta(days=1),
                ends_at=NOW + timedelta(days=1),
                entered_at=NOW,
            )
        )
    move(app, number, ProjectMove.APPROVE, "reporter")


def test_rows_come_and_go_and_a_number_is_never_used_twice(app):
    number = add(app)
    actor = actor_for(app, "reporter.p-cpm-3")
    with doing(app, actor):
        project, subject = projects.held(YEAR, OFFICE, number)
        assert projects.add_row(project, subject, RowKind.ACTIVITY, actor=actor, now=NOW) == 2
    with looking(app):
        assert project_of(number).sheet.missing_count == 4
    save(app, number, {"activity.2.name": "นิเทศ", "activity.2.weight": "60", "activity.1.weight": "40"})
    with doing(app, actor):
        project, subject = projects.held(YEAR, OFFICE, number)
        assert projects.remove_row(project, subject, RowKind.ACTIVITY, 2, actor=actor, now=NOW) == "นิเทศ"
    with looking(app):
        assert project_of(number).sheet.missing_count == 1, "the weights do not make 100 any more"
    with doing(app, actor):
        project, subject = projects.held(YEAR, OFFICE, number)
        assert subject.asked.field_of("activity.2.name") is None
        assert projects.add_row(project, subject, RowKind.ACTIVITY, actor=actor, now=NOW) == 3
        with pytest.raises(NotFound):
            projects.remove_row(project, subject, RowKind.ACTIVITY, 2, actor=actor, now=NOW)


def test_the_entry_into_the_national_system_and_the_order_are_noted(app):
    number = approved(app)
    actor = actor_for(app, "reporter.p-cpm-3")
    with doing(app, actor):
        projects.note_national(projects.find(YEAR, OFFICE, number), " ศธ 04-66-0001 ", "15/02/2566", actor=actor, now=NOW)
    with looking(app):
        project = project_of(number)
        assert (project.national_code, project.entered_on.isoformat()) == ("ศธ 04-66-0001", "2023-02-15")
        assert db.session.query(Change).filter_by(what="national").count() == 1
    lead = actor_for(app, "coordinator.p-cpm-3")
    with doing(app, lead), pytest.raises(NotFound):
        projects.choose_order(projects.find(YEAR, OFFICE, number), 999, actor=lead, now=NOW)


def test_what_was_in_time_stays_so_when_it_is_mended_and_sent_again(app):
    number = add(app)
    with doing(app, actor_for(app, "central")):
        period = db.session.query(ProjectPeriod).filter_by(fiscal_year_be=YEAR, quarter=0).one()
        due, period.due_at = period.due_at, NOW + (NOW - period.due_at)
    move(app, number, ProjectMove.SEND)
    with doing(app, actor_for(app, "central")):
        db.session.query(ProjectPeriod).filter_by(fiscal_year_be=YEAR, quarter=0).one().due_at = due
    move(app, number, ProjectMove.RETURN, "director", said="แก้ไข")
    move(app, number, ProjectMove.SEND)
    with looking(app):
        assert project_of(number).sheet.timing == Timing.ON_TIME
    move(app, number, ProjectMove.WITHDRAW)
    move(app, number, ProjectMove.SEND)
    with looking(app):
        assert project_of(number).sheet.timing == Timing.LATE


# --- quarters ------------------------------------------------------------------------------------------------------------------


def test_a_quarter_is_begun_once_and_shows_its_result_in_lists(app):
    number = approved(app)
    report(app, number, 1, "50", "25000")
    report(app, number, 1, "60", "26000", moves=(ProgressMove.SEND, ProgressMove.CHECK))
    with looking(app):
        rows = db.session.query(ProjectProgress).all()
        assert [(row.quarter, float(row.percent), float(row.paid), row.overall) for row in rows] == [
            (1, 60, 26000, "under_way")
        ]
        assert (rows[0].sheet.state, rows[0].sheet.timing) == (ProgressState.CHECKED, Timing.ON_TIME)


def test_a_project_that_was_not_sent_has_no_quarters(app):
    with pytest.raises(Conflict):
        report(app, add(app), 1, "50", "0")


def test_a_quarter_is_not_sent_before_it_opens_and_is_marked_after_it_was_due(app):
    number = approved(app)
    with pytest.raises(Conflict):
        report(app, number, 2, "50", "0", moves=(ProgressMove.SEND,))
    with doing(app, actor_for(app, "central")):
        period = db.session.query(ProjectPeriod).filter_by(quarter=2, fiscal_year_be=YEAR).one()
        one = db.session.query(ProjectPeriod).filter_by(quarter=1, fiscal_year_be=YEAR).one()
        period.opens_at, period.due_at = one.opens_at, NOW
    report(app, number, 2, "50", "0", moves=(ProgressMove.SEND,))
    with looking(app):
        assert db.session.query(ProjectProgress).one().sheet.timing == Timing.LATE
        assert plans.periods(YEAR)[2].is_overdue(NOW)


def test_less_than_before_needs_a_reason_and_a_returned_quarter_is_mended(app):
    number = approved(app)
    report(app, number, 1, "50", "0", moves=(ProgressMove.SEND,))
    report(app, number, 2, "40", "0")
    with looking(app):
        second = db.session.query(ProjectProgress).filter_by(quarter=2).one()
        assert second.sheet.missing_count == 1
        first_id = db.session.query(ProjectProgress).filter_by(quarter=1).one().sheet_id
    lead = actor_for(app, "coordinator.p-cpm-3")
    who = actor_for(app, "reporter.p-cpm-3")
    with doing(app, who), pytest.raises(NotAllowed):
        row, subject = project_progress.held(first_id)
        project_progress.move(row, subject, ProgressMove.RETURN, actor=who, now=NOW, typed_reason="x")
    with doing(app, lead):
        row, subject = project_progress.held(first_id)
        project_progress.move(row, subject, ProgressMove.RETURN, actor=lead, now=NOW, typed_reason="แนบหลักฐานด้วย")
    with looking(app):
        assert db.session.get(Sheet, first_id).state == ProgressState.RETURNED


# --- the next year -------------------------------------------------------------------------------------------------------------


def test_a_project_of_several_years_is_carried_over_once_without_what_belongs_to_one_year(app):
    number = add(app)
    actor = actor_for(app, "coordinator.p-cpm-3")
    with doing(app, actor), pytest.raises(Conflict):
        project, subject = projects.held(YEAR, OFFICE, number)
        projects.carry_over(project, subject, actor=actor, now=NOW)
    save(app, number, {"last_year": "2567", "ends_on": "30/09/2567"})
    with doing(app, actor):
        project, subject = projects.held(YEAR, OFFICE, number)
        fresh = projects.carry_over(project, subject, actor=actor, now=NOW)
        assert (fresh.fiscal_year_be, fresh.number) == (2567, 1)
    with looking(app):
        later = project_of(1, year=2567)
        entered = later.sheet.entered
        assert later.carried_from_id == project_of(number).id
        assert later.name == project_of(number).name
        assert (entered.value("first_year"), entered.value("last_year")) == ("2566", "2567")
        assert [entered.value(key) for key in ("budget", "plan_q1", "activity.1.name")] == [
            None,
            None,
            WHOLE["activity.1.name"],
        ]
    with doing(app, actor), pytest.raises(Conflict):
        project, subject = projects.held(YEAR, OFFICE, number)
        projects.carry_over(project, subject, actor=actor, now=NOW)
