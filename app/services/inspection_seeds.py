"""Inspections from `seed/inspections.json`: each comes with its issues, once, and is the centre's from then on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select

from app.domain import calendar
from app.extensions import db
from app.models import Inspection, InspectionIssue

DEMO_CODE = "2566-1"
_DAYS = ("opens_at", "reminds_at", "due_at")


def load(path: Path) -> Iterator[tuple[str, bool]]:
    """Add the inspections that are missing. Answers each code with whether it was added."""
    data = json.loads(path.read_text("utf-8"))
    known = set(db.session.scalars(select(Inspection.code)))
    for item in data["inspections"]:
        if item["code"] in known:
            yield item["code"], False
            continue
        days = {name: datetime.fromisoformat(item[name]).replace(tzinfo=calendar.zone()) for name in _DAYS}
        values = {key: value for key, value in item.items() if key not in (*_DAYS, "issues")}
        db.session.add(
            Inspection(
                **values,
                **days,
                fiscal_year_be=data["fiscal_year_be"],
                issues=[InspectionIssue(**issue, sort_order=place) for place, issue in enumerate(item["issues"], start=1)],
            )
        )
        yield item["code"], True


def demonstrate(*, now: datetime) -> None:
    """One inspection is announced and open, so that an office can try its report out."""
    found = db.session.scalars(select(Inspection).where(Inspection.code == DEMO_CODE)).one()
    today = calendar.local(now).date()

    def at(days: int, hour: time) -> datetime:
        return datetime.combine(today + timedelta(days=days), hour, calendar.zone())

    found.opens_at, found.due_at = at(-10, time(8, 30)), at(14, time(16, 30))
    found.reminds_at = at(11, time(8, 30))
    found.announced_at, found.announced_by_name = now - timedelta(days=11), "e-MES"
