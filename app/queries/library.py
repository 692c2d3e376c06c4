"""Files that an office has sent before, to be used once more."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from app.domain import evidence, paging
from app.domain.thai import single_line
from app.extensions import db
from app.models import Evidence, Indicator, Round, Submission
from app.queries.submission import Target

FILES_A_PAGE = 20


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for: words of a name, an indicator, a round."""

    words: str = ""
    indicator_code: str = ""
    round_code: str = ""


@dataclass(frozen=True)
class Shelf:
    """One page of the files that may be used in a slot, the newest first."""

    files: list[Evidence]
    count: int
    page: int

    @property
    def pages(self) -> int:
        return paging.pages(self.count, FILES_A_PAGE)


def _sent(target: Target) -> Select[tuple[Evidence]]:
    """Living files of the office, each once: a citation stands for its bytes only where the cited file is gone."""
    original = aliased(Evidence)
    has_original = exists().where(
        original.storage_key == Evidence.storage_key, original.deleted_at.is_(None), original.cites_id.is_(None)
    )
    return (
        select(Evidence)
        .join(Evidence.submission)
        .join(Submission.indicator)
        .join(Submission.round)
        .where(Evidence.area_id == target.area.id, Evidence.deleted_at.is_(None))
        .where(or_(Evidence.cites_id.is_(None), ~has_original))
        .where(or_(Round.is_rehearsal.is_(False), Round.id == target.round.id))
    )


def _for_slot(statement: Select[tuple[Evidence]], target: Target, slot: str) -> Select[tuple[Evidence]]:
    """Without what lies in the slot already and without kinds that it does not take."""
    there = aliased(Evidence)
    lies_there = (
        select(there.id)
        .join(Submission, Submission.id == there.submission_id)
        .where(Submission.round_id == target.round.id, Submission.indicator_id == target.indicator.id)
        .where(there.area_id == target.area.id, there.slot == slot, there.deleted_at.is_(None))
        .where(there.sha256 == Evidence.sha256)
        .correlate(Evidence)
    )
    statement = statement.where(~lies_there.exists())
    return statement.where(Evidence.extension == "pdf") if slot == evidence.PA_LESSON else statement


def _narrowed(statement: Select[tuple[Evidence]], wanted: Wanted) -> Select[tuple[Evidence]]:
    for word in single_line(wanted.words).split()[:8]:
        statement = statement.where(Evidence.original_name.icontains(word, autoescape=True))
    if wanted.indicator_code:
        statement = statement.where(Indicator.full_code == wanted.indicator_code)
    if wanted.round_code:
        statement = statement.where(Round.code == wanted.round_code)
    return statement


def usable(target: Target, slot: str, wanted: Wanted, page: int) -> Shelf:
    """The files that this office may use in this slot, in two statements. A page beyond the last is the last."""
    statement = _narrowed(_for_slot(_sent(target), target, slot), wanted)
    count = db.session.scalar(select(func.count()).select_from(statement.with_only_columns(Evidence.id).subquery())) or 0
    page = paging.within(page, count, FILES_A_PAGE)
    files = (
        statement.options(
            contains_eager(Evidence.submission).contains_eager(Submission.indicator),
            contains_eager(Evidence.submission).contains_eager(Submission.round),
        )
        .order_by(Evidence.uploaded_at.desc(), Evidence.submission_id, Evidence.slot, Evidence.ordinal)
        .offset((page - 1) * FILES_A_PAGE)
        .limit(FILES_A_PAGE)
    )
    return Shelf(list(db.session.scalars(files)), count, page)


def sent_for(target: Target) -> list[tuple[Round, str]]:
    """What this office has ever sent files for: each round and indicator once, the latest round first."""
    statement = (
        select(Round, Indicator.full_code)
        .join(Submission, Submission.round_id == Round.id)
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .join(Evidence, Evidence.submission_id == Submission.id)
        .where(Submission.area_id == target.area.id, Evidence.deleted_at.is_(None))
        .group_by(Round.id, Indicator.full_code, Indicator.sort_order)
        .order_by(Round.closes_at.desc(), Indicator.sort_order, Indicator.full_code)
    )
    return [(found, code) for found, code in db.session.execute(statement)]
