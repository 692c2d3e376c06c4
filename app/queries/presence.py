"""Who else is in a report, and what they stored meanwhile. Asked every few seconds by every open page: three statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.access import Actor
from app.domain.deadlines import Window
from app.domain.errors import NotFound
from app.extensions import db
from app.models import Answer, Area, Extension, Indicator, Part, Presence, Round, Submission
from app.queries.submission import STANDING, require_visible


@dataclass(frozen=True)
class Place:
    """A report's address, without what the report asks."""

    round: Round
    area: Area
    indicator_id: int
    extensions: tuple[Extension, ...] = ()

    @property
    def window(self) -> Window:
        """The moments that matter to this report."""
        return self.round.window_with(*self.extensions, indicator_id=self.indicator_id)


def find_place(round_code: str, area_code: str, indicator_code: str, *, actor: Actor) -> Place:
    """What an address names, in one statement. Raises NotFound, also for another's office."""
    statement = (
        select(Round, Area, Indicator, Extension)
        .select_from(Round)
        .join(Area, Area.code == area_code)
        .join(Indicator, (Indicator.round_id == Round.id) & (Indicator.full_code == indicator_code))
        .join(Part, Part.id == Indicator.part_id)
        .outerjoin(Extension, STANDING)
        .options(joinedload(Extension.indicator))
        .where(Round.code == round_code, Round.active, Area.active, Indicator.active, Part.active)
    )
    rows = list(db.session.execute(statement))
    if not rows:
        raise NotFound
    found, area, indicator, _ = rows[0]
    require_visible(actor, found, area)
    if not indicator.applies_to_kind(area.kind):
        raise NotFound
    return Place(found, area, indicator.id, tuple(row[3] for row in rows if row[3] is not None))


def everybody(place: Place) -> list[Presence]:
    """Every note at a report, lapsed ones too, in the order of coming."""
    statement = (
        select(Presence)
        .where(
            Presence.area_id == place.area.id,
            Presence.round_id == place.round.id,
            Presence.indicator_id == place.indicator_id,
        )
        .order_by(Presence.since_at, Presence.id)
    )
    return list(db.session.scalars(statement))


def newer_answers(place: Place, versions: Mapping[str, int]) -> list[Answer]:
    """The fields of a report that were stored since these versions."""
    statement = (
        select(Answer)
        .join(Submission, Submission.id == Answer.submission_id)
        .where(
            Submission.area_id == place.area.id,
            Submission.round_id == place.round.id,
            Submission.indicator_id == place.indicator_id,
            Answer.version > 0,
        )
        .order_by(Answer.field_key)
    )
    return [row for row in db.session.scalars(statement) if row.version > versions.get(row.field_key, row.version)]
