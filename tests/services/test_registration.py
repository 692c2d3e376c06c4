"""Asking for an account: the mailbox answers, a person of the office decides, and nobody learns who has an account."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.security import check_password_hash

from app.domain.access import Duty
from app.domain.errors import Conflict, NotAllowed, NotFound, Refused
from app.extensions import db
from app.models import Area, Change, OutboxMessage, PersonnelType, Registration, SingleUseLink
from app.queries import account as queries
from app.services import accounts, links, registration
from app.services.registration import Application
from tests.conftest import NOW
from tests.services.doing import actor_for, area_id_of, doing, looking, mails, user_id_of

on_both_databases = True

KEY = "k" * 40
PASSWORD = "ฝนตกที่ภูเขียวทุกวัน"
EMAIL = "supaporn.w@chaiyaphum3.go.th"
COORDINATOR, CENTRAL = "coordinator.p-cpm-3@emes.test", "central@emes.test"
APPLICATION = Application(
    email="Supaporn.W@chaiyaphum3.go.th",
    full_name="นางสุภาพร วงศ์ชัย",
    area_code="P-CPM-3",
    personnel_type_id=1,
    position="นักวิเคราะห์นโยบายและแผนปฏิบัติการ",
    phone="0812345678",
    password=PASSWORD,
    registered_address="1 หมู่ 2",
    current_address="3 หมู่ 4",
)


def register(app, *, now=NOW, **changes: str) -> str | None:
    """Ask for an account; answers with the token of the newest link, if there is one."""
    with looking(app):
        personnel_type_id = db.session.query(PersonnelType.id).order_by(PersonnelType.id.desc()).first()[0]
    with doing(app):
        registration.register(replace(APPLICATION, personnel_type_id=personnel_type_id, **changes), now=now)
    with looking(app):
        link = db.session.query(SingleUseLink).order_by(SingleUseLink.id.desc()).first()
        return link and links.token_of(link.id, "verify", secret_key=KEY)


def verify(app, token: str | None, *, now=NOW, open_to_all: bool = False) -> None:
    assert token is not None
    with doing(app):
        registration.verify(token, secret_key=KEY, now=now, open_to_all=open_to_all)


def decide(app, name: str, *, reason: str | None = None, registration_id: int | None = None) -> None:
    """Approve the only request, or refuse it where there is a reason."""
    actor = actor_for(app, name)
    found = registration_id if registration_id is not None else only(app).id
    with doing(app, actor):
        if reason is None:
            registration.approve(found, actor=actor, now=NOW)
        else:
            registration.refuse(found, reason, actor=actor, now=NOW)


def only(app) -> Registration:
    with looking(app):
        return db.session.query(Registration).one()


def test_a_request_waits_for_its_mailbox_and_opens_nothing(app):
    register(app)
    row = only(app)
    assert (row.email, row.full_name, row.area_id) == (EMAIL, "นางสุภาพร วงศ์ชัย", area_id_of(app, "P-CPM-3"))
    assert (row.position, row.phone) == ("นักวิเคราะห์นโยบายและแผนปฏิบัติการ", "0812345678")
    assert (row.registered_address, row.current_address) == ("1 หมู่ 2", "3 หมู่ 4")
    assert (row.state, row.requested_at, row.verified_at, row.decided_at) == ("unverified", NOW, None, None)
    assert check_password_hash(row.password_hash, PASSWORD)
    assert mails(app) == [(EMAIL, "verify")]
    with looking(app):
        assert queries.user_by_email(EMAIL) is None


def test_the_mail_holds_no_password_and_nothing_that_opens_the_link(app):
    token = register(app)
    with looking(app):
        context = str(db.session.query(OutboxMessage).one().context)
    assert PASSWORD not in context
    assert token not in context
    assert "scrypt" not in context


def test_once_the_mailbox_answered_the_coordinator_of_the_office_is_told(app):
    token = register(app)
    verify(app, token, now=NOW + timedelta(hours=1))
    row = only(app)
    assert (row.state, row.verified_at) == ("pending", NOW + timedelta(hours=1))
    assert mails(app)[1:] == [(COORDINATOR, "registration_pending")]
    with pytest.raises(NotFound):
        verify(app, token)


def test_where_an_office_has_no_coordinator_the_centre_is_told(app):
    verify(app, register(app, area_code="S-BKK-2"))
    assert mails(app)[1:] == [(CENTRAL, "registration_pending")]


def test_an_approved_request_becomes_an_account_of_a_reporter_of_that_office(app):
    verify(app, register(app))
    decide(app, "coordinator.p-cpm-3")
    with looking(app):
        user = queries.user_by_email(EMAIL)
        assert check_password_hash(user.password, PASSWORD)
        assert ([role.name for role in user.roles], user.active) == (["reporter"], True)
        profile = user.profile
        assert (profile.full_name, profile.area_id) == ("นางสุภาพร วงศ์ชัย", area_id_of(app, "P-CPM-3"))
        assert (profile.position, profile.phone) == ("นักวิเคราะห์นโยบายและแผนปฏิบัติการ", "0812345678")
        assert (profile.registered_address, profile.current_address) == ("1 หมู่ 2", "3 หมู่ 4")
        assert profile.personnel_type_id is not None
        change = db.session.query(Change).filter_by(what="approved").one()
        assert (change.actor_id, change.area_id) == (user_id_of(app, "coordinator.p-cpm-3"), profile.area_id)
    row = only(app)
    assert (row.state, row.decided_at, row.decided_by_id) == ("approved", NOW, user_id_of(app, "coordinator.p-cpm-3"))
    assert (row.password_hash, row.registered_address, row.current_address) == ("", "", "")
    assert mails(app)[-1] == (EMAIL, "registration_approved")


def test_a_refused_request_keeps_its_reason_and_the_person_reads_it(app):
    verify(app, register(app))
    decide(app, "coordinator.p-cpm-3", reason="ไม่ได้อยู่ในสำนักงาน")
    row = only(app)
    assert (row.state, row.refusal_reason) == ("refused", "ไม่ได้อยู่ในสำนักงาน")
    assert mails(app)[-1] == (EMAIL, "registration_refused")
    with looking(app):
        assert queries.user_by_email(EMAIL) is None
        assert db.session.query(OutboxMessage).order_by(OutboxMessage.id.desc()).first().context["reason"] == row.refusal_reason


def test_who_was_refused_may_ask_again(app):
    verify(app, register(app))
    decide(app, "coordinator.p-cpm-3", reason="กรอกสำนักงานผิด")
    verify(app, register(app, area_code="P-CPM-2"))
    with looking(app):
        rows = db.session.query(Registration).order_by(Registration.id)
        assert [row.state for row in rows] == ["refused", "pending"]


@pytest.mark.parametrize("reason", [None, "ไม่รู้จัก"], ids=["approving", "refusing"])
@pytest.mark.parametrize("name", ["coordinator.p-cpm-2", "coordinator.s-bkk-1", "reporter.p-cpm-2"])
def test_for_other_offices_the_request_does_not_exist(app, name, reason):
    verify(app, register(app))
    with pytest.raises(NotFound):
        decide(app, name, reason=reason, registration_id=only(app).id)
    assert only(app).state == "pending"


@pytest.mark.parametrize("name", ["reporter.p-cpm-3", "director.p-cpm-3", "evaluator1", "moderator", "analyst"])
def test_who_sees_a_request_but_has_another_duty_does_not_decide(app, name):
    verify(app, register(app))
    with pytest.raises(NotAllowed):
        decide(app, name)
    assert only(app).state == "pending"


@pytest.mark.parametrize("name", ["central", "admin"])
def test_the_centre_decides_everywhere(app, name):
    verify(app, register(app))
    decide(app, name)
    assert only(app).state == "approved"


def test_a_request_is_decided_once(app):
    verify(app, register(app))
    decide(app, "coordinator.p-cpm-3")
    for reason in (None, "สาย"):
        with pytest.raises(Conflict):
            decide(app, "central", reason=reason)
    assert only(app).state == "approved"


def test_a_request_whose_mailbox_did_not_answer_can_not_be_approved(app):
    register(app)
    with pytest.raises(Conflict):
        decide(app, "coordinator.p-cpm-3")
    with looking(app):
        assert queries.user_by_email(EMAIL) is None


def test_a_request_that_never_was_is_not_found(app):
    with pytest.raises(NotFound):
        decide(app, "central", registration_id=999)


def test_asking_again_before_the_mailbox_answered_replaces_the_request(app):
    register(app, position="ศึกษานิเทศก์", area_code="P-CPM-2")
    verify(app, register(app))
    row = only(app)
    assert (row.position, row.area_id) == (APPLICATION.position, area_id_of(app, "P-CPM-3"))
    assert mails(app)[:2] == [(EMAIL, "verify")] * 2


def test_a_link_confirms_only_the_request_that_it_was_mailed_for(app):
    """Else a stranger who types the same mailbox puts a password of their own behind the link that the owner opens."""
    first = register(app)
    register(app, password="a password of a stranger")
    with pytest.raises(NotFound):
        verify(app, first)
    assert only(app).state == "unverified"


def test_asking_again_while_a_person_decides_changes_nothing_and_mails_nothing(app):
    verify(app, register(app))
    before = mails(app)
    register(app, full_name="คนอื่น", password="a password of a stranger", area_code="P-CPM-2")
    row = only(app)
    assert (row.full_name, row.state, row.area_id) == ("นางสุภาพร วงศ์ชัย", "pending", area_id_of(app, "P-CPM-3"))
    assert check_password_hash(row.password_hash, PASSWORD)
    assert mails(app) == before


@pytest.mark.parametrize("email", ["reporter.p-cpm-3@emes.test", " REPORTER.P-CPM-3@emes.test "])
def test_a_known_mailbox_gets_another_mail_and_no_request_is_made(app, email):
    register(app, email=email)
    assert mails(app) == [("reporter.p-cpm-3@emes.test", "already_registered")]
    with looking(app):
        assert db.session.query(Registration).count() == 0
        assert db.session.query(SingleUseLink).count() == 0


def test_asking_twice_with_a_known_mailbox_is_harmless_and_mails_once_an_hour(app):
    for minutes in (0, 1, 30):
        register(app, email="reporter.p-cpm-3@emes.test", now=NOW + timedelta(minutes=minutes))
    assert len(mails(app)) == 1
    register(app, email="reporter.p-cpm-3@emes.test", now=NOW + timedelta(hours=1))
    assert len(mails(app)) == 2


def test_a_known_mailbox_may_have_a_long_address(app):
    """TX20."""
    email = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.go.th"
    with doing(app):
        accounts.new_user(email, "สุภาพร", password_hash="x", duties=[Duty.CENTRAL], area_id=None)
    register(app, email=email)
    assert mails(app) == [(email, "already_registered")]


@pytest.mark.parametrize(
    "changes",
    [
        {"area_code": "P-XXX-9"},
        {"area_code": ""},
        {"area_code": "p-cpm-3"},
        {"password": "short"},
        {"password": "emes25662566"},
        {"password": "my supaporn.w 2566"},
    ],
)
def test_an_unknown_office_or_a_weak_password_is_refused_and_nothing_is_stored(app, changes):
    with pytest.raises(Refused):
        register(app, **changes)
    with looking(app):
        assert db.session.query(Registration).count() == 0
    assert mails(app) == []


def test_an_office_that_was_taken_out_of_use_takes_no_requests(app):
    with doing(app):
        db.session.query(Area).filter_by(code="P-CPM-3").one().active = False
    with pytest.raises(Refused):
        register(app)


def test_a_link_is_worth_nothing_after_a_day(app):
    token = register(app)
    with pytest.raises(NotFound):
        verify(app, token, now=NOW + timedelta(hours=24))
    assert only(app).state == "unverified"


def test_on_a_training_site_the_mailbox_alone_opens_the_account(app):
    verify(app, register(app), open_to_all=True)
    with looking(app):
        assert [role.name for role in queries.user_by_email(EMAIL).roles] == ["reporter"]
    assert only(app).state == "approved"
    assert mails(app)[-1] == (EMAIL, "registration_approved")


def test_a_mailbox_that_got_an_account_meanwhile_does_not_get_a_second_one(app):
    verify(app, register(app))
    with doing(app):
        accounts.new_user(EMAIL, "สุภาพร", password_hash="x", duties=[Duty.CENTRAL], area_id=None)
    with pytest.raises(Conflict):
        decide(app, "coordinator.p-cpm-3")
    assert only(app).state == "pending"
