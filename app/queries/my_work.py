"""What a person has to do about the indicators of rounds, and when rounds open and close: the part of reporting in one's own work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.domain import workflow
from app.domain.access import Actor, Duty
from app.domain.calendar import BUDDHIST_ERA_OFFSET
from app.domain.deadlines import Phase, phase
from app.domain.endorsement import HandInState
from app.domain.errors import N_, Message
from app.domain.work import Dated, Job, Work
from app.extensions import db
from app.models import Area, Assignment, Indicator, OfficeHandIn, Part, ReportReturn, Round, Submission
from app.queries.round import OwnRound

_NOT_STARTED = N_("Not started")
_READY = N_("Everything is filled in; it only has to be submitted")
_MISSING = N_("%(count)s items missing")
_RETURNED = N_("Points were returned to be mended")
_ENDORSE = N_("The whole round waits for your endorsement")
_TO_SEND = N_("The office still has %(count)s indicators to submit")
_OPENS = N_("Opens")
_DEADLINE = N_("Deadline")
_CLOSES = N_("The system closes")


def reports(actor: Actor, area: Area, rounds: list[OwnRound], now: datetime) -> list[Work]:
    """Indicators that the person owns and that are not sent, in rounds that are open; and those of which points were returned."""
    running = {own.round.id: own for own in rounds if phase(own.window, now) is Phase.OPEN}
    statement = (
        select(Assignment, Submission, ReportReturn)
        .join(Assignment.indicator)
        .outerjoin(
            Submission,
            (Submission.round_id == Assignment.round_id)
            & (Submission.indicator_id == Assignment.indicator_id)
            & (Submission.area_id == Assignment.area_id),
        )
        .outerjoin(ReportReturn, (ReportReturn.submission_id == Submission.id) & (ReportReturn.state == "open"))
        .where(Assignment.user_id == actor.user_id, Assignment.area_id == area.id, Indicator.active)
        .options(joinedload(Assignment.indicator), joinedload(Assignment.round))
    )
    found = []
    for assignment, submission, returned in db.session.execute(statement):
        own = running.get(assignment.round_id)
        if submission is not None and submission.state == workflow.State.SUBMITTED:
            continue
        if returned is None and own is None:
            continue
        indicator = assignment.indicator
        found.append(
            Work(
                job=Job.REPORTING,
                title={name: f"{indicator.full_code} {getattr(indicator, f'text_{name}')}" for name in ("th", "en")},
                path=f"/reports/{assignment.round.code}/{area.code}/{indicator.full_code}",
                said=_said(submission, returned is not None),
                due_at=returned.due_at if returned is not None else own.window.deadline if own else None,
            )
        )
    return found


def rounds_of_office(actor: Actor, area: Area, rounds: list[OwnRound], now: datetime) -> list[Work]:
    """For the coordinator: each open round of which indicators are still to be sent, in one statement."""
    running = {own.round.id: own for own in rounds if phase(own.window, now) is Phase.OPEN}
    if not actor.has(Duty.COORDINATOR) or not running:
        return []
    sent = (Submission.indicator_id == Indicator.id) & (Submission.area_id == area.id)
    statement = (
        select(Indicator.round_id, func.count())
        .join(Indicator.part)
        .outerjoin(Submission, sent & (Submission.state == workflow.State.SUBMITTED))
        .where(Indicator.round_id.in_(running), Indicator.active, Part.active, Submission.id.is_(None))
        .where(Indicator.applies_to.in_(("both", area.kind)))
        .group_by(Indicator.round_id)
    )
    return [
        Work(
            job=Job.REPORTING,
            title=_name(running[round_id].round),
            path=f"/reports/{running[round_id].round.code}/{area.code}/",
            said=Message(_TO_SEND, {"count": count}),
            due_at=running[round_id].window.deadline,
        )
        for round_id, count in db.session.execute(statement)
    ]


def _said(submission: Submission | None, is_returned: bool) -> Message:
    if is_returned:
        return Message(_RETURNED)
    if submission is None or not submission.begun:
        return Message(_NOT_STARTED)
    if submission.missing_count:
        return Message(_MISSING, {"count": submission.missing_count})
    return Message(_READY)


def endorsements(actor: Actor, area: Area) -> list[Work]:
    """Rounds that were handed in and wait for the director."""
    if not actor.has(Duty.DIRECTOR):
        return []
    statement = (
        select(OfficeHandIn, Round)
        .join(Round, Round.id == OfficeHandIn.round_id)
        .where(OfficeHandIn.area_id == area.id, OfficeHandIn.state == HandInState.HANDED_IN, Round.active)
        .where(Round.asks_endorsement)
    )
    return [
        Work(
            job=Job.REPORTING,
            title=_name(found),
            path=f"/reports/{found.code}/{area.code}/hand-in",
            said=Message(_ENDORSE),
            due_at=found.closes_at,
            waits=True,
        )
        for _, found in db.session.execute(statement)
    ]


def _name(found: Round) -> dict[str, str]:
    return {
        "th": f"{found.name_th} {found.fiscal_year_be}",
        "en": f"{found.name_en} {found.fiscal_year_be - BUDDHIST_ERA_OFFSET}",
    }


def dates(rounds: list[OwnRound]) -> list[Dated]:
    """When rounds open, are due and close, with the office's own time."""
    found = []
    for own in rounds:
        window, path = own.window, f"/reports/?round={own.round.code}"
        moments = [(window.opens_at, _OPENS), (window.closes_at, _CLOSES)]
        if window.has_own_deadline:
            moments.append((window.deadline, _DEADLINE))
        found += [
            Dated(Job.REPORTING, at, Message(said), _name(own.round), path, uid=f"round-{own.round.code}-{place}")
            for place, (at, said) in enumerate(moments)
        ]
    return found
