"""Who may do what to a row they can see. Which rows exist for whom is `app.scope`; which screens open is `app.permissions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from app.domain.errors import NotAllowed


class Duty(StrEnum):
    """What a person is here for; the same keys name the roles."""

    REPORTER = "reporter"
    COORDINATOR = "coordinator"
    DIRECTOR = "director"
    CENTRAL = "central"
    EVALUATOR = "evaluator"
    MODERATOR = "moderator"
    ANALYST = "analyst"
    ADMIN = "admin"


OFFICE_DUTIES = frozenset({Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR})
COUNTRY_DUTIES = frozenset(Duty) - OFFICE_DUTIES


@dataclass(frozen=True)
class Actor:
    """The person, or job, that acts. Made once per request; jobs make their own."""

    user_id: int | None
    duties: frozenset[Duty] = frozenset()
    area_ids: frozenset[int] = frozenset()
    name: str = ""
    sees_all_areas: bool = field(default=False)

    def has(self, *duties: Duty) -> bool:
        return not self.duties.isdisjoint(duties)


class OwnedByArea(Protocol):
    """Anything that belongs to one office."""

    area_id: int


@dataclass
class Here:
    """An office, for the question who may do what there."""

    area_id: int


@dataclass
class Country:
    """What belongs to no office: rounds, outages, more time for everybody."""

    area_id: int = 0


COUNTRY = Country()


class Action(StrEnum):
    VIEW_REPORT = "view_report"
    EDIT_REPORT = "edit_report"
    SUBMIT_REPORT = "submit_report"
    APPROVE_REGISTRATION = "approve_registration"
    EXTEND_DEADLINE = "extend_deadline"
    RUN_ROUND = "run_round"
    LEAD_TEAM = "lead_team"
    HAND_IN_ROUND = "hand_in_round"
    ENDORSE_ROUND = "endorse_round"
    REMIND = "remind"
    PUBLISH = "publish"
    ASK_QUESTION = "ask_question"
    ANSWER_QUESTION = "answer_question"
    REVIEW = "review"
    MODERATE = "moderate"
    ASSIGN_REVIEWS = "assign_reviews"
    RETURN_REPORT = "return_report"
    PUBLISH_RESULTS = "publish_results"
    ACKNOWLEDGE_RESULT = "acknowledge_result"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decide_appeal"
    ACCEPT_ADVICE = "accept_advice"
    EXPORT_ROUND = "export_round"
    EXPORT_OFFICE = "export_office"
    EDIT_SHEET = "edit_sheet"
    LEAD_SHEETS = "lead_sheets"
    CONSIDER_SHEET = "consider_sheet"
    RUN_JOBS = "run_jobs"
    ANSWER_WISH = "answer_wish"
    RESET_FACTOR = "reset_factor"
    END_SESSIONS = "end_sessions"
    RELEASE_FILE = "release_file"


def _in_own_office(actor: Actor, row: OwnedByArea, *duties: Duty) -> bool:
    return actor.has(*duties) and row.area_id in actor.area_ids


_RULES: dict[Action, Callable[[Actor, OwnedByArea], bool]] = {
    Action.VIEW_REPORT: lambda actor, row: actor.sees_all_areas or row.area_id in actor.area_ids,
    Action.EDIT_REPORT: lambda actor, row: _in_own_office(actor, row, Duty.REPORTER, Duty.COORDINATOR),
    Action.SUBMIT_REPORT: lambda actor, row: _in_own_office(actor, row, Duty.REPORTER, Duty.COORDINATOR),
    Action.APPROVE_REGISTRATION: lambda actor, row: (
        actor.has(Duty.CENTRAL, Duty.ADMIN) or _in_own_office(actor, row, Duty.COORDINATOR)
    ),
    Action.EXTEND_DEADLINE: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    Action.RUN_ROUND: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    Action.LEAD_TEAM: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN) or _in_own_office(actor, row, Duty.COORDINATOR),
    Action.HAND_IN_ROUND: lambda actor, row: _in_own_office(actor, row, Duty.COORDINATOR),
    # In the director's own seat; who acts for the director has an order, which `services.endorsing` looks up.
    Action.ENDORSE_ROUND: lambda actor, row: _in_own_office(actor, row, Duty.DIRECTOR),
    Action.REMIND: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    Action.PUBLISH: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    Action.ASK_QUESTION: lambda actor, row: _in_own_office(actor, row, Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR),
    Action.ANSWER_QUESTION: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    # Nobody reviews an office of their own; which reports are assigned to whom `services.reviewing` looks up.
    Action.REVIEW: lambda actor, row: actor.has(Duty.EVALUATOR, Duty.MODERATOR) and row.area_id not in actor.area_ids,
    Action.MODERATE: lambda actor, row: actor.has(Duty.MODERATOR) and row.area_id not in actor.area_ids,
    Action.ASSIGN_REVIEWS: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN, Duty.MODERATOR),
    Action.RETURN_REPORT: lambda actor, row: actor.has(Duty.EVALUATOR, Duty.MODERATOR) and row.area_id not in actor.area_ids,
    Action.PUBLISH_RESULTS: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    Action.ACKNOWLEDGE_RESULT: lambda actor, row: _in_own_office(actor, row, Duty.COORDINATOR, Duty.DIRECTOR),
    Action.APPEAL: lambda actor, row: _in_own_office(actor, row, Duty.COORDINATOR, Duty.DIRECTOR),
    Action.DECIDE_APPEAL: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN, Duty.MODERATOR),
    Action.ACCEPT_ADVICE: lambda actor, row: _in_own_office(actor, row, Duty.REPORTER, Duty.COORDINATOR),
    Action.EXPORT_ROUND: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN, Duty.ANALYST),
    Action.EXPORT_OFFICE: lambda actor, row: _in_own_office(actor, row, *OFFICE_DUTIES),
    Action.EDIT_SHEET: lambda actor, row: _in_own_office(actor, row, Duty.REPORTER, Duty.COORDINATOR),
    # The plan group of the office gathers, checks and sends; its director considers.
    Action.LEAD_SHEETS: lambda actor, row: _in_own_office(actor, row, Duty.COORDINATOR),
    Action.CONSIDER_SHEET: lambda actor, row: _in_own_office(actor, row, Duty.DIRECTOR),
    Action.RUN_JOBS: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    Action.ANSWER_WISH: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    Action.RESET_FACTOR: lambda actor, row: actor.has(Duty.ADMIN),
    Action.END_SESSIONS: lambda actor, row: actor.has(Duty.CENTRAL, Duty.ADMIN),
    # Whoever answers for the machines decides on a file into which the virus scanner cannot look.
    Action.RELEASE_FILE: lambda actor, row: actor.has(Duty.ADMIN),
}


def allows(actor: Actor, action: Action, row: OwnedByArea) -> bool:
    """Whether the actor may do this to the row. Templates ask it to show a button, services to obey it."""
    return _RULES[action](actor, row)


def require(actor: Actor, action: Action, row: OwnedByArea) -> None:
    """Raise NotAllowed unless the actor may do this to the row."""
    if not allows(actor, action, row):
        raise NotAllowed
