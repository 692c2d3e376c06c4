"""What the pages of the review desk show: computed once, read by the templates and by the script's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request, url_for

from app.clock import now
from app.domain import reviewing
from app.domain.access import Action, Actor, Duty, allows
from app.domain.calendar import local
from app.domain.errors import Message, NotFound
from app.domain.place import opening_at
from app.domain.review_desk import Progress, beside_own
from app.domain.reviewing import CAUSE_NAMES, Cause
from app.domain.round_life import Stage
from app.domain.thai import typed_number
from app.models import Submission
from app.queries import improvement
from app.queries import review as reviews
from app.queries import review_case as cases
from app.queries.review import Entry, Tally, Wanted
from app.queries.review_case import Case, File, Mine, Revealed
from app.scope import current_actor
from app.services.reporting import Address
from app.services.reviewing import Saved
from app.views.report_page import Cell

NARROWS = ("state", "indicator", "region", "q")
MAX_QUERY = 100
IN_CHARGE = (Duty.CENTRAL, Duty.ADMIN)


def wanted_queue() -> Wanted:
    """What the address narrows the queue to."""
    return Wanted(**{name: request.args.get(name, "").strip()[:MAX_QUERY] for name in NARROWS})


def case_url(round_code: str, area_code: str, indicator_code: str, wanted: Wanted, endpoint: str = "case", **more: Any) -> str:
    """The address of a report on the desk; the narrowed queue goes along."""
    codes = {"round_code": round_code, "area_code": area_code, "indicator_code": indicator_code}
    values: dict[str, Any] = codes | wanted.args() | more
    return url_for(f"ReviewView.{endpoint}", **values)


def require_readable(case: Case, actor: Actor) -> None:
    """Raise NotFound unless the report may be read on the desk: by whom it is assigned to, a moderator, the centre. Whoever must not
    review the office does not read it here either."""
    if actor.has(*IN_CHARGE):
        return
    if case.has_conflict or not (case.mine or actor.has(Duty.MODERATOR)):
        raise NotFound


@dataclass
class CasePage:
    """One report on the desk, as it is shown to this actor now. `revealed` is None until the own review is locked."""

    case: Case
    actor: Actor
    wanted: Wanted
    tally: Tally
    progress: Progress
    queue: list[Entry] = field(default_factory=list)
    following: Entry | None = None
    revealed: Revealed | None = None
    # How much of the advice that the office took up earlier this report answers, of how much.
    advice: tuple[int, int] = (0, 0)
    refused: Mapping[str, Cell] = field(default_factory=dict)
    missing: Mapping[str, Message] = field(default_factory=dict)

    @property
    def mine(self) -> Mine | None:
        return self.case.mine

    @property
    def address(self) -> Address:
        return Address(self.case.round.code, self.case.area.code, self.case.indicator.full_code)

    @property
    def may_write(self) -> bool:
        """Whether the review can be written to now; `services.reviewing` asks the same."""
        return (
            self.case.mine is not None
            and not self.case.mine.is_locked
            and self.case.round.stage == Stage.REVIEW
            and self.case.is_submitted
            and allows(self.actor, Action.REVIEW, Submission(area_id=self.case.area.id))
        )

    def url(self, entry: Entry | None = None, endpoint: str = "case", **more: Any) -> str:
        """The address of this report, or of another one of the queue."""
        here = (entry.area_code, entry.indicator_code) if entry else (self.case.area.code, self.case.indicator.full_code)
        return case_url(self.case.round.code, *here, self.wanted, endpoint, **more)

    def is_here(self, entry: Entry) -> bool:
        return (entry.area_code, entry.indicator_code) == (self.case.area.code, self.case.indicator.full_code)

    @property
    def before(self) -> Entry | None:
        """The report that stands before this one in the queue."""
        places = [entry for entry in self.queue if self.mine and entry.place < self.mine.place]
        return places[-1] if places else None

    @property
    def after(self) -> Entry | None:
        """The report that stands after this one in the queue."""
        return next((entry for entry in self.queue if self.mine and entry.place > self.mine.place), None)

    def cell(self, key: str) -> Cell:
        if key in self.refused:
            return self.refused[key]
        stored = self.mine.cells.get(key) if self.mine else None
        return Cell(stored.value, stored.version) if stored else Cell(None, 0)

    def verdict(self, number: int) -> str:
        return self.cell(reviewing.verdict_key(number)).shown

    @property
    def first_open_issue(self) -> int | None:
        """The first issue without a verdict; the first of all where each has one."""
        numbers = self.case.asked.numbers
        return next((number for number in numbers if not self.verdict(number)), numbers[0] if numbers else None)

    @property
    def file(self) -> File | None:
        """The file that the address asks for, else the first."""
        asked = request.args.get("file", "")
        return next((file for file in self.case.files if str(file.id) == asked), next(iter(self.case.files), None))

    @property
    def page_number(self) -> int:
        """The page that the address asks for; without one the place that the office cited."""
        if self.file is None:
            return 1
        typed = typed_number(request.args.get("page", ""), most_digits=5)
        return max(1, min(cited_page(self.file) if typed is None else typed, self.file.pages))

    @property
    def returns(self) -> str | None:
        """The address at which points are returned to the office, where the actor may."""
        row = Submission(area_id=self.case.area.id)
        if not self.case.is_submitted or not allows(self.actor, Action.RETURN_REPORT, row):
            return None
        return url_for("ReturnView.ask", **vars(self.address))

    @property
    def days_left(self) -> int | None:
        return self.progress.days_left(local(now()).date())

    @property
    def beside_own(self) -> Message | None:
        """The locked level beside the self-assessment, in words."""
        if self.revealed is None or self.mine is None or self.mine.level is None:
            return None
        return beside_own(self.mine.level, self.revealed.own_level)

    @property
    def causes(self) -> list[str]:
        """Why the report waits for a moderator, as message ids."""
        return [CAUSE_NAMES[Cause(cause)] for cause in self.revealed.causes] if self.revealed else []


def cited_page(file: File) -> int:
    """The page of a document that the office cited; the first where it named none."""
    opening = opening_at(file.place, file.extension)
    return int(opening.removeprefix("#page=")) if opening.startswith("#page=") else 1


def full_page(address: Address, *, around: bool = True, **more: Any) -> CasePage:
    """The page with everything around the form, read afresh. Raises NotFound for whom it does not concern."""
    actor, wanted = current_actor(), wanted_queue()
    case = cases.find_case(address.round_code, address.area_code, address.indicator_code, actor=actor)
    require_readable(case, actor)
    counted = reviews.tally(case.round.id, actor.user_id) if case.mine else Tally()
    sees_all = case.mine is None or case.mine.is_locked
    advice = (0, 0) if sees_all else improvement.answered(case.round, case.area.id, case.indicator.full_code)
    return CasePage(
        case=case,
        actor=actor,
        wanted=wanted,
        tally=counted,
        progress=reviews.progress(case.round.id, actor.user_id, counted) if case.mine else Progress(),
        queue=reviews.around(case.round.id, actor.user_id, wanted, case.mine.place) if case.mine and around else [],
        following=reviews.next_to_do(case.round.id, actor.user_id, wanted, case.mine.place) if case.mine else None,
        revealed=cases.reveal(case) if sees_all else None,
        advice=advice,
        **more,
    )


def refused_cells(saved: Saved, typed: Mapping[str, object], said: Mapping[str, str]) -> dict[str, Cell]:
    """The fields that were not stored, with what was typed, why, and what stands there."""
    stored = {entry.field_key: entry for entry in saved.review.entries}
    cells = {}
    for key in (*saved.errors, *saved.conflicts):
        entry, conflict = stored.get(key), saved.conflicts.get(key)
        cells[key] = Cell(
            value=entry.value if entry else None,
            version=entry.version if entry else 0,
            typed=str(typed[key] or ""),
            error=said.get(key),
            theirs=conflict.theirs if conflict else None,
            theirs_by=conflict.by if conflict else "",
            theirs_at=conflict.at if conflict else None,
        )
    return cells


def may_see_file(evidence_id: UUID, actor: Actor) -> cases.Shown:
    """A file on the desk. Raises NotFound unless it belongs to a report that the actor may read there."""
    shown = cases.evidence_shown(evidence_id, actor=actor)
    if actor.has(*IN_CHARGE) or (not shown.has_conflict and (shown.assigned or actor.has(Duty.MODERATOR))):
        return shown
    raise NotFound
