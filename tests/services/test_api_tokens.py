"""Access tokens: what is kept of them, what ends them, what is recorded and told."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app import scope
from app.domain.access import Duty
from app.domain.api_token import MOST_LIVING
from app.domain.errors import NotFound, Refused
from app.extensions import db
from app.models import ApiToken, Area, Change, Notice, Profile
from app.queries import api_token as queries
from app.services import accounts, api_tokens, leaving, links, sign_in
from app.services.seeding import DEMO_PASSWORD
from tests.conftest import NOW
from tests.services.doing import actor_for, area_id_of, doing, looking, mails, user_id_of

on_both_databases = True

NAME = "reporter.p-cpm-3"
PASSWORD = "ฝนตกที่ภูเขียวทุกวัน"
KEY = "k" * 40


def issue(app, name: str = NAME, *, form_key: str = "", days: int = 90) -> str:
    actor = actor_for(app, name)
    with doing(app, actor):
        return api_tokens.issue("Excel", days, form_key=form_key, actor=actor, now=NOW)


def is_living(app, token: str, *, later: timedelta = timedelta(0)) -> bool:
    with looking(app):
        return queries.living(sign_in.token_hash(token), NOW + later) is not None


def told(app, name: str = NAME) -> list[str]:
    with looking(app):
        return [row.kind for row in db.session.query(Notice).filter_by(user_id=user_id_of(app, name)).order_by(Notice.id)]


def test_a_token_is_long_and_random_and_the_table_keeps_only_its_hash(app):
    token, other = issue(app), issue(app)
    assert token.startswith("emes_")
    assert token != other
    assert len(base64.urlsafe_b64decode(token.removeprefix("emes_") + "=")) * 8 >= 256
    with looking(app):
        kept = [str(value) for row in db.session.query(ApiToken) for value in vars(row).values()]
        record = [f"{row.what} {row.old_value} {row.new_value}" for row in db.session.query(Change)]
        notices = [repr(row.context) for row in db.session.query(Notice)]
    assert [text for text in (*kept, *record, *notices) if token.removeprefix("emes_") in text] == []


def test_it_lives_for_the_days_that_were_chosen_and_no_longer(app):
    token = issue(app, days=30)
    assert is_living(app, token, later=timedelta(days=30, seconds=-1))
    assert not is_living(app, token, later=timedelta(days=30))
    with pytest.raises(Refused):
        issue(app, days=3650)


def test_the_same_form_makes_one_token(app):
    issue(app, form_key="once")
    with pytest.raises(api_tokens.MadeBefore):
        issue(app, form_key="once")
    issue(app, "coordinator.p-cpm-3", form_key="once")


def test_a_form_that_is_sent_twice_at_once_makes_one_token(app):
    def send(_: int) -> str:
        try:
            return issue(app, form_key="once")
        except api_tokens.MadeBefore:
            return ""

    with ThreadPoolExecutor(4) as pool:
        assert sorted(bool(token) for token in pool.map(send, range(4))) == [False, False, False, True]


def test_nobody_has_more_than_ten(app):
    for _ in range(MOST_LIVING):
        issue(app)
    with pytest.raises(Refused):
        issue(app)


def test_making_and_revoking_are_recorded_and_told(app):
    token = issue(app)
    actor = actor_for(app, NAME)
    with looking(app):
        token_id = db.session.query(ApiToken.id).scalar()
    with pytest.raises(NotFound), doing(app, actor_for(app, "coordinator.p-cpm-3")):
        api_tokens.revoke(token_id, actor=actor_for(app, "coordinator.p-cpm-3"), now=NOW)
    assert is_living(app, token)
    with doing(app, actor):
        api_tokens.revoke(token_id, actor=actor, now=NOW)
        api_tokens.revoke(token_id, actor=actor, now=NOW)
    assert not is_living(app, token)
    with looking(app):
        rows = db.session.query(Change).filter_by(what="access token").order_by(Change.id)
        assert [(row.actor_id, row.old_value, row.new_value) for row in rows] == [
            (actor.user_id, None, "Excel"),
            (actor.user_id, "Excel", None),
        ]
    assert told(app) == ["token_made", "token_revoked"]
    assert mails(app) == [(f"{NAME}@emes.test", "notice")]


def _change_password(app) -> None:
    actor = actor_for(app, NAME)
    with doing(app, actor):
        accounts.change_password(actor.user_id, DEMO_PASSWORD, PASSWORD, actor=actor, keep="", now=NOW)


def _reset_password(app) -> None:
    with doing(app):
        link = links.create("reset", now=NOW, user_id=user_id_of(app, NAME))
    with doing(app):
        accounts.reset_password(links.token_of(link.id, "reset", secret_key=KEY), PASSWORD, secret_key=KEY, now=NOW)


def _change_account(app, **wanted) -> None:
    admin = actor_for(app, "admin")
    with doing(app, admin):
        profile = db.session.get(Profile, user_id_of(app, NAME))
        stays = {"duties": [Duty.REPORTER], "active": True, "area_id": profile.area_id}
        accounts.change_account(profile, **stays | wanted, was_area_id=profile.area_id, actor=admin, now=NOW)


def _change_email(app) -> None:
    admin = actor_for(app, "admin")
    with doing(app, admin):
        accounts.change_email(db.session.get(Profile, user_id_of(app, NAME)), "new@obec.go.th", actor=admin, now=NOW)


def _leave(app) -> None:
    coordinator = actor_for(app, "coordinator.p-cpm-3")
    with doing(app, coordinator):
        area = db.session.get(Area, area_id_of(app, "P-CPM-3"))
        leaving.leave(area, user_id_of(app, NAME), {}, None, actor=coordinator, now=NOW)


@pytest.mark.parametrize(
    "happens",
    [
        _change_password,
        _reset_password,
        _change_email,
        lambda app: _change_account(app, duties=[Duty.COORDINATOR]),
        lambda app: _change_account(app, active=False),
        _leave,
    ],
    ids=["a new password", "a reset", "another address", "another role", "deactivation", "leaving"],
)
def test_every_token_ends_with(app, happens):
    tokens, other = [issue(app), issue(app)], issue(app, "coordinator.p-cpm-3")
    happens(app)
    assert [is_living(app, token) for token in tokens] == [False, False]
    assert is_living(app, other)
    with looking(app):
        assert db.session.query(Change).filter_by(what="access tokens").one().old_value == "2"


def test_who_can_still_sign_in_is_told_that_tokens_ended(app):
    issue(app)
    _change_password(app)
    assert told(app) == ["token_made", "tokens_ended"]


def test_an_inactive_account_has_no_living_token_whatever_the_table_says(app):
    token = issue(app)
    with doing(app), scope.whole_country("a test deactivates"):
        db.session.get(Profile, user_id_of(app, NAME)).user.active = False
    assert not is_living(app, token)
