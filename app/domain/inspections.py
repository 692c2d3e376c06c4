"""Inspections (การตรวจราชการ): what an office reports on each issue and as a whole, and how a report goes from hand to hand.

Source: procedures, part 3 (4.1–4.9): owners write, the plan group gathers and checks, the superior considers, it is sent by its day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from app.domain import figures
from app.domain.completeness import Answers
from app.domain.deadlines import Timing
from app.domain.errors import N_, Message
from app.domain.people import PHONE_HINT, POSITION_HINT
from app.domain.sheets import Asked, Field, FieldKind, Missing
from app.domain.thai import is_blank

_CODE = re.compile(r"[0-9A-Z][0-9A-Za-z.-]*")
MOST_EVIDENCE = 5
MOST_PRACTICE = 3


class InspectionKind(StrEnum):
    """Which inspection it is."""

    NORMAL = "normal"
    INTEGRATED = "integrated"
    SPECIAL = "special"
    EMPIRICAL = "empirical"


INSPECTION_KIND_NAMES = {
    InspectionKind.NORMAL: N_("Normal inspection"),
    InspectionKind.INTEGRATED: N_("Integrated inspection"),
    InspectionKind.SPECIAL: N_("Special inspection"),
    InspectionKind.EMPIRICAL: N_("Follow-up on site"),
}


class ReportState(StrEnum):
    """How far the report of an office is."""

    GATHERING = "gathering"
    PROPOSED = "proposed"
    RETURNED = "returned"
    ENDORSED = "endorsed"
    SENT = "sent"


REPORT_STATE_NAMES: Mapping[str, str] = {
    ReportState.GATHERING: N_("Being gathered"),
    ReportState.PROPOSED: N_("With the director"),
    ReportState.RETURNED: N_("Returned to be mended"),
    ReportState.ENDORSED: N_("Endorsed, to be sent"),
    ReportState.SENT: N_("Sent to the collecting agency"),
}
# What the office may still write on its issues in.
GATHERS_IN = (ReportState.GATHERING, ReportState.RETURNED)


class ReportMove(StrEnum):
    PROPOSE = "propose"
    WITHDRAW = "withdraw"
    ENDORSE = "endorse"
    RETURN = "return"
    SEND = "send"
    REOPEN = "reopen"


# A report that was sent can be taken up again: inspectors ask for corrections. It is endorsed and sent anew.
REPORT_MOVES: dict[tuple[str, str], str] = {
    (ReportState.GATHERING, ReportMove.PROPOSE): ReportState.PROPOSED,
    (ReportState.RETURNED, ReportMove.PROPOSE): ReportState.PROPOSED,
    (ReportState.PROPOSED, ReportMove.WITHDRAW): ReportState.GATHERING,
    (ReportState.PROPOSED, ReportMove.ENDORSE): ReportState.ENDORSED,
    (ReportState.PROPOSED, ReportMove.RETURN): ReportState.RETURNED,
    (ReportState.ENDORSED, ReportMove.SEND): ReportState.SENT,
    (ReportState.ENDORSED, ReportMove.REOPEN): ReportState.RETURNED,
    (ReportState.SENT, ReportMove.REOPEN): ReportState.RETURNED,
}
# Moves that somebody else must read the reason of.
REASONED_REPORT_MOVES = frozenset({ReportMove.RETURN, ReportMove.REOPEN})


class EntryState(StrEnum):
    """How far what an office says on one issue is."""

    DRAFT = "draft"
    SENT = "sent"
    CHECKED = "checked"
    RETURNED = "returned"


ENTRY_STATE_NAMES: Mapping[str, str] = {
    EntryState.DRAFT: N_("Draft"),
    EntryState.SENT: N_("Sent to the plan group"),
    EntryState.CHECKED: N_("Checked"),
    EntryState.RETURNED: N_("Returned to be mended"),
}


class EntryMove(StrEnum):
    SEND = "send"
    TAKE_BACK = "take_back"
    CHECK = "check"
    RETURN = "return"


ENTRY_MOVES: dict[tuple[str, str], str] = {
    (EntryState.DRAFT, EntryMove.SEND): EntryState.SENT,
    (EntryState.RETURNED, EntryMove.SEND): EntryState.SENT,
    (EntryState.SENT, EntryMove.TAKE_BACK): EntryState.DRAFT,
    (EntryState.SENT, EntryMove.CHECK): EntryState.CHECKED,
    (EntryState.SENT, EntryMove.RETURN): EntryState.RETURNED,
    (EntryState.CHECKED, EntryMove.RETURN): EntryState.RETURNED,
}


def timing(sent_at: datetime, due_at: datetime) -> Timing:
    """Whether a report was sent by its day. Nothing is locked by the clock."""
    return Timing.LATE if sent_at > due_at else Timing.ON_TIME


def is_code(text: str) -> bool:
    """Whether this can be part of an address: it begins with a digit or a capital, so that no page's own name is taken."""
    return _CODE.fullmatch(text) is not None


# The parts of the page of an issue, in its order.
ISSUE_SECTIONS = {
    "counts": N_("Target and figures"),
    "result": N_("Result of the work"),
    "problems": N_("Problems and obstacles"),
    "suggestions": N_("Suggestions"),
    "practice": N_("Good practice"),
    "reporter": N_("Reporter"),
}
COUNTS = (
    Field(
        "count_all",
        N_("Number in all"),
        FieldKind.COUNT,
        "counts",
        required=True,
        hint=N_("All that the issue concerns, such as every school of the office"),
    ),
    Field(
        "count_done",
        N_("Number done"),
        FieldKind.COUNT,
        "counts",
        required=True,
        hint=N_("Not above the number in all; the system works out the percentage"),
    ),
)
_ISSUE_FIELDS = (
    Field(
        "result",
        N_("Result (progress, success)"),
        FieldKind.TEXT,
        "result",
        required=True,
        hint=N_("What was done until now and what came of it, with figures"),
    ),
    Field(
        "success_factors",
        N_("Success factors"),
        FieldKind.TEXT,
        "result",
        hint=N_("What helped, such as schools and community working together"),
    ),
    Field(
        "problems",
        N_("Problems and obstacles"),
        FieldKind.TEXT,
        "problems",
        hint=N_("What hinders the work; if nothing does, tick the box below"),
    ),
    Field(
        "no_problems",
        N_("There are no problems or obstacles"),
        FieldKind.TICK,
        "problems",
        hint=N_("In place of the text above"),
    ),
    Field(
        "suggestions_area",
        N_("Suggestions for the area"),
        FieldKind.TEXT,
        "suggestions",
        hint=N_("What schools and the office can do themselves"),
    ),
    Field(
        "suggestions_policy",
        N_("Suggestions for policy"),
        FieldKind.TEXT,
        "suggestions",
        hint=N_("What OBEC or the Ministry should do"),
    ),
    Field(
        "good_practice",
        N_("Good practice or innovation"),
        FieldKind.TEXT,
        "practice",
        hint=N_("What others can take over; attach its files below"),
    ),
    Field(
        "reporter_name",
        N_("Full name"),
        FieldKind.LINE,
        "reporter",
        required=True,
        hint=N_("From the account that began the report; change it if somebody else reports"),
    ),
    Field("reporter_position", N_("Position"), FieldKind.LINE, "reporter", required=True, hint=POSITION_HINT),
    Field("reporter_phone", N_("Telephone"), FieldKind.PHONE, "reporter", required=True, hint=PHONE_HINT),
)
ISSUE_SLOTS = {"evidence": MOST_EVIDENCE, "practice": MOST_PRACTICE}


def _whole(value: str | None) -> Decimal | None:
    return Decimal(value) if value else None


def percent_done(answers: Answers | Mapping[str, str]) -> Decimal | None:
    """The share that is done, in percent with two decimals; None while a figure is missing, of nothing, or beyond all."""
    get = answers.value if isinstance(answers, Answers) else answers.get
    whole, done = _whole(get("count_all")), _whole(get("count_done"))
    if not whole or done is None or done > whole:
        return None
    return figures.percent(done, whole)


def _issue_rule(answers: Answers) -> Iterable[Missing]:
    whole, done = _whole(answers.value("count_all")), _whole(answers.value("count_done"))
    if whole is not None and done is not None and done > whole:
        yield Missing("count_done", "counts", Message(N_("The number done must not be above the number in all")))
    if is_blank(answers.value("problems")) and answers.value("no_problems") != "true":
        yield Missing("problems", "problems", Message(N_("Describe the problems, or tick that there are none")))


def asked_of_issue(*, asks_counts: bool, unit: str = "", editable: Iterable[str] = ()) -> Asked:
    """What an office is asked on one issue."""
    target = Field(
        "target",
        N_("Target"),
        FieldKind.TEXT,
        "counts",
        hint=N_("Whom or what the work is to reach, such as every school of the office"),
        most_characters=1000,
    )
    counts = tuple(replace(field, unit=unit) for field in COUNTS if asks_counts)
    return Asked(
        fields=(target, *counts, *_ISSUE_FIELDS),
        slots=ISSUE_SLOTS,
        rule=_issue_rule,
        editable=frozenset(editable),
    )


REPORT_SECTIONS = {
    "summary": N_("Executive summary"),
    "visit": N_("The inspectors' visit"),
    "letter": N_("The letter"),
}
SUMMARY = (
    Field(
        "summary",
        N_("Executive summary"),
        FieldKind.TEXT,
        "summary",
        required=True,
        hint=N_("The main results, problems and suggestions of all issues in short"),
        most_characters=8000,
    ),
)
VISIT = (
    Field("visit_from", N_("Visit from"), FieldKind.DAY, "visit", hint=N_("Day/month/Buddhist year, for example 23/01/2566")),
    Field("visit_to", N_("Visit until"), FieldKind.DAY, "visit", hint=N_("The same day where the visit takes one day")),
    Field(
        "visit_place",
        N_("Venue"),
        FieldKind.LINE,
        "visit",
        hint=N_("Where the inspectors are received, such as a room or a school"),
    ),
    Field(
        "inspectors",
        N_("Inspectors"),
        FieldKind.TEXT,
        "visit",
        hint=N_("Names and positions, one person a line"),
        most_characters=1000,
    ),
    Field("agenda", N_("Agenda"), FieldKind.TEXT, "visit", hint=N_("Time and what happens, one item a line")),
)
LETTER = (
    Field(
        "letter_number",
        N_("Letter number"),
        FieldKind.LINE,
        "letter",
        required=True,
        hint=N_("Of the covering letter, such as ศธ 04003/106"),
        most_characters=60,
    ),
    Field(
        "letter_day",
        N_("Day of the letter"),
        FieldKind.DAY,
        "letter",
        required=True,
        hint=N_("As on the covering letter, such as 23/01/2566"),
    ),
    Field(
        "sent_to",
        N_("Sent to"),
        FieldKind.LINE,
        "letter",
        required=True,
        hint=N_("Agency that gathers the reports, such as the provincial education office"),
    ),
)
# What is written in which state: the letter has its number once the director has endorsed; the visit comes before the report or after it.
_FIELDS_IN: dict[str, tuple[Field, ...]] = {
    ReportState.GATHERING: SUMMARY + VISIT,
    ReportState.RETURNED: SUMMARY + VISIT,
    ReportState.PROPOSED: SUMMARY + VISIT,
    ReportState.ENDORSED: LETTER + VISIT,
    ReportState.SENT: VISIT,
}
_EDITABLE_REPORT = frozenset({*GATHERS_IN, ReportState.ENDORSED, ReportState.SENT})


def _report_rule(answers: Answers) -> Iterable[Missing]:
    first, last = answers.value("visit_from"), answers.value("visit_to")
    if first and last and date.fromisoformat(last) < date.fromisoformat(first):
        yield Missing("visit_to", "visit", Message(N_("The visit ends before it begins")))


def asked_of_report(state: str) -> Asked:
    """What an office is asked about the whole of its report in this state."""
    return Asked(fields=_FIELDS_IN[state], rule=_report_rule, editable=frozenset(map(str, _EDITABLE_REPORT)))
