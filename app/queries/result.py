"""Results of all offices in a round, for the centre and those who read for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app.domain import paging
from app.domain.errors import N_
from app.domain.figures import mean
from app.domain.publishing import AppealState, PublicationState
from app.domain.thai import single_line
from app.extensions import db
from app.models import Acknowledgement, Appeal, Area, DatasetRow, Letter, Publication, Round
from app.queries.published import released, standing_letters

OFFICES_A_PAGE = 50


class Show(StrEnum):
    """Which offices the list shows."""

    ALL = "all"
    SILENT = "silent"
    APPEALS = "appeals"
    UNPUBLISHED = "unpublished"


SHOW_NAMES = {
    Show.ALL: N_("All offices"),
    Show.SILENT: N_("Not acknowledged yet"),
    Show.APPEALS: N_("With open requests"),
    Show.UNPUBLISHED: N_("Not published yet"),
}


@dataclass(frozen=True)
class OfficeResult:
    """One office of the list: the letter that counts, its means, what the office did with it."""

    area: Area
    is_released: bool
    is_held: bool
    mean_self: Decimal | None
    mean_level: Decimal | None
    levels: int
    acknowledged_at: datetime | None
    acknowledged_by: str
    open_appeals: int
    appeals: int


@dataclass(frozen=True)
class OfficeResults:
    """One page of offices with letters, and how many stand under each heading."""

    offices: list[OfficeResult]
    counts: dict[Show, int]
    count: int
    page: int

    @property
    def pages(self) -> int:
        return paging.pages(self.count, OFFICES_A_PAGE)


def _of_round(appeal: type[Appeal], found: Round) -> Select[tuple[int]]:
    return (
        select(func.count())
        .where(appeal.round_id == found.id, appeal.area_id == Letter.area_id)
        .select_from(appeal)
        .correlate(Letter)
    )


def of_round(found: Round, show: Show, words: str, page: int, now: datetime, *, preview: bool) -> OfficeResults:
    """A page of the offices that have results, in Thai order, in two statements. A page beyond the last is the last."""
    standing = standing_letters(found, now, preview=preview).subquery()
    appeal = aliased(Appeal)
    filed = _of_round(appeal, found)
    open_ones = filed.where(appeal.state == AppealState.OPEN).scalar_subquery()
    # As on the office's page: over the indicators that have a result, so that both means speak of the same.
    own_level = case((DatasetRow.level.is_not(None), DatasetRow.self_level))
    levels = (
        select(
            DatasetRow.dataset_id,
            DatasetRow.area_id,
            func.count(own_level).label("selves"),
            func.sum(own_level).label("self_total"),
            func.count(DatasetRow.level).label("levels"),
            func.sum(DatasetRow.level).label("level_total"),
        )
        .group_by(DatasetRow.dataset_id, DatasetRow.area_id)
        .subquery()
    )
    conditions = {
        Show.ALL: Letter.id.is_not(None),
        Show.SILENT: and_(standing.c.is_released == 1, Acknowledgement.id.is_(None)),
        Show.APPEALS: open_ones > 0,
        Show.UNPUBLISHED: standing.c.is_released == 0,
    }
    base = (
        select(Letter)
        .join(standing, standing.c.id == Letter.id)
        .join(Letter.publication)
        .join(Area, Area.id == Letter.area_id)
        .outerjoin(Acknowledgement, Acknowledgement.letter_id == Letter.id)
    )
    for word in single_line(words).split()[:8]:
        base = base.where(
            or_(
                Area.short_th.icontains(word, autoescape=True),
                Area.name_en.icontains(word, autoescape=True),
                Area.code == word,
            )
        )
    counted = base.with_only_columns(*(func.sum(case((condition, 1), else_=0)) for condition in conditions.values()))
    counts = {name: int(count or 0) for name, count in zip(conditions, db.session.execute(counted).one(), strict=True)}
    page = paging.within(page, counts[show], OFFICES_A_PAGE)
    rows = (
        base.with_only_columns(
            Area,
            standing.c.is_released,
            Letter.held,
            levels.c.selves,
            levels.c.self_total,
            levels.c.levels,
            levels.c.level_total,
            Acknowledgement.acknowledged_at,
            Acknowledgement.acknowledged_by_name,
            open_ones,
            filed.scalar_subquery(),
        )
        .outerjoin(levels, and_(levels.c.dataset_id == Publication.dataset_id, levels.c.area_id == Letter.area_id))
        .where(conditions[show])
        .order_by(Area.sort_order)
        .offset((page - 1) * OFFICES_A_PAGE)
        .limit(OFFICES_A_PAGE)
    )
    return OfficeResults([_office(*row) for row in db.session.execute(rows)], counts, counts[show], page)


def _office(
    area: Area,
    is_released: int,
    is_held: bool,
    selves: int | None,
    self_total: int | None,
    levels: int | None,
    level_total: int | None,
    acknowledged_at: datetime | None,
    acknowledged_by: str | None,
    open_appeals: int,
    appeals: int,
) -> OfficeResult:
    return OfficeResult(
        area=area,
        is_released=bool(is_released),
        is_held=bool(is_held),
        mean_self=mean(int(self_total or 0), selves or 0),
        mean_level=mean(int(level_total or 0), levels or 0),
        levels=levels or 0,
        acknowledged_at=acknowledged_at,
        acknowledged_by=acknowledged_by or "",
        open_appeals=open_appeals,
        appeals=appeals,
    )


def latest_round_code(now: datetime, *, preview: bool) -> str | None:
    """The round whose results the centre looks at: the one that closed last among those with letters."""
    statement = (
        select(Round.code)
        .join(Letter, Letter.round_id == Round.id)
        .join(Letter.publication)
        .where(Round.active, Publication.state != PublicationState.WITHDRAWN if preview else released(now))
        .order_by(Round.closes_at.desc(), Round.id.desc())
        .limit(1)
    )
    return db.session.scalar(statement)
