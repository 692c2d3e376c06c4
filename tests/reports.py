"""Reports put straight into the database, for figures that are counted by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from app.extensions import db, transaction
from app.models import Area, HandIn, Indicator, Round, Submission
from app.scope import whole_country
from tests.conftest import NOW

HOUR = timedelta(hours=1)


def put_report(
    app: Flask,
    area: str,
    indicator: str,
    state: str = "draft",
    *,
    round_code: str = "2566-6",
    handed_in_at: datetime | None = None,
    **values: Any,
) -> int:
    """A report of an office as it stands, with its first hand-in where `handed_in_at` is given. Answers its id."""
    with app.app_context(), whole_country("a test makes a report"), transaction():
        found = db.session.query(Round).filter_by(code=round_code).one()
        asked = db.session.query(Indicator).filter_by(round_id=found.id, full_code=indicator).one()
        office = db.session.query(Area).filter_by(code=area).one()
        sent = state == "submitted"
        usual = {"timing": "on_time" if sent else "", "missing_count": 0 if sent else 3, "changed_at": NOW - HOUR}
        row = Submission(
            round_id=found.id,
            area_id=office.id,
            indicator_id=asked.id,
            state=state,
            started_at=NOW - 2 * HOUR,
            submitted_at=(handed_in_at or NOW - HOUR) if sent else None,
            **(usual | values),
        )
        db.session.add(row)
        db.session.flush()
        if handed_in_at is not None:
            db.session.add(
                HandIn(
                    area_id=office.id,
                    submission_id=row.id,
                    sequence=1,
                    receipt_number=f"T-{row.id}",
                    handed_in_at=handed_in_at,
                    content={},
                )
            )
        return row.id
