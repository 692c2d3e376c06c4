"""What the same office answered to the same indicator in the latest round before."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import and_, literal, select, true, union_all
from sqlalchemy.orm import aliased

from app.domain.round_life import Stage
from app.extensions import db
from app.models import Answer, Evidence, Indicator, Round, Submission
from app.queries.submission import Target


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
    """The report of the latest earlier round in which this office reported on an indicator of the same code, in one statement; a
    rehearsal is none, nor one that was only opened. Figures and issues are the same where their key and number are."""
    earlier, asked, reported = aliased(Round), aliased(Indicator), aliased(Submission)
    latest = (
        select(reported.id)
        .join(asked, asked.id == reported.indicator_id)
        .join(earlier, earlier.id == reported.round_id)
        .where(asked.full_code == target.indicator.full_code, reported.area_id == target.area.id, reported.begun)
        .where(earlier.active, earlier.is_rehearsal.is_(False), earlier.stage != Stage.PREPARING)
        .where(earlier.closes_at <= target.round.opens_at)
        .order_by(earlier.closes_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    # One row for each answer and one for each file: two kinds of rows side by side instead of every pair of them.
    kinds = union_all(select(literal("answer").label("kind")), select(literal("file").label("kind"))).subquery()
    statement = (
        select(Round, Submission.state, Answer.field_key, Answer.value, Evidence.slot, Evidence.id, Evidence.original_name)
        .select_from(Submission)
        .join(Round, Round.id == Submission.round_id)
        .join(kinds, true())
        .outerjoin(Answer, and_(Answer.submission_id == Submission.id, kinds.c.kind == "answer"))
        .outerjoin(
            Evidence,
            and_(Evidence.submission_id == Submission.id, Evidence.deleted_at.is_(None), kinds.c.kind == "file"),
        )
        .where(Submission.id == latest)
        .order_by(Answer.field_key, Evidence.slot, Evidence.uploaded_at, Evidence.ordinal)
    )
    rows = list(db.session.execute(statement))
    if not rows:
        return None
    report = LastReport(rows[0][0], rows[0][1])
    for _, _, key, value, slot, file_id, name in rows:
        if key is not None and value is not None:
            report.values[key] = value
        if file_id is not None:
            report.files.setdefault(slot, []).append(LastFile(file_id, name))
    return report
