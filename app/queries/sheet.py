"""Sheets with what is in them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.extensions import db
from app.models import Sheet, SheetField, SheetFile, SheetOwner

_WHOLE = (
    joinedload(Sheet.area),
    joinedload(Sheet.fields),
    selectinload(Sheet.files),
    selectinload(Sheet.owners).joinedload(SheetOwner.user).joinedload(User.profile),
)


def find(sheet_id: int) -> Sheet | None:
    """A sheet with fields, files and owners; None where it is another office's."""
    return db.session.scalars(select(Sheet).where(Sheet.id == sheet_id).options(*_WHOLE)).unique().one_or_none()


def held(sheet_id: int) -> Sheet | None:
    """The same, held for this transaction and read afresh.

    First held, then read: PostgreSQL reads what is joined to a row as it was before the wait for the row's lock."""
    db.session.execute(select(Sheet.id).where(Sheet.id == sheet_id).with_for_update())
    statement = select(Sheet).where(Sheet.id == sheet_id).options(*_WHOLE).execution_options(populate_existing=True)
    return db.session.scalars(statement).unique().one_or_none()


def read_files_again(sheet: Sheet) -> None:
    """The living files of a sheet as they are now."""
    statement = select(SheetFile).where(SheetFile.sheet_id == sheet.id, SheetFile.deleted_at.is_(None))
    statement = statement.order_by(SheetFile.uploaded_at, SheetFile.ordinal).execution_options(populate_existing=True)
    set_committed_value(sheet, "files", list(db.session.scalars(statement)))


def values_of(
    sheet_ids: Collection[int] | Select[tuple[int]], keys: Collection[str] | None = None
) -> dict[int, dict[str, str]]:
    """What was entered in many sheets, by sheet and key, in one statement; `keys` alone where some are named."""
    statement = select(SheetField.sheet_id, SheetField.field_key, SheetField.value)
    statement = statement.where(SheetField.sheet_id.in_(sheet_ids), SheetField.value.is_not(None))
    if keys is not None:
        statement = statement.where(SheetField.field_key.in_(keys))
    found: dict[int, dict[str, str]] = {}
    for sheet_id, key, value in db.session.execute(statement):
        found.setdefault(sheet_id, {})[key] = value
    return found


def owned_by(user_id: int, area_id: int) -> list[SheetOwner]:
    """What a person of an office is responsible for beside indicators, in every year and state."""
    statement = select(SheetOwner).where(SheetOwner.user_id == user_id, SheetOwner.area_id == area_id)
    return list(db.session.scalars(statement.order_by(SheetOwner.id)))


def file_by_id(file_id: UUID) -> SheetFile | None:
    """A file of a sheet, also a deleted one; None where it is another office's."""
    return db.session.scalar(select(SheetFile).where(SheetFile.id == file_id).options(joinedload(SheetFile.sheet)))


def storage_keys() -> set[str]:
    """Keys of every file that some row points at, deleted rows included: their bytes outlive them by the grace."""
    return set(db.session.scalars(select(SheetFile.storage_key)))


def stored_files() -> list[tuple[str, str, str]]:
    """Every living file of a sheet as (name, storage key, sha256), for `verify`."""
    statement = select(SheetFile.original_name, SheetFile.storage_key, SheetFile.sha256).where(SheetFile.deleted_at.is_(None))
    return [(name, key, sha256) for name, key, sha256 in db.session.execute(statement)]
