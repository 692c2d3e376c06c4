"""Calling a verb as somebody: an application context, an actor, a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from app import scope
from app.domain.access import COUNTRY_DUTIES, Actor, Duty
from app.extensions import db, transaction
from app.models import OutboxMessage
from app.queries import account as accounts
from app.queries import area as areas


@contextmanager
def doing(app: Flask, actor: Actor = scope.NOBODY) -> Iterator[None]:
    """What stands inside happens as this actor, all or nothing."""
    with app.app_context(), scope.acting_as(actor), transaction():
        yield


@contextmanager
def looking(app: Flask) -> Iterator[None]:
    """Read whatever there is."""
    with app.app_context(), scope.whole_country("a test looks"):
        yield


def user_id_of(app: Flask, name: str) -> int:
    """The id of a demonstration account by the part of its address before @emes.test."""
    with app.app_context():
        user = accounts.user_by_email(f"{name}@emes.test")
        assert user is not None, name
        return user.id


def area_id_of(app: Flask, code: str) -> int:
    with app.app_context():
        area = areas.by_code(code)
        assert area is not None, code
        return area.id


def actor_for(app: Flask, name: str) -> Actor:
    """The actor that a demonstration account is: `actor_for(app, "coordinator.p-cpm-3")`, `actor_for(app, "central")`."""
    duty, _, office = name.partition(".")
    duties = frozenset({Duty(duty.rstrip("12"))})
    area_ids = frozenset({area_id_of(app, office.upper())}) if office else frozenset()
    return Actor(user_id_of(app, name), duties, area_ids, name=name, sees_all_areas=bool(duties & COUNTRY_DUTIES))


def mails(app: Flask) -> list[tuple[str, str]]:
    """What lies in the outbox, as (recipient, template), the oldest first."""
    with app.app_context():
        rows = db.session.query(OutboxMessage).order_by(OutboxMessage.id)
        return [(row.recipient, row.template) for row in rows]
