"""What the monitoring board shows: everything that its template asks, read in few statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, ngettext

from app.domain import paging
from app.domain.calendar import as_utc
from app.domain.deadlines import TIMING_NAMES, Timing, Window
from app.domain.errors import N_
from app.domain.round_life import Stage
from app.domain.workflow import Status
from app.models import Outage, Round
from app.models.area import Region
from app.queries import board, board_cells, board_figures, board_people, pace
from app.queries import round as rounds
from app.queries.board import Filter, OfficeRow
from app.queries.board_cells import Asked, Cell, Choices, Marks
from app.queries.board_figures import Figures, Group
from app.queries.board_people import Contacts
from app.views.monitor_heat import Heat, draw
from app.views.monitor_pace import PacePage, page_of

MOST_DRAWN = 400
PER_PAGE = 50
STATUS_WORDS = {
    Status.SUBMITTED: N_("Submitted"),
    Status.READY: N_("Ready to submit"),
    Status.IN_PROGRESS: N_("In progress"),
    Status.NOT_STARTED: N_("Not started"),
    Status.RETURNED: N_("Returned"),
    Status.NOT_REQUIRED: N_("Not required"),
}
GLYPHS = {Status.SUBMITTED: "✓", Status.READY: "→", Status.IN_PROGRESS: "…", Status.RETURNED: "↩", Status.NOT_REQUIRED: "–"}


@dataclass(frozen=True)
class Shown:
    """A cell as it is drawn: its classes, the sign in it, and all that can be said of it."""

    indicator: Asked
    status: Status
    look: str
    glyph: str
    label: str
    owners: str = ""


def look_of(status: Status, *, late: bool, overdue: bool, longer: bool = False) -> str:
    """The classes of a cell: its state, and beside it what the clock says."""
    marks = (("late", late), ("over", overdue and status is not Status.SUBMITTED), ("more", longer))
    return " ".join([str(status), *(name for name, holds in marks if holds)])


def label_of(code: str, status: Status, cell: Cell | None, *, overdue: bool, longer: bool = False) -> str:
    """A report in words: 'QP-1 · In progress · 3 items missing · past the deadline'."""
    words = [code, gettext(STATUS_WORDS[status])]
    if cell and cell.missing_count and status in (Status.IN_PROGRESS, Status.RETURNED):
        words.append(ngettext("%(num)d item missing", "%(num)d items missing", cell.missing_count))
    if cell and cell.is_late:
        words.append(gettext(TIMING_NAMES[Timing(cell.timing)]))
    if overdue and status is not Status.SUBMITTED:
        words.append(gettext("past the deadline"))
    if longer:
        words.append(gettext("has more time"))
    return " · ".join(words)


@dataclass(frozen=True)
class Row:
    """An office on the board."""

    office: OfficeRow
    window: Window
    cells: list[Shown | None]
    people: Contacts
    changed_at: datetime | None


@dataclass
class Board:
    """The board of a round, narrowed by a filter."""

    round: Round
    others: list[Round]
    outages: list[Outage]
    wanted: Filter
    choices: Choices
    indicators: list[Asked]
    figures: Figures
    rows: list[Row]
    page: int
    heat: Heat | None = None
    groups: list[Group] | None = None
    pace: PacePage | None = None

    @property
    def pages(self) -> int:
        return paging.pages(self.figures.total.offices, PER_PAGE)

    @property
    def first(self) -> int:
        return (self.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return min(self.page * PER_PAGE, self.figures.total.offices)


def read(round_code: str, wanted: Filter, *, page: int, now: datetime) -> Board | None:
    """The board of a round, or None where there is no such round: at most eight statements, whatever it holds."""
    known = rounds.all_active_with_outages()
    found = next(((row, outages) for row, outages in known if row.code == round_code), None)
    if found is None:
        return None
    here, outages = found
    choices = board_cells.choices(here)
    indicators, figures = choices.shown(wanted), board_figures.figures(here, wanted)
    number = figures.total.offices
    page = paging.within(page, number, PER_PAGE)
    drawn = number <= MOST_DRAWN
    begin = (page - 1) * PER_PAGE
    offices = board.offices(here, wanted, **({} if drawn else {"limit": PER_PAGE, "offset": begin}))
    listed = offices[begin : begin + PER_PAGE] if drawn else offices
    cells = board_cells.cells(here, wanted, [row.id for row in offices])
    made = Board(
        here,
        [row for row, _ in known if row.code != round_code and row.stage != Stage.ARCHIVED],
        outages,
        wanted,
        choices,
        indicators,
        figures,
        _rows(here, listed, indicators, cells, now),
        page,
    )
    if drawn:
        made.heat = draw(offices, indicators, cells, figures) if offices and indicators else None
        if not wanted.narrows:  # the pace is that of the whole country
            paces = pace.paces([here, *pace.earlier(here, [row for row, _ in known])])
            made.pace = page_of(paces, sent=figures.total.progress.sent, now=now)
    else:
        made.groups = _groups(here, wanted, figures)
    return made


def _groups(found: Round, wanted: Filter, figures: Figures) -> list[Group]:
    """Regions to go into; within a region its provinces."""
    if wanted.region:
        return board_figures.provinces_of(found, wanted)
    return [Group(region, figures.by_region[region]) for region in Region if region in figures.by_region]


def _rows(
    found: Round, offices: list[OfficeRow], indicators: list[Asked], cells: Mapping[tuple[int, int], Cell], now: datetime
) -> list[Row]:
    ids = [row.id for row in offices]
    marks, people = board_cells.marks(found, ids), board_people.contacts(ids)
    made = []
    for office in offices:
        shown = [_shown(found, office, one, cells, marks, now) for one in indicators]
        own = (cells.get((office.id, one.id)) for one in indicators)
        changed = max((cell.changed_at for cell in own if cell and cell.changed_at), default=None)
        made.append(Row(office, marks.window(found, office.id), shown, people.get(office.id) or Contacts(), changed))
    return made


def _shown(
    found: Round,
    office: OfficeRow,
    indicator: Asked,
    cells: Mapping[tuple[int, int], Cell],
    marks: Marks,
    now: datetime,
) -> Shown | None:
    """One report of one office; None where it is not asked of it."""
    status = board_cells.status_of(office, indicator, cells)
    if status is Status.NOT_REQUIRED:
        return None
    cell = cells.get((office.id, indicator.id))
    longer, overdue = False, as_utc(now) >= found.window.deadline
    if office.id in marks.extensions:
        window = marks.window(found, office.id, indicator.id)
        longer, overdue = window.extended is not None, as_utc(now) >= window.deadline
    owners = ", ".join(marks.owners.get((office.id, indicator.id), ()))
    label = label_of(indicator.full_code, status, cell, overdue=overdue, longer=longer)
    look = look_of(status, late=bool(cell and cell.is_late), overdue=overdue, longer=longer)
    return Shown(indicator, status, look, GLYPHS.get(status, ""), label + (f" · {owners}" if owners else ""), owners)
