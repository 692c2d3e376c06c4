"""The search for viruses: which file is next, how many wait, what was found, and whom that concerns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from app import scope
from app.domain.access import Duty
from app.domain.scanning import WAITS, ScanState
from app.extensions import db
from app.models import Assignment, Evidence, OfficeOrder, Profile, SheetFile, Submission

File: TypeAlias = Evidence | SheetFile | OfficeOrder
# Every kind of file in which viruses are searched for, with when it arrived. The names stand in addresses.
KINDS: dict[str, tuple[type[Any], InstrumentedAttribute[datetime]]] = {
    "evidence": (Evidence, Evidence.uploaded_at),
    "sheet": (SheetFile, SheetFile.uploaded_at),
    "order": (OfficeOrder, OfficeOrder.entered_at),
}
_WAITING = [state.value for state in WAITS]
MOST_SHOWN = 200


def next_due(now: datetime) -> File | None:
    """The file that has waited longest of those whose moment has come, held for this transaction. One that another worker holds is left out."""
    found: list[tuple[datetime, File]] = []
    for model, at in KINDS.values():
        statement = select(model).where(
            model.scan_state.in_(_WAITING),
            model.storage_key.is_not(None),
            or_(model.scan_next_at.is_(None), model.scan_next_at <= now),
        )
        row = db.session.scalar(statement.order_by(at).limit(1).with_for_update(of=model, skip_locked=True))
        if row is not None:
            found.append((getattr(row, at.key), row))
    return min(found, key=lambda one: one[0])[1] if found else None


def waits(now: datetime) -> bool:
    """Whether any file is due."""
    for model, _ in KINDS.values():
        due = or_(model.scan_next_at.is_(None), model.scan_next_at <= now)
        statement = select(model.id).where(model.scan_state.in_(_WAITING), model.storage_key.is_not(None), due).limit(1)
        if db.session.scalar(statement) is not None:
            return True
    return False


def of_bytes(storage_key: str) -> list[File]:
    """Every file over the same bytes, whatever it belongs to."""
    return [
        row for model, _ in KINDS.values() for row in db.session.scalars(select(model).where(model.storage_key == storage_key))
    ]


def write(storage_key: str, among: Iterable[ScanState], **values: Any) -> None:
    """The same for every file over these bytes that is in one of these states."""
    states = [state.value for state in among]
    for model, _ in KINDS.values():
        statement = update(model).where(model.storage_key == storage_key, model.scan_state.in_(states)).values(**values)
        db.session.execute(statement.execution_options(synchronize_session=False))


def by_id(kind: str, row_id: str) -> File | None:
    """A file by its kind and its id as they stand in an address."""
    if kind not in KINDS:
        return None
    model, _ = KINDS[kind]
    try:
        key: Any = int(row_id) if kind == "order" else UUID(row_id)
    except ValueError:
        return None
    found: File | None = db.session.get(model, key)
    return found


def counts() -> dict[str, int]:
    """How many files are in which state, each state named."""
    found = dict.fromkeys((state.value for state in ScanState), 0)
    for model, _ in KINDS.values():
        statement = select(model.scan_state, func.count()).where(model.storage_key.is_not(None)).group_by(model.scan_state)
        for state, count in db.session.execute(statement):
            found[state] += count
    return found


def waiting_since() -> datetime | None:
    """When the file arrived that has waited longest."""
    moments = []
    for model, at in KINDS.values():
        statement = select(func.min(at)).where(model.scan_state.in_(_WAITING), model.storage_key.is_not(None))
        if (moment := db.session.scalar(statement)) is not None:
            moments.append(moment)
    return min(moments, default=None)


def in_state(state: ScanState) -> list[tuple[str, File]]:
    """Files in a state with their kind, those decided last first."""
    found: list[tuple[str, File]] = []
    for kind, (model, at) in KINDS.items():
        statement = select(model).where(model.scan_state == state.value).options(*_place(model))
        statement = statement.order_by(model.scanned_at.desc(), at).limit(MOST_SHOWN)
        found += [(kind, row) for row in db.session.scalars(statement).unique()]
    return found


def _place(model: type[Any]) -> list[Any]:
    if model is Evidence:
        of_report = joinedload(Evidence.submission)
        return [
            of_report.joinedload(Submission.round),
            of_report.joinedload(Submission.area),
            of_report.joinedload(Submission.indicator),
        ]
    return [joinedload(SheetFile.sheet)] if model is SheetFile else [joinedload(OfficeOrder.area)]


def waiting_in(submission_id: int) -> int:
    """How many files of a report wait to be scanned, or could not be."""
    states = [*_WAITING, ScanState.FAILED.value]
    statement = select(func.count()).where(
        Evidence.submission_id == submission_id, Evidence.deleted_at.is_(None), Evidence.scan_state.in_(states)
    )
    return db.session.scalar(statement) or 0


def people_of(row: File) -> list[User]:
    """Active coordinators and directors of the office, who is responsible for the indicator, and who sent the file."""
    wanted: Iterable[Any] = [User.roles.any(Role.name.in_((Duty.COORDINATOR, Duty.DIRECTOR)))]
    sender = row.entered_by_id if isinstance(row, OfficeOrder) else row.uploaded_by_id
    wanted = [*wanted, User.id == sender]
    if isinstance(row, Evidence):
        report = row.submission
        owners = select(Assignment.user_id).where(
            Assignment.round_id == report.round_id,
            Assignment.area_id == report.area_id,
            Assignment.indicator_id == report.indicator_id,
        )
        wanted = [*wanted, User.id.in_(owners)]
    statement = select(User).join(Profile, Profile.user_id == User.id)
    statement = statement.where(User.active, Profile.area_id == row.area_id, or_(*wanted)).order_by(User.id)
    with scope.whole_country("people of an office are told what was found in its file"):
        return list(db.session.scalars(statement).unique())


def administrators() -> list[User]:
    """Active people of the centre who see to files."""
    wanted = User.roles.any(Role.name.in_((Duty.CENTRAL, Duty.ADMIN)))
    return list(db.session.scalars(select(User).where(User.active, wanted).order_by(User.id)).unique())
