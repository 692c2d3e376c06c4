"""Files that people asked for: those that wait, those that can be taken, and what each is to be made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.domain.errors import NotFound
from app.domain.exporting import LIVING, State
from app.domain.thai import single_line
from app.extensions import db
from app.models import Area, Change, Dataset, DatasetRow, Export, HandIn, Indicator, Outcome, Part, Quantity, Round, Submission
from app.queries import dataset as datasets
from app.queries.board import Filter, of_any_office

# The parameters of an address that narrow a file.
NARROWING = ("region", "province", "kind", "cluster", "indicator")


@dataclass(frozen=True)
class Wanted:
    """Which part of a round a file is to be of, by the parameters of an address; empty is everything. `office` is the code of a single one."""

    where: Filter
    office: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Wanted:
        """What is no choice is left out."""
        kept = {name: args[name] for name in NARROWING if args.get(name)}
        return cls(Filter.from_args(kept), single_line(args.get("office", ""))[:24])

    @property
    def args(self) -> dict[str, str]:
        """The parameters again, without those that narrow nothing."""
        return self.where.args() | ({"office": self.office} if self.office else {})


def areas_of(found: Round, wanted: Wanted, dataset_id: int | None = None) -> list[Area]:
    """The offices that are meant, in Thai order: those in use, or those that frozen figures tell of, in use or not."""
    statement = select(Area).where(*of_any_office(wanted.where)).order_by(Area.sort_order, Area.code)
    if wanted.office:
        statement = statement.where(Area.code == wanted.office)
    if dataset_id is None:
        statement = statement.where(Area.active)
    else:
        statement = statement.where(Area.id.in_(select(DatasetRow.area_id).where(DatasetRow.dataset_id == dataset_id)))
    return list(db.session.scalars(statement))


def indicators_of(found: Round, code: str = "", *, also_retired: bool = False) -> list[Indicator]:
    """The indicators of a round in order, or the one with a code; those out of use only where frozen figures may tell of them."""
    statement = (
        select(Indicator)
        .join(Indicator.part)
        .where(Indicator.round_id == found.id)
        .options(joinedload(Indicator.part))
        .order_by(Part.sort_order, Indicator.sort_order, Indicator.id)
    )
    if not also_retired:
        statement = statement.where(Indicator.active, Part.active)
    if code:
        statement = statement.where(Indicator.full_code == code)
    return list(db.session.scalars(statement))


def quantities_of(indicators: list[Indicator]) -> list[Quantity]:
    """The figures that these indicators ask for, in order."""
    order = {one.id: place for place, one in enumerate(indicators)}
    rows = db.session.scalars(select(Quantity).where(Quantity.indicator_id.in_(list(order))))
    return sorted(rows, key=lambda row: (order[row.indicator_id], row.sort_order, row.id))


def counted(areas: list[Area], indicators: list[Indicator], dataset_id: int | None = None) -> int:
    """How many reports these offices are asked for, or how many of them frozen figures tell of."""
    if dataset_id is not None:
        return datasets.count_of(dataset_id, [area.id for area in areas], [one.id for one in indicators])
    kinds: dict[str, int] = {}
    for area in areas:
        kinds[area.kind] = kinds.get(area.kind, 0) + 1
    return sum(number for one in indicators for kind, number in kinds.items() if one.applies_to_kind(kind))


def mark_of(round_id: int) -> tuple[Any, ...]:
    """What changes when anything changes that a file of live figures tells: the last hand-in, level, edit and entry of the record."""
    statement = select(
        select(func.max(HandIn.id)).join(Submission).where(Submission.round_id == round_id).scalar_subquery(),
        select(func.max(Submission.changed_at)).where(Submission.round_id == round_id).scalar_subquery(),
        select(func.max(Outcome.id)).where(Outcome.round_id == round_id).scalar_subquery(),
        select(func.max(Outcome.superseded_at)).where(Outcome.round_id == round_id).scalar_subquery(),
        select(func.max(Change.id)).where(~Change.subject.startswith("export:")).scalar_subquery(),
    )
    return tuple(db.session.execute(statement).one())


# --- rows ------------------------------------------------------------------------------------------------------------------------


def find(round_code: str, export_id: int, *, area_id: int | None = None) -> Export:
    """A file of a round: one of an office, or with no office one of the centre's. Raises NotFound."""
    statement = (
        select(Export)
        .join(Export.round)
        .where(Round.code == round_code, Round.active, Export.id == export_id)
        .options(joinedload(Export.round), joinedload(Export.dataset))
    )
    statement = statement.where(Export.area_id.is_(None) if area_id is None else Export.area_id == area_id)
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound
    return found


def listed(round_id: int, *, area_id: int | None = None, limit: int, offset: int = 0) -> list[Export]:
    """The files that were asked for in a round, the latest first: an office's, or all of them."""
    statement = select(Export).where(Export.round_id == round_id).options(joinedload(Export.dataset))
    if area_id is not None:
        statement = statement.where(Export.area_id == area_id)
    return list(db.session.scalars(statement.order_by(Export.id.desc()).limit(limit).offset(offset)))


def number(round_id: int) -> int:
    return db.session.scalar(select(func.count()).select_from(Export).where(Export.round_id == round_id)) or 0


def queue() -> list[int]:
    """Ids of all that wait or are being made, in their order."""
    return list(db.session.scalars(select(Export.id).where(Export.state.in_(LIVING)).order_by(Export.id)))


def living_of(user_id: int | None) -> int:
    """How many a person is waiting for."""
    statement = select(func.count()).select_from(Export).where(Export.asked_by_id == user_id, Export.state.in_(LIVING))
    return db.session.scalar(statement) or 0


def ready(fingerprint: str, now: datetime) -> Export | None:
    """A finished file that says the same and is still kept."""
    statement = (
        select(Export)
        .where(Export.fingerprint == fingerprint, Export.state == State.DONE, Export.expires_at > now)
        .order_by(Export.id.desc())
        .limit(1)
    )
    return db.session.scalar(statement)


def over(now: datetime) -> list[Export]:
    """Files whose time is over."""
    return list(db.session.scalars(select(Export).where(Export.state == State.DONE, Export.expires_at <= now)))


def storage_keys() -> set[str]:
    """Keys of the files that can be taken."""
    return set(db.session.scalars(select(Export.storage_key).where(Export.state == State.DONE)))


def stored_files() -> list[tuple[str, str, str]]:
    """Every file that can be taken as (name, storage key, sha256)."""
    rows = db.session.scalars(select(Export).where(Export.state == State.DONE))
    return [(repr(row), row.storage_key, row.sha256) for row in rows]


def with_all(export_id: int) -> Export | None:
    """A file with its round and figures, read afresh."""
    statement = (
        select(Export)
        .where(Export.id == export_id)
        .options(joinedload(Export.round), joinedload(Export.dataset))
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(statement)


def round_of(row: Export) -> Round:
    """The round of a file that is not in the database yet, or was read without it."""
    return row.round or db.session.get_one(Round, row.round_id)


def asker(row: Export) -> User | None:
    """Who asked for a file; nobody where the account is gone or closed."""
    return db.session.scalar(select(User).where(User.id == row.asked_by_id, User.active))


def dataset_of(round_id: int, dataset_number: int) -> Dataset | None:
    return db.session.scalar(select(Dataset).where(Dataset.round_id == round_id, Dataset.number == dataset_number))
