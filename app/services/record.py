"""Writing the record of changes and the outbox, in the transaction of their cause."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.access import Actor
from app.extensions import db
from app.models import Area, Change, OutboxMessage, Round
from app.services import chains


def change(
    actor: Actor,
    subject: str,
    what: str,
    *,
    now: datetime,
    area_id: int | None = None,
    old: str | None = None,
    new: str | None = None,
) -> None:
    """Put on record who changed what, from what to what. It joins its chain as the last act of the transaction."""
    chains.append(
        Change(
            at=now,
            actor_id=actor.user_id,
            actor_name=actor.name,
            area_id=area_id,
            subject=subject,
            what=what,
            old_value=old,
            new_value=new,
        )
    )


def about(found: Round, area: Area) -> dict[str, str]:
    """What every mail about a round says: which round, of which office."""
    return {
        "round": found.code,
        "round_name": found.name_th,
        "fiscal_year": str(found.fiscal_year_be),
        "area": area.code,
        "area_name": area.short_th,
    }


def mail(recipient: str, template: str, *, now: datetime, dedupe_key: str, **context: str) -> None:
    """Queue an e-mail; it leaves only if this transaction commits."""
    db.session.add(
        OutboxMessage(
            recipient=recipient,
            template=template,
            context=context,
            dedupe_key=dedupe_key,
            created_at=now,
            next_attempt_at=now,
        )
    )


def mail_once(recipient: str, template: str, *, now: datetime, dedupe_key: str, **context: str) -> None:
    """The same, unless a message with this key was queued before, be it a moment ago by another request."""
    if db.session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)) is None:
        with suppress(IntegrityError), db.session.begin_nested():
            mail(recipient, template, now=now, dedupe_key=dedupe_key, **context)
