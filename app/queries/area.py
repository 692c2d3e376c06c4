"""Offices."""

from __future__ import annotations

from sqlalchemy import func, select

from app.extensions import db
from app.models import Area


def all_active() -> list[Area]:
    """Every office in use, in Thai order."""
    return list(db.session.scalars(select(Area).where(Area.active).order_by(Area.sort_order)))


def by_code(code: str) -> Area | None:
    return db.session.scalar(select(Area).where(Area.code == code, Area.active))


def count_active() -> int:
    return db.session.scalar(select(func.count()).select_from(Area).where(Area.active)) or 0
