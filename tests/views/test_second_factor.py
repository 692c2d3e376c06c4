"""The second factor: an app with codes, recovery codes, who must have one, and what happens when it is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import sealing
from app.domain.access import Duty
from app.extensions import db, transaction
from app.models import AuthenticatorApp, Change, RecoveryCode, SignInStep, UserSession
from app.queries import account as accounts
from app.services import sign_in as sign_in_service
from tests.cli.running import run, well
from tests.conftest import NOW
from tests.person import REPORT, Person
from tests.programs import put_token
from tests.second_factors import PASSWORD, STEP, half_way, half_way_by_page, put_phone, set_up_phone
from tests.services.doing import looking, user_id_of
from tests.views.test_accounts import mails, sign_in_at_the_page

on_both_databases = "where marked"

NAME = "reporter.p-cpm-3"
EMAIL = f"{NAME}@emes.test"
SECOND, FACTORS = "/login/second/", "/profile/second-factor/"
REQUIRED = frozenset({"central", "evaluator", "moderator", "admin"})


def signs_in(person: Person, code: str, **more: str):
    return person.post(SECOND, {"code": code, **more})


def said(app) -> list[str]:
    """What mails say, the oldest first."""
    return [message.get_content() for message in mails(app)]


@pytest.fixture
def required(app, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_SECOND_FACTOR", REQUIRED)
    return app


# --- setting up ---------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_an_app_is_set_up_with_its_first_code_and_asked_for_at_the_next_sign_in(app, reporter):
    elsewhere = Person(app).signed_in(EMAIL)
    phone, codes = set_up_phone(reporter)
    assert len(set(codes)) == 10
    assert elsewhere.get("/profile/").status_code == 302, "other browsers are signed out"
    assert reporter.get("/profile/").status_code == 200
    assert "แอปยืนยันตัวตน" in said(app)[0]
    app.config["EMES_NOW"] = NOW + timedelta(minutes=1)
    person = half_way_by_page(app, NAME, next=REPORT)
    assert person.get(REPORT).status_code == 302, "half way is no session"
    answer = signs_in(person, phone.code(NOW + timedelta(minutes=1)), next=REPORT)
    assert (answer.status_code, answer.location) == (303, REPORT)
    assert person.get(REPORT).status_code == 200
    page = person.page(FACTORS).text_content()
    assert "เหลือรหัสกู้คืน 10 รหัส" in page


def test_a_wrong_first_code_sets_nothing_up_and_keeps_the_picture(app, reporter):
    page = reporter.page(FACTORS + "app")
    sealed = page.xpath("//input[@name='sealed']/@value")[0]
    secret = page.xpath("//textarea[@id='secret']")[0].text_content()
    answer = reporter.post(FACTORS + "app", {"sealed": sealed, "app_code": "000000"})
    assert answer.status_code == 422
    assert secret in answer.text
    assert "รหัสนี้ไม่ตรง" in answer.text
    with looking(app):
        assert db.session.query(AuthenticatorApp).count() == 0


def test_a_picture_of_another_person_or_of_long_ago_is_refused(app, reporter, sign_in):
    sealed = reporter.page(FACTORS + "app").xpath("//input[@name='sealed']/@value")[0]
    other = sign_in("coordinator.p-cpm-3")
    assert other.post(FACTORS + "app", {"sealed": sealed, "app_code": "000000"}).status_code == 303
    assert reporter.post(FACTORS + "app", {"sealed": "x", "app_code": "000000"}).status_code == 303
    with looking(app):
        assert db.session.query(AuthenticatorApp).count() == 0


def test_what_the_database_keeps_gives_neither_secret_nor_codes_away(app):
    phone, codes = put_phone(app, NAME, codes=True)
    with looking(app):
        row = db.session.query(AuthenticatorApp).one()
        kept = [row.sealed_secret, *(code.code_hash for code in db.session.query(RecoveryCode))]
        assert not [text for text in kept if phone.app.secret in text or codes[0].replace("-", "") in text]
        assert sealing.sealer().open(row.sealed_secret, str(row.user_id)) == phone.app.secret
        with pytest.raises(sealing.Unreadable):
            sealing.sealer().open(row.sealed_secret, "1" + str(row.user_id))


def test_a_secret_outlives_a_change_of_the_installations_key(app):
    old, new = sealing.Sealer(["a" * 40]), sealing.Sealer(["b" * 40, "a" * 40])
    sealed = old.seal("GEHEIM", "1")
    assert new.open(sealed, "1") == "GEHEIM"
    with pytest.raises(sealing.Unreadable):
        sealing.Sealer(["b" * 40]).open(sealed, "1")
    with pytest.raises(sealing.Unreadable):
        old.open(new.seal("GEHEIM", "1"), "1")


# --- the second step ----------------------------------------------------------------------------------------------------------


def test_a_code_of_a_phone_whose_clock_is_a_little_off_is_taken_and_one_of_another_time_is_not(app):
    phone, _ = put_phone(app, NAME)
    for off, status in ((-2, 422), (2, 422), (-1, 303), (0, 303), (1, 303)):
        assert signs_in(half_way(app, NAME), phone.code(NOW + off * STEP)).status_code == status, off


@pytest.mark.postgresql
def test_a_code_works_once_and_so_does_none_before_it(app):
    phone, _ = put_phone(app, NAME)
    assert signs_in(half_way(app, NAME), phone.code(NOW)).status_code == 303
    person = half_way(app, NAME)
    assert signs_in(person, phone.code(NOW)).status_code == 422
    assert signs_in(person, phone.code(NOW - STEP)).status_code == 422
    assert signs_in(person, phone.code(NOW + STEP)).status_code == 303


def test_thai_digits_and_spaces_are_taken(app):
    phone, _ = put_phone(app, NAME)
    code = phone.code(NOW).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert signs_in(half_way(app, NAME), f" {code[:3]} {code[3:]} ").status_code == 303


def test_what_is_no_code_is_refused_in_words(app):
    put_phone(app, NAME)
    for typed in ("", "abc", "12345", "1234567", "x" * 41, "٠٠٠٠٠٠", "\x00"):
        answer = signs_in(half_way(app, NAME), typed)
        assert answer.status_code in (422, 429), typed
        assert answer.status_code == 429 or "รหัสนี้ไม่ถูกต้อง" in answer.text


@pytest.mark.postgresql
def test_a_recovery_code_works_once_and_is_told_by_mail(app):
    _, codes = put_phone(app, NAME, codes=True)
    assert signs_in(half_way(app, NAME), f" {codes[0].upper()} ").status_code == 303
    assert "เหลืออีก 9 รหัส" in said(app)[-1]
    person = half_way(app, NAME)
    assert signs_in(person, codes[0]).status_code == 422
    assert signs_in(person, codes[1].replace("-", "")).status_code == 303
    with looking(app):
        assert [change.what for change in db.session.query(Change).filter(Change.what.like("recovery%"))] == [
            "recovery code used",
            "recovery code used",
        ]


def test_a_recovery_code_of_somebody_else_opens_nothing(app):
    put_phone(app, NAME, codes=True)
    _, theirs = put_phone(app, "coordinator.p-cpm-3", codes=True)
    assert signs_in(half_way(app, NAME), theirs[0]).status_code == 422


def test_half_way_lasts_five_minutes(app):
    phone, _ = put_phone(app, NAME)
    person = half_way_by_page(app, NAME, next=REPORT)
    app.config["EMES_NOW"] = NOW + timedelta(minutes=5, seconds=1)
    answer = signs_in(person, phone.code(app.config["EMES_NOW"]), next=REPORT)
    assert (answer.status_code, answer.location) == (303, f"/login/?next={REPORT}")
    assert "โปรดเริ่มใหม่" in person.get("/login/").text


def test_half_way_has_no_rights_at_all(app):
    put_phone(app, NAME)
    person = half_way(app, NAME)
    for address in (REPORT, "/profile/", FACTORS, FACTORS + "app", "/inbox/"):
        assert person.get(address).status_code == 302, address
    assert person.get("/session").json["user"] is None
    assert Person(app).get(SECOND).status_code == 303, "without the password there is no second step"


@pytest.mark.parametrize("act", ["deactivated", "signed out everywhere"])
def test_half_way_ends_when_the_account_changes(app, act):
    phone, _ = put_phone(app, NAME)
    person = half_way(app, NAME)
    with app.app_context(), transaction():
        user = accounts.user_by_email(EMAIL)
        if act == "deactivated":
            user.active = False
        else:
            sign_in_service.end_sessions(user.id, now=NOW)
    assert signs_in(person, phone.code(NOW)).location.startswith("/login/")
    assert person.get("/profile/").status_code == 302


def test_the_cookie_of_half_way_is_worth_nothing_after_signing_in(app):
    phone, _ = put_phone(app, NAME)
    person = half_way(app, NAME)
    thief = Person(app)
    thief.client.set_cookie("emes", person.client.get_cookie("emes").value)
    before = person.client.get_cookie("emes").value
    assert signs_in(person, phone.code(NOW)).status_code == 303
    assert person.client.get_cookie("emes").value != before
    assert signs_in(thief, phone.code(NOW + STEP)).location.startswith("/login/")
    assert thief.get("/profile/").status_code == 302
    with looking(app):
        assert db.session.query(SignInStep).count() == 0


def test_remembering_is_carried_over(app):
    phone, _ = put_phone(app, NAME)
    person = half_way_by_page(app, NAME, remember="y")
    signs_in(person, phone.code(NOW))
    app.config["EMES_NOW"] = NOW + timedelta(days=6)
    assert person.get("/profile/").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil"])
def test_after_the_second_step_nobody_is_sent_to_another_site(app, target):
    phone, _ = put_phone(app, NAME)
    assert signs_in(half_way(app, NAME), phone.code(NOW), next=target).location == "/reports/"


# --- guessing -----------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_five_wrong_codes_end_the_half_way_and_tell_the_person(app):
    phone, _ = put_phone(app, NAME)
    person = half_way(app, NAME)
    answers = [signs_in(person, "000000") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [303]
    assert "มีผู้ป้อนรหัสผ่านของบัญชีท่านถูกต้อง" in said(app)[0]
    assert signs_in(person, phone.code(NOW)).location.startswith("/login/")
    assert sign_in_at_the_page(person, EMAIL).status_code == 429, "the account pauses here, as after wrong passwords"
    app.config["EMES_NOW"] = NOW + timedelta(minutes=2)
    assert signs_in(half_way(app, NAME), phone.code(app.config["EMES_NOW"])).status_code == 303, "never for long"


def test_the_right_password_does_not_begin_the_count_of_guesses_anew(app):
    phone, _ = put_phone(app, NAME)
    for number in range(10):
        app.config["EMES_NOW"] = NOW + number * timedelta(minutes=61)
        person = half_way(app, NAME) if number else half_way_by_page(app, NAME)
        assert signs_in(person, "000000").status_code == 422
    answer = signs_in(half_way_by_page(app, NAME), phone.code(app.config["EMES_NOW"]))
    assert answer.status_code == 429, "the tenth wrong code within a day pauses codes"
    app.config["EMES_NOW"] += timedelta(minutes=2)
    assert signs_in(half_way(app, NAME), phone.code(app.config["EMES_NOW"])).status_code == 303
    assert signs_in(half_way(app, NAME), "000000").status_code == 422
    next_code = phone.code(app.config["EMES_NOW"] + STEP)
    assert signs_in(half_way(app, NAME), next_code).status_code == 303, "a whole sign-in ended the row"


def test_a_wrong_password_and_an_unknown_address_say_nothing_of_a_second_factor(app, stranger):
    put_phone(app, NAME)
    wrong = sign_in_at_the_page(stranger, EMAIL, "wrong-password-here")
    assert wrong.status_code == 422
    assert "ขั้นที่สอง" not in wrong.text


def test_neither_codes_nor_addresses_stand_in_the_log(app, caplog):
    caplog.set_level("INFO")
    phone, codes = put_phone(app, NAME, codes=True)
    signs_in(half_way(app, NAME), "123123")
    signs_in(half_way(app, NAME), codes[0])
    assert f"wrong second factor of user {user_id_of(app, NAME)}" in caplog.text
    assert not [word for word in ("123123", codes[0], phone.app.secret, EMAIL) if word in caplog.text]


# --- who must -----------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_who_must_have_one_sets_it_up_first_and_does_nothing_else(required, stranger):
    assert sign_in_at_the_page(stranger, "central@emes.test", next="/monitor/2566-6/").status_code == 303
    for address in ("/", "/monitor/2566-6/", "/profile/", "/inbox/", "/documents/", "/admin/accounts/list/"):
        answer = stranger.get(address)
        assert answer.status_code == 302, address
        assert answer.location.startswith(FACTORS), address
    assert stranger.post("/profile/tokens", {"name": "x", "days": "30"}).location.startswith(FACTORS)
    assert stranger.get("/profile/", headers={"Accept": "application/json"}).status_code == 403
    for address in (FACTORS, "/contact/", "/privacy/", "/logout/"):
        assert stranger.get(address).status_code == 200, address
    assert stranger.get("/lang/en?next=/contact/").status_code == 302
    stranger.get("/lang/th")
    _, codes = set_up_phone(stranger, next="/monitor/2566-6/")
    assert len(codes) == 10
    assert stranger.get("/monitor/2566-6/").status_code == 200


@pytest.mark.parametrize("name", ["central", "admin", "evaluator1", "moderator", "analyst", NAME])
def test_it_is_asked_of_those_duties_that_the_setting_names(required, sign_in, name):
    led = sign_in(name).get("/profile/").status_code == 302
    assert led == (name not in ("analyst", NAME))


def test_a_demonstration_asks_nobody(sign_in):
    assert sign_in("admin").get("/profile/").status_code == 200


def test_the_last_one_of_somebody_who_must_have_it_stays(required, sign_in):
    central = sign_in("central")
    set_up_phone(central)
    answer = central.post(FACTORS + "app/remove", {"current_password": PASSWORD})
    assert answer.status_code == 422
    assert "อีกวิธีหนึ่งก่อน" in answer.text


# --- taking away, new codes, still there? ---------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_taking_it_away_needs_the_password_and_is_told(app, reporter):
    set_up_phone(reporter)
    assert reporter.post(FACTORS + "app/remove", {"current_password": "wrong-one-here"}).status_code == 422
    assert reporter.post(FACTORS + "app/remove", {"current_password": PASSWORD}).status_code == 303
    assert "ถูกนำออก" in said(app)[-1]
    assert sign_in_at_the_page(Person(app), EMAIL).location == "/reports/"
    with looking(app):
        assert db.session.query(RecoveryCode).count() == 0
    assert reporter.post(FACTORS + "app/remove", {"current_password": PASSWORD}).status_code == 404
    assert reporter.post(FACTORS + "passkeys/999999/remove", {"current_password": PASSWORD}).status_code == 404


def test_new_recovery_codes_end_those_before(app, reporter):
    _, old = set_up_phone(reporter)
    answer = reporter.post(FACTORS + "recovery-codes")
    assert answer.status_code == 200
    assert old[0] not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert signs_in(half_way(app, NAME), old[0]).status_code == 422


def test_few_codes_left_are_said_plainly(app, reporter):
    put_phone(app, NAME, codes=True)
    with app.app_context(), transaction():
        for row in db.session.query(RecoveryCode).limit(8):
            row.used_at = NOW
    page = reporter.page(FACTORS)
    assert "เหลือรหัสกู้คืน 2 รหัส" in page.xpath("//div[contains(@class,'warn')]")[0].text_content()


@pytest.mark.postgresql
def test_ten_minutes_after_the_last_proof_sensitive_acts_ask_for_the_password(app, reporter):
    put_phone(app, NAME)
    app.config["EMES_NOW"] = NOW + timedelta(minutes=11)
    prove = f"/profile/prove?next={FACTORS}"
    assert reporter.get(FACTORS).status_code == 200, "looking needs none"
    assert reporter.get(FACTORS + "app").location == prove
    assert reporter.post(FACTORS + "recovery-codes").location == prove
    assert reporter.post("/profile/prove", {"current_password": "wrong-one-here", "next": FACTORS}).status_code == 422
    answer = reporter.post("/profile/prove", {"current_password": PASSWORD, "next": FACTORS})
    assert (answer.status_code, answer.location) == (303, FACTORS)
    assert reporter.get(FACTORS + "app").status_code == 200


def test_a_token_is_made_with_the_password_on_the_same_form(app, reporter):
    app.config["EMES_NOW"] = NOW + timedelta(minutes=11)
    assert reporter.page("/profile/").xpath("//input[@id='token_password']")
    form = {"name": "Excel", "days": "90", "form_key": "k"}
    refused = reporter.post("/profile/tokens", form)
    assert refused.status_code == 422
    assert 'value="Excel"' in refused.text
    assert reporter.post("/profile/tokens", form | {"token_password": PASSWORD}).status_code == 200


def test_guessing_at_the_proof_pauses_as_at_the_sign_in(app, reporter):
    app.config["EMES_NOW"] = NOW + timedelta(minutes=11)
    new = {"password": "ฝนตกที่ภูเขียวทุกวัน", "password_confirm": "ฝนตกที่ภูเขียวทุกวัน"}
    for _ in range(3):
        reporter.post("/profile/prove", {"current_password": "wrong-one-here"})
    for _ in range(2):
        assert reporter.post("/profile/password", new | {"current_password": "wrong-one-here"}).status_code == 422
    assert reporter.post("/profile/password", new | {"current_password": PASSWORD}).status_code == 422
    answer = reporter.post("/profile/prove", {"current_password": PASSWORD})
    assert answer.status_code == 422
    assert "โปรดรอ" in answer.text


# --- lost ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_an_administrator_resets_what_somebody_lost(app, sign_in, reporter):
    put_phone(app, NAME)
    program = put_token(app, NAME)
    admin, user_id = sign_in("admin"), user_id_of(app, NAME)
    address = f"/admin/accounts/{user_id}/second-factor"
    assert address in admin.get(f"/admin/accounts/show/{user_id}").text
    assert admin.post(address, {"reason": ""}).status_code == 422
    assert admin.post(address, {"reason": "โทรศัพท์หาย"}).status_code == 303
    assert reporter.get("/profile/").status_code == 302
    assert program.get("/rounds").status_code == 401
    assert "โทรศัพท์หาย" in next(text for text in said(app) if "ล้างการยืนยันขั้นที่สอง" in text)
    assert sign_in_at_the_page(Person(app), EMAIL).location == "/reports/"
    with looking(app):
        change = db.session.query(Change).filter_by(what="second factor reset").one()
        assert (change.subject, change.new_value) == (f"user:{user_id}", "โทรศัพท์หาย")


def test_nobody_resets_the_own_and_only_administrators_do(app, sign_in):
    admin = sign_in("admin")
    own = f"/admin/accounts/{user_id_of(app, 'admin')}/second-factor"
    assert admin.post(own, {"reason": "x"}).status_code == 403
    central = sign_in("central")
    assert central.post(own, {"reason": "x"}).status_code == 403
    assert "second-factor" not in central.get(f"/admin/accounts/show/{user_id_of(app, NAME)}").text
    assert admin.get("/admin/accounts/999999/second-factor").status_code == 404


def test_the_operator_resets_the_only_administrator(app, sign_in):
    put_phone(app, "admin")
    admin = sign_in("admin")
    lines = well(app, "reset-second-factor", " Admin@emes.test ")
    assert lines[0].startswith("reset: admin@emes.test")
    assert admin.get("/profile/").status_code == 302
    assert sign_in_at_the_page(Person(app), "admin@emes.test").location == "/reports/"
    assert any("ผู้ดูแลเครื่องแม่ข่าย" in text for text in said(app))
    assert run(app, "reset-second-factor", "nobody@emes.test").exit_code == 1


# --- sessions -----------------------------------------------------------------------------------------------------------------


def test_signing_out_everywhere_ends_access_tokens_unless_one_keeps_them(app, reporter):
    program = put_token(app, NAME)
    assert reporter.page("/profile/").xpath("//input[@name='keep_tokens']")
    assert reporter.post("/profile/sessions/end-all", {"keep_tokens": "y"}).status_code == 303
    assert program.get("/rounds").status_code == 200
    assert Person(app).signed_in(EMAIL).post("/profile/sessions/end-all").status_code == 303
    assert program.get("/rounds").status_code == 401


def test_the_list_of_sessions_says_how_one_signed_in(app):
    phone, _ = put_phone(app, NAME)
    person = half_way(app, NAME)
    signs_in(person, phone.code(NOW))
    Person(app).signed_in(EMAIL)
    rows = [row.text_content() for row in person.page("/profile/").xpath("//aside//ul/li")]
    assert len(rows) == 2
    assert len([row for row in rows if "ยืนยันขั้นที่สองแล้ว" in row]) == 1
    with looking(app):
        assert {row.factor for row in db.session.query(UserSession)} == {"", "code"}


def test_every_duty_that_is_required_in_production_is_one(app):
    assert {str(duty) for duty in Duty} >= REQUIRED
