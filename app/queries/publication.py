"""Publications of results and their letters, as the centre sees them. Offices read theirs through `queries.published` alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased, defer, joinedload

from app.domain import letter as rules
from app.domain.access import Duty
from app.domain.errors import NotFound
from app.domain.publishing import EDITABLE, LetterState, PublicationState
from app.domain.reviewing import ReviewState
from app.extensions import db
from app.models import Area, DatasetRow, Letter, Moderation, Profile, Publication, Review, Round

TOLD = (Duty.COORDINATOR, Duty.DIRECTOR)


def all_of(round_id: int) -> list[Publication]:
    """The publications of a round, the latest first."""
    statement = select(Publication).where(Publication.round_id == round_id).options(joinedload(Publication.dataset))
    return list(db.session.scalars(statement.order_by(Publication.number.desc())))


def find(round_code: str, number: int) -> Publication:
    """The publication of an address with its dataset. Raises NotFound."""
    statement = (
        select(Publication)
        .join(Publication.round)
        .where(Round.code == round_code, Round.active, Publication.number == number)
        .options(joinedload(Publication.round), joinedload(Publication.dataset))
    )
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound
    return found


def held(publication_id: int) -> Publication:
    """A publication, held for this transaction."""
    statement = (
        select(Publication)
        .where(Publication.id == publication_id)
        .options(joinedload(Publication.round), joinedload(Publication.dataset))
        .with_for_update(of=Publication)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).one()


def last_number(round_id: int) -> int:
    return db.session.scalar(select(func.max(Publication.number)).where(Publication.round_id == round_id)) or 0


def is_released(publication: type[Publication] = Publication) -> ColumnElement[bool]:
    """Whether it was let go, be its moment still ahead."""
    return publication.state == PublicationState.RELEASED


def unfinished(round_id: int, now: datetime) -> Publication | None:
    """A publication of the round that is drafted, or released for a moment that has not come."""
    ahead = is_released() & (Publication.release_at > now)
    statement = select(Publication).where(Publication.round_id == round_id, Publication.state.in_(EDITABLE) | ahead)
    return db.session.scalar(statement.order_by(Publication.number.desc()).limit(1))


def to_come_true(now: datetime) -> ColumnElement[bool]:
    """Whether the moment of a release has come and nobody was told yet."""
    return is_released() & (Publication.release_at <= now) & Publication.told_at.is_(None)


def that_came(round_id: int, now: datetime) -> list[int]:
    """Ids of the publications of a round whose moment has come and of which nobody was told yet, in order."""
    statement = select(Publication.id).where(Publication.round_id == round_id, to_come_true(now))
    return list(db.session.scalars(statement.order_by(Publication.number)))


def is_published(round_id: int, now: datetime) -> bool:
    """Whether a publication of the round is released and its moment has come."""
    statement = select(Publication.id).where(Publication.round_id == round_id, is_released(), Publication.release_at <= now)
    return db.session.scalar(statement.limit(1)) is not None


def has_release(round_id: int) -> bool:
    """Whether a publication of the round is released, for now or for a moment ahead."""
    statement = select(Publication.id).where(Publication.round_id == round_id, is_released())
    return db.session.scalar(statement.limit(1)) is not None


# --- letters -------------------------------------------------------------------------------------------------------------------


def letters_of(publication_id: int) -> list[Letter]:
    """The letters of a publication in Thai order of their offices, in one statement, without what their PDFs were drawn from."""
    statement = (
        select(Letter)
        .join(Letter.area)
        .where(Letter.publication_id == publication_id)
        .options(defer(Letter.content), joinedload(Letter.area), joinedload(Letter.replaces).defer(Letter.content))
        .order_by(Area.sort_order)
    )
    return list(db.session.scalars(statement))


def letter_of(publication_id: int, area_code: str) -> Letter:
    """The letter to an office. Raises NotFound."""
    statement = (
        select(Letter)
        .join(Letter.area)
        .where(Letter.publication_id == publication_id, Area.code == area_code)
        .options(joinedload(Letter.area), joinedload(Letter.replaces))
    )
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound
    return found


def letter_with_all(letter_id: int) -> Letter | None:
    """A letter with all that it is drawn from but the rows, in one statement, held for this transaction."""
    statement = (
        select(Letter)
        .where(Letter.id == letter_id)
        .options(
            joinedload(Letter.area),
            joinedload(Letter.replaces),
            joinedload(Letter.publication).joinedload(Publication.dataset),
            joinedload(Letter.publication).joinedload(Publication.round),
        )
        .with_for_update(of=Letter)
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(statement)


def waiting(most: int) -> list[int]:
    """Ids of letters whose PDF is to be made, in the order of their numbers: those whose publication says all that a letter needs."""
    statement = (
        select(Letter.id)
        .join(Letter.publication)
        .where(
            Letter.state == LetterState.WAITING,
            Letter.held.is_(False),
            Letter.letter_number != "",
            Publication.state.in_(EDITABLE),
            Publication.dated_on.is_not(None),
            Publication.signatory_name != "",
        )
        .order_by(Letter.publication_id, Letter.id)
        .limit(most)
    )
    return list(db.session.scalars(statement))


@dataclass(frozen=True)
class Progress:
    """How far the PDFs of a publication are; letters that are held back are not among them."""

    made: int = 0
    waiting: int = 0
    failed: int = 0
    held: int = 0

    @property
    def all(self) -> int:
        return self.made + self.waiting + self.failed


def progress(publication_id: int) -> Progress:
    """How far the letters are, in one statement."""
    statement = (
        select(Letter.held, Letter.state, func.count())
        .where(Letter.publication_id == publication_id)
        .group_by(Letter.held, Letter.state)
    )
    counted: dict[str, int] = {}
    for is_held, state, count in db.session.execute(statement):
        name = "held" if is_held else state
        counted[name] = counted.get(name, 0) + count
    return Progress(**counted)


def standing_letters(round_id: int) -> dict[int, Letter]:
    """The latest released letter of each office in a round, be its moment still ahead, with its dataset, by office."""
    statement = (
        select(Letter)
        .join(Letter.publication)
        .where(Letter.round_id == round_id, Letter.held.is_(False), is_released())
        .options(joinedload(Letter.publication))
        .order_by(Publication.release_at, Letter.id)
    )
    return {letter.area_id: letter for letter in db.session.scalars(statement)}


def numbers_given_elsewhere(publication_id: int) -> set[str]:
    """Numbers of a publication's letters that a released letter of another has."""
    mine = select(Letter.letter_number).where(Letter.publication_id == publication_id, Letter.letter_number != "")
    statement = (
        select(Letter.letter_number)
        .join(Letter.publication)
        .where(Letter.publication_id != publication_id, Letter.held.is_(False), is_released(), Letter.letter_number.in_(mine))
    )
    return set(db.session.scalars(statement))


def results_by_office(dataset_id: int) -> dict[int, int]:
    """How many results each office has in a dataset; an office without any is there with 0."""
    statement = (
        select(DatasetRow.area_id, func.count(DatasetRow.level))
        .where(DatasetRow.dataset_id == dataset_id)
        .group_by(DatasetRow.area_id)
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


@dataclass(frozen=True)
class Open:
    """What is not settled in a round: moderations that wait for a decision, reviews that are not locked."""

    moderations: int
    reviews: int


def still_open(round_id: int) -> Open:
    """How much of a round is still being decided on, in one statement."""
    moderations = select(func.count(Moderation.id)).where(Moderation.round_id == round_id, Moderation.ended_at.is_(None))
    reviews = select(func.count(Review.id)).where(Review.round_id == round_id, Review.state == ReviewState.OPEN)
    return Open(*db.session.execute(select(moderations.scalar_subquery(), reviews.scalar_subquery())).one())


def without_result(publication: Publication) -> list[tuple[str, str, str]]:
    """(office, its code, indicator) of every report that was handed in, has no result, and whose office is told by this publication."""
    statement = (
        select(Area.short_th, DatasetRow.area_code, DatasetRow.full_code)
        .join(Letter, (Letter.area_id == DatasetRow.area_id) & (Letter.publication_id == publication.id))
        .join(Area, Area.id == DatasetRow.area_id)
        .where(DatasetRow.dataset_id == publication.dataset_id, Letter.held.is_(False))
        .where(DatasetRow.is_reported, DatasetRow.level.is_(None))
        .order_by(Area.sort_order, DatasetRow.full_code)
    )
    return [(name, code, indicator) for name, code, indicator in db.session.execute(statement)]


def people_to_tell(publication_id: int) -> Sequence[tuple[User, Area]]:
    """Active coordinators and directors of the offices in use that a publication tells, with their office."""
    statement = (
        select(User, Area)
        .join(User.roles)
        .join(Profile, Profile.user_id == User.id)
        .join(Area, Area.id == Profile.area_id)
        .join(Letter, (Letter.area_id == Area.id) & (Letter.publication_id == publication_id))
        .where(Role.name.in_(TOLD), User.active, Area.active, Letter.held.is_(False))
        .order_by(User.id)
    )
    return [(user, area) for user, area in db.session.execute(statement).unique()]


def offices_without_result(publication: Publication) -> list[Area]:
    """Offices in use that were asked something and have no result in the dataset, in Thai order."""
    none = (
        select(DatasetRow.area_id)
        .where(DatasetRow.dataset_id == publication.dataset_id)
        .group_by(DatasetRow.area_id)
        .having(func.count(DatasetRow.level) == 0)
    )
    return list(db.session.scalars(select(Area).where(Area.id.in_(none)).order_by(Area.sort_order)))


# --- genuine or not --------------------------------------------------------------------------------------------------------------


def letter_as_typed(number: str, code: str, now: datetime) -> Letter | None:
    """The letter with this number and check code that was sent and whose moment has come."""
    statement = (
        select(Letter)
        .join(Letter.publication)
        .where(Letter.code == code, Letter.code != "", Letter.held.is_(False), is_released(), Publication.release_at <= now)
    )
    wanted = rules.plain_number(number)
    return next((found for found in db.session.scalars(statement) if rules.plain_number(found.letter_number) == wanted), None)


def has_successor(letter: Letter, now: datetime) -> bool:
    """Whether a later letter of the round took its place."""
    later = aliased(Letter)
    statement = (
        select(later.id)
        .join(Publication, Publication.id == later.publication_id)
        .where(later.round_id == letter.round_id, later.area_id == letter.area_id, later.id != letter.id)
        .where(later.held.is_(False), is_released(), Publication.release_at <= now)
        .where(or_(later.replaces_id == letter.id, later.id > letter.id))
    )
    return db.session.scalar(statement.limit(1)) is not None


# --- files -----------------------------------------------------------------------------------------------------------------------


def storage_keys() -> set[str]:
    """Keys of every letter's PDF."""
    return set(db.session.scalars(select(Letter.storage_key).where(Letter.storage_key != "")))


def stored_files() -> list[tuple[str, str, str]]:
    """Every letter's PDF as (name, storage key, sha256), for `verify`."""
    statement = select(Letter.letter_number, Letter.storage_key, Letter.sha256).where(Letter.storage_key != "")
    return [(f"letter {number}", key, sha256) for number, key, sha256 in db.session.execute(statement)]
