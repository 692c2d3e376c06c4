"""Indicator sets as workbooks: what one would do is shown first, then it is applied whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.domain import access, spreadsheet
from app.domain.access import Action, Actor
from app.domain.errors import N_, Conflict, DomainError, Message, NotFound, Refused
from app.domain.indicator_set import CRITERIA, INDICATORS, LEVELS, PARTS, QUANTITIES, Plan, What
from app.domain.spreadsheet import Problem, Row, Sheet, Words
from app.extensions import db
from app.models import Criterion, Document, Indicator, Part, QualityLevel, Quantity, Round, SetImport
from app.queries import indicator_set as indicator_sets
from app.queries import round as rounds
from app.services import record, reference, versions
from app.services.set_comparison import Comparison, Work, require_own

_MODELS: dict[str, type[Any]] = {
    PARTS.key: Part,
    INDICATORS.key: Indicator,
    CRITERIA.key: Criterion,
    LEVELS.key: QualityLevel,
    QUANTITIES.key: Quantity,
}


def read_back(content: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Sheet], list[Problem]]:
    """A workbook as it was kept: its marks, its sheets, and the faults of single cells that were seen when it was read."""
    sheets = {
        key: Sheet(one["title"], tuple(Row(row["number"], row["cells"]) for row in one["rows"]), one["letters"])
        for key, one in content["sheets"].items()
    }
    faults = [
        Problem(Message(one["message"]["text"], one["message"]["values"]), one["sheet"], one["row"], one["column"])
        for one in content["problems"]
    ]
    return dict(content["marks"]), sheets, faults


def keep(
    found: Round,
    file_name: str,
    marks: Mapping[str, str],
    sheets: Mapping[str, Sheet],
    problems: tuple[Problem, ...],
    *,
    actor: Actor,
    now: datetime,
) -> SetImport:
    """Keep what was read of a workbook, to be looked at before anything is done. Raises Refused for one of another round."""
    access.require(actor, Action.RUN_ROUND, access.COUNTRY)
    require_own(marks, found)
    content = {
        "marks": dict(marks),
        "sheets": {key: asdict(one) for key, one in sheets.items()},
        "problems": [asdict(one) for one in problems],
    }
    row = SetImport(
        round_id=found.id,
        file_name=file_name,
        content=json.loads(json.dumps(content)),
        read_at=now,
        read_by_id=actor.user_id,
        read_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _compare(found: Round, content: Mapping[str, Any], words: Words) -> Comparison:
    marks, sheets, faults = read_back(content)
    require_own(marks, found)
    comparison = Comparison(indicator_sets.standing(found), marks, sheets, words, problems=faults)
    comparison.run()
    return comparison


def look(found: Round, content: Mapping[str, Any], words: Words) -> Plan:
    """What a workbook would do, with every fault. It is carried out on trial as far as it can be, and taken back: the rules that the
    screens keep are kept here too. Call it inside a transaction."""
    comparison = _compare(found, content, words)
    plan = _plan(comparison)
    if not comparison.problems:
        trial = db.session.begin_nested()
        _put(comparison)
        trial.rollback()
        if comparison.problems:
            plan = Plan(plan.steps, tuple(comparison.problems), plan.stay)
    return plan


def _plan(comparison: Comparison) -> Plan:
    return Plan(tuple(work.step for work in comparison.works), tuple(comparison.problems), tuple(comparison.stay))


def seal(plan: Plan) -> str:
    """A short mark of what was shown, so that nothing else is applied."""
    told = [
        (step.kind.key, step.what, step.name, step.offices, [(one.column.key, one.old, one.new) for one in step.differences])
        for step in plan.steps
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]


def apply(round_code: str, import_id: int, words: Words, *, shown: str, actor: Actor, now: datetime) -> SetImport:
    """Carry out a workbook whole. Twice is once. Raises Conflict where the set is not what was shown, Refused for faults."""
    access.require(actor, Action.RUN_ROUND, access.COUNTRY)
    found = rounds.held(round_code)
    row = found and indicator_sets.import_of(found.id, import_id)
    if found is None or row is None:
        raise NotFound
    if row.applied_at is not None:
        return row
    comparison = _compare(found, row.content, words)
    plan = _plan(comparison)
    if plan.problems:
        raise Refused(N_("Nothing was changed: the workbook has %(count)d faults"), count=len(plan.problems))
    if seal(plan) != shown:
        raise Conflict(N_("Nothing was changed: the set is not what was shown any more. Look at the list again."))
    watch = versions.watch(found)
    _put(comparison)
    if comparison.problems:
        raise Refused(N_("Nothing was changed: the workbook has %(count)d faults"), count=len(comparison.problems))
    for work in comparison.works:
        _note(work, actor=actor, now=now)
    versions.keep(watch.touches(), actor=actor, now=now)
    row.applied_at, row.applied_by_name = now, actor.name
    row.new_count, row.changed_count = plan.count(What.NEW), plan.count(What.CHANGED)
    row.retired_count = plan.count(What.RETIRED) + plan.count(What.REMOVED)
    record.change(actor, f"round:{found.id}", "indicator set", now=now, new=row.file_name)
    return row


# --- carrying it out ------------------------------------------------------------------------------------------------------


def _put(comparison: Comparison) -> None:
    """Write every step, owners before what they own; what a rule refuses becomes a fault with its row."""
    now = comparison.now
    owners: dict[str, Any] = {row.name: row.entity for key in (PARTS.key, INDICATORS.key) for row in now.rows[key]}
    for kind in now.kinds:
        works = [work for work in comparison.works if work.step.kind.key == kind.key]
        with db.session.no_autoflush:
            for work in works:
                _write(work, owners, now.round)
            for work in works:
                _check(work, comparison)
        if comparison.problems:
            return
        try:
            db.session.flush()
        except IntegrityError:
            fault = N_("The rows of this sheet contradict each other or what stands already")
            comparison.problems.append(Problem(Message(fault), comparison.sheets[kind.key].title))
            return


def _write(work: Work, owners: dict[str, Any], found: Round) -> None:
    kind, values = work.step.kind, work.values
    if work.step.what is What.REMOVED:
        db.session.delete(work.entity)
        return
    if work.step.what is What.NEW:
        work.entity = _MODELS[kind.key]()
        if kind.key == PARTS.key:
            work.entity.round = found
        elif kind.key == INDICATORS.key:
            work.entity.part = owners[str(values["part"])]
            work.entity.round_id = found.id
            work.entity.full_code = f"{values['part']}-{values['code']}"
        else:
            work.entity.indicator = owners[str(values["indicator"])]
        owners[work.step.name] = work.entity
        db.session.add(work.entity)
    for key, value in values.items():
        if key == "form_document":
            work.entity.form_document = db.session.get(Document, int(str(value))) if value else None
        elif key not in ("part", "indicator"):
            setattr(work.entity, key, value or None if key == "not_above_key" else value)


def _check(work: Work, comparison: Comparison) -> None:
    """The rules of the generated screens."""
    if work.step.number is None:
        return
    entity = work.entity
    try:
        match entity:
            case Indicator():
                reference.check_indicator(entity, was_full_code=None if work.step.what is What.NEW else entity.full_code)
            case Criterion():
                reference.check_criterion(entity)
            case QualityLevel():
                reference.check_level(entity)
            case Quantity():
                reference.check_quantity(entity, was_key=None)
    except DomainError as refusal:
        found = comparison.sheets[work.step.kind.key]
        comparison.problems.append(spreadsheet.problem(refusal, found, work.step.number))


def _note(work: Work, *, actor: Actor, now: datetime) -> None:
    step, subject = work.step, f"{work.entity.__tablename__}:{work.entity.id}"
    match step.what:
        case What.NEW:
            record.change(actor, subject, "added", now=now, new=str(work.entity))
        case What.REMOVED:
            record.change(actor, subject, "deleted", now=now, old=step.name)
        case What.RETIRED if step.number is None:
            record.change(actor, subject, "active", now=now, old="yes", new="no")
        case _:
            for one in step.differences:
                record.change(actor, subject, one.column.key, now=now, old=one.old, new=one.new)
