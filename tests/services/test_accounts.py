"""Accounts that exist: which duties and office go together, and who may change whom."""

from __future__ import annotations

import pytest
from werkzeug.security import check_password_hash

from app import scope
from app.domain.access import Actor, Duty
from app.domain.errors import NotAllowed, NotFound, Refused
from app.extensions import db
from app.models import Change, Profile, SingleUseLink, UserSession
from app.queries import account as queries
from app.services import accounts, links, sign_in
from app.services.seeding import DEMO_PASSWORD
from app.services.sign_in import Browser
from tests.conftest import NOW
from tests.services.doing import actor_for, area_id_of, doing, looking, mails, user_id_of

REPORTER, COORDINATOR, CENTRAL, ADMIN = Duty.REPORTER, Duty.COORDINATOR, Duty.CENTRAL, Duty.ADMIN
PASSWORD = "ฝนตกที่ภูเขียวทุกวัน"
KEY = "k" * 40


def signed_in(app, name: str) -> str:
    """Sign somebody in at a browser; answers with the hash of the session's token."""
    with doing(app):
        token = sign_in.begin_session(user_id_of(app, name), browser=Browser("127.0.0.1", "test"), remember=False, now=NOW)
    return sign_in.token_hash(token)


def is_living(app, token_hash: str) -> bool:
    with looking(app):
        return queries.living_session(token_hash, NOW) is not None


def change(app, name: str, actor: Actor, **wanted) -> None:
    """Change an account; what is not named stays as it is."""
    with doing(app, actor), scope.whole_country("accounts of several offices"):
        profile = db.session.get(Profile, user_id_of(app, name))
        before = profile.area_id
        stays = {"duties": [Duty(role.name) for role in profile.user.roles], "active": True, "area_id": before}
        if "area_id" in wanted:
            profile.area_id = wanted["area_id"]
        accounts.change_account(profile, **stays | wanted, was_area_id=before, actor=actor, now=NOW)


def roles_of(app, name: str) -> list[str]:
    with looking(app):
        return sorted(role.name for role in queries.user_by_id(user_id_of(app, name)).roles)


@pytest.mark.parametrize(
    ("duties", "area_id", "fits"),
    [
        *[([duty], 1, True) for duty in (Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR)],
        *[([duty], None, False) for duty in (Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR)],
        *[([duty], None, True) for duty in (Duty.CENTRAL, Duty.EVALUATOR, Duty.MODERATOR, Duty.ANALYST, Duty.ADMIN)],
        *[([duty], 1, False) for duty in (Duty.CENTRAL, Duty.EVALUATOR, Duty.MODERATOR, Duty.ANALYST, Duty.ADMIN)],
        ([REPORTER, COORDINATOR], 1, True),
        ([CENTRAL, ADMIN], None, True),
        ([REPORTER, CENTRAL], 1, False),
        ([REPORTER, CENTRAL], None, False),
        ([], 1, False),
        ([], None, False),
    ],
)
def test_duties_and_office_go_together_or_are_refused(duties, area_id, fits):
    if fits:
        accounts.require_fitting(duties, area_id)
    else:
        with pytest.raises(Refused):
            accounts.require_fitting(duties, area_id)


def test_a_new_account_has_its_name_mailbox_roles_and_office(app):
    area_id = area_id_of(app, "P-CPM-3")
    with doing(app):
        accounts.new_user(" Somchai@X.th", "นายสมชาย ใจ ดี", password_hash="x", duties=[REPORTER, COORDINATOR], area_id=area_id)
    with looking(app):
        user = queries.user_by_email("somchai@x.th")
        assert (user.email, user.username, user.first_name, user.last_name) == (
            "somchai@x.th",
            "somchai@x.th",
            "นายสมชาย",
            "ใจ ดี",
        )
        assert (user.profile.full_name, user.profile.area_id, user.active) == ("นายสมชาย ใจ ดี", area_id, True)
        assert sorted(role.name for role in user.roles) == ["coordinator", "reporter"]


@pytest.mark.parametrize("name", ["สมชาย", "ก" * 160, "a" * 100 + " " + "b" * 59])
def test_a_name_of_one_word_or_of_any_length_makes_an_account(app, name):
    """TX24."""
    with doing(app):
        accounts.new_user("one@x.th", name, password_hash="x", duties=[CENTRAL], area_id=None)
    with looking(app):
        assert queries.user_by_email("one@x.th").profile.full_name == name


@pytest.mark.parametrize(
    "wanted", [{"duties": [COORDINATOR]}, {"active": False}, {"area_id": "P-CPM-2"}, {"duties": [ADMIN], "area_id": None}]
)
def test_a_change_of_roles_office_or_activation_signs_the_person_out_everywhere(app, wanted):
    if isinstance(wanted.get("area_id"), str):
        wanted = wanted | {"area_id": area_id_of(app, wanted["area_id"])}
    sessions = [signed_in(app, "reporter.p-cpm-3") for _ in range(2)]
    bystander = signed_in(app, "coordinator.p-cpm-3")
    change(app, "reporter.p-cpm-3", actor_for(app, "admin"), **wanted)
    assert [is_living(app, session) for session in sessions] == [False, False]
    assert is_living(app, bystander)
    with looking(app):
        user = queries.user_by_id(user_id_of(app, "reporter.p-cpm-3"))
        assert sorted(role.name for role in user.roles) == sorted(wanted.get("duties", [REPORTER]))
        assert user.active is wanted.get("active", True)
        record = db.session.query(Change).filter_by(what="account").one()
        assert (record.subject, record.actor_name) == (f"user:{user.id}", "admin")


def test_saving_an_account_without_a_change_signs_nobody_out_and_leaves_no_record(app):
    session = signed_in(app, "reporter.p-cpm-3")
    change(app, "reporter.p-cpm-3", actor_for(app, "admin"))
    assert is_living(app, session)
    with looking(app):
        assert db.session.query(Change).filter_by(what="account").count() == 0


@pytest.mark.parametrize("wanted", [{"duties": [CENTRAL]}, {"duties": [CENTRAL, ADMIN]}, {"active": False}])
def test_nobody_changes_the_own_account(app, wanted):
    session = signed_in(app, "admin")
    with pytest.raises(NotAllowed):
        change(app, "admin", actor_for(app, "admin"), **wanted)
    assert roles_of(app, "admin") == ["admin"]
    assert is_living(app, session)


def test_ones_own_account_may_be_saved_as_it_is(app):
    change(app, "admin", actor_for(app, "admin"))
    assert roles_of(app, "admin") == ["admin"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("admin", {"duties": [CENTRAL]}),
        ("admin", {"active": False}),
        ("admin", {}),
        ("analyst", {"duties": [ADMIN]}),
        ("analyst", {"duties": [Duty.ANALYST, ADMIN]}),
    ],
)
def test_only_an_administrator_makes_or_changes_an_administrator(app, name, wanted):
    before = roles_of(app, name)
    with pytest.raises(NotAllowed):
        change(app, name, actor_for(app, "central"), **wanted)
    assert roles_of(app, name) == before


def test_an_administrator_makes_another_one_and_takes_it_back(app):
    admin = actor_for(app, "admin")
    change(app, "central", admin, duties=[CENTRAL, ADMIN])
    assert roles_of(app, "central") == ["admin", "central"]
    change(app, "central", admin, duties=[CENTRAL])
    assert roles_of(app, "central") == ["central"]


def test_central_staff_change_accounts_of_offices(app):
    change(app, "reporter.p-cpm-3", actor_for(app, "central"), duties=[COORDINATOR])
    assert roles_of(app, "reporter.p-cpm-3") == ["coordinator"]


def test_a_change_that_does_not_fit_changes_nothing(app):
    session = signed_in(app, "reporter.p-cpm-3")
    with pytest.raises(Refused):
        change(app, "reporter.p-cpm-3", actor_for(app, "admin"), duties=[CENTRAL])
    assert roles_of(app, "reporter.p-cpm-3") == ["reporter"]
    assert is_living(app, session)


def request_reset(app, email: str) -> str | None:
    """Ask for a link; answers with its token, or None when none was made."""
    with doing(app):
        accounts.request_reset(email, now=NOW)
    with looking(app):
        link = db.session.query(SingleUseLink).order_by(SingleUseLink.id.desc()).first()
        return link and links.token_of(link.id, "reset", secret_key=KEY)


def test_a_new_password_ends_every_session_and_every_other_link(app):
    session = signed_in(app, "reporter.p-cpm-3")
    older, newer = (request_reset(app, " Reporter.P-CPM-3@emes.test ") for _ in range(2))
    with doing(app):
        accounts.reset_password(newer, PASSWORD, secret_key=KEY, now=NOW)
    assert not is_living(app, session)
    with looking(app):
        user = queries.user_by_email("reporter.p-cpm-3@emes.test")
        assert check_password_hash(user.password, PASSWORD)
    for token in (older, newer):
        with pytest.raises(NotFound), doing(app):
            accounts.reset_password(token, PASSWORD, secret_key=KEY, now=NOW)
    assert mails(app)[-1] == ("reporter.p-cpm-3@emes.test", "password_changed")


def test_a_weak_new_password_is_refused_and_the_link_still_works(app):
    token = request_reset(app, "reporter.p-cpm-3@emes.test")
    with pytest.raises(Refused), doing(app):
        accounts.reset_password(token, "short", secret_key=KEY, now=NOW)
    with looking(app):
        assert check_password_hash(queries.user_by_email("reporter.p-cpm-3@emes.test").password, DEMO_PASSWORD)
    with doing(app):
        accounts.reset_password(token, PASSWORD, secret_key=KEY, now=NOW)


@pytest.mark.parametrize("email", ["nobody@emes.test", "", "' OR 1=1 --", "%"])
def test_an_unknown_mailbox_gets_no_link(app, email):
    assert request_reset(app, email) is None
    assert mails(app) == []


def test_who_was_deactivated_gets_no_link_and_can_not_use_an_older_one(app):
    token = request_reset(app, "reporter.p-cpm-3@emes.test")
    change(app, "reporter.p-cpm-3", actor_for(app, "admin"), active=False)
    with pytest.raises(NotFound), doing(app):
        accounts.reset_password(token, PASSWORD, secret_key=KEY, now=NOW)
    with doing(app):
        accounts.request_reset("reporter.p-cpm-3@emes.test", now=NOW)
    assert len(mails(app)) == 1


def test_changing_the_password_keeps_this_browser_and_ends_the_others(app):
    here, there = signed_in(app, "reporter.p-cpm-3"), signed_in(app, "reporter.p-cpm-3")
    actor = actor_for(app, "reporter.p-cpm-3")
    with pytest.raises(Refused), doing(app, actor):
        accounts.change_password(actor.user_id, "wrong", PASSWORD, actor=actor, keep=here, now=NOW)
    assert is_living(app, there)
    with doing(app, actor):
        accounts.change_password(actor.user_id, DEMO_PASSWORD, PASSWORD, actor=actor, keep=here, now=NOW)
    assert (is_living(app, here), is_living(app, there)) == (True, False)


def test_nobody_changes_anothers_password_even_knowing_it(app):
    actor = actor_for(app, "admin")
    with pytest.raises(NotAllowed), doing(app, actor):
        accounts.change_password(user_id_of(app, "central"), DEMO_PASSWORD, PASSWORD, actor=actor, keep="", now=NOW)


def test_a_session_is_ended_by_its_owner_alone(app):
    session = signed_in(app, "reporter.p-cpm-3")
    with looking(app):
        session_id = db.session.query(UserSession.id).filter_by(token_hash=session).scalar()
    with pytest.raises(NotFound), doing(app):
        sign_in.end_own_session(session_id, actor=actor_for(app, "admin"), now=NOW)
    assert is_living(app, session)
    with doing(app):
        sign_in.end_own_session(session_id, actor=actor_for(app, "reporter.p-cpm-3"), now=NOW)
    assert not is_living(app, session)
