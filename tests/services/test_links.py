"""Links sent by mail: signed, of one purpose, for a while, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.extensions import db
from app.models import SingleUseLink
from app.services import links
from tests.conftest import NOW
from tests.services.doing import doing, looking, user_id_of

KEY = "k" * 40


def made(app, purpose: str = "reset") -> int:
    user_id = user_id_of(app, "central")
    with doing(app):
        return links.create(purpose, now=NOW, user_id=user_id).id


def find(app, token: str, purpose: str = "reset", *, key: str = KEY, now=NOW) -> SingleUseLink:
    with doing(app):
        return links.find(token, purpose, secret_key=key, now=now)


@pytest.mark.parametrize(("purpose", "lifetime"), [("reset", timedelta(minutes=30)), ("verify", timedelta(hours=24))])
def test_a_link_works_until_it_expires_and_not_a_second_longer(app, purpose, lifetime):
    token = links.token_of(made(app, purpose), purpose, secret_key=KEY)
    assert find(app, token, purpose, now=NOW + lifetime - timedelta(seconds=1)).user_id == user_id_of(app, "central")
    with pytest.raises(NotFound):
        find(app, token, purpose, now=NOW + lifetime)


@pytest.mark.parametrize("purpose", ["reset", "verify"])
def test_a_link_works_for_its_own_purpose_only(app, purpose):
    other = {"reset": "verify", "verify": "reset"}[purpose]
    link_id = made(app, purpose)
    with pytest.raises(NotFound):
        find(app, links.token_of(link_id, purpose, secret_key=KEY), other)
    with pytest.raises(NotFound):
        find(app, links.token_of(link_id, other, secret_key=KEY), other)
    with pytest.raises(NotFound):
        find(app, links.token_of(link_id, other, secret_key=KEY), purpose)


def test_a_used_link_is_dead(app):
    link_id = made(app)
    token = links.token_of(link_id, "reset", secret_key=KEY)
    with doing(app):
        db.session.get(SingleUseLink, link_id).used_at = NOW
    with pytest.raises(NotFound):
        find(app, token)


def test_a_link_of_another_installation_is_dead(app):
    token = links.token_of(made(app), "reset", secret_key="another key")
    with pytest.raises(NotFound):
        find(app, token)


def test_a_link_that_never_was_is_dead(app):
    for link_id in (0, -1, 999, 2**31 - 1):
        with pytest.raises(NotFound):
            find(app, links.token_of(link_id, "reset", secret_key=KEY))


@pytest.mark.parametrize("token", ["", "x", "1", "MQ.abc", "1.", ".", "\x00", "ก", "a" * 10_000, "../../etc/passwd"])
def test_a_forged_link_is_dead(app, token):
    """ID15."""
    made(app)
    with pytest.raises(NotFound):
        find(app, token)


def test_changing_any_part_of_a_token_kills_it(app):
    link_id = made(app)
    token = links.token_of(link_id, "reset", secret_key=KEY)
    other = links.token_of(made(app), "reset", secret_key=KEY)
    payload, _, signature = token.rpartition(".")
    for forged in (token[:-1], f"{other.rpartition('.')[0]}.{signature}", f"{payload}.", payload, f"{token}x"):
        with pytest.raises(NotFound):
            find(app, forged)
    assert find(app, token).id == link_id


def test_the_table_holds_nothing_that_opens_a_link(app):
    token = links.token_of(made(app), "reset", secret_key=KEY)
    with looking(app):
        row = db.session.query(SingleUseLink).one()
        kept = [str(getattr(row, column.name)) for column in SingleUseLink.__table__.columns]
    assert token not in kept
    assert token.rpartition(".")[2] not in kept
