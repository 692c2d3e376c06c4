"""Personal data: the notice, everything of oneself, wishes about it, erasure that keeps official records, and letting go in time."""

from __future__ import annotations

import csv
import io
import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import String, Text, cast, select
from sqlalchemy.exc import IntegrityError

from app import scope
from app.domain.access import Duty
from app.domain.privacy import HOLDINGS, NOTICE_VERSION
from app.extensions import db, transaction
from app.logs import JsonLines
from app.models import Change, OutboxMessage, PrivacyWish, Profile, Registration, RetentionRun, UserSession
from app.queries import account as accounts
from app.services import accounts as account_service
from tests.cli.running import run, well
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf
from tests.views.test_accounts import NEW_PASSWORD, link_in, mails, registration_form, sign_in_at_the_page

on_both_databases = "where marked"

DATA, DESK = "/profile/data", "/privacy/desk/"
MAILBOX, NAME, PHONE = "wanida.k@chaiyaphum3.go.th", "นางวนิดา แก้วใส", "0898765432"


@pytest.fixture
def newcomer(app, stranger, sign_in) -> Person:
    """Somebody who registered with everything that can be given, and was approved: works at P-CPM-3."""
    given = {"email": MAILBOX, "full_name": NAME, "phone": PHONE, "registered_address": "9 หมู่ 4 บ้านกุดเลาะ"}
    assert stranger.post("/register/", registration_form(stranger, **given)).status_code in (200, 303)
    link = link_in(mails(app)[-1])
    stranger.get(link)
    assert stranger.post(link).status_code in (200, 303)
    coordinator = sign_in("coordinator.p-cpm-3")
    with app.app_context(), scope.whole_country("a test looks"):
        wanted = db.session.scalar(select(Registration.id).where(Registration.email == MAILBOX))
    assert coordinator.post(f"/registrations/{wanted}/approve").status_code == 303
    return Person(app).signed_in(MAILBOX)


def everywhere(app, *words: str) -> dict[str, list[str]]:
    """Every column of the database in which one of the words stands: "table.column" → the words."""
    found: dict[str, list[str]] = {}
    with app.app_context(), db.engine.connect() as connection:
        for table in db.metadata.sorted_tables:
            for column in table.columns:
                as_text = column if isinstance(column.type, String | Text) else cast(column, Text)
                for word in words:
                    if connection.execute(select(table).where(as_text.contains(word)).limit(1)).first():
                        found.setdefault(f"{table.name}.{column.name}", []).append(word)
    return found


def wish(person: Person, kind: str, text: str = "") -> int:
    page = person.page(DATA)
    key = page.xpath("//input[@name='form_key']/@value")[0]
    return person.post("/profile/data/wishes", {"kind": kind, "text": text, "form_key": key}).status_code


def wish_id(app) -> int:
    with app.app_context():
        found: int = db.session.scalars(select(PrivacyWish.id).order_by(PrivacyWish.id.desc())).first()
    return found


# --- the notice -------------------------------------------------------------------------------------------------------------------


def test_the_notice_names_everything_that_is_kept_with_its_ground_and_for_how_long(app, stranger):
    page = stranger.page("/privacy/")
    assert page.xpath("//tr/@id") == [holding.key for holding in HOLDINGS]
    assert "90 วันหลังสิ้นสุดการเข้าใช้" in page.text_content()
    app.config["EMES_KEEP_DAYS"] = app.config["EMES_KEEP_DAYS"] | {"sessions": 120}
    assert "120 วันหลังสิ้นสุดการเข้าใช้" in stranger.page("/privacy/").text_content()
    app.config["EMES_KEEP_DAYS"] = app.config["EMES_KEEP_DAYS"] | {"sessions": 90}


def test_the_record_of_processing_can_be_taken_as_a_table(stranger):
    rows = list(csv.reader(io.StringIO(stranger.get("/privacy/inventory.csv").get_data().decode("utf-8-sig"))))
    assert len(rows) == 1 + len(HOLDINGS)
    assert any("user_profile.phone" in row[-1] for row in rows)


def test_whoever_has_not_taken_note_is_asked_on_every_page_until_then_and_it_is_on_record(app, newcomer):
    assert newcomer.page("/profile/").xpath("//form[@action='/profile/privacy-notice']")
    assert newcomer.post("/profile/privacy-notice", {"next": "/documents/"}).headers["Location"] == "/documents/"
    assert newcomer.post("/profile/privacy-notice", {"next": "https://evil.example/"}).headers["Location"] == "/privacy/"
    assert not newcomer.page("/profile/").xpath("//form[@action='/profile/privacy-notice']")
    with app.app_context(), scope.whole_country("a test looks"):
        noted = db.session.scalars(select(Change).where(Change.what == "privacy notice")).all()
        assert [(change.actor_name, change.new_value) for change in noted] == [(NAME, NOTICE_VERSION)]


# --- one's own data ---------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_a_person_takes_along_everything_of_the_own_and_nothing_of_others(app, newcomer, sign_in):
    sign_in("reporter.p-cpm-2").get("/reports/")
    newcomer.patch(REPORT, {"problems": ("สัญญาณอ่อน", 0)})
    page = newcomer.page(DATA)
    assert "บันทึก" not in page.xpath("string(//h1)") and NAME in page.text_content()
    answer = newcomer.get(f"{DATA}.json")
    assert answer.headers["Cache-Control"] == "private, no-store"
    told = json.loads(answer.text)
    (account,) = told["account"]
    assert (account["full_name"], account["phone"], account["email"]) == (NAME, PHONE, MAILBOX)
    assert account["registered_address"] == "9 หมู่ 4 บ้านกุดเลาะ"
    assert {"verify", "registration_approved"} <= {mail["template"] for mail in told["mails"]}
    assert any(act["what"] == "problems" or "problems" in act["what"] for act in told["acts"])
    assert len(told["sessions"]) == 1
    assert "emes.test" not in answer.text, "nobody else's address"
    assert "pbkdf2" not in answer.text and "scrypt" not in answer.text, "no hash of a password"


@pytest.mark.postgresql
def test_a_wish_is_asked_once_answered_by_the_centre_and_read_by_the_person(app, newcomer, sign_in):
    assert wish(newcomer, "correct", "ชื่อสกุลพิมพ์ผิด <b>") == 303
    assert wish(newcomer, "correct", "อีกครั้ง") == 303
    with app.app_context():
        assert db.session.query(PrivacyWish).count() == 1, "while one waits there is no second"
    central = sign_in("central")
    assert central.page("/inbox/").text_content().count("ยื่นคำขอเกี่ยวกับข้อมูลส่วนบุคคล") == 1
    assert "ชื่อสกุลพิมพ์ผิด <b>" in central.page(DESK).text_content()
    empty = central.post(f"{DESK}{wish_id(app)}", {"grants": "y", "text": " "})
    assert empty.status_code == 422 and "โปรดเขียนคำตอบ" in empty.text
    assert central.post(f"{DESK}{wish_id(app)}", {"grants": "y", "text": "แก้ไขให้แล้ว"}).status_code == 303
    late = central.post(f"{DESK}{wish_id(app)}", {"grants": "n", "text": "ไม่ได้"})
    assert late.status_code == 409, "answered is answered"
    assert "แก้ไขให้แล้ว" in newcomer.page(DATA).text_content()
    assert "ตอบคำขอเกี่ยวกับข้อมูลส่วนบุคคล" in newcomer.page("/inbox/").text_content()


@pytest.mark.parametrize(
    ("kind", "text"), [("", "x"), ("everything", "x"), ("correct", "  "), ("object", ""), ("erase", "ก" * 2001)]
)
def test_a_wish_that_says_nothing_is_refused_and_keeps_what_was_typed(newcomer, kind, text):
    key = newcomer.page(DATA).xpath("//input[@name='form_key']/@value")[0]
    answer = newcomer.post("/profile/data/wishes", {"kind": kind, "text": text, "form_key": key})
    assert answer.status_code == 422
    assert text.strip() in answer.text


def test_nobody_answers_an_own_wish(app, sign_in):
    central = sign_in("central")
    assert wish(central, "erase") == 303
    assert central.post(f"{DESK}{wish_id(app)}", {"grants": "y", "text": "ตกลง"}).status_code == 403


# --- erasure ----------------------------------------------------------------------------------------------------------------------


def test_a_closed_account_is_empty_everywhere_but_in_official_records(app, newcomer, sign_in):
    newcomer.post("/profile/privacy-notice")
    newcomer.patch(REPORT, {"problems": ("สัญญาณอ่อน", 0)})
    assert newcomer.upload("criterion.1", ("ก.pdf", one_page_pdf())).status_code == 201
    assert wish(newcomer, "erase", "ย้ายไปเอกชน") == 303
    before = everywhere(app, MAILBOX, NAME, PHONE, "กุดเลาะ")
    assert {"ab_user.email", "user_profile.phone", "user_profile.registered_address", "outbox_message.recipient"} <= set(before)
    central = sign_in("central")
    assert central.post(f"{DESK}{wish_id(app)}", {"grants": "y", "text": "ปิดบัญชีแล้ว"}).status_code == 303
    last = mails(app)[-1]
    assert last["To"] == MAILBOX and "ปิดบัญชีแล้ว" in last.get_content(), "the person is told, and then the address is gone too"
    left = everywhere(app, MAILBOX, NAME, PHONE, "กุดเลาะ", "ย้ายไปเอกชน")
    acts = {"change.actor_name", "submission.changed_by_name", "answer.changed_by_name", "evidence.uploaded_by_name"}
    # The report names its reporter and a telephone to call; what was told to others ends with its own time.
    report, told = {"answer.value", "change.new_value"}, {"notice.context", "outbox_message.context"}
    assert set(left) == acts | report | told
    assert all(set(words) <= ({NAME, PHONE} if column in report else {NAME}) for column, words in left.items()), left
    assert newcomer.get("/reports/").status_code == 302, "signed out everywhere"
    assert sign_in_at_the_page(Person(app), MAILBOX, NEW_PASSWORD).status_code == 422
    assert NAME in sign_in("coordinator.p-cpm-3").page("/reports/2566-6/P-CPM-3/history").text_content()
    assert run(app, "verify").exit_code == 0, "the record of changes is whole"


def test_an_account_with_work_in_hand_is_not_closed_before_the_work_is_handed_over(app, newcomer, sign_in):
    coordinator = sign_in("coordinator.p-cpm-3")
    with app.app_context():
        person = accounts.user_by_email(MAILBOX).id
    given = {"indicator": ["QP-1"], "person": [str(person)], "do": "assign"}
    assert coordinator.post("/reports/2566-6/P-CPM-3/team/assign", given).status_code == 303
    assert wish(newcomer, "erase") == 303
    central = sign_in("central")
    refused = central.post(f"{DESK}{wish_id(app)}", {"grants": "y", "text": "ปิดบัญชีแล้ว"})
    assert refused.status_code == 422 and "ส่งมอบงาน" in refused.text and "ปิดบัญชีแล้ว" in refused.text
    assert newcomer.get("/profile/").status_code == 200


def test_an_administrators_account_is_closed_by_an_administrator_alone(app, sign_in):
    with app.app_context(), transaction():
        profile = (
            db.session.query(Profile).filter_by(full_name=accounts.user_by_email("moderator@emes.test").profile.full_name).one()
        )
        actor = scope.Actor(1, frozenset({Duty.ADMIN}))
        account_service.change_account(
            profile, duties=[Duty.ADMIN], active=True, area_id=None, was_area_id=None, actor=actor, now=NOW
        )
    assert wish(sign_in("moderator"), "erase") == 303
    answer = {"grants": "y", "text": "ตกลง"}
    assert sign_in("central").post(f"{DESK}{wish_id(app)}", answer).status_code == 403
    assert sign_in("admin").post(f"{DESK}{wish_id(app)}", answer).status_code == 303


# --- letting go in time -----------------------------------------------------------------------------------------------------------


def _session(app, *, age: timedelta, ended: timedelta | None) -> None:
    with app.app_context(), transaction():
        user = accounts.user_by_email("analyst@emes.test")
        row = UserSession(token_hash=f"{age}", user_id=user.id, created_at=NOW - age, last_seen_at=NOW - age)
        row.expires_at, row.ended_at = NOW - age + timedelta(hours=12), NOW - ended if ended else None
        db.session.add(row)


def _sessions(app) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(UserSession.token_hash)))


@pytest.mark.postgresql
def test_what_is_over_goes_on_its_day_and_not_before_and_the_proof_says_how_much(app):
    day = timedelta(days=1)
    _session(app, age=91 * day, ended=None)
    _session(app, age=92 * day, ended=89 * day)
    _session(app, age=200 * day, ended=91 * day)
    with app.app_context(), transaction():
        for name, sent in (("old", 366 * day), ("young", 364 * day)):
            row = OutboxMessage(recipient=f"{name}@x.th", template="reset", context={"a": name}, dedupe_key=name)
            row.created_at = row.next_attempt_at = row.sent_at = NOW - sent
            db.session.add(row)
    well(app, "run-due")
    assert _sessions(app) & {"91 days, 0:00:00", "92 days, 0:00:00", "200 days, 0:00:00"} == {"92 days, 0:00:00"}
    with app.app_context():
        told = {row.dedupe_key: (row.recipient, row.context) for row in db.session.scalars(select(OutboxMessage))}
        assert told["old"] == ("", {}) and told["young"] == ("young@x.th", {"a": "young"})
        proof = {row.keeping: (row.removed, row.before_at) for row in db.session.scalars(select(RetentionRun))}
    assert proof["sessions"] == (2, NOW - 90 * day) and proof["mails"] == (1, NOW - 365 * day)
    well(app, "run-due")
    with app.app_context():
        assert db.session.query(RetentionRun).count() == 3, "once a day"


def test_refused_and_unconfirmed_requests_go_and_those_that_wait_stay(app, stranger):
    stranger.post("/register/", registration_form(stranger, email=MAILBOX))
    app.config["EMES_NOW"] = NOW + timedelta(days=181)
    with app.app_context(), scope.whole_country("a test makes a request"), transaction():
        made = db.session.query(Registration).filter_by(email=MAILBOX).one()
        waits = Registration(
            email="waits@x.th", full_name="ก ข", phone="022885867", position="x", password_hash="x", state="pending"
        )
        waits.area_id, waits.personnel_type_id, waits.requested_at = made.area_id, made.personnel_type_id, NOW
        db.session.add(waits)
    well(app, "run-due")
    with app.app_context(), scope.whole_country("a test looks"):
        assert db.session.scalars(select(Registration.email)).all() == ["waits@x.th"]


def test_the_desk_shows_the_proof(app, sign_in):
    well(app, "run-due")
    assert "การเข้าใช้และรหัสเชื่อมต่อ" in sign_in("central").page(DESK).text_content()


# --- logs -------------------------------------------------------------------------------------------------------------------------


def test_no_line_of_the_log_tells_of_a_person(app, stranger, newcomer, sign_in, monkeypatch):
    """Whatever people do and whatever fails: neither name nor address, telephone, password or secret of a link stands in the log."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    try:
        sign_in_at_the_page(Person(app), MAILBOX, "รหัสผ่านที่ผิดแน่นอน")
        stranger.post("/forgot-password/", {"email": MAILBOX})
        monkeypatch.setitem(app.config, "EMES_SMTP_URL", "smtp://127.0.0.1:9")
        well(app, "send-mail")
        monkeypatch.setitem(app.config, "EMES_SMTP_URL", "")
        link = link_in(mails_later(app))
        stranger.get(link)
        stranger.get(f"{link}x")
        newcomer.upload("criterion.1", (f"{NAME}.pdf", one_page_pdf()), (f"{NAME}.exe", b"MZ"))
        newcomer.get(f"/reports/?q={NAME}")

        def broken(*_: object, **__: object) -> None:
            origin = Exception(f"duplicate key\nDETAIL:  Key (email, phone)=({MAILBOX}, {PHONE}) already exists.")
            raise IntegrityError("INSERT INTO user_profile", {"full_name": NAME, "phone": PHONE}, origin)

        monkeypatch.setattr(account_service, "update_profile", broken)
        kind = newcomer.page("/profile/").xpath("//select[@name='personnel_type']/option/@value")[0]
        details = {"full_name": NAME, "position": "x", "phone": PHONE, "personnel_type": kind}
        assert newcomer.post("/profile/", details).status_code in (500, 503)
        logging.getLogger("app").error("mail to %s refused", MAILBOX)
    finally:
        logging.getLogger().removeHandler(handler)
    told = lines.getvalue()
    assert '"level": "error"' in told, "something was logged"
    secrets = {MAILBOX, "wanida", NAME, PHONE, "รหัสผ่านที่ผิดแน่นอน", NEW_PASSWORD, link.rpartition("/")[2]}
    assert {word for word in secrets if word in told} == set(), told


def mails_later(app):
    """The last mail, when its next attempt has come."""
    app.config["EMES_NOW"] = app.config["EMES_NOW"] + timedelta(hours=2)
    found = mails(app)[-1]
    app.config["EMES_NOW"] = NOW
    return found
