"""A person's second factor as a test needs it: a phone that shows codes."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import lxml.html
import pyotp
from flask import Flask

from app.extensions import db, transaction
from app.identity import STEP_KEY
from app.models import AuthenticatorApp
from app.queries import account as accounts
from app.sealing import sealer
from app.services import sign_in_steps
from app.services.second_factor import _new_codes
from tests.person import Person

PASSWORD = "emes-demo-2566"
STEP = timedelta(seconds=30)


class Phone:
    """An authenticator app."""

    def __init__(self, secret: str) -> None:
        self.app = pyotp.TOTP(secret.replace(" ", ""))

    def code(self, at: datetime) -> str:
        return self.app.at(at)


def put_phone(app: Flask, name: str, *, codes: bool = False) -> tuple[Phone, tuple[str, ...]]:
    """A demonstration account has set an app up, without the pages; with recovery codes, whose hashes cost time, where they are asked for."""
    secret = pyotp.random_base32()
    now = app.config["EMES_NOW"]
    with app.app_context():
        user = accounts.user_by_email(f"{name}@emes.test")
        assert user is not None, name
        user_id = user.id
        with transaction():
            sealed = sealer().seal(secret, str(user_id))
            db.session.add(AuthenticatorApp(user_id=user_id, sealed_secret=sealed, last_step=0, added_at=now))
            made = _new_codes(user_id, now=now) if codes else ()
    return Phone(secret), made


def set_up_phone(person: Person, **more: str) -> tuple[Phone, list[str]]:
    """Set an app up at the page; with the recovery codes that it showed."""
    page = person.page("/profile/second-factor/app")
    phone = Phone(page.xpath("//textarea[@id='secret']")[0].text_content())
    sealed = page.xpath("//input[@name='sealed']/@value")[0]
    answer = person.post(
        "/profile/second-factor/app", {"sealed": sealed, "app_code": phone.code(person.app.config["EMES_NOW"]), **more}
    )
    assert answer.status_code in (200, 303), answer.text
    if answer.status_code == 303:
        return phone, []
    shown = lxml.html.fromstring(answer.text).xpath("//textarea[@id='codes']")[0].text_content()
    return phone, shown.split()


def half_way(app: Flask, name: str) -> Person:
    """Somebody whose password was right, without paying for its hash."""
    person, now = Person(app), app.config["EMES_NOW"]
    with app.app_context():
        user = accounts.user_by_email(f"{name}@emes.test")
        assert user is not None, name
        user_id = user.id
        with transaction():
            token = sign_in_steps.begin("second", now=now, user_id=user_id, remember=False)
    with person.client.session_transaction() as session:
        session[STEP_KEY] = token
    return person


def half_way_by_page(app: Flask, name: str, **more: str) -> Person:
    """The same at the page."""
    person = Person(app)
    person.get("/login/")
    answer = person.post("/login/", {"email": f"{name}@emes.test", "password": PASSWORD, **more})
    assert answer.status_code == 303, answer.text
    assert urlsplit(answer.location).path == "/login/second/", answer.location
    assert parse_qs(urlsplit(answer.location).query).get("next", [""]) == [more.get("next", "")]
    person.token = ""
    return person
