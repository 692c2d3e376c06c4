"""Telling people: a line in the inbox and, where asked, a mail, both in the transaction of their cause; and what becomes of the lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, exists, update

from app.domain.access import Actor
from app.domain.errors import NotFound
from app.domain.notices import SENTENCES
from app.extensions import db, insert_if_missing
from app.models import Notice, OutboxMessage, Round
from app.queries import notice as notices

# How long a notice stays after it was read, and an unread one after the last round that ran when it was written has closed.
KEPT_FOR = timedelta(days=90)
ROWS_AT_A_TIME = 200


@dataclass(frozen=True)
class Telling:
    """What one person is told: a sentence's kind with its values, the page it is about, and which cause it has."""

    user: User
    kind: str
    dedupe_key: str
    context: Mapping[str, str]
    path: str = ""
    # The template under templates/email/ that also leaves; "notice" says the sentence itself.
    mail: str = ""

    @property
    def mail_key(self) -> str:
        """Under which the outbox knows the mail."""
        return f"{self.dedupe_key}:{self.user.id}"

    def notice(self, now: datetime) -> dict[str, Any]:
        if self.kind not in SENTENCES:
            raise KeyError(self.kind)
        return {
            "user_id": self.user.id,
            "kind": self.kind,
            "context": dict(self.context),
            "path": self.path,
            "created_at": now,
            "dedupe_key": self.dedupe_key,
        }

    def message(self, now: datetime) -> dict[str, Any]:
        return {
            "recipient": self.user.email,
            "template": self.mail,
            "context": {**self.context, "kind": self.kind, "path": self.path},
            "dedupe_key": self.mail_key,
            "created_at": now,
            "next_attempt_at": now,
            "attempts": 0,
            "last_error": "",
        }


def tell(
    users: Iterable[User],
    kind: str,
    *,
    now: datetime,
    dedupe_key: str,
    path: str = "",
    mail: str = "",
    **context: str,
) -> int:
    """Tell these people, each once for the same `dedupe_key`. `mail` is the template under templates/email/ that also leaves;
    "notice" says the sentence itself.

    `path` is the page that a press on the line opens. Returns how many people are told."""
    people = list({user.id: user for user in users}.values())
    return tell_each([Telling(user, kind, dedupe_key, context, path, mail) for user in people], now=now)


def tell_each(tellings: list[Telling], *, now: datetime) -> int:
    """Tell each of these, in few statements however many they are. Returns how many are told."""
    messages = [telling.message(now) for telling in tellings if telling.mail and telling.user.email]
    for model, rows in ((Notice, [telling.notice(now) for telling in tellings]), (OutboxMessage, messages)):
        for start in range(0, len(rows), ROWS_AT_A_TIME):
            insert_if_missing(model, *rows[start : start + ROWS_AT_A_TIME])
    return len(tellings)


def read_one(notice_id: int, *, actor: Actor, now: datetime) -> Notice:
    """Note that one's own notice was read. Raises NotFound for somebody else's."""
    found = notices.own(notice_id, actor.user_id)
    if found is None:
        raise NotFound
    if found.read_at is None:
        found.read_at = now
    return found


def read_all(*, actor: Actor, now: datetime) -> int:
    """Note that all of one's own notices were read. Returns how many were not yet."""
    unread = update(Notice).where(Notice.user_id == actor.user_id, Notice.read_at.is_(None)).values(read_at=now)
    return int(db.session.execute(unread).rowcount)  # type: ignore[attr-defined]  # an UPDATE always counts its rows


def expire(*, now: datetime) -> None:
    """Forget what was read long ago, and what nobody read when every round that ran at the time is long over."""
    long_ago = now - KEPT_FOR
    still_runs = exists().where(
        Round.active, Round.is_rehearsal.is_(False), Round.opens_at <= Notice.created_at, Round.closes_at > long_ago
    )
    db.session.execute(delete(Notice).where(Notice.read_at < long_ago))
    db.session.execute(delete(Notice).where(Notice.read_at.is_(None), Notice.created_at < long_ago, ~still_runs))
