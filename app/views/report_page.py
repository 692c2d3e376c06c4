"""What the pages of a report show: computed once, read by the templates and by the script's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from flask_babel import gettext, ngettext

from app.domain import completeness, deadlines, evidence, returning, workflow
from app.domain.access import Action, Actor, allows
from app.domain.calendar import BUDDHIST_ERA_OFFSET
from app.domain.completeness import Missing, Section
from app.domain.errors import N_
from app.domain.sheets import SHEET_KIND_NAMES, SheetKind
from app.formatting import language, localized
from app.models import Evidence, Indicator, OfficeHandIn, ReportReturn, Round, Submission
from app.queries import advice as advices
from app.queries.advice import Remark
from app.queries.last_round import LastReport
from app.queries.library import Shelved
from app.queries.submission import Sibling, Target
from app.queries.told import Told

SECTION_TITLES = {
    Section.EVIDENCE: N_("Evidence by consideration issue"),
    Section.CHALLENGE: N_("Challenge issue (PA)"),
    Section.QUANTITIES: N_("Quantities"),
    Section.PROBLEMS: N_("Problems and suggestions"),
    Section.SELF_ASSESSMENT: N_("Self-assessment"),
    Section.REPORTER: N_("Reporter"),
}


# Where on the page a returned point that is no consideration issue stands.
_POINT_SECTIONS = {
    returning.Item.QUANTITIES: Section.QUANTITIES,
    returning.Item.CHALLENGE: Section.CHALLENGE,
    returning.Item.PROBLEMS: Section.PROBLEMS,
}


def point_anchor(key: str) -> str:
    """The id on the page of a returned point."""
    return f"s{int(_POINT_SECTIONS[returning.Item(key)])}" if key in set(returning.Item) else anchor(key)


def anchor(key: str) -> str:
    """The id on the page of a field or slot."""
    return "f-" + key.replace(".", "-").replace("_", "-")


@dataclass(frozen=True)
class Cell:
    """One field on the page: what is stored, which version, what was typed and refused, what a colleague wrote."""

    value: str | None
    version: int
    typed: str | None = None
    error: str | None = None
    theirs: str | None = None
    theirs_by: str = ""
    theirs_at: datetime | None = None

    @property
    def shown(self) -> str:
        """What stands in the box: the refused text where there is one, so that nothing typed is lost."""
        return self.typed if self.typed is not None else (self.value or "")


@dataclass
class ReportPage:
    """One office's report on one indicator, as it is shown to this actor now."""

    target: Target
    submission: Submission | None
    actor: Actor
    now: datetime
    prefilled: Mapping[str, str] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    siblings: list[Sibling] = field(default_factory=list)
    last: LastReport | None = None
    told: Told = field(default_factory=Told)
    checked: bool = False
    refused_reasons: Mapping[str, Cell] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stored = {row.field_key: Cell(row.value, row.version) for row in self.submission.answers} if self.submission else {}
        if not self.submission and self.may_edit:
            stored = {key: Cell(value, 0) for key, value in self.prefilled.items()}
        self.cells = stored | self.cells

    @property
    def office_hand_in(self) -> OfficeHandIn | None:
        """The hand-in of the whole round for which this report rests."""
        return self.submission.resting_in if self.submission else None

    @cached_property
    def may_edit(self) -> bool:
        return (
            self.is_open
            and self.office_hand_in is None
            and allows(self.actor, Action.EDIT_REPORT, Submission(area_id=self.target.area.id))
        )

    @property
    def returned(self) -> ReportReturn | None:
        """The return of single points that can be mended now, or could be until its time was over."""
        return self.submission.open_return if self.submission and self.submission.returned_points is not None else None

    @cached_property
    def mend_until(self) -> datetime:
        """When the time to mend what was returned is over."""
        closes_at = self.target.window.closes_at
        return returning.mend_until(self.returned.due_at, closes_at) if self.returned else closes_at

    def edits(self, key: str) -> bool:
        """Whether a field can be edited: of a returned report only what was returned."""
        points = self.submission.returned_points if self.submission else None
        return self.may_edit and (points is None or returning.opens_field(points, key))

    def edits_slot(self, slot: str) -> bool:
        """The same for the files of a slot."""
        points = self.submission.returned_points if self.submission else None
        return self.may_edit and (points is None or returning.opens_slot(points, slot))

    @cached_property
    def phase(self) -> deadlines.Phase:
        return deadlines.phase(self.target.window, self.now)

    @cached_property
    def is_open(self) -> bool:
        """Whether the report can be worked on: the system is open, or this was begun before it closed and the grace still runs."""
        if self.returned is not None:
            return returning.is_in_time(self.mend_until, self.now)
        begun_at = min(self.now, self.submission.started_at) if self.submission else self.now
        return deadlines.allows(self.target.window, self.now, begun_at=begun_at)

    def takes_files(self, slot: str) -> bool:
        """New files are taken only while the system is open, or the slot was returned; uploads on their way are finished."""
        return self.edits_slot(slot) and (self.returned is not None or self.phase is deadlines.Phase.OPEN)

    @cached_property
    def questions(self) -> completeness.Questions:
        return self.target.indicator.questions

    @cached_property
    def answers(self) -> completeness.Answers:
        files = self.submission.entered.files if self.submission else {}
        return completeness.Answers({key: cell.value for key, cell in self.cells.items()}, files)

    @cached_property
    def missing(self) -> list[Missing]:
        return completeness.missing(self.questions, self.answers)

    @cached_property
    def status(self) -> workflow.Status:
        state = workflow.State(self.submission.state) if self.submission else None
        return workflow.status(state, begun=self.answers.begun, complete=not self.missing)

    @cached_property
    def sections(self) -> list[Section]:
        return self.questions.sections()

    def missing_in(self, section: Section) -> list[Missing]:
        return [item for item in self.missing if item.section is section]

    def faults_at(self, key: str) -> list[Missing]:
        """What is said beside a field: everything once the whole was checked, figures that contradict each other at once."""
        contradicts = key.startswith("quantity.") and self.cell(key).value is not None
        return [item for item in self.missing if item.key == key] if self.checked or contradicts else []

    @property
    def sections_done(self) -> int:
        return sum(1 for section in self.sections if not self.missing_in(section))

    def section_word(self, section: Section) -> str:
        """The state of a part in words, beside its heading."""
        missing = self.missing_in(section)
        if not missing:
            return gettext("Complete")
        if section is Section.EVIDENCE:
            return gettext(
                "%(done)d of %(all)d done",
                done=completeness.issues_answered(self.questions, self.answers),
                all=len(self.questions.issues),
            )
        if section is Section.SELF_ASSESSMENT:
            return gettext("Not chosen yet")
        return ngettext("%(num)d item missing", "%(num)d items missing", len(missing))

    def cell(self, key: str) -> Cell:
        return self.cells.get(key) or Cell(None, 0)

    def files(self, slot: str) -> list[Evidence]:
        return [row for row in self.submission.evidence if row.slot == slot] if self.submission else []

    def files_for(self, number: int) -> list[Evidence]:
        """The files that can answer advice on an issue; any of the report where it is on the whole (0)."""
        if number:
            return self.files(evidence.criterion_slot(number))
        return [row for slot in slot_limits(self.target) for row in self.files(slot)]

    def room(self, slot: str, most: int) -> int:
        return max(0, most - len(self.files(slot)))

    def remarks_on(self, row: Evidence) -> list[Remark]:
        return advices.on_files([row])

    @cached_property
    def level_remarks(self) -> list[Remark]:
        return advices.on_level(self.submission, self.questions, self.answers)

    @cached_property
    def remarks(self) -> list[Remark]:
        """All that an evaluator would remark on, answered or not, in the order of the page."""
        files = [row for slot in slot_limits(self.target) for row in self.files(slot)]
        return [*advices.on_files(files), *self.level_remarks]

    @cached_property
    def open_remarks(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.is_open]

    @property
    def files_waiting(self) -> int:
        """Files that nobody has looked into yet."""
        return sum(1 for row in self.submission.evidence if row.inspected_at is None) if self.submission else 0

    @property
    def next_incomplete(self) -> Sibling | None:
        """The next indicator of the round, going round, that is neither sent nor complete."""
        codes = [sibling.full_code for sibling in self.siblings]
        if self.target.indicator.full_code not in codes:
            return None
        here = codes.index(self.target.indicator.full_code)
        following = self.siblings[here + 1 :] + self.siblings[:here]
        return next((sibling for sibling in following if sibling.state != "submitted" and sibling.missing_count != 0), None)

    @property
    def before(self) -> Sibling | None:
        codes = [sibling.full_code for sibling in self.siblings]
        here = codes.index(self.target.indicator.full_code) if self.target.indicator.full_code in codes else 0
        return self.siblings[here - 1] if here else None


def point_words(key: str) -> str:
    """A point of a return by the name that the page gives it."""
    names = dict(returning.ITEM_NAMES)
    return gettext(names[returning.Item(key)]) if key in set(returning.Item) else slot_words(key)


def slot_words(slot: str) -> str:
    """A slot by the name that the page gives it."""
    names = {evidence.PA_LESSON: gettext("lesson learned (PA)"), evidence.PA_EVIDENCE: gettext("evidence (PA)")}
    return names.get(slot) or gettext("Issue %(number)d", number=int(slot.rpartition(".")[2]))


def era_year(fiscal_year_be: int) -> int:
    """A fiscal year in the reader's era."""
    return fiscal_year_be if language() == "th" else fiscal_year_be - BUDDHIST_ERA_OFFSET


def year_of(found: Round) -> int:
    """The fiscal year of a round in the reader's era."""
    return era_year(found.fiscal_year_be)


def origin(row: Evidence, here: Round) -> str:
    """Where a file was sent: 'QP 1 ประเด็นที่ 2', with the round where it is another than this one."""
    submission = row.submission
    words = _slot_of_indicator(submission.indicator.full_code, row.slot)
    if submission.round_id == here.id:
        return words
    return f"{words} · {localized(submission.round, 'name')} {year_of(submission.round)}"


def shelf_origin(row: Shelved, here: Round | None = None) -> str:
    """The same of a file on the shelf, which may have been sent for another job."""
    if row.sheet_kind is not None:
        return gettext(SHEET_KIND_NAMES[SheetKind(row.sheet_kind)])
    words = _slot_of_indicator(row.indicator_code or "", row.slot)
    if here is not None and row.round_id == here.id:
        return words
    return f"{words} · {localized(row, 'round_name')} {era_year(row.fiscal_year_be or 0)}"


def _slot_of_indicator(full_code: str, slot: str) -> str:
    return f"{full_code.replace('-', ' ', 1)} {slot_words(slot)}"


def short_text(indicator: Indicator, text: str, prefix: str) -> str:
    """An indicator's text without the words that all of its part begin with."""
    return text.removeprefix(prefix).strip() if prefix else text


def sibling_status(sibling: Sibling) -> workflow.Status:
    """Status from what a list knows: the stored count of missing things instead of every answer."""
    if sibling.state is None:
        return workflow.Status.NOT_STARTED
    return workflow.status(workflow.State(sibling.state), begun=True, complete=sibling.missing_count == 0)


def slot_limits(target: Target) -> dict[str, int]:
    """Most files per slot of an indicator."""
    limits = {evidence.criterion_slot(row.number): row.max_files for row in target.indicator.active_criteria}
    if target.indicator.part.asks_challenge:
        limits |= {evidence.PA_LESSON: 1, evidence.PA_EVIDENCE: evidence.MAX_FILES_PER_SLOT}
    return limits
