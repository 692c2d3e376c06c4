"""One's own work and the dates of all three jobs in one form: reporting, projects, inspections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.domain.calendar import as_utc, local
from app.domain.errors import N_, Message

SOON = timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 1997, 2157  # the fiscal years 2540–2700 that rounds can have


class Job(StrEnum):
    """The three jobs of an office's plan group."""

    REPORTING = "reporting"
    PROJECTS = "projects"
    INSPECTIONS = "inspections"


JOB_NAMES = {
    Job.REPORTING: N_("Indicators (e-MES)"),
    Job.PROJECTS: N_("Projects (eMENSCR)"),
    Job.INSPECTIONS: N_("Inspection"),
}


class Part(StrEnum):
    """Where a piece of work stands on the page of one's own work."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    SOON = "soon"
    LATER = "later"


PART_NAMES = {
    Part.WAITING: N_("Waiting for you to check or decide"),
    Part.OVERDUE: N_("Past its deadline"),
    Part.SOON: N_("Within 7 days"),
    Part.LATER: N_("Later"),
}


@dataclass(frozen=True)
class Work:
    """One thing that a person has to do: what (by language), the page to do it on, what is said of it, until when. `waits` where somebody
    else did their part and waits for this person."""

    job: Job
    title: Mapping[str, str]
    path: str
    said: Message
    due_at: datetime | None = None
    waits: bool = False

    def part(self, now: datetime) -> Part:
        if self.waits:
            return Part.WAITING
        if self.due_at is None:
            return Part.LATER
        left = as_utc(self.due_at) - as_utc(now)
        return Part.OVERDUE if left < timedelta() else Part.SOON if left <= SOON else Part.LATER


def by_part(found: Iterable[Work], now: datetime) -> list[tuple[Part, list[Work]]]:
    """The work by part, the most urgent first within each; parts without any are left out."""
    never = datetime.max.replace(tzinfo=now.tzinfo)
    ordered = sorted(found, key=lambda work: (as_utc(work.due_at) if work.due_at else never, work.path))
    parts = [(part, [work for work in ordered if work.part(now) is part]) for part in Part]
    return [(part, works) for part, works in parts if works]


@dataclass(frozen=True)
class Dated:
    """Something that stands in the calendar. `said` is what happens then, `title` of what (by language). `ends_at` where it lasts."""

    job: Job | None
    at: datetime
    said: Message
    title: Mapping[str, str]
    path: str = ""
    ends_at: datetime | None = None
    uid: str = ""

    @property
    def day(self) -> date:
        return local(self.at).date()


def month_of(text: str, today: date) -> date:
    """The first day of the month that an address names as '2026-11' in the common era; of this month for anything else, and for what is
    beyond all fiscal years."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else today.replace(day=1)


def next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)


def weeks_of(first: date) -> list[list[date]]:
    """The weeks of a month, from Sunday, whole at both ends."""
    day = first - timedelta(days=(first.weekday() + 1) % 7)
    weeks = []
    while day < next_month(first):
        weeks.append([day + timedelta(days=step) for step in range(7)])
        day += timedelta(days=7)
    return weeks
