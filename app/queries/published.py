"""What an office may read of its results: the only door from an office to the centre's rows.

Everything here steps out of the guard, so everything here asks the same three things: the letter belongs to a publication that was
released and whose moment has come, it is not held back, and the office is one of the reader's own. Who may look at a letter before that
says so with `preview`; for an office it changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import contains_eager, lazyload

from app import scope
from app.domain.figures import SMALLEST_GROUP, Comparison, Group, comparison
from app.domain.publishing import PublicationState
from app.extensions import db
from app.models import (
    Acknowledgement,
    Area,
    Criterion,
    Dataset,
    DatasetRow,
    Evidence,
    ImprovementItem,
    Indicator,
    Letter,
    Part,
    Publication,
    ReviewPlan,
    Round,
    Submission,
)

_WHY = "published results"


def released(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a letter, where it stands in a statement with its publication, may be read by its office."""
    return and_(Publication.state == PublicationState.RELEASED, Publication.release_at <= now, Letter.held.is_(False))


def standing_letters(found: Round, now: datetime, *, preview: bool) -> Select[tuple[int, bool, bool]]:
    """The letter that counts for each office: the latest released one, else with `preview` the latest that is prepared."""
    is_released = case((released(now), 1), else_=0)
    place = func.row_number().over(
        partition_by=Letter.area_id,
        order_by=(is_released.desc(), case((released(now), Publication.release_at)).desc(), Letter.id.desc()),
    )
    ranked = (
        select(Letter.id, is_released.label("is_released"), place.label("place"))
        .join(Letter.publication)
        .where(Letter.round_id == found.id)
        .where(Publication.state != PublicationState.WITHDRAWN if preview else released(now))
        .subquery()
    )
    return select(ranked.c.id, ranked.c.is_released).where(ranked.c.place == 1)


def is_own(area_id: int) -> bool:
    actor = scope.current_actor()
    return actor.sees_all_areas or area_id in actor.area_ids


@dataclass(frozen=True)
class OfficeLetter:
    """The letter that counts for an office in a round, whether the office may read it, and what it took the place of."""

    letter: Letter
    is_released: bool
    smallest_group: int = SMALLEST_GROUP
    acknowledgement: Acknowledgement | None = None
    replaced: tuple[Letter, ...] = ()

    @property
    def publication(self) -> Publication:
        return self.letter.publication

    @property
    def dataset(self) -> Dataset:
        return self.letter.publication.dataset


def office_letter(found: Round, area_id: int, now: datetime, *, preview: bool = False) -> OfficeLetter | None:
    """The latest released letter of an office in a round with those that it replaced, in one statement. Where nothing is released yet,
    with `preview` the latest one that is being prepared."""
    if not is_own(area_id):
        return None
    may_preview = preview and scope.current_actor().sees_all_areas
    statement = (
        select(Letter, ReviewPlan.smallest_group, Acknowledgement)
        .join(Letter.publication)
        .outerjoin(ReviewPlan, ReviewPlan.round_id == Letter.round_id)
        .outerjoin(Acknowledgement, Acknowledgement.letter_id == Letter.id)
        .where(Letter.round_id == found.id, Letter.area_id == area_id)
        .where(Publication.state != PublicationState.WITHDRAWN if may_preview else released(now))
        .options(contains_eager(Letter.publication).joinedload(Publication.dataset))
        .order_by(Letter.id.desc())
        .execution_options(populate_existing=True)
    )
    with scope.whole_country(_WHY):
        rows = [row._tuple() for row in db.session.execute(statement)]
    public = [row for row in rows if _is_released(row[0], now)]
    public.sort(key=lambda row: (row[0].publication.release_at, row[0].id), reverse=True)
    for letter, smallest, acknowledgement in public or (rows[:1] if may_preview else []):
        earlier = tuple(row[0] for row in public if row[0] is not letter)
        return OfficeLetter(letter, bool(public), smallest or SMALLEST_GROUP, acknowledgement, earlier)
    return None


def _is_released(letter: Letter, now: datetime) -> bool:
    publication = letter.publication
    return (
        publication.state == PublicationState.RELEASED
        and publication.release_at is not None
        and publication.release_at <= now
        and not letter.held
    )


def rows_of(letter: Letter) -> list[DatasetRow]:
    """An office's own rows of the figures under its letter, in the order of the indicators, with what each asked: one statement."""
    if not is_own(letter.area_id):
        return []
    statement = (
        select(DatasetRow)
        .join(DatasetRow.indicator)
        .join(Indicator.part)
        .where(DatasetRow.dataset_id == letter.publication.dataset_id, DatasetRow.area_id == letter.area_id)
        .options(
            contains_eager(DatasetRow.indicator).contains_eager(Indicator.part).lazyload(Part.round),
            contains_eager(DatasetRow.indicator).joinedload(Indicator.criteria).lazyload(Criterion.form_document),
        )
        .order_by(Part.sort_order, Indicator.sort_order, Indicator.id)
    )
    with scope.whole_country(_WHY):
        return list(db.session.scalars(statement).unique())


def comparisons(office: OfficeLetter, own: list[DatasetRow]) -> dict[int, Comparison]:
    """What an office may know of the levels of others, by indicator, in one statement; small groups are not told.

    Its region is the one that is frozen in its `own` rows: where it is regrouped later, what was published stays."""
    own_region = {row.indicator_id: row.region for row in own}
    statement = (
        select(DatasetRow.indicator_id, DatasetRow.region, func.count(DatasetRow.level), func.sum(DatasetRow.level))
        .where(DatasetRow.dataset_id == office.letter.publication.dataset_id)
        .group_by(DatasetRow.indicator_id, DatasetRow.region)
    )
    groups: dict[int, dict[str, Group]] = {}
    with scope.whole_country(_WHY):
        for indicator_id, name, count, total in db.session.execute(statement):
            groups.setdefault(indicator_id, {})[name] = Group(count, int(total or 0))
    return {
        indicator_id: comparison(regions, own_region[indicator_id], smallest=office.smallest_group)
        for indicator_id, regions in groups.items()
        if indicator_id in own_region
    }


@dataclass(frozen=True)
class PublishedRow:
    """What was published of one report, with the office and the figures it comes from."""

    row: DatasetRow
    area: Area
    dataset_number: int
    as_of: datetime
    published_at: datetime

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the order of `rows_of_round`: no later release moves it."""
        return self.row.area_id, self.row.indicator_id


def rows_of_round(
    found: Round, now: datetime, *, after: tuple[int, int] | None = None, limit: int | None = None
) -> list[PublishedRow]:
    """What is published of a round: to an office its own, to the centre everybody's, in one statement, at most `limit` rows after a place.

    Nothing of a rehearsal is."""
    actor = scope.current_actor()
    if found.is_rehearsal:
        return []
    standing = standing_letters(found, now, preview=False).subquery()
    statement = (
        select(DatasetRow, Area, Dataset.number, Dataset.as_of, Publication.release_at)
        .join(Dataset, Dataset.id == DatasetRow.dataset_id)
        .join(Publication, Publication.dataset_id == Dataset.id)
        .join(Letter, and_(Letter.publication_id == Publication.id, Letter.area_id == DatasetRow.area_id))
        .join(standing, standing.c.id == Letter.id)
        .join(Area, Area.id == DatasetRow.area_id)
        .options(lazyload(DatasetRow.indicator), lazyload(DatasetRow.area))
        .order_by(DatasetRow.area_id, DatasetRow.indicator_id)
        .limit(limit)
    )
    if not actor.sees_all_areas:
        statement = statement.where(DatasetRow.area_id.in_(actor.area_ids))
    if after is not None:
        statement = statement.where(tuple_(DatasetRow.area_id, DatasetRow.indicator_id) > after)
    with scope.whole_country(_WHY):
        return [PublishedRow(*row) for row in db.session.execute(statement)]


@dataclass(frozen=True)
class Earlier:
    """The levels of the latest earlier round that was published to an office, by the indicator's full code."""

    round: Round
    levels: dict[str, int | None] = field(default_factory=dict)


def published_before(
    area_id: int | BindParameter[int],
    ends_before: datetime | BindParameter[datetime],
    now: datetime | BindParameter[datetime],
) -> Select[tuple[int]]:
    """Letters that an office may read, of rounds that had closed by a moment: the latest round first, its latest letter first."""
    return (
        select(Letter.id)
        .join(Letter.publication)
        .join(Round, Round.id == Letter.round_id)
        .where(Letter.area_id == area_id, Round.closes_at <= ends_before, Round.active, Round.is_rehearsal.is_(False))
        .where(released(now))
        .order_by(Round.closes_at.desc(), Publication.release_at.desc(), Letter.id.desc())
        .limit(1)
    )


def earlier(found: Round, area_id: int, now: datetime) -> Earlier | None:
    """What was published to an office in the latest round before this one, in one statement."""
    if not is_own(area_id):
        return None
    latest = published_before(area_id, found.opens_at, now).scalar_subquery()
    statement = (
        select(Round, DatasetRow.full_code, DatasetRow.level)
        .select_from(Letter)
        .join(Letter.publication)
        .join(Round, Round.id == Letter.round_id)
        .join(DatasetRow, and_(DatasetRow.dataset_id == Publication.dataset_id, DatasetRow.area_id == Letter.area_id))
        .where(Letter.id == latest)
    )
    with scope.whole_country(_WHY):
        rows = list(db.session.execute(statement))
    return Earlier(rows[0][0], {code: level for _, code, level in rows}) if rows else None


def latest_round(area_id: int, now: datetime) -> Round | None:
    """The round whose results an office read last: the one that closed last among those published to it."""
    if not is_own(area_id):
        return None
    statement = (
        select(Round)
        .join(Letter, Letter.round_id == Round.id)
        .join(Letter.publication)
        .where(Letter.area_id == area_id, Round.active, released(now))
        .order_by(Round.closes_at.desc(), Round.id.desc())
        .limit(1)
    )
    with scope.whole_country(_WHY):
        return db.session.scalar(statement)


@dataclass(frozen=True)
class OfficeNews:
    """What a dashboard says of results: whether this round's are published to the office, and how much earlier advice it answered."""

    is_released: bool
    answered: int
    advice: int


def living_advice(found: Round) -> ColumnElement[bool]:
    """Accepted advice that a round shows: of an earlier round, not dropped, not answered in a round between."""
    return living_advice_at(found.id, found.opens_at)


def living_advice_at(round_id: int | BindParameter[int], opens_at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    stands = and_(Evidence.deleted_at.is_(None), Submission.round_id != round_id)
    answered_elsewhere = (
        select(Evidence.id)
        .join(Submission, Submission.id == Evidence.submission_id)
        .where(Evidence.id == ImprovementItem.evidence_id, stands)
        .correlate(ImprovementItem)
        .exists()
    )
    is_earlier = (
        select(Round.id)
        .where(Round.id == ImprovementItem.round_id, Round.closes_at <= opens_at, Round.is_rehearsal.is_(False))
        .correlate(ImprovementItem)
        .exists()
    )
    return and_(ImprovementItem.dropped_at.is_(None), is_earlier, ~answered_elsewhere)


def answered_here(found: Round) -> ColumnElement[bool]:
    """Whether a file of a round that still stands answers a piece of advice."""
    return (
        select(Evidence.id)
        .join(Submission, Submission.id == Evidence.submission_id)
        .where(Evidence.id == ImprovementItem.evidence_id, Evidence.deleted_at.is_(None), Submission.round_id == found.id)
        .correlate(ImprovementItem)
        .exists()
    )


def news_of_office(found: Round, area_id: int, now: datetime) -> OfficeNews:
    """The same, in one statement."""
    if not is_own(area_id):
        return OfficeNews(False, 0, 0)
    letters = select(Letter.id).join(Letter.publication).where(Letter.round_id == found.id, Letter.area_id == area_id)
    asked = select(Indicator.full_code).where(Indicator.round_id == found.id, Indicator.active)
    items = (
        select(func.count())
        .select_from(ImprovementItem)
        .where(ImprovementItem.area_id == area_id, ImprovementItem.indicator_code.in_(asked), living_advice(found))
    )
    statement = select(
        exists(letters.where(released(now))),
        items.where(answered_here(found)).scalar_subquery(),
        items.scalar_subquery(),
    )
    with scope.whole_country(_WHY):
        return OfficeNews(*db.session.execute(statement).one())
