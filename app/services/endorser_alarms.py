"""The alarm that an office has nobody who can endorse: to the centre, days before the closing, once for each office and round."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.access import Duty
from app.extensions import db, insert_if_missing
from app.models import EndorserAlarm, Round
from app.queries import account as accounts
from app.queries import endorsement
from app.services import notices


def alarm(round_id: int, *, now: datetime) -> int:
    """Tell the centre of offices that it was not told of yet, all in one message. Returns how many offices that are."""
    found = db.session.get_one(Round, round_id, with_for_update={"key_share": True})
    known = endorsement.alarmed(found.id)
    fresh = [area for area in endorsement.without_endorser(found) if area.id not in known]
    if not fresh:
        return 0
    rows = [{"round_id": found.id, "area_id": area.id, "told_at": now} for area in fresh]
    insert_if_missing(EndorserAlarm, *rows)
    notices.tell(
        accounts.users_with_role(Duty.CENTRAL),
        "no_endorser",
        now=now,
        dedupe_key=f"no_endorser:{found.code}:{fresh[0].code}",
        path=f"/monitor/{found.code}/endorsers",
        mail="no_endorser",
        count=str(len(fresh)),
        offices=", ".join(area.short_th for area in fresh),
        round=found.code,
        round_name=found.name_th,
        fiscal_year=str(found.fiscal_year_be),
        closes_at=found.closes_at.isoformat(),
    )
    return len(fresh)


def rounds_due(now: datetime, *, days: int) -> list[int]:
    """Rounds that ask for endorsement and close within so many days."""
    return [found.id for found in endorsement.rounds_to_watch(now, now + timedelta(days=days))]
