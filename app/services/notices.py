"""Telling people: a line in the inbox and, where asked, a mail, both in the transaction of their cause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask_appbuilder.security.sqla.models import User

from app.domain.notices import SENTENCES
from app.extensions import insert_if_missing
from app.models import Notice, OutboxMessage


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
    if kind not in SENTENCES:
        raise KeyError(kind)
    people = list({user.id: user for user in users}.values())
    if not people:
        return 0
    notices = [
        {"user_id": user.id, "kind": kind, "context": context, "path": path, "created_at": now, "dedupe_key": dedupe_key}
        for user in people
    ]
    insert_if_missing(Notice, *notices)
    if mail:
        mails = [
            {
                "recipient": user.email,
                "template": mail,
                "context": context | {"kind": kind, "path": path},
                "dedupe_key": f"{dedupe_key}:{user.id}",
                "created_at": now,
                "next_attempt_at": now,
                "attempts": 0,
                "last_error": "",
            }
            for user in people
            if user.email
        ]
        insert_if_missing(OutboxMessage, *mails)
    return len(people)
