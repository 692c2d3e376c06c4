"""What the page of an office's results shows: a line for each indicator, what to mend first, what may be asked still."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from app.domain.access import Action, Actor, allows
from app.domain.appeals import Term
from app.domain.figures import Comparison, Group, together
from app.domain.publishing import AppealState
from app.domain.results import Advice, Finding, mend_first, nearest_level
from app.domain.reviewing import Verdict
from app.domain.thai import ascii_digits
from app.models import Acknowledgement, Appeal, Area, DatasetRow, ImprovementItem, Indicator, Round
from app.queries.published import Earlier, OfficeLetter
from app.queries.submission import Office


@dataclass(frozen=True)
class Line:
    """One indicator of the results: the own levels, the others', the last round's, and what the office did with it."""

    row: DatasetRow
    finding: Finding
    comparison: Comparison
    before: int | None = None
    appeals: tuple[Appeal, ...] = ()
    taken: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    # Whether an appeal was upheld since these figures were taken, so that the next letter says another level.
    is_corrected: bool = False

    @property
    def indicator(self) -> Indicator:
        return self.row.indicator

    @property
    def appeal(self) -> Appeal | None:
        """What was filed last and not taken back."""
        return next((appeal for appeal in self.appeals if appeal.state != AppealState.WITHDRAWN), None)

    @property
    def change(self) -> int | None:
        """Levels more than in the last round, below zero where there are fewer."""
        if self.before is None or self.row.level is None:
            return None
        return self.row.level - self.before

    def is_taken(self, advice: Advice) -> bool:
        return _mark(advice.number, advice.text) in self.taken

    @property
    def complete_issues(self) -> int:
        return sum(1 for _, verdict, _ in self.finding.issues if verdict is Verdict.COMPLETE)

    def suggests(self, advice: Advice) -> bool:
        """Whether a piece of advice is ticked beforehand: what tells of something missing, and comments on what needs work; never what
        the office dropped."""
        is_dropped = _mark(advice.number, advice.text) in self.dropped
        return not is_dropped and (advice.number > 0 or self.finding.needs_work)


@dataclass(frozen=True)
class ResultsPage:
    """An office's results of a round as this person looks at them."""

    office: Office
    found: OfficeLetter
    lines: list[Line]
    actor: Actor
    today: date
    earlier: Earlier | None = None
    items: list[ImprovementItem] = field(default_factory=list)

    @property
    def round(self) -> Round:
        return self.office.round

    @property
    def area(self) -> Area:
        return self.office.area

    @property
    def letter_number(self) -> str:
        """In the digits of the screen; Thai digits stand in the letter itself."""
        return ascii_digits(self.found.letter.letter_number)

    @property
    def has_letter(self) -> bool:
        return self.found.letter.has_pdf

    @property
    def term(self) -> Term:
        return Term(self.found.publication.appeals_from, self.found.publication.appeals_until)

    @property
    def takes_appeals(self) -> bool:
        return self.found.is_released and self.term.is_open(self.today)

    @property
    def may_appeal(self) -> bool:
        return self.takes_appeals and allows(self.actor, Action.APPEAL, self._own)

    @property
    def may_withdraw(self) -> bool:
        """What was filed can be taken back after the time for filing too."""
        return allows(self.actor, Action.APPEAL, self._own)

    @property
    def may_acknowledge(self) -> bool:
        waits = self.found.is_released and self.found.acknowledgement is None
        return waits and allows(self.actor, Action.ACKNOWLEDGE_RESULT, self._own)

    @property
    def may_improve(self) -> bool:
        return self.found.is_released and allows(self.actor, Action.ACCEPT_ADVICE, self._own)

    @property
    def _own(self) -> Acknowledgement:
        return Acknowledgement(area_id=self.area.id)

    @property
    def reviewed(self) -> list[Line]:
        return [line for line in self.lines if line.row.level is not None]

    @property
    def mean_level(self) -> Decimal | None:
        return together([Group(1, line.row.level or 0) for line in self.reviewed])

    @property
    def mean_self(self) -> Decimal | None:
        """Over the indicators that have a result, so that both means speak of the same."""
        return together([Group(1, line.row.self_level) for line in self.reviewed if line.row.self_level is not None])

    @property
    def nearest_level(self) -> int | None:
        return nearest_level(self.mean_level)

    @property
    def region(self) -> str:
        """The region in whose figures the office was counted."""
        return self.lines[0].row.region if self.lines else self.area.region

    @property
    def region_mean(self) -> Decimal | None:
        """Over the indicators of which the region may be shown."""
        return together([line.comparison.region for line in self.reviewed if line.comparison.region])

    @property
    def country_mean(self) -> Decimal | None:
        return together([line.comparison.country for line in self.reviewed if line.comparison.country])

    @property
    def hides_some(self) -> bool:
        """Whether a comparison is kept back because few offices have a level."""
        return any(line.comparison.hides_region or line.comparison.hides_country for line in self.reviewed)

    @property
    def needing_work(self) -> int:
        return sum(1 for line in self.lines if line.finding.needs_work)

    @property
    def first(self) -> list[tuple[Line, Advice]]:
        """What to mend first, each with the first that was said of it."""
        by_code = {line.row.full_code: line for line in self.lines}
        return [(by_code[finding.code], finding.advice[0]) for finding in mend_first([line.finding for line in self.lines])]

    @property
    def offers_advice(self) -> bool:
        """Whether something is left to take up."""
        return any(not line.is_taken(advice) for line in self.lines for advice in line.finding.advice)

    @property
    def living_items(self) -> list[ImprovementItem]:
        return [item for item in self.items if item.dropped_at is None]


def lines_of(
    found: OfficeLetter,
    rows: list[DatasetRow],
    comparisons: dict[int, Comparison],
    earlier: Earlier | None,
    appeals: Iterable[Appeal],
    items: Iterable[ImprovementItem],
) -> list[Line]:
    """The lines of the page, in the order of the indicators."""
    filed: dict[int, list[Appeal]] = {}
    for appeal in appeals:
        filed.setdefault(appeal.indicator_id, []).append(appeal)
    taken: dict[str, set[str]] = {}
    dropped: dict[str, set[str]] = {}
    for item in items:
        found_in = taken if item.dropped_at is None else dropped
        found_in.setdefault(item.indicator_code, set()).add(_mark(item.criterion_number, item.text))
    return [
        Line(
            row=row,
            finding=Finding(row.full_code, row.self_level, row.level, row.comment, row.verdicts),
            comparison=comparisons.get(row.indicator_id) or Comparison(),
            before=earlier.levels.get(row.full_code) if earlier else None,
            appeals=tuple(filed.get(row.indicator_id, ())),
            taken=frozenset(taken.get(row.full_code, ())),
            dropped=frozenset(dropped.get(row.full_code, ())),
            is_corrected=any(_upheld_since(appeal, found.dataset.as_of) for appeal in filed.get(row.indicator_id, ())),
        )
        for row in rows
    ]


def _mark(number: int, text: str) -> str:
    """By which a piece of advice is known again: its issue and its words."""
    return f"{number} {text}"


def _upheld_since(appeal: Appeal, as_of: datetime) -> bool:
    return appeal.state == AppealState.UPHELD and appeal.ended_at is not None and appeal.ended_at > as_of
