"""The tables of a round's files: their columns with headings, words and meaning, from which sheets, CSV, Parquet and the data dictionary come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext

from app.domain.deadlines import TIMING_NAMES
from app.domain.errors import N_
from app.domain.evidence import PA_EVIDENCE, PA_LESSON
from app.domain.reviewing import BASIS_NAMES
from app.models.area import KIND_NAMES, REGION_NAMES


@dataclass(frozen=True)
class Column:
    """A column: its key for programs, heading and meaning for people (message ids), of which kind, how wide in signs, and the words for its
    values. `address` is what stands before a value to make a link of it."""

    key: str
    heading: str
    meaning: str
    kind: str = "text"
    width: int = 14
    words: Mapping[str, str] = field(default_factory=dict)
    is_link: bool = False


@dataclass(frozen=True)
class Table:
    """A table of rows: its key, by which `rows_child` knows how a report becomes rows of it; title and what it tells (message ids); columns."""

    key: str
    title: str
    about: str
    columns: tuple[Column, ...]


YES_NO = {"true": N_("Yes"), "false": N_("No")}
_TIMINGS = {str(key): name for key, name in TIMING_NAMES.items()}
_BASES = {str(key): name for key, name in BASIS_NAMES.items()}

CODE = Column("area_code", N_("Office code"), N_("Stable code of the office, the same in every round and file"), width=12)
OFFICE = Column("area", N_("Office"), N_("Short name of the office"), width=30)
KIND = Column(
    "kind", N_("Kind"), N_("Primary or secondary education"), words={str(key): name for key, name in KIND_NAMES.items()}
)
REGION = Column(
    "region",
    N_("Region"),
    N_("One of the four regions of the monitoring groups"),
    width=20,
    words={str(key): name for key, name in REGION_NAMES.items()},
)
PROVINCES = Column("provinces", N_("Provinces"), N_("Provinces of the office, the seat first, joined by '|'"), width=22)
CLUSTER = Column(
    "cluster", N_("Inspection cluster"), N_("Cluster of the Ministry's inspection; empty for Bangkok"), kind="whole", width=10
)
INDICATOR = Column("indicator", N_("Indicator no."), N_("Stable code of the indicator: part and number"), width=12)
INDICATOR_TEXT = Column("indicator_text", N_("Indicator"), N_("Wording of the indicator today"), width=48)
RECEIPT = Column("receipt", N_("Receipt no."), N_("Number of the receipt of the hand-in that counts"), width=26)
OFFICE_COLUMNS = (CODE, OFFICE, KIND, REGION, PROVINCES, CLUSTER)
_NAMED = (*OFFICE_COLUMNS, INDICATOR, INDICATOR_TEXT)

REPORTS = Table(
    "reports",
    N_("All reports"),
    N_("One row for each report that is asked for, handed in or not"),
    (
        *_NAMED,
        Column("part", N_("Part"), N_("Part of the round, such as QP"), width=8),
        Column(
            "state",
            N_("State"),
            N_("Whether a hand-in of the report counts at the moment of this file"),
            words={"sent": N_("Report handed in"), "not_sent": N_("Report not handed in")},
        ),
        Column("timing", N_("Timeliness"), N_("How it was handed in; empty where it was not"), width=18, words=_TIMINGS),
        Column(
            "handed_in_at", N_("Handed in at"), N_("Moment of the hand-in on the clock of Bangkok"), kind="moment", width=22
        ),
        RECEIPT,
        Column(
            "times", N_("Times handed in"), N_("Which hand-in of this report it is, counted from 1"), kind="whole", width=10
        ),
        Column("files", N_("Files"), N_("How many files were handed in with it"), kind="whole", width=8),
        Column("is_challenge", N_("Challenge issue"), N_("Whether the office said it is a challenge issue (PA)"), words=YES_NO),
        Column("problems", N_("Problems and suggestions"), N_("As the office wrote it"), width=60),
        Column("self_level", N_("Self level"), N_("Level 1–5 that the office gave itself"), kind="whole", width=10),
        Column(
            "level",
            N_("Reviewed level"),
            N_("Level 1–5 that was settled; empty where none is, or is not told"),
            kind="whole",
            width=10,
        ),
        Column(
            "gap",
            N_("Gap"),
            N_("Reviewed level less self level: below 0 the office thought better of itself"),
            kind="whole",
            width=8,
        ),
        Column("basis", N_("Basis of the level"), N_("How the reviewed level came about"), width=22, words=_BASES),
        Column("comment", N_("Comment"), N_("What the evaluators wrote for the office"), width=60),
        Column("reporter_name", N_("Reporter"), N_("Name that the office gave as its reporter"), width=26),
        Column("reporter_position", N_("Position of the reporter"), N_("As the office wrote it"), width=26),
    ),
)
QUANTITIES = Table(
    "quantities",
    N_("Quantities"),
    N_("One row for each figure that was handed in"),
    (
        *_NAMED,
        Column("quantity", N_("Key of the figure"), N_("Stable key of the figure over all rounds"), width=20),
        Column("label", N_("Figure"), N_("What is counted or measured"), width=40),
        Column("value", N_("Value"), N_("As handed in, exact"), kind="decimal", width=14),
        Column("unit", N_("Unit"), N_("Unit of the figure"), width=12),
        RECEIPT,
    ),
)
PROBLEMS = Table(
    "problems",
    N_("Problems"),
    N_("One row for each report that tells of problems or makes suggestions"),
    (*_NAMED, Column("problems", N_("Problems and suggestions"), N_("As the office wrote it"), width=90), RECEIPT),
)
_SLOTS = {PA_LESSON: N_("Lesson learned (PA)"), PA_EVIDENCE: N_("Evidence of the challenge issue (PA)")}
_FILE_COLUMNS = (
    Column("slot", N_("Belongs to"), N_("Issue or part of the report that the file belongs to"), width=22),
    Column("name", N_("File"), N_("Name of the file as the office sent it"), width=44),
    Column("size", N_("Size (bytes)"), N_("Size of the file in bytes"), kind="whole", width=14),
    Column("sha256", N_("SHA-256"), N_("Checksum of the file: the same content has the same one"), width=30),
    Column(
        "evidence",
        N_("Link"),
        N_("Address of the file; opens for whoever may read it and is signed in"),
        width=50,
        is_link=True,
    ),
)
EVIDENCE = Table(
    "evidence",
    N_("Evidence"),
    N_("One row for each file that was handed in"),
    (*_NAMED, *_FILE_COLUMNS, RECEIPT),
)
CHALLENGES = Table(
    "challenges",
    N_("Challenge issues"),
    N_("One row for each file of a challenge issue (PA)"),
    (*_NAMED, *_FILE_COLUMNS, RECEIPT),
)
BY_KEY = {table.key: table for table in (REPORTS, QUANTITIES, EVIDENCE)}


def slot_words(most_issues: int) -> dict[str, str]:
    """What the slots of files are called."""
    issues = {f"criterion.{number}": gettext("Issue %(number)d", number=number) for number in range(1, most_issues + 1)}
    return issues | {key: gettext(name) for key, name in _SLOTS.items()}
