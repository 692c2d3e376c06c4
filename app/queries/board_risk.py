"""The offices that will not make it, with what they lack and whom to call. The rule is `domain.risk`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.deadlines import Window
from app.domain.risk import WILL_NOT_MAKE_IT, Judgement, judge
from app.domain.workflow import Status
from app.models import Round
from app.queries import board, board_cells, board_people
from app.queries.board import Filter, OfficeRow
from app.queries.board_cells import Asked, Marks
from app.queries.board_people import Contacts

_AT_A_TIME = 500


@dataclass(frozen=True)
class Judged:
    """An office that will not make it, and until when it has time."""

    office: OfficeRow
    judgement: Judgement
    deadline: datetime


@dataclass(frozen=True)
class Owed:
    """A report that an office has not sent, and who in the office answers for it."""

    indicator: Asked
    status: Status
    owners: tuple[str, ...]


@dataclass(frozen=True)
class AtRisk:
    """A line of the list."""

    judged: Judged
    owed: tuple[Owed, ...]
    people: Contacts


def judged(found: Round, wanted: Filter, now: datetime) -> list[Judged]:
    """Every office that will not make it, the worst first, in two statements; four where single reports were given more time."""
    longer, offices = board_cells.extensions(found), board.offices(found, wanted)
    earliest = _earliest(found, wanted, longer, offices)
    lines = []
    for office in offices:
        window = earliest.get(office.id) or longer.window(found, office.id)
        judgement = judge(office.progress, window, now)
        if judgement.will_not_make_it:
            lines.append(Judged(office, judgement, window.deadline))
    order = {verdict: place for place, verdict in enumerate(WILL_NOT_MAKE_IT)}
    return sorted(lines, key=lambda line: (order[line.judgement.verdict], -line.judgement.shortfall))


def _earliest(found: Round, wanted: Filter, longer: Marks, offices: Sequence[OfficeRow]) -> dict[int, Window]:
    """The window that ends first among the reports still owed, for offices in which single reports were given more time."""
    single = [row for row in offices if any(which is not None for which, _ in longer.extensions.get(row.id, ()))]
    if not single:
        return {}
    indicators = board_cells.choices(found).shown(wanted)
    cells = board_cells.cells(found, wanted, [row.id for row in single])
    earliest = {}
    for office in single:
        owed = [
            longer.window(found, office.id, one.id)
            for one in indicators
            if board_cells.status_of(office, one, cells) not in (Status.SUBMITTED, Status.NOT_REQUIRED)
        ]
        if owed:
            earliest[office.id] = min(owed, key=lambda window: window.deadline)
    return earliest


def detailed(found: Round, wanted: Filter, lines: Sequence[Judged]) -> Iterator[AtRisk]:
    """These lines with what is owed and by whom: four statements for every 500 of them."""
    indicators = board_cells.choices(found).shown(wanted)
    for start in range(0, len(lines), _AT_A_TIME):
        part = lines[start : start + _AT_A_TIME]
        ids = [line.office.id for line in part]
        cells, marks = board_cells.cells(found, wanted, ids), board_cells.marks(found, ids)
        people = board_people.contacts(ids)
        for line in part:
            owed = []
            for indicator in indicators:
                cell = cells.get((line.office.id, indicator.id))
                status = cell.status if cell else Status.NOT_STARTED
                if indicator.applies_to_kind(line.office.kind) and status is not Status.SUBMITTED:
                    names = marks.owners.get((line.office.id, indicator.id), ())
                    owed.append(Owed(indicator, status, tuple(names)))
            yield AtRisk(line, tuple(owed), people.get(line.office.id) or Contacts())
