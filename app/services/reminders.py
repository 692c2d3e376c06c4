"""The reminder of a round: to the coordinators of offices that still owe at the moment of sending, each with the own deadline."""

from __future__ import annotations

from datetime import datetime

from app.extensions import db
from app.models import Round
from app.queries import deadline as deadlines
from app.services import record


def remind(round_id: int, *, now: datetime) -> int:
    """Queue the reminders of a round, once. Returns how many offices owe something."""
    found = db.session.get_one(Round, round_id, with_for_update=True)
    if found.reminded_at is not None:
        return 0
    owing = deadlines.owing(found.id)
    extensions = [row for row in deadlines.extensions_of(found.id) if row.indicator_id is None]
    for user in deadlines.coordinators_of(owing):
        area = user.profile.area
        window = found.window_with(*(row for row in extensions if row.area_id == area.id))
        record.mail_once(
            user.email,
            "reminder",
            now=now,
            dedupe_key=f"reminder:{found.code}:{found.reminds_at}:{user.id}",
            **record.about(found, area),
            due_at=window.deadline.isoformat(),
            closes_at=window.closes_at.isoformat(),
            owing=", ".join(owing[area.id]),
            count=str(len(owing[area.id])),
        )
    found.reminded_at = now
    return len(owing)
