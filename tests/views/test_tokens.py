"""Access tokens in the profile: made, shown once, revoked."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import lxml.html
import pytest

from app.extensions import db
from app.models import ApiToken
from tests.conftest import NOW
from tests.person import Person
from tests.programs import Program, put_token, stored_token
from tests.services.doing import looking
from tests.views.test_statements import cost

MAKE = "/profile/tokens"


def form_of(person: Person, **changes: str) -> dict[str, str]:
    page = person.page("/profile/")
    form = page.xpath(f"//form[@action='{MAKE}']")[0]
    return {"name": "Excel ของกลุ่มนโยบาย", "days": "90", "form_key": form.fields["form_key"]} | changes


def made(person: Person, **changes: str) -> str:
    response = person.post(MAKE, form_of(person, **changes))
    assert response.status_code == 200, response.text
    page = lxml.html.fromstring(response.text)
    return str(page.xpath("//input[@id='token']/@value")[0])


def test_a_token_is_shown_once_and_opens_the_api(app, reporter):
    token = made(reporter)
    assert Program(app, token).read("/areas")["items"][0]["code"] == "P-CPM-3"
    page = reporter.page("/profile/")
    assert token not in lxml.html.tostring(page, encoding="unicode")
    shown = " ".join(page.xpath("//section[@id='tokens']")[0].text_content().split())
    assert "Excel ของกลุ่มนโยบาย" in shown
    assert "ออกเมื่อ 20 พ.ย. 2569" in shown
    assert "ใช้ได้ถึง 18 ก.พ. 2570" in shown
    assert "ใช้ล่าสุด 20 พ.ย. 2569" in shown
    assert "http://localhost/api/v1/openapi.json" in shown


def test_neither_address_nor_cookie_nor_log_holds_it(app, reporter, caplog):
    caplog.set_level(logging.DEBUG)
    response = reporter.post(MAKE, form_of(reporter))
    token = re.search(r'value="(emes_[^"]+)"', response.text).group(1)
    assert token not in str([value for name, value in response.headers])
    assert "no-store" in response.headers["Cache-Control"]
    Program(app, token).get("/rounds")
    assert token not in caplog.text


def test_a_form_that_is_sent_again_makes_no_second_token(app, reporter):
    form = form_of(reporter)
    assert reporter.post(MAKE, form).status_code == 200
    again = reporter.post(MAKE, form)
    assert (again.status_code, again.location) == (303, "/profile/#tokens")
    assert "emes_" not in again.text
    with looking(app):
        assert db.session.query(ApiToken).count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("name", "x" * 81), ("days", "3650"), ("days", ""), ("form_key", "x" * 50)]
)
def test_what_is_refused_keeps_what_was_typed(app, reporter, field, value):
    response = reporter.post(MAKE, form_of(reporter, **{field: value}))
    assert response.status_code == 422
    page = lxml.html.fromstring(response.text)
    assert page.xpath("//input[@id='name']/@value") == [value if field == "name" else "Excel ของกลุ่มนโยบาย"]
    assert page.xpath("//div[contains(@class,'errsum')]//a")
    with looking(app):
        assert db.session.query(ApiToken).count() == 0


def test_one_revokes_an_own_token_and_nobody_elses(app, reporter, sign_in):
    program = Program(app, made(reporter))
    action = reporter.page("/profile/").xpath("//form[contains(@action,'/revoke')]/@action")[0]
    assert sign_in("coordinator.p-cpm-3").post(action).status_code == 404
    assert program.get("/rounds").status_code == 200
    assert reporter.post(action).status_code == 303
    assert program.get("/rounds").status_code == 401
    assert stored_token(app, program)["revoked_at"] == NOW
    assert not reporter.page("/profile/").xpath("//form[contains(@action,'/revoke')]")


def test_a_token_whose_time_is_over_says_so_in_the_list(app, reporter):
    put_token(app, "reporter.p-cpm-3", name="เก่า", expires_at=NOW - timedelta(days=1))
    put_token(app, "reporter.p-cpm-3", name="เก่ามาก", expires_at=NOW - timedelta(days=91))
    put_token(app, "coordinator.p-cpm-3", name="ของคนอื่น")
    shown = reporter.page("/profile/").xpath("//section[@id='tokens']")[0].text_content()
    assert "เก่า" in shown
    assert "หมดอายุ" in shown
    assert "เก่ามาก" not in shown
    assert "ของคนอื่น" not in shown


def test_the_profile_costs_the_same_for_few_and_many_tokens(app, reporter):
    empty = cost(reporter, "/profile/")
    for _ in range(9):
        put_token(app, "reporter.p-cpm-3")
    assert cost(reporter, "/profile/") == empty <= 8
