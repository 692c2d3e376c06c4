"""What the register of an office's projects shows: which projects, who is responsible, where they and their quarters stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain import progress, project_fields, projects
from app.domain.access import Action, Actor, Here, allows
from app.domain.errors import N_
from app.domain.progress import SENT_IN, Period, Standing
from app.domain.project_fields import QUARTERS
from app.domain.projects import EDITABLE, ProjectMove, ProjectState
from app.domain.thai import search_key, single_line
from app.models import Area
from app.queries import plan as plan_queries
from app.queries import project as project_queries
from app.queries.project import Line


class Show(StrEnum):
    """Which projects of the register."""

    MINE = "mine"
    OWING = "owing"
    LACKING = "lacking"
    WAITING = "waiting"
    NATIONAL = "national"


SHOW_NAMES = {
    Show.MINE: N_("Mine"),
    Show.OWING: N_("Owing something"),
    Show.LACKING: N_("Incomplete"),
    Show.WAITING: N_("Waiting for approval"),
    Show.NATIONAL: N_("Not in eMENSCR yet"),
}
MOVE_NAMES = {
    ProjectMove.WITHDRAW: N_("Take back to edit"),
    ProjectMove.APPROVE: N_("Approve"),
    ProjectMove.RETURN: N_("Return to be mended"),
    ProjectMove.CANCEL: N_("Cancel the project"),
    ProjectMove.REOPEN: N_("Reopen for editing"),
}
# How a state looks beside its word: colour and sign.
STATE_LOOKS = {
    ProjectState.DRAFT: ("go", "pencil-fill"),
    ProjectState.SENT: ("warn", "send"),
    ProjectState.RETURNED: ("back", "arrow-counterclockwise"),
    ProjectState.APPROVED: ("ok", "check-circle-fill"),
    ProjectState.CANCELLED: ("na", "x-lg"),
}
STANDING_LOOKS = {
    Standing.NOT_OPEN: ("na", "dash"),
    Standing.NOT_ASKED: ("na", "dash"),
    Standing.OWED: ("", "circle"),
    Standing.OVERDUE: ("bad", "exclamation-circle-fill"),
    Standing.DRAFT: ("go", "pencil-fill"),
    Standing.RETURNED: ("back", "arrow-counterclockwise"),
    Standing.SENT: ("ok", "send"),
    Standing.CHECKED: ("ok", "check-circle-fill"),
}


def words() -> dict[str, Any]:
    """The names that the pages of projects say."""
    return {
        "state_names": projects.STATE_NAMES,
        "state_looks": STATE_LOOKS,
        "standing_names": progress.STANDING_NAMES,
        "standing_looks": STANDING_LOOKS,
        "overall_names": progress.OVERALL,
        "section_names": project_fields.SECTION_NAMES,
        "row_names": project_fields.ROW_KIND_NAMES,
        "slot_names": project_fields.SLOT_NAMES,
        "most_rows": project_fields.MOST_ROWS,
        "columns": project_fields.COLUMNS,
        "move_names": MOVE_NAMES,
        "needs_reason": projects.NEEDS_REASON,
        "show_names": SHOW_NAMES,
        "quarters": QUARTERS,
        "next_due": progress.next_due,
    }


@dataclass(frozen=True)
class Register:
    """The projects of an office in a year, as far as they were asked for, and figures of all of them."""

    area: Area
    fiscal_year_be: int
    years: list[int]
    lines: list[Line]
    shown: list[Line]
    periods: Mapping[int, Period]
    show: str
    q: str
    now: datetime
    may_add: bool
    may_lead: bool

    @property
    def living(self) -> list[Line]:
        return [line for line in self.lines if line.sheet.state != ProjectState.CANCELLED]

    def count(self, *states: str) -> int:
        return sum(line.sheet.state in states for line in self.lines)

    @property
    def lacking(self) -> int:
        return sum(is_shown(line, Show.LACKING, None) for line in self.lines)

    @property
    def entered(self) -> int:
        """Projects that were typed into the national system."""
        return sum(line.project.entered_on is not None for line in self.living)

    @property
    def budget(self) -> Decimal:
        return sum((line.project.budget or Decimal(0) for line in self.living), Decimal(0))

    @property
    def paid(self) -> Decimal:
        sent = (row for line in self.living for row in line.project.quarters if row.sheet.state in SENT_IN)
        return sum((row.paid or Decimal(0) for row in sent), Decimal(0))

    def reported(self, quarter: int) -> int:
        return sum(line.standings[quarter] in (Standing.SENT, Standing.CHECKED) for line in self.lines)

    def asked(self, quarter: int) -> int:
        return sum(line.standings[quarter] is not Standing.NOT_ASKED for line in self.living)

    def overdue(self, quarter: int) -> list[Line]:
        return [line for line in self.living if line.standings[quarter] is Standing.OVERDUE]

    @property
    def overdue_count(self) -> int:
        return sum(len(line.overdue) for line in self.living)


def is_shown(line: Line, show: str, user_id: int | None) -> bool:
    """Whether a project belongs to a choice of the register."""
    state = line.sheet.state
    owing = any(
        standing in (Standing.OWED, Standing.OVERDUE, Standing.DRAFT, Standing.RETURNED) for standing in line.standings.values()
    )
    return {
        "": True,
        Show.MINE: any(owner.user_id == user_id for owner in line.sheet.owners),
        Show.OWING: state in EDITABLE or owing,
        Show.LACKING: state in EDITABLE and line.sheet.missing_count > 0,
        Show.WAITING: state == ProjectState.SENT,
        Show.NATIONAL: state != ProjectState.CANCELLED and line.project.entered_on is None,
    }[show]


def read(area: Area, fiscal_year_be: int, args: Mapping[str, str], *, actor: Actor, now: datetime) -> Register:
    """The register as it is asked for."""
    periods = plan_queries.periods(fiscal_year_be)
    lines = project_queries.register(area.id, fiscal_year_be, periods, now)
    show = args.get("show", "") if args.get("show", "") in set(Show) else ""
    q = single_line(args.get("q", ""))[:100]
    wanted = search_key(q)
    shown = [
        line
        for line in lines
        if is_shown(line, show, actor.user_id)
        and (not wanted or wanted in search_key(f"{line.project.name} {line.project.group_name} {line.project.national_code}"))
    ]
    here = Here(area.id)
    return Register(
        area=area,
        fiscal_year_be=fiscal_year_be,
        years=plan_queries.years(fiscal_year_be),
        lines=lines,
        shown=shown,
        periods=periods,
        show=show,
        q=q,
        now=now,
        may_add=allows(actor, Action.EDIT_SHEET, here),
        may_lead=allows(actor, Action.LEAD_SHEETS, here),
    )
