"""Sharing reports out to evaluators: as evenly as possible, kept together by indicator or by office, nobody where they must not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.errors import N_


class Together(StrEnum):
    """What stays with one evaluator as far as the load allows."""

    INDICATOR = "indicator"
    OFFICE = "office"
    NOTHING = "nothing"


TOGETHER_NAMES = {
    Together.INDICATOR: N_("Reports on one indicator"),
    Together.OFFICE: N_("Reports of one office"),
    Together.NOTHING: N_("Nothing: share out evenly"),
}


@dataclass(frozen=True)
class Report:
    """A report to be shared out, and who reviews it already."""

    id: int
    area_id: int
    indicator_id: int
    taken: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Evaluator:
    """An evaluator, how many reports still wait for them, and the offices that they must not review."""

    id: int
    load: int = 0
    barred: frozenset[int] = frozenset()


@dataclass
class Shares:
    """Who gets which reports (ids, in order), and the reports for which there were not enough evaluators."""

    given: dict[int, list[int]] = field(default_factory=dict)
    short: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(reports) for reports in self.given.values())


def share_out(reports: Sequence[Report], evaluators: Sequence[Evaluator], *, per_report: int, together: Together) -> Shares:
    """Give every report so many evaluators that it has `per_report` of them. The same input always gives the same shares.

    Loads are levelled, what waits already included; a group stays with whoever began it until that evaluator has a fair share."""
    shares = Shares({evaluator.id: [] for evaluator in evaluators})
    loads = {evaluator.id: evaluator.load for evaluator in evaluators}
    needed = sum(max(0, per_report - len(report.taken)) for report in reports)
    fair = -(-(sum(loads.values()) + needed) // max(1, len(evaluators)))
    for group in _groups(reports, together):
        holders: list[int] = []
        for report in group:
            taken = set(report.taken)
            while len(taken) < per_report:
                able = [one.id for one in evaluators if one.id not in taken and report.area_id not in one.barred]
                if not able:
                    shares.short.append(report.id)
                    break
                kept = [one for one in holders if one in able and loads[one] < fair]
                chosen = kept[0] if kept else min(able, key=lambda one: loads[one])
                if chosen not in holders:
                    holders.append(chosen)
                taken.add(chosen)
                loads[chosen] += 1
                shares.given[chosen].append(report.id)
    return shares


def _groups(reports: Sequence[Report], together: Together) -> list[list[Report]]:
    """The largest group first, so that the small ones level the loads; within equals the order of the reports."""
    groups: dict[int, list[Report]] = {}
    for number, report in enumerate(reports):
        key = {Together.INDICATOR: report.indicator_id, Together.OFFICE: report.area_id, Together.NOTHING: number}[together]
        groups.setdefault(key, []).append(report)
    return sorted(groups.values(), key=len, reverse=True)
