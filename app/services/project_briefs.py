"""The report on an office's projects to its director: written from what stands, frozen when it is proposed, then acknowledged or returned."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain import access
from app.domain.access import Action, Actor, Here
from app.domain.errors import N_, Conflict, Refused
from app.domain.progress import SENT_IN, Standing
from app.domain.project_fields import QUARTERS
from app.domain.projects import EDITABLE, ProjectState
from app.domain.quantities import plain
from app.domain.thai import storable
from app.extensions import db
from app.models import Area, ProjectBrief
from app.queries import deadline, endorsement
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.queries.project import Line
from app.services import notices, record, sheets, superiors

MOST_NOTE = 1000


def content(area: Area, fiscal_year_be: int, *, now: datetime) -> dict[str, Any]:
    """What the report says now, as plain values that can be kept.

    Keys: year, area (code, th, en), as_of, register_due_at, states (count by state), missing, entered, budget, paid, quarters (asked,
    sent, late, overdue, due_at, is_open by quarter), lines (one per project that was not cancelled)."""
    periods = plan_queries.periods(fiscal_year_be)
    lines = project_queries.register(area.id, fiscal_year_be, periods, now)
    living = [line for line in lines if line.sheet.state != ProjectState.CANCELLED]
    sent = [row for line in living for row in line.project.quarters if row.sheet.state in SENT_IN]
    return {
        "year": fiscal_year_be,
        "area": {"code": area.code, "th": area.short_th, "en": area.name_en},
        "as_of": now.isoformat(),
        "register_due_at": periods[0].due_at.isoformat(),
        "states": {state.value: sum(line.sheet.state == state for line in lines) for state in ProjectState},
        "missing": sum(line.sheet.state in EDITABLE for line in living),
        "entered": sum(line.project.entered_on is not None for line in living),
        "count": len(living),
        "budget": plain(sum((line.project.budget or Decimal(0) for line in living), Decimal(0))),
        "paid": plain(sum((row.paid or Decimal(0) for row in sent), Decimal(0))),
        "quarters": {
            str(quarter): {
                "asked": sum(line.standings[quarter] is not Standing.NOT_ASKED for line in living),
                "sent": sum(line.standings[quarter] in (Standing.SENT, Standing.CHECKED) for line in living),
                "late": sum(row.quarter == quarter and row.sheet.timing == "late" for row in sent),
                "overdue": sum(line.standings[quarter] is Standing.OVERDUE for line in living),
                "due_at": periods[quarter].due_at.isoformat(),
                "is_open": periods[quarter].is_open(now),
            }
            for quarter in QUARTERS
        },
        "lines": [_line(line) for line in living],
    }


def _line(line: Line) -> dict[str, Any]:
    project, latest = line.project, line.latest
    return {
        "number": project.number,
        "name": project.name,
        "group": project.group_name,
        "owners": line.sheet.owner_names,
        "state": line.sheet.state,
        "missing": line.sheet.missing_count if line.sheet.state in EDITABLE else 0,
        "national": project.national_code if project.entered_on else "",
        "is_entered": project.entered_on is not None,
        "budget": None if project.budget is None else plain(project.budget),
        "percent": None if latest is None or latest.percent is None else plain(latest.percent),
        "overall": latest.overall if latest else "",
        "standings": {str(quarter): standing.value for quarter, standing in line.standings.items()},
    }


def propose(area: Area, fiscal_year_be: int, note: str, *, actor: Actor, now: datetime) -> ProjectBrief:
    """Freeze the report as it stands and propose it to the director. Raises Conflict while one waits, Refused where there is nothing to
    report or the note is too long."""
    access.require(actor, Action.LEAD_SHEETS, Here(area.id))
    project_queries.hold_office(area.id)
    earlier = project_queries.briefs(area.id, fiscal_year_be)
    if any(row.state == "proposed" for row in earlier):
        raise Conflict(N_("A report waits for the director already"))
    found = content(area, fiscal_year_be, now=now)
    if not found["lines"]:
        raise Refused(N_("There is no project to report on yet"))
    text = storable(note).strip()
    if len(text) > MOST_NOTE:
        raise Refused(N_("Use at most %(limit)d characters"), limit=MOST_NOTE)
    row = ProjectBrief(
        area_id=area.id,
        fiscal_year_be=fiscal_year_be,
        number=1 + max((one.number for one in earlier), default=0),
        state="proposed",
        content=found,
        note=text,
        proposed_at=now,
        proposed_by_id=actor.user_id,
        proposed_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    record.change(actor, f"brief:{row.id}", "brief proposed", now=now, area_id=area.id, new=str(row.number))
    notices.tell(
        [user for user in endorsement.endorsers(area.id, now) if user.id != actor.user_id],
        "brief_proposed",
        now=now,
        dedupe_key=f"brief:{row.id}",
        path=path_of(area, row),
        mail="notice",
        by=actor.name,
        fiscal_year=str(fiscal_year_be),
    )
    return row


def path_of(area: Area, row: ProjectBrief) -> str:
    return f"/projects/{row.fiscal_year_be}/{area.code}/report/{row.number}"


def answer(row: ProjectBrief, area: Area, *, is_accepted: bool, typed: str, actor: Actor, now: datetime) -> None:
    """The director, or who acts by an order, acknowledges a held report, or returns it with a reason. Raises NotAllowed, Conflict."""
    if row.state != "proposed":
        raise Conflict(N_("This was changed meanwhile. Look at the page again."))
    seat = superiors.require_seat(actor, area.id, now=now)
    said = storable(typed).strip() if is_accepted else sheets.reason(typed)
    if len(said) > MOST_NOTE:
        raise Refused(N_("Use at most %(limit)d characters"), limit=MOST_NOTE)
    row.state = "acknowledged" if is_accepted else "returned"
    row.answered_at, row.answered_by_name, row.order_number, row.said = now, actor.name, seat.order_number, said
    record.change(actor, f"brief:{row.id}", f"brief {row.state}", now=now, area_id=area.id, new=said)
    notices.tell(
        [user for user in deadline.coordinators_of([area.id]) if user.id != actor.user_id],
        f"brief_{row.state}",
        now=now,
        dedupe_key=f"brief:{row.id}:{row.state}",
        path=path_of(area, row),
        mail="notice",
        by=actor.name,
        fiscal_year=str(row.fiscal_year_be),
        reason=said,
    )
