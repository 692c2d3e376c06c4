"""Telling who still owes the entry of a project or the progress of a quarter: once before it is due, once when it is overdue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask_appbuilder.security.sqla.models import User

from app.domain.progress import REGISTER
from app.models import ProjectPeriod
from app.queries import deadline, project_owing
from app.queries import plan as plan_queries
from app.queries.project_owing import Owed
from app.services import notices
from app.services.notices import Telling

NAMES_SAID = 8
NAME_LENGTH = 60


def remind(period_id: int, *, now: datetime) -> int:
    """Tell owners and coordinators of what a row of times still waits for, each once. Returns how many people are told."""
    period = plan_queries.held_period(period_id)
    if period.due_at <= now:
        if period.overdue_told_at is not None:
            return 0
        period.overdue_told_at, what = now, "overdue"
        period.reminded_at = period.reminded_at or now
    else:
        if period.reminded_at is not None or period.reminds_at is None or period.reminds_at > now:
            return 0
        period.reminded_at, what = now, "reminder"
    owed = project_owing.owed(period.fiscal_year_be, period.quarter)
    return notices.tell_each(list(_tellings(period, what, owed)), now=now) if owed else 0


def _tellings(period: ProjectPeriod, what: str, owed: list[Owed]) -> Iterable[Telling]:
    owners = project_owing.owners_of([one.sheet_id for one in owed])
    leads: dict[int, list[User]] = {}
    for user in deadline.coordinators_of({one.area_id for one in owed}):
        leads.setdefault(user.profile.area_id, []).append(user)
    people: dict[int, User] = {}
    lines: dict[tuple[int, int], list[Owed]] = {}
    for one in owed:
        told = {user.id: user for user in [*owners.get(one.sheet_id, []), *leads.get(one.area_id, [])]}
        people |= told
        for user_id in told:
            lines.setdefault((user_id, one.area_id), []).append(one)
    kind = f"{'register' if period.quarter == REGISTER else 'progress'}_{what}"
    for (user_id, _), mine in lines.items():
        yield Telling(
            people[user_id],
            kind,
            f"{kind}:{period.fiscal_year_be}:{period.quarter}:{period.due_at.isoformat()}",
            {
                "fiscal_year": str(period.fiscal_year_be),
                "quarter": str(period.quarter),
                "due_at": period.due_at.isoformat(),
                "owing": said(mine),
            },
            f"/projects/{period.fiscal_year_be}/{mine[0].area_code}/?show=owing",
            "notice",
        )


def said(owed: list[Owed]) -> str:
    """The projects by number and name, not more than a person reads."""
    names = [f"{one.number}. {_short(one.name)}" for one in owed[:NAMES_SAID]]
    more = len(owed) - NAMES_SAID
    return "; ".join(names) + (f"; … +{more}" if more > 0 else "")


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1].rstrip() + "…"
