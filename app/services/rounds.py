"""Rounds made from rounds: a rehearsal asks what the real round asks, closes in minutes and counts nowhere; the next round takes over
the questions of the last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, Refused
from app.domain.round_copy import Next
from app.domain.round_life import Stage
from app.extensions import db
from app.models import Criterion, Indicator, Part, QualityLevel, Quantity, Round
from app.queries import round as rounds
from app.services import record, reference

LONGEST_REHEARSAL_MINUTES = 7 * 24 * 60


def rehearse(source_code: str, *, minutes: int, grace_minutes: int, actor: Actor, now: datetime) -> Round:
    """Open a rehearsal of a round now, closing after so many minutes. Raises Refused for a span that makes no sense."""
    access.require(actor, Action.RUN_ROUND, access.COUNTRY)
    source = rounds.find_real(source_code)
    if not 1 <= minutes <= LONGEST_REHEARSAL_MINUTES or not 0 <= grace_minutes <= 60:
        raise Refused(N_("A rehearsal runs between 1 minute and 7 days, with 0 to 60 minutes of grace"))
    copy = Round(
        code=f"{source.code}-R{rounds.count_rehearsals(source.code) + 1}",
        fiscal_year_be=source.fiscal_year_be,
        months=source.months,
        name_th=source.name_th,
        name_en=source.name_en,
        opens_at=now,
        due_at=None,
        closes_at=now + timedelta(minutes=minutes),
        grace_minutes=grace_minutes,
        instructions_th=source.instructions_th,
        instructions_en=source.instructions_en,
        asks_endorsement=source.asks_endorsement,
        is_rehearsal=True,
    )
    db.session.add(copy)
    db.session.flush()
    _copy_questions(rounds.parts_with_questions(source.id), copy)
    record.change(actor, f"round:{copy.id}", "added", now=now, new=copy.code)
    return copy


@dataclass(frozen=True)
class Plan(Next):
    """The next round as it was typed; `part_ids` are parts of any rounds, in use, one of each code."""

    due_at: datetime | None = None
    reminds_at: datetime | None = None
    part_ids: tuple[int, ...] = ()

    @property
    def code(self) -> str:
        return f"{self.fiscal_year_be}-{self.months}"


def clone(source_code: str, plan: Plan, *, actor: Actor, now: datetime) -> Round:
    """Make the next round from this one: parts, indicators, issues, levels, figures and forms. Nobody but the centre sees it before it is
    announced. Raises Refused for what does not fit together, Conflict where the round is there already."""
    access.require(actor, Action.RUN_ROUND, access.COUNTRY)
    source = rounds.find_real(source_code)
    if rounds.code_is_taken(plan.code):
        raise Conflict(N_("There is a round %(code)s already"), code=plan.code)
    parts = [part for part in rounds.parts_of_any_round() if part.id in plan.part_ids]
    codes = [part.code for part in parts]
    if not parts:
        raise Refused(N_("Choose at least one part"))
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise Refused(N_("Part %(code)s is chosen from two rounds: choose it from one"), code=twice[0])
    copy = Round(
        code=plan.code,
        fiscal_year_be=plan.fiscal_year_be,
        months=plan.months,
        name_th=plan.name_th,
        name_en=plan.name_en,
        opens_at=plan.opens_at,
        reminds_at=plan.reminds_at,
        due_at=plan.due_at,
        closes_at=plan.closes_at,
        grace_minutes=source.grace_minutes,
        instructions_th=source.instructions_th,
        instructions_en=source.instructions_en,
        asks_endorsement=source.asks_endorsement,
        stage=Stage.PREPARING.value,
    )
    reference.check_round(copy)
    try:
        with db.session.begin_nested():
            db.session.add(copy)
    except IntegrityError:  # somebody made it a moment ago
        raise Conflict(N_("There is a round %(code)s already"), code=plan.code) from None
    by_round = {part.round_id: rounds.parts_with_questions(part.round_id) for part in parts}
    chosen = [part for found in by_round.values() for part in found if part.id in plan.part_ids]
    _copy_questions(sorted(chosen, key=lambda part: (part.sort_order, part.code)), copy)
    record.change(actor, f"round:{copy.id}", "added", now=now, old=source.code, new=copy.code)
    return copy


def _copy_questions(parts: Iterable[Part], target: Round) -> None:
    """Parts, indicators and all that they ask, as far as they are in use."""
    for part in parts:
        new_part = Part(**_values(part), round_id=target.id)
        db.session.add(new_part)
        db.session.flush()
        for indicator in part.indicators:
            db.session.add(
                Indicator(
                    **_values(indicator),
                    part_id=new_part.id,
                    round_id=target.id,
                    criteria=[
                        Criterion(**_values(row), form_document_id=row.form_document_id) for row in indicator.active_criteria
                    ],
                    levels=[QualityLevel(**_values(row)) for row in indicator.levels],
                    quantities=[Quantity(**_values(row)) for row in indicator.active_quantities],
                )
            )


def _values(row: Any) -> dict[str, Any]:
    """The plain columns of a row: no key of its own, no pointer to another row."""
    mapper = inspect(type(row))
    return {
        attribute.key: getattr(row, attribute.key)
        for attribute in mapper.column_attrs
        if not attribute.columns[0].primary_key and not attribute.columns[0].foreign_keys and attribute.key != "version"
    }
