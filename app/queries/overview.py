"""How far every office is with a round."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.domain import workflow
from app.domain.thai import search_key
from app.extensions import db
from app.models import Area, Indicator, Part, Submission


@dataclass(frozen=True)
class OfficeLine:
    """An office and how many indicators it must report, has submitted, has begun."""

    area: Area
    required: int
    submitted: int
    begun: int


def offices(round_id: int, *, search: str = "", region: str = "") -> list[OfficeLine]:
    """Every office that fits, in Thai order: three statements whatever their number."""
    required: dict[str, int] = {}
    by_applies = (
        select(Indicator.applies_to, func.count().label("number"))
        .join(Part, Part.id == Indicator.part_id)
        .where(Indicator.round_id == round_id, Indicator.active, Part.active)
        .group_by(Indicator.applies_to)
    )
    counts = {row.applies_to: row.number for row in db.session.execute(by_applies)}
    for kind in ("primary", "secondary"):
        required[kind] = counts.get("both", 0) + counts.get(kind, 0)
    states: dict[int, dict[str, int]] = {}
    by_state = (
        select(Submission.area_id, Submission.state, func.count())
        .join(Indicator, Indicator.id == Submission.indicator_id)
        .where(Submission.round_id == round_id, Indicator.active)
        .group_by(Submission.area_id, Submission.state)
    )
    for area_id, state, count in db.session.execute(by_state):
        states.setdefault(area_id, {})[state] = count
    wanted = search_key(search)
    lines = []
    for area in db.session.scalars(select(Area).where(Area.active).order_by(Area.sort_order)):
        if region and area.region != region:
            continue
        if wanted and not any(
            wanted in search_key(name) for name in (area.short_th, area.name_th, area.name_en, area.provinces_th)
        ):
            continue
        found = states.get(area.id, {})
        lines.append(OfficeLine(area, required[area.kind], found.get(workflow.State.SUBMITTED, 0), sum(found.values())))
    return lines
