"""A round whose every fact is written down here, put straight into the database: who handed in what and when, what lapsed, what was settled."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from flask import Flask

from app.extensions import db, transaction
from app.models import Area, ClosingCopy, HandIn, Indicator, Outcome, Round, Submission
from app.scope import whole_country
from tests.conftest import NOW

SEED = Path(__file__).parents[2] / "seed"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# The last second of a day in Bangkok, and the first one of the next.
MIDNIGHT = NOW - 4 * DAY + timedelta(hours=14)
OFFICES = (
    *("P-BKK", "S-BKK-1", "P-CTI-1", "S-CTI-TRT", "P-CPM-1", "P-CPM-2", "P-CPM-3", "S-CPM"),
    *("P-CMI-1", "S-CMI", "P-SKA-1", "S-TRG-KBI"),
)
INDICATORS = ("QP-1", "QP-2", "QP-4", "QP-6a")
COUNTS = {
    "QP-1": ("school_total", "school_with_plan", "incident_reported", "incident_closed"),
    "QP-2": ("dropout_total", "found", "returned", "prevented"),
    "QP-6a": ("kinder_total", "kinder_ontrack"),
}
PERCENTS = {"QP-4": ("rt_avg", "nt_avg", "onet_p6", "onet_m3", "onet_m6")}
_NAMESPACE = UUID("6d7d2a34-58b3-4f0e-9a51-2a0f5f0e3c11")


@dataclass(frozen=True)
class File:
    slot: str
    name: str
    size: int

    @property
    def sha256(self) -> str:
        return f"{self.size:064x}"

    def id_in(self, receipt: str) -> str:
        return str(uuid5(_NAMESPACE, f"{receipt} {self.slot} {self.name}"))


@dataclass(frozen=True)
class HandedIn:
    """What an office sent at a moment. Quantities are text, as they are kept; None is a box left empty."""

    at: datetime
    timing: str = "on_time"
    self_level: int | None = None
    quantities: dict[str, str | None] = field(default_factory=dict)
    problems: str = ""
    challenge: str | None = None
    reporter: tuple[str, str] = ("นางสาวสมใจ น้ำใจงาม", "ศึกษานิเทศก์ชำนาญการ")
    files: tuple[File, ...] = ()

    @property
    def fields(self) -> dict[str, str | None]:
        """As the content of a hand-in holds it."""
        said: dict[str, str | None] = {f"quantity.{key}": value for key, value in self.quantities.items()}
        said |= {"problems": self.problems or None, "reporter_name": self.reporter[0], "reporter_position": self.reporter[1]}
        said |= {"is_challenge": self.challenge}
        return said | ({"self_level": str(self.self_level)} if self.self_level else {})


@dataclass(frozen=True)
class Settled:
    """A level that stood from a moment on, and until when."""

    at: datetime
    level: int
    basis: str = "single"
    comment: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class Report:
    """One report: each time that it was handed in, each level, and when it lapsed."""

    office: str
    indicator: str
    hand_ins: tuple[HandedIn, ...] = ()
    settled: tuple[Settled, ...] = ()
    lapsed_at: datetime | None = None
    state: str = "submitted"

    def receipt(self, sequence: int) -> str:
        return f"{self.indicator}/{self.office}/{sequence}"


def offices() -> dict[str, dict[str, str]]:
    """The offices of the round as the list of offices has them, in Thai order."""
    with (SEED / "areas.csv").open(encoding="utf-8") as file:
        rows = {row["code"]: row for row in csv.DictReader(file) if row["code"] in OFFICES}
    return dict(sorted(rows.items(), key=lambda item: int(item[1]["sort_th"])))


def asked() -> dict[str, dict]:
    """The indicators of the round as they were seeded, in their order."""
    parts = json.loads((SEED / "indicators.json").read_text("utf-8"))["parts"]
    known = {f"{part['code']}-{row['code']}": row for part in parts for row in part["indicators"]}
    return {code: known[code] for code in INDICATORS}


def is_asked(office: str, indicator: str) -> bool:
    return indicator != "QP-6a" or office.startswith("P-")


def reports(seed: int = 4) -> list[Report]:
    """Every report that is asked for: most by chance, the same in every run, some of a special fate."""
    chance = random.Random(seed)  # noqa: S311 - the same facts in every run
    found = {
        (office, indicator): _by_chance(chance, office, indicator)
        for office in OFFICES
        for indicator in INDICATORS
        if is_asked(office, indicator)
    }
    return [*(found | {(one.office, one.indicator): one for one in _of_special_fate(chance)}).values()]


def _by_chance(chance: random.Random, office: str, indicator: str) -> Report:
    if chance.random() < 0.12:
        return Report(office, indicator, state="draft")
    sent = _sent(chance, indicator, NOW - timedelta(minutes=chance.randint(2 * 24 * 60, 12 * 24 * 60)))
    settled = (Settled(NOW - DAY, chance.randint(1, 5), comment="ควรเร่งรัด"),) if chance.random() < 0.75 else ()
    return Report(office, indicator, (sent,), settled)


def _sent(chance: random.Random, indicator: str, at: datetime, **more: str) -> HandedIn:
    return HandedIn(
        at,
        timing=more.get("timing") or chance.choice(("on_time", "on_time", "late", "grace", "closing")),
        self_level=chance.randint(1, 5) if chance.random() < 0.92 else None,
        quantities=_figures(chance, indicator),
        problems=more.get("problems") or chance.choice(("", "ไม่มีสัญญาณอินเทอร์เน็ตในบางพื้นที่", "ครูย้าย\nระหว่างปี")),
        challenge=chance.choice((None, "true", "false")),
        files=_files(chance),
    )


def _figures(chance: random.Random, indicator: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key in COUNTS.get(indicator, ()):
        found[key] = str(chance.randint(0, 400))
    for key in PERCENTS.get(indicator, ()):
        found[key] = f"{chance.randint(0, 100)}.{chance.choice(('5', '25', '33', '05'))}"
    return {key: None if chance.random() < 0.15 else value for key, value in found.items()}


def _files(chance: random.Random) -> tuple[File, ...]:
    slots = ("criterion.1", "criterion.2", "criterion.3", "pa.lesson", "pa.evidence")
    taken = [slot for slot in slots if chance.random() < 0.4]
    return tuple(File(slot, f"หลักฐาน {slot[-3:]}.pdf", chance.randint(900, 9_000_000)) for slot in taken)


def _of_special_fate(chance: random.Random) -> Iterator[Report]:
    """What a careless count would get wrong."""
    early = NOW - 9 * DAY
    first, second, third = (_sent(chance, "QP-1", early + number * DAY, timing="on_time") for number in range(3))
    third = replace(third, timing="late", self_level=2, problems="ฉบับที่สามแทนฉบับก่อน")
    twice_settled = (
        Settled(early + 4 * DAY, 1, comment="ความเห็นเดิม", until=NOW - 2 * DAY),
        Settled(NOW - 2 * DAY, 5, "moderated", "ความเห็นที่ใช้"),
    )
    yield Report("P-CPM-3", "QP-1", (first, second, third), twice_settled)
    # Drafted again after it was handed in: what was handed in counts, for no closing came in between.
    yield Report("P-CPM-3", "QP-2", (_sent(chance, "QP-2", early),), (), state="draft")
    # The same, but it lay incomplete at the closing: nothing is handed in.
    yield Report("P-CPM-2", "QP-2", (_sent(chance, "QP-2", early),), (), lapsed_at=NOW - 3 * DAY, state="draft")
    # Lapsed, but a level stands for it: that hand-in was reviewed and counts.
    lapsed = (_sent(chance, "QP-4", early),)
    yield Report("S-CPM", "QP-4", lapsed, (Settled(early + DAY, 3, "agreed"),), lapsed_at=NOW - 3 * DAY, state="draft")
    # A level that was taken away again leaves none.
    gone = (Settled(early + DAY, 4, until=NOW - DAY),)
    yield Report("S-CMI", "QP-1", (_sent(chance, "QP-1", early),), gone)
    # The last second of a day in Bangkok and the first of the next.
    before = replace(_sent(chance, "QP-2", MIDNIGHT - timedelta(seconds=1)), self_level=5)
    yield Report("P-BKK", "QP-2", (before,), (Settled(NOW - DAY, 2, "mean"),))
    yield Report("S-BKK-1", "QP-2", (_sent(chance, "QP-2", MIDNIGHT),), ())
    # Nothing but zeros, which are no empty boxes.
    zeros = replace(_sent(chance, "QP-6a", early), quantities={"kinder_total": "0", "kinder_ontrack": "0"})
    yield Report("P-CMI-1", "QP-6a", (zeros,), (Settled(NOW - DAY, 1, "appeal"),))


def put(app: Flask, made: list[Report]) -> None:
    """The round in the database, and nothing else of it: other offices and indicators are out of use."""
    with app.app_context(), whole_country("a test writes a round down"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        db.session.query(Area).filter(Area.code.not_in(OFFICES)).update({"active": False})
        here = db.session.query(Indicator).filter_by(round_id=found.id)
        here.filter(Indicator.full_code.not_in(INDICATORS)).update({"active": False})
        areas = {row.code: row for row in db.session.query(Area).filter(Area.code.in_(OFFICES))}
        indicators = {row.full_code: row for row in here}
        for report in made:
            put_report(found, areas[report.office], indicators[report.indicator], report)


def put_report(found: Round, area: Area, indicator: Indicator, report: Report) -> None:
    """A report with all that became of it."""
    last = report.hand_ins[-1] if report.hand_ins else None
    row = Submission(round_id=found.id, area_id=area.id, indicator_id=indicator.id, state=report.state)
    row.started_at = row.changed_at = last.at if last else NOW - DAY
    if last and report.state == "submitted":
        row.submitted_at, row.timing = last.at, last.timing
    db.session.add(row)
    db.session.flush()
    for sequence, sent in enumerate(report.hand_ins, start=1):
        db.session.add(hand_in(row, report.receipt(sequence), sequence, sent))
    known = {"round_id": found.id, "submission_id": row.id, "area_id": area.id, "indicator_id": indicator.id, "verdicts": {}}
    for one in report.settled:
        said = {"level": one.level, "basis": one.basis, "comment": one.comment}
        db.session.add(Outcome(**known, **said, decided_at=one.at, superseded_at=one.until))
    if report.lapsed_at:
        copied = {"closed_at": report.lapsed_at, "taken_at": report.lapsed_at, "state": "draft", "missing_count": 2}
        db.session.add(ClosingCopy(area_id=area.id, submission_id=row.id, content={}, **copied))


def hand_in(row: Submission, receipt: str, sequence: int, sent: HandedIn) -> HandIn:
    files = [
        {"id": file.id_in(receipt), "slot": file.slot, "name": file.name, "size": file.size, "sha256": file.sha256}
        for file in sent.files
    ]
    made = HandIn(area_id=row.area_id, submission_id=row.id, sequence=sequence, receipt_number=receipt)
    made.timing, made.handed_in_at = sent.timing, sent.at
    made.content = {"fields": sent.fields, "evidence": files}
    return made
