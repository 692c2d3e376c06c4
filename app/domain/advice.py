"""What an evaluator would remark on before a report is sent. Advice says so early; nothing here ever hinders saving or sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain import evidence
from app.domain.completeness import Answers, Questions
from app.domain.errors import N_, Message, Refused
from app.domain.thai import is_blank, single_line

HIGHEST_LEVEL = 5
MAX_REASON_CHARACTERS = 300


class Kind(StrEnum):
    """What there is to remark on. All but the last concern one file."""

    UNREADABLE = "unreadable"
    LOCKED = "locked"
    BLANK = "blank"
    TOO_MANY_PAGES = "too_many_pages"
    DUPLICATE_CRITERION = "duplicate_criterion"
    DUPLICATE_YEAR = "duplicate_year"
    DUPLICATE_AREA = "duplicate_area"
    LEVEL_WITHOUT_FILE = "level_without_file"


DUPLICATES = frozenset({Kind.DUPLICATE_CRITERION, Kind.DUPLICATE_YEAR, Kind.DUPLICATE_AREA})

_SENTENCES = {
    Kind.UNREADABLE: N_("This file does not open. It may be damaged, or it was not saved completely."),
    Kind.LOCKED: N_("This file is locked with a password. The evaluators will not be able to open it."),
    Kind.BLANK: N_("This file seems to be blank."),
    Kind.TOO_MANY_PAGES: N_("The lesson has %(pages)d pages; 1 A4 page is allowed"),
    Kind.DUPLICATE_CRITERION: N_("This file is exactly the same as one that was sent for another issue."),
    Kind.DUPLICATE_YEAR: N_("This file is exactly the same as one that was sent in another round."),
    Kind.DUPLICATE_AREA: N_("This file is exactly the same as one that another office sent."),
    Kind.LEVEL_WITHOUT_FILE: N_("Level 5 is chosen, but there is no file for issue %(issues)s."),
}


@dataclass(frozen=True)
class Seen:
    """What looking into a file showed. `pages` is known for PDFs that open."""

    opens: bool = True
    locked: bool = False
    blank: bool = False
    pages: int | None = None


@dataclass(frozen=True)
class Finding:
    """One thing to remark on; `details` are the numbers of its sentence."""

    kind: Kind
    details: Mapping[str, int | list[int]] = field(default_factory=dict)


def judge(slot: str, seen: Seen) -> list[Finding]:
    """What there is to remark on the content of a file in this slot. A file that can't be read is not judged any further."""
    if seen.locked:
        return [Finding(Kind.LOCKED)]
    if not seen.opens:
        return [Finding(Kind.UNREADABLE)]
    found = []
    if seen.blank:
        found.append(Finding(Kind.BLANK))
    if slot == evidence.PA_LESSON and seen.pages is not None and seen.pages > evidence.LESSON_MAX_PAGES:
        found.append(Finding(Kind.TOO_MANY_PAGES, {"pages": seen.pages}))
    return found


def judge_level(questions: Questions, answers: Answers) -> list[Finding]:
    """The highest level is claimed while some issue has no file."""
    if answers.value("self_level") != str(HIGHEST_LEVEL):
        return []
    without = [issue.number for issue in questions.issues if not answers.files.get(evidence.criterion_slot(issue.number))]
    return [Finding(Kind.LEVEL_WITHOUT_FILE, {"issues": without})] if without else []


def still_answered(finding: Finding, about: Mapping[str, int | list[int]]) -> bool:
    """Whether a reason given about these numbers still covers the finding: no issue has been added since."""
    now, then = finding.details.get("issues", []), about.get("issues", [])
    return set(now if isinstance(now, list) else []) <= set(then if isinstance(then, list) else [])


def sentence_of(finding: Finding) -> Message:
    """What was seen, in one plain sentence."""
    values = {
        key: ", ".join(str(number) for number in value) if isinstance(value, list) else value
        for key, value in finding.details.items()
    }
    return Message(_SENTENCES[finding.kind], values)


def read_reason(typed: str) -> str:
    """Why it is sent as it is, on one line. Raises Refused for nothing and for too much."""
    reason = single_line(typed)
    if is_blank(reason):
        raise Refused(N_("Write why it is sent as it is"))
    if len(reason) > MAX_REASON_CHARACTERS:
        raise Refused(N_("Write the reason in %(count)d characters at most"), count=MAX_REASON_CHARACTERS)
    return reason
