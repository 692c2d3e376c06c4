"""What an office did in a round, read from the record of changes: the newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select

from app.extensions import db
from app.models import Change, Indicator, Part, Quantity, Submission

PAGE_ROWS = 50


def team_subject(round_id: int) -> str:
    """Under which name the record knows the owners of an office in a round; whose office it is says the chain."""
    return f"team:{round_id}"


def whole_subject(round_id: int) -> str:
    """Under which name the record knows the hand-ins of an office's whole round."""
    return f"whole:{round_id}"


@dataclass
class Reported:
    """One indicator of a round: its report of the office, if it was begun, and the names of its figures in both languages."""

    indicator: Indicator
    submission_id: int | None
    figures: dict[str, Quantity] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """Under which name the record knows the report."""
        return f"submission:{self.submission_id}"


@dataclass(frozen=True)
class Wanted:
    """Which part of the history: of one indicator, of one person, before or after a link of the chain."""

    indicator_code: str = ""
    by: str = ""
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class Page:
    """Changes, the newest first; the links of the chain where the pages beside this one begin."""

    changes: list[Change]
    older_than: int | None
    newer_than: int | None


def reported(round_id: int, area_id: int) -> dict[str, Reported]:
    """The indicators of a round by code, in order, with the office's reports: one statement."""
    statement = (
        select(Indicator, Submission.id, Quantity)
        .join(Part, Part.id == Indicator.part_id)
        .outerjoin(Submission, (Submission.indicator_id == Indicator.id) & (Submission.area_id == area_id))
        .outerjoin(Quantity, Quantity.indicator_id == Indicator.id)
        .where(Indicator.round_id == round_id)
        .order_by(Part.sort_order, Indicator.sort_order, Quantity.sort_order)
    )
    found: dict[str, Reported] = {}
    for indicator, submission_id, quantity in db.session.execute(statement):
        line = found.setdefault(indicator.full_code, Reported(indicator, submission_id))
        if quantity is not None:
            line.figures[quantity.key] = quantity
    return found


def page(area_id: int, subjects: list[str], wanted: Wanted) -> Page:
    """One page of what happened to these reports of an office."""
    statement = select(Change).where(Change.chain == area_id, Change.subject.in_(subjects))
    if wanted.by:
        statement = statement.where(Change.actor_name == wanted.by)
    if wanted.after is not None:
        return _newer(statement, wanted.after)
    if wanted.before is not None:
        statement = statement.where(Change.sequence < wanted.before)
    rows = list(db.session.scalars(statement.order_by(Change.sequence.desc()).limit(PAGE_ROWS + 1)))
    shown = rows[:PAGE_ROWS]
    return Page(
        shown,
        older_than=shown[-1].sequence if len(rows) > PAGE_ROWS else None,
        newer_than=shown[0].sequence if wanted.before is not None and shown else None,
    )


def _newer(statement: Select[Any], after: int) -> Page:
    """The page that ends just after this link; there is always an older one beside it."""
    statement = statement.where(Change.sequence > after).order_by(Change.sequence).limit(PAGE_ROWS + 1)
    rows = list(db.session.scalars(statement))
    shown = rows[:PAGE_ROWS][::-1]
    return Page(
        shown,
        older_than=shown[-1].sequence if shown else None,
        newer_than=shown[0].sequence if len(rows) > PAGE_ROWS else None,
    )


def people(area_id: int, subjects: list[str]) -> list[str]:
    """Who changed something in these reports."""
    statement = select(Change.actor_name).where(Change.chain == area_id, Change.subject.in_(subjects)).distinct()
    return sorted(name for name in db.session.scalars(statement) if name)
