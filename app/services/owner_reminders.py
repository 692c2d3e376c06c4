"""The coordinator's reminder: each owner with the own missing items and the own deadline, at most once in a few hours."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain import completeness, deadlines, workflow
from app.domain.access import Actor
from app.domain.errors import N_, Message, Refused
from app.models import Submission
from app.queries import submission as submissions
from app.queries import team
from app.queries.history import team_subject
from app.queries.submission import Office
from app.queries.team import Owned
from app.services import assignment, notices, record

AGAIN_AFTER_HOURS = 4
KIND = "owner_reminder"


@dataclass(frozen=True)
class Owing:
    """One indicator that an owner still has to submit, with what it lacks and until when it is on time."""

    code: str
    text: str
    missing: tuple[Message, ...]
    due_at: datetime


@dataclass
class Reminded:
    """What became of a reminder, by the people's names."""

    told: dict[str, list[str]] = field(default_factory=dict)
    owing_nothing: list[str] = field(default_factory=list)
    told_before: list[str] = field(default_factory=list)


def _owing(office: Office, owned: Owned, submission: Submission | None) -> Owing | None:
    """What an indicator still lacks; None where the office need not report it or has."""
    indicator = owned.indicator
    if not indicator.applies_to_kind(office.area.kind):
        return None
    if submission is not None and submission.state == workflow.State.SUBMITTED:
        return None
    entered = submission.entered if submission else completeness.Answers({}, {})
    items = completeness.missing(indicator.questions, entered)
    if not entered.begun:
        said = [Message(N_("Not started"))]
    else:
        said = [item.message for item in items] or [Message(N_("Everything is filled in; it only has to be submitted"))]
    window = office.round.window_with(*office.extensions, indicator_id=indicator.id)
    return Owing(indicator.full_code, indicator.text_th, tuple(said), window.deadline)


def owing_by_owner(office: Office) -> dict[int, list[Owing]]:
    """What every active owner of an office still owes, by user id; owners who owe nothing have an empty list."""
    reports = {row.indicator_id: row for row in submissions.of_office(office.round.id, office.area.id)}
    found: dict[int, list[Owing]] = {}
    for owned in team.indicators_with_owners(office.round.id, office.area.id):
        owing = _owing(office, owned, reports.get(owned.indicator.id))
        for owner in owned.owners:
            if owner.active:
                found.setdefault(owner.user_id, []).extend([owing] if owing else [])
    return found


def remind(round_code: str, area_code: str, user_ids: Collection[int] | None, *, actor: Actor, now: datetime) -> Reminded:
    """Remind these owners, or all of them (None), of what each still owes at this moment. Raises RoundClosed outside the round."""
    office = assignment.lead(round_code, area_code, actor=actor)
    deadlines.require_open(office.last_window, now)
    owing = owing_by_owner(office)
    chosen = [user_id for user_id in owing if user_ids is None or user_id in user_ids]
    if owing and not chosen:
        raise Refused(N_("Choose at least one person"))
    if not chosen:
        raise Refused(N_("No indicator has an owner yet: assign owners first"))
    team.hold(chosen)
    path = f"/reports/{office.round.code}/{office.area.code}/?show=mine"
    recently = team.told_since(chosen, KIND, path, now - timedelta(hours=AGAIN_AFTER_HOURS))
    people = {user.id: user for user in team.people(office.area.id)}
    result = Reminded()
    for user_id in chosen:
        user, lines = people[user_id], owing[user_id]
        name, codes = user.profile.full_name, [line.code for line in lines]
        if not lines:
            result.owing_nothing.append(name)
        elif user_id in recently:
            result.told_before.append(name)
        else:
            notices.tell(
                [user],
                KIND,
                now=now,
                dedupe_key=f"{KIND}:{office.round.code}:{office.area.code}:{now.isoformat()}",
                path=path,
                mail=KIND,
                by=actor.name,
                codes=", ".join(codes),
                owing=_frozen(lines),
                due_at=min(line.due_at for line in lines).isoformat(),
                closes_at=office.window.closes_at.isoformat(),
                **record.about(office.round, office.area),
            )
            result.told[name] = codes
    if result.told:
        said = "; ".join(f"{name}: {', '.join(codes)}" for name, codes in result.told.items())
        record.change(actor, team_subject(office.round.id), "reminded", now=now, area_id=office.area.id, new=said)
    return result


def _frozen(lines: list[Owing]) -> str:
    """The lines as the mail's template reads them: sentences stay message ids until the mail is written."""
    return json.dumps(
        [
            {
                "code": line.code,
                "text": line.text,
                "due_at": line.due_at.isoformat(),
                "missing": [[item.text, dict(item.values)] for item in line.missing],
            }
            for line in lines
        ],
        ensure_ascii=False,
    )
