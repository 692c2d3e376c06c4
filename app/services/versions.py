"""Editing what offices have reported on: the old version is kept, the offices are told, and nothing happens before it was shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.domain import completeness
from app.domain.access import Actor
from app.domain.indicator_set import Step
from app.domain.indicator_version import Asked, changes
from app.domain.round_life import Stage
from app.extensions import db
from app.models import Indicator, IndicatorVersion, Round
from app.queries import indicator_set as indicator_sets
from app.queries import indicator_version as versions
from app.queries.indicator_set import Reports
from app.services import notices, record


@dataclass(frozen=True)
class Touch:
    """An edit of an indicator that offices have reported on: what it asked, what changes, and how many reports it touches."""

    indicator: Indicator
    asked: Asked
    steps: tuple[Step, ...]
    reports: Reports


@dataclass(frozen=True)
class Watch:
    """What the reported indicators of a round ask, taken before an edit of it."""

    round: Round
    asked: Mapping[int, Asked]
    reports: Mapping[int, Reports]

    def touches(self) -> list[Touch]:
        """What the edit, written but not committed, changes for whom."""
        if not self.asked:
            return []
        standings = indicator_sets.standing(self.round)
        now_asked = versions.asked_in(standings, self.asked)
        indicators = {row.entity.id: row.entity for row in standings.rows["indicators"]}
        found = []
        for indicator_id, asked in self.asked.items():
            steps = changes(asked, now_asked.get(indicator_id, {}))
            if steps:
                found.append(Touch(indicators[indicator_id], asked, steps, self.reports[indicator_id]))
        return found


def watch(found: Round) -> Watch:
    """Look at a set before it is edited, and hold its round: who waits for another's edit looks at what that one left."""
    db.session.get_one(Round, found.id, with_for_update={"key_share": True})
    reports = indicator_sets.reports_on(found.id)
    return Watch(found, versions.asked_in(indicator_sets.standing(found), reports) if reports else {}, reports)


def seal(touches: Sequence[Touch]) -> str:
    """A short mark of what was shown, so that nothing else is confirmed."""
    told = [
        (
            touch.indicator.full_code,
            step.kind.key,
            step.what,
            step.name,
            one.column.key,
            one.old,
            one.new,
        )
        for touch in touches
        for step in touch.steps
        for one in step.differences
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]


def keep(touches: Sequence[Touch], *, actor: Actor, now: datetime) -> None:
    """Keep what the indicators asked as a version, count anew what is missing in unsent reports, and tell the offices concerned.

    Submitted reports stay submitted: they answered the version that stood."""
    for touch in touches:
        _keep(touch, actor=actor, now=now)


def _keep(touch: Touch, *, actor: Actor, now: datetime) -> None:
    indicator = touch.indicator
    number = db.session.scalar(select(Indicator.version).where(Indicator.id == indicator.id).with_for_update()) or 1
    db.session.add(
        IndicatorVersion(
            indicator_id=indicator.id,
            number=number,
            asked=json.loads(json.dumps(touch.asked)),
            ended_at=now,
            ended_by_id=actor.user_id,
            ended_by_name=actor.name,
        )
    )
    indicator.version = number + 1
    record.change(actor, f"indicator:{indicator.id}", "version", now=now, old=str(number), new=str(number + 1))
    for submission in versions.unsent_reports(indicator.id):
        submission.missing_count = len(completeness.missing(indicator.questions, submission.entered))
    found = indicator.part.round
    if found.is_rehearsal or found.stage == Stage.ARCHIVED:
        return
    notices.tell(
        versions.people_concerned(indicator.id),
        "indicator_changed",
        now=now,
        dedupe_key=f"indicator_changed:{indicator.id}:{number + 1}",
        path=f"/indicators/{found.code}/{indicator.full_code}/versions",
        mail="notice",
        round=found.code,
        round_name=found.name_th,
        fiscal_year=str(found.fiscal_year_be),
        code=indicator.full_code,
        number=str(number + 1),
    )


def asked_at(indicator: Indicator, number: int) -> Asked:
    """What an indicator asked in one of its versions."""
    if number < indicator.version:
        row = versions.version_of(indicator.id, number)
        if row is not None:
            asked: Asked = row.asked
            return asked
    return versions.asked_in(indicator_sets.standing(indicator.part.round), [indicator.id])[indicator.id]
