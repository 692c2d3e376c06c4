"""What an office was told about an indicator before, for the page of its report: a part of what `queries.published` may show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, String, and_, bindparam, literal, select
from sqlalchemy.orm import joinedload, lazyload, load_only

from app import scope
from app.extensions import UtcDateTime, db
from app.models import Dataset, DatasetRow, Evidence, ImprovementItem, Letter, Publication, Round
from app.queries.published import is_own, living_advice_at, published_before
from app.queries.submission import ROUND_NAME, Target


@dataclass(frozen=True)
class Told:
    """What an office was told about an indicator before: its latest published row with the round, and the advice that it took up."""

    row: DatasetRow | None = None
    round: Round | None = None
    items: tuple[ImprovementItem, ...] = ()

    def verdict(self, number: int) -> dict[str, str]:
        """What was found of an issue: {'verdict': …, 'note': …}, or nothing."""
        return (self.row.verdicts.get(str(number)) or {}) if self.row else {}

    def at(self, number: int) -> list[ImprovementItem]:
        """The advice on an issue; 0 is the indicator as a whole."""
        return [item for item in self.items if item.criterion_number == number]

    @property
    def answered(self) -> int:
        return sum(1 for item in self.items if item.is_answered)


def told_before(target: Target, now: datetime) -> Told:
    """What the earlier rounds left for a report, in one statement: a report's page can spare no more."""
    area_id, found = target.area.id, target.round
    if not is_own(area_id) or found.is_rehearsal:
        return Told()
    asked = {
        "area_id": area_id,
        "indicator_code": target.indicator.full_code,
        "round_id": found.id,
        "opens_at": found.opens_at,
        "moment": now,
    }
    with scope.whole_country("published results"):
        rows = list(db.session.execute(_told(), asked).unique())
    return Told(rows[0][0], rows[0][1], tuple(item for _, _, item in rows if item is not None))


@cache
def _told() -> Select[Any]:
    """The statement, put together once."""
    area_id, opens_at = bindparam("area_id", type_=Integer), bindparam("opens_at", type_=UtcDateTime)
    code = bindparam("indicator_code", type_=String)
    one = select(literal(1).label("one")).subquery()
    latest = (
        published_before(area_id, opens_at, bindparam("moment", type_=UtcDateTime))
        .join(
            DatasetRow,
            and_(
                DatasetRow.dataset_id == Publication.dataset_id,
                DatasetRow.area_id == Letter.area_id,
                DatasetRow.full_code == code,
            ),
        )
        .with_only_columns(DatasetRow.id)
        .scalar_subquery()
    )
    here = and_(
        ImprovementItem.area_id == area_id,
        ImprovementItem.indicator_code == code,
        living_advice_at(bindparam("round_id", type_=Integer), opens_at),
    )
    return (
        select(DatasetRow, Round, ImprovementItem)
        .select_from(one)
        .outerjoin(DatasetRow, DatasetRow.id == latest)
        .outerjoin(Dataset, Dataset.id == DatasetRow.dataset_id)
        .outerjoin(Round, Round.id == Dataset.round_id)
        .outerjoin(ImprovementItem, here)
        .options(
            load_only(*ROUND_NAME),
            joinedload(ImprovementItem.round).load_only(*ROUND_NAME),
            joinedload(ImprovementItem.evidence).load_only(Evidence.original_name, Evidence.submission_id, Evidence.area_id),
            lazyload(DatasetRow.indicator),
        )
        .order_by(ImprovementItem.criterion_number, ImprovementItem.id)
    )
