"""What the dashboard of an office shows: a line for each indicator, whose it is, what is still to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.clock import now
from app.domain import completeness, endorsement, workflow
from app.domain.completeness import Missing
from app.domain.errors import N_
from app.models import Area, Indicator, Part, Round, Submission
from app.queries import advice as advices
from app.queries.submission import Office
from app.queries.team import Owned, Owner


@dataclass(frozen=True)
class Line:
    """One indicator on the office's dashboard."""

    indicator: Indicator
    submission: Submission | None
    status: workflow.Status
    answered: int
    half: int
    issues: int
    files: int
    self_level: int | None
    missing: tuple[Missing, ...]
    remarks: int = 0
    owners: tuple[Owner, ...] = ()

    @property
    def is_owing(self) -> bool:
        """Whether the office still has to submit it."""
        return self.status not in (workflow.Status.SUBMITTED, workflow.Status.NOT_REQUIRED)

    @property
    def is_returned(self) -> bool:
        """Whether points of it are with the office to be mended."""
        return self.submission is not None and self.submission.returned_points is not None

    @property
    def owner_names(self) -> str:
        return ", ".join(owner.name for owner in self.owners)

    def is_owned_by(self, user_id: int | None) -> bool:
        return any(owner.user_id == user_id for owner in self.owners)


def line_of(owned: Owned, submission: Submission | None, area: Area) -> Line:
    """How far an office is with an indicator, and whose it is."""
    indicator = owned.indicator
    questions = indicator.questions
    entered = submission.entered if submission else completeness.Answers({}, {})
    missing = completeness.missing(questions, entered)
    status = workflow.status(
        workflow.State(submission.state) if submission else None,
        begun=entered.begun,
        complete=not missing,
        required=indicator.applies_to_kind(area.kind),
    )
    level = entered.value("self_level")
    return Line(
        indicator=indicator,
        submission=submission,
        status=status,
        answered=completeness.issues_answered(questions, entered),
        half=completeness.issues_begun(questions, entered),
        issues=len(questions.issues),
        files=sum(entered.files.values()),
        self_level=int(level) if level else None,
        missing=tuple(missing),
        remarks=sum(1 for remark in advices.on_report(submission, questions) if remark.is_open),
        owners=owned.owners,
    )


class Show(StrEnum):
    """Which lines of the dashboard are shown."""

    ALL = "all"
    MINE = "mine"
    INCOMPLETE = "incomplete"
    READY = "ready"
    SUBMITTED = "submitted"


SHOW_NAMES = {
    Show.ALL: N_("All"),
    Show.MINE: N_("Mine"),
    Show.INCOMPLETE: N_("Not complete"),
    Show.READY: N_("Ready to submit"),
    Show.SUBMITTED: N_("Submitted"),
}
_UNFINISHED = (workflow.Status.NOT_STARTED, workflow.Status.IN_PROGRESS, workflow.Status.RETURNED)


@dataclass(frozen=True)
class Dashboard:
    """An office's round on one page, as this person looks at it."""

    office: Office
    lines: list[Line]
    show: Show = Show.ALL
    user_id: int | None = None

    @property
    def round(self) -> Round:
        return self.office.round

    @property
    def area(self) -> Area:
        return self.office.area

    @property
    def parts(self) -> list[tuple[Part, list[Line]]]:
        """The lines that are shown, by part; parts of which none is shown are left out."""
        grouped: dict[int, tuple[Part, list[Line]]] = {}
        for line in self.lines:
            if self.shows(self.show, line):
                grouped.setdefault(line.indicator.part_id, (line.indicator.part, []))[1].append(line)
        return list(grouped.values())

    def shows(self, show: Show, line: Line) -> bool:
        """Whether a line stands under a tab."""
        return {
            Show.ALL: True,
            Show.MINE: line.is_owned_by(self.user_id),
            Show.INCOMPLETE: line.status in _UNFINISHED,
            Show.READY: line.status == workflow.Status.READY,
            Show.SUBMITTED: line.status == workflow.Status.SUBMITTED,
        }[show]

    @property
    def tabs(self) -> list[tuple[Show, int]]:
        """The tabs with how many indicators to report stand under each; one's own only where there are some."""
        counts = [(show, sum(1 for line in self.required if self.shows(show, line))) for show in Show]
        return [(show, count) for show, count in counts if count or show != Show.MINE]

    @property
    def has_owners(self) -> bool:
        return any(line.owners for line in self.lines)

    @property
    def owners_gone(self) -> list[Owner]:
        """Owners whose account ended or moved, and whose indicators wait for somebody else."""
        return list(dict.fromkeys(owner for line in self.lines for owner in line.owners if not owner.active))

    @property
    def owing_owners(self) -> dict[Owner, list[Line]]:
        """Active owners who still owe something, each with what it is."""
        found: dict[Owner, list[Line]] = {}
        for line in self.lines:
            for owner in line.owners:
                if line.is_owing and owner.active:
                    found.setdefault(owner, []).append(line)
        return found

    @property
    def standing(self) -> endorsement.Standing:
        return self.office.standing(now())

    @property
    def required(self) -> list[Line]:
        return [line for line in self.lines if line.status != workflow.Status.NOT_REQUIRED]

    def count(self, status: workflow.Status) -> int:
        return sum(1 for line in self.lines if line.status == status)

    @property
    def is_over(self) -> bool:
        """Whether the time of every report is over, the grace too."""
        return now() >= self.office.last_window.ends_at

    @property
    def to_do(self) -> list[Line]:
        """What stands before closing: the ready ones first, they only need sending; then returned, begun, not begun. Once the time is over,
        what was returned alone."""
        order = [
            workflow.Status.READY,
            workflow.Status.RETURNED,
            workflow.Status.IN_PROGRESS,
            workflow.Status.NOT_STARTED,
        ]
        open_lines = [line for line in self.required if line.is_returned] if self.is_over else self.required
        return sorted((line for line in open_lines if line.status in order), key=lambda line: order.index(line.status))
