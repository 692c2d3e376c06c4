"""Threats of docs/security.md that no other module tests: what a form does not offer, what a stranger could measure, a session that was there
before, and addresses that somebody writes down for the server to fetch."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from contextlib import contextmanager
from uuid import uuid4

import lxml.html
import pytest
from sqlalchemy import Boolean, Date, DateTime, Integer, inspect

from app import scope
from app.extensions import db, transaction
from app.identity import SESSION_KEY
from app.models import Answer, UserSession
from app.queries import account as accounts
from app.services.sign_in import token_hash
from app.views.admin import menu
from tests import files
from tests.architecture.test_access import _world
from tests.architecture.test_house import OFFICE, somebody_who_may
from tests.copies import begin_with
from tests.person import REPORT, Person
from tests.reviews import look_into_files
from tests.views.test_accounts import PASSWORD, registration_form, sign_in_at_the_page

ROUNDS_OF_ASKING = 10
MOST_MILLISECONDS_APART = 15


# --- mass assignment --------------------------------------------------------------------------------------------------------------


def _smuggled(column, value):
    """Another value than the column has, as a form sends it."""
    if isinstance(column.type, Boolean):
        return "" if value else "y"
    if isinstance(column.type, Integer):
        return str((value or 0) + 1)
    if isinstance(column.type, DateTime | Date):
        return "01/01/2565"
    return "smuggled"


def _row(model, pk: int) -> dict:
    with scope.whole_country("a test looks"):
        found = db.session.get(model, pk)
        return {column.key: getattr(found, column.key) for column in inspect(model).column_attrs} if found else {}


@pytest.mark.parametrize(
    "screen", [one for one in menu.SCREENS if "edit" in one.include_route_methods], ids=lambda one: one.__name__
)
def test_a_column_that_a_form_does_not_offer_is_never_written(app, screen):
    begin_with(app, ("a world", OFFICE), lambda: _world(app, OFFICE))
    central = somebody_who_may(app, "centre")
    with app.app_context(), scope.whole_country("a test looks"):
        model = screen.datamodel.obj
        (key,) = inspect(model).primary_key
        pk = db.session.query(key).order_by(key.desc()).limit(1).scalar()
        if pk is None:
            pytest.fail(f"nothing of {model.__name__} is seeded")
        before = _row(model, pk)
    page = central.page(f"{screen.route_base}/edit/{pk}")
    form = next(
        form for form in page.forms if "csrf_token" in form.fields and form.xpath(".//*[@class and contains(@class,'form-')]")
    )
    typed = {name: value for name, value in form.form_values() if name != "csrf_token"}
    offered = set(form.fields.keys())
    columns = {column.key: column for column in inspect(model).columns}
    smuggled = {name: _smuggled(columns[name], before[name]) for name in columns if name not in offered and name in before}
    assert smuggled, "every column is offered"
    answer = central.post(f"{screen.route_base}/edit/{pk}", typed | smuggled, content_type="multipart/form-data")
    with app.app_context():
        after = _row(model, pk)
    written = {name for name in smuggled if after[name] != before[name]}
    # What the program itself writes on every save.
    assert written <= {"changed_at", "changed_on", "version", "uploaded_at", "uploaded_by_name", "counted_at"}, (
        answer.status_code,
        written,
    )
    assert not any(after[name] == "smuggled" for name in smuggled)


# --- what a stranger could measure ------------------------------------------------------------------------------------------------


def _ask(app, path: str, form: dict[str, str]) -> tuple[float, str]:
    """The processor's milliseconds and the page, without what differs each time."""
    person = Person(app)
    person.get(path)
    began = time.process_time()
    answer = person.post(path, form)
    took = (time.process_time() - began) * 1000
    page = lxml.html.fromstring(answer.text) if answer.text else None
    for secret in page.xpath(
        "//meta[@name='csrf-token'] | //input[@name='csrf_token'] | //*[@data-now] | //script | //link | //style"
    ):
        secret.drop_tree()
    for typed in page.xpath("//input[@value]"):
        typed.attrib.pop("value")
    return took, lxml.html.tostring(page, encoding="unicode")


@pytest.mark.parametrize("what", ["/login/", "/forgot-password/", "/register/"])
def test_a_known_and_an_unknown_mailbox_look_the_same_and_take_the_same_time(app, what):
    """T4: the same words, the same status, and no difference that the time tells. Measured on the processor, which a busy machine does not
    slow down."""
    known = "known@obec.go.th"
    with app.app_context(), transaction():
        accounts.user_by_email("coordinator.p-cpm-3@emes.test").email = known
    form = registration_form(Person(app)) if what == "/register/" else {}
    took: dict[bool, list[float]] = {True: [], False: []}
    pages = set()
    for number in range(ROUNDS_OF_ASKING):
        for is_known in (True, False):
            mailbox = known if is_known else f"{uuid4().hex}@obec.go.th"
            sent = form | {"email": mailbox} | ({"password": f"wrong {number} wrong"} if what == "/login/" else {})
            with app.app_context(), transaction():
                db.session.execute(db.text("DELETE FROM sign_in_throttle"))
                db.session.execute(db.text("DELETE FROM outbox_message"))
            milliseconds, page = _ask(app, what, sent)
            took[is_known].append(milliseconds)
            pages.add(page.replace(mailbox, "…"))
    assert len(pages) == 1
    apart = statistics.median(took[True]) - statistics.median(took[False])
    assert abs(apart) < MOST_MILLISECONDS_APART, took


# --- a session that was there before ----------------------------------------------------------------------------------------------


def test_signing_in_gives_another_session_and_what_was_planted_before_is_worth_nothing(app, stranger):
    """T6: whoever plants a cookie, or knows the token of the form before, has nothing afterwards."""
    stranger.get("/login/")
    name = app.config["SESSION_COOKIE_NAME"]
    before = stranger.client.get_cookie(name).value
    with stranger.client.session_transaction() as session:
        form_secret = session["csrf_token"]
    assert sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test").status_code == 303
    with stranger.client.session_transaction() as session:
        own = session[SESSION_KEY]
        assert session.get("csrf_token") != form_secret
    assert stranger.client.get_cookie(name).value != before
    attacker = Person(app)
    attacker.client.set_cookie(name, before)
    assert attacker.get("/profile/").status_code == 302
    with attacker.client.session_transaction() as session:
        session[SESSION_KEY] = "planted"
        session["_user_id"] = "1"
    assert attacker.get("/profile/").status_code == 302
    again = Person(app)
    assert sign_in_at_the_page(again, "reporter.p-cpm-3@emes.test").status_code == 303
    with again.client.session_transaction() as session:
        assert session[SESSION_KEY] != own, "each sign-in has a session of its own"


def test_proving_oneself_again_gives_another_token_and_the_one_before_is_worth_nothing(app, reporter):
    with reporter.client.session_transaction() as session:
        before = session[SESSION_KEY]
    reporter.get("/profile/")
    assert reporter.post("/profile/prove", {"current_password": "wrong-one-here"}).status_code == 422
    with reporter.client.session_transaction() as session:
        assert session[SESSION_KEY] == before
    assert reporter.post("/profile/prove", {"current_password": PASSWORD}).status_code == 303
    thief = Person(app)
    with thief.client.session_transaction() as session:
        session[SESSION_KEY], session["_user_id"] = before, "1"
    assert thief.get("/profile/").status_code == 302
    assert reporter.get("/profile/").status_code == 200


def test_a_sign_in_over_a_session_ends_that_one(app, reporter):
    with reporter.client.session_transaction() as session:
        before = session[SESSION_KEY]
    reporter.get("/login/")
    assert sign_in_at_the_page(reporter, "reporter.p-cpm-3@emes.test").status_code == 303
    old = Person(app)
    with old.client.session_transaction() as session:
        session[SESSION_KEY], session["_user_id"] = before, "1"
    with reporter.client.session_transaction() as session:
        assert session[SESSION_KEY] != before
    with app.app_context():
        ended = db.session.query(UserSession.ended_at).filter_by(token_hash=token_hash(before)).scalar()
    assert ended is not None


def test_whoever_watches_sees_sign_ins_and_refusals_by_number(app, stranger, reporter, caplog):
    caplog.set_level("INFO")
    sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test", "not the password at all")
    sign_in_at_the_page(stranger, "nobody@obec.go.th", "not the password at all")
    stranger.client.post("/login/", data={"email": "x"})
    sign_in_at_the_page(stranger, "reporter.p-cpm-3@emes.test")
    assert reporter.get("/reports/2566-6/P-CPM-2/").status_code == 404
    assert stranger.client.post("/login/", headers={"Origin": "https://evil.example"}).status_code == 403
    with app.app_context():
        number = accounts.user_by_email("reporter.p-cpm-3@emes.test").id
    wanted = {
        f"sign-in refused, account {number}",
        "sign-in refused, account none",
        "refused: no token, account none",
        f"signed in, account {number}",
        f"refused: not there, or another office's, account {number}",
        f"refused: forbidden, account {number}",
    }
    assert wanted <= {record.getMessage() for record in caplog.records}


def test_where_there_is_tls_no_other_site_of_the_domain_sets_the_language(app, stranger, monkeypatch):
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    cookie = stranger.get("/lang/en").headers["Set-Cookie"]
    assert cookie.startswith("__Host-lang=en;") and "; Secure" in cookie and "; Path=/" in cookie


# --- addresses that the server could fetch ----------------------------------------------------------------------------------------


@contextmanager
def listening():
    """A server that nobody is to ask: yields its port and who came."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        ends = threading.Event()

        def listen() -> None:
            while not ends.is_set():
                try:
                    line, _ = server.accept()
                except TimeoutError:
                    continue
                came.append(line.recv(200))
                line.close()

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield server.getsockname()[1], came
        finally:
            ends.set()
            thread.join()


def test_no_address_that_somebody_writes_down_is_ever_fetched(app, reporter, sign_in):
    """T13: in texts, names, pictures of a document and links of a workbook; through pages, PDFs, previews and what looks into files."""
    with listening() as (port, came):
        canary = f"http://127.0.0.1:{port}/canary"
        text = f"<img src='{canary}'> <link rel=stylesheet href='{canary}'> ![x]({canary}) {canary} file:///etc/passwd"
        relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        relations += f'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="{canary}" TargetMode="External"/></Relationships>'
        document = files.office("docx", {"word/document.xml": "<w:document/>", "word/_rels/document.xml.rels": relations})
        reporter.report_everything()
        reporter.patch(REPORT, {"problems": (text, 1)})
        reporter.upload("criterion.2", ("ลิงก์.docx", document))
        with app.app_context(), scope.whole_country("a test looks"):
            assert canary in {row.value for row in db.session.query(Answer) if row.value and canary in row.value}.pop()
        assert reporter.post(f"{REPORT}/submit").status_code == 303
        look_into_files(app)
        shown = [REPORT, "/reports/2566-6/P-CPM-3/", "/reports/2566-6/P-CPM-3/summary", "/reports/2566-6/P-CPM-3/history"]
        receipt = reporter.page(REPORT).xpath("//a[contains(@href, '/receipts/')]/@href")[0]
        shown += [receipt, f"{receipt}.pdf"]
        for address in shown:
            assert reporter.get(address).status_code == 200, address
        pdf = reporter.get("/reports/2566-6/P-CPM-3/summary.pdf")
        assert pdf.status_code == 200 and pdf.data.startswith(b"%PDF")
        # The listener does listen.
        socket.create_connection(("127.0.0.1", port)).close()
        time.sleep(0.3)
    assert came == [b""]
