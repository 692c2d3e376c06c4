"""Every field of an office's round with what it says now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.domain import fields
from app.domain.errors import N_, Message
from app.domain.fields import Reader
from app.domain.working_copy import FIELDS, Fill, fill_of, mark
from app.extensions import db
from app.models import Indicator, Submission, WorkingCopy
from app.queries import round as rounds
from app.queries import submission as submissions
from app.queries.submission import Office


@dataclass(frozen=True)
class Field:
    """One field of one report: what it says, in which version, and how what is typed becomes what is kept. `about` is the issue or
    figure that it belongs to."""

    indicator: Indicator
    key: str
    value: str | None
    version: int
    read: Reader
    about: Any = None

    @property
    def fill(self) -> Fill:
        return fill_of(self.key)

    @property
    def mark(self) -> str:
        return mark(self.indicator.full_code, self.key, self.value)

    @property
    def label(self) -> Message:
        """What the field is called."""
        if self.fill is Fill.DONE:
            return Message(N_("Issue %(number)d: is the evidence complete?"), {"number": self.about.number})
        if self.fill is Fill.FIGURE:
            return Message(N_("Figure: %(label)s"), {"label": self.about.label_th})
        return Message(FIELDS[self.key][1])


def fields_of(office: Office) -> list[Field]:
    """Every field that the office has to fill in in the round, in the order of the reports: five statements."""
    reports = {row.indicator_id: row for row in submissions.of_office(office.round.id, office.area.id)}
    found: list[Field] = []
    for indicator in rounds.indicators_with_questions(office.round.id):
        if indicator.applies_to_kind(office.area.kind):
            found.extend(_fields(indicator, reports.get(indicator.id)))
    return found


def _fields(indicator: Indicator, report: Submission | None) -> list[Field]:
    about: dict[str, Any] = {f"criterion.{row.number}.complete": row for row in indicator.active_criteria}
    about |= {f"quantity.{row.key}": row for row in indicator.active_quantities}
    stored: Mapping[str, Any] = {row.field_key: row for row in report.answers} if report else {}
    return [
        Field(
            indicator,
            key,
            stored[key].value if key in stored else None,
            stored[key].version if key in stored else 0,
            read,
            about.get(key),
        )
        for key, read in fields.readers(indicator.questions).items()
    ]


def copy_of(office: Office, copy_id: int) -> WorkingCopy | None:
    """A workbook that came back for this office and round."""
    statement = select(WorkingCopy).where(
        WorkingCopy.id == copy_id, WorkingCopy.round_id == office.round.id, WorkingCopy.area_id == office.area.id
    )
    return db.session.scalar(statement)


def copies_of(office: Office, most: int = 5) -> list[WorkingCopy]:
    """The latest workbooks that came back for this office and round."""
    statement = (
        select(WorkingCopy)
        .where(WorkingCopy.round_id == office.round.id, WorkingCopy.area_id == office.area.id)
        .order_by(WorkingCopy.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(statement))
