"""What the pages of inspections show and say: computed once, read by templates."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from flask import Response, send_file

from app.clock import now
from app.domain.access import Action, allows
from app.domain.calendar import local
from app.domain.errors import N_
from app.domain.inspections import GATHERS_IN, EntryState, ReportMove, ReportState
from app.domain.recommendations import Move, is_overdue
from app.models import InspectionEntry, InspectionIssue, InspectionReport, Recommendation, Sheet
from app.queries import recommendation as recommendations
from app.queries.inspection import Inspected
from app.queries.recommendation import Tally
from app.queries.same_topic import SameTopic
from app.scope import current_actor
from app.services import inspecting, superiors
from app.services.superiors import Seat
from app.views.sheet_answers import page_of
from app.views.sheet_page import SheetPage

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# The way of a report, and how far it is in which state.
STEPS = (N_("Owners write"), N_("The plan group checks"), N_("The director considers"), N_("Sent with its letter"))
DONE = {
    ReportMove.PROPOSE: N_("The report is proposed. The director is told."),
    ReportMove.WITHDRAW: N_("The report is withdrawn. It can be edited again."),
    ReportMove.ENDORSE: N_("You endorsed the report. The coordinator is told."),
    ReportMove.RETURN: N_("The report was returned. The coordinator is told."),
    ReportMove.SEND: N_("The report is marked as sent."),
    ReportMove.REOPEN: N_("The report is taken up again. Propose it once more when it is mended."),
}
MOVED = {
    Move.START: N_("It is being acted on."),
    Move.FINISH: N_("Your answer is handed over. The coordinator is told."),
    Move.REFUSE: N_("Your answer is handed over. The coordinator is told."),
    Move.RETURN: N_("The answer was returned. Those responsible are told."),
    Move.CLOSE: N_("The recommendation is closed."),
    Move.REOPEN: N_("The recommendation is open again."),
}


def download(made: bytes, name: str, media_type: str) -> Response:
    """A file made for this answer; nobody keeps it."""
    response: Response = send_file(io.BytesIO(made), mimetype=media_type, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@dataclass
class ReportPage:
    """The report of an office on an inspection as a whole. `sheet` is None before it is begun; `refused` are the sentences of refused
    moves by move."""

    inspected: Inspected
    report: InspectionReport | None
    sheet: SheetPage | None
    recommended: Tally
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str | None:
        return self.report.sheet.state if self.report else None

    @property
    def step(self) -> int:
        """How far the report is on its way, as a place among STEPS; beyond them once it is sent."""
        if self.state in (ReportState.PROPOSED, ReportState.ENDORSED):
            return 2 if self.state == ReportState.PROPOSED else 3
        if self.state == ReportState.SENT:
            return len(STEPS)
        return 1 if self.report and self.handed_over == len(self.inspected.issues) else 0

    @property
    def lines(self) -> list[tuple[str, list[tuple[InspectionIssue, InspectionEntry | None]]]]:
        """The issues with what is said on each, by their policies, in the reader's order."""
        entries = {entry.issue_id: entry for entry in self.report.entries} if self.report else {}
        found: dict[str, list[tuple[InspectionIssue, InspectionEntry | None]]] = {}
        for issue in self.inspected.issues:
            found.setdefault(issue.policy_th, []).append((issue, entries.get(issue.id)))
        return list(found.items())

    def _count(self, *states: EntryState) -> int:
        asked = {issue.id for issue in self.inspected.issues}
        entries = self.report.entries if self.report else []
        return sum(1 for entry in entries if entry.issue_id in asked and entry.sheet.state in states)

    @property
    def checked(self) -> int:
        return self._count(EntryState.CHECKED)

    @property
    def handed_over(self) -> int:
        return self._count(EntryState.CHECKED, EntryState.SENT)

    @property
    def new_issues(self) -> int:
        """Issues that the centre opened since the report was begun."""
        begun = {entry.issue_id for entry in self.report.entries} if self.report else set()
        return sum(1 for issue in self.inspected.issues if issue.id not in begun)

    @property
    def is_gathered(self) -> bool:
        return self.state in GATHERS_IN

    @property
    def may_begin(self) -> bool:
        return allows(current_actor(), Action.EDIT_SHEET, Sheet(area_id=self.inspected.area.id))

    @property
    def may_lead(self) -> bool:
        return allows(current_actor(), Action.LEAD_SHEETS, Sheet(area_id=self.inspected.area.id))

    @property
    def seat(self) -> Seat | None:
        """In which seat the reader considers the report; None for none."""
        if self.state != ReportState.PROPOSED:
            return None
        return superiors.seat_of(current_actor(), self.inspected.area.id, now=now())

    @property
    def is_late(self) -> bool:
        """Whether its day has passed and it is not sent."""
        return self.state != ReportState.SENT and now() > self.inspected.inspection.due_at


@dataclass
class IssuePage:
    """What an office says on one issue, with what it said in e-MES on the same topic."""

    inspected: Inspected
    issue: InspectionIssue
    entry: InspectionEntry
    sheet: SheetPage
    topic: SameTopic | None
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def is_gathered(self) -> bool:
        return self.entry.report.sheet.state in GATHERS_IN

    def neighbour(self, step: int) -> InspectionIssue | None:
        """The issue before or after this one among those that are asked."""
        issues = self.inspected.issues
        if self.issue not in issues:
            return None
        place = issues.index(self.issue) + step
        return issues[place] if 0 <= place < len(issues) else None


@dataclass
class RecommendationPage:
    """One recommendation with what was done about it."""

    inspected: Inspected
    row: Recommendation
    sheet: SheetPage
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def is_overdue(self) -> bool:
        return overdue(self.row)


def overdue(row: Recommendation) -> bool:
    return is_overdue(row.sheet.state, row.due_on, local(now()).date())


def report_page(inspected: Inspected, report: InspectionReport | None, **more: object) -> ReportPage:
    """The page of a report that was read; `more` goes to the page of its sheet."""
    sheet = page_of(inspecting.report_subject(report.sheet, report), **more) if report else None
    today = local(now()).date()
    tally = recommendations.by_office(inspected.inspection.id, [inspected.area.id], today)
    return ReportPage(inspected, report, sheet, tally.get(inspected.area.id, Tally()))
