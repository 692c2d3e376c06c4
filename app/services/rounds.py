"""Rounds made from rounds: a rehearsal asks what the real round asks, closes in minutes and counts nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import inspect

from app.domain import access
from app.domain.access import Action, Actor
from app.domain.errors import N_, NotFound, Refused
from app.extensions import db
from app.models import Criterion, Indicator, Part, QualityLevel, Quantity, Round
from app.queries import round as rounds
from app.services import record

LONGEST_REHEARSAL_MINUTES = 7 * 24 * 60


def rehearse(source_code: str, *, minutes: int, grace_minutes: int, actor: Actor, now: datetime) -> Round:
    """Open a rehearsal of a round now, closing after so many minutes. Raises Refused for a span that makes no sense."""
    access.require(actor, Action.RUN_ROUND, access.COUNTRY)
    source = rounds.by_code(source_code)
    if source is None or source.is_rehearsal:
        raise NotFound
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
    _copy_questions(source, copy)
    record.change(actor, f"round:{copy.id}", "added", now=now, new=copy.code)
    return copy


def _copy_questions(source: Round, target: Round) -> None:
    """Parts, indicators and all that they ask, as far as they are in use."""
    for part in rounds.parts_with_questions(source.id):
        new_part = Part(**_values(part), round_id=target.id)
        db.session.add(new_part)
        db.session.flush()
        for indicator in part.indicators:
            db.session.add(
                Indicator(
                    **_values(indicator),
                    part_id=new_part.id,
                    round_id=target.id,
                    criteria=[Criterion(**_values(row), form_document_id=row.form_document_id) for row in indicator.criteria],
                    levels=[QualityLevel(**_values(row)) for row in indicator.levels],
                    quantities=[Quantity(**_values(row)) for row in indicator.quantities],
                )
            )


def _values(row: Any) -> dict[str, Any]:
    """The plain columns of a row: no key of its own, no pointer to another row."""
    mapper = inspect(type(row))
    return {
        attribute.key: getattr(row, attribute.key)
        for attribute in mapper.column_attrs
        if not attribute.columns[0].primary_key and not attribute.columns[0].foreign_keys
    }
