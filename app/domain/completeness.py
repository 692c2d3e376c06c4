"""What is still missing before a report may be submitted. Nothing here is needed in order to save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from app.domain import evidence, quantities
from app.domain.errors import N_, Message
from app.domain.thai import is_blank


class Section(IntEnum):
    """The six parts of a report, in the manual's order (§3.3–3.10, §4)."""

    EVIDENCE = 1
    CHALLENGE = 2
    QUANTITIES = 3
    PROBLEMS = 4
    SELF_ASSESSMENT = 5
    REPORTER = 6


@dataclass(frozen=True)
class Issue:
    """A consideration issue: how many files it needs at least."""

    number: int
    min_files: int = 1


@dataclass(frozen=True)
class Questions:
    """What one indicator asks of an office in a round."""

    issues: tuple[Issue, ...]
    boxes: tuple[quantities.Box, ...] = ()
    asks_challenge: bool = True

    def sections(self) -> list[Section]:
        """The parts that this indicator has."""
        absent = set()
        if not self.issues:
            absent.add(Section.EVIDENCE)
        if not self.asks_challenge:
            absent.add(Section.CHALLENGE)
        if not self.boxes:
            absent.add(Section.QUANTITIES)
        return [section for section in Section if section not in absent]


@dataclass(frozen=True)
class Answers:
    """What was entered. `values` by field key of the contract, None or absent for nothing; `files` counts by slot."""

    values: Mapping[str, str | None]
    files: Mapping[str, int]

    def value(self, key: str) -> str | None:
        return self.values.get(key)

    @property
    def begun(self) -> bool:
        """Whether an office entered anything of its own; the reporter prefilled from the account does not count."""
        return any(self.files.values()) or any(
            value not in (None, "", "false") and not key.startswith("reporter_") for key, value in self.values.items()
        )


@dataclass(frozen=True)
class Missing:
    """One thing to mend: where it is (`key`: field or slot), in which part, and the sentence."""

    key: str
    section: Section
    message: Message


def _missing_evidence(questions: Questions, answers: Answers) -> list[Missing]:
    found = []
    for issue in questions.issues:
        slot = evidence.criterion_slot(issue.number)
        if answers.files.get(slot, 0) < issue.min_files:
            message = Message(
                N_("Issue %(number)d: attach evidence (at least %(count)d)"),
                {"number": issue.number, "count": issue.min_files},
            )
            found.append(Missing(slot, Section.EVIDENCE, message))
        elif answers.value(f"{slot}.complete") != "true":
            message = Message(N_("Issue %(number)d: confirm that its evidence is complete"), {"number": issue.number})
            found.append(Missing(f"{slot}.complete", Section.EVIDENCE, message))
    return found


def _missing_challenge(questions: Questions, answers: Answers) -> list[Missing]:
    if not questions.asks_challenge:
        return []
    wanted = {
        evidence.PA_LESSON: N_("Challenge issue: attach the lesson learned, 1 A4 page"),
        evidence.PA_EVIDENCE: N_("Challenge issue: attach the evidence, such as pictures or clips"),
    }
    return [Missing(slot, Section.CHALLENGE, Message(text)) for slot, text in wanted.items() if not answers.files.get(slot)]


def numbers_of(questions: Questions, answers: Answers) -> dict[str, Decimal | None]:
    """The figures entered, by box key; None where the box is empty."""
    return {box.key: Decimal(text) if (text := answers.value(f"quantity.{box.key}")) else None for box in questions.boxes}


def _missing_quantities(questions: Questions, answers: Answers) -> list[Missing]:
    numbers = numbers_of(questions, answers)
    faults = quantities.cross_check(questions.boxes, numbers)
    found = []
    for box in questions.boxes:
        key = f"quantity.{box.key}"
        if numbers[box.key] is None and box.required:
            found.append(Missing(key, Section.QUANTITIES, Message(N_("Fill in “%(label)s”"), {"label": box.label})))
        elif box.key in faults:
            found.append(Missing(key, Section.QUANTITIES, faults[box.key]))
    return found


def _missing_rest(answers: Answers) -> list[Missing]:
    found = []
    if is_blank(answers.value("problems")) and answers.value("no_problems") != "true":
        message = Message(N_("Describe problems and suggestions, or tick that there are none"))
        found.append(Missing("problems", Section.PROBLEMS, message))
    if not answers.value("self_level"):
        found.append(Missing("self_level", Section.SELF_ASSESSMENT, Message(N_("Self-assessment: choose a level 1–5"))))
    wanted = {
        "reporter_name": N_("Reporter: enter the full name"),
        "reporter_position": N_("Reporter: enter the position"),
        "reporter_phone": N_("Reporter: enter the telephone number"),
    }
    return found + [
        Missing(key, Section.REPORTER, Message(text)) for key, text in wanted.items() if is_blank(answers.value(key))
    ]


def missing(questions: Questions, answers: Answers) -> list[Missing]:
    """Everything that stands between this report and its submission, in the order of the page."""
    return [
        *_missing_evidence(questions, answers),
        *_missing_challenge(questions, answers),
        *_missing_quantities(questions, answers),
        *_missing_rest(answers),
    ]


def issues_answered(questions: Questions, answers: Answers) -> int:
    """จำนวนประเด็นที่ชี้แจง: issues with enough files and confirmed as complete. Source: manual §2.4."""
    return sum(
        1
        for issue in questions.issues
        if answers.files.get(evidence.criterion_slot(issue.number), 0) >= issue.min_files
        and answers.value(f"{evidence.criterion_slot(issue.number)}.complete") == "true"
    )


def issues_begun(questions: Questions, answers: Answers) -> int:
    """Issues that have something but are not answered yet."""
    with_files = sum(1 for issue in questions.issues if answers.files.get(evidence.criterion_slot(issue.number)))
    return max(0, with_files - issues_answered(questions, answers))
