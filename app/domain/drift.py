"""How evaluators drift: how much stricter or milder each is than the colleagues and than the offices, and whether that changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.figures import mean

# So many reviews make one point of the line: fewer would show chance.
REVIEWS_A_POINT = 10


@dataclass(frozen=True)
class Locked:
    """One locked review: who, which report, the level, and the office's own. In the order of locking."""

    evaluator_id: int
    evaluator_name: str
    report_id: int
    level: int
    self_level: int | None


@dataclass
class Drift:
    """An evaluator's own: number of reviews, mean level, mean difference to colleagues on the same reports and to the offices'
    self-assessment (below zero is stricter), and the latter for every ten reviews in the order in which they were locked."""

    evaluator_id: int
    name: str
    count: int
    mean: Decimal
    to_colleagues: Decimal | None
    shared: int
    to_offices: Decimal | None
    points: list[Decimal] = field(default_factory=list)


def _mean(numbers: Sequence[int | Decimal]) -> Decimal | None:
    return mean(sum((Decimal(number) for number in numbers), Decimal(0)), len(numbers))


def drifts(reviews: Sequence[Locked]) -> list[Drift]:
    """Each evaluator's drift, in the order of names."""
    by_report: dict[int, list[Locked]] = {}
    by_person: dict[int, list[Locked]] = {}
    for review in reviews:
        by_report.setdefault(review.report_id, []).append(review)
        by_person.setdefault(review.evaluator_id, []).append(review)
    return sorted((_drift(own, by_report) for own in by_person.values()), key=lambda one: (one.name, one.evaluator_id))


def _drift(own: list[Locked], by_report: dict[int, list[Locked]]) -> Drift:
    apart = []
    for review in own:
        others = [other.level for other in by_report[review.report_id] if other.evaluator_id != review.evaluator_id]
        if others:
            apart.append(review.level - Decimal(sum(others)) / len(others))
    gaps = [review.level - review.self_level for review in own if review.self_level is not None]
    points = [_mean(gaps[at : at + REVIEWS_A_POINT]) for at in range(0, len(gaps), REVIEWS_A_POINT)]
    return Drift(
        evaluator_id=own[0].evaluator_id,
        name=own[0].evaluator_name,
        count=len(own),
        mean=_mean([review.level for review in own]) or Decimal(0),
        to_colleagues=_mean(apart),
        shared=len(apart),
        to_offices=_mean(gaps),
        points=[point for point in points if point is not None],
    )
