"""Signing in and out, registering, forgotten passwords, sessions: over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy

import lxml.html
import pytest

from app import scope
from app.domain.access import Duty
from app.domain.errors import Refused
from app.extensions import db, transaction
from app.models import Change, OutboxMessage, Profile, Registration, UserSession
from app.queries import account as accounts
from app.services import accounts as account_service
from tests.conftest import NOW
from tests.person import REPORT, Person
from tests.programs import put_token
from tests.services.doing import looking, user_id_of

on_both_databases = "where marked"

PASSWORD = "emes-demo-2566"
NEW_PASSWORD = "ฝนตกที่ภูเขียวทุกวัน"
FORM = {
    "email": "Supaporn.W@chaiyaphum3.go.th",
    "full_name": "นางสุภาพร วงศ์ชัย",
    "area": "สพป.ชัยภูมิ เขต 3",
    "position": "นักวิเคราะห์นโยบายและแผนปฏิบัติการ",
    "phone": "๐๘ ๑๒๓๔ ๕๖๗๘",
    "password": NEW_PASSWORD,
    "password_confirm": NEW_PASSWORD,
}


def sign_in_at_the_page(person: Person, email: str, password: str = PASSWORD, **more: str):
    person.get("/login/")
    response = person.post("/login/", {"email": email, "password": password, **more})
    person.token = ""
    return response


def registration_form(person: Person, **changes: str) -> dict[str, str]:
    page = person.page("/register/")
    personnel_type = page.xpath("//select[@name='personnel_type']/option/@value")[0]
    return FORM | {"personnel_type": personnel_type} | changes


def mails(app) -> list:
    """Every message sent so far, parsed."""
    result = app.test_cli_runner().invoke(args=["send-mail"])
    assert result.exit_code == 0, result.output
    folder = app.config["EMES_DATA_DIR"] / "mail"
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]


def link_in(message) -> str:
    return re.search(r"http://localhost(/\S+)", message.get_content()).group(1)


# --- signing in and out -----------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_signing_in_leads_to_the_wanted_page(stranger):
    wanted = stranger.get(REPORT)
    assert wanted.status_code == 302
    assert wanted.location == f"/login/?next={REPORT}"
    response = sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", next=REPORT)
    assert (response.status_code, response.location) == (303, REPORT)
    assert stranger.get(REPORT).status_code == 200


def test_the_spelling_of_the_address_does_not_matter(stranger):
    assert sign_in_at_the_page(stranger, "  Reporter.P-CPM-3@EMES.test ").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil",
        "/\t/evil",
        "http:/evil",
        "",
    ],
)
def test_after_signing_in_nobody_is_sent_to_another_site(stranger, target):
    response = sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", next=target)
    assert response.location == "/reports/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_page(stranger):
    wrong = sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", "wrong-password-here")
    unknown = sign_in_at_the_page(stranger, "nobody.at-all-33@emes.test", "wrong-password-here")
    assert wrong.status_code == unknown.status_code == 422

    def without_what_differs(response) -> str:
        text = re.sub(r'(csrf[_-]token"[^>]*(value|content)=|nonce=|name="email"[^>]*value=)"[^"]*"', "", response.text)
        return re.sub(r'value="[^"]*@emes.test"', "", text)

    assert without_what_differs(wrong) == without_what_differs(unknown)
    assert "/register/" in wrong.text
    assert "/forgot-password/" in wrong.text


def test_guessing_pauses_the_account_here_and_leaves_the_office_alone(stranger, app):
    for _ in range(5):
        assert sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", "wrong-password").status_code == 422
    assert sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", PASSWORD).status_code == 429
    assert sign_in_at_the_page(Person(app), "coordinator.p-cpm-3@emes.test").status_code == 303
    app.config["EMES_NOW"] = NOW + timedelta(minutes=2)
    assert sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", PASSWORD).status_code == 303


@pytest.mark.postgresql
def test_a_copied_cookie_is_worth_nothing_after_signing_out(stranger, app):
    sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test")
    thief = Person(app)
    cookie = stranger.client.get_cookie("emes")
    thief.client.set_cookie("emes", cookie.value)
    assert thief.get("/profile/").status_code == 200
    assert stranger.post("/logout/").status_code == 303
    assert thief.get("/profile/").status_code == 302
    assert stranger.get("/profile/").status_code == 302


def test_opening_the_sign_out_address_signs_nobody_out(reporter):
    assert reporter.get("/logout/").status_code == 200
    assert reporter.get("/profile/").status_code == 200


def test_a_session_ends_by_idleness_and_by_age(reporter, app):
    app.config["EMES_NOW"] = NOW + timedelta(minutes=61)
    assert reporter.get("/profile/").status_code == 302


def test_a_session_in_use_lives_on_but_not_for_ever(reporter, app):
    for minutes in range(50, 12 * 60, 50):
        app.config["EMES_NOW"] = NOW + timedelta(minutes=minutes)
        assert reporter.get("/profile/").status_code == 200
    app.config["EMES_NOW"] = NOW + timedelta(hours=12, minutes=1)
    assert reporter.get("/profile/").status_code == 302


def test_remembering_keeps_one_signed_in_for_seven_days(stranger, app):
    sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", remember="y")
    app.config["EMES_NOW"] = NOW + timedelta(days=6)
    assert stranger.get("/profile/").status_code == 200
    app.config["EMES_NOW"] = NOW + timedelta(days=7, minutes=1)
    assert stranger.get("/profile/").status_code == 302


@pytest.mark.postgresql
def test_deactivation_and_a_change_of_role_end_every_session(app, reporter, sign_in):
    admin = sign_in("admin")
    with app.app_context():
        profile_id = db.session.query(Profile.user_id).filter(Profile.user.has(email="reporter.p-cpm-3@emes.test")).scalar()
    page = admin.page(f"/admin/accounts/edit/{profile_id}")
    form = page.xpath(
        "//form[@id='model_form' or contains(@class,'admin-form') or @method='post'][.//input[@name='full_name']]"
    )[0]
    data = {name: form.fields[name] for name in ("full_name", "area", "personnel_type", "position", "phone")}
    response = admin.post(f"/admin/accounts/edit/{profile_id}", data | {"duties": ["coordinator"], "active": "y"})
    assert response.status_code == 303, response.text
    assert reporter.get("/profile/").status_code == 302
    again = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    assert again.get("/registrations/").status_code == 200
    response = admin.post(f"/admin/accounts/edit/{profile_id}", data | {"duties": ["coordinator"]})
    assert response.status_code == 303
    assert again.get("/profile/").status_code == 302


# --- passwords --------------------------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_set_with_a_link_that_works_once(app, stranger, reporter):
    stranger.get("/forgot-password/")
    known = stranger.post("/forgot-password/", {"email": "reporter.p-cpm-3@emes.test"})
    unknown = stranger.post("/forgot-password/", {"email": "nobody@emes.test"})
    assert known.status_code == unknown.status_code == 200
    found = mails(app)
    assert [message["To"] for message in found] == ["reporter.p-cpm-3@emes.test"]
    link = link_in(found[0])
    stranger.page(link)
    assert stranger.post(link, {"password": "short", "password_confirm": "short"}).status_code == 422
    good = {"password": NEW_PASSWORD, "password_confirm": NEW_PASSWORD}
    assert stranger.post(link, good).status_code == 303
    stranger.token = ""
    assert stranger.post(link, good).status_code == 410
    assert reporter.get("/profile/").status_code == 302, "a new password ends every session"
    stranger.token = ""
    assert sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test").status_code == 422
    assert sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", NEW_PASSWORD).status_code == 303


def test_a_reset_link_dies_after_half_an_hour(app, stranger):
    stranger.post("/forgot-password/", {"email": "reporter.p-cpm-3@emes.test"})
    link = link_in(mails(app)[0])
    app.config["EMES_NOW"] = NOW + timedelta(minutes=31)
    assert stranger.get(link).status_code == 410


@pytest.mark.parametrize("token", ["x", "MQ.abc", "%00", "a" * 5000, "../../etc/passwd"])
def test_a_forged_link_says_only_that_it_does_not_work(stranger, token):
    assert stranger.get(f"/reset-password/{token}").status_code in (404, 410)
    assert stranger.get(f"/register/verify/{token}").status_code in (200, 404, 410)


def test_the_link_in_a_mail_never_follows_the_host_of_the_request(app, stranger):
    stranger.get("/forgot-password/")
    stranger.post("/forgot-password/", {"email": "reporter.p-cpm-3@emes.test"}, headers={"X-Forwarded-Host": "evil.example"})
    assert "evil" not in mails(app)[0].get_content()


@pytest.mark.postgresql
def test_changing_the_password_needs_the_current_one_and_signs_other_browsers_out(app, reporter):
    elsewhere = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    data = {"current_password": "wrong", "password": NEW_PASSWORD, "password_confirm": NEW_PASSWORD}
    assert reporter.post("/profile/password", data).status_code == 422
    assert elsewhere.get("/profile/").status_code == 200
    assert reporter.post("/profile/password", data | {"current_password": PASSWORD}).status_code == 303
    assert reporter.get("/profile/").status_code == 200
    assert elsewhere.get("/profile/").status_code == 302


@pytest.mark.parametrize(
    "password", ["สั้นไป", "password12345", "reporter.p-cpm-3-2566", "aaaaaaaaaaaaaaa", "emes2566256625662566"[:12]]
)
def test_easy_passwords_are_refused_with_a_reason(reporter, password):
    data = {"current_password": PASSWORD, "password": password, "password_confirm": password}
    assert reporter.post("/profile/password", data).status_code == 422


def test_a_leaked_password_is_refused_at_every_door(app, stranger):
    leaked = {"password": "Dragonfly2024!", "password_confirm": "Dragonfly2024!"}
    refused = "เดาได้ง่าย"
    answer = stranger.post("/register/", registration_form(stranger) | leaked)
    assert (answer.status_code, refused in answer.text) == (422, True)
    stranger.post("/forgot-password/", {"email": "reporter.p-cpm-3@emes.test"})
    answer = stranger.post(link_in(mails(app)[0]), leaked)
    assert (answer.status_code, refused in answer.text) == (422, True)
    answer = (
        Person(app).signed_in("director.p-cpm-3@emes.test").post("/profile/password", leaked | {"current_password": PASSWORD})
    )
    assert (answer.status_code, refused in answer.text) == (422, True)
    made = app.test_cli_runner().invoke(
        args=["create-user", "x@obec.go.th", "--name", "x", "--role", "admin", "--password", leaked["password"]]
    )
    assert made.exit_code == 1
    with app.app_context():
        assert accounts.user_by_email("x@obec.go.th") is None


@pytest.mark.postgresql
def test_one_sees_and_ends_the_own_sessions(app, reporter):
    elsewhere = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    page = reporter.page("/profile/")
    actions = page.xpath("//form[contains(@action,'/profile/sessions/') and not(contains(@action,'end-all'))]/@action")
    assert len(actions) == 1
    assert reporter.post(actions[0]).status_code == 303
    assert elsewhere.get("/profile/").status_code == 302
    assert reporter.post("/profile/sessions/end-all").status_code == 303
    assert reporter.get("/profile/").status_code == 302


@pytest.mark.postgresql
def test_nobody_ends_another_persons_session(app, reporter, sign_in):
    other = sign_in("coordinator.p-cpm-3")
    with app.app_context():
        theirs = db.session.query(UserSession.id).order_by(UserSession.id.desc()).first()[0]
    assert reporter.post(f"/profile/sessions/{theirs}/end").status_code == 404
    assert other.get("/profile/").status_code == 200


@pytest.mark.postgresql
def test_the_profile_is_corrected_but_office_and_roles_are_not_among_it(app, reporter):
    page = reporter.page("/profile/")
    form = page.xpath("//form[@action='/profile/']")[0]
    personnel_type = form.xpath(".//select[@name='personnel_type']/option/@value")[0]
    data = {"full_name": "นายธนกร ไชยชาญ", "phone": "081-234-5678", "position": "ศึกษานิเทศก์", "personnel_type": personnel_type}
    forged = {"area_id": "1", "area": "1", "roles": "admin", "email": "x@x.th", "active": ""}
    assert reporter.post("/profile/", data | forged).status_code == 303
    with app.app_context():
        user = accounts.user_by_email("reporter.p-cpm-3@emes.test")
        assert (user.profile.full_name, user.profile.phone) == ("นายธนกร ไชยชาญ", "0812345678")
        assert user.profile.area.code == "P-CPM-3"
        assert [role.name for role in user.roles] == ["reporter"]
        assert user.active


def test_another_telephone_asks_for_the_password_once_the_sign_in_was_a_while_ago(app, reporter):
    """At it the centre calls back whoever says that the second factor is lost."""
    form = reporter.page("/profile/").xpath("//form[@action='/profile/']")[0]
    details = {name: form.fields[name] for name in ("full_name", "position", "personnel_type", "phone")}
    assert "phone_password" not in form.fields, "the sign-in was the proof"
    app.config["EMES_NOW"] = NOW + timedelta(minutes=11)
    assert reporter.post("/profile/", details | {"position": "ครู"}).status_code == 303, "the same telephone needs none"
    other = details | {"phone": "081-234-5678"}
    for given in ({}, {"phone_password": "wrong-one-here"}):
        refused = reporter.post("/profile/", other | given)
        assert refused.status_code == 422
        page = lxml.html.fromstring(refused.text)
        assert page.xpath("//input[@name='phone']/@value") == ["081-234-5678"], "what was typed stays"
        assert page.xpath("//input[@name='phone_password']/@aria-invalid") == ["true"]
    with looking(app):
        assert accounts.user_by_email("reporter.p-cpm-3@emes.test").profile.phone != "0812345678"
    assert reporter.post("/profile/", other | {"phone_password": PASSWORD}).status_code == 303
    with looking(app):
        assert accounts.user_by_email("reporter.p-cpm-3@emes.test").profile.phone == "0812345678"


@pytest.mark.postgresql
def test_the_centre_signs_somebody_out_everywhere_and_the_person_is_told(app, sign_in, reporter):
    token = put_token(app, "reporter.p-cpm-3")
    elsewhere, central = sign_in("reporter.p-cpm-3"), sign_in("central")
    user_id = user_id_of(app, "reporter.p-cpm-3")
    address = f"/admin/accounts/{user_id}/sign-out"
    assert central.page(f"/admin/accounts/show/{user_id}").xpath(f"//form[@action='{address}']//button")
    assert central.post(address).status_code == 303
    assert reporter.get("/profile/").status_code == elsewhere.get("/profile/").status_code == 302
    assert token.get("/rounds").status_code == 200, "programs go on"
    assert central.post(address, {"with_tokens": "y"}).status_code == 303
    assert token.get("/rounds").status_code == 401
    assert any("ออกจากระบบทุกเครื่อง" in mail.get_content() for mail in mails(app))
    with looking(app):
        assert db.session.query(Change).filter_by(subject=f"user:{user_id}", what="signed out everywhere").count() == 2


def test_nobody_of_an_office_signs_others_out_and_nobody_oneself_from_there(app, sign_in):
    central = sign_in("central")
    own = user_id_of(app, "central")
    assert central.post(f"/admin/accounts/{own}/sign-out").status_code == 403
    assert central.get("/profile/").status_code == 200
    assert not central.page(f"/admin/accounts/show/{own}").xpath("//form[contains(@action,'/sign-out')]")
    assert central.post("/admin/accounts/999999/sign-out").status_code == 404
    coordinator = sign_in("coordinator.p-cpm-3")
    assert coordinator.post(f"/admin/accounts/{user_id_of(app, 'reporter.p-cpm-3')}/sign-out").status_code == 403


def test_an_administrator_is_signed_out_by_another_administrator_alone(app, sign_in):
    admin, central = sign_in("admin"), sign_in("central")
    address = f"/admin/accounts/{user_id_of(app, 'admin')}"
    assert central.post(f"{address}/sign-out").status_code == 403
    assert admin.get("/profile/").status_code == 200


# --- registering ------------------------------------------------------------------------------------------------------------


def test_a_newcomer_registers_confirms_and_is_approved_by_the_office(app, stranger, sign_in):
    assert stranger.post("/register/", registration_form(stranger)).status_code == 200
    message = mails(app)[0]
    assert message["To"] == "supaporn.w@chaiyaphum3.go.th"
    stranger.token = ""
    assert sign_in_at_the_page(stranger, FORM["email"], NEW_PASSWORD).status_code == 422, "nothing opens before approval"
    link = link_in(message)
    stranger.page(link)
    with app.app_context(), scope.whole_country("a test looks"):
        assert db.session.query(Registration).one().state == "unverified", "opening the link alone confirms nothing"
    assert stranger.post(link).status_code == 200
    assert stranger.post(link).status_code == 410
    coordinator = sign_in("coordinator.p-cpm-3")
    assert "coordinator.p-cpm-3@emes.test" in [found["To"] for found in mails(app)]
    page = coordinator.page("/registrations/")
    assert "นางสุภาพร วงศ์ชัย" in page.text_content()
    action = page.xpath("//form[contains(@action,'/approve')]/@action")[0]
    assert sign_in("coordinator.p-cpm-2").post(action).status_code == 404
    assert sign_in("reporter.p-cpm-3").post(action).status_code == 403
    assert coordinator.post(action).status_code == 303
    assert coordinator.post(action).status_code == 409
    newcomer = Person(app)
    assert sign_in_at_the_page(newcomer, FORM["email"], NEW_PASSWORD).status_code == 303
    assert newcomer.get(REPORT).status_code == 200
    assert newcomer.get("/registrations/").status_code == 403


def test_a_forged_registration_gives_nothing_more(app, stranger):
    forged = {
        "roles": "admin",
        "role": "admin",
        "active": "1",
        "state": "approved",
        "area_id": "5",
        "verified_at": "2020-01-01",
    }
    assert stranger.post("/register/", registration_form(stranger) | forged).status_code == 200
    with app.app_context(), scope.whole_country("a test looks"):
        row = db.session.query(Registration).one()
        assert (row.state, row.area.code, row.verified_at, row.decided_at) == ("unverified", "P-CPM-3", None, None)
        assert accounts.user_by_email("supaporn.w@chaiyaphum3.go.th") is None


def test_a_registration_is_refused_with_a_reason_that_the_person_reads(app, stranger, sign_in):
    stranger.post("/register/", registration_form(stranger))
    stranger.post(link_in(mails(app)[0]))
    coordinator = sign_in("coordinator.p-cpm-3")
    action = coordinator.page("/registrations/").xpath("//form[contains(@action,'/refuse')]/@action")[0]
    assert coordinator.post(action, {"reason": ""}).status_code == 422
    assert coordinator.post(action, {"reason": "ไม่ได้อยู่ในสำนักงาน"}).status_code == 303
    assert "ไม่ได้อยู่ในสำนักงาน" in mails(app)[-1].get_content()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("area", "สพป.ไม่มีจริง เขต 9"),
        ("area", ""),
        ("email", "not-an-address"),
        ("email", "a@b.th\nBcc: x@y.th"),
        ("phone", "12345"),
        ("password", "short"),
        ("password_confirm", "another password"),
        ("full_name", "   "),
        ("personnel_type", "999999"),
    ],
)
def test_a_bad_registration_keeps_what_was_typed_and_says_why(app, stranger, field, value):
    response = stranger.post("/register/", registration_form(stranger, **{field: value}))
    assert response.status_code == 422
    page = lxml.html.fromstring(response.text)
    assert page.xpath("//div[contains(@class,'errsum')]//a")
    assert page.xpath("//input[@name='position']/@value") == [FORM["position"]]
    with app.app_context(), scope.whole_country("a test looks"):
        assert db.session.query(Registration).count() == 0


def test_a_known_mailbox_gets_another_mail_and_nobody_another_page(app, stranger):
    with app.app_context(), transaction():
        account_service.new_user("known@obec.go.th", "นางก ข", password_hash="x", duties=[Duty.CENTRAL], area_id=None)
    known = stranger.post("/register/", registration_form(stranger, email="Known@obec.go.th"))
    fresh = stranger.post("/register/", registration_form(stranger, email="new.person@chaiyaphum3.go.th"))
    assert known.status_code == fresh.status_code == 200
    assert re.sub(r"\S+@\S+", "", lxml.html.fromstring(known.text).xpath("//main")[0].text_content()) == re.sub(
        r"\S+@\S+", "", lxml.html.fromstring(fresh.text).xpath("//main")[0].text_content()
    )
    with app.app_context(), scope.whole_country("a test looks"):
        assert db.session.query(Registration).count() == 1
        assert {row.template for row in db.session.query(OutboxMessage)} == {"already_registered", "verify"}


@pytest.mark.postgresql
def test_a_training_site_opens_accounts_without_approval_and_a_closed_one_takes_none(app, stranger):
    app.config["EMES_REGISTRATION"] = "open"
    stranger.post("/register/", registration_form(stranger))
    assert stranger.post(link_in(mails(app)[0])).status_code == 200
    assert sign_in_at_the_page(Person(app), FORM["email"], NEW_PASSWORD).status_code == 303
    app.config["EMES_REGISTRATION"] = "closed"
    assert stranger.get("/register/").status_code == 403


@pytest.mark.postgresql
def test_central_staff_decide_where_an_office_has_no_coordinator(app, stranger, sign_in):
    stranger.post("/register/", registration_form(stranger, area="สพม.ชัยภูมิ"))
    stranger.post(link_in(mails(app)[0]))
    assert "central@emes.test" in [found["To"] for found in mails(app)]
    central = sign_in("central")
    action = central.page("/registrations/").xpath("//form[contains(@action,'/approve')]/@action")[0]
    assert central.post(action).status_code == 303


def test_an_account_of_an_office_can_not_be_given_a_role_of_the_centre_by_mistake(app):
    with app.app_context(), pytest.raises(Refused), transaction():
        account_service.new_user("x@y.th", "ก ข", password_hash="x", duties=[Duty.REPORTER, Duty.ADMIN], area_id=1)
