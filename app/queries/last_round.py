"""What the same office answered to the same indicator in the latest round before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, literal, select, true, union_all
from sqlalchemy.orm import aliased, load_only

from app.domain.round_life import Stage
from app.extensions import db
from app.models import Answer, Evidence, Indicator, Round, Submission
from app.queries.submission import ROUND_NAME, Target


@dataclass(frozen=True)
class LastFile:
    """A file of the earlier report."""

    id: UUID
    name: str


@dataclass(frozen=True)
class LastReport:
    """The earlier report: its round, state, fields by key and files by slot."""

    round: Round
    state: str
    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[LastFile]] = field(default_factory=dict)

    def figure(self, key: str) -> str | None:
        return self.values.get(f"quantity.{key}")

    @property
    def level(self) -> int | None:
        chosen = self.values.get("self_level")
        return int(chosen) if chosen else None


def find(target: Target) -> LastReport | None:
    """The report of the latest earlier round in which this office reported on an indicator of the same code, in one statement. Figures
    and issues are the same where their key and number are."""
    return latest(target.indicator.full_code, target.area.id, before=target.round.opens_at)


def latest(indicator_code: str, area_id: int, *, before: datetime | None = None) -> LastReport | None:
    """The latest report of an office on an indicator of this code, of rounds that closed `before` a moment where one is given; a
    rehearsal is none, nor a report that was only opened."""
    asked = {"indicator_code": indicator_code, "area_id": area_id} | ({"before": before} if before is not None else {})
    rows = list(db.session.execute(_latest(bounded=before is not None), asked))
    if not rows:
        return None
    report = LastReport(rows[0][0], rows[0][1])
    for _, _, key, value, slot, file_id, name in rows:
        if key is not None and value is not None:
            report.values[key] = value
        if file_id is not None:
            report.files.setdefault(slot, []).append(LastFile(file_id, name))
    return report


@cache
def _latest(*, bounded: bool) -> Select[Any]:
    """The statement, put together once: every page of a report asks it."""
    earlier, asked, reported = aliased(Round), aliased(Indicator), aliased(Submission)
    chosen = (
        select(reported.id)
        .join(asked, asked.id == reported.indicator_id)
        .join(earlier, earlier.id == reported.round_id)
        .where(asked.full_code == bindparam("indicator_code"), reported.area_id == bindparam("area_id"), reported.begun)
        .where(earlier.active, earlier.is_rehearsal.is_(False), earlier.stage != Stage.PREPARING)
        .order_by(earlier.closes_at.desc())
        .limit(1)
    )
    if bounded:
        chosen = chosen.where(earlier.closes_at <= bindparam("before"))
    # One row for each answer and one for each file: two kinds of rows side by side instead of every pair of them.
    kinds = union_all(select(literal("answer").label("kind")), select(literal("file").label("kind"))).subquery()
    return (
        select(Round, Submission.state, Answer.field_key, Answer.value, Evidence.slot, Evidence.id, Evidence.original_name)
        .select_from(Submission)
        .join(Round, Round.id == Submission.round_id)
        .join(kinds, true())
        .outerjoin(Answer, and_(Answer.submission_id == Submission.id, kinds.c.kind == "answer"))
        .outerjoin(
            Evidence,
            and_(Evidence.submission_id == Submission.id, Evidence.deleted_at.is_(None), kinds.c.kind == "file"),
        )
        .where(Submission.id == chosen.scalar_subquery())
        .order_by(Answer.field_key, Evidence.slot, Evidence.uploaded_at, Evidence.ordinal)
        .options(load_only(*ROUND_NAME))
    )
