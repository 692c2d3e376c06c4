"""`send-mail`: what is written, to whom, and through which server."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from flask_babel import force_locale, gettext

from app import mail
from app.extensions import db
from app.models import OutboxMessage
from app.services import accounts, record
from tests.cli.running import run, well, written_mails
from tests.conftest import NOW
from tests.services.doing import doing, looking

TEMPLATES = Path(mail.__file__).parent / "templates" / "email"
ADDRESS = "https://emes.example.go.th"
RECEIPT = {
    "receipt_number": "QP66-6-3603-1",
    "handed_in_at": NOW.isoformat(),
    "handed_in_by": "นายธนกร ไชยชาญ",
    "indicator": "QP-1",
    "indicator_code": "1",
    "round": "2566-6",
    "round_name": "รอบ 6 เดือน",
    "fiscal_year": "2566",
    "timing": "on_time",
    "area": "P-CPM-3",
    "area_name": "สพป.ชัยภูมิ เขต 3",
    "file_count": "6",
    "self_level": "4",
    "closes_at": (NOW + timedelta(days=10)).isoformat(),
}
ROUND = {key: RECEIPT[key] for key in ("round", "round_name", "fiscal_year", "area", "area_name", "closes_at")}
NAME = "นาง'สุภาพร' <b>&วงศ์ชัย"
OWED = json.dumps(
    [
        {
            "code": "QP-X2",
            "text": "การพัฒนาระบบบริหารจัดการ",
            "due_at": (NOW + timedelta(days=9)).isoformat(),
            "missing": [["Issue %(number)d: attach evidence (at least %(count)d)", {"number": 2, "count": 1}]],
        }
    ]
)

# What every mail is made of, what its reader must find in it, and where it leads.
MAILS = {
    "verify": ({"link": "1", "purpose": "verify", "full_name": NAME}, [NAME], "/register/verify/"),
    "reset": ({"link": "1", "purpose": "reset"}, [], "/reset-password/"),
    "already_registered": ({}, [], "/forgot-password/"),
    "password_changed": ({"changed_at": NOW.isoformat()}, ["20 พ.ย. 2569 10.00 น."], "/forgot-password/"),
    "registration_pending": (
        {"full_name": NAME, "position": "ศึกษานิเทศก์", "area_name": "สพป.ชัยภูมิ เขต 3"},
        [NAME, "ศึกษานิเทศก์", "สพป.ชัยภูมิ เขต 3"],
        "/registrations/",
    ),
    "registration_approved": ({"full_name": NAME, "area_name": "สพป.ชัยภูมิ เขต 3"}, [NAME, "สพป.ชัยภูมิ เขต 3"], "/login/"),
    "registration_refused": ({"full_name": NAME, "reason": "ไม่ได้อยู่ในสำนักงาน"}, [NAME, "ไม่ได้อยู่ในสำนักงาน"], None),
    "receipt": (
        RECEIPT,
        ["QP66-6-3603-1", "สพป.ชัยภูมิ เขต 3", "นายธนกร ไชยชาญ", "20 พ.ย. 2569 10.00 น.", "ดีมาก", "30 พ.ย. 2569 เวลา 10.00 น."],
        "/reports/2566-6/P-CPM-3/QP-1",
    ),
    "question_answered": (
        ROUND | {"question": "7", "indicator_code": "QP-1"},
        ["สพป.ชัยภูมิ เขต 3", "รอบ 6 เดือน"],
        "/questions/7",
    ),
    "published": (
        {"title": "ประชุมชี้แจง", "body": "เชิญเข้าร่วม", "place": "ห้อง 1", "link": "", "starts_at": NOW.isoformat()},
        ["ประชุมชี้แจง", "เชิญเข้าร่วม", "ศุกร์ 20 พ.ย. 2569 เวลา 10.00 น.", "ห้อง 1"],
        "/",
    ),
    "account_closed": ({"answer": "ปิดบัญชีแล้ว"}, ["ปิดบัญชีแล้ว", "0 2288 5867"], None),
    "email_changed": ({"address": "b@x.th"}, ["b@x.th", "0 2288 5867"], None),
    "reminder": (
        ROUND
        | {
            "due_at": (NOW + timedelta(days=9)).isoformat(),
            "owing": "QP-1, QP-2, QP-X2",
            "count": "3",
            "paragraph": "",
            "own": "",
        },
        ["สพป.ชัยภูมิ เขต 3", "รอบ 6 เดือน", "QP-1, QP-2, QP-X2", "29 พ.ย. 2569 เวลา 10.00 น.", "30 พ.ย. 2569 เวลา 10.00 น."],
        "/reports/2566-6/P-CPM-3/",
    ),
    "notice": (
        ROUND | {"kind": "round_reopened", "path": "/reports/?round=2566-6", "reason": "น้ำท่วม"},
        ["รอบ 6 เดือน", "เปิดรับรายงานอีกครั้ง", "30 พ.ย. 2569 เวลา 10.00 น.", "น้ำท่วม"],
        "/reports/?round=2566-6",
    ),
    "closed": (
        ROUND | {"owing": "QP-2, QP-3", "counted": "QP-1"},
        ["สพป.ชัยภูมิ เขต 3", "รอบ 6 เดือน", "QP-2, QP-3", "นับเป็นส่งแล้ว", "30 พ.ย. 2569 เวลา 10.00 น."],
        "/reports/2566-6/P-CPM-3/",
    ),
    "assigned": (
        ROUND | {"by": NAME, "codes": "QP-1, QP-X2"},
        [NAME, "QP-1, QP-X2", "30 พ.ย. 2569 เวลา 10.00 น."],
        "/reports/2566-6/P-CPM-3/?show=mine",
    ),
    "unassigned": (ROUND | {"by": NAME, "codes": "QP-1"}, [NAME, "QP-1"], "/reports/2566-6/P-CPM-3/"),
    "owner_reminder": (
        ROUND | {"by": NAME, "codes": "QP-X2", "owing": OWED, "due_at": NOW.isoformat()},
        [NAME, "QP-X2 การพัฒนาระบบบริหารจัดการ", "ประเด็นที่ 2: แนบหลักฐาน", "29 พ.ย. 2569 เวลา 10.00 น."],
        "/reports/2566-6/P-CPM-3/QP-X2",
    ),
    "hand_in": (
        ROUND | {"by": NAME, "kind_of_mail": "hand_in_returned", "reason": "ตัวเลขไม่ตรง", "receipt_number": "R66-6-3603"},
        [NAME, "รอบ 6 เดือน", "ตัวเลขไม่ตรง"],
        "/reports/2566-6/P-CPM-3/hand-in",
    ),
    "no_endorser": (
        ROUND | {"count": "2", "offices": "สพป.ชัยภูมิ เขต 3, สพม.ชัยภูมิ"},
        ["สพป.ชัยภูมิ เขต 3, สพม.ชัยภูมิ", "30 พ.ย. 2569 เวลา 10.00 น."],
        "/monitor/2566-6/endorsers",
    ),
}


@pytest.fixture(autouse=True)
def public_address(app, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_BASE_URL", ADDRESS)
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", [ADDRESS.removeprefix("https://"), "localhost"])


def queue(app, template: str = "already_registered", *, key: str = "one", recipient: str = "a@x.th", **context: str) -> None:
    with doing(app):
        record.mail(recipient, template, now=NOW, dedupe_key=key, **context)


def waiting(app) -> list[OutboxMessage]:
    with looking(app):
        return db.session.query(OutboxMessage).filter(OutboxMessage.sent_at.is_(None)).all()


def test_every_template_is_tried_here():
    assert {path.stem for path in TEMPLATES.iterdir()} == set(MAILS)


@pytest.mark.parametrize("template", MAILS)
def test_a_mail_is_readable_and_leads_to_the_public_address(app, template):
    context, found_in_it, leads_to = MAILS[template]
    queue(app, template, **context)
    assert well(app, "send-mail") == ["sent: 1"]
    (message,) = written_mails(app)
    body = message.get_content()
    assert (message["To"], message["From"]) == ("a@x.th", "e-MES <no-reply@emes.test>")
    assert re.search("[ก-๙]", message["Subject"])
    assert re.search("[ก-๙]", body)
    for text in found_in_it:
        assert text in body
    assert not re.search(r"%\(|\{\{|&(amp|lt|#39);|localhost|127\.0\.0\.1", message["Subject"] + body)
    assert {link.startswith(f"{ADDRESS}/") for link in re.findall(r"https?://\S+", body)} <= {True}
    assert leads_to is None or f"{ADDRESS}{leads_to}" in body


def test_the_subject_is_that_of_the_catalogue(app):
    queue(app, "registration_refused", full_name="ก", reason="ข")
    well(app, "send-mail")
    with app.test_request_context(), force_locale("th"):
        assert written_mails(app)[0]["Subject"] == gettext("Your request for an e-MES account was refused")


def test_the_link_of_a_mail_works(app, stranger):
    with doing(app):
        accounts.request_reset("central@emes.test", now=NOW)
    well(app, "send-mail")
    path = re.search(rf"{ADDRESS}(/reset-password/\S+)", written_mails(app)[0].get_content()).group(1)
    assert stranger.get(path).status_code == 200
    assert stranger.get(path[:-2]).status_code == 410


def test_a_mail_is_written_once_under_a_name_of_its_own(app):
    for key in ("one", "two"):
        queue(app, key=key)
    assert well(app, "send-mail") == ["sent: 2"]
    assert well(app, "send-mail") == ["sent: 0"]
    folder = app.config["EMES_DATA_DIR"] / "mail"
    assert sorted(path.name for path in folder.iterdir()) == ["000001-already_registered.eml", "000002-already_registered.eml"]
    assert waiting(app) == []


def test_a_mail_that_can_not_be_written_does_not_hold_up_those_behind_it(app):
    queue(app, "password_changed", key="broken", changed_at="no moment")
    queue(app, key="sound", recipient="b@x.th")
    run(app, "send-mail")
    assert [message["To"] for message in written_mails(app)] == ["b@x.th"]
    (broken,) = waiting(app)
    assert (broken.attempts, broken.next_attempt_at) == (1, NOW + timedelta(minutes=1))
    assert broken.last_error.startswith("ValueError")


@pytest.mark.parametrize("header", ["sender", "recipient", "subject"])
def test_no_header_takes_a_second_line(header):
    """TX19."""
    parts = {"sender": "a@x.th", "recipient": "b@x.th", "subject": "เรื่อง", "body": "ข้อความ"}
    with pytest.raises(ValueError, match=r"linefeed|newline|carriage"):
        mail.compose(**parts | {header: "b@x.th\nBcc: c@x.th"})


@pytest.mark.parametrize("text", ["ไทย 👩‍🏫 น้ำ", "=?utf-8?b?eA==?=", "ก" * 5000, ".\n.\n", "From me\nFrom you"])
def test_what_a_mail_says_arrives_as_it_was_written(text):
    message = mail.compose(sender="a@x.th", recipient="b@x.th", subject="เรื่อง 👩‍🏫", body=text)
    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert read.get_content().rstrip("\n") == text.rstrip("\n")
    assert read["Subject"] == "เรื่อง 👩‍🏫"
    assert message.as_bytes().isascii()


# --- a real server ----------------------------------------------------------------------------------------------------------


class Mailbox:
    """A mail server's side: what arrived, and with which password."""

    def __init__(self, *, offers_tls: bool = False, refuses: str = "") -> None:
        self.received: list[tuple[str, list[str], bytes]] = []
        self.logins: list[tuple[str, str]] = []
        self.encrypted: list[bool] = []
        self.offers_tls, self.refuses = offers_tls, refuses

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        return [responses[0], "250-STARTTLS", *responses[1:]] if self.offers_tls else responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.received.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"

    def authenticator(self, server, session, envelope, mechanism, given):
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """Key and certificate of a server at 127.0.0.1, and of the authority that vouches for it, made for this run."""
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(path))
    authority.cert_pem.write_to_path(str(path.with_name("authority.pem")))
    return path


@contextmanager
def serving(mailbox: Mailbox, scheme: str = "smtp", *, tls: Path | None = None) -> Iterator[str]:
    """A mail server on a free port; answers with host and port. With `tls` it offers STARTTLS, or speaks TLS from the start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    contexts = {}
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls)
        contexts = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=port, authenticator=mailbox.authenticator, auth_require_tls=False, **contexts
    )
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


def test_a_mail_goes_through_a_real_server(app):
    mailbox = Mailbox()
    queue(app, "registration_refused", full_name=NAME, reason="ไม่ได้อยู่ในสำนักงาน")
    with serving(mailbox) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        assert well(app, "send-mail") == ["sent: 1"]
    ((sender, recipients, content),) = mailbox.received
    message = message_from_bytes(content, policy=policy.default)
    assert (sender, recipients, message["To"]) == ("no-reply@emes.test", ["a@x.th"], "a@x.th")
    assert "ไม่ได้อยู่ในสำนักงาน" in message.get_content()
    assert mailbox.logins == []
    assert written_mails(app) == []


def test_the_server_is_told_user_and_password_as_they_are(app):
    mailbox = Mailbox()
    queue(app)
    with serving(mailbox) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://emes%40obec.go.th:p%40ss%2Fword@{server}"
        assert well(app, "send-mail") == ["sent: 1"]
    assert mailbox.logins == [("emes@obec.go.th", "p@ss/word")]
    assert len(mailbox.received) == 1


def test_no_password_leaves_the_machine_without_tls(app, monkeypatch):
    monkeypatch.setattr("app.mail.LOOPBACK", ())
    mailbox = Mailbox()
    queue(app)
    with serving(mailbox) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://emes:secret@{server}"
        assert well(app, "send-mail") == ["sent: 0"]
    assert (mailbox.logins, mailbox.received) == ([], [])
    assert waiting(app)[0].attempts == 1


def test_neither_mail_nor_password_goes_in_the_clear_where_the_server_offers_tls(app):
    """This server offers TLS and then has none: then nothing is sent at all."""
    mailbox = Mailbox(offers_tls=True)
    queue(app)
    with serving(mailbox) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://emes:secret@{server}"
        assert well(app, "send-mail") == ["sent: 0"]
    assert mailbox.logins == []
    assert mailbox.received == []
    assert waiting(app)[0].attempts == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_and_password_are_encrypted_for_a_server_that_can_prove_its_name(app, monkeypatch, certificate, scheme):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("authority.pem")))
    mailbox = Mailbox()
    queue(app)
    with serving(mailbox, scheme, tls=certificate) as server:
        app.config["EMES_SMTP_URL"] = f"{scheme}://emes:secret@{server}"
        assert well(app, "send-mail") == ["sent: 1"]
    assert mailbox.logins == [("emes", "secret")]
    assert mailbox.encrypted == [True]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_can_not_prove_its_name_gets_neither_mail_nor_password(app, certificate, scheme):
    mailbox = Mailbox()
    queue(app)
    with serving(mailbox, scheme, tls=certificate) as server:
        app.config["EMES_SMTP_URL"] = f"{scheme}://emes:secret@{server}"
        assert well(app, "send-mail") == ["sent: 0"]
    assert mailbox.logins == []
    assert mailbox.received == []
    assert "CERTIFICATE_VERIFY_FAILED" in waiting(app)[0].last_error


def test_a_mail_that_the_server_refuses_waits_for_the_next_attempt(app):
    queue(app)
    with serving(Mailbox(refuses="451 try later")) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        assert well(app, "send-mail") == ["sent: 0"]
    (message,) = waiting(app)
    assert (message.attempts, message.next_attempt_at) == (1, NOW + timedelta(minutes=1))
    mailbox = Mailbox()
    with serving(mailbox) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
        assert well(app, "send-mail") == ["sent: 0"]
        app.config["EMES_NOW"] = NOW + timedelta(minutes=1)
        assert well(app, "send-mail") == ["sent: 1"]
    assert len(mailbox.received) == 1


def test_without_a_server_mail_waits(app):
    queue(app)
    with serving(Mailbox()) as server:
        app.config["EMES_SMTP_URL"] = f"smtp://{server}"
    assert well(app, "send-mail") == ["sent: 0"]
    assert waiting(app)[0].last_error.startswith("ConnectionRefusedError")
